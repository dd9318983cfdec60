"""The parameters of a design, laid out as one vector of standard normals.

A parameter is `form(mean + sd * x)` of its stretch of the vector. One vector in the place of some
forty variables makes the graph, and with it the time to compile it, several times smaller. What
needs no tensors is in `layout.py`, parameters with a joint prior too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor

from .layout import FORMS, IN_NUMPY, Block, Layout, lay_out, named

__all__ = ["FORMS", "IN_NUMPY", "IN_TENSORS", "Block", "Layout", "lay_out", "named", "unpack"]

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor

IN_TENSORS = {"real": lambda y: y, "positive": pt.exp, "share": pt.sigmoid,
              "uniform": lambda y: 0.5 * pt.erfc(-y / np.sqrt(2))}


def unpack(layout: Layout, vector: Tensor) -> dict[str, Tensor]:
    """Give each parameter its stretch of the vector.

    Parameters
    ----------
    layout : Layout
        From `lay_out`.
    vector : Tensor
        Standard normals, as long as all blocks together.

    Returns
    -------
    dict of str to Tensor
        Each of shape (n,); scalars are of length one.
    """
    values = layout.mean + layout.sd * vector
    if len(layout.learned):
        spread = np.zeros((layout.size, len(layout.learned)))
        spread[layout.learned] = layout.factor
        values = values + pt.dot(spread, vector[layout.learned])
    stretches = pt.split(values, splits_size=[block.size for block in layout.blocks])
    return {block.name: IN_TENSORS[block.form](stretch)
            for block, stretch in zip(layout.blocks, stretches, strict=True)}
