"""Masked truth: what the tool would have said of each resolved case, and what it was settled at.

The case and all others of its conflict are hidden from the learning; the fit of the case sees its
claims alone. Truths are read here, after the fits, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import nutpie
from arviz_stats.base import array
from nutpie.compile_pymc import CompiledPyMCModel

from estimate.data.case import Case
from estimate.data.library import Library, Truth
from estimate.data.problems import EstimateError

from .calibrate import Effort, Resolved, folds
from .design import plan
from .evidence import select
from .grid import Floats
from .hyper import NAMES, unbiased
from .learned import DEFAULT_ROUTES, History, case_priors
from .library import LOWEST, tell
from .packed import compile_kernel, deterministics
from .priors import Joint, Priors
from .scores import (
    LEVELS,
    POINTS,
    Figure,
    along,
    binomial_interval,
    log_crps,
    share_inside,
)
from .scores import weighted_interval_score as wis
from .vintages import knowledge_days

OWN, ZERO_MEAN = "estimate", "zero-mean-bias hierarchical"
N_FOLDS = 5
CODE = 3  # raised when what is kept of a run is no longer what the code would make
KEPT = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
MAX_RHAT, LONGER = 1.02, (1, 4, 16)  # a fit that has not mixed is made again, so many times longer
SMALL = Effort(draws=600, tune=400, chains=2)  # of the fit of one vintage of one small case
LEARNING = Effort(draws=600, tune=500, chains=2)
MIN_SD = 0.05  # log sd of a claim that states no uncertainty, for the pooling baselines
Progress = Callable[[str, int, int], None]
array_stats: Any = array.array_stats  # arviz ships no types


def total_draws(case: Case, priors: Priors, as_of: date | None = None,
                effort: Effort = SMALL) -> Floats:
    """Log of the case's total at its end, given the claims published by a day.

    Parameters
    ----------
    case : Case
        From `read_case`, or a library's.
    priors : Priors
        For it.
    as_of : date, optional
        Last published day that counts.
    effort : Effort
        How long to sample.

    Returns
    -------
    Floats
        Shape (draws,).

    Raises
    ------
    EstimateError
        No claim can be compared with the total yet.
    """
    design = plan(select(case, as_of), case.end)
    kernel = compile_kernel(design, priors)
    place = design.quantities.index(case.headline)
    draws, longer = np.empty((0, 0)), 1
    for longer in LONGER:
        tree = nutpie.sample(
            CompiledPyMCModel(**kernel.arguments()), draws=effort.draws * longer,
            tune=effort.tune * longer, chains=effort.chains, cores=effort.chains, seed=effort.seed,
            save_warmup=False, progress_bar=False, maxdepth=10)
        raw = tree["posterior"].to_dataset()
        vector = raw["vector"].values
        if "reported_level" in raw:
            vector = np.concatenate([vector, raw["reported_level"].values[..., None]], axis=-1)
        cumulative = deterministics(kernel.packed, vector)["cumulative"][:, :, place, -1]
        draws = np.log(np.maximum(cumulative, 1e-9))
        if float(array_stats.rhat(draws, chain_axis=0, draw_axis=1)) < MAX_RHAT:
            break
    return np.asarray(draws[:, ::longer].reshape(-1))


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


def figures(case: Case, as_of: date) -> list[Figure]:
    """Claims about the total as the simpler methods see them; zeros are left out."""
    evidence = select(case, as_of)
    seen = plan(evidence, case.end).observations
    first: dict[int, Any] = {}
    for reading in seen.readings:
        first.setdefault(reading.observation, reading)
    return [Figure(float(seen.log_figure[i]),
                   float(np.hypot(MIN_SD, np.hypot(seen.half_width[i], seen.grain[i] / 3.46))),
                   seen.source[i], int(seen.published[i]))
            for i, reading in first.items()
            if not seen.zero[i] and reading.quantity == case.headline]


def point_scores(case: Case, truth: Truth, as_of: date, last: bool) -> list[Scored]:
    """Score the simpler methods: a point's log-CRPS is its absolute error."""
    told = figures(case, as_of)
    if not told:
        return []
    return [score(case, truth, name, np.array([method(told)]), as_of, last)
            for name, method in POINTS.items()]


def fit_case(case: Case, truth: Truth, joints: Mapping[str, Joint], vintages: bool,
             seed: int) -> list[Scored]:
    """Score a case and its earlier states of knowledge, under each prior and simpler method."""
    days = knowledge_days(case)
    scored = []
    for day in days if vintages else days[-1:]:
        last = day == days[-1]
        for name, joint in joints.items():
            if name != OWN and not last:
                continue
            routes = {case.route: 1.0} if case.route else DEFAULT_ROUTES
            effort = Effort(SMALL.draws, SMALL.tune, SMALL.chains, seed)
            draws = total_draws(case, case_priors(joint, routes, name), day, effort)
            scored.append(score(case, truth, name, draws, day, last))
        if last:
            scored += point_scores(case, truth, day, last)
    return scored


def _rows(*told: Any) -> list[dict[str, Any]]:
    return [asdict(row) for row in fit_case(*told)]


def comparable(library: Library) -> dict[str, Case]:
    """Cases of a library with a claim that can be compared with the total, by id."""
    cases = {name: library.case(name) for name in library.ids}
    return {name: case for name, case in cases.items() if knowledge_days(case)}


def unseen(library: Library, history: History, *, vintages: bool = True, seed: int = 1,
           allow_seen: bool = False, progress: Progress | None = None) -> list[Scored]:
    """Score the cases of a library that the learned priors never saw.

    A case of a conflict that the priors' library holds is scored with those that left it out.

    Parameters
    ----------
    library : Library
        From `read_library`.
    history : Learned
        From `read_learned`.
    vintages, seed, progress
        As for `masked`.
    allow_seen : bool
        Score also cases that the priors were learned from.

    Returns
    -------
    list of Scored

    Raises
    ------
    EstimateError
        A case is in the priors' library.
    """
    seen = sorted(set(library.ids) & set(history.cases))
    if seen and not allow_seen:
        raise EstimateError(
            f"{len(seen)} of {len(library.ids)} cases are in the library that {history.name} was "
            f"learned from ({', '.join(seen[:3])}{' …' if len(seen) > 3 else ''}): their scores "
            "would flatter; leave them out, or tell --allow-seen")
    out, cases = [], comparable(library)
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    for i, (name, case) in enumerate(cases.items()):
        if progress:
            progress("fitting", i, len(cases))
        _, joint = history.joint(conflicts[name])
        out += fit_case(case, library.truth(name), {OWN: joint}, vintages, seed)
    return out


def masked(library: Library, *, n_folds: int = N_FOLDS, vintages: bool = True, seed: int = 1,
           progress: Progress | None = None,
           store: Callable[[str, Callable[[], Any]], Any] | None = None) -> list[Scored]:
    """Score every case of a library with its conflict hidden from the learning.

    Parameters
    ----------
    library : Library
        From `read_library`.
    n_folds : int
        The cases are left out in so many groups, those of one conflict together.
    vintages : bool
        Score each day on which a claim was published, not the last alone.
    seed : int
        Of every random number.
    progress : callable, optional
        Told a step's name, what is done and what there is in all.
    store : callable, optional
        Given a name and a function of no arguments, gives what the function gave last time.

    Returns
    -------
    list of Scored
    """
    told = tell(library)
    cases = comparable(library)
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    place = folds({name: conflicts[name] for name in cases}, n_folds)
    history = Resolved(told)
    keep = store or (lambda _, make: make())
    out: list[Scored] = []
    for fold in range(n_folds):
        hidden = [name for name in cases if place[name] == fold]

        def learn(known: Joint | None, name: str, hidden: list[str] = hidden,
                  fold: int = fold) -> Any:
            def tell_progress(done: int, total: int) -> None:
                if progress:
                    progress(f"learning, group {fold + 1} of {n_folds}, {name}", done, total)

            joint = history.learn(
                hidden, Effort(LEARNING.draws, LEARNING.tune, LEARNING.chains, seed + fold),
                tell_progress, known).joint
            return {"mean": joint.mean.tolist(), "covariance": joint.covariance.tolist()}

        joints = {}
        for name, known in ((OWN, None), (ZERO_MEAN, unbiased())):
            held = keep(f"learned-{fold}-{name}", partial(learn, known, name))
            joints[name] = Joint(NAMES, np.array(held["mean"]), np.array(held["covariance"]))
        for i, name in enumerate(hidden):
            if progress:
                progress(f"fitting, group {fold + 1} of {n_folds}", i, len(hidden))
            rows = keep(f"case-{name}", partial(
                _rows, cases[name], library.truth(name), joints, vintages, seed))
            out += [Scored(**{**row, "relations": tuple(row["relations"])}) for row in rows]
    return out


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


def paired(rows: list[Scored], baseline: list[Scored]) -> dict[str, float | None]:
    """Mean difference in log-CRPS to a baseline over the same cases, and its standard error."""
    other = {row.case: row.log_crps for row in baseline}
    gaps = np.array([row.log_crps - other[row.case] for row in rows if row.case in other])
    if not len(gaps):
        return {"difference": None, "se": None, "n_cases": 0}
    spread = float(gaps.std(ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else None
    return {"difference": float(gaps.mean()), "se": spread, "n_cases": len(gaps)}


def _methods(rows: list[Scored]) -> dict[str, Any]:
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
        "paired": {name: paired(own, found) for name, found in others.items()}}


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
        `baselines`, `paired`, `by_confidence`, `by_route`, `by_…`, `vintages`, `pit`, `zero`,
        `cases`.
    """
    kinds = library.cases.set_index("case")
    confidence = {name: library.truth(name).confidence for name in library.ids}
    above, zero = ([row for row in rows if row.zero == flag] for flag in (False, True))

    def split(of: Callable[[Scored], str], among: list[Scored] = above) -> dict[str, Any]:
        groups: dict[str, list[Scored]] = {}
        for row in among:
            groups.setdefault(of(row), []).append(row)
        return {name: _methods(groups[name]) for name in sorted(groups)}

    own = [row for row in above if row.method == OWN]
    last = [row for row in own if row.last]
    whole = _methods(above)
    return whole | {
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
        "zero": _methods(zero) if zero else {"n_cases": 0},
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
