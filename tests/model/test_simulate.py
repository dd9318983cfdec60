"""The simulator is legal, reproducible, and draws what docs/method.md says."""

from __future__ import annotations

import ast
import json
import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from estimate.data.case import read_case
from estimate.model import simulate
from estimate.model.design import plan as of_case
from estimate.model.evidence import select
from estimate.model.plans import step_lengths, tolls_of
from estimate.model.priors import Priors
from estimate.model.simulate import (
    ActivityPlan,
    ClaimPlan,
    Design,
    SourcePlan,
    random_design,
    simulate_world,
    write_world,
)

START = date(2024, 3, 1)
ONE = (SourcePlan("staff", "adversary"),)
STILL = {  # no scatter but the one under test; every bias but gamma is nought
    "log_total": math.log(1e6), "killed_share": 0.25, "kappa": 0.0, "kappa_deployed": 0.2,
    "gamma[adversary,military]": 0.5, "m0[adversary,military]": 1.0, "sigma": 0.1,
    "sigma_list": 0.05, "nu": 1e6, "false_zero": 1e-9, "stated_reading": 0.7,
    **{f"tau_{k}": 1e-9 for k in ("relation", "family", "source", "killed", "drift", "deployed")}}


def design(*claims: ClaimPlan, days: int = 30, sources: tuple[SourcePlan, ...] = ONE) -> Design:
    """Plan with a closing casualties claim, so that the last day and the parts are settled."""
    last = (ClaimPlan(sources[0].id, "casualties", "exact", days - 1, days + 50),
            ClaimPlan(sources[0].id, "killed", "exact", days - 1, days + 50))
    return Design(days, sources, (*claims, *last), START)


def figures(plan: Design, n: int = 200, **truth: Any) -> tuple[np.ndarray, list]:
    """Log centre of the first claim's figure in `n` worlds, (n,), and the worlds."""
    worlds = [simulate_world(seed, plan, truth={**STILL, **truth}, rounded=False)
              for seed in range(n)]
    rows = [w.claims.iloc[0] for w in worlds]
    centre = [math.sqrt(r["low"] * r["high"]) if r["bound"] == "range" else r["value"]
              for r in rows]
    with np.errstate(divide="ignore"):
        return np.log(np.array(centre)), worlds


def agrees(sample: np.ndarray, mean: float, sd: float | None = None) -> None:
    """Mean (and sd) within four standard errors."""
    n, spread = len(sample), sample.std(ddof=1)
    assert abs(sample.mean() - mean) < 4 * spread / math.sqrt(n) + 1e-9
    if sd is not None:
        kurtosis = ((sample - sample.mean()) ** 4).mean() / spread**4
        assert abs(spread - sd) < 4 * spread * math.sqrt(max(kurtosis - 1, 0.1) / n) / 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("days", [1, 2, 60, 400])
def test_truth_is_coherent(seed: int, days: int) -> None:
    """Counts grow, parts sum, irrecoverable losses never exceed the troops sent."""
    plan = random_design(np.random.default_rng(seed), 14, 40, days)
    paths = {q: np.array(x) for q, x in simulate_world(seed, plan).truth["paths"].items()}
    assert {len(x) for x in paths.values()} == {days}
    for path in paths.values():
        assert np.all(np.diff(path) >= -1e-9 * path[-1])
        assert path[0] >= 0
    parts = sum(paths[q] for q in ("killed", "wounded", "missing", "captured"))
    np.testing.assert_allclose(parts, paths["casualties"], rtol=1e-12)
    if "deployed" in paths:
        lost = paths["casualties"] - paths["wounded"]
        assert np.all(paths["deployed"] >= lost)
        assert np.all(paths["returned"] <= paths["deployed"] - lost + 1e-9)


def test_total_is_the_last_day_and_a_part_may_be_all() -> None:
    """One loss quantity: N is that quantity. Several: N is casualties."""
    several = simulate_world(1, design())
    assert several.truth["paths"]["casualties"][-1] == pytest.approx(several.truth["total"])
    single = simulate_world(1, Design(9, ONE, (ClaimPlan("staff", "wounded", "about", 8, 9),)))
    assert set(single.truth["paths"]) == {"wounded"}
    assert single.truth["paths"]["wounded"][-1] == pytest.approx(single.truth["total"])


def test_same_seed_same_world() -> None:
    """A seed is the world; another seed another."""
    first, again, other = simulate_world(5), simulate_world(5), simulate_world(6)
    assert first.truth == again.truth
    assert first.claims.equals(again.claims)
    assert not first.claims.equals(other.claims)


def test_redraw_keeps_the_plan() -> None:
    """New draws of one design differ in figures alone."""
    plan = random_design(np.random.default_rng(0), 8, 20, 50)
    one, two = (simulate_world(s, plan, rounded=False).claims for s in (1, 2))
    fixed = ["id", "source", "quantity", "from", "as_of", "published", "scope", "ambiguity"]
    assert one[fixed].equals(two[fixed])
    assert not one["value"].equals(two["value"])


def test_told_values_are_kept_and_unknown_ones_refused() -> None:
    """`truth` fixes parameters by the prior's name."""
    assert simulate_world(2, truth={"kappa": 0.4}).truth["parameters"]["kappa"] == 0.4
    with pytest.raises(ValueError, match="kapa"):
        simulate_world(2, truth={"kapa": 0.4})


@pytest.mark.parametrize(("n_sources", "n_claims", "days"), [(0, 9, 9), (33, 9, 9), (3, 0, 9)])
def test_sizes_out_of_reach_are_refused(n_sources: int, n_claims: int, days: int) -> None:
    """A design without sources, claims or days is none."""
    with pytest.raises(ValueError, match="a design needs"):
        random_design(np.random.default_rng(0), n_sources, n_claims, days)


@pytest.mark.parametrize("seed", range(6))
def test_written_world_is_a_legal_case(seed: int, tmp_path) -> None:
    """The gate accepts what is written, and the truth lies beside it."""
    plan = random_design(np.random.default_rng(seed), 32, 60, (1, 40, 300)[seed % 3])
    world = simulate_world(seed, plan)
    case = read_case(write_world(world, tmp_path / "w"))
    assert len(case.claims) == 60
    assert case.start == plan.start
    truth = json.loads((tmp_path / "w" / "truth.json").read_text())
    assert truth["total"] == world.truth["total"]
    stated = world.claims[["value", "low", "high"]].to_numpy()
    assert np.all((stated == np.round(stated)) | np.isnan(stated))


def test_unrounded_figures_survive_the_file(tmp_path) -> None:
    """All digits are written (the gate asks for whole numbers, so it is not asked)."""
    world = simulate_world(3, design(days=20), rounded=False)
    read = pd.read_csv(write_world(world, tmp_path) / "claims.csv", dtype=str)
    np.testing.assert_array_equal(read["value"].astype(float), world.claims["value"])


def test_grid() -> None:
    """Days up to 120 of them, then whole weeks, the last step maybe shorter."""
    assert step_lengths(120).tolist() == [1] * 120
    assert step_lengths(121).tolist() == [7] * 17 + [2]
    assert step_lengths(840).tolist() == [7] * 120
    assert set(step_lengths(841)[:-1]) == {14}
    assert step_lengths(1).tolist() == [1]


def test_priors_are_drawn_as_stated() -> None:
    """Nine draws in ten fall inside the prior's own 90% span."""
    rows, worlds = Priors(), [simulate_world(s, design()) for s in range(200)]
    for name in ("log_total", "kappa", "sigma", "killed_share", "stated_reading", "nu"):
        low, high = rows[name].span
        x = np.array([w.truth["parameters"][name] for w in worlds])
        x = np.exp(x) if rows[name].ratio else x
        assert 0.82 < np.mean((x >= low) & (x <= high)) < 0.97, name


def test_figure_is_mean_times_bias_with_scatter() -> None:
    """Check log y ~ N(log M + b, sigma_s), sigma_s = sigma e^(0.3 zeta)."""
    x, worlds = figures(design(ClaimPlan("staff", "casualties", "exact", 20, 90, 5)))
    mean = [math.log(w.truth["paths"]["casualties"][20] - w.truth["paths"]["casualties"][4])
            for w in worlds]
    agrees(x - mean, 0.5, 0.1 * math.exp(0.09))


def test_maturation_by_steps_of_weeks() -> None:
    """M = sum c o m, with the bar of e^(-d/tau) over the days inside the window (weekly grid)."""
    plan = ClaimPlan("staff", "casualties", "exact", 150, 152, 3)
    truth = {"m0[adversary,military]": 0.4, "maturation_days": 6.0}
    x, worlds = figures(design(plan, days=180), 150, **truth)
    expected = []
    for world in worlds:
        path, edge, total = [0.0, *world.truth["paths"]["casualties"]], 0, 0.0
        for length in step_lengths(180):
            inside = [d for d in range(edge, edge + int(length)) if 3 <= d <= 150]
            if inside:
                bar = np.mean([math.exp(-(152 - d) / 6.0) for d in inside])
                loss = path[edge + int(length)] - path[edge]
                total += loss * len(inside) / length * (1 + (0.4 - 1) * bar)
            edge += int(length)
        expected.append(math.log(total))
    agrees(x - expected, 0.5)


@pytest.mark.parametrize(("bound", "sign", "name"),
                         [("at_least", -1, "hedge_floor"), ("at_most", 1, "hedge_cap")])
def test_hedges(bound: str, sign: int, name: str) -> None:
    """A bound shifts by an exponential of the stated mean."""
    x, _ = figures(design(ClaimPlan("staff", "casualties", bound, 29, 90)), 200, **{name: 0.4})
    mean = math.log(1e6) + 0.5 + sign * 0.4
    agrees(x, mean, math.sqrt(0.4**2 + 0.01 * math.exp(0.18)))


def test_ranges_count_their_width() -> None:
    """Variance gains (lambda log(h/l) / 3.29)^2; ends stand about the centre."""
    plan = ClaimPlan("staff", "casualties", "range", 29, 90, width=1.2)
    x, worlds = figures(design(plan), range_stretch=0.5)
    agrees(x, math.log(1e6) + 0.5, math.sqrt(0.01 * math.exp(0.18) + (1.5 * 1.2 / 3.29) ** 2))
    row = worlds[0].claims.iloc[0]
    assert math.log(row["high"] / row["low"]) == pytest.approx(1.2)


def test_small_counts_and_zeros() -> None:
    """Zeros come with probability p0; the rest has the Poisson term in its variance."""
    truth = {"log_total": math.log(3.0), "gamma[adversary,military]": 0.0, "false_zero": 0.05}
    x, _ = figures(design(ClaimPlan("staff", "casualties", "exact", 29, 90)), 500, **truth)
    scale = math.sqrt(0.01 + 1 / 3.5)
    p = 0.05 + 0.95 / (1 + math.exp((math.log(3) - math.log(0.5)) / (0.55 * scale)))
    zero = np.isneginf(x)
    assert abs(zero.mean() - p) < 4 * math.sqrt(p * (1 - p) / len(x))
    agrees(x[~zero], math.log(3.0), scale)


def test_ambiguous_figures_mean_the_coded_thing_as_often_as_told() -> None:
    """Reading as coded with weight omega; the other quantity else."""
    plan = ClaimPlan("staff", "killed", "exact", 29, 90, ambiguity="killed|casualties")
    x, worlds = figures(design(plan), killed_share_path=1e-9)
    coded = np.array([w.truth["readings"]["c001"] == "killed|casualties" for w in worlds])
    assert abs(coded.mean() - 0.7) < 4 * math.sqrt(0.21 / len(x))
    agrees(x[coded], math.log(0.25e6) + 0.5)
    agrees(x[~coded], math.log(1e6) + 0.5)


def test_windows_may_be_misread() -> None:
    """`week|cumulative`: the window as stated or from the first day."""
    plan = ClaimPlan("staff", "casualties", "exact", 29, 90, 23, ambiguity="week|cumulative")
    x, worlds = figures(design(plan), shape_scale=1e-9)
    coded = np.array([w.truth["readings"]["c001"] == "week|cumulative" for w in worlds])
    agrees(x[coded], math.log(1e6 * 7 / 30) + 0.5)
    agrees(x[~coded], math.log(1e6) + 0.5)


def test_the_upper_end_of_a_mixed_range() -> None:
    """`side|side+others`: the upper end is an upper bound."""
    plan = ClaimPlan("staff", "casualties", "range", 29, 90, width=0.8,
                     ambiguity="side|side+others")
    _, worlds = figures(design(plan), hedge_cap=0.3)
    agrees(np.log([w.claims["high"][0] for w in worlds]), math.log(1e6) + 0.5 + 0.3)


def test_honoured_lists_grow_and_cover_a_share() -> None:
    """Stages are ordered by day; the last is rho K; the step before it a uniform part of it."""
    sources = (SourcePlan("state", "self"), SourcePlan("photos", "independent", "", ("state",)))
    plan = design(ClaimPlan("state", "named_dead", "exact", 25, 90),
                  ClaimPlan("photos", "named_dead", "exact", 10, 90), sources=sources)
    assert plan.honoured() == {"state", "photos"}
    x, worlds = figures(plan, coverage_honoured=0.2)
    last = np.array([w.truth["list"]["25"] for w in worlds])
    killed = np.array([w.truth["paths"]["killed"][25] for w in worlds])
    np.testing.assert_allclose(last, 0.2 * killed, rtol=1e-9)
    agrees(x - np.log(last), 0.0, 0.05)
    agrees(np.array([w.truth["list"]["10"] for w in worlds]) / last, 0.5, math.sqrt(1 / 12))


def test_named_counts_cover_a_share_of_the_killed() -> None:
    """Another source's names: M of the killed times coverage, with its own deviate for a bias."""
    sources = (SourcePlan("project", "independent", method="by_name_count"),)
    plan = design(ClaimPlan("project", "named_dead", "exact", 29, 90), sources=sources)
    x, worlds = figures(plan, 200, coverage_named=0.5, tau_source=0.2,
                        **{"m0[independent,military]": 1.0})
    killed = np.log([0.5 * w.truth["paths"]["killed"][29] for w in worlds])
    agrees(x - killed, 0.0, math.sqrt(0.2**2 + 0.01 * math.exp(0.18)))


def test_builders_share_the_voice_of_their_roots() -> None:
    """beta* = (beta_f + beta_h) / sqrt 2: unit variance, and correlated with the root."""
    sources = (SourcePlan("root", "adversary"), SourcePlan("echo", "adversary", "", ("root",)),
               SourcePlan("echo2", "adversary", "", ("echo",)))
    plan = design(sources=sources)
    assert plan.families()["echo2"] == ("echo2", "echo", "root")
    told = [simulate_world(s, plan, truth={**STILL, "tau_family": 1.0}).truth["bias"]
            for s in range(300)]
    b = np.array([[t[s] - 0.5 for s in ("root", "echo", "echo2")] for t in told])
    for column in b.T:
        agrees(column, 0.0, 1.0)
    assert abs(np.corrcoef(b.T)[0, 1] - 1 / math.sqrt(2)) < 0.12
    assert abs(np.corrcoef(b.T)[0, 2] - 1 / math.sqrt(3)) < 0.16


def test_troops_have_a_bias_of_their_own() -> None:
    """Deployed to a day: D(day), what was there before the first day included."""
    x, worlds = figures(design(ClaimPlan("staff", "deployed", "exact", 12, 13, -15)))
    agrees(x - np.log([w.truth["paths"]["deployed"][12] for w in worlds]), 0.2)


def test_dense_streams_speak_in_flows() -> None:
    """Figures of a dense running total add up what each adds, and never fall."""
    claims = tuple(ClaimPlan("staff", "casualties", "exact", d, d) for d in range(25))
    world = simulate_world(4, Design(25, ONE, claims, START), truth=STILL, rounded=False)
    stated = world.claims["value"].to_numpy()
    flow = np.diff(stated, prepend=0.0)
    true = np.diff(world.truth["paths"]["casualties"], prepend=0.0)
    assert np.all(flow >= 0)
    spoken = flow > 0
    assert abs(np.log(flow[spoken] / true[spoken]).mean() - 0.5) < 0.15


def test_drift_cannot_take_the_level() -> None:
    """Drift of a source with 15 claims averages to nothing over its claims."""
    claims = tuple(ClaimPlan("staff", "casualties", "exact", 29, 30 + 3 * k, k % 2)
                   for k in range(15))
    plan = Design(30, ONE, claims, START)
    worlds = [simulate_world(s, plan, truth={**STILL, "tau_drift": 1.0, "sigma": 1e-4},
                             rounded=False) for s in range(30)]
    x = np.log([w.claims["value"] for w in worlds])
    true = np.log([[w.truth["paths"]["casualties"][29] - (w.truth["paths"]["casualties"][0] if k % 2
                    else 0) for k in range(15)] for w in worlds])
    np.testing.assert_allclose((x - true).mean(1), 0.5, atol=0.01)
    assert (x - true).std(1).mean() > 0.4


def test_silence_and_activity_move_losses_as_in_a_fit(tmp_path: Path) -> None:
    """The pace of each step is what the indicators of the model's own design make of it."""
    claims = (ClaimPlan("staff", "killed", "about", 30, 31),
              ClaimPlan("staff", "killed", "about", 150, 151))
    fires = (ActivityPlan("fires", 3, 20, 4.0), ActivityPlan("fires", 21, 33, 0.0),
             ActivityPlan("fires", 120, 400, 1.0))
    plan = Design(160, ONE, claims, START, activity=fires)
    world = simulate_world(2, plan, truth={**STILL, "shape_scale": 1e-9, "quiet": 2.0})
    design = of_case(select(read_case(write_world(world, tmp_path))))
    assert (design.activity.quiet, design.activity.told) == (True, ("fires",))
    rate = design.grid.lengths * np.exp(
        np.array([2.0, world.truth["activity"]["fires"]]) @ design.activity.rows)
    path = np.cumsum(np.repeat(rate / rate.sum() / design.grid.lengths, design.grid.lengths))
    np.testing.assert_allclose(
        np.array(world.truth["paths"]["killed"]) / world.truth["total"], path[:152], rtol=1e-9)


def test_partial_scopes_are_parts() -> None:
    """A figure of partial scope is a small share of the whole."""
    x, _ = figures(design(ClaimPlan("staff", "casualties", "exact", 29, 90, scope="battle:x")), 300)
    assert np.all(x < math.log(1e6) + 0.5)


def test_dead_and_missing_of_one_day_are_a_toll() -> None:
    """In a disaster their sum has a bias of its own and does not wait for a count."""
    plan = Design(1, (SourcePlan("city", "self"),), tuple(
        ClaimPlan("city", quantity, "about", 0, 0) for quantity in ("killed", "missing")),
        START, "disaster")
    told = {**STILL, "with_missing": 0.3, "gamma[self,disaster]": 0.5, "m0[self,disaster]": 0.2}
    worlds = [simulate_world(seed, plan, truth=told, rounded=False) for seed in range(200)]
    dead, missing = np.array([world.claims["value"] for world in worlds]).T
    agrees(np.log(dead + missing), math.log(1e6) + 0.8, 0.1)
    agrees(dead / (dead + missing), 0.5)
    assert list(worlds[0].truth["paths"]) == ["killed"]
    for victim, headline in (("civilian", "killed"), ("disaster", "casualties")):
        assert not tolls_of(replace(plan, victim=victim, headline=headline))


def test_days_are_written_as_planned() -> None:
    """Offsets become ISO days."""
    row = simulate_world(1, design(ClaimPlan("staff", "killed", "about", 3, 5, 1))).claims.iloc[0]
    assert [row[k] for k in ("from", "as_of", "published")] == [
        (START + timedelta(days=d)).isoformat() for d in (1, 3, 5)]


def test_shares_no_code_with_the_model() -> None:
    """Of this project it imports plans, prior values and tables, nothing else."""
    folder = Path(simulate.__file__).parent
    for name in ("simulate.py", "plans.py", "worlds.py"):
        for node in ast.walk(ast.parse((folder / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.level or "estimate" in str(node.module)):
                assert node.module in {"plans", "priors", "worlds"}, name
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not any(n.startswith(("estimate", "pymc", "pytensor")) for n in names)
