"""Leaving cases out of what history says, against a model whose answer is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from estimate.model.leaveout import MAX_PARETO_K, Deviates, case_evidence, leave_out

TAU, SIGMA = 0.7, 0.2
FIGURES = np.array([1.2, -0.4, 0.5, 0.3, 0.9])


def posterior(figures: np.ndarray) -> tuple[float, float]:
    """Mean and sd of h ~ N(0, 1), given figures y ~ N(h + TAU z, SIGMA), z ~ N(0, 1)."""
    precision = 1 + len(figures) / (TAU**2 + SIGMA**2)
    return figures.sum() / (TAU**2 + SIGMA**2) / precision, precision**-0.5


@pytest.fixture(scope="module")
def drawn() -> Deviates:
    """Joint draws of h and of each case's z."""
    rng = np.random.default_rng(1)
    mean, sd = posterior(FIGURES)
    h = rng.normal(mean, sd, size=(2000, 1))
    shrunk = TAU / (TAU**2 + SIGMA**2)
    z = rng.normal(shrunk * (FIGURES - h), SIGMA / np.hypot(TAU, SIGMA))
    return Deviates(h, {"z": z}, {"z": np.arange(len(FIGURES))})


@pytest.fixture(scope="module")
def evidence(drawn: Deviates) -> np.ndarray:
    def density(hyper: np.ndarray, own: np.ndarray) -> np.ndarray:
        return np.asarray(norm.logpdf(FIGURES, hyper[0] + TAU * own, SIGMA))

    return case_evidence(density, drawn, len(FIGURES), seed=2)


def test_the_integral_over_a_case(drawn: Deviates, evidence: np.ndarray) -> None:
    exact = norm.logpdf(FIGURES[:, None], drawn.hyper[:, 0], np.hypot(TAU, SIGMA))
    assert np.abs(evidence - exact).mean() < 0.1


@pytest.mark.parametrize("out", [[0], [0, 1]])
def test_what_is_left_is_what_the_others_say(
    drawn: Deviates, evidence: np.ndarray, out: list[int]
) -> None:
    joint, k = leave_out(drawn.hyper, evidence[out].sum(axis=0))
    mean, sd = posterior(np.delete(FIGURES, out))
    assert k < MAX_PARETO_K
    assert joint.mean[0] == pytest.approx(mean, abs=0.1 * sd)
    assert np.sqrt(joint.covariance.ravel()[0]) == pytest.approx(sd, rel=0.1)
