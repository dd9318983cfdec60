"""Finding the folder of a case and reading its files, whatever lies there."""

import os
import stat
from pathlib import Path

from .bundled import bundled_folder, bundled_ids
from .problems import Problems, nearest

__all__ = [
    "ACTIVITY_FILE",
    "CASE_FILE",
    "CLAIMS_FILE",
    "FILES",
    "JUDGED_FILE",
    "OPTIONAL_FILES",
    "SOURCES_FILE",
    "check_folder",
    "find_folder",
    "read_file",
]

CASE_FILE = "case.toml"
SOURCES_FILE = "sources.csv"
CLAIMS_FILE = "claims.csv"
FILES = (CASE_FILE, SOURCES_FILE, CLAIMS_FILE)
ACTIVITY_FILE = "activity.csv"
JUDGED_FILE = "judged.csv"
OPTIONAL_FILES = (ACTIVITY_FILE, JUDGED_FILE)
"""A case may have them or not."""

MAX_FILE_BYTES = 256 * 1024 * 1024
"""Largest file that is read."""


def find_folder(path_or_id: str | Path, problems: Problems) -> Path | None:
    """Find the folder that is meant, or note why there is none."""
    if isinstance(path_or_id, str) and path_or_id in bundled_ids():
        return bundled_folder(path_or_id)
    known = bundled_ids()
    listed = f"bundled cases: {', '.join(known)}; `estimate cases --resolved` lists more"
    mend = nearest(os.fspath(path_or_id), known) or listed
    return check_folder(path_or_id, "no such folder and no bundled case", mend, FILES[0], problems)


def check_folder(
    path: str | Path, rule: str, mend: str, held: str, problems: Problems
) -> Path | None:
    """Give the folder at a path, or note that there is none.

    Parameters
    ----------
    path : str or Path
        Where it should be.
    rule, mend : str
        What is wrong and what to do when nothing is there.
    held : str
        A file that the folder should hold, named when something else is there.
    problems : Problems
        Where faults are noted.
    """
    given = os.fspath(path)
    try:
        mode = os.stat(given).st_mode
    except (OSError, ValueError):
        problems.add(given or "''", None, "", "", rule, mend)
        return None
    if not stat.S_ISDIR(mode):
        problems.add(given, None, "", "", "not a folder", f"give the folder that holds {held}")
        return None
    return Path(given)


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
