"""Numbers in quotes: read where they are plain, left alone where they are not."""

import pytest

from estimate.data.lint_quotes import numbers

from .claim_lines import line


@pytest.mark.parametrize(("text", "told"), [
    ("about 2,000", [2000]), ("some 4.7k", [4700]), ("4.7 thousand", [4700]), ("600", [600]),
    ("six hundred", [600]), ("a dozen", [12]), ("four thousand seven hundred", [4700]),
    ("a hundred and twenty", [120]), ("1.2 million", [1_200_000]), ("400,000+", [400_000]),
    ("forty-two", [42]), ("five or six hundred", [5, 600]), ("100-plus", [100]),
    ("several hundred", []), ("hundreds", []), ("a third of them", []), ("40% of it", []),
    ("40 per cent", []), ("on 17 Sep", []), ("at 4 am", []), ("within 24 hours", []),
    ("since 2022", []), ("1.5", []), ("the 528th", []), ("$600", []), ("2024-10-23", []),
    ("", []), ("no figure", []),
])
def test_numbers_of_a_quote(text, told):
    assert [each.figure for each in numbers(text, "killed")] == told


@pytest.mark.parametrize(("text", "mine"), [
    ("600 dead", [True]), ("600 soldiers", [True]), ("600 wounded", [False]),
    ("600 killed or wounded", [False]), ("58 of 500 rescued", [False, False]),
    ("600 so far", [True]), ("30 pilots safe", [False]), ("4,700 casualties, 600 dead",
                                                           [False, True])])
def test_which_numbers_state_the_quantity(text, mine):
    assert [each.mine for each in numbers(text, "killed")] == mine


@pytest.mark.parametrize(("value", "wording", "code"), [
    (4400, "about 4.7k", "quote-figure"), (7400, "some 4,700", "digit-swap"),
    (470, "4,700 dead", "times-ten"), (304, "around 300", "quote-figure"),
    (3, "two", "quote-figure"), (3, "only two", "quote-figure"), (600, "six hundred", None),
    (589, "close to 600", None),
    (126, "exceeded 125", None), (3088, "3,048 plus 40", None), (442, "58 of 500 rescued", None),
    (600, "4,700 casualties, including 600 dead", None), (9, "more than 30 missing", None),
    (4700, "4,700 casualties, including 600 dead", "killed-casualties"),
    (700, "between 600 and 700", None)])
def test_a_quote_against_its_figure(draft, value, wording, code):
    draft.add(line("d1", value, "2020-02-01", wording=wording))
    said = [each for each in draft.read().warnings if each.code != "above-deployed"]
    assert [(each.code, each.claims) for each in said] == ([(code, ("d1",))] if code else [])


def test_a_range_is_held_against_both_of_its_ends(draft):
    row = {"bound": "range", "low": 200, "high": 300, "value": ""}
    draft.add(line("d1", as_of="2020-02-01", **row, wording="from 200 to 300"))
    draft.add(line("d2", as_of="2020-02-02", **{**row, "high": 400}, wording="250 to 500 dead"))
    (told,) = draft.read().warnings
    assert (told.code, told.claims, told.value) == ("quote-figure", ("d2",), "200 to 400")
    assert "d2 states 200 to 400, but its wording says 250, 500" in told.rule
