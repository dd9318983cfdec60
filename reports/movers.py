"""Who moves the answer: the headline without each family, as sentences, a table and a chart."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from estimate.model.conflict import LEVEL

from . import sentences as say
from .figures import NARROW, Figure, Sheets, axis_title, haloed, lit
from .marks import short_name
from .palette import light
from .records import Headline
from .tables import Row, Table, number_cell, text_cell
from .tables import table as make_table

Moved = Mapping[str, Any]  # the fields of `estimate.model.conflict.Refit`, and `name`
WIDE_LETTERS, NARROW_LETTERS = 44, 52  # of one line of a name, beside or above its interval
LONGEST = 80  # letters of a name: two lines
LINE = 14  # px from one line of a name to the next
WITHIN_ERROR = 0.35  # opacity of a family without which the median stays where it was


def named(refits: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Moved, ...]:
    """Give the rows of `account["refits"]` with the names of their families."""
    return tuple({**row, "name": names.get(row["family"], row["family"])}
                 for row in refits.get("families", ()))


def _told(rows: Sequence[Moved]) -> list[Moved]:
    """Rows whose refit passed its checks."""
    return [row for row in rows if row["diagnostics"]["ok"]]


def words(rows: Sequence[Moved], headline: Headline, asked: bool, case: str) -> str:
    """Say who moves the answer, and who conflicts with the rest; one paragraph a line.

    Parameters
    ----------
    rows : sequence of dict
        From `named`.
    headline : Headline
    asked : bool
        Whether the fit was made with --refits.
    case : str
        Id of the case, for the command.
    """
    if headline.withheld:
        return "Not told: no headline is given where fewer than three independent origins speak."
    if not asked:
        return ("No family was left out in this run: “estimate fit --refits” fits the case again "
                "without each family and tells which of them moves the answer, and whose figures "
                "conflict with the rest.")
    if not rows:
        return "Only one family speaks of losses: without it there is no answer to move."
    told = _told(rows)
    lines = []
    if told:
        lines += [_moves(told, headline), _conflicts(told)]
    if failed := [row["name"] for row in rows if not row["diagnostics"]["ok"]]:
        lines.append(f"Fitted without {say.listed(failed, 'or')}, the sampler failed its checks: "
                     "what that would change is not known.")
    return "\n".join(lines)


def _largest(told: Sequence[Moved]) -> Moved:
    return max(told, key=lambda row: abs(row["change"]))


def _moves(told: Sequence[Moved], headline: Headline) -> str:
    top, moving = _largest(told), sum(row["moves"] for row in told)
    if not moving:
        return (f"No family alone moves the answer: without any one of {len(told)}, the median "
                "stays where it was, within the error of the sampler.")
    return (
        f"Without {top['name']} the range would be {say.span(top['low'], top['high'])} and its "
        f"median {say.count(top['median'])} ({_change(top)}): no other family moves it by a larger "
        "factor. "
        f"{say.capital(say.several(moving, 'family', 'families'))} of {len(told)} "
        f"{'moves' if moving == 1 else 'move'} the median by more than the error of the sampler.")


def _conflicts(told: Sequence[Moved]) -> str:
    found = [row for row in told if row["conflict"]]
    expected = ("what the others, and what is assumed about sources of its kind, would lead one "
                "to expect")
    if not found:
        return f"No family's figures conflict with {expected} ({say.percent(LEVEL)} a case)."
    each = [f"those of {row['name']} are {say.ratio(row['ratio'])} times as high as expected"
            for row in found]
    return (
        f"The figures of {say.several(len(found), 'family', 'families')} conflict with {expected} "
        f"({say.percent(LEVEL)} a case): {say.listed(each)}. This does not tell who is right: one "
        "voice may know what the others do not.")


def _change(row: Moved) -> str:
    return say.change(100 * math.expm1(row["change"]))


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def table(rows: Sequence[Moved], quantity: str) -> Table:
    """One row a family: what its absence changes, and how unexpected its figures are."""
    made = []
    for row in rows:
        below = say.several(len(row["claims"]), "claim") + " on losses"
        if not row["diagnostics"]["ok"]:
            cells = [text_cell(row["name"], "the refit failed its checks")]
            made.append(Row((*cells, *(number_cell("–") for _ in range(5))), faint=True))
            continue
        error = say.ratio(100 * row["change_mcse"])
        made.append(Row((
            text_cell(row["name"], below),
            number_cell(_change(row), f"± {error}"),
            number_cell(say.span(row["low"], row["high"])),
            number_cell(say.count(row["median"])),
            number_cell(say.ratio(row["ratio"])),
            number_cell(_p(row["p_holm"]), "conflict" if row["conflict"] else ""),
        ), faint=not row["moves"]))
    return make_table(
        f"The estimate of {say.noun(quantity)} fitted again without each family. Change: of the "
        "median, with the error of the sampler in percent points; grey where it is within twice "
        "that error. "
        "Stated ÷ expected: the family's figures divided by those that the fit without it would "
        "expect of such a source; 1 is as expected, 2 twice as high. Conflict: two-sided chance of "
        "figures at least as far from what is expected, corrected for the number of families "
        "(Holm). First those that move the answer and conflict with the rest, then by the factor "
        "of the change.",
        ("Without", "Change", "90% interval", "Median", "Stated ÷ expected", "Conflict p"), made)


def figure(name: str, rows: Sequence[Moved], headline: Headline, people: str) -> Figure:
    """Forest: the headline with everybody, then without each family."""
    told = _told(rows)
    top = _largest(told)
    title = "No family alone moves the answer"
    if top["moves"]:
        title = (f"Without {top['name']} the median would be {say.count(top['median'])} instead of "
                 f"{say.count(headline.median)}")
    whole = {"name": "With everybody", "low": headline.low, "high": headline.high,
             "median": headline.median, "strength": 1.0, "change": ""}
    drawn = [whole] + [
        {"name": short_name(f"without {row['name']}", LONGEST), "low": row["low"],
         "high": row["high"],
         "median": row["median"], "strength": 1.0 if row["moves"] else WITHIN_ERROR,
         "change": _change(row), "family": row["family"]} for row in told]
    for place, row in enumerate(drawn):
        row |= {"place": place, "says": say.span(row["low"], row["high"])}
    note = (f"{say.capital(say.noun(headline.quantity))}, {people}: 90% intervals and medians. "
            "Band and dashed line: with everybody.")
    if any(not row["moves"] for row in told):
        note += " Pale: the change is within the error of the sampler."
    each = "; ".join(f"{row['name']} {row['says']}" for row in drawn[:12])
    sheets = Sheets()
    return sheets.figure(
        name, title, note, f"The headline without each family, 90% intervals. {each}.", 10,
        lambda width: _forest(sheets, width, drawn, f"{say.noun(headline.quantity)}, {people}"))


def _forest(
    sheets: Sheets, width: int, rows: Sequence[Mapping[str, Any]], unit: str
) -> tuple[Any, float]:
    narrow = width == NARROW
    wide_span = max(row["high"] for row in rows) > 30 * max(min(row["low"] for row in rows), 1.0)
    scale = alt.Scale(type="log", nice=True) if wide_span else alt.Scale(zero=True, nice=True)
    axis = alt.Axis(format=",.0f", orient="top", tickCount=5, titleAnchor="start")
    title = None if narrow else (
        axis_title(say.capital(unit), width // 2) + (" (log scale)" if wide_span else ""))
    x: dict[str, Any] = {"scale": scale, "axis": axis, "title": title}
    y = alt.Y("place:O", axis=None, scale=alt.Scale(
        paddingInner=0, paddingOuter=0.2, domain=[row["place"] for row in rows]))
    base = sheets.chart("refits", rows).encode(y=y)
    whole = sheets.chart("everybody", rows[:1])
    strength = lit(alt.Opacity("strength:Q", scale=None, legend=None))
    tip = [alt.Tooltip("name:N", title="Fitted"), alt.Tooltip("says:N", title="90% interval"),
           alt.Tooltip("change:N", title="Change of the median")]
    letters = NARROW_LETTERS if narrow else WIDE_LETTERS
    lines = [textwrap.wrap(row["name"], letters) for row in rows]
    most = max(map(len, lines))
    lift, ink = (7 + 8 * (most - 1)) if narrow else 0, light("line")
    layers: list[Any] = [
        whole.mark_rect(color=light("ghost"), opacity=0.45).encode(
            x=alt.X("low:Q", **x), x2=alt.X2("high:Q")),
        whole.mark_rule(color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2).encode(
            x=alt.X("median:Q", **x)),
        base.mark_rule(strokeWidth=2.4, yOffset=lift, color=ink).encode(
            x=alt.X("low:Q", **x), x2=alt.X2("high:Q"), opacity=strength, tooltip=tip),
        base.mark_point(filled=True, size=64, yOffset=lift, color=ink).encode(
            x=alt.X("median:Q", **x), opacity=strength, tooltip=tip),
    ]
    for size in range(1, most + 1):  # a name of more lines starts higher
        named = [{"place": row["place"], "label": "\n".join(of)}
                 for row, of in zip(rows, lines, strict=True) if len(of) == size]
        text = sheets.chart(f"names {size} {letters}", named).encode(
            y=y, x=alt.XValue(0), text=alt.Text("label:N"),
            color=alt.ColorValue(light("ink")))
        up = LINE * (size - 1)
        layers += haloed(text, 12, align="left" if narrow else "right", dx=0 if narrow else -10,
                         dy=lift - 16 - up if narrow else -up / 2, lineBreak="\n",
                         lineHeight=LINE)
    height = (34 if narrow else 24) + (LINE if narrow else 10) * (most - 1)
    return alt.layer(*layers), height * len(rows)
