"""Simulated libraries are told as planned, and what they were made with is found again."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from libraries import ASKED, LEVEL, LIBRARIES, one_library
from simulated_library import (
    TRUTH_SDS,
    Library,
    Planned,
    draw_library,
    figures,
    planned,
    settled,
    template,
)

from estimate.model.calibrate import Resolved
from estimate.model.hyper import NAMES, cell
from estimate.model.library import log_truth, stack
from estimate.model.plans import tolls_of
from estimate.model.simulate import ClaimPlan, Design, SourcePlan, World, simulate_world

QUIET = {name: -9.0 for name in NAMES  # scales of nearly nought: what is left is bias
         if name.startswith(("tau_", "hedge_", "sigma", "false_zero"))} | {"nu": 9.0}
TOLL = Design(1, (SourcePlan("city", "self"), SourcePlan("list", "independent", "", (),
                                                         "by_name_count")),
              (ClaimPlan("city", "killed", "about", 0, 0),
               ClaimPlan("city", "missing", "about", 0, 0),
               ClaimPlan("city", "killed", "range", 0, 30, width=0.4),
               ClaimPlan("list", "killed", "exact", 0, 400)), victim="disaster")


def test_figures_follow_the_bias_of_their_cell_and_route() -> None:
    """Late figures without scatter or hedge: claim / truth is that of the cell and the route."""
    late = {p.name: [i for i, c in enumerate(p.design.claims)
                     if c.published >= p.design.days + 50 and c.from_day == 0
                     and c.as_of == p.design.days - 1 and c.bound in ("exact", "about")]
            for p in planned() if not tolls_of(p.design)}
    pairs = []
    for seed in range(3):
        library = draw_library(seed, planned(), QUIET | {"maturation_days": math.log(3)})
        hyper = dict(zip(NAMES, library.learned, strict=True))
        for p in (p for p in planned() if p.name in late):
            source = {s.id: s for s in p.design.sources}
            world = library.worlds[p.name]
            for row in (world.claims.iloc[i] for i in late[p.name]):
                speaker = source[row["source"]]
                if speaker.method != "by_name_count" and row["value"] > 100:
                    bias = hyper[cell("gamma", speaker.relation, p.design.victim)]
                    bias += hyper[f"kappa_mean[{p.route}]"]
                    pairs.append((bias, math.log(row["value"] / world.truth["total"])))
    bias, told = np.array(pairs).T
    assert len(pairs) >= 30
    assert bias.std() > 0.4
    assert np.median(told - bias) == pytest.approx(0.0, abs=0.1)
    assert np.polyfit(bias, told, 1)[0] == pytest.approx(1.0, abs=0.15)
    assert (told - bias).std() < 0.3  # Poisson noise and what no history teaches of a source


def test_settled_truths_lie_about_the_true_ones() -> None:
    gaps = []
    for seed in range(2):
        library = draw_library(seed, planned())
        for p in planned():
            centre, sd = log_truth(library.truths[p.name])
            assert sd == pytest.approx(p.truth_sd)
            gaps.append((centre - math.log(library.worlds[p.name].truth["total"])) / sd)
    assert {p.truth_sd for p in planned()} == set(TRUTH_SDS)
    assert abs(np.mean(gaps)) < 4 / math.sqrt(len(gaps))
    assert np.std(gaps) == pytest.approx(1.0, abs=0.25)


def test_dead_and_missing_of_one_day_are_one_figure_that_does_not_mature() -> None:
    """The sum leans by its own bias; the dead alone are early, a by-name count finds a part."""
    fixed = QUIET | {"gamma[self,disaster]": 0.3, "gamma[independent,disaster]": 1.0,
                     "kappa_mean[ordinary]": 0.0, "with_missing": 0.4, "coverage_named": 0.0,
                     "maturation_days": math.log(3)}
    plans = [Planned(f"case-{i}", "ordinary", TOLL, 0.1) for i in range(60)]
    library = draw_library(1, plans, fixed)
    told = template(plans[:1])
    ratio = []
    for p in plans:
        world = library.worlds[p.name]
        one = Library(library.learned, {"case-0": world}, {})
        values, zero = figures(told, one)
        assert not zero.any()
        order = told["case-0"].design.observations.claim
        ratio.append([values[order.index(name)] - math.log(world.truth["total"])
                      for name in ("c001", "c003", "c004")])
    assert [*np.median(ratio, axis=0)] == pytest.approx([0.7, 0.3, math.log(0.5)], abs=0.12)


def test_figures_take_the_place_of_the_placeholders() -> None:
    """Figures are swapped in the order in which the model reads them."""
    plans = [*planned()[:3], Planned("toll", "famous", TOLL, 0.1)]
    told = template(plans)
    worlds = {p.name: World(p.design, told[p.name].case.claims, simulate_world(
        0, p.design).sources, {}) for p in plans}
    values, zero = figures(told, Library(np.zeros(len(NAMES)), worlds, {}))
    held = stack(told).arrays
    np.testing.assert_allclose(values, held["log_figure"], atol=1e-9)
    assert not zero.any()
    assert max(held["grain"]) < 1e-6
    assert replace(told["toll"], truth=settled(50.0, 0.1)).truth.best == 50.0


def test_the_committed_libraries_hold() -> None:
    """docs/libraries.json, made by libraries.py: seeds from 1, nine in ten as asked."""
    result = json.loads((Path(__file__).parents[2] / "docs" / "libraries.json").read_text())
    runs = result["runs"]
    assert [run["seed"] for run in runs] == list(range(1, LIBRARIES + 1))
    inside = np.array([run["inside"] for run in runs])
    assert inside.shape == (LIBRARIES, len(NAMES))
    truth, low, high = (np.array([run[key] for run in runs]) for key in ("truth", "low", "high"))
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(inside.mean(), abs=1e-3)
    assert ASKED[0] <= inside.mean() <= ASKED[1]
    assert result["all"]["share"] == pytest.approx(inside.mean(), abs=1e-4)
    assert result["weak"] == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_one_library_is_recovered() -> None:
    """What the cases speak of comes out narrower than before, and mostly where it was."""
    run = one_library(Resolved(template(planned())), seed=1001)
    assert np.mean(run["inside"]) > LEVEL - 0.2
    truth, median = np.array(run["truth"]), np.array(run["median"])
    gamma = [NAMES.index(cell("gamma", r, v)) for r in ("self", "media", "independent")
             for v in ("military", "civilian", "disaster")]
    assert np.corrcoef(truth[gamma], median[gamma])[0, 1] > 0.6
