"""How good an estimate was, once the truth is known; and what simpler methods would have said.

Everything is on the log scale: an error of log 2 is a factor of two. A truth that is a band
(confidence low) is scored by its band: every score is the mean over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, norm

from .grid import Floats

OWN, ZERO_MEAN = "estimate", "zero-mean-bias hierarchical"  # methods beside `POINTS`
LEVELS = (0.5, 0.8, 0.9, 0.95)
BAND_POINTS = 21  # a contested truth is scored at so many points of its band


def log_crps(draws: Floats, truth: float) -> float:
    """Continuous ranked probability score of log draws (n,): E|X - t| - E|X - X'| / 2.

    Gneiting & Raftery 2007, JASA 102:359; 0 is best, |error| for a point.
    """
    x = np.sort(np.asarray(draws, dtype=float))
    n = len(x)
    weights = 2 * np.arange(1, n + 1) - n - 1
    return float(np.abs(x - truth).mean() - (weights * x).sum() / n**2)


def normal_crps(middle: float, sd: float, truth: float) -> float:
    """Continuous ranked probability score of a normal (Gneiting & Raftery 2007, eq. 21)."""
    z = (truth - middle) / sd
    return float(sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))


def clustered(gaps: Sequence[float], clusters: Sequence[str]) -> tuple[float, float | None, int]:
    """Mean of differences, its standard error, and the number of clusters.

    Differences of one cluster may hang together in any way (Liang & Zeger 1986, *Biometrika*
    73:13-22, with the factor C / (C - 1)); with one difference a cluster it is the usual standard
    error. None for one cluster.

    Parameters
    ----------
    gaps : sequence of float
        At least one.
    clusters : sequence of str
        The cluster of each.
    """
    values, names = np.asarray(gaps, dtype=float), sorted(set(clusters))
    mean, c = float(values.mean()), len(names)
    if c < 2:
        return mean, None, c
    sums = np.bincount([names.index(name) for name in clusters], weights=values - mean)
    return mean, float(np.sqrt(c / (c - 1) * (sums**2).sum()) / len(values)), c


def paired(rows: Mapping[str, float], other: Mapping[str, float], conflicts: Mapping[str, str]
           ) -> dict[str, float | None]:
    """Mean difference in log-CRPS over the same cases, and its standard error.

    Parameters
    ----------
    rows, other : mapping of str to float
        Score of each case, under two methods.
    conflicts : mapping of str to str
        Conflict of each case: cases of one are not independent.

    Returns
    -------
    dict
        `difference`, `se` (clustered by conflict), `n_cases`, `n_conflicts`.
    """
    cases = [case for case in rows if case in other]
    if not cases:
        return {"difference": None, "se": None, "n_cases": 0, "n_conflicts": 0}
    gap, se, n = clustered([rows[case] - other[case] for case in cases],
                           [conflicts[case] for case in cases])
    return {"difference": gap, "se": se, "n_cases": len(cases), "n_conflicts": n}


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
    """Exact (Clopper–Pearson) interval of a rate; hits may be parts of one, as of a band."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def share_inside(low: float, high: float, band: tuple[float, float]) -> float:
    """Share of a band that an interval holds; of a band without width, whether it is held."""
    if band[0] == band[1]:
        return float(low <= band[0] <= high)
    return max(0.0, min(high, band[1]) - max(low, band[0])) / (band[1] - band[0])


def along(band: tuple[float, float]) -> Floats:
    """Points evenly along a band, each as likely as the next; one where it has no width."""
    if band[0] == band[1]:
        return np.array([band[0]])
    return np.asarray(band[0] + (np.arange(BAND_POINTS) + 0.5) / BAND_POINTS * (band[1] - band[0]))


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
