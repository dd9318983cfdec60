"""`estimate fit` of several cases: each its own folder and status, none made twice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]
SMALL = ("--draws", "60", "--tune", "100", "--chains", "2", "--workers", "1", "--out", "runs")


def renamed(hill: Path, name: str) -> Path:
    """The same case under another id."""
    folder = shutil.copytree(hill, hill.parent / name)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace('id = "hill"', f'id = "{name}"'))
    return folder


def test_one_bad_case_does_not_stop_the_others(run: Run, hill: Path) -> None:
    bad = renamed(hill, "bad")
    (bad / "claims.csv").unlink()
    words = ("fit", hill, bad, renamed(hill, "knoll"), hill, *SMALL)
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert "claims.csv" in result.stderr
    assert "another of these cases has the id 'hill'" in result.stderr
    assert result.stdout.splitlines()[-1].endswith("2 failed")
    assert sorted(path.name for path in Path("runs").iterdir()) == ["hill", "knoll"]
    account = json.loads(Path("runs/knoll/run.json").read_bytes())
    assert account["seed"] == 1
    assert account["command"].startswith("estimate fit ")
    assert "--seed 1" in account["command"]
    assert str(hill) + " " not in account["command"]
    one, other = (Path("runs", name, "estimates.csv").read_bytes() for name in ("hill", "knoll"))
    assert one == other, "the seed is the task's, not the order's"

    before = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("*")}
    again = run(*words, "--json")
    assert again.exit_code == 2
    rows = json.loads(again.stdout)
    assert [row["status"] == "failed" for row in rows] == [False, True, False, True]
    assert rows[0]["low"] <= rows[0]["median"] <= rows[0]["high"]
    assert {path: path.stat().st_mtime_ns for path in Path("runs").rglob("*")} == before


def test_a_scheduler_is_for_many_fits_and_its_address_has_a_form(refused: Run, hill: Path) -> None:
    said = refused("fit", hill, "--scheduler", "tcp://127.0.0.1:8786").stderr
    assert "one fit is made by this machine" in said
    assert "such as tcp://10.0.0.5:8786" in refused("fit", hill, hill, "--scheduler", "x").stderr


def test_a_file_in_the_way_is_one_failed_case(run: Run, hill: Path) -> None:
    Path("runs/hill").mkdir(parents=True)
    Path("runs/hill/notes.txt").write_text("mine")
    result = run("fit", hill, hill.parent / "none", *SMALL)
    assert result.exit_code == 2
    assert "0 done, 0 doubtful, 2 failed" in result.stdout
    assert Path("runs/hill/notes.txt").read_text() == "mine"
