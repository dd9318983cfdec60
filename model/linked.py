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
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from estimate.data.case import Case
from estimate.data.problems import EstimateError
from estimate.data.words import PARTS, QUANTITIES

from .design import Cell, Design, cells_of, plan
from .diagnostics import diagnose
from .evidence import LOSSES, Evidence, select
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


def series_of(case: Case) -> list[tuple[str, str]]:
    """List the series of a case: side and headline quantity, that of the case's headline first.

    Parameters
    ----------
    case : Case
        From `read_case`.

    Returns
    -------
    list of (str, str)
        People of one side are one series: its headline is the case's where it counts people, else
        the killed where any claim states them, else what is stated most often.
    """
    found = [(case.sides[0].id, case.headline)]
    for side in case.sides:
        stated = case.claims.loc[case.claims["side"] == side.id, "quantity"]
        people = stated[stated.isin([*LOSSES, "named_dead"])]
        if len(people) and not (side == case.sides[0] and case.headline in QUANTITIES):
            losses = people[people.isin([*PARTS, "casualties"])]
            often = losses.value_counts().index[0] if len(losses) else "killed"
            found.append((side.id, "killed" if (losses == "killed").any() else str(often)))
        found += [(side.id, name) for name in sorted(set(stated) - set(QUANTITIES))]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Chosen:
    """The series of a case that can be fitted together, the headline's first.

    Parameters
    ----------
    evidence : tuple of Evidence
        One a series, each about its own part of the case.
    cells : tuple of (str, str)
        Relations and victims of the sources of all of them.
    unheard : dict of (str, str) to str
        Series of which nothing can be estimated, and why.
    """

    evidence: tuple[Evidence, ...]
    cells: tuple[Cell, ...]
    unheard: Mapping[tuple[str, str], str]

    def designs(self) -> tuple[Design, ...]:
        """Lay out each series on the days of the case."""
        return tuple(plan(each, cells=self.cells) for each in self.evidence)


def choose(case: Case, as_of: date | None = None, exclude: tuple[str, ...] = ()) -> Chosen:
    """Choose the claims that speak, series by series.

    Parameters
    ----------
    case, as_of, exclude
        As for `evidence.select`.

    Returns
    -------
    Chosen

    Raises
    ------
    EstimateError
        As `evidence.select`, of the headline's series.
    """
    day = as_of or case.claims["published"].max().date()
    evidence: list[Evidence] = []
    unheard: dict[tuple[str, str], str] = {}
    for side, headline in series_of(case):
        try:
            evidence.append(select(case.about(side, headline), day, exclude))
        except EstimateError as error:
            if not evidence:
                raise
            unheard[side, headline] = str(error)
    cells = tuple(sorted(set().union(*(cells_of(each) for each in evidence))))
    return Chosen(tuple(evidence), cells, unheard)


def is_linked(case: Case) -> bool:
    """Whether a case has more than one series."""
    return len(series_of(case)) > 1


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
        return arguments({"vector": (self.n_dim,)}, c_functions(linked=True), self.buffer())


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
