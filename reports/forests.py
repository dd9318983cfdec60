"""Charts of one row a source: its bias, and the total if it were right (Altair)."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from . import sentences as say
from .figures import (
    INKS,
    NARROW,
    WIDE,
    Figure,
    Sheets,
    axis_title,
    haloed,
    lit,
    relation_scale,
)
from .marks import short_name
from .palette import RELATION_SHAPES, light
from .tables import prior_speaks, rows_of


def forest(name: str, title: str, note: str, text: str, sources: pd.DataFrame) -> Figure:
    """Bias of each source that speaks: posterior interval in front of its prior."""
    rows = [
        {
            "source": row["source"],
            "family": row["family"],
            "name": row["name"],
            "relation": say.relation(row["relation"]),
            "prior_low": row["prior_q05"],
            "prior_high": row["prior_q95"],
            "low": row["q05"],
            "high": row["q95"],
            "median": row["median"],
            "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
            "says": f"{say.ratio_span(row['q05'], row['q95'])} times the truth",
        }
        for row in rows_of(sources)
    ]
    ends = [v for r in rows for v in (r["prior_low"], r["prior_high"], r["low"], r["high"])]
    ticks = [
        t
        for t in (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 100)
        if min(ends, default=0.5) <= t <= max(ends, default=2)
    ]
    axis = alt.Axis(
        values=ticks, format="~r", orient="top", titleAnchor="start", labelExpr="'×' + datum.label"
    )
    x = {
        "scale": alt.Scale(type="log", nice=False),
        "axis": axis,
        "title": "figure ÷ truth (log scale): left of 1 below the truth, right of 1 above",
    }
    sheets = Sheets()
    return sheets.figure(
        name,
        title,
        note,
        text,
        10,
        lambda width: _intervals(sheets, width, rows, x, 1.0, ghost=True),
    )


def anchors(
    name: str, title: str, note: str, text: str, sources: pd.DataFrame, unit: str, median: float
) -> Figure:
    """Give the headline if one source were exactly right."""
    rows = [
        {
            "source": row["source"],
            "family": row["family"],
            "name": row["name"],
            "relation": say.relation(row["relation"]),
            "low": row["anchor_q05"],
            "high": row["anchor_q95"],
            "median": row["anchor_median"],
            "strength": 0.45 if prior_speaks(row["learned"]) else 1.0,
            "says": say.span(row["anchor_q05"], row["anchor_q95"]),
        }
        for row in rows_of(sources)
    ]
    ends = [max(v, 1.0) for r in rows for v in (r["low"], r["high"])]
    wide_span = max(ends, default=1) > 30 * min(ends, default=1)
    scale = alt.Scale(type="log", nice=True) if wide_span else alt.Scale(zero=True, nice=True)
    axis = alt.Axis(format=",.0f", orient="top", tickCount=5, titleAnchor="start")
    over = axis_title(unit, WIDE // 2) + (" (log scale)" if wide_span else "")
    x = {"scale": scale, "axis": axis, "title": over}
    sheets = Sheets()
    return sheets.figure(
        name,
        title,
        note,
        text,
        10,
        lambda width: _intervals(sheets, width, rows, x, median, ghost=False),
    )


def _intervals(
    sheets: Sheets,
    width: int,
    rows: list[dict[str, Any]],
    x: dict[str, Any],
    at: float,
    ghost: bool,
) -> tuple[Any, float]:
    """Rows of interval and median, a name on each, and a rule at one value."""
    narrow = width == NARROW
    x = {**x, "title": None} if narrow else x
    named = [
        {
            **row,
            "place": i,
            "short": short_name(row["name"], 42),
            "ink": INKS[row["relation"]],
        }
        for i, row in enumerate(rows)
    ]
    base = sheets.chart("sources", named).encode(
        y=alt.Y("place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0.2))
    )
    present = [word for word in INKS if any(row["relation"] == word for row in rows)]
    scale = relation_scale(present)
    stroke = alt.Stroke("ink:N", scale=None, legend=None)
    fill = alt.Fill("ink:N", scale=None, legend=None)
    shape = alt.Shape(
        "relation:N",
        title="Who says so",
        scale=alt.Scale(
            domain=present, range=[RELATION_SHAPES[list(INKS).index(word)] for word in present]
        ),
    )
    legend = alt.Legend(columns=2 if narrow else 0, symbolOpacity=1)
    lift = 7 if narrow else 0
    strength = lit(alt.Opacity("strength:Q", scale=None, legend=None))
    tip = [
        alt.Tooltip("name:N", title="Source"),
        alt.Tooltip("says:N", title="90% interval"),
        alt.Tooltip("relation:N", title="Relation"),
    ]
    layers: list[Any] = [
        sheets.chart("key", [])
        .mark_point(filled=True, opacity=1, aria=False)
        .encode(
            color=alt.Color("relation:N", title="Who says so", scale=scale, legend=legend),
            shape=shape,
        ),
        sheets.chart("line", [{"at": at}])
        .mark_rule(color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=alt.X("at:Q", **x))
    ]
    if ghost:
        layers.append(
            base.mark_bar(color=light("ghost"), height=10, yOffset=lift, cornerRadius=2).encode(
                x=alt.X("prior_low:Q", **x), x2=alt.X2("prior_high:Q"), tooltip=tip
            )
        )
    layers += [
        base.mark_rule(strokeWidth=2.4, yOffset=lift).encode(
            x=alt.X("low:Q", **x), x2=alt.X2("high:Q"), stroke=stroke, opacity=strength, tooltip=tip
        ),
        base.mark_point(filled=True, size=64, yOffset=lift, opacity=1).encode(
            x=alt.X("median:Q", **x), fill=fill, shape=shape, opacity=strength, tooltip=tip
        ),
    ]
    text = base.encode(
        x=alt.XValue(0),
        text=alt.Text("short:N"),
        color=alt.ColorValue(light("ink")),
        opacity=lit(alt.value(1)),
    )
    layers += haloed(
        text,
        12,
        align="left" if narrow else "right",
        dx=0 if narrow else -10,
        dy=-9 if narrow else 0,
        limit=width - 20 if narrow else 270,
    )
    return alt.layer(*layers), (34 if narrow else 24) * len(rows)
