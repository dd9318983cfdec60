"""Which figures a report has, and what each says: contents to figures."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from . import (
    fan_words,
    fans,
    forests,
    movers,
    passages,
    score_charts,
    series,
    tables,
    vintage_charts,
)
from . import sentences as say
from .contents import Contents
from .figures import Figure
from .marks import place

BIAS, ANCHORS, MOVERS, TRUST, KNOWN = "bias", "anchors", "movers", "trust", "vintages"
SERIES = "series"
MOST_SOURCES = 60  # rows that a chart of sources can have and still be taken in


def charts(contents: Contents) -> dict[str, Figure]:
    """Figures of a report by name, in reading order.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict of str to Figure
        A fan chart for the headline's quantity and, where a used claim states them, one for
        casualties, named as the quantity; `vintages`; `bias`; `anchors`; `movers`; `trust`. One
        that has nothing to draw is left out.
    """
    made = {}
    used = contents.claims[contents.claims["status"] == "used"]
    wanted = [contents.headline.quantity]
    if (used["quantity"] == "casualties").any():
        wanted.append("casualties")
    for quantity in dict.fromkeys(wanted):
        if (contents.estimates["quantity"] == quantity).any():
            made[quantity] = _fan(contents, quantity)
    if contents.known.vintages:
        mine = contents.estimates["quantity"] == contents.headline.quantity
        made[KNOWN] = vintage_charts.figure(
            KNOWN, contents.known, contents.claims, contents.estimates[mine], contents.headline,
            contents.people)
    if any(row.told for row in contents.together.rows):
        made[SERIES] = series.figure(SERIES, contents.together)
    speaking = contents.sources[contents.sources["median"].notna()]
    if len(speaking):
        loud, told = _loudest(speaking)
        ordered = loud.sort_values(["relation", "family", "source"], kind="stable")
        made[BIAS] = forests.forest(
            BIAS,
            passages.bias_title(speaking),
            "Figure divided by truth, 90% intervals: prior as the broad grey bar, posterior as the "
            "line, its median as the mark. Each is the level of all figures of a source, not of "
            f"its latest.{_pale(ordered)} Sources with a claim on losses.{told}",
            passages.bias_text(ordered),
            ordered,
        )
    spoken = contents.sources[contents.sources["anchor_median"].notna()]
    if len(spoken):
        made[ANCHORS] = _anchors(contents)
    if any(row["diagnostics"]["ok"] for row in contents.movers):
        made[MOVERS] = movers.figure(MOVERS, contents.movers, contents.headline, contents.people)
    company = contents.trust.company
    like = "like this one" if company.shared else "of every kind"
    made[TRUST] = score_charts.levels(
        TRUST, company.coverage, f"{say.several(len(company.cases), 'resolved case')} {like}"
    )
    return {
        name: replace(figure, note=f"{figure.note} {source_line(contents)}")
        for name, figure in made.items()
    }


def source_line(contents: Contents) -> str:
    """Where every chart of a report is from."""
    version = str(contents.account["versions"]["estimate"])
    return passages.source_line(contents.case_id, len(contents.claims), contents.as_of, version)


def _fan(contents: Contents, quantity: str) -> Figure:
    of = contents.estimates["quantity"] == quantity
    curve = contents.estimates[of].reset_index(drop=True)
    row = tables.total_of(contents.totals, quantity)
    marks = place(contents.claims, curve, quantity)
    title = fan_words.fan_title(
        quantity, *tables.interval(row, say.INTERVAL), curve,
        fan_words.told_days(contents.claims, contents.headline.quantity),
        not contents.headline.withheld,
    )
    return fans.fan(
        quantity,
        title,
        fan_words.fan_note(marks, contents.people),
        fan_words.fan_text(quantity, contents.people, curve),
        f"{say.capital(say.noun(quantity))}, {contents.people}, cumulative",
        curve,
        marks,
    )


def _loudest(sources: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Give the sources that a chart has room for, and a sentence where those are not all."""
    if len(sources) <= MOST_SOURCES:
        return sources, ""
    loud = sources.sort_values("n_used", ascending=False, kind="stable").head(MOST_SOURCES)
    return loud, f" Drawn: the {MOST_SOURCES} of {len(sources):,} sources with most claims used."


def _pale(sources: pd.DataFrame) -> str:
    """Say what pale rows are, where there are any."""
    return " Pale: the prior speaks." if sources["learned"].map(tables.prior_speaks).any() else ""


def _anchors(contents: Contents) -> Figure:
    spoken = contents.sources[contents.sources["anchor_median"].notna()]
    spoken = spoken.sort_values("anchor_median", kind="stable")
    title = passages.anchor_title(spoken)
    loud, told = _loudest(spoken)
    spoken = loud.sort_values("anchor_median", kind="stable")
    quantity = contents.headline.quantity
    words = [
        f"{row['name']}: {say.span(row['anchor_q05'], row['anchor_q95'])}"
        for row in tables.rows_of(spoken)[:12]
    ]
    note = (
        f"{say.capital(say.noun(quantity))}, {contents.people}, by {say.day(contents.as_of)} if "
        "this source's level were exactly right; 90% intervals. Dashed: the median of this report."
        f"{_pale(spoken)}{told}"
    )
    return forests.anchors(
        ANCHORS,
        title,
        note,
        f"Totals by the source believed, 90% intervals. {'; '.join(words)}.",
        spoken,
        f"{say.capital(say.noun(quantity))}, {contents.people}",
        contents.headline.median,
    )
