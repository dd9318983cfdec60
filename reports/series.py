"""Other sides and series of a case: what was estimated together, as a table and a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import sentences as say
from .figures import Figure
from .inert import named, plain
from .passages import FEWEST_ORIGINS
from .spans import Scale, Span, spans
from .tables import Row, Table, interval, number_cell, rows_of, table, text_cell

TICKS = tuple(float(f"{m}e{power}") for power in range(8) for m in (1, 3))  # 1, 3, 10, 30 …
LOWEST = 0.5  # end of the logarithmic axis: below it a count is none


@dataclass(frozen=True, slots=True)
class Estimated:
    """One quantity of one series, on the as-of day.

    Attributes
    ----------
    side, quantity : str
        In words.
    low, q25, median, q75, high : float
        Ends of the 90 and 50% interval and the median; people or things.
    claims, origins : int
        Claims about it that are used, and independent origins that speak of its series.
    ok : bool
        Whether its draws passed the checks.
    """

    side: str
    quantity: str
    low: float
    q25: float
    median: float
    q75: float
    high: float
    claims: int
    origins: int
    ok: bool

    @property
    def told(self) -> bool:
        """Whether enough independent origins spoke for a range to be given."""
        return self.origins >= FEWEST_ORIGINS


@dataclass(frozen=True, slots=True)
class Together:
    """All series of a case.

    Attributes
    ----------
    rows : tuple of Estimated
        In the order of the case; empty where it has one series alone.
    words : tuple of str
        Paragraphs.
    table : Table or None
        One row each.
    """

    rows: tuple[Estimated, ...] = ()
    words: tuple[str, ...] = ()
    table: Table | None = None


def together(fit: Any) -> Together:
    """Gather what was estimated of every series.

    Parameters
    ----------
    fit : estimate.model.result.Fit
        The headline's series, with the others.
    """
    told = fit.account.get("series")
    if not told:
        return Together()
    names = {each.id: named(each.name) for each in fit.case.series}
    passed = {(each["side"], each["quantity"]): each["ok"] for each in told}
    rows = []
    for one in fit.series:
        side, origins = one.case.sides[0], int(one.identification()["n_origins"])
        ok = passed[side.id, one.case.headline]
        for row in rows_of(one.totals()):
            if row["prior_only"]:
                continue
            (low, high), (q25, q75) = interval(row, 0.9), interval(row, 0.5)
            rows.append(Estimated(
                named(side.name), names.get(row["quantity"], say.noun(row["quantity"])), low, q25,
                float(row["median"]), q75, high, int(row["n_used"]), origins, ok))
    unheard = [each for each in told if "unheard" in each]
    return Together(tuple(rows), _words(fit, rows, unheard), _table(rows))


def _words(fit: Any, rows: Sequence[Estimated], unheard: Sequence[Mapping[str, Any]]
           ) -> tuple[str, ...]:
    sides = list(dict.fromkeys(named(one.case.sides[0].name) for one in fit.series))
    words = [
        f"{say.several(len(fit.series), 'series', 'series')} of {say.listed(sides)} were estimated "
        "together. They share how sources err in general, each source's scatter, and how a family "
        "errs about one side; each has its own total, its own error that all sources may share, "
        "and each source's own error about it. So no series says how large another is."]
    if likeness := fit.account.get("likeness"):
        low, middle, high = (f"{each:.2f}" for each in likeness)
        words.append(
            "When losses happened is partly shared within a side: the correlation of the "
            f"deviations of two series' paths is the square of {middle} (90%: {low} to {high}; "
            "0 to 1 before any claim).")
    few = sum(not row.told for row in rows)
    if few:
        words.append(
            f"For {say.several(few, 'quantity', 'quantities')} fewer than {FEWEST_ORIGINS} "
            "independent origins speak: no range is told here. The files hold what the fit makes "
            "of them.")
    if unheard:
        named_ = [f"{plain(each['quantity'])} of {plain(each['side'])}" for each in unheard]
        words.append(f"Not estimated, for no claim can be compared with their total: "
                     f"{say.listed(named_)}.")
    return tuple(words)


def _table(rows: Sequence[Estimated]) -> Table:
    return table(
        "Cumulative to the as-of day. Claims: figures used that state the quantity.",
        ("Side", "Quantity", "90% interval", "Median", "50% interval", "Claims", "Origins"),
        [Row((
            text_cell(row.side),
            text_cell(say.capital(row.quantity), "" if row.ok else "failed a check"),
            number_cell(say.span(row.low, row.high) if row.told else "no range", "", row.low),
            number_cell(say.count(row.median) if row.told else "–", "", row.median),
            number_cell(say.span(row.q25, row.q75) if row.told else "–", "", row.q25),
            number_cell(str(row.claims)), number_cell(str(row.origins)),
        ), faint=not row.told or not row.ok) for row in rows])


def figure(name: str, made: Together) -> Figure:
    """Draw the range of every series of which one is told.

    Parameters
    ----------
    name : str
        Stem of its files.
    made : Together
        With at least one range that is told.
    """
    shown = [row for row in made.rows if row.told]
    top = max(row.high for row in shown)
    drawn = [
        Span(f"{say.capital(row.quantity)}, {row.side}", max(row.low, LOWEST), row.high,
             max(row.median, LOWEST),
             f"{say.span(row.low, row.high)}, median {say.count(row.median)}",
             max(row.q25, LOWEST), row.q75, pale=not row.ok) for row in shown]
    title = (f"{say.several(len(shown), 'quantity', 'quantities')} with a range, from "
             f"{say.count(min(row.median for row in shown))} to "
             f"{say.count(max(row.median for row in shown))}")
    note = "Lost by the as-of day (logarithmic scale): 90% interval thin, 50% thick, median marked."
    if any(row.pale for row in drawn):
        note += " Pale: the draws failed a check."
    ends = (LOWEST, 10 ** (math.floor(math.log10(top)) + 1))
    return spans(
        name, title, note,
        "Ranges: " + "; ".join(f"{row.name} {row.says}" for row in drawn) + ".", drawn,
        Scale("people or things lost (log scale)", ",.0f", TICKS, log=True,
              label="format(datum.value, ',.0f')", ends=ends))
