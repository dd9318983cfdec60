"""What the desk proposes for a new row: an id, days, a family, and whom the figure may be from."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from .casefile import Settings
from .codes import ECHO_DAYS, ECHO_FIGURE
from .words import RETRACTED

__all__ = ["CONFIDENCE", "echo", "family", "next_id", "proposed"]

CONFIDENCE = "medium"
"""Unless told, some of a claim counts as inferred: `high` is for the analyst to say."""

Row = Mapping[str, str]
"""Cells by column, as text."""

_NUMBERED = re.compile(r"(.*?)([0-9]+)")


def next_id(ids: Sequence[str], own: Sequence[str] = ()) -> str:
    """Give the id that follows in the style of a source's claims, or of the whole table.

    Parameters
    ----------
    ids : sequence of str
        All ids of the table.
    own : sequence of str
        Those of the source's claims.

    Examples
    --------
    >>> next_id(["nk001", "nk126", "uk7"], ["uk7"]), next_id(["nk001", "nk126", "uk7"])
    ('uk8', 'nk127')
    """
    found = [number for name in (own or ids) if (number := _NUMBERED.fullmatch(name))]
    prefix = Counter(number[1] for number in found).most_common(1)[0][0] if found else "c"
    taken = [number[2] for name in ids
             if (number := _NUMBERED.fullmatch(name)) and number[1] == prefix]
    width = max(map(len, taken), default=1)
    return f"{prefix}{max(map(int, taken), default=0) + 1:0{width}d}"


def proposed(given: Row, claims: Sequence[Row], settings: Settings) -> dict[str, str]:
    """Propose the cells of a new claim that were not given.

    Parameters
    ----------
    given : mapping of str to str
        The cells that were; empty ones count as not given.
    claims : sequence of mapping
        The rows of the table.
    settings : Settings
        What case.toml says.

    Returns
    -------
    dict of str to str
        `id`; `from`, as the source's latest claim on the quantity has it, else the first day of the
        case; `as_of`, the day of publication; `scope`, the first comparable one; `confidence`.
    """
    own = [row for row in claims if row["source"].strip() == given.get("source")]
    alike = [row for row in own if row["quantity"].strip() == given.get("quantity")
             and row["scope"].strip() in settings.values.get("comparable_scopes", ())]
    start = settings.values.get("start")
    ideas = {
        "id": next_id([row["id"].strip() for row in claims], [row["id"].strip() for row in own]),
        "from": max(alike, key=lambda row: row["published"])["from"].strip() if alike
        else f"{start or ''}",
        "as_of": given.get("published", ""),
        "scope": (settings.values.get("comparable_scopes") or ("all",))[0],
        "confidence": CONFIDENCE,
    }
    return {name: cell for name, cell in ideas.items() if cell and not given.get(name)}


def family(given: Row, sources: Sequence[Row]) -> str:
    """Propose the umbrella of a new source: the one of its country and relation.

    Parameters
    ----------
    given : mapping of str to str
        The new row of sources.csv.
    sources : sequence of mapping
        The rows that are there.

    Returns
    -------
    str
        The id of the only top-most umbrella of the same country and relation, and where there is no
        umbrella of the only source; empty where there is none, or several.
    """
    country, relation = given.get("country", "").strip().casefold(), given.get("relation", "")
    if not country or given.get("parent"):
        return ""
    umbrellas = {row["parent"].strip() for row in sources}
    alike = [row["id"].strip() for row in sources if not row["parent"].strip()
             and row["country"].strip().casefold() == country
             and row["relation"].strip() == relation]
    found = [name for name in alike if name in umbrellas] or alike
    return found[0] if len(found) == 1 else ""


def echo(given: Row, claims: Sequence[Row]) -> Row | None:
    """Find the claim of another source that a new one may only repeat.

    Parameters
    ----------
    given : mapping of str to str
        The new claim.
    claims : sequence of mapping
        The rows of the table.

    Returns
    -------
    mapping of str to str or None
        The latest claim with the same figure, quantity and side, published within `ECHO_DAYS`
        before by another source, where the new claim does not name one of the two in `via` or
        `derived_from`. Small figures agree by chance and are passed over.
    """
    said = _figure(given)
    told = _day(given.get("published", ""))
    if given.get("derived_from") or said is None or told is None:
        return None
    heard = given.get("via", "").casefold()
    found = []
    for row in claims:
        day = _day(row["published"])
        if (
            day is not None and 0 <= (told - day).days <= ECHO_DAYS and _figure(row) == said
            and all(row.get(name, "").strip() == given.get(name, "")
                    for name in ("quantity", "side"))
            and row["source"].strip() != given.get("source") and not row["derived_from"].strip()
            and row["scope"].strip() != RETRACTED
            and row["source"].strip().casefold() not in map(str.strip, heard.split(";"))
        ):
            found.append((day, row))
    return max(found, key=lambda each: each[0])[1] if found else None


def _figure(row: Row) -> tuple[str, ...] | None:
    """Give the figures of a row as text; None where they are too small to be telling, or none."""
    figures = tuple(row.get(name, "").strip() for name in ("value", "low", "high"))
    told = [int(each) for each in figures if each.isascii() and each.isdigit() and len(each) < 12]
    return figures if told and max(told) >= ECHO_FIGURE else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
