"""One assumption: a distribution with its parameters, unit, reason and reference."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import NormalDist

from estimate.data.problems import PriorsError

Z90 = NormalDist().inv_cdf(0.95)  # half-width of a central 90 % normal interval, in sds


def logit(p: float) -> float:
    """Log odds of a probability."""
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@dataclass(frozen=True)
class Prior:
    """One assumption.

    Parameters
    ----------
    name : str
        The name that the model asks for; cells of a table are `gamma[self,military]`.
    family : {"normal", "lognormal", "logitnormal"}
        `normal` is on the scale of the parameter itself (log for biases); `lognormal` and
        `logitnormal` are normal in the logarithm or the log odds.
    parameters : dict of str to float
        `mean` and `sd` of the normal.
    unit : str
        What `span` is in.
    why, reference : str
        The reason for the value, and where it comes from.
    symbol : str
        The letter used in docs/method.md.
    ratio : bool
        Whether a `normal` is the logarithm of a ratio or a count, and `span` is to be
        exponentiated.
    """

    name: str
    family: str
    parameters: dict[str, float]
    unit: str
    why: str
    reference: str
    symbol: str
    ratio: bool = False

    def __post_init__(self) -> None:
        """Refuse a prior that is no distribution."""
        if self.family not in ("normal", "lognormal", "logitnormal"):
            raise PriorsError(
                f"prior {self.name}: family {self.family!r} is not one of "
                "normal, lognormal, logitnormal"
            )
        if set(self.parameters) != {"mean", "sd"}:
            raise PriorsError(
                f"prior {self.name}: a {self.family} takes mean and sd, "
                f"got {', '.join(map(str, self.parameters)) or 'nothing'}"
            )
        for key, value in self.parameters.items():
            good = isinstance(value, int | float) and not isinstance(value, bool)
            if not good or not math.isfinite(value) or (key != "mean" and value <= 0):
                rule = "a finite number" if key == "mean" else "a number above 0"
                raise PriorsError(f"prior {self.name}: {key} is {value!r}, which is not {rule}")

    @property
    def mean(self) -> float:
        """Mean of the normal, on its own (log, log-odds or plain) scale."""
        return self.parameters["mean"]

    @property
    def sd(self) -> float:
        """Standard deviation of the normal, on its own scale."""
        return self.parameters["sd"]

    @property
    def span(self) -> tuple[float, float]:
        """Central 90 % interval in `unit`."""
        ends = (self.mean - Z90 * self.sd, self.mean + Z90 * self.sd)
        if self.family == "logitnormal":
            return _expit(ends[0]), _expit(ends[1])
        if self.family == "lognormal" or self.ratio:
            return math.exp(ends[0]), math.exp(ends[1])
        return ends

    def row(self) -> dict[str, object]:
        """Give the prior as a flat record for tables and files."""
        low, high = self.span
        return {**asdict(self), "span": [low, high]}
