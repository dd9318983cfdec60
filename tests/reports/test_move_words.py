"""What would have to be true, in words: the same for high figures and for low ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from estimate.model.moves import Move, Moves
from estimate.model.tails import FEWEST
from estimate.reports import move_words, render
from estimate.reports.contents import Contents
from estimate.reports.inert import markdown

NAMES = {"nis": "NIS", "uk": "London", "nk": "Pyongyang"}
FOUND = Moves("killed", 350.0, date(2025, 9, 2), date(2025, 9, 2), -2.34, 0.53, "line", 54, False, (
    Move("source", "nis", "killed", 1.4, 0.7, 2.9, 4.1, 1.6, 0.14),
    Move("source", "uk", "casualties", 2.2, 1.0, 4.5, 4.4, 1.5, 0.04),
    Move("shared", "", "", 0.9, 0.5, 1.5, 1.2, 0.9, 0.33),
    Move("killed_share", "", "killed", 0.17, 0.11, 0.25, 0.13, -0.8, 0.31),
    Move("list", "nk", "killed", 0.49, 0.24, 0.8, 0.78, 1.7, 0.0),
    Move("source", "nk", "killed", 0.5, 0.2, 1.1, 0.9, 1.0, 0.5, told=False),
))


def test_a_low_figure() -> None:
    first, second, third, fourth = move_words.sentences(FOUND, NAMES)
    assert first == (
        "For 350 killed by 2 September 2025, NIS would have to have stated 4.1 times the truth "
        "instead of 1.4 (90% range 0.70 to 2.9) and London 4.4 times the truth about casualties "
        "instead of 2.2 (90% range 1.0 to 4.5).")
    assert second == (
        "At the same time, what all sources have in common would have to be 1.2 times the truth "
        "instead of 0.90, the killed would have to be 13% of the casualties instead of 17% and "
        "the list of the dead would have to hold 78% of them instead of 49%.")
    assert "the 2 sources named would alone take the estimate 53% of the way" in third
    assert "a move of 2.3 posterior standard deviations down from the median" in fourth
    assert "54 effective draws near 350 are too few to check it" in fourth


def test_a_high_figure_in_the_same_words() -> None:
    move = replace(FOUND.moves[0], needed=0.3, sds=-1.6)
    high = replace(FOUND, figure=6000.0, sds=4.1, moves=(move,), method="draws", checked=True)
    first, *_, last = move_words.sentences(replace(high, moves=(move, FOUND.moves[2])), NAMES)
    assert "NIS would have to have stated 0.30 of the truth instead of 1.4" in first
    assert "4.1 posterior standard deviations up" in last
    assert "is read off the 54 effective draws near 6,000" in last


def test_what_hardly_any_draw_shows_is_marked_as_extrapolated() -> None:
    thin = replace(FOUND, near=FEWEST - 1)
    first, *_ = move_words.sentences(thin, NAMES)
    assert first.startswith("Extrapolated: 9 effective draws lie near 350")
    made = move_words.made_table(thin, NAMES)
    assert made.columns[2] == "Needed (extrapolated)"
    assert made.caption.startswith("Extrapolated: 9")
    assert all(row.faint for row in made.rows)
    firm = move_words.made_table(replace(FOUND, near=FEWEST), NAMES)
    assert firm.columns[2] == "Needed"
    assert "Extrapolated" not in firm.caption
    assert not any(row.faint for row in firm.rows)


def test_a_fit_without_speaking_sources() -> None:
    first, *_ = move_words.sentences(replace(FOUND, moves=FOUND.moves[2:3]), NAMES)
    assert first.startswith("For 350 killed by 2 September 2025, what all sources have in common")


def test_the_table_has_what_is_told() -> None:
    made = move_words.made_table(FOUND, NAMES)
    assert [row.cells[0].text for row in made.rows] == [
        "NIS", "London", "What all sources have in common", "Killed / casualties",
        "List of the dead"]
    assert [cell.text for cell in made.rows[0].cells[1:]] == ["0.70 to 2.9 (1.4)", "4.1", "+1.6",
                                                              "14%"]
    assert made.rows[3].cells[3].text == "−0.8"
    assert made.rows[4].cells[4].text == "<1%"
    assert made.rows[4].cells[0].below == "last told of by Pyongyang"
    assert "1 further source would move along" in made.caption


@pytest.mark.parametrize(
    ("probability", "limit", "text"),
    [(0.0, 0.0015, "less than 1 in 50"), (0.019, 0.024, "less than 1 in 50"),
     (0.0, 0.03, "less than 1 in 33"), (0.021, 0.024, "2%"), (0.12, 0.14, "12%"),
     (0.97, 0.98, "97%"), (0.99, 1.0, "more than 98%"), (1.0, 1.0, "more than 98%"),
     (0.0, 0.6, "less than 1 in 1")],
)
def test_chances_are_as_small_as_draws_and_record_can_show(
    probability: float, limit: float, text: str
) -> None:
    assert move_words.odds(probability, limit, 2000.0) == text


def test_page_and_paper_say_what_would_have_to_be_true(said: Contents, page: str) -> None:
    paper = render.paper(said, {})
    for test in said.tests:
        assert len(test.moves) == 4
        for text in test.moves:
            assert markdown(text) in paper
        assert test.movers is not None
        assert test.movers.caption in page
    assert page.count('class="scroll test-moves-') == len(said.tests)


def test_what_no_claim_speaks_of_is_said(make_fit: Any) -> None:
    from estimate.data.case import read_case
    from estimate.reports.contents import under_test

    fit = make_fit(read_case("nk-kursk"))
    table = fit.totals().assign(prior_only=True)
    fit.totals = lambda: table
    first = under_test(fit, "killed", 350.0, date(2025, 9, 2)).moves[0]
    assert first == "No claim speaks of killed: this rests on what is assumed."
