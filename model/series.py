"""The series of a case: people of one side together, or one kind of equipment; and which speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from estimate.data.case import Case
from estimate.data.problems import EstimateError
from estimate.data.words import PARTS, QUANTITIES

from .design import Cell, Design, cells_of, plan
from .evidence import LOSSES, Evidence, last_published, select


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
    day = as_of or last_published(case)
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
    """Whether a case has more than one series, or sides to which its sources relate differently."""
    return len(case.sides) > 1 or len(series_of(case)) > 1
