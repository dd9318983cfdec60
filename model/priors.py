"""All that is assumed rather than learned from the case: sets of priors, and files of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from estimate.data.problems import PriorsError
from estimate.data.strictjson import read_json

from .prior import Prior
from .stated import PRIORS

__all__ = ["PRIORS", "Floats", "Joint", "Prior", "Priors", "read_priors"]

Floats = npt.NDArray[np.float64]
SCHEMA = 1


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
        content = read_json(path)
    except OSError as error:
        raise PriorsError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
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
