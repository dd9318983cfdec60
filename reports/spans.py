"""Chart of named rows, each an interval with its mark (Altair): scores, and what history says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import altair as alt

from .figures import NARROW, Figure, Sheets, haloed
from .palette import light

PALE = 0.4  # strength of a row that is not to be relied on


@dataclass(frozen=True, slots=True)
class Span:
    """One row of the chart.

    Attributes
    ----------
    name : str
        Printed beside it.
    low, high, mark : float
        Interval and what stands for it.
    says : str
        Told where the mark is touched.
    inner_low, inner_high : float or None
        A narrower interval, drawn thicker.
    wanted : float or None
        What should have been found, drawn as a tick.
    ink : str
        Name of a colour of the palette.
    pale : bool
        Whether the row rests on too little.
    """

    name: str
    low: float
    high: float
    mark: float
    says: str
    inner_low: float | None = None
    inner_high: float | None = None
    wanted: float | None = None
    ink: str = "line"
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The horizontal axis: its title, how numbers are written, where ticks and one rule stand."""

    title: str
    format: str
    ticks: tuple[float, ...]
    log: bool = False
    rule: float | None = None
    label: str = "datum.label"
    ends: tuple[float, float] | None = field(default=None)


PERCENT = Scale("truths inside the interval", ".0%", (0, 0.2, 0.4, 0.6, 0.8, 1), ends=(0, 1))
RATIO = Scale("figure ÷ truth (log scale): left of 1 below the truth, right of 1 above", "~r",
              (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 100), True, 1.0, "'×' + datum.label")


def spans(name: str, title: str, note: str, text: str, rows: Sequence[Span],
          scale: Scale) -> Figure:
    """Draw rows of intervals.

    Parameters
    ----------
    name, title, note, text : str
        See `Figure`.
    rows : sequence of Span
        From top to bottom.
    scale : Scale
        Of the horizontal axis.
    """
    sheets = Sheets()
    return sheets.figure(name, title, note, text, 10,
                         lambda width: _draw(sheets, width, rows, scale))


def _draw(sheets: Sheets, width: int, rows: Sequence[Span], scale: Scale) -> tuple[Any, float]:
    narrow = width == NARROW
    values = [value for row in rows for value in (row.low, row.high)]
    values += [] if scale.rule is None else [scale.rule]
    start, stop = scale.ends or (min(values), max(values))
    ticks = [tick for tick in scale.ticks if start <= tick <= stop]
    x: dict[str, Any] = {
        "scale": alt.Scale(type="log" if scale.log else "linear", nice=False, zero=False,
                           domain=list(scale.ends) if scale.ends else alt.Undefined),
        "axis": alt.Axis(values=ticks, format=scale.format, orient="top", titleAnchor="start",
                         labelExpr=scale.label),
        "title": None if narrow else scale.title,
    }
    drawn = [{**asdict(row), "place": i, "ink": light(row.ink),
              "strength": PALE if row.pale else 1.0} for i, row in enumerate(rows)]
    base = sheets.chart("rows", drawn).encode(
        y=alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0.2)))
    lift = 7 if narrow else 0
    ink = alt.Color("ink:N", scale=None, legend=None)
    strength = alt.Opacity("strength:Q", scale=None, legend=None)
    tip = [alt.Tooltip("name:N", title="Row"), alt.Tooltip("says:N", title="Found")]
    layers: list[Any] = []
    if scale.rule is not None:
        layers.append(
            sheets.chart("line", [{"at": scale.rule}])
            .mark_rule(color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2)
            .encode(x=alt.X("at:Q", **x)))
    layers.append(base.mark_rule(strokeWidth=2, yOffset=lift).encode(
        x=alt.X("low:Q", **x), x2=alt.X2("high:Q"), color=ink, opacity=strength, tooltip=tip))
    if any(row.inner_low is not None for row in rows):
        layers.append(base.mark_rule(strokeWidth=6, yOffset=lift).encode(
            x=alt.X("inner_low:Q", **x), x2=alt.X2("inner_high:Q"), color=ink, opacity=strength,
            tooltip=tip))
    if any(row.wanted is not None for row in rows):
        layers.append(base.mark_tick(thickness=3, size=18, yOffset=lift, opacity=1).encode(
            x=alt.X("wanted:Q", **x), color=alt.ColorValue(light("adversary"))))
    layers.append(base.mark_point(
        filled=True, size=74, yOffset=lift, stroke=light("paper"), strokeWidth=1.2).encode(
        x=alt.X("mark:Q", **x), color=ink, opacity=strength, tooltip=tip))
    named = base.encode(x=alt.XValue(0), text=alt.Text("name:N"),
                        color=alt.ColorValue(light("ink")))
    layers += haloed(named, 12, align="left" if narrow else "right", dx=0 if narrow else -10,
                     dy=-9 if narrow else 0, limit=width - 20 if narrow else 330)
    return alt.layer(*layers), (34 if narrow else 24) * len(rows)
