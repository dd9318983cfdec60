"""What the estimate holds where no claim speaks, and how much of that any claim supports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from estimate.model.activity import SILENCE
from estimate.model.unspoken import AFTER_LAST, COLUMNS, WEIGHT

from . import sentences as say
from .inert import plain
from .tables import LEARNED_LITTLE, Row, Table, number_cell, rows_of, table, text_cell

__all__ = ["COLUMNS", "NAME", "Quiet", "quiet", "stretch_words"]

NAME = "quiet.csv"


@dataclass(frozen=True)
class Quiet:
    """Sentences, table and rows about stretches without a claim, and about activity; or nothing."""

    words: tuple[str, ...] = ()
    table: Table | None = None
    rows: pd.DataFrame | None = None


def quiet(found: pd.DataFrame, quantity: str, withheld: bool) -> Quiet:
    """Gather what is told where no claim speaks.

    Parameters
    ----------
    found : DataFrame
        From `estimate.model.unspoken.unspoken`.
    quantity : str
        What is counted.
    withheld : bool
        Whether no range is given of the headline: then only the file is written.

    Returns
    -------
    Quiet
    """
    rows = rows_of(found)
    file = found[list(COLUMNS)].assign(name=[plain(row["name"]) for row in rows]) if rows else None
    if withheld or not rows:
        return Quiet(rows=file)
    return Quiet(_words(rows, quantity), _table(rows, quantity), file)


def _words(rows: list[dict[str, Any]], quantity: str) -> tuple[str, ...]:
    told = [stretch_words(row, quantity) for row in rows if row["what"] != WEIGHT]
    names = [f"“{plain(row['name'])}”" for row in rows if _of_file(row)]
    if told:
        told.append(
            f"Sources report losses when there are losses: where for {SILENCE} days or more after "
            "the first claim none ends, the pace is assumed to be lower, by a factor that is "
            "learned. That moves losses in time, never the total.")
    if names:
        told.append(f"What activity.csv says of {say.listed(names)} moves losses in time too, "
                    "never the total; a weight of 0 says that it tells nothing of losses.")
    return tuple(told)


def _of_file(row: Mapping[str, Any]) -> bool:
    """Whether a row is of an indicator of activity.csv: silence is told as what is left."""
    return bool(row["what"] == WEIGHT and row["name"] != "")


def stretch_words(row: Mapping[str, Any], quantity: str) -> str:
    """Say what the fit puts into one stretch, and how much of that any claim supports."""
    what = say.noun(quantity)
    lead = ("after the last claim about losses, none ends" if row["what"] == AFTER_LAST
            else "no claim about losses ends")
    return (
        f"From {say.day(row['from'])} to {say.day(row['to'])}, {lead}. The fit puts "
        f"{say.percent(row['median'])} of the {what} there (90% interval {_shares(row, '')}), "
        f"that is {say.span(row['count_q05'], row['count_q95'])}; before any claim, what is "
        f"assumed of the path would put {say.percent(row['prior_median'])} there "
        f"({_shares(row, 'prior_')}). {_support(row)}"
    )


def _shares(row: Mapping[str, Any], prefix: str) -> str:
    return f"{say.percent(row[f'{prefix}q05'])} to {say.percent(row[f'{prefix}q95'])}"


def _support(row: Mapping[str, Any]) -> str:
    covering, learned = [each for each in row["covered_by"].split(";") if each], row["learned"]
    if not covering:
        return ("No claim about losses covers these days, so none supports any of it: it follows "
                "from what is assumed of the path, and from how losses ran before.")
    who = (f"Of claims about losses, {say.several(len(covering), 'total')} stated later "
           + ("covers" if len(covering) == 1 else "cover") + " these days")
    if learned < LEARNED_LITTLE:
        return (f"{who}, yet with the claims before they take only {say.percent(learned)} off the "
                "spread of that share (log odds): nearly all of it is assumed.")
    return (f"{who}: with the claims before, that takes {say.percent(learned)} off the spread of "
            f"the share (log odds); the other {say.percent(1 - learned)} is what is assumed, and "
            "no claim supports it.")


def _table(rows: list[dict[str, Any]], quantity: str) -> Table:
    made = []
    for row in rows:
        weight = row["what"] == WEIGHT
        if weight:
            title = f"Weight of “{plain(row['name'])}”" if _of_file(row) else (
                "Pace left in a silent stretch")
            below = "from activity.csv; 0 to 1" if _of_file(row) else "1 is the pace of the path"
        else:
            title = f"{say.short_day(row['from'])} to {say.short_day(row['to'])}"
            below = str(row["what"])
        cells = [text_cell(title, below)]
        for prefix in ("", "prior_"):
            ends = (f"{row[f'{prefix}q05']:.2f} to {row[f'{prefix}q95']:.2f}" if weight
                    else _shares(row, prefix))
            middle = f"{row[f'{prefix}median']:.2f}" if weight else say.percent(
                row[f"{prefix}median"])
            cells.append(number_cell(middle, ends, row[f"{prefix}median"]))
        count = "" if weight else say.count(row["count_median"])
        ends = "" if weight else say.span(row["count_q05"], row["count_q95"])
        made.append(Row((*cells, number_cell(count, ends, row["count_median"]),
                         number_cell(say.percent(row["learned"]), value=row["learned"]))))
    return table(
        f"Share of the {say.noun(quantity)} where no claim about losses ends, and what else says "
        "when losses happened: medians, 90% intervals below.",
        ("Where", "Share or weight", "Before any claim", say.capital(say.noun(quantity)),
         "Learned"), made)
