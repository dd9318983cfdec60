"""What happened: losses grow along a share path towards a total. No source appears here.

Functions of tensors, without model context; docs/method.md section 2 has the formulas, and
tests/model compares each with a twin in numpy.
"""

from __future__ import annotations

from typing import Any

import pytensor.tensor

from .basis import (
    DAMPING_SCALE,
    SHAPE_COLUMNS,
    SHARE_COLUMNS,
    TROOP_COLUMNS,
    cosine_basis,
    damping,
)
from .grid import Floats

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor

__all__ = ["DAMPING_SCALE", "SHAPE_COLUMNS", "SHARE_COLUMNS", "TROOP_COLUMNS", "cosine_basis",
           "damping", "share_increments", "split_parts"]


def share_increments(log_lengths: Tensor, basis: Floats, weighted: Tensor) -> Tensor:
    """Share of the total in each step: softmax(log lengths + basis · weighted coefficients).

    Parameters
    ----------
    log_lengths : Tensor
        Logarithm of the steps' lengths in days, with what indicators of activity add to it, shape
        (n_steps,).
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
        Log ratio of each other part to the first of them, itself included as 0,
        shape (n_parts - 1,).

    Returns
    -------
    Tensor
        Shape (n_parts, n_steps), killed first.
    """
    killed = casualties * killed_share
    others = casualties * (1 - killed_share)
    return pt.concatenate([killed[None, :], pt.special.softmax(ratios)[:, None] * others[None, :]])
