"""Fan chart: the estimate over time with the claims on it (Altair)."""

from __future__ import annotations

from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from .figures import INKS, NARROW, Figure, Sheets, haloed, relation_scale
from .marks import Marks
from .palette import light
from .tables import rows_of

_BANDS = (("q025", "q975", 0.16), ("q05", "q95", 0.20), ("q10", "q90", 0.26), ("q25", "q75", 0.34))
_BOUND_SHAPES = {
    "figure": "circle",
    "at least": "triangle-up",
    "at most": "triangle-down",
    "range": "M0,-0.9L0,0.9",
}
_SHORT_CASE = 120  # days; up to here the axis of time names days, beyond it months


def fan(
    name: str, title: str, note: str, text: str, unit: str, curve: pd.DataFrame, marks: Marks
) -> Figure:
    """Bands of the estimate over time with the claims on them.

    Parameters
    ----------
    name, title, note, text : str
        See `Figure`.
    unit : str
        Title of the vertical axis.
    curve : DataFrame
        One row a day of the grid: date, median and the quantiles q025 to q975, in `unit`.
    marks : Marks
        Claims to draw.
    """
    days = [
        {
            **{k: float(row[k]) for k in ("median", *(c for b in _BANDS for c in b[:2]))},
            "day": f"{row['date']:%Y-%m-%d}",
        }
        for row in rows_of(curve)
    ]
    sheets = Sheets()
    return sheets.figure(
        name, title, note, text, 30, lambda width: _fan(sheets, width, days, marks, unit)
    )


def _fan(
    sheets: Sheets, width: int, days: list[dict[str, Any]], marks: Marks, unit: str
) -> tuple[Any, float]:
    narrow = width == NARROW
    base = sheets.chart("days", days)
    length = (date.fromisoformat(days[-1]["day"]) - date.fromisoformat(days[0]["day"])).days
    x = alt.X(
        "day:T",
        title=None,
        axis=alt.Axis(
            grid=False,
            format="%d %b" if length <= _SHORT_CASE else "%b %Y",
            tickCount=3 if narrow else 8,
            ticks=True,
            domain=True,
            labelFlush=True,
            labelOverlap=True,
            labelSeparation=12,
        ),
    )
    scale = alt.Scale(domain=[0, marks.top], nice=False, zero=True)
    axis = alt.Axis(
        format=",.0f",
        tickCount=5,
        titleAlign="left",
        titleAngle=0,
        titleAnchor="end",
        titleX=0,
        titleY=-10,
        titleBaseline="bottom",
    )
    layers: list[Any] = [
        base.mark_area(
            color=light("band"), opacity=1, fillOpacity=strength, interpolate="monotone"
        ).encode(x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=axis, title=unit), y2=f"{high}:Q")
        for low, high, strength in _BANDS
    ]
    layers.append(
        base.mark_line(color=light("line"), strokeWidth=2, interpolate="monotone").encode(
            x="day:T", y=alt.Y("median:Q", scale=scale)
        )
    )
    if not narrow:
        layers.append(_band_names(sheets, days[-1], marks.top))
    if marks.rows:
        layers += claim_layers(sheets, marks, scale, days, narrow)
    return alt.layer(*layers), 300 if narrow else 420


def _band_names(sheets: Sheets, last: dict[str, Any], top: float) -> Any:
    """Names of the bands at their right end, those left out that would run into another."""
    ends = [("median", last["median"])]
    for (_, high, _), word in zip(reversed(_BANDS), ("50%", "80%", "90%", "95%"), strict=True):
        if last[high] - ends[-1][1] > 0.035 * top:
            ends.append((word, last[high]))
    rows = [{"day": last["day"], "at": at, "word": word} for word, at in ends]
    return (
        sheets.chart("bands", rows)
        .mark_text(align="left", dx=5, fontSize=11, color=light("soft"))
        .encode(x="day:T", y="at:Q", text="word:N")
    )


def claim_layers(
    sheets: Sheets, marks: Marks, scale: alt.Scale, days: list[dict[str, Any]], narrow: bool
) -> list[Any]:
    """Give the marks of claims with their keys and names; `days` are those of the axis."""
    rows = [
        {
            **row,
            "aria": f"claim {row['claim']}: {row['says']}, {row['name']}, {row['published']}",
            "edge": INKS[row["relation"]],
            "ink": light("paper") if row["hollow"] else INKS[row["relation"]],
            "strength": 0.45 if row["hollow"] else 1.0,
        }
        for row in marks.rows
    ]
    present = [word for word in INKS if any(row["relation"] == word for row in rows)]
    kinds = [kind for kind in _BOUND_SHAPES if any(row["bound"] == kind for row in rows)]
    columns = 2 if narrow else 0
    shape = alt.Shape(
        "bound:N",
        title="Stated as",
        scale=alt.Scale(domain=kinds, range=[_BOUND_SHAPES[kind] for kind in kinds]),
        legend=alt.Legend(
            columns=columns,
            symbolStrokeColor=light("soft"),
            symbolOpacity=1,
            symbolFillColor=light("soft"),
            symbolStrokeWidth=2,
        ),
    )
    y = alt.Y("figure:Q", scale=scale)
    tip = [
        alt.Tooltip("claim:N", title="Claim"),
        alt.Tooltip("name:N", title="Source"),
        alt.Tooltip("says:N", title="States"),
        alt.Tooltip("published:N", title="Published"),
        alt.Tooltip("wording:N", title="Wording"),
        alt.Tooltip("used:N", title="Here"),
    ]
    told = alt.Description("aria:N")
    stroke = alt.Stroke("edge:N", scale=None, legend=None)
    key = alt.Color(
        "relation:N",
        title="Who says so",
        scale=relation_scale(present),
        legend=alt.Legend(columns=columns, symbolType="circle"),
    )
    bars = [row for row in rows if row["bound"] == "range"]
    layers: list[Any] = [
        sheets.chart("key", []).mark_point(filled=True, opacity=1).encode(color=key),
        sheets.chart("ranges", bars)
        .mark_rule(strokeWidth=3)
        .encode(
            x="day:T",
            y=alt.Y("low:Q", scale=scale),
            y2="high:Q",
            stroke=stroke,
            tooltip=tip,
            description=told,
            opacity=alt.Opacity("strength:Q", scale=None, legend=None),
        ),
        sheets.chart("figures", rows)
        .mark_point(size=50 if narrow else 76, strokeWidth=1.8, opacity=1)
        .encode(
            x="day:T",
            y=y,
            stroke=stroke,
            shape=shape,
            tooltip=tip,
            description=told,
            fill=alt.Fill("ink:N", scale=None, legend=None),
        ),
    ]
    middle = days[len(days) * 5 // 8]["day"]
    for side, dx in (("left", 8), ("right", -8)):
        named = [row for row in rows if row["label"] and (row["day"] > middle) is (side == "right")]
        if named and not narrow:
            text = sheets.chart(f"names-{side}", named).encode(
                x="day:T", y=y, text="label:N", fill=alt.Fill("ink:N", scale=None, legend=None)
            )
            layers += haloed(text, 11, align=side, dx=dx, dy=-8)
    return layers
