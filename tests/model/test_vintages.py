"""Vintages: days of knowledge, nothing seen from later, one kernel, kept parts, a round trip."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from estimate.data.case import Case, read_case
from estimate.data.problems import EstimateError, RunError
from estimate.model import kernel, known
from estimate.model import vintages as vintages_module
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.fit import fit
from estimate.model.learned import choose_priors
from estimate.model.packed import deterministics, pack
from estimate.model.priors import Priors
from estimate.model.result import Fit, load_fit
from estimate.model.runner import Kept, Runner
from estimate.model.sampler import Settings
from estimate.model.vintages import Vintage, knowledge_days, vintages

BRIEF = Settings(draws=100, tune=100, chains=2, seed=3)  # bits are compared, not estimates
MARCH = [date(2024, 3, day) for day in (11, 21, 25, 30, 31)]
PLANTED = (
    # a source of its own with an enormous figure, a copy, a carried figure, another quantity
    "c91,loud,killed,exact,9000000,,,2024-03-01,2024-03-10,2024-05-01,all,,,,,,high,\n"
    "c92,red_mod,killed,exact,40,,,2024-03-01,2024-03-10,2024-05-01,all,,,,,,high,\n"
    "c93,blue_army,casualties,about,700,,,2024-03-01,2024-03-25,2024-05-02,all,,,,,,high,\n"
    "c94,watch,missing,exact,3,,,2024-03-01,2024-03-10,2024-05-02,all,,,,,,high,\n")


@pytest.fixture(scope="module")
def tiny(tiny_case: Path) -> Case:
    return read_case(tiny_case)


@pytest.fixture(scope="module")
def planted(tiny_case: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The case with later claims, and a last day for the case, which nobody knew before."""
    folder = shutil.copytree(tiny_case, tmp_path_factory.mktemp("later") / "case")
    for name, more in (("claims.csv", PLANTED),
                       ("sources.csv", "loud,Loud,Blue,adversary,official_statement,,,\n")):
        (folder / name).write_text((folder / name).read_text() + more)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace("headline =", "end = 2024-06-01\nheadline ="))
    return read_case(folder)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def made(tiny: Case, state: Path) -> tuple[Vintage, ...]:
    return vintages(tiny, settings=BRIEF, runner=Runner(Kept(state, "tiny")))


def parts(state: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in state.rglob("*.json")}


def told(made: tuple[Vintage, ...]) -> list[Any]:
    return [(json.dumps(known.row_of(each)), each.curves) for each in made]


def test_days_of_knowledge(tiny: Case) -> None:
    assert knowledge_days(tiny) == MARCH
    assert knowledge_days(tiny, "week") == [MARCH[0], MARCH[1], MARCH[4]]
    assert knowledge_days(tiny, "month") == [MARCH[4]]
    assert knowledge_days(tiny, as_of=date(2024, 3, 27)) == [*MARCH[:3], date(2024, 3, 27)]
    assert knowledge_days(tiny, "week", date(2024, 3, 29)) == [*MARCH[:2], date(2024, 3, 29)]
    assert knowledge_days(tiny, as_of=date(2024, 3, 10)) == []
    assert knowledge_days(tiny, exclude=("red_mod", "blue_gov"))[0] == MARCH[2]
    with pytest.raises(EstimateError, match="day.*claim, week, month"):
        knowledge_days(tiny, "day")


def test_each_vintage_says_what_came_and_what_it_did(made: tuple[Vintage, ...]) -> None:
    assert [each.as_of for each in made] == MARCH
    assert [set(each.claims) for each in made] == [
        {"c1", "c2", "c9"}, {"c3"}, {"c4", "c5", "c8"}, {"c6"}, {"c7"}]
    assert [{new.claim for new in each.new} for each in made] == [
        {"c1", "c2"}, {"c3"}, {"c4", "c5", "c8"}, {"c6"}, set()]
    assert [each.n_used for each in made] == [2, 3, 6, 7, 7]
    assert [each.n_origins for each in made] == [2, 2, 3, 3, 3]
    assert math.isnan(made[0].revision)
    assert math.isnan(made[0].growth)
    for before, each in zip(made, made[1:], strict=False):
        assert each.low < each.q25 < each.median < each.q75 < each.high
        curve = each.curves["killed"]
        assert curve.days[-1] == each.as_of
        assert curve.lines["median"][-1] == pytest.approx(each.median)
        # daily steps: the median for the day before stands in the curve
        anew = curve.lines["median"][curve.days.index(before.as_of)]
        assert each.revision == pytest.approx(math.log(anew / before.median))
        assert each.growth == pytest.approx(math.log(each.median / anew))
        assert 0 < each.mcse < 0.5
    assert all(new.predictive_q05 <= new.predictive_median <= new.predictive_q95
               for each in made for new in each.new)


def test_a_later_claim_changes_no_bit_and_repeats_no_fit(
    planted: Case, state: Path, made: tuple[Vintage, ...]
) -> None:
    before = parts(state)
    fresh = vintages(planted, as_of=MARCH[2], settings=BRIEF)
    assert told(fresh) == told(made[:3])
    again = vintages(planted, settings=BRIEF, runner=Runner(Kept(state, "tiny"), workers=1))
    assert told(again[:5]) == told(made)
    assert [each.as_of for each in again[5:]] == [date(2024, 5, 1), date(2024, 5, 2)]
    after = parts(state)
    assert len(after) == len(before) + 2
    assert {name: after[name] for name in before} == before


def test_what_is_kept_depends_on_what_was_known_and_how_it_is_fitted(
    tiny: Case, planted: Case, made: tuple[Vintage, ...]
) -> None:
    class Asked:
        def __init__(self) -> None:
            self.names: list[str] = []

        def read(self, name: str) -> Any:
            self.names.append(name)
            raise InterruptedError

        def write(self, name: str, value: Any) -> Any:
            raise NotImplementedError

    def names(case: Case, **other: Any) -> list[str]:
        record = Asked()
        with pytest.raises(InterruptedError):
            vintages(case, as_of=MARCH[0], **{"settings": BRIEF} | other, runner=Runner(record))
        return record.names

    plain = names(tiny)
    assert names(planted) == plain
    assert names(tiny, settings=replace(BRIEF, seed=4)) != plain
    assert names(tiny, settings=replace(BRIEF, draws=101)) != plain
    assert names(tiny, priors=Priors()) != plain
    assert names(tiny, exclude=("watch",)) == plain  # not heard by then in any case
    assert names(tiny, exclude=("red_mod",)) != plain


def test_the_last_vintage_is_the_plain_fit(tiny: Case, made: tuple[Vintage, ...]) -> None:
    longer = replace(BRIEF, draws=200, tune=200)
    whole = next(found for settings in (BRIEF, longer)
                 if np.median((found := fit(tiny, settings=settings)).cumulative["killed"][:, -1])
                 == made[-1].median)
    for quantity, curve in made[-1].curves.items():
        table = whole.estimates()
        table = table[table["quantity"] == quantity]
        for line, values in curve.lines.items():
            np.testing.assert_array_equal(table[line], values)


def test_a_stopped_history_goes_on_where_it_was(
    tiny: Case, tmp_path: Path, made: tuple[Vintage, ...]
) -> None:
    record = Kept(tmp_path, "tiny")

    class Stops(Kept):
        def write(self, name: str, value: Any) -> Any:
            found = super().write(name, value)
            if len(parts(tmp_path)) == 2:
                raise KeyboardInterrupt
            return found

    with pytest.raises(KeyboardInterrupt):
        vintages(tiny, settings=BRIEF, runner=Runner(Stops(tmp_path, "tiny"), workers=2))
    done = parts(tmp_path)
    assert len(done) == 2
    again = vintages(tiny, settings=BRIEF, runner=Runner(record, workers=1))
    assert told(again) == told(made)
    after = parts(tmp_path)
    assert len(after) == len(MARCH)
    assert {name: after[name] for name in done} == done


def test_one_kernel_serves_all_days(tiny: Case) -> None:
    """Shapes differ from day to day; what is compiled does not."""
    packs = [pack(plan(select(tiny, day)), Priors()) for day in (MARCH[0], MARCH[2])]
    assert packs[0].shape != packs[1].shape
    for packed in packs:
        packed.log_density(np.zeros(packed.n_dim))
        deterministics(packed, np.zeros((1, packed.n_dim)))
    assert len(kernel.forward_draws.signatures) == 1
    assert kernel.c_functions.cache_info().misses == 1


def test_a_failed_gate_is_sampled_longer_once_and_told(
    tiny: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def fails(found: Fit, _: tuple[str, ...]) -> dict[str, Any]:
        lengths.append(found.posterior.sizes["draw"])
        return {"ok": False, "max_rhat": 1.5, "min_ess_bulk": 9.0, "min_ess_tail": 8.0,
                "divergences": 2, "by_quantity": {}}

    monkeypatch.setattr(vintages_module, "diagnose", fails)
    (only,) = vintages(tiny, every="month", settings=BRIEF)
    assert lengths == [BRIEF.draws, BRIEF.draws * vintages_module.LONGER]
    assert not only.ok
    assert only.checks == {"max_rhat": 1.5, "min_ess_bulk": 9.0, "min_ess_tail": 8.0,
                           "divergences": 2}


def test_vintages_come_back_with_a_saved_fit(
    tiny: Case, made: tuple[Vintage, ...], tmp_path: Path
) -> None:
    whole = fit(tiny, settings=BRIEF, priors=choose_priors(None, tiny))
    assert whole.vintages() == ()
    whole = Fit(whole.case, whole.as_of, whole.priors, whole.account, whole.tree)
    known.keep(whole, made, "claim", {"draws": 100})
    whole.save(tmp_path)
    back = load_fit(tmp_path)
    assert told(back.vintages()) == told(made)
    text = (tmp_path / "run.json").read_text()
    assert "NaN" not in text
    account = json.loads(text)
    account["history"]["vintages"].pop()
    (tmp_path / "run.json").write_text(json.dumps(account))
    with pytest.raises(RunError, match="estimate fit"):
        load_fit(tmp_path)
