"""Learn how sources err, from cases whose truth was settled later (docs/method.md, 7)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import nutpie

from estimate.data.library import Library
from estimate.data.problems import EstimateError
from estimate.data.words import EQUIPMENT

from .hyper import NAMES, before
from .learned import ALL, write_learned
from .leaveout import MAX_PARETO_K, THINNED, Deviates, case_evidence, compiled_density, leave_out
from .library import SHARED, Told, build_library, log_truth, owners, stack, tell
from .priors import Floats, Joint
from .runner import Runner, Task
from .taught import Taught

CODE = 2  # raised when what is kept of a run is no longer what the code would make
MAX_DEPTH = 8
MIN_CASES = 10  # fewer teach nothing that the assumptions before looking do not say
HIDDEN = (5.0, 1.0)  # what stands in the place of the log truth and its sd of a case not looked at
REFIT_CHAINS = 2  # without a conflict: half the work of all cases
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Effort:
    """How long to sample: kept and warm-up draws of each chain, chains, seed."""

    draws: int = 1200
    tune: int = 600
    chains: int = 4
    seed: int = 1


@dataclass(frozen=True)
class Learned:
    """What history says, with the account of how it was got.

    Parameters
    ----------
    joint : Joint
        Mean and covariance of `hyper.NAMES`.
    diagnostics : dict
        `max_rhat`, `min_ess`, `divergences`, `mean_leapfrogs`, `n_cases`.
    posterior : dict of str to Floats
        Draws of everything sampled, and of `learned`, each (chains, draws, …).
    """

    joint: Joint
    diagnostics: dict[str, float]
    posterior: Mapping[str, Floats]

    def flat(self, name: str, n: int) -> Floats:
        """Draws of a variable (n, …), chains one after the other, evenly thinned."""
        values = self.posterior[name].reshape(-1, *self.posterior[name].shape[2:])
        return np.asarray(values[np.linspace(0, len(values) - 1, min(n, len(values))).astype(int)])


@dataclass(frozen=True)
class Resolved:
    """The hierarchical model of a library, compiled once for any choice of cases."""

    told: Mapping[str, Told]

    @cached_property
    def _model(self) -> Any:
        return build_library(self.told)

    @cached_property
    def _compiled(self) -> Any:
        return nutpie.compile_pymc_model(self._model)

    def with_figures(self, told: Mapping[str, Told], log_figure: Floats, zero: Floats) -> Resolved:
        """Give other truths and figures to the same cases, without compiling again.

        Parameters
        ----------
        told : mapping of str to Told
            The same cases with other truths.
        log_figure, zero : Floats
            Logarithm of each figure, and 1 where it is zero, in the order of `Stack.arrays` (r,).
        """
        other = Resolved(told)
        other.__dict__["_compiled"] = self._compiled.with_data(log_figure=log_figure, zero=zero)
        return other

    def learn(self, hidden: Collection[str] = (), effort: Effort | None = None,
              progress: Progress | None = None, known: Joint | None = None) -> Learned:
        """Learn from all cases but the hidden ones.

        Neither the claims nor the truth of a hidden case enter the density: its claims weigh
        nothing, and a fixed number stands in the place of its truth.

        Parameters
        ----------
        hidden : collection of str
            Ids of the cases not to be looked at.
        effort : Effort, optional
            How long to sample.
        progress : callable, optional
            Told the draws done and the draws in all.
        known : Joint, optional
            What is assumed before looking; `hyper.before()` unless told.

        Returns
        -------
        Learned
        """
        import arviz

        effort, known = effort or Effort(), known or before()
        seen = np.array([name not in hidden for name in self.told])
        truths = np.array([log_truth(one.truth) if look else HIDDEN
                           for one, look in zip(self.told.values(), seen, strict=True)])
        model = self._compiled.with_data(
            seen=seen.astype(float), log_truth=truths[:, 0], truth_sd=truths[:, 1],
            mean=known.mean, factor=np.linalg.cholesky(known.covariance))

        def watch(chains: list[Any]) -> None:
            if progress:
                done = sum(chain.finished_draws for chain in chains)
                progress(done, effort.chains * (effort.draws + effort.tune))

        sampler = nutpie.sample(
            model, draws=effort.draws, tune=effort.tune, chains=effort.chains,
            cores=min(effort.chains, os.cpu_count() or 1), seed=effort.seed, save_warmup=False,
            progress_bar=False, progress_callback=watch, progress_rate=500, maxdepth=MAX_DEPTH,
            blocking=False)
        try:
            tree = sampler.wait()
        except BaseException:  # Ctrl-C: stop the chains too
            sampler.cancel()
            raise
        posterior = {str(name): np.asarray(values.values, dtype=float)
                     for name, values in tree["posterior"].to_dataset().data_vars.items()}
        draws = posterior["learned"]
        stats = tree["sample_stats"].to_dataset()
        flat = draws.reshape(-1, len(NAMES))
        joint = Joint(NAMES, flat.mean(axis=0), np.cov(flat.T))
        return Learned(joint, {
            "n_cases": int(seen.sum()), "draws": len(flat),
            "max_rhat": max(float(arviz.rhat(draws[..., i])) for i in range(len(NAMES))),
            "min_ess": min(float(arviz.ess(draws[..., i])) for i in range(len(NAMES))),
            "divergences": int(stats["diverging"].sum()),
            "mean_leapfrogs": float(stats["n_steps"].mean()),
        }, posterior)

    def evidence(self, learned: Learned, seed: int, progress: Progress | None = None) -> Floats:
        """Log density of each case's claims in `THINNED` draws of what is learned (c, s)."""
        owner = owners(stack(self.told))
        own = {name: learned.flat(name, THINNED) for name in owner}
        shared = [name for name in SHARED if name in learned.posterior]
        hyper = np.concatenate([
            values if values.ndim == 2 else values[:, None]
            for values in (learned.flat(name, THINNED) for name in shared)], axis=1)
        drawn = Deviates(hyper, {name: values.reshape(len(values), -1)
                                 for name, values in own.items()}, owner)
        return case_evidence(compiled_density(self._model, drawn, shared), drawn,
                             len(self.told), seed, progress)


def folds(told: Mapping[str, str], n: int) -> dict[str, int]:
    """Fold of each case, cases of one conflict together, as even in size as can be.

    Parameters
    ----------
    told : mapping of str to str
        Conflict of each case.
    n : int
        Number of folds.

    Returns
    -------
    dict of str to int
        The same whatever the order of the cases.
    """
    sizes: dict[str, int] = {}
    for conflict in told.values():
        sizes[conflict] = sizes.get(conflict, 0) + 1
    mixed = {name: hashlib.sha256(name.encode()).hexdigest() for name in sizes}
    order = sorted(sizes, key=lambda name: (-sizes[name], mixed[name]))
    filled, place = [0] * n, {}
    for conflict in order:
        place[conflict] = filled.index(min(filled))
        filled[place[conflict]] += sizes[conflict]
    return {case: place[conflict] for case, conflict in told.items()}


def taught(told: Mapping[str, Told], conflicts: Mapping[str, str]) -> dict[str, Taught]:
    """Say of each case what it teaches of, by id; `conflicts` is the conflict of each."""
    return {name: Taught(conflicts[name], one.design.victim, tuple(one.design.relations),
                         one.case.headline in EQUIPMENT) for name, one in told.items()}


def calibrate(library: Library, path: Path, *, effort: Effort | None = None,
              made: date | None = None, runner: Runner | None = None) -> dict[str, Any]:
    """Learn from a library and write the file of learned priors.

    One prior is learned from all cases, and one for each conflict left out, so that no fit of a
    resolved case sees its own truth: by importance weights, and where those are not to be trusted
    (Pareto k above `MAX_PARETO_K`) by sampling again.

    Parameters
    ----------
    library : Library
        From `read_library`.
    path : Path
        File to write.
    effort : Effort, optional
        How long to sample.
    made : date, optional
        Day to record; today unless told.
    runner : Runner, optional
        Who learns; local processes unless told.

    Returns
    -------
    dict
        The provenance that was written.

    Raises
    ------
    EstimateError
        The library has too few cases.
    """
    effort, told = effort or Effort(), tell(library)
    if len(told) < MIN_CASES:
        raise EstimateError(f"a library of {len(told)} usable cases cannot teach {len(NAMES)} "
                            f"parameters; it takes {MIN_CASES}")
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    if ALL in conflicts.values():
        raise EstimateError(f"conflict {ALL!r} of a library: the word stands for all conflicts "
                            "together; give that conflict another name")
    members: dict[str, list[str]] = {}
    for case in told:
        members.setdefault(conflicts[case], []).append(case)
    runner = runner or Runner()
    whole = runner.run([Task("all", learn_all, (library, members, effort))],
                       "learning from all cases")[0]
    found = {ALL: whole} | whole["without"]
    poor = [name for name in members if found[name]["diagnostics"]["pareto_k"] > MAX_PARETO_K]
    found |= zip(poor, runner.run(
        [Task(f"without-{name}", learn_without, (library, members[name], effort))
         for name in poor], "learning without some conflicts"), strict=True)
    provenance = {
        "made": (made or date.today()).isoformat(), "library_sha256": dict(library.sha256),
        "library_fingerprint": library.fingerprint, "effort": asdict(effort),
        "versions": {p: version(p) for p in ("estimate", "pymc", "nutpie", "numpy")},
        "diagnostics": {name: one["diagnostics"] for name, one in found.items()}}
    joints = {name: Joint(NAMES, np.array(one["mean"]), np.array(one["covariance"]))
              for name, one in found.items()}
    write_learned(path, joints, taught(told, conflicts), library.ids, provenance)
    return provenance


def kept_joint(joint: Joint) -> dict[str, Any]:
    """Give a joint prior as plain JSON."""
    return {"mean": joint.mean.tolist(), "covariance": joint.covariance.tolist()}


def learn_without(tell: Progress, library: Library, hidden: Collection[str], effort: Effort
                  ) -> dict[str, Any]:
    """Learn without some cases, by sampling."""
    learned = resolved(library).learn(hidden, replace(effort, chains=REFIT_CHAINS), tell)
    return kept_joint(learned.joint) | {"diagnostics": learned.diagnostics}


def learn_all(tell: Progress, library: Library, members: Mapping[str, Sequence[str]],
              effort: Effort) -> dict[str, Any]:
    """Learn from all cases, and without each conflict by weights."""
    history = resolved(library)
    learned = history.learn((), effort, lambda done, total: tell(done, 2 * total))
    evidence = history.evidence(learned, effort.seed,
                                lambda done, total: tell(total + done, 2 * total))
    draws = learned.flat("learned", THINNED)
    place = {case: i for i, case in enumerate(history.told)}
    without = {}
    for conflict, cases in members.items():
        joint, k = leave_out(draws, evidence[[place[case] for case in cases]].sum(axis=0))
        without[conflict] = kept_joint(joint) | {"diagnostics": {"pareto_k": k}}
    return kept_joint(learned.joint) | {"diagnostics": learned.diagnostics, "without": without}


_compiled: dict[tuple[tuple[str, str], ...], Resolved] = {}  # the one that this process used last


def resolved(library: Library) -> Resolved:
    """Give the model of a library, compiled once in a process."""
    key = tuple(sorted(library.sha256.items()))
    if key not in _compiled:
        _compiled.clear()
        _compiled[key] = Resolved(tell(library))
    return _compiled[key]
