"""Whether the draws can be trusted: R-hat, effective sample sizes, divergences, tree depth.

Thresholds follow Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), "Rank-normalization,
folding, and
localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16:667–718.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from arviz_stats.base import array

from .grid import Floats

if TYPE_CHECKING:
    from .result import Fit

array_stats: Any = array.array_stats  # arviz ships no types

MAX_RHAT = 1.01
MIN_ESS = 400  # bulk and tail, of everything reported
MIN_HEADLINE_ESS = 2000  # the headline's median is quoted to two figures: defaults are set for this


def diagnose(fit: Fit, quantities: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Diagnose everything that is reported: each quantity of each series on the as-of day.

    Parameters
    ----------
    fit : Fit
        The draws.
    quantities : tuple of str, optional
        Those that are reported; all that summary.json holds unless told.

    Returns
    -------
    dict
        `ok`, `max_rhat`, `min_ess_bulk`, `min_ess_tail`, `headline_ess`, `divergences`,
        `max_depth_hits`, `mean_depth`, `mean_leapfrogs`, and `by_quantity` of its own series.
    """
    own = _diagnosed(fit, quantities)
    every = [own, *(_diagnosed(other) for other in fit.others)]
    worst: dict[str, Any] = {"ok": all, "max_rhat": max, "min_ess_bulk": min, "min_ess_tail": min}
    return own | {key: of(each[key] for each in every) for key, of in worst.items()}


def _diagnosed(fit: Fit, quantities: tuple[str, ...] | None = None) -> dict[str, Any]:
    posterior, stats = fit.posterior, fit.tree["sample_stats"].to_dataset()
    final = posterior["cumulative"].values[..., -1].astype(float)
    by_quantity = {}
    for i, name in enumerate(fit.design.quantities):
        if quantities is not None and name not in quantities:
            continue
        draws = final[..., i]
        by_quantity[name] = {
            "rhat": float(array_stats.rhat(draws)),
            "ess_bulk": float(array_stats.ess(draws, method="bulk")),
            "ess_tail": float(array_stats.ess(draws, method="tail", prob=(0.05, 0.95))),
            "mcse_median": float(array_stats.mcse(draws, method="median")),
        }
    rhats, bulks, tails = (
        [row[key] for row in by_quantity.values()] for key in ("rhat", "ess_bulk", "ess_tail")
    )
    divergences = int(stats["diverging"].values.sum())
    depth = stats["depth"].values
    ok = (
        max(rhats) < MAX_RHAT
        and min(bulks) > MIN_ESS
        and min(tails) > MIN_ESS
        and divergences == 0
        and bool(np.isfinite(final).all())
    )
    return {
        "ok": ok,
        "max_rhat": max(rhats),
        "min_ess_bulk": min(bulks),
        "min_ess_tail": min(tails),
        "headline_ess": by_quantity[fit.case.headline]["ess_bulk"],
        "divergences": divergences,
        "max_depth_hits": int((depth >= fit.account.get("max_depth", 10)).sum()),
        "mean_depth": float(depth.mean()),
        "mean_leapfrogs": float(stats["n_steps"].values.mean()),
        "by_quantity": by_quantity,
    }


def log_median(draws: Floats, chains: int) -> tuple[float, float]:
    """Log of the median of draws (chains × draws,), and its Monte Carlo standard error."""
    logs = np.log(np.maximum(draws, 1e-9))
    return (float(np.log(max(float(np.median(draws)), 1e-9))),
            float(array_stats.mcse(logs.reshape(chains, -1), method="median")))
