"""A resolved case written as the three files of an ordinary one.

Nothing of its truth is written: the functions here are not given it, nor the notes, which name it.
"""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from .casefile import is_case_id
from .cells import parts
from .files import CASE_FILE, CLAIMS_FILE, SOURCES_FILE
from .words import CLAIM_COLUMNS, PARTS, SOURCE_COLUMNS

__all__ = ["SCOPE", "case_files", "csv_bytes", "records", "slug", "source_ids", "speaker",
           "toml_value"]

SCOPE = "all"
"""The comparable scope."""

_ASKED = {
    "killed": "How many were killed",
    "wounded": "How many were wounded",
    "missing": "How many went missing",
    "captured": "How many were captured",
    "casualties": "How many casualties were there",
    "named_dead": "How many dead were named",
    "deployed": "How many were deployed",
    "returned": "How many returned",
}

_DAYS = ("from", "as_of", "published")
_SAME = ("id", "quantity", "bound", "derived_from", "via", "url", "wording", "ambiguity")

Key = tuple[str, str, str]
"""A source of the library: name, relation, method."""


def slug(text: str, mark: str = "_", longest: int = 36) -> str:
    """Give a short name made of small letters and digits.

    >>> slug("Soviet Defence Ministry (Novosti)")
    'soviet_defence_ministry_novosti'
    """
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", plain)
    short = mark.join(words)[: longest + 1]
    return (short.rpartition(mark)[0] or short[:longest]) if len(short) > longest else short


def speaker(name: str) -> str:
    """Give the name of a source without the remark in brackets that may close it.

    >>> speaker("Governor of Hatay (second)")
    'Governor of Hatay'
    """
    name = name.strip()
    return (name.rpartition("(")[0].rstrip() if name.endswith(")") else "") or name


def source_ids(keys: Iterable[Key]) -> dict[Key, str]:
    """Give the sources of one case their ids.

    Parameters
    ----------
    keys : iterable of tuple of str
        Name, relation and method of each claim's source.

    Returns
    -------
    dict of tuple to str
        The slug of the speaker, followed by relation and method where several share it, and by a
        number where they share these too. Names of one relation and method that differ only in
        case or in a closing remark are one source. No order of the rows changes it.
    """
    voices = {key: (speaker(key[0]).casefold(), *key[1:]) for key in keys}
    base = {voice: slug(voice[0]) or "source" for voice in voices.values()}
    shared = Counter(base.values())
    numbers: Counter[str] = Counter()
    found: dict[Key, str] = {}
    for voice in sorted(base, key=lambda voice: (shared[base[voice]] > 1, voice)):
        name = base[voice] if shared[base[voice]] == 1 else "_".join((base[voice], *voice[1:]))
        free = name
        while numbers[free]:
            numbers[name] += 1
            free = f"{name}_{numbers[name]}"
        numbers[free] += 1
        found[voice] = free
    return {key: found[voice] for key, voice in voices.items()}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def case_files(case: Mapping[str, Any], claims: pd.DataFrame) -> dict[str, bytes]:
    """Write a resolved case as case.toml, sources.csv and claims.csv.

    Parameters
    ----------
    case : mapping
        A row of `Library.cases`.
    claims : DataFrame
        Its rows of `Library.claims`.

    Returns
    -------
    dict of str to bytes
        The files by name, fit for `read_files`.
    """
    rows = records(claims.sort_values("id"))
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row["source_id"], set()).add(row["source"])
    sources = {
        row["source_id"]: {
            "id": row["source_id"],
            "name": row["source"] if len(names[row["source_id"]]) == 1 else speaker(row["source"]),
            "relation": row["relation"],
            "method": row["method"],
        }
        for row in reversed(rows)
    }
    many = Counter(source["name"].casefold() for source in sources.values())
    for source in sources.values():
        if many[source["name"].casefold()] > 1:
            source["name"] += f" ({source['relation']}, {source['method'].replace('_', ' ')})"
    return {
        CASE_FILE: _toml(case).encode(),
        SOURCES_FILE: csv_bytes([c.name for c in SOURCE_COLUMNS], sources.values()),
        CLAIMS_FILE: csv_bytes(
            [c.name for c in CLAIM_COLUMNS if not c.optional], map(_claim, rows)),
    }


def _toml(case: Mapping[str, Any]) -> str:
    quantity, side = case["quantity"], case["side"] or case["title"]
    asked = _ASKED.get(quantity, f"How many {quantity.replace('_', ' ')} were lost")
    values = {
        "id": _folder_name(case["case"], "case"),
        "title": case["title"],
        "question": f"{asked}? ({side})",
        "victim": case["victim"],
        "start": case["start"].date(),
        "end": case["end"].date(),
        "headline": quantity,
        "comparable_scopes": [SCOPE],
        "casualties_include": parts(case["casualties_include"]) or PARTS,
        "conflict": case["conflict"],
    }
    if case["route"]:
        values["route"] = case["route"]
    lines = [f"{key} = {toml_value(value)}" for key, value in values.items()]
    sides = {"id": _folder_name(side, "side"), "name": side}
    lines += ["", "[[sides]]", *(f"{key} = {toml_value(value)}" for key, value in sides.items())]
    return "\n".join(lines) + "\n"


def _folder_name(text: str, otherwise: str) -> str:
    """Give a text that may be the id of a case or side: the text itself, if it may."""
    short = slug(text, "-", 50)
    tried = (text, short, f"{otherwise}-{short}".strip("-"))
    return next(each for each in tried if is_case_id(each))


def toml_value(value: object) -> str:
    """Write a day, text or list; what JSON escapes, TOML reads."""
    return str(value) if isinstance(value, date) else json.dumps(
        value, ensure_ascii=False, default=str)


def _claim(row: Mapping[str, Any]) -> dict[str, str]:
    """Give the cells of a claim in the ordinary schema."""
    told = row["published_precision"]
    cells = {name: row[name] for name in _SAME}
    used = ("low", "high") if row["bound"] == "range" else ("value",)
    cells |= {name: f"{row[name]:.0f}" for name in used}
    cells |= {name: f"{row[name]:%Y-%m-%d}" for name in _DAYS}
    return cells | {
        "source": row["source_id"],
        "scope": row["scope"] or SCOPE,
        "confidence": row["confidence"] or "medium",
        "note": "" if told == "day" else f"published some day of that {told}, no later",
    }


def csv_bytes(header: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write rows as a CSV file in UTF-8; a column that a row lacks is empty."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
