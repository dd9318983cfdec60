"""Two runs side by side: the numbers."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arviz_stats.base import array
from scipy.stats import norm

from estimate.data.problems import EstimateError
from estimate.model.changes import changes, suspects
from estimate.model.comparison import (
    FALSE_ALARM,
    Comparison,
    _quantile,
    common_days,
    compare,
)
from estimate.model.diagnostics import MIN_ESS
from estimate.model.grid import day_number, make_grid
from estimate.model.result import Fit, load_fit

array_stats: Any = array.array_stats


@pytest.fixture(scope="module")
def fits(variants: dict[str, Path]) -> dict[str, Fit]:
    return {name: load_fit(run) for name, run in variants.items()}


@pytest.fixture(scope="module")
def told(fits: dict[str, Fit]) -> dict[str, Comparison]:
    return {name: compare(fits["first"], fit) for name, fit in fits.items()}


def test_two_seeds_agree(told: dict[str, Comparison]) -> None:
    seeds = told["seed"]
    assert seeds.moved.empty
    assert not seeds.same_draws
    assert seeds.suspects == ()
    assert {(c.where, c.name, c.before, c.after) for c in seeds.changes} == {
        ("sampling", "seed", "1", "2")}


def test_a_run_is_itself(told: dict[str, Comparison]) -> None:
    assert told["first"].same_draws
    assert (told["first"].table["errors"] == 0).all()
    assert told["first"].changes == ()


def test_a_planted_claim_is_named_with_its_influence(
    told: dict[str, Comparison], fits: dict[str, Fit]
) -> None:
    planted = told["planted"]
    assert planted.headline_moved
    (suspect,) = planted.suspects
    assert (suspect.claim, suspect.kind, suspect.of_second) == ("c10", "added", True)
    claims = fits["planted"].claims().set_index("id")
    assert suspect.row["influence"] == claims.loc["c10", "influence"]
    assert suspect.row["pareto_k"] == claims.loc["c10", "pareto_k"]
    back = compare(fits["planted"], fits["first"])
    assert [(each.claim, each.kind, each.of_second) for each in back.suspects] == [
        ("c10", "removed", False)]
    assert [(c.name, c.kind) for c in back.changes if c.where == "claims"] == [("c10", "removed")]
    np.testing.assert_allclose(back.table["errors"], -planted.table["errors"])


def test_a_changed_prior_is_told_from_what_to_what(told: dict[str, Comparison]) -> None:
    (kappa,) = [c for c in told["priors"].changes if c.where == "priors" and c.name[0] != "("]
    assert (kappa.name, kappa.after) == ("kappa", "normal, mean 0.5, sd 0.2")
    assert "mean 0.0" in kappa.before
    assert {"(where from)", "(SHA-256 of all)"} <= {c.name for c in told["priors"].changes}
    assert told["priors"].suspects == ()
    assert told["priors"].headline_moved


def test_an_earlier_as_of_is_compared_on_days_of_both(told: dict[str, Comparison]) -> None:
    earlier = told["earlier"]
    assert earlier.table["date"].max().date() == date(2024, 3, 25)
    assert list(earlier.alone()) == [(0, date(2024, 3, 26), date(2024, 3, 31))]
    assert {(each.claim, each.kind) for each in earlier.suspects} == {("c6", "unheard")}
    status = {c.name: (c.before, c.after) for c in earlier.changes if c.where == "view"}
    assert status == {"c6": ("used", "not in view"), "c7": ("repeat", "not in view")}


def test_numbers_are_those_of_the_report(fits: dict[str, Fit], told: dict[str, Comparison]) -> None:
    table, report = told["seed"].table, fits["seed"].estimates()
    for statistic in ("median", "q05", "q95"):
        mine = table[table["statistic"] == statistic].set_index(["quantity", "date"])["second"]
        theirs = report.set_index(["quantity", "date"])[statistic]
        np.testing.assert_allclose(mine, theirs.loc[mine.index], rtol=1e-3)


def test_errors_are_those_of_arviz_with_chains_apart(fits: dict[str, Fit]) -> None:
    table = compare(fits["first"], fits["seed"]).table
    row = table[(table["quantity"] == "killed") & (table["statistic"] == "q95")].iloc[-1]
    logs = [np.log(fit.posterior["cumulative"].sel(quantity="killed").values[..., -1].astype(float))
            for fit in (fits["first"], fits["seed"])]
    each = [float(array_stats.mcse(draws, method="quantile", prob=0.95)) for draws in logs]
    assert row["mcse"] == pytest.approx(np.hypot(*each))
    assert row["errors"] == pytest.approx(row["log_ratio"] / row["mcse"])


def test_the_threshold_holds_for_all_figures_together(told: dict[str, Comparison]) -> None:
    seeds = told["seed"]
    m = seeds.table["counted"].sum()
    assert m * 2 * norm.sf(seeds.threshold) == pytest.approx(FALSE_ALARM)
    small = seeds.table[~seeds.table["counted"]]
    assert (small[["first", "second"]].to_numpy() < 0.5).all()


def test_independent_draws_rarely_give_an_alarm() -> None:
    rng, alarms, rounds, days = np.random.default_rng(3), 0, 100, 20
    threshold = norm.isf(FALSE_ALARM / 2 / (3 * days))
    for _ in range(rounds):
        pair = [rng.standard_normal((4, 250, days)) for _ in range(2)]
        apart = []
        for p in (0.5, 0.05, 0.95):
            (a, sd_a, _), (b, sd_b, _) = (_quantile(draws, p) for draws in pair)
            apart.append(np.abs(a - b) / np.hypot(sd_a, sd_b))
        alarms += bool(np.max(apart) > threshold)
    assert alarms <= 5  # 1 expected; more than 5 has a chance of 1 in 2,000


def test_grids_that_differ_share_the_days_of_the_coarser() -> None:
    start = date(2024, 1, 1)
    daily, weekly = make_grid(start, date(2024, 3, 1)), make_grid(start, date(2024, 6, 30))
    days = common_days(daily, weekly)
    assert days[-1] == day_number(date(2024, 3, 1))
    assert (np.diff(days)[:-1] == 7).all()
    assert len(common_days(daily, make_grid(date(2025, 1, 1), date(2025, 2, 1)))) == 0


def test_a_changed_cell_is_found_and_suspected_if_it_is_read(fits: dict[str, Fit]) -> None:
    first, other = fits["first"], load_like(fits["first"])
    claims = other.case.claims
    claims.loc[claims["id"] == "c1", "value"] = 45.0
    claims.loc[claims["id"] == "c3", "note"] = "seen again"
    other.case.sources.loc[0, "name"] = "Another name"
    found = {(c.where, c.name, c.column, c.before, c.after) for c in changes(first, other)}
    assert found == {("claims", "c1", "value", "40", "45"),
                     ("claims", "c3", "note", "", "seen again"),
                     ("sources", "blue_army", "name", "Blue army", "Another name")}
    assert [(each.claim, each.kind) for each in suspects(first, other)] == [("c1", "changed")]


def load_like(fit: Fit) -> Fit:
    """Give a fit of tables that may be changed."""
    from estimate.data.case import read_files

    return replace(fit, case=read_files(fit.case.files))


def test_few_draws_are_told(told: dict[str, Comparison]) -> None:
    seeds = told["seed"]
    assert seeds.smallest_ess == seeds.table["ess"].min()
    assert seeds.enough == (seeds.smallest_ess >= MIN_ESS)


def test_strangers_are_refused(fits: dict[str, Fit]) -> None:
    first = fits["first"]
    for field, value, said in (("id", "other", "another case"),
                               ("sides", (replace(first.case.sides[0], id="blue"),), "same side")):
        other = load_like(first)
        object.__setattr__(other.case, field, value)
        with pytest.raises(EstimateError, match=said):
            compare(first, other)
    for field, value, said in (("quantities", ("tanks",), "no quantity"),
                               ("grid", make_grid(date(2025, 1, 1), date(2025, 1, 9)), "no day")):
        other = replace(first)
        other.__dict__["design"] = replace(first.design, **{field: value})
        with pytest.raises(EstimateError, match=said):
            compare(first, other)
