"""Known truths are found again: a small world always, ten of the case's size when asked."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from ten_worlds import as_table, recover

from estimate.data.case import read_case
from estimate.model.fit import fit
from estimate.model.sampler import Settings
from estimate.model.simulate import (
    ClaimPlan,
    Design,
    SourcePlan,
    simulate_world,
    write_world,
)

TINY = Design(20, (SourcePlan("staff", "adversary"), SourcePlan("island", "third_party_state"),
                   SourcePlan("press", "media")),
              (ClaimPlan("staff", "killed", "about", 9, 10),
               ClaimPlan("staff", "killed", "at_least", 19, 20),
               ClaimPlan("island", "killed", "about", 12, 13),
               ClaimPlan("island", "killed", "range", 19, 22, width=0.4),
               ClaimPlan("press", "killed", "about", 15, 16)))


@pytest.mark.filterwarnings("ignore")
def test_a_small_world_is_recovered(tmp_path: Path) -> None:
    """From rounded figures in a file to an interval that holds the truth, and paths that grow."""
    world = simulate_world(9, TINY, truth={"log_total": math.log(3000.0), "false_zero": 1e-6})
    case = read_case(write_world(world, tmp_path))
    result = fit(case, settings=Settings(draws=400, tune=400, chains=2, seed=1))
    killed = result.cumulative["killed"]
    low, high = np.quantile(killed[:, -1], [0.005, 0.995])
    assert low < world.truth["total"] < high
    assert high / low < 60
    assert np.all(np.diff(killed, axis=1) >= -1e-3 * killed[:, -1:])
    bias = result.posterior["bias"].mean(("chain", "draw"))
    spread = result.posterior["bias"].std(("chain", "draw"))
    for source, true in world.truth["bias"].items():
        z = (float(bias.sel(source=source)) - true) / float(spread.sel(source=source))
        assert abs(z) < 3.5, source


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ten_worlds_of_the_case_s_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 7 of 10 final totals, and of killed, lie inside their 90% interval."""
    rows = [recover(seed, tmp_path / str(seed)) for seed in range(10)]
    with capsys.disabled():
        sys.stdout.write("\n" + as_table(rows) + "\n")
    assert sum(row["casualties"]["inside"] for row in rows) >= 7
    assert sum(row["killed"]["inside"] for row in rows) >= 7


def test_the_committed_table_holds() -> None:
    """docs/recovery.json, made by ten_worlds.py, says the same as the test asks."""
    rows = json.loads((Path(__file__).parents[2] / "docs" / "recovery.json").read_text())
    assert len(rows) >= 10
    assert sum(row["casualties"]["inside"] for row in rows) >= 0.7 * len(rows)
    assert sum(row["killed"]["inside"] for row in rows) >= 0.7 * len(rows)
