"""Coordinates in which a posterior is about as wide in one direction as in another.

Standard normals a priori, the parameters are pinned a posteriori in as many directions as there are
claims that differ, some of them a hundred times as tightly as others. A sampler takes steps of the
tightest and has to cross the widest. So a short *pilot* run is made first; the curvature of the log
density is averaged over some of its draws,

    H = mean of -∇∇ log p(x),     H v_j = λ_j v_j,

which is the expected Fisher information of the posterior, and sampling goes on in u with

    x = u + Σ_j (λ_j^(-1/2) - 1) v_j (v_j · u),

over the directions in which λ_j is far from 1, its value under the prior alone. The map is linear
and fixed before the first draw that is kept, so it changes no posterior, only the way there.
docs/method.md, section 4, has what it saves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .grid import Floats, Ints
from .packed import evaluate, stretched

POINTS = 16  # draws of the pilot at which curvature is taken; 30 are hardly better, 6 too few
CURVED = 2.0  # a direction stays as it is where its curvature is within this factor of 1
FLATTEST = 0.2  # curvature below this is taken for this: an average may even be negative
STEP = 1e-4  # of the central differences, in standard deviations of the prior


@dataclass(frozen=True)
class Coordinates:
    """A linear change of the sampler's vector.

    Parameters
    ----------
    by : Floats
        λ^(-1/2) - 1 of each direction (k,).
    directions : Floats
        Orthonormal rows (k, n).
    """

    by: Floats
    directions: Floats

    def place(self, u: Floats) -> Floats:
        """Give the vector x (…, n) at coordinates u (…, n)."""
        return np.asarray(u + ((u @ self.directions.T) * self.by) @ self.directions)

    def of(self, x: Floats) -> Floats:
        """Give the coordinates u (…, n) of the vector x (…, n)."""
        back = 1 / (1 + self.by) - 1
        return np.asarray(x + ((x @ self.directions.T) * back) @ self.directions)

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
    some = np.linspace(0, len(draws) - 1, min(POINTS, len(draws))).astype(int)
    mean = np.mean([curvature(memory, draws[i]) for i in some], axis=0)
    values, vectors = np.linalg.eigh(mean)
    values = np.maximum(values, FLATTEST)
    far = np.abs(np.log(values)) > np.log(CURVED)
    return Coordinates(values[far]**-0.5 - 1, np.ascontiguousarray(vectors.T[far]))
