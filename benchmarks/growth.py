"""How the whole way from files to draws grows with claims, days, sources and series."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .worlds import write_case

BASE = {"claims": 500, "days": 365, "sources": 20, "series": 1}
AXES: dict[str, tuple[int, ...]] = {
    "claims": (50, 500, 5_000, 50_000), "days": (100, 300, 1_000, 3_000),
    "sources": (5, 20, 60, 200), "series": (1, 3, 10, 30)}
OF_SERIES = {"claims": 100}  # claims of each, on the axis of series
WAY = ("read", "plan", "pack", "sampling")
TIMED = 0.5  # CPU seconds in which a gradient is repeated


def sizes(axis: str) -> list[dict[str, int]]:
    """Sizes of the cases along an axis; everything else stays at `BASE`."""
    return [BASE | (OF_SERIES if axis == "series" else {}) | {axis: n} for n in AXES[axis]]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Slope of log cost in log size, by least squares; NaN for fewer than two."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def gradient_ms(memory: Any, n_dim: int, seed: int) -> float:
    """CPU time of one gradient of a density in the kernel's memory, in ms."""
    from estimate.model.packed import evaluate

    x = 0.1 * np.random.default_rng(seed).normal(size=n_dim)
    evaluate(memory, x)
    done, start = 0, time.process_time()
    while time.process_time() - start < TIMED or done < 3:
        evaluate(memory, x)
        done += 1
    return 1e3 * (time.process_time() - start) / done


def run(spec: Mapping[str, Any], say: Any) -> dict[str, Any]:
    """Measure one size.

    Parameters
    ----------
    spec : dict
        `claims`, `days`, `sources`, `series`, `draws`, `tune`, `chains`, `seed`, `limit`.
    say : callable
        Told after each stage.

    Returns
    -------
    dict
        CPU seconds of each stage of `WAY`, `load` (imports, and the kernel's machine code) and
        `cpu` (all), `gradient` (ms), `leapfrogs` a draw, `rhat`, `ess`, `divergences` and `inside`
        of the headline, `memory` (MB).
    """
    from estimate.data.case import read_case
    from estimate.model.design import plan
    from estimate.model.evidence import select
    from estimate.model.fit import LINKED_ACCEPTANCE
    from estimate.model.kernel import c_functions
    from estimate.model.learned import choose_priors
    from estimate.model.linked import link
    from estimate.model.packed import deterministics, pack
    from estimate.model.sampler import AFTER_PILOT, Settings, sample
    from estimate.model.series import choose

    from .variants import Chains, peak, used

    told: dict[str, Any] = {}

    def stage(name: str) -> None:
        nonlocal mark
        now = used()
        told[name] = told.get(name, 0.0) + now - mark
        mark = now
        say({**told, "phase": name, "cpu": now, "memory": peak()})

    settings = Settings(spec["draws"], spec["tune"], spec["chains"], spec["seed"])
    with tempfile.TemporaryDirectory() as folder:
        truth = write_case(Path(folder), *(spec[axis] for axis in AXES), seed=spec["seed"])
        mark = 0.0
        stage("load")
        case = read_case(Path(folder))
    stage("read")
    priors = choose_priors(None, case)
    if linked := spec["series"] > 1:
        designs = choose(case).designs()
        stage("plan")
        whole = link(designs, priors)
        packs, scaled = whole.packs, whole.scaled
        stage("pack")
        memory, n_dim = whole.buffer(), whole.n_dim
    else:
        designs = (plan(select(case, None, ())),)
        stage("plan")
        packs = (pack(designs[0], priors),)
        stage("pack")
        memory, n_dim, scaled = packs[0].buffer(), packs[0].n_dim, packs[0].scaled
    c_functions()
    stage("load")
    gradient = gradient_ms(memory, n_dim, spec["seed"])
    stage("timing")
    points, stats = sample(memory, n_dim, settings,
                           acceptance=LINKED_ACCEPTANCE if linked else AFTER_PILOT,
                           scaled=scaled)
    stage("sampling")
    if linked:
        points = whole.split(points)[0]
    row = designs[0].quantities.index(case.headline)
    last = np.stack([deterministics(packs[0], chain)["cumulative"][:, row, -1] for chain in points])
    account = Chains(last, stats["n_steps"].values, stats["diverging"].values).account()
    return {**told, "cpu": used(), "memory": peak(), "gradient": gradient, "finished": True,
            "used": sum(design.observations.n for design in designs),
            "steps": designs[0].grid.n_steps, "truth": truth,
            "inside": account["low"] <= truth <= account["high"],
            **{key: account[key] for key in ("ess", "rhat", "divergences", "leapfrogs",
                                             "all_leapfrogs")}}
