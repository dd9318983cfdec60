"""Hashes that tell whether two cases say the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["canonical_hash", "sha256"]


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
