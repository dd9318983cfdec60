"""Finding the folder of a case and reading its three files, whatever lies there."""

import os
import stat
from pathlib import Path

from .bundled import bundled_folder, bundled_ids
from .problems import Problems, nearest

__all__ = ["CASE_FILE", "CLAIMS_FILE", "FILES", "SOURCES_FILE", "find_folder", "read_file"]

CASE_FILE = "case.toml"
SOURCES_FILE = "sources.csv"
CLAIMS_FILE = "claims.csv"
FILES = (CASE_FILE, SOURCES_FILE, CLAIMS_FILE)

MAX_FILE_BYTES = 256 * 1024 * 1024
"""Largest file that is read."""


def find_folder(path_or_id: str | Path, problems: Problems) -> Path | None:
    """Find the folder that is meant, or note why there is none."""
    if isinstance(path_or_id, str) and path_or_id in bundled_ids():
        return bundled_folder(path_or_id)
    given = os.fspath(path_or_id)
    folder = Path(given)
    known = bundled_ids()
    try:
        mode = os.stat(given).st_mode
    except (OSError, ValueError):
        mend = nearest(given, known) or f"bundled cases: {', '.join(known)}"
        problems.add(given or "''", None, "", "", "no such folder and no bundled case", mend)
        return None
    if not stat.S_ISDIR(mode):
        problems.add(given, None, "", "", "not a folder", f"give the folder that holds {FILES[0]}")
        return None
    return folder


def read_file(path: Path, problems: Problems, wanted: str) -> bytes | None:
    """Read a regular file of bearable size, or note why it cannot be read.

    `wanted` is the mend when there is no such file.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            problems.add(path.name, None, "", "", "not a file")
            return None
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        problems.add(path.name, None, "", "", "missing file", wanted)
        return None
    except OSError as error:
        problems.add(path.name, None, "", "", f"cannot be read: {error.strerror}")
        return None
    if len(raw) > MAX_FILE_BYTES:
        problems.add(path.name, None, "", "", f"larger than {MAX_FILE_BYTES // 2**20} MB")
        return None
    return raw
