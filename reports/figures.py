"""Tables to charts (Altair). No file access; each chart comes wide, and narrow for a telephone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from . import sentences as say
from .marks import Marks, short_name
from .palette import RELATION_SHAPES, RELATIONS, config, light
from .tables import prior_speaks

WIDE, NARROW = 900, 342  # width of the whole drawing, px
_BANDS = (("q025", "q975", 0.16), ("q05", "q95", 0.20), ("q10", "q90", 0.26), ("q25", "q75", 0.34))
_INKS = {say.relation(name): light(name) for name in RELATIONS}
_BOUND_SHAPES = {"figure": "circle", "at least": "triangle-up", "at most": "triangle-down",
                 "range": "M0,-0.9L0,0.9"}
_SHORT_CASE = 120  # days; up to here the axis of time names days, beyond it months


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
        Vega-Lite definitions without a title; both read `data` by name.
    data : dict
        Rows by name of the table.
    """

    name: str
    title: str
    note: str
    text: str
    wide: dict[str, Any]
    narrow: dict[str, Any]
    data: dict[str, list[dict[str, Any]]]


class _Sheets:
    """The tables behind one chart; a layer names the one that it draws."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def chart(self, name: str, rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
        """Chart of some rows, with what is not finite left empty."""
        self.rows[name] = [{k: None if isinstance(v, float) and not math.isfinite(v) else v
                            for k, v in row.items()} for row in rows]
        return alt.Chart(alt.NamedData(name))

    def figure(self, name: str, title: str, note: str, text: str,
               below_key: int, draw: Callable[[int], tuple[Any, float]]) -> Figure:
        """Both drawings of a chart, from a function of the width that gives layers and height.

        `below_key` is the room between the key and the plot, in pixels.
        """
        forms = []
        with debug_mode(False):  # the whole is validated once, at the end
            for width in (WIDE, NARROW):
                chart, height = draw(width)
                size = alt.AutoSizeParams(type="fit-x", contains="padding")
                made = chart.properties(width=width, height=height, autosize=size, padding=4)
                forms.append({**made.to_dict(), "config": config(below_key, stacked=width == NARROW)})
        return Figure(name, title, note, text, forms[0], forms[1], self.rows)


def _relation_scale(present: Sequence[str]) -> alt.Scale:
    pairs = [(word, ink) for word, ink in _INKS.items() if word in present]
    return alt.Scale(domain=[word for word, _ in pairs], range=[ink for _, ink in pairs])


def _haloed(base: Any, size: int, **place: Any) -> list[Any]:
    """Text in front of a halo of the ground, so that it stays readable on a band."""
    ground = base.mark_text(fontSize=size, stroke=light("paper"), strokeWidth=4, strokeOpacity=0.7,
                            strokeJoin="round", **place)
    return [ground, base.mark_text(fontSize=size, **place)]


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
    sheets = _Sheets()
    return sheets.figure(name, title, note, text, 30,
                         lambda width: _fan(sheets, width, days, marks, unit))


def _fan(sheets: _Sheets, width: int, days: list[dict[str, Any]], marks: Marks,
         unit: str) -> tuple[Any, float]:
    narrow = width == NARROW
    base = sheets.chart("days", days)
    length = (date.fromisoformat(days[-1]["day"]) - date.fromisoformat(days[0]["day"])).days
    x = alt.X("day:T", title=None, axis=alt.Axis(
        grid=False, format="%d %b" if length <= _SHORT_CASE else "%b %Y", tickCount=3 if narrow else 8,
        ticks=True, domain=True, labelFlush=True, labelOverlap=True, labelSeparation=12))
    scale = alt.Scale(domain=[0, marks.top], nice=False, zero=True)
    axis = alt.Axis(format=",.0f", tickCount=5, titleAlign="left", titleAngle=0, titleAnchor="end",
                    titleX=0, titleY=-10, titleBaseline="bottom")
    layers: list[Any] = [
        base.mark_area(color=light("band"), opacity=strength, interpolate="monotone", clip=True).encode(
            x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=axis, title=unit), y2=f"{high}:Q")
        for low, high, strength in _BANDS
    ]
    layers.append(base.mark_line(color=light("line"), strokeWidth=2, interpolate="monotone",
                                 clip=True).encode(x="day:T", y=alt.Y("median:Q", scale=scale)))
    if not narrow:
        layers.append(_band_names(sheets, days[-1], marks.top))
    if marks.rows:
        layers += _claims(sheets, marks, scale, days, narrow)
    return alt.layer(*layers), 300 if narrow else 420


def _band_names(sheets: _Sheets, last: dict[str, Any], top: float) -> Any:
    """Names of the bands at their right end, those left out that would run into another."""
    ends = [("median", last["median"])]
    for (_, high, _), word in zip(reversed(_BANDS), ("50%", "80%", "90%", "95%"), strict=True):
        if last[high] - ends[-1][1] > 0.035 * top:
            ends.append((word, last[high]))
    rows = [{"day": last["day"], "at": at, "word": word} for word, at in ends]
    return sheets.chart("bands", rows).mark_text(
        align="left", dx=5, fontSize=11, color=light("soft")).encode(
        x="day:T", y="at:Q", text="word:N")


def _claims(sheets: _Sheets, marks: Marks, scale: alt.Scale, days: list[dict[str, Any]],
            narrow: bool) -> list[Any]:
    rows = [{**row, "edge": _INKS[row["relation"]],
             "ink": light("paper") if row["hollow"] else _INKS[row["relation"]],
             "strength": 0.45 if row["hollow"] else 1.0} for row in marks.rows]
    present = [word for word in _INKS if any(row["relation"] == word for row in rows)]
    kinds = [kind for kind in _BOUND_SHAPES if any(row["bound"] == kind for row in rows)]
    columns = 2 if narrow else 0
    shape = alt.Shape("bound:N", title="Stated as", scale=alt.Scale(
        domain=kinds, range=[_BOUND_SHAPES[kind] for kind in kinds]),
        legend=alt.Legend(columns=columns, symbolStrokeColor=light("soft"), symbolOpacity=1,
                          symbolFillColor=light("soft"), symbolStrokeWidth=2))
    y = alt.Y("figure:Q", scale=scale)
    tip = [alt.Tooltip("name:N", title="Source"), alt.Tooltip("says:N", title="States"),
           alt.Tooltip("published:N", title="Published"), alt.Tooltip("wording:N", title="Wording"),
           alt.Tooltip("used:N", title="Here")]
    stroke = alt.Stroke("edge:N", scale=None, legend=None)
    key = alt.Color("relation:N", title="Who says so", scale=_relation_scale(present),
                    legend=alt.Legend(columns=columns, symbolType="circle"))
    bars = [row for row in rows if row["bound"] == "range"]
    layers: list[Any] = [
        sheets.chart("key", []).mark_point(filled=True, opacity=1).encode(color=key),
        sheets.chart("ranges", bars).mark_rule(strokeWidth=3, clip=True).encode(
            x="day:T", y=alt.Y("low:Q", scale=scale), y2="high:Q", stroke=stroke, tooltip=tip,
            opacity=alt.Opacity("strength:Q", scale=None, legend=None)),
        sheets.chart("figures", rows).mark_point(
            size=50 if narrow else 76, strokeWidth=1.8, opacity=1, clip=True).encode(
            x="day:T", y=y, stroke=stroke, shape=shape, tooltip=tip,
            fill=alt.Fill("ink:N", scale=None, legend=None)),
    ]
    middle = days[len(days) * 5 // 8]["day"]
    for side, dx in (("left", 8), ("right", -8)):
        named = [row for row in rows if row["label"] and (row["day"] > middle) is (side == "right")]
        if named and not narrow:
            text = sheets.chart(f"names-{side}", named).encode(
                x="day:T", y=y, text="label:N", fill=alt.Fill("ink:N", scale=None, legend=None))
            layers += _haloed(text, 11, align=side, dx=dx, dy=-8)
    return layers


def forest(name: str, title: str, note: str, text: str, sources: pd.DataFrame) -> Figure:
    """Bias of each source that speaks: posterior interval in front of its prior."""
    rows = [{
        "source": row["source"], "name": row["name"], "relation": say.relation(row["relation"]),
        "prior_low": row["prior_q05"], "prior_high": row["prior_q95"],
        "low": row["q05"], "high": row["q95"], "median": row["median"],
        "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
        "says": f"{say.ratio_span(row['q05'], row['q95'])} times the truth",
    } for row in sources.to_dict("records")]
    ends = [v for r in rows for v in (r["prior_low"], r["prior_high"], r["low"], r["high"])]
    ticks = [t for t in (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 100)
             if min(ends, default=0.5) <= t <= max(ends, default=2)]
    axis = alt.Axis(values=ticks, format="~r", orient="top", titleAnchor="start", labelExpr="'×' + datum.label")
    x = {"scale": alt.Scale(type="log", nice=False), "axis": axis,
         "title": "figure ÷ truth (log scale): left of 1 below the truth, right of 1 above"}
    sheets = _Sheets()
    return sheets.figure(name, title, note, text, 10, lambda width: _intervals(
        sheets, width, rows, x, 1.0, ghost=True))


def anchors(name: str, title: str, note: str, text: str, sources: pd.DataFrame, unit: str,
            median: float) -> Figure:
    """The headline if one source were exactly right."""
    rows = [{
        "source": row["source"], "name": row["name"], "relation": say.relation(row["relation"]),
        "low": row["anchor_q05"], "high": row["anchor_q95"], "median": row["anchor_median"],
        "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
        "says": say.span(row["anchor_q05"], row["anchor_q95"]),
    } for row in sources.to_dict("records")]
    ends = [max(v, 1.0) for r in rows for v in (r["low"], r["high"])]
    wide_span = max(ends, default=1) > 30 * min(ends, default=1)
    scale = alt.Scale(type="log", nice=True) if wide_span else alt.Scale(zero=True, nice=True)
    axis = alt.Axis(format=",.0f", orient="top", tickCount=5, titleAnchor="start")
    x = {"scale": scale, "axis": axis, "title": unit + (" (log scale)" if wide_span else "")}
    sheets = _Sheets()
    return sheets.figure(name, title, note, text, 10, lambda width: _intervals(
        sheets, width, rows, x, median, ghost=False))


def _intervals(sheets: _Sheets, width: int, rows: list[dict[str, Any]], x: dict[str, Any], at: float,
               ghost: bool) -> tuple[Any, float]:
    """Rows of interval and median, a name on each, and a rule at one value."""
    narrow = width == NARROW
    x = {**x, "title": None} if narrow else x
    named = [{**row, "place": i, "short": short_name(row["name"], 42)} for i, row in enumerate(rows)]
    base = sheets.chart("sources", named).encode(y=alt.Y("place:O", axis=None, scale=alt.Scale(
        paddingInner=0, paddingOuter=0.2)))
    present = [word for word in _INKS if any(row["relation"] == word for row in rows)]
    colour = alt.Color("relation:N", title="Who says so", scale=_relation_scale(present),
                       legend=alt.Legend(columns=2 if narrow else 0, symbolOpacity=1))
    shape = alt.Shape("relation:N", title="Who says so", scale=alt.Scale(
        domain=present, range=[RELATION_SHAPES[list(_INKS).index(word)] for word in present]))
    lift = 7 if narrow else 0
    strength = alt.Opacity("strength:Q", scale=None, legend=None)
    tip = [alt.Tooltip("name:N", title="Source"), alt.Tooltip("says:N", title="90% interval"),
           alt.Tooltip("relation:N", title="Relation")]
    layers: list[Any] = [sheets.chart("line", [{"at": at}]).mark_rule(
        color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2).encode(x=alt.X("at:Q", **x))]
    if ghost:
        layers.append(base.mark_bar(color=light("ghost"), height=10, yOffset=lift, cornerRadius=2).encode(
            x=alt.X("prior_low:Q", **x), x2="prior_high:Q", tooltip=tip))
    layers += [
        base.mark_rule(strokeWidth=2.4, yOffset=lift).encode(
            x=alt.X("low:Q", **x), x2="high:Q", color=colour, opacity=strength, tooltip=tip),
        base.mark_point(filled=True, size=64, yOffset=lift, opacity=1).encode(
            x=alt.X("median:Q", **x), color=colour, shape=shape, opacity=strength, tooltip=tip),
    ]
    text = base.encode(x=alt.value(0), text="short:N", color=alt.value(light("ink")))
    layers += _haloed(text, 12, align="left" if narrow else "right", dx=0 if narrow else -10,
                      dy=-9 if narrow else 0, limit=width - 20 if narrow else 270)
    return alt.layer(*layers), (34 if narrow else 24) * len(rows)


def untitled(figure: Figure, narrow: bool = False) -> dict[str, Any]:
    """Definition of one drawing with its data."""
    return {**(figure.narrow if narrow else figure.wide), "datasets": figure.data}


def titled(figure: Figure) -> dict[str, Any]:
    """Wide definition with its data, and the title and note inside the drawing, for a file."""
    title = {"text": _lines(figure.title, 84), "subtitle": _lines(figure.note, 128)}
    return {**untitled(figure), "background": light("paper"), "padding": 16, "title": title}


def _lines(text: str, most: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > most:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
