"""What a fit puts where no claim speaks, beside what it would have put there before any claim."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import logit

from .activity import by_step, last_days, silences
from .biases import AFTER, BEFORE, prior_draws
from .grid import Days, Floats, day_number
from .packed import deterministics, pack

if TYPE_CHECKING:
    from .result import Fit

PRIOR_DRAWS = 2000
TAIL = 7  # days: what comes after the last claim is told from a week on
SILENT, AFTER_LAST, WEIGHT = "silence", "after the last claim", "weight"
LEAST = 1e-9  # keeps the log odds of a share finite
COLUMNS = ("what", "name", "from", "to", "median", "q05", "q95", "prior_median", "prior_q05",
           "prior_q95", "learned", "count_median", "count_q05", "count_q95", "covered_by")


def counted(fit: Fit) -> str:
    """Give the quantity that is told: the headline's, or the first that counts losses."""
    losses = fit.design.losses
    return fit.case.headline if fit.case.headline in losses else losses[0]


def stretches(fit: Fit) -> list[tuple[str, int, int]]:
    """Name the silent stretches and the time after the last claim, by first and last day number."""
    grid, ends = fit.design.grid, last_days(fit.evidence, fit.design.grid)
    if not len(ends):
        return []
    last = int(grid.last[-1])
    found = [(AFTER_LAST if end == last else SILENT, int(start), int(end))
             for start, end in silences(fit.evidence, grid)]
    if last - ends[-1] >= TAIL and (not found or found[-1][2] < last):
        found.append((AFTER_LAST, int(ends[-1]) + 1, last))
    return found


def _shares(cumulative: Floats, parts: Floats) -> Floats:
    """Share of each draw's total in a stretch (draws,), from (draws, t) and its parts (t,)."""
    total = np.maximum(cumulative[:, -1], LEAST)
    return np.asarray(np.diff(cumulative, axis=1, prepend=0.0) @ parts / total)


def _prior(fit: Fit) -> Floats:
    """Draws of the told quantity's path before any claim (draws, t)."""
    packed = pack(fit.design, fit.priors, rotated=False)
    normals = np.random.default_rng(0).standard_normal((PRIOR_DRAWS, packed.n_dim))
    place = fit.design.quantities.index(counted(fit))
    return deterministics(packed, normals)["cumulative"][:, place]


def _covering(fit: Fit, start: int, end: int) -> str:
    """Name the used claims about losses whose window holds all days of a stretch, by id."""
    observations = fit.design.observations
    rows = fit.evidence.used.set_index("id")
    ids = list(dict.fromkeys(observations.claim[i] for i in fit.design.speaks_of_losses))
    windows = zip(ids, rows.loc[ids, "from"], rows.loc[ids, "as_of"], strict=True)
    return ";".join(name for name, first, last in windows
                    if day_number(first.date()) <= start and day_number(last.date()) >= end)


def _row(what: str, name: str, days: Days, after: Floats, before: Floats, odds: Any
         ) -> dict[str, Any]:
    """Quantiles before and after the claims; `odds` is what learning is measured on."""
    ends = [BEFORE, 0.5, AFTER]
    (low, middle, high), (least, centre, most) = np.quantile(after, ends), np.quantile(before, ends)
    learned = float(np.clip(1 - odds(after).std() / odds(before).std(), 0, 1))
    start, end = (date(1970, 1, 1) + timedelta(days=int(day)) for day in days)
    return {"what": what, "name": name, "from": pd.Timestamp(start), "to": pd.Timestamp(end),
            "median": middle, "q05": low, "q95": high, "prior_median": centre, "prior_q05": least,
            "prior_q95": most, "learned": learned, "count_median": np.nan, "count_q05": np.nan,
            "count_q95": np.nan, "covered_by": ""}


def _odds(share: Floats) -> Floats:
    return np.asarray(logit(np.clip(share, LEAST, 1 - LEAST)))


def unspoken(fit: Fit) -> pd.DataFrame:
    """Losses where no claim about losses ends, and what was learned of the indicators' weights.

    Returns
    -------
    DataFrame
        `what` (`silence`, `after the last claim`: a stretch of days; `weight`: of an indicator),
        `name` (of the indicator of activity.csv; empty for silence), `from`, `to` (its days; of a
        weight, those of the grid), `median`, `q05`, `q95` (share of the total of `counted` in the
        stretch; the weight, where silence is told as the pace that is left, e^-weight),
        `prior_median`, `prior_q05`, `prior_q95` (before any claim), `learned` (1 - posterior sd /
        prior sd of the log odds), `count_median`, `count_q05`, `count_q95` (people or items),
        `covered_by` (ids of the used claims about losses whose window holds all its days, joined
        by `;`).
    """
    design, rows = fit.design, []
    grid, path = design.grid, fit.cumulative[counted(fit)]
    found = stretches(fit)
    prior = _prior(fit) if found else path[:0]
    for what, start, end in found:
        days = np.array([[start, end]])
        parts = by_step(days, grid)
        share = _shares(path, parts)
        row = _row(what, "", days[0], share, _shares(prior, parts), _odds)
        counts = np.quantile(share * path[:, -1], [0.5, BEFORE, AFTER])
        row |= dict(zip(("count_median", "count_q05", "count_q95"), counts, strict=True))
        rows.append(row | {"covered_by": _covering(fit, start, end)})
    whole = np.array([grid.first[0], grid.last[-1]])
    if len(design.activity.rows):
        before = prior_draws(fit)
        if design.activity.quiet:
            rows.append(_row(WEIGHT, "", whole, np.exp(-fit.draws("quiet")),
                             np.exp(-before["quiet"]), _odds))
        for i, name in enumerate(design.activity.told):
            rows.append(_row(WEIGHT, name, whole, fit.draws("activity")[:, i],
                             before["activity"][:, i], _odds))
    return pd.DataFrame(rows, columns=list(COLUMNS))
