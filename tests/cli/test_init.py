"""`estimate init`: a case to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from estimate.data.case import read_case
from estimate.data.words import CASE_KEYS
from estimate.model.evidence import select

from .conftest import Run


def test_the_skeleton_passes_and_can_be_fitted(run: Run) -> None:
    result = run("init", "Our Case")
    assert result.exit_code == 0
    assert "2 invented claims from 2 invented sources" in result.stdout
    told = json.loads(run("check", "./Our Case", "--json").stdout)
    assert (told["case"], told["claims"], told["warnings"]) == ("our-case", 2, [])
    assert select(read_case("./Our Case")).counts()["used"] == 2


def test_every_key_is_explained(run: Run) -> None:
    run("init", "x")
    text = Path("x/case.toml").read_text("utf-8")
    for key in CASE_KEYS:
        if key.name in ("remarks", "series"):
            continue  # for special cases; data/README.md has them
        lines = text.split("\n")
        (at,) = (n for n, line in enumerate(lines)
                 if line.removeprefix("# ").startswith((f"{key.name} =", f"[[{key.name}]]"))
                 and (key.name != "id" or n < 15))
        assert lines[at - 1].startswith("# "), key.name


@pytest.mark.parametrize("held", ["file", "folder"])
def test_what_is_there_is_kept(run: Run, held: str) -> None:
    if held == "file":
        Path("x").write_text("mine")
    else:
        Path("x").mkdir()
        Path("x/mine").write_text("mine")
    result = run("init", "x")
    assert result.exit_code == 2
    assert "DIR x: there already" in result.stderr
    assert Path("x" if held == "file" else "x/mine").read_text() == "mine"


def test_an_empty_folder_is_taken_and_a_file_is_no_parent(run: Run) -> None:
    Path("x").mkdir()
    assert run("init", "x").exit_code == 0
    Path("file").write_text("mine")
    result = run("init", "file/x")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["file", "x"]
