"""Whatever stands in the files, the gate gives a Case or a CaseError."""

import csv
import io
import random
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimate.data.case import FILES, Case, read_case
from estimate.data.cells import safe_cell, web_address
from estimate.data.kinds import day, figure
from estimate.data.problems import CaseError, Wrong, shown

HARBOUR = Path(__file__).parent / "harbour"
GOOD = {name: (HARBOUR / name).read_text(encoding="utf-8") for name in FILES}
CASE, SOURCES, CLAIMS = (GOOD[name] for name in FILES)


def outcome(files):
    """Read three files; anything but a Case or a CaseError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in files.items():
            Path(folder, name).write_bytes(raw)
        try:
            return read_case(folder)
        except CaseError as error:
            return error


def gate(files):
    found = outcome(files)
    said = [str(warning) for warning in found.warnings] if isinstance(found, Case) else [str(found)]
    for text in said:
        text.encode()
        assert not set(text) & {"\x1b", "\x00", "\r", "\u202e"}
    if isinstance(found, CaseError):
        assert 1 <= len(found.problems) <= found.total
        for problem in found.problems:
            assert problem.file in FILES
            assert problem.rule
            assert problem.row is None or problem.row >= 1


@given(st.sampled_from(FILES), st.binary(max_size=400))
def test_any_bytes_in_any_file(name, raw):
    files = {file: text.encode() for file, text in GOOD.items()}
    gate({**files, name: raw})


@given(st.sampled_from(FILES), st.text(max_size=400))
def test_any_text_in_any_file(name, text):
    files = {file: text.encode() for file, text in GOOD.items()}
    gate({**files, name: text.encode("utf-8", errors="surrogatepass")})


@given(
    st.sampled_from(FILES),
    st.integers(0, 2000),
    st.integers(0, 40),
    st.one_of(st.binary(max_size=20), st.sampled_from([b'"', b"\r", b"\x00", b",", b"\xff", b"="])),
)
def test_good_file_with_a_piece_replaced(name, start, length, raw):
    files = {file: text.encode() for file, text in GOOD.items()}
    whole = files[name]
    at = start % len(whole)
    gate({**files, name: whole[:at] + raw + whole[at + length :]})


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1e9", "1e400", "nan", "2,000", "2020-01-01", "2020-13-01", "0001-01-01",
         "c1", "c2", "c1;c2", "blue", "killed", "range", "killed|casualties", "a:self", "red:self",
         "javascript:alert(1)", "http://[", "=1+1", "<b>", "\ufffe", "\u202e"]
    ),
)  # fmt: skip


@given(st.sampled_from(["sources.csv", "claims.csv"]), st.data())
def test_any_cells_in_a_good_table(name, data):
    rows = list(csv.reader(io.StringIO(GOOD[name])))
    for _ in range(data.draw(st.integers(1, 6))):
        row = data.draw(st.integers(0, len(rows) - 1))
        column = data.draw(st.integers(0, len(rows[0]) - 1))
        rows[row][column] = data.draw(CELL)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    files = {file: text.encode() for file, text in GOOD.items()}
    gate({**files, name: out.getvalue().encode("utf-8", errors="surrogatepass")})


TOML_VALUE = st.recursive(
    st.one_of(
        st.integers(), st.booleans(), st.sampled_from(["1.5", "inf", "nan", "-0.0", "1e300"]),
        st.dates().map(str), st.datetimes().map(lambda d: d.isoformat()),
        st.text(string.printable, max_size=8).map(lambda t: repr(t)),
    ).map(str),
    lambda each: st.lists(each, max_size=3).map(lambda v: f"[{', '.join(v)}]"),
    max_leaves=4,
)  # fmt: skip


@given(st.sampled_from([line.split(" =")[0] for line in CASE.split("\n") if " =" in line]),
       TOML_VALUE)  # fmt: skip
def test_any_value_of_any_key(key, value):
    lines = [f"{key} = {value}" if at.startswith(f"{key} =") else at for at in CASE.split("\n")]
    files = {file: text.encode() for file, text in GOOD.items()}
    gate({**files, "case.toml": "\n".join(lines).replace("True", "true").encode()})


def value_or_wrong(read, text):
    try:
        return read(text)
    except Wrong as fault:
        return fault


@given(st.text(max_size=30))
def test_readers_give_a_value_or_wrong(text):
    for read in (figure, day):
        found = value_or_wrong(read, text)
        if isinstance(found, Wrong):
            assert found.rule
            assert isinstance(found.mend(), str)


@given(st.integers(0, 10**10))
def test_digits_read_back(number):
    assert figure(str(number)) == number


@given(st.dates(min_value=day("1800-01-01"), max_value=day("2100-12-31")))
def test_days_read_back(when):
    assert day(when.isoformat()) == when


@given(st.text())
def test_cells_come_out_inert(text):
    starts = (*"=+-@\t\r", *"\uff1d\uff0b\uff0d\uff20")
    assert not any(p.lstrip(" \n").startswith(starts) for p in safe_cell(text).split(";"))
    assert safe_cell(text).replace("'", "") == text.replace("'", "")
    assert len(shown(text)) <= 60 * 10
    address = web_address(text)
    assert address is None or address.lower().startswith(("http://", "https://"))


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14), st.randoms())
def test_rows_point_at_the_broken_record(edges, rng):
    """Records with quoted newlines, in any order: the fault is on the line it starts on."""
    lines = CLAIMS.split("\n", 1)[0] + "\n"
    at, broken = 2, []
    for place, (breaks, tall) in enumerate(edges):
        value = "x" if breaks % 2 else str(rng.randrange(100))
        note = '"' + "\n" * tall + '"'
        if breaks % 2:
            broken.append(at)
        lines += (
            f"e{place},blue,killed,exact,{value},,,2020-01-01,2020-01-02,2020-01-03,all,,,,,,high,"
            f"{note}\n"
        )
        at += 1 + tall
    texts = {**GOOD, "case.toml": CASE.replace('claim = "c2"', 'claim = "e0"'), "claims.csv": lines}
    found = outcome({name: text.encode() for name, text in texts.items()})
    if isinstance(found, Case):
        assert broken == []
    else:
        assert [p.row for p in found.problems if p.column == "value"] == broken


def test_shuffling_never_changes_the_fingerprint():
    head, *rows = [line for line in CLAIMS.replace("pier\nonly", "pier only").split("\n") if line]
    prints = set()
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        texts = {**GOOD, "claims.csv": "\n".join([head, *rows])}
        prints.add(outcome({name: text.encode() for name, text in texts.items()}).fingerprint)
    assert len(prints) == 1


MARKS = ['"' * 999, "\n" * 999 + '"', "a,\n" * 500, "[[" * 2000, "\\" * 99]


@pytest.mark.parametrize("hidden", MARKS)
def test_repeated_marks(hidden):
    for name in FILES:
        files = {file: text.encode() for file, text in GOOD.items()}
        gate({**files, name: files[name] + hidden.encode()})
