"""The benchmarks: one likelihood in both models, kept parts, exponents, the page. No timing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode

from estimate.cli.progress import Steps
from estimate.data.case import read_case
from estimate.model.basis import cosine_basis, damping
from estimate.model.build import build_model
from estimate.model.evidence import select
from estimate.model.layout import lay_out
from estimate.model.plans import ClaimPlan, Design, SourcePlan
from estimate.model.priors import Priors
from estimate.model.simulate import simulate_world, write_world

sys.path.append(str(Path(__file__).parent.parent))
from benchmarks import __main__ as command
from benchmarks import growth, page, random_walk, worlds
from benchmarks.children import Failed, measure
from benchmarks.variants import Chains

DAYS = 40
VOICES = (SourcePlan("staff", "adversary"), SourcePlan("press", "media"),
          SourcePlan("state", "self"))
TOLD = (("staff", "killed", 30, "at_least"), ("press", "casualties", 39, "range"),
        ("press", "wounded", 20, "about"), ("state", "named_dead", 25, "exact"),
        ("staff", "deployed", 35, "about"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    claims = tuple(ClaimPlan(source, quantity, bound, day, day + 2, 0, 0.5 * (bound == "range"))
                   for source, quantity, day, bound in TOLD)
    made = simulate_world(1, Design(DAYS, VOICES, claims), truth={"log_total": np.log(9_000)})
    return select(read_case(write_world(made, tmp_path_factory.mktemp("world"))), None, ())


def told(model: Any, point: Mapping[str, Any], *names: str) -> list[Any]:
    """Evaluate named values and the log density at a point, without compiling."""
    inputs = model.value_vars
    outputs = [model.logp(), *model.replace_rvs_by_values([model[name] for name in names])]
    mode = Mode(linker="py", optimizer=None)
    values = pytensor.function(inputs, outputs, mode=mode, on_unused_input="ignore")(
        *(point[each.name] for each in inputs))
    return list(values)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("level", ["reported", "inside"])
def test_the_walk_has_the_likelihood_of_the_model(world: Any, level: random_walk.Level) -> None:
    """With the same losses, every figure has the same density, and the total the same prior."""
    design, priors = random_walk.daily(world), Priors()
    days = design.grid.n_steps
    layout = lay_out(design, priors, rotated=True)
    x = 0.4 * np.random.default_rng(3).normal(size=layout.size)
    smooth = build_model(design, priors)
    log_total, joint, cumulative = told(smooth, {"vector": x, "reported_level": 0.3},
                                        "log_total", "log_joint", "cumulative")[1:]

    at = layout.starts["shape_z"]
    basis = cosine_basis(days, 16)
    height = basis @ (damping(16) * x[at:at + 16])
    steps = np.diff(height) / random_walk.step_sd(days)  # the scale of the shape is in both
    walked = x.copy()
    walked[at:at + 16] = steps[:16]
    model = random_walk.build_random_walk(design, priors, level)
    point = {"vector": walked, "steps": steps[16:], "reported_level": 0.0}
    at_zero = told(model, point, "log_total")[1]
    point["reported_level"] = float(log_total - at_zero)
    density, same_total, same_joint, same = told(model, point, "log_total", "log_joint",
                                                 "cumulative")
    assert len(steps) == days - 1 == len(design.grid.dates) - 1
    assert same_total == pytest.approx(float(log_total), abs=1e-9)
    np.testing.assert_allclose(same, cumulative, rtol=1e-9)
    np.testing.assert_allclose(same_joint, joint, rtol=1e-9)

    normals = np.concatenate([walked, steps[16:]])
    prior = priors["log_total"]
    before = (-0.5 * normals @ normals - 0.5 * np.log(2 * np.pi) * (len(normals) + 1)
              - 0.5 * ((log_total - prior.mean) / prior.sd) ** 2 - np.log(prior.sd))
    by_claim = np.zeros(design.observations.n)
    np.add.at(by_claim, design.observations.index("observation"), joint)
    assert density == pytest.approx(float(before + by_claim.sum()), rel=1e-9)


def test_a_walk_varies_as_much_as_the_smooth_shape() -> None:
    rng = np.random.default_rng(4)
    for days in (10, 365):
        columns = min(16, days - 1)
        smooth = (rng.normal(size=(4000, columns)) * damping(columns)) @ cosine_basis(days, 16).T
        walk = np.cumsum(rng.normal(size=(4000, days)), axis=1) * random_walk.step_sd(days)
        assert walk.var(axis=1).mean() == pytest.approx(smooth.var(axis=1).mean(), rel=0.08)


@pytest.mark.filterwarnings("ignore")
def test_a_walk_needs_single_days(world: Any) -> None:
    from estimate.model.design import plan

    with pytest.raises(ValueError, match="single days"):
        random_walk.build_random_walk(plan(world, steps=7), Priors())


def test_exponent_of_a_power_is_the_power() -> None:
    sizes = [50, 500, 5_000, 50_000]
    assert growth.exponent(sizes, [3e-4 * n**1.2 for n in sizes]) == pytest.approx(1.2)
    rows = [{"claims": n, "finished": True, "read": n * 1e-3, "plan": n**1.5, "pack": 1.0,
             "sampling": 0.0, "gradient": n**0.5} for n in sizes]
    rows.append({"claims": 500_000, "finished": False})
    found = page.exponents("claims", rows)
    assert found["read"] == pytest.approx(1)
    assert found["plan"] == pytest.approx(1.5)
    assert found["pack"] == pytest.approx(0, abs=1e-12)
    assert found["gradient"] == pytest.approx(0.5)
    assert np.isnan(growth.exponent([500], [1.0]))


def test_invented_cases_are_legal_and_every_claim_speaks(tmp_path: Path) -> None:
    truth = worlds.write_case(tmp_path, claims=60, days=100, sources=7, series=2, seed=1)
    case = read_case(tmp_path)
    assert truth == worlds.TOTAL
    assert len(case.claims) == 120
    assert [each.id for each in case.series] == ["kind_01"]
    evidence = select(case.about("side", "killed"), None, ())
    assert len(evidence.used) == 60
    worlds.write_case(tmp_path / "again", claims=60, days=100, sources=7, series=2, seed=1)
    assert (tmp_path / "again" / "claims.csv").read_bytes() == (
        tmp_path / "claims.csv").read_bytes()


def test_chains_are_cut_to_the_shortest_that_has_draws() -> None:
    rng = np.random.default_rng(5)

    def chain(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return rng.normal(100, 1, n), np.full(n, 7.0), np.zeros(n, bool)

    account = Chains.of([chain(300), chain(200), chain(0)]).account()
    assert (account["chains"], account["draws_kept"]) == (2, 200)
    assert 150 < account["ess"] < 900
    assert account["leapfrogs"] == 7
    assert Chains.of([chain(0)]).account() == {"chains": 0, "draws_kept": 0}


FAST = {"setup": 2.0, "warmup": 1.0, "draws": 3.0, "phase": "end", "cpu": 6.0, "memory": 500.0,
        "ess": 800.0, "rhat": 1.001, "divergences": 0, "leapfrogs": 15.0, "all_leapfrogs": 30_000,
        "low": 500.0, "median": 900.0, "high": 2000.0, "finished": True}


def fake(kind: str, spec: Mapping[str, Any], cold: bool) -> dict[str, Any]:
    """Stand in for a measurement: slow variants are ten times as slow, the walk never ends."""
    if kind == "growth":
        return {"cpu": 9.0, "phase": "sampling", "read": 0.1, "plan": 0.1, "pack": 0.1,
                "sampling": spec["claims"] / 100,
                "gradient": spec["claims"] / 1000, "leapfrogs": 15.0, "memory": 300.0,
                "rhat": 1.0, "ess": 500.0, "divergences": 0, "inside": True, "finished": True}
    if spec["variant"] == "walk":
        return {"phase": "warmup", "cpu": 600.0, "setup": 50.0, "memory": 900.0,
                "finished": False}
    slow = 1 if spec["variant"] == "own" else 10
    return {**FAST, "warmup": 1.0 * slow, "draws": 3.0 * slow}


def arguments(tmp_path: Path, *more: str) -> Any:
    args = command.parser().parse_args(
        ["--state", str(tmp_path / "kept"), "--out", str(tmp_path / "out"), *more])
    args.radford = None
    return args


def test_the_page_says_what_was_kept(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    wanted = list(command.parts(args))
    found = command.measured(wanted, args, Steps(None), fake)
    assert len(found) == len(wanted)
    page.write(args.out, *command.gathered(wanted, found),
               {**vars(args), "about": {}, "wanted": 30})
    text = (args.out / "benchmarks.md").read_text(encoding="utf-8")
    rows = {row[0]: row for line in text.splitlines() if line.startswith("| ")
            for row in [[cell.strip() for cell in line.strip("|").split("|")]]}
    ours, slow = rows[page.NAMES["own"]], rows[page.NAMES["pymc"]]
    assert "23 of 30 lines are measured here" in text
    assert ours[1] == "4.50"  # 2 + 1 + 3 * 400 / 800
    assert (ours[5], slow[5], slow[6]) == ("200", "20.0", "10.0")
    assert ours[10] == "500–2,000"
    (walk,) = (row for name, row in rows.items() if name.startswith(page.NAMES["walk"] + ";"))
    assert walk[0].endswith("not finished after 600 s, in warm-up")
    assert "10.0 times (at least 3 asked): met" in text
    assert "radford-2023, ESS per CPU second against (c) daily random walk, nutpie: – times" in text
    assert "(at most 1.2 asked): met" in text
    for name in ("benchmarks.csv", "benchmarks-growth.csv", "benchmarks.svg", "benchmarks.png"):
        assert (args.out / name).stat().st_size > 500


def test_a_stopped_run_goes_on_and_a_fault_is_told_and_tried_again(tmp_path: Path) -> None:
    args = arguments(tmp_path)
    wanted = list(command.parts(args))
    done: list[str] = []

    def stops(kind: str, spec: Mapping[str, Any], cold: bool) -> dict[str, Any]:
        if len(done) == 3:
            raise KeyboardInterrupt
        if kind == "compare":
            done.append(spec["variant"])
        return fake(kind, spec, cold)

    with pytest.raises(KeyboardInterrupt):
        command.measured(wanted, args, Steps(None), stops)
    assert done == ["own", "nutpie", "pymc"]
    args.page_only = True
    assert set(command.measured(wanted, args, Steps(None), stops)) == {
        f"nk-kursk · {name}" for name in done}
    args.page_only, again = False, []

    def faulty(kind: str, spec: Mapping[str, Any], cold: bool) -> dict[str, Any]:
        again.append(spec.get("variant"))
        if spec.get("variant") == "numpyro":
            raise Failed("no module named numpyro")
        return fake(kind, spec, cold)

    found = command.measured(wanted, args, Steps(None), faulty)
    assert not set(done) & set(again)
    assert found["nk-kursk · numpyro"]["error"] == "no module named numpyro"
    assert len(found) == len(wanted)
    again.clear()
    command.measured(wanted, args, Steps(None), faulty)
    assert again == ["numpyro"]


def test_only_what_is_asked_for_is_measured(tmp_path: Path) -> None:
    args = arguments(tmp_path, "--only", "growth · series", "--only", "nk-kursk · own")
    wanted = list(command.parts(args))
    assert set(command.measured(wanted, args, Steps(None), fake)) == {
        "nk-kursk · own", *(f"growth · series {n}" for n in (1, 3, 10, 30))}


def test_a_fault_in_a_child_is_one_line() -> None:
    with pytest.raises(Failed, match="KeyError: 'limit'"):
        measure("compare", {}, cold=False)
