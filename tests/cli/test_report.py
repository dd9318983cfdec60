"""`estimate report`: again, without a refit."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def saved(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a run folder that may be changed."""
    return shutil.copytree(tiny_run, tmp_path / "saved")


def test_report_is_written_again_alike(run: Run, saved: Path) -> None:
    before = {name: (saved / name).read_bytes()
              for name in ("estimates.csv", "sources.csv", "claims.csv", "summary.json")}
    (saved / "index.html").unlink()
    result = run("report", saved)
    assert result.exit_code in (0, 1), result.output
    assert (saved / "index.html").is_file()
    assert {name: (saved / name).read_bytes() for name in before} == before
    assert str(saved / "index.html") in result.stdout.replace("\n", "")


def test_json_is_the_summary_and_nothing_else(run: Run, saved: Path) -> None:
    result = run("report", saved, "--json")
    assert json.loads(result.stdout) == json.loads((saved / "summary.json").read_text())


def test_no_sampler_is_loaded(saved: Path) -> None:
    code = ("import sys\nfrom estimate.cli.main import cli\n"
            "try:\n    cli()\nfinally:\n"
            "    print(sorted({'pymc', 'pytensor', 'nutpie'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code, "report", str(saved)], capture_output=True,
                          text=True)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", ["posterior.nc", "run.json"])
@pytest.mark.parametrize("spoil", ["missing", "cut", "empty"])
def test_spoilt_run_is_refused(refused: Run, saved: Path, name: str, spoil: str) -> None:
    file = saved / name
    content = file.read_bytes()
    file.unlink()
    if spoil != "missing":
        file.write_bytes(content[: len(content) // 2] if spoil == "cut" else b"")
    assert name in refused("report", saved).stderr


def test_folder_that_is_no_run(refused: Run, tmp_path: Path) -> None:
    assert "none" in refused("report", tmp_path / "none").stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert "other" in refused("report", tmp_path / "other").stderr
