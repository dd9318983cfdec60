"""Two runs of one case side by side: what changed, and how far their posteriors lie apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from arviz_stats.base import array
from scipy.stats import norm

from estimate.data.problems import EstimateError

from .changes import Change, Suspect, changes, suspects
from .diagnostics import MIN_ESS
from .grid import Days, Floats, Grid
from .summary import QUANTILES

if TYPE_CHECKING:
    from .result import Fit

array_stats: Any = array.array_stats  # arviz ships no types

STATISTICS = {"median": 0.5, "q05": 0.05, "q95": 0.95}
ALL = {"median": 0.5} | QUANTILES
WRITTEN = 1e-6  # of a logarithm: figures are written with eight digits
FALSE_ALARM = 0.01  # chance, at most, that two runs of one posterior are said to differ at all
COUNTABLE = 0.5  # a figure below it is told as "<1": no reader could see it move
SMALLEST = 1e-9  # stands for zero on the log scale
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Comparison:
    """A run compared with the first one.

    Attributes
    ----------
    first, second : Fit
        The runs.
    changes : tuple of Change
        What differs beside the draws.
    suspects : tuple of Suspect
        Claims that only one of them hears, or that they read otherwise.
    table : DataFrame
        One row for each common quantity, day and statistic: `quantity`, `date`, `statistic`
        (median, q05, q95), `first`, `second` (people or things since the case's first day),
        `log_ratio` (log of second / first), `mcse` (its Monte Carlo error), `errors` (log_ratio /
        mcse), `ess` (the smaller effective sample size behind both), `counted` (not both below
        one half, which is told as "<1" whatever its error), `moved`.
    threshold : float
        Monte Carlo errors beyond which a difference is called one.
    same_draws : bool
        Whether both hold the same draws, bit for bit.
    """

    first: Fit
    second: Fit
    changes: tuple[Change, ...]
    suspects: tuple[Suspect, ...]
    table: pd.DataFrame
    threshold: float
    same_draws: bool

    @property
    def moved(self) -> pd.DataFrame:
        """Rows of the table that differ by more than their error, most errors first."""
        rows = self.table[self.table["moved"]]
        return rows.sort_values("errors", key=abs, ascending=False, kind="stable")

    @property
    def quantities(self) -> tuple[str, ...]:
        """Quantities that both estimate, the headline first."""
        return tuple(dict.fromkeys(self.table["quantity"]))

    @property
    def headline_moved(self) -> bool:
        """Whether the headline quantity differs by more than its error on any common day."""
        return bool((self.moved["quantity"] == self.first.case.headline).any())

    @property
    def smallest_ess(self) -> float:
        """Smallest effective sample size behind any statistic that is compared."""
        return float(self.table["ess"].min())

    @property
    def enough(self) -> bool:
        """Whether so many draws stand behind every statistic that its error can be believed."""
        return self.smallest_ess >= MIN_ESS

    def alone(self) -> Iterator[tuple[int, date, date]]:
        """Days that one run alone speaks of: 0 or 1 for the first or second run, first, last."""
        one, two = self.first.design.grid, self.second.design.grid
        for which, own, other in ((0, one, two), (1, two, one)):
            if own.first[0] < other.first[0]:
                yield which, _day(own.first[0]), _day(other.first[0] - 1)
            if own.last[-1] > other.last[-1]:
                yield which, _day(other.last[-1] + 1), _day(own.last[-1])


def compare(first: Fit, second: Fit) -> Comparison:
    """Compare two runs of one case.

    Two figures differ where they lie more Monte Carlo errors apart than any of m normal deviates
    would with a chance of `FALSE_ALARM`, m being the number of figures compared (Bonferroni's
    bound; Dunn 1961, Journal of the American Statistical Association 56:52-64): it holds however
    the figures hang together. Errors are those of quantiles (Vehtari et al. 2021, Bayesian Analysis
    16:667-718), on the log scale, of both runs taken as independent.

    Parameters
    ----------
    first, second : Fit
        From `load_fit` or `fit`.

    Returns
    -------
    Comparison

    Raises
    ------
    EstimateError
        They are of different cases or sides, or no quantity or no day is common to both.
    """
    _refuse_strangers(first, second)
    days = common_days(first.design.grid, second.design.grid)
    common = [name for name in first.design.quantities if name in second.design.quantities]
    headline = first.case.headline
    common.sort(key=lambda name: name != headline)
    if not common:
        told = " and ".join(", ".join(fit.design.quantities) for fit in (first, second))
        raise EstimateError(
            f"{second.case.id}: no quantity is estimated by both runs ({told}); compare runs whose "
            "claims speak of the same thing")
    if not len(days):
        raise EstimateError(
            f"{second.case.id}: no day is common to both runs (the first ends on "
            f"{_day(first.design.grid.last[-1])}, the second begins on {second.case.start}); "
            "compare runs whose days overlap")
    one, two = _on(first, days), _on(second, days)
    dates = pd.to_datetime([_day(day) for day in days])
    table = pd.concat([
        _side_by_side(name, dates, statistic, _quantile(one[name], p), _quantile(two[name], p))
        for name in common for statistic, p in STATISTICS.items()], ignore_index=True)
    most = threshold(int(table["counted"].sum()))
    return Comparison(
        first, second, changes(first, second), suspects(first, second),
        table.assign(moved=table["counted"] & (table["errors"].abs() > most)), most,
        first.account["draws_sha256"] == second.account["draws_sha256"])


def held_against(recorded: pd.DataFrame, fit: Fit) -> pd.DataFrame:
    """Compare a fit with what the estimates of another say, drawn in the same way.

    A recorded quantile p may lie between the quantiles p ± t sqrt(2 p (1 - p) / ESS) of the fit,
    the error of two such shares, with t the `threshold`; so that in a long tail, where a quantile
    has no error worth the name, its share still has.

    Parameters
    ----------
    recorded : DataFrame
        As `Fit.estimates` gives it, of the quantities of `fit` alone: `date`, `quantity`,
        `median`, `q025` … `q975`.
    fit : Fit

    Returns
    -------
    DataFrame
        `quantity`, `date`, `statistic` (the median and every quantile), `first` (what is
        recorded), `second`, `errors` (how far apart they are, where t is as far as may be),
        `counted`, all as in `Comparison.table`. Days outside those of `fit`, and quantities that
        it has not, are left out.
    """
    grid = fit.design.grid
    days = np.array([(day.date() - EPOCH).days for day in recorded["date"]], dtype=np.int64)
    inside = recorded["quantity"].isin(fit.design.quantities) & (days >= grid.first[0]) & (
        days <= grid.last[-1])
    most = threshold(int(inside.sum()) * len(ALL))
    frames = [pd.DataFrame()]
    for name, part in recorded.assign(day=days)[inside].groupby("quantity", sort=False):
        draws = _on(fit, part["day"].to_numpy())[str(name)]
        for statistic, p in ALL.items():
            told = np.log(np.maximum(part[statistic].to_numpy(float), SMALLEST))
            low, found, high = _band(draws, p, most)
            apart, room = told - found, np.where(told < found, found - low, high - found)
            with np.errstate(divide="ignore", invalid="ignore"):
                errors = np.where(np.abs(apart) <= WRITTEN, 0.0, most * apart / room)
            frames.append(pd.DataFrame({
                "quantity": str(name), "date": part["date"].to_numpy(), "statistic": statistic,
                "first": np.exp(told), "second": np.exp(found), "errors": errors,
                "counted": np.exp(np.maximum(told, found)) >= COUNTABLE}))
    return pd.concat(frames, ignore_index=True)


def _band(draws: Floats, p: float, most: float) -> tuple[Floats, Floats, Floats]:
    """Give a quantile of each column of draws (chains, draws, n), and how far it can be by chance.

    The band ends at the least and the greatest draw.
    """
    columns = np.moveaxis(draws, -1, 0)
    ess = np.asarray(array_stats.ess(columns, method="quantile", prob=p), dtype=float)
    reach = most * np.sqrt(2 * p * (1 - p) / np.where(np.isfinite(ess), ess, np.inf))
    shares = np.clip([p - reach, np.full_like(reach, p), p + reach], 0, 1)
    made = [np.quantile(column, share) for column, share in zip(columns, shares.T, strict=True)]
    low, found, high = np.array(made).T
    return low, found, high


def other_draws(first: Fit, second: Fit) -> tuple[int, dict[str, float]]:
    """Compare everything else that was drawn by two runs of one design.

    Parameters
    ----------
    first, second : Fit

    Returns
    -------
    counted : int
        Quantiles (5%, the median, 95%) with `MIN_ESS` behind them in the second run.
    moved : dict of str to float
        Variables of the posterior that lie outside the second run's bands (`held_against`), with
        the most errors of any of their numbers; infinite where a variable is not there, is shaped
        otherwise or holds no number.
    """
    one, two = first.posterior, second.posterior
    worst = {str(name): math.inf for name in {*one.data_vars} ^ {*two.data_vars}}
    both = [name for name in two.data_vars if name in one.data_vars]
    most = threshold(len(STATISTICS) * sum(two[name][0, 0].size for name in both))
    counted = 0
    for name in both:
        a, b = (_columns(each[name].values.astype(float)) for each in (one, two))
        if one[name].shape[2:] != two[name].shape[2:] or not np.isfinite(a).all():
            worst[str(name)] = math.inf
            continue
        for p in STATISTICS.values():
            ess = np.asarray(array_stats.ess(np.moveaxis(b, -1, 0), method="quantile", prob=p))
            low, found, high = _band(b, p, most)
            apart = np.quantile(a, p, axis=(0, 1)) - found
            room = np.where(apart < 0, found - low, high - found)
            with np.errstate(divide="ignore", invalid="ignore"):
                errors = np.where(apart == 0, 0.0, most * np.abs(apart) / room)
            enough = ess >= MIN_ESS
            counted += int(enough.sum())
            worst[str(name)] = max(worst.get(str(name), 0.0), float(errors[enough].max(initial=0)))
    return counted, {name: errors for name, errors in worst.items() if errors > most}


def _columns(draws: Floats) -> Floats:
    """Give draws of a variable as (chains, draws, numbers)."""
    return draws.reshape(*draws.shape[:2], -1)


Told = tuple[Floats, Floats, Floats]  # log figures, their Monte Carlo errors, their sample sizes


def _side_by_side(name: str, dates: Any, statistic: str, one: Told, two: Told) -> pd.DataFrame:
    """Give rows of the table of one quantity and statistic."""
    (a, sd_a, n_a), (b, sd_b, n_b) = one, two
    errors = np.hypot(sd_a, sd_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(b == a, 0.0, (b - a) / errors)
    return pd.DataFrame({
        "quantity": name, "date": dates, "statistic": statistic, "first": np.exp(a),
        "second": np.exp(b), "log_ratio": b - a, "mcse": errors, "ess": np.minimum(n_a, n_b),
        "errors": apart, "counted": np.maximum(np.exp(a), np.exp(b)) >= COUNTABLE})


def threshold(figures: int) -> float:
    """Monte Carlo errors beyond which one of so many figures is said to differ."""
    return float(norm.isf(FALSE_ALARM / 2 / max(figures, 1)))


def common_days(first: Grid, second: Grid) -> Days:
    """Last days of the steps of the coarser grid that both cover, and the last day of both."""
    start = max(first.first[0], second.first[0])
    end = min(first.last[-1], second.last[-1])
    coarser = max(first, second, key=lambda grid: int(grid.lengths[0]))
    inside = coarser.last[(coarser.last >= start) & (coarser.last < end)]
    return np.append(inside, end) if start <= end else inside[:0]


def _on(fit: Fit, days: Days) -> dict[str, Floats]:
    """Log cumulative draws by quantity (chains, draws, days), pro rata inside a step."""
    grid = fit.design.grid
    step = np.searchsorted(grid.last, days)
    part = (days - grid.first[step] + 1) / grid.lengths[step]
    ends = fit.posterior["cumulative"].values.astype(float)
    starts = np.concatenate([np.zeros_like(ends[..., :1]), ends[..., :-1]], axis=-1)
    values = (1 - part) * starts[..., step] + part * ends[..., step]
    logs = np.log(np.maximum(values, SMALLEST))
    return {name: logs[:, :, i] for i, name in enumerate(fit.design.quantities)}


def _quantile(draws: Floats, p: float) -> tuple[Floats, Floats, Floats]:
    """Quantile of each column of draws (chains, draws, n), its Monte Carlo error, its ESS."""
    columns = np.moveaxis(draws, -1, 0)
    return (
        np.quantile(draws, p, axis=(0, 1)),
        np.asarray(array_stats.mcse(columns, method="quantile", prob=p), dtype=float),
        np.asarray(array_stats.ess(columns, method="quantile", prob=p), dtype=float),
    )


def _day(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def _refuse_strangers(first: Fit, second: Fit) -> None:
    one, two = first.case, second.case
    if one.id != two.id:
        raise EstimateError(
            f"{two.id}: another case than {one.id}, the first run's; compare runs of one case")
    sides = [", ".join(side.id for side in case.sides) for case in (one, two)]
    if sides[0] != sides[1]:
        raise EstimateError(
            f"{two.id}: speaks of the losses of {sides[1]}, the first run of those of {sides[0]}; "
            "compare runs about the same side")
