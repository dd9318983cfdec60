"""Who moves the answer: the case fitted again without each family, and what it then expects of it.

One model throughout: a refit hears all claims but the family's, and the family's parameters follow
their priors. So the refit also says what the family would be expected to state (docs/method.md, 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import numpy as np

from estimate.data.case import Case

from .conflict import MOVES, Refit, adjusted, ranked, tail
from .design import HONOURED, LOSS, NAMED, Design, plan
from .diagnostics import MAX_RHAT, MIN_ESS, diagnose, log_median
from .evidence import select
from .fit import Compiled, compile_model
from .grid import Bools
from .priors import Priors
from .result import Fit
from .runner import Runner, Task
from .sampler import Settings
from .summary import predict
from .vintages import digest

# A third of a fit's own draws: they place a median, not the ends of a headline to two figures, and
# there is one refit a family.
SHORT = {"draws": 600, "tune": 250, "chains": 4}
LONGER = 4  # a refit that fails its gates is made once more, so many times longer
REPEATS = 4  # figures drawn anew for each draw: smooths the tails, which decide after Holm
LOWEST = 0.5  # what a figure of zero counts as on the log scale
UNHEARD = -1.0


def speakers(design: Design) -> list[str]:
    """Families with a claim on losses, sorted."""
    return sorted({design.families[design.family_of[design.source_of[reading.observation]]]
                   for reading in design.observations.readings
                   if reading.kind in (LOSS, HONOURED, NAMED)})


def without(compiled: Compiled, family: str) -> tuple[Compiled, Bools]:
    """Stop hearing a family: the same model, its figures left out of the density.

    Parameters
    ----------
    compiled : Compiled
        A design ready to be sampled.
    family : str
        One of `design.families`.

    Returns
    -------
    compiled : Compiled
    own : Bools
        Which observations are the family's (n,).
    """
    design, seen = compiled.design, compiled.design.observations
    own = design.family_of[design.source_of] == design.families.index(family)
    return compiled.with_data(seen.log_figure, np.where(own, UNHEARD, seen.zero)), own


def _conflict(fit: Fit, own: Bools, seed: int) -> tuple[float, float, list[str]]:
    """Conflict p-value and ratio of the observations on losses among some, and their claims."""
    seen = fit.design.observations
    kinds = fit.design.kinds()
    owner = seen.index("observation")
    heard = set(owner[np.isin(kinds, (LOSS, HONOURED, NAMED))].tolist())
    numbers = [int(i) for i in np.flatnonzero(own & (seen.flow_of < 0)) if i in heard]
    rng = np.random.default_rng(seed)
    pick = np.tile(np.arange(fit.posterior["nu"].size), REPEATS)
    expected = np.stack([predict(fit, np.flatnonzero(owner == number).tolist(), rng, pick)
                         for number in numbers], axis=1)
    stated = np.where(seen.zero, LOWEST, np.exp(np.nan_to_num(seen.log_figure)))[numbers]
    p, ratio = tail(np.log(np.maximum(stated, LOWEST)), np.log(np.maximum(expected, LOWEST)))
    return p, ratio, [seen.claim[number] for number in numbers]


def _checks(fit: Fit) -> dict[str, Any]:
    """Gates of what a refit is used for: its headline."""
    every = diagnose(fit)
    own = every["by_quantity"][fit.case.headline]
    found = {name: own[name] for name in ("rhat", "ess_bulk", "ess_tail")}
    ok = (found["rhat"] < MAX_RHAT and min(found["ess_bulk"], found["ess_tail"]) > MIN_ESS
          and every["divergences"] == 0)
    return {"ok": bool(ok), **found, "divergences": every["divergences"]}


def _middle(fit: Fit) -> tuple[float, float]:
    """Log of the headline's median, and its Monte Carlo standard error."""
    return log_median(fit.cumulative[fit.case.headline][:, -1], fit.account["chains"])


def leave_out(
    fit: Fit, settings: Settings | None = None, runner: Runner | None = None
) -> dict[str, Any]:
    """Fit a case again without each family that speaks of losses.

    A family's claims are not heard, nor what was computed from them (it stays so); its sources keep
    their place in the model. Conflict is measured as by Presanis, Ohlssen, Spiegelhalter &
    De Angelis (2013, Statistical Science 28:376–397): the node that is split is what the family
    reports.

    Parameters
    ----------
    fit : Fit
        The draws with everybody.
    settings : Settings, optional
        How to sample each refit; shorter than a fit's own, with the fit's seed, unless told.
    runner : Runner, optional
        Who refits; local processes unless told.

    Returns
    -------
    dict
        `settings`, `everybody` (median, low, high of the headline) and `families`: the fields of
        `Refit` in the order of `ranked`. Empty where a family alone speaks of losses.
    """
    settings = settings or Settings(seed=fit.account["seed"], **SHORT)
    families = speakers(fit.design)
    exclude = tuple(fit.account["exclude"])
    known = digest(fit.evidence, fit.priors, settings, "without")[:24]
    tasks = [Task(f"without-{family}-{known}", refit_without,
                  (fit.case, fit.as_of, exclude, fit.priors, family, settings))
             for family in families] if len(families) > 1 else []
    before, error = _middle(fit)
    rows = [_told(found, before, error)
            for found in (runner or Runner()).run(tasks, "fitting without each family")]
    rows = ranked(adjusted(rows))
    low, middle, high = np.quantile(fit.cumulative[fit.case.headline][:, -1], [0.05, 0.5, 0.95])
    return {
        "settings": asdict(settings),
        "everybody": {"median": float(middle), "low": float(low), "high": float(high)},
        "families": [asdict(row) for row in rows],
    }


def refit_without(tell: Callable[[int, int], None], case: Case, as_of: date,
                  exclude: tuple[str, ...], priors: Priors, family: str, settings: Settings
                  ) -> dict[str, Any]:
    """Fit a case without one family; give what is kept of it, as plain JSON."""
    compiled = compile_model(plan(select(case, as_of, exclude)), priors)
    muted, own = without(compiled, family)

    def sampled(longer: int) -> Fit:
        run = replace(settings, draws=settings.draws * longer, tune=settings.tune * longer)
        account = {"exclude": list(exclude), "chains": run.chains}
        return Fit(case, as_of, priors, account, muted.sample(run, tell))

    found = sampled(1)
    if not _checks(found)["ok"]:
        found = sampled(LONGER)
    p, ratio, claims = _conflict(found, own, settings.seed)
    low, high = np.quantile(found.cumulative[case.headline][:, -1], [0.05, 0.95]).tolist()
    return {"family": family, "claims": claims, "middle": _middle(found), "low": low, "high": high,
            "ratio": ratio, "p": p, "checks": _checks(found)}


def _told(found: dict[str, Any], before: float, error_before: float) -> Refit:
    """Compare a refit with the fit that heard everybody."""
    middle, error = found["middle"]
    change, spread, p = middle - before, float(np.hypot(error, error_before)), found["p"]
    return Refit(found["family"], found["claims"], float(np.exp(middle)), found["low"],
                 found["high"], change, spread, abs(change) > MOVES * spread, found["ratio"], p, p,
                 False, found["checks"])
