"""Draws of many series on disk: what they share once, and read back whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from estimate.model.result import SERIES, _lean, _told_once, _whole

CHAINS = ("chain", "draw")


def drawn(seed: int, n_readings: int = 4) -> xr.DataTree:
    """Draws of one series: gamma is shared by all, the rest its own."""
    rng, shared = np.random.default_rng(seed), np.random.default_rng(0)
    joint = rng.normal(-5, 1, (2, 50, n_readings))
    claim = joint if n_readings == 4 else joint[..., :4]
    return xr.DataTree.from_dict({
        "posterior": xr.Dataset({
            "gamma": ((*CHAINS, "relation"), shared.normal(size=(2, 50, 3))),
            "cumulative": ((*CHAINS, "day"), rng.lognormal(9, 1, (2, 50, 30))),
            "log_mean": ((*CHAINS, "reading"), rng.normal(7, 1, (2, 50, n_readings))),
            "scale": ((*CHAINS, "reading"), rng.lognormal(size=(2, 50, n_readings))),
            "log_joint": ((*CHAINS, "reading"), joint),
        }, coords={"day": [f"d{at}" for at in range(30)]}),
        "sample_stats": xr.Dataset({"diverging": (CHAINS, np.zeros((2, 50), dtype=bool))}),
        "log_likelihood": xr.Dataset({"claim": ((*CHAINS, "observation"), claim)}),
        "log_prior": xr.Dataset({"kappa": (CHAINS, rng.normal(size=(2, 50)))}),
    })


@pytest.mark.parametrize("n_readings", [4, 6])
def test_what_was_left_out_is_put_back(n_readings: int, tmp_path: Path) -> None:
    raw = drawn(1), drawn(2, n_readings)
    first, second = map(_lean, raw)
    made = _told_once(first, None)
    made[f"{SERIES}/blue.tanks"] = _told_once(second, first)
    made.to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    read = xr.load_datatree(tmp_path / "draws.nc", engine="h5netcdf")
    there = read[f"{SERIES}/blue.tanks"]
    assert "gamma" not in there["posterior"].to_dataset()
    assert ("log_joint" in there["posterior"].to_dataset()) is (n_readings == 6)
    whole = _whole(read, read)
    found = whole, _whole(read.children[SERIES].children["blue.tanks"], whole)
    for told, own, exact in zip(found, (first, second), raw, strict=True):
        for name in own.children:
            held, want = told[name].to_dataset(), own[name].to_dataset()
            assert set(held.data_vars) == set(want.data_vars)
            for each in want.data_vars:
                assert np.array_equal(held[each].values, want[each].values), each
                np.testing.assert_allclose(want[each], exact[name][each], rtol=2**-15)


def test_what_is_not_finite_stays_so() -> None:
    tree = drawn(1)
    tree["log_likelihood"]["claim"].values[0, 0, :2] = -np.inf, np.nan
    kept = _lean(tree)["log_likelihood"]["claim"].values[0, 0]
    assert kept[0] == -np.inf
    assert np.isnan(kept[1])
