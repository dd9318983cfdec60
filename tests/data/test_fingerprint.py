"""The hash of a claim's row: of what it says, however the file is written."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from estimate.data.case import read_case, read_files
from estimate.data.fingerprint import row_hashes, row_text
from estimate.data.words import CLAIM_COLUMNS

CASE = Path(read_case.__code__.co_filename).parent / "cases" / "nk-kursk"
FILES = {name: (CASE / name).read_bytes() for name in ("case.toml", "sources.csv", "claims.csv")}
README = Path(__file__).parents[2] / "data" / "README.md"


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(FILES["claims.csv"].decode(), newline="")))


def written(table: list[dict[str, str]], columns: list[str], **how: object) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, **how)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode()


def hashes(table: bytes) -> dict[str, str]:
    return row_hashes(read_files(FILES | {"claims.csv": table}).claims)


def test_order_quoting_and_line_endings_do_not_matter() -> None:
    first = hashes(FILES["claims.csv"])
    table, columns = rows(), [column.name for column in CLAIM_COLUMNS]
    again = written(table[::-1], columns[::-1], quoting=csv.QUOTE_ALL, lineterminator="\n")
    assert hashes(again) == first
    table[0]["value"] = f" {table[0]['value']} "
    assert hashes(written(table, columns)) == first
    assert len(set(first.values())) == len(first) == 126


@pytest.mark.parametrize(("column", "cell"), [
    ("value", "41"), ("published", "2025-12-31"), ("url", "https://example.org/x"),
    ("wording", "forty"), ("note", ""), ("bound", "exact"), ("via", "Wire")])
def test_any_cell_changes_the_hash_of_its_row_alone(column: str, cell: str) -> None:
    table = rows()
    at = next(place for place, row in enumerate(table)
              if row["value"] and row["note"] and row["bound"] != "exact")
    first, name = hashes(FILES["claims.csv"]), table[at]["id"]
    table[at][column] = cell
    second = hashes(written(table, [column.name for column in CLAIM_COLUMNS]))
    assert [key for key in first if first[key] != second[key]] == [name]


def test_the_documented_example_is_what_the_code_hashes() -> None:
    section = README.read_text("utf-8").split("### The hash of a row")[1]
    text, told = section.split("```json\n")[1].split("\n```")[0], section.split("`sha256: ")[1]
    claim = json.loads(text)
    assert row_text(claim | {"value": 200.0, "low": float("nan"), "via": ""}
                    | {"from": _day(claim["from"]), "as_of": _day(claim["as_of"]),
                       "published": _day(claim["published"])}) == text
    assert hashlib.sha256(text.encode()).hexdigest() == told[:64]


def _day(text: str) -> object:
    from datetime import date

    return date.fromisoformat(text)
