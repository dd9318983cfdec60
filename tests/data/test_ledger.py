"""The log of a case: nobody changes a line of it, or a logged row, unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate.data import ledger
from estimate.data.case import read_case, read_files
from estimate.data.desk import at_desk
from estimate.data.ledger import LOG_FILE, Change, check_log, parse, read_log, seal
from estimate.data.problems import CaseError, EstimateError

from .conftest import Draft


@pytest.fixture
def logged(draft: Draft) -> Path:
    """A case with three logged changes."""
    folder = draft.write()
    with at_desk(folder, "Анна") as desk:
        for value in ("91", "92", "93"):
            desk.amend("c2", {"value": value}, f"now {value}")
    return folder


def test_a_case_without_a_log_has_none(draft: Draft) -> None:
    folder = draft.write()
    assert read_log(folder) == []
    assert check_log(folder) == []
    assert LOG_FILE not in read_case(folder).files


def test_each_line_is_sealed_onto_the_one_before(logged: Path) -> None:
    entries = read_log(logged)
    assert [entry.n for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries] == [
        "0" * 64, *(entry.hash for entry in entries[:-1])]
    lines = (logged / LOG_FILE).read_text("utf-8").splitlines()
    assert list(json.loads(lines[0]))[:6] == ["n", "when", "who", "action", "file", "id"]
    assert "Анна" in lines[0]
    case = read_case(logged)
    assert LOG_FILE in case.sha256
    assert read_files(case.files).warnings == case.warnings == ()


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda lines: [lines[0].replace('"blue": "', '"blue": "0'), *lines[1:]], "row 1, hash"),
    (lambda lines: [*lines[:2], lines[2].replace('"91"', '"19"'), *lines[3:]], "row 3, hash"),
    (lambda lines: [*lines[:3], lines[4]], "row 4, previous"),
    (lambda lines: lines[1:], "row 1, previous"),
    (lambda lines: [*lines[:2], lines[3], lines[2], lines[4]], "row 3, previous"),
    (lambda lines: [*lines[:2], "{}", *lines[2:]], "row 3, '{}': not an entry"),
    (lambda lines: [*lines, lines[4]], "row 6, previous"),
    (lambda lines: [*lines[:4], lines[4].replace("Анна", "Bob")], "row 5, hash"),
])
def test_a_broken_chain_is_named(logged: Path, spoil, told: str) -> None:
    log = logged / LOG_FILE
    log.write_text("\n".join(spoil(log.read_text("utf-8").splitlines())) + "\n", "utf-8")
    faults = check_log(logged)
    assert told in "\n".join(map(str, faults))
    assert all("rename it to keep it" in fault.mend for fault in faults)
    assert set(map(str, faults)) <= set(map(str, read_case(logged).warnings)), "a fit warns"
    with pytest.raises(CaseError, match=LOG_FILE):
        read_log(logged)
    with pytest.raises(CaseError, match=LOG_FILE), at_desk(logged):
        pass
    log.rename(logged / "claims.log.old")
    with at_desk(logged) as desk:
        desk.amend("c2", {"value": "94"}, "a new log begins")
    assert [entry.action for entry in read_log(logged)] == ["begin", "begin", "amend"]


def test_a_line_that_is_cut_off_is_named(logged: Path) -> None:
    log = logged / LOG_FILE
    log.write_bytes(log.read_bytes()[:-7])
    assert "row 5: the last line is cut off" in str(check_log(logged)[0])


def test_a_hand_edit_is_a_warning_and_can_be_adopted(logged: Path) -> None:
    table = logged / "claims.csv"
    table.write_text(table.read_text("utf-8").replace(",93,", ",39,"), "utf-8")
    assert check_log(logged) == []
    (warning,) = read_case(logged).warnings
    assert str(warning).startswith("claims.csv, row 3, value '39': c2 is not as claims.log has it")
    with at_desk(logged) as desk:
        with pytest.raises(EstimateError, match="c1: as the log has it"):
            desk.adopt("x", ["c1"])
        desk.adopt("mended in a spreadsheet")
        with pytest.raises(EstimateError, match="nothing to adopt"):
            desk.adopt("again")
    assert read_case(logged).warnings == ()
    last = read_log(logged)[-1]
    assert (last.action, (last.before or {})["value"], (last.after or {})["value"]) == (
        "adopt", "93", "39")


def test_a_row_taken_out_by_hand_is_named_and_can_be_adopted(logged: Path) -> None:
    with at_desk(logged) as desk:
        desk.add({"source": "blue", "quantity": "killed", "bound": "exact", "value": "99",
                  "published": "2020-02-01", "url": "https://blue.example/9"})
    table = logged / "claims.csv"
    lines = table.read_text("utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if not line.startswith("c6,")), "utf-8")
    (warning,) = read_case(logged).warnings
    assert "c6 stands in claims.log (line 6) and no longer in the table" in warning.rule
    with at_desk(logged) as desk:
        desk.adopt("a double")
    assert read_log(logged)[-1].after is None
    assert read_case(logged).warnings == ()


@pytest.mark.parametrize(("file", "old", "new", "told", "name"), [
    ("claims.csv", ",high,\n", ",low,\n", "c1 is not as claims.log has it (line 2)", "c1"),
    ("sources.csv", "adversary", "ally", "blue is not as claims.log has it (line 1)", "blue"),
])
def test_a_row_that_no_change_named_is_watched_too(
    logged: Path, file: str, old: str, new: str, told: str, name: str
) -> None:
    table = logged / file
    text = table.read_text("utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), "utf-8")
    (warning,) = [each for each in read_case(logged).warnings if "by hand" in each.rule]
    assert (warning.file, warning.rule.startswith(told)) == (file, True)
    with at_desk(logged) as desk:
        if file == "claims.csv":
            with pytest.raises(EstimateError, match=f"adopt .* {name} --why"):
                desk.amend(name, {"value": "12"}, "would hide the edit by hand")
        desk.adopt("as the page has it", [name])
        with pytest.raises(EstimateError, match="nothing to adopt"):
            desk.adopt("again")
    last = read_log(logged)[-1]
    assert set(last.before or {}) == {"sha256"}
    assert new.strip(",\n") in (last.after or {}).values()
    assert not [each for each in read_case(logged).warnings if "by hand" in each.rule]


def test_rows_added_and_taken_out_by_hand_are_named(logged: Path) -> None:
    table = logged / "claims.csv"
    lines = table.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("c4,")]
    added = [lines[1].replace("c1,", f"h{n},", 1) for n in range(8)]
    table.write_text("".join([*kept, *added]), "utf-8")
    told = [each.rule for each in read_case(logged).warnings if each.file == "claims.csv"]
    assert "c4 stands in claims.log (line 2) and no longer in the table" in told
    assert ("h0, h1, h2, h3, h4, h5 and 2 more: in the table and not in claims.log: added by hand"
            in told)
    with at_desk(logged) as desk:
        assert set(desk.adopt("from an older table").ids) == {"c4", *(f"h{n}" for n in range(8))}
    assert not [each for each in read_case(logged).warnings if "claims.log" in each.rule]


def test_adopt_begins_a_log(draft: Draft) -> None:
    folder = draft.write()
    with at_desk(folder) as desk:
        assert "c1" in desk.adopt("held to their pages").ids
    assert [(entry.action, entry.why) for entry in read_log(folder)] == [
        ("begin", "held to their pages")] * 2
    assert read_case(folder).warnings == ()
    table = folder / "claims.csv"
    table.write_text(table.read_text("utf-8").replace(",90,", ",60,"), "utf-8")
    assert "c2 is not as claims.log has it (line 2)" in str(read_case(folder).warnings)


def test_a_log_of_an_earlier_version_goes_on(logged: Path) -> None:
    """It has no `begin`; the next change adds one, which hides no edit of a row that it names."""
    amended = read_log(logged)[2:]
    old = seal([Change(e.action, e.file, e.id, e.before, e.after, e.why) for e in amended], [],
               "ann", "2031-01-01T00:00:00Z")
    (logged / LOG_FILE).write_text("".join(entry.line for entry in old), "utf-8")
    table = logged / "claims.csv"
    assert check_log(logged) == list(read_case(logged).warnings) == []
    table.write_text(table.read_text("utf-8").replace(",93,", ",39,"), "utf-8")
    with at_desk(logged) as desk:
        desk.amend("c1", {"note": "seen"}, "looked at")
    entries = read_log(logged)
    assert [entry.action for entry in entries] == ["amend"] * 3 + ["begin", "begin", "amend"]
    assert "c2" not in (entries[4].after or {})
    assert "c1" in (entries[4].after or {})
    (warning,) = read_case(logged).warnings
    assert warning.rule.startswith("c2 is not as claims.log has it (line 3)")


def test_line_endings_and_blanks_are_no_edit(logged: Path) -> None:
    table = logged / "claims.csv"
    table.write_text(table.read_text("utf-8").replace("\n", "\r\n").replace(",93,", ", 93 ,"),
                     "utf-8", newline="")
    assert read_case(logged).warnings == ()


CELLS = st.none() | st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=3)


@given(st.lists(st.builds(Change, st.sampled_from(sorted(ledger.ACTIONS)),
                          st.sampled_from(["claims.csv", "sources.csv"]), st.text(max_size=5),
                          CELLS, CELLS, st.text(max_size=9)), max_size=6))
def test_what_is_sealed_can_be_read(changes: list[Change]) -> None:
    made = seal(changes[:2], [], "ann", "2031-01-01T00:00:00Z")
    made += seal(changes[2:], made, "bob", "2031-01-02T00:00:00Z")
    raw = "".join(entry.line for entry in made).encode()
    assert parse(raw) == (made, [])


@given(st.binary(max_size=300))
def test_any_bytes_give_entries_or_faults(raw: bytes) -> None:
    entries, faults = parse(raw)
    assert entries == []
    assert bool(faults) == bool(raw)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_flipped_byte_goes_unseen(at: int, flip: int) -> None:
    change = Change("amend", "claims.csv", "c1", {"value": "1"}, {"value": "2"}, "why")
    raw = bytearray("".join(e.line for e in seal([change] * 3, [], "ann", "2031-01-01T00:00:00Z")),
                    "utf-8")
    before, _ = parse(bytes(raw))
    raw[at % len(raw)] ^= flip
    after, faults = parse(bytes(raw))
    assert faults or after == before, "only blanks between the fields mean nothing"
