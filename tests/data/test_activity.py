"""activity.csv: read with the case, or not there at all; every fault of it told."""

import pandas as pd
import pytest

from estimate.data.case import read_case, read_files
from estimate.data.checks import MAX_ACTIVITIES

HEADER = "from,to,name,value,url"
GOOD = (
    "2020-01-01,2020-01-04,fires,3.5,https://example.org/f",
    "2020-01-05,,fires,0,https://example.org/f",
    "2020-01-01,2020-01-09,front quiet,1,https://example.org/q",
    "2020-01-10,2020-01-20,front quiet,0,https://example.org/q",
)


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


def test_without_the_file_a_case_is_what_it_was(draft):
    case = draft.read()
    assert case.activity.empty
    assert list(case.files) == ["case.toml", "sources.csv", "claims.csv"]


def test_it_belongs_to_the_case(draft):
    bare = draft.read()
    draft.texts["activity.csv"] = table(*GOOD)
    case = draft.read()
    assert case.warnings == bare.warnings
    assert case.activity["name"].tolist() == ["fires", "fires", "front quiet", "front quiet"]
    assert case.activity["value"].tolist() == [3.5, 0.0, 1.0, 0.0]
    assert case.activity["to"][1] == pd.Timestamp("2020-01-05")
    assert case.fingerprint != bare.fingerprint
    assert case.sha256 | bare.sha256 == case.sha256
    assert case.files["activity.csv"] == draft.texts["activity.csv"].encode()
    assert read_files(case.files).fingerprint == case.fingerprint
    assert case.about(case.sides[0].id, case.headline).activity.equals(case.activity)


def test_the_order_of_rows_says_nothing(draft):
    draft.texts["activity.csv"] = table(*GOOD)
    straight = draft.read()
    draft.texts["activity.csv"] = table(*reversed(GOOD)).replace("\n", "\r\n")
    turned = draft.read()
    assert turned.fingerprint == straight.fingerprint
    assert turned.sha256["activity.csv"] != straight.sha256["activity.csv"]
    draft.texts["activity.csv"] = table(*GOOD).replace("3.5", "3.6")
    assert draft.read().fingerprint != straight.fingerprint


@pytest.mark.parametrize(("row", "column", "rule", "mend"), [
    ("2020-01-40,,fires,1,", "from", "no such day", ""),
    ("6/1/2020,,fires,1,", "from", "not a day of the form", "write 2020-01-06 or 2020-06-01"),
    (",,fires,1,", "from", "empty", ""),
    ("2020-01-09,2020-01-08,fires,1,", "from", "from is after to", ""),
    ("2020-01-09,,,1,", "name", "empty", ""),
    ("2020-01-09,,fires,,", "value", "empty", ""),
    ("2020-01-09,,fires,-1,", "value", "negative", "no sign"),
    ("2020-01-09,,fires,many,", "value", "not a number", "digits"),
    ("2020-01-09,,fires,nan,", "value", "not a number", ""),
    ("2020-01-09,,fires,1e400,", "value", "not a finite number", ""),
    ("2020-01-09,,fires,1e11,", "value", "more than ten billion", "larger unit"),
    ('2020-01-09,,fires,"1,200",', "value", "not a plain number", "write 1200"),
    ("2020-01-04,2020-01-08,fires,1,", "from", "another row of the same name", "follow"),
    ("2020-01-02,,fires,1,", "from", "another row of the same name", "follow"),
    ("2020-01-09,,fires,1", "", "too few fields", ""),
])
def test_faults(draft, row, column, rule, mend):
    draft.texts["activity.csv"] = table(*GOOD, row)
    found = draft.faults()
    assert any(p.file == "activity.csv" and p.column == column and rule in p.rule
               and mend in p.mend for p in found), found
    assert len(found) <= 2


def test_a_row_inside_a_long_one_is_told_though_another_stands_between(draft):
    draft.texts["activity.csv"] = table(
        "2020-01-01,2020-01-31,fires,1,", "2020-01-03,2020-01-04,fires,2,",
        "2020-01-20,,fires,3,", "2020-01-20,,phase,3,", "2020-01-21,,phase,2,")
    assert [p.row for p in draft.faults()] == [3, 4]


@pytest.mark.parametrize(("text", "rule"), [
    (table(*GOOD, header="from,to,name,value,link"), "unknown column"),
    (table(*GOOD).replace("to,name", "name,to", 1).replace("name,to,value", "name,name,value", 1),
     "column given 2 times"),
    (table("2020-01-01,fires,1,", header="from,name,value,url"), "missing column"),
    (table(), "no rows under the header"),
    ("", "empty file"),
    (table(*(f"2020-01-01,,n{i},1," for i in range(MAX_ACTIVITIES + 1))), "at most 20"),
    (table(GOOD[0], '2020-01-09,,"fires,1,'), "quote"),
])
def test_faults_of_the_whole(draft, text, rule):
    draft.texts["activity.csv"] = text
    assert any(p.file == "activity.csv" and rule in p.rule for p in draft.faults())


def test_a_folder_in_its_place_and_faults_beside_others_are_told(draft):
    (draft.write() / "activity.csv").mkdir()
    assert ("activity.csv", "not a file") in {(p.file, p.rule) for p in draft.faults()}


def test_faults_of_all_files_come_at_once(draft):
    draft.texts["activity.csv"] = table("2020-01-09,,fires,-1,")
    files = [p.file for p in draft.cell("c1", "value", "-5").faults()]
    assert files == ["claims.csv", "activity.csv"]


def test_what_says_nothing_is_warned_of(draft):
    draft.texts["activity.csv"] = table(
        *GOOD, "1999-01-01,1999-02-01,phase,2,", "2020-01-08,,phase,2,")
    told = [(p.row, p.column, p.value) for p in draft.read().warnings
            if p.file == "activity.csv"]
    assert told == [(6, "from", "1999-01-01"), (6, "name", "phase")]


def test_a_number_is_read_whole_or_not(tmp_path, draft):
    rows = [f"2020-01-{day:02},,fires,{text}," for day, text in
            enumerate((".5", "2.", "1e-3", "1E2", " 7 ", "0"), 1)]
    draft.texts["activity.csv"] = table(*rows)
    assert read_case(draft.write()).activity["value"].tolist() == [0.5, 2, 0.001, 100, 7, 0]
