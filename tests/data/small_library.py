"""A small library without fault, and ways to spoil, write and read it."""

import csv
import io
import tempfile
from pathlib import Path

import pytest

from estimate.data.library import LIBRARY_FILES, Library, read_library
from estimate.data.problems import CaseError, Problem

RIVER = Path(__file__).parent / "river"
GOOD = {name: (RIVER / name).read_text(encoding="utf-8") for name in LIBRARY_FILES}
CASES, CLAIMS = (GOOD[name] for name in LIBRARY_FILES)


def table(text: str) -> list[dict[str, str]]:
    """Rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def text(rows: list[dict[str, str]]) -> str:
    """CSV text of rows."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(files: dict[str, str | bytes]) -> Library:
    """Read a library from texts or bytes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
            Path(folder, name).write_bytes(raw)
        return read_library(folder)


def faults(files: dict[str, str | bytes]) -> tuple[Problem, ...]:
    """Faults of a library that has some."""
    with pytest.raises(CaseError) as caught:
        read(files)
    assert all(problem.file in LIBRARY_FILES for problem in caught.value.problems)
    return caught.value.problems


def spoilt(name: str, key: str, column: str, value: str) -> dict[str, str]:
    """Give the small library with one cell changed."""
    rows = table(GOOD[name])
    (row,) = [row for row in rows if row.get("id", row["case"]) == key]
    row[column] = value
    return {**GOOD, name: text(rows)}
