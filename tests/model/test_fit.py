"""What must hold of every fit, and of every table made from it."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from estimate.data.case import read_case
from estimate.data.problems import EstimateError
from estimate.model.fit import fit
from estimate.model.identify import known_sd
from estimate.model.priors import Priors
from estimate.model.result import Fit, load_fit
from estimate.model.sampler import Settings


def test_parts_sum_to_casualties_in_every_draw(tiny_fit: Fit) -> None:
    c = tiny_fit.cumulative
    parts = c["killed"] + c["wounded"] + c["missing"] + c["captured"]
    np.testing.assert_allclose(parts, c["casualties"], rtol=1e-4)


def test_losses_never_exceed_the_troops_sent(tiny_fit: Fit) -> None:
    c = tiny_fit.cumulative
    assert (c["killed"] + c["missing"] + c["captured"] <= c["deployed"] * (1 + 1e-5)).all()


def test_estimates_grow_with_time_and_quantile(tiny_fit: Fit) -> None:
    table = tiny_fit.estimates()
    ordered = table[["q025", "q05", "q10", "q25", "median", "q75", "q90", "q95", "q975"]]
    assert (np.diff(ordered.to_numpy(), axis=1) >= 0).all()
    for _, rows in table.groupby("quantity"):
        assert (np.diff(rows["median"]) >= 0).all()


def test_headline_lies_between_the_extremes_told(tiny_fit: Fit) -> None:
    killed = tiny_fit.totals().set_index("quantity").loc["killed", "median"]
    assert 40 < killed < 200


def test_used_claims_have_a_predictive_and_others_none(tiny_fit: Fit) -> None:
    table = tiny_fit.claims().set_index("id")
    used = table["status"] == "used"
    assert table.loc[used, ["surprise", "influence", "predictive_median"]].notna().all(axis=None)
    assert table.loc[~used, "surprise"].isna().all()
    assert "killed" in table.loc["c2", "readings"]


def test_a_count_of_names_is_told_to_be_a_part_of_the_dead(tiny_fit: Fit) -> None:
    table = tiny_fit.claims().set_index("id")
    told = table["readings"].str.contains("counted by name, so a part of the dead: ")
    assert list(table.index[told]) == ["c4"]
    low, high = np.quantile(tiny_fit.draws("coverage_named"), [0.05, 0.95])
    assert table.loc["c4", "readings"].endswith(f"{100 * low:.0f}% to {100 * high:.0f}%")


def test_bias_and_anchor_agree(tiny_fit: Fit) -> None:
    row = tiny_fit.sources().set_index("source").loc["red_mod"]
    headline = tiny_fit.totals().set_index("quantity").loc["killed", "median"]
    assert row["about"] == "killed"
    assert row["anchor_median"] == pytest.approx(headline * row["median"], rel=0.1)
    assert row["prior_q05"] < row["prior_median"] < row["prior_q95"]


def test_a_figure_is_tested_over_the_days_of_each_claim(tiny_fit: Fit) -> None:
    """Against a total of day 10, a claim that runs to day 28 may state more and be right."""
    curve, days = tiny_fit.cumulative["killed"], tiny_fit.design.grid.dates
    early, late = days.index(date(2024, 3, 10)), days.index(date(2024, 3, 28))
    told = {n["claim"]: n for n in tiny_fit.test_claim("killed", 50, days[early])["needed"]}
    grown = np.median(curve[:, late] / curve[:, early])
    assert grown > 1.1
    assert told["c6"]["ratio_needed"] == pytest.approx(65 / (50 * grown), rel=1e-3)
    same = {n["claim"]: n for n in tiny_fit.test_claim("killed", 50, days[late])["needed"]}
    assert same["c6"]["ratio_needed"] == pytest.approx(65 / 50, rel=1e-3)


@pytest.mark.parametrize(("quantity", "value"), [("tanks", 5.0), ("killed", 0.0)])
def test_what_cannot_be_tested_is_refused(tiny_fit: Fit, quantity: str, value: float) -> None:
    with pytest.raises(EstimateError, match="cannot test"):
        tiny_fit.test_claim(quantity, value)


def test_a_source_that_builds_on_others_is_no_origin(tiny_fit: Fit) -> None:
    assert tiny_fit.identification()["origins"] == ["blue_gov", "red_mod", "watch"]


def test_assumption_share_approaches_the_closed_form() -> None:
    """Ten exchangeable origins of one quantity: sqrt(tau² / S + kappa²) (docs/method.md, 6)."""
    from types import SimpleNamespace

    readings = [SimpleNamespace(observation=i, kind=0, quantity="killed") for i in range(10)]
    design = SimpleNamespace(
        observations=SimpleNamespace(readings=readings),
        sources=tuple("abcdefghij"),
        source_of=np.arange(10),
        relations=("media",),
        relation_of=np.zeros(10, dtype=int),
        families=tuple("abcdefghij"),
        family_of=np.arange(10),
        family_weights=np.eye(10),
        cells=(("media", "military"),),
        multipart=False,
    )
    priors = Priors()
    cell = priors.cell("gamma", "media", "military").sd
    tau = {"tau_relation": 0.0, "tau_family": 0.6, "tau_source": 0.0}
    shared = priors["kappa"].sd ** 2 + cell**2  # one relation: its bias is shared by all too
    known = known_sd(design, priors, tau, {}, 0.2, "killed")  # type: ignore[arg-type]
    assert known == pytest.approx(np.sqrt(0.6**2 / 10 + shared), rel=0.05)


def test_a_saved_fit_is_read_back_whole(tiny_fit: Fit, tiny_run: object) -> None:
    again = load_fit(str(tiny_run))
    assert again.estimates().equals(tiny_fit.estimates())
    assert again.claims().equals(tiny_fit.claims())


def test_a_fit_that_would_fill_the_memory_is_refused_before_it_starts(
    tiny_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draws that the message asks for are few enough; where none are, it asks for no draws."""
    def told(memory: float, draws: int) -> str:
        monkeypatch.setattr("estimate.model.fit.MEMORY", memory)
        monkeypatch.setattr("estimate.model.fit.sample", lambda *_: pytest.fail("sampled"))
        with pytest.raises(EstimateError, match="GB of memory") as refused:
            fit(read_case(tiny_case), settings=Settings(seed=1, draws=draws, chains=2))
        return str(refused.value)

    assert ": leave out claims" in told(1e3, 1000)
    asked = re.search(r"ask for --draws (\d+), or leave out", told(2e5, 1000))
    assert asked
    most = int(asked[1])
    assert 50 <= most < 1000
    assert f"--draws {most}" in told(2e5, most + 1)


@pytest.mark.parametrize(
    "wrong", [{"draws": 1}, {"chains": 1}, {"tune": 10**9}, {"seed": -1}], ids=str
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(EstimateError, match="must lie between"):
        Settings(**wrong)
