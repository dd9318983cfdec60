"""Tables and log of a case changed together or not at all, by one writer at a time.

New tables are written beside the old ones. `.claims.pending` then says what is about to happen;
from the moment it has its name the change holds. The log grows, the tables take their names, and
the file goes. Whoever opens the case next finishes what a killed process left (`settle`). At every
moment each table is whole, and sources.csv is changed first, so that no claim names a source that
is not there.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .files import CLAIMS_FILE, SOURCES_FILE
from .fingerprint import sha256
from .ledger import LOG_FILE, PENDING_FILE, Entry, parse
from .problems import OutputError
from .strictjson import read_json

__all__ = ["LOCK_FILE", "WAIT", "locked", "settle", "write"]

LOCK_FILE = ".claims.lock"
"""Held by the writer; it stays, empty."""

WAIT = 60.0
"""Seconds that a writer waits for another: a change of the largest table takes a few."""

POLL = 0.01
"""Seconds between two tries for the lock: a change of a small case takes some hundredths."""

_TABLES = (SOURCES_FILE, CLAIMS_FILE)


@contextlib.contextmanager
def locked(folder: Path, wait: float = WAIT) -> Iterator[None]:
    """Keep other writers out of a case.

    Parameters
    ----------
    folder : Path
        The case.
    wait : float
        Seconds to wait for another writer.

    Raises
    ------
    OutputError
        Another writer does not end, the folder cannot be written, or a file that would be written
        is a link.
    """
    lock = FileLock(folder / LOCK_FILE, timeout=wait, poll_interval=POLL)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(f"{folder}: another command has been changing this case for "
                          f"{wait:.0f} s; try again when it is done") from None
    except OSError as error:
        raise _refused(folder, error) from error
    try:
        _ordinary(folder)
        yield
    except OSError as error:
        raise _refused(folder, error) from error
    finally:
        lock.release()


def write(folder: Path, tables: Mapping[str, bytes], entries: Sequence[Entry]) -> None:
    """Change tables and log, under the lock.

    Parameters
    ----------
    folder : Path
        The case.
    tables : mapping of str to bytes
        The tables that change, whole; the gate has read them.
    entries : sequence of Entry
        What is added to the log.

    Raises
    ------
    OSError
        It cannot be written; the case is then as it was.
    OutputError
        It could be written in part; the next command completes it.
    """
    log = folder / LOG_FILE
    told = {
        "log_bytes": log.stat().st_size if log.exists() else 0,
        "entries": "".join(entry.line for entry in entries),
        "tables": {name: {"before": sha256((folder / name).read_bytes()), "after": sha256(raw)}
                   for name, raw in tables.items()},
    }
    try:
        for name, raw in tables.items():
            _put(_new(folder, name), raw)
            shutil.copymode(folder / name, _new(folder, name))
        _put(_new(folder, PENDING_FILE), json.dumps(told).encode())
        _sync(folder)
        _new(folder, PENDING_FILE).replace(folder / PENDING_FILE)
        _sync(folder)
        _finish(folder, told)
    except BaseException as error:
        if not _back_out(folder, told) and isinstance(error, OSError):
            raise OutputError(f"{folder}: cannot be written to the end ({error.strerror}); the "
                              "next `estimate claims` command completes the change") from error
        raise


def settle(folder: Path) -> str:
    """Finish a change that a killed process left, under the lock.

    Parameters
    ----------
    folder : Path
        The case.

    Returns
    -------
    str
        What was done about it, for the user; empty where there was nothing to do.

    Raises
    ------
    OSError
        It cannot be written.
    OutputError
        `.claims.pending` cannot be read, or does not follow on the log.
    """
    pending = folder / PENDING_FILE
    if not pending.exists():
        _clear(folder)
        return ""
    told = _read(pending)
    _follows(folder, told)
    if not _fits(folder, told):
        _drop(folder, told)
        return ("A change that was interrupted has been dropped, since its table was changed by "
                "hand afterwards.")
    _finish(folder, told)
    return "A change that was interrupted has been completed."


def _ordinary(folder: Path) -> None:
    """Refuse a case in which what is about to be written is a link, a pipe or a folder."""
    names = (*_TABLES, PENDING_FILE)
    for path in (folder / LOG_FILE, *(folder / name for name in names),
                 *(_new(folder, name) for name in names)):
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise OutputError(f"{path}: not a file of this folder but a link, a pipe or a folder, "
                              "so nothing was changed; put the file itself there, or remove it")


def _read(pending: Path) -> dict[str, Any]:
    """Read what was about to happen; anybody may have written it."""
    try:
        told = read_json(pending)
        hashes = [value for each in told["tables"].values() for value in
                  (each["before"], each["after"])]
        if (set(told) == {"log_bytes", "entries", "tables"} and set(told["tables"]) <= set(_TABLES)
                and type(told["log_bytes"]) is int and told["log_bytes"] >= 0
                and all(isinstance(text, str) for text in (told["entries"], *hashes))):
            told["entries"].encode()
            return dict(told)
    except (ValueError, TypeError, LookupError, AttributeError):
        pass
    raise OutputError(f"{pending}: cannot be read, so an interrupted change cannot be completed; "
                      "remove it, and look at the last rows of the table")


def _follows(folder: Path, told: Mapping[str, Any]) -> None:
    """Refuse a change whose entries do not go on where the log ends."""
    log = folder / LOG_FILE
    raw = log.read_bytes() if log.exists() else b""
    kept, added = raw[:told["log_bytes"]], told["entries"].encode()
    if (len(kept) < told["log_bytes"] or not added.startswith(raw[len(kept):])
            or parse(kept + added)[1]):
        raise OutputError(f"{folder / PENDING_FILE}: its change does not follow on {LOG_FILE}; "
                          "nothing was changed: remove it, and look at the last rows of the table")


def _fits(folder: Path, told: Mapping[str, Any]) -> bool:
    """Tell whether what is there is what the change was to follow on."""
    for name, hashes in told["tables"].items():
        new = _new(folder, name)
        if new.exists() and (sha256(new.read_bytes()) != hashes["after"]
                             or sha256((folder / name).read_bytes()) != hashes["before"]):
            return False
    return True


def _finish(folder: Path, told: Mapping[str, Any]) -> None:
    """Do what the pending file says; steps that are done already are done again."""
    log = folder / LOG_FILE
    with log.open("ab") as file:
        file.truncate(told["log_bytes"])
        file.write(told["entries"].encode())
        file.flush()
        os.fsync(file.fileno())
    for name in _TABLES:
        if name in told["tables"] and (new := _new(folder, name)).exists():
            new.replace(folder / name)
    _sync(folder)
    (folder / PENDING_FILE).unlink()


def _back_out(folder: Path, told: Mapping[str, Any]) -> bool:
    """Leave the case as it was; False where a table has changed, or that fails too."""
    with contextlib.suppress(OSError):
        if not (folder / PENDING_FILE).exists():
            _clear(folder)
            return True
        if all(_new(folder, name).exists() for name in told["tables"]):
            _drop(folder, told)
            return True
    return False


def _drop(folder: Path, told: Mapping[str, Any]) -> None:
    """Take back what the pending file says, tables aside."""
    log = folder / LOG_FILE
    if log.exists() and log.stat().st_size > told["log_bytes"]:
        os.truncate(log, told["log_bytes"])
    (folder / PENDING_FILE).unlink()
    _clear(folder)


def _clear(folder: Path) -> None:
    """Remove new files of a change that never held, and a log that holds nothing."""
    for name in (*_TABLES, PENDING_FILE):
        _new(folder, name).unlink(missing_ok=True)
    log = folder / LOG_FILE
    if log.exists() and not log.stat().st_size:
        log.unlink()


def _new(folder: Path, name: str) -> Path:
    return folder / f".{name.removeprefix('.')}.new"


def _put(path: Path, raw: bytes) -> None:
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
            raise
    finally:
        os.close(handle)


def _refused(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder}: cannot be written ({error.strerror or error}); nothing was "
                       "changed")
