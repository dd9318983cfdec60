"""Several sides and series as one posterior: what they share, and how it is laid out.

Each series, people of one side together or one kind of equipment, is an ordinary design. Together
they are the product of their densities, with some of their parameters the same:

- how sources err in general (γ, m₀, scales, tails, hedges, the reading of ambiguous words) is one
  for the case, and so is what silence and activity.csv say of the pace of losses;
- a source's scatter is its own, whatever it speaks of;
- how one relation and one family depart from that is one for a side;
- the course of fighting is partly one for a side: the deviates of a series' shape are ρ times those
  that its side shares and sqrt(1 - ρ²) times its own, with ρ learned, uniform from 0 to 1;
- the size of a side's losses is one: of the variance of the logarithm of a total a priori, half is
  common to the series of a side. Without that, the middles of their priors, one for each series,
  would all pull at the error that these series share;
- what is left of totals, the spread of shapes, parts, the error that all sources share, and each
  source's own departure are the series' own.

docs/method.md, section 3, gives the reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from .constants import OWN_SIZE
from .design import Design
from .diagnostics import diagnose
from .grid import Floats, Ints
from .layout import Layout, lay_out
from .packed import Packed, buffer, evaluate, pack
from .priors import Priors

if TYPE_CHECKING:
    from .result import Fit

OF_CASE = frozenset({
    "gamma", "m0", "tau_relation", "tau_family", "tau_source", "maturation_days", "sigma", "nu",
    "hedge_floor", "hedge_cap", "range_stretch", "false_zero", "tau_killed", "tau_deployed",
    "stated_reading", "quiet", "activity"})
OF_SOURCE = frozenset({"z_noise"})
OF_SIDE = frozenset({"z_relation", "z_family"})


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
    common : Ints
        For each design the places of the first deviate of the shape that its side shares, of the
        normal that ρ is made of, and of the size of its side (designs, 3); -1 for a side with one
        series.
    shapes : tuple of slice
        For each design the deviates of its shape in its own vector.
    """

    packs: tuple[Packed, ...]
    places: tuple[Ints, ...]
    shared: Floats
    common: Ints
    shapes: tuple[slice, ...]

    @property
    def n_dim(self) -> int:
        """Length of the whole vector."""
        return len(self.shared)

    def split(self, draws: Floats) -> list[Floats]:
        """Give each design the draws (…, own n) of its vector from those of the whole (…, n)."""
        parts = []
        for place, (first, of_rho, _), shape in zip(self.places, self.common, self.shapes,
                                                    strict=True):
            own = draws[..., place]
            if first >= 0:
                rho = ndtr(draws[..., [of_rho]])
                both = draws[..., first:first + shape.stop - shape.start]
                own[..., shape] = rho * both + np.sqrt(1 - rho**2) * own[..., shape]
            parts.append(own)
        return parts

    def likeness(self, draws: Floats) -> Floats | None:
        """Give ρ, how alike in time the losses of a side are (…); None if no series share it."""
        of_rho = self.common[:, 1].max()
        return np.asarray(ndtr(draws[..., of_rho])) if of_rho >= 0 else None

    @property
    def scaled(self) -> Floats:
        """Deviates that a parameter of their own scales (m, 3), as in `packed.Packed`."""
        found = {(place[int(deviate)], place[int(scale)]): sd
                 for packed, place in zip(self.packs, self.places, strict=True)
                 for deviate, scale, sd in packed.scaled}
        return np.array([(*pair, sd) for pair, sd in found.items()]).reshape(-1, 3)

    def buffer(self) -> Ints:
        """Everything in one piece of memory, as the kernel reads it."""
        return buffer(self.packs, self.places, self.shared, self.common)

    def log_density(self, x: Floats) -> tuple[float, Floats]:
        """Log density and its gradient at a vector of length `n_dim`."""
        return evaluate(self.buffer(), x)


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
    sides = Counter(design.evidence.case.sides[0].id for design in designs
                    if design.states_level.any())
    sized = [side for side, times in sides.items() if times > 1]
    packs = tuple(pack(design, priors, own_size=OWN_SIZE
                       if design.evidence.case.sides[0].id in sized else 1.0)
                  for design in designs)
    layouts = [lay_out(design, priors, rotated=packed.rotated)
               for design, packed in zip(designs, packs, strict=True)]
    known: dict[tuple[object, ...], int] = {}
    places = []
    for design, packed, layout in zip(designs, packs, layouts, strict=True):
        keys = _keys(design, layout)
        if packed.rotated:
            case = design.evidence.case
            keys.append(("reported_level", case.sides[0].id, case.headline))
        places.append(np.array([known.setdefault(key, len(known)) for key in keys]))
    held = np.bincount(np.concatenate(places), minlength=len(known)).astype(np.float64)
    shapes = tuple(_stretch(layout, "shape_z") for layout in layouts)
    voices = [(design.evidence.case.sides[0].id, shape.stop - shape.start)
              for design, shape in zip(designs, shapes, strict=True)]
    sharing = [voice for voice, times in Counter(voices).items() if voice[1] and times > 1]
    firsts = len(held) + 1 + np.cumsum([0, *(columns for _, columns in sharing)])
    sizes = firsts[-1] if sharing else len(held)
    common = np.array([
        [*((firsts[sharing.index(voice)], len(held)) if voice in sharing else (-1, -1)),
         sizes + sized.index(voice[0]) if voice[0] in sized and packed.rotated else -1]
        for voice, packed in zip(voices, packs, strict=True)])
    beyond = np.full(sizes + len(sized) - len(held), -1.0)  # no design holds these
    return Linked(packs, tuple(places), np.concatenate([held - 1, beyond]), common, shapes)


def _stretch(layout: Layout, name: str) -> slice:
    """Place of a block in the vector; empty where there is none."""
    start = layout.starts.get(name, 0)
    return slice(start, start + sum(b.size for b in layout.blocks if b.name == name))


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
