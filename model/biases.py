"""The bias of each source, before and after the claims, and what its list of the dead held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .design import HONOURED, LOSS, NAMED
from .grid import Floats
from .layout import lay_out, named

if TYPE_CHECKING:
    from .result import Fit

PRIOR_DRAWS = 4000
BEFORE, AFTER = 0.05, 0.95  # ends of the central 90 % of a bias


def prior_draws(fit: Fit) -> dict[str, Floats]:
    """Draws of every parameter before any claim (draws, …), by name; 4,000, always the same."""
    found: dict[str, Floats] = fit.once("prior_draws", _prior_draws)
    return found


def _prior_draws(fit: Fit) -> dict[str, Floats]:
    layout = lay_out(fit.design, fit.priors, rotated=False)
    return named(layout, np.random.default_rng(0).standard_normal((PRIOR_DRAWS, layout.size)))


def prior_biases(fit: Fit) -> dict[str, Floats]:
    """Draws of each source's bias before any claim: `bias`, `bias_killed`, `honoured`, `named`."""
    design, v = fit.design, prior_draws(fit)
    relation = v["gamma"] + v["tau_relation"][:, None] * v["z_relation"]
    family = v["tau_family"][:, None] * v["z_family"]
    own = v["tau_source"][:, None] * v["z_source"]
    bias = v["kappa"][:, None] + relation[:, design.relation_of] + family @ design.family_weights.T
    out = {"bias": bias + own, "own": own, "bias_killed": np.zeros_like(bias)}
    if design.multipart:
        out["bias_killed"] = (v["tau_killed"][:, None] * v["z_killed"])[:, design.family_of]
    return out | {
        name: np.log(v[name]) for name in ("coverage_honoured", "coverage_named") if name in v
    }


def _about(fit: Fit, quantity: str) -> dict[str, str]:
    """Give what each source's bias is shown for: the quantity, else losses, else its list."""
    about: dict[str, str] = {}
    for reading in fit.design.observations.readings:
        source = fit.design.observations.source[reading.observation]
        if reading.stated + reading.other and reading.other:
            continue
        if reading.kind == LOSS and (
            reading.quantity == quantity
            or source not in about
            or about[source] in ("list", "names")
        ):
            about[source] = reading.quantity
        elif reading.kind in (HONOURED, NAMED):
            about.setdefault(source, "list" if reading.kind == HONOURED else "names")
    return about


def biases(fit: Fit, quantity: str) -> dict[str, tuple[str, Floats, Floats]]:
    """Log bias about losses of each source that speaks of them, before and after the claims.

    Parameters
    ----------
    fit : Fit
        The draws.
    quantity : str
        The one that a bias is given for where the source states it.

    Returns
    -------
    dict
        By source: what the bias is about (a quantity, `list` or `names`), prior draws, posterior
        draws, each (draws,); for a list the log of the share of the dead that it holds.
    """
    prior, bias, killed = prior_biases(fit), fit.draws("bias"), fit.draws("bias_killed")
    found: dict[str, tuple[str, Floats, Floats]] = {}
    for source, what in sorted(_about(fit, quantity).items()):
        if what in ("list", "names"):
            name = "coverage_honoured" if what == "list" else "coverage_named"
            found[source] = (what, prior[name], np.log(fit.draws(name)))
            continue
        i = fit.design.sources.index(source)
        extra = 1.0 if what == "killed" else 0.0
        found[source] = (what, prior["bias"][:, i] + extra * prior["bias_killed"][:, i],
                         bias[:, i] + extra * killed[:, i])
    return found


def list_shares(fit: Fit) -> dict[str, Floats]:
    """Logarithm of the share of the killed that each source's list of the honoured held.

    Each on the day of the source's latest stage, in each draw (draws,).
    """
    design = fit.design
    latest: dict[str, int] = {}
    for reading in design.observations.readings:
        if reading.kind == HONOURED:
            source = design.observations.source[reading.observation]
            latest[source] = max(reading.stage, latest.get(source, 0))
    if not latest or "killed" not in fit.cumulative:
        return {}
    stages = np.array(design.observations.stages, dtype=np.int64)
    shared, _ = design.grid.overlap(np.repeat(design.grid.first[:1], len(stages)), stages)
    daily = np.diff(fit.cumulative["killed"], axis=1, prepend=0.0)
    dead = np.log(np.maximum(daily @ (shared / design.grid.lengths).T, 1e-9))
    last = dead[:, -1] + np.log(fit.draws("coverage_honoured"))
    length = np.repeat(last[:, None], len(stages), axis=1)
    if len(stages) > 1:
        growth = np.log(fit.draws("list_growth"))
        length[:, :-1] += np.cumsum(growth[:, ::-1], axis=1)[:, ::-1]
    return {source: length[:, at] - dead[:, at] for source, at in latest.items()}
