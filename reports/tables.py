"""The report's tables, before any markup: the page and the paper print the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from . import sentences as say
from .inert import plain, short, web_link

# Below this much learning the posterior of a bias is little else than its prior: the standard
# deviation has shrunk by less than a quarter, so the interval shown is three quarters assumption.
LEARNED_LITTLE = 0.25
SURPRISING = 0.05  # a figure further out than 19 in 20 of those expected from its source


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a second line in small type, a web address, whether it is a number."""

    text: str
    below: str = ""
    href: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `faint` rows are shown in grey, `anchor` names the row for links within the page."""

    cells: tuple[Cell, ...]
    faint: bool = False
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `numeric` lists the columns that are set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[int, ...] = field(default=())


def _text(text: str, below: str = "", href: str = "") -> Cell:
    return Cell(short(text), short(below), href)


def _number(text: str, below: str = "") -> Cell:
    return Cell(text, below, number=True)


def _table(caption: str, columns: Sequence[str], rows: Sequence[Row]) -> Table:
    numeric = tuple(i for i, cell in enumerate(rows[0].cells) if cell.number) if rows else ()
    return Table(caption, tuple(columns), tuple(rows), numeric)


def interval(row: Mapping[str, Any], prob: float) -> tuple[float, float]:
    """Ends of one stated interval of a row of totals."""
    for part in row["intervals"]:
        if abs(part["prob"] - prob) < 1e-9:
            return float(part["low"]), float(part["high"])
    raise KeyError(f"no {prob:.0%} interval for {row['quantity']}")


def estimates(totals: pd.DataFrame, definitions: Mapping[str, str], when: date) -> Table:
    """One row a quantity: range, median, what it rests on."""
    rows = []
    for row in totals.to_dict("records"):
        prior_only = bool(row["prior_only"])
        rests_on = "prior only" if prior_only else say.several(int(row["n_used"]), "claim")
        rows.append(Row((
            _text(say.capital(say.noun(row["quantity"])), definitions.get(row["quantity"], "")),
            _number(say.span(*interval(row, 0.9))),
            _number(say.count(row["median"])),
            _number(say.span(*interval(row, 0.5))),
            _number(say.span(*interval(row, 0.95))),
            _text(rests_on),
        ), faint=prior_only))
    return _table(
        f"Estimates of reports, cumulative to {say.day(when)}. Grey: no claim speaks of it.",
        ("Quantity", "90% interval", "Median", "50% interval", "95% interval", "Rests on"), rows)


def sources(frame: pd.DataFrame) -> Table:
    """Bias of each source, prior beside posterior; grey where the prior speaks."""
    rows = []
    for row in frame.to_dict("records"):
        rows.append(Row((
            _text(row["name"], _kin(row)),
            _text(say.relation(row["relation"])),
            _number(f"{int(row['n_used'])} of {int(row['n_claims'])}"),
            _number(say.ratio_span(row["prior_q05"], row["prior_q95"])),
            _number(say.ratio_span(row["q05"], row["q95"])),
            _number(say.ratio(row["median"])),
            _number(say.percent(row["learned"])),
        ), faint=prior_speaks(row["learned"])))
    return _table(
        "Figure divided by truth: 1 is right, 2 is twice the truth. 90% intervals. "
        f"Grey: the case taught less than {say.percent(LEARNED_LITTLE)} about this source.",
        ("Source", "Relation", "Claims used", "Prior", "Posterior", "Median", "Learned"), rows)


def prior_speaks(learned: float) -> bool:
    """Whether a bias is mostly its prior."""
    return math.isnan(learned) or learned < LEARNED_LITTLE


def _kin(row: Mapping[str, Any]) -> str:
    parts = [] if row["family"] in ("", row["source"]) else [f"family {row['family']}"]
    if row["builds_on"]:
        parts.append(f"builds on {row['builds_on'].replace(';', ', ')}")
    return "; ".join(parts)


def anchors(frame: pd.DataFrame, quantity: str, when: date) -> Table:
    """The total if one source were exactly right."""
    spoken = frame[frame["anchor_median"].notna()].sort_values("anchor_median", kind="stable")
    rows = [Row((
        _text(row["name"]),
        _text(say.relation(row["relation"])),
        _number(say.span(row["anchor_q05"], row["anchor_q95"])),
        _number(say.count(row["anchor_median"])),
    ), faint=prior_speaks(row["learned"])) for row in spoken.to_dict("records")]
    return _table(
        f"{say.capital(say.noun(quantity))} by {say.day(when)} if this source's level were "
        "exactly right. No assumption about mean bias enters.",
        ("If this source were right", "Relation", "90% interval", "Median"), rows)


def needed(test: Mapping[str, Any], quantity: str, value: float, names: Mapping[str, str]) -> Table:
    """The bias that each family's latest claim would need for a figure to be the truth."""
    rows = [Row((
        _text(names.get(part["family"], plain(part["family"])), f"claim {plain(part['claim'])}"),
        _number(say.stated(float(part["figure"]))),
        _number(say.ratio(float(part["ratio_needed"]))),
        _number(say.percent(float(part["prior_probability"]))),
    )) for part in test["needed"]]
    return _table(
        f"What each family's latest figure for {say.noun(quantity)} would be, divided by the truth, "
        f"if the truth were {say.stated(value)}.",
        ("Family", "States", "Times the truth", "Prior chance of as much"), rows)


def claims(frame: pd.DataFrame, anchors_of: Mapping[str, str]) -> Table:
    """Every claim in view, with what it was used for and how surprising it is."""
    rows = []
    for row in frame.to_dict("records"):
        what = say.figure(row["bound"], row["value"], row["low"], row["high"])
        used = row["status"] == "used"
        link = web_link(row["url"])
        expected = "–"
        if used and not math.isnan(row["predictive_median"]):
            expected = say.span(row["predictive_q05"], row["predictive_q95"])
        rows.append(Row((
            _text(say.short_day(row["published"]), row["id"], link),
            _text(row["name"], row["via"] and f"via {row['via']}"),
            _text(f"{what} {say.noun(row['quantity'])}", _aside(row)),
            _text(_window(row), "" if row["scope"] == "all" else row["scope"].replace("_", " ")),
            _text(row["status"], row["reason"]),
            _number(expected, row["readings"]),
            _number(_surprise(row["surprise"])),
            _number(say.change(row["influence"]) if used else "–"),
        ), faint=not used, anchor=anchors_of.get(row["id"], "")))
    return _table(
        "Claims in view, oldest first. Expected: 90% interval of what this source would be expected "
        "to state. Surprise: chance of a figure at least as far out, marked ! below "
        f"{say.percent(SURPRISING)}. "
        "Influence: change of the headline median if this claim alone were left out.",
        ("Published", "Source", "States", "Days covered", "Used as", "Expected", "Surprise",
         "Influence"), rows)


def _window(row: Mapping[str, Any]) -> str:
    last = say.short_day(row["as_of"])
    return last if row["from"] == row["as_of"] else f"{say.short_day(row['from'])} to {last}"


def _surprise(probability: float) -> str:
    if math.isnan(probability):
        return "–"
    return say.percent(probability) + (" !" if probability < SURPRISING else "")


def _aside(row: Mapping[str, Any]) -> str:
    parts = [f"“{row['wording']}”" if row["wording"] else "", row["note"]]
    if row["ambiguity"]:
        parts.insert(1, f"read two ways: {row['ambiguity'].replace('|', ' or ')}")
    return ". ".join(part for part in parts if part)


def counts(frame: pd.DataFrame, shown: Sequence[str], names: Mapping[str, str]) -> Table:
    """How many claims each family makes about each quantity, used ones and all."""
    rows = []
    for family, part in frame.groupby("family", sort=True):
        cells = [_text(names.get(str(family), str(family)))]
        for quantity in shown:
            of = part[part["quantity"] == quantity]
            used = int((of["status"] == "used").sum())
            cells.append(_number(f"{used} of {len(of)}" if len(of) else "–"))
        rows.append(Row(tuple(cells)))
    return _table("Claims used, of all claims in view, by family and quantity.",
                  ("Family", *(say.capital(say.noun(q)) for q in shown)), rows)


def priors(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Every assumption: its 90% span, unit, reason and reference."""
    made = []
    for row in rows:
        low, high = (float(end) for end in row["span"])
        made.append(Row((
            _text(plain(row["name"]), plain(row.get("symbol", ""))),
            _number(f"{low:.3g} to {high:.3g}"),
            _text(plain(row["unit"])),
            _text(plain(row["why"])),
            _text(plain(row["reference"])),
        )))
    return _table("Assumptions that enter the fit: central 90% of each prior, and where it is from.",
                  ("Prior", "90% span", "Unit", "Why", "Reference"), made)


def from_frame(caption: str, frame: pd.DataFrame) -> Table:
    """Any small table that a finding brings along."""
    numeric = [pd.api.types.is_float_dtype(frame[name]) for name in frame.columns]
    rows = [Row(tuple(
        _number(f"{value:.3g}") if is_number else _text(plain(value))
        for value, is_number in zip(record, numeric, strict=True)
    )) for record in frame.itertuples(index=False)]
    return _table(caption, tuple(plain(name) for name in frame.columns), rows)
