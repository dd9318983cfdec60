"""`estimate claims import`: a case on disk, and a list of what was left out."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimate.cli.main import cli

TABLE = """\
days,loss_count,loss_type,claim_source,time_frame,loss_country,minimum,maximum,category,source_target
4,400,Military Deaths-Russia,UA Source,Cumulative,Russia,0,0,Military Deaths,UA Source-Russia
9,=cmd,Tanks-Russia,UA Source,Cumulative,Russia,1,0,Tanks,UA Source-Russia
"""


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["claims", "import", *map(str, words)])
    assert not result.exception or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    return tmp_path / "table.csv"


def test_a_known_format(table: Path, tmp_path: Path) -> None:
    code, out, err = run(table, "--format", "radford2023", "--out", tmp_path / "war")
    assert code == 0
    assert "1 claims of 2 rows, 7 sources, 3 sides" in out
    assert "row 3, loss_count '=cmd': not a number; write digits only" in err
    left = (tmp_path / "war" / "not-imported.csv").read_text("utf-8")
    assert "'=cmd" in left  # safe in a spreadsheet
    assert CliRunner().invoke(cli, ["check", str(tmp_path / "war")]).exit_code == 0


@pytest.mark.parametrize(("words", "told"), [
    ([], "either --format or --map"),
    (["--format", "radford2032"], "one of radford2023"),
    (["--map", "none.toml"], "missing file"),
])
def test_refusals(words: list[str], told: str, table: Path, tmp_path: Path) -> None:
    code, _, err = run(table, *words, "--out", tmp_path / "war")
    assert code == 2
    assert told in err
    assert not (tmp_path / "war").exists()


def test_a_folder_in_use_is_kept(table: Path, tmp_path: Path) -> None:
    (tmp_path / "war").mkdir()
    (tmp_path / "war" / "mine").write_text("mine")
    code, _, err = run(table, "--format", "radford2023", "--out", tmp_path / "war")
    assert code == 2
    assert "there already" in err
    assert (tmp_path / "war" / "mine").read_text() == "mine"


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none.csv", "--format", "radford2023", "--out", tmp_path / "war")
    assert code == 2
    assert "none.csv" in err


def test_a_map_whose_words_make_no_case(table: Path, tmp_path: Path) -> None:
    """Faults of the files that would be made are told in the words of the map."""
    shipped = files("estimate.data").joinpath("formats", "radford2023.toml").read_text("utf-8")
    (tmp_path / "map.toml").write_text(shipped.replace("ukraine:self;", "", 1), "utf-8")
    code, _, err = run(table, "--map", tmp_path / "map.toml", "--out", tmp_path / "war")
    assert code == 2
    assert "Nothing was written" in err
    assert "relation" in err
    assert not (tmp_path / "war").exists()


def test_a_folder_that_cannot_be_written(table: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    code, _, err = run(table, "--format", "radford2023", "--out", tmp_path / "file" / "war")
    assert code == 2
    assert "--out" in err
    assert (tmp_path / "file").read_text() == "mine"
