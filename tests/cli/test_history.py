"""`estimate history` and `estimate fit --history`: refused, printed, written, taken up again."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from estimate.model import vintages

Run = Callable[..., Result]
SMALL = ("--draws", "60", "--tune", "100", "--workers", "1")


def table(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--every", "day"], "'claim', 'week', 'month'"), (["--as-of", "tomorrow"], "YYYY-MM-DD"),
     (["--as-of", "2024-03-10"], "first claim was published on 2024-03-11"),
     (["--exclude", "wach"], "did you mean 'watch'?"), (["--draws", "0"], "--draws"),
     (["--priors", "none.json"], "none.json")])
def test_refused_before_anything_is_sampled(refused: Run, hill: Path, words: list[str],
                                            says: str) -> None:
    assert says in refused("history", hill, *words).stderr


def test_a_folder_with_something_in_it_is_refused(refused: Run, hill: Path) -> None:
    assert "holds something else" in refused("history", hill, "--out", hill).stderr


def test_table_json_and_files_say_the_same_and_are_kept(run: Run, hill: Path) -> None:
    words = ("history", hill, "--every", "week", *SMALL)
    printed = run(*words, "--out", "known")
    assert printed.exit_code in (0, 1), printed.output
    assert "21 Mar 2024" in printed.stdout
    assert "Two kinds of days" in printed.stdout
    rows = table("known/history.csv")
    assert [row["known"] for row in rows] == ["2024-03-11", "2024-03-21", "2024-03-30"]
    assert (printed.exit_code == 1) is any(row["ok"] == "False" for row in rows)
    assert ("failed a check" in printed.stderr) is (printed.exit_code == 1)
    assert {row["known"] for row in table("known/vintages.csv")} == {row["known"] for row in rows}
    kept = {path: path.stat().st_mtime_ns for path in Path("history").rglob("*.json")}
    assert len(kept) == 3
    again = run(*words, "--json")
    assert again.exit_code == printed.exit_code
    told = json.loads(again.stdout)
    assert [row["known"] for row in told["vintages"]] == [row["known"] for row in rows]
    assert [row["beyond_error"] for row in told["vintages"]] == [
        row["beyond_error"] == "True" for row in rows]
    assert {path: path.stat().st_mtime_ns for path in Path("history").rglob("*.json")} == kept


def test_a_fit_with_its_history_is_saved_and_told_again(
    run: Run, hill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vintages, "SHORT", {"draws": 60, "tune": 100, "chains": 2})
    result = run("fit", hill, "--history", "--every", "month", "--state", "kept", "--out", "out",
                 "--seed", "1", "--chains", "2", *SMALL)
    assert result.exit_code in (0, 1), result.output
    account = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert account["history"]["every"] == "month"
    assert account["history"]["settings"]["draws"] == 60
    assert [row["as_of"] for row in account["history"]["vintages"]] == ["2024-03-30"]
    assert {"vintages.csv", "history.csv", "figures/vintages.png"} <= set(account["files"])
    assert list(Path("kept").rglob("*.json"))
    names = ("vintages.csv", "history.csv", "summary.json", "report.md")
    before = {name: (Path("out") / name).read_bytes() for name in names}
    again = run("report", "out")
    assert again.exit_code == result.exit_code, again.output
    assert {name: (Path("out") / name).read_bytes() for name in names} == before
