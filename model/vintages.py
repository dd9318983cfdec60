"""Vintages: the estimate that could be made from the claims published by each knowledge date."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from estimate.data.case import Case
from estimate.data.fingerprint import canonical_hash
from estimate.data.problems import EstimateError

from .design import plan
from .diagnostics import diagnose, log_median
from .evidence import Evidence, last_published, records, select
from .fit import PACKAGES, compile_model
from .grid import Floats, day_number
from .known import LINES, Arrival, Curve, Vintage, packed, row_of, vintage_of
from .learned import choose_priors
from .priors import Priors
from .result import Fit
from .runner import Runner, Task
from .sampler import Settings

EVERY = ("claim", "week", "month")
# The shortest that pass the gates on nearly every day of nk-kursk; two chains, to warm up less. A
# vintage tells of losses alone: troops sent and brought home mix three times as slowly.
SHORT = {"draws": 900, "tune": 250, "chains": 2}
LONGER = 2  # a fit that fails a gate is made once more, so many times longer
ERRORS = 3  # a revision within so many Monte Carlo standard errors is told as none
CODE = 2  # raised when what is kept of a vintage is no longer what the code would make

__all__ = ["CODE", "ERRORS", "EVERY", "SHORT", "Arrival", "Curve", "Vintage", "knowledge_days",
           "vintages"]


def knowledge_days(case: Case, every: str = "claim", as_of: date | None = None,
                   exclude: tuple[str, ...] = ()) -> list[date]:
    """Days on which the estimate could have changed, for a claim in view was published.

    Parameters
    ----------
    case : Case
        From `read_case`.
    every : str
        `claim` for each such day; `week` or `month` for the last one of each ISO week or calendar
        month.
    as_of : date, optional
        Last day of publication that counts; always the last day given, unless nothing can be
        fitted by then.
    exclude : tuple of str
        Sources to leave out, with their members.

    Returns
    -------
    list of date
        Ascending, from the first day on which a claim can be compared with the total; empty where
        there is none.

    Raises
    ------
    EstimateError
        `every` is none of `EVERY`.
    """
    if every not in EVERY:
        raise EstimateError(f"--every {every!r}: must be one of {', '.join(EVERY)}")
    published = {stamp.date() for stamp in case.claims["published"]}
    last = as_of or last_published(case)
    period: Callable[[date], object] = {
        "claim": lambda day: day, "week": lambda day: day.isocalendar()[:2],
        "month": lambda day: (day.year, day.month)}[every]
    days: dict[object, date] = {}
    for day in sorted({day for day in published if day <= last} | {last}):
        try:
            select(case, day, exclude)
        except EstimateError:
            continue
        days[period(day)] = day
    return list(days.values())


def digest(evidence: Evidence, priors: Priors, settings: Settings, before: date | str | None
           ) -> str:
    """Hash all that a vintage depends on: what was known by its day, and how it is fitted."""
    case = evidence.case
    known = {
        "start": case.start, "end": min(case.end, evidence.as_of) if case.end else evidence.as_of,
        "headline": case.headline, "sides": [asdict(side) for side in case.sides],
        "scopes": case.comparable_scopes, "include": case.casualties_include}
    rows = canonical_hash(known, evidence.sources, evidence.claims.drop(columns="row"))
    told = [CODE, {name: version(name) for name in PACKAGES}, str(before), asdict(settings),
            hashlib.sha256(priors.to_json().encode()).hexdigest(), rows]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _sampled(evidence: Evidence, priors: Priors, settings: Settings,
             progress: Callable[[int, int], None]) -> Fit:
    """Fit the claims in view; once more, longer, where a gate is failed."""
    compiled = compile_model(plan(evidence), priors)
    for longer in (1, LONGER):
        run = replace(settings, draws=settings.draws * longer, tune=settings.tune * longer)
        account: dict[str, Any] = {"exclude": list(evidence.exclude), "chains": run.chains}
        fit = Fit(evidence.case, evidence.as_of, priors, account,
                  compiled.sample(run, progress))
        account["diagnostics"] = diagnose(fit, fit.design.losses)
        if account["diagnostics"]["ok"]:
            break
    return fit


def _headline_on(fit: Fit, day: date) -> Floats:
    """Headline of each draw (draws,) up to a day; inside a step losses are spread evenly."""
    grid = fit.design.grid
    shared, _ = grid.overlap(grid.first[:1], np.array([day_number(day)]))
    losses = np.diff(fit.cumulative[fit.case.headline], axis=1, prepend=0.0)
    return np.asarray(losses @ (shared[0] / grid.lengths))


def _arrivals(fit: Fit, came: set[str]) -> tuple[Arrival, ...]:
    expected = ("predictive_median", "predictive_q05", "predictive_q95")
    return tuple(
        Arrival(row["id"], row["source"], -math.log(max(1 + row["influence"] / 100, 1e-9)),
                row["pareto_k"] if math.isfinite(row["pareto_k"]) else math.nan,
                *(row[name] for name in expected))
        for row in records(fit.claims()) if row["id"] in came and row["status"] == "used")


def _part(fit: Fit, before: date | None) -> dict[str, Any]:
    """Give what is kept of one vintage, as plain JSON; it knows no other vintage's numbers."""
    headline, chains = fit.cumulative[fit.case.headline][:, -1], fit.account["chains"]
    view, checks = fit.evidence.claims, fit.account["diagnostics"]
    seen = view["published"].dt.date <= before if before else view["published"].isna()
    came = [str(name) for name in view.loc[~seen, "id"]]
    low, q25, middle, q75, high = np.quantile(headline, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()
    told, estimates = fit.identification(), fit.estimates()
    days = fit.design.grid.dates
    curves = {str(name): {line: part[line].tolist() for line in LINES}
              for name, part in estimates.groupby("quantity", sort=False)
              if name in fit.design.losses}
    vintage = Vintage(
        fit.as_of, tuple(came), len(fit.evidence.used), int(told["n_origins"]),
        float(told["assumption_share"]), bool(checks["ok"]),
        {name: checks[name] for name in ("max_rhat", "min_ess_bulk", "min_ess_tail",
                                         "divergences")},
        middle, low, high, q25, q75, log_median(headline, chains)[1], math.nan, math.nan, False,
        _arrivals(fit, set(came)), {})
    earlier = log_median(_headline_on(fit, before), chains) if before else None
    part: dict[str, Any] = packed({"vintage": row_of(vintage), "days": days, "curves": curves,
                                   "earlier": earlier})
    return part


def _joined(parts: list[dict[str, Any]]) -> tuple[Vintage, ...]:
    """Vintages from their parts, each compared with the one before."""
    made: list[Vintage] = []
    for part in parts:
        days = tuple(date.fromisoformat(day) for day in part["days"])
        vintage = vintage_of(part["vintage"], {
            str(name): Curve(days, {line: tuple(values) for line, values in curve.items()})
            for name, curve in part["curves"].items()})
        if made:
            middle, error = part["earlier"]
            revision = middle - math.log(max(made[-1].median, 1e-9))
            vintage = replace(
                vintage, revision=revision,
                growth=math.log(max(vintage.median, 1e-9)) - middle,
                beyond_error=abs(revision) > ERRORS * math.hypot(error, made[-1].mcse))
        made.append(vintage)
    return tuple(made)


def vintages(
    case: Case,
    *,
    every: str = "claim",
    as_of: date | None = None,
    exclude: tuple[str, ...] = (),
    priors: Priors | None = None,
    settings: Settings | None = None,
    runner: Runner | None = None,
) -> tuple[Vintage, ...]:
    """Fit a case from the claims published by each knowledge date.

    Priors, and what is coded of each source, are today's in every vintage.

    Parameters
    ----------
    case : Case
        From `read_case`.
    every, as_of, exclude
        As for `knowledge_days`.
    priors : Priors, optional
        Learned from history (`learned.choose_priors`) unless told.
    settings : Settings, optional
        How to sample each; `SHORT`, with seed 1, unless told.
    runner : Runner, optional
        Who fits them; local processes unless told. The name of a task depends on what was known by
        its day, the priors, the settings and the versions.

    Returns
    -------
    tuple of Vintage
        One a day of `knowledge_days`; one that fails its gates is sampled once more, longer, and
        kept with `ok` false if it fails again.

    Raises
    ------
    EstimateError
        Nothing can be fitted by `as_of`, or an argument is out of bounds.
    """
    days = knowledge_days(case, every, as_of, exclude)
    settings = settings or Settings(seed=1, **SHORT)
    priors = priors or choose_priors(None, case)
    tasks = []
    for day, before in zip(days, [None, *days[:-1]], strict=True):
        known = digest(select(case, day, exclude), priors, settings, before)
        tasks.append(Task(f"{day}-{known[:24]}", known_on,
                          (case, day, before, exclude, priors, settings)))
    if not tasks:
        select(case, as_of, exclude)  # which says why
    # the last days first: they take longest
    parts = (runner or Runner()).run(tasks[::-1], "fitting what was known on each day")
    return _joined(parts[::-1])


def known_on(tell: Callable[[int, int], None], case: Case, day: date, before: date | None,
             exclude: tuple[str, ...], priors: Priors, settings: Settings) -> dict[str, Any]:
    """Fit what was known on a day; give what is kept of that vintage."""
    return _part(_sampled(select(case, day, exclude), priors, settings, tell), before)
