"""Tables to charts (Altair). No file access; each chart comes wide, and narrow for a telephone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from .marks import Marks, short_name
from .palette import RELATION_SHAPES, RELATIONS, config, light
from .tables import prior_speaks

WIDE, NARROW = 900, 342  # width of the whole drawing, px
_BANDS = (("q025", "q975", 0.16), ("q05", "q95", 0.20), ("q10", "q90", 0.26), ("q25", "q75", 0.34))
_WORDS = [name.replace("_", " ") for name in RELATIONS]
_INKS = [light(name) for name in RELATIONS]
_BOUND_SHAPES = {"figure": "circle", "at least": "triangle-up", "at most": "triangle-down",
                 "range": "stroke"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart with all its words.

    Attributes
    ----------
    name : str
        Stem of its files.
    title, note : str
        The finding, and the line under it: units, source, what is left out.
    text : str
        What a reader who does not see the chart is told.
    wide, narrow : dict
        Vega-Lite definitions without a title.
    """

    name: str
    title: str
    note: str
    text: str
    wide: dict[str, Any]
    narrow: dict[str, Any]


def _data(rows: Sequence[Mapping[str, Any]]) -> alt.Data:
    clean = [{k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in r.items()}
             for r in rows]
    return alt.Data(values=clean)


def _finish(chart: Any, width: int) -> dict[str, Any]:
    made = chart.properties(width=width, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
                            padding=4).configure(**config())
    spec: dict[str, Any] = made.to_dict()
    return spec


def _relation_colour(present: Sequence[str], legend: Any) -> alt.Color:
    pairs = [(word, ink) for word, ink in zip(_WORDS, _INKS, strict=True) if word in present]
    return alt.Color("relation:N", legend=legend, title="Who says so",
                     scale=alt.Scale(domain=[p[0] for p in pairs], range=[p[1] for p in pairs]))


def fan(name: str, title: str, note: str, text: str, unit: str, curve: pd.DataFrame,
        marks: Marks) -> Figure:
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
    days = [{**{k: float(row[k]) for k in ("median", *(c for b in _BANDS for c in b[:2]))},
             "day": f"{row['date']:%Y-%m-%d}"} for row in curve.to_dict("records")]
    drawn = [_fan(width, days, marks, unit) for width in (WIDE, NARROW)]
    return Figure(name, title, note, text, *drawn)


def _fan(width: int, days: list[dict[str, Any]], marks: Marks, unit: str) -> dict[str, Any]:
    narrow = width == NARROW
    base = alt.Chart(_data(days))
    x = alt.X("day:T", title=None, axis=alt.Axis(
        grid=False, format="%b %Y", tickCount=4 if narrow else 8, ticks=True, domain=True,
        labelFlush=True, labelOverlap="greedy"))
    scale = alt.Scale(domain=[0, marks.top], nice=False, zero=True)
    axis = alt.Axis(format=",.0f", tickCount=5, titleAlign="left", titleAngle=0, titleAnchor="end",
                    titleX=0, titleY=-14)
    layers: list[Any] = [
        base.mark_area(color=light("band"), opacity=strength, interpolate="monotone", clip=True).encode(
            x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=axis, title=unit), y2=f"{high}:Q")
        for low, high, strength in _BANDS
    ]
    layers.append(base.mark_line(color=light("line"), strokeWidth=2, interpolate="monotone",
                                 clip=True).encode(x="day:T", y=alt.Y("median:Q", scale=scale)))
    if not narrow:
        layers.append(_band_names(days[-1]))
    if marks.rows:
        layers += _claims(marks, scale, narrow)
    return _finish(alt.layer(*layers).properties(height=300 if narrow else 420), width)


def _band_names(last: dict[str, Any]) -> Any:
    ends = [{"day": last["day"], "at": last[high], "word": f"{word}%"}
            for (_, high, _), word in zip(_BANDS, (95, 90, 80, 50), strict=True)]
    ends.append({"day": last["day"], "at": last["median"], "word": "median"})
    return alt.Chart(_data(ends)).mark_text(
        align="left", dx=5, fontSize=11, color=light("soft")).encode(
        x="day:T", y="at:Q", text="word:N")


def _claims(marks: Marks, scale: alt.Scale, narrow: bool) -> list[Any]:
    present = [word for word in _WORDS if any(m["relation"] == word for m in marks.rows)]
    kinds = [kind for kind in _BOUND_SHAPES if any(m["bound"] == kind for m in marks.rows)]
    base = alt.Chart(_data(marks.rows))
    tip = [alt.Tooltip("name:N", title="Source"), alt.Tooltip("says:N", title="States"),
           alt.Tooltip("published:N", title="Published"), alt.Tooltip("wording:N", title="Wording"),
           alt.Tooltip("used:N", title="Here")]
    legend = alt.Legend(columns=2 if narrow else 0, symbolType="circle", symbolFillColor=None)
    colour = _relation_colour(present, legend)
    shape = alt.Shape("bound:N", title="As", scale=alt.Scale(
        domain=kinds, range=[_BOUND_SHAPES[kind] for kind in kinds]),
        legend=alt.Legend(columns=2 if narrow else 0, symbolStrokeColor=light("soft"),
                          symbolFillColor=light("soft")))
    y = alt.Y("figure:Q", scale=scale)
    bars = base.transform_filter("datum.bound == 'range'").mark_rule(strokeWidth=3, clip=True).encode(
        x="day:T", y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour, tooltip=tip)
    points = base.mark_point(size=46 if narrow else 70, strokeWidth=1.6, clip=True).encode(
        x="day:T", y=y, color=colour, shape=shape, tooltip=tip,
        fill=alt.condition("datum.hollow", alt.value(light("paper")), _fill(present)),
        description=alt.Description("says:N"))
    made = [bars, points]
    if not narrow:
        made.append(base.transform_filter("datum.label != ''").mark_text(
            align="left", dx=8, dy=-7, fontSize=11).encode(
            x="day:T", y=y, text="label:N", color=colour))
    return made


def _fill(present: Sequence[str]) -> alt.Color:
    return _relation_colour(present, None)


def forest(name: str, title: str, note: str, text: str, sources: pd.DataFrame) -> Figure:
    """Bias of each source that speaks: posterior interval in front of its prior."""
    rows = [{
        "source": row["source"], "name": row["name"], "relation": row["relation"].replace("_", " "),
        "prior_low": row["prior_q05"], "prior_high": row["prior_q95"],
        "low": row["q05"], "high": row["q95"], "median": row["median"],
        "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
    } for row in sources.to_dict("records")]
    ends = [v for r in rows for v in (r["prior_low"], r["prior_high"], r["low"], r["high"])]
    ticks = [t for t in (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 100)
             if min(ends, default=0.5) <= t <= max(ends, default=2)]
    axis = alt.Axis(values=ticks, format="~r", orient="top", labelExpr="'×' + datum.label")
    x = {"scale": alt.Scale(type="log", nice=False), "axis": axis,
         "title": "figure ÷ truth (log scale): left of 1 below the truth, right of 1 above"}
    drawn = [_intervals(width, rows, x, 1.0, ghost=True) for width in (WIDE, NARROW)]
    return Figure(name, title, note, text, *drawn)


def anchors(name: str, title: str, note: str, text: str, sources: pd.DataFrame, unit: str,
            median: float) -> Figure:
    """The headline if one source were exactly right."""
    rows = [{
        "source": row["source"], "name": row["name"], "relation": row["relation"].replace("_", " "),
        "low": row["anchor_q05"], "high": row["anchor_q95"], "median": row["anchor_median"],
        "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
    } for row in sources.to_dict("records")]
    ends = [max(v, 1.0) for r in rows for v in (r["low"], r["high"])]
    wide_span = max(ends, default=1) > 30 * min(ends, default=1)
    scale = alt.Scale(type="log", nice=True) if wide_span else alt.Scale(zero=True, nice=True)
    axis = alt.Axis(format=",.0f", orient="top", tickCount=5)
    x = {"scale": scale, "axis": axis, "title": unit + (" (log scale)" if wide_span else "")}
    drawn = [_intervals(width, rows, x, median, ghost=False) for width in (WIDE, NARROW)]
    return Figure(name, title, note, text, *drawn)


def _intervals(width: int, rows: list[dict[str, Any]], x: dict[str, Any], at: float,
               ghost: bool) -> dict[str, Any]:
    """Rows of interval and median, a name on each, and a rule at one value."""
    narrow = width == NARROW
    x = {**x, "title": None} if narrow else x
    step = 34 if narrow else 24
    order = [row["source"] for row in rows]
    named = [{**row, "short": short_name(row["name"], 44 if narrow else 40)} for row in rows]
    base = alt.Chart(_data(named)).encode(y=alt.Y("source:N", sort=order, axis=None, scale=alt.Scale(
        paddingInner=0, paddingOuter=0.2)))
    present = [word for word in _WORDS if any(row["relation"] == word for row in rows)]
    colour = _relation_colour(present, alt.Legend(columns=2 if narrow else 0))
    shape = alt.Shape("relation:N", title="Who says so", scale=alt.Scale(
        domain=present, range=[RELATION_SHAPES[_WORDS.index(word)] for word in present]))
    lift = 7 if narrow else 0
    strength = alt.Opacity("strength:Q", scale=None, legend=None)
    layers: list[Any] = [alt.Chart(_data([{"at": at}])).mark_rule(
        color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2).encode(x=alt.X("at:Q", **x))]
    if ghost:
        layers.append(base.mark_bar(color=light("ghost"), height=10, yOffset=lift, cornerRadius=2).encode(
            x=alt.X("prior_low:Q", **x), x2="prior_high:Q"))
    layers += [
        base.mark_rule(strokeWidth=2.4, yOffset=lift).encode(
            x=alt.X("low:Q", **x), x2="high:Q", color=colour, opacity=strength),
        base.mark_point(filled=True, size=64, yOffset=lift).encode(
            x=alt.X("median:Q", **x), color=colour, shape=shape, opacity=strength),
    ]
    name = base.mark_text(align="left" if narrow else "right", fontSize=12, color=light("ink"),
                          dx=0 if narrow else -10, dy=-9 if narrow else 0, limit=width - 20 if narrow else 270)
    layers.append(name.encode(x=alt.value(0), text="short:N"))
    chart = alt.layer(*layers).properties(height=alt.Step(step))
    return _finish(chart, width)


def titled(figure: Figure) -> dict[str, Any]:
    """Wide definition with the title and note inside the drawing, for a file of its own."""
    spec = {**figure.wide, "background": light("paper"), "padding": 16}
    spec["title"] = {"text": _lines(figure.title, 84), "subtitle": _lines(figure.note, 128)}
    return spec


def _lines(text: str, most: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > most:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
