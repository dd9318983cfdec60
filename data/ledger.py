"""The log of a case: every change made at the desk, each line sealed onto the one before.

`claims.log` holds one JSON object a line. `hash` is the SHA-256 of all its other fields, written
as JSON with sorted keys, no blanks and no escapes; `previous` is the hash of the line before, so
that no line can be changed, moved or taken out of the middle unseen. What it cannot show is that
lines were cut off at its end, or that all of it was written anew.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .files import CLAIMS_FILE, SOURCES_FILE, read_file
from .fingerprint import sha256
from .problems import CaseError, Problem, Problems

__all__ = ["ACTIONS", "BEGIN", "LOG_FILE", "PENDING_FILE", "Change", "Entry", "check_log", "now",
           "parse", "read_log", "seal", "settled", "state", "typed", "user"]

LOG_FILE = "claims.log"
PENDING_FILE = ".claims.pending"
"""There while tables and log are being changed (commit.py)."""

BEGIN = "begin"

ACTIONS: Mapping[str, str] = {
    BEGIN: "the log began; `after` has the hash of each row of the table as it stood, by its id",
    "add": "a row was added",
    "accept": "a row was added from a review file",
    "amend": "cells of a row were changed",
    "retract": "a claim was taken back: its scope was changed to `retracted`",
    "adopt": "a change made by hand was taken over",
}

START = "0" * 64
"""What stands in the place of a hash before the first line."""

LONGEST_NAME = 80
"""Characters of a user's name that are kept."""

_TABLES = (SOURCES_FILE, CLAIMS_FILE)
_MEND = f"bring {LOG_FILE} back from a copy, or rename it to keep it: the next change begins anew"


@dataclass(frozen=True)
class Change:
    """One row changed.

    Attributes
    ----------
    action : str
        One of `ACTIONS`.
    file, id : str
        The table and the row.
    before, after : mapping of str to str, or None
        The filled cells of the row; None where there was or is none. `strays.HASH` alone stands for
        them where the log knows no more.
    why : str
        The reason given; may be empty for a new row.
    evidence : mapping, optional
        Where an accepted row is from: file, row, start, end, origin and text.
    """

    action: str
    file: str
    id: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None
    why: str = ""
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Entry(Change):
    """One line of the log: a change, who made it and when, and the seal.

    Attributes
    ----------
    n : int
        Its line, from 1.
    when : str
        By the clock of the machine, UTC, to the second.
    who : str
        Name of the user.
    previous, hash : str
        SHA-256 of the entry before and of this one.
    """

    n: int = 0
    when: str = ""
    who: str = ""
    previous: str = START
    hash: str = ""

    @property
    def line(self) -> str:
        """The entry as a line of the log."""
        told = asdict(self)
        return json.dumps({name: told[name] for name in _KINDS}, ensure_ascii=False) + "\n"


def user() -> str:
    """Name the user: ESTIMATE_USER, else the system's name; no home folder is needed."""
    try:
        name = os.environ.get("ESTIMATE_USER") or getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = f"user {os.getuid()}"
    return plain(name)[:LONGEST_NAME]


def typed(text: str) -> str:
    """Give text from the command line as it was typed, whatever the locale.

    Python reads the bytes of UTF-8 as lone surrogates where the locale knows ASCII alone. Bytes
    that are no UTF-8 stay lone surrogates, which the gate names.
    """
    try:
        raw = text.encode("utf-8", errors="surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", errors="replace")
    return raw.decode("utf-8", errors="surrogateescape")


def now() -> str:
    """Give the time by the clock of the machine: UTC, to the second, whatever the time zone."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seal(changes: Iterable[Change], entries: Sequence[Entry], who: str, when: str) -> list[Entry]:
    """Make changes into the entries that follow those of the log.

    Parameters
    ----------
    changes : iterable of Change
    entries : sequence of Entry
        The log so far.
    who, when : str
        Who makes them, and the time.
    """
    made = list(entries[-1:])
    for change in changes:
        last = made[-1] if made else None
        fields = {**asdict(change), "n": last.n + 1 if last else 1, "when": when, "who": who,
                  "why": plain(change.why), "previous": last.hash if last else START}
        made.append(Entry(**fields, hash=_digest(fields)))
    return made[len(entries[-1:]):]


def _digest(fields: Mapping[str, Any]) -> str:
    told = {name: value for name, value in fields.items() if name != "hash"}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", errors="surrogatepass"))


def plain(text: str) -> str:
    """Give text fit for one line of UTF-8: bytes that were none become question marks."""
    return " ".join(typed(text).encode("utf-8", errors="replace").decode().split())


def read_log(folder: Path) -> list[Entry]:
    """Read the log of a case; empty where there is none.

    Parameters
    ----------
    folder : Path
        The case.

    Raises
    ------
    CaseError
        The chain is broken.
    """
    entries, faults = parse(settled(folder))
    if faults:
        raise CaseError(faults)
    return entries


def check_log(folder: Path) -> list[Problem]:
    """Give the faults of the chain of a case's log; none where there is no log."""
    try:
        return parse(settled(folder))[1]
    except CaseError as error:
        return list(error.problems)


def settled(folder: Path) -> bytes | None:
    """Give the log without a change that is under way; None where there is no log."""
    problems = Problems()
    if not os.path.lexists(folder / LOG_FILE):
        return None
    pending = folder / PENDING_FILE
    told = read_file(pending, problems, "") if pending.exists() else None
    raw = read_file(folder / LOG_FILE, problems, "")
    if problems.total or raw is None:
        raise CaseError(problems.listed((LOG_FILE,)))
    try:
        return raw[: json.loads(told)["log_bytes"]] if told else raw
    except (ValueError, KeyError, TypeError, RecursionError):
        return raw


def state(folder: Path) -> int | None:
    """Give the size of the log, 0 where there is none; None while a change is under way."""
    try:
        size = (folder / LOG_FILE).stat().st_size
    except OSError:
        size = 0
    return None if (folder / PENDING_FILE).exists() else size


def parse(raw: bytes | None) -> tuple[list[Entry], list[Problem]]:
    """Read a log and check its chain.

    Parameters
    ----------
    raw : bytes or None
        The file; None for a case without one.

    Returns
    -------
    list of Entry, list of Problem
        The entries that could be read, and what is wrong with the chain, by line.
    """
    entries: list[Entry] = []
    problems = Problems()
    previous = START
    lines = (raw or b"").split(b"\n")
    if lines.pop():
        problems.add(LOG_FILE, len(lines) + 1, "", "", "the last line is cut off", _MEND)
    for at, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is None:
            problems.add(LOG_FILE, at, "", line[:80].decode("utf-8", "replace"),
                         "not an entry of a log", _MEND)
            continue
        if entry.hash != _digest(asdict(entry)):
            problems.add(LOG_FILE, at, "hash", entry.hash,
                         f"the entry on {entry.id} was changed after it was written", _MEND)
        if entry.previous != previous or entry.n != at:
            rule = f"entry {entry.n} does not follow the line before it: one was taken out or moved"
            problems.add(LOG_FILE, at, "previous", entry.previous, rule, _MEND)
        previous = entry.hash
        entries.append(entry)
    return entries, list(problems.listed())


_OBJECT = (dict, type(None))
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "n": int, "when": str, "who": str, "action": str, "file": str, "id": str, "before": _OBJECT,
    "after": _OBJECT, "why": str, "evidence": _OBJECT, "previous": str, "hash": str,
}
"""The fields of a line, in their order, and what each holds."""


LONGEST_ID = 200
"""Characters of an id in the log: messages print it."""


def _entry(line: bytes) -> Entry | None:
    """Read one line; None when it is no entry."""
    try:
        found = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or set(found) != set(_KINDS):
        return None
    if not all(isinstance(found[name], kind) for name, kind in _KINDS.items()):
        return None
    if not (found["action"] in ACTIONS and found["file"] in _TABLES
            and max(map(len, [found["id"], *_began(found)])) <= LONGEST_ID and _is_text(found)):
        return None
    entry = Entry(**found)
    return entry if entry.line.encode() == line + b"\n" else None  # as it was written, no key twice


def _began(found: Mapping[str, Any]) -> Iterable[str]:
    """Give the ids of the rows that a log began with."""
    return (found["after"] or ()) if found["action"] == BEGIN else ()


def _is_text(found: Mapping[str, Any]) -> bool:
    """Whether rows and evidence hold text alone, and all of it can be written."""
    rows = (found[name] or {} for name in ("before", "after", "evidence"))
    try:
        return all(isinstance(cell, str) for row in rows for cell in row.values()) and bool(
            json.dumps(found, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False
