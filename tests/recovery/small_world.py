"""The small world of the calibration runs: one plan, and one compiled model for all its figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from estimate.data.case import read_case
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.fit import Compiled, compile_model
from estimate.model.priors import Priors
from estimate.model.simulate import (
    ClaimPlan,
    Design,
    SourcePlan,
    World,
    simulate_world,
    write_world,
)

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
