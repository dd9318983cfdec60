"""The scores of a backtest put together: coverage, groups of cases, simpler methods beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from estimate.data.case import Case
from estimate.data.library import Library, Truth

from .evidence import select
from .grid import Floats
from .library import LOWEST
from .scores import (
    LEVELS,
    OWN,
    POINTS,
    ZERO_MEAN,
    along,
    binomial_interval,
    log_crps,
    normal_crps,
    paired,
    share_inside,
)
from .scores import weighted_interval_score as wis

KEPT = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


@dataclass(frozen=True)
class Scored:
    """One case on one day of knowledge, under one method."""

    case: str
    as_of: str
    method: str
    quantiles: dict[str, float]  # of the log total
    log_crps: float
    wis: float
    abs_error: float  # |log median - log truth|
    inside: dict[str, float]  # 1 or 0; of a contested truth the share of its band
    pit: float
    n_claims: int
    n_sources: int
    relations: tuple[str, ...]
    lag: int  # days from the case's end to the last claim
    last: bool  # whether all claims were in view
    zero: bool  # whether the truth is zero, and all logs are of the figure + 1


def scored_band(truth: Truth) -> tuple[float, float]:
    """Log ends of what is scored against: the settled truth, or its whole band where contested.

    Of the truth + 1 where it is zero.
    """
    if truth.best <= 0:
        return 0.0, 0.0
    if truth.confidence == "low":
        return math.log(max(truth.low, LOWEST)), math.log(truth.high)
    return math.log(truth.best), math.log(truth.best)


def score(case: Case, truth: Truth, method: str, draws: Floats, as_of: date, last: bool) -> Scored:
    """Score log draws (n,) against a truth; of the figure + 1 where that is zero."""
    evidence, zero = select(case, as_of), truth.best <= 0
    draws = np.log1p(np.exp(draws)) if zero else draws
    middle, band = float(np.median(draws)), scored_band(truth)
    quantiles = {f"{q:g}": float(x) for q, x in zip(KEPT, np.quantile(draws, KEPT), strict=True)}
    inside = {}
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        inside[f"{level:.0%}".rstrip("%")] = share_inside(float(low), float(high), band)
    points = along(band)

    def mean(of: Callable[[float], float]) -> float:
        return float(np.mean([of(float(point)) for point in points]))

    used = evidence.used
    sources = case.sources.set_index("id").loc[sorted(set(used["source"]))]
    end = case.end or as_of
    return Scored(
        case.id, as_of.isoformat(), method, quantiles, mean(partial(log_crps, draws)),
        mean(partial(wis, draws)), mean(lambda point: abs(middle - point)), inside,
        mean(lambda point: float((draws < point).mean())), len(used), len(sources),
        tuple(sorted(set(sources["relation"]))), (as_of - end).days, last, zero)


def coverage(rows: Iterable[Scored]) -> dict[str, dict[str, float]]:
    """Share of truths inside each interval, with its exact 95 % interval."""
    rows = list(rows)
    out = {}
    for level in LEVELS:
        name = f"{level:.0%}".rstrip("%")
        hits = sum(row.inside[name] for row in rows)
        low, high = binomial_interval(hits, len(rows)) if rows else (0.0, 1.0)
        out[name] = {"rate": hits / len(rows) if rows else float("nan"), "low": low, "high": high}
    return out


def summary(rows: Iterable[Scored]) -> dict[str, Any]:
    """Mean scores of one method over cases."""
    rows = list(rows)
    return {
        "n_cases": len(rows), "coverage": coverage(rows),
        "log_crps": float(np.mean([row.log_crps for row in rows])),
        "wis": float(np.mean([row.wis for row in rows])),
        "median_abs_log_error": float(np.median([row.abs_error for row in rows])),
        "interval_factor": float(np.exp(np.median(
            [row.quantiles["0.95"] - row.quantiles["0.05"] for row in rows]))),
    } if rows else {"n_cases": 0}


def _crps(rows: Iterable[Scored]) -> dict[str, float]:
    return {row.case: row.log_crps for row in rows}


def with_spread(rows: list[Scored], bands: Mapping[str, tuple[float, float]],
                conflicts: Mapping[str, str]) -> dict[str, float]:
    """Score a method that gives a point as a normal about it, as wide as its errors elsewhere.

    Parameters
    ----------
    rows : list of Scored
        The method's, one a case.
    bands : mapping of str to (float, float)
        Log ends of what each case is scored against.
    conflicts : mapping of str to str
        Conflict of each case. The log sd is the root mean square of the errors in all others.

    Returns
    -------
    dict of str to float
        Log-CRPS of each case; cases without another conflict are left out.
    """
    middle = {row.case: row.quantiles["0.5"] for row in rows}
    square = {case: float(((along(bands[case]) - at) ** 2).mean()) for case, at in middle.items()}
    out = {}
    for case, at in middle.items():
        others = [square[name] for name in middle if conflicts[name] != conflicts[case]]
        if others and (sd := math.sqrt(np.mean(others))) > 0:
            out[case] = float(np.mean([normal_crps(at, sd, float(x)) for x in along(bands[case])]))
    return out


def _spreads(rows: list[Scored], library: Library, conflicts: Mapping[str, str]) -> dict[str, Any]:
    """Give each point the spread of its own errors: its score then, and the difference to it."""
    last = [row for row in rows if row.last]
    bands = {name: scored_band(library.truth(name)) for name in {row.case for row in last}}
    out: dict[str, Any] = {}
    for name in POINTS:
        found = with_spread([row for row in last if row.method == name], bands, conflicts)
        if found:
            gap = paired(_crps(row for row in last if row.method == OWN), found, conflicts)
            out[name] = {"log_crps": float(np.mean(list(found.values()))), **gap}
    return out


def _methods(rows: list[Scored], conflicts: Mapping[str, str]) -> dict[str, Any]:
    """Scores of the estimate, and of each baseline, over the same cases on their last day."""
    last = [row for row in rows if row.last]
    own = [row for row in last if row.method == OWN]
    names = sorted({row.method for row in last} - {OWN})
    others = {name: [row for row in last if row.method == name] for name in names}
    return summary(own) | {
        "baselines": {name: {key: value for key, value in summary(found).items()
                             if key in ("n_cases", "log_crps", "median_abs_log_error")
                             or (key == "coverage" and name == ZERO_MEAN)}
                      for name, found in others.items()},
        "paired": {name: paired(_crps(own), _crps(found), conflicts)
                   for name, found in others.items()}}


def lag_band(lag: int) -> str:
    """Days from the end of a case to the last claim, in words."""
    return "up to 2 days" if lag <= 2 else "3 to 30 days" if lag <= 30 else "over 30 days"


def count_band(n: int) -> str:
    """Say the number of claims in view in words."""
    return "1" if n == 1 else "2 to 3" if n <= 3 else "4 to 6" if n <= 6 else "7 or more"


def result(rows: list[Scored], library: Library) -> dict[str, Any]:
    """Put the scores together.

    Parameters
    ----------
    rows : list of Scored
        From `masked` or `unseen`.
    library : Library
        For what the cases are.

    Returns
    -------
    dict
        `n_cases`, `coverage`, `log_crps`, `wis`, `median_abs_log_error`, `interval_factor`,
        `baselines`, `paired`, `spread`, `by_confidence`, `by_route`, `by_…`, `vintages`, `pit`,
        `zero`, `cases`.
    """
    kinds = library.cases.set_index("case")
    conflicts = {str(case): str(name) for case, name in kinds["conflict"].items()}
    confidence = {name: library.truth(name).confidence for name in library.ids}
    above, zero = ([row for row in rows if row.zero == flag] for flag in (False, True))

    def split(of: Callable[[Scored], str], among: list[Scored] = above) -> dict[str, Any]:
        groups: dict[str, list[Scored]] = {}
        for row in among:
            groups.setdefault(of(row), []).append(row)
        return {name: _methods(groups[name], conflicts) for name in sorted(groups)}

    own = [row for row in above if row.method == OWN]
    last = [row for row in own if row.last]
    whole = _methods(above, conflicts)
    return whole | {
        "spread": _spreads(above, library, conflicts),
        "by_confidence": split(
            lambda row: "low" if confidence[row.case] == "low" else "high_medium"),
        "by_route": split(lambda row: str(kinds.loc[row.case, "route"] or "unknown")),
        "by_kind": split(lambda row: str(kinds.loc[row.case, "kind"] or "unknown")),
        "by_victim": split(lambda row: str(kinds.loc[row.case, "victim"])),
        "by_relations": split(lambda row: " + ".join(row.relations)),
        "by_claims": split(lambda row: count_band(row.n_claims)),
        "by_lag": split(lambda row: lag_band(row.lag)),
        "by_era": split(lambda row: "before 1946" if row.as_of < "1946" else
                        "1946 to 1999" if row.as_of < "2000" else "2000 and later"),
        "vintages": {"n": len(own)} | {
            band: summary([row for row in own if lag_band(row.lag) == band])
            for band in ("up to 2 days", "3 to 30 days", "over 30 days")},
        "pit": np.histogram([row.pit for row in last], bins=10, range=(0, 1))[0].tolist(),
        "zero": _methods(zero, conflicts) if zero else {"n_cases": 0},
        "cases": [
            {"case": row.case, "median": float(np.exp(row.quantiles["0.5"])),
             "intervals": [{"prob": level,
                            "low": float(np.exp(row.quantiles[f"{round((1 - level) / 2, 4):g}"])),
                            "high": float(np.exp(row.quantiles[f"{round((1 + level) / 2, 4):g}"]))}
                           for level in (0.5, 0.8, 0.9, 0.95)],
             "truth": library.truth(row.case).best, "truth_low": library.truth(row.case).low,
             "truth_high": library.truth(row.case).high, "confidence": confidence[row.case],
             "log_crps": row.log_crps, "inside": row.inside, "n_claims": row.n_claims,
             "relations": list(row.relations), "lag_days": row.lag, "as_of": row.as_of}
            for row in sorted(last, key=lambda row: -row.log_crps)]}
