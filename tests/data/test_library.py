"""The gate of the library: each fault with its mend, ordinary cases out of it, truths apart."""

import csv
import io
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimate.data.case import Case, read_case, read_files
from estimate.data.casewriter import slug, source_ids, speaker
from estimate.data.kinds import period
from estimate.data.library import LIBRARY_FILES, Library, Truth, read_library
from estimate.data.problems import CaseError, Wrong

from .small_library import CASES, CLAIMS, GOOD, faults, read, spoilt, table, text


@pytest.fixture(scope="module")
def small() -> Library:
    return read(GOOD)


CELLS = [
    # file, row id, column, what is written, row, part of the rule, part of the mend
    ("cases.csv", "flood", "case", "fload", 3, "has no claims in claims.csv", ""),
    ("cases.csv", "flood", "case", "raid_2003", 4, "the same case as row 3", "own"),
    ("cases.csv", "flood", "case", "", 3, "empty", ""),
    ("cases.csv", "flood", "case", "two words", 3, "no blanks", ""),
    ("cases.csv", "flood", "title", " ", 3, "empty", ""),
    ("cases.csv", "flood", "kind", "disastre", 3, "not one of", "did you mean 'disaster'?"),
    ("cases.csv", "flood", "victim", "civilians", 3, "not one of", "did you mean 'civilian'?"),
    ("cases.csv", "flood", "victim", "", 3, "empty", ""),
    ("cases.csv", "flood", "quantity", "dead", 3, "not one of", ""),
    ("cases.csv", "flood", "route", "ordinery", 3, "not one of", "did you mean 'ordinary'?"),
    ("cases.csv", "flood", "truth_confidence", "hihg", 3, "not one of", "did you mean 'high'?"),
    ("cases.csv", "bridge_1999", "truth_low", "118", 2, "truth_low is above truth_best", ""),
    ("cases.csv", "bridge_1999", "truth_best", "132", 2, "truth_best is above truth_high", ""),
    ("cases.csv", "bridge_1999", "truth_best", "-117", 2, "negative", "no sign"),
    ("cases.csv", "bridge_1999", "truth_best", "", 2, "empty", ""),
    ("cases.csv", "bridge_1999", "truth_low", "", 2, "empty", ""),
    ("cases.csv", "bridge_1999", "truth_high", "1,310", 2, "not a plain", "write 1310"),
    ("cases.csv", "bridge_1999", "truth_high", "inf", 2, "not a finite number", ""),
    ("cases.csv", "bridge_1999", "start", "1999-05-04", 2, "start is after end", ""),
    ("cases.csv", "bridge_1999", "end", "1999-05", 2, "not a day", ""),
    ("claims.csv", "b1", "case", "bridge_1998", 2, "not in cases.csv", "mean 'bridge_1999'?"),
    ("claims.csv", "b1", "case", "", 2, "empty", ""),
    ("claims.csv", "b1", "source", "", 2, "empty", ""),
    ("claims.csv", "b1", "relation", "red:self", 2, "not one of", ""),
    ("claims.csv", "b1", "relation", "adversery", 2, "not one of", "did you mean 'adversary'?"),
    ("claims.csv", "b1", "method", "rumor", 2, "not one of", ""),
    ("claims.csv", "b1", "quantity", "kiled", 2, "not one of", "did you mean 'killed'?"),
    ("claims.csv", "b1", "bound", "atleast", 2, "not one of", "did you mean 'at_least'?"),
    ("claims.csv", "b1", "value", "", 2, "missing figure", ""),
    ("claims.csv", "b1", "value", "-3", 2, "negative", "no sign"),
    ("claims.csv", "b3", "high", "", 4, "missing figure: a range needs it", ""),
    ("claims.csv", "b3", "low", "401", 4, "low is above high", ""),
    ("claims.csv", "b1", "from", "1999-05-03", 2, "from is after as_of", ""),
    ("claims.csv", "b1", "published", "1998", 2, "published before the first day", ""),
    ("claims.csv", "b1", "published", "1999-04", 2, "published before the first day", ""),
    ("claims.csv", "b1", "published", "1799", 2, "outside the years 1800 to 2100", ""),
    ("claims.csv", "b1", "published", "2101-01", 2, "outside the years 1800 to 2100", ""),
    ("claims.csv", "b1", "published", "1999-13", 2, "no such month", ""),
    ("claims.csv", "b1", "published", "1999-02-30", 2, "no such day", ""),
    ("claims.csv", "b1", "published", "May 1999", 2, "not of the form YYYY-MM-DD, YYYY-MM", ""),
    ("claims.csv", "b1", "published", "2.5.1999", 2, "not of the form", "write 1999-05-02"),
    ("claims.csv", "b1", "as_of", "1999-05", 2, "not a day of the form", ""),
    ("claims.csv", "b1", "contemporaneous", "maybe", 2, "not one of yes, no", ""),
    ("claims.csv", "b1", "id", "b2", 3, "the same id as row 2", "own"),
    ("claims.csv", "b1", "note", "a bell\x07", 2, "control character U+0007", "remove"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "key", "column", "value", "row", "rule", "mend"), CELLS)
def test_fault_of_a_cell(file, key, column, value, row, rule, mend):
    found = faults(spoilt(file, key, column, value))
    assert any(
        (p.file, p.row, p.column) == (file, row, column) and rule in p.rule and mend in p.mend
        for p in found
    ), found


def test_all_faults_of_both_files_at_once():
    files = {
        "cases.csv": CASES.replace("disaster,2001", "disastre,2001").replace("113,117", "113,-1"),
        "claims.csv": CLAIMS.replace("b1,bridge_1999", "b1,brige_1999").replace("about", "abut"),
    }
    assert [(p.file, p.row, p.column) for p in faults(files)] == [
        ("cases.csv", 2, "truth_best"),
        ("cases.csv", 3, "kind"),
        ("claims.csv", 2, "case"),
        ("claims.csv", 6, "bound"),
    ]


def with_columns(**cells: dict[str, str]) -> dict[str, str]:
    """Give the small library with further columns in claims.csv, filled for some claims."""
    rows = table(CLAIMS)
    for row in rows:
        row.update({name: told.get(row["id"], "") for name, told in cells.items()})
    return {**GOOD, "claims.csv": text(rows)}


def test_derived_claims_stay_in_their_case():
    library = read(with_columns(derived_from={"b2": "b1"}, scope={"b4": "one_village"}))
    claims = library.case("bridge_1999").claims.set_index("id")
    assert claims.loc["b2", "derived_from"] == "b1"
    assert dict(claims["scope"]) == {"b1": "all", "b2": "all", "b3": "all", "b4": "one_village"}
    (fault,) = faults(with_columns(derived_from={"b2": "f1"}))
    assert fault.rule == "derived from a claim about another case"
    (fault,) = faults(with_columns(derived_from={"b2": "b9"}))
    assert fault.rule == "not in claims.csv"
    (fault,) = faults(with_columns(derived_from={"b1": "b2", "b2": "b1"}))
    assert "cannot be derived from itself" in fault.rule
    (fault,) = faults(with_columns(ambiguity={"b1": "about|at_least"}))
    assert "does not fit the bound 'exact'" in fault.rule


def without(name, *gone):
    rows = table(GOOD[name])
    return {**GOOD, name: text([{k: v for k, v in r.items() if k not in gone} for r in rows])}


@pytest.mark.parametrize(("name", "gone"), [
    ("cases.csv", ("note", "unit", "truth_url", "truth_basis", "truth_source")),
    ("cases.csv", ("conflict", "route", "kind", "side")),
    ("claims.csv", ("note", "wording", "url", "contemporaneous")),
])  # fmt: skip
def test_columns_that_may_be_left_out(name, gone):
    library = read(without(name, *gone))
    assert all(isinstance(library.case(name), Case) for name in library.ids)
    assert library.case("flood").conflict == "flood"
    frame = library.claims if name == "claims.csv" else library.cases.merge(library.truths)
    kept = [each.removeprefix("truth_") for each in gone if each not in ("note", "conflict")]
    assert (frame[kept] == "").all(axis=None)


@pytest.mark.parametrize(("name", "gone"), [
    ("cases.csv", "case"), ("cases.csv", "truth_best"), ("cases.csv", "start"),
    ("claims.csv", "case"), ("claims.csv", "relation"), ("claims.csv", "value"),
    ("claims.csv", "published"),
])  # fmt: skip
def test_columns_that_are_needed(name, gone):
    found = faults(without(name, gone))
    assert [(p.file, p.row, p.column, p.rule) for p in found] == [(name, 1, gone, "missing column")]


def test_an_unknown_column_is_named():
    (fault,) = faults({**GOOD, "claims.csv": CLAIMS.replace(",wording,", ",wordng,")})
    assert (fault.rule, fault.mend) == ("unknown column", "did you mean 'wording'?")


def test_surplus_figures_are_warned_of_and_not_read():
    files = spoilt("claims.csv", "b3", "value", "300")
    library = read(files)
    (warning,) = library.warnings
    assert (warning.file, warning.row, warning.column) == ("claims.csv", 4, "value")
    assert "a range has no value" in warning.rule
    claims = library.case("bridge_1999").claims.set_index("id")
    assert claims.loc["b3", ["low", "high"]].tolist() == [200, 400]
    assert str(claims.loc["b3", "value"]) == "nan"


def test_new_units_and_conflicts_are_welcome():
    files = spoilt("cases.csv", "raid_2003", "unit", "biplanes")
    assert "biplanes" in set(read(files).cases["unit"])
    files = spoilt("cases.csv", "raid_2003", "conflict", "A war of 2003")
    assert read(files).case("raid_2003").conflict == "A war of 2003"


def test_a_library_is_made_by_the_gate_alone(small):
    with pytest.raises(TypeError, match="read_library"):
        Library(small.cases, small.truths, small.claims, (), {}, {}, "")


def test_frames(small):
    assert small.ids == ("bridge_1999", "flood", "raid_2003")
    assert list(small.claims["id"]) == ["b1", "b2", "b3", "b4", "f1", "f2", "r1"]
    told = dict(zip(small.claims["id"], small.claims["published"].astype(str), strict=True))
    assert (told["b1"], told["b3"], told["b4"]) == ("1999-05-02", "1999-05-31", "2003-12-31")
    assert told["r1"] == "2003-02-28"
    precision = dict(zip(small.claims["id"], small.claims["published_precision"], strict=True))
    assert (precision["b1"], precision["b3"], precision["b4"]) == ("day", "month", "year")
    assert not [column for column in small.cases if "truth" in column or column == "note"]
    assert small.cases["conflict"].tolist() == ["river1999", "flood", "river1999"]


def test_truths_stand_apart(small):
    assert small.truth("bridge_1999") == Truth(
        113, 117, 131, "high", "archive", "Blue archive", "https://example.org/t1"
    )
    assert small.truth("flood").best == 0
    with pytest.raises(CaseError, match="resolved:brige_1999: no such case; did you mean 'bridge"):
        small.truth("brige_1999")


def test_a_resolved_case_is_an_ordinary_one(small):
    case = small.case("bridge_1999")
    assert isinstance(case, Case)
    assert (case.id, case.headline, case.victim) == ("bridge_1999", "killed", "military")
    assert (str(case.start), str(case.end)) == ("1999-05-01", "1999-05-03")
    assert (case.conflict, case.route) == ("river1999", "famous")
    (side,) = case.sides
    assert (side.id, side.name) == ("blue-army", "Blue Army")
    sources = case.sources.set_index("id")
    assert sorted(sources.index) == ["blue_staff", "grey_list", "red_staff"]
    assert sources.loc["blue_staff", "name"] == "Blue staff"
    assert sources.loc["grey_list", ["relation", "method"]].tolist() == [
        "independent", "by_name_count"]  # fmt: skip
    assert set(sources["parent"]) == {""}
    claims = case.claims.set_index("id")
    assert str(claims.loc["b3", "from"].date()) == "1999-05-02"
    assert str(claims.loc["b4", "published"].date()) == "2003-12-31"
    assert claims.loc["b4", "note"] == "published some day of that year, no later"
    again = read_files(case.files)
    assert (again.fingerprint, again.sha256) == (case.fingerprint, case.sha256)


def test_one_name_with_two_relations_is_two_sources(small):
    case = small.case("flood")
    assert sorted(case.sources["id"]) == [
        "green_mayor_media_estimate", "green_mayor_self_estimate"]  # fmt: skip
    assert case.relation("green_mayor_media_estimate") == "media"


def test_nothing_of_the_truth_reaches_a_case(small):
    """Neither another truth nor another note changes a byte of the case."""
    rows = table(CASES)
    for row in rows:
        row.update(truth_low="1", truth_best="2", truth_high="31415926", truth_confidence="low",
                   truth_basis="guess", truth_source="x", truth_url="y", note="z")
    claims = table(CLAIMS)
    for row in claims:
        row["note"] = "the truth is 31415926"
    other = read({"cases.csv": text(rows), "claims.csv": text(claims)})
    assert other.fingerprint != small.fingerprint
    for name in small.ids:
        ours, theirs = small.case(name), other.case(name)
        assert (ours.files, ours.sha256) == (theirs.files, theirs.sha256)
        assert ours.fingerprint == theirs.fingerprint
    whole = b"".join(small.case("bridge_1999").files.values())
    assert b"117" not in whole
    assert b"truth" not in whole.lower()


def test_a_case_depends_on_its_own_rows_alone_and_not_on_their_order(small):
    rows = table(CLAIMS)
    random.Random(3).shuffle(rows)
    cases = [row for row in table(CASES) if row["case"] != "flood"]
    claims = [row for row in rows if row["case"] != "flood"]
    other = read({"cases.csv": text(cases[::-1]), "claims.csv": text(claims)})
    assert other.case("bridge_1999").sha256 == small.case("bridge_1999").sha256
    shuffled = read({**GOOD, "claims.csv": text(rows)})
    assert shuffled.fingerprint == small.fingerprint


def test_ids_that_no_folder_may_have():
    names = {"bridge_1999": "Brücke/1999!", "flood": "CON", "raid_2003": "…"}
    files = dict(GOOD)
    for old, new in names.items():
        files = {name: content.replace(f"{old},", f"{new},") for name, content in files.items()}
    library = read(files)
    made = {name: library.case(name).id for name in library.ids}
    assert made == {"Brücke/1999!": "brucke-1999", "CON": "case-con", "…": "case"}


def test_source_ids():
    keys = [("A. B. (first)", "self", "leak"), ("a. b.", "self", "leak"), ("A B", "media", "leak"),
            ("?!", "self", "leak"), ("…", "self", "leak"), ("A-B", "media", "leak")]  # fmt: skip
    assert source_ids(keys) == source_ids(keys[::-1])
    found = source_ids(keys)
    assert found[keys[0]] == found[keys[1]] == "a_b_self_leak"
    assert len(set(found.values())) == 5
    assert slug("x" * 500) == "x" * 36
    assert speaker("(only)") == "(only)"


def test_periods():
    assert str(period("2000-02")) == "2000-02-29"
    assert str(period(" 1900 ")) == "1900-12-31"
    for wrong in ("190", "19000", "2000-00", "2000-2", "2000-02-", "20000101"):
        with pytest.raises(Wrong):
            period(wrong)


@pytest.mark.parametrize("word", ["resolved:", "resolved:nothing-like-it", "resolved:\x1b[2J"])
def test_no_such_resolved_case(word):
    with pytest.raises(CaseError, match="no such case") as caught:
        read_case(word)
    assert "\x1b" not in str(caught.value)


def test_no_such_library(tmp_path):
    for path in (tmp_path / "none", "", "a\0b", "nk-kursk"):
        with pytest.raises(CaseError, match=r"no such folder; a library has cases.csv and"):
            read_library(path)
    with pytest.raises(CaseError, match="not a folder; give the folder that holds cases.csv"):
        read_library(__file__)
    with pytest.raises(CaseError) as caught:
        read_library(tmp_path)
    assert [p.rule for p in caught.value.problems] == ["missing file", "missing file"]


# Whatever stands in the files, the gate gives a Library or a CaseError.


def outcome(files):
    """Read a library; anything but a Library or a CaseError fails the test."""
    try:
        return read(files)
    except CaseError as error:
        return error


def gate(files):
    found = outcome(files)
    if isinstance(found, CaseError):
        str(found).encode()
        assert not set(str(found)) & {"\x1b", "\x00", "\r", "\u202e"}
        assert 1 <= len(found.problems) <= found.total
        assert all(problem.file in LIBRARY_FILES for problem in found.problems)
        return
    for name in found.ids:
        case = found.case(name)
        assert read_files(case.files).fingerprint == case.fingerprint
        assert found.truth(name).low <= found.truth(name).high


patient = settings(deadline=None, max_examples=60)  # several cases are made of each library


@patient
@given(st.sampled_from(LIBRARY_FILES), st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_anything_in_either_file(name, content):
    gate({**GOOD, name: content})


@patient
@given(
    st.sampled_from(LIBRARY_FILES),
    st.integers(0, 2000),
    st.integers(0, 40),
    st.one_of(st.binary(max_size=20), st.sampled_from([b'"', b"\r", b"\x00", b",", b"\xff", b"="])),
)
def test_good_file_with_a_piece_replaced(name, start, length, raw):
    whole = GOOD[name].encode()
    at = start % len(whole)
    gate({**GOOD, name: whole[:at] + raw + whole[at + length :]})


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "0", "-1", "1e9", "1e400", "2,000", "1999", "1999-05", "1999-05-02",
                     "0001-01-01", "b1", "b1;b2", "flood", "killed", "casualties", "range", "(x)",
                     "a:self", "=1+1", "<b>", "\ufffe", "\u202e", '"""', "\\u0000", "a\nb"]),
)  # fmt: skip


@patient
@given(st.sampled_from(LIBRARY_FILES), st.data())
def test_any_cells_in_a_good_table(name, data):
    rows = list(csv.reader(io.StringIO(GOOD[name])))
    for _ in range(data.draw(st.integers(1, 5))):
        row = data.draw(st.integers(0, len(rows) - 1))
        rows[row][data.draw(st.integers(0, len(rows[0]) - 1))] = data.draw(CELL)
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    gate({**GOOD, name: out.getvalue()})


COUNT = st.integers(0, 10**10)
WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(str.strip)


@patient
@given(st.lists(COUNT, min_size=3, max_size=3).map(sorted), COUNT, WORDS, WORDS, WORDS)
def test_a_library_written_is_the_library_read(truth, figure, title, source, side):
    cases, claims = table(CASES), table(CLAIMS)
    for name, value in zip(("truth_low", "truth_best", "truth_high"), truth, strict=True):
        cases[0][name] = str(value)
    cases[0]["title"], cases[0]["side"], claims[0]["source"] = title, side, source
    claims[0]["value"] = str(figure)
    library = read({"cases.csv": text(cases), "claims.csv": text(claims)})
    found = library.truth("bridge_1999")
    assert [found.low, found.best, found.high] == truth
    case = library.case("bridge_1999")
    assert (case.title, case.sides[0].name) == (title, side)
    row = case.claims.set_index("id").loc["b1"]
    assert row["value"] == figure
    name = dict(zip(case.sources["id"], case.sources["name"], strict=True))[row["source"]]
    assert name in (source, speaker(source), "Blue staff (second)", "Blue staff")


def test_hostile_files_are_answered_in_time():
    start = time.process_time()
    row = CLAIMS.split("\n")[1]
    hostile = {
        "an empty file": b"",
        "a header alone": CLAIMS.split("\n")[0].encode(),
        "UTF-16": CLAIMS.encode("utf-16"),
        "Latin-1": CLAIMS.replace("Red staff", "Rote Führung").encode("latin-1"),
        "NUL bytes": CLAIMS.replace("b2", "b\x002").encode(),
        "ten megabytes in a cell": CLAIMS.replace("sixty", "x" * 10_000_000).encode(),
        "a column twice": CLAIMS.replace("wording,note", "note,note").encode(),
        "a quote that never closes": CLAIMS.replace("sixty", '"sixty').encode(),
        "2,000 columns": (",".join(map(str, range(2000))) + "\n").encode(),
        "many bad rows": (CLAIMS + "".join(row.replace("b1", f"x{at}").replace("exact", f"e{at}")
                                           + "\n" for at in range(20_000))).encode(),
    }  # fmt: skip
    for what, raw in hostile.items():
        assert faults({**GOOD, "claims.csv": raw}), what
    assert time.process_time() - start < 30


def test_many_sources_of_one_name_are_told_apart_in_time():
    start = time.process_time()
    row = "s{0},flood,{1},media,leak,killed,exact,5,,,2001-01-10,2001-01-11,2001-01-11,yes,,,\n"
    many = CLAIMS + "".join(row.format(at, "?" * (at + 1)) for at in range(3000))
    assert len(read({**GOOD, "claims.csv": many}).case("flood").sources) == 3002
    more = CLAIMS + "".join(row.format(at, f"name {at}") for at in range(5001))
    (fault,) = faults({**GOOD, "claims.csv": more})
    assert fault.rule == "flood has more than 5,000 sources"
    assert time.process_time() - start < 30
