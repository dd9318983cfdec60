"""Scores against closed forms, and simpler methods on figures whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from estimate.model.scores import (
    POINTS,
    Figure,
    along,
    binomial_interval,
    crh,
    dersimonian_laird,
    interval_score,
    inverse_variance,
    latest,
    log_crps,
    share_inside,
    weighted_interval_score,
)


def test_crps_of_a_normal() -> None:
    """Closed form of Gneiting & Raftery 2007: sd (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi))."""
    draws = norm.ppf((np.arange(20_000) + 0.5) / 20_000) * 2 + 1
    for truth in (-3.0, 1.0, 4.0):
        z = (truth - 1) / 2
        exact = 2 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / math.sqrt(math.pi))
        assert log_crps(draws, truth) == pytest.approx(exact, abs=1e-3)


def test_crps_of_a_point_is_its_error() -> None:
    assert log_crps(np.array([2.0]), 5.0) == 3.0


def test_interval_scores() -> None:
    assert interval_score(1, 3, 2, 0.9) == 2
    assert interval_score(1, 3, 4, 0.9) == pytest.approx(2 + 20)
    assert weighted_interval_score(np.array([1.0]), 2.0) > weighted_interval_score(
        np.array([1.9]), 2.0)


def test_binomial_interval_is_exact() -> None:
    for hits, n in ((0, 10), (3, 10), (10, 10)):
        exact = binomtest(hits, n).proportion_ci(0.95, "exact")
        assert binomial_interval(hits, n) == pytest.approx((exact.low, exact.high))


def test_a_contested_truth_is_its_band() -> None:
    assert share_inside(2, 9, (1, 5)) == 0.75
    assert [share_inside(0, 1, (x, x)) for x in (0.5, 1.5)] == [1, 0]
    assert share_inside(6, 9, (1, 5)) == 0
    assert along((2.0, 2.0)).tolist() == [2.0]
    assert along((1.0, 3.0)).mean() == pytest.approx(2.0)
    assert np.ptp(along((1.0, 3.0))) < 2


def figure(value: float, source: str = "a", day: int = 0, sd: float = 0.1) -> Figure:
    return Figure(value, sd, source, day)


def test_every_simple_method_finds_what_all_agree_on() -> None:
    told = [figure(4.0, name, day) for day, name in enumerate("abcb")]
    for name, method in POINTS.items():
        assert method(told) == pytest.approx(4.0), name


def test_latest_claim() -> None:
    assert latest([figure(1, day=3), figure(2, day=5), figure(4, day=5)]) == 3


def test_pooling_weighs_by_precision() -> None:
    assert inverse_variance([figure(0, sd=0.1), figure(1, sd=0.2)]) == pytest.approx(0.2)


def test_random_effects_even_out_the_weights() -> None:
    """DerSimonian & Laird 1986: sources far apart weigh almost alike, whatever they state."""
    told = [figure(0, "a", sd=0.05), figure(3, "b", sd=0.5)]
    assert 1.3 < dersimonian_laird(told) < 1.55
    assert inverse_variance(told) < 0.1


def test_truth_discovery_trusts_the_majority() -> None:
    told = [figure(1, "a"), figure(1.05, "b"), figure(0.95, "c"), figure(4, "d")]
    assert abs(crh(told) - 1) < 0.2
