"""What can be wrong with an input, and the errors that say so."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "CaseError",
    "EstimateError",
    "OutputError",
    "PriorsError",
    "Problem",
    "Problems",
    "RunError",
    "Wrong",
    "nearest",
    "shown",
]

MAX_LISTED = 1000
"""Problems that are listed one by one; the rest are counted."""

MAX_SHOWN = 60
"""Characters of a cell that a problem shows."""

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def shown(text: str) -> str:
    """Give `text` cut to 60 characters, with control characters spelled out."""
    cut = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], cut)


def nearest(text: str, words: Iterable[str], otherwise: str = "") -> str:
    """Give a mend that names the word nearest to `text`.

    Parameters
    ----------
    text : str
        What was written; only its first 60 characters are compared.
    words : iterable of str
        What could have been meant.
    otherwise : str
        The mend when no word is near.

    Returns
    -------
    str
        For instance ``"did you mean 'at_least'?"``.
    """
    plain = re.sub(r"[\s-]+", "_", text[:MAX_SHOWN].strip().lower())
    found = difflib.get_close_matches(plain, list(words), n=1, cutoff=0.6)
    return f"did you mean '{shown(found[0])}'?" if found else otherwise


@dataclass(frozen=True)
class Problem:
    """One fault or warning.

    Attributes
    ----------
    file : str
        Name of the file.
    row : int or None
        Line on which the record starts, the header being line 1; None for the whole file.
    column : str
        Column or key; '' for the whole row or file.
    value : str
        What stands there, cut to 60 characters; '' for an empty cell.
    rule : str
        The rule that it breaks.
    mend : str
        What to do about it; '' when that is plain.
    code : str
        Short name of a warning, of `codes.CODES` or `codes.OTHER_CODES`; '' for a fault.
    claims : tuple of str
        Ids of the claims concerned, the one in doubt first.
    """

    file: str
    row: int | None
    column: str
    value: str
    rule: str
    mend: str = ""
    code: str = ""
    claims: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make what came from outside fit to be printed."""
        for name in ("file", "column", "value"):
            object.__setattr__(self, name, shown(getattr(self, name)))

    def __str__(self) -> str:
        """Give the problem as one line of text."""
        where = self.file if self.row is None else f"{self.file}, row {self.row}"
        cell = f"{self.column} '{self.value}'" if self.value else self.column
        what = f", {cell.strip()}" if cell.strip() else ""
        mend, code = f"; {self.mend}" * bool(self.mend), f" [{self.code}]" * bool(self.code)
        return f"{where}{what}: {self.rule}{mend}{code}"


class EstimateError(Exception):
    """Anything that the user can mend; the command line turns it into exit code 2.

    ::

        EstimateError
        ├── CaseError     the case cannot be read
        ├── PriorsError   the priors file cannot be used
        ├── OutputError   the report cannot be written where it should be
        └── RunError      a saved run cannot be read
    """


class CaseError(EstimateError):
    """A case with faults.

    Parameters
    ----------
    problems : sequence of Problem
        The faults, in order of file, row and column.
    total : int, optional
        How many there are in all, if more than those given.

    Attributes
    ----------
    problems : tuple of Problem
        The faults that are listed.
    total : int
        How many there are in all.
    """

    def __init__(self, problems: Sequence[Problem], total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = max(len(self.problems), total or 0)
        super().__init__(self.problems, self.total)

    def __str__(self) -> str:
        """Give all listed faults, one a line."""
        lines = [str(problem) for problem in self.problems]
        if self.total > len(lines):
            lines.append(f"and {self.total - len(lines):,} more")
        return "\n".join(lines)


class PriorsError(EstimateError):
    """A priors file that cannot be used."""


class OutputError(EstimateError):
    """A place where a report cannot be written."""


class RunError(EstimateError):
    """A saved run that cannot be read."""


class Wrong(Exception):
    """Raised by a reader of one cell; never leaves this package.

    Parameters
    ----------
    rule : str
        The rule that the cell breaks.
    mend : callable, optional
        Gives the mend; called only for problems that are listed.
    """

    def __init__(self, rule: str, mend: Callable[[], str] = str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.mend = mend


class Problems:
    """Collects problems, keeping the first thousand of each kind and counting all."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._counts: dict[tuple[str, str, str], int] = {}
        self._coded: set[tuple[str, str]] = set()
        self.total = 0

    def add(
        self,
        file: str,
        row: int | None,
        column: str,
        value: str,
        rule: str,
        mend: str | Callable[[], str] = "",
        code: str = "",
        claims: tuple[str, ...] = (),
    ) -> None:
        """Note one problem; `mend` may be a function, called only if the problem is listed.

        A second problem of one code about one claim is passed over.
        """
        if claims:
            if (code, claims[0]) in self._coded:
                return
            self._coded.add((code, claims[0]))
        kind = (file, column, code or rule[:20])
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self.total += 1
        if self._counts[kind] <= MAX_LISTED and len(self._kept) < 50 * MAX_LISTED:
            text = mend if isinstance(mend, str) else mend()
            self._kept.append(Problem(file, row, column, value, rule, text, code, claims))

    def skip(self, count: int) -> None:
        """Count problems that are not looked at one by one."""
        self.total += count

    def listed(self, order: Sequence[str] = ()) -> tuple[Problem, ...]:
        """Give the first thousand problems, by file (in the given order), row and column."""
        place = {name: rank for rank, name in enumerate(order)}
        ranked = sorted(
            self._kept, key=lambda p: (place.get(p.file, len(place)), p.file, p.row or 0)
        )
        return tuple(ranked[:MAX_LISTED])
