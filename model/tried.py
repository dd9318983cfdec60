"""A figure put to the test: its chance, and what each family's latest claim would need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from estimate.data.problems import EstimateError

from .biases import prior_biases
from .design import LOSS
from .tails import beyond

if TYPE_CHECKING:
    from .result import Fit


def try_figure(fit: Fit, quantity: str, value: float, on: Any = None) -> dict[str, Any]:
    """Say what would have to be true for a figure.

    Parameters
    ----------
    fit : Fit
        The draws.
    quantity : str
        One of the quantities estimated.
    value : float
        The figure, above 0.
    on : date, optional
        The day it stands for; the last grid day unless told.

    Returns
    -------
    dict
        What `tails.beyond` tells, and `needed`: for each family's latest used claim on that
        quantity `family`, `source`, `claim`, `figure`, `ratio_needed` (claim / what the figure
        tested means for the claim's own days, by the posterior's median of their share of the
        total on the day tested) and `prior_probability` (two-sided tail of
        that ratio under the bias prior, lag left out).

    Raises
    ------
    EstimateError
        The quantity is not estimated, or the figure is not above 0.
    """
    design = fit.design
    if quantity not in design.quantities or not value > 0:
        known = ", ".join(design.quantities)
        raise EstimateError(
            f"cannot test {value:g} {quantity}: take a figure above 0 for one of {known}"
        )
    step = design.grid.n_steps - 1 if on is None else design.grid.step_of(on)
    curve = fit.cumulative[quantity]
    draws = curve[:, step]
    daily = np.diff(curve, axis=1, prepend=0.0)
    prior = prior_biases(fit)
    latest: dict[str, dict[str, Any]] = {}
    families = fit.evidence.sources["family"]
    observations = design.observations
    for number, reading in enumerate(observations.readings):
        claim = observations.claim[reading.observation]
        if (
            reading.kind != LOSS
            or reading.quantity != quantity
            or reading.other
            or observations.flow_of[reading.observation] >= 0
            or observations.zero[reading.observation]
        ):
            continue
        source = observations.source[reading.observation]
        i = design.sources.index(source)
        figure = float(np.exp(observations.log_figure[reading.observation]))
        bias = prior["bias"][:, i] + (prior["bias_killed"][:, i] if quantity == "killed" else 0)
        window = daily @ observations.mask[number, 1:]
        ratio = figure / (value * float(np.median(window / np.maximum(draws, 1e-9))))
        z = (np.log(ratio) - bias.mean()) / bias.std()
        latest[str(families[source])] = {
            "family": str(families[source]),
            "source": source,
            "claim": claim,
            "figure": figure,
            "ratio_needed": ratio,
            "prior_probability": float(2 * norm.sf(abs(z))),
        }
    return {
        **beyond(draws.reshape(fit.posterior.sizes["chain"], -1), value),
        "needed": [latest[name] for name in sorted(latest)],
    }
