"""The parameters of a design, laid out as one vector of standard normals, in plain numpy.

A parameter is `form(mean + sd * x)` of its stretch of the vector. Draws get their names back by
`named`; `parameters.py` does the same for tensors, `kernel.py` for the sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from .basis import SHAPE_COLUMNS, SHARE_COLUMNS, TROOP_COLUMNS
from .design import HONOURED, NAMED, RETURNED, Design
from .grid import Floats
from .priors import Prior, Priors

FORMS = {"normal": "real", "lognormal": "positive", "logitnormal": "share"}
IN_NUMPY: dict[str, Callable[[Floats], Floats]] = {
    "real": lambda y: y,
    "positive": np.exp,
    "share": expit,
    "uniform": ndtr,
}


@dataclass(frozen=True)
class Block:
    """One named stretch of the vector.

    Parameters
    ----------
    name : str
        Name in the posterior.
    form : {"real", "positive", "share", "uniform"}
        What is done to the normal.
    mean, sd : Floats
        Of the normal, shape (n,).
    dim : str
        Name of its axis; empty for a scalar.
    """

    name: str
    form: str
    mean: Floats
    sd: Floats
    dim: str = ""

    @property
    def size(self) -> int:
        """Length of the stretch."""
        return len(self.mean)


def _from(name: str, *priors: Prior, dim: str = "") -> Block:
    return Block(name, FORMS[priors[0].family], np.array([p.mean for p in priors]),
                 np.array([p.sd for p in priors]), dim)


def _deviates(name: str, size: int, dim: str, form: str = "real") -> Block:
    return Block(name, form, np.zeros(size), np.ones(size), dim)


def lay_out(design: Design, priors: Priors, *, rotated: bool) -> list[Block]:
    """List the parameters that a design has.

    Parameters
    ----------
    design : Design
        From `plan`.
    priors : Priors
        The assumptions.
    rotated : bool
        Whether the total is left out, being made from the reported level.

    Returns
    -------
    list of Block
    """
    def one(name: str) -> Block:
        return _from(name, priors[name])

    def cells(table: str) -> Block:
        return _from(table, *(priors.cell(table, r, design.victim) for r in design.relations),
                     dim="relation")

    def growth(name: str, columns: int) -> list[Block]:
        columns = min(columns, design.grid.n_steps - 1)
        if not columns:
            return []
        return [_from(f"{name}_scale", priors["shape_scale"]),
                _deviates(f"{name}_z", columns, f"{name}_column")]

    blocks = [] if rotated else [one("log_total")]
    blocks += growth("shape", SHAPE_COLUMNS)
    blocks += [one("kappa"), cells("gamma"), cells("m0"), one("tau_relation"), one("tau_family"),
               one("tau_source"), _deviates("z_relation", len(design.relations), "relation"),
               _deviates("z_family", len(design.families), "family"),
               _deviates("z_source", len(design.sources), "source"),
               one("maturation_days"), one("sigma"),
               _deviates("z_noise", len(design.sources), "source"), one("nu"), one("hedge_floor"),
               one("hedge_cap"), one("range_stretch"), one("false_zero")]
    if design.multipart:
        blocks += [one("killed_share"), one("tau_killed"),
                   _deviates("z_killed", len(design.families), "family")]
        blocks += [one(f"{part}_ratio") for part in design.parts[2:]]
        columns = min(SHARE_COLUMNS, design.grid.n_steps - 1)
        if columns:
            blocks += [one("killed_share_path"),
                       _deviates("killed_share_z", columns, "share_column")]
    if design.troops:
        blocks += [one("log_remaining"), one("present_before"), *growth("deployed", TROOP_COLUMNS),
                   one("kappa_deployed"), one("tau_deployed"),
                   _deviates("z_deployed", len(design.families), "family")]
    if design.has(RETURNED):
        blocks += [one("returned_share"), *growth("returned", TROOP_COLUMNS)]
    if design.has(HONOURED):
        blocks += [one("coverage_honoured"), one("sigma_list")]
        earlier = len(design.observations.stages) - 1
        if earlier:
            blocks.append(_deviates("list_growth", earlier, "stage", "uniform"))
    if design.has(NAMED):
        blocks.append(one("coverage_named"))
    for name, waves in design.observations.drift.items():
        blocks += [_from(f"tau_drift_{name}", priors["tau_drift"]),
                   _deviates(f"drift_z_{name}", waves.shape[1], "drift_column")]
    if any(reading.stated or reading.other for reading in design.observations.readings):
        blocks.append(one("stated_reading"))
    return blocks


def named(blocks: list[Block], draws: Floats) -> dict[str, Floats]:
    """Give draws of the vector their names.

    Parameters
    ----------
    blocks : list of Block
        From `lay_out`.
    draws : Floats
        Shape (…, total size).

    Returns
    -------
    dict of str to Floats
        Each (…, n), scalars (…).
    """
    out, start = {}, 0
    for block in blocks:
        values = IN_NUMPY[block.form](block.mean + block.sd * draws[..., start:start + block.size])
        out[block.name] = values if block.dim else values[..., 0]
        start += block.size
    return out



