"""The library that ships: whole, coded as its README says, its cases free of their truths."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from estimate.data import librarywords, words
from estimate.data.case import Case, read_case
from estimate.data.library import Library, read_library

PAGE = (Path(__file__).parents[2] / "data" / "resolved" / "README.md").read_text(encoding="utf-8")

PLACES = {
    "afghanistan2001": "Afghanistan",
    "bangui_sandf_2013": "Central African Republic",
    "balasore_2023": "India, Odisha",
    "bosnia1992": "Bosnia",
    "brazzaville_2012": "Congo",
    "castlead2008": "Gaza",
    "cenepa1995": "Ecuador and Peru",
    "chechen1_ru": "Chechnya",
    "chechnya1999": "Chechnya, Moscow, Beslan",
    "chernobyl_1986_acute": "Ukraine",
    "china_korea_killed": "Korea",
    "dantewada_2010": "India, Chhattisgarh",
    "derna_2023": "Libya",
    "falklands1982": "South Atlantic",
    "gaza2014_total": "Gaza",
    "gaza2023": "Israel and Gaza",
    "gdr_june1953": "East Germany",
    "georgia2008": "Georgia",
    "grenada_cubans": "Grenada",
    "haiti_2010": "Haiti",
    "hungary56_hung": "Hungary",
    "indopak1965": "India and Pakistan",
    "indpak71_iaf": "India and Pakistan",
    "iraniraq1980": "Iran and Iraq",
    "isis_iraq2014": "Iraq",
    "itaewon_2022": "South Korea, Seoul",
    "kanjuruhan_2022": "Indonesia",
    "kargil1999": "India and Pakistan",
    "kiss_2013": "Brazil",
    "kosovo1999": "Kosovo",
    "kyrgyztajik2022": "Kyrgyz-Tajik border",
    "lamehorse_2009": "Russia, Perm",
    "libya_2011": "Libya",
    "ludian_2014": "China, Yunnan",
    "maria_2017": "Puerto Rico",
    "maui_2023": "Hawaii",
    "mogadishu1993": "Somalia",
    "moulivakkam_2014": "India, Chennai",
    "panama1989": "Panama",
    "prague68_killed": "Czechoslovakia",
    "ranaplaza_2013": "Bangladesh",
    "raspadskaya_2010": "Russia, Kuzbass",
    "sahel2012": "Mali and Burkina Faso",
    "sewol_2014": "South Korea, at sea",
    "sixday1967": "Egypt and Israel",
    "soma_2014": "Turkey, Soma",
    "somalia2007": "Somalia",
    "sovietafghan1979": "Afghanistan",
    "srilanka1983": "Sri Lanka",
    "syria2011": "Syria",
    "tiananmen_1989": "China, Beijing",
    "timisoara_1989": "Romania",
    "ukraine2022": "Ukraine",
    "ulyanovskaya_2007": "Russia, Kuzbass",
    "utoya_2011": "Norway",
    "vietnam_communist": "Vietnam",
    "wtc_2001": "United States, New York",
    "yakaghund_2010": "Pakistan, Mohmand",
    "yomkippur_isr_killed": "Egypt, Israel and Syria",
}
"""Where the conflicts lie that overlap in days with another one."""


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library()


@pytest.fixture(scope="module")
def cases(library) -> dict[str, Case]:
    return {name: library.case(name) for name in library.ids}


def test_whole(library):
    assert (len(library.cases), len(library.claims)) == (166, 663)
    assert library.warnings == ()
    assert "166 cases" in PAGE
    assert "663 claims" in PAGE


@pytest.mark.parametrize("column", ["kind", "route", "side", "unit", "conflict"])
def test_nothing_is_left_open(library, column):
    assert (library.cases[column] != "").all()


def test_every_case_can_be_read_and_speaks_of_its_quantity(library, cases):
    for name, case in cases.items():
        assert case.id == name
        comparable = case.claims["scope"].isin(case.comparable_scopes)
        assert (case.claims["quantity"][comparable] == case.headline).any(), name
    assert sum(len(case.claims) for case in cases.values()) == len(library.claims)
    for case_id, claims in library.claims.groupby("case"):
        assert set(claims["source_id"]) == set(cases[case_id].sources["id"])


def test_methods_survive(library, cases):
    for case_id, claims in library.claims.groupby("case"):
        sources = cases[case_id].sources.set_index("id")
        for claim in claims.itertuples():
            told = sources.loc[claim.source_id, ["relation", "method"]].tolist()
            assert told == [claim.relation, claim.method]


def test_no_case_names_its_truth(library, cases):
    for case_id, case in cases.items():
        whole = b"".join(case.files.values()).decode().lower()
        assert "truth" not in whole, case_id
        assert set(case.claims["note"]) <= {
            "", "published some day of that month, no later",
            "published some day of that year, no later",
        }  # fmt: skip
        best = library.truth(case_id).best
        if best >= 1000 and not (case.claims[["value", "low", "high"]] == best).any(axis=None):
            assert not re.search(rf"\b({best:.0f}|{best:,.0f})\b", whole), case_id


def test_a_case_by_its_id(library):
    case = read_case("resolved:saky_2022")
    assert case.fingerprint == library.case("saky_2022").fingerprint
    assert (case.conflict, case.route) == ("ukraine2022", "outsiders")


def test_routes_and_zeros(library):
    assert set(library.cases["route"]) == set(words.ROUTES)
    zeros = library.truths[library.truths["best"] == 0]["case"]
    assert sorted(zeros) == ["alasad_2020_killed", "formosa_us_carriers", "indpak_20190227_f16"]


def test_cases_that_belong_together_share_a_conflict(library):
    """Whoever overlaps in days and place is of one conflict."""
    rows = list(library.cases.itertuples())
    for one, other in combinations(rows, 2):
        overlap = one.start <= other.end and other.start <= one.end
        if overlap and one.conflict != other.conflict:
            assert PLACES[one.conflict] != PLACES[other.conflict], (one.case, other.case)


@pytest.mark.parametrize("together", [
    "nk2016_arm nk2016_az", "oct7_2023 oct7_hostages", "kyrgyz_sep2022 tajik_sep2022",
    "cenepa_ecuador cenepa_peru", "iraniraq_both iraniraq_iran halabja_1988",
    "donbas_feb2015 ilovaisk_2014 debaltseve_2015 il76_luhansk_2014 moskva_2022",
    "afghan_soviet afghan_casualties_1983 afghan_casualties_may1988",
    "iraq03_mil iraq03_coalition_26mar iraq03_coalition_7apr",
    "georgia08_ru_killed tskhinvali_2008", "khasham_2018_total khasham_2018_wagner",
])  # fmt: skip
def test_conflicts(library, together):
    conflict = library.cases.set_index("case")["conflict"]
    assert len(set(conflict[together.split()])) == 1


def test_conflicts_are_listed(library):
    for conflict, rows in library.cases.groupby("conflict"):
        if f"| `{conflict}` | " in PAGE:
            (line,) = [each for each in PAGE.split("\n") if each.startswith(f"| `{conflict}` | ")]
            listed = set(re.findall(r"`(\w+)`", line)) - {conflict}
            assert listed <= set(rows["case"])
            assert listed == set(rows["case"]) or conflict == "ukraine2022"


def test_corrections_are_said_in_the_row(library):
    recoded = library.claims[library.claims["note"].str.contains("recoded: ")]
    said = {name: note.split("recoded: ")[1].replace("|", "\\|")
            for name, note in zip(recoded["id"], recoded["note"], strict=True)}  # fmt: skip
    listed = re.findall(r"^\| `([CDE]\d{4})` \| (.*) \|$", PAGE, re.MULTILINE)
    assert {name: why for name, why in listed if not why.startswith("removed: ")} == said
    gone = {name for name, why in listed if why.startswith("removed: ")}
    assert len(gone) == 670 - len(library.claims)
    assert not gone & set(library.claims["id"])


@pytest.mark.parametrize("schema", ["RESOLVED_CASE_COLUMNS", "RESOLVED_CLAIM_COLUMNS"])
def test_columns_are_in_the_readme(schema):
    for column in getattr(librarywords, schema):
        meaning = column.meaning.replace("|", "\\|")
        ends = f"| {'no' if column.filled else 'yes'} | {'yes' if column.optional else 'no'} |"
        assert any(
            line.startswith(f"| `{column.name}` | {meaning} |") and line.endswith(ends)
            for line in PAGE.split("\n")
        ), column.name


@pytest.mark.parametrize("name", ["KINDS", "TRUTH_CONFIDENCES", "CONTEMPORARY"])
def test_words_are_in_the_readme(name):
    for word, meaning in getattr(librarywords, name).items():
        assert f"| `{word}` | {meaning} |" in PAGE


@pytest.mark.parametrize("name", ["kunduz_msf_2015", "soma_2014"])
def test_sources_of_one_name_are_told_apart(library, name):
    case = library.case(name)
    assert case.sources["name"].is_unique
    assert not [each for each in case.warnings if each.code == "look-alike"]
