"""The estimate by the day of knowledge, with the claims on the days of publication (Altair)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import altair as alt
import pandas as pd

from estimate.model.known import Vintage

from . import sentences as say
from .fan_words import above_words
from .fans import claim_layers, time_axis
from .figures import NARROW, Figure, Sheets, axis_title
from .marks import TALLEST, Marks, drawn, place
from .palette import light
from .passages import FEWEST_ORIGINS
from .records import Headline
from .tables import rows_of
from .vintage_words import Known, told

_BANDS = (("low", "high", 0.3), ("q25", "q75", 0.45))
_PALE = 0.35  # strength of the bands where no range is given
_LAST_STEP = 0.02  # of the axis: so wide is the step of the last day, which has no day after it


def figure(name: str, known: Known, claims: pd.DataFrame, curve: pd.DataFrame,
           headline: Headline, people: str, at_least: float = 0.0) -> Figure:
    """Draw the headline's range by day of knowledge, with the claims of each day.

    Parameters
    ----------
    name : str
        Stem of its files.
    known : Known
        With at least one vintage.
    claims, curve : DataFrame
        All claims in view; the headline's estimate by the day that losses happened.
    headline : Headline
    people : str
        Who suffers.
    at_least : float
        How high the chart reaches at least.
    """
    made = known.vintages
    marks = _published(claims, curve, headline.quantity, made)
    marks = replace(marks, top=max(marks.top, 1.04 * at_least))
    steps = _steps(made)
    unit = f"{say.capital(say.noun(headline.quantity))}, {people}, up to the day of knowledge"
    sheets = Sheets()
    return sheets.figure(name, known.title, _note(marks, made, people), _text(made, headline), 30,
                         lambda width: _chart(sheets, width, steps, made, marks, unit))


def _published(claims: pd.DataFrame, curve: pd.DataFrame, quantity: str,
               made: Sequence[Vintage]) -> Marks:
    """Give the marks of a fan chart, each on the day its claim was published."""
    shown = [vintage.high for vintage in made if told(vintage)] or [made[-1].high]
    tallest = min(max(shown), TALLEST * max(vintage.q75 for vintage in made))
    found = place(claims, curve.assign(q975=max(tallest, made[-1].high)), quantity)
    days = {row["id"]: f"{row['published']:%Y-%m-%d}" for row in rows_of(claims)}
    first = made[0].as_of.isoformat()
    rows = tuple({**row, "day": days[row["claim"]]} for row in found.rows
                 if days[row["claim"]] >= first)
    return replace(found, rows=rows)


def _steps(made: Sequence[Vintage]) -> list[dict[str, Any]]:
    """Rows of a step line; runs of days with and without a range follow each other."""
    length = (made[-1].as_of - made[0].as_of).days
    end = made[-1].as_of + timedelta(days=max(1, round(length * _LAST_STEP)))
    ends = [vintage.as_of for vintage in made[1:]] + [end]
    rows: list[dict[str, Any]] = []
    run = 0
    for i, (vintage, until) in enumerate(zip(made, ends, strict=True)):
        row = {"median": vintage.median, "low": vintage.low, "high": vintage.high,
               "q25": vintage.q25, "q75": vintage.q75, "strength": 1.0 if told(vintage) else _PALE}
        run += i > 0 and told(vintage) is not told(made[i - 1])
        rows += [{**row, "day": day.isoformat(), "run": run} for day in (vintage.as_of, until)]
    return rows


def _note(marks: Marks, made: Sequence[Vintage], people: str) -> str:
    filled, hollow = drawn(marks.rows)
    parts = [
        f"{say.capital(people)}. Across: the day on which the estimate could be made, from only "
        "the claims published by then and with today's priors. Bands hold 50 and 90% of the "
        "estimate for that day, the line is its median; both change only when a claim is "
        "published.",
        f"Marks: {say.several(filled, 'claim')} used as evidence"
        + (f" and {hollow} hollow that are not" if hollow else "")
        + ", on the day of publication, at the figure stated."]
    if not all(map(told, made)):
        parts.append(f"Pale: fewer than {FEWEST_ORIGINS} independent origins, so no range is "
                     "given.")
    if any(told(vintage) and vintage.high > marks.top for vintage in made):
        parts.append("Bands that end at the upper edge go on beyond it.")
    if not all(vintage.ok for vintage in made):
        parts.append("Crosses: the fit of that day failed a check.")
    return " ".join(filter(None, [*parts, above_words(marks), marks.left_out]))


def _text(made: Sequence[Vintage], headline: Headline) -> str:
    shown = [vintage for vintage in made if told(vintage)]
    if not shown:
        return "Steps of the estimate by day of knowledge; no range is given on any of them."
    picked = [shown[i] for i in sorted({0, len(shown) // 4, len(shown) // 2, len(shown) - 1})]
    read = [f"{say.span(each.low, each.high)} on {say.day(each.as_of)}" for each in picked]
    return (f"Steps of {say.noun(headline.quantity)} by the day on which the estimate could be "
            f"made, 90% intervals: {'; '.join(read)}.")


def _chart(sheets: Sheets, width: int, steps: list[dict[str, Any]], made: Sequence[Vintage],
           marks: Marks, unit: str) -> tuple[Any, float]:
    narrow = width == NARROW
    days = [{"day": row["day"]} for row in steps]
    x = time_axis(days[0]["day"], days[-1]["day"], narrow)
    scale = alt.Scale(domain=[0, marks.top], nice=False, zero=True)
    axis = alt.Axis(format=",.0f", tickCount=5, titleAlign="left", titleAngle=0,
                    titleAnchor="end", titleX=0, titleY=-10, titleBaseline="bottom")
    layers: list[Any] = []
    for run in sorted({row["run"] for row in steps}):
        rows = [row for row in steps if row["run"] == run]
        layers += _run(sheets, f"run-{run}", rows, x, alt.Y("median:Q", scale=scale, axis=axis,
                                                            title=axis_title(unit, width)), scale)
    layers.append(_hover(sheets, made, steps, scale))
    if failed := [vintage for vintage in made if not vintage.ok]:
        rows = [{"day": each.as_of.isoformat(), "median": min(each.median, marks.top)}
                for each in failed]
        layers.append(
            sheets.chart("failed", rows)
            .mark_point(shape="M-1,-1L1,1M-1,1L1,-1", size=60, strokeWidth=2.2,
                        color=light("ink"), opacity=1)
            .encode(x=x, y=alt.Y("median:Q", scale=scale)))
    if marks.rows:
        layers += claim_layers(sheets, marks, scale, x, days, narrow)
    return alt.layer(*layers), 300 if narrow else 420


def _run(sheets: Sheets, name: str, rows: Sequence[Mapping[str, Any]], x: alt.X, y: alt.Y,
         scale: alt.Scale) -> list[Any]:
    """Bands and median of days that follow each other, all with a range or all without."""
    base, strength = sheets.chart(name, rows), rows[0]["strength"]
    bands = [
        base.mark_area(color=light("band"), opacity=1, fillOpacity=strong * strength,
                       interpolate="step-after", clip=True)
        .encode(x=x, y=alt.Y(f"{low}:Q", scale=scale, axis=y["axis"], title=y["title"]),
                y2=alt.Y2(f"{high}:Q"))
        for low, high, strong in _BANDS]
    line = base.mark_line(color=light("line"), strokeWidth=2, opacity=strength, clip=True,
                          interpolate="step-after").encode(x=x, y=y)
    return [*bands, line]


def _hover(sheets: Sheets, made: Sequence[Vintage], steps: Sequence[Mapping[str, Any]],
           scale: alt.Scale) -> Any:
    """Nothing to see, but each step answers with its day and its range."""
    rows = [{"day": steps[2 * i]["day"], "until": steps[2 * i + 1]["day"], "low": vintage.low,
             "high": vintage.high, "known": say.short_day(vintage.as_of),
             "says": say.span(vintage.low, vintage.high) if told(vintage) else "no range",
             "middle": say.count(vintage.median) if told(vintage) else "–",
             "came": say.several(len(vintage.claims), "claim")}
            for i, vintage in enumerate(made)]
    tip = [alt.Tooltip("known:N", title="Known on"), alt.Tooltip("says:N", title="90% interval"),
           alt.Tooltip("middle:N", title="Median"), alt.Tooltip("came:N", title="What came")]
    return (sheets.chart("steps", rows).mark_rect(opacity=0, clip=True)
            .encode(x=alt.X("day:T"), x2=alt.X2("until:T"), y=alt.Y("low:Q", scale=scale),
                    y2=alt.Y2("high:Q"), tooltip=tip, description=alt.Description("says:N")))
