"""`estimate cases` and `estimate check`."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from estimate.cli.main import cli

Run = Callable[..., Result]


def test_cases_lists_the_bundled_one(run: Run) -> None:
    result = run("cases")
    assert result.exit_code == 0
    assert "nk-kursk: " in result.stdout
    assert "126 claims from 31 sources" in result.stdout


def test_cases_as_json(run: Run) -> None:
    (case,) = json.loads(run("cases", "--json").stdout)
    assert case["id"] == "nk-kursk"
    assert (case["claims"], case["sources"]) == (126, 31)
    assert case["first"] < case["last"]


def test_check_of_a_sound_case(run: Run, hill: Path) -> None:
    result = run("check", hill)
    assert result.exit_code == 0
    assert "hill: 6 claims from 4 sources, published 2024-03-11 to 2024-03-30" in result.stdout
    assert "6 of 6 claims will be used.\n" in result.stdout
    assert "No faults, 0 warnings." in result.stdout
    assert result.stderr == ""


def test_check_names_the_claims_that_no_fit_would_use(run: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    text = claims.read_text()
    text = text.replace("2024-03-25,all,,,https://example.org/5", "2024-03-25,whole,,,", 1)
    text = text.replace("2024-03-30,all,,", "2024-03-30,all,c1,", 1)
    claims.write_text(text)
    result = run("check", hill)
    assert "4 of 6 claims will be used; partial: c5 (scope whole); derived: c6.\n" in result.stdout
    assert "No faults, 1 warning:\n" in result.stdout
    claims.write_text(text.replace(",all,", ",part,"))
    assert "No fit is possible: hill: of 6 claims" in run("check", hill).stdout


def test_check_does_not_load_the_sampler() -> None:
    code = ("import sys; from estimate.cli.main import cli; "
            "cli(['check', 'nk-kursk'], standalone_mode=False); "
            "sys.exit(any(name in sys.modules for name in ('pytensor', 'pymc', 'xarray')))")
    assert subprocess.run([sys.executable, "-c", code], check=False,  # noqa: S603
                          capture_output=True).returncode == 0


def test_check_of_the_bundled_case_is_told_alike_in_json(run: Run) -> None:
    plain, record = run("check", "nk-kursk"), json.loads(run("check", "nk-kursk", "--json").stdout)
    assert record["ok"] is True
    assert record["claims"] == 126
    assert f"No faults, {len(record['warnings'])} warnings" in plain.stdout
    for warning in record["warnings"]:
        assert warning["rule"] in plain.stdout


def test_warnings_do_not_stop(run: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    claims.write_text(claims.read_text().replace("https://example.org/6", ""))
    result = run("check", hill)
    assert result.exit_code == 0
    assert "claims.csv, row 7" in result.stdout


def test_a_finding_is_judged_counted_and_shown(run: Run, refused: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    claims.write_text(claims.read_text().replace("https://example.org/6", ""))
    assert "[missing-link]" in run("check", hill).stdout
    (told,) = json.loads(run("check", hill, "--json").stdout)["warnings"]
    assert (told["code"], told["claims"]) == ("missing-link", ["c6"])
    assert "--judge and --why go together" in refused(
        "check", hill, "--judge", "missing-link", "c6").stderr
    assert "there is missing-link" in refused(
        "check", hill, "--judge", "echo", "c6", "--why", "x").stderr
    result = run("check", hill, "--judge", "missing-link", "c6", "--why", "on paper", "--who", "ed")
    assert "No faults, 0 warnings.\n1 judged, see judged.csv.\n" in result.stdout
    assert "1 finding judged: missing-link, c6" in result.stderr
    assert "[missing-link]: on paper (ed, 20" in run("check", hill, "--all").stdout
    record = json.loads(run("check", hill, "--json").stdout)
    assert record["warnings"] == []
    assert [(each["code"], each["why"]) for each in record["judged"]] == [
        ("missing-link", "on paper")]


def test_what_comes_with_the_tool_cannot_be_judged(refused: Run) -> None:
    for case in ("nk-kursk", "resolved:uri_2016"):
        result = refused("check", case, "--judge", "echo", "nk065", "--why", "x")
        assert "judge a copy of it" in result.stderr


def test_every_fault_is_told_at_once(refused: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    text = claims.read_text().replace("at_least", "atleast").replace("c5,watch", "c5,wach")
    claims.write_text(text.replace(",40,,,", ",-40,,,"))
    result = refused("check", hill)
    assert "claims.csv, row 5, bound 'atleast'" in result.stderr
    assert "did you mean 'at_least'?" in result.stderr
    assert "claims.csv, row 6, source 'wach'" in result.stderr
    assert "did you mean 'watch'?" in result.stderr
    assert "claims.csv, row 2, value '-40'" in result.stderr


def test_faults_as_json(run: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    claims.write_text(claims.read_text().replace("at_least", "atleast"))
    result = run("check", hill, "--json")
    assert result.exit_code == 2
    record = json.loads(result.stdout)
    assert record["ok"] is False
    assert record["n_faults"] == len(record["faults"]) == 1
    assert record["faults"][0]["row"] == 5
    assert record["faults"][0]["mend"] == "did you mean 'at_least'?"


def test_nothing_there(refused: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "claims.csv" in refused("check", empty).stderr
    assert "no-such-case" in refused("check", "no-such-case").stderr
    assert "nk-kursk" in refused("check", "nk-kursc").stderr


def test_hostile_cells_do_not_steer_the_terminal(refused: Run, hill: Path) -> None:
    claims = hill / "claims.csv"
    claims.write_text(claims.read_text().replace("at_least", "\x1b[2Jat_least"))
    result = refused("check", hill)
    assert "\x1b" not in result.stderr


def test_resolved_cases_are_listed(run: Run) -> None:
    plain = run("cases", "--resolved")
    assert plain.exit_code == 0
    assert "falklands_uk_killed: Falklands War 1982: British military killed" in plain.stdout
    found = json.loads(run("cases", "--resolved", "--json").stdout)
    assert len(found) == 166
    (case,) = [case for case in found if case["id"] == "formosa_us_carriers"]
    assert case == {
        "id": "formosa_us_carriers",
        "title": "Formosa air battle Oct 1944: US aircraft carriers sunk",
        "kind": "battle", "victim": "military", "quantity": "ships", "route": "famous",
        "conflict": "ww2_pacific", "claims": 4, "confidence": "high",
    }
    assert "battle, military, ships, famous, 4 claims, truth of high confidence" in plain.stdout
    assert "nk-kursk" not in plain.stdout


def test_check_of_a_resolved_case(run: Run) -> None:
    result = run("check", "resolved:uri_2016")
    assert result.exit_code == 0
    assert "uri_2016: 3 claims from 2 sources, published 2016-09-18" in result.stdout
    assert "No faults" in result.stdout


def test_the_nearest_resolved_case_is_named(refused: Run) -> None:
    result = refused("check", "resolved:falklands82-killed")
    assert "did you mean 'falklands_uk_killed'?" in result.stderr
    assert "estimate cases --resolved" in refused("check", "resolved:qqqq").stderr
    assert "estimate cases --resolved" in refused("check", "qqqq").stderr


def test_a_judgement_holds_for_the_row_that_was_judged(tmp_path: Path) -> None:
    run = CliRunner()
    case = tmp_path / "c"
    assert run.invoke(cli, ["init", str(case)]).exit_code == 0
    assert run.invoke(cli, ["claims", "amend", str(case), "c2", "--url", "", "--why", "gone"]
                      ).exit_code == 0
    judge = ["check", str(case), "--judge", "missing-link", "c2", "--why", "the page is gone"]
    assert run.invoke(cli, judge).exit_code == 0
    assert "1 judged" in run.invoke(cli, ["check", str(case)]).stdout
    again = run.invoke(cli, judge)
    assert again.exit_code == 2
    assert "is judged already" in again.stderr
    assert run.invoke(cli, ["claims", "amend", str(case), "c2", "--value", "77", "--why", "x"]
                      ).exit_code == 0
    told = run.invoke(cli, ["check", str(case)]).stdout
    assert "c2 was changed after 'missing-link' was judged" in told
    assert "[missing-link]" in told
