"""A record added or changed leaves every other byte of the file as it was."""

import csv
import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from estimate.data.splice import appended, changed, take_apart

CELL = st.text(st.sampled_from(list('ab0 ,;"\'\n\r\t=é…漢\u2028\x85')), max_size=8)
ENDING = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A table as people save it: any quoting, ending, mark, blank lines, own columns."""
    header = ["id", *draw(st.permutations(["value", "note", "own column"]))]
    ending, every = draw(ENDING), draw(st.booleans())
    rows = [[f"c{n}", *(draw(CELL) for _ in header[1:])]
            for n in range(draw(st.integers(0, 4)))]
    text = ""
    for row in [header, *rows]:
        for at, cell in enumerate(row):
            bare = not (every or set(cell) & set(',"\r\n') or draw(st.booleans()))
            text += ("," if at else "") + (cell if bare else '"' + cell.replace('"', '""') + '"')
        text += ending + ending * draw(st.integers(0, 1))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


def rows_of(raw: bytes) -> list[list[str]]:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode()
    return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True)
            if any(map(str.strip, row))]


@given(tables())
def test_taken_apart_as_the_csv_reader_does(raw: bytes) -> None:
    sheet, rows = take_apart(raw), rows_of(raw)
    assert [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] == [
        record.cells for record in sheet.records]


@given(tables(), st.dictionaries(st.sampled_from(["value", "note", "own column"]), CELL))
def test_an_added_record_comes_behind_every_old_byte(raw: bytes, cells: dict[str, str]) -> None:
    sheet = take_apart(raw)
    made, (line,) = appended(sheet, [{"id": "new", **cells}])
    assert made.startswith(raw)
    header, *rows = rows_of(made)
    assert rows[:-1] == rows_of(raw)[1:]
    assert dict(zip(header, rows[-1], strict=True)) == dict.fromkeys(header, "") | {
        "id": "new", **cells}
    assert take_apart(made).records[-1].line == line
    assert made.endswith(b"\n") or made.endswith(b"\r") or not raw.endswith((b"\n", b"\r"))


@given(tables(), st.integers(0, 3), st.dictionaries(
    st.sampled_from(["value", "note", "own column"]), CELL, min_size=1))
def test_a_changed_record_leaves_all_others(raw: bytes, at: int, cells: dict[str, str]) -> None:
    sheet = take_apart(raw)
    assume(at < len(sheet.records))
    record = sheet.records[at]
    made = changed(sheet, record, cells)
    before = len(sheet.mark) + len(sheet.text[: record.start].encode())
    after = len(sheet.text[record.end :].encode())
    assert made[:before] == raw[:before]
    assert made[len(made) - after :] == raw[len(raw) - after :]
    header, rows = rows_of(raw)[0], rows_of(made)[1:]
    expected = rows_of(raw)[1:]
    expected[at] = list((dict(zip(header, expected[at], strict=True)) | cells).values())
    assert rows == expected


@given(tables(), st.integers(0, 3))
def test_a_record_changed_back_is_byte_for_byte_the_same(raw: bytes, at: int) -> None:
    sheet = take_apart(raw)
    assume(at < len(sheet.records))
    assert changed(sheet, sheet.records[at], {}) == raw


def test_quoted_cells_stay_quoted_and_bare_ones_bare() -> None:
    raw = b'id,value,note\r\n"c1",12,"a ""word"""\r\nc2, 3 ,x\r\n'
    sheet = take_apart(raw)
    assert changed(sheet, sheet.records[0], {"value": "13"}) == raw.replace(b"12", b"13")
    assert changed(sheet, sheet.records[0], {"note": "b"}) == raw.replace(b'"a ""word"""', b'"b"')
    assert changed(sheet, sheet.records[1], {"note": "y,z"}) == raw.replace(b",x\r", b',"y,z"\r')


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"name,value\na,1\n", b'id\n"open\n', b"id\n\xff\n"])
def test_what_cannot_be_taken_apart_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        take_apart(raw)
