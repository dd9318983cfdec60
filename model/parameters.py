"""The parameters of a design, laid out as one vector of standard normals.

A parameter is `form(mean + sd * x)` of its stretch of the vector. One vector in the place of some
forty variables makes the graph, and with it the time to compile it, several times smaller. What
needs no tensors is in `layout.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor

from .layout import FORMS, IN_NUMPY, Block, lay_out, named

__all__ = ["FORMS", "IN_NUMPY", "IN_TENSORS", "Block", "lay_out", "named", "unpack"]

Tensor = Any  # pytensor ships no types
pt: Any = pytensor.tensor

IN_TENSORS = {"real": lambda y: y, "positive": pt.exp, "share": pt.sigmoid,
              "uniform": lambda y: 0.5 * pt.erfc(-y / np.sqrt(2))}


def unpack(blocks: list[Block], vector: Tensor) -> dict[str, Tensor]:
    """Give each parameter its stretch of the vector.

    Parameters
    ----------
    blocks : list of Block
        From `lay_out`.
    vector : Tensor
        Standard normals, as long as all blocks together.

    Returns
    -------
    dict of str to Tensor
        Each of shape (n,); scalars are of length one.
    """
    mean = np.concatenate([block.mean for block in blocks])
    sd = np.concatenate([block.sd for block in blocks])
    values = mean + sd * vector
    stretches = pt.split(values, splits_size=[block.size for block in blocks])
    return {block.name: IN_TENSORS[block.form](stretch)
            for block, stretch in zip(blocks, stretches, strict=True)}
