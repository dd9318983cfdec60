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
from .inert import short, web_link
from .tables import rows_of

# A claim whose window opens later is drawn beside totals if, by the median, at most this share of
# the total had happened before it opens: less than two figures for the same thing usually differ.
MISSED_BEFORE = 0.25
# A figure above this multiple of the 95% band would flatten the rest of the chart.
TALLEST = 1.5
SHAPES = {"at_least": "at least", "at_most": "at most", "range": "range"}
_FILLED = ("used",)
_HOLLOW = ("derived", "repeat", "copy")
_REASONS = {"partial": "partial (not comparable with the total)", "excluded": "excluded on request"}
MOST_MARKS = 400  # on one chart; beyond that marks hide each other and the drawing grows heavy


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
        Upper end of the vertical axis, in people or things.
    """

    rows: tuple[dict[str, Any], ...]
    left_out: str
    top: float


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
        elif low > ceiling:
            missed["above the frame"] += 1
        else:
            made.append(
                {
                    "claim": row["id"],
                    "day": f"{row['as_of']:%Y-%m-%d}",
                    "figure": math.sqrt(max(low, 0.0) * high) if low < high else low,
                    "low": low,
                    "high": min(high, ceiling),
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
    if len(made) > MOST_MARKS:
        missed["older or hollow, for want of room"] = len(made) - MOST_MARKS
        made = sorted(made, key=lambda mark: mark["hollow"], reverse=True)[-MOST_MARKS:]
    top = 1.04 * max([float(curve["q975"].max()), *(mark["high"] for mark in made), 1.0])
    _name_the_latest(made, top)
    left = [f"{number} {why}" for why, number in sorted(missed.items())]
    sentence = f"Left out here, listed below: {say.listed(left)}." if left else ""
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


def _name_the_latest(made: list[dict[str, Any]], top: float) -> None:
    """Write the source's name beside each family's latest filled mark, where there is room."""
    latest: dict[str, dict[str, Any]] = {}
    for mark in made:
        if not mark["hollow"]:
            latest[mark["family"]] = mark
    taken: list[tuple[int, float]] = []
    for mark in sorted(latest.values(), key=lambda m: (m["day"], m["figure"]), reverse=True):
        place = (int(pd.Timestamp(mark["day"]).toordinal()), mark["figure"] / top)
        if all(abs(place[0] - d) > 90 or abs(place[1] - y) > 0.05 for d, y in taken):
            mark["label"] = short_name(mark["name"])
            taken.append(place)


def short_name(name: str, most: int = 34) -> str:
    """Give a source's name cut at its first comma or bracket, for a chart."""
    for stop in (" (", ",", ";", " to "):
        name = name.split(stop)[0] if len(name) > most else name
    if len(name) <= most:
        return name
    words = name[:most].split(" ")[:-1] or [name[: most - 1]]
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
