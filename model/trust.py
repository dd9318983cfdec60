"""How far to trust an estimate: how the tool did on resolved cases like this one."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import Case

from .learned import History, priors_for
from .scorefile import ScoredCase, Scores
from .scores import LEVELS, POINTS, binomial_interval

ENOUGH = 20  # cases; the exact interval of a rate near 90% is then still some 30 points wide
MANY = 5  # claims; about a quarter of the resolved cases have so many
LATE = 30  # days after the end; by then early counts have caught up
VICTIMS = {"military": "soldiers or equipment", "civilian": "civilians",
           "disaster": "people hit by disasters", "mixed": "soldiers and civilians together"}
ROUTE_WORDS = {"famous": "famous cases", "outsiders": "cases from outsiders",
               "ordinary": "ordinary cases", "unknown": "cases of unknown route"}

# What is asked of the tool's own score (held or not, the calibration page says so).
COVERAGE_BARS = {"90": (0.86, 0.95), "50": (0.42, 0.60)}  # the level, give or take chance and width
CRPS_BAR = 0.38  # a first sketch had 0.40
HIERARCHICAL_BAR = 0.92  # of the same model without mean biases: what learning the bias must earn
POINT_BAR = 0.70  # of the best single number: what an honest interval must earn
CLEARLY = 2.0  # standard errors


@dataclass(frozen=True)
class Features:
    """What makes resolved cases alike: each field in words, equal or not.

    Parameters
    ----------
    victim : str
        Who suffered.
    voices : str
        Which sides speak.
    claims : str
        Few or many.
    lag : str
        How long after the end the last claim came.
    """

    victim: str
    voices: str
    claims: str
    lag: str


ASKED = ("victim", "voices", "claims", "lag")  # what is given up last stands first


def features(victim: str, relations: Collection[str], n_claims: int, lag_days: int) -> Features:
    """Say in words what counts for likeness.

    Examples
    --------
    >>> features("military", {"adversary", "media"}, 7, 400).voices
    'an enemy speaks, the side itself does not'
    """
    enemy, own = "adversary" in relations, bool({"self", "ally"} & set(relations))
    voices = ("both an enemy and the side itself speak" if enemy and own else
              "an enemy speaks, the side itself does not" if enemy else
              "the side itself speaks, no enemy does" if own else "only outsiders speak")
    return Features(VICTIMS[victim], voices,
                    f"{MANY} or more claims" if n_claims >= MANY else f"fewer than {MANY} claims",
                    f"last heard of more than {LATE} days after the end" if lag_days > LATE else
                    f"last heard of during it or within {LATE} days of the end")


def features_of(row: ScoredCase) -> Features:
    """Features of a resolved case."""
    return features(row.victim, row.relations, row.n_claims, row.lag_days)


@dataclass(frozen=True)
class Company:
    """Resolved cases like one case, and how the tool did on them.

    Parameters
    ----------
    cases : tuple of ScoredCase
        Those cases.
    shared : tuple of str
        What they all have in common with the case.
    given_up : tuple of str
        Fields of `Features` in which they may differ, for else there were not enough.
    left_out : tuple of str
        Cases that are the case itself or of its conflict.
    coverage : dict
        By level in percent: `hits` (contested truths count by the part inside), `rate`, `low` and
        `high` of its exact 95% interval.
    interval_factor : float
        Median of upper by lower end of the 90% interval.
    median_abs_log_error : float
        Median of |log(median / truth)|.
    """

    cases: tuple[ScoredCase, ...]
    shared: tuple[str, ...]
    given_up: tuple[str, ...]
    left_out: tuple[str, ...]
    coverage: dict[str, dict[str, float]]
    interval_factor: float
    median_abs_log_error: float


def coverage(cases: Sequence[ScoredCase]) -> dict[str, dict[str, float]]:
    """Hits, rate and its exact 95% interval at each of `LEVELS`, by level in percent."""
    out = {}
    for level in LEVELS:
        hits = sum(row.inside(level) for row in cases)
        low, high = binomial_interval(hits, len(cases))
        out[f"{level:.0%}".rstrip("%")] = {
            "hits": hits, "rate": hits / len(cases), "low": low, "high": high}
    return out


def cases_like(scores: Scores, like: Features, case_id: str = "",
               conflict: str | None = None) -> Company:
    """Find resolved cases like one: as many features alike as leave `ENOUGH` cases.

    Parameters
    ----------
    scores : Scores
        From `read_scores`.
    like : Features
        Of the case.
    case_id, conflict : str
        The case and its conflict, which are left out of their own company.

    Returns
    -------
    Company
    """
    own = {row.case for row in scores.cases
           if row.case == case_id or (conflict and row.conflict == conflict)}
    others = [(row, features_of(row)) for row in scores.cases if row.case not in own]
    found: list[ScoredCase] = []
    kept: tuple[str, ...] = ()
    for kept in (kept for n in range(len(ASKED), -1, -1) for kept in combinations(ASKED, n)):
        found = [row for row, has in others
                 if all(getattr(has, name) == getattr(like, name) for name in kept)]
        if len(found) >= ENOUGH:
            break
    widths = [row.intervals[LEVELS.index(0.9)] for row in found]
    return Company(
        tuple(found), tuple(getattr(like, name) for name in kept),
        tuple(name for name in ASKED if name not in kept), tuple(sorted(own)),
        coverage(found), float(np.median([high / low for low, high in widths])),
        float(np.median([row.abs_error for row in found])))


@dataclass(frozen=True)
class Trust:
    """How far to trust one fit.

    Parameters
    ----------
    company : Company
        Resolved cases like it.
    n_scored : int
        All resolved cases that were scored.
    n_claims, most_claims : int
        Claims that this fit used, and the most that any resolved case of another conflict had.
    same_priors : bool
        Whether the fit used what the shipped learned priors say of such a case.
    same_library : bool
        Whether scores and shipped priors are of the same library.
    sha256 : str
        Of the scores.
    """

    company: Company
    n_scored: int
    n_claims: int
    most_claims: int
    same_priors: bool
    same_library: bool
    sha256: str


def trust(case: Case, claims: pd.DataFrame, priors: Iterable[Mapping[str, Any]], scores: Scores,
          history: History) -> Trust:
    """Find how far to trust a fit.

    Parameters
    ----------
    case : Case
        That was fitted.
    claims : DataFrame
        Claims in view with `status`, `relation` and `published`, as `summary.claims` gives them.
    priors : iterable of dict
        Rows of the priors that were used.
    scores, history
        From `read_scores` and `read_learned`.

    Returns
    -------
    Trust
    """
    used = claims[claims["status"] == "used"]
    last: date = used["published"].max().date()
    like = features(case.sides[0].victim, set(used["relation"]), len(used),
                    (last - (case.end or last)).days)
    shipped = priors_for(case, history)
    learned = {name: prior.parameters for name, prior in shipped.items()
               if shipped.joint and name in shipped.joint.names}
    there = {row["name"]: row["parameters"] for row in priors if row["name"] in learned}
    company = cases_like(scores, like, case.id, case.conflict)
    return Trust(
        company, len(scores.cases), len(used),
        max(row.n_claims for row in scores.cases if row.case not in company.left_out),
        _alike(learned, there),
        scores.provenance["library_fingerprint"] == history.provenance.get("library_fingerprint"),
        scores.sha256)


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].keys() == other[name].keys()
        and all(math.isclose(one[name][key], other[name][key], rel_tol=1e-6, abs_tol=1e-9)
                for key in one[name]) for name in one)


@dataclass(frozen=True)
class Bar:
    """One thing that is asked of the score, what was found, and whether it held."""

    asked: str
    found: float
    low: float
    high: float

    @property
    def held(self) -> bool:
        """Whether what was found lies between the two ends."""
        return self.low <= self.found <= self.high


def bars(scores: Scores) -> list[Bar]:
    """Give everything that is asked of the score, and what was found."""
    out = [Bar(f"coverage of the {level}% interval", scores.total["coverage"][level]["rate"], *ends)
           for level, ends in COVERAGE_BARS.items()]
    parts = {"truths of high and medium confidence": scores.groups["by_confidence"]["high_medium"]}
    parts |= {ROUTE_WORDS.get(name, name): part
              for name, part in scores.groups["by_route"].items()}
    for name, part in parts.items():
        if name.startswith("truths"):
            out.append(Bar(f"log-CRPS over {name}", part["log_crps"], 0.0, CRPS_BAR))
        points = {other: value for other, value in part["baselines"].items() if other in POINTS}
        best = min(points, key=lambda other: points[other])
        for other, most in [*((other, HIERARCHICAL_BAR) for other in part["baselines"]
                              if other not in POINTS), (best, POINT_BAR)]:
            out.append(Bar(f"log-CRPS divided by that of {other}, over {name}",
                           part["log_crps"] / part["baselines"][other], 0.0, most))
    if scores.permuted:
        gap = scores.permuted["paired"]
        out.append(Bar("loss of log-CRPS by shuffled relations, in standard errors",
                       gap["difference"] / gap["se"], CLEARLY, math.inf))
    return out
