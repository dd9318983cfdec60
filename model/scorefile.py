"""The file of scores: how the tool did on each resolved case, written by `backtest --out`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from estimate.data.case import Case
from estimate.data.library import Library
from estimate.data.problems import EstimateError
from estimate.data.words import EQUIPMENT

from .evidence import select
from .learned import History
from .scores import LEVELS, along, paired, share_inside
from .sealed import Form

SHIPPED = Path(__file__).parent.parent / "data" / "priors" / "backtest.json"
MEND = "write it again with `estimate backtest --out FILE`"
FORM = Form("scores", 2, "scores", MEND)
LEAST = 0.5  # stands for zero where a logarithm is taken: half a person
_SUMMARY = ("n_cases", "coverage", "log_crps", "wis", "median_abs_log_error", "interval_factor")
_GROUPS = ("by_confidence", "by_route", "by_victim", "by_kind", "by_claims", "by_lag", "by_era")


@dataclass(frozen=True)
class ScoredCase:
    """One resolved case: what the tool said with its truth masked, and what it was settled at.

    Parameters
    ----------
    case, title, conflict, victim, quantity, route, kind : str
        What the case is; `route` and `kind` may be ''.
    confidence : str
        How firmly the truth is settled.
    relations : tuple of str
        Relations that spoke.
    n_claims, lag_days : int
        Claims used, and days from the case's end to the last of them.
    as_of : str
        Day of the last claim.
    truth, truth_low, truth_high : float
        The settled figure and the band that can be defended.
    told_low, told_high : float
        Lowest and highest claim about the case's total; NaN without one above zero.
    median : float
        Of the estimate.
    intervals : tuple of (float, float)
        Central ones, in the order of `LEVELS`.
    log_crps : float
        Of the estimate.
    """

    case: str
    title: str
    conflict: str
    victim: str
    quantity: str
    route: str
    kind: str
    confidence: str
    relations: tuple[str, ...]
    n_claims: int
    lag_days: int
    as_of: str
    truth: float
    truth_low: float
    truth_high: float
    told_low: float
    told_high: float
    median: float
    intervals: tuple[tuple[float, float], ...]
    log_crps: float

    @property
    def band(self) -> tuple[float, float]:
        """Log ends of what the truth may be; one point unless it is contested."""
        if self.confidence == "low":
            return math.log(max(self.truth_low, LEAST)), math.log(max(self.truth_high, LEAST))
        point = math.log(max(self.truth, LEAST))
        return point, point

    @property
    def equipment(self) -> bool:
        """Whether it counts equipment, not people."""
        return self.quantity in EQUIPMENT

    @property
    def abs_error(self) -> float:
        """|Log of median by truth|; the mean over its band where that is contested."""
        return float(np.abs(math.log(self.median) - along(self.band)).mean())

    def inside(self, level: float) -> float:
        """Share of the truth's band (log scale) inside an interval; 0 or 1 where it is settled."""
        low, high = (math.log(end) for end in self.intervals[LEVELS.index(level)])
        return share_inside(low, high, self.band)


@dataclass(frozen=True)
class Scores:
    """Scores as read from a file.

    Parameters
    ----------
    name : str
        Of the file.
    cases : tuple of ScoredCase
        Worst first.
    total : dict
        `n_cases`, `coverage`, `log_crps`, `wis`, `median_abs_log_error`, `interval_factor`.
    baselines, paired : dict
        Scores of simpler methods, and differences to them, by name.
    spread : dict
        By name of each method that gives a point: its score with the spread of its own errors, and
        the difference to it.
    groups : dict
        The same scores by `by_confidence`, `by_route`, … and the group's name.
    vintages : dict
        Scores by how long after the end the last claim in view was published.
    pit : list of int
        Histogram of the place of the truth in the estimate, ten bins.
    zero : dict
        Scores of cases with a truth of zero.
    permuted : dict or None
        Scores after the relations were shuffled among the sources, and the `paired` difference.
    provenance : dict
        Library hash, date, versions, seed.
    sha256 : str
        Of the content.
    """

    name: str
    cases: tuple[ScoredCase, ...]
    total: dict[str, Any]
    baselines: dict[str, Any]
    paired: dict[str, Any]
    spread: dict[str, Any]
    groups: dict[str, dict[str, Any]]
    vintages: dict[str, Any]
    pit: list[int]
    zero: dict[str, Any]
    permuted: dict[str, Any] | None
    provenance: dict[str, Any]
    sha256: str


def _short(value: Any) -> Any:
    """Keep six significant figures, and no NaN."""
    if isinstance(value, Mapping):
        return {str(key): _short(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def _summary(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in _SUMMARY if key in found}


def _told(case: Case) -> tuple[float, float]:
    """Lowest and highest used claim about the case's total, above zero."""
    used = select(case).used
    used = used[used["quantity"] == case.headline]
    ranges = (used["low"].clip(lower=LEAST) * used["high"]) ** 0.5
    figures = used["value"].where(used["value"].notna(), ranges)
    figures = figures[figures > 0]
    return float(figures.min()), float(figures.max())


def write_scores(path: Path, found: Mapping[str, Any], library: Library, seed: int,
                 made: date | None = None) -> None:
    """Write the scores of a masked library, whole or not at all.

    Parameters
    ----------
    path : Path
        File to write.
    found : dict
        What `backtest.result` gives.
    library : Library
        The one that was scored.
    seed : int
        Of the run.
    made : date, optional
        Day to record; today unless told.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    about = library.cases.set_index("case")
    cases = []
    for row in found["cases"]:
        told_low, told_high = _told(library.case(row["case"]))
        cases.append({name: str(about.loc[row["case"], name])
                      for name in ("title", "conflict", "victim", "quantity", "route", "kind")} | {
            key: value for key, value in row.items() if not key.startswith("inside")} | {
            "told_low": told_low, "told_high": told_high,
            "intervals": [[span["low"], span["high"]] for span in row["intervals"]]})
    FORM.write(path, _short({
        "provenance": {
            "made": (made or date.today()).isoformat(), "seed": seed,
            "library_sha256": dict(library.sha256), "library_fingerprint": library.fingerprint,
            "versions": {p: version(p) for p in ("estimate", "pymc", "nutpie", "numpy")}},
        "total": _summary(found), "baselines": found["baselines"], "paired": found["paired"],
        "spread": found["spread"],
        "groups": {group: {name: _summary(part) | {
            "baselines": {other: scores["log_crps"] for other, scores in part["baselines"].items()}}
            for name, part in found[group].items() if part["n_cases"]} for group in _GROUPS},
        "vintages": found["vintages"], "pit": found["pit"], "zero": _summary(found["zero"]),
        "permuted": None, "cases": cases}))


def write_permuted(path: Path, found: Mapping[str, Any], library: Library) -> None:
    """Add to a file of scores those of the same library with its relations shuffled.

    Raises
    ------
    EstimateError
        The file cannot be read, or is of another library.
    OSError
        It cannot be written.
    """
    scores = read_scores(path)
    if scores.provenance["library_fingerprint"] != library.fingerprint:
        raise EstimateError(f"{path}: scores of another library; {MEND} first, without "
                            "--permute-relations")
    other = {row["case"]: float(row["log_crps"]) for row in found["cases"]}
    content = FORM.read(path)
    content["permuted"] = _summary(found) | {"paired": paired(
        other, {row.case: row.log_crps for row in scores.cases},
        {row.case: row.conflict for row in scores.cases})}
    FORM.write(path, _short(content))


def read_scores(path: str | Path | None = None) -> Scores:
    """Read a file of scores.

    Parameters
    ----------
    path : path, optional
        The one that ships with the package unless told.

    Returns
    -------
    Scores

    Raises
    ------
    EstimateError
        The file cannot be read, is cut short, of another version, or was changed by hand.
    """
    path = SHIPPED if path is None else Path(path)
    content = FORM.read(path)
    try:
        return Scores(path.name, tuple(_case(row) for row in content["cases"]), **{
            field.name: content[field.name] for field in fields(Scores)[2:]})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EstimateError(f"{path}: {type(error).__name__}: {str(error)[:80]}; {MEND}") from error


def scores_of(history: History) -> Scores | None:
    """Give the scores that ship, if they are of the library that the priors were learned from."""
    scores = read_scores()
    same = scores.provenance["library_fingerprint"] == history.provenance.get("library_fingerprint")
    return scores if same else None


def _case(row: Mapping[str, Any]) -> ScoredCase:
    values = {field.name: row[field.name] for field in fields(ScoredCase)}
    values |= {name: math.nan for name in ("told_low", "told_high") if values[name] is None}
    return ScoredCase(**values | {
        "relations": tuple(row["relations"]),
        "intervals": tuple((float(low), float(high)) for low, high in row["intervals"])})
