"""The slim fan: one quantity over time without claims, for a card and for small multiples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt

from .palette import light

BANDS = (("q05", "q95", 0.26), ("q25", "q75", 0.40))  # the 90% and the 50% interval
COLUMNS = ("median", *(name for band in BANDS for name in band[:2]))


def rows(days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the rows that `slim` draws, from those of estimates.csv or `estimates` by day.

    Parameters
    ----------
    days : sequence of dict
        One a grid day: date and the columns of `COLUMNS`, in people or things.
    """
    made = [{"day": str(row["date"])[:10], **{c: float(row[c]) for c in COLUMNS}} for row in days]
    # A single day has no width: it is drawn as a level over the day itself.
    return made if len(made) > 1 else [{**row, "day": f"{row['day']}T{hour}"}
                                       for row in made for hour in ("00:00", "23:59")]


def slim(days: Sequence[Mapping[str, Any]], x: Mapping[str, Any], y: Mapping[str, Any],
         stroke: float = 2, join: Literal["monotone", "linear"] = "monotone") -> list[Any]:
    """Layers of the fan: two bands and the median.

    Parameters
    ----------
    days : sequence of dict
        As `rows` gives them.
    x, y : dict
        Scale, axis and title of the two channels.
    stroke : float
        Width of the median's line, px.
    join : str
        How days are joined; straight lines have a third of the bytes.
    """
    base = alt.Chart(alt.Data(values=[dict(row) for row in days]))
    across = alt.X("day:T", **x)
    layers: list[Any] = [
        base.mark_area(
            color=light("band"), opacity=1, fillOpacity=strength, interpolate=join
        ).encode(x=across, y=alt.Y(f"{low}:Q", **y), y2=alt.Y2(f"{high}:Q"))
        for low, high, strength in BANDS
    ]
    layers.append(
        base.mark_line(color=light("line"), strokeWidth=stroke, interpolate=join).encode(
            x=across, y=alt.Y("median:Q", **y)))
    return layers
