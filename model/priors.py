"""Every number that is assumed rather than learned from the case, in one table.

`PRIORS` holds one row for each prior: its family and parameters, the central 90 % of it in a unit
that
a reader knows, the reason, and the reference. The model takes each value from here by name and
holds no number of its own; `estimate priors`, the report and docs/method.md print the same rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from estimate.data.problems import PriorsError
from estimate.data.words import RELATIONS, VICTIMS

Floats = npt.NDArray[np.float64]
Z90 = NormalDist().inv_cdf(0.95)  # half-width of a central 90 % normal interval, in sds
SCHEMA = 1

LIBRARY = "stated by hand after a first reading of this project's resolved cases (data/resolved)"
DESIGN = LIBRARY
CHOICE = "this project's choice"


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


@dataclass(frozen=True)
class Joint:
    """What is known together of several parameters: a multivariate normal before their forms.

    Parameters
    ----------
    names : tuple of str
        Priors, length h.
    mean : ndarray
        Shape (h,).
    covariance : ndarray
        Shape (h, h).
    """

    names: tuple[str, ...]
    mean: Floats
    covariance: Floats

    def part(self, names: list[str]) -> tuple[Floats, Floats]:
        """Mean (k,) and covariance (k, k) of some of them, in that order."""
        place = [self.names.index(name) for name in names]
        return self.mean[place], self.covariance[np.ix_(place, place)]

    def without(self, names: Collection[str]) -> Joint:
        """Leave some of them out."""
        kept = [name for name in self.names if name not in names]
        return Joint(tuple(kept), *self.part(kept))


class Priors(Mapping[str, Prior]):
    """A complete set of priors by name; the stated one is `Priors()`.

    Parameters
    ----------
    rows : tuple of Prior, optional
        One for each parameter; `PRIORS` unless told.
    source : str
        Where they come from.
    joint : Joint, optional
        Those learned together; their rows hold the margins.
    learning : dict, optional
        How they were learned, as `learned.History.learning` gives it.
    """

    def __init__(self, rows: tuple[Prior, ...] | None = None, source: str = "stated by hand",
                 joint: Joint | None = None,
                 learning: Mapping[str, Any] | None = None) -> None:
        self._rows = {row.name: row for row in (PRIORS if rows is None else rows)}
        self.source = source
        self.joint = joint
        self.learning = dict(learning or {})

    def __getitem__(self, name: str) -> Prior:
        """Prior of that name."""
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the table's order."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Give number of priors."""
        return len(self._rows)

    def cell(self, table: str, relation: str, victim: str) -> Prior:
        """Prior of a relation × victim table, `gamma` or `m0`."""
        return self._rows[f"{table}[{relation},{victim}]"]

    def rows(self) -> list[dict[str, object]]:
        """Every prior as a flat record."""
        return [prior.row() for prior in self.values()]

    def to_json(self) -> str:
        """Give the priors as a file that `read_priors` reads."""
        content: dict[str, object] = {
            "schema": SCHEMA,
            "source": self.source,
            "priors": {name: prior.parameters for name, prior in self.items()},
        }
        if self.joint:
            content["joint"] = {"names": self.joint.names, "mean": self.joint.mean.tolist(),
                                "covariance": self.joint.covariance.tolist()}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _normal(
    name: str,
    mean: float,
    sd: float,
    unit: str,
    why: str,
    reference: str,
    symbol: str,
    ratio: bool = True,
) -> Prior:
    return Prior(name, "normal", {"mean": mean, "sd": sd}, unit, why, reference, symbol, ratio)


def _lognormal(
    name: str, centre: float, sd: float, unit: str, why: str, reference: str, symbol: str
) -> Prior:
    return Prior(
        name, "lognormal", {"mean": math.log(centre), "sd": sd}, unit, why, reference, symbol
    )


def _logitnormal(
    name: str, mean: float, sd: float, unit: str, why: str, reference: str, symbol: str
) -> Prior:
    return Prior(name, "logitnormal", {"mean": mean, "sd": sd}, unit, why, reference, symbol)


# Bias by relation x victim (mean and sd of log claim/truth at long lag), and m0, the share of
# fresh losses already in a figure. Cells that history does not fill lean on their neighbours.
_OUTSIDE = (0.05, 0.45, "outsiders and media on soldiers are about right on average and far apart")
_CIVIL_OUT = (0.1, 0.5, "few cases: centred near right, wider than for soldiers")
_GAMMA: dict[tuple[str, str], tuple[float, float, str]] = {
    ("self", "military"): (-0.1, 0.4, "a side's figures for its own soldiers run low"),
    ("self", "civilian"): (
        0.2,
        0.5,
        "a side's figures for its own civilians have a long upper tail",
    ),
    ("self", "disaster"): (0.3, 0.4, "after weeks, double counting and missing lists lean high"),
    ("self", "mixed"): (0.1, 0.5, "between soldiers and civilians"),
    ("adversary", "military"): (
        0.7,
        0.5,
        "an enemy's figures for soldiers run about twice the truth",
    ),
    ("adversary", "civilian"): (-0.4, 0.6, "the accused attacker's figures for civilians run low"),
    ("adversary", "disaster"): (0.3, 0.6, "no case on record: wide"),
    ("adversary", "mixed"): (
        0.2,
        0.6,
        "enemy on soldiers and accused on civilians pull apart: wide",
    ),
    ("ally", "military"): (-0.1, 0.5, "few cases: like the side itself, wider"),
    ("ally", "civilian"): (0.3, 0.6, "few cases: like the side itself, wider"),
    ("ally", "disaster"): (0.2, 0.5, "no case on record: like the side itself, wider"),
    ("ally", "mixed"): (0.1, 0.6, "no case on record: like the side itself, wider"),
}
_M0: dict[tuple[str, str], tuple[float, float, str]] = {
    ("self", "military"): (0.65, 0.25, "own soldiers: about two thirds are known at once"),
    ("self", "civilian"): (0.8, 0.3, "own civilians: most are known at once"),
    ("self", "disaster"): (0.3, 0.4, "own government in disasters: about a third within two days"),
    ("self", "mixed"): (0.7, 0.3, "between soldiers and civilians"),
    ("adversary", "military"): (1.0, 0.1, "an enemy's figures do not wait for a count"),
    ("adversary", "civilian"): (1.0, 0.2, "an accused side's figures do not wait for a count"),
    ("adversary", "disaster"): (0.6, 0.4, "no case on record: between the authority and 1"),
    ("adversary", "mixed"): (1.0, 0.2, "an enemy's figures do not wait for a count"),
}


def _cells() -> Iterator[Prior]:
    for victim in VICTIMS:
        for relation in RELATIONS:
            mean, sd, why = _GAMMA.get(
                (relation, victim), _OUTSIDE if victim == "military" else _CIVIL_OUT
            )
            reference = CHOICE if "no case" in why else LIBRARY
            yield _normal(
                f"gamma[{relation},{victim}]", mean, sd, "claim / truth", why, reference, "γ"
            )
    for victim in VICTIMS:
        for relation in RELATIONS:
            default = {
                "disaster": (0.4, 0.4, "tolls of a disaster grow for days, whoever tells them"),
                "military": (0.9, 0.25, "outsiders hear of most losses at once"),
            }
            centre, sd, why = _M0.get(
                (relation, victim),
                default.get(victim, (0.85, 0.3, "outsiders hear of most losses at once")),
            )
            yield _lognormal(
                f"m0[{relation},{victim}]",
                centre,
                sd,
                "share of fresh losses told",
                why,
                CHOICE if "no case" in why else LIBRARY,
                "m₀",
            )


SCATTER = LIBRARY
PRIORS: tuple[Prior, ...] = (
    _normal(
        "log_total",
        math.log(1000),
        3.0,
        "people or items",
        "the total before any claim: wide enough to have no say against one claim",
        "this project's choice",
        "log N",
    ),
    _normal(
        "log_remaining",
        math.log(1000),
        3.0,
        "people",
        "troops sent and not lost, before any claim: as wide as the total",
        "this project's choice",
        "log E",
    ),
    _lognormal(
        "shape_scale",
        1.0,
        0.5,
        "log sd of the daily rate",
        "the rate of loss may vary several-fold over a case, or hardly",
        "this project's choice",
        "σ_f",
    ),
    _logitnormal(
        "killed_share",
        logit(0.2),
        0.95,
        "share of casualties",
        "one killed to four wounded is usual; reports on one case range from 9 % to 67 %",
        "centre and width as stated in the design of this model",
        "a",
    ),
    _lognormal(
        "killed_share_path",
        0.3,
        0.4,
        "log-odds sd over time",
        "the killed share moves slowly over a case",
        "this project's choice",
        "σ_π",
    ),
    _normal(
        "missing_ratio",
        -3.0,
        1.5,
        "missing / wounded",
        "missing (finally) are few beside wounded, in some wars as many",
        "this project's choice",
        "r_missing",
    ),
    _normal(
        "captured_ratio",
        -4.0,
        1.5,
        "captured / wounded",
        "captured are few beside wounded unless an army surrenders",
        "this project's choice",
        "r_captured",
    ),
    _normal(
        "present_before",
        0.0,
        1.5,
        "log odds",
        "share of the troops already there on the first day: unknown",
        "this project's choice",
        "logit h₀",
        ratio=False,
    ),
    _logitnormal(
        "returned_share",
        -1.0,
        1.5,
        "share of those not lost",
        "share brought home by the as-of day: unknown",
        "this project's choice",
        "r",
    ),
    _normal(
        "kappa",
        0.0,
        0.36,
        "claim / truth",
        "the error that all sources of a case share; it keeps the interval honest, since "
        "more claims cannot average it away",
        DESIGN,
        "κ",
    ),
    *_cells(),
    _lognormal(
        "tau_relation",
        0.3,
        0.3,
        "log sd",
        "sources of one relation in one case move together",
        SCATTER,
        "τ_ρ",
    ),
    _lognormal(
        "tau_family", 0.3, 0.3, "log sd", "families within a relation differ", SCATTER, "τ_f"
    ),
    _lognormal(
        "tau_source",
        0.15,
        0.3,
        "log sd",
        "members of one family feed each other: they differ half as much as families",
        "this project's choice",
        "τ_δ",
    ),
    _lognormal(
        "tau_killed",
        0.35,
        0.3,
        "log sd",
        "families differ more in the killed share than in totals",
        "this project's choice, after the spread of killed shares in nk-kursk's kind of reports",
        "τ_ψ",
    ),
    _lognormal(
        "tau_drift",
        0.15,
        0.5,
        "log sd",
        "the bias of a source with many claims may move slowly",
        "half-normal 0.15 in the statistical advice, kept off zero",
        "τ_drift",
    ),
    _normal(
        "kappa_deployed",
        0.0,
        0.1,
        "claim / truth",
        "shared error about troops sent: smaller than about losses, troops can be seen moving",
        "this project's choice",
        "κ_D",
    ),
    _lognormal(
        "tau_deployed",
        0.2,
        0.3,
        "log sd",
        "families differ about troops sent",
        "this project's choice",
        "τ_D",
    ),
    _lognormal(
        "maturation_days", 5.0, 0.5, "days", "early counts catch up within weeks", LIBRARY, "τ"
    ),
    _lognormal(
        "sigma",
        0.2,
        0.4,
        "log sd",
        "scatter of a source's figures about its own bias",
        "statistical advice for exact-looking numbers",
        "σ₀",
    ),
    _lognormal(
        "sigma_list",
        0.1,
        0.4,
        "log sd",
        "tallies of one published list nearly agree",
        "this project's choice",
        "σ_L",
    ),
    _lognormal(
        "nu",
        4.0,
        0.4,
        "degrees of freedom",
        "claims have heavy tails; in resolved cases as heavy as 1 to 2",
        DESIGN,
        "ν",
    ),
    _lognormal(
        "hedge_floor",
        0.2,
        0.5,
        "log units",
        "who says 'at least' stays a little below what he believes",
        "statistical advice for bounds",
        "η_floor",
    ),
    _lognormal(
        "hedge_cap",
        0.3,
        0.5,
        "log units",
        "who says 'at most' stays above what he believes",
        "statistical advice for bounds",
        "η_cap",
    ),
    _lognormal(
        "range_stretch",
        1.0,
        0.7,
        "λ − 1",
        "stated ranges are too narrow: they held the truth 8 times in 30",
        LIBRARY,
        "λ − 1",
    ),
    _logitnormal(
        "stated_reading",
        logit(2 / 3),
        0.8,
        "probability",
        "an ambiguous figure means what it was coded as twice as often as not",
        "this project's choice",
        "ω",
    ),
    _logitnormal(
        "false_zero",
        -3.0,
        1.0,
        "probability",
        "chance that 'no losses' says nothing about the losses",
        "this project's choice",
        "φ",
    ),
    _normal(
        "with_missing",
        0.2,
        0.4,
        "claim / truth",
        "in disasters, dead plus missing of one day come near the toll, and lean high",
        LIBRARY,
        "γ_m",
    ),
    _logitnormal(
        "coverage_honoured",
        -1.4,
        1.2,
        "share of the killed",
        "states honour some of their dead: an unknown, often small share",
        "stated in the design of this model",
        "ρ",
    ),
    _logitnormal(
        "coverage_named",
        0.2,
        0.8,
        "share of the killed",
        "by-name counts found about 0.54 of the settled toll",
        LIBRARY,
        "ρ_c",
    ),
)


def read_priors(path: str | Path | None, base: Priors | None = None) -> Priors:
    """Read a file that changes priors.

    Parameters
    ----------
    path : path or None
        A JSON file `{"schema": 1, "priors": {name: {"mean": …, "sd": …}, …}}` that replaces the
        parameters of the named priors; all others are those of `base`. `None`: `base` as it is.
    base : Priors, optional
        What is changed; the stated priors unless told. A prior that is changed is no longer known
        together with others.

    Returns
    -------
    Priors

    Raises
    ------
    PriorsError
        The file cannot be read, is of another schema, or names an unknown prior or parameter.
    """
    base = base or Priors()
    if path is None:
        return base
    path = Path(path)
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise PriorsError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise PriorsError(
            f"{path}: not a JSON file ({str(error)[:80]}); write one like "
            '{"schema": 1, "priors": {"kappa": {"mean": 0, "sd": 0.5}}}'
        ) from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise PriorsError(f"{path}: 'schema' must be {SCHEMA}")
    changes = content.get("priors")
    if (
        not isinstance(changes, dict)
        or not changes
        or set(content) - {"schema", "source", "priors", "joint"}
    ):
        raise PriorsError(
            f"{path}: beside 'schema' there must be 'priors', an object of "
            "name: parameters, and nothing else"
        )
    rows = dict(base)
    source = str(content.get("source", path.name))
    for name, parameters in changes.items():
        if name not in base:
            from difflib import get_close_matches

            near = get_close_matches(name, list(base), 1)
            hint = f"; did you mean {near[0]!r}?" if near else "; `estimate priors` lists them"
            raise PriorsError(f"{path}: unknown prior {name!r}{hint}")
        if not isinstance(parameters, dict):
            raise PriorsError(
                f"{path}: prior {name!r} must be an object such as "
                f"{json.dumps(base[name].parameters)}"
            )
        if parameters != base[name].parameters:
            rows[name] = replace(
                base[name], parameters=parameters, why=f"set by {source}", reference=source
            )
    if "joint" in content:
        return Priors(tuple(rows.values()), source, _joint(content["joint"], base, path))
    joint = base.joint and base.joint.without(changes)
    return Priors(tuple(rows.values()), f"{base.source}, changed by {source}", joint,
                  base.learning)


def _joint(content: object, base: Priors, path: Path) -> Joint | None:
    """Read what is known together of several parameters."""
    try:
        if not isinstance(content, dict):
            raise TypeError("no object")
        names = tuple(map(str, content["names"]))
        mean, covariance = (np.array(content[key], dtype=float) for key in ("mean", "covariance"))
        np.linalg.cholesky(covariance)
        if not set(names) <= set(base) or mean.shape != (len(names),):
            raise ValueError("names and numbers do not match")
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
        raise PriorsError(f"{path}: 'joint' cannot be read ({type(error).__name__}: "
                          f"{str(error)[:60]}); leave it out") from error
    return Joint(names, mean, covariance)
