"""Worlds with known truth: draw what happened, then let sources tell it, in plain numpy.

Written from docs/method.md alone. It shares no code with the model that it is used to test; only
the prior values come from `stated.py`. Losses are summed day by day here, step by step there.
`plans.py` says who speaks when; this file draws the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .plans import (
    LOSSES,
    ActivityPlan,
    ClaimPlan,
    Design,
    SourcePlan,
    flows_of,
    random_design,
    step_lengths,
    tolls_of,
)
from .priors import Prior, Priors
from .worlds import CLAIM_COLUMNS, World, claim_row, source_rows, write_world

__all__ = ["ActivityPlan", "ClaimPlan", "Design", "SourcePlan", "World", "random_design",
           "simulate_world", "write_world"]

Floats = NDArray[np.float64]
Table = dict[str, dict[str, float]]
Days = NDArray[np.int64]
TROOPS = ("deployed", "returned")
DRIFTS, Z90 = 15, 1.645
SILENT = 60  # days in a row on which no claim about losses ends
UNSPOKEN = ("with_missing", "quiet", "flow_level")  # drawn where a plan has them, or not at all


class _Draws:
    """Values of the priors, each drawn once, on the natural scale, or as told."""

    def __init__(self, rng: np.random.Generator, priors: Mapping[str, Prior],
                 told: Mapping[str, float]) -> None:
        if unknown := sorted(set(told) - set(priors)):
            raise ValueError(f"truth: no prior is called {', '.join(unknown)}")
        self.rng, self.priors, self.values = rng, priors, dict(told)
        for name in (n for n in priors if "[" not in n and n not in UNSPOKEN):  # cells: when needed
            self(name)

    def __call__(self, name: str) -> float:
        if name not in self.values:
            self.values[name] = self.fresh(name)
        return self.values[name]

    def fresh(self, name: str) -> float:
        prior = self.priors[name]
        if prior.family == "beta":
            return float(self.rng.beta(prior.parameters["a"], prior.parameters["b"]))
        x = self.rng.normal(prior.parameters["mean"], prior.parameters["sd"])
        if prior.family == "lognormal":
            return float(np.exp(x))
        return float(1 / (1 + np.exp(-x))) if prior.family == "logitnormal" else float(x)


def _cosines(steps: int, columns: int) -> Floats:
    """Columns sqrt2 cos(pi k (t - 1/2) / T), k = 1 ..., at most T - 1 of them: (T, K)."""
    k = np.arange(1, min(columns, steps - 1) + 1)
    t = np.arange(1, steps + 1)[:, None]
    return np.asarray(np.sqrt(2) * np.cos(np.pi * k * (t - 0.5) / steps))


def _quiet(design: Design, days: int) -> Floats:
    """1 on days in a long silence among the planned claims about losses, else 0 (days,)."""
    disaster = (design.victim, design.headline) == ("disaster", "killed")
    heard = {*LOSSES, "named_dead"} - ({"missing"} if disaster else set())
    last = sorted({min(c.as_of, days - 1) for c in design.claims
                   if c.scope == "all" and c.as_of >= 0 and c.quantity in heard})
    quiet = np.zeros(days)
    for day, following in zip(last, [*last[1:], days], strict=True):
        if following - day > SILENT:
            quiet[day + 1:following] = 1.0
    return quiet


def _pace(draw: _Draws, design: Design, lengths: Days) -> tuple[Floats, dict[str, float]]:
    """Give what silence and activity add to the log pace of steps (T,), and activity's weights."""
    days = int(lengths.sum())
    step = np.repeat(np.arange(len(lengths)), lengths)
    silent = np.bincount(step, _quiet(design, days)) / lengths
    pace = -draw("quiet") * silent if np.ptp(silent) > 0 else np.zeros(len(lengths))
    weights = {}
    for name in sorted({row.name for row in design.activity}):
        seen = {day: row.value for row in design.activity if row.name == name
                for day in range(max(row.from_day, 0), min(row.to_day, days - 1) + 1)}
        values = list(seen.values())
        if not any(values):
            continue
        little = 0.05 * float(np.mean(values))
        told = np.zeros(len(lengths))
        for t in set(step[list(seen)].tolist()):
            here = [value for day, value in seen.items() if step[day] == t]
            told[t] = math.log((np.mean(here) + little) / (np.mean(values) + little))
        if np.ptp(told) > 1e-12:
            weights[name] = float(draw.rng.uniform())
            pace = pace + weights[name] * told
    return pace, weights


def _share(rng: np.random.Generator, lengths: Days, scale: float, columns: int,
           pace: Floats | float = 0.0) -> Floats:
    """Shares of the steps in a total, (T,), summing to one."""
    basis = _cosines(len(lengths), columns)
    k = np.arange(1, basis.shape[1] + 1)
    weighted = scale / np.sqrt(1 + (k / 3) ** 4) * rng.normal(size=len(k))
    rate = lengths * np.exp(basis @ weighted + pace)
    return np.asarray(rate / rate.sum())


def _what_happened(draw: _Draws, lengths: Days, spoken: set[str], pace: Floats
                   ) -> dict[str, Floats]:
    """Losses of each day by quantity, (days,); for troops the count at each day's end."""
    rng = draw.rng

    def by_day(step: Floats) -> Floats:
        return np.asarray(np.repeat(step / lengths, lengths))

    losses = spoken & set(LOSSES)
    shape = _share(rng, lengths, draw("shape_scale"), 16, pace)
    step = {"casualties": np.exp(draw("log_total")) * shape}
    lost = step["casualties"]
    if len(losses) == 1:
        step = {losses.pop(): lost}
    else:
        slow = _cosines(len(lengths), 3)
        x = rng.normal(size=slow.shape[1]) / np.arange(1, slow.shape[1] + 1)
        share = draw("killed_share")
        odds = np.log(share / (1 - share)) + draw("killed_share_path") * slow @ x
        step["killed"] = lost / (1 + np.exp(-odds))
        ratios = np.exp([0.0, draw("missing_ratio"), draw("captured_ratio")])
        for name, ratio in zip(("wounded", "missing", "captured"), ratios, strict=True):
            step[name] = ratio / ratios.sum() * (lost - step["killed"])
        lost = step["killed"] + step["missing"] + step["captured"]
    daily = {name: by_day(x) for name, x in step.items()}
    if spoken & set(TROOPS):
        kept = np.exp(draw("log_remaining"))
        h0 = 1 / (1 + np.exp(-draw("present_before")))
        grown = np.cumsum(by_day(_share(rng, lengths, draw.fresh("shape_scale"), 6)))
        there = kept * (h0 + (1 - h0) * grown)
        daily["deployed"] = np.cumsum(by_day(lost)) + there
        home = np.cumsum(by_day(_share(rng, lengths, draw.fresh("shape_scale"), 6)))
        daily["returned"] = draw("returned_share") * there * home
    return daily


@dataclass
class _Teller:
    """Hold all that turns a planned claim into the logarithm of a figure."""

    draw: _Draws
    design: Design
    daily: dict[str, Floats]
    bias: Table
    scatter: dict[str, float]
    stages: dict[int, float]
    honoured: frozenset[str]
    by_name: frozenset[str]
    names: dict[str, float]
    tolls: frozenset[ClaimPlan]

    def mean(self, plan: ClaimPlan, quantity: str, first: int) -> float:
        """Return M: what an unbiased source would have stated for the window from `first`."""
        days = len(next(iter(self.daily.values())))
        low, high = max(first, 0), min(plan.as_of, days - 1)
        if quantity in TROOPS:
            before = self.daily[quantity][low - 1] if low > 0 else 0.0
            return float(self.daily[quantity][high] - before)
        losses = self.daily.get(quantity, next(iter(self.daily.values())))  # partial: of any kind
        day = np.arange(low, high + 1)
        if plan in self.tolls:
            return float(losses[day].sum() * math.exp(self.draw("with_missing")))
        relation = next(s.relation for s in self.design.sources if s.id == plan.source)
        fresh = self.draw(f"m0[{relation},{self.design.victim}]")
        wait = np.maximum(plan.published - day, 0) / self.draw("maturation_days")
        return float(losses[day] @ (1 + (fresh - 1) * np.exp(-wait)))

    def level(self, plan: ClaimPlan, quantity: str, first: int, additional: bool) -> float:
        """Return exp(mu): the mean with the source's bias, or the stage of a published list."""
        if quantity == "named_dead" and plan.source in self.honoured:
            before = [x for day, x in self.stages.items() if day < plan.as_of]
            return self.stages[plan.as_of] - (max(before, default=0.0) if additional else 0.0)
        if quantity == "named_dead" or (quantity == "killed" and plan.source in self.by_name):
            own = math.exp(self.names[plan.source]) * self.draw("coverage_named")
            return own * self.mean(plan, "killed", first)
        kind = quantity if quantity in ("killed", *TROOPS) else "loss"
        return self.mean(plan, quantity, first) * math.exp(self.bias[kind][plan.source])

    def tell(self, plan: ClaimPlan, drift: float, previous: int) -> tuple[float, str]:
        """Return the log of the figure's centre (-inf: a zero), and what the speaker meant."""
        rng, omega = self.draw.rng, self.draw("stated_reading")
        quantity, bound, first, additional = plan.quantity, plan.bound, plan.from_day, False
        meant = []
        for word in filter(None, plan.ambiguity.split(";")):
            coded = word == "side|side+others" or rng.random() < omega
            if word == "side|side+others":
                bound = "at_most"
            elif word in ("killed|casualties", "casualties|wounded") and not coded:
                quantity = next(w for w in word.split("|") if w != plan.quantity)
            elif word in ("about|at_least", "at_most|at_least") and not coded:
                bound = next(w for w in word.split("|") if w != plan.bound)
            elif word == "week|cumulative" and not coded:
                first = 0
            elif word == "additional|cumulative":
                additional = coded == (plan.from_day > 0)
                first = previous + 1 if additional else 0
            meant.append(word if coded else f"not {word}")
        level = self.level(plan, quantity, first, additional)
        if plan.scope != "all":
            level *= rng.uniform(0.02, 0.3)
        listed = quantity == "named_dead" and plan.source in self.honoured
        mu = math.log(max(level, 1e-9)) + (drift if quantity in LOSSES else 0.0)
        spread = self.draw("sigma_list") if listed else self.scatter[plan.source]
        variance = spread**2 + 1 / (math.exp(mu) + 0.5)
        if bound == "range":
            variance += ((1 + self.draw("range_stretch")) * plan.width / (2 * Z90)) ** 2
        scale, phi = math.sqrt(variance), self.draw("false_zero")
        none = phi + (1 - phi) / (1 + math.exp(min((mu - math.log(0.5)) / (0.55 * scale), 700.0)))
        if rng.random() < none:
            return -math.inf, ";".join([*meant, "zero"])
        hedge = {"at_least": -1.0, "at_most": 1.0}.get(bound, 0.0)
        if hedge:
            hedge *= rng.exponential(self.draw("hedge_floor" if hedge < 0 else "hedge_cap"))
        return mu + hedge + scale * rng.standard_t(self.draw("nu")), ";".join(meant)


def _biases(draw: _Draws, design: Design, parts: bool) -> tuple[Table, Table]:
    """Return b by kind of quantity and source, and the deviates behind them."""
    rng, families = draw.rng, design.families()
    every = sorted({f for names in families.values() for f in names})
    relation = {r: rng.normal() for r in sorted({s.relation for s in design.sources})}
    beta, psi, troops = ({f: float(rng.normal()) for f in every} for _ in range(3))
    own = {s.id: draw("tau_source") * rng.normal() for s in design.sources}
    bias: Table = {k: {} for k in ("loss", "killed", "deployed", "returned")}
    for s in design.sources:
        names = families[s.id]
        shared = sum(beta[f] for f in names) / math.sqrt(len(names))
        bias["loss"][s.id] = (
            draw("kappa") + draw(f"gamma[{s.relation},{design.victim}]") + own[s.id]
            + draw("tau_relation") * relation[s.relation] + draw("tau_family") * shared)
        extra = draw("tau_killed") * psi[names[0]] if parts else 0.0  # on the share, not the total
        bias["killed"][s.id] = bias["loss"][s.id] + extra
        bias["deployed"][s.id] = draw("kappa_deployed") + draw("tau_deployed") * troops[names[0]]
    bias["returned"] = bias["deployed"]
    return bias, {"own": own, "family": beta, "family_killed": psi, "relation": relation}


def _drifts(draw: _Draws, design: Design) -> dict[int, float]:
    """Slow movement of the bias of sources with many claims, by the claim's place in the plan."""
    moved: dict[int, float] = {}
    for s in design.sources:
        mine = [i for i, c in enumerate(design.claims) if c.source == s.id and c.scope == "all"
                and c.quantity in LOSSES]
        day = np.array([design.claims[i].published for i in mine], dtype=np.float64)
        if len(mine) >= DRIFTS and np.ptp(day) > 0:
            k = np.arange(1, 4)
            wave = np.sqrt(2) * np.cos(np.pi * k * (day[:, None] - day.min()) / np.ptp(day))
            path = (wave - wave.mean(0)) @ (draw.rng.normal(size=3) / k)
            moved.update(zip(mine, draw("tau_drift") * path, strict=True))
    return moved


def simulate_world(seed: int, design: Design | None = None,
                   priors: Mapping[str, Prior] | None = None,
                   truth: Mapping[str, float] | None = None, *, rounded: bool = True) -> World:
    """Draw a world: parameters from the priors, what happened, and every planned figure.

    Parameters
    ----------
    seed : int
        Same seed, design, priors and truth: the same world.
    design : Design, optional
        Who speaks when; default a random one of the bundled case's kind, drawn with the seed.
    priors : mapping of str to Prior, optional
        Default: the built-in table.
    truth : mapping of str to float, optional
        Parameters to hold fixed, by prior name on the natural scale (`{"log_total": log(4000)}`).
    rounded : bool
        Figures rounded as people round them; False: as drawn, to all digits.

    Returns
    -------
    World

    Raises
    ------
    ValueError
        `truth` names no prior.
    """
    rng = np.random.default_rng(seed)
    design = random_design(rng) if design is None else design
    draw = _Draws(rng, Priors() if priors is None else priors, truth or {})
    length = 1 + min(design.days - 1, max(c.published for c in design.claims))
    tolls = tolls_of(design)
    fair = [c for i, c in enumerate(design.claims) if c.scope == "all" and i not in tolls.values()]
    pairs = {w for c in fair for w in c.ambiguity.replace(";", "|").split("|")} & set(LOSSES)
    spoken = {"killed" if c.quantity == "named_dead" else c.quantity for c in fair} | pairs
    pace, weights = _pace(draw, design, step_lengths(length))
    daily = _what_happened(draw, step_lengths(length), spoken, pace)
    bias, deviates = _biases(draw, design, "casualties" in daily and "killed" in daily)
    scatter = {s.id: draw("sigma") * math.exp(0.3 * rng.normal()) for s in design.sources}
    honoured = design.honoured()
    stages: dict[int, float] = {}
    for day in sorted({c.as_of for c in design.claims if c.quantity == "named_dead"
                       and c.source in honoured}, reverse=True):
        size = (draw("coverage_honoured") * daily["killed"][: day + 1].sum() if not stages
                else min(stages.values()) * rng.uniform())
        stages[day] = float(size)
    by_name = frozenset(s.id for s in design.sources if s.method == "by_name_count") - honoured
    teller = _Teller(draw, design, daily, bias, scatter, stages, honoured, by_name,
                     deviates["own"], frozenset(design.claims[i] for i in tolls))
    drifts, flows, rows = _drifts(draw, design), list(flows_of(design)), {}
    readings, added = {}, dict[tuple[str, str, int], dict[int, float]]()
    alone = set(range(len(flows))) - set(tolls.values())

    def put(i: int, figure: float, meant: str) -> None:
        """Write the figure of a claim; of dead and missing together, each their part."""
        share = {i: 1.0}
        if i in tolls:
            share[i] = rng.uniform()
            share[tolls[i]] = 1 - share[i]
        for j, part in share.items():
            rows[j] = claim_row(f"c{j + 1:03d}", design.claims[j], design, part * figure,
                                rng if rounded else None)
            readings[f"c{j + 1:03d}"] = meant

    for i in sorted(alone, key=lambda i: flows[i][0].as_of):
        plan, stream = flows[i]
        earlier = [c.as_of for c in design.claims if c.as_of < plan.as_of
                   and c.source == plan.source and c.quantity == plan.quantity]
        x, meant = teller.tell(plan, drifts.get(i, 0.0), max(earlier, default=-1))
        if stream:
            added.setdefault(stream, {})[i] = math.exp(x)
        else:
            put(i, math.exp(x), meant)
    for each in added.values():  # flows say how a running total grew, its last figure how many
        x, meant = teller.tell(design.claims[list(each)[-1]], 0.0, -1)
        grown = np.cumsum(list(each.values()))
        for i, total in zip(each, math.exp(x) * grown / max(grown[-1], 1e-300), strict=True):
            put(i, float(total), meant)
    paths = {q: x if q in TROOPS else np.cumsum(x) for q, x in daily.items()}
    total = math.exp(draw("log_total"))
    known = {
        "seed": seed, "parameters": dict(sorted(draw.values.items())), "total": total,
        "killed_share": paths["killed"][-1] / total if "killed" in paths else None,
        "paths": {q: x.tolist() for q, x in paths.items()},
        "bias": bias["loss"], "bias_killed": bias["killed"], "bias_deployed": bias["deployed"],
        "deviates": deviates, "activity": weights,
        "list": {str(d): stages[d] for d in sorted(stages)},
        "readings": dict(sorted(readings.items()))}
    table = pd.DataFrame([rows[i] for i in range(len(rows))], columns=CLAIM_COLUMNS)
    return World(design, table, source_rows(design), known)
