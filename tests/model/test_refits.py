"""Leaving a family out: the pieces on paper, the refits against a fit that excludes it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from estimate.model.conflict import Refit, adjusted, holm, ranked, tail
from estimate.model.fit import compile_model, fit
from estimate.model.refits import leave_out, speakers, without
from estimate.model.result import Fit
from estimate.model.sampler import Settings


def refit(family: str, change: float, p: float = 0.5, *, ok: bool = True) -> Refit:
    checks: dict[str, Any] = {"ok": ok}
    return Refit(family, [], 1.0, 1.0, 1.0, change, 0.02, abs(change) > 0.04, 1.0, p, p, False,
                 checks)


def test_holm_agrees_with_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([]) == []


def test_movers_in_conflict_come_first_then_the_larger_change_and_failed_refits_last() -> None:
    rows = [refit("quiet", 0.01, 0.001), refit("large", 0.5), refit("failed", 2.0, 1e-6, ok=False),
            refit("odd", -0.1, 0.002), refit("small", -0.2)]
    order = ranked(adjusted(rows))
    assert [row.family for row in order] == ["odd", "large", "small", "quiet", "failed"]
    assert [row.conflict for row in order] == [True, False, False, True, False]


def test_the_tail_has_its_size_with_heavy_tails_and_sees_a_shifted_level() -> None:
    """Figures and draws of one heavy-tailed family with a common error: p is uniform."""
    rng = np.random.default_rng(5)

    def told(n: int) -> Any:
        return rng.normal(0, 0.5, (n, 1)) + 0.2 * rng.standard_t(2, (n, 3))

    p = np.array([tail(stated, told(1000))[0] for stated in told(1000)])
    for level in (0.05, 0.2, 0.5):
        assert (p < level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 1000))
    found, ratio = tail(np.full(3, np.log(10)), told(4000))
    assert found < 0.01
    assert ratio == pytest.approx(10, rel=0.1)


def test_a_family_that_is_not_heard_leaves_the_density(tiny_fit: Fit) -> None:
    compiled = compile_model(tiny_fit.design, tiny_fit.priors)
    muted, own = without(compiled, "blue_gov")
    seen = tiny_fit.design.observations
    assert {seen.claim[i] for i in np.flatnonzero(own)} == {"c2", "c3"}
    x = np.random.default_rng(2).normal(size=compiled.packed.n_dim)
    louder = muted.with_data(seen.log_figure + 3 * own, np.where(own, -1.0, seen.zero))
    value, gradient = muted.packed.log_density(x)
    other, same = louder.packed.log_density(x)
    assert value == other
    np.testing.assert_array_equal(gradient, same)
    assert value != compiled.packed.log_density(x)[0]
    step = 1e-6 * np.eye(len(x))[3]
    slope = (muted.packed.log_density(x + step)[0]
             - muted.packed.log_density(x - step)[0]) / 2e-6
    assert gradient[3] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_only_families_with_a_claim_on_losses_speak(tiny_fit: Fit) -> None:
    assert speakers(tiny_fit.design) == ["blue_gov", "green", "red_mod", "watch"]


@pytest.mark.slow
def test_a_refit_agrees_with_a_fit_that_excludes_the_family(tiny_fit: Fit) -> None:
    found = leave_out(tiny_fit)
    assert {row["family"] for row in found["families"]} == set(speakers(tiny_fit.design))
    for row in found["families"]:
        assert 0 < row["p"] <= row["p_holm"] <= 1
        assert row["diagnostics"]["ok"] or not row["conflict"]
    row = next(row for row in found["families"] if row["family"] == "watch")
    assert row["diagnostics"]["ok"]
    other = fit(tiny_fit.case, exclude=("watch",), priors=tiny_fit.priors,
                settings=replace(Settings(seed=5), draws=2000))
    median = np.median(other.cumulative["killed"][:, -1])
    assert row["median"] == pytest.approx(median, rel=0.1)
