"""Every fault of every file, one by one: where it stands, what it breaks, how to mend it."""

import os
from pathlib import Path

import pytest

from estimate.data.case import Case, expect_case, read_case
from estimate.data.problems import CaseError, EstimateError, Problem
from estimate.data.tables import MAX_CELL

CELLS = [
    # row id, column, what is written, row, part of the rule, part of the mend
    ("c1", "value", "2,000", 2, "not a plain number", "write 2000, not 2,000"),
    ("c1", "value", "2.000", 2, "not a plain number", "write 2000, not 2.000"),
    ("c1", "value", "2 000", 2, "not a plain number", "write 2000, not 2 000"),
    ("c1", "value", "1'234'567", 2, "not a plain number", "write 1234567"),
    ("c1", "value", "twenty", 2, "not a number", "digits"),
    ("c1", "value", "NaN", 2, "not a number", "leave the cell empty"),
    ("c1", "value", "n/a", 2, "not a number", "leave the cell empty"),
    ("c1", "value", "inf", 2, "not a finite number", ""),
    ("c1", "value", "-Infinity", 2, "not a finite number", ""),
    ("c1", "value", "1e400", 2, "not a finite number", ""),
    ("c1", "value", "9" * 400, 2, "not a finite number", ""),
    ("c1", "value", "99999999999", 2, "more than ten billion", "digits"),
    ("c1", "value", "-5", 2, "negative", "no sign"),
    ("c1", "value", "\u22125", 2, "negative", "no sign"),
    ("c1", "value", "12.5", 2, "not a whole number", "round"),
    ("c1", "value", "1e-3", 2, "not a number", ""),
    ("c1", "value", "20-30", 2, "two numbers", "low 20 and high 30"),
    ("c1", "value", "~20", 2, "not a plain number", "write 20 and let the bound"),
    ("c1", "value", "2,000+", 2, "not a plain number", "write 2000 and let the bound"),
    ("c1", "value", "over 20", 2, "not a plain number", "write 20 and let the bound"),
    ("c1", "value", "2k", 2, "not a plain number", "write 2000"),
    ("c1", "value", "٢٠", 2, "not a number", ""),
    ("c1", "value", "x" * 5000, 2, "not a number", ""),
    ("c1", "value", "", 2, "missing figure: every bound but range", ""),
    ("c3", "low", "", 4, "missing figure: a range needs it", ""),
    ("c3", "high", "", 4, "missing figure: a range needs it", ""),
    ("c3", "value", "200", 4, "a range has no value", "empty the cell"),
    ("c1", "low", "10", 2, "only the bound 'range'", "empty the cell"),
    ("c1", "high", "30", 2, "only the bound 'range'", "empty the cell"),
    ("c3", "low", "301", 4, "low is above high", ""),
    ("c1", "bound", "atleast", 2, "not one of exact, about, at_least", "did you mean 'at_least'?"),
    ("c1", "bound", "At Least", 2, "not one of exact", "did you mean 'at_least'?"),
    ("c1", "bound", "", 2, "empty", ""),
    ("c1", "quantity", "kiled", 2, "not one of killed", "did you mean 'killed'?"),
    ("c1", "quantity", "", 2, "empty", ""),
    ("c1", "confidence", "hihg", 2, "not one of high", "did you mean 'high'?"),
    ("c2", "ambiguity", "killed/casualties", 3, "not one of", "'killed|casualties'"),
    ("c4", "ambiguity", "killed|casualties", 5, "does not fit the quantity 'deployed'", ""),
    ("c1", "ambiguity", "about|at_least", 2, "does not fit the bound 'exact'", ""),
    ("c1", "from", "", 2, "empty", ""),
    ("c1", "as_of", "", 2, "empty", ""),
    ("c1", "published", "", 2, "empty", ""),
    ("c1", "from", "2020-02-30", 2, "no such day", ""),
    ("c1", "from", "0001-01-01", 2, "outside the years 1800 to 2100", ""),
    ("c1", "published", "9999-12-31", 2, "outside the years 1800 to 2100", ""),
    ("c1", "from", "1799-12-31", 2, "outside the years 1800 to 2100", ""),
    ("c1", "published", "2101-01-01", 2, "outside the years 1800 to 2100", ""),
    ("c1", "as_of", "10.01.2020", 2, "not a day of the form", "write 2020-01-10"),
    ("c1", "as_of", "03/04/2020", 2, "not a day of the form", "write 2020-04-03 or 2020-03-04"),
    ("c1", "as_of", "20200110", 2, "not a day of the form", "write 2020-01-10"),
    ("c1", "as_of", "10 January 2020", 2, "not a day of the form", "write 2020-01-10"),
    ("c1", "as_of", "2020-W02-5", 2, "not a day of the form", ""),
    ("c1", "as_of", "2020-01", 2, "not a day of the form", ""),
    ("c1", "as_of", "2020-01-10T12:00", 2, "not a day of the form", "write 2020-01-10"),
    ("c1", "from", "2020-01-11", 2, "from is after as_of", ""),
    ("c1", "published", "2019-12-31", 2, "published before the first day", ""),
    ("c1", "scope", "", 2, "empty", ""),
    ("c1", "id", "", 2, "empty", ""),
    ("c1", "id", "two words", 2, "no blanks", ""),
    ("c1", "id", "a;b", 2, "no ';'", ""),
    ("c1", "id", "x" * 81, 2, "1 to 80 characters", ""),
    ("c4", "id", "c3", 5, "the same id as row 4", "own"),
    ("c1", "source", "red_arm", 2, "not in sources.csv", "did you mean 'red_army'?"),
    ("c1", "source", "", 2, "empty", ""),
    ("c3", "derived_from", "c2; c9", 4, "not in claims.csv", ""),
    ("c3", "derived_from", "c3", 4, "cannot be derived from itself: c3 → c3", ""),
    ("c2", "derived_from", "c3", 3, "cannot be derived from itself: c2 → c3 → c2", ""),
    ("c1", "note", "a bell\x07", 2, "control character U+0007", "remove"),
    ("c1", "wording", "a\x1bescape", 2, "control character U+001B", "remove"),
    ("c1", "note", "x" * (MAX_CELL + 1), 2, "characters in one cell", "quote"),
]


@pytest.mark.parametrize(("row_id", "column", "value", "row", "rule", "mend"), CELLS)
def test_cell_of_claims(draft, row_id, column, value, row, rule, mend):
    found = draft.cell(row_id, column, value).faults()
    assert any(
        p.file == "claims.csv"
        and p.row == row
        and p.column == column
        and rule in p.rule
        and mend in p.mend
        for p in found
    ), found
    assert len(found) <= 2


SOURCE_CELLS = [
    ("red_army", "relation", "own", 3, "not one of self", ""),
    ("red_army", "relation", "Adversery", 3, "not one of self", "did you mean 'adversary'?"),
    ("red_army", "relation", "red:self;blue:adversary", 3, "name each side", ""),
    ("red_army", "relation", "red:self;red:ally", 3, "the same side twice", ""),
    ("red_army", "relation", "red:self;ally", 3, "no side", ""),
    ("red_army", "method", "rumor", 3, "not one of official_statement", ""),
    ("red_army", "name", "", 3, "empty", ""),
    ("red_army", "parent", "redgov", 3, "not in sources.csv", "did you mean 'red_gov'?"),
    ("red_gov", "parent", "red_army", 2, "own ancestor: red_gov → red_army → red_gov", ""),
    ("red_gov", "parent", "red_gov", 2, "own ancestor: red_gov → red_gov", ""),
    ("paper", "builds_on", "nobody", 5, "not in sources.csv", ""),
    ("blue", "builds_on", "paper", 4, "build on itself: blue → paper → blue", ""),
    ("blue", "id", "blüe", 4, "only letters a-z", "write blue"),
    ("blue", "id", "blue\u200b", 4, "only letters a-z", "write blue"),
    ("blue", "id", "blue army", 4, "no blanks", ""),
    ("blue", "id", "синие", 4, "only letters a-z", "Latin letters"),
    ("blue", "id", "paper", 5, "the same id as row 4", ""),
]


@pytest.mark.parametrize(("row_id", "column", "value", "row", "rule", "mend"), SOURCE_CELLS)
def test_cell_of_sources(draft, row_id, column, value, row, rule, mend):
    found = draft.cell(row_id, column, value, "sources.csv").faults()
    assert any(
        p.file == "sources.csv"
        and p.row == row
        and p.column == column
        and rule in p.rule
        and mend in p.mend
        for p in found
    ), found


SETTINGS = [
    ('id = "harbour"', 'id = "../harbour"', "id", "small letters"),
    ('id = "harbour"', 'id = "nul"', "id", "small letters"),
    ('id = "harbour"', "id = 7", "id", "not a text"),
    ('id = "harbour"\n', "", "id", "missing key"),
    ('title = "The harbour"\n', "", "title", "missing key"),
    ('title = "The harbour"', 'title = " "', "title", "empty"),
    ('title = "The harbour"', 'title = "a\\u0007"', "title", "control character"),
    ('title = "The harbour"', 'titel = "The harbour"', "titel", "unknown key"),
    ('victim = "military"', 'victim = "soldiers"', "victim", "not one of military"),
    ("start = 2020-01-01", 'start = "2020-01-01"', "start", "not a day"),
    ("start = 2020-01-01", "start = 2020-01-01T00:00:00", "start", "not a day"),
    ("start = 2020-01-01", "start = 0001-01-01", "start", "outside the years"),
    ("start = 2020-01-01", "start = 2020-01-01\nend = 2019-12-31", "end", "before the start"),
    ('headline = "killed"', 'headline = "deaths"', "headline", "not one of killed"),
    ('["all", "harbour"]', '"all"', "comparable_scopes", "not a list"),
    ('["all", "harbour"]', "[]", "comparable_scopes", "an empty list"),
    ('["all", "harbour"]', '["all", 1]', "comparable_scopes", "not a text"),
    ('["killed", "wounded"]', '["killed", "hurt"]', "casualties_include", "not one of killed"),
    ('["killed", "wounded"]', '["deployed"]', "casualties_include", "not one of killed"),
    ("[[sides]]", "[sides]", "sides", "not a list of tables"),
    ('id = "red"', 'id = "red side"', "sides.id", "small letters"),
    ('name = "Red soldiers"', 'name = "Red soldiers"\nage = 3', "sides.age", "unknown key"),
    ('name = "Red soldiers"', 'name = "R"\n[[sides]]\nid = "red"\nname = "S"', "sides.id", "twice"),
    ('claim = "c2"', 'claim = "c22"', "remarks.claim", "not in claims.csv"),
    ('claim = "c2"\n', "", "remarks.claim", "missing key"),
    ('quantity = "killed"', 'quantity = "kills"', "tests.quantity", "not one of killed"),
    ("value = 30", "value = -30", "tests.value", "negative"),
    ("value = 30", "value = 0", "tests.value", "zero"),
    ("value = 30", "value = 0.0", "tests.value", "zero"),
    ('["killed", "wounded"]', '["killed", "missing"]', "casualties_include", "lack wounded"),
    ('["killed", "wounded"]', '["missing"]', "casualties_include", "lack killed and wounded"),
    ('headline = "killed"', 'headline = "captured"', "casualties_include", "lack captured"),
    ("value = 30", "value = inf", "tests.value", "not a finite number"),
    ("value = 30", "value = nan", "tests.value", "not a number"),
    ("value = 30", 'value = "30"', "tests.value", "not a number"),
    ("value = 30", "value = true", "tests.value", "not a number"),
    ("on = 2020-02-01", 'on = "soon"', "tests.on", "not a day"),
    ('title = "The harbour"', "title = ", "", "not valid TOML"),
    ('title = "The harbour"', "deep = " + "[" * 5000, "", "nested too deeply"),
    ("value = 30", "value = " + "9" * 5000, "", "not valid TOML"),
]


@pytest.mark.parametrize(("old", "new", "column", "rule"), SETTINGS)
def test_key_of_case_file(draft, old, new, column, rule):
    found = [p for p in draft.swap("case.toml", old, new).faults() if p.file == "case.toml"]
    assert any(p.column == column and rule in p.rule for p in found), found


def test_keys_are_given_with_their_line(draft):
    faults = draft.swap("case.toml", '"killed"\ncomp', '"kiled"\ncomp').faults()
    assert (faults[0].row, faults[0].mend) == (6, "did you mean 'killed'?")
    draft.swap("case.toml", 'quantity = "killed"', 'quantity = "kills"')
    assert [p.row for p in draft.faults()] == [6, 20]


HEAD = "id,source,quantity,bound,value,low,high,from,as_of,published,scope,"

SHAPES = [
    # file, old text, new text, row, column, part of the rule
    ("claims.csv", "bound,", "bond,", 1, "bond", "unknown column"),
    ("claims.csv", "bound,", "bond,", 1, "bound", "missing column"),
    ("claims.csv", "bound,value", "bound,bound", 1, "bound", "column given 2 times"),
    ("claims.csv", ",note\n", ",\n", 1, "", "a column with no name"),
    ("claims.csv", ",note\n", ",note,page\n", 1, "page", "unknown column"),
    ("claims.csv", "wording,", "x_page,", 1, "wording", "missing column"),
    ("claims.csv", "c1,red_army,killed", "c1,red_army", 2, "", "too few fields: 17"),
    ("claims.csv", "c1,red_army,killed", "c1,red_army,,killed", 2, "", "too many fields: 19"),
    ("claims.csv", '"one pier', '"one pier" x', 6, "", "broken quoting"),
    ("claims.csv", 'only"\n', "only\n", 6, "", "a quote opens here and never closes"),
    ("sources.csv", "parent,", "Parent,", 1, "Parent", "unknown column"),
]


@pytest.mark.parametrize(("file", "old", "new", "row", "column", "rule"), SHAPES)
def test_shape_of_tables(draft, file, old, new, row, column, rule):
    found = draft.swap(file, old, new).faults()
    assert any(
        p.file == file and p.row == row and p.column == column and rule in p.rule for p in found
    ), found


def test_unknown_column_names_the_nearest(draft):
    faults = draft.swap("claims.csv", "bound,", "bounds,").faults()
    assert faults[0].mend == "did you mean 'bound'?"


def test_row_with_too_many_fields_may_still_be_named(draft):
    faults = draft.swap("claims.csv", "c2,blue,killed", "c2,blue,,killed").faults()
    assert [p.row for p in faults] == [3]


def test_columns_of_ones_own_mean_nothing_and_are_text(draft):
    plain = draft.read()

    def with_own(name: str, cell: bytes) -> bytes:
        head, *rows = draft.texts["sources.csv"].rstrip("\n").encode().split(b"\n")
        return b"\n".join([name.encode() + b"," + head, *(cell + b"," + row for row in rows)])

    draft.raw["sources.csv"] = with_own("x_checked by", b"ann")
    case = draft.read()
    assert (case.fingerprint, case.warnings) == (plain.fingerprint, plain.warnings)
    assert list(case.sources.columns) == list(plain.sources.columns)
    for name, cell, rule in (("x_", b"\xff", "not UTF-8"), ("x_", b"\x1b", "control character"),
                             ("x_", b"y" * 100_001, "characters in one cell"),
                             ("x_a,x_a", b"1,2", "column given 2 times"),
                             ("X_page", b"1", "let its name begin with x_")):
        draft.raw["sources.csv"] = with_own(name, cell)
        assert any(rule in str(fault) for fault in draft.faults()), rule


RAW = [
    (b"", "empty file"),
    (b"\n\n  \n", "empty file"),
    (b",,,\n", "empty file"),
    ("id,naïve".encode("utf-16"), "UTF-16"),
    ("id,source".encode("utf-16-le"), "looks like UTF-16"),
    (b"id,source\x00\n", "NUL bytes"),
    (b"\x00" * 100, "UTF-16"),
    (HEAD.encode() + b"derived_from,via,url,wording,ambiguity,confidence,note\n", "no rows"),
    (b"id;source;quantity;bound\nc1;blue;killed;exact\n", "not separated by commas"),
    (b"," * 5000 + b"x", "more than 1000 columns"),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)), "unknown column"),
]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_a_file_with_another_separator_has_that_one_fault(draft, mark, name):
    text = draft.texts["claims.csv"].replace(",", mark)
    for raw in (text, f'\r\n{text.replace("source", '"source"', 1)}'.replace("\n", "\r")):
        draft.raw["claims.csv"] = raw.encode()
        (found,) = (p for p in draft.faults() if p.file == "claims.csv")
        assert found.rule == f"not separated by commas but by {name}"
        assert found.mend == "save it as CSV with commas"


@pytest.mark.parametrize(("raw", "rule"), RAW)
def test_file_that_is_no_table(draft, raw, rule):
    draft.raw["claims.csv"] = raw
    found = draft.faults()
    assert any(p.file == "claims.csv" and rule in p.rule for p in found), found


def test_latin_1_is_named_by_row_and_column(draft):
    text = draft.texts["claims.csv"].replace("more than", "más de")
    draft.raw["claims.csv"] = text.encode("latin-1")
    (fault,) = draft.faults()
    assert (fault.row, fault.column, fault.rule) == (3, "wording", "not UTF-8")
    assert fault.mend == "save the file as UTF-8"


def test_case_file_that_is_not_utf_8(draft):
    text = draft.texts["case.toml"].replace("harbour?", "puerto ñ")
    draft.raw["case.toml"] = text.encode("cp1252")
    assert ("case.toml", 3, "not UTF-8") in {(p.file, p.row, p.rule) for p in draft.faults()}


@pytest.mark.parametrize("name", ["case.toml", "sources.csv", "claims.csv"])
def test_missing_file(draft, name):
    (draft.write() / name).unlink()
    with pytest.raises(CaseError) as caught:
        read_case(draft.folder)
    assert [(p.file, p.rule) for p in caught.value.problems] == [(name, "missing file")]


@pytest.mark.parametrize("name", ["case.toml", "sources.csv", "claims.csv"])
def test_folder_or_pipe_in_place_of_a_file(draft, name):
    folder = draft.write()
    (folder / name).unlink()
    (folder / name).mkdir()
    with pytest.raises(CaseError, match="not a file"):
        read_case(folder)
    (folder / name).rmdir()
    os.mkfifo(folder / name)
    with pytest.raises(CaseError, match="not a file"):
        read_case(folder)


def test_empty_folder_lists_all_three_files(tmp_path):
    with pytest.raises(CaseError) as caught:
        read_case(tmp_path)
    assert [p.file for p in caught.value.problems] == ["case.toml", "sources.csv", "claims.csv"]


@pytest.mark.parametrize("path", ["no-such-case", "", "a\x00b", "x" * 5000, "/dev/null"])
def test_path_that_is_no_case(path):
    with pytest.raises(CaseError) as caught:
        read_case(path)
    assert len(caught.value.problems) == 1


def test_wrong_id_names_the_nearest_bundled_case():
    with pytest.raises(CaseError, match="did you mean 'nk-kursk'"):
        read_case("nk-kurks")


def test_file_in_place_of_a_folder(draft):
    with pytest.raises(CaseError, match="give the folder"):
        read_case(draft.write() / "claims.csv")


def test_oversized_file_is_refused(draft, monkeypatch):
    monkeypatch.setattr("estimate.data.files.MAX_FILE_BYTES", 100)
    assert {p.rule for p in draft.faults()} == {"larger than 0 MB"}


def test_too_many_sources(draft, monkeypatch):
    monkeypatch.setattr("estimate.data.checks.MAX_SOURCES", 3)
    assert [p.rule for p in draft.faults()] == ["more than 3 sources"]


def test_too_many_rows(draft, monkeypatch):
    monkeypatch.setattr("estimate.data.tables.MAX_ROWS", 4)
    (found,) = draft.faults()
    assert (found.file, found.row, found.rule) == ("claims.csv", 6, "more than 4 rows")
    assert found.mend


def test_faults_of_all_files_come_at_once_in_order(draft):
    draft.swap("case.toml", 'victim = "military"', 'victim = "army"')
    draft.cell("blue", "method", "guess", "sources.csv")
    draft.cell("c5", "value", "-1").cell("c1", "bound", "atleast").cell("c1", "as_of", "x")
    found = [(p.file, p.row, p.column) for p in draft.faults()]
    assert found == [
        ("case.toml", 4, "victim"),
        ("sources.csv", 4, "method"),
        ("claims.csv", 2, "bound"),
        ("claims.csv", 2, "as_of"),
        ("claims.csv", 6, "value"),
    ]


def test_problem_as_a_line_of_text(draft):
    (fault,) = draft.cell("c1", "bound", "atleast").faults()
    assert str(fault) == (
        "claims.csv, row 2, bound 'atleast': not one of exact, about, at_least, at_most, range; "
        "did you mean 'at_least'?"
    )


def test_what_is_shown_is_short_and_harmless():
    fault = Problem("claims.csv", 2, "note\x1b[2J", "\x1b[31m" + "x" * 10**6, "too long")
    assert fault.value.startswith("\\x1b[31mxxx")
    assert len(str(fault)) < 200
    assert "\x1b" not in str(fault)


def test_thousands_of_faults_are_counted_not_listed(draft):
    line = "x{},nobody,killed,exact,-1,,,2020-01-01,2020-01-02,2020-01-03,all,,,,,,high,\n"
    draft.texts["claims.csv"] += "".join(line.format(at) for at in range(1500))
    with pytest.raises(CaseError) as caught:
        draft.read()
    assert len(caught.value.problems) == 1000
    assert caught.value.total == 3000
    assert str(caught.value).endswith("and 2,000 more")


def test_sides(draft):
    second = '[[sides]]\nid = "blue"\nname = "Blue soldiers"\nvictim = "mixed"\n\n[[remarks]]'
    draft.swap("case.toml", "[[remarks]]", second)
    assert ("claims.csv", "side", "missing column") in {
        (p.file, p.column, p.rule) for p in draft.faults()
    }
    lines = draft.texts["claims.csv"].split("\n")
    draft.texts["claims.csv"] = "\n".join(
        [lines[0] + ",side", *(f"{line},red" for line in lines[1:5]), *lines[5:]]
    ).replace('only"', 'only",green')
    (fault,) = draft.faults()
    assert (fault.row, fault.column, fault.value) == (6, "side", "green")
    draft.swap("claims.csv", 'only",green', 'only",')
    (fault,) = draft.faults()
    assert (fault.row, fault.rule) == (6, "empty")
    draft.swap("claims.csv", 'only",', 'only",blue')
    draft.cell("blue", "relation", "blue:self;red:adversary", "sources.csv")
    case = draft.read()
    assert [(s.id, s.victim) for s in case.sides] == [("red", "military"), ("blue", "mixed")]
    assert (case.relation("blue", "red"), case.relation("blue", "blue")) == ("adversary", "self")
    assert case.relation("paper") == "media"


def test_only_the_gate_makes_a_case(draft):
    case = draft.read()
    fields = {name: getattr(case, name) for name in case.__dataclass_fields__ if name != "gate"}
    with pytest.raises(TypeError, match=r"expected a Case: call read_case\(\) first"):
        Case(**fields)
    with pytest.raises(TypeError, match=r"expected a Case: call read_case\(\) first"):
        expect_case(case.claims)
    assert expect_case(case) is case


def test_case_errors_are_ours():
    assert issubclass(CaseError, EstimateError)
    assert CaseError([Problem("f", None, "", "", "r")], 5).total == 5


def test_bundled_id_and_folder_of_that_name(draft, monkeypatch, tmp_path):
    folder = draft.write()
    folder.rename(tmp_path / "nk-kursk")
    monkeypatch.chdir(tmp_path)
    assert read_case("nk-kursk").id == "nk-kursk"
    assert read_case("./nk-kursk").id == "harbour"
    assert read_case(Path("nk-kursk")).id == "harbour"


def test_an_empty_cell_is_told_what_belongs_in_it(draft):
    draft.cell("c1", "source", "").cell("c1", "bound", "")
    told = {p.column: p.mend for p in draft.faults() if p.rule == "empty"}
    assert told == {"source": "fill in: id of the source that originated the figure",
                    "bound": "fill in: how the figure was hedged (exact, about, at_least, at_most, "
                             "range)"}
