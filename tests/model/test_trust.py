"""The file of scores and how far to trust a case: faults, likeness, counts, doubts."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from estimate.data.case import read_case
from estimate.data.library import read_library
from estimate.data.problems import EstimateError
from estimate.model import backtest, scored
from estimate.model.learned import priors_for, read_learned
from estimate.model.priors import Priors
from estimate.model.scorefile import (
    FORM,
    SHIPPED,
    Scores,
    read_scores,
    write_permuted,
    write_scores,
)
from estimate.model.scores import (
    LEVELS,
    OWN,
    POINTS,
    ZERO_MEAN,
    clustered,
    log_crps,
    normal_crps,
)
from estimate.model.sealed import digest
from estimate.model.trust import ENOUGH, bars, cases_like, features, features_of, trust
from estimate.reports.history_words import learning_words

RIVER = Path(__file__).parents[1] / "data" / "river"


@pytest.fixture(scope="module")
def scores() -> Scores:
    return read_scores()


def found(seed: int = 1) -> tuple[dict[str, Any], Any]:
    """A result over a small library, its draws made up."""
    library, rng, rows = read_library(RIVER), np.random.default_rng(seed), []
    for name, case in backtest.comparable(library).items():
        day = backtest.knowledge_days(case)[-1]
        for method in (OWN, ZERO_MEAN, *POINTS):
            draws = rng.normal(5, 1 if method == OWN else 2, 400)
            rows.append(scored.score(case, library.truth(name), method, draws, day, True))
    return scored.result(rows, library), library


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    result, library = found()
    write_scores(tmp_path / "s.json", result, library, 3)
    scores = read_scores(tmp_path / "s.json")
    assert [row.case for row in scores.cases] == [row["case"] for row in result["cases"]]
    assert scores.provenance["library_fingerprint"] == library.fingerprint
    assert scores.provenance["seed"] == 3
    for row, there in zip(scores.cases, result["cases"], strict=True):
        assert row.median == pytest.approx(there["median"], rel=1e-5)
        assert row.intervals[2][1] == pytest.approx(there["intervals"][2]["high"], rel=1e-5)
        assert row.victim == library.case(row.case).victim
        assert row.told_low <= row.told_high
    assert scores.total["n_cases"] == result["n_cases"]
    assert sum(part["n_cases"] for part in scores.groups["by_victim"].values()) == (
        result["n_cases"])


def test_shuffled_scores_are_added_to_those_of_the_same_library(tmp_path: Path) -> None:
    result, library = found()
    file = tmp_path / "s.json"
    write_scores(file, result, library, 1)
    worse = json.loads(json.dumps(result))
    for i, row in enumerate(worse["cases"]):
        row["log_crps"] += 0.1 + 0.01 * i
    write_permuted(file, worse, library)
    permuted = read_scores(file).permuted
    assert permuted is not None
    n = len(worse["cases"])
    assert permuted["paired"]["difference"] == pytest.approx(0.1 + 0.005 * (n - 1), abs=1e-5)
    with pytest.raises(EstimateError, match="another library"):
        write_permuted(file, worse, read_library())


def edited(content: dict[str, Any]) -> str:
    content["cases"][0]["truth"] += 1
    return json.dumps(content)


def other_version(content: dict[str, Any]) -> str:
    return json.dumps(content | {"schema": FORM.schema + 1})


def a_field_less(content: dict[str, Any]) -> str:
    del content["cases"][0]["lag_days"]
    return json.dumps(content | {"sha256": digest(content)})


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda content: json.dumps(content)[:-900], "not a whole JSON file"),
    (edited, "was changed after it was written"),
    (other_version, "written by another version"),
    (a_field_less, "lag_days"),
    (lambda _: "[]", "no file of scores"),
    (lambda _: '{"kind": "learned"}', "no file of scores"),
])
def test_a_spoilt_file_is_refused_with_the_mend(
        tmp_path: Path, spoil: Callable[[dict[str, Any]], str], told: str) -> None:
    file = tmp_path / "scores.json"
    file.write_text(spoil(json.loads(SHIPPED.read_bytes())))
    with pytest.raises(EstimateError, match=told) as error:
        read_scores(file)
    assert "estimate backtest --out" in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(EstimateError, match="cannot be read"):
        read_scores(tmp_path / "none.json")


def test_a_contested_truth_counts_by_the_part_of_its_band_inside(scores: Scores) -> None:
    row = dataclasses.replace(
        scores.cases[0], confidence="low", truth=10.0, truth_low=1.0, truth_high=100.0,
        median=20.0, intervals=tuple((10.0, 10.0 * k) for k in (2, 5, 10, 20)))
    assert row.inside(0.9) == pytest.approx(0.5)
    assert row.inside(0.5) == pytest.approx(math.log(2) / math.log(100))
    middle, reach = math.log(10), math.log(100) / 2
    off = math.log(2)
    assert row.abs_error == pytest.approx((reach**2 + off**2) / (2 * reach), rel=0.01)
    assert math.log(row.truth) == middle
    settled = dataclasses.replace(row, confidence="high")
    assert [settled.inside(level) for level in LEVELS] == [1, 1, 1, 1]
    assert settled.abs_error == pytest.approx(math.log(2))
    assert dataclasses.replace(settled, truth=9.0).inside(0.9) == 0


@pytest.mark.parametrize(("relations", "n", "lag"), [
    ({"adversary", "self"}, 9, 0), ({"adversary"}, 1, 400), ({"media"}, 9, 400)])
@pytest.mark.parametrize("victim", ["military", "civilian", "disaster", "mixed"])
def test_company_is_alike_in_what_it_says_and_no_more_could_be_asked(
        scores: Scores, victim: str, relations: set[str], n: int, lag: int) -> None:
    like = features(victim, relations, n, lag)
    company = cases_like(scores, like)
    kept = [name for name in ("victim", "voices", "claims", "lag") if name not in company.given_up]
    assert tuple(getattr(like, name) for name in kept) == company.shared
    alike = [row for row in scores.cases
             if all(getattr(features_of(row), name) == getattr(like, name) for name in kept)]
    assert company.cases == tuple(alike)
    assert len(alike) >= ENOUGH
    for name in company.given_up:
        narrower = [row for row in alike
                    if getattr(features_of(row), name) == getattr(like, name)]
        assert len(narrower) < ENOUGH
    nineties = company.coverage["90"]
    assert nineties["hits"] == pytest.approx(sum(row.inside(0.9) for row in alike))
    assert nineties["low"] <= nineties["rate"] <= nineties["high"]


def test_a_case_is_not_in_its_own_company(scores: Scores) -> None:
    row = next(row for row in scores.cases if row.conflict != row.case)
    company = cases_like(scores, features_of(row), row.case, row.conflict)
    mates = {other.case for other in scores.cases if other.conflict == row.conflict}
    assert set(company.left_out) == mates
    assert not mates & {other.case for other in company.cases}


def test_without_enough_cases_everything_is_counted(scores: Scores) -> None:
    few = dataclasses.replace(scores, cases=scores.cases[:ENOUGH - 1])
    company = cases_like(few, features("military", {"media"}, 1, 0))
    assert (company.shared, company.cases) == ((), few.cases)


def test_priors_and_library_that_were_not_scored_are_seen(scores: Scores) -> None:
    case, history = read_case("nk-kursk"), read_learned()
    claims = pd.DataFrame({"status": "used", "relation": ["adversary", "self"],
                           "published": pd.to_datetime(["2025-01-01", "2025-05-01"])})
    learned = priors_for(case, history).rows()
    ours = trust(case, claims, learned, scores, history)
    assert ours.same_priors
    assert ours.n_claims == 2
    assert not trust(case, claims, Priors().rows(), scores, history).same_priors
    changed = [row | {"parameters": {"mean": 3.0, "sd": 1.0}} if row["name"] == "kappa" else row
               for row in learned]
    assert not trust(case, claims, changed, scores, history).same_priors
    older = dataclasses.replace(
        scores, provenance={**scores.provenance, "library_fingerprint": "older"})
    assert not trust(case, claims, learned, older, history).same_library


def test_counts_of_a_fit_leave_out_its_own_conflict() -> None:
    """nk-kursk: what stands beside a prior is the number of cases that the prior saw."""
    case, history = read_case("nk-kursk"), read_learned()
    own = [one for one in history.taught.values() if one.conflict == case.conflict]
    priors = priors_for(case, history)
    for relation in ("adversary", "self", "media"):
        name = f"gamma[{relation},military]"
        mine = sum(one.victim == "military" and relation in one.relations for one in own)
        seen = history.counts(case.conflict)[name]
        assert mine > 0
        assert seen.n == history.counts()[name].n - mine
        assert priors[name].why.startswith(f"{seen.n} resolved cases of this kind")
    assert priors.learning["without"] == case.conflict
    assert priors.learning["n_cases"] == len(history.taught) - len(own)
    told = learning_words(priors.learning)
    run = history.provenance["diagnostics"][case.conflict]
    assert f"R-hat {run['max_rhat']:.3f}" in told
    assert f"{run['min_ess']:.0f} effective draws" in told
    assert learning_words({}) == ""
    fine = learning_words({**priors.learning, "max_rhat": 1.001, "min_ess": 900.0})
    assert "short of" not in fine


def test_a_clustered_error_is_the_usual_one_where_each_case_is_its_own_cluster() -> None:
    gaps = np.random.default_rng(1).normal(size=30)
    alone = clustered(gaps.tolist(), [str(i) for i in range(30)])
    assert alone[1] == pytest.approx(gaps.std(ddof=1) / 30**0.5)
    twice = clustered([*gaps, *gaps], [str(i) for i in range(30)] * 2)
    assert twice[1] == pytest.approx(alone[1])
    assert clustered([1.0, 2.0], ["a", "a"]) == (1.5, None, 1)


def test_a_point_with_the_spread_of_its_errors_elsewhere() -> None:
    """The sd comes from other conflicts alone, and the score is that of draws of the normal."""
    case = scored.Scored("a", "2020-01-01", "CRH", {"0.5": 1.0}, 0, 0, 0, {}, 0, 1, 1, (), 0, True,
                         False)
    rows = [dataclasses.replace(case, case=name) for name in "abc"]
    bands = {"a": (3.0, 3.0), "b": (9.0, 9.0), "c": (1.5, 1.5)}
    found = scored.with_spread(rows, bands, {"a": "x", "b": "x", "c": "y"})
    draws = np.random.default_rng(2).normal(1.0, 0.5, 100_000)
    assert found["a"] == pytest.approx(log_crps(draws, 3.0), abs=0.01)
    assert found["c"] == pytest.approx(normal_crps(1.0, ((4 + 64) / 2) ** 0.5, 1.5))


def test_bars_compare_with_the_best_single_number(scores: Scores) -> None:
    part = scores.groups["by_confidence"]["high_medium"]
    best = min(value for name, value in part["baselines"].items() if name in POINTS)
    of_points = [bar for bar in bars(scores)
                 if bar.asked.endswith("medium confidence") and bar.high == 0.70]
    assert [bar.found for bar in of_points] == [pytest.approx(part["log_crps"] / best)]
    shuffled = dataclasses.replace(
        scores, permuted={"paired": {"difference": 0.01, "se": 0.02, "n_cases": 9}})
    assert not bars(shuffled)[-1].held
