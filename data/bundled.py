"""The cases that ship with the package."""

from datetime import date
from pathlib import Path

__all__ = ["bundled_cases", "bundled_folder", "bundled_ids"]

_CASES = Path(__file__).parent / "cases"


def bundled_ids() -> tuple[str, ...]:
    """Give the ids of the bundled cases, sorted."""
    return tuple(sorted(file.parent.name for file in _CASES.glob("*/case.toml")))


def bundled_folder(case_id: str) -> Path:
    """Give the folder of a bundled case.

    Raises
    ------
    KeyError
        If there is no bundled case of that id.
    """
    if case_id not in bundled_ids():
        raise KeyError(case_id)
    return _CASES / case_id


def bundled_cases() -> list[tuple[str, str, int, int, date, date]]:
    """List the bundled cases.

    Returns
    -------
    list of tuple
        For each case its id, title, number of claims, number of sources, and the first and last
        day on which a claim was published.
    """
    from .case import read_case

    listed = []
    for case_id in bundled_ids():
        case = read_case(case_id)
        published = case.claims["published"]
        first, last = published.min().date(), published.max().date()
        listed.append((case.id, case.title, len(case.claims), len(case.sources), first, last))
    return listed
