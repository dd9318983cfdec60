"""Which resolved cases stand behind what is learned, and how many are left without a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .hyper import cell


@dataclass(frozen=True)
class Taught:
    """What one resolved case taught of.

    Parameters
    ----------
    conflict, victim : str
        Of the case.
    relations : tuple of str
        Those that spoke in it.
    equipment : bool
        Whether it counts equipment, not people.
    """

    conflict: str
    victim: str
    relations: tuple[str, ...]
    equipment: bool

    def stated(self) -> dict[str, Any]:
        """Everything as JSON holds it."""
        return asdict(self) | {"relations": ";".join(self.relations)}


@dataclass(frozen=True)
class Count:
    """Resolved cases, and how many of them count equipment.

    Examples
    --------
    >>> Count(51, 22).words("case"), Count(1).words("resolved case"), Count(2, 2).words("case")
    ('51 cases, 22 of them equipment', '1 resolved case', '2 cases, all of them equipment')
    """

    n: int = 0
    equipment: int = 0

    def words(self, noun: str, after: str = "") -> str:
        """Give the number with its noun and what follows it, and how many are of equipment."""
        text = f"{self.n} {noun}{'' if self.n == 1 else 's'}{after}"
        if not self.equipment:
            return text
        if self.n == 1:
            return f"{text}, of equipment"
        return f"{text}, {self.equipment if self.equipment < self.n else 'all'} of them equipment"


def read_taught(content: Mapping[str, Any]) -> dict[str, Taught]:
    """Read what `Taught.stated` gave, by case.

    Raises
    ------
    KeyError, TypeError
        A field is missing.
    """
    return {str(name): Taught(str(one["conflict"]), str(one["victim"]),
                              tuple(str(one["relations"]).split(";")), bool(one["equipment"]))
            for name, one in content.items()}


def counted(cases: Iterable[Taught], without: str | None = None) -> dict[str, Count]:
    """Count the cases behind each cell of γ (and m₀), one conflict left out.

    Parameters
    ----------
    cases : iterable of Taught
    without : str, optional
        Conflict whose cases are not counted.

    Returns
    -------
    dict of str to Count
        By name of the prior, `gamma[relation,victim]`; cells without a case are left out.
    """
    out: dict[str, Count] = {}
    for one in cases:
        if one.conflict == without:
            continue
        for relation in one.relations:
            name = cell("gamma", relation, one.victim)
            old = out.get(name, Count())
            out[name] = Count(old.n + 1, old.equipment + one.equipment)
    return dict(sorted(out.items()))
