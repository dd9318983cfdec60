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

over the directions in which λ_j is far from 1, its value under the prior alone.

A path is a scale σ times deviates z, and so are the biases of sources. Where claims pin the
product, z is as narrow as σ is large, and a chain that comes to a large σ with a step fit for the
middle stays there for a hundred draws. So each z_i is first replaced by z_i (σ/σ₀)^c_i, the path or
the bias itself where c_i = 1 (Papaspiliopoulos, Roberts & Sköld 2007, Statistical Science
22:59-73), with c_i = 1 - the variance of z_i in the pilot: what the claims took of the prior's.
All maps are fixed before the first draw that is kept, and their Jacobian is in the density, so they
change no posterior, only the way there. ARCHITECTURE.md has what they save.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from .grid import Floats, Ints
from .packed import evaluate, moved

POINTS = 16  # draws of the pilot at which curvature is taken; 30 are hardly better, 6 too few
CURVED = 2.0  # a direction stays as it is where its variance is within this factor of 1
FLATTEST = 0.2  # curvature below this is taken for this: an average may even be negative
STEP = 1e-4  # of the central differences, in standard deviations of the prior


@dataclass(frozen=True)
class Coordinates:
    """A change of the sampler's vector.

    Parameters
    ----------
    by : Floats
        λ^(1/2) - 1 of each direction (k,).
    directions : Floats
        Orthonormal rows (k, n).
    bends : Ints
        Entries of deviates, and of what scales each (m, 2).
    bend_by : Floats
        Of each deviate c times the sd of the scale's logarithm, and the scale's middle (m, 2).
    """

    by: Floats
    directions: Floats
    bends: Ints
    bend_by: Floats

    def place(self, u: Floats) -> Floats:
        """Give the vector x (…, n) at coordinates u (…, n)."""
        return self._bent(self._stretched(u, self.by), -1)

    def of(self, x: Floats) -> Floats:
        """Give the coordinates u (…, n) of the vector x (…, n)."""
        return self._stretched(self._bent(x, 1), 1 / (1 + self.by) - 1)

    def _bent(self, x: Floats, sign: int) -> Floats:
        (rate, middle), (deviate, scale) = self.bend_by.T, self.bends.T
        out = x.copy()
        out[..., deviate] *= np.exp(sign * rate * (x[..., scale] - middle))
        return out

    def _stretched(self, x: Floats, by: Floats) -> Floats:
        with threadpool_limits(1):  # the number of threads decides last bits
            return np.asarray(x + ((x @ self.directions.T) * by) @ self.directions)

    def attach(self, memory: Ints) -> Ints:
        """Have the kernel's memory, from `packed.buffer`, read its vector in these coordinates."""
        return moved(memory, self.by, self.directions, self.bends, self.bend_by)


def curvature(memory: Ints, x: Floats) -> Floats:
    """Negative second derivatives (n, n) of the log density at x (n,), by central differences."""
    steps = STEP * np.eye(len(x))
    slopes = [evaluate(memory, x + step)[1] - evaluate(memory, x - step)[1] for step in steps]
    second = -np.array(slopes) / (2 * STEP)
    return np.asarray((second + second.T) / 2)


def learn(memory: Ints, draws: Floats, scaled: Floats) -> Coordinates:
    """Learn the coordinates from the draws of a pilot.

    Parameters
    ----------
    memory : Ints
        From `packed.buffer`.
    draws : Floats
        Shape (draws, n), in the order in which they were made.
    scaled : Floats
        As in `packed.Packed`: deviates, what scales each, and by how much (m, 3).

    Returns
    -------
    Coordinates
    """
    bends = scaled[:, :2].astype(np.int64)
    centred = np.clip(1 - draws[:, bends[:, 0]].var(axis=0), 0, 1)
    bend_by = np.stack([centred * scaled[:, 2], draws[:, bends[:, 1]].mean(axis=0)], axis=1)
    bent = Coordinates(np.zeros(0), np.zeros((0, draws.shape[1])), bends, bend_by)
    with threadpool_limits(1):  # the number of threads decides last bits
        values, vectors = _metric(bent.attach(memory), bent.of(draws))
    far = np.abs(np.log(values)) > np.log(CURVED)
    return Coordinates(np.sqrt(values[far]) - 1, np.ascontiguousarray(vectors.T[far]),
                       bends, bend_by)


def _metric(memory: Ints, draws: Floats) -> tuple[Floats, Floats]:
    """Give Σ of the draws (draws, n) by its values (n,) and directions, as columns (n, n)."""
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
    return values, vectors
