"""A design as flat vectors for `kernel.py`, and what is asked of the kernel: samples and draws."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import constants
from .basis import SHAPE_COLUMNS, SHARE_COLUMNS, TROOP_COLUMNS, cosine_basis, damping
from .design import DEPLOYED, HONOURED, IRRECOVERABLE, LOSS, NAMED, RETURNED, Design
from .grid import Bools, Floats, Ints
from .kernel import (
    ABREAST,
    AT,
    FIRST_FLOAT,
    FIRST_KEPT,
    FIRST_MATRIX,
    FIRST_STATE,
    HEADER,
    N_NUMBERS,
    NUMBERS,
    OF_LIST,
    OF_LOSSES,
    OF_NAMES,
    OF_TROOPS,
    POSITIVE,
    REAL,
    ROWS,
    SHARE,
    TABLE,
    UNIFORM,
    A,
    c_functions,
    forward_draws,
)
from .layout import Layout, lay_out
from .observations import DRIFT_COLUMNS
from .priors import Priors

FORMS = {"real": REAL, "positive": POSITIVE, "share": SHARE, "uniform": UNIFORM}
KINDS = {LOSS: OF_LOSSES, DEPLOYED: OF_TROOPS, RETURNED: OF_TROOPS, HONOURED: OF_LIST,
         NAMED: OF_NAMES}
HEDGES = {"at_most": 1, "at_least": -1}
DEVIATES = (("shape_scale", "shape_z"), ("killed_share_path", "killed_share_z"),
            ("deployed_scale", "deployed_z"), ("returned_scale", "returned_z"),
            ("tau_relation", "z_relation"), ("tau_family", "z_family"), ("tau_source", "z_source"),
            ("tau_killed", "z_killed"), ("tau_deployed", "z_deployed"))
DRIFT = ("tau_drift_", "drift_z_")  # the same of one source, its name after it


@dataclass(frozen=True)
class Packed:
    """A design laid out for the kernel.

    Parameters
    ----------
    ints, floats : ndarray
        All that is fixed: `At`, `Rows`, a table of the arrays and the integer arrays; `Numbers`
        and the float arrays.
    log_figure, zero : Floats
        Log figures; 1 where the figure is zero, -1 where it is not heard (o,).
    size : int
        Length of `vector`.
    rotated : bool
        Whether the reported level is sampled in the place of the total.
    shape : tuple of int
        Numbers of quantities, grid steps, sources and readings.
    scaled : Floats
        Deviates that a parameter of their own scales (m, 3): the entry of each, that of the
        scale, and the sd of the scale's logarithm.
    """

    ints: Ints
    floats: Floats
    log_figure: Floats
    zero: Floats
    size: int
    rotated: bool
    shape: tuple[int, int, int, int]
    scaled: Floats

    @property
    def n_dim(self) -> int:
        """Length of the sampler's vector."""
        return self.size + self.rotated

    def with_data(self, log_figure: Floats, zero: Floats | Bools | None = None) -> Packed:
        """Swap the figures.

        Parameters
        ----------
        log_figure : Floats
            Log of each observation's figure (o,); not looked at where it is zero.
        zero : Floats or Bools, optional
            1 where the figure is zero, -1 where it is not heard (o,); all 0 unless told.

        Returns
        -------
        Packed

        Raises
        ------
        ValueError
            An array is not as long as the design has observations.
        """
        figures = np.nan_to_num(np.array(log_figure, dtype=np.float64))
        zeros = np.zeros(len(figures)) if zero is None else np.array(zero, dtype=np.float64)
        if not figures.shape == zeros.shape == self.log_figure.shape:
            raise ValueError(f"the design has {len(self.log_figure)} observations, "
                             f"not {figures.shape} figures and {zeros.shape} zeros")
        return replace(self, log_figure=figures, zero=zeros)

    def buffer(self) -> Ints:
        """Everything in one piece of memory, as the kernel reads it."""
        return buffer((self,), (np.arange(self.n_dim),),
                      np.zeros(self.n_dim), np.array([[-1, -1, -1]]))

    def log_density(self, x: Floats) -> tuple[float, Floats]:
        """Log density and its gradient at a vector of length `n_dim`."""
        if np.shape(x) != (self.n_dim,):
            raise ValueError(f"the vector has length {self.n_dim}, not shape {np.shape(x)}")
        return evaluate(self.buffer(), x)


def buffer(packs: Sequence[Packed], places: Sequence[Ints], shared: Floats, common: Ints) -> Ints:
    """Lay out one design, or several that share normals, in one piece of memory.

    Parameters
    ----------
    packs : sequence of Packed
        The designs.
    places : sequence of Ints
        For each, the place of each entry of its vector in the whole one.
    shared : Floats
        How many designs beyond the first hold each normal of the whole vector (n,).
    common : Ints
        For each design the places of the first deviate of the shape that it shares, of that of
        which ρ is made, and of the size of its side (designs, 3); -1 for none.

    Returns
    -------
    Ints
        Floats are kept bit by bit.
    """
    lengths = np.array([[len(pack.ints), len(pack.floats), 2 * len(pack.log_figure), len(place)]
                        for pack, place in zip(packs, places, strict=True)])
    ends = np.cumsum(lengths, axis=0)
    table = np.hstack([np.stack([ends - lengths, ends], axis=-1).reshape(len(packs), 8), common])
    arrays: list[Any] = [
        table.astype(np.int64), np.concatenate([pack.ints for pack in packs]),
        np.concatenate([pack.floats for pack in packs]),
        np.concatenate([part for pack in packs for part in (pack.log_figure, pack.zero)]),
        np.concatenate(places), shared]
    parts = [array.ravel().view(np.int64) for array in arrays]
    sizes = [len(packs), *(len(part) for part in parts[1:]), 0, 0]
    whole = HEADER + sum(len(part) for part in parts)
    return np.concatenate([np.array([whole, *sizes], dtype=np.int64), *parts])


def moved(memory: Ints, by: Floats, directions: Floats, bends: Ints, bend_by: Floats) -> Ints:
    """Have the kernel move its vector before it looks at it (`coordinates.Coordinates`).

    Parameters
    ----------
    memory : Ints
        From `buffer`.
    by, directions : Floats
        How much it is stretched (k,), along which directions (k, n).
    bends : Ints
        Entries that are then scaled, and the entries that they are scaled by (m, 2).
    bend_by : Floats
        Rate and centre of each (m, 2).

    Returns
    -------
    Ints
    """
    more = -len(by) % ABREAST
    by, directions = np.pad(by, (0, more)), np.pad(directions, ((0, more), (0, 0)))
    whole = np.concatenate([memory, *(np.ascontiguousarray(part).ravel().view(np.int64)
                                      for part in (by, directions, bends, bend_by))])
    whole[0], whole[HEADER - 2:HEADER] = len(whole), (len(by), len(bends))
    return whole


def evaluate(memory: Ints, x: Floats) -> tuple[float, Floats]:
    """Log density and its gradient (n,) at a vector x (n,), from what `buffer` gave."""
    x, gradient, value = np.array(x, dtype=np.float64), np.empty(len(x)), np.empty(1)
    as_doubles = ctypes.POINTER(ctypes.c_double)
    c_functions()[0].ctypes(len(x), *(array.ctypes.data_as(as_doubles)
                                      for array in (x, gradient, value)), memory.ctypes.data)
    return float(value[0]), gradient


def reported_centre(design: Design) -> float:
    """Median log figure of the claims about losses; 0 when all are zero."""
    figures = design.observations.log_figure[design.states_level]
    return float(np.nanmedian(figures)) if np.isfinite(figures).any() else 0.0


def pack(design: Design, priors: Priors, *, rotated: bool = True,
         own_size: float = 1.0) -> Packed:
    """Lay out a design for the kernel.

    Parameters
    ----------
    design : Design
        From `plan`.
    priors : Priors
        The assumptions.
    rotated : bool
        Sample the reported level in the place of the total, where any claim reports one.
    own_size : float
        Part of the variance of the total's logarithm a priori that is this design's own.

    Returns
    -------
    Packed
    """
    observations = design.observations
    about = np.bincount(design.source_of[design.states_level],
                        minlength=len(design.sources)).astype(np.float64)
    rotated = rotated and bool(about.any())
    about = about / about.sum() if rotated else about[:0].astype(float)
    if rotated:
        about = np.concatenate([about, design.reported_part])
    layout = lay_out(design, priors, rotated=rotated)
    starts = layout.starts
    place = {name: i for i, name in enumerate(design.quantities)}
    basis = cosine_basis(design.grid.n_steps, SHAPE_COLUMNS).T
    rows = {name: place.get(name, -1) for name in ("killed", "deployed", "returned")} | {
        "n_quantities": len(place),
        "n_stages": len(observations.stages) if design.has(HONOURED) else 0,
        "troop_columns": min(TROOP_COLUMNS, len(basis)),
        "share_columns": min(SHARE_COLUMNS, len(basis))}
    numbers = {
        "centre": reported_centre(design), "total_mean": priors["log_total"].mean,
        "total_sd": priors["log_total"].sd * math.sqrt(own_size),
        "noise_spread": constants.NOISE_SPREAD,
        "tiny": constants.TINY, "log_half": constants.LOG_HALF,
        "logistic_scale": constants.LOGISTIC_SCALE}
    fixed = {**_parameters(layout), **_readings(design, place), **_fresh(design),
             **_drift(design, starts)}
    fixed |= {
        "relation_of": design.relation_of, "family_of": design.family_of,
        "ratio": [starts[f"{part}_ratio"] for part in design.parts[2:]],
        "lost": [place[part] for part in IRRECOVERABLE if part in design.parts],
        "log_lengths": np.log(design.grid.lengths), "damping": damping(len(basis)),
        "about": about, "list_part": _list_part(design), "hedge_nodes": constants.HEDGE_NODES,
        "hedge_weights": constants.LOG_HEDGE_WEIGHTS, "basis": basis,
        "family_weights": design.family_weights,
        "activity": design.activity.rows}
    first = {"activity": starts["quiet"]} if design.activity.quiet else {}
    ints, floats = _flatten(starts | first, rows, numbers, fixed, _state(design, layout, fixed))
    log_figure = np.nan_to_num(observations.log_figure)
    return Packed(ints, floats, log_figure, observations.zero.astype(np.float64),
                  layout.size, rotated,
                  (len(place), design.grid.n_steps, len(design.sources),
                   len(observations.readings)), _scaled(layout))


def _scaled(layout: Layout) -> Floats:
    """Deviates with the scale of each; of one learned with others, its own part of the spread."""
    starts, sizes = layout.starts, {block.name: block.size for block in layout.blocks}
    sd = layout.sd.copy()
    sd[layout.learned] = np.diag(layout.factor)
    tau, z = DRIFT
    pairs = [*DEVIATES, *((name, z + name.removeprefix(tau)) for name in starts
                          if name.startswith(tau))]
    return np.array([(starts[deviates] + i, starts[scale], sd[starts[scale]])
                     for scale, deviates in pairs if scale in starts
                     for i in range(sizes[deviates])]).reshape(-1, 3)


def _flatten(starts: dict[str, int], rows: dict[str, int], numbers: dict[str, float],
             fixed: dict[str, Any], state: dict[str, tuple[int, ...]]) -> tuple[Ints, Floats]:
    """One vector of integers and one of floats, with a table of where each array is."""
    ints: list[Any] = []
    floats: list[Any] = [np.array([numbers[name] for name in NUMBERS.names or ()])]
    table: list[int] = []
    n_ints, n_floats, n_state, n_bar = TABLE + 3 * len(A), N_NUMBERS, 0, 0
    for array in A:
        if array < FIRST_STATE:
            whole = array < FIRST_FLOAT
            values = np.asarray(fixed[array.name.lower()], np.int64 if whole else np.float64)
            table += [n_ints if whole else n_floats, values.shape[0],
                      values.shape[1] if array >= FIRST_MATRIX else 1]
            (ints if whole else floats).append(values.ravel())
            n_ints, n_floats = n_ints + values.size * whole, n_floats + values.size * (not whole)
        else:
            shape = state[array.name.lower()]
            table += [n_state, shape[0], shape[1] if len(shape) > 1 else 1]
            n_state += math.prod(shape)
            n_bar = n_state if array < FIRST_KEPT else n_bar
    rows = rows | {"state": n_state, "bar": n_bar}
    head = np.array([*(starts.get(name, -1) for name in AT.names or ()),
                     *(rows[name] for name in ROWS.names or ()), *table], dtype=np.int64)
    return np.concatenate([head, *ints]), np.concatenate(floats)


def _state(design: Design, layout: Layout, fixed: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Shape of each array of the kernel's state."""
    sources, steps, readings = (len(design.sources), design.grid.n_steps,
                                len(design.observations.readings))
    path = (len(design.quantities), 1 + steps)
    return ({name: (layout.size,) for name in ("v", "v_slope", "y")}
            | {name: (sources,) for name in ("bias", "extra", "sent", "own", "noise")}
            | {name: (steps,) for name in ("shape", "share_path", "deployed", "returned", "present",
                                           "back")}
            | {name: (readings,) for name in (
                "log_mean", "scale", "density", "count", "told", "fresh_told", "late", "length",
                "log_mean_slope", "scale_slope", "hedge_slope", "nu_slope", "false_zero_slope")}
            | {name: (len(fixed["lags"]),) for name in ("by_lag", "lag_slope")}
            | {name: (len(fixed["spans"]),) for name in ("by_span", "span_slope")}
            | {"total": (1,), "split": (len(fixed["ratio"]) + 1,), "steps": path, "so_far": path,
               "lists": (len(design.observations.stages),), "tails": (len(fixed["hedge_nodes"]),)})


def _parameters(layout: Layout) -> dict[str, Any]:
    """Form, mean and sd of each parameter, each (n,), and what is learned jointly."""
    return {"form": np.repeat([FORMS[block.form] for block in layout.blocks],
                              [block.size for block in layout.blocks]),
            "mean": layout.mean, "sd": layout.sd, "learned": layout.learned,
            "factor": layout.factor}


def _readings(design: Design, place: dict[str, int]) -> dict[str, Any]:
    """List what each reading speaks of (r,), and the readings of each observation (o + 1,)."""
    observations, readings = design.observations, design.observations.readings
    owner, kinds = observations.index("observation"), design.kinds()
    counts = np.bincount(owner, minlength=observations.n)
    inside = observations.mask != 0
    columns, spoken_for = np.arange(inside.shape[1]), inside.any(axis=1)
    first = np.where(spoken_for, inside.argmax(axis=1), 0)
    end = np.where(spoken_for, inside.shape[1] - inside[:, ::-1].argmax(axis=1), 0)
    window = (columns >= first[:, None]) & (columns < end[:, None])
    spoken = ["killed" if r.kind in (NAMED, HONOURED) else r.quantity for r in readings]
    return {
        "speaker": design.source_of[owner], "which": [place[name] for name in spoken],
        "kind": [KINDS[r.kind] for r in readings], "toll": observations.index("toll"),
        "matures": np.isin(kinds, (LOSS, NAMED)) & (observations.index("toll") == 0),
        "of_killed": [r.quantity == "killed" for r in readings],
        "hedge": [HEDGES.get(r.bound, 0) for r in readings],
        "stage": observations.index("stage"), "before_stage": observations.index("before_stage"),
        "first_column": first, "end_column": end, "parts": observations.mask[window],
        "parts_at": np.cumsum(end - first) - end, "flow_of": observations.flow_of[owner],
        "reading": np.concatenate([[0], np.cumsum(counts)]),
        "grain": observations.grain[owner], "half_width": observations.half_width[owner],
        "stated": observations.index("stated"), "other": observations.index("other")}


def _fresh(design: Design) -> dict[str, Any]:
    """List the steps that were fresh when a claim was published, without the padding."""
    observations = design.observations
    row, column = np.nonzero(observations.recent_mask)
    lags, lag = np.unique(observations.lag[row, column], return_inverse=True)
    spans, span = np.unique(observations.span[row, column], return_inverse=True)
    counts = np.bincount(row, minlength=len(observations.readings))
    return {"fresh": np.concatenate([[0], np.cumsum(counts)]),
            "fresh_column": observations.recent[row, column], "fresh_lag": lag.ravel(),
            "fresh_span": span.ravel(), "lags": lags, "spans": spans,
            "fresh_part": observations.recent_mask[row, column]}


def _drift(design: Design, starts: dict[str, int]) -> dict[str, Any]:
    """Waves of each reading (r, 3) and the drifting source that they belong to (r,), or -1."""
    observations = design.observations
    owner = observations.index("observation")
    number, waves = np.full(len(owner), -1), np.zeros((len(owner), DRIFT_COLUMNS))
    for i, (name, columns) in enumerate(observations.drift.items()):
        own = np.array([source == name for source in observations.source])[owner]
        number[own], waves[own] = i, columns[owner[own]]
    return {"drift": number, "waves": waves,
            "drift_tau": [starts[f"tau_drift_{name}"] for name in observations.drift],
            "drift_z": [starts[f"drift_z_{name}"] for name in observations.drift]}


def _list_part(design: Design) -> Floats:
    """Part of each step up to the last stage of the list (t,); zeros without a list."""
    grid, stages = design.grid, design.observations.stages
    if not stages:
        return np.zeros(grid.n_steps)
    shared, _ = grid.overlap(grid.first[:1], np.array(stages[-1:]))
    return np.asarray(shared[0] / grid.lengths)


def deterministics(packed: Packed, draws: Floats) -> dict[str, Floats]:
    """Compute what is kept of each draw, by the kernel's own forward pass.

    Parameters
    ----------
    packed : Packed
        From `pack`.
    draws : Floats
        Shape (…, n_dim): the vector and, if sampled, the reported level.

    Returns
    -------
    dict of str to Floats
        `log_total` (…), `cumulative` (…, quantity, day), `bias` and `bias_killed` (…, source),
        `log_mean`, `scale` and `log_joint` (…, reading).
    """
    draws = np.asarray(draws, dtype=np.float64)
    outer, flat = draws.shape[:-1], np.ascontiguousarray(draws).reshape(-1, packed.n_dim)
    quantities, days, sources, readings = packed.shape
    shapes = {"log_total": (), "cumulative": (quantities, days), "bias": (sources,),
              "bias_killed": (sources,), "log_mean": (readings,), "scale": (readings,),
              "log_joint": (readings,)}
    out = {name: np.empty((len(flat), *shape)) for name, shape in shapes.items()}
    forward_draws(packed.ints, packed.floats, packed.log_figure, packed.zero, flat, *out.values())
    return {name: values.reshape((*outer, *shapes[name])) for name, values in out.items()}
