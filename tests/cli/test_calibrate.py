"""`estimate calibrate`: the page beside its file, and names that it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from estimate.cli.main import cli
from estimate.model import calibrate as model
from estimate.model.learned import SHIPPED


def test_a_page_stands_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learning itself is replaced by what ships."""
    def learn(_: object, out: Path, **__: object) -> Any:
        out.write_bytes(SHIPPED.read_bytes())
        return json.loads(SHIPPED.read_bytes())["provenance"]

    monkeypatch.setattr(model, "calibrate", learn)
    done = CliRunner().invoke(cli, ["calibrate", "--out", str(tmp_path / "mine.json")])
    assert done.exit_code == 0, done.output
    assert "mine.html beside it" in done.output
    page = (tmp_path / "mine.html").read_text("utf-8")
    assert "What history says of each kind of source" in page
    assert {path.name for path in tmp_path.iterdir()} == {"mine.json", "mine.html"}


def test_a_name_that_the_page_would_take_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["calibrate", "--out", str(tmp_path / "mine.html")])
    assert done.exit_code == 2
    assert "end it in .json" in done.output
