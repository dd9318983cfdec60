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
    assert [entry.n for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [
        "0" * 64, entries[0].hash, entries[1].hash]
    lines = (logged / LOG_FILE).read_text("utf-8").splitlines()
    assert list(json.loads(lines[0]))[:6] == ["n", "when", "who", "action", "file", "id"]
    assert "Анна" in lines[0]
    case = read_case(logged)
    assert LOG_FILE in case.sha256
    assert read_files(case.files).warnings == case.warnings == ()


@pytest.mark.parametrize(("spoil", "told"), [
    (lambda lines: [lines[0].replace('"92"', '"29"').replace('"91"', '"19"'), *lines[1:]],
     "row 1, hash"),
    (lambda lines: [lines[0], lines[2]], "row 2, previous"),
    (lambda lines: [lines[1], lines[0], lines[2]], "row 1, previous"),
    (lambda lines: [*lines[:2], "{}", lines[2]], "row 3, '{}': not an entry"),
    (lambda lines: [*lines, lines[2]], "row 4, previous"),
    (lambda lines: [*lines[:2], lines[2].replace("Анна", "Bob")], "row 3, hash"),
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
    assert len(read_log(logged)) == 1


def test_a_line_that_is_cut_off_is_named(logged: Path) -> None:
    log = logged / LOG_FILE
    log.write_bytes(log.read_bytes()[:-7])
    assert "row 3: the last line is cut off" in str(check_log(logged)[0])


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
    assert "c6 stands in claims.log (line 4) and no longer in the table" in warning.rule
    with at_desk(logged) as desk:
        desk.adopt("a double")
    assert read_log(logged)[-1].after is None
    assert read_case(logged).warnings == ()


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
