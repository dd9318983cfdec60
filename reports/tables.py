"""The report's tables, before any markup: the page and the paper print the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from . import sentences as say
from .inert import plain, short

MOST_ROWS = 800  # claims that a page can show and stay light; claims.csv has them all
# Below this much learning the posterior of a bias is little else than its prior: the standard
# deviation has shrunk by less than a quarter, so the interval shown is three quarters assumption.
LEARNED_LITTLE = 0.25


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, a second line in small type, a web address, whether it is a number.

    `key` is what rows are sorted by where that is not the text; `behind` the quantity whose claims
    the cell leads to, on the same page.
    """

    text: str
    below: str = ""
    href: str = ""
    number: bool = False
    key: str | None = None
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `faint` rows are shown in grey, `anchor` names the row for links within the page.

    `data` are names and values by which the page's script finds the row.
    """

    cells: tuple[Cell, ...]
    faint: bool = False
    anchor: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `numeric` lists the columns that are set flush right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[int, ...] = field(default=())


def text_cell(text: str, below: str = "", href: str = "", key: str | None = None) -> Cell:
    """Make a cell of text, cut where it is very long."""
    return Cell(short(text), short(below), href, key=key)


def number_cell(text: str, below: str = "", value: float | None = None) -> Cell:
    """Make a cell that is set flush right; its rows are sorted by `value` where that is told."""
    if value is None:
        return Cell(text, below, number=True)
    return Cell(text, below, number=True, key=f"{value:.6g}" if math.isfinite(value) else "")


def table(caption: str, columns: Sequence[str], rows: Sequence[Row]) -> Table:
    """Make a table; which columns are numeric is seen from its first row."""
    numeric = tuple(i for i, cell in enumerate(rows[0].cells) if cell.number) if rows else ()
    return Table(caption, tuple(columns), tuple(rows), numeric)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame by column name."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def total_of(totals: pd.DataFrame, quantity: str) -> dict[str, Any]:
    """Give the row of one quantity."""
    return rows_of(totals[totals["quantity"] == quantity])[0]


def interval(row: Mapping[str, Any], prob: float) -> tuple[float, float]:
    """Give ends of one stated interval of a row of totals."""
    for part in row["intervals"]:
        if abs(part["prob"] - prob) < 1e-9:
            return float(part["low"]), float(part["high"])
    raise KeyError(f"no {prob:.0%} interval for {row['quantity']}")


def estimates(totals: pd.DataFrame, definitions: Mapping[str, str], when: date,
              withheld: str = "") -> Table:
    """One row a quantity: range, median, what it rests on; `withheld` is the one not to quote."""
    warning = f" {say.capital(say.noun(withheld))}: to check the model by, not to quote." * bool(
        withheld)
    rows = []
    for row in rows_of(totals):
        prior_only = bool(row["prior_only"])
        behind = str(row["quantity"]) if row["n_used"] else ""
        rests_on = "prior only" if prior_only else say.several(int(row["n_used"]), "claim")
        rows.append(
            Row(
                (
                    text_cell(
                        say.capital(say.noun(row["quantity"])), definitions.get(row["quantity"], "")
                    ),
                    number_cell(say.span(*interval(row, 0.9))),
                    replace(number_cell(say.count(row["median"])), behind=behind),
                    number_cell(say.span(*interval(row, 0.5))),
                    number_cell(say.span(*interval(row, 0.95))),
                    replace(text_cell(rests_on), behind=behind),
                ),
                faint=prior_only,
            )
        )
    return table(
        f"Estimates of reports, cumulative to {say.day(when)}. Grey: no claim speaks of it."
        + warning,
        ("Quantity", "90% interval", "Median", "50% interval", "95% interval", "Rests on"),
        rows,
    )


def sources(frame: pd.DataFrame) -> Table:
    """Bias of each source, prior beside posterior; grey where the prior speaks."""
    rows = []
    for row in rows_of(frame.sort_values(["relation", "family", "source"], kind="stable")):
        rows.append(
            Row(
                (
                    text_cell(row["name"], _kin(row)),
                    text_cell(say.relation(row["relation"])),
                    number_cell(f"{int(row['n_used'])} of {int(row['n_claims'])}"),
                    number_cell(say.ratio_span(row["prior_q05"], row["prior_q95"])),
                    number_cell(say.ratio_span(row["q05"], row["q95"])),
                    number_cell(say.ratio(row["median"])),
                    number_cell(say.percent(row["learned"])),
                ),
                faint=prior_speaks(row["learned"]),
            )
        )
    return table(
        "Figure divided by truth: 1 is right, 2 is twice the truth. 90% intervals. "
        "Learned: by how much the case narrowed what was assumed of this source's bias, 1 less the "
        "ratio of the standard deviations of its logarithm. "
        f"Grey: under {say.percent(LEARNED_LITTLE)}.",
        ("Source", "Relation", "Claims used", "Prior", "Posterior", "Median", "Learned"),
        rows,
    )


def prior_speaks(learned: float) -> bool:
    """Whether a bias is mostly its prior."""
    return math.isnan(learned) or learned < LEARNED_LITTLE


def _kin(row: Mapping[str, Any]) -> str:
    about = {"list": "its list of the dead", "names": "its count of names"}
    parts = [f"on {about.get(row['about'], row['about'])}"] if row["about"] else []
    if row["family"] not in ("", row["source"]):
        parts.append(f"family {row['family']}")
    if row["builds_on"]:
        parts.append(f"builds on {row['builds_on'].replace(';', ', ')}")
    return "; ".join(parts)


def anchors(frame: pd.DataFrame, quantity: str, when: date) -> Table:
    """Give the total if one source were exactly right."""
    spoken = frame[frame["anchor_median"].notna()].sort_values("anchor_median", kind="stable")
    rows = [
        Row(
            (
                text_cell(row["name"]),
                text_cell(say.relation(row["relation"])),
                number_cell(say.span(row["anchor_q05"], row["anchor_q95"])),
                number_cell(say.count(row["anchor_median"])),
            ),
            faint=prior_speaks(row["learned"]),
        )
        for row in rows_of(spoken)
    ]
    return table(
        f"{say.capital(say.noun(quantity))} by {say.day(when)} if this source's level were "
        "exactly right: its average level over all its claims, not its latest figure. Where it "
        f"states {say.noun(quantity)}, nothing assumed about mean bias enters; where it states "
        "another quantity, the estimated share of that quantity enters too, and a list of the "
        "dead is taken as complete on its latest day.",
        ("If this source were right", "Relation", "90% interval", "Median"),
        rows,
    )


def priors(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Every assumption: its 90% span, unit, reason and reference."""
    made = []
    for row in rows:
        low, high = (float(end) for end in row["span"])
        made.append(
            Row(
                (
                    text_cell(plain(row["name"]), plain(row.get("symbol", ""))),
                    number_cell(f"{low:.3g} to {high:.3g}"),
                    text_cell(plain(row["unit"])),
                    text_cell(plain(row["why"])),
                    text_cell(plain(row["reference"])),
                )
            )
        )
    return table(
        "Assumptions that enter the fit: central 90% of each prior, and where it is from.",
        ("Prior", "90% span", "Unit", "Why", "Reference"),
        made,
    )


def from_frame(caption: str, frame: pd.DataFrame) -> Table:
    """Any small table that a finding brings along."""
    numeric = [pd.api.types.is_float_dtype(frame[name]) for name in frame.columns]
    rows = [
        Row(
            tuple(
                number_cell(f"{value:.3g}") if is_number else text_cell(plain(value))
                for value, is_number in zip(record, numeric, strict=True)
            )
        )
        for record in frame.itertuples(index=False)
    ]
    return table(caption, tuple(plain(name) for name in frame.columns), rows)
