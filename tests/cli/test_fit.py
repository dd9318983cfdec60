"""`estimate fit`: what is refused before sampling, and one small fit end to end."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from estimate.cli.progress import Steps

Run = Callable[..., Result]
SMALL = ("--draws", "60", "--tune", "100", "--chains", "2", "--seed", "1")


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--as-of", "2024-13-01"], "is not a day of the calendar written YYYY-MM-DD"),
     (["--as-of", "tomorrow"], "is not a day of the calendar written YYYY-MM-DD"),
     (["--as-of", "0001-01-01"], "outside 1800 to 2100"),
     (["--as-of", "9999-12-31"], "outside 1800 to 2100"),
     (["--as-of", "2024-03-10"], "first claim was published on 2024-03-11"),
     (["--exclude", "wach"], "did you mean 'watch'?"),
     ([f"--exclude={name}" for name in ("watch", "red_mod", "blue_gov")], "none can be compared"),
     (["--draws", "0"], "--draws"), (["--chains", "1"], "--chains"), (["--tune", "-5"], "--tune"),
     (["--seed", "-1"], "--seed"), (["--seed", "one"], "--seed"),
     (["--priors", "none.json"], "none.json")],
)
def test_refused_before_anything_is_sampled(refused: Run, hill: Path, words: list[str],
                                            says: str) -> None:
    assert says in refused("fit", hill, *words).stderr


def test_refusal_loads_no_sampler(hill: Path, tmp_path: Path) -> None:
    code = ("import sys\nfrom estimate.cli.main import cli\n"
            "try:\n    cli()\nfinally:\n"
            "    print(sorted({'pymc', 'pytensor', 'nutpie'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code, "fit", str(hill), "--exclude", "nobody"],
                          cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == "[]\n"


def test_folder_of_somebody_else_is_refused(run: Run, hill: Path) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    result = run("fit", hill, "--out", "mine")
    assert result.exit_code == 2
    assert "mine" in result.stderr
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]


def test_bad_case_is_refused(refused: Run, hill: Path) -> None:
    (hill / "claims.csv").unlink()
    assert "claims.csv" in refused("fit", hill).stderr


def test_case_here_is_taken_and_told(run: Run, hill: Path) -> None:
    for file in hill.iterdir():
        shutil.copy(file, Path(file.name))
    result = run("fit", "--exclude", "nobody")
    assert result.exit_code == 2
    assert "reading ./case.toml here" in result.stderr
    assert "no such source in hill" in result.stderr


def test_without_a_case_the_bundled_one_is_taken_and_told(refused: Run) -> None:
    result = refused("fit", "--exclude", "nobody")
    assert "reading the bundled nk-kursk" in result.stderr
    assert "no such source in nk-kursk" in result.stderr


def test_small_fit_interrupted_then_whole(run: Run, hill: Path,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background has none
        presses = iter([signal.SIGINT])
        patch.setattr(Steps, "sampling",
                      lambda *_: [os.kill(os.getpid(), key) for key in presses])
        result = run("fit", hill, "--draws", "100000")
    assert result.exit_code == 130
    assert result.stderr == "Interrupted. What was there before is as it was.\n"
    assert list(Path("reports").iterdir()) == []

    result = run("fit", hill, *SMALL, "--exclude", "watch", "--as-of", "2024-03-29")
    assert result.exit_code in (0, 1), result.output
    run_folder = Path("reports/hill")
    for name in ("index.html", "report.md", "estimates.csv", "sources.csv", "claims.csv",
                 "summary.json", "posterior.nc", "run.json"):
        assert (run_folder / name).is_file(), name
    assert str(run_folder / "index.html") in result.stdout
    seed = json.loads((run_folder / "run.json").read_text("utf-8"))["seed"]
    assert f"Seed: {seed};" in result.stdout
    assert result.stderr == ("" if result.exit_code == 0 else
                             "A diagnostic of this fit failed: the report says which at its top.\n")
    account = json.loads((run_folder / "run.json").read_text())
    assert account["command"] == (f"estimate fit {hill} --as-of 2024-03-29 --seed 1 --draws 60 "
                                  "--tune 100 --chains 2 --exclude watch")
    assert {"imports", "reading", "compilation", "sampling", "diagnostics", "summary",
            "report"} == set(account["timings"]) == set(account["cpu_seconds"])

    summary = json.loads((run_folder / "summary.json").read_text())
    assert summary["diagnostics"]["ok"] is (result.exit_code == 0)
    assert summary["as_of"] == "2024-03-29"
    again = run("report", run_folder, "--json")
    assert again.exit_code == result.exit_code
    assert json.loads(again.stdout) == summary


@pytest.mark.slow
def test_refits_are_saved_and_told(run: Run, hill: Path) -> None:
    result = run("fit", hill, "--refits", "--out", "out", "--json", *SMALL)
    assert result.exit_code in (0, 1)
    rows = json.loads(result.stdout)["refits"]["families"]
    assert {row["family"] for row in rows} >= {"red_mod", "watch"}
    account = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert account["refits"]["families"][0]["p"] == pytest.approx(rows[0]["p"])
    assert account["command"].endswith("--refits --json")
