"""A small case without fault, and a way to spoil it one cell at a time."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from estimate.data.case import Case, read_case
from estimate.data.ledger import Entry, read_log
from estimate.data.problems import CaseError, Problem

HARBOUR = Path(__file__).parent / "harbour"


def good_texts() -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(HARBOUR.iterdir())}


@dataclass
class Draft:
    """The three files of a case before they are written."""

    folder: Path
    texts: dict[str, str] = field(default_factory=good_texts)
    raw: dict[str, bytes] = field(default_factory=dict)

    def swap(self, file: str, old: str, new: str) -> "Draft":
        assert old in self.texts[file], old
        self.texts[file] = self.texts[file].replace(old, new, 1)
        return self

    def cell(self, row_id: str, column: str, value: str, file: str = "claims.csv") -> "Draft":
        rows = list(csv.DictReader(io.StringIO(self.texts[file], newline="")))
        for row in rows:
            if row["id"] == row_id:
                row[column] = value
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.texts[file] = out.getvalue()
        return self

    def add(self, line: str, file: str = "claims.csv") -> "Draft":
        self.texts[file] += line + "\n"
        return self

    def write(self) -> Path:
        self.folder.mkdir(exist_ok=True)
        for name, text in self.texts.items():
            (self.folder / name).write_bytes(self.raw.get(name, text.encode()))
        return self.folder

    def read(self) -> Case:
        return read_case(self.write())

    def faults(self) -> tuple[Problem, ...]:
        folder = self.write()
        with pytest.raises(CaseError) as caught:
            read_case(folder)
        return caught.value.problems


def changes(folder: Path) -> list[Entry]:
    """Give what the log of a case tells of changes, its beginning left out."""
    return [entry for entry in read_log(folder) if entry.action != "begin"]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(tmp_path / "harbour")
