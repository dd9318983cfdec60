"""`estimate priors` and `estimate simulate`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from estimate.cli.priors import number
from estimate.model.learned import REFERENCE, choose_priors

Run = Callable[..., Result]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    file = tmp_path / "wide.json"
    file.write_text('{"schema": 1, "priors": {"kappa": {"mean": 0.0, "sd": 0.72}}}')
    return file


@pytest.mark.parametrize("columns", [40, 80, 300])
def test_every_prior_is_printed_with_its_reason(
    run: Run, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    result = run("priors")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= min(max(columns, 50), 100)
    plain = " ".join(result.stdout.split())
    for prior in choose_priors(None, None).values():
        assert f"{prior.name} ({prior.symbol})" in plain
        assert f"Why: {' '.join(prior.why.split())}" in plain
        assert f"From: {' '.join(prior.reference.split())}" in plain


def test_priors_as_json(run: Run) -> None:
    rows = json.loads(run("priors", "--json").stdout)
    assert [row["name"] for row in rows] == list(choose_priors(None, None))
    for row in rows:
        assert {"family", "parameters", "unit", "span", "why", "reference"} <= set(row)
        assert row["span"][0] < row["span"][1]


def test_priors_of_a_file(run: Run, changed: Path) -> None:
    rows = json.loads(run("priors", "--json", "--priors", changed).stdout)
    (kappa,) = (row for row in rows if row["name"] == "kappa")
    assert kappa["parameters"]["sd"] == 0.72
    assert "wide.json" in run("priors", "--priors", changed).stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [('{"schema": 1, "priors": {"kapa": {"mean": 0, "sd": 1}}}', "did you mean 'kappa'?"),
     ('{"schema": 1, "priors": {"kappa": {"mean": 0, "sd": -1}}}', "sd is -1"),
     ('{"schema": 9, "priors": {}}', "'schema' must be 1"),
     ("{", "not a JSON file"), ("\x00", "not a JSON file")],
)
@pytest.mark.parametrize("command", ["priors", "simulate", "fit"])
def test_bad_priors_files(refused: Run, tmp_path: Path, hill: Path, command: str, text: str,
                          says: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text)
    words = {"priors": [], "simulate": ["--out", "world"], "fit": [hill]}[command]
    assert says in refused(command, *words, "--priors", file).stderr


def test_a_changed_prior_leaves_the_others_as_learned(changed: Path) -> None:
    before, after = choose_priors(None, None), choose_priors(changed, None)
    assert before.joint is not None
    assert after.joint is not None
    assert set(before.joint.names) - set(after.joint.names) == {"kappa"}
    assert after["gamma[self,military]"] == before["gamma[self,military]"]
    assert after.source == f"{before.source}, changed by wide.json"


def test_stated_priors_by_word(run: Run) -> None:
    rows = json.loads(run("priors", "--json", "--priors", "stated").stdout)
    assert not [row for row in rows if row["reference"] == REFERENCE]
    assert json.loads(run("priors", "--json").stdout) != rows


def test_route_moves_the_shared_error(run: Run) -> None:
    def spread(*words: str) -> float:
        rows = json.loads(run("priors", "--json", *words).stdout)
        return float(next(row for row in rows if row["name"] == "kappa")["parameters"]["sd"])

    assert spread("--route", "ordinary") < spread() < spread("--route", "outsiders=1")
    assert spread("--route", "famous=3,ordinary=1") > spread("--route", "famous=1,ordinary=3")


@pytest.mark.parametrize("route", ["famos", "famous=-1", "famous,famous", "famous=0", "famous=x"])
def test_bad_routes(refused: Run, route: str) -> None:
    assert "famous" in refused("priors", "--route", route).stderr


def test_missing_priors_file(refused: Run) -> None:
    assert "none.json" in refused("priors", "--priors", "none.json").stderr


def test_number() -> None:
    assert [number(x) for x in (0.0, 0.0123456, 999.4, 1234.5, 2.5e6)] == [
        "0", "0.0123", "999", "1,230", "2,500,000"]


def test_simulated_world_is_a_case_with_its_truth(run: Run) -> None:
    result = run("simulate", "--out", "world", "--seed", "7")
    assert result.exit_code == 0, result.output
    assert "estimate fit" in result.stdout
    truth = json.loads(Path("world/truth.json").read_text())
    assert truth["total"] > 0
    assert run("check", "./world").exit_code == 0
    assert run("simulate", "--out", "again", "--seed", "7").exit_code == 0
    assert run("simulate", "--out", "other", "--seed", "8").exit_code == 0
    claims = [Path(name, "claims.csv").read_bytes() for name in ("world", "again", "other")]
    assert claims[0] == claims[1] != claims[2]


def test_simulate_overwrites_nothing(run: Run) -> None:
    Path("taken").mkdir()
    Path("taken/mine.txt").write_text("mine")
    Path("file").write_text("mine")
    for name in ("taken", "file"):
        result = run("simulate", "--out", name)
        assert result.exit_code == 2
        assert "name a new one" in result.stderr
    assert [path.name for path in Path("taken").iterdir()] == ["mine.txt"]
