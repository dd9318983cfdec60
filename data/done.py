"""What a change at the desk did, and what the analyst should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .case import Case, read_files
from .files import CLAIMS_FILE
from .problems import Problem

__all__ = ["Done", "Echo"]


@dataclass(frozen=True)
class Echo:
    """A claim that may only repeat another's.

    Attributes
    ----------
    claim, origin, source : str
        Ids of the claim, of the one that it may repeat, and of that one's source.
    published : str
        The day on which that one was published.
    """

    claim: str
    origin: str
    source: str
    published: str

    @property
    def cells(self) -> dict[str, str]:
        """What says so in claims.csv."""
        return {"derived_from": self.origin, "via": self.source}


@dataclass(frozen=True)
class Done:
    """A change that was made.

    Attributes
    ----------
    ids : tuple of str
        Rows of claims.csv that are new or other, or of sources.csv where only that changed.
    files : mapping of str to bytes
        The case as it is now.
    proposed : mapping of str to str
        Cells that were filled in by the desk.
    notes : tuple of str
        What the analyst should look at.
    lines : tuple of int
        Where the changed claims start.
    echoes : tuple of Echo
        Changed claims that may only repeat another.
    """

    ids: tuple[str, ...]
    files: Mapping[str, bytes]
    proposed: Mapping[str, str]
    notes: tuple[str, ...]
    lines: tuple[int, ...] = ()
    echoes: tuple[Echo, ...] = ()

    @cached_property
    def case(self) -> Case:
        """The case as it is now."""
        return read_files(self.files)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The gate's warnings about the changed rows; what `notes` say of echoes left out."""
        return tuple(
            warning for warning in self.case.warnings
            if ((warning.file == CLAIMS_FILE and warning.row in self.lines)
                or any(name in warning.rule.split() for name in self.ids))
            and not (self.echoes and "an echo" in warning.rule))
