"""What could be known when: vintages as records, kept with a fit, read back without a sampler.

Two axes of time, never mixed: the day that losses happened (the days of a curve), and the day on
which an estimate could be made (`Vintage.as_of`: only claims published by then were read).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .summary import QUANTILES

if TYPE_CHECKING:
    from .result import Fit

ACCOUNT = "history"  # of run.json
GROUP = "vintages"  # of posterior.nc
LINES = ("median", *QUANTILES)


@dataclass(frozen=True)
class Arrival:
    """A claim that came into view as evidence, and what the fit of that day makes of it.

    Parameters
    ----------
    claim, source : str
        Ids.
    influence : float
        Log of the headline's median with the claim over that without it.
    pareto_k : float
        Above 0.7 the influence is not to be trusted; NaN where it could not be told.
    predictive_median, predictive_q05, predictive_q95 : float
        The figure that this source would be expected to state.
    """

    claim: str
    source: str
    influence: float
    pareto_k: float
    predictive_median: float
    predictive_q05: float
    predictive_q95: float


@dataclass(frozen=True)
class Curve:
    """One quantity over the days that losses happened, cumulative, as known on one day.

    Parameters
    ----------
    days : tuple of date
        Last day of each step (t,).
    lines : dict of str to tuple of float
        `median` and `q025` … `q975`, each (t,), in people or items.
    """

    days: tuple[date, ...]
    lines: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class Vintage:
    """The estimate that could be made from the claims published by one day.

    Parameters
    ----------
    as_of : date
        That day.
    claims : tuple of str
        Claims that came into view since the vintage before, whatever their status.
    n_used, n_origins : int
        Claims read as evidence, and independent origins that speak of losses.
    assumption_share : float
        As `identify.identification` gives it.
    ok : bool
        Whether the fit passed its gates.
    checks : dict
        `max_rhat`, `min_ess_bulk`, `min_ess_tail`, `divergences`, over everything reported.
    median, low, high, q25, q75 : float
        The headline on `as_of`: median, 90 % and 50 % interval; people or items.
    mcse : float
        Monte Carlo standard error of the log of the median.
    revision : float
        Log of this vintage's median for the vintage before's `as_of` over the median that that one
        gave: the same event day, new knowledge. NaN for the first vintage.
    growth : float
        Log of the median over this vintage's median for the vintage before's `as_of`: the same
        knowledge, days added. NaN for the first vintage.
    beyond_error : bool
        Whether the revision is larger than the error of the sampler.
    new : tuple of Arrival
        The claims among `claims` that are read as evidence.
    curves : dict of str to Curve
        By quantity that counts losses.
    """

    as_of: date
    claims: tuple[str, ...]
    n_used: int
    n_origins: int
    assumption_share: float
    ok: bool
    checks: Mapping[str, Any]
    median: float
    low: float
    high: float
    q25: float
    q75: float
    mcse: float
    revision: float
    growth: float
    beyond_error: bool
    new: tuple[Arrival, ...]
    curves: Mapping[str, Curve] = field(repr=False)


def packed(value: Any) -> Any:
    """Give records as plain JSON: days as text, what is not finite as null."""
    if isinstance(value, Mapping):
        return {name: packed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [packed(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: Any) -> Any:
    return math.nan if value is None else value


def row_of(vintage: Vintage) -> dict[str, Any]:
    """Give a vintage without its curves as plain JSON."""
    told = {each.name: getattr(vintage, each.name) for each in fields(vintage)}
    del told["curves"]
    row: dict[str, Any] = packed(told | {"new": [asdict(each) for each in vintage.new]})
    return row


def vintage_of(row: Mapping[str, Any], curves: Mapping[str, Curve]) -> Vintage:
    """Give back what `row_of` took apart.

    Raises
    ------
    KeyError, TypeError, ValueError
        The row is not one of a vintage.
    """
    told = {each.name: _number(row[each.name]) for each in fields(Vintage)
            if each.name != "curves"}
    return Vintage(**told | {
        "as_of": date.fromisoformat(row["as_of"]), "claims": tuple(row["claims"]),
        "checks": {name: _number(value) for name, value in row["checks"].items()},
        "new": tuple(Arrival(**{name: _number(value) for name, value in each.items()})
                     for each in row["new"]),
        "curves": curves})


def _dataset(made: Sequence[Vintage]) -> xr.Dataset:
    """Curves as one array (vintage, quantity, step, quantile), NaN and '' where there is none."""
    quantities = list(dict.fromkeys(name for vintage in made for name in vintage.curves))
    steps = max(len(curve.days) for vintage in made for curve in vintage.curves.values())
    values = np.full((len(made), len(quantities), steps, len(LINES)), np.nan)
    days = np.full((len(made), steps), "", dtype=object)
    for i, vintage in enumerate(made):
        for name, curve in vintage.curves.items():
            found = np.array([curve.lines[line] for line in LINES]).T
            values[i, quantities.index(name), :len(found)] = found
            days[i, :len(found)] = [day.isoformat() for day in curve.days]
    return xr.Dataset(
        {"cumulative": (("vintage", "quantity", "step", "quantile"), values),
         "day": (("vintage", "step"), days.astype(str))},
        {"vintage": [vintage.as_of.isoformat() for vintage in made], "quantity": quantities,
         "quantile": list(LINES)})


def _curves(dataset: xr.Dataset, place: int) -> dict[str, Curve]:
    days = tuple(date.fromisoformat(str(day)) for day in dataset["day"].values[place] if str(day))
    names = [str(name) for name in dataset["quantile"].values]
    out = {}
    for i, quantity in enumerate(dataset["quantity"].values):
        values = dataset["cumulative"].values[place, i, :len(days)]
        if np.isfinite(values).any():
            out[str(quantity)] = Curve(days, {
                name: tuple(values[:, k].tolist()) for k, name in enumerate(names)})
    return out


def keep(fit: Fit, made: Iterable[Vintage], every: str, settings: Mapping[str, Any]) -> None:
    """Put vintages into a fit, to be saved and read back with it.

    Parameters
    ----------
    fit : Fit
        Its account and its tree are changed.
    made : iterable of Vintage
        In the order of their days; at least one.
    every : str
        What they were made for each of.
    settings : mapping
        How each was sampled.
    """
    made = tuple(made)
    fit.account[ACCOUNT] = {"every": every, "settings": dict(settings),
                            "vintages": [row_of(vintage) for vintage in made]}
    fit.tree[GROUP] = xr.DataTree(_dataset(made))


def read(account: Mapping[str, Any], tree: xr.DataTree) -> tuple[Vintage, ...]:
    """Give the vintages kept with a fit; none where none were made.

    Raises
    ------
    KeyError, TypeError, ValueError
        Account and draws do not tell of the same vintages.
    """
    if ACCOUNT not in account:
        return ()
    rows, dataset = account[ACCOUNT]["vintages"], tree[GROUP].to_dataset()
    if [row["as_of"] for row in rows] != [str(day) for day in dataset["vintage"].values]:
        raise ValueError("vintages do not match the draws")
    return tuple(vintage_of(row, _curves(dataset, place)) for place, row in enumerate(rows))
