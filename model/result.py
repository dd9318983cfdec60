"""A fit: draws and the account of how they were got, saved and read back without a sampler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from estimate.data.case import Case, read_case
from estimate.data.problems import CaseError, EstimateError, RunError
from estimate.data.strictjson import read_json

from . import distribution, findings, identify, known, moves, summary, tried, unspoken
from .design import Cell, Design, plan
from .evidence import Evidence, select
from .grid import Floats
from .priors import Priors, read_priors
from .runfiles import check_draws, within
from .series import choose, is_linked

TOOL = "estimate"
SCHEMA = 1
DRAWS = "posterior.nc"
ACCOUNT = "run.json"
INPUTS = "inputs"
PRIORS = "priors.json"  # in inputs/
SERIES = "series"  # of posterior.nc: a group for each series but the headline's
SHARED = "shared"  # attribute of such a group: its variables that are those of the headline's
BY_CLAIM = "log_joint_by_claim"  # attribute: each claim has one reading, of the same likelihood
COARSE = {"posterior": ("log_mean", "scale", "log_joint"), "log_likelihood": ("claim",),
          "log_prior": ()}
NEEDED = {"draws_sha256": str, "as_of": str, "exclude": list, "input_sha256": dict, "seed": int,
          "draws": int, "tune": int, "chains": int, "versions": dict, "priors": list,
          "diagnostics": dict}  # fields of run.json without which a run cannot be read


@dataclass(frozen=True)
class Fit:
    """Posterior draws of one case, with everything needed to report on them.

    Parameters
    ----------
    case : Case
        The case as read.
    as_of : date
        Last published day that was looked at.
    priors : Priors
        The assumptions.
    account : dict
        How the draws were got: what run.json holds.
    tree : xarray.DataTree
        Groups `posterior` (chain, draw, …), `sample_stats`, `log_prior`, `log_likelihood`,
        `observed_data`.
    cells : tuple of (str, str), optional
        Where the case has several series: relations and victims of all their sources. `case` is
        then the part of it about this one.
    others : tuple of Fit
        The other series, drawn together with this one, which is the headline's.
    """

    case: Case
    as_of: date
    priors: Priors
    account: dict[str, Any]
    tree: xr.DataTree = field(repr=False)
    cells: tuple[Cell, ...] | None = None
    others: tuple[Fit, ...] = field(default=(), repr=False)

    @cached_property
    def evidence(self) -> Evidence:
        """Claims in view with their status."""
        return select(self.case, self.as_of, tuple(self.account["exclude"]))

    @cached_property
    def design(self) -> Design:
        """Axes and indices of the model."""
        return plan(self.evidence, cells=self.cells)

    @property
    def series(self) -> tuple[Fit, ...]:
        """Itself and the others drawn together with it."""
        return (self, *self.others)

    @property
    def key(self) -> str:
        """Side and headline quantity, as the draws of a series are named."""
        return f"{self.case.sides[0].id}.{self.case.headline}"

    @cached_property
    def posterior(self) -> xr.Dataset:
        """The posterior group as a dataset."""
        return self.tree["posterior"].to_dataset()

    def draws(self, name: str) -> Floats:
        """Draws of a variable, chains flattened.

        Parameters
        ----------
        name : str
            Variable of the posterior.

        Returns
        -------
        Floats
            Shape (chains × draws, …).
        """
        values = self.posterior[name].values
        return np.asarray(values, dtype=float).reshape(-1, *values.shape[2:])

    @cached_property
    def cumulative(self) -> dict[str, Floats]:
        """Cumulative draws by quantity, each (chains × draws, days)."""
        values = self.draws("cumulative")
        return {name: values[:, i] for i, name in enumerate(self.design.quantities)}

    @cached_property
    def _tables(self) -> dict[str, Any]:
        return {}

    def once(self, name: str, make: Callable[[Fit], Any]) -> Any:
        """Give what `make` makes of this fit; made at the first call for that name, then kept."""
        if name not in self._tables:
            self._tables[name] = make(self)
        return self._tables[name]

    def estimates(self) -> pd.DataFrame:
        """Cumulative losses by day and quantity; see `summary.estimates`."""
        table: pd.DataFrame = self.once("estimates", summary.estimates)
        return table.copy()

    def distributions(self) -> dict[str, Floats]:
        """Quantiles by quantity and grid day; see `distribution.distributions`."""
        found: dict[str, Floats] = self.once("distributions", distribution.distributions)
        return dict(found)

    def totals(self) -> pd.DataFrame:
        """Each quantity on the as-of day; see `summary.totals`."""
        table: pd.DataFrame = self.once("totals", summary.totals)
        return table.copy()

    def sources(self) -> pd.DataFrame:
        """Who says what, with bias before and after; see `summary.sources`."""
        table: pd.DataFrame = self.once("sources", summary.sources)
        return table.copy()

    def claims(self) -> pd.DataFrame:
        """Every claim and what the fit makes of it; see `summary.claims`."""
        table: pd.DataFrame = self.once("claims", summary.claims)
        return table.copy()

    def unspoken(self) -> pd.DataFrame:
        """Losses where no claim ends, and weights of activity; see `unspoken.unspoken`."""
        table: pd.DataFrame = self.once("unspoken", unspoken.unspoken)
        return table.copy()

    def identification(self) -> dict[str, Any]:
        """Give what sets the level; see `identify.identification`."""
        return dict(self.once("identification", identify.identification))

    def findings(self) -> list[findings.Finding]:
        """Give what a reader must know first; see `findings.findings`."""
        return list(self.once("findings", findings.findings))

    def vintages(self) -> tuple[known.Vintage, ...]:
        """Give what could be known when, by day; empty where `--history` was not asked for."""
        return tuple(self.once("vintages", lambda fit: known.read(fit.account, fit.tree)))

    def test_claim(self, quantity: str, value: float, on: date | None = None) -> dict[str, Any]:
        """What would have to be true for a figure; see `tried.try_figure`."""
        return tried.try_figure(self, quantity, value, on)

    def smallest_moves(self, quantity: str, value: float, on: date | None = None) -> moves.Moves:
        """Find what would have to be otherwise for a figure; see `moves.moves`."""
        return moves.moves(self, quantity, value, on)

    def save(self, folder: Path) -> None:
        """Write posterior.nc, run.json and inputs/ into an existing folder.

        Raises
        ------
        OSError
            The folder cannot be written.
        """
        inputs = folder / INPUTS
        inputs.mkdir()
        for name, content in self.case.files.items():
            (inputs / name).write_bytes(content)
        (inputs / PRIORS).write_text(self.priors.to_json(), encoding="utf-8")
        tree = _told_once(self.tree, None) if self.others else self.tree.copy()
        for other in self.others:
            tree[f"{SERIES}/{other.key}"] = _told_once(other.tree, self.tree)
        # One series is a sixth smaller when packed, and takes thrice the time; many gain more.
        packed = {"zlib": True, "complevel": 4, "shuffle": True} if self.others else {}
        encoding = {
            group.path: {
                str(name): packed
                for name, values in group.data_vars.items()
                if values.dtype.kind == "f" and values.ndim
            }
            for group in tree.subtree
        }
        tree.to_netcdf(folder / DRAWS, engine="h5netcdf", encoding=encoding)
        self.account["draws_sha256"] = file_hash(folder / DRAWS)
        text = json.dumps(self.account, indent=2, ensure_ascii=False)
        (folder / ACCOUNT).write_text(text + "\n", encoding="utf-8")


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_account(folder: Path) -> dict[str, Any]:
    """Read run.json of a saved run.

    Raises
    ------
    RunError
        It is missing, cut short, not ours, or of another version.
    """
    path = within(folder, ACCOUNT)
    mend = "run `estimate fit` again, or name a folder that it wrote"
    if not path.is_file():
        raise RunError(f"{path}: no such file; {mend}")
    try:
        account = read_json(path)
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read as JSON ({str(error)[:80]}); {mend}") from error
    if not isinstance(account, Mapping) or account.get("tool") != TOOL:
        raise RunError(f"{path}: not the account of a run of estimate; {mend}")
    if account.get("schema") != SCHEMA:
        raise RunError(
            f"{path}: written by another version (schema {account.get('schema')!r}, "
            f"this one reads {SCHEMA}); {mend}"
        )
    wrong = [key for key, kind in NEEDED.items() if not isinstance(account.get(key), kind)]
    if not wrong:
        wrong = ([] if isinstance(account["versions"].get(TOOL), str) else [f"versions.{TOOL}"]) + (
            [] if _is_day(account["as_of"]) else ["as_of"])
    if wrong:
        raise RunError(f"{path}: {', '.join(wrong)} missing or spoilt; {mend}")
    return dict(account)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def load_fit(folder: str | Path) -> Fit:
    """Read a saved run back, without a sampler.

    Parameters
    ----------
    folder : path
        A folder that `estimate fit` wrote.

    Returns
    -------
    Fit

    Raises
    ------
    RunError
        A file is missing, cut short, of another version, or does not match its hash.
    """
    folder = Path(folder)
    account = read_account(folder)
    mend = "run `estimate fit` again to make it"
    draws = within(folder, DRAWS)
    if not draws.is_file():
        raise RunError(
            f"{draws}: no such file (a published example ships without its draws); {mend}"
        )
    if file_hash(draws) != account.get("draws_sha256"):
        raise RunError(
            f"{draws}: does not match the hash in {ACCOUNT}: cut short or changed; {mend}"
        )
    try:
        check_draws(draws)
        tree = xr.load_datatree(draws, engine="h5netcdf")
        as_of = date.fromisoformat(account["as_of"])
        case, priors = read_inputs(folder)
        stated = {row["name"]: row["parameters"] for row in account["priors"]}
        known.read(account, tree)
        made = _made(case, as_of, priors, account, tree)
        fits = all(map(_fits, made.series))
    except CaseError as error:
        raise RunError(f"{folder / INPUTS}: {error}; {mend}") from error
    except EstimateError as error:
        raise RunError(f"{error}; {mend}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder}: {type(error).__name__} while reading {ACCOUNT} or {DRAWS} "
            f"({str(error)[:80]}); {mend}"
        ) from error
    if case.sha256 != account.get("input_sha256"):
        raise RunError(
            f"{folder / INPUTS}: the tables do not match the hashes in {ACCOUNT}; {mend}"
        )
    if not stated or any(name not in priors or priors[name].parameters != parameters
                         for name, parameters in stated.items()):
        raise RunError(
            f"{folder / INPUTS / PRIORS}: not the priors that {ACCOUNT} lists; {mend}")
    if not fits:
        raise RunError(
            f"{draws}: its days, quantities or indicators are not those that this version makes "
            f"of the tables; {mend}"
        )
    return made


def read_inputs(folder: Path) -> tuple[Case, Priors]:
    """Read what a saved run was made of: its tables and its priors.

    Raises
    ------
    EstimateError
        They cannot be read, or a link leads out of the folder.
    """
    inputs = within(folder, INPUTS)
    if inputs.is_dir():
        for path in inputs.iterdir():
            within(folder, f"{INPUTS}/{path.name}")
    return read_case(inputs), read_priors(inputs / PRIORS)


def with_checks(fit: Fit) -> Fit:
    """Give each of the other series its own diagnostics, as run.json lists them.

    The draws of many series are kept as finely as their files hold them.
    """
    told = {f"{row['side']}.{row['quantity']}": row for row in fit.account["series"]}
    return replace(fit, tree=_lean(fit.tree), others=tuple(
        replace(other, tree=_lean(other.tree),
                account=fit.account | {"diagnostics": told[other.key]})
        for other in fit.others))


def _lean(tree: xr.DataTree) -> xr.DataTree:
    """Keep draws as 32-bit numbers, and what there is of each claim to one part in 65,000."""
    made = tree.copy()
    for group, by_claim in COARSE.items():
        found = tree[group].to_dataset()
        made[group] = xr.DataTree(found.assign({
            name: values.astype(np.float32) if name not in by_claim
            else values.copy(data=_coarse(values.values))
            for name, values in found.data_vars.items() if values.dtype.kind == "f"
        }), children=dict(made[group].children))
    return made


def _coarse(values: Floats) -> npt.NDArray[np.float32]:
    """Round to 16 significant bits: the rest is noise, and noise does not pack."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits + np.uint32(0x7F) + ((bits >> np.uint32(8)) & np.uint32(1)))
               & np.uint32(0xFFFFFF00)).view(np.float32)
    return np.where(np.isfinite(values), rounded, values).astype(np.float32)


def _told_once(tree: xr.DataTree, first: xr.DataTree | None) -> xr.DataTree:
    """Leave out what a series shares with the first, and what is there under another name."""
    made = xr.DataTree()
    for name, group in tree.children.items():
        own = group.to_dataset()
        if name == SERIES:
            continue
        left = []
        if first is not None:
            there = first[name].to_dataset()
            left = [each for each in own.data_vars
                    if each in there and own[each].equals(there[each])]
        attrs = own.attrs | ({SHARED: list(map(str, left))} if left else {})
        if "log_joint" in own and np.array_equal(own["log_joint"].values, _by_claim(tree)):
            left.append("log_joint")
            attrs[BY_CLAIM] = 1
        made[name] = xr.DataTree(own.drop_vars(left).assign_attrs(attrs))
    return made


def _by_claim(tree: xr.DataTree) -> Floats:
    return np.asarray(tree["log_likelihood"].to_dataset()["claim"].values)


def _whole(tree: xr.DataTree, first: xr.DataTree) -> xr.DataTree:
    """Put back what `_told_once` left out."""
    made = tree.copy()
    for name, group in tree.children.items():
        if name == SERIES:
            continue
        own = group.to_dataset()
        there = first[name].to_dataset()
        shared = own.attrs.pop(SHARED, ())
        own = own.assign({each: there[each] for each in
                          ([shared] if isinstance(shared, str) else shared)})
        if own.attrs.pop(BY_CLAIM, 0):
            own = own.assign(log_joint=(("chain", "draw", "reading"), _by_claim(tree)))
        made[name] = xr.DataTree(own, children=dict(made[name].children))
    return made


def _made(case: Case, as_of: date, priors: Priors, account: dict[str, Any],
          tree: xr.DataTree) -> Fit:
    """Put a fit together from what was saved, with its other series if it has any."""
    if "about" in account:
        case = case.about(*str(account["about"]).split(":"))
    if not is_linked(case):
        return Fit(case, as_of, priors, account, tree)
    chosen = choose(case, as_of, tuple(account["exclude"]))
    groups = tree.children[SERIES].children if len(chosen.evidence) > 1 else {}
    tree = _whole(tree, tree)
    parts = [Fit(each.case, as_of, priors, account, tree, chosen.cells)
             for each in chosen.evidence]
    others = [replace(part, tree=_whole(groups[part.key], tree)) for part in parts[1:]]
    return with_checks(replace(parts[0], others=tuple(others)))


def _fits(made: Fit) -> bool:
    """Whether the draws are laid out as the tables ask."""
    draws, axes = made.posterior, {"day": list(map(str, made.design.grid.dates)),
                                   "quantity": list(made.design.quantities)}
    activity = made.design.activity
    if (("quiet" in draws) != activity.quiet
            or list(draws.coords.get("indicator", ())) != list(activity.told)):
        return False
    return "cumulative" in draws and all(
        name in draws.coords and draws.coords[name].values.tolist() == values
        for name, values in axes.items())
