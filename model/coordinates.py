"""Coordinates in which a posterior is about as wide in one direction as in another.

Standard normals a priori, the parameters are pinned a posteriori in as many directions as there are
claims that differ, some of them a hundred times as tightly as others. A sampler takes steps of the
tightest and has to cross the widest. So a short *pilot* run is made first. With C the covariance of
its draws and H the mean of -∇∇ log p(x) over some of them (which is the covariance of the gradients
over the posterior), the metric that brings the posterior nearest to a standard normal in Fisher
divergence is the geometric mean of C and the inverse of H,

    Σ = H^(-1/2) (H^(1/2) C H^(1/2))^(1/2) H^(-1/2),     Σ v_j = λ_j v_j,

as in nutpie's own low-rank adaptation; it is learned once, here, and not again every few draws.
Sampling goes on in u with

    x = u + Σ_j (λ_j^(1/2) - 1) v_j (v_j · u),

over the directions in which λ_j is far from 1, its value under the prior alone. The map is linear
and fixed before the first draw that is kept, so it changes no posterior, only the way there.
ARCHITECTURE.md has what it saves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from .grid import Floats, Ints
from .packed import evaluate, stretched

POINTS = 16  # draws of the pilot at which curvature is taken; 30 are hardly better, 6 too few
CURVED = 2.0  # a direction stays as it is where its variance is within this factor of 1
FLATTEST = 0.2  # curvature below this is taken for this: an average may even be negative
STEP = 1e-4  # of the central differences, in standard deviations of the prior


@dataclass(frozen=True)
class Coordinates:
    """A linear change of the sampler's vector.

    Parameters
    ----------
    by : Floats
        λ^(1/2) - 1 of each direction (k,).
    directions : Floats
        Orthonormal rows (k, n).
    """

    by: Floats
    directions: Floats

    def place(self, u: Floats) -> Floats:
        """Give the vector x (…, n) at coordinates u (…, n)."""
        return self._moved(u, self.by)

    def of(self, x: Floats) -> Floats:
        """Give the coordinates u (…, n) of the vector x (…, n)."""
        return self._moved(x, 1 / (1 + self.by) - 1)

    def _moved(self, x: Floats, by: Floats) -> Floats:
        with threadpool_limits(1):  # the number of threads decides last bits
            return np.asarray(x + ((x @ self.directions.T) * by) @ self.directions)

    def attach(self, memory: Ints) -> Ints:
        """Have the kernel's memory, from `packed.buffer`, read its vector in these coordinates."""
        return stretched(memory, self.by, self.directions)


def curvature(memory: Ints, x: Floats) -> Floats:
    """Negative second derivatives (n, n) of the log density at x (n,), by central differences."""
    steps = STEP * np.eye(len(x))
    slopes = [evaluate(memory, x + step)[1] - evaluate(memory, x - step)[1] for step in steps]
    second = -np.array(slopes) / (2 * STEP)
    return np.asarray((second + second.T) / 2)


def learn(memory: Ints, draws: Floats) -> Coordinates:
    """Learn the coordinates from the draws of a pilot.

    Parameters
    ----------
    memory : Ints
        From `packed.buffer`.
    draws : Floats
        Shape (draws, n), in the order in which they were made.

    Returns
    -------
    Coordinates
    """
    with threadpool_limits(1):  # the number of threads decides last bits
        return _learn(memory, draws)


def _learn(memory: Ints, draws: Floats) -> Coordinates:
    n_draws, n = draws.shape
    some = np.linspace(0, n_draws - 1, min(POINTS, n_draws)).astype(int)
    values, vectors = np.linalg.eigh(
        np.mean([curvature(memory, draws[i]) for i in some], axis=0))
    values = np.maximum(values, FLATTEST)
    root, back = (vectors * values**power @ vectors.T for power in (0.5, -0.5))
    # As many draws again as there are parameters are taken to have the covariance that H says: of
    # few draws, each near the last, a covariance alone would be noise.
    spread = (n_draws * root @ np.cov(draws.T) @ root + n * np.eye(n)) / (n_draws + n)
    values, vectors = np.linalg.eigh(spread)
    values, vectors = np.linalg.eigh(back @ (vectors * np.sqrt(values) @ vectors.T) @ back)
    far = np.abs(np.log(values)) > np.log(CURVED)
    return Coordinates(np.sqrt(values[far]) - 1, np.ascontiguousarray(vectors.T[far]))
