"""One world of simulation-based calibration: drawn from the priors, fitted, and its truth ranked.

The worlds share one plan, and one compiled model for all their figures (tests/recovery/sbc.py).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from estimate.data.case import read_case

from .design import plan
from .evidence import select
from .fit import Compiled, compile_model
from .grid import Floats
from .plans import ClaimPlan, Design, SourcePlan
from .priors import Priors
from .sampler import Settings
from .simulate import World, simulate_world
from .worlds import write_world

JUDGED = ("total", "killed", "family")  # the other ranked quantities are shown, not judged
KEPT, LEVEL = 99, 0.9  # posterior draws kept, interval
SOURCE, FAMILY = "staff", "east_gov"
RUNS = ({"draws": 1500, "tune": 700}, {"draws": 6000, "tune": 2000})  # the second where ESS is low
MIN_ESS, MAX_RHAT = 400.0, 1.01

SMALL = Design(40, (
    SourcePlan("staff", "adversary", "east_gov"),
    SourcePlan("intel", "adversary", "east_gov", (), "intelligence"),
    SourcePlan("north", "third_party_state", "", ("east_gov",), "intelligence"),
    SourcePlan("island", "third_party_state", "", (), "intelligence"),
    SourcePlan("press", "media", "", (), "estimate"),
    SourcePlan("state", "self"),
), (
    ClaimPlan("staff", "casualties", "about", 10, 11),
    ClaimPlan("staff", "casualties", "at_least", 25, 26),
    ClaimPlan("staff", "killed", "about", 39, 41),
    ClaimPlan("intel", "killed", "exact", 20, 22),
    ClaimPlan("intel", "casualties", "range", 39, 40, width=0.5),
    ClaimPlan("north", "casualties", "about", 38, 42, ambiguity="killed|casualties"),
    ClaimPlan("north", "wounded", "exact", 15, 16),
    ClaimPlan("island", "casualties", "about", 30, 31),
    ClaimPlan("island", "killed", "at_least", 39, 45),
    ClaimPlan("press", "killed", "at_most", 12, 12),
    ClaimPlan("press", "casualties", "about", 35, 36, 29, ambiguity="week|cumulative"),
    ClaimPlan("state", "named_dead", "exact", 20, 21),
    ClaimPlan("state", "named_dead", "exact", 38, 44, ambiguity="additional|cumulative"),
    ClaimPlan("north", "deployed", "about", 37, 38, -10),
))


def compiled_template(design: Design, priors: Priors, seed: int = 0) -> Compiled:
    """Compile the model of a plan once: its figures are placeholders, to be swapped.

    The placeholders are large, distinct and odd, so that no figure has a grain, none is small
    and none repeats another: the gate's preprocessing stays outside.
    """
    world = simulate_world(seed, design, rounded=False)
    claims = world.claims.copy()
    for i, row in enumerate(design.claims):
        centre, half = 1e5 * (1 + i / 64), np.exp(row.width / 2)
        ends = ("", 0.0) if row.bound == "range" else ("value", centre)
        claims.loc[i, ["value", "low", "high"]] = np.nan
        if ends[0]:
            claims.loc[i, "value"] = _odd(centre)
        else:
            claims.loc[i, ["low", "high"]] = [_odd(centre / half), _odd(centre * half)]
        claims.loc[i, "bound"] = row.bound
    with tempfile.TemporaryDirectory() as folder:
        write_world(World(design, claims, world.sources, world.truth), Path(folder))
        case = read_case(folder)
    return compile_model(plan(select(case)), priors)


def _odd(x: float) -> float:
    return float(int(x) // 10 * 10 + 7)


def with_figures(compiled: Compiled, world: World) -> Compiled:
    """Give a compiled template the figures of another world of its plan."""
    claims = world.claims.set_index("id").loc[list(compiled.design.observations.claim)]
    centre = np.where(np.isnan(claims["low"]), claims["value"],
                      np.sqrt(claims["low"] * claims["high"])).astype(float)
    zero = centre == 0
    return compiled.with_data(np.log(np.where(zero, 1.0, centre)), zero.astype(float))


def truths(world: World) -> dict[str, float]:
    """Give the true value of each ranked quantity."""
    truth = world.truth
    parameters = truth["parameters"]
    return {"total": truth["paths"]["casualties"][-1], "killed": truth["paths"]["killed"][-1],
            "family": parameters["tau_family"] * truth["deviates"]["family"][FAMILY],
            "kappa": parameters["kappa"], "bias": truth["bias"][SOURCE],
            "killed_share": truth["killed_share"]}


def posterior(tree: Any, quantities: tuple[str, ...]) -> dict[str, Floats]:
    """Give draws of each ranked quantity (chains, draws)."""
    draws = tree["posterior"].to_dataset()
    counts = {name: draws["cumulative"].values[:, :, i, -1] for i, name in enumerate(quantities)}
    family = draws["tau_family"] * draws["z_family"].sel(family=FAMILY)
    return {"total": counts["casualties"], "killed": counts["killed"], "family": family.values,
            "kappa": draws["kappa"].values, "bias": draws["bias"].sel(source=SOURCE).values,
            "killed_share": counts["killed"] / counts["casualties"]}


@cache
def template() -> Compiled:
    """Compile the model of all worlds, once in a process."""
    return compiled_template(SMALL, Priors())


def one_world(tell: Callable[[int, int], None], seed: int) -> dict[str, Any]:
    """Fit one world and say where its truth lies."""
    import arviz as az

    compiled = template()
    world = simulate_world(seed, SMALL, Priors(), rounded=False)
    truth, start = truths(world), time.perf_counter()
    left = list(RUNS)
    while True:
        run = left.pop(0)
        settings = Settings(chains=2, seed=seed, **run)
        tree = with_figures(compiled, world).sample(settings, tell)
        draws = posterior(tree, compiled.design.quantities)
        ess = min(float(np.asarray(az.ess(draws[k]))) for k in JUDGED)
        rhat = max(float(np.asarray(az.rhat(draws[k]))) for k in JUDGED)
        if not left or (ess >= MIN_ESS and rhat <= MAX_RHAT):
            break
    flat = {k: x.reshape(-1) for k, x in draws.items()}
    thin = np.linspace(0, len(flat["total"]) - 1, KEPT).astype(int)
    low, high = np.quantile(flat["total"], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"seed": seed, "truth": float(truth["total"]), "median": float(np.median(flat["total"])),
            "low": float(low), "high": float(high), "inside": bool(low <= truth["total"] <= high),
            "ranks": {k: int((x[thin] < truth[k]).sum()) for k, x in flat.items()},
            "zeros": int(np.count_nonzero(world.claims["value"] == 0)),
            "ess": round(ess), "rhat": round(rhat, 4),
            "divergences": int(np.count_nonzero(tree["sample_stats"].to_dataset()["diverging"])),
            "draws": run["draws"], "seconds": round(time.perf_counter() - start, 1)}
