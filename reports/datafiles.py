"""The report's tables for machines: three CSV files and summary.json.

Numbers are written with eight significant figures, so that fits that agree byte for byte give files
that do, and the same number reads the same in every file. Nothing here depends on time or place.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from estimate.data.cells import safe_cell

from .contents import Contents
from .tables import rows_of
from .trust_words import trust_json

ESTIMATE_COLUMNS = (
    "date",
    "side",
    "quantity",
    "mean",
    "median",
    "q025",
    "q05",
    "q10",
    "q25",
    "q75",
    "q90",
    "q95",
    "q975",
)
SOURCE_COLUMNS = (
    "side",
    "series",
    "source",
    "name",
    "country",
    "relation",
    "method",
    "family",
    "builds_on",
    "n_claims",
    "n_used",
    "about",
    "prior_median",
    "prior_q05",
    "prior_q95",
    "median",
    "q05",
    "q95",
    "learned",
    "anchor_median",
    "anchor_q05",
    "anchor_q95",
)
CLAIM_COLUMNS = (
    "id",
    "source",
    "name",
    "family",
    "relation",
    "side",
    "quantity",
    "bound",
    "value",
    "low",
    "high",
    "from",
    "as_of",
    "published",
    "scope",
    "status",
    "reason",
    "predictive_median",
    "predictive_q05",
    "predictive_q95",
    "surprise",
    "influence",
    "pareto_k",
    "readings",
    "derived_from",
    "via",
    "url",
    "wording",
    "ambiguity",
    "confidence",
    "note",
    "row_sha256",
)
FIGURES = 8  # significant figures of a number in a file


def number(x: float) -> float | None:
    """Give a float as every file holds it; None for NaN and infinities."""
    return float(f"{x:.{FIGURES}g}") if math.isfinite(x) else None


def estimates_csv(contents: Contents) -> str:
    """One row for each grid day and quantity, cumulative from the case's start."""
    return csv_text(contents.files["estimates"], ESTIMATE_COLUMNS)


def sources_csv(contents: Contents) -> str:
    """One row a source: bias as the ratio of figure to truth, prior and posterior."""
    return csv_text(contents.files["sources"], SOURCE_COLUMNS)


def claims_csv(contents: Contents) -> str:
    """One row for each claim in view, with its predictive, surprise and influence."""
    return csv_text(contents.files["claims"], CLAIM_COLUMNS)


def csv_text(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Text of some columns of a table: numbers short, no cell a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        zip(*([_cell(value) for value in frame[name]] for name in columns), strict=True)
    )
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return safe_cell(value)
    if isinstance(value, date):  # a Timestamp is one
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        short = number(value)
        return "" if short is None else f"{short:.{FIGURES}g}"
    return str(value)


def summary(contents: Contents) -> dict[str, Any]:
    """Give what summary.json holds.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    dict
        Keys case, as_of, headline, quantities, diagnostics, assumption_share, n_origins, trust,
        n_claims, sensitivity, refits (null where not asked for), seed, versions, input_sha256,
        row_sha256 (of each claim in view, by id). A withheld headline has neither median nor
        interval nor sensitivity nor refits, and says why.
    """
    head, account = contents.headline, contents.account
    headline: dict[str, Any] = {
        "quantity": head.quantity,
        "median": number(head.median),
        "interval": {"prob": head.prob, "low": number(head.low), "high": number(head.high)},
        "sentence": head.sentence,
    }
    if head.withheld:
        headline |= {"median": None, "interval": None, "withheld": head.sentence}
    quantities = {}
    for row in rows_of(contents.totals):
        quantities[row["quantity"]] = {
            "median": number(row["median"]),
            "prior_only": bool(row["prior_only"]),
            "mcse_median": number(row["mcse_median"]),
            "intervals": [
                {"prob": part["prob"], "low": number(part["low"]), "high": number(part["high"])}
                for part in row["intervals"]
            ],
        }
    statuses = contents.claims["status"].value_counts()
    used, partial = int(statuses.get("used", 0)), int(statuses.get("partial", 0))
    return {
        "case": contents.case_id,
        "as_of": contents.as_of.isoformat(),
        "headline": headline,
        "quantities": quantities,
        "diagnostics": _json_ready(account["diagnostics"]),
        "assumption_share": number(float(contents.identification["assumption_share"])),
        "n_origins": int(contents.identification["n_origins"]),
        "trust": _json_ready(trust_json(contents.trust)),
        "n_claims": {
            "total": len(contents.claims),
            "used": used,
            "partial": partial,
            "excluded": int(statuses.get("excluded", 0)),
            "shown_only": len(contents.claims) - used - partial - int(statuses.get("excluded", 0)),
        },
        "sensitivity": None if head.withheld else _json_ready(account.get("sensitivity")),
        "refits": None if head.withheld else _json_ready(account.get("refits")),
        "seed": account["seed"],
        "versions": account["versions"],
        "input_sha256": account["input_sha256"],
        "row_sha256": dict(sorted(
            zip(*(contents.files["claims"][name].tolist() for name in ("id", "row_sha256")),
                strict=True))),
    }


def summary_json(contents: Contents) -> str:
    """Text of summary.json."""
    return json.dumps(summary(contents), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _json_ready(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _json_ready(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_json_ready(each) for each in value]
    return number(value) if isinstance(value, float) else value
