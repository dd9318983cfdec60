"""Where a claim stands on a chart of a cumulative quantity, and which claims are left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import sentences as say
from .inert import head, short, web_link
from .tables import MOST_ROWS, rows_of

# A claim whose window opens later is drawn beside totals if, by the median, at most this share of
# the total had happened before it opens: less than two figures for the same thing usually differ.
MISSED_BEFORE = 0.25
# A figure above this multiple of the 95% band would flatten the rest of the chart: it is an arrow
# at the upper edge.
TALLEST = 1.5
SHAPES = {"at_least": "at least", "at_most": "at most", "range": "range"}
_FILLED = ("used",)
_HOLLOW = ("derived", "repeat", "copy")
_REASONS = {"partial": "partial (not comparable with the total)", "excluded": "excluded on request"}
MOST_MARKS = 400  # on one chart; beyond that marks hide each other and the drawing grows heavy
_CELLS = (120, 90, 60, 45, 30, 20)  # columns of ever coarser cells, half as many rows: 200 at last
_NAME_WIDE, _NAME_HIGH = 0.19, 0.05  # room that a name takes, as parts of the chart


@dataclass(frozen=True, slots=True)
class Marks:
    """Claims placed on one chart.

    Attributes
    ----------
    rows : tuple of dict
        One for each mark: claim, day, figure, low, high, bound, relation, name, says, hollow,
        label.
    left_out : str
        A sentence on the claims that are not drawn; empty if all are.
    top : float
        Upper end of the vertical axis, in people or things. Claims above it are arrows there.
    """

    rows: tuple[dict[str, Any], ...]
    left_out: str
    top: float

    @property
    def above(self) -> list[dict[str, Any]]:
        """Marks whose figure, or all of whose range, lies above the frame."""
        return [mark for mark in self.rows if mark["low"] > self.top]


def place(claims: pd.DataFrame, curve: pd.DataFrame, quantity: str) -> Marks:
    """Give marks for the claims on one quantity.

    Parameters
    ----------
    claims : DataFrame
        All claims in view, as `summary.claims` gives them, with a `name` for each source.
    curve : DataFrame
        The estimate of that quantity by day: columns date, median, q975, ascending by date.
    quantity : str
        Only its claims are placed.
    """
    days = curve["date"].to_numpy("datetime64[D]")
    median = curve["median"].to_numpy(float)
    first, last = curve["date"].iloc[0], curve["date"].iloc[-1]
    ceiling = TALLEST * max(float(curve["q975"].max()), 1.0)
    made: list[dict[str, Any]] = []
    missed: Counter[str] = Counter()
    for row in rows_of(claims[claims["quantity"] == quantity]):
        low, high = (row["low"], row["high"]) if math.isnan(row["value"]) else (row["value"],) * 2
        if row["status"] not in _FILLED + _HOLLOW:
            status = str(row["status"])
            missed[_REASONS.get(status, status)] += 1
        elif _missed_share(row, days, median) > MISSED_BEFORE:
            missed["about a shorter window"] += 1
        else:
            made.append(
                {
                    "claim": row["id"],
                    "day": f"{min(row['as_of'], last):%Y-%m-%d}",
                    "figure": math.sqrt(max(low, 0.0) * high) if low < high else low,
                    "low": low,
                    "high": high if low > ceiling else min(high, ceiling),
                    "bound": SHAPES.get(row["bound"], "figure"),
                    "relation": say.relation(row["relation"]),
                    "source": row["source"],
                    "family": row["family"],
                    "name": row["name"],
                    "says": say.figure(row["bound"], row["value"], row["low"], row["high"]),
                    "published": say.short_day(row["published"]),
                    "out": f"{row['published']:%Y-%m-%d}",
                    "window": window(row),
                    "link": web_link(row["url"]),
                    "wording": short(row["wording"], 80),
                    "used": "used as evidence"
                    if row["status"] in _FILLED
                    else f"{row['status']}, no evidence",
                    "hollow": row["status"] in _HOLLOW,
                    "label": "",
                }
            )
    held = [mark["high"] for mark in made if mark["low"] <= ceiling]
    top = 1.04 * max([float(curve["q975"].max()), *held, 1.0])
    for mark in made:
        mark["at"] = (
            (pd.Timestamp(mark["day"]) - first).days / max((last - first).days, 1),
            min(mark["figure"] / top, 1.0),
        )
    if len(made) > MOST_MARKS:
        drawn = _thinned(made)
        missed["beside one that is drawn, for want of room"] = len(made) - len(drawn)
        made = drawn
    else:
        _name_the_latest(made)
    for mark in made:
        del mark["at"]
    left = [f"{number:,} {why}" for why, number in sorted(missed.items())]
    where = "below" if len(claims) <= MOST_ROWS else "in claims.csv"
    sentence = f"Left out here, listed {where}: {say.listed(left)}." if left else ""
    return Marks(tuple(made), sentence, top)


def window(row: Mapping[str, Any]) -> str:
    """Days that a claim covers."""
    last = say.short_day(row["as_of"])
    return last if row["from"] == row["as_of"] else f"{say.short_day(row['from'])} to {last}"


def _missed_share(row: dict[str, Any], days: np.ndarray, median: np.ndarray) -> float:
    """Share of the total at the claim's last day that had happened before its first day."""
    before, at = np.searchsorted(
        days, np.array([row["from"], row["as_of"]], "datetime64[D]"), "right"
    )
    whole = median[max(int(at) - 1, 0)]
    start = median[int(before) - 2] if before >= 2 else 0.0
    return float(start / whole) if whole > 0 else 0.0


def _thinned(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One mark for each cell of the chart, the latest of the filled ones; cells as fine as can be.

    So the marks drawn reach as far as all do, over time and up and down, but not as densely.
    """
    order = sorted(made, key=lambda mark: mark["out"], reverse=True)
    order.sort(key=lambda mark: bool(mark["hollow"]))
    cells: dict[tuple[int, int], dict[str, Any]] = {}
    for columns in _CELLS:
        cells = {}
        for mark in order:
            day, height = mark["at"]
            cells.setdefault((int(day * columns), int(height * columns / 2)), mark)
        if len(cells) <= MOST_MARKS:
            break
    return sorted(cells.values(), key=lambda mark: (mark["hollow"], mark["out"]))


def _name_the_latest(made: list[dict[str, Any]]) -> None:
    """Write the source's name beside each family's latest filled mark, where there is room."""
    latest: dict[str, dict[str, Any]] = {}
    for mark in made:
        if not mark["hollow"] and mark["at"][1] < 1:  # an arrow at the edge has a name of its own
            latest[mark["family"]] = mark
    taken: list[tuple[float, float]] = []
    for mark in sorted(latest.values(), key=lambda m: (m["day"], m["figure"]), reverse=True):
        day, height = mark["at"]
        if all(abs(day - d) > _NAME_WIDE or abs(height - y) > _NAME_HIGH for d, y in taken):
            mark["label"] = short_name(mark["name"])
            taken.append((day, height))


def short_name(name: str, most: int = 34) -> str:
    """Give a source's name cut at its first comma or bracket, for a chart."""
    for stop in (" (", ",", ";", " to "):
        name = name.split(stop)[0] if len(name) > most else name
    start = head(name, most)
    if start == name:
        return name
    words = start.split(" ")[:-1] or [head(name, most - 1)]
    while len(words) > 1 and words[-1] in ("of", "the", "and", "for", "to", "in", "on", "at", "&"):
        words.pop()
    return " ".join(words) + "…"


def half_way(curve: pd.DataFrame) -> Any:
    """First day on which the median reached half of its last value; None if it never moved."""
    median = curve["median"].to_numpy(float)
    if not len(median) or median[-1] <= 0:
        return None
    return curve["date"].iloc[int(np.argmax(median >= median[-1] / 2))]


def drawn(rows: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Numbers of filled and hollow marks."""
    hollow = sum(bool(row["hollow"]) for row in rows)
    return len(rows) - hollow, hollow
