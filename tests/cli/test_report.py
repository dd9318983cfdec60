"""`estimate report`: again, without a refit."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import Result

from estimate.reports import write
from estimate.reports.write import check_out

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


KINDS = {
    "html": {"index.html", "card.png"},
    "json": {"summary.json"},
    "csv": {"estimates.csv", "sources.csv", "claims.csv"},
}


def held(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def paper(names: set[str]) -> set[str]:
    return {name for name in names if name == "report.md" or name.startswith("figures/")}


@pytest.mark.parametrize("word", ["html", "md", "json", "csv"])
def test_only_the_kind_asked_for_is_written_again(run: Run, saved: Path, word: str) -> None:
    before = held(saved)
    mine = KINDS.get(word) or paper(set(before))
    for name in mine:
        (saved / name).unlink()
    result = run("report", saved, "--format", word)
    assert result.exit_code in (0, 1), result.output
    after = held(saved)
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} <= mine | {"run.json"}
    then, now = (json.loads(files["run.json"]) for files in (before, after))
    assert {k: v for k, v in now.items() if k != "files"} == {
        k: v for k, v in then.items() if k != "files"}
    for name, told in now["files"].items():
        assert told["sha256"] == sha256(after[name]).hexdigest()
    assert set(now["files"]) == set(after) - {"run.json"}
    check_out(saved)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes long: pages and drawings."""
    monkeypatch.setattr(write.render, "html", lambda *_: "page")
    monkeypatch.setattr(write.render, "paper", lambda *_: "paper")
    monkeypatch.setattr(write, "charts", lambda _: {})
    monkeypatch.setattr(write, "card", lambda _: b"card")


def test_chosen_kinds_go_into_a_folder_of_their_own(run: Run, saved: Path, quick: None) -> None:
    before = held(saved)
    result = run("report", saved, "--format", "csv, md", "--out", "paper")
    assert result.exit_code in (0, 1), result.output
    made = held(Path("paper"))
    assert set(made) == KINDS["csv"] | {"report.md", "written.json"}
    assert {name: before[name] for name in KINDS["csv"]} == {
        name: made[name] for name in KINDS["csv"]}
    assert result.stdout.replace("\n", "").endswith("Report: paper")
    again = run("report", saved, "--format", "html", "--out", "paper", "--json")
    assert json.loads(again.stdout) == json.loads(before["summary.json"])
    assert set(held(Path("paper"))) == KINDS["html"] | {"written.json"}
    assert held(saved) == before


@pytest.mark.parametrize("spoil", ["foreign", "changed", "added", "run", "file"])
def test_nothing_foreign_is_overwritten(
    run: Run, saved: Path, tmp_path: Path, spoil: str
) -> None:
    out = tmp_path / "out"
    if spoil in ("changed", "added"):
        run("report", saved, "--format", "json", "--out", out)
        (out / ("summary.json" if spoil == "changed" else "mine.txt")).write_text("mine")
    elif spoil == "run":
        shutil.copytree(saved, out)
    elif spoil == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "notes.txt").write_text("mine")
    before = held(tmp_path)
    result = run("report", saved, "--format", "json", "--out", out)
    assert result.exit_code == 2
    assert "out" in result.stderr
    assert "--out" in result.stderr
    assert held(tmp_path) == before


@pytest.mark.parametrize("where", [".", "export"])
def test_out_within_the_run_is_refused(refused: Run, saved: Path, where: str) -> None:
    before = held(saved)
    assert "lies in the run itself" in refused("report", saved, "--out", saved / where).stderr
    assert held(saved) == before


@pytest.mark.parametrize("word", ["pdf", "", "html,,md", "html md", "\u202ehtml"])
def test_unknown_kinds_are_named_with_the_legal_ones(
    refused: Run, saved: Path, word: str
) -> None:
    said = refused("report", saved, "--format", word).stderr
    assert "html, md, json, csv" in said
    assert "--format" in said


def test_a_changed_file_is_not_written_over(refused: Run, saved: Path) -> None:
    (saved / "report.md").write_text("mine")
    said = refused("report", saved, "--format", "html").stderr
    assert "'report.md' was changed after the run was written" in said
    assert (saved / "report.md").read_text() == "mine"
