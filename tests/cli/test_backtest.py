"""`estimate backtest`: unseen and masked cases scored, what it refuses, what it keeps."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimate.cli.main import cli
from estimate.data.library import LIBRARY_FILES, read_library
from estimate.model import backtest, hyper, learned, runner
from estimate.model.calibrate import Effort
from estimate.model.hyper import before
from estimate.model.learned import ALL, write_learned
from estimate.model.runner import Kept, Runner, Task

CASES = ("guernica_1937", "galwan_2020_china", "alasad_2020_killed")  # contested, zero truth
FOLDED = ("guernica_1937", "sewol_2014", "sixday_isr_aircraft_d1", "galwan_2020_china",
          "madrid_2004", "utoya_2011")


def excerpt(place: Path, cases: tuple[str, ...]) -> None:
    for name in LIBRARY_FILES:
        rows = list(csv.DictReader(read_library().files[name].decode().splitlines()))
        with (place / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(row for row in rows if row["case"] in cases)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three cases of the library, as two files of their own."""
    place = tmp_path_factory.mktemp("unseen")
    excerpt(place, CASES)
    return place


def priors(folder: Path, *cases: str) -> Path:
    """A file of learned priors: nothing learned, from a library of those cases."""
    path = folder / "learned.json"
    write_learned(path, {ALL: before()}, {}, cases, {"made": "2026-01-01"})
    return path


def run(*arguments: object) -> object:
    return CliRunner().invoke(cli, ["backtest", *map(str, arguments)])


@pytest.fixture(scope="module")
def scored(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Scores of the three cases, as JSON."""
    file = priors(tmp_path_factory.mktemp("priors"), "another_case")
    done = run("--on", folder, "--priors", file, "--final", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_scores_are_of_the_agreed_form(scored: dict) -> None:
    assert scored["n_cases"] == 2
    assert set(scored["coverage"]) == {"50", "80", "90", "95"}
    for level in scored["coverage"].values():
        assert 0 <= level["low"] <= level["rate"] <= level["high"] <= 1
    assert {"log_crps", "median_abs_log_error", "interval_factor"} <= set(scored)
    assert "median of claims" in scored["baselines"]
    assert scored["by_confidence"]["high_medium"]["n_cases"] == 1
    assert scored["paired"]["CRH"]["n_cases"] == 2
    rows = {row["case"]: row for row in scored["cases"]}
    assert rows["guernica_1937"]["truth"] == 250
    for row in rows.values():
        assert [span["prob"] for span in row["intervals"]] == [0.5, 0.8, 0.9, 0.95]
        assert row["intervals"][2]["low"] < row["median"] < row["intervals"][2]["high"]


def test_zero_truths_stand_apart(scored: dict) -> None:
    assert scored["zero"]["n_cases"] == 1
    assert "alasad_2020_killed" not in {row["case"] for row in scored["cases"]}


def test_the_truth_changes_no_estimate(folder: Path, tmp_path: Path, scored: dict) -> None:
    """Another truth: the same intervals to the last bit, another score."""
    for name in LIBRARY_FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    cases = tmp_path / LIBRARY_FILES[0]
    cases.write_text(cases.read_text().replace(",126,250,718,", ",900,950,990,"))
    done = run("--on", tmp_path, "--priors", priors(tmp_path / "..", "another_case"), "--final",
               "--json")
    again = {row["case"]: row for row in json.loads(done.stdout)["cases"]}
    before_ = {row["case"]: row for row in scored["cases"]}
    assert again["guernica_1937"]["truth"] == 950
    for name, row in before_.items():
        assert again[name]["intervals"] == row["intervals"]
        assert again[name]["median"] == row["median"]
    assert again["guernica_1937"]["log_crps"] != before_["guernica_1937"]["log_crps"]


def test_cases_that_the_priors_saw_are_refused(folder: Path, tmp_path: Path) -> None:
    file = priors(tmp_path, "guernica_1937")
    done = run("--on", folder, "--priors", file)
    assert done.exit_code == 2
    assert "--allow-seen" in done.output
    assert "guernica_1937" in done.output
    assert "Traceback" not in done.output


def test_words_for_people(folder: Path, tmp_path: Path) -> None:
    file = priors(tmp_path, "guernica_1937")
    done = run("--on", folder, "--priors", file, "--allow-seen", "--final")
    assert done.exit_code == 0, done.output
    assert "The 90% interval held" in done.output
    assert "guernica_1937: settled at 250" in done.output


def test_a_missing_folder_is_a_fault_in_words(tmp_path: Path) -> None:
    done = run("--on", tmp_path / "nowhere")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few draws: these tests compare bits, not estimates."""
    monkeypatch.setattr(backtest, "LEARNING", Effort(draws=40, tune=60, chains=2))
    monkeypatch.setattr(backtest, "SMALL", Effort(draws=60, tune=60, chains=2))
    monkeypatch.setattr(backtest, "LONGER", (1,))


@pytest.mark.slow
def test_the_truth_of_a_masked_case_reaches_nothing_of_it(tmp_path: Path, brief: None) -> None:
    """One settled truth made ten times as large: that case's every estimate is the same bits."""
    excerpt(tmp_path, FOLDED)
    cases = tmp_path / LIBRARY_FILES[0]
    here = Runner(workers=1)
    one = backtest.masked(read_library(tmp_path), n_folds=2, runner=here)
    rows = list(csv.DictReader(cases.read_text().splitlines()))
    for row in rows:
        if row["case"] == "madrid_2004":
            for name in ("truth_best", "truth_low", "truth_high"):
                row[name] = str(10 * float(row[name]))
    with cases.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    two = backtest.masked(read_library(tmp_path), n_folds=2, runner=here)

    def estimates(found: list, case: str) -> list:
        return [(row.as_of, row.method, row.quantiles) for row in found if row.case == case]

    assert estimates(one, "madrid_2004") == estimates(two, "madrid_2004")
    assert len(estimates(one, "madrid_2004")) > 3
    changed = [case for case in FOLDED if estimates(one, case) != estimates(two, case)]
    assert changed, "the other fold learns from that truth"
    assert "madrid_2004" not in changed
    scores = [[row.log_crps for row in found if row.case == "madrid_2004"] for found in (one, two)]
    assert scores[0] != scores[1]


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    made: list[str] = []

    def part(name: str) -> dict[str, str]:
        made.append(name)
        if name == "stopped" and made.count(name) == 1:
            raise KeyboardInterrupt
        return {"name": name}

    def run_(key: str, *names: str) -> list[dict[str, str]]:
        tasks = [Task(name, lambda tell, name: part(name), (name,)) for name in names]
        return Runner(Kept(tmp_path, key), workers=1).run(tasks, "parts")

    with pytest.raises(KeyboardInterrupt):
        run_("key", "first", "stopped")
    found = run_("key", "first", "stopped")
    assert found == [{"name": "first"}, {"name": "stopped"}]
    assert made == ["first", "stopped", "stopped"]
    run_("another key", "first")
    assert made.count("first") == 2


def test_parts_of_another_version_or_of_other_assumptions_are_not_taken(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Kept(tmp_path, "key").write("part", 1) == 1
    with monkeypatch.context() as patch:
        patch.setattr(runner, "version", lambda _: "9.9")
        with pytest.raises(KeyError):
            Kept(tmp_path, "key").read("part")
    assert Kept(tmp_path, "key").read("part") == 1
    before_ = learned.assumed_digest()
    assert learned.assumed_digest() == before_
    patched = hyper.SINGLES | {"nu": replace(hyper.SINGLES["nu"], mean=0.0)}
    monkeypatch.setattr(hyper, "SINGLES", patched)
    assert learned.assumed_digest() != before_
    monkeypatch.undo()
    monkeypatch.setattr(learned, "ANY_TOTAL", {"mean": 1.0, "sd": 5.0})
    assert learned.assumed_digest() != before_


def test_out_is_refused_where_it_could_not_be_used(folder: Path, tmp_path: Path) -> None:
    mixed = run("--on", folder, "--out", tmp_path / "s.json")
    assert mixed.exit_code == 2
    assert "leave --on out" in mixed.output
    missing = run("--permute-relations", "--out", tmp_path / "s.json")
    assert missing.exit_code != 0
    assert "cannot be read" in str(missing.exception) + missing.output
    nowhere = run("--out", tmp_path / "none" / "s.json")
    assert "its folder does not exist" in str(nowhere.exception) + nowhere.output
