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
5,"1,2",https://example.org/2,B,"dead, at least",day,Ministry
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
    ("4,many,,R,dead,all,Ministry", "thousands", "not a whole figure"),
    ("4,0.0001,,R,dead,all,Ministry", "thousands", "not a whole figure"),
    ("4,-3,,R,dead,all,Ministry", "thousands", "not a whole figure"),
    ("-2,1,,R,dead,all,Ministry", "day", "not a count of days"),
    ("99999999999,1,,R,dead,all,Ministry", "day", "not a count of days"),
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
    ("as_of = { column", "asof = { column", "did you mean 'as_of'"),
])
def test_a_map_that_cannot_be_used_is_refused(old: str, new: str, told: str, tmp_path: Path
                                               ) -> None:
    with pytest.raises(EstimateError) as caught:
        import_table(*given(tmp_path, mapping=MAP.replace(old, new, 1)))
    assert told in str(caught.value)


def test_nothing_is_written_where_the_rows_make_no_case(tmp_path: Path) -> None:
    made = import_table(*given(tmp_path, mapping=MAP.replace("red:self;blue:adversary", "selb")))
    with pytest.raises(CaseError, match=r"sources\.csv"):
        write_imported(made, tmp_path / "case", "left.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.toml", "table.csv"]


def test_two_rows_for_one_id_are_a_fault(tmp_path: Path) -> None:
    mapping = MAP.replace("[fields]\n", '[fields]\nid = { column = "link" }\n')
    table = TABLE.replace("https://example.org/1", "one").replace("https://example.org/2", "one")
    made = import_table(*given(tmp_path, table, mapping.replace('url = { column = "link" }\n', "")))
    with pytest.raises(CaseError, match="one"):
        write_imported(made, tmp_path / "case", "left.csv")


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
