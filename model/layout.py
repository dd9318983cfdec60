"""The parameters of a design, laid out as one vector of standard normals, in plain numpy.

A parameter is `form(y)` of its stretch of y = mean + sd * x; where a prior is learned with others,
y = mean + factor · x over all of them. Draws get their names back by `named`; `parameters.py` does
the same for tensors, `kernel.py` for the sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from .basis import SHAPE_COLUMNS, SHARE_COLUMNS, TROOP_COLUMNS
from .design import HONOURED, NAMED, RETURNED, Design
from .grid import Floats, Ints
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
    priors : tuple of str
        Names of the priors, one an entry; none for deviates, which are standard normals.
    """

    name: str
    form: str
    mean: Floats
    sd: Floats
    dim: str = ""
    priors: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Length of the stretch."""
        return len(self.mean)


@dataclass(frozen=True)
class Layout:
    """The whole vector.

    Parameters
    ----------
    blocks : tuple of Block
        Its stretches, in order.
    mean, sd : Floats
        Of each entry (n,); the sd of the learned ones is 0 here.
    learned : Ints
        Places of the entries with a joint prior (h,).
    factor : Floats
        Lower triangle L of their covariance L L' (h, h).
    """

    blocks: tuple[Block, ...]
    mean: Floats
    sd: Floats
    learned: Ints
    factor: Floats

    @property
    def size(self) -> int:
        """Length of the vector."""
        return len(self.mean)

    @property
    def starts(self) -> dict[str, int]:
        """Where each block starts."""
        ends = np.cumsum([0, *(block.size for block in self.blocks)]).tolist()
        return dict(zip((block.name for block in self.blocks), ends, strict=False))

    def unconstrained(self, x: Floats) -> Floats:
        """Scale standard normals (…, n) to the parameters before their forms (…, n)."""
        y = self.mean + self.sd * x
        y[..., self.learned] += x[..., self.learned] @ self.factor.T
        return np.asarray(y)


# Of what is known jointly, what each of several series has for itself: it comes last, so that the
# standard normals of all else mean the same in each of them.
OWN = ("coverage_named", "with_missing", "kappa")


def _whole(blocks: list[Block], priors: Priors, linked: bool) -> Layout:
    mean = np.concatenate([block.mean for block in blocks])
    sd = np.concatenate([block.sd for block in blocks])
    names = [name for block in blocks
             for name in (block.priors or [""] * block.size)]
    joint = priors.joint
    learned = [i for i, name in enumerate(names) if joint and name in joint.names]
    if linked:
        learned.sort(key=lambda i: OWN.index(names[i]) + 1 if names[i] in OWN else 0)
    factor = np.zeros((len(learned), len(learned)))
    if joint and learned:
        _, covariance = joint.part([names[i] for i in learned])
        factor = np.linalg.cholesky(covariance)
        sd[learned] = 0.0
    return Layout(tuple(blocks), mean, sd, np.array(learned, dtype=np.int64), factor)


def _from(name: str, *priors: Prior, dim: str = "") -> Block:
    return Block(name, FORMS[priors[0].family], np.array([p.mean for p in priors]),
                 np.array([p.sd for p in priors]), dim, tuple(p.name for p in priors))


def _deviates(name: str, size: int, dim: str, form: str = "real") -> Block:
    return Block(name, form, np.zeros(size), np.ones(size), dim)


def lay_out(design: Design, priors: Priors, *, rotated: bool) -> Layout:
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
    Layout
    """
    def one(name: str) -> Block:
        return _from(name, priors[name])

    def cells(table: str) -> Block:
        return _from(table, *(priors.cell(table, *cell) for cell in design.cells),
                     dim="relation")

    def growth(name: str, columns: int) -> list[Block]:
        columns = min(columns, design.grid.n_steps - 1)
        if not columns:
            return []
        return [_from(f"{name}_scale", priors["shape_scale"]),
                _deviates(f"{name}_z", columns, f"{name}_column")]

    blocks = [] if rotated else [one("log_total")]
    blocks += growth("shape", SHAPE_COLUMNS)
    if design.activity.quiet:
        blocks.append(one("quiet"))
    if design.activity.told:
        blocks.append(_deviates("activity", len(design.activity.told), "indicator", "uniform"))
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
    if design.observations.n_totals:
        blocks.append(_from("flow_level", *[priors["flow_level"]] * design.observations.n_totals,
                            dim="running_total"))
    if any(reading.stated or reading.other for reading in design.observations.readings):
        blocks.append(one("stated_reading"))
    if any(reading.toll for reading in design.observations.readings):
        blocks.append(one("with_missing"))
    return _whole(blocks, priors, design.linked)


def named(layout: Layout, draws: Floats) -> dict[str, Floats]:
    """Give draws of the vector their names.

    Parameters
    ----------
    layout : Layout
        From `lay_out`.
    draws : Floats
        Shape (…, n).

    Returns
    -------
    dict of str to Floats
        Each (…, size), scalars (…).
    """
    out, start, y = {}, 0, layout.unconstrained(draws)
    for block in layout.blocks:
        values = IN_NUMPY[block.form](y[..., start:start + block.size])
        out[block.name] = values if block.dim else values[..., 0]
        start += block.size
    return out
