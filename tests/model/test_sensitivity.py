"""Fits under other assumptions change what they say they change, and nothing else."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from estimate.data.case import read_case
from estimate.model import sensitivity
from estimate.model.fit import fit
from estimate.model.layout import lay_out
from estimate.model.learned import choose_priors, read_learned
from estimate.model.power import moments, restated
from estimate.model.result import Fit
from estimate.model.sampler import Settings
from estimate.model.sensitivity import imputations, recode, refitted, scaled_refit

LEARNED = Path(__file__).parents[2] / "data" / "priors" / "learned.json"
LONG = Settings(draws=2000, tune=500, chains=2, seed=3)
SURE = {"draws": 5000, "tune": 500, "chains": 4}
# Relative. The case is skewed upwards: at half the weight (Pareto k near 0.5) its upper end is seen
# to differ by up to 10 % either way, the lower end and the median by no more than 1.4 %.
CLOSE = {"low": 0.04, "median": 0.04, "high": 0.16}
WITHIN = 0.08  # relative: 3 Monte Carlo errors of a median of 800 effective draws, log sd 0.6


def test_recoding_changes_only_relations(tiny_case: Path) -> None:
    case = read_case(tiny_case)
    other = recode(case)
    assert other is not None
    assert other.relation("green") == "adversary"
    changed = case.sources["relation"] == "third_party_state"
    assert changed.sum() == 1
    pd.testing.assert_frame_equal(other.claims, case.claims)
    pd.testing.assert_frame_equal(other.sources.drop(columns="relation"),
                                  case.sources.drop(columns="relation"))
    assert (other.sources["relation"] == case.sources["relation"])[~changed].all()
    assert recode(other) is None


def test_recoding_reads_the_relation_to_each_side(tiny_case: Path) -> None:
    case = read_case(tiny_case)
    told = case.sources.assign(relation="red:third_party_state")
    other = recode(SimpleNamespace(sources=told, files=case.files))  # type: ignore[arg-type]
    assert other is not None
    assert set(other.sources["relation"]) == {"red:adversary"}


def test_imputations_have_the_mean_and_spread_of_the_priors(tiny_fit: Fit) -> None:
    case = tiny_fit.case
    priors = choose_priors(LEARNED, case)
    learned = Fit(case, tiny_fit.as_of, priors, tiny_fit.account, tiny_fit.tree)
    for whole in (tiny_fit, learned):
        drawn = imputations(whole)
        values = np.array([each["kappa"].mean for each in drawn])
        prior = whole.priors["kappa"]
        assert values.mean() == pytest.approx(prior.mean, abs=0.1 * prior.sd)
        assert values.std() == pytest.approx(prior.sd, rel=0.15)
        layout = lay_out(whole.design, drawn[0], rotated=True)
        held = layout.starts["kappa"]
        x = np.random.default_rng(0).normal(size=(100, layout.size))
        assert layout.unconstrained(x)[:, held].std() < 2 * sensitivity.HELD_SD
        assert drawn[0]["log_total"] == whole.priors["log_total"]


def test_refits_tell_all_that_was_asked(tiny_fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a change out of reach of weights, on few draws."""
    short: dict[str, Any] = {"draws": 100, "tune": 100, "chains": 2}
    monkeypatch.setattr(sensitivity, "ALONE", short)
    monkeypatch.setattr(sensitivity, "IMPUTED", short)
    monkeypatch.setattr(sensitivity, "IMPUTATIONS", 3)
    power = [{"component": "gamma", "psense": 0.2, "pareto_k": 0.5, "scaled": [
        {"power": 0.5, "pareto_k": 0.9, "by": None},
        {"power": 2.0, "pareto_k": 0.1, "by": "weights", "median": 1.0, "low": 1.0, "high": 1.0}]}]
    asked = Fit(tiny_fit.case, tiny_fit.as_of, tiny_fit.priors,
                tiny_fit.account | {"sensitivity": {"power": power}}, tiny_fit.tree)
    seen: list[tuple[int, int]] = []
    found = refitted(asked, read_learned(), lambda done, total: seen.append((done, total)))
    first, second = found["power"][0]["scaled"]
    assert first["by"] == "refit"
    assert first["low"] < first["median"] < first["high"]
    assert second == power[0]["scaled"][1]  # type: ignore[index]
    assert found["cut"]["imputations"] == 3
    assert found["recoded"]["sources"] == ["green"]
    assert found["recoded"]["families"] == ["Green ministry"]
    after = read_learned().counts(asked.case.conflict)["gamma[adversary,military]"]
    assert (found["recoded"]["cases_after"], found["recoded"]["equipment_after"]) == (
        after.n, after.equipment)
    assert found["recoded"]["cases_before"] > 0
    assert {total for _, total in seen} == {5 * Settings(**short).length}
    assert seen == sorted(seen)


@pytest.mark.slow
@pytest.mark.parametrize("learned", [False, True], ids=["stated", "learned"])
def test_weights_agree_with_an_exact_refit(
        tiny_case: Path, learned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensitivity, "ALONE", SURE)
    case = read_case(tiny_case)
    whole = fit(case, priors=choose_priors(LEARNED, case) if learned else None,
                settings=Settings(**SURE, seed=3))
    compared = 0
    for row in whole.account["sensitivity"]["power"]:
        for scaled in row["scaled"]:
            if scaled["by"]:
                exact = scaled_refit(whole, row["component"], scaled["power"])
                for name, close in CLOSE.items():
                    assert scaled[name] == pytest.approx(exact[name], rel=close), (row, name)
                compared += 1
    assert compared >= 4


@pytest.mark.slow
def test_a_cut_with_nothing_to_learn_is_the_ordinary_fit(tiny_case: Path) -> None:
    case = read_case(tiny_case)
    learned = choose_priors(LEARNED, case)
    assert learned.joint is not None
    names = list(learned.joint.names)
    mean, _ = moments(learned, names)
    known = restated(learned, names, mean, 1e-8 * np.eye(len(names)))
    whole = fit(case, priors=known, settings=LONG)
    ordinary = whole.totals().set_index("quantity").loc["killed"]
    found = sensitivity.cut(whole)
    assert found["median"] == pytest.approx(ordinary["median"], rel=WITHIN)
    ninety = next(part for part in ordinary["intervals"] if part["prob"] == 0.9)
    assert found["low"] == pytest.approx(ninety["low"], rel=2 * WITHIN)
    assert found["high"] == pytest.approx(ninety["high"], rel=2 * WITHIN)
