"""The smallest moves: a straight line through the draws, mirrored about the median."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from estimate.data.problems import EstimateError
from estimate.model import moves as module
from estimate.model.moves import FEWEST_NEAR, Move, Moves, carriers, moves
from estimate.model.result import Fit
from estimate.model.tails import beyond

SHARES = ("list", "names", "killed_share")


def by_name(found: Moves) -> dict[tuple[str, str], Move]:
    return {(move.kind, move.source): move for move in found.moves}


def scaled(move: Move, value: float) -> float:
    return float(np.log(value / (1 - value)) if move.kind in SHARES else np.log(value))


def log_killed(fit: Fit) -> Any:
    return np.log(fit.cumulative["killed"][:, -1])


@pytest.mark.parametrize("quantity", ["killed", "casualties", "deployed"])
def test_high_and_low_figures_are_mirrored(tiny_fit: Fit, quantity: str) -> None:
    draws = np.log(tiny_fit.cumulative[quantity][:, -1])
    middle, far = np.median(draws), 3 * draws.std()
    high, low = (moves(tiny_fit, quantity, float(np.exp(middle + x))) for x in (far, -far))
    assert {high.method, low.method} == {"line"}
    assert high.sds == pytest.approx(-low.sds) == pytest.approx(3)
    assert [move.source for move in high.moves] == [move.source for move in low.moves]
    for name, up in by_name(high).items():
        down = by_name(low)[name]
        centre = (scaled(up, up.needed) + scaled(down, down.needed)) / 2
        assert centre == pytest.approx(scaled(up, up.median), abs=1e-6)
        assert up.sds == pytest.approx(-down.sds)


def test_nothing_moves_for_the_median(tiny_fit: Fit) -> None:
    found = moves(tiny_fit, "killed", float(np.exp(np.median(log_killed(tiny_fit)))))
    assert found.checked
    for move in found.moves:
        assert move.needed == pytest.approx(move.median, rel=0.15)
        assert move.q05 < move.median < move.q95


def test_a_low_figure_asks_for_high_claims_and_a_fuller_list(tiny_fit: Fit) -> None:
    found = moves(tiny_fit, "killed", float(np.exp(log_killed(tiny_fit).mean()) / 3))
    told = by_name(found)
    for source in ("red_mod", "blue_army"):
        assert told["source", source].needed > told["source", source].median
        assert told["source", source].sds > 0
        assert 0 < told["source", source].prior_probability < 1
    assert told["names", "watch"].needed > told["names", "watch"].median
    assert told["killed_share", ""].needed < told["killed_share", ""].median


def test_moves_agree_with_the_draws_near_the_figure(tiny_fit: Fit) -> None:
    draws = log_killed(tiny_fit)
    figure = np.median(draws) + 0.7 * draws.std()
    found = moves(tiny_fit, "killed", float(np.exp(figure)))
    assert found.near >= FEWEST_NEAR
    inside = np.abs(draws - figure) < 0.3 * draws.std()
    kappa = tiny_fit.draws("kappa")
    needed = np.log(by_name(found)["shared", ""].needed)
    assert needed == pytest.approx(kappa[inside].mean(), abs=0.25 * kappa.std())


def test_draws_are_told_where_the_line_is_wrong(
    tiny_fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = log_killed(tiny_fit)
    z = norm.ppf((rankdata(draws) - 0.5) / len(draws))  # whatever the tails of the tiny case are
    bent = module._Part("shared", "", "", z, np.abs(z))
    monkeypatch.setattr(module, "_parts", lambda *_: [bent])
    found = moves(tiny_fit, "killed", float(np.exp(np.median(draws))))
    assert found.method == "draws"
    near = np.abs(draws - np.median(draws)) <= module.BAND * draws.std()
    assert np.log(found.moves[0].needed) == pytest.approx(np.abs(z)[near].mean(), abs=0.05)
    assert found.carried == 0


def test_the_troops_have_biases_of_their_own(tiny_fit: Fit) -> None:
    found = moves(tiny_fit, "deployed", 9000)
    assert list(by_name(found)) == [("source", "green"), ("shared", "")]
    assert found.moves[0].about == "deployed"
    assert found.moves[0].needed < found.moves[0].median


@pytest.mark.parametrize(
    ("quantity", "figure", "day", "says"),
    [("tanks", 5.0, None, "tanks: this fit makes no estimate of it.*take one of casualties"),
     ("killd", 5.0, None, "did you mean 'killed'"),
     ("killed", 0.0, None, "0 killed: a figure to be tested is above 0"),
     ("killed", -3.0, None, "above 0"), ("killed", float("inf"), None, "above 0"),
     ("killed", 5.0, date(2024, 2, 29), "--on 2024-02-29: tiny begins on 2024-03-01"),
     ("killed", 5.0, date(2024, 4, 1), "take a day from 2024-03-01 to 2024-03-31")],
)
def test_what_cannot_be_tested_is_refused(
    tiny_fit: Fit, quantity: str, figure: float, day: date | None, says: str
) -> None:
    with pytest.raises(EstimateError, match=says):
        moves(tiny_fit, quantity, figure, day)


def test_the_day_is_that_of_the_claim_test(tiny_fit: Fit) -> None:
    for day in (tiny_fit.case.start, tiny_fit.as_of - timedelta(3)):
        curve = tiny_fit.cumulative["killed"][:, tiny_fit.design.grid.dates.index(day)]
        found = moves(tiny_fit, "killed", 10.0, day)
        gap = (np.log(10) - np.median(np.log(curve))) / np.log(curve).std()
        assert found.sds == pytest.approx(gap, rel=1e-4, abs=1e-3)  # medians of an even number
        told = tiny_fit.test_claim("killed", 10.0, day)["probability_at_most"]
        assert told == pytest.approx((curve <= 10).mean())


def test_carriers_are_the_fewest_that_carry() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((4000, 5))
    x[:, 3] = x[:, 0]  # a member of the same family
    target = 2 * x[:, 0] + x[:, 1] + 0.05 * x[:, 2] + rng.standard_normal(4000)
    chosen, carried = carriers(x, target)
    assert chosen in ([0, 1], [3, 1])
    assert carried == pytest.approx(5 / 6, abs=0.02)
    assert carriers(x[:, :0], target) == ([], 0.0)


def test_what_few_draws_can_show() -> None:
    draws = np.random.default_rng(1).standard_normal((4, 500))
    none = beyond(draws, -9.0)
    assert none["probability_at_most"] == 0
    assert none["limit_at_most"] == pytest.approx(1 - 0.05 ** (1 / none["effective_draws"]))
    assert none["limit_at_least"] == 1
    half = beyond(draws, 0.0)
    assert half["probability_at_most"] == pytest.approx(0.5, abs=0.05)
    assert half["probability_at_most"] < half["limit_at_most"] < 0.6


def test_moves_are_written_as_json(tiny_fit: Fit) -> None:
    import json

    told = json.loads(json.dumps(moves(tiny_fit, "killed", 40).to_dict(), allow_nan=False))
    assert told["on"] == str(tiny_fit.as_of)
    assert SimpleNamespace(**told["moves"][0]).kind == "source"
