"""What the page's own chart can show: every quantity, scale and day of knowledge, as plain data.

Two times are kept apart: the day on which losses happened, and the day on which an estimate could
be made. All words are made here; the page's script only chooses among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.words import EQUIPMENT, PARTS

from . import fan_words, fans, passages, tables
from . import sentences as say
from .charts import source_line
from .contents import Contents
from .marks import Marks, place
from .move_words import CHECKED
from .vintage_words import told

LOSS, KNOWLEDGE = "loss", "knowledge"  # the two axes of time
DIGITS = 4  # significant figures of a curve that is only drawn
TALLEST = 1.25  # early vintages are cut off above this multiple of today's chart
COLUMNS = ("median", *fans.QUANTILES)


@dataclass(frozen=True, slots=True)
class Explorer:
    """The interactive chart and the field that tests a figure.

    Attributes
    ----------
    quantities : dict of str to str
        Quantities that the chart switches between, with their names; the headline's first.
    tested : dict of str to str
        Quantities that a figure may be tested for, with their names.
    sources : tuple of dict
        Sources that can be lit up: `source`, `family`, `name`.
    first, last : date
        Days between which a figure can be tested.
    days : int
        Days of knowledge that the slider moves over; 0 without vintages.
    data : dict
        Ready for JSON: charts by quantity, time and scale, vintages, what `chances` means.
    chances : bytes
        Quantiles by quantity, day and probability, in this order: little-endian 16-bit numbers
        from the row's lowest to its highest value, on the scale of log(1 + losses).
    """

    quantities: Mapping[str, str]
    tested: Mapping[str, str]
    sources: tuple[Mapping[str, str], ...]
    first: date
    last: date
    days: int
    data: Mapping[str, Any]
    chances: bytes


def explorer(contents: Contents) -> Explorer:
    """Gather what the page's own chart can show.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    Explorer
    """
    shown = _shown(contents)
    last_days = [
        f"{day:%Y-%m-%d}"
        for day in contents.estimates.loc[
            contents.estimates["quantity"] == contents.headline.quantity, "date"
        ]
    ]
    tested = {} if contents.headline.withheld else {
        name: _name(name) for name in contents.distributions
    }
    chances, ends = _packed(contents, tested)
    charted = {name: _charts(contents, name) for name in shown}
    lit = contents.sources[contents.sources["n_claims"] > 0].sort_values("name", kind="stable")
    return Explorer(
        quantities={name: _name(name) for name in shown},
        tested=tested,
        sources=tuple(
            {key: row[key] for key in ("source", "family", "name")} for row in tables.rows_of(lit)
        ),
        first=contents.start,
        last=contents.as_of,
        days=len(contents.known.vintages),
        data={
            "charts": charted,
            "chances": {
                "checked": CHECKED,
                "days": last_days,
                "ends": ends,
                "people": {
                    name: say.what_happened(name, contents.people) for name in tested
                },
            },
        },
        chances=chances,
    )


def _name(quantity: str) -> str:
    return say.capital(say.noun(quantity))


def _shown(contents: Contents) -> list[str]:
    """Losses that some claim speaks of, the headline's quantity first."""
    spoken = set(contents.totals.loc[~contents.totals["prior_only"], "quantity"])
    used = set(contents.claims.loc[contents.claims["status"] == "used", "quantity"])
    others = [q for q in ("casualties", *PARTS, *EQUIPMENT) if q in spoken & used]
    return list(dict.fromkeys([contents.headline.quantity, *others]))


def _charts(contents: Contents, quantity: str) -> dict[str, Any]:
    of = contents.estimates["quantity"] == quantity
    curve = contents.estimates[of].reset_index(drop=True)
    marks = place(contents.claims, curve, quantity)
    seen = [v for v in contents.known.vintages if quantity in v.curves]
    highest = max((max(v.curves[quantity].lines["q95"]) for v in seen), default=0.0)
    top = max(marks.top, min(highest, TALLEST * marks.top))
    marks = replace(marks, top=top)
    row = tables.total_of(contents.totals, quantity)
    title = fan_words.fan_title(
        quantity, *tables.interval(row, say.INTERVAL), curve,
        fan_words.told_days(contents.claims, contents.headline.quantity),
        not contents.headline.withheld,
    )
    words = {
        "title": title,
        "note": fan_words.fan_note(marks, contents.people),
        "text": fan_words.fan_text(quantity, contents.people, curve),
    }
    made: dict[str, Any] = {LOSS: _both(contents, quantity, words, curve, marks, top, steps=False)}
    if sum(map(told, seen)) > 1:
        known = _known([vintage for vintage in seen if told(vintage)], quantity)
        out = _published(marks, known["date"].min())
        words = fan_words.known_words(quantity, contents.people, known, out)
        made[KNOWLEDGE] = _both(contents, quantity, words, known, out, top, steps=True)
        made["vintages"] = [_vintage(v, quantity) for v in seen]
    return made


def _both(
    contents: Contents,
    quantity: str,
    words: Mapping[str, str],
    curve: pd.DataFrame,
    marks: Marks,
    top: float,
    steps: bool,
) -> dict[str, Any]:
    """One chart on both scales, its words and its tables."""
    unit = f"{_name(quantity)}, {contents.people}, cumulative"
    look = fans.Look(steps=steps, top=top, clip=True)
    figure = fans.fan(
        quantity, words["title"], words["note"], words["text"], unit, curve, marks, look
    )
    linear = {"wide": figure.wide, "narrow": figure.narrow}
    datasets = {**figure.data, "days": [_short(row) for row in figure.data["days"]]}
    forms = {"linear": linear, "log": fans.on_log_scale(linear, top)}
    note = f"{words['note']} {source_line(contents)}"
    return {**words, "note": note, "forms": forms, "datasets": datasets}


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for name, value in row.items()
    }


def _known(vintages: Sequence[Any], quantity: str) -> pd.DataFrame:
    """One row a day of knowledge: the total up to that day as it could be estimated then."""
    return pd.DataFrame([
        {"date": pd.Timestamp(vintage.as_of)}
        | {name: vintage.curves[quantity].lines[name][-1] for name in COLUMNS}
        for vintage in vintages
    ])


def _published(marks: Marks, first: pd.Timestamp) -> Marks:
    """Give the same marks, each on the day on which it became public, from the first day on."""
    rows = tuple({**row, "day": row["out"]} for row in marks.rows
                 if pd.Timestamp(row["out"]) >= first)
    return Marks(rows, marks.left_out, marks.top)


def _vintage(vintage: Any, quantity: str) -> dict[str, Any]:
    """One vintage's fan, and what could be said with it."""
    curve = vintage.curves[quantity]
    low, high = (curve.lines[name][-1] for name in ("q05", "q95"))
    return {
        "day": vintage.as_of.isoformat(),
        "said": passages.vintage_words(vintage, quantity, low, high),
        "date": [day.isoformat() for day in curve.days],
        **{
            name: [float(f"{value:.{DIGITS}g}") for value in curve.lines[name]]
            for name in COLUMNS
        },
    }


def _packed(contents: Contents, names: Mapping[str, str]) -> tuple[bytes, dict[str, Any]]:
    """Quantiles as 16-bit numbers, and the lowest and highest value of each row."""
    parts, ends = [], {}
    for name in names:
        logs = np.log1p(np.maximum(contents.distributions[name], 0.0))
        low, high = logs[:, :1], logs[:, -1:]
        scaled = np.rint(65535 * (logs - low) / np.maximum(high - low, 1e-12))
        parts.append(scaled.astype("<u2").tobytes())
        ends[name] = [[float(f"{a:.9g}"), float(f"{b:.9g}")] for a, b in np.hstack([low, high])]
    return b"".join(parts), ends
