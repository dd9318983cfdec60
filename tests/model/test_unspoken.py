"""What is told where no claim speaks: stretches, shares before and after, and who covers them."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from estimate.data.case import read_case
from estimate.model.biases import prior_draws
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.grid import day_number
from estimate.model.packed import deterministics, pack
from estimate.model.plans import ActivityPlan, ClaimPlan, SourcePlan
from estimate.model.plans import Design as Plan
from estimate.model.priors import Priors
from estimate.model.simulate import simulate_world, write_world
from estimate.model.unspoken import COLUMNS, unspoken

VOICES = (SourcePlan("staff", "adversary"), SourcePlan("press", "media"))


def claim(source: str, as_of: int, start: int = 0, late: int = 0) -> ClaimPlan:
    return ClaimPlan(source, "killed", "about", as_of, as_of + late, start)


def as_drawn_before(folder: Path, claims: tuple[ClaimPlan, ...],
                    activity: tuple[ActivityPlan, ...] = ()) -> Any:
    """A fit that has learned nothing: its draws are those of the prior."""
    world = simulate_world(1, Plan(300, VOICES, claims, activity=activity),
                           truth={"log_total": math.log(50_000)})
    case = read_case(write_world(world, folder))
    evidence, priors = select(case), Priors()
    fit: Any = SimpleNamespace(case=case, evidence=evidence, design=plan(evidence), priors=priors)
    packed = pack(fit.design, priors, rotated=False)
    normals = np.random.default_rng(4).standard_normal((3000, packed.n_dim))
    cumulative = deterministics(packed, normals)["cumulative"]
    fit.cumulative = {name: cumulative[:, i] for i, name in enumerate(fit.design.quantities)}
    fit.once = lambda _, make: make(fit)
    fit.draws = prior_draws(fit).__getitem__
    return fit


def test_a_fit_that_learned_nothing_says_so(tmp_path: Path) -> None:
    fit = as_drawn_before(tmp_path, (
        claim("staff", 20), claim("press", 110), claim("staff", 120, start=100),
        claim("press", 130, late=80)),
        (ActivityPlan("fires", 0, 99, 3.0), ActivityPlan("fires", 100, 250, 1.0)))
    table = unspoken(fit)
    assert list(table) == list(COLUMNS)
    assert table["what"].tolist() == ["silence", "after the last claim", "weight", "weight"]
    assert table["name"].tolist() == ["", "", "", "fires"]
    start = day_number(fit.case.start)
    days = [(day_number(first.date()) - start, day_number(last.date()) - start)
            for first, last in zip(table["from"], table["to"], strict=True)]
    assert days == [(21, 109), (131, 210), (0, 210), (0, 210)]
    assert table["learned"].max() < 0.1
    np.testing.assert_allclose(table["median"], table["prior_median"], rtol=0.25)
    ids = dict(zip(fit.evidence.used["as_of"].dt.day_of_year, fit.evidence.used["id"],
                   strict=True))
    assert len(ids) == 4
    assert len(table["covered_by"][0].split(";")) == 2
    assert table["covered_by"][1] == ""
    assert (table["count_q05"][:2] <= table["count_median"][:2]).all()
    assert table["count_median"][2:].isna().all()


def test_silence_takes_losses_out_of_a_stretch(tmp_path: Path) -> None:
    """The share of a stretch is below that of its days, and half of it by the days of its half."""
    table = unspoken(as_drawn_before(tmp_path, (claim("staff", 20), claim("press", 200))))
    assert table["what"].tolist() == ["silence", "weight"]
    assert table["median"][0] < 179 / 201
    assert table["prior_median"][1] == pytest.approx(math.exp(-1.5), abs=0.02)


@pytest.mark.parametrize(("late", "rows"), [(6, 0), (7, 1), (59, 1), (60, 2)])
def test_the_time_after_the_last_claim(late: int, rows: int, tmp_path: Path) -> None:
    """Told from a week on; from 60 days it is silence too, with a weight."""
    table = unspoken(as_drawn_before(tmp_path, (claim("staff", 20), claim("press", 40, late=late))))
    assert table["what"].tolist() == ["after the last claim", "weight"][:rows]
