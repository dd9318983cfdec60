"""Other people's tables as cases: every meaning kept, every row that is no claim told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.data.importing import formats, import_table, read_map, write_imported
from estimate.data.problems import CaseError, EstimateError

MAP = """\
[case]
id = "hill"
title = "Losses at the hill"
question = "How many were killed?"
victim = "military"
start = 2024-03-01
headline = "killed"
comparable_scopes = ["all"]
casualties_include = ["killed", "wounded"]

[[case.sides]]
id = "red"
name = "Red"

[[case.sides]]
id = "blue"
name = "Blue"

[fields]
as_of = { column = "day", origin = 2024-03-01 }
value = { column = "thousands", times = 1000 }
url = { column = "link" }

[constants]
bound = "about"
scope = "all"
confidence = "low"

[words.who]
"R" = { side = "red" }
"B" = { side = "blue" }

[words.what]
dead = { quantity = "killed" }
hurt = { quantity = "wounded" }
"dead, at least" = { quantity = "killed", bound = "at_least" }

[words.span]
all = {}
day = { from = "as_of" }

[words.by]
Ministry = { source = "ministry" }

[[sources]]
id = "ministry"
name = "Ministry"
relation = "red:self;blue:adversary"
method = "official_statement"
"""
TABLE = """\
day,thousands,link,who,what,span,by
4,0.5,https://example.org/1,R,dead,all,Ministry
5,12,https://example.org/2,B,"dead, at least",day,Ministry
6,1e+01,,B,hurt,all,Ministry
"""


def given(folder: Path, table: str = TABLE, mapping: str = MAP) -> tuple[Path, dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    (folder / "table.csv").write_text(table, "utf-8")
    (folder / "map.toml").write_text(mapping, "utf-8")
    return folder / "table.csv", read_map(folder / "map.toml")


def test_units_words_days_and_flags_keep_their_meaning(tmp_path: Path) -> None:
    made = import_table(*given(tmp_path))
    assert made.unmapped == ()
    case = write_imported(made, tmp_path / "case", "left.csv")
    rows = {row["id"]: row for row in case.claims.to_dict("records")}
    first, second, third = rows["r2"], rows["r3"], rows["r4"]
    assert (first["value"], first["side"], first["bound"]) == (500, "red", "about")
    assert (f"{first['from']:%Y-%m-%d}", f"{first['as_of']:%Y-%m-%d}") == (
        "2024-03-01", "2024-03-05")
    assert (second["value"], second["bound"], second["quantity"]) == (12_000, "at_least", "killed")
    assert second["from"] == second["as_of"] == second["published"]
    assert third["value"] == 10_000
    assert case.relation("ministry", "blue") == "adversary"
    assert not (tmp_path / "case" / "left.csv").exists()
    assert read_case(tmp_path / "case").fingerprint == case.fingerprint


@pytest.mark.parametrize(("row", "column", "rule"), [
    ("4,many,,R,dead,all,Ministry", "thousands", "not a number; write digits only"),
    ("4,NaN,,R,dead,all,Ministry", "thousands", "not a number; leave the cell empty"),
    ("4,,,R,dead,all,Ministry", "value", "missing figure"),
    ("4,0.0001,,R,dead,all,Ministry", "thousands", "not a whole number: 0.1"),
    ("4,-3,,R,dead,all,Ministry", "thousands", "negative"),
    ("4,~300,,R,dead,all,Ministry", "thousands", "write 300 and let the bound say the rest"),
    ('4,"1,000+",,R,dead,all,Ministry', "thousands", "write 1000 and let the bound"),
    ('4,"1,2",,R,dead,all,Ministry', "thousands", "parts no thousands; write 1.2, or 12"),
    ("4,3 thousand,,R,dead,all,Ministry", "thousands", "write 3000"),
    ("4,1e400,,R,dead,all,Ministry", "thousands", "more than ten billion"),
    ("4,inf,,R,dead,all,Ministry", "thousands", "not a finite number"),
    ("-2,1,,R,dead,all,Ministry", "day", "not a count of days from 2024-03-01"),
    ("2.5,1,,R,dead,all,Ministry", "day", "write a whole number of 0 or more"),
    (",1,,R,dead,all,Ministry", "day", "empty; give the day"),
    ("99999999999,1,,R,dead,all,Ministry", "day", "not a count of days"),
    ("900000,1,,R,dead,all,Ministry", "day", "outside the years 1800 to 2100"),
    ("4,1,,G,dead,all,Ministry", "who", "a word that the map does not have"),
    ("4,1,,R,ded,all,Ministry", "what", "did you mean 'dead'"),
    ("4,1,,R,dead,all", "", "6 cells"),
])
def test_a_row_that_is_no_claim_is_told(row: str, column: str, rule: str, tmp_path: Path) -> None:
    made = import_table(*given(tmp_path, f"{TABLE}{row}\n"))
    (problem,) = made.unmapped
    assert (problem.row, problem.column) == (5, column)
    assert rule in str(problem)
    write_imported(made, tmp_path / "case", "left.csv")
    assert (tmp_path / "case" / "left.csv").read_text("utf-8").count("\n") == 2
    assert len(read_case(tmp_path / "case").claims) == 3


def test_a_day_before_the_case_is_told(tmp_path: Path) -> None:
    made = import_table(*given(tmp_path, mapping=MAP.replace("start = 2024-03-01",
                                                              "start = 2024-03-06")))
    assert [problem.row for problem in made.unmapped] == [2]
    assert "before the first day that it covers" in str(made.unmapped[0])


@pytest.mark.parametrize(("old", "new", "told"), [
    ('column = "link"', 'column = "lnik"', "did you mean 'link'"),
    ("[words.who]", "[words.whom]", "did you mean 'who'"),
    ("[words.who]", "[word.who]", "did you mean 'words'"),
    ('side = "red"', 'sied = "red"', "did you mean 'side'"),
    ("origin = 2024-03-01", 'origin = "2024-03-01"', "without quotes"),
    ("relation =", "relations =", "did you mean 'relation'"),
    ("[case]", "[case", "not a map"),
    ('column = "link"', 'colunm = "link"', "no column named"),
    ("times = 1000", "tims = 1000", "did you mean 'times'"),
    ("times = 1000", 'times = "1000"', "not a factor"),
    ("times = 1000", "times = nan", "not a factor"),
    ('column = "link"', 'column = "link", times = 2', "at one of value, low, high"),
    ("origin = 2024-03-01", "origin = 2024-03-01T10:00:00", "not a day to count from"),
    ("start = 2024-03-01", 'start = "2024-03-01"', "case.start"),
    ("title =", "titel =", "did you mean 'title'"),
    ('id = "red"', 'name2 = "red"', "without an id"),
    ('relation = "red:self;blue:adversary"\n', "", "relation: missing; one of self, ally"),
    ('source = "ministry"', 'source = "minstry"', "did you mean 'ministry'"),
    ('side = "blue"', 'side = "bleu"', "did you mean 'blue'"),
    ('quantity = "wounded"', 'quantity = "wunded"', "did you mean 'wounded'"),
    ('scope = "all"\n', "", "scope: nothing gives this column"),
    ('value = { column = "thousands", times = 1000 }', "", "nothing gives the figure"),
    ('all = {}', "all = 3", "words.span: no words"),
    ("[constants]", "[[constants]]", "constants: not a table"),
    ("as_of = { column", "asof = { column", "did you mean 'as_of'"),
])
def test_a_map_that_cannot_be_used_is_refused(old: str, new: str, told: str, tmp_path: Path
                                               ) -> None:
    with pytest.raises(EstimateError) as caught:
        import_table(*given(tmp_path, mapping=MAP.replace(old, new, 1)))
    assert told in str(caught.value)


def test_nothing_is_written_where_the_rows_make_no_case(tmp_path: Path) -> None:
    wrong = MAP.replace("red:self;blue:adversary", "red:self")
    made = import_table(*given(tmp_path, mapping=wrong))
    with pytest.raises(CaseError, match=r"sources\.csv"):
        write_imported(made, tmp_path / "case", "left.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.toml", "table.csv"]


def test_two_rows_for_one_id_are_told(tmp_path: Path) -> None:
    mapping = MAP.replace("[fields]\n", '[fields]\nid = { column = "link" }\n')
    table = TABLE.replace("https://example.org/1", "one").replace("https://example.org/2", "one")
    table = table.replace("1e+01,,", "1e+01,two,")
    made = import_table(*given(tmp_path, table, mapping.replace('url = { column = "link" }\n', "")))
    assert [str(each) for each in made.unmapped] == [
        "table.csv, row 3, id 'one': the same id as row 2; give each row its own"]


UNITS = """day,low,high,figure,unit,bound,span,per
4,,,2,thousand,about,all,
5,,,300,one,most,all,
6,3,2,,thousand,between,all,
7,2,3,,thousand,between,all,
8,2,3,9,one,between,all,
9,,,9,one,about,all,day
9,1,,9,one,about,all,
"""
UNIT_MAP = MAP.partition('[[case.sides]]\nid = "blue"')[0] + """
[fields]
as_of = { column = "day", origin = 2024-03-01 }
value = { column = "figure" }
low = { column = "low" }
high = { column = "high" }

[constants]
scope = "all"
confidence = "low"
source = "ministry"
quantity = "killed"

[words.unit]
one = {}
thousand = { times = 1000 }

[words.bound]
about = { bound = "about" }
most = { bound = "at_most" }
between = { bound = "range" }

[words.span]
all = { from = "start" }

[words.per]
"" = {}
day = { from = "as_of" }

[[sources]]
id = "ministry"
name = "Ministry"
relation = "self"
method = "official_statement"
"""


def test_units_row_by_row_and_cells_that_contradict_each_other(tmp_path: Path) -> None:
    made = import_table(*given(tmp_path, UNITS, UNIT_MAP))
    claims = write_imported(made, tmp_path / "case", "left.csv").claims.set_index("id")
    assert claims["value"].dropna().to_dict() == {"r2": 2000, "r3": 300}
    assert claims.loc["r5", ["low", "high"]].tolist() == [2000, 3000]
    assert [(each.row, each.column, each.rule) for each in made.unmapped] == [
        (4, "low", "minimum above maximum 2000"),
        (6, "value", "too many figures: the bound range has none here"),
        (7, "per", "means from as_of, but span in the same row means start"),
        (8, "low", "too many figures: the bound about has none here"),
    ]


@pytest.mark.parametrize(("raw", "told"), [
    (b"", "empty file; start with a header"),
    (b"\n\n", "empty file"),
    (TABLE.splitlines()[0].encode(), "none of 0 rows could be mapped"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "NUL bytes"),
    (TABLE.replace("Ministry", "Minist\u00e9re").encode("latin-1"), "row 2: not UTF-8; save"),
    (TABLE.encode("utf-16"), "UTF-16"),
    (TABLE.replace(",", ";").encode(), "not separated by commas; save it with commas"),
    (TABLE.replace("link", "day").encode(), "'day': column given 2 times"),
    (TABLE.replace("who", "woh").encode(), "has no column 'who', which the map names in words.who"),
    (TABLE.replace("0.5", "").replace(",12,", ",,").replace("1e+01", "").encode(),
     "none of 3 rows could be mapped; the first reason: table.csv, row 2, value: missing figure"),
    (TABLE.replace("R,dead", '"R,dead').encode(), "mend the quotes"),
])
def test_a_table_that_is_none_is_refused(raw: bytes, told: str, tmp_path: Path) -> None:
    path, mapping = given(tmp_path)
    path.write_bytes(raw)
    with pytest.raises(EstimateError) as caught:
        import_table(path, mapping)
    assert told in str(caught.value)
    assert str(caught.value).startswith("table.csv")


@pytest.mark.parametrize("taken", ["mine", ""])
def test_what_was_there_is_never_lost(taken: str, tmp_path: Path) -> None:
    """Also where it came to be there after the command had looked."""
    made = import_table(*given(tmp_path))
    out = tmp_path / "case"
    if taken:
        out.mkdir()
        (out / taken).write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(EstimateError, match="name another folder"):
        write_imported(made, out, "left.csv")
    assert (out / taken if taken else out).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 3


def test_formats_that_ship_can_be_read() -> None:
    assert formats() == ["radford2023"]
    mapping = read_map("radford2023")
    assert len(mapping["sources"]) == 7


PEER = Path(__file__).parents[3] / "shared" / "peers" / "radford-2023" / "claims.csv"


@pytest.mark.skipif(not PEER.is_file(), reason="the peer's table is not here")
def test_the_peers_table_is_imported_whole(tmp_path: Path) -> None:
    made = import_table(PEER, read_map("radford2023"))
    assert made.unmapped == ()
    claims = write_imported(made, tmp_path / "case", "left.csv").claims
    assert len(claims) == 4609
    assert (claims["from"] == claims["as_of"]).sum() == 163  # 162 of one day, a total on the first
    assert (claims["bound"] == "at_least").sum() == 173
    assert (claims["bound"] == "at_most").sum() == 51
    assert len(claims[["side", "quantity"]].drop_duplicates()) == 30
