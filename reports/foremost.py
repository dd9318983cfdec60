"""What moves the answer most: one sentence for the first screen, of claims and families left out.

A claim left out is worked out from the draws of the fit; a family left out is a fit of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from estimate.model.findings import MAX_PARETO_K

from . import sentences as say
from .marks import short_name
from .records import Foremost, Headline
from .tables import rows_of
from .vintage_words import ALONE, LONGEST_NAME, Stated

FEW = 5  # claims named of those that cannot be told
# Of weights: below it they have a variance (Vehtari, Simpson, Gelman, Yao & Gabry 2024, Journal of
# Machine Learning Research 25(72)). At 0.70 one claim moved nk-kursk by 55%, at 0.46, with another
# seed, by 31%: enough for a table, not for the first screen.
SURE_K = 0.5


def foremost(claims: pd.DataFrame, moved: Sequence[Mapping[str, Any]], headline: Headline,
             asked: bool) -> Foremost | None:
    """Name the claim or family without which the headline's median changes by the largest factor.

    Parameters
    ----------
    claims : DataFrame
        All in view, harmless.
    moved : sequence of dict
        One a family, from `movers.named`.
    headline : Headline
    asked : bool
        Whether the fit was made with --refits.

    Returns
    -------
    Foremost or None
        None where the headline is withheld.
    """
    if headline.withheld:
        return None
    told = [row for row in moved if row["diagnostics"]["ok"]]
    # a figure of a running total that a later one covers says nothing of its own
    used = [row for row in rows_of(claims)
            if row["status"] == "used" and not math.isnan(row["predictive_median"])]
    # What a family's refit tells of its only claim needs no second, rougher figure.
    lone = {row["claims"][0] for row in told if len(row["claims"]) == 1}
    sure = [row for row in used if row["pareto_k"] <= SURE_K and row["id"] not in lone
            and math.isfinite(row["influence"])]
    claim = max(sure, key=_size, default=None)
    family = max((row for row in told if row["moves"]), key=lambda row: abs(row["change"]),
                 default=None)
    most = max(math.log1p(ALONE), _size(claim) if claim else 0.0,
               abs(family["change"]) if family else 0.0)
    doubtful = [row["id"] for row in used if not row["pareto_k"] <= MAX_PARETO_K
                or (row["pareto_k"] > SURE_K and row["id"] not in lone and _size(row) >= most)]
    few = doubtful[:FEW] + ([f"{len(doubtful) - FEW} more"] if len(doubtful) > FEW else [])
    aside = (f" How much {say.listed(few)} {'moves' if len(doubtful) == 1 else 'move'} it "
             "alone cannot be told from these draws." if doubtful else "")
    if family and (claim is None or abs(family["change"]) >= _size(claim)):
        return _of_family(family, headline, aside)
    if claim is None or _size(claim) < math.log1p(ALONE):
        each = "claim or family" if told else "claim"
        return Foremost(f"No single {each} moves this answer by {say.percent(ALONE)} or more, as "
                        f"far as could be told.{aside}", "movers", "Who moves the answer")
    failed = len(told) < len(moved)
    return _of_claim(claim, headline, _families(asked, len(told), failed) + aside)


def _size(row: Mapping[str, Any]) -> float:
    """Size of a claim's influence as a factor: its logarithm, whichever way it goes."""
    return abs(math.log(max(1 + row["influence"] / 100, 1e-9)))


def _families(asked: bool, told: int, failed: bool) -> str:
    """Say whether whole families were left out too."""
    if not asked:
        return " Families of sources were not left out: “estimate fit --refits” does that."
    if not told:
        return ""
    return f" No family{' whose refit passed its checks' * failed} moves it by a larger factor."


def _of_claim(row: Mapping[str, Any], headline: Headline, rest: str) -> Foremost:
    stated = Stated(short_name(row["name"], LONGEST_NAME),
                    say.figure(row["bound"], row["value"], row["low"], row["high"]),
                    say.noun(row["quantity"]))
    median = headline.median * (1 + row["influence"] / 100)
    return Foremost(
        f"Of all single claims, {row['id']} moves this answer most: {stated}. Without it the "
        f"median would be {say.count(median)} instead of {say.count(headline.median)} "
        f"({say.change(row['influence'])} before rounding), worked out from the draws of this "
        f"fit.{rest}",
        f"claim-{row['id']}", f"Claim {row['id']}")


def _of_family(row: Mapping[str, Any], headline: Headline, rest: str) -> Foremost:
    change = say.change(100 * math.expm1(row["change"]))
    which = (f"its claim {row['claims'][0]}" if len(row["claims"]) == 1 else
             f"its {len(row['claims'])} claims on losses")
    return Foremost(
        f"Of all families of sources and single claims, {row['name']} moves this answer most: "
        f"fitted again without {which}, the median would be {say.count(row['median'])} instead of "
        f"{say.count(headline.median)} ({change} before rounding), the range "
        f"{say.span(row['low'], row['high'])}.{rest}",
        "movers", "Who moves the answer")
