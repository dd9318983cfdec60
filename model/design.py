"""What a model needs to know of a case before it is built: parts, voices and their indices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from estimate.data.words import PARTS, QUANTITIES

from .activity import Activity, indicators
from .evidence import LOSSES, Evidence, missing_is_open, quantities_read, records
from .grid import MAX_STEPS, Floats, Grid, Ints, make_grid
from .observations import (
    DEPLOYED,
    HONOURED,
    LOSS,
    NAMED,
    RETURNED,
    Observations,
    observe,
)

Cell = tuple[str, str]  # relation, victim
IRRECOVERABLE = ("killed", "missing", "captured")


@dataclass(frozen=True)
class Design:
    """Everything fixed about a model: names along each axis, and indices into them.

    Parameters
    ----------
    evidence, grid, observations
        The claims, the days, the arrays.
    parts : tuple of str
        Final states that sum to the casualties, killed first; or the one quantity modelled.
    quantities : tuple of str
        What is reported, in order.
    sources, families, relations : tuple of str
        Voices that the likelihood hears, their families (and those they build on), their relations.
    relation_of : Ints
        Relation of each source (s,).
    family_of : Ints
        Family of each source (s,).
    family_weights : Floats
        Weight of each family's deviate in each source's bias (s, f); rows have unit length.
    cells : tuple of (str, str)
        Relation and victim of each of `relations`: what γ and m₀ are known by.
    activity : Activity
        What tells when losses happened beside the claims.
    linked : bool
        Whether this is one of several series that share parameters.
    """

    evidence: Evidence
    grid: Grid
    observations: Observations
    parts: tuple[str, ...]
    quantities: tuple[str, ...]
    sources: tuple[str, ...]
    families: tuple[str, ...]
    relations: tuple[str, ...]
    relation_of: Ints
    family_of: Ints
    family_weights: Floats
    cells: tuple[Cell, ...]
    activity: Activity
    linked: bool = False

    @property
    def victim(self) -> str:
        """Who suffered: military, civilian, disaster or mixed."""
        return self.evidence.case.sides[0].victim

    @property
    def multipart(self) -> bool:
        """Whether casualties are split into parts."""
        return len(self.parts) > 1

    @property
    def losses(self) -> tuple[str, ...]:
        """Quantities that count losses, in order: all but troops sent and brought home."""
        return tuple(name for name in self.quantities if name not in ("deployed", "returned"))

    @property
    def troops(self) -> bool:
        """Whether claims speak of troops sent or brought home."""
        return "deployed" in self.quantities

    @property
    def source_of(self) -> Ints:
        """Source of each observation (n,)."""
        place = {name: i for i, name in enumerate(self.sources)}
        return np.array([place[name] for name in self.observations.source], dtype=np.int64)

    def kinds(self) -> Ints:
        """Kind of each reading (r,)."""
        return self.observations.index("kind")

    @property
    def speaks_of_losses(self) -> Ints:
        """Observations whose first reading carries a source's bias about losses."""
        seen: dict[int, int] = {}
        for reading in self.observations.readings:
            seen.setdefault(reading.observation, reading.kind)
        return np.array([i for i, kind in seen.items() if kind == LOSS], dtype=np.int64)

    @property
    def states_level(self) -> Ints:
        """Those of them that say how many: all but the flows of running totals."""
        about = self.speaks_of_losses
        return about[self.observations.flow_of[about] < 0]

    @property
    def reported_part(self) -> Floats:
        """Part of each step inside the windows of the claims about losses, on average (t,)."""
        owner = self.observations.index("observation")
        first = np.searchsorted(owner, self.states_level)
        return np.asarray(self.observations.mask[first, 1:].mean(axis=0))

    def has(self, kind: int) -> bool:
        """Whether any reading is of that kind."""
        return bool((self.kinds() == kind).any())


def _parts(evidence: Evidence) -> tuple[str, ...]:
    case = evidence.case
    if case.headline not in QUANTITIES:
        return (case.headline,)
    spoken: set[str] = set()
    for row in records(evidence.used):
        spoken |= quantities_read(row) & set(LOSSES)
    if missing_is_open(case):
        spoken.discard("missing")
    if spoken <= {case.headline}:
        return (case.headline,)
    return tuple(part for part in PARTS if part in case.casualties_include)


def cells_of(evidence: Evidence) -> tuple[Cell, ...]:
    """Relation and victim of the sources that speak, sorted."""
    speaking = evidence.sources.loc[sorted(set(evidence.used["source"]))]
    victim = evidence.case.sides[0].victim
    return tuple((relation, victim) for relation in sorted(set(speaking["relation"])))


def plan(evidence: Evidence, end: date | None = None, steps: int = MAX_STEPS,
         cells: tuple[Cell, ...] | None = None) -> Design:
    """Lay out the model of a case.

    Parameters
    ----------
    evidence : Evidence
        From `select`.
    end : date, optional
        Last day of the grid; the as-of day or the case's last day unless told.
    steps : int
        Steps of the grid at most.
    cells : tuple of (str, str), optional
        Relations and victims of all series that share parameters with this one.

    Returns
    -------
    Design
    """
    case = evidence.case
    last = min(evidence.as_of, case.end) if case.end else evidence.as_of
    grid = make_grid(case.start, end or last, steps)
    observations = observe(evidence, grid)
    parts = _parts(evidence)
    kinds = set(observations.index("kind").tolist())
    troops = bool(kinds & {DEPLOYED, RETURNED})
    quantities = (("casualties",) if len(parts) > 1 else ()) + parts
    if troops:
        quantities += ("deployed",) + (("returned",) if RETURNED in kinds else ())
    used = evidence.sources.loc[sorted(set(observations.source))]
    families = sorted(set(used["family"]).union(*used["roots"]))
    weights = np.zeros((len(used), len(families)))
    for row, (own, roots) in enumerate(zip(used["family"], used["roots"], strict=True)):
        voices = {own, *roots}
        weights[row, [families.index(name) for name in voices]] = 1 / np.sqrt(len(voices))
    victim, linked = case.sides[0].victim, cells is not None
    cells = cells or tuple((r, victim) for r in sorted(set(used["relation"])))
    alike = len({of for _, of in cells}) == 1
    return Design(
        evidence, grid, observations, parts, quantities, tuple(used.index), tuple(families),
        tuple(relation if alike else f"{relation}:{of}" for relation, of in cells),
        np.array([cells.index((r, victim)) for r in used["relation"]], dtype=np.int64),
        np.array([families.index(f) for f in used["family"]], dtype=np.int64), weights, cells,
        indicators(evidence, grid), linked)


__all__ = ["DEPLOYED", "HONOURED", "LOSS", "NAMED", "RETURNED", "Design", "plan"]
