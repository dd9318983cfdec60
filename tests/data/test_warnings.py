"""Every warning: the fit may go on, and the sentence names the claims."""

import pytest

from estimate.data.lint import swaps

from .claim_lines import line


def warnings(draft, *lines):
    for each in lines:
        draft.add(each)
    return draft.read().warnings


def test_the_small_case_has_none(draft):
    assert warnings(draft) == ()


def test_running_total_falls(draft):
    (found,) = warnings(draft, line("d1", 400, "2020-02-01"), line("d2", 330, "2020-02-09"))
    assert (found.row, found.code, found.claims) == (9, "falling-total", ("d2", "d1"))
    assert found.rule == "blue's running total of killed falls to 330 (d2) from 400 (d1)"


def test_floor_below_an_older_figure_is_no_fall(draft):
    assert not warnings(
        draft,
        line("d1", 400, "2020-02-01"),
        line("d2", 350, "2020-02-09", bound="at_least"),
    )


def test_figures_for_other_windows_are_no_running_total(draft):
    assert not warnings(
        draft,
        line("d1", 400, "2020-02-01"),
        line("d2", 350, "2020-02-09", **{"from": "2020-02-02"}),
        line("d3", 300, "2020-02-10", quantity="wounded"),
        line("d4", 300, "2020-02-10", scope="battle:pier"),
    )


def test_swapped_digits_in_the_new_figure(draft):
    fall, swap = warnings(
        draft,
        line("d1", 1640, "2020-02-01"),
        line("d2", 1468, "2020-02-05"),
        line("d3", 1700, "2020-02-09"),
    )
    assert (fall.code, swap.code, swap.claims) == ("falling-total", "digit-swap", ("d2", "d1"))
    assert swap.mend == "were digits swapped in d2, 1,648?"


def test_swapped_digits_in_the_old_figure(draft):
    swap, fall = warnings(
        draft,
        line("d1", 1500, "2020-02-01"),
        line("d2", 1950, "2020-02-05"),
        line("d3", 1640, "2020-02-09"),
    )
    assert (swap.row, fall.row) == (9, 10)
    assert "from 1,950 (d2)" in swap.rule
    assert swap.mend == "were digits swapped in d2, 1,590?"


def test_swaps_of_neighbouring_digits_never_begin_with_a_zero():
    assert swaps(17820) == [71820, 18720, 17280, 17802]
    assert swaps(400) == []
    assert swaps(7) == []


def test_running_total_jumps_tenfold(draft):
    (found,) = warnings(draft, line("d1", 200, "2020-02-01"), line("d2", 2000, "2020-02-09"))
    assert "jumps to 2,000 (d2) from 200 (d1)" in found.rule
    assert "digit too many" in found.mend


def test_published_before_the_last_day_it_covers(draft):
    (found,) = warnings(draft, line("d1", 200, "2020-02-09", published="2020-02-01"))
    assert found.rule == "d1 was published before 2020-02-09, the last day it covers"


def test_echo(draft):
    (found,) = warnings(
        draft,
        line("d1", 410, "2020-02-01"),
        line("d2", 410, "2020-02-05", source="paper", **{"from": "2020-01-02"}),
    )
    assert (found.row, found.code, found.claims) == (9, "echo", ("d2", "d1"))
    assert "d2 states the figure that blue stated in d1 4 days before" in found.rule
    assert "derived_from" in found.mend


@pytest.mark.parametrize(
    "other",
    [
        {"via": "Blue army; Wire"},
        {"derived_from": "d1"},
        {"as_of": "2020-02-20", "published": "2020-02-20"},
        {"source": "blue"},
        {"value": 411},
        {"quantity": "wounded"},
    ],
)
def test_no_echo(draft, other):
    second = {"name": "d2", "value": 410, "as_of": "2020-02-05", "source": "paper", **other}
    assert not warnings(draft, line("d1", 410, "2020-02-01"), line(**second))


def test_a_round_figure_is_no_echo(draft):
    assert not warnings(draft, line("d1", 400, "2020-02-01"),
                        line("d2", 400, "2020-02-05", source="paper"))


def test_more_than_were_sent(draft):
    (found,) = warnings(draft, line("d1", 5001, "2020-02-01"))
    assert found.rule == (
        "d1 states more killed than the 5,000 deployed by the largest comparable claim, c4"
    )


def test_no_address(draft):
    (found,) = warnings(draft, line("d1", 400, "2020-02-01", url=""))
    assert found.rule == "d1 has no address to check it by"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,AAAA", "ftp://a.example", "see page 5"]
)
def test_no_web_address(draft, url):
    (found,) = warnings(draft, line("d1", 400, "2020-02-01", url=url))
    assert "not a web address, shown as text" in found.rule
    assert draft.read().claims.set_index("id").loc["d1", "url"] == url


def test_scope_misspelt(draft):
    (found,) = warnings(draft, line("d1", 400, "2020-02-01", scope="harbor"))
    assert found.rule == "d1 counts as partial, for its scope is not among the comparable ones"
    assert found.mend == "did you mean 'harbour'?"


def test_other_scopes_are_legal(draft):
    assert not warnings(draft, *(line(f"d{s}", 400, "2020-02-01", scope=s) for s in ("hill", "a")))


def test_derived_from_a_later_claim(draft):
    draft.add(line("d1", 400, "2020-02-01", derived_from="d2"))
    (found,) = warnings(draft, line("d2", 800, "2020-03-01"))
    assert found.rule == "d1 is derived from d2, published later"


def test_window_outside_the_case(draft):
    draft.swap("case.toml", "start = 2020-01-01", "start = 2020-01-01\nend = 2020-03-01")
    found = warnings(
        draft,
        line("d1", 40, "2019-12-31", **{"from": "2019-12-01"}),
        line("d2", 50, "2020-03-05", **{"from": "2020-03-02"}),
        line("d3", 60, "2019-12-31", scope="battle:early", **{"from": "2019-12-01"}),
    )
    assert [p.row for p in found] == [8, 9]
    assert "d1 covers no day of the case" in found[0].rule


def test_nobody_speaks_of_the_headline(draft):
    draft.swap("case.toml", 'headline = "killed"', 'headline = "missing"')
    draft.swap("case.toml", '["killed", "wounded"]', '["killed", "wounded", "missing"]')
    (found,) = warnings(draft)
    assert (found.file, found.row, found.value) == ("case.toml", 6, "missing")


def test_thousands_of_warnings_are_counted(draft):
    found = warnings(draft, *(line(f"d{at}", 400, "2020-02-01", url="") for at in range(1500)))
    assert len(found) == 1001
    assert found[-1].rule == "and 500 more warnings"


def test_zero_is_a_legal_figure(draft):
    assert not warnings(draft, line("d1", 0, "2020-01-02"))
    assert (draft.read().claims["value"] == 0).sum() == 1


@pytest.mark.parametrize("quantity", ["tanks", "named_dead", "missing", "returned"])
def test_a_figure_that_no_fit_can_test(draft, quantity):
    draft.swap("case.toml", 'quantity = "killed"', f'quantity = "{quantity}"')
    (found,) = warnings(draft)
    assert (found.file, found.row, found.column) == ("case.toml", 20, "tests.quantity")
    assert "is not tested" in found.rule
    assert "casualties, deployed, killed, wounded" in found.mend


@pytest.mark.parametrize("quantity", ["casualties", "wounded", "deployed"])
def test_a_figure_that_a_fit_can_test(draft, quantity):
    draft.swap("case.toml", 'quantity = "killed"', f'quantity = "{quantity}"')
    assert not warnings(draft)


@pytest.mark.parametrize(
    "name",
    ["Red army", "RED  Army", "Red\u200b army", "\uff32\uff45\uff44 army", "R\u0435d army"],
    ids=["equal", "case", "hidden", "wide", "Cyrillic"],
)
def test_sources_that_look_alike(draft, name):
    found = warnings(draft.cell("blue", "name", name, "sources.csv"))
    alike = [p for p in found if "look alike" in p.rule]
    assert [(p.file, p.column) for p in alike] == [("sources.csv", "name")]
    assert "blue" in alike[0].rule
    assert "red_army" in alike[0].rule


def test_ids_that_look_alike(draft):
    draft.add("Blue,Navy,Blue,adversary,field_report,,,", "sources.csv")
    (found,) = warnings(draft)
    assert (found.column, "look alike" in found.rule) == ("id", True)


def test_a_name_that_mixes_alphabets(draft):
    (found,) = warnings(draft.cell("blue", "name", "Blu\u0435 army", "sources.csv"))
    assert "several alphabets" in found.rule
    assert not warnings(draft.cell("blue", "name", "Армия Blue", "sources.csv"))


def test_one_claim_published_long_after_all_others(draft):
    (found,) = warnings(draft, line("d1", 400, "2020-02-01", "2022-05-01"))
    assert "d1 was published more than a year after every other claim" in found.rule
    assert not warnings(draft, line("d2", 410, "2020-02-02", "2021-09-01"))


def test_an_address_with_a_user_before_its_host(draft):
    draft.cell("c1", "url", "https://www.bbc.co.uk@evil.example/1")
    (found,) = warnings(draft)
    assert "not a web address" in found.rule
