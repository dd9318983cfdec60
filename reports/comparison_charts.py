"""Picture of two runs: their bands over time, and the change of the median with its error."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from estimate.model.comparison import Comparison

from . import sentences as say
from .comparison_words import Names, verdict
from .figures import NARROW, WIDE, Figure, Sheets
from .palette import config, light
from .tables import rows_of

INKS = ("third_party_state", "adversary")  # blue and orange: apart for every colour vision
HEIGHT = 120
SHORT_CASE = 120  # days; up to here the axis of time names days, beyond it months
AXIS = 46  # width of a vertical axis, the same for all panels, px


def figure(name: str, told: Comparison, names: Names) -> Figure:
    """Draw each common quantity: both runs' 90% bands on one axis, and how far they lie apart.

    Parameters
    ----------
    name : str
        Stem of its files.
    told : Comparison
    names : Names
    """
    people = say.capital(say.listed([say.noun(each) for each in told.quantities]))
    note = (
        f"{people}: cumulative, 90% intervals (bands) and medians (lines). Change of the median "
        f"from {names.first} to {names.second} in percent; inside the grey, which is "
        f"{told.threshold:.1f} Monte Carlo errors wide on either side, there is no difference.")
    sheets = Sheets()
    keys = [f"{label}, as of {say.short_day(fit.as_of)}" for label, fit in
            ((names.first, told.first), (names.second, told.second))]
    with debug_mode(False):
        wide, narrow = (_form(sheets, told, keys, width) for width in (WIDE, NARROW))
    return Figure(name, verdict(told, names).rstrip("."), note, _text(told, names),
                  wide, narrow, sheets.rows)


def _text(told: Comparison, names: Names) -> str:
    parts = []
    for quantity in told.quantities:
        rows = told.table[(told.table["quantity"] == quantity)
                          & (told.table["date"] == told.table["date"].max())]
        row = rows_of(rows[rows["statistic"] == "median"])[0]
        parts.append(f"{say.noun(quantity)} {say.count(row['first'])} and "
                     f"{say.count(row['second'])}")
    return (f"Small charts of {names.first} and {names.second} over time. Medians on "
            f"{say.day(told.table['date'].max())}: {'; '.join(parts)}.")


def _form(sheets: Sheets, told: Comparison, keys: list[str], width: int) -> dict[str, Any]:
    narrow = width == NARROW
    left = width - AXIS - 22 if narrow else 500
    right = left if narrow else WIDE - left - 2 * AXIS - 48
    rows: list[Any] = []
    for quantity in told.quantities:
        pair = [_bands(sheets, told, keys, quantity, left, narrow),
                _change(sheets, told, quantity, right)]
        rows += pair if narrow else [alt.hconcat(*pair, spacing=28)]
    made = alt.vconcat(*rows, spacing=18).resolve_scale(color="shared", strokeDash="shared")
    sizes = alt.AutoSizeParams(type="pad", contains="padding")
    return {**made.properties(autosize=sizes, padding=4).to_dict(),
            "config": config(14, stacked=narrow)}


def _days(told: Comparison) -> alt.X:
    end = max(fit.as_of for fit in (told.first, told.second))
    short = (end - told.first.case.start).days <= SHORT_CASE
    return alt.X("day:T", title=None, axis=alt.Axis(
        grid=False, format="%d %b" if short else "%b %Y", tickCount=3, ticks=True, domain=True,
        labelFlush=True, labelOverlap=True, labelSeparation=12))


def _bands(
    sheets: Sheets, told: Comparison, keys: list[str], quantity: str, width: int, narrow: bool
) -> Any:
    rows = []
    for key, fit in zip(keys, (told.first, told.second), strict=True):
        table = fit.estimates()
        rows += [{"day": f"{row['date']:%Y-%m-%d}", "run": key, "low": row["q05"],
                  "median": row["median"], "high": row["q95"],
                  "says": say.span(row["q05"], row["q95"]), "middle": say.count(row["median"])}
                 for row in rows_of(table[table["quantity"] == quantity])]
    legend = alt.Legend(symbolType="stroke", symbolStrokeWidth=3, labelLimit=300,
                        columns=1 if narrow else 2)
    colour = alt.Color("run:N", title=None, legend=legend, scale=alt.Scale(
        domain=keys, range=[light(ink) for ink in INKS]))
    dash = alt.StrokeDash("run:N", title=None, legend=legend, scale=alt.Scale(
        domain=keys, range=[[1, 0], [5, 3]]))
    base = sheets.chart(f"bands-{quantity}", rows)
    axis = alt.Axis(format=",.0f", tickCount=3, minExtent=AXIS)
    tip = [alt.Tooltip("run:N", title="Run"), alt.Tooltip("day:T", title="Day"),
           alt.Tooltip("says:N", title="90% interval"), alt.Tooltip("middle:N", title="Median")]
    band = base.mark_area(fillOpacity=0.2, opacity=1).encode(
        x=_days(told), y=alt.Y("low:Q", title=None, axis=axis), y2="high:Q", color=colour)
    edges = [base.mark_line(strokeWidth=0.7).encode(x="day:T", y=end, color=colour, strokeDash=dash)
             for end in ("low:Q", "high:Q")]
    line = base.mark_line(strokeWidth=2).encode(
        x="day:T", y="median:Q", color=colour, strokeDash=dash, tooltip=tip)
    return alt.layer(band, *edges, line).properties(
        width=width, height=HEIGHT, title=_title(say.capital(say.noun(quantity))))


def _change(sheets: Sheets, told: Comparison, quantity: str, width: int) -> Any:
    table = told.table
    mine = table[(table["quantity"] == quantity) & (table["statistic"] == "median")
                 & table["counted"]]
    change = 100 * np.expm1(mine["log_ratio"].to_numpy())
    room = 100 * np.expm1(told.threshold * mine["mcse"].to_numpy())
    rows = [{"day": f"{row['date']:%Y-%m-%d}", "change": float(at), "top": float(by),
             "bottom": float(100 * by / (100 + by) * -1), "errors": f"{abs(row['errors']):.1f}"}
            for row, at, by in zip(rows_of(mine), change, room, strict=True)]
    # Early days have few losses and wide errors: the axis is made for the others.
    ends = 1.4 * max([1.0, *np.abs(change)[np.isfinite(change)], *room[len(room) // 3:][:1]])
    base = sheets.chart(f"change-{quantity}", rows)
    scale = alt.Scale(domain=[max(-ends, -100), ends], nice=True)
    y = alt.Y("bottom:Q", title=None, scale=scale, axis=alt.Axis(
        labelExpr="datum.value === 0 ? '0' : format(datum.value, '+,~r')", tickCount=3,
        minExtent=AXIS))
    tip = [alt.Tooltip("day:T", title="Day"),
           alt.Tooltip("change:Q", title="Change, %", format="+.2~r"),
           alt.Tooltip("errors:N", title="Monte Carlo errors")]
    layers = [
        base.mark_area(color=light("ghost"), fillOpacity=0.7, opacity=1, clip=True).encode(
            x=_days(told), y=y, y2="top:Q"),
        sheets.chart("zero", [{"at": 0}]).mark_rule(
            color=light("soft"), strokeDash=[2, 2]).encode(y=alt.Y("at:Q", scale=scale)),
        base.mark_line(color=light("ink"), strokeWidth=2, clip=True).encode(
            x="day:T", y=alt.Y("change:Q", scale=scale), tooltip=tip),
    ]
    return alt.layer(*layers).properties(
        width=width, height=HEIGHT, title=_title("Change of its median, %", strong=False))


def _title(text: str, strong: bool = True) -> alt.TitleParams:
    return alt.TitleParams(text, fontSize=13, fontWeight="bold" if strong else "normal", offset=6,
                           color=light("ink" if strong else "soft"))
