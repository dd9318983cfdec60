"""Figures in digits and in words, with hedges, ranges and shares."""

import pytest

from estimate.data.figurewords import MAX_FIGURES, Figure, figures
from estimate.data.sentences import sentences


def read(text: str) -> list[Figure]:
    return [each for sentence in sentences(text) for each in figures(sentence.words)]


@pytest.mark.parametrize(("text", "bound", "value"), [
    ("600", "exact", 600), ("4,700", "exact", 4_700), ("12 000", "exact", 12_000),
    ("15.000 men", "exact", 15_000), ("1,20,000", "exact", 120_000), ("4.7k", "exact", 4_700),
    ("1.2 million", "exact", 1_200_000), ("5 lakh", "exact", 500_000), ("3 dozen", "exact", 36),
    ("twelve", "exact", 12), ("twenty-five", "exact", 25),
    ("two hundred and fifty-one", "exact", 251), ("six thousand two hundred", "exact", 6_200),
    ("about 2,000", "about", 2_000), ("some 4,700", "about", 4_700), ("nearly 40", "about", 40),
    ("an estimated 15,000", "about", 15_000), ("~40", "about", 40), ("40 or so", "about", 40),
    ("a dozen", "about", 12), ("half a dozen", "about", 6), ("two dozen", "about", 24),
    ("another dozen", "about", 12), ("a hundred", "about", 100), ("just under 400", "about", 400),
    ("at least 600", "at_least", 600), ("no fewer than a dozen", "at_least", 12),
    ("more than 100", "at_least", 100), ("well over 100", "at_least", 100),
    ("upwards of 50", "at_least", 50), ("600+", "at_least", 600), ("40 or more", "at_least", 40),
    ("up to 40", "at_most", 40), ("as many as 40", "at_most", 40), ("no more than 9", "at_most", 9),
    ("fewer than 20", "at_most", 20), ("no casualties", "exact", 0), ("nobody", "exact", 0),
    ("only 350", "exact", 350), ("a total of 91", "exact", 91), ("the 600", "exact", 600),
])
def test_one_figure(text: str, bound: str, value: int) -> None:
    (figure,) = read(text)
    assert (figure.bound, figure.value, figure.low, figure.high) == (bound, value, None, None)


@pytest.mark.parametrize(("text", "low", "high"), [
    ("between 4,000 and 6,000", 4_000, 6_000), ("6,000-7,000", 6_000, 7_000),
    ("12–15", 12, 15), ("2-3,000", 2_000, 3_000), ("3 to 5 thousand", 3_000, 5_000),
    ("from 30 to 40", 30, 40), ("two or three", 2, 3), ("twenty to thirty", 20, 30),
    ("at least 20 and possibly as many as 50", 20, 50), ("dozens", 24, 100),
    ("several hundred", 200, 999), ("thousands", 2_000, 9_999),
    ("tens of thousands", 20_000, 99_999), ("hundreds, possibly thousands", 200, 999),
    ("several", 2, 6), ("a few dozen", 24, 100),
])
def test_a_range(text: str, low: int, high: int) -> None:
    (figure,) = read(text)
    assert (figure.bound, figure.value, figure.low, figure.high) == ("range", None, low, high)


def test_what_a_word_was_read_as_is_told() -> None:
    assert read("dozens")[0].note == "'dozens' read as 24 to 100"


@pytest.mark.parametrize(("text", "bound", "value"), [
    ("a third of 12,000", "about", 4_000), ("40% of the 11,000", "about", 4_400),
    ("40 per cent of the 11,000", "about", 4_400), ("one in five of the 10,000", "about", 2_000),
    ("more than two-thirds of its 3,000", "at_least", 2_000), ("half of 60", "about", 30),
    ("one in ten of the division's 12,000", "about", 1_200), ("1 in 10 of 300", "about", 30),
])
def test_a_share_of_a_total(text: str, bound: str, value: int) -> None:
    share, total = read(text)
    assert (share.bound, share.value) == (bound, value)
    assert share.note.startswith("worked out: ")
    assert total.value is not None


def test_a_share_without_a_total_has_no_figure() -> None:
    (figure,) = read("more than half of the battalion")
    assert (figure.bound, figure.value, figure.share) == ("at_least", None, 0.5)
    (figure,) = read("between a quarter and a third")
    assert (figure.share, figure.share_high) == (0.25, pytest.approx(1 / 3))


@pytest.mark.parametrize(("text", "more"), [
    ("rose from 12 to 40", ["former", ""]), ("up to 40 from 12", ["", "former"]),
    ("by 3 to 48", ["step", ""]), ("an additional 6,000", ["additional"]),
    ("all but three", ["except"]), ("a 40-strong patrol", ["size"]),
])
def test_what_a_figure_is_to_another(text: str, more: list[str]) -> None:
    assert [figure.more for figure in read(text)] == more


def test_two_hedges_leave_the_bound_open() -> None:
    (figure,) = read("at least an estimated 300")
    assert (figure.bound, figure.ambiguity) == ("at_least", "about|at_least")


def test_a_comparison_is_no_bound() -> None:
    assert read("far above the 900 of before")[0].bound == "exact"


@pytest.mark.parametrize("text", ["no longer", "", "twenty billion", "9" * 400,
                                  "1 2 3 4 5 6 7 8 9 " * MAX_FIGURES])
def test_what_is_no_figure(text: str) -> None:
    assert read(text) == []
