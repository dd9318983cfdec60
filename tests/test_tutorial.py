"""The tutorial runs as it is printed: its files are written, its commands given, in its order."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimate.cli.claims import claims
from estimate.cli.main import cli
from estimate.data.case import read_case
from estimate.data.ledger import read_log
from estimate.model.evidence import select

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
STEP = re.compile(r"(?:^`([\w/]+\.\w+)`[^\n]*:\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIGURES = ("quantity", "bound", "value", "low", "high", "start", "end", "remark")


def steps() -> list[tuple[str, str]]:
    """Give the files that the page has written, by name, and its commands, in order."""
    found: list[tuple[str, str]] = []
    for name, kind, text in STEP.findall(PAGE):
        if kind == "console":
            found += [("", line.removeprefix("$ ")) for line in text.splitlines()]
        else:
            assert name, f"a block of {kind} without a file"
            found.append((name, text))
    return found


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def follow(place: Path, *, fit: bool) -> str:
    """Follow the page in a folder; give all that was printed."""
    shutil.copytree(ROOT / "docs" / "tutorial", place / "docs" / "tutorial")
    said = ""
    for name, text in steps():
        if name:
            if (place / name).exists() and "accept" in text.split("\n")[0]:
                proposed = [{key: row[key] for key in FIGURES}
                            for row in rows((place / name).read_text("utf-8"))]
                # The analyst marks what was proposed, all of it.
                assert [{key: row[key] for key in FIGURES} for row in rows(text)] == proposed
            (place / name).write_text(text, encoding="utf-8")
            continue
        program, *words = shlex.split(text)
        assert program == "estimate"
        if words[0] == "fit" and not fit or words[1] not in claims.commands and (
                words[0] == "claims"):
            continue
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, f"{text}\n{result.output}"
        said += result.output
    return said


def test_the_commands_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = follow(tmp_path, fit=False)
    assert "pass: 9 claims from 4 sources" in said
    assert "8 of 9 claims will be used; retracted: c3.\nNo faults, 0 warnings." in said
    evidence = select(read_case("./pass"))
    assert evidence.claims.set_index("id").loc["c9", "value"] == 97
    assert [entry.action for entry in read_log(tmp_path / "pass")] == [
        "begin", "begin", *["accept"] * 8, "add", "amend", "retract"]


@pytest.mark.slow
def test_the_report_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Velmoran soldiers were killed" in follow(tmp_path, fit=True)
    assert (tmp_path / "reports" / "pass" / "index.html").is_file()


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_evidence_stands_where_the_page_says(name: str) -> None:
    text = (ROOT / "docs" / "tutorial" / f"{name}.txt").read_text(encoding="utf-8")
    (block,) = (text for file, text in steps() if file == f"{name}.csv")
    for row in rows(block):
        assert text[int(row["start"]) : int(row["end"])] in row["evidence"]
        assert row["evidence"] in text


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
