"""Learning from resolved cases: one telling with the fit, hidden truths stay hidden, the file."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pymc
import pytest
from pytensor.compile.mode import Mode

from estimate.data.library import Library, read_library
from estimate.data.problems import PriorsError
from estimate.model.calibrate import folds, taught
from estimate.model.hyper import CELLS, NAMES, before, cell, for_case, unbiased
from estimate.model.layout import lay_out
from estimate.model.learned import (
    ALL,
    LENT,
    History,
    case_priors,
    priors_for,
    read_learned,
    write_learned,
)
from estimate.model.library import Told, build_library, log_truth, stack, tell
from estimate.model.packed import deterministics, pack
from estimate.model.priors import Joint, Priors
from estimate.model.taught import Count, Taught, counted

CASES = ("guernica_1937", "sewol_2014", "sixday_isr_aircraft_d1")


@pytest.fixture(scope="module")
def library() -> Library:
    """The library that ships."""
    return read_library()


@pytest.fixture(scope="module")
def told(library: Library) -> dict[str, Told]:
    """Three of its cases, each of one day: a range and a bound, dead plus missing, aircraft."""
    return tell(library, CASES)


def _normals(point: dict[str, Any], told: dict[str, Told], c: int, y: np.ndarray) -> np.ndarray:
    """The vector of one case's own model at a point of the library's model."""
    s, one = stack(told), list(told.values())[c]
    learned = dict(zip(NAMES, y, strict=True))
    route = one.case.route
    mine = np.flatnonzero(s.relation_case == c)
    sources = np.flatnonzero(s.relation_case[s.source_relation] == c)
    voices = one.design.families
    layout = lay_out(one.design, Priors(), rotated=False)
    centre, sd = log_truth(one.truth)
    tau_kappa, tau_relation = (math.exp(learned[name])
                               for name in (f"tau_kappa[{route}]", f"tau_relation[{route}]"))
    only = s.heard[c] == 1
    relation_sd = math.hypot(tau_relation, tau_kappa if only else 0.0)
    kappa = 0.0 if only else point["z_kappa"][np.flatnonzero(s.heard > 1).tolist().index(c)]
    drawn = dict(zip(np.flatnonzero(~s.lone).tolist(), point.get("z_relation", ()), strict=True))
    own_sd = math.hypot(math.exp(learned["tau_family"]), math.exp(Priors()["tau_source"].mean))
    deviate = point["z_source"][sources] * np.hypot(
        own_sd, relation_sd * s.lone[s.source_relation[sources]])
    by_family = {one.design.families[f]: deviate[i]
                 for i, f in enumerate(one.design.family_of)}
    values = {
        "log_total": [centre + sd * point["z_truth"][c]],
        "kappa": [learned[f"kappa_mean[{route}]"]
                  + tau_kappa * kappa],
        "gamma": [learned[cell("gamma", r, one.design.victim)] for r in one.design.relations],
        "m0": [learned[cell("m0", r, one.design.victim)]
               + math.exp(learned["tau_m0"]) * point["z_m0"][k]
               for r, k in zip(one.design.relations, mine, strict=True)],
        "z_relation": [relation_sd / tau_relation * drawn.get(k, 0.0) for k in mine],
        "z_family": [by_family[name] / math.exp(learned["tau_family"]) for name in voices],
        "tau_relation": [learned[f"tau_relation[{route}]"]],
        "tau_source": [Priors()["tau_source"].mean],
        "z_source": np.zeros(len(sources)),
        "z_noise": point["z_noise"][sources],
    }
    out = []
    for block in layout.blocks:
        told_values = values.get(block.name, [learned.get(block.name, 0.0)] * block.size)
        out.append((np.asarray(told_values) - block.mean) / block.sd)
    return np.concatenate(out)


@pytest.mark.filterwarnings("ignore")
def test_history_and_a_fit_tell_a_claim_alike(told: dict[str, Told]) -> None:
    """The density of the claims is that of each case's own fit, at the same parameters."""
    model = build_library(told)
    rng = np.random.default_rng(3)
    point = {v.name: 0.5 * rng.normal(size=model.initial_point()[v.name].shape)
             for v in model.free_RVs}
    (claims,) = (p for p in model.potentials if p.name == "claims")
    with model:
        swapped = model.replace_rvs_by_values([claims])[0]
        density = pymc.pytensorf.compile(
            model.value_vars, swapped, on_unused_input="ignore", mode=Mode("py", None))
    value = float(density(**point))
    known = before()
    y = known.mean + np.linalg.cholesky(known.covariance) @ point["hyper"]
    own = 0.0
    for c, one in enumerate(told.values()):
        assert one.design.grid.n_steps == 1  # no shape: the fit's is finer
        packed = pack(one.design, Priors(), rotated=False)
        own += float(deterministics(packed, _normals(point, told, c, y))["log_joint"].sum())
    assert value == pytest.approx(own, rel=1e-8)


def test_every_usable_case_is_told(library: Library) -> None:
    """Only truths of zero, and cases without a comparable claim, stay out."""
    out = set(library.ids) - set(tell(library))
    assert all(library.truth(name).best == 0 for name in out)


def test_groups_keep_conflicts_whole(library: Library) -> None:
    conflicts = dict(zip(library.cases["case"], library.cases["conflict"], strict=True))
    place = folds(conflicts, 5)
    for conflict in set(conflicts.values()):
        assert len({place[case] for case, own in conflicts.items() if own == conflict}) == 1
    sizes = np.bincount(list(place.values()))
    assert sizes.max() - sizes.min() <= 3


def test_a_new_case_has_the_moments_of_its_route() -> None:
    """κ and log m₀ drawn anew have the mean and variance of draws made one by one."""
    rng, known = np.random.default_rng(1), before()
    weights = {"famous": 0.5, "ordinary": 0.5}
    joint = for_case(known, weights)
    y = rng.multivariate_normal(known.mean, known.covariance, size=200_000)
    route = rng.choice(["famous", "ordinary"], size=len(y))
    at = {name: y[:, i] for i, name in enumerate(NAMES)}
    pick = {name: np.where(route == "famous", at[f"{name}[famous]"], at[f"{name}[ordinary]"])
            for name in ("kappa_mean", "tau_kappa")}
    kappa = pick["kappa_mean"] + np.exp(pick["tau_kappa"]) * rng.normal(size=len(y))
    mean, covariance = joint.part(["kappa", "m0[self,military]"])
    assert mean[0] == pytest.approx(kappa.mean(), abs=0.01)
    assert covariance[0, 0] == pytest.approx(kappa.var(), rel=0.03)
    fresh = at["m0[self,military]"] + np.exp(at["tau_m0"]) * rng.normal(size=len(y))
    assert mean[1] == pytest.approx(fresh.mean(), abs=0.01)
    assert covariance[1, 1] == pytest.approx(fresh.var(), rel=0.03)
    tau, variance = joint.part(["tau_relation"])
    scale = np.where(route == "famous", at["tau_relation[famous]"], at["tau_relation[ordinary]"])
    assert tau[0] == pytest.approx(scale.mean(), abs=0.01)
    assert variance[0, 0] == pytest.approx(scale.var(), rel=0.03)
    assert {"kappa", "m0[self,military]"} <= set(joint.names)


def test_small_cells_lean_on_larger_ones() -> None:
    """Before looking, cells of one relation are correlated more than others."""
    known = before()
    gamma = known.covariance[:len(CELLS), :len(CELLS)]
    place = {pair: i for i, pair in enumerate(CELLS)}
    same = gamma[place["ally", "military"], place["ally", "civilian"]]
    other = gamma[place["ally", "military"], place["media", "civilian"]]
    assert same > other > 0
    held = unbiased()
    assert np.allclose(held.mean[:len(CELLS)], 0)
    assert held.covariance[0, 0] < 1e-6


TAUGHT = {name: Taught(conflict, "military", ("self",), False)
          for name, conflict in (("one", "sinking"), ("two", "ukraine2022"))}


def one_less(history: History) -> History:
    """The same with a prior that left the conflict of moskva_2022 out."""
    return replace(history, joints={**history.joints, "ukraine2022": history.joints[ALL]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of learned priors, as calibrate writes it."""
    path = tmp_path / "learned.json"
    known = before()
    write_learned(path, {ALL: known, "sinking": unbiased()}, TAUGHT,
                  ("moskva_2022",), {"made": "2026-01-01"})
    return path


def test_learned_priors_are_read_as_written(file: Path, library: Library) -> None:
    history = read_learned(file)
    known = before()
    np.testing.assert_allclose(history.joints[ALL].mean, known.mean, rtol=1e-5)
    np.testing.assert_allclose(history.joints[ALL].covariance, known.covariance, atol=1e-4)
    assert history.joint("sinking")[0] == "sinking"
    assert history.joint("another war")[0] == ALL
    priors = priors_for(library.case("moskva_2022"), history)
    assert priors.joint is not None
    assert "kappa" in priors.joint.names
    assert priors["gamma[self,military]"].why == "2 resolved cases of this kind"
    assert priors["m0[media,military]"].why == LENT
    assert priors_for(library.case("moskva_2022"), one_less(history))["m0[self,military]"].why == (
        "1 resolved case of this kind")
    assert "route famous 100%" in priors.source


@pytest.mark.parametrize(("change", "word"), [
    (lambda text: text[: len(text) // 2], "not a whole JSON"),
    (lambda text: text.replace('"schema": 4', '"schema": 2'), "another version"),
    (lambda text: text.replace('"equipment": false', '"equipment": true'),
     "was changed"),
    (lambda text: text.replace('"kind": "learned"', '"kind": "guess"'), "no file of learned"),
])
def test_a_spoilt_file_is_refused_with_the_mend(file: Path, change: Any, word: str) -> None:
    file.write_text(change(file.read_text()))
    with pytest.raises(PriorsError, match=word) as found:
        read_learned(file)
    assert "estimate calibrate" in str(found.value)


def test_a_file_that_lacks_a_part_is_refused(file: Path) -> None:
    content = json.loads(file.read_text())
    del content["joints"]
    text = {key: value for key, value in content.items() if key != "sha256"}
    content["sha256"] = hashlib.sha256(json.dumps(
        text, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    file.write_text(json.dumps(content))
    with pytest.raises(PriorsError, match="joints"):
        read_learned(file)


def test_joint_priors_keep_their_margins() -> None:
    """What is laid out for a case has the covariance that was learned."""
    learned = before()
    priors = case_priors(learned, {"famous": 1.0}, "test")
    one = next(iter(tell(read_library(), ("moskva_2022",)).values()))
    layout = lay_out(one.design, priors, rotated=False)
    x = np.random.default_rng(0).normal(size=(100_000, layout.size))
    y = layout.unconstrained(x)
    names = [name for block in layout.blocks for name in (block.priors or [""] * block.size)]
    pair = [names.index(cell("gamma", r, "military")) for r in one.design.relations[:2]]
    assert isinstance(priors.joint, Joint)
    _, covariance = priors.joint.part([names[i] for i in pair])
    np.testing.assert_allclose(np.cov(y[:, pair].T), covariance, atol=0.02)


def test_cells_know_their_cases(told: dict[str, Told]) -> None:
    found = taught(told, {name: name for name in told} | {"sewol_2014": "another"})
    counts = counted(found.values())
    assert counts["gamma[self,disaster]"].n == 1
    assert "gamma[self,disaster]" not in counted(found.values(), "another")


def test_equipment_is_counted_apart() -> None:
    ships = {name: Taught("war", "military", ("self", "media"), name > "c") for name in "abcde"}
    count = counted([*ships.values(), Taught("x", "military", ("media",), False)])
    assert count["gamma[media,military]"] == Count(6, 2)
    assert counted(ships.values(), "war") == {}
