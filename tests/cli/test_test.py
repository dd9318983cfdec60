"""`estimate test`: what is refused, which fit is read, what is said."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from estimate.cli.test import _kept
from estimate.data.case import read_case
from estimate.model.learned import choose_priors
from estimate.model.result import Fit

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "name one figure, such as --killed 350; you named none"),
     (["--killed", "3", "--wounded", "5"], "you named --killed and --wounded"),
     (["--killed", "0"], "'0' is not a number above 0"),
     (["--killed", "-4"], "'-4' is not a number above 0"),
     (["--killed", "nan"], "'nan' is not a number above 0"),
     (["--killed", "inf"], "'inf' is not a number above 0"),
     (["--killed", "many"], "'many' is not a number above 0 and up to ten billion, written "
                            "without separators, such as 350"),
     (["--tanks", "4"], "tanks: this fit makes no estimate of it"),
     (["--killed", "4", "--on", "2024-02-29"], "hill begins on 2024-03-01"),
     (["--killed", "4", "--on", "2024-04-01"], "take a day from 2024-03-01 to 2024-03-30"),
     (["--killed", "4", "--on", "soon"], "is not a day of the calendar"),
     (["--killed", "4", "--run", "none"], "none/run.json: no such file"),
     (["--killed", "4", "--run", "none", "--seed", "1"], "leave --priors and --seed out"),
     (["--killed", "4", "--priors", "none.json"], "none.json")],
)
def test_refused_before_anything_is_sampled(refused: Run, hill: Path, words: list[str],
                                            says: str) -> None:
    stderr = refused("test", hill, *words).stderr
    assert says in stderr
    assert "is fitted now" not in stderr


def test_what_cannot_be_tested_is_refused_of_a_saved_fit_too(refused: Run, tiny_case: Path,
                                                             tiny_run: Path) -> None:
    said = refused("test", tiny_case, "--run", tiny_run, "--aircraft", "4").stderr
    assert "aircraft: this fit makes no estimate of it" in said
    said = refused("test", tiny_case, "--run", tiny_run, "--killed", "4", "--on", "2025-01-01")
    assert "take a day from 2024-03-01 to 2024-03-31" in said.stderr


def test_a_fit_of_other_tables_is_refused(refused: Run, hill: Path, tiny_run: Path) -> None:
    said = refused("test", hill, "--killed", "4", "--run", tiny_run).stderr
    assert "a fit of other tables than those of hill" in said


def test_a_spoilt_run_is_refused(refused: Run, tiny_case: Path, tiny_run: Path,
                                 tmp_path: Path) -> None:
    spoilt = shutil.copytree(tiny_run, tmp_path / "spoilt")
    (spoilt / "posterior.nc").write_bytes(b"cut")
    said = refused("test", tiny_case, "--killed", "4", "--run", spoilt).stderr
    assert "posterior.nc: does not match the hash" in said


def test_words_and_json_say_the_same(run: Run, tiny_case: Path, tiny_run: Path,
                                     tiny_fit: Fit) -> None:
    words = ("test", tiny_case, "--killed", "40", "--on", "2024-03-28", "--run", tiny_run)
    said = run(*words)
    code = 0 if tiny_fit.account["diagnostics"]["ok"] else 1
    assert said.exit_code == code, said.output
    text = " ".join(said.stdout.split())
    assert text.startswith("If what is assumed about bias holds, the chance that 40 or fewer Red "
                           "soldiers were killed by 28 March 2024")
    assert "For 40 killed by 28 March 2024, " in text
    assert "would have to have stated" in text
    assert f"Reading the fit in {tiny_run}: claims published up to 2024-03-31." in said.stderr

    told = json.loads(run(*words, "--json").stdout)
    assert (told["case"], told["quantity"], told["figure"]) == ("tiny", "killed", 40)
    assert told["on"] == "2024-03-28"
    first = told["moves"][0]
    assert first["kind"] == "source"
    assert first["told"]
    assert told["needed"]
    assert told["probability_at_most"] + told["probability_at_least"] == pytest.approx(1)
    names = {row["id"]: row["name"] for row in tiny_fit.case.sources.to_dict("records")}
    assert f"{names[first['source']]} would have to have stated" in text


def test_the_kept_fit_is_read_unless_tables_or_priors_differ(
    run: Run, tiny_case: Path, tiny_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_run, Path("reports/tiny"))
    said = run("test", tiny_case, "--casualties", "300")
    assert said.exit_code in (0, 1), said.output
    assert "Reading the fit in reports/tiny" in said.stderr

    case = read_case(tiny_case)
    assert isinstance(_kept(case, choose_priors(None, case)), Fit)
    changed = tmp_path / "priors.json"
    changed.write_text('{"schema": 1, "priors": {"kappa": {"mean": 0, "sd": 0.5}}}')
    from estimate.model.priors import read_priors

    assert _kept(case, read_priors(changed)) == "the fit in reports/tiny has other priors"
    (tiny := Path("reports/tiny/run.json")).write_text(
        tiny.read_text().replace(case.sha256["claims.csv"], "0" * 64))
    assert _kept(case, None) == "the fit in reports/tiny is of other tables"
    Path("reports/tiny/run.json").write_text("{")
    assert "cannot be read as JSON" in str(_kept(case, None))


def test_without_a_kept_fit_the_case_is_fitted_now(run: Run, hill: Path) -> None:
    said = run("test", hill, "--killed", "100", "--seed", "1", "--json")
    assert said.exit_code in (0, 1), said.output
    assert ("reports/hill holds no saved fit; hill is fitted now, and the fit is not kept "
            "(`estimate fit` keeps one).\n") in said.stderr
    assert json.loads(said.stdout)["seed"] == 1
    assert list(Path.cwd().iterdir()) == []
