"""Finished parts of long work, kept in a folder: a run that was stopped goes on from there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

LONGEST = 80  # letters of a file's name
Store = Callable[[str, Callable[[], Any]], Any]


def _file_name(name: str) -> str:
    """Give a part's name as one that any file may have; the same for no two parts."""
    plain = re.sub(r"[^\w.-]", "-", name)[:LONGEST]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def kept(state: Path, key: str) -> Store:
    """Keep finished parts in a folder of their own, whole or not at all.

    Parameters
    ----------
    state : Path
        Where runs keep their parts.
    key : str
        All that the parts depend on beside the version of the package: another key or version,
        another folder.

    Returns
    -------
    callable
        Given a part's name and a function that makes it, gives the part: read, or made and kept.
    """
    whole = f"{version('estimate')}\n{key}"
    place = state / hashlib.sha256(whole.encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)

    def keep(name: str, make: Callable[[], Any]) -> Any:
        file = place / f"{_file_name(name)}.json"
        try:
            return json.loads(file.read_bytes())
        except (OSError, ValueError):
            pass
        value = make()
        part = file.with_suffix(".part")
        part.write_text(json.dumps(value), encoding="utf-8")
        part.replace(file)
        return value

    return keep
