"""Vintages for machines: the estimate by day of knowledge and day of loss, as two CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from estimate.model.known import LINES, Vintage

from .datafiles import csv_text, number
from .vintage_words import cause, told

NAMES = ("vintages.csv", "history.csv")
VINTAGE_COLUMNS = ("known", "date", "quantity", *LINES)
HISTORY_COLUMNS = (
    "known", "ok", "n_origins", "n_used", "withheld", "median", "q05", "q25", "q75", "q95",
    "mcse_log_median", "assumption_share", "revision", "growth", "beyond_error", "claims",
    "evidence", "claim", "source", "influence", "pareto_k", "predictive_median", "predictive_q05",
    "predictive_q95", "max_rhat", "min_ess_bulk", "min_ess_tail", "divergences")


def _row(vintage: Vintage) -> dict[str, Any]:
    shown = told(vintage)
    found = cause(vintage)
    head = {"median": vintage.median, "q05": vintage.low, "q25": vintage.q25, "q75": vintage.q75,
            "q95": vintage.high}
    pull = ("claim", "source", "influence", "pareto_k", "predictive_median", "predictive_q05",
            "predictive_q95")
    return {
        "known": vintage.as_of.isoformat(), "ok": vintage.ok, "n_origins": vintage.n_origins,
        "n_used": vintage.n_used, "withheld": not shown,
        **{name: number(value) if shown else None for name, value in head.items()},
        "mcse_log_median": number(vintage.mcse),
        "assumption_share": number(vintage.assumption_share),
        "revision": number(vintage.revision), "growth": number(vintage.growth),
        "beyond_error": vintage.beyond_error, "claims": list(vintage.claims),
        "evidence": [each.claim for each in vintage.new],
        **{name: None if found is None else getattr(found, name) for name in pull},
        **vintage.checks,
    }


def history_rows(made: Sequence[Vintage]) -> list[dict[str, Any]]:
    """One record a day of knowledge; `median` and its quantiles are null where withheld.

    `revision`, `growth` and `influence` are logarithms of ratios. `claim` and what follows tell of
    the new claim that pulls furthest the way the estimate moved.
    """
    return [{name: number(value) if isinstance(value, float) else value
             for name, value in _row(vintage).items()} for vintage in made]


def history_csv(made: Sequence[Vintage]) -> str:
    """One row a day of knowledge, as `history_rows`; lists are joined by `;`."""
    rows = [{name: ";".join(value) if isinstance(value, list) else "" if value is None else value
             for name, value in row.items()} for row in history_rows(made)]
    return csv_text(pd.DataFrame(rows, dtype=object), HISTORY_COLUMNS)


def vintages_csv(made: Sequence[Vintage]) -> str:
    """One row for each day of knowledge, day of loss and quantity, cumulative."""
    frames = [
        pd.DataFrame({"known": vintage.as_of.isoformat(), "date": list(curve.days),
                      "quantity": quantity, **curve.lines})
        for vintage in made for quantity, curve in vintage.curves.items()]
    return csv_text(pd.concat(frames, ignore_index=True), VINTAGE_COLUMNS)


def files(made: Sequence[Vintage]) -> dict[str, str]:
    """Both files by name; none where there are no vintages."""
    if not made:
        return {}
    return dict(zip(NAMES, (vintages_csv(made), history_csv(made)), strict=True))
