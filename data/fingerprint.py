"""Hashes that tell whether two cases, or two rows of claims, say the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from .words import CLAIM_COLUMNS

__all__ = ["canonical_hash", "row_hashes", "row_text", "sha256"]


def sha256(raw: bytes) -> str:
    """Give the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def canonical_hash(settings: Mapping[str, Any], *tables: pd.DataFrame) -> str:
    """Hash what a case says, whatever the order of its rows and columns.

    Parameters
    ----------
    settings : mapping
        What case.toml says; anything that JSON does not know is hashed as text.
    *tables : DataFrame
        Tables in canonical row order.

    Returns
    -------
    str
        SHA-256 in hexadecimal.
    """
    digest = hashlib.sha256()
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for table in tables:
        for name in sorted(table.columns):
            column = table[name]
            digest.update(f"\x1e{name}\x1f".encode())
            if column.dtype.kind in "fM":
                digest.update(
                    column.to_numpy().astype("<i8" if column.dtype.kind == "M" else "<f8")
                )
            else:  # the gate lets no such mark into a cell
                digest.update("\x1f".join(map(str, column.tolist())).encode())
    return digest.hexdigest()


def row_text(row: Mapping[str, Any]) -> str:
    """Write one claim as its hash reads it: JSON of its filled cells by column.

    Parameters
    ----------
    row : mapping
        Columns of claims.csv as the gate reads them; others are passed over.

    Returns
    -------
    str
        Columns sorted, no blank between tokens, every cell as text: figures in digits, days as ISO
        days. Empty cells and missing columns are left out.
    """
    cells = {}
    for column in CLAIM_COLUMNS:
        value = row.get(column.name, "")
        if value == "" or pd.isna(value):
            continue
        cells[column.name] = (f"{value:.0f}" if column.kind == "count" else
                              f"{value:%Y-%m-%d}" if column.kind == "day" else str(value))
    return json.dumps(cells, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def row_hashes(claims: pd.DataFrame) -> dict[str, str]:
    """Hash each claim of a case, whatever the order and quoting of rows and columns.

    Parameters
    ----------
    claims : DataFrame
        As `Case.claims` holds it.

    Returns
    -------
    dict of str to str
        SHA-256 of `row_text` as UTF-8, in hexadecimal, by the claim's id.
    """
    names = list(map(str, claims.columns))
    rows = (dict(zip(names, cells, strict=True))
            for cells in zip(*(claims[name].tolist() for name in names), strict=True))
    return {row["id"]: sha256(row_text(row).encode()) for row in rows}
