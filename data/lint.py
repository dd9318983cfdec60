"""What the rules on meaning share: the claims made ready, and small readings of figures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .files import CLAIMS_FILE
from .problems import MAX_LISTED, Problems

__all__ = ["STOCKS", "days_apart", "digits_of", "each", "evidence", "first", "note", "prepared",
           "say", "swaps"]

STOCKS = ("deployed", "returned")
"""Quantities that are no losses."""


def prepared(
    claims: pd.DataFrame, sources: pd.DataFrame, comparable: Sequence[str]
) -> pd.DataFrame:
    """Give the claims with what the rules ask of each.

    Parameters
    ----------
    claims, sources : DataFrame
        As in `Case`.
    comparable : sequence of str
        Scopes comparable with the total.

    Returns
    -------
    DataFrame
        The claims and, each of shape (n,): `centre` (the figure, or the middle of a range on a log
        scale), `least` and `most` (what bound and open readings allow; `most` may be infinite),
        `digits` (significant ones of `value`, 0 without one), `comparable` (bool), `family` (str).
    """
    family: Mapping[str, str] = dict(zip(sources["id"], sources["family"], strict=True))
    value, bound, open_ = claims["value"], claims["bound"], claims["ambiguity"]
    floor = (bound == "at_least") | open_.str.contains("at_least", regex=False)
    ceiling = (bound == "at_most") | open_.str.contains("at_most", regex=False)
    return claims.assign(
        centre=value.fillna((claims["low"] * claims["high"]) ** 0.5),
        least=np.where(ceiling, 0.0, value.fillna(claims["low"])),
        most=np.where(floor, np.inf, value.fillna(claims["high"])),
        digits=digits_of(value.to_numpy()),
        comparable=claims["scope"].isin(list(comparable)),
        family=claims["source"].map(family),
    )


def evidence(table: pd.DataFrame, *, stocks: bool = False) -> pd.DataFrame:
    """Give the comparable claims that are derived from no other; those about losses alone."""
    kept = table["comparable"] & (table["derived_from"] == "")
    return table[kept if stocks else kept & ~table["quantity"].isin(STOCKS)]


def digits_of(figures: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count the significant digits of whole numbers, zeros at the end left out.

    Parameters
    ----------
    figures : ndarray of float, shape (n,)
        NaN where there is none.

    Returns
    -------
    ndarray of int, shape (n,)
        0 for NaN and for zero.

    Examples
    --------
    >>> digits_of(np.array([4700.0, 1042.0, 0.0])).tolist()
    [2, 4, 0]
    """
    whole = np.nan_to_num(figures).astype(np.int64)
    while (round_ := (whole > 0) & (whole % 10 == 0)).any():
        whole = np.where(round_, whole // 10, whole)
    return np.where(whole > 0, np.floor(np.log10(np.maximum(whole, 1))) + 1, 0).astype(np.int64)


def swaps(figure: float) -> list[float]:
    """Give the numbers made by swapping two neighbouring digits; none begins with a zero.

    >>> swaps(1042.0)
    [1402.0, 1024.0]
    """
    text = f"{figure:.0f}"
    made = [text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in range(len(text) - 1)]
    return [float(each) for each in made if each != text and each[0] != "0"]


def say(figure: float) -> str:
    """Write a figure as a reader expects it."""
    return f"{figure:,.0f}"


def days_apart(then: Any, now: Any, other: str = "before") -> str:
    """Say how long before one day another was."""
    days = abs((now - then).days)
    return f"{days} day{'s' * (days > 1)} {other}" if days else "on the same day"


def first(table: pd.DataFrame, mask: Any, problems: Problems) -> list[int]:
    """Give the places of rows where `mask` is True, in the order of the file.

    No more than can be listed; the others are only counted.
    """
    places = np.flatnonzero(mask)
    ranked = places[np.argsort(table["row"].to_numpy()[places], kind="stable")]
    problems.skip(max(0, len(ranked) - MAX_LISTED))
    return [int(place) for place in ranked[:MAX_LISTED]]


def each(table: pd.DataFrame, mask: Any, problems: Problems) -> Iterator[Any]:
    """Give the rows where `mask` is True, as named tuples, as `first` chooses them."""
    if places := first(table, mask, problems):
        yield from table.iloc[places].itertuples()


def note(
    problems: Problems, code: str, claim: Any, rule: str, mend: str = "", *others: str,
    column: str = "value", value: str | None = None,
) -> None:
    """Note a finding about a claim (a row of the table), and about others given by their ids."""
    told = say(claim.centre) if value is None else value
    problems.add(CLAIMS_FILE, int(claim.row), column, told, rule, mend, code,
                 (str(claim.id), *others))
