"""The small records that the contents of a report are made of."""

from __future__ import annotations

from dataclasses import dataclass

from .tables import Table


@dataclass(frozen=True, slots=True)
class Headline:
    """The one range that is quoted.

    Attributes
    ----------
    quantity : str
        What is counted, cumulative to the as-of day.
    prob : float
        Probability of the interval.
    low, high, median : float
        In people or things; unrounded. They are not to be quoted where `withheld` is true.
    sentence, definition : str
        Range first, then the median; and what the number counts.
    withheld : bool
        True when fewer than three independent origins speak: the sentence then gives bounds.
    mostly_assumption : bool
        True when the assumption share is above 90%.
    """

    quantity: str
    prob: float
    low: float
    high: float
    median: float
    sentence: str
    definition: str
    withheld: bool
    mostly_assumption: bool


@dataclass(frozen=True, slots=True)
class Foremost:
    """What moves the answer most, in words; `anchor` is where the page has it, `label` its link."""

    text: str
    anchor: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the fit: name, verdict (ok, doubt, fail), sentence, and a table or None."""

    name: str
    verdict: str
    sentence: str
    table: Table | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What a claim is and is not; `anchor` is its row in the table of claims."""

    title: str
    text: str
    claim: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A figure put to the test: why, the probability in words, what it would need.

    `moves` says in sentences, `movers` in a table, what would have to be otherwise; `needed` is
    what each family's latest claim would need. Both tables are None where the fit does not
    estimate the quantity; the sentence then says so.
    """

    title: str
    why: str
    sentence: str
    needed: Table | None = None
    moves: tuple[str, ...] = ()
    movers: Table | None = None
