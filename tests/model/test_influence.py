"""Leaving a claim out by weights agrees with a model that is solved on paper."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from estimate.model.biases import list_shares
from estimate.model.design import HONOURED
from estimate.model.findings import findings
from estimate.model.grid import Grid
from estimate.model.summary import left_out

FIGURES = np.log([90.0, 110.0, 100.0, 300.0])
PRIOR_SD, NOISE = 3.0, 0.5


def posterior(figures: Any) -> tuple[float, float]:
    """Mean and sd of log N given figures ~ N(log N, NOISE), log N ~ N(log 100, PRIOR_SD)."""
    precision = 1 / PRIOR_SD**2 + len(figures) / NOISE**2
    mean = (np.log(100) / PRIOR_SD**2 + np.sum(figures) / NOISE**2) / precision
    return float(mean), float(precision**-0.5)


def test_the_median_without_a_claim_has_the_sign_and_size_that_theory_gives() -> None:
    mean, sd = posterior(FIGURES)
    level = np.random.default_rng(3).normal(mean, sd, 40_000)
    likelihood = norm.logpdf(FIGURES, level[:, None], NOISE)
    median, pareto_k = left_out(likelihood, np.exp(level))
    exact = [np.exp(posterior(np.delete(FIGURES, i))[0]) for i in range(len(FIGURES))]
    np.testing.assert_allclose(median, exact, rtol=0.03)
    assert median[3] < np.exp(mean) < median[0]  # without the highest figure the estimate falls
    assert (pareto_k < 0.7).all()


def test_a_claim_on_which_all_hangs_is_told_to_be_out_of_reach_of_weights() -> None:
    level = np.random.default_rng(3).normal(0, 1, 4000)
    sharp = norm.logpdf(0.0, level, 1.0)[:, None] * 4  # the rest of the data say next to nothing
    _, pareto_k = left_out(sharp, np.exp(level))
    assert pareto_k[0] > 0.7


def test_influence_out_of_reach_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estimate.model.findings.unspoken", lambda fit: [])  # needs a whole fit
    table = pd.DataFrame({"id": ["a", "b"], "surprise": [0.5, 0.6], "pareto_k": [0.2, 0.9]})
    diagnostics = {
        "ok": True,
        "max_rhat": 1.0,
        "min_ess_bulk": 900.0,
        "min_ess_tail": 900.0,
        "divergences": 0,
        "headline_ess": 4000.0,
        "max_depth_hits": 0,
    }
    fit: Any = SimpleNamespace(
        account={"diagnostics": diagnostics},
        identification=lambda: {"assumption_share": 0.5, "n_origins": 4, "origins": list("wxyz")},
        claims=lambda: table, vintages=lambda: (),
    )
    verdicts = {found.name: found.verdict for found in findings(fit)}
    assert verdicts["influence"] == "doubt"
    fit.vintages = lambda: (
        SimpleNamespace(ok=True, new=(SimpleNamespace(claim="b"),), revision=float(np.log(0.9))),)
    found = {found.name: found for found in findings(fit)}["influence"]
    assert found.verdict == "ok"
    assert "on the day it came: b -10%" in found.sentence


def test_a_list_is_compared_with_the_dead_on_the_day_of_its_own_latest_stage() -> None:
    """Ten killed a day for ten days; the list held 20 on day 5 and holds 25 on day 10."""
    readings = [
        SimpleNamespace(kind=HONOURED, observation=0, stage=0),
        SimpleNamespace(kind=HONOURED, observation=1, stage=1),
    ]
    fit: Any = SimpleNamespace(
        cumulative={"killed": np.tile(np.arange(10.0, 101.0, 10.0), (3, 1))},
        draws={"coverage_honoured": np.full(3, 0.25), "list_growth": np.full((3, 1), 0.8)}.get,
        design=SimpleNamespace(
            grid=Grid(np.arange(10), np.arange(10)),
            observations=SimpleNamespace(
                readings=readings, source=["early", "late"], stages=[4, 9]
            ),
        ),
    )
    shares = {source: np.exp(value) for source, value in list_shares(fit).items()}
    np.testing.assert_allclose(shares["early"], 20 / 50)
    np.testing.assert_allclose(shares["late"], 25 / 100)
