"""Cosine columns along the grid, in plain numpy: what `path.py` and `kernel.py` share."""

from __future__ import annotations

import numpy as np

from .grid import Floats

SHAPE_COLUMNS = 16  # cosines of the losses' shape; finer detail is damped by `damping`
TROOP_COLUMNS = 6  # troops come and go in few waves
SHARE_COLUMNS = 3  # the killed share moves slowly
DAMPING_SCALE = 3.0  # columns beyond this one are damped, as 1 / sqrt(1 + (k / scale)^4)


def cosine_basis(n_steps: int, n_columns: int) -> Floats:
    """Smooth columns sqrt(2) cos(pi k (t - 1/2) / T), k = 1 … K.

    Parameters
    ----------
    n_steps : int
        T, the number of grid steps.
    n_columns : int
        K wanted; never more than T - 1 are given.

    Returns
    -------
    Floats
        Shape (n_steps, K); each column sums to zero.
    """
    order = np.arange(1, min(n_columns, n_steps - 1) + 1)
    middle = np.arange(1, n_steps + 1) - 0.5
    return np.asarray(np.sqrt(2) * np.cos(np.pi * np.outer(middle, order) / n_steps))


def damping(n_columns: int) -> Floats:
    """Weight of each cosine column relative to the shape's scale, shape (n_columns,)."""
    order = np.arange(1, n_columns + 1)
    return np.asarray(1 / np.sqrt(1 + (order / DAMPING_SCALE) ** 4))
