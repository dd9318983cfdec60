"""How good an estimate was, once the truth is known; and what simpler methods would have said.

Everything is on the log scale: an error of log 2 is a factor of two. A truth that is a band
(confidence low) is scored by its nearest point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from .grid import Floats

LEVELS = (0.5, 0.8, 0.9, 0.95)


def log_crps(draws: Floats, truth: float) -> float:
    """Continuous ranked probability score of log draws (n,): E|X - t| - E|X - X'| / 2.

    Gneiting & Raftery 2007, JASA 102:359; 0 is best, |error| for a point.
    """
    x = np.sort(np.asarray(draws, dtype=float))
    n = len(x)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(np.abs(x - truth).mean() - (weights * x).sum() / n**2)


def interval_score(low: float, high: float, truth: float, level: float) -> float:
    """Interval score: the width, and 2 / (1 - level) times what the truth lies outside."""
    outside = max(low - truth, 0.0) + max(truth - high, 0.0)
    return high - low + 2 / (1 - level) * outside


def weighted_interval_score(draws: Floats, truth: float) -> float:
    """Weighted interval score over `LEVELS` and the median (Bracher et al. 2021)."""
    total = 0.5 * abs(float(np.median(draws)) - truth)
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        total += (1 - level) / 2 * interval_score(float(low), float(high), truth, level)
    return total / (len(LEVELS) + 0.5)


def binomial_interval(hits: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper–Pearson) interval of a rate."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def nearest(low: float, high: float, value: float) -> float:
    """Give the point of a band that is nearest to a value."""
    return min(max(value, low), high)


@dataclass(frozen=True)
class Figure:
    """One claim as the simpler methods see it: log figure, its log sd, speaker, day published."""

    log_value: float
    sd: float
    source: str
    day: int


def latest(figures: Sequence[Figure]) -> float:
    """Take the claim published last; several on that day by their mean."""
    day = max(figure.day for figure in figures)
    return float(np.mean([figure.log_value for figure in figures if figure.day == day]))


def median(figures: Sequence[Figure]) -> float:
    """Take the median of the claims."""
    return float(np.median([figure.log_value for figure in figures]))


def mean_of_logs(figures: Sequence[Figure]) -> float:
    """Take the geometric mean."""
    return float(np.mean([figure.log_value for figure in figures]))


def _by_source(figures: Sequence[Figure]) -> list[Figure]:
    last: dict[str, Figure] = {}
    for figure in sorted(figures, key=lambda figure: figure.day):
        last[figure.source] = figure
    return list(last.values())


def inverse_variance(figures: Sequence[Figure]) -> float:
    """Pool the claims by the precision that each states."""
    weights = np.array([figure.sd**-2 for figure in figures])
    return float(weights @ [figure.log_value for figure in figures] / weights.sum())


def dersimonian_laird(figures: Sequence[Figure]) -> float:
    """Random-effects mean of each source's last claim (DerSimonian & Laird 1986)."""
    voices = _by_source(figures)
    y = np.array([voice.log_value for voice in voices])
    w = np.array([voice.sd**-2 for voice in voices])
    fixed = w @ y / w.sum()
    surplus = (w * (y - fixed) ** 2).sum() - (len(y) - 1)
    between = max(0.0, surplus / (w.sum() - (w**2).sum() / w.sum())) if len(y) > 1 else 0.0
    weights = 1 / (1 / w + between)
    return float(weights @ y / weights.sum())


def gaussian_truth(figures: Sequence[Figure], rounds: int = 50) -> float:
    """Gaussian truth model: truth and each source's variance together (Zhao & Han 2012).

    One entity at a time, each variance with the prior InvGamma(3, 0.5).
    """
    voices = [[f.log_value for f in figures if f.source == name]
              for name in sorted({f.source for f in figures})]
    truth = median(figures)
    for _ in range(rounds):
        variance = np.array([(0.5 + 0.5 * sum((y - truth) ** 2 for y in own))
                             / (3 + 1 + len(own) / 2) for own in voices])
        weight = np.array([len(own) for own in voices]) / variance
        truth = float(weight @ [np.mean(own) for own in voices] / weight.sum())
    return truth


def crh(figures: Sequence[Figure], rounds: int = 50) -> float:
    """CRH truth discovery: weights -log of each source's share of the loss (Li et al. 2014)."""
    voices = [[f.log_value for f in figures if f.source == name]
              for name in sorted({f.source for f in figures})]
    truth = median(figures)
    if len(voices) == 1:
        return truth
    for _ in range(rounds):
        loss = np.array([np.mean([(y - truth) ** 2 for y in own]) for own in voices]) + 1e-6
        weight = np.maximum(-np.log(loss / loss.sum()), 1e-6)
        truth = float(weight @ [np.mean(own) for own in voices] / weight.sum())
    return truth


POINTS: Mapping[str, Callable[[Sequence[Figure]], float]] = {
    "latest claim": latest,
    "median of claims": median,
    "mean of logs": mean_of_logs,
    "inverse-variance pooling": inverse_variance,
    "DerSimonian-Laird": dersimonian_laird,
    "Gaussian truth model": gaussian_truth,
    "CRH": crh,
}
