"""The small records that the contents of a report, and of a trace, are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from estimate.model.result import SCHEMA

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


@dataclass(frozen=True, slots=True)
class Behind:
    """A claim behind a number.

    Attributes
    ----------
    id, source, name, family, quantity, states : str
        The claim, its source, and its figure in words.
    first, last, published : str
        ISO days that the figure covers, and the day on which it became public.
    url, wording : str
        As in claims.csv.
    row_sha256 : str
        Hash of the claim's row (`estimate.data.fingerprint.row_hashes`).
    file, line
        Where the row stands in the run.
    status, bears : str
        What the claim was used as, and how it bears on the number.
    influence, pareto_k : float or None
        Change of the headline's median in percent if this claim alone is left out; above 0.7 of
        the latter it is not to be trusted.
    """

    id: str
    source: str
    name: str
    family: str
    quantity: str
    states: str
    first: str
    last: str
    published: str
    url: str
    wording: str
    row_sha256: str
    file: str
    line: int
    status: str
    bears: str
    influence: float | None
    pareto_k: float | None


@dataclass(frozen=True, slots=True)
class Traced:
    """A number with all that stands behind it.

    Attributes
    ----------
    key, says : str
        What was asked for, and the number in words, rounded as the report rounds.
    figures : dict
        The number as the files hold it: people or things, ratios, or shares.
    file : str
        The file of the run that holds it.
    definition, derivation : str
        What it counts, and how it comes about.
    claims : tuple of Behind
        Those that bear on it, the most influential first.
    """

    key: str
    says: str
    figures: Mapping[str, Any]
    file: str
    definition: str
    derivation: str
    claims: tuple[Behind, ...]

    def told(self, run: str) -> dict[str, Any]:
        """Give everything as JSON can hold it."""
        return {"tool": "estimate", "schema": SCHEMA, "kind": "trace", "run": run, **asdict(self)}
