"""Masked truth: what the tool would have said of each resolved case, and what it was settled at.

The case and all others of its conflict are hidden from the learning; the fit of the case sees its
claims alone. Truths are read here, after the fits, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np
from arviz_stats.base import array

from estimate.data.case import Case
from estimate.data.library import Library, Truth
from estimate.data.problems import EstimateError

from .calibrate import Effort, folds, kept_joint, resolved
from .design import plan
from .evidence import select
from .grid import Floats
from .hyper import NAMES, before, unbiased
from .learned import DEFAULT_ROUTES, History, case_priors
from .packed import deterministics, pack
from .priors import Joint, Priors
from .runner import Runner, Task
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
Tell = Callable[[int, int], None]  # what is done, and what there is in all
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
            if not seen.zero[i] and reading.quantity == case.headline and seen.flow_of[i] < 0]


def point_scores(case: Case, truth: Truth, as_of: date, last: bool) -> list[Scored]:
    """Score the simpler methods: a point's log-CRPS is its absolute error."""
    told = figures(case, as_of)
    if not told:
        return []
    return [score(case, truth, name, np.array([method(told)]), as_of, last)
            for name, method in POINTS.items()]


def fit_case(tell: Tell, case: Case, truth: Truth, joints: Mapping[str, Joint], vintages: bool,
             seed: int) -> list[dict[str, Any]]:
    """Score a case and its earlier states of knowledge, under each prior and simpler method."""
    days = knowledge_days(case)
    scored, looked = [], days if vintages else days[-1:]
    for i, day in enumerate(looked):
        tell(i, len(looked))
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
    return [asdict(row) for row in scored]


def _scored(runner: Runner | None, tasks: Sequence[Task]) -> list[Scored]:
    """Fit and score cases, each by a task."""
    return [Scored(**{**row, "relations": tuple(row["relations"])})
            for rows in (runner or Runner()).run(tasks, "fitting the cases") for row in rows]


def learn(tell: Tell, library: Library, hidden: Sequence[str], zero_mean: bool, effort: Effort
          ) -> dict[str, Any]:
    """Learn from a library without the hidden cases; give the joint prior as plain JSON."""
    known = unbiased() if zero_mean else before()
    return kept_joint(resolved(library).learn(hidden, effort, tell, known).joint)


def comparable(library: Library) -> dict[str, Case]:
    """Cases of a library with a claim that can be compared with the total, by id."""
    cases = {name: library.case(name) for name in library.ids}
    return {name: case for name, case in cases.items() if knowledge_days(case)}


def unseen(library: Library, history: History, *, vintages: bool = True, seed: int = 1,
           allow_seen: bool = False, runner: Runner | None = None) -> list[Scored]:
    """Score the cases of a library that the learned priors never saw.

    A case of a conflict that the priors' library holds is scored with those that left it out.

    Parameters
    ----------
    library : Library
        From `read_library`.
    history : Learned
        From `read_learned`.
    vintages, seed, runner
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
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    return _scored(runner, [
        Task(f"case-{name}", fit_case, (case, library.truth(name),
                                        {OWN: history.joint(conflicts[name])[1]}, vintages, seed))
        for name, case in comparable(library).items()])


def masked(library: Library, *, n_folds: int = N_FOLDS, vintages: bool = True, seed: int = 1,
           runner: Runner | None = None) -> list[Scored]:
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
    runner : Runner, optional
        Who learns and fits; local processes unless told.

    Returns
    -------
    list of Scored
    """
    cases = comparable(library)
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    place = folds({name: conflicts[name] for name in cases}, n_folds)
    hidden = [[name for name in cases if place[name] == fold] for fold in range(n_folds)]
    methods = (OWN, ZERO_MEAN)
    learned = iter((runner or Runner()).run(
        [Task(f"learned-{fold}-{name}", learn, (library, hidden[fold], name == ZERO_MEAN,
                                                replace(LEARNING, seed=seed + fold)))
         for fold in range(n_folds) for name in methods], "learning without each group"))
    joints = [{name: Joint(NAMES, np.array(held["mean"]), np.array(held["covariance"]))
               for name, held in zip(methods, learned, strict=False)} for _ in range(n_folds)]
    return _scored(runner, [
        Task(f"case-{name}", fit_case, (cases[name], library.truth(name), joints[fold], vintages,
                                        seed))
        for fold in range(n_folds) for name in hidden[fold]])
