"""What a run says, made again from draws: the same bytes, or the same but for chance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from estimate.model.diagnostics import MAX_RHAT, MIN_ESS, diagnose
from estimate.model.linked import series_account
from estimate.model.result import with_checks
from estimate.model.runfiles import within

from . import sentences as say
from .contents import Contents
from .datafiles import summary
from .filecheck import SUMMARY, Check, read_object
from .inert import plain
from .write import files_of

ALIKE = 1e-6  # relative: the same figure in two files, each written with eight digits
SHARE = 0.1  # of the assumption share: 2 of 15 pairs of honest runs were 0.05 apart, none 0.06
FAR_RHAT, FEW_ESS = 1.05, MIN_ESS / 2  # of a refit: a run that passed its checks is not so far off
WITH_VINTAGES = ("index.html", "report.md")  # told in them where the vintages are there
FIXED = ("case", "as_of", "n_origins", "n_claims", "seed", "input_sha256", "row_sha256",
         "versions", "refits", "sensitivity")  # of summary.json: no draw moves them
OWN = ("trust",)  # of it, as this version tells it
OF_DRAWS = ("quantities", "diagnostics")  # of it, where they are the same


def made_again(fit: Any, account: Mapping[str, Any], vintages: bool) -> Any:
    """Give a fit the recorded account, but for what its own draws say of themselves.

    Parameters
    ----------
    fit : estimate.model.result.Fit
    account : dict
        From run.json.
    vintages : bool
        Whether the fit holds the vintages that the account tells of.

    Returns
    -------
    estimate.model.result.Fit
    """
    left = () if vintages else ("history",)
    told = {key: value for key, value in account.items() if key not in left}
    told["diagnostics"] = diagnose(fit)
    if not fit.others:
        return replace(fit, account=told)
    unheard = [row for row in account["series"] if "unheard" in row]
    return with_checks(replace(fit, account=told | {"series": series_account(fit, {}) + unheard}))


def same_bytes(said: Contents, folder: Path) -> Iterator[tuple[str, bool]]:
    """Make every file of the report again; tell of each that is in the folder whether it is that.

    Parameters
    ----------
    said : Contents
        Of a fit from `made_again`.
    folder : Path
        The run.

    Yields
    ------
    (str, bool)
        Name within the folder; whether it is the same to the byte.
    """
    for name, raw in files_of(None, said=said).items():
        path = within(folder, name)
        yield name, path.is_file() and path.read_bytes() == raw


def same_summary(said: Contents, folder: Path, ours: bool, drawn: bool) -> Check:
    """Hold summary.json to what a fit says, where it need not be the same to the byte.

    Its totals are held to estimates.csv elsewhere, and through it to the fit.

    Parameters
    ----------
    said : Contents
        Of a fit from `made_again`.
    folder : Path
        The run.
    ours : bool
        Whether the run was made by the version that is here.
    drawn : bool
        Whether the fit is of the run's own draws, so that its numbers are the same.

    Returns
    -------
    Check
    """
    told, again = read_object(folder / SUMMARY), summary(said)
    wrong = [key for key in FIXED + OWN * ours + OF_DRAWS * drawn
             if not alike(told.get(key), again.get(key))]
    wrong += sorted(told.keys() ^ again.keys()) if ours else []
    head, interval = told["headline"], told["headline"]["interval"]
    if said.headline.withheld:
        right = again["headline"]
    else:
        right = again["headline"] | {"median": head["median"], "interval": interval}
        right["sentence"] = say.headline(
            said.headline.quantity, said.people, float(interval["low"]), float(interval["high"]),
            float(head["median"]), said.as_of)
    wrong += ["headline"] if not alike(head, right) else []
    for name in told["quantities"].keys() | again["quantities"].keys():
        one, two = (each["quantities"].get(name, {}) for each in (told, again))
        probs = [[part["prob"] for part in each.get("intervals", ())] for each in (one, two)]
        if (one.get("prior_only") is not two.get("prior_only") or one.keys() != two.keys()
                or probs[0] != probs[1]):
            wrong.append(name)
    if not abs(told["assumption_share"] - again["assumption_share"]) <= SHARE:
        wrong.append("assumption_share")
    checks, found = (each["diagnostics"] for each in (told, again))
    if checks["ok"] and not (
            checks["max_rhat"] < MAX_RHAT and checks["divergences"] == 0
            and min(checks["min_ess_bulk"], checks["min_ess_tail"]) > MIN_ESS
            and found["max_rhat"] < FAR_RHAT
            and min(found["min_ess_bulk"], found["min_ess_tail"]) > FEW_ESS):
        wrong.append("diagnostics")
    return Check(f"{SUMMARY} made again", "differs" if wrong else "ok",
                 f"says otherwise: {plain(', '.join(sorted(set(wrong))))[:200]}" if wrong else
                 "its words and what no draw moves are the same")


def alike(told: Any, again: Any) -> bool:
    """Whether two JSON values are the same, numbers to `ALIKE`."""
    if isinstance(told, bool) or isinstance(again, bool):
        return told is again
    if isinstance(told, int | float) and isinstance(again, int | float):
        return math.isclose(told, again, rel_tol=ALIKE)
    if isinstance(told, Mapping) and isinstance(again, Mapping):
        return told.keys() == again.keys() and all(alike(told[key], again[key]) for key in told)
    if isinstance(told, list | tuple) and isinstance(again, list | tuple):
        return len(told) == len(again) and all(map(alike, told, again))
    return bool(told == again)
