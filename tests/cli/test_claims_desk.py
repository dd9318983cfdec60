"""`estimate claims add`, `amend`, `retract`, `accept`, `adopt`: the desk from a terminal."""

from __future__ import annotations

import csv
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimate.cli import claims_desk
from estimate.cli.main import cli
from estimate.data import commit, ledger
from estimate.data.case import read_case
from estimate.data.ledger import LOG_FILE, Entry, read_log

from .conftest import CASE, CLAIMS, SOURCES, Run

WORDS = ("--source", "watch", "--quantity", "killed", "--bound", "about", "--value", "80",
         "--published", "2024-04-02", "--url", "https://example.org/9")


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()
            if path.name != ".claims.lock"}


def changes(folder: Path) -> list[Entry]:
    """Give what the log tells of changes, its beginning left out."""
    return [entry for entry in read_log(folder) if entry.action != "begin"]


def test_add_amend_retract_and_adopt(run: Run, hill: Path) -> None:
    added = run("claims", "add", hill, *WORDS, "--who", "ann")
    assert added.exit_code == 0, added.stderr
    assert added.stdout.splitlines() == [
        f"c7 added to {hill}: 7 claims from 4 sources",
        "Proposed: id c7, from 2024-03-01, as_of 2024-04-02, scope all, confidence medium"]
    assert run("claims", "amend", hill, "c7", "--value", "81", "--why", "typo").exit_code == 0
    assert run("claims", "retract", hill, "c5", "--why", "another hill").exit_code == 0
    assert [entry.action for entry in changes(hill)] == ["add", "amend", "retract"]
    checked = run("check", hill)
    assert "6 of 7 claims will be used; retracted: c5.\nNo faults, 0 warnings." in checked.stdout
    table = hill / "claims.csv"
    table.write_text(table.read_text("utf-8").replace(",81,", ",82,"), "utf-8")
    assert "c7 is not as claims.log has it (line 4): changed by hand" in run("check", hill).stdout
    assert run("claims", "adopt", hill, "--why", "mended by hand").exit_code == 0
    assert "No faults, 0 warnings." in run("check", hill).stdout


def test_check_fails_on_a_broken_chain(run: Run, hill: Path) -> None:
    run("claims", "add", hill, *WORDS)
    log = hill / LOG_FILE
    log.write_text(log.read_text("utf-8").replace('"value": "80"', '"value": "90"'), "utf-8")
    result = run("check", hill)
    assert result.exit_code == 2
    assert "claims.log, row 3, hash" in result.stderr
    record = json.loads(run("check", hill, "--json").stdout)
    assert (record["ok"], record["faults"][0]["file"]) == (False, "claims.log")
    assert run("claims", "add", hill, *WORDS).exit_code == 2


def test_a_fault_is_told_and_nothing_is_written(run: Run, hill: Path) -> None:
    before = held(hill)
    result = run("claims", "add", hill, *WORDS[:-2], "--as-of", "2024-02-30")
    assert result.exit_code == 2
    assert result.stderr.startswith("Nothing was written")
    assert "as_of '2024-02-30': no such day in the calendar" in result.stderr
    assert held(hill) == before


@pytest.mark.parametrize(("words", "told"), [
    (("add",), "missing --source, --quantity, --bound, --published; on a terminal they are asked"),
    (("add", *WORDS[:4], "--bound", "range", *WORDS[8:]), "missing --low, --high"),
    (("add", "--name", "X"), "--name is about a source: name it with --new-source"),
    (("add", "--new-source", "x"), "missing --name, --relation, --method"),
    (("amend", "c1", "--why", "x"), "name a column"),
    (("amend", "c1", "--value", "41"), "Missing option '--why'"),
    (("amend", "c1", "--value", "40", "--why", "x"), "c1: is so already"),
    (("retract", "c99", "--why", "x"), "c99: no such claim"),
    (("adopt", "c1", "--why", "x"), "nothing to adopt"),
    (("accept", "none.csv"), "none.csv: missing file"),
])
def test_usage(run: Run, hill: Path, words: tuple[str, ...], told: str) -> None:
    before = held(hill)
    result = run("claims", words[0], hill, *words[1:])
    assert result.exit_code == 2
    assert told in result.stderr
    assert held(hill) == before


def test_a_source_alone(run: Run, hill: Path) -> None:
    result = run("claims", "add", hill, "--new-source", "blue_navy", "--name", "Blue navy",
                 "--country", "Blue", "--relation", "adversary", "--method", "leak")
    assert result.exit_code == 0
    assert "blue_navy added to" in result.stdout
    assert "one feeds the other, write blue_gov" in result.stderr
    assert "blue_navy" in set(read_case(hill).sources["id"])


def test_questions_on_a_terminal(hill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is asked for; an echo and a family are asked about."""
    monkeypatch.setattr(claims_desk, "asks", lambda: True)
    monkeypatch.setenv("ESTIMATE_USER", "Ann")
    words = ["claims", "add", str(hill), "--new-source", "blue_navy", "--country", "Blue",
             "--quantity", "casualties"]
    answers = ["Blue navy", "adversary", "leak", "y", "about", "2024-03-23", "700",
               "https://example.org/9", "", "", "", "y"]
    result = CliRunner().invoke(cli, words, input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "is it one family with it?" in result.stderr
    assert "Does c7 only repeat c3?" in result.stderr
    case = read_case(hill)
    assert case.sources.set_index("id").loc["blue_navy", "parent"] == "blue_gov"
    row = case.claims.set_index("id").loc["c7"]
    assert (row["derived_from"], row["via"], row["source"]) == ("c3", "blue_army", "blue_navy")
    assert {entry.who for entry in changes(hill)} == {"Ann"}


def test_accept(run: Run, hill: Path) -> None:
    review = hill.parent / "review.csv"
    review.write_text("accept,source,quantity,bound,value,published,url,origin,start,end,evidence\n"
                      "yes,watch,killed,at_least,90,2024-04-03,https://example.org/9,Hill Watch,0,"
                      "30,At least 90 are named.\n", "utf-8")
    result = run("claims", "accept", hill, review)
    assert result.exit_code == 0, result.stderr
    assert "c7 entered into" in result.stdout
    again = run("claims", "accept", hill, review)
    assert again.exit_code == 0
    assert "review.csv, row 2: entered before, as c7" in again.stdout
    assert again.stdout.splitlines()[-1] == f"Nothing is left to enter into {hill}."


def test_what_the_extractor_remarks_enters_no_case(run: Run, hill: Path) -> None:
    article, review = hill.parent / "article.txt", hill.parent / "review.csv"
    article.write_text("At least 90 soldiers of Red were killed at the hill.\n", "utf-8")
    run("claims", "extract", article, "--published", "2024-04-03", "--out", review)
    with review.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["remark"] == "nobody is cited"
    with review.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow({**row, "accept": "yes", "source": "watch"})
    assert run("claims", "accept", hill, review).exit_code == 0
    assert read_case(hill).claims.set_index("id").loc["c7", "note"] == ""
    assert b"nobody is cited" not in (hill / "claims.csv").read_bytes()


# Adverse surroundings: nothing lost, one clear line, exit code 2 (130 when interrupted).


@pytest.mark.parametrize("surroundings", [
    {}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"LC_ALL": "tr_TR.UTF-8"},
    {"TZ": "Pacific/Kiritimati"},
], ids=["no home", "C", "Turkish", "first time zone"])
def test_other_surroundings_give_the_same_table(
    hill: Path, surroundings: dict[str, str]
) -> None:
    """No HOME, no name of a user, another locale, another time zone."""
    plain = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **surroundings}
    words = ["--source", "watch", "--quantity", "killed", "--bound", "about", "--value", "80",
             "--published", "2024-04-02", "--wording", "İstanbul, кілька", "--why", "читав"]
    done = subprocess.run(
        [sys.executable, "-m", "estimate.cli", "claims", "add", str(hill), *words],
        env=plain, capture_output=True, cwd=hill.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(b"\n") == 1, "only the warning that there is no address"
    (entry,) = changes(hill)
    assert entry.who
    assert entry.why == "читав"
    assert abs(time.time() - _seconds(entry.when)) < 300, "UTC whatever the zone"
    assert read_case(hill).claims.set_index("id").loc["c7", "wording"] == "İstanbul, кілька"


def _seconds(when: str) -> float:
    import datetime

    return datetime.datetime.fromisoformat(when).timestamp()


def test_a_clock_before_2000_is_asked_about(
    run: Run, hill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("claims", "add", hill, *WORDS)
    monkeypatch.setattr("estimate.data.desk.now", lambda: "1999-12-31T23:59:59Z")
    result = run("claims", "amend", hill, "c7", "--value", "81", "--why", "typo")
    assert result.exit_code == 0
    assert "The clock of this machine says 1999-12-31T23:59:59Z" in result.stderr
    assert changes(hill)[-1].when == "1999-12-31T23:59:59Z"
    assert "0 warnings" in run("check", hill).stdout


def test_a_user_without_a_name(run: Run, hill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no such user")

    monkeypatch.delenv("ESTIMATE_USER", raising=False)
    monkeypatch.setattr(ledger.getpass, "getuser", nobody)
    assert run("claims", "add", hill, *WORDS).exit_code == 0
    assert changes(hill)[0].who == f"user {os.getuid()}"


def test_a_disk_that_takes_no_more(hill: Path) -> None:
    """The system itself refuses bytes beyond a size, as a full disk does."""
    before = held(hill)

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    done = subprocess.run(
        [sys.executable, "-m", "estimate.cli", "claims", "add", str(hill), *WORDS],
        capture_output=True, text=True, preexec_fn=small)
    assert done.returncode == 2
    assert done.stderr == f"{hill}: cannot be written (File too large); nothing was changed\n"
    assert held(hill) == before


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A case that the process may read and not write; root may write all, so root is left."""
    place = Path(tempfile.mkdtemp())
    for name, text in (("case.toml", CASE), ("sources.csv", SOURCES), ("claims.csv", CLAIMS)):
        (place / name).write_text(text, "utf-8")
    place.chmod(0o555)
    yield place
    place.chmod(0o755)
    shutil.rmtree(place)


def test_a_folder_that_is_read_only(read_only: Path) -> None:
    before = held(read_only)
    code = ("import os, sys\n"
            "from estimate.cli.main import cli\n"
            "from estimate.data import desk, review\n"
            "if not os.getuid(): os.setuid(65534)\n"
            "cli(sys.argv[1:])\n")
    done = subprocess.run([sys.executable, "-c", code, "claims", "add", str(read_only), *WORDS],
                          capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"{read_only}: cannot be written (Permission denied); nothing was changed\n")
    assert held(read_only) == before


def test_a_disk_that_is_full_is_told_in_one_line(
    run: Run, hill: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = held(hill)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(commit.os, "fsync", full)
    result = run("claims", "add", hill, *WORDS)
    assert result.exit_code == 2
    assert result.stderr == (
        f"{hill}: cannot be written (No space left on device); nothing was changed\n")
    assert held(hill) == before


def test_an_interrupt_is_one_line(run: Run, hill: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(hill)

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commit, "_finish", interrupted)
    result = run("claims", "add", hill, *WORDS)
    assert result.exit_code == 130
    assert result.stderr == "Interrupted. What was there before is as it was.\n"
    assert held(hill) == before
