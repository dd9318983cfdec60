"""The hand-written kernel agrees with the PyMC model that defines it, in every branch."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from estimate.data.case import read_case
from estimate.model import design as of_design
from estimate.model.activity import Activity
from estimate.model.build import build_model, reported_centre
from estimate.model.coordinates import CURVED, POINTS, Coordinates, curvature, learn
from estimate.model.design import Design, plan
from estimate.model.evidence import select
from estimate.model.layout import lay_out
from estimate.model.packed import deterministics, evaluate, pack
from estimate.model.packed import reported_centre as packed_centre
from estimate.model.plans import ActivityPlan, ClaimPlan, SourcePlan, random_design
from estimate.model.plans import Design as Plan
from estimate.model.priors import Priors
from estimate.model.simulate import simulate_world, write_world

START = date(2024, 3, 1)
VOICES = (
    SourcePlan("staff", "adversary", "gov"), SourcePlan("state", "self"),
    SourcePlan("press", "media", "", ("gov",)),
    SourcePlan("names", "independent", "", (), "by_name_count"))
KEPT = ("log_total", "cumulative", "bias", "bias_killed", "log_mean", "scale", "log_joint")


def claim(source: str, quantity: str, as_of: int, bound: str = "about", start: int = 0,
          ambiguity: str = "", late: int = 3) -> ClaimPlan:
    return ClaimPlan(source, quantity, bound, as_of, as_of + late, start,
                     0.5 if bound == "range" else 0.0, ambiguity)


FIRES = (ActivityPlan("fires", 0, 30, 6.0), ActivityPlan("fires", 33, 70, 0.0),
         ActivityPlan("fires", 75, 75, 2.5), ActivityPlan("phase", 2, 90, 1.0),
         ActivityPlan("phase", 91, 300, 0.2))
BOUNDS = tuple(claim("staff", "killed", 9 - i, bound)
               for i, bound in enumerate(("exact", "about", "at_least", "at_most", "range")))
PLANS = {
    "one_quantity": Plan(10, VOICES, BOUNDS, START),
    "one_step": Plan(1, VOICES, (
        claim("staff", "killed", 0), claim("press", "casualties", 0, "range"),
        claim("staff", "wounded", 0), claim("staff", "missing", 0),
        claim("press", "deployed", 0, start=-5), claim("press", "returned", 0),
        claim("state", "named_dead", 0)), START),
    "one_step_one_quantity": Plan(1, VOICES, (claim("staff", "killed", 0),), START),
    "two_steps": Plan(2, VOICES, (
        claim("staff", "killed", 1), claim("press", "casualties", 1, "at_most"),
        claim("press", "returned", 1), claim("staff", "captured", 0)), START),
    "words": Plan(40, VOICES, (
        claim("staff", "killed", 30, ambiguity="killed|casualties;about|at_least"),
        claim("staff", "casualties", 39, ambiguity="casualties|wounded"),
        claim("press", "wounded", 20, ambiguity="casualties|wounded"),
        claim("press", "casualties", 35, "at_most", ambiguity="at_most|at_least"),
        claim("press", "killed", 36, start=30, ambiguity="week|cumulative"),
        claim("staff", "killed", 38, start=31, ambiguity="additional|cumulative"),
        claim("press", "killed", 39, "range", ambiguity="side|side+others"),
        claim("state", "named_dead", 12),
        claim("state", "named_dead", 25, ambiguity="additional|cumulative"),
        claim("state", "named_dead", 37, "at_least", ambiguity="additional|cumulative"),
        claim("names", "named_dead", 22), claim("names", "killed", 33)), START),
    "drift": Plan(60, VOICES, (
        *(claim("staff", "killed", 3 * i + 2, "exact") for i in range(19)),
        *(claim("press", "casualties", 2 * i + 9, "about" if i % 5 == 0 else "exact",
                ambiguity="about|at_least" if i % 5 == 0 else "") for i in range(19))), START),
    "dense": Plan(60, VOICES, (*(claim("staff", "killed", 2 * i + 2, "exact") for i in range(24)),
                               claim("press", "killed", 59)), START),
    "only_names": Plan(12, VOICES, (claim("state", "named_dead", 8),
                                    claim("names", "named_dead", 11)), START),
    "silent": Plan(200, VOICES, (
        claim("staff", "killed", 11), claim("press", "casualties", 100, "range"),
        claim("staff", "killed", 115)), START),
    "silent_and_active": Plan(200, VOICES, (
        claim("staff", "killed", 20), claim("press", "wounded", 160)), START, activity=FIRES),
    "active": Plan(90, VOICES, (*BOUNDS, claim("staff", "killed", 50)), START, activity=FIRES),
    "weeks": random_design(np.random.default_rng(3), 14, 40, 400, ambiguous=0.4),
    "civilians": random_design(np.random.default_rng(4), 9, 30, 30, victim="civilian"),
}


def designed(name: str, folder: Path) -> Design:
    if name == "nk-kursk":
        return plan(select(read_case("nk-kursk"), None, ()))
    world = simulate_world(1, PLANS[name], truth={"log_total": math.log(50_000)})
    return plan(select(read_case(write_world(world, folder)), None, ()))


@pytest.mark.parametrize("name", ["nk-kursk", *PLANS])
@pytest.mark.filterwarnings("ignore")
def test_kernel_is_the_model(name: str, tmp_path: Path) -> None:
    """Value to 1e-9, gradient to 1e-7, what is kept to 1e-9; figures as told and with zeros."""
    priors, rng = Priors(), np.random.default_rng(5)
    design = designed(name, tmp_path)
    packed, model = pack(design, priors), build_model(design, priors)
    assert packed.rotated == ("reported_level" in model.named_vars) == (name != "only_names")
    inputs = model.value_vars
    slopes = pt.concatenate([pt.atleast_1d(g) for g in pt.grad(model.logp(), inputs)])
    kept = model.replace_rvs_by_values([model[n] for n in KEPT])
    told = pytensor.function(inputs, [model.logp(), slopes, *kept],
                             mode=Mode(linker="py", optimizer=None), on_unused_input="ignore")
    zeros = (rng.random(packed.zero.size) < 0.4).astype(float)
    for zero in (packed.zero, zeros):
        model["zero"].set_value(zero)
        swapped = packed.with_data(packed.log_figure, zero)
        for spread in (0.3, 0.8, 1.2):
            x = spread * rng.normal(size=packed.n_dim)
            expected, expected_slopes, *rest = told(*(
                (x[:-1], x[-1]) if packed.rotated else (x,)))
            value, gradient = swapped.log_density(x)
            assert value == pytest.approx(float(expected), rel=1e-9)
            size = np.abs(expected_slopes).max()
            np.testing.assert_allclose(gradient, expected_slopes, rtol=1e-7, atol=1e-9 * size)
            found = deterministics(swapped, np.tile(x, (2, 3, 1)))
            for key, values in zip(KEPT, rest, strict=True):
                for i in np.ndindex(2, 3):
                    np.testing.assert_allclose(found[key][i], values, rtol=1e-9, atol=1e-9)


def test_plans_reach_every_branch(tmp_path: Path) -> None:
    """The designs above hold what they were made for."""
    made = {name: designed(name, tmp_path / name) for name in PLANS}
    assert not made["one_quantity"].multipart
    assert made["one_step"].grid.n_steps == 1
    assert made["two_steps"].grid.n_steps == 2
    assert {"deployed", "returned"} <= set(made["one_step"].quantities)
    assert "press" in made["drift"].observations.drift
    assert max(made["weeks"].grid.lengths) == 7
    told = {name: (one.activity.quiet, one.activity.told) for name, one in made.items()
            if len(one.activity.rows)}
    assert told == {"silent": (True, ()), "silent_and_active": (True, ("fires", "phase")),
                    "active": (False, ("fires",))}
    words = made["words"]
    assert words.has(of_design.HONOURED)
    assert words.has(of_design.NAMED)
    assert (words.observations.index("before_stage") >= 0).sum() == 2
    assert words.observations.index("other").max() == 2
    assert made["dense"].observations.n_totals == 1
    bounds = {r.bound for d in made.values() for r in d.observations.readings}
    assert bounds == {"exact", "about", "at_least", "at_most", "range"}
    for one in made.values():
        assert packed_centre(one) == reported_centre(one)


def test_silence_is_where_no_claim_about_losses_ends(tmp_path: Path) -> None:
    """From the day after one to the day before the next, at least 60 days; parts of steps count."""
    for gap, silent in ((60, True), (59, False)):
        plan_ = Plan(200, VOICES, (
            claim("staff", "killed", 10), claim("press", "deployed", 40),
            claim("state", "named_dead", 11 + gap), claim("staff", "killed", 130),
            claim("staff", "killed", 187, late=12)), START)
        world = simulate_world(1, plan_, truth={"log_total": math.log(50_000)})
        one = plan(select(read_case(write_world(world, tmp_path / str(gap))), None, ()))
        assert one.activity.quiet == silent
        if silent:
            days = np.repeat(-one.activity.rows[0], one.grid.lengths)
            assert days.sum() == pytest.approx(60)
            assert -one.activity.rows[0][[0, 1, 5]] == pytest.approx([0, 3 / 7, 1])


@pytest.mark.parametrize("name", ["silent", "silent_and_active", "active"])
def test_activity_moves_losses_in_time_alone(name: str, tmp_path: Path) -> None:
    """The total is what its own normal says; a weight of nought says nothing."""
    design, priors = designed(name, tmp_path), Priors()
    packed = pack(design, priors, rotated=False)
    layout = lay_out(design, priors, rotated=False)
    names = [block.name for block in layout.blocks]
    assert names.count("quiet") + names.count("activity") == (2 if "and" in name else 1)
    plain = replace(design, activity=Activity(False, (), design.activity.rows[:0]))
    bare = pack(plain, priors, rotated=False)
    first = layout.starts.get("quiet", layout.starts.get("activity"))
    weights = np.arange(first, first + len(design.activity.rows))
    x = np.random.default_rng(9).normal(size=packed.n_dim)
    kept = deterministics(packed, x)
    without = deterministics(bare, np.delete(x, weights))
    total = priors["log_total"]
    assert kept["log_total"] == pytest.approx(total.mean + total.sd * x[0], rel=1e-12)
    assert kept["cumulative"][0, -1] == pytest.approx(without["cumulative"][0, -1], rel=1e-12)
    assert not np.allclose(kept["cumulative"][0], without["cumulative"][0], rtol=1e-2)
    x[weights] = -30.0
    tiny, gradient = packed.log_density(x)
    expected, slopes = bare.log_density(np.delete(x, weights))
    assert tiny + 0.5 * len(weights) * (900 + math.log(2 * math.pi)) == pytest.approx(
        expected, rel=1e-7)
    np.testing.assert_allclose(np.delete(gradient, weights), slopes, rtol=1e-5, atol=1e-5)


def test_units_of_activity_do_not_count(tmp_path: Path) -> None:
    """Twice every value of a name is the same indicator."""
    twice = replace(PLANS["silent_and_active"], activity=tuple(
        replace(row, value=2 * row.value) if row.name == "fires" else row for row in FIRES))
    made = [plan(select(read_case(write_world(
        simulate_world(1, one, truth={"log_total": math.log(50_000)}), tmp_path / str(i)))))
        for i, one in enumerate((PLANS["silent_and_active"], twice))]
    np.testing.assert_allclose(made[0].activity.rows, made[1].activity.rows, rtol=1e-12)
    fires = made[0].activity.rows[1]
    assert fires.max() > 0 > fires.min()
    assert np.count_nonzero(fires == 0) == sum(made[0].grid.first >= made[0].grid.first[0] + 76)


def test_figures_can_be_swapped() -> None:
    packed = pack(designed("nk-kursk", Path()), Priors())
    x = 0.5 * np.random.default_rng(6).normal(size=packed.n_dim)
    louder = packed.with_data(packed.log_figure + 0.1)
    assert packed.log_density(x)[0] != louder.log_density(x)[0]
    assert packed.log_density(x)[0] == packed.with_data(packed.log_figure).log_density(x)[0]
    with pytest.raises(ValueError, match="observations"):
        packed.with_data(np.zeros(3))
    with pytest.raises(ValueError, match="length"):
        packed.log_density(x[1:])


def test_coordinates_change_no_density(tmp_path: Path) -> None:
    """What the sampler sees is the density of the changed vector, with the map's Jacobian."""
    packed = pack(designed("nk-kursk", Path()), Priors())
    memory, random = packed.buffer(), np.random.default_rng(7)
    made = learn(memory, 0.3 * random.normal(size=(20, packed.n_dim)), packed.scaled)
    assert 5 < len(made.by) < packed.n_dim
    assert len(made.bends) > 60
    assert (made.bend_by[:, 0] > 0.1).all()
    u = 0.2 * random.normal(size=packed.n_dim)
    np.testing.assert_allclose(made.of(made.place(u)), u, atol=1e-10)
    value, gradient = evaluate(made.attach(memory), u)
    scales = np.exp(made.bend_by[:, 0] * (made.place(u)[made.bends[:, 1]] - made.bend_by[:, 1]))
    straight = Coordinates(made.by, made.directions, made.bends[:0], made.bend_by[:0])
    np.testing.assert_allclose(  # the map itself, told again
        straight.place(u)[made.bends[:, 0]], made.place(u)[made.bends[:, 0]] * scales)
    density = packed.log_density(made.place(u))[0]
    assert value == pytest.approx(density - np.log(scales).sum(), rel=1e-12)
    for i in np.linspace(0, packed.n_dim - 1, 12).astype(int):
        step = 1e-6 * np.eye(packed.n_dim)[i]
        slope = (evaluate(made.attach(memory), u + step)[0]
                 - evaluate(made.attach(memory), u - step)[0]) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-4)


def test_learned_coordinates_round_a_narrow_posterior() -> None:
    """In them curvature, averaged over the draws they were learned from, is near 1."""
    packed = pack(designed("nk-kursk", Path()), Priors())
    memory = packed.buffer()
    draws = 0.1 * np.random.default_rng(8).normal(size=(POINTS, packed.n_dim))
    made = learn(memory, draws, packed.scaled)
    before = np.linalg.eigvalsh(np.mean([curvature(memory, x) for x in draws], axis=0))
    after = np.linalg.eigvalsh(np.mean(
        [curvature(made.attach(memory), made.of(x)) for x in draws], axis=0))
    assert before.max() > 100
    assert after.max() < CURVED * 1.05


def test_imports_nothing_heavy() -> None:
    """The kernel comes without PyMC, PyTensor and the sampler."""
    code = ("import sys, estimate.model.packed; "
            "print({'pymc', 'pytensor', 'nutpie', 'arviz', 'xarray'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
