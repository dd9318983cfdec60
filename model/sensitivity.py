"""Other assumptions, fitted anew: priors raised to a power, biases not learned, sources recoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from arviz_stats.base import array
from scipy.stats import norm, qmc

from estimate.data.case import Case, read_files
from estimate.data.files import SOURCES_FILE
from estimate.data.words import SOURCE_COLUMNS

from .design import plan
from .evidence import select
from .fit import compile_model
from .grid import Floats
from .hyper import NAMES
from .learned import History
from .power import LISTS, moments, raised, restated, told
from .priors import Priors
from .sampler import Progress, Settings
from .taught import Count

if TYPE_CHECKING:
    from .result import Fit

array_stats: Any = array.array_stats  # arviz ships no types

IMPUTATIONS = 20  # of the cut version: as many as the design of this project asks for
HELD_SD = 1e-4  # of a parameter that the case may not change: a hundredth of a percent
ALONE = {"draws": 1500, "tune": 500, "chains": 2}  # one refit: its median to 2 or 3 %
IMPUTED = {"draws": 700, "tune": 400, "chains": 2}  # one of `IMPUTATIONS`, which are pooled
RECODED = ("third_party_state", "adversary")


def refitted(fit: Fit, history: History | None = None, progress: Progress | None = None
             ) -> dict[str, Any]:
    """Fit the case again under other assumptions.

    Parameters
    ----------
    fit : Fit
        The ordinary fit, with `power` in its account.
    history : History, optional
        The learned priors' file, for the numbers of resolved cases.
    progress : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    dict
        What `account["sensitivity"]` then holds: `power` as `power.power` gives it, the rows out
        of reach of weights now told `by` a `refit`; `cut` as `cut` gives it; `recoded` as
        `recoded` gives it. Each refit has its `rhat`.
    """
    rows = fit.account["sensitivity"]["power"]
    unknown = [(row["component"], scaled["power"])
               for row in rows for scaled in row["scaled"] if scaled["by"] is None]
    other = recode(fit.case)
    length = _length(ALONE) * (len(unknown) + (other is not None)) + _length(IMPUTED) * IMPUTATIONS
    tell = _Counted(progress, length)
    return {
        "power": [row | {"scaled": [
            scaled if scaled["by"] else scaled | {"by": "refit"} | scaled_refit(
                fit, row["component"], scaled["power"], tell)
            for scaled in row["scaled"]]} for row in rows],
        "cut": cut(fit, tell),
        "recoded": other and recoded(fit, other, history, tell),
    }


def _length(settings: dict[str, int]) -> int:
    return Settings(**settings).length


class _Counted:
    """Progress of several refits as one."""

    def __init__(self, progress: Progress | None, length: int) -> None:
        self._progress, self._length, self._before = progress, length, 0

    def __call__(self, done: int, total: int) -> None:
        if self._progress:
            self._progress(self._before + done, self._length)

    def next(self, settings: dict[str, int]) -> None:
        """Count a refit as done."""
        self._before += _length(settings)


def _cells(fit: Fit) -> list[str]:
    return [fit.priors.cell("gamma", *cell).name for cell in fit.design.cells]


def _refit(fit: Fit, case: Case, priors: Priors, settings: dict[str, int], seed: int,
           tell: Progress | None) -> Floats:
    """Draws of the headline (chain, draw) of a case, by the days and exclusions of a fit."""
    design = plan(select(case, fit.as_of, tuple(fit.account["exclude"])))
    tree = compile_model(design, priors).sample(Settings(**settings, seed=seed), tell)
    place = design.quantities.index(case.headline)
    values = tree["posterior"].to_dataset()["cumulative"].values[:, :, place, -1]
    if isinstance(tell, _Counted):
        tell.next(settings)
    return np.asarray(values, dtype=float)


def _rhat(draws: Floats) -> float:
    return float(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def scaled_refit(fit: Fit, component: str, power: float, tell: Progress | None = None
                 ) -> dict[str, float]:
    """Headline of a refit with one component of the prior raised to a power.

    Parameters
    ----------
    fit : Fit
        The ordinary fit.
    component : str
        One of `power.COMPONENTS`.
    power : float
        Above 0.
    tell : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    dict of str to float
        `median`, `low`, `high` (90 %), `rhat`.
    """
    lists = [name for name in LISTS if name in fit.posterior]
    priors = raised(fit.priors, _cells(fit), component, power, lists)
    draws = _refit(fit, fit.case, priors, ALONE, fit.account["seed"], tell)
    return told(draws.ravel()) | {"rhat": _rhat(draws)}


def imputations(fit: Fit) -> list[Priors]:
    """Priors with the learned parameters of bias drawn and held, `IMPUTATIONS` times.

    The draws are a Latin hypercube, so that twenty of them have very nearly the mean and the spread
    of their distribution. Stated priors have no joint one; their margins take its place.
    """
    learned = fit.priors.joint.names if fit.priors.joint else (
        "kappa", *(name for name in NAMES if name in fit.priors))
    names = list(learned)
    mean, covariance = moments(fit.priors, names)
    cube = qmc.LatinHypercube(len(names), rng=np.random.default_rng(fit.account["seed"]))
    drawn = mean + norm.ppf(cube.random(IMPUTATIONS)) @ np.linalg.cholesky(covariance).T
    return [restated(fit.priors, names, values, HELD_SD**2 * np.eye(len(names)))
            for values in drawn]


def cut(fit: Fit, tell: Progress | None = None) -> dict[str, Any]:
    """Headline if the case may not change what is assumed about bias (Plummer 2015).

    Each imputation is fitted with its parameters held, and the draws are pooled: the distribution
    of Plummer 2015 and Jacob et al. 2017, in which nothing flows back from the case.

    Parameters
    ----------
    fit : Fit
        The ordinary fit.
    tell : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    dict
        `median`, `low`, `high` (90 %), `rhat` (the largest of any one refit), `imputations`.
    """
    each = [_refit(fit, fit.case, priors, IMPUTED, fit.account["seed"] + i, tell)
            for i, priors in enumerate(imputations(fit))]
    return told(np.concatenate([draws.ravel() for draws in each])) | {
        "rhat": max(_rhat(draws) for draws in each), "imputations": len(each)}


def recode(case: Case, before: str = RECODED[0], after: str = RECODED[1]) -> Case | None:
    """Give the case with every source of one relation given another; None if it has no such.

    Parameters
    ----------
    case : Case
        From `read_case`.
    before, after : str
        Relations.

    Returns
    -------
    Case or None
        Read through the gate again, from the same files but for that column of sources.csv.
    """
    table = case.sources[[column.name for column in SOURCE_COLUMNS if column.name in case.sources]]
    word = rf"(?<![^\s:;]){before}(?![^\s:;])"
    if not table["relation"].str.contains(word, regex=True).any():
        return None
    table = table.assign(relation=table["relation"].str.replace(word, after, regex=True))
    content = table.to_csv(index=False, lineterminator="\n").encode()
    return read_files({**case.files, SOURCES_FILE: content})


def recoded(fit: Fit, other: Case, history: History | None = None, tell: Progress | None = None
            ) -> dict[str, Any]:
    """Headline if the third-party states were read as the adversary's allies.

    Parameters
    ----------
    fit : Fit
        The ordinary fit.
    other : Case
        From `recode`.
    history : History, optional
        For the numbers of resolved cases.
    tell : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    dict
        `before`, `after` (relations), `sources` (ids of the recoded that speak), `families`
        (names of theirs), `cases_before` and `cases_after` (resolved cases behind each cell, the
        case's own conflict left out; None without a history), `equipment_before` and
        `equipment_after` (how many of them are of equipment), `median`, `low`, `high` (90 %),
        `rhat`.
    """
    before, after = RECODED
    design = fit.design
    sources = fit.case.sources.set_index("id")
    spoke = [name for name, relation in zip(design.sources, design.relation_of, strict=True)
             if design.cells[relation][0] == before]
    families = sorted(set(sources.loc[spoke, "family"]))
    draws = _refit(fit, other, fit.priors, ALONE, fit.account["seed"], tell)
    behind: dict[str, int | None] = {}
    for key, relation in (("before", before), ("after", after)):
        cell = fit.priors.cell("gamma", relation, design.victim).name
        count = history.counts(fit.case.conflict).get(cell, Count()) if history else None
        behind[f"cases_{key}"] = count.n if count else None
        behind[f"equipment_{key}"] = count.equipment if count else None
    return {"before": before, "after": after, "sources": spoke,
            "families": [str(sources.loc[name, "name"]) for name in families], **behind,
            **told(draws.ravel()), "rhat": _rhat(draws)}
