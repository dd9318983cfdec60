"""Masked truth: what the tool would have said of each resolved case, and what it was settled at.

The case and all others of its conflict are hidden from the learning; the fit of the case sees its
claims alone. Truths are read here, after the fits, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import nutpie
from nutpie.compile_pymc import CompiledPyMCModel

from estimate.data.case import Case
from estimate.data.library import Library, Truth
from estimate.data.problems import EstimateError

from .calibrate import Effort, History, folds
from .design import plan
from .evidence import select
from .grid import Floats
from .hyper import NAMES, unbiased
from .learned import DEFAULT_ROUTES, case_priors
from .library import tell
from .packed import compile_kernel, deterministics
from .priors import Joint, Priors
from .scores import LEVELS, POINTS, Figure, binomial_interval, log_crps, nearest
from .scores import weighted_interval_score as wis

OWN, ZERO_MEAN = "estimate", "zero-mean-bias hierarchical"
N_FOLDS = 5
KEPT = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
SMALL = Effort(draws=600, tune=400, chains=2)  # of the fit of one vintage of one small case
LEARNING = Effort(draws=500, tune=500, chains=2)
MIN_SD = 0.05  # log sd of a claim that states no uncertainty, for the pooling baselines
Progress = Callable[[str, int, int], None]


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
    tree = nutpie.sample(
        CompiledPyMCModel(**kernel.arguments()), draws=effort.draws, tune=effort.tune,
        chains=effort.chains, cores=effort.chains, seed=effort.seed, save_warmup=False,
        progress_bar=False)
    raw = tree["posterior"].to_dataset()
    vector = raw["vector"].values
    if "reported_level" in raw:
        vector = np.concatenate([vector, raw["reported_level"].values[..., None]], axis=-1)
    cumulative = deterministics(kernel.packed, vector.reshape(-1, vector.shape[-1]))["cumulative"]
    place = design.quantities.index(case.headline)
    return np.asarray(np.log(np.maximum(cumulative[:, place, -1], 1e-9)))


@dataclass(frozen=True)
class Scored:
    """One case on one day of knowledge, under one method."""

    case: str
    as_of: str
    method: str
    quantiles: dict[str, float]  # of the log total
    truth: float  # the point of the truth's band that is scored, log
    log_crps: float
    wis: float
    error: float  # log median - log truth
    inside: dict[str, bool]
    pit: float
    n_claims: int
    n_sources: int
    relations: tuple[str, ...]
    lag: int  # days from the case's end to the last claim
    last: bool  # whether all claims were in view


def scored_truth(truth: Truth, value: float) -> float:
    """Log truth to score against: settled, or the nearest point of the band where contested."""
    if truth.confidence == "low":
        return nearest(math.log(max(truth.low, 0.5)), math.log(truth.high), value)
    return math.log(truth.best)


def score(case: Case, truth: Truth, method: str, draws: Floats, as_of: date, last: bool) -> Scored:
    """Score log draws (n,) against a truth above zero."""
    evidence = select(case, as_of)
    middle = float(np.median(draws))
    target = scored_truth(truth, middle)
    quantiles = {f"{q:g}": float(x) for q, x in zip(KEPT, np.quantile(draws, KEPT), strict=True)}
    inside = {}
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        edges = ((math.log(max(truth.low, 0.5)), math.log(truth.high))
                 if truth.confidence == "low" else (target, target))
        inside[f"{level:.0%}".rstrip("%")] = bool(low <= edges[1] and edges[0] <= high)
    used = evidence.used
    sources = case.sources.set_index("id").loc[sorted(set(used["source"]))]
    end = case.end or as_of
    return Scored(
        case.id, as_of.isoformat(), method, quantiles, target, log_crps(draws, target),
        wis(draws, target), middle - target, inside, float((draws < target).mean()), len(used),
        len(sources), tuple(sorted(set(sources["relation"]))), (as_of - end).days, last)


def days_of_knowledge(case: Case) -> list[date]:
    """Days on which a claim was published, from the first that can be compared with the total."""
    days = []
    for day in sorted({stamp.date() for stamp in case.claims["published"]}):
        try:
            select(case, day)
        except EstimateError:
            continue
        days.append(day)
    return days


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
    """Score one case, and its earlier states of knowledge, under each learned prior and baseline."""
    days = days_of_knowledge(case)
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
        Cases with a truth above zero.
    """
    told = tell(library)
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    place = folds({name: conflicts[name] for name in told}, n_folds)
    history = History(told)
    keep = store or (lambda _, make: make())
    out: list[Scored] = []
    for fold in range(n_folds):
        hidden = [name for name in told if place[name] == fold]

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
            held = keep(f"learned-{fold}-{name}", lambda k=known, n=name: learn(k, n))
            joints[name] = Joint(NAMES, np.array(held["mean"]), np.array(held["covariance"]))
        for i, name in enumerate(hidden):
            if progress:
                progress(f"fitting, group {fold + 1} of {n_folds}", i, len(hidden))
            rows = keep(f"case-{name}", lambda n=name, j=joints: [
                asdict(row) for row in fit_case(told[n].case, told[n].truth, j, vintages, seed)])
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
        "median_abs_log_error": float(np.median([abs(row.error) for row in rows])),
        "interval_factor": float(np.exp(np.median(
            [row.quantiles["0.95"] - row.quantiles["0.05"] for row in rows]))),
    } if rows else {"n_cases": 0}


def paired(rows: list[Scored], baseline: list[Scored]) -> dict[str, float]:
    """Mean difference in log-CRPS to a baseline over the same cases, and its standard error."""
    other = {row.case: row.log_crps for row in baseline}
    gaps = np.array([row.log_crps - other[row.case] for row in rows if row.case in other])
    return {"difference": float(gaps.mean()), "se": float(gaps.std(ddof=1) / np.sqrt(len(gaps))),
            "n_cases": len(gaps)}
