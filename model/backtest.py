"""Masked truth: what the tool would have said of each resolved case, and what it was settled at.

The case and all others of its conflict are hidden from the learning; the fit of the case sees its
claims alone. Truths are read here, after the fits, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from arviz_stats.base import array

from estimate.data.case import Case
from estimate.data.library import Library, Truth
from estimate.data.problems import EstimateError

from .calibrate import Effort, Resolved, folds
from .design import plan
from .evidence import select
from .grid import Floats
from .hyper import NAMES, unbiased
from .learned import DEFAULT_ROUTES, History, case_priors
from .library import tell
from .packed import deterministics, pack
from .priors import Joint, Priors
from .sampler import Settings, sample
from .scored import Scored, score
from .scores import OWN, POINTS, ZERO_MEAN, Figure
from .vintages import knowledge_days

N_FOLDS = 5
CODE = 3  # raised when what is kept of a run is no longer what the code would make
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
    packed = pack(design, priors)
    place = design.quantities.index(case.headline)
    draws, longer = np.empty((0, 0)), 1
    for longer in LONGER:
        vector, _ = sample(packed.buffer(), packed.n_dim, Settings(
            effort.draws * longer, effort.tune * longer, effort.chains, effort.seed))
        cumulative = deterministics(packed, vector)["cumulative"][:, :, place, -1]
        draws = np.log(np.maximum(cumulative, 1e-9))
        if float(array_stats.rhat(draws, chain_axis=0, draw_axis=1)) < MAX_RHAT:
            break
    return np.asarray(draws[:, ::longer].reshape(-1))


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
