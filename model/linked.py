"""Several sides and series as one posterior: what they share, and how it is laid out.

Each series, people of one side together or one kind of equipment, is an ordinary design. Together
they are the product of their densities, with some of their parameters the same:

- how sources err in general (γ, m₀, scales, tails, hedges, the reading of ambiguous words) is one
  for the case;
- a source's scatter is its own, whatever it speaks of;
- how one relation and one family depart from that is one for a side;
- totals, shapes, parts, the error that all sources share, and each source's own departure are the
  series' own.

docs/method.md, section 3, gives the reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .design import Design
from .diagnostics import diagnose
from .grid import Floats, Ints
from .kernel import LINKED_HEADER, c_functions, log_density_linked
from .layout import Layout, lay_out
from .packed import Packed, arguments, pack
from .priors import Priors

if TYPE_CHECKING:
    from .result import Fit

OF_CASE = frozenset({
    "gamma", "m0", "tau_relation", "tau_family", "tau_source", "maturation_days", "sigma", "nu",
    "hedge_floor", "hedge_cap", "range_stretch", "false_zero", "tau_killed", "tau_deployed",
    "stated_reading"})
OF_SOURCE = frozenset({"z_noise"})
OF_SIDE = frozenset({"z_relation", "z_family"})
START = 0.1  # entries: from a start 1 away, a third of the warm-up goes into the way back


def _key(design: Design, name: str, entry: int) -> tuple[object, ...]:
    """Name an entry of a design's vector; entries of one name are the same parameter."""
    side = design.evidence.case.sides[0].id
    if name in OF_CASE:
        return name, entry
    if name in OF_SOURCE:
        return name, design.sources[entry]
    if name in OF_SIDE:
        return name, side, design.families[entry] if name == "z_family" else entry
    return name, side, design.evidence.case.headline, entry


@dataclass(frozen=True)
class Linked:
    """Several designs ready for the sampler as one density.

    Parameters
    ----------
    packs : tuple of Packed
        The designs, laid out for the kernel.
    places : tuple of Ints
        For each, the place of each entry of its vector in the whole one (n_dim,).
    shared : Floats
        How many designs beyond the first hold each normal of the whole vector (n,).
    """

    packs: tuple[Packed, ...]
    places: tuple[Ints, ...]
    shared: Floats

    @property
    def n_dim(self) -> int:
        """Length of the whole vector."""
        return len(self.shared)

    def split(self, draws: Floats) -> list[Floats]:
        """Give each design its part of draws of the whole vector (…, n)."""
        return [draws[..., place] for place in self.places]

    def _arrays(self) -> tuple[Ints, Ints, Floats, Floats, Ints, Floats]:
        lengths = np.array([
            [len(pack.ints), len(pack.floats), 2 * len(pack.log_figure), len(place)]
            for pack, place in zip(self.packs, self.places, strict=True)])
        ends = np.cumsum(lengths, axis=0)
        table = np.stack([ends - lengths, ends], axis=-1).reshape(len(self.packs), 8)
        figures = [part for pack in self.packs for part in (pack.log_figure, pack.zero)]
        return (table.astype(np.int64), np.concatenate([pack.ints for pack in self.packs]),
                np.concatenate([pack.floats for pack in self.packs]), np.concatenate(figures),
                np.concatenate(self.places), self.shared)

    def buffer(self) -> Ints:
        """Everything in one piece of memory, as the C function reads it."""
        arrays = self._arrays()
        parts = [array.ravel() if array.dtype == np.int64 else array.view(np.int64)
                 for array in arrays]
        sizes = [len(self.packs), *(len(part) for part in parts[1:])]
        whole = LINKED_HEADER + sum(len(part) for part in parts)
        return np.concatenate([np.array([whole, *sizes], dtype=np.int64), *parts])

    def log_density(self, x: Floats) -> tuple[float, Floats]:
        """Log density and its gradient at a vector of length `n_dim`."""
        x, gradient = np.ascontiguousarray(x, dtype=np.float64), np.empty(self.n_dim)
        if x.shape != gradient.shape:
            raise ValueError(f"the vector has length {self.n_dim}, not shape {x.shape}")
        return float(log_density_linked(*self._arrays(), x, gradient)), gradient

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `nutpie.compile_pymc.CompiledPyMCModel`."""
        return arguments({"vector": (self.n_dim,)}, c_functions(linked=True), self.buffer(), START)


def link(designs: Sequence[Design], priors: Priors) -> Linked:
    """Lay out designs that share parameters as one density.

    Parameters
    ----------
    designs : sequence of Design
        From `Chosen.designs`.
    priors : Priors
        The assumptions.

    Returns
    -------
    Linked
    """
    packs = tuple(pack(design, priors) for design in designs)
    known: dict[tuple[object, ...], int] = {}
    places = []
    for design, packed in zip(designs, packs, strict=True):
        layout = lay_out(design, priors, rotated=packed.rotated)
        keys = _keys(design, layout)
        if packed.rotated:
            case = design.evidence.case
            keys.append(("reported_level", case.sides[0].id, case.headline))
        places.append(np.array([known.setdefault(key, len(known)) for key in keys]))
    held = np.bincount(np.concatenate(places), minlength=len(known)).astype(np.float64)
    return Linked(packs, tuple(places), held - 1)


def _keys(design: Design, layout: Layout) -> list[tuple[object, ...]]:
    return [_key(design, block.name, entry)
            for block in layout.blocks for entry in range(block.size)]


def series_account(fit: Fit, unheard: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
    """Say of each series what run.json holds: whether its draws can be trusted, or why it has none.

    Parameters
    ----------
    fit : Fit
        The headline's series, with the others.
    unheard : mapping of (str, str) to str
        Series without an estimate, and why.
    """
    told = [{"side": one.case.sides[0].id, "quantity": one.case.headline, **diagnose(one)}
            for one in fit.series]
    return told + [{"side": side, "quantity": quantity, "ok": True, "unheard": why}
                   for (side, quantity), why in unheard.items()]
