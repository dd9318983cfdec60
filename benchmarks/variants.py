"""One case by one sampler: the tool's own, PyMC's, NumPyro's, and the daily random walk.

Each variant runs in a process of its own (`work.py`) and tells as it goes what it has used. CPU
seconds are those of all threads since the process began, so imports and compilation are in them.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from arviz_stats.base import array

from estimate.data.case import Case, read_case
from estimate.model.design import Design, plan
from estimate.model.evidence import select
from estimate.model.fit import compile_model, fit
from estimate.model.learned import choose_priors
from estimate.model.packed import deterministics, pack
from estimate.model.priors import Priors
from estimate.model.sampler import Settings, sample
from estimate.model.series import is_linked, series_of

array_stats: Any = array.array_stats  # arviz ships no types
MAX_DEPTH = 10
BLOCK = 100  # draws of NumPyro between two looks at the clock
Say = Callable[[Mapping[str, Any]], None]


def peak() -> float:
    """Peak memory of this process and its children, in MB."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in whose) / unit


def used() -> float:
    """CPU seconds of this process and its children."""
    mine, children = (resource.getrusage(who)
                      for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


@dataclass
class Clock:
    """CPU seconds by phase: `setup`, `warmup`, `draws`; the first one starts with the process.

    Parameters
    ----------
    limit : float
        CPU seconds after which to stop.
    say : callable
        Told of each phase.
    """

    limit: float
    say: Say
    phase: str = "setup"
    seconds: dict[str, float] = field(default_factory=dict)
    began: float = 0.0
    wall: float = field(default_factory=time.perf_counter)

    def turn(self, phase: str) -> None:
        """End a phase and begin another; beginning the present one again does nothing."""
        if phase == self.phase:
            return
        now = used()
        self.seconds[self.phase] = self.seconds.get(self.phase, 0.0) + now - self.began
        self.phase, self.began = phase, now
        self.say(self.told())

    def move(self, seconds: float, phase: str) -> None:
        """Count seconds of a phase as setup: it compiled before it sampled."""
        self.seconds[phase] -= seconds
        self.seconds["setup"] += seconds

    def over(self) -> bool:
        """Whether the limit is reached."""
        return used() > self.limit

    def told(self) -> dict[str, Any]:
        """Give what was used so far; once sampling has ended, what was used until then."""
        total = used() if self.phase != "end" else sum(self.seconds.values())
        return {"phase": self.phase, "cpu": total, "memory": peak(),
                "wall": time.perf_counter() - self.wall, **self.seconds}


@dataclass(frozen=True)
class Chains:
    """What a sampler gave: draws of the headline (c, d), leapfrogs and divergences of each (c, d).

    The shortest chain that has draws cuts the others.
    """

    headline: np.ndarray
    steps: np.ndarray
    diverging: np.ndarray

    @staticmethod
    def of(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Chains:
        """Put chains together, each (headline, leapfrogs, divergences)."""
        there = [part for part in parts if len(part[0])]
        if not there:
            return Chains(*(np.empty((0, 0)) for _ in range(3)))
        n = min(len(part[0]) for part in there)
        return Chains(*(np.stack([part[i][:n] for part in there]) for i in range(3)))

    def account(self) -> dict[str, Any]:
        """Say whether they can be trusted, and what they say."""
        chains, draws = self.headline.shape
        told: dict[str, Any] = {"chains": chains, "draws_kept": draws}
        if draws < 4:
            return told
        return told | {
            "ess": float(array_stats.ess(self.headline, method="bulk")),
            "rhat": float(array_stats.rhat(self.headline)) if chains > 1 else None,
            "divergences": int(self.diverging.sum()), "leapfrogs": float(self.steps.mean()),
            "all_leapfrogs": float(self.steps.sum()),
            **dict(zip(("low", "median", "high"),
                       np.quantile(self.headline, (0.05, 0.5, 0.95)).tolist(), strict=True))}


@dataclass(frozen=True)
class Work:
    """One case to be sampled."""

    case: Case
    design: Design
    priors: Priors
    settings: Settings
    clock: Clock

    @property
    def headline(self) -> int:
        """Place of the headline's quantity."""
        return self.design.quantities.index(self.case.headline)


def _told(work: Work, points: np.ndarray) -> np.ndarray:
    """Headline of draws of the model's own vector (d, n) by the kernel's forward pass."""
    packed = pack(work.design, work.priors)
    return np.asarray(deterministics(packed, points)["cumulative"][:, work.headline, -1])


def _watch(work: Work) -> Callable[[int, int], None]:
    """Turn to the draws once all chains have warmed up, or would have, were they equally fast."""
    drawn = work.settings.chains * work.settings.draws

    def watch(done: int, total: int) -> None:
        if done >= total - drawn:
            work.clock.turn("draws")

    return watch


def own(work: Work) -> Chains:
    """Sample by the tool's kernel."""
    compiled = compile_model(work.design, work.priors)
    work.clock.turn("warmup")
    packed = compiled.packed
    points, stats = sample(packed.buffer(), packed.n_dim, work.settings, _watch(work),
                           scaled=packed.scaled)
    work.clock.turn("end")
    return Chains.of([(_told(work, x), n, d) for x, n, d in zip(
        points, stats["n_steps"].values, stats["diverging"].values, strict=True)])


def by_pymc(work: Work) -> Chains:
    """Sample the readable model by PyMC's own NUTS, one chain after the other."""
    import pymc

    from estimate.model.build import build_model

    settings, clock = work.settings, work.clock
    points: list[list[np.ndarray]] = [[] for _ in range(settings.chains)]
    counts: list[list[tuple[float, bool]]] = [[] for _ in range(settings.chains)]
    model = build_model(work.design, work.priors)

    def watch(*, draw: Any, **_: Any) -> None:
        clock.turn("warmup" if draw.tuning else "draws")
        if not draw.tuning:
            point, stats = draw.point, draw.stats[0]
            points[draw.chain].append(np.concatenate(
                [np.ravel(point[v.name]) for v in model.value_vars]))
            counts[draw.chain].append((stats["tree_size"], stats["diverging"]))
        share = (draw.chain + 1) / settings.chains
        if used() > clock.limit * share:  # ends this chain alone
            raise KeyboardInterrupt

    with model:
        pymc.sample(  # its own depth limit is MAX_DEPTH too
            settings.draws, tune=settings.tune, chains=settings.chains, cores=1,
            random_seed=settings.seed, nuts_sampler="pymc",
            var_names=[v.name for v in model.free_RVs], progressbar=False,
            compute_convergence_checks=False, callback=watch)
    clock.turn("end")
    return Chains.of([(_told(work, np.array(x)), *np.array(n).T) for x, n in
                      zip(points, counts, strict=True) if x])


def by_numpyro(work: Work) -> Chains:
    """Sample the readable model by NumPyro's NUTS as `pymc.sample` does, in blocks of draws."""
    import jax
    from numpyro.infer import MCMC, NUTS
    from pymc.sampling.jax import get_jaxified_logp

    from estimate.model.build import build_model

    settings, clock = work.settings, work.clock
    model = build_model(work.design, work.priors)
    potential = get_jaxified_logp(model, negative_logp=False)
    mcmc = MCMC(NUTS(potential_fn=potential, max_tree_depth=MAX_DEPTH, target_accept_prob=0.8),
                num_warmup=settings.tune, num_samples=min(BLOCK, settings.draws),
                progress_bar=False)
    rng = np.random.default_rng(settings.seed)
    chains: list[list[tuple[np.ndarray, ...]]] = []
    calls: list[tuple[str, float, float]] = []  # phase, CPU seconds, leapfrogs

    def call(phase: str, sampling: Callable[[], None]) -> dict[str, Any]:
        clock.turn(phase)
        before = used()
        sampling()
        told = {name: np.asarray(x) for name, x in mcmc.get_extra_fields().items()}
        calls.append((phase, used() - before, float(told["num_steps"].sum())))
        return told

    for key in jax.random.split(jax.random.PRNGKey(settings.seed), settings.chains):
        start = [rng.uniform(-1, 1, np.shape(value)) for value in model.initial_point().values()]
        call("warmup", partial(mcmc.warmup, key, init_params=start, collect_warmup=True,
                               extra_fields=("num_steps",)))
        chains.append([])
        while sum(len(block[0]) for block in chains[-1]) < settings.draws:
            told = call("draws", partial(mcmc.run, mcmc.last_state.rng_key,
                                         extra_fields=("num_steps", "diverging")))
            points = np.column_stack([np.reshape(x, (len(x), -1)) for x in mcmc.get_samples()])
            chains[-1].append((points, told["num_steps"], told["diverging"]))
            mcmc.post_warmup_state = mcmc.last_state
            if used() > clock.limit * len(chains) / settings.chains:
                break
        mcmc.post_warmup_state = None
    clock.turn("end")
    first = {phase: next(c for c in calls if c[0] == phase) for phase in ("warmup", "draws")}
    later = [c for c in calls if c[0] == "draws" and c is not first["draws"]]
    if later:
        each = sum(c[1] for c in later) / sum(c[2] for c in later)
        for phase, seconds, steps in first.values():
            clock.move(max(seconds - each * steps, 0.0), phase)
    whole = [tuple(np.concatenate(part) for part in zip(*blocks, strict=True))
             for blocks in chains]
    return Chains.of([(_told(work, points[:settings.draws]), steps[:settings.draws],
                       diverging[:settings.draws]) for points, steps, diverging in whole])


def _by_nutpie(work: Work, model: Any) -> Chains:
    """Sample a PyMC model by nutpie; stopped at the limit, with what there is."""
    import nutpie
    import pymc

    settings, clock = work.settings, work.clock
    with model:
        pymc.Deterministic("headline", model["cumulative"][work.headline, -1])
    compiled = nutpie.compile_pymc_model(model, var_names=["headline"])
    clock.turn("warmup")
    turn = _watch(work)
    sampler = nutpie.sample(
        compiled, draws=settings.draws, tune=settings.tune, chains=settings.chains,
        cores=min(settings.chains, os.cpu_count() or 1), seed=settings.seed, save_warmup=False,
        progress_bar=False, maxdepth=MAX_DEPTH, blocking=False, progress_rate=200,
        progress_callback=lambda chains: turn(
            sum(c.finished_draws for c in chains),
            settings.chains * (settings.draws + settings.tune)))
    tree = None
    while tree is None:
        try:
            tree = sampler.wait(timeout=0.5)
        except TimeoutError:
            if clock.over():
                tree = sampler.abort()
    clock.turn("end")
    if "posterior" not in tree.children:
        return Chains.of([])
    stats = tree["sample_stats"].to_dataset()
    chains = zip(tree["posterior"]["headline"].values, stats["n_steps"].values,
                 stats["diverging"].values, strict=True)
    there = [np.isfinite(headline) for headline in tree["posterior"]["headline"].values]
    return Chains.of([(h[ok], n[ok], d[ok]) for (h, n, d), ok in zip(chains, there, strict=True)])


def by_nutpie(work: Work) -> Chains:
    """Sample the readable model by nutpie."""
    from estimate.model.build import build_model

    return _by_nutpie(work, build_model(work.design, work.priors))


def walk_inside(work: Work) -> Chains:
    """Sample the daily random walk, its level inside the walk, by nutpie."""
    from .random_walk import build_random_walk

    return _by_nutpie(work, build_random_walk(work.design, work.priors, "inside"))


def walk_rotated(work: Work) -> Chains:
    """Sample the daily random walk in the reported level, by nutpie."""
    from .random_walk import build_random_walk

    return _by_nutpie(work, build_random_walk(work.design, work.priors, "reported"))


VARIANTS = {"own": own, "nutpie": by_nutpie, "pymc": by_pymc, "numpyro": by_numpyro,
            "walk": walk_inside, "walk_rotated": walk_rotated}
NAMES = {
    "whole": "estimate, as `estimate fit` runs it",
    "own": "estimate",
    "nutpie": "same PyMC model, nutpie",
    "pymc": "(a) same PyMC model, PyMC's NUTS",
    "numpyro": "(b) same PyMC model, NumPyro's NUTS",
    "walk": "(c) daily random walk, nutpie",
    "walk_rotated": "(c) daily random walk in the reported level, nutpie",
}
WALKS = ("walk", "walk_rotated")


def run(spec: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Run one variant.

    Parameters
    ----------
    spec : dict
        `case` (folder or id), `variant` (of `NAMES`), `draws`, `tune`, `chains`, `seed`, `limit`.
    say : callable
        Told of each phase as it begins.

    Returns
    -------
    dict
        CPU seconds of `setup`, `warmup` and `draws` and in all (`cpu`), `wall`, `memory` (MB),
        `finished`, and what `Chains.account` says.
    """
    clock = Clock(spec["limit"], say)
    where = spec["case"]
    case = read_case(Path(where) if os.sep in where else where)
    if spec["variant"] == "whole":
        return _whole(case, clock)
    if is_linked(case):
        case = case.about(*series_of(case)[0])
    evidence = select(case, None, ())
    if spec["variant"] in WALKS:
        from .random_walk import daily

        design = daily(evidence)
    else:
        design = plan(evidence)
    settings = Settings(spec["draws"], spec["tune"], spec["chains"], spec["seed"])
    work = Work(case, design, choose_priors(None, case), settings, clock)
    chains = VARIANTS[spec["variant"]](work)
    told = clock.told() | chains.account()
    told["finished"] = chains.headline.shape == (settings.chains, settings.draws)
    return told | {"claims": design.observations.n, "steps": design.grid.n_steps}


def _whole(case: Case, clock: Clock) -> dict[str, Any]:
    """Fit all series of a case together, with the settings of `estimate fit`."""
    warm: list[int] = []

    def watch(done: int, total: int) -> None:
        clock.turn("draws" if warm and done >= warm[0] else "warmup")
        if not warm:
            from estimate.model import fit as module

            made = Settings(**(module.LINKED if is_linked(case) else {}))
            warm.append(total - made.chains * made.draws)

    fitted = fit(case, progress=watch)
    clock.turn("end")
    found = fitted.account["diagnostics"]
    last = fitted.cumulative[case.headline][:, -1]
    told = clock.told() | {
        "ess": found["headline_ess"], "rhat": found["max_rhat"], "min_ess": found["min_ess_bulk"],
        "divergences": found["divergences"], "leapfrogs": found["mean_leapfrogs"],
        "all_leapfrogs": found["mean_leapfrogs"] * len(last), "finished": True,
        "chains": fitted.account["chains"], "draws_kept": fitted.account["draws"],
        "series": len(fitted.series),
        "claims": sum(one.design.observations.n for one in fitted.series),
        "steps": fitted.design.grid.n_steps}
    return told | dict(zip(("low", "median", "high"), np.quantile(last, (0.05, 0.5, 0.95)).tolist(),
                           strict=True))
