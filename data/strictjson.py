"""JSON from outside: of bearable size and depth, no key twice, no number that is none."""

import json
from pathlib import Path
from typing import Any

__all__ = ["read_json"]

MAX_BYTES = 64 * 1024 * 1024
"""Largest file that is read: run.json of a history of 5,000 days takes half of it."""

MAX_DEPTH = 32
"""Objects and lists within one another; no file of ours has more than eight."""


def read_json(path: Path) -> Any:
    """Read a JSON file that anybody may have written.

    Parameters
    ----------
    path : Path

    Returns
    -------
    object
        What the file holds.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is larger than 64 MB, nested deeper than 32, names a key twice in one object, holds NaN
        or an infinity, is not UTF-8, or is not JSON.
    """
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 2**20} MB")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH}") from None
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [each for value in level if isinstance(value, (dict, list))
                 for each in (value.values() if isinstance(value, dict) else value)]
        if not level:
            return found
    raise ValueError(f"nested deeper than {MAX_DEPTH}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise ValueError(f"key {twice[:40]!r} stands twice in one object")
    return made


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
