"""The bundled case: all rows are there, coded as the notes say."""

from pathlib import Path

import pytest

from estimate.data.bundled import bundled_cases, bundled_folder
from estimate.data.case import Case, read_case
from estimate.data.cells import parts


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("nk-kursk")


@pytest.fixture(scope="module")
def claims(case):
    return case.claims.set_index("id")


def test_listed_with_its_size():
    ((name, title, n_claims, n_sources, first, last),) = bundled_cases()
    assert (name, n_claims, n_sources) == ("nk-kursk", 126, 31)
    assert "North Korean" in title
    assert (str(first), str(last)) == ("2024-10-04", "2026-02-20")
    with pytest.raises(KeyError):
        bundled_folder("no-such-case")


def test_all_ids_are_kept(claims):
    assert sorted(claims.index) == [f"nk{at:03}" for at in range(1, 127)]


def test_the_350_is_what_it_is(case, claims):
    row = claims.loc["nk108"]
    assert (row["quantity"], row["value"], row["source"]) == ("named_dead", 350, "nk_state")
    assert "counted by NIS" in row["via"]
    (remark,) = [each for each in case.remarks if each.claim == "nk108"]
    assert "not casualties" in remark.text
    assert "mistranslations" in remark.text
    assert ("killed", 350) in {(test.quantity, test.value) for test in case.tests}


def test_corrections_are_said_in_the_row(claims):
    recoded = claims[claims["note"].str.contains("recoded: ")]
    assert len(recoded) == 22
    page = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    for name, note in recoded["note"].items():
        reason = note.split("recoded: ")[1].replace("|", "\\|")
        assert f"| `{name}` | {reason} |" in page, name


def test_echoes_are_derived(claims):
    derived = {name: parts(cell) for name, cell in claims["derived_from"].items() if cell}
    for echo, origin in {
        "nk030": "nk024", "nk032": "nk028", "nk059": "nk045", "nk060": "nk056", "nk061": "nk058",
        "nk092": "nk088", "nk100": "nk056", "nk105": "nk096", "nk118": "nk081", "nk125": "nk107",
    }.items():  # fmt: skip
        assert origin in derived[echo], echo


def test_figures_for_others_too_are_marked(claims):
    both = claims[claims["ambiguity"].str.contains("side+others", regex=False)]
    assert sorted(both.index) == ["nk018", "nk039", "nk042", "nk068"]


def test_lost_may_mean_killed(claims):
    either = claims[claims["ambiguity"].str.contains("killed|casualties", regex=False)]
    assert {"nk045", "nk059", "nk065"} <= set(either.index)
    assert not {"nk094", "nk121"} & set(either.index)


def test_the_united_states_counts_from_december(claims):
    us = claims[claims["source"].isin(["us_pentagon", "us_official_anon", "nyt_officials"])]
    losses = us[(us["quantity"] == "casualties")]
    assert set(losses["from"].dt.strftime("%Y-%m-%d")) == {"2024-12-01"}


def test_parts_are_disjoint_by_final_state(case, claims):
    held = claims[(claims["quantity"] == "captured") & claims["scope"].isin(case.comparable_scopes)]
    assert set(held["value"]) == {2}


def test_few_origins(case):
    sources = case.sources.set_index("id")
    assert set(sources[sources["family"] == "rok_gov"]["roots"]) == {("ukraine_gov",)}
    for origin in ("ukraine_gov", "us_gov", "uk_mod", "nk_state"):
        assert sources.loc[origin, "roots"] == ()


def test_every_warning_was_judged(case):
    assert case.warnings == ()
    assert [(each.finding.code, each.finding.claims) for each in case.judged] == [
        ("echo", ("nk065", "nk063")), ("echo", ("nk066", "nk065"))]


def test_every_claim_has_a_link(claims):
    assert (claims["url"].str.startswith(("http://", "https://"))).all()
