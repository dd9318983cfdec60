"""Fan chart: the estimate over time with the claims on it (Altair)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import altair as alt
import pandas as pd

from .figures import (
    INKS,
    NARROW,
    Figure,
    Sheets,
    axis_title,
    haloed,
    lit,
    relation_scale,
)
from .marks import Marks, short_name
from .palette import light
from .tables import rows_of

_BANDS = (("q025", "q975", 0.16), ("q05", "q95", 0.20), ("q10", "q90", 0.26), ("q25", "q75", 0.34))
QUANTILES = tuple(name for low, high, _ in _BANDS for name in (low, high))
_BOUND_SHAPES = {
    "figure": "circle",
    "at least": "triangle-up",
    "at most": "triangle-down",
    "range": "M0,-0.9L0,0.9",
    "above the frame": "M0,-1L0.7,0L0.25,0L0.25,1L-0.25,1L-0.25,0L-0.7,0Z",
}
_ABOVE = "above the frame"
_EDGE = 9  # px below the upper edge: where what is above the frame stands
_ROOM = (0.3, 0.45)  # parts of the axis of time that an arrow's words take: wide, narrow
LOG_DECADES = 3  # a logarithmic axis shows so many powers of ten below the largest figure
_SHORT_CASE = 120  # days; up to here the axis of time names days, beyond it months


@dataclass(frozen=True, slots=True)
class Look:
    """How a fan is drawn: as steps between days of knowledge or not, and how high at least.

    `clip` cuts off what other data could show above that; a drawing of its own data needs no cut,
    and a PNG takes several times as long with one.
    """

    steps: bool = False
    top: float = 0.0
    clip: bool = False


def fan(
    name: str,
    title: str,
    note: str,
    text: str,
    unit: str,
    curve: pd.DataFrame,
    marks: Marks,
    look: Look | None = None,
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
    look : Look, optional
        Linear, over the days of loss, as high as the marks ask for, unless told.
    """
    days = [
        {
            **{name: float(row[name]) for name in ("median", *QUANTILES)},
            "day": f"{row['date']:%Y-%m-%d}",
        }
        for row in rows_of(curve)
    ]
    sheets, look = Sheets(), look or Look()
    return sheets.figure(
        name, title, note, text, 30, lambda width: _fan(sheets, width, days, marks, unit, look)
    )


def on_log_scale(form: Any, top: float) -> Any:
    """Give the same definition with a logarithmic axis of height; what is below stands on it.

    Parameters
    ----------
    form : dict
        Definition of a fan, or several.
    top : float
        Upper end of its axis of height.
    """
    if isinstance(form, list):
        return [on_log_scale(part, top) for part in form]
    if not isinstance(form, dict):
        return form
    made = {name: on_log_scale(part, top) for name, part in form.items()}
    if form.get("domain") == [0, top]:
        lowest = _lowest(top)
        return {"type": "log", "domain": [lowest, top], "nice": False, "clamp": True}
    if form.get("axis") and "type" in made.get("scale", {}) and made["scale"]["type"] == "log":
        decades = range(round(math.log10(_lowest(top))), math.ceil(math.log10(top)))
        ticks = [n * 10**k for k in decades for n in (1, 3)]
        made["axis"] = {**form["axis"], "values": [tick for tick in ticks if tick <= top]}
    return made


def _lowest(top: float) -> float:
    """Lower end of a logarithmic axis: a power of ten, of one person at least."""
    return 10.0 ** max(0, math.floor(math.log10(max(top, 10.0))) - LOG_DECADES)


def _day(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def _ticks(length: int, most: int) -> Any:
    """Ticks of an axis of so many days: none between two days."""
    if length >= 2 * most:
        return most
    return alt.TimeIntervalStep(interval="day", step=max(1, math.ceil(length / most)))


def time_axis(first: str, last: str, narrow: bool) -> alt.X:
    """Axis of `day`, from one day to another (ISO); the same in every time zone.

    A single day stands in the middle.
    """
    ends = [date.fromisoformat(day) for day in (first, last)]
    length = (ends[1] - ends[0]).days
    around = timedelta(0 if length else 1)
    domain = [_day(ends[0] - around), _day(ends[1] + around)]
    return alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(type="utc", domain=domain),
        axis=alt.Axis(
            grid=False,
            format="%d %b" if length <= _SHORT_CASE else "%b %Y",
            tickCount=_ticks(length, 3 if narrow else 8),
            ticks=True,
            domain=True,
            labelFlush=True,
            labelOverlap=True,
            labelSeparation=12,
            values=alt.Undefined if length else [_day(ends[0])],
        ),
    )


def _fan(
    sheets: Sheets,
    width: int,
    days: list[dict[str, Any]],
    marks: Marks,
    unit: str,
    look: Look,
) -> tuple[Any, float]:
    narrow = width == NARROW
    base = sheets.chart("days", days)
    at = time_axis(days[0]["day"], days[-1]["day"], narrow)
    scale = alt.Scale(domain=[0, max(marks.top, look.top)], nice=False, zero=True)
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
    curve: Any = "step-after" if look.steps else "monotone"
    over = axis_title(unit, width)
    one_day = days[0]["day"] == days[-1]["day"]
    broad = width / 3  # px: what one day's estimate takes, with room for names beside it
    shape = {"type": "bar", "size": broad} if one_day else {"type": "area", "interpolate": curve}
    level: dict[str, Any] = {"type": "line", "interpolate": curve, "clip": look.clip}
    if one_day:
        level = {"type": "point", "shape": "stroke", "size": broad**2, "opacity": 1}
    layers: list[Any] = [
        base.properties(
            mark={**shape, "color": light("band"), "opacity": 1, "fillOpacity": strength,
                  "clip": look.clip}
        ).encode(x=at, y=alt.Y(f"{low}:Q", scale=scale, axis=axis, title=over),
                 y2=alt.Y2(f"{high}:Q"))
        for low, high, strength in _BANDS
    ]
    layers += [
        base.properties(mark={**level, "color": light("line"), "strokeWidth": 2}).encode(
            x=at, y=alt.Y("median:Q", scale=scale)
        ),
        sheets.chart("today", [])
        .properties(mark={**level, "color": light("soft"), "strokeWidth": 1.4,
                          "strokeDash": [2, 3], "aria": False})
        .encode(x=at, y=alt.Y("median:Q", scale=scale)),
        sheets.chart("knowledge", [])
        .mark_rule(color=light("soft"), strokeWidth=1, strokeDash=[4, 3], aria=False)
        .encode(x=at),
    ]
    if not narrow:
        beside = 5 + one_day * broad / 2
        layers.append(_band_names(sheets, days[-1], max(marks.top, look.top), at, beside))
    if marks.rows:
        framed = replace(marks, top=max(marks.top, look.top))
        layers += claim_layers(sheets, framed, scale, at, days, narrow)
    layers.append(
        sheets.chart("tested", [])
        .mark_point(shape="cross", angle=45, size=140, color=light("ink"), filled=True, aria=False)
        .encode(x=at, y=alt.Y("figure:Q", scale=scale))
    )
    return alt.layer(*layers), 300 if narrow else 420


def _band_names(
    sheets: Sheets, last: dict[str, Any], top: float, at: alt.X, beside: float
) -> Any:
    """Names of the bands at their right end, those left out that would run into another."""
    ends = [("median", last["median"])]
    for (_, high, _), word in zip(reversed(_BANDS), ("50%", "80%", "90%", "95%"), strict=True):
        if last[high] - ends[-1][1] > 0.035 * top:
            ends.append((word, last[high]))
    rows = [{"day": last["day"], "at": at, "word": word} for word, at in ends]
    return (
        sheets.chart("bands", rows)
        .mark_text(align="left", dx=beside, fontSize=11, color=light("soft"))
        .encode(x=at, y=alt.Y("at:Q"), text=alt.Text("word:N"))
    )


def claim_layers(
    sheets: Sheets,
    marks: Marks,
    scale: alt.Scale,
    at: alt.X,
    days: list[dict[str, Any]],
    narrow: bool,
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
    above = [{**row, "bound": _ABOVE} for row in rows if row["low"] > marks.top]
    rows = [row for row in rows if row["low"] <= marks.top]
    present = [word for word in INKS if any(row["relation"] == word for row in marks.rows)]
    kinds = [kind for kind in _BOUND_SHAPES if any(row["bound"] == kind for row in [*rows, *above])]
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
        alt.Tooltip("window:N", title="Days"),
        alt.Tooltip("published:N", title="Published"),
        alt.Tooltip("wording:N", title="Wording"),
        alt.Tooltip("link:N", title="Link"),
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
        sheets.chart("key", []).mark_point(filled=True, opacity=1, aria=False).encode(color=key),
        sheets.chart("ranges", bars)
        .mark_rule(strokeWidth=3)
        .encode(
            x=at,
            y=alt.Y("low:Q", scale=scale),
            y2=alt.Y2("high:Q"),
            stroke=stroke,
            tooltip=tip,
            description=told,
            opacity=lit(alt.Opacity("strength:Q", scale=None, legend=None)),
        ),
        sheets.chart("figures", rows)
        .mark_point(size=50 if narrow else 76, strokeWidth=1.8, cursor="pointer")
        .encode(
            x=at,
            y=y,
            stroke=stroke,
            shape=shape,
            tooltip=tip,
            description=told,
            fill=alt.Fill("ink:N", scale=None, legend=None),
            opacity=lit(alt.value(1)),
        ),
    ]
    if above:
        layers.append(
            sheets.chart("above", above)
            .mark_point(size=110, strokeWidth=1.4, cursor="pointer", yOffset=_EDGE)
            .encode(x=at, y=alt.YValue(0), stroke=stroke, shape=shape, tooltip=tip,
                    description=told, fill=alt.Fill("ink:N", scale=None, legend=None),
                    opacity=lit(alt.value(1))))
        layers += _above_names(sheets, above, at, days, narrow)
    middle = days[len(days) * 5 // 8]["day"]
    for side, dx in (("left", 8), ("right", -8)):
        named = [row for row in rows if row["label"] and (row["day"] > middle) is (side == "right")]
        if named and not narrow:
            text = sheets.chart(f"names-{side}", named).encode(
                x=at,
                y=y,
                text=alt.Text("label:N"),
                fill=alt.Fill("ink:N", scale=None, legend=None),
                opacity=lit(alt.value(1)),
            )
            layers += haloed(text, 11, align=side, dx=dx, dy=-8)
    return layers


def _above_names(
    sheets: Sheets, above: list[dict[str, Any]], at: alt.X, days: list[dict[str, Any]], narrow: bool
) -> list[Any]:
    """Words beside the arrows of claims above the frame, the latest first, where there is room."""
    first, last = (date.fromisoformat(days[end]["day"]).toordinal() for end in (0, -1))
    taken: list[float] = []
    sides: dict[str, list[dict[str, Any]]] = {"left": [], "right": []}
    for row in sorted(above, key=lambda row: (row["day"], row["low"]), reverse=True):
        place = (date.fromisoformat(row["day"]).toordinal() - first) / max(last - first, 1)
        if all(abs(place - other) > _ROOM[narrow] for other in taken):
            taken.append(place)
            words = row["says"] if narrow else f"{short_name(row['name'])}: {row['says']}"
            sides["right" if place > 0.5 else "left"].append({**row, "label": words})
    layers: list[Any] = []
    for side, dx in (("left", 9), ("right", -9)):
        if named := sides[side]:
            text = sheets.chart(f"above-{side}-{'narrow' if narrow else 'wide'}", named).encode(
                x=at, y=alt.YValue(0), text=alt.Text("label:N"),
                fill=alt.Fill("edge:N", scale=None, legend=None), opacity=lit(alt.value(1)))
            layers += haloed(text, 11, align=side, dx=dx, dy=_EDGE, baseline="middle")
    return layers
