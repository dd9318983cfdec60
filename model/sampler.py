"""Draw from a log density of the kernel's: the only caller of the sampler."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import nutpie
import xarray as xr
from nutpie.compile_pymc import CompiledPyMCModel

from estimate.data.problems import EstimateError

from .coordinates import learn
from .grid import Floats, Ints
from .kernel import c_functions

FEWEST = 50  # draws of a chain that can give a report at all
MAX_DEPTH = 10  # a tree at this depth is a defect of the model
APART = 1.0  # chains start this far, at most, from a draw of the pilot, in each coordinate
ACCEPTANCE = 0.8  # of the pilot: nutpie's own
PILOT = {"draws": 200, "tune": 300}  # of one chain: enough to see where the posterior is narrow
PILOT_DEPTH = 6  # of its trees: enough to scout, and with many claims a tenth of the cost
PILOT_START = 0.1  # a pilot starts this near to the middle of the prior, in each entry
AFTER_PILOT = 0.9  # acceptance: at 0.8, one draw in some 12,000 of nk-kursk diverged
NONE_SCALED = np.zeros((0, 3))
Progress = Callable[[int, int], None]  # draws done, draws in all


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Parameters
    ----------
    draws, tune, chains : int
        Kept and warm-up draws of each chain, and the number of chains.
    seed : int, optional
        Any whole number from 0 to 2^63 - 1; drawn once and recorded when not told.

    Raises
    ------
    EstimateError
        A number is out of bounds.
    """

    draws: int = 1200
    tune: int = 250
    chains: int = 4
    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))

    @property
    def length(self) -> int:
        """Draws in all, those of the pilot and of the warm-up among them."""
        return sum(PILOT.values()) + self.chains * (self.draws + self.tune)

    def __post_init__(self) -> None:
        """Refuse settings that cannot give a report."""
        for name, low, high in (
            ("draws", FEWEST, 100_000),
            ("tune", 50, 100_000),
            ("chains", 2, 64),
            ("seed", 0, 2**63 - 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise EstimateError(f"--{name} {value}: must lie between {low} and {high}")


def sample(memory: Ints, n_dim: int, settings: Settings, progress: Progress | None = None,
           acceptance: float = AFTER_PILOT, scaled: Floats = NONE_SCALED
           ) -> tuple[Floats, xr.Dataset]:
    """Draw from a log density: a pilot, and the chains in the coordinates learned from it.

    Parameters
    ----------
    memory : Ints
        The density, from `packed.buffer`.
    n_dim : int
        Length of its vector.
    settings : Settings
        How to sample.
    progress : callable, optional
        Told the draws done and the draws in all, those of the pilot among them, several times a
        second.
    acceptance : float
        Mean chance of acceptance that the chains' step size aims at.
    scaled : Floats
        As in `packed.Packed` (m, 3).

    Returns
    -------
    Floats
        Draws of the vector (chain, draw, n_dim).
    xarray.Dataset
        The sampler's statistics of each.
    """
    before = sum(PILOT.values())

    def watch(done_before: int) -> Progress:
        def tell(done: int, _: int) -> None:
            if progress:
                progress(done_before + done, settings.length)

        return tell

    def near(seed: int) -> Floats:
        return _uniform(seed, PILOT_START, n_dim)

    tree = _run(memory, n_dim, near, ACCEPTANCE, PILOT | {"chains": 1, "seed": settings.seed},
                watch(0), PILOT_DEPTH)
    found = tree["posterior"]["vector"].to_numpy()[0]
    coordinates = learn(memory, found, scaled)

    def about(seed: int) -> Floats:
        place = found[np.random.default_rng(seed).integers(len(found))]
        return coordinates.of(place) + _uniform(seed, APART, n_dim)

    chains = {name: getattr(settings, name) for name in ("draws", "tune", "chains", "seed")}
    tree = _run(coordinates.attach(memory), n_dim, about, acceptance, chains, watch(before))
    return (coordinates.place(tree["posterior"]["vector"].to_numpy()),
            tree["sample_stats"].to_dataset())


def _uniform(seed: int, spread: float, n: int) -> Floats:
    return np.random.default_rng(seed).uniform(-spread, spread, n)


def _run(memory: Ints, n_dim: int, start: Callable[[int], Floats], acceptance: float,
         chains: dict[str, int], progress: Progress | None, depth: int = MAX_DEPTH) -> xr.DataTree:
    """Run nutpie on a density in memory, without PyMC."""
    density, expand = c_functions()
    model: Any = CompiledPyMCModel(
        _n_dim=n_dim, dims={}, _coords={}, _shapes={"vector": (n_dim,)},
        compiled_logp_func=density, compiled_expand_func=expand, initial_point_func=start,
        shared_data={}, shared_var_keys={}, user_data=memory, n_expanded=n_dim,
        shape_info=(["vector"], [slice(0, n_dim)], [(n_dim,)]), logp_func=None, expand_func=None,
        reparameterized_names=[])

    def watch(running: list[Any]) -> None:
        if progress:
            progress(sum(chain.finished_draws for chain in running), 0)

    sampler = nutpie.sample(
        model, draws=chains["draws"], tune=chains["tune"], chains=chains["chains"],
        cores=min(chains["chains"], os.cpu_count() or 1), seed=chains["seed"], save_warmup=False,
        progress_bar=False, progress_callback=watch, progress_rate=200, maxdepth=depth,
        target_accept=acceptance, blocking=False)
    try:
        tree: xr.DataTree = sampler.wait()
    except BaseException:  # Ctrl-C: stop the chains too, keep nothing of them
        sampler.cancel()
        raise
    return tree
