"""Whether the files of a run are as they were written; and how those of a stranger are read."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimate.data.problems import RunError
from estimate.data.strictjson import read_json
from estimate.model.result import ACCOUNT, DRAWS, INPUTS, PRIORS, file_hash
from estimate.model.runfiles import within

from .inert import plain
from .write import OF_THE_DESKTOP, account_text

SUMMARY, ESTIMATES, CLAIMS = "summary.json", "estimates.csv", "claims.csv"
NEEDED = (f"{INPUTS}/case.toml", f"{INPUTS}/sources.csv", f"{INPUTS}/claims.csv",
          f"{INPUTS}/{PRIORS}", SUMMARY, ESTIMATES, DRAWS)  # what every run lists
MOST_FILES = 10_000  # listed or there; a report has some 40
MOST_BYTES = 8e9  # of one file; the draws of the largest fit fill a third of it
MOST_TABLE = 64e6  # of a table or JSON that is read whole; those of 24 series have 4 MB


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
        A file of the run, or a figure.
    verdict : str
        `ok`, `differs`, `not shipped`, or `note` for what is told and decides nothing.
    detail : str
        What was found, with the mend where it differs.
    """

    what: str
    verdict: str
    detail: str


def check_files(folder: Path, account: Mapping[str, Any]) -> Iterator[Check]:
    """Check run.json by its own hash, and every other file by the one that it lists."""
    raw = _read(within(folder, ACCOUNT))
    try:
        sealed = raw == account_text(account).encode()
    except ValueError:  # text that UTF-8 cannot hold
        sealed = False
    if "sha256" not in account:
        yield Check(ACCOUNT, "differs", "has no hash of its own: changed, or of an earlier version "
                    "(`estimate report` writes one)")
    else:
        yield Check(ACCOUNT, "ok" if sealed else "differs",
                    "its own hash" if sealed else "is not as it was written")
    listed = account.get("files")
    if not isinstance(listed, Mapping) or not listed or len(listed) > MOST_FILES:
        raise RunError(f"{folder / ACCOUNT}: does not list the files of the run; "
                       "write the report again with `estimate report`")
    for name, told in sorted(listed.items()):
        yield check_file(within(folder, name), name, told)
    for name in NEEDED:
        if name not in listed:
            yield Check(name, "differs", f"is not listed in {ACCOUNT}")
    for name in _there(folder):
        if name != ACCOUNT and name not in listed:
            yield Check(plain(name), "differs", f"is not listed in {ACCOUNT}: not of this run")


def check_file(path: Path, name: str, told: Any) -> Check:
    """Check one file by what run.json tells of it; its size first, so that no flood is hashed."""
    if not isinstance(told, Mapping):
        return Check(name, "differs", f"{ACCOUNT} does not say its hash")
    if not path.exists():
        if told.get("shipped") is False:
            return Check(name, "not shipped", f"sha256 {str(told.get('sha256'))[:12]}… recorded")
        return Check(name, "differs", "is missing")
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return Check(name, "differs", "is no ordinary file")
    if status.st_size != told.get("bytes") or status.st_size > MOST_BYTES:
        return Check(name, "differs", f"has {status.st_size:,} bytes; {ACCOUNT} lists "
                     f"{plain(told.get('bytes'))[:20]}")
    found = file_hash(path)
    if found != told.get("sha256"):
        return Check(name, "differs", f"sha256 is {found[:12]}…; {ACCOUNT} lists "
                     f"{plain(told.get('sha256'))[:12]}…")
    return Check(name, "ok", f"sha256 {found[:12]}…")


def _there(folder: Path) -> list[str]:
    """Name every file below a folder, links not followed."""
    found = []
    for where, _, names in folder.walk():
        found += [(where / name).relative_to(folder).as_posix() for name in names
                  if name not in OF_THE_DESKTOP]
        if len(found) > MOST_FILES:
            raise RunError(f"{folder}: holds more than {MOST_FILES:,} files, which no run does; "
                           "name a folder that `estimate fit` wrote")
    return sorted(found)


def _read(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > MOST_TABLE:
        raise RunError(f"{path}: missing, or larger than any report writes it")
    return path.read_bytes()


def read_object(path: Path) -> dict[str, Any]:
    """Give the JSON object that a file of a run holds; ValueError where it holds none."""
    path = within(path.parent, path.name)
    _read(path)
    found = read_json(path)
    if not isinstance(found, dict):
        raise ValueError(f"{path.name}: holds no object")
    return found


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    """Give the rows of a CSV file of a run by column; RunError where it is missing or a flood."""
    text = _read(within(folder, name)).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
