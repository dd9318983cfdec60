"""Simulated libraries of resolved cases: fixed plans, and everything else drawn anew.

Hyperparameters come from `hyper.before()`; each case draws its shared error, what fresh counts
miss, its sources and its truth; `estimate.model.simulate`, which shares no code with the model,
tells the claims. Plans are the same in all libraries, so one compiled model fits them all.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from estimate.data.case import read_case
from estimate.data.library import Truth
from estimate.data.words import ROUTES
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.hyper import NAMES, before, cell
from estimate.model.library import BAND_SDS, STEPS, Told
from estimate.model.priors import Priors
from estimate.model.simulate import (
    ClaimPlan,
    Design,
    SourcePlan,
    World,
    simulate_world,
    write_world,
)

Floats = NDArray[np.float64]
STATED = Priors()
N_CASES, PLAN_SEED = 54, 7  # the seed of the plans alone: never of figures or truths
RELATIONS = {
    "military": ("self", "adversary", "ally", "third_party_state", "independent", "media"),
    "civilian": ("self", "adversary", "ally", "third_party_state", "independent", "media"),
    "disaster": ("self", "third_party_state", "independent", "media"),  # no enemy, no ally
}
DAYS = (1, 1, 1, 2, 4, 9, 30, 120)
WAITS = (0, 0, 1, 2, 4, 8, 20, 60, 400)  # days from the last loss to publication
BOUNDS = {"about": 0.46, "exact": 0.14, "at_least": 0.2, "at_most": 0.07, "range": 0.13}
TRUTH_SDS = (0.02, 0.05, 0.1, 0.2, 0.35)
BY_NAME, TOLL, WEEKLY = 0.5, 0.4, 0.15  # chances of a by-name count, a missing toll, a window
LOG_TOTAL = (math.log(400), 1.5)  # mean and sd of the truths


@dataclass(frozen=True)
class Planned:
    """One case of a simulated library before any number is drawn."""

    name: str
    route: str
    design: Design
    truth_sd: float


def planned(n: int = N_CASES, seed: int = PLAN_SEED) -> list[Planned]:
    """Plan a library: each route with each kind of victim in turn, one quantity a case."""
    rng = np.random.default_rng(seed)
    victims = list(RELATIONS)
    return [Planned(f"case-{i:02d}", list(ROUTES)[i // 3 % 3],
                    _design(rng, victims[i % 3], "casualties" if i % 7 == 3 else "killed"),
                    TRUTH_SDS[i % len(TRUTH_SDS)]) for i in range(n)]


def _design(rng: np.random.Generator, victim: str, quantity: str) -> Design:
    days, killed = int(rng.choice(DAYS)), quantity == "killed"
    sources = []
    for k in range(int(rng.integers(1, 5))):
        relation = str(rng.choice(RELATIONS[victim]))
        named = killed and relation == "independent" and rng.random() < BY_NAME
        sources.append(SourcePlan(f"source_{k}", relation, "", (),
                                  "by_name_count" if named else "official_statement"))
    claims: dict[tuple[str, int, int], ClaimPlan] = {}
    more: list[ClaimPlan] = []
    for k in range(int(rng.integers(max(2, len(sources)), 9))):
        source = sources[k % len(sources)]
        as_of = days - 1 if k == 0 or rng.random() < 0.4 else int(rng.integers(days))
        published = as_of + int(rng.choice(WAITS))
        bound = str(rng.choice(list(BOUNDS), p=list(BOUNDS.values())))
        one = ClaimPlan(source.id, quantity, bound, as_of, published,
                        max(0, as_of - 6) if rng.random() < WEEKLY else 0,
                        float(rng.uniform(0.1, 0.9)) if bound == "range" else 0.0)
        if (source.id, as_of, published) in claims:
            continue
        claims[source.id, as_of, published] = one
        if killed and victim == "disaster" and bound == "about" and rng.random() < TOLL:
            more.append(replace(one, quantity="missing"))
    return Design(days, tuple(sources), (*claims.values(), *more), date(2024, 3, 1), victim,
                  quantity)


def template(plans: list[Planned]) -> dict[str, Told]:
    """Read the plans as cases: figures and truths are placeholders, to be swapped.

    Placeholders are large, distinct and odd, so that no figure has a grain worth the name, none is
    small and none repeats another: the gate's preprocessing stays outside.
    """
    told = {}
    for p in plans:
        world = simulate_world(0, p.design, rounded=False)
        claims = world.claims.copy()
        for i, row in enumerate(p.design.claims):
            centre, half = 1e7 + 1000 * i + 7, math.exp(row.width / 2)
            claims.loc[i, "bound"] = row.bound
            claims.loc[i, ["value", "low", "high"]] = (
                [math.nan, round(centre / half), round(centre * half)] if row.bound == "range"
                else [centre, math.nan, math.nan])
        with tempfile.TemporaryDirectory() as name:
            folder = write_world(World(p.design, claims, world.sources, world.truth), name, p.name)
            toml = folder / "case.toml"
            toml.write_text(f'route = "{p.route}"\n' + toml.read_text())
            case = read_case(Path(folder))
        told[p.name] = Told(case, plan(select(case), case.end, STEPS), settled(1.0, p.truth_sd))
    return told


def settled(best: float, sd: float) -> Truth:
    """Give a truth with a band of so many sds on the log scale."""
    half = math.exp(BAND_SDS / 2 * sd)
    return Truth(best / half, best, best * half, "high", "", "", "")


@dataclass(frozen=True)
class Library:
    """A simulated library: hyperparameters before their forms (h,), worlds, settled truths."""

    learned: Floats
    worlds: dict[str, World]
    truths: dict[str, Truth]


def natural(name: str, y: float) -> float:
    """Give a parameter of a case as the simulator takes it: in its form."""
    family = STATED[name].family
    if family == "lognormal":
        return math.exp(y)
    return 1 / (1 + math.exp(-y)) if family == "logitnormal" else y


def draw_library(seed: int, plans: list[Planned], fixed: Mapping[str, float] | None = None,
                 ) -> Library:
    """Draw a library: hyperparameters, then each case's own parameters, truth and figures.

    Parameters
    ----------
    seed : int
        Same seed and plans: the same library.
    plans : list of Planned
        From `planned`.
    fixed : mapping of str to float, optional
        Hyperparameters, before their forms, to hold at a value.
    """
    rng, known = np.random.default_rng(seed), before()
    y = rng.multivariate_normal(known.mean, known.covariance)
    for name, value in (fixed or {}).items():
        y[NAMES.index(name)] = value
    hyper = dict(zip(NAMES, map(float, y), strict=True))
    shared = {name: natural(name, hyper[name]) for name in NAMES
              if "[" not in name and name != "tau_m0"}
    worlds, truths = {}, {}
    for p in plans:
        told = shared | {
            "log_total": rng.normal(*LOG_TOTAL),
            "kappa": rng.normal(hyper[f"kappa_mean[{p.route}]"],
                                math.exp(hyper[f"tau_kappa[{p.route}]"])),
            "tau_relation": math.exp(hyper[f"tau_relation[{p.route}]"]),
            "tau_source": math.exp(STATED["tau_source"].mean)}
        for relation in sorted({s.relation for s in p.design.sources}):
            name = cell("gamma", relation, p.design.victim)
            told[name] = hyper[name]
            name = cell("m0", relation, p.design.victim)
            told[name] = math.exp(rng.normal(hyper[name], math.exp(hyper["tau_m0"])))
        worlds[p.name] = simulate_world(int(rng.integers(2**31)), p.design, truth=told,
                                        rounded=False)
        seen = math.exp(told["log_total"] + p.truth_sd * rng.normal())
        truths[p.name] = settled(seen, p.truth_sd)
    return Library(y, worlds, truths)


def figures(told: Mapping[str, Told], library: Library) -> tuple[Floats, Floats]:
    """Logarithm of each figure, 0 where it is zero, and 1 where it is zero; in the stack's order.

    Dead and missing of one day are added up, as the gate's reader does.
    """
    centres: list[float] = []
    for name, one in told.items():
        rows = library.worlds[name].claims.set_index("id")
        key = ["source", "from", "as_of", "published"]
        missing = rows[rows["quantity"] == "missing"].set_index(key)["value"].to_dict()
        for claim in one.design.observations.claim:
            row = rows.loc[claim]
            middle = (math.sqrt(row["low"] * row["high"]) if math.isnan(row["value"])
                      else row["value"])
            more = missing.get(tuple(row[key]), 0.0) if row["quantity"] == "killed" else 0.0
            centres.append(middle + more)
    values = np.array(centres)
    zero = values == 0
    return np.log(np.where(zero, 1.0, values)), zero.astype(float)
