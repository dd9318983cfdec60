"""The desk: what enters a case goes through the gate, and nothing that was there is lost."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from estimate.data import commit
from estimate.data.case import read_case
from estimate.data.commit import locked
from estimate.data.desk import at_desk
from estimate.data.ledger import LOG_FILE, check_log, parse
from estimate.data.problems import CaseError, EstimateError, OutputError
from estimate.data.proposals import next_id
from estimate.data.review import Reviewed, read_review
from estimate.model.evidence import select

from .conftest import Draft, changes

CLAIM = {"source": "blue", "quantity": "killed", "bound": "about", "value": "95",
         "published": "2020-01-25", "url": "https://blue.example/6"}
TABLES = ("case.toml", "sources.csv", "claims.csv")


@pytest.fixture
def harbour(draft: Draft) -> Path:
    return draft.write()


def held(folder: Path) -> dict[str, bytes]:
    """Every file of a case but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir()
            if path.name != ".claims.lock"}


def test_an_added_claim_is_proposed_checked_and_logged(harbour: Path) -> None:
    before = held(harbour)
    with at_desk(harbour, "ann") as desk:
        done = desk.add(CLAIM)
    assert done.ids == ("c6",)
    assert done.proposed == {"id": "c6", "from": "2020-01-01", "as_of": "2020-01-25",
                             "scope": "all", "confidence": "medium"}
    case, after = read_case(harbour), held(harbour)
    assert "c6" in set(case.claims["id"])
    assert after["claims.csv"].startswith(before["claims.csv"])
    assert [after[name] for name in TABLES[:2]] == [before[name] for name in TABLES[:2]]
    (entry,) = changes(harbour)
    assert (entry.who, entry.action, entry.id, entry.before) == ("ann", "add", "c6", None)
    assert entry.after is not None
    assert entry.after["value"] == "95"
    assert set(after) == {*TABLES, LOG_FILE}


def test_a_faulty_claim_is_not_written(harbour: Path) -> None:
    before = held(harbour)
    with at_desk(harbour) as desk, pytest.raises(CaseError) as caught:
        desk.add({**CLAIM, "value": "2,000", "quantity": "kiled", "source": "blu"})
    told = str(caught.value)
    assert "write 2000, not 2,000" in told
    assert "did you mean 'killed'?" in told
    assert "did you mean 'blue'?" in told
    assert held(harbour) == before


def test_a_source_and_its_first_claim_in_one_change(harbour: Path) -> None:
    source = {"id": "blue_navy", "name": "Blue navy", "country": "Blue", "relation": "adversary",
              "method": "estimate"}
    with at_desk(harbour) as desk:
        done = desk.add({**CLAIM, "source": "blue_navy"}, source)
    assert "country and relation of blue" in done.notes[0]
    assert [entry.file for entry in changes(harbour)] == ["sources.csv", "claims.csv"]
    assert "blue_navy" in set(read_case(harbour).sources["id"])


def test_a_column_that_the_table_lacks_is_named(harbour: Path) -> None:
    with at_desk(harbour) as desk, pytest.raises(CaseError, match="side 'red': the table has no"):
        desk.add({**CLAIM, "side": "red"})


def test_an_echo_is_told_with_what_says_so(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        desk.add({**CLAIM, "value": "600", "published": "2020-02-01"})
        done = desk.add({**CLAIM, "source": "paper", "value": "600", "published": "2020-02-04"})
        (found,) = done.echoes
        assert (found.claim, found.origin, found.source) == ("c7", "c6", "blue")
        assert "c7 may be an echo: blue stated the figure in c6 on 2020-02-01" in done.notes[-1]
        assert not any("echo" in warning.rule for warning in done.warnings)
        assert desk.amend("c7", found.cells, "only repeats c6").echoes == ()
    statuses = select(read_case(harbour)).claims.set_index("id")["status"]
    assert statuses["c7"] == "derived"


def test_an_amended_claim_keeps_every_other_byte(draft: Draft) -> None:
    draft.texts["claims.csv"] = draft.texts["claims.csv"].replace("\n", "\r\n")
    draft.raw["claims.csv"] = b"\xef\xbb\xbf" + draft.texts["claims.csv"].encode()
    folder = draft.write()
    before = held(folder)["claims.csv"]
    with at_desk(folder) as desk:
        desk.amend("c2", {"value": "99"}, "corrected by its source")
    assert held(folder)["claims.csv"] == before.replace(b",90,", b",99,")
    (entry,) = changes(folder)
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["value"], entry.after["value"]) == ("90", "99")
    assert entry.why == "corrected by its source"


def test_columns_of_ones_own_are_kept(draft: Draft) -> None:
    lines = draft.texts["claims.csv"].split("\n")
    draft.texts["claims.csv"] = "\n".join(
        "x_page," + line if not n else f"{n}," + line if line.startswith("c") else line
        for n, line in enumerate(lines))
    folder = draft.write()
    before = held(folder)["claims.csv"]
    with at_desk(folder) as desk:
        desk.amend("c2", {"value": "99"}, "corrected by its source")
        desk.add(CLAIM)
    after = held(folder)["claims.csv"]
    assert after.startswith(before.replace(b",90,", b",99,"))
    assert after.splitlines()[-1].startswith(b",c6,")
    first, _ = changes(folder)
    assert (first.after or {})["x_page"] == "2"
    (folder / "claims.csv").write_bytes(after.replace(b"3,c3", b"33,c3"))
    (warning,) = [each for each in read_case(folder).warnings if each.code == ""]
    assert "c3 is not as claims.log has it" in warning.rule


@pytest.mark.parametrize(("words", "told"), [
    (("c2", {"value": "90"}, "x"), "is so already"),
    (("c9", {"value": "90"}, "x"), "no such claim"),
    (("c2", {"value": "91"}, "  "), "no reason was given"),
])
def test_amendments_that_are_refused(harbour: Path, words: Any, told: str) -> None:
    before = held(harbour)
    with at_desk(harbour) as desk, pytest.raises(EstimateError, match=told):
        desk.amend(*words)
    assert held(harbour) == before


def test_a_retracted_claim_is_shown_and_is_no_evidence(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        desk.add({**CLAIM, "published": "2052-01-25"})
        done = desk.retract("c6", "typed 2052 for 2025")
        with pytest.raises(EstimateError, match="taken back already"):
            desk.retract("c6", "again")
        assert "c3" in desk.retract("c2", "of another harbour").notes[-1]
    assert done.warnings == ()
    evidence = select(read_case(harbour))
    statuses = evidence.claims.set_index("id")["status"]
    assert evidence.as_of.year == 2020, "a slip that was taken back stretches no estimate"
    assert statuses["c2"] == "retracted"
    assert statuses["c3"] == "derived"
    assert select(read_case(harbour), evidence.as_of.replace(year=2060)).counts()["retracted"] == 2
    row = read_case(harbour).claims.set_index("id").loc["c6"]
    assert (row["scope"], row["note"]) == ("retracted", "retracted: typed 2052 for 2025")
    assert "retracted" not in str(read_case(harbour).warnings)


def test_every_claim_may_be_retracted_and_restored(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        for name in ("c1", "c2", "c3", "c4", "c5"):
            desk.retract(name, "all of it was wrong")
    with pytest.raises(EstimateError, match="none can be"):
        select(read_case(harbour))
    with at_desk(harbour) as desk:
        desk.amend("c1", {"scope": "harbour"}, "not so wrong")
    assert select(read_case(harbour)).counts()["used"] == 1


def test_no_case_may_compare_what_was_taken_back(draft: Draft) -> None:
    (fault,) = draft.swap("case.toml", '"harbour"]', '"retracted"]').faults()
    assert "claims of this scope were taken back" in fault.rule


def test_a_case_with_headers_alone_takes_its_first_claim(draft: Draft) -> None:
    for name in ("sources.csv", "claims.csv"):
        draft.texts[name] = draft.texts[name].split("\n")[0] + "\n"
    text = draft.texts["case.toml"]
    draft.texts["case.toml"] = text[: text.index("[[remarks]]")]
    folder = draft.write()
    source = {"id": "blue", "name": "Blue", "relation": "adversary", "method": "estimate"}
    with at_desk(folder) as desk:
        assert desk.add(CLAIM, source).ids == ("c1",)
    assert len(read_case(folder).claims) == 1


def test_bundled_cases_links_and_faulty_tables_are_left_alone(draft: Draft) -> None:
    with pytest.raises(OutputError, match="comes with the tool"), at_desk("nk-kursk"):
        pass
    folder = draft.write()
    (folder / "claims.csv").rename(folder / "elsewhere.csv")
    (folder / "claims.csv").symlink_to("elsewhere.csv")
    with pytest.raises(OutputError, match="a link"), at_desk(folder):
        pass
    (folder / "claims.csv").unlink()
    (folder / "claims.csv").write_bytes(b'id,source\n"c1')
    with pytest.raises(CaseError, match="a quote opens here"), at_desk(folder):
        pass
    with pytest.raises(CaseError, match="no such folder"), at_desk(folder / "none"):
        pass


ACTS: dict[str, Callable[[Any], object]] = {
    "add": lambda desk: desk.add(CLAIM),
    "a source": lambda desk: desk.add({}, SOURCE),
    "amend": lambda desk: desk.amend("c1", {"note": "seen"}, "looked at"),
    "retract": lambda desk: desk.retract("c1", "of another harbour"),
    "adopt": lambda desk: desk.adopt("by hand"),
    "accept": lambda desk: desk.accept([Reviewed(2, CLAIM, {"file": "r.csv", "row": "2"})]),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("file", ["claims.csv", "sources.csv"])
@pytest.mark.parametrize(("spoil", "told"), [
    (lambda lines: [*lines, "c9"], "too few fields: 1"),
    (lambda lines: [lines[0].removeprefix("id,") + ",id", *lines[1:], "c9"], "too few fields: 1"),
    (lambda lines: [*lines, "c9" + "," * 30], "too many fields: 31"),
    (lambda lines: [lines[0].replace("note", "id"), *lines[1:]], "column given 2 times"),
    (lambda lines: [*lines, lines[1]], "the same id as row 2"),
    (lambda lines: [*lines, "\0"], "NUL"),
    (lambda lines: [*lines, '"x'], "a quote opens here"),
    (lambda lines: [lines[0] + ",x_own", *(line + ",\x1b" for line in lines[1:2])],
     "control character"),
    (lambda lines: [lines[0] + ",x_own", lines[1] + "," + "y" * 140_000], "in one cell|larger"),
    (lambda lines: [], "empty file"),
])
def test_a_table_with_faults_is_left_as_it_is(
    harbour: Path, file: str, act: str, spoil: Callable[[list[str]], list[str]], told: str
) -> None:
    table = harbour / file
    table.write_text("\n".join(spoil(table.read_text("utf-8").splitlines())) + "\n", "utf-8")
    before = held(harbour)
    with pytest.raises(CaseError, match=told), at_desk(harbour) as desk:
        ACTS[act](desk)
    assert held(harbour) == before


REVIEW = """\
accept,id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,via,url,\
wording,ambiguity,confidence,note,origin,start,end,evidence
yes,,blue,killed,at_least,120,,,,2020-02-01,2020-02-02,,,Wire,https://a.example/1,at least 120,,,,\
Blue army,10,60,"At least 120 were killed, the army said."
no,,blue,killed,about,9999,,,,2020-02-01,2020-02-02,,,,,,,,,Blue army,70,90,Nonsense.
Yes,,paper,casualties,range,,100,400,,2020-02-01,2020-02-02,,,,https://a.example/1,,,,,a paper,95,\
130,Between 100 and 400.
,,,killed,about,5,,,,,,,,,,,,,,,,,
"""


def review(folder: Path, text: str = REVIEW) -> Path:
    path = folder.parent / "review.csv"
    path.write_text(text, "utf-8")
    return path


def test_what_is_marked_yes_enters_with_its_sentence(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        done = desk.accept(read_review(review(harbour)))
    assert done.ids == ("c6", "c7")
    first, second = changes(harbour)
    assert first.evidence == {
        "file": "review.csv", "row": "2", "origin": "Blue army", "start": "10", "end": "60",
        "evidence": "At least 120 were killed, the army said."}
    assert (second.action, second.id) == ("accept", "c7")
    assert read_case(harbour).claims.set_index("id").loc["c6", "via"] == "Wire"
    with at_desk(harbour) as desk:
        again = desk.accept(read_review(review(harbour)))
    assert again.ids == ()
    assert "entered before, as c6" in again.notes[0]
    assert len(changes(harbour)) == 2


def test_all_or_nothing_and_faults_by_rows_of_the_review(harbour: Path) -> None:
    before = held(harbour)
    text = REVIEW.replace("Yes,,paper", "Yes,,").replace("at_least,120", "at_least,1.5")
    with at_desk(harbour) as desk, pytest.raises(CaseError) as caught:
        desk.accept(read_review(review(harbour, text)))
    told = str(caught.value)
    assert "review.csv, row 2, value '1.5'" in told
    assert "review.csv, row 4, source: empty; write the id that sources.csv gives to 'a paper'" in (
        told)
    assert held(harbour) == before


def test_an_id_that_is_taken_is_told_by_its_file(harbour: Path) -> None:
    text = REVIEW.replace("yes,,", "yes,c1,").replace("no,,", "yes,c9,").replace("Yes,,", "Yes,c9,")
    with at_desk(harbour) as desk, pytest.raises(CaseError) as caught:
        desk.accept(read_review(review(harbour, text)))
    told = str(caught.value)
    assert "review.csv, row 2, id 'c1': the same id as row 2 of claims.csv; give" in told
    assert "review.csv, row 4, id 'c9': the same id as row 3 of this file; give" in told


def test_a_row_that_says_of_nobody_whose_figure_it_is_has_a_mend(harbour: Path) -> None:
    text = REVIEW.replace("Yes,,paper", "Yes,,").replace("a paper", "")
    with at_desk(harbour) as desk, pytest.raises(CaseError, match="source: empty") as caught:
        desk.accept(read_review(review(harbour, text)))
    assert "source: empty; read in `evidence` who spoke, and write the id that sources.csv" in str(
        caught.value)


@pytest.mark.parametrize(("old", "new", "told"), [
    ("yes", "ja", "not yes, no or empty"),
    ("Yes", "no", None),
    ("accept,id", "accepted,id", "unknown column; did you mean 'accept'?"),
])
def test_review_files_that_are_refused(harbour: Path, old: str, new: str, told: str | None) -> None:
    path = review(harbour, REVIEW.replace("yes", "no") if told is None else REVIEW)
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(EstimateError, match=told or "no row is marked yes"):
        read_review(path)


def test_a_review_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"none\.csv: missing file; `estimate claims extract"):
        read_review(tmp_path / "none.csv")


@pytest.mark.parametrize(("ids", "own", "proposed"), [
    ([], [], "c1"), (["c9"], [], "c10"), (["nk009", "x1"], ["nk009"], "nk010"),
    (["a", "b"], ["a"], "c1"), (["nis-2025-01", "c3"], ["nis-2025-01"], "nis-2025-02"),
])
def test_the_id_follows_the_style_that_is_there(ids: list[str], own: list[str], proposed: str
                                               ) -> None:
    assert next_id(ids, own) == proposed


# What happens when the disk is full, or the process ends, at any step of a change.


class Killed(BaseException):
    """The process ended here."""


Steps = Callable[[int, BaseException, bool], list[str]]


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steps]:
    """Let the n-th step that touches the disk fail, or it and all that bring bytes to the disk."""
    real = {"fsync": os.fsync, "replace": Path.replace, "unlink": Path.unlink}
    done: list[str] = []

    def fail(n: int, error: BaseException, ever_after: bool) -> list[str]:
        done.clear()

        def step(name: str) -> Callable[..., Any]:
            def run(*args: Any, **kwargs: Any) -> Any:
                if name != "unlink" or args[0].exists():
                    done.append(name)
                    if len(done) == n or (ever_after and len(done) > n and name == "fsync"):
                        raise error
                return real[name](*args, **kwargs)

            return run

        monkeypatch.setattr(os, "fsync", step("fsync"))
        monkeypatch.setattr(Path, "replace", step("replace"))
        monkeypatch.setattr(Path, "unlink", step("unlink"))
        return done

    yield fail
    monkeypatch.undo()


SOURCE = {"id": "navy", "name": "Navy", "relation": "adversary", "method": "leak"}
CHANGES: dict[str, Callable[[Any], object]] = {
    "add": lambda desk: desk.add({**CLAIM, "source": "navy"}, SOURCE),
    "amend": lambda desk: desk.amend("c2", {"value": "91"}, "corrected"),
}


def whole(folder: Path) -> dict[str, bytes]:
    """Read the case after an interruption: always valid; then after the next command's start."""
    case = read_case(folder)
    assert not any("changed by hand" in warning.rule for warning in case.warnings)
    assert check_log(folder) == []
    with at_desk(folder):
        pass
    case = read_case(folder)
    assert not any(warning.file == LOG_FILE or "by hand" in warning.rule
                   for warning in case.warnings)
    assert check_log(folder) == []
    return held(folder)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("n", range(1, 14))
def test_a_process_that_ends_at_any_step(
    harbour: Path, n: int, change: str, fail_at: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_desk(harbour, "ann") as desk:
        desk.add(CLAIM)
    before = held(harbour)
    monkeypatch.setattr(commit, "_back_out", lambda *args: True)  # nothing runs after kill -9
    done = fail_at(n, Killed(), False)
    try:
        with at_desk(harbour, "ann") as desk:
            CHANGES[change](desk)
        assert len(done) < n, "there are fewer steps"
    except Killed:
        pass
    monkeypatch.undo()
    after = whole(harbour)
    entries, _ = parse(after[LOG_FILE])
    if after != before:  # then all of it is there
        assert len(entries) == 2 + (3 if change == "add" else 2)
        assert after["claims.csv"] != before["claims.csv"]
    assert set(after) == set(before)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"),
                                   KeyboardInterrupt()], ids=["full", "interrupted"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("n", range(1, 14))
def test_a_full_disk_or_an_interrupt_at_any_step(
    harbour: Path, n: int, change: str, error: BaseException, fail_at: Steps,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with at_desk(harbour, "ann") as desk:
        desk.add(CLAIM)
    before = held(harbour)
    done = fail_at(n, error, isinstance(error, OSError))
    told = ""
    try:
        with at_desk(harbour, "ann") as desk:
            CHANGES[change](desk)
        assert len(done) < n, "there are fewer steps"
    except KeyboardInterrupt:
        told = "interrupted"
    except OutputError as refused:
        told = str(refused)
    monkeypatch.undo()
    if "nothing was changed" in told:
        assert held(harbour) == before
    after = whole(harbour)
    assert set(after) == set(before)
    if told and "completes" not in told and told != "interrupted":
        assert after == before


def test_an_interrupted_change_whose_table_was_edited_since_is_dropped(
    harbour: Path, fail_at: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_desk(harbour, "ann") as desk:
        desk.add(CLAIM)
    monkeypatch.setattr(commit, "_back_out", lambda *args: True)
    fail_at(6, Killed(), False)  # the log has grown, the table has not
    with pytest.raises(Killed), at_desk(harbour) as desk:
        desk.amend("c2", {"value": "91"}, "corrected")
    monkeypatch.undo()
    table = harbour / "claims.csv"
    table.write_text(table.read_text("utf-8").replace("more than", "over"), "utf-8")
    with at_desk(harbour) as desk:
        assert "dropped" in desk.note
    assert "over,killed" in table.read_text("utf-8")
    assert [entry.action for entry in changes(harbour)] == ["add"]


def test_a_pending_file_that_is_none_is_named(harbour: Path) -> None:
    (harbour / ".claims.pending").write_text('{"tables": {"../../x": {}}}')
    with pytest.raises(OutputError, match=r"\.claims\.pending: cannot be read"), at_desk(harbour):
        pass
    assert any("is being made or was interrupted" in warning.rule
               for warning in read_case(harbour).warnings)


def test_a_second_writer_waits_and_says_so(harbour: Path) -> None:
    with (locked(harbour), pytest.raises(OutputError, match="another command has been changing"),
          at_desk(harbour, wait=0.05)):
        pass


def test_permissions_are_kept(harbour: Path) -> None:
    (harbour / "claims.csv").chmod(0o640)
    with at_desk(harbour) as desk:
        desk.add(CLAIM)
    assert (harbour / "claims.csv").stat().st_mode & 0o777 == 0o640


def test_text_that_a_spreadsheet_would_run_is_made_safe(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        desk.add({**CLAIM, "wording": "=1+1", "via": "@x"})
        desk.amend("c6", {"note": "+1"}, "a note")
        with pytest.raises(EstimateError, match="is so already"):
            desk.amend("c6", {"note": "+1"}, "a note")
    row = read_case(harbour).claims.set_index("id").loc["c6"]
    assert (row["wording"], row["via"], row["note"]) == ("'=1+1", "'@x", "'+1")


# What a case from a stranger may hold.


PENDINGS = (
    {"log_bytes": 0, "entries": "evil\n", "tables": {}},
    {"log_bytes": 0, "entries": "", "tables": {}},
    {"log_bytes": "a", "entries": "", "tables": {}},
    {"log_bytes": None, "entries": "", "tables": {}},
    {"log_bytes": 0, "entries": 5, "tables": {}},
    {"log_bytes": 0, "entries": "\ud800", "tables": {}},
    {"log_bytes": 0, "entries": "", "tables": {"claims.csv": 3}},
    [],
)


@pytest.mark.parametrize("told", PENDINGS)
def test_a_pending_change_that_is_none_changes_nothing(harbour: Path, told: object) -> None:
    with at_desk(harbour) as desk:
        desk.amend("c1", {"note": "seen"}, "looked at")
    before = held(harbour)
    (harbour / ".claims.pending").write_text(json.dumps(told))
    with pytest.raises(OutputError, match=r"remove it"), at_desk(harbour):
        pass
    (harbour / ".claims.pending").unlink()
    assert held(harbour) == before


@pytest.mark.parametrize("name", ["claims.log", ".claims.pending", ".claims.csv.new"])
def test_nothing_is_written_through_a_link(harbour: Path, name: str) -> None:
    victim = harbour.parent / "victim.txt"
    victim.write_text("mine")
    (harbour / name).symlink_to(victim)
    with pytest.raises(OutputError, match="a link, a pipe or a folder"), at_desk(harbour) as desk:
        desk.amend("c1", {"note": "seen"}, "looked at")
    assert victim.read_text() == "mine"


def test_a_pipe_is_no_pending_change(harbour: Path) -> None:
    os.mkfifo(harbour / ".claims.pending")
    with pytest.raises(OutputError, match="a link, a pipe or a folder"), at_desk(harbour):
        pass


def test_another_claim_of_the_same_figure_is_not_entered_before(harbour: Path) -> None:
    header = "accept,source,quantity,bound,value,published,url\n"
    for name, row in (("one", "yes,blue,killed,about,600,2020-01-20,https://a.example/1\n"),
                      ("two", "yes,paper,killed,at_least,600,2020-01-22,https://a.example/2\n")):
        (harbour.parent / f"{name}.csv").write_text(header + row * 2)
        with at_desk(harbour) as desk:
            done = desk.accept(read_review(harbour.parent / f"{name}.csv"))
        assert len(done.ids) == 1  # said twice in one file, entered once
        assert "entered before" in done.notes[0]


def test_a_line_with_a_key_twice_is_no_entry(harbour: Path) -> None:
    with at_desk(harbour) as desk:
        desk.amend("c1", {"note": "seen"}, "w")
    log = harbour / "claims.log"
    log.write_text(log.read_text().replace('"why": "w"', '"why": "an honest reason", "why": "w"'))
    assert "not an entry" in check_log(harbour)[0].rule
