"""What happened: losses grow along a share path towards a total. No source appears here.

Functions of tensors, without model context; docs/method.md section 2 has the formulas, and
tests/model compares each with a twin in numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt

from .grid import Floats

Tensor = Any  # pytensor ships no types

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


def share_increments(log_lengths: Floats, basis: Floats, weighted: Tensor) -> Tensor:
    """Share of the total in each step: softmax(log lengths + basis · weighted coefficients).

    Parameters
    ----------
    log_lengths : Floats
        Logarithm of the steps' lengths in days, shape (n_steps,).
    basis : Floats
        Shape (n_steps, n_columns).
    weighted : Tensor
        Coefficients times their weights, shape (n_columns,).

    Returns
    -------
    Tensor
        Shape (n_steps,); positive, sums to one.
    """
    rate = pt.as_tensor(log_lengths)
    if basis.shape[1]:
        rate = rate + pt.dot(basis, weighted)
    return pt.special.softmax(rate)


def split_parts(casualties: Tensor, killed_share: Tensor, ratios: Tensor) -> Tensor:
    """Divide the casualties of each step into parts that sum to them.

    Parameters
    ----------
    casualties : Tensor
        Increments, shape (n_steps,).
    killed_share : Tensor
        Share killed, shape (n_steps,).
    ratios : Tensor
        Log ratio of each other part to the first of them, itself included as 0, shape (n_parts - 1,).

    Returns
    -------
    Tensor
        Shape (n_parts, n_steps), killed first.
    """
    killed = casualties * killed_share
    others = casualties * (1 - killed_share)
    return pt.concatenate([killed[None, :], pt.special.softmax(ratios)[:, None] * others[None, :]])
