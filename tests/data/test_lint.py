"""Findings of meaning: each rule sees its error, and lets what is like it alone."""

from pathlib import Path

import numpy as np
import pytest

from estimate.data.codes import CODES, OTHER_CODES
from estimate.data.lint import digits_of

from .claim_lines import line

PAGES = Path(__file__).parents[2] / "docs" / "checks"


def found(draft, *lines):
    """Codes and claims of the warnings of the small case with more lines."""
    for each in lines:
        draft.add(each)
    return [(each.code, each.claims) for each in draft.read().warnings]


def other(name, value, as_of, **cells):
    return line(name, value, as_of, source="paper", **cells)


def test_every_code_has_a_page_and_every_page_a_code():
    codes = {*CODES, *OTHER_CODES}
    assert len(codes) == len(CODES) + len(OTHER_CODES)
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == codes
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    for code, meaning in {**CODES, **OTHER_CODES}.items():
        assert f"| [{code}]({code}.md) | {meaning} |" in index
        page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {code}\n")
        for part in ("**For instance**", "**Why it matters.**", "**What to do.**", "judged"):
            assert part in page, f"{code}: {part}"
        assert (f"--judge {code} " in page) == (code in CODES)


def test_the_line_of_a_warning_ends_with_its_code(draft):
    draft.add(line("d1", 400, "2020-02-01", url=""))
    (warning,) = draft.read().warnings
    assert str(warning).endswith("; add the page where the figure was seen [missing-link]")


def test_significant_digits():
    figures = np.array([0, np.nan, 7, 400, 4700, 1042, 1e10])
    assert digits_of(figures).tolist() == [0, 0, 1, 1, 2, 4, 1]


@pytest.mark.parametrize(("last", "code"), [
    (16400, "times-ten"), (164, "times-ten"), (6140, "digit-swap"), (1700, None)])
def test_a_slip_in_the_middle_of_a_running_total(draft, last, code):
    said = found(draft, line("d1", 1500, "2020-02-01"), line("d2", last, "2020-02-05"),
                 line("d3", 1700, "2020-02-09"))
    assert (code in [each for each, claims in said if "d2" in claims]) == (code is not None)
    assert code is not None or not said


@pytest.mark.parametrize("cells", [
    {"quantity": "missing"}, {"bound": "at_least"}, {"ambiguity": "killed|casualties"},
    {"ambiguity": "about|at_least"}, {"value": 395}, {"as_of": "2020-02-01"}])
def test_falls_that_are_no_errors(draft, cells):
    given = {"name": "d2", "value": 350, "as_of": "2020-02-09", "published": "2020-02-09", **cells}
    before = {key: cells[key] for key in ("quantity",) if key in cells}
    assert not found(draft, line("d1", 400, "2020-02-01", **before), line(**given))


def test_a_total_that_counted_the_missing_may_fall(draft):
    assert not found(draft, line("d1", 400, "2020-02-01", wording="dead or missing"),
                     line("d2", 350, "2020-02-09"))


def test_a_fall_is_held_against_the_last_earlier_day(draft):
    said = found(draft, line("d1", 460, "2020-02-01"), line("d2", 500, "2020-02-05"),
                 line("d3", 22, "2020-02-05", "2020-02-06"))
    assert ("falling-total", ("d3", "d1")) in said


def test_small_totals_grow_tenfold_without_error(draft):
    assert not found(draft, line("d1", 5, "2020-02-01"), line("d2", 60, "2020-02-02"))


def test_a_twin_with_two_digits_swapped(draft):
    ((code, claims),) = found(draft, line("d1", 4711, "2020-02-01"),
                              other("d2", 4171, "2020-02-20"))
    assert (code, set(claims)) == ("digit-swap", {"d1", "d2"})


@pytest.mark.parametrize("second", [
    {"value": 417}, {"value": 4700}, {"as_of": "2020-04-20"}, {"quantity": "wounded"}])
def test_no_twin(draft, second):
    first = 471 if second.get("value") == 417 else 4711
    assert not found(draft, line("d1", first, "2020-02-01"),
                     other(**{"name": "d2", "value": 4171, "as_of": "2020-02-20", **second}))


def test_a_figure_far_from_all_others(draft):
    draft.add("army,Army,Blue,adversary,leak,,,", "sources.csv")
    draft.add("navy,Navy,Blue,adversary,leak,,,", "sources.csv")
    three = [line("d1", 310, "2020-02-01", source="army"),
             line("d2", 325, "2020-02-04", source="navy"),
             line("d3", 340, "2020-02-12", source="blue")]
    said = found(draft, *three, other("d4", 3200, "2020-02-08"))
    assert said == [("times-ten", ("d4",))]


def test_early_counts_are_small_without_error(draft):
    draft.add("army,Army,Blue,adversary,leak,,,", "sources.csv")
    draft.add("navy,Navy,Blue,adversary,leak,,,", "sources.csv")
    assert not found(draft, other("d4", 32, "2020-02-01"),
                     line("d1", 310, "2020-02-04", source="army"),
                     line("d2", 325, "2020-02-05", source="navy"),
                     line("d3", 340, "2020-02-06"))


def test_an_echo_within_a_family_may_be_round(draft):
    draft.cell("paper", "parent", "blue", "sources.csv").cell("paper", "builds_on", "",
                                                              "sources.csv")
    assert found(draft, line("d1", 400, "2020-02-01"),
                 other("d2", 400, "2020-02-03")) == [("echo", ("d2", "d1"))]


def test_an_echo_is_heard_across_the_source_s_own_repetition(draft):
    said = found(draft, line("d1", 410, "2020-02-01"), other("d2", 410, "2020-02-05"),
                 other("d3", 410, "2020-02-06", **{"from": "2020-01-02"}))
    assert said == [("echo", ("d2", "d1")), ("echo", ("d3", "d1"))]


def test_many_figures_near_make_an_echo_chance(draft):
    several = [line(f"e{at}", 300 + at, "2020-02-04", **{"from": f"2020-01-{at + 2:02}"})
               for at in range(12)]
    assert not [each for each in found(draft, line("d1", 410, "2020-02-01"), *several,
                                       other("d2", 410, "2020-02-05")) if each[0] == "echo"]


def test_dead_that_are_somebody_s_casualties(draft):
    assert found(draft, line("d1", 4100, "2020-02-01", quantity="casualties"),
                 other("d2", 4100, "2020-02-03")) == [("killed-casualties", ("d2", "d1"))]


@pytest.mark.parametrize("cells", [
    {"ambiguity": "killed|casualties"}, {"derived_from": "d1"}, {"value": 3000},
    {"quantity": "wounded"}, {"as_of": "2020-04-03"}])
def test_dead_that_are_not(draft, cells):
    given = {"name": "d2", "value": 4100, "as_of": "2020-02-03", **cells}
    assert not found(draft, line("d1", 4100, "2020-02-01", quantity="casualties"), other(**given))


def test_more_dead_than_all_casualties_of_the_same_source(draft):
    assert found(draft, line("d1", 900, "2020-02-01"),
                 line("d2", 300, "2020-02-03", quantity="casualties")) == [
                     ("killed-casualties", ("d1", "d2"))]


def test_dead_among_the_casualties_of_others(draft):
    said = found(draft, line("d1", 1000, "2020-02-01"),
                 line("d2", 4000, "2020-02-01", quantity="casualties"),
                 other("d3", 4150, "2020-02-09"))
    assert said == [("killed-casualties", ("d3", "d2"))]


@pytest.mark.parametrize(("quantity", "wording", "told"), [
    ("killed", "heavy casualties", True), ("killed", "killed or wounded", True),
    ("casualties", "all dead", True), ("casualties", "dead and injured", False),
    ("killed", "all dead", False), ("wounded", "no casualties", False)])
def test_quotes_that_name_another_quantity(draft, quantity, wording, told):
    said = found(draft, line("d1", 400, "2020-02-01", quantity=quantity, wording=wording))
    assert said == ([("killed-casualties", ("d1",))] if told else [])


def test_a_share_of_a_total(draft):
    assert found(draft, line("d1", 4700, "2020-02-01", quantity="casualties"),
                 other("d2", 1645, "2020-02-06")) == [("derived", ("d2", "d1"))]


@pytest.mark.parametrize("second", [
    {"value": 1646}, {"value": 1175, "derived_from": "d1"}, {"as_of": "2020-04-06"},
    {"quantity": "captured", "value": 1600}])
def test_no_share(draft, second):
    given = {"name": "d2", "value": 1645, "as_of": "2020-02-06", **second}
    assert not found(draft, line("d1", 4700, "2020-02-01", quantity="casualties"), other(**given))


def test_round_shares_of_round_totals_are_chance(draft):
    assert not found(draft, line("d1", 4000, "2020-02-01", quantity="casualties"),
                     other("d2", 1000, "2020-02-06"))


@pytest.mark.parametrize(("value", "code"), [(2357, ["derived"]), (2358, []), (2300, [])])
def test_a_line_extended(draft, value, code):
    said = found(draft, line("d1", 1203, "2020-02-01"), line("d2", 1780, "2020-02-11"),
                 line("d3", value, "2020-02-21"))
    assert [each for each, _ in said] == code


@pytest.mark.parametrize(("published", "wording", "told"), [
    ("2021-02-05", "", True), ("2022-02-02", "", True), ("2020-08-01", "", False),
    ("2020-08-01", "killed yesterday", True), ("2020-02-05", "killed yesterday", False),
    ("2021-06-01", "", False)])
def test_days_of_publication_that_do_not_fit(draft, published, wording, told):
    draft.swap("case.toml", "start = 2020-01-01", "start = 2020-01-01\nend = 2020-03-01")
    said = found(draft, line("d1", 400, "2020-02-01", published, wording=wording))
    assert said == ([("stale-window", ("d1",))] if told else [])
