"""The tables of claims: each of them, how many there are, and what a figure would need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from estimate.model.findings import MAX_PARETO_K
from estimate.model.summary import ADDS

from . import sentences as say
from .inert import plain, web_link
from .marks import window
from .tables import MOST_ROWS, Row, Table, number_cell, rows_of, table, text_cell

HASH_SHOWN = 12  # hexadecimal digits of a row's hash: none of a million rows alike by chance
SURPRISING = 0.05  # a figure further out than 19 in 20 of those expected from its source


def needed(
    test: Mapping[str, Any],
    quantity: str,
    value: float,
    names: Mapping[str, str],
    stated: Mapping[str, str],
) -> Table:
    """Give the bias that each family's latest claim would need for a figure to be the truth."""
    told = say.stated(value)
    rows = [
        Row(
            (
                text_cell(
                    names.get(part["family"], plain(part["family"])),
                    f"claim {plain(part['claim'])}",
                ),
                number_cell(stated[plain(part["claim"])]),
                number_cell(say.count(float(part["figure"]) / float(part["ratio_needed"]))),
                number_cell(say.ratio(float(part["ratio_needed"]))),
                number_cell(say.probability(float(part["prior_probability"]))),
            )
        )
        for part in test["needed"]
    ]
    return table(
        f"Each family's latest figure for {say.noun(quantity)}, beside what a total of {told} "
        "would mean for the days that the figure covers: the part of it that the estimate lays on "
        "those days. Prior chance: of a bias at least as far from what is usual for it, before any "
        "claim.",
        (
            "Family",
            "States",
            f"{told} would mean, for those days",
            f"Times what {told} would mean for those days",
            "Prior chance",
        ),
        rows,
    )


def claims(frame: pd.DataFrame, anchors_of: Mapping[str, str]) -> Table:
    """Every claim in view, with what it was used for and how surprising it is."""
    rows = []
    left_out = flows = ""
    if frame["readings"].str.startswith(ADDS).any():
        flows = (" Of a running total: of what the figure adds; a dash where a later figure tells "
                 "it.")
    if len(frame) > MOST_ROWS:
        left_out = (
            f" The {MOST_ROWS:,} of {len(frame):,} claims with the most influence; "
            "all are in claims.csv."
        )
        order = frame["influence"].abs().fillna(-1.0).sort_values(ascending=False, kind="stable")
        frame = frame.loc[sorted(order.index[:MOST_ROWS])]
    for row in rows_of(frame):
        what = say.figure(row["bound"], row["value"], row["low"], row["high"])
        used = row["status"] == "used"
        link = web_link(row["url"])
        expected = "–"
        if used and not math.isnan(row["predictive_median"]):
            expected = say.span(row["predictive_q05"], row["predictive_q95"])
        rows.append(
            Row(
                (
                    text_cell(say.short_day(row["published"]), row["id"], link,
                              f"{row['published']:%Y-%m-%d}"),
                    text_cell(row["name"], row["via"] and f"via {row['via']}"),
                    text_cell(f"{what} {say.noun(row['quantity'])}", _aside(row), key=_size(row)),
                    text_cell(
                        window(row),
                        "" if row["scope"] == "all" else row["scope"].replace("_", " "),
                        key=f"{row['as_of']:%Y-%m-%d}",
                    ),
                    text_cell(row["status"], _below_status(row)),
                    number_cell(expected, row["readings"], row["predictive_median"]),
                    number_cell(_surprise(row["surprise"]), "", row["surprise"]),
                    number_cell(_influence(row) if used else "–", "",
                                -abs(row["influence"])),  # the first click puts the largest first
                ),
                faint=not used,
                anchor=anchors_of.get(row["id"], ""),
                data=(("claim", row["id"]), ("source", row["source"]), ("family", row["family"]),
                      ("quantity", row["quantity"]), ("status", row["status"])),
            )
        )
    return table(
        f"Claims in view, oldest first.{left_out} Expected: 90% interval of what this source would "
        f"be expected to state.{flows} Surprise: chance of a figure at least as far out, marked ! "
        f"below {say.percent(SURPRISING)}. "
        "Influence: change of the headline median if this claim alone were left out; doubtful "
        "where few draws support it. Confidence: how sure the coding is; it has no effect on the "
        "estimate. Row: start of the SHA-256 of the claim's row; claims.csv has it whole.",
        (
            "Published",
            "Source",
            "States",
            "Days covered",
            "Used as",
            "Expected",
            "Surprise",
            "Influence",
        ),
        rows,
    )


def _size(row: Mapping[str, Any]) -> str:
    """Give what figures are sorted by: the value, the middle of a range."""
    middle = row["value"] if math.isnan(row["low"]) else (row["low"] + row["high"]) / 2
    return f"{middle:.9g}"


def _reason(row: Mapping[str, Any]) -> str:
    """Why a claim is used as it is, its scope in plain words."""
    reason, scope = str(row["reason"]), str(row["scope"])
    return reason.replace(f"scope {scope} ", f"scope {scope.replace('_', ' ')} ")


def _below_status(row: Mapping[str, Any]) -> str:
    """Why a claim is used as it is, and by what its row is known again."""
    told = f"row {row['row_sha256'][:HASH_SHOWN]}"
    return f"{_reason(row)}; {told}" if row["reason"] else told


def _influence(row: Mapping[str, Any]) -> str:
    doubtful = " (doubtful)" if row["pareto_k"] > MAX_PARETO_K else ""
    return f"{say.change(row['influence'])}{doubtful}"


def _surprise(probability: float) -> str:
    if math.isnan(probability):
        return "–"
    return say.probability(probability) + (" !" if probability < SURPRISING else "")


def _aside(row: Mapping[str, Any]) -> str:
    parts = [f"“{row['wording']}”" if row["wording"] else "", row["note"]]
    if row["ambiguity"]:
        readings = row["ambiguity"].replace("|", " or ").replace("_", " ")
        parts.insert(1, f"read two ways: {readings}")
    parts.insert(-1, f"Confidence: {row['confidence']}")
    return ". ".join(part for part in parts if part)


def counts(frame: pd.DataFrame, shown: Sequence[str], names: Mapping[str, str]) -> Table:
    """How many claims each family makes about each quantity, used ones and all."""
    rows = []
    for family, part in frame.groupby("family", sort=True):
        cells = [text_cell(names.get(str(family), str(family)))]
        for quantity in shown:
            of = part[part["quantity"] == quantity]
            used = int((of["status"] == "used").sum())
            cells.append(number_cell(f"{used} of {len(of)}" if len(of) else "–"))
        rows.append(Row(tuple(cells)))
    return table(
        "Claims used, of all claims in view, by family and quantity.",
        ("Family", *(say.capital(say.noun(q)) for q in shown)),
        rows,
    )
