"""Learn how sources err, from cases whose truth was settled later (docs/method.md, 6)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import nutpie

from .hyper import NAMES, before
from .library import Told, build_library, log_truth
from .priors import Floats, Joint

MAX_DEPTH = 8
HIDDEN = (5.0, 1.0)  # what stands in the place of the log truth and its sd of a case not looked at
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Effort:
    """How long to sample: kept and warm-up draws of each chain, chains, seed."""

    draws: int = 1000
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
    draws : Floats
        Shape (chains, draws, h).
    """

    joint: Joint
    diagnostics: dict[str, float]
    draws: Floats


@dataclass(frozen=True)
class History:
    """The hierarchical model of a library, compiled once for any choice of cases."""

    told: Mapping[str, Told]

    @cached_property
    def _compiled(self) -> Any:
        return nutpie.compile_pymc_model(build_library(self.told))

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
        draws = np.asarray(tree["posterior"]["learned"].values, dtype=float)
        stats = tree["sample_stats"].to_dataset()
        flat = draws.reshape(-1, len(NAMES))
        joint = Joint(NAMES, flat.mean(axis=0), np.cov(flat.T))
        return Learned(joint, {
            "n_cases": int(seen.sum()), "draws": len(flat),
            "max_rhat": max(float(arviz.rhat(draws[..., i])) for i in range(len(NAMES))),
            "min_ess": min(float(arviz.ess(draws[..., i])) for i in range(len(NAMES))),
            "divergences": int(stats["diverging"].sum()),
            "mean_leapfrogs": float(stats["n_steps"].mean()),
        }, draws)


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
    order = sorted(sizes, key=lambda name: (-sizes[name], hashlib.sha256(name.encode()).hexdigest()))
    filled, place = [0] * n, {}
    for conflict in order:
        place[conflict] = filled.index(min(filled))
        filled[place[conflict]] += sizes[conflict]
    return {case: place[conflict] for case, conflict in told.items()}
