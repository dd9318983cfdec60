"""What a case says does not depend on how its files are laid out."""

import csv
import io
import random

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

from estimate.data.bundled import bundled_folder
from estimate.data.case import ORDER, read_case
from estimate.data.words import CLAIM_COLUMNS, SOURCE_COLUMNS


def rewritten(text, rng=None, end="\n", quoting=csv.QUOTE_MINIMAL):
    """The same table with rows and columns in another order, another line ending."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    columns = list(rows[0])
    if rng:
        rng.shuffle(rows)
        rng.shuffle(columns)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def same(one, two):
    assert_frame_equal(one.claims.drop(columns="row"), two.claims.drop(columns="row"))
    assert_frame_equal(one.sources, two.sources)
    assert one.fingerprint == two.fingerprint


def test_shuffled_rows_and_columns_say_the_same(tmp_path):
    folder = bundled_folder("nk-kursk")
    straight = read_case("nk-kursk")
    for seed in range(3):
        for name in ("case.toml", "sources.csv", "claims.csv"):
            text = (folder / name).read_text(encoding="utf-8")
            text = text if name == "case.toml" else rewritten(text, random.Random(seed))
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        shuffled = read_case(tmp_path)
        same(straight, shuffled)
        assert straight.sha256["claims.csv"] != shuffled.sha256["claims.csv"]


def test_line_endings_marks_and_quotes_say_the_same(draft):
    straight = draft.read()
    claims = draft.texts["claims.csv"]
    crlf = claims.replace("\n", "\r\n")
    for text in (
        crlf,
        claims.replace("\n", "\r"),
        "\ufeff" + claims,
        "\ufeff" + rewritten(claims, quoting=csv.QUOTE_ALL),
        claims.replace("\nc3", "\n\n\n,,,,,,,,,,,,,,,,,\nc3"),
        claims.replace("c1,red_army,killed", " c1 ,red_army , killed"),
    ):
        draft.texts["claims.csv"] = text
        same(straight, draft.read())


def test_rows_are_lines_of_the_file(draft):
    draft.swap("claims.csv", '"between 100', '"a\nb\r\nc between 100')
    draft.swap("claims.csv", "\nc4", "\n\n\nc4")
    draft.texts["claims.csv"] = "\ufeff" + draft.texts["claims.csv"]
    rows = draft.read().claims.set_index("id")["row"].to_dict()
    assert rows == {"c1": 2, "c2": 3, "c3": 4, "c4": 9, "c5": 10}
    crlf = draft.texts["claims.csv"].replace("\r\n", "\n").replace("\n", "\r\n")
    draft.texts["claims.csv"] = crlf
    assert draft.read().claims.set_index("id")["row"].to_dict() == rows
    assert [p.row for p in draft.swap("claims.csv", "about,5000", "about,5k").faults()] == [9]


def test_any_change_of_meaning_changes_the_fingerprint(draft):
    prints = {draft.read().fingerprint}
    draft.cell("c1", "value", "21")
    prints.add(draft.read().fingerprint)
    draft.cell("red_army", "note", "x", "sources.csv")
    prints.add(draft.read().fingerprint)
    draft.swap("case.toml", "Often printed.", "Often said.")
    prints.add(draft.read().fingerprint)
    draft.swap("case.toml", '["all", "harbour"]', '["all"]')
    prints.add(draft.read().fingerprint)
    assert len(prints) == 5


def test_frames_have_the_stated_columns_and_types(draft):
    case = draft.read()
    assert list(case.claims) == [*(c.name for c in CLAIM_COLUMNS), "row"]
    assert list(case.sources) == [*(c.name for c in SOURCE_COLUMNS), "family", "roots"]
    for column in CLAIM_COLUMNS:
        kind = case.claims[column.name].dtype
        if column.kind == "count":
            assert kind == np.float64
        elif column.kind == "day":
            assert kind == np.dtype("datetime64[s]")
            assert not case.claims[column.name].isna().any()
        else:
            assert kind == pd.StringDtype(na_value=np.nan)
            assert not case.claims[column.name].isna().any()
    assert isinstance(case.claims.index, pd.RangeIndex)
    assert set(case.claims["side"]) == {"red"}
    assert case.claims["id"].tolist() == ["c5", "c1", "c2", "c3", "c4"]
    assert case.claims.set_index("id").loc["c5", "note"] == "one pier\nonly"
    assert case.files["claims.csv"] == draft.texts["claims.csv"].encode()


def test_claims_are_in_canonical_order():
    claims = read_case("nk-kursk").claims
    assert_frame_equal(claims, claims.sort_values(list(ORDER), ignore_index=True))


def test_families_and_roots(draft):
    draft.add("desk,A desk,Green,media,estimate,paper,,", "sources.csv")
    draft.add("digest,A digest,Green,media,estimate,,desk;red_army,", "sources.csv")
    sources = draft.read().sources.set_index("id")
    assert sources["family"].to_dict() == {
        "red_gov": "red_gov", "red_army": "red_gov", "blue": "blue",
        "paper": "paper", "desk": "paper", "digest": "digest",
    }  # fmt: skip
    assert sources["roots"].to_dict() == {
        "red_gov": (), "red_army": (), "blue": (),
        "paper": ("blue",), "desk": ("blue",), "digest": ("blue", "paper", "red_gov"),
    }  # fmt: skip
