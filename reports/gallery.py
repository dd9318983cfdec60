"""The gallery: what the tool said of resolved cases, day by day, with the settled truth drawn.

The truth enters here, after the fits, and nowhere before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from estimate.data.library import Truth
from estimate.model.known import Vintage
from estimate.model.scorefile import ScoredCase

from . import render, vintage_charts
from . import sentences as say
from .charts import source_line
from .contents import Contents
from .figures import Figure
from .inert import markdown, plain
from .palette import light

RIGHT, WRONG, CONTESTED = "right", "wrong", "contested"
SHOWN = {RIGHT: 2, WRONG: 2, CONTESTED: 1}
RULE = (
    "Which cases stand here is not a choice: of those whose truth is settled, the two with the "
    "most claims whose 50% interval held it, and the two with the most claims whose 90% interval "
    "missed it, in the scores that ship with the tool and in the fit shown; and the contested one "
    "with the most claims."
)
_HEADS = {
    RIGHT: "Where the estimate was right",
    WRONG: "Where it was wrong",
    CONTESTED: "Where the truth itself is contested",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One resolved case: why it stands here, its chart, and what is said of it."""

    case: str
    group: str
    figure: Figure
    words: tuple[str, ...]


def candidates(scored: Sequence[ScoredCase]) -> dict[str, list[str]]:
    """Give the cases of each group in the scores that ship, those with the most claims first.

    Parameters
    ----------
    scored : sequence of ScoredCase
        The scores that ship.

    Returns
    -------
    dict of str to list of str
        Ids of cases by `right`, `wrong` or `contested`.
    """
    def group(row: ScoredCase) -> str:
        (low50, high50), _, (low90, high90), *_ = row.intervals
        return _group(row.confidence, row.truth, (low90, low50, high50, high90))

    ordered = sorted(scored, key=lambda row: (-row.n_claims, row.case))
    return {name: [row.case for row in ordered if row.truth > 0 and group(row) == name]
            for name in SHOWN}


def group_of(last: Vintage, truth: Truth) -> str:
    """Group of a fit by its last vintage; empty for what is neither right nor wrong."""
    return _group(truth.confidence, truth.best, (last.low, last.q25, last.q75, last.high))


def _group(confidence: str, truth: float, ends: tuple[float, float, float, float]) -> str:
    if confidence == "low":
        return CONTESTED
    low90, low50, high50, high90 = ends
    return RIGHT if low50 <= truth <= high50 else "" if low90 <= truth <= high90 else WRONG


def entry(contents: Contents, truth: Truth, group: str) -> Entry:
    """Put the truth of a case beside what was said of it.

    Parameters
    ----------
    contents : Contents
        Of a fit with vintages that never saw the truth.
    truth : Truth
        What the case was settled at.
    group : str
        One of `SHOWN`.

    Returns
    -------
    Entry
    """
    made, headline = contents.known.vintages, contents.headline
    curve = contents.estimates[contents.estimates["quantity"] == headline.quantity]
    figure = vintage_charts.figure(
        contents.case_id, contents.known, contents.claims, curve, headline, contents.people,
        at_least=truth.high)
    settled = _settled(truth, headline.quantity)
    figure = replace(
        figure,
        title=f"{contents.title}: {_verdict(made[-1], truth)}",
        note=f"{figure.note} {_drawn(truth)} {say.capital(settled)}. "
             f"{source_line(contents)}",
        text=f"{figure.text} {say.capital(settled)}.",
        wide=_with_truth(figure.wide, truth), narrow=_with_truth(figure.narrow, truth),
        data={**figure.data, "truth": [
            {"best": truth.high if _open(truth) else truth.best, "low": truth.low,
             "high": truth.high, "label": "not settled" if _open(truth) else
             f"truth: {say.stated(truth.best)}"}]})
    last = made[-1]
    return Entry(contents.case_id, group, figure, (
        contents.question,
        f"On {say.day(last.as_of)}, from {say.several(last.n_used, 'claim')}, the estimate was "
        f"{say.span(last.low, last.high)} (90% interval), median {say.count(last.median)}. "
        f"{say.capital(settled)}. {_distance(last, truth)}".strip(),
        f"{'What is thought' if _open(truth) else 'The truth'} "
        f"({plain(truth.basis).replace('_', ' ')}): {plain(truth.source)} "
        f"({plain(truth.url)}).",
        f"Again: `estimate fit resolved:{contents.case_id} --seed 1 --history`; the priors are "
        f"those that left its conflict out.",
    ))


def _open(truth: Truth) -> bool:
    """Whether the truth itself is contested: no verdict, no line, only its band."""
    return truth.confidence == "low"


def _drawn(truth: Truth) -> str:
    return ("Band: what sources still range over; nobody knows the number." if _open(truth) else
            "Dashed, with its band: the settled truth.")


def _settled(truth: Truth, quantity: str) -> str:
    if _open(truth):
        return (f"not settled: figures still range from {say.stated(truth.low)} to "
                f"{say.stated(truth.high)} {say.noun(quantity)}")
    band = "" if truth.low == truth.high else (
        f" ({say.stated(truth.low)} to {say.stated(truth.high)})")
    return (f"the settled truth is {say.stated(truth.best)}{band} {say.noun(quantity)}, "
            f"{truth.confidence} confidence")


def _verdict(last: Vintage, truth: Truth) -> str:
    if _open(truth):
        return "not settled to this day"
    if last.q25 <= truth.best <= last.q75:
        return "the truth lies inside the 50% interval"
    if last.low <= truth.best <= last.high:
        return "the truth lies inside the 90% interval"
    return f"the truth lies {'below' if truth.best < last.low else 'above'} the 90% interval"


def _distance(last: Vintage, truth: Truth) -> str:
    if _open(truth):
        return ""
    factor = max(last.median, 1e-9) / max(truth.best, 1e-9)
    side = "above" if factor > 1 else "below"
    return (f"{say.capital(_verdict(last, truth))}; the median lies a factor "
            f"{say.ratio(max(factor, 1 / factor))} {side} it.")


def _with_truth(form: Mapping[str, object], settled: Truth) -> dict[str, object]:
    """Add the truth to a definition: its band, its name and, where it is settled, its line."""
    layers = form["layer"]
    assert isinstance(layers, list)
    ink = light("self")
    number = {"type": "quantitative"}
    truth: list[dict[str, object]] = [
        {"data": {"name": "truth"}, "mark": {"type": "rect", "color": ink, "opacity": 0.12},
         "encoding": {"y": {"field": "low", **number}, "y2": {"field": "high"}}},
        {"data": {"name": "truth"},
         "mark": {"type": "rule", "color": ink, "strokeDash": [6, 4], "strokeWidth": 1.6},
         "encoding": {"y": {"field": "best", **number}}},
        {"data": {"name": "truth"},
         "mark": {"type": "text", "color": ink, "align": "right", "x": "width", "dx": -4, "dy": -7,
                  "fontSize": 12, "fontWeight": "bold"},
         "encoding": {"y": {"field": "best", **number}, "text": {"field": "label"}}},
    ]
    if _open(settled):
        del truth[1]
    return {**form, "layer": [*layers, *truth]}


def text(entries: Sequence[Entry], published: str) -> str:
    """Give the gallery's page in Markdown, its pictures beside it.

    Parameters
    ----------
    entries : sequence of Entry
    published : str
        Folder of the published example, as seen from the page.
    """
    lines = [
        "# Gallery",
        "",
        f"[The published example]({published}/report.md), with all its figures and tables: what "
        "the reports of North Korea's soldiers in Kursk add up to. Its truth is not known.",
        "",
        f"Below: resolved cases, fitted as if their truth were not known. {RULE} Time is the day "
        "of knowledge: each range uses only the claims published by its day, and never the truth, "
        "even where that was public by then. Priors were learned "
        "from the other conflicts, later ones among them. Made by `make gallery`.",
    ]
    for group, head in _HEADS.items():
        lines += ["", f"## {head}"]
        for each in entries:
            if each.group != group:
                continue
            lines += ["", f"### {markdown(each.figure.title)}", "",
                      f"![{markdown(each.figure.text)}]({each.case}.png)"]
            for words in each.words:
                lines += ["", words if words.startswith("Again") else markdown(words)]
    return "\n".join(lines) + "\n"


def write_pictures(entries: Sequence[Entry], folder: Path) -> None:
    """Write each case's chart as SVG and PNG."""
    for each in entries:
        for name, raw in render.drawings(each.figure).items():
            (folder / name).write_bytes(raw)
