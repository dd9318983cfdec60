"""The file of learned priors: what history says, written by `calibrate`, read by every fit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from estimate.data.case import Case
from estimate.data.problems import PriorsError
from estimate.data.words import ROUTES

from .hyper import NAMES, SINGLES, before, for_case
from .priors import PRIORS, Joint, Priors, read_priors
from .sealed import Form
from .taught import Count, Taught, counted, read_taught

STATED = "stated"  # the word for the priors stated by hand, where a file may be named
SHIPPED = Path(__file__).parent.parent / "data" / "priors" / "learned.json"
ALL = "all"
DEFAULT_ROUTES = dict.fromkeys(ROUTES, 1 / len(ROUTES))  # a new case: nothing known of how it came
ANY_TOTAL = {"mean": math.log(300), "sd": 5.0}
ANY_TOTAL_WHY = ("resolved cases run from 1 to 850,000 around 300; wider, so that neither a "
                 "village nor a war is drawn to the middle")
MEND = ("write it again with `estimate calibrate`, or change single priors in a file of your own "
        "(see `estimate priors --help`)")
FORM = Form("learned", 4, "learned priors", MEND, PriorsError)
LENT = "no resolved case of this kind: lent by its neighbours"
REFERENCE = "learned from resolved cases: data/resolved, `estimate calibrate`"


@dataclass(frozen=True)
class History:
    """Learned priors as read from a file.

    Parameters
    ----------
    path : Path
        The file.
    joints : dict of str to Joint
        `all`, and one for each conflict left out, by its name.
    cases : tuple of str
        Cases of the library.
    taught : dict of str to Taught
        By case: what those that taught anything taught of.
    provenance : dict
        Library hash, date, versions, diagnostics.
    sha256 : str
        Of the content.
    """

    path: Path
    joints: dict[str, Joint]
    cases: tuple[str, ...]
    taught: dict[str, Taught]
    provenance: dict[str, Any]
    sha256: str

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.path.name

    def joint(self, conflict: str | None) -> tuple[str, Joint]:
        """Give what is learned without a conflict, and its name; from all if it taught nothing."""
        name = conflict if conflict in self.joints else ALL
        return name or ALL, self.joints[name or ALL]

    def counts(self, conflict: str | None = None) -> dict[str, Count]:
        """Count the resolved cases behind each cell of `gamma` in what `joint` gives."""
        return counted(self.taught.values(), self.joint(conflict)[0])

    def learning(self, conflict: str | None) -> dict[str, Any]:
        """Say how what is learned without a conflict was sampled.

        Returns
        -------
        dict
            `without` (the conflict left out; '' for none), `n_cases` that taught, `by` (`sampling`,
            or `weights` of the draws of all), and of those draws `max_rhat` and `min_ess`; empty
            where the file does not tell.
        """
        name, _ = self.joint(conflict)
        runs = self.provenance.get("diagnostics", {})
        own = name if "max_rhat" in runs.get(name, {}) else ALL
        if "max_rhat" not in runs.get(own, {}):
            return {}
        return {"without": "" if name == ALL else name,
                "n_cases": sum(one.conflict != name for one in self.taught.values()),
                "by": "sampling" if own == name else "weights",
                "max_rhat": runs[own]["max_rhat"], "min_ess": runs[own]["min_ess"]}


def _stated(joint: Joint) -> dict[str, list[float]]:
    """Mean, sd, and the lower triangle of the correlations in ten-thousandths."""
    sd = np.sqrt(np.diag(joint.covariance))
    correlation = joint.covariance / np.outer(sd, sd)
    below = correlation[np.tril_indices(len(sd), -1)]
    return {"mean": [float(f"{x:.6g}") for x in joint.mean],
            "sd": [float(f"{x:.6g}") for x in sd],
            "correlation_e4": np.rint(1e4 * below).astype(int).tolist()}


def _read(stated: Mapping[str, Any]) -> Joint:
    sd, n = np.array(stated["sd"], dtype=float), len(NAMES)
    half = np.zeros((n, n))
    half[np.tril_indices(n, -1)] = np.array(stated["correlation_e4"], dtype=float) / 1e4
    covariance = (half + half.T + np.eye(n)) * np.outer(sd, sd)
    np.linalg.cholesky(covariance)
    mean = np.array(stated["mean"], dtype=float)
    if mean.shape != (n,) or not np.isfinite(mean).all() or not np.isfinite(covariance).all():
        raise ValueError("a prior's mean or covariance is cut short or not finite")
    return Joint(NAMES, mean, covariance)


def write_learned(path: Path, joints: Mapping[str, Joint], taught: Mapping[str, Taught],
                  cases: tuple[str, ...], provenance: Mapping[str, Any]) -> None:
    """Write learned priors, whole or not at all.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    FORM.write(path, {
        "parameters": list(NAMES), "provenance": dict(provenance), "cases": list(cases),
        "taught": {name: one.stated() for name, one in taught.items()},
        "joints": {name: _stated(joint) for name, joint in joints.items()}})


def read_learned(path: str | Path | None = None) -> History:
    """Read a file of learned priors.

    Parameters
    ----------
    path : path, optional
        The one that ships with the package unless told.

    Returns
    -------
    History

    Raises
    ------
    PriorsError
        The file cannot be read, is cut short, of another version, or was changed by hand.
    """
    path = SHIPPED if path is None else Path(path)
    return _history(FORM.read(path), path)


def _history(content: Mapping[str, Any], path: Path) -> History:
    try:
        if tuple(content["parameters"]) != NAMES:
            raise ValueError("its parameters are not those of this version")
        joints = {str(name): _read(stated) for name, stated in content["joints"].items()}
        if ALL not in joints:
            raise ValueError(f"no prior is called {ALL!r}")
        return History(path, joints, tuple(map(str, content["cases"])),
                       read_taught(content["taught"]),
                       dict(content["provenance"]), str(content["sha256"]))
    except (KeyError, TypeError, ValueError, AttributeError, np.linalg.LinAlgError) as error:
        raise PriorsError(f"{path}: {type(error).__name__}: {str(error)[:80]}; {MEND}") from error


def case_priors(learned: Joint, routes: Mapping[str, float], source: str,
                counts: Mapping[str, Count] | None = None) -> Priors:
    """Turn what history says into a complete set of priors for one case.

    Parameters
    ----------
    learned : Joint
        Of `hyper.NAMES`.
    routes : mapping of str to float
        Weight of each route by which the case may have come in.
    source : str
        Where they come from.
    counts : mapping of str to Count, optional
        Resolved cases behind each cell, as `History.counts` gives them.

    Returns
    -------
    Priors
    """
    joint = for_case(learned, routes)
    rows = []
    for row in PRIORS:
        if row.name == "log_total":
            row = replace(row, parameters=ANY_TOTAL, why=ANY_TOTAL_WHY)
        if row.name not in joint.names:
            rows.append(row)
            continue
        mean, covariance = joint.part([row.name])
        why = SINGLES[row.name].why if row.name in SINGLES else row.why
        if counts is not None and "[" in row.name:
            n = counts.get(row.name.replace("m0[", "gamma["))
            why = n.words("resolved case", " of this kind") if n else LENT
        rows.append(replace(row, parameters={"mean": float(mean[0]),
                                             "sd": math.sqrt(covariance[0, 0])},
                            why=why, reference=REFERENCE))
    return Priors(tuple(rows), source, joint)


def priors_for(case: Case | None, history: History,
               routes: Mapping[str, float] | None = None) -> Priors:
    """Priors of a case: without its own conflict, if the library holds it.

    Parameters
    ----------
    case : Case or None
        From `read_case`; None for a case of which nothing is known.
    history : History
        From `read_learned`.
    routes : mapping, optional
        Weights of the routes; the case's own route, or equal weights, unless told.

    Returns
    -------
    Priors
    """
    conflict = case.conflict if case else None
    name, joint = history.joint(conflict)
    weights = routes or ({case.route: 1.0} if case and case.route else DEFAULT_ROUTES)
    told = " and ".join(f"{name} {weight:.0%}" for name, weight in weights.items() if weight)
    without = "" if name == ALL else f", without {conflict}"
    made = case_priors(joint, weights, f"{history.name}{without}; route {told}",
                       history.counts(conflict))
    return Priors(tuple(made.values()), made.source, made.joint, history.learning(conflict))


def assumed_digest() -> str:
    """SHA-256 of all that is assumed before history is looked at: hyperparameters and the rest."""
    known = before()
    stated = [known.names, known.mean.tolist(), known.covariance.tolist(),
              case_priors(known, DEFAULT_ROUTES, "").to_json()]
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()


def behind(path: str | Path | None) -> History | None:
    """Give the learned priors that `--priors` rests on; None for those stated by hand."""
    if str(path) == STATED:
        return None
    if path is not None and Path(path).is_file():
        try:
            content = json.loads(Path(path).read_bytes())
        except (OSError, ValueError, RecursionError):
            content = None
        if FORM.holds(content):
            return _history(FORM.opened(content, Path(path)), Path(path))
    return read_learned()


def choose_priors(path: str | Path | None, case: Case | None,
                  routes: Mapping[str, float] | None = None) -> Priors:
    """Give the priors of a case: learned from history unless told otherwise.

    Parameters
    ----------
    path : path or None
        None for the learned priors that ship; a file that `calibrate` wrote; a file of changes to
        the learned priors (`read_priors`); or the word `stated`, for those stated by hand.
    case : Case or None
        As for `priors_for`.
    routes : mapping, optional
        As for `priors_for`.

    Returns
    -------
    Priors

    Raises
    ------
    PriorsError
        The file is neither, or spoilt.
    """
    history = behind(path)
    if history is None:
        return Priors()
    learned = priors_for(case, history, routes)
    return learned if path is None or history.path == Path(path) else read_priors(path, learned)
