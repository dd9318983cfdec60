"""Priors that weigh more or less: densities, covariances and weights agree with what is exact."""

from types import SimpleNamespace
from typing import Any

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy.special import expit, logit
from scipy.stats import multivariate_normal, norm

from estimate.model.power import (
    ALONE,
    COMPONENTS,
    FAR,
    LISTS,
    TOGETHER,
    log_densities,
    moments,
    power,
    raised,
    restated,
    weigh,
)
from estimate.model.priors import Joint, Priors
from estimate.model.result import Fit

CELLS = ["gamma[adversary,military]", "gamma[self,military]"]
NAMES = ["kappa", *CELLS, "sigma"]


def together() -> Priors:
    """Priors of which four are known together."""
    half = np.array([[0.4, 0, 0, 0], [-0.2, 0.3, 0, 0], [0.1, 0.1, 0.2, 0], [0.1, 0.2, 0, 0.3]])
    start = Priors()
    rows = tuple(start.values())
    joint = Joint((CELLS[0], "sigma", "kappa", CELLS[1]), np.zeros(4), np.eye(4))
    return restated(Priors(rows, "test", joint), NAMES, np.array([0.1, 0.8, -0.2, -1.5]),
                    half @ half.T)


@pytest.mark.parametrize("priors", [Priors(), together()], ids=["apart", "together"])
def test_parts_of_the_log_prior_sum_to_the_joint_density(priors: Priors) -> None:
    draws = np.random.default_rng(1).normal(0, 0.5, (2, 5, 4))
    found = log_densities(priors, CELLS, {"kappa": draws[..., 0], "gamma": draws[..., 1:3],
                                          "log_total": draws[..., 3]})
    mean, covariance = moments(priors, ["kappa", *CELLS])
    whole = multivariate_normal(mean, covariance).logpdf(draws[..., :3])
    np.testing.assert_allclose(found["kappa"] + found["gamma"], whole)
    kappa, total = priors["kappa"], priors["log_total"]
    np.testing.assert_allclose(found["kappa"], norm.logpdf(draws[..., 0], kappa.mean, kappa.sd))
    np.testing.assert_allclose(found["log_total"],
                               norm.logpdf(draws[..., 3], total.mean, total.sd))


@pytest.mark.parametrize("component", ALONE)
@pytest.mark.parametrize("priors", [Priors(), together()], ids=["apart", "together"])
def test_a_raised_prior_is_that_density_to_the_power(priors: Priors, component: str) -> None:
    """log p of the raised prior - log p - (power - 1) log p(component) is the same everywhere."""
    names = ["log_total", *NAMES, "coverage_honoured"]
    draws = np.random.default_rng(2).normal(0, 0.7, (50, len(names)))
    then = raised(priors, CELLS, component, 2.0, ["coverage_honoured"])
    before, after = (multivariate_normal(*moments(p, names)).logpdf(draws) for p in (priors, then))
    own = log_densities(priors, CELLS, {"log_total": draws[:, 0], "kappa": draws[:, 1],
                                        "gamma": draws[:, 2:4],
                                        "coverage_honoured": expit(draws[:, 5])})[component]
    constant = after - before - own
    np.testing.assert_allclose(constant, constant[0], atol=1e-8)


@pytest.mark.parametrize("priors", [Priors(), together()], ids=["apart", "together"])
def test_all_of_bias_raised_is_a_bias_of_half_the_variance(priors: Priors) -> None:
    """κ + γ + τ z with p(κ, γ) p(z) squared: drawn from the raised priors with z ~ N(0, 1)."""
    names = ["kappa", CELLS[0], "tau_family", "sigma"]
    rng = np.random.default_rng(7)

    def bias(given: Priors) -> np.ndarray:
        kappa, gamma, log_tau, _ = rng.multivariate_normal(*moments(given, names), 200_000).T
        return np.asarray(kappa + gamma + np.exp(log_tau) * rng.normal(size=len(kappa)))

    before, after = bias(priors), bias(raised(priors, CELLS, TOGETHER, 2.0))
    assert after.var() / before.var() == pytest.approx(0.5, rel=0.02)
    assert after.mean() == pytest.approx(before.mean(), abs=0.01)


def test_the_density_of_all_of_bias_has_its_deviates_in_it() -> None:
    rng = np.random.default_rng(8)
    values = {"kappa": rng.normal(size=9), "gamma": rng.normal(size=(9, 2)),
              "log_total": rng.normal(size=9), "z_family": rng.normal(size=(9, 5)),
              "z_source": rng.normal(size=(9, 7))}
    found = log_densities(together(), CELLS, values)
    scatter = norm.logpdf(np.concatenate([values["z_family"], values["z_source"]], axis=1)).sum(1)
    np.testing.assert_allclose(found[TOGETHER], found["kappa"] + found["gamma"] + scatter)
    assert "lists" not in found
    held = rng.uniform(size=9)
    with_list = log_densities(together(), CELLS, values | {"coverage_honoured": held})
    prior = Priors()["coverage_honoured"]
    np.testing.assert_allclose(with_list["lists"], norm.logpdf(logit(held), prior.mean, prior.sd))
    np.testing.assert_allclose(with_list[TOGETHER], found[TOGETHER] + with_list["lists"])


def flat(log_prior: Any, log_headline: Any) -> Any:
    """Give what `power` looks at of a fit."""
    return SimpleNamespace(
        cumulative={"killed": np.exp(log_headline).reshape(-1, 1)},
        case=SimpleNamespace(headline="killed"),
        tree=xr.DataTree.from_dict({"log_prior": xr.Dataset(
            {name: (("chain", "draw"), log_prior) for name in COMPONENTS})}))


def test_weights_give_the_posterior_of_a_prior_of_half_and_twice_the_weight() -> None:
    """log N ~ N(0, 1), one figure 2 ~ N(log N, 1): solved on paper."""
    draws = np.random.default_rng(3).normal(1, 0.5**0.5, (4, 20_000))
    for row in power(flat(norm.logpdf(draws), draws)):
        assert row["psense"] > 0.05
        for scaled in row["scaled"]:
            precision = 1 + scaled["power"]
            exact = norm(2 / precision, precision**-0.5)
            told = np.log([scaled["low"], scaled["median"], scaled["high"]])
            np.testing.assert_allclose(told, exact.ppf([0.05, 0.5, 0.95]), atol=0.05)


def test_sensitivity_is_that_of_arviz() -> None:
    draws = np.random.default_rng(4).normal(1, 0.5**0.5, (4, 1000))
    density = norm.logpdf(draws)
    chain = ("chain", "draw")
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset({"x": (chain, draws)}),
                                  "log_prior": xr.Dataset({"kappa": (chain, density)})})
    theirs = float(arviz_stats.psense(tree, alphas=(0.8, 1.25))["x"])
    assert power(flat(density, draws))[0]["psense"] == pytest.approx(theirs, rel=0.02)


def test_weights_that_do_not_tell_say_so() -> None:
    """The draws lie far in the tail of the prior: no weights reach where its weight would lead."""
    draws = np.random.default_rng(5).normal(30, 1, (4, 500))
    for row in power(flat(norm.logpdf(draws), draws)):
        assert row["psense"] is None
        assert [scaled["by"] for scaled in row["scaled"]] == [None, None]
        assert "median" not in row["scaled"][0]


def test_every_fit_tells_its_sensitivity(tiny_fit: Fit) -> None:
    rows = tiny_fit.account["sensitivity"]["power"]
    lists = any(name in tiny_fit.posterior for name in LISTS)
    assert [row["component"] for row in rows] == [
        name for name in COMPONENTS if lists or name != "lists"]
    for row in rows:
        assert [scaled["power"] for scaled in row["scaled"]] == list(FAR)


def test_a_prior_that_is_flat_over_the_draws_has_no_say() -> None:
    draws = np.random.default_rng(6).normal(0, 1, (4, 500))
    assert power(flat(np.zeros_like(draws), draws))[0]["psense"] == pytest.approx(0, abs=1e-6)
    weights, pareto_k = weigh(np.full(10, -28.0), 2.0)
    np.testing.assert_allclose(weights, 0.1)
    assert pareto_k == 0
