"""Rounding in one place: two significant figures, no false precision, order kept."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimate.model.learned import REFERENCE
from estimate.reports import claim_tables, fan_words, passages, render, tables
from estimate.reports import sentences as say
from estimate.reports.contents import Contents
from estimate.reports.records import Finding

positive = st.floats(min_value=1e-3, max_value=1e9)


def read(text: str) -> float:
    return 0.0 if text == "<1" else float(text.replace(",", ""))


@given(positive)
def test_a_count_has_at_most_two_figures_and_is_near(x: float) -> None:
    text = say.count(x)
    digits = text.replace(",", "").replace("<", "").strip("0")
    assert len(digits) <= 2
    assert abs(read(text) - x) <= max(0.5, 0.0501 * x) + 0.5 * (x < 10)


@given(positive, positive)
def test_rounding_keeps_order(x: float, y: float) -> None:
    x, y = sorted((x, y))
    assert read(say.count(x)) <= read(say.count(y))
    assert float(say.rounded(x)) <= float(say.rounded(y))


@given(positive)
def test_rounding_twice_changes_nothing(x: float) -> None:
    assert say.rounded(say.rounded(x)) == say.rounded(x)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0, "0"),
        (0.2, "<1"),
        (0.6, "1"),
        (7.4, "7"),
        (99.6, "100"),
        (2347, "2,300"),
        (2350.1, "2,400"),
        (15249, "15,000"),
        (1234567, "1,200,000"),
        (math.nan, "–"),
        (-12, "−12"),
        (math.inf, "∞"),
    ],
)
def test_counts(x: float, text: str) -> None:
    assert say.count(x) == text


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.638, "0.64"),
        (1.0, "1.0"),
        (1.62, "1.6"),
        (12.3, "12"),
        (0.0032, "0.0032"),
        (123, "120"),
        (math.nan, "–"),
        (0, "0"),
        (9.96, "10"),
        (math.inf, "∞"),
    ],
)
def test_ratios(x: float, text: str) -> None:
    assert say.ratio(x) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0, "0%"),
        (0.001, "<1%"),
        (0.005, "1%"),
        (0.5, "50%"),
        (0.999, ">99%"),
        (1, "100%"),
        (math.nan, "–"),
    ],
)
def test_percent_never_claims_certainty(p: float, text: str) -> None:
    assert say.percent(p) == text


@pytest.mark.parametrize(("p", "text"), [(0, "<1%"), (1, ">99%"), (0.5, "50%"), (math.nan, "–")])
def test_a_probability_from_draws_is_never_none_or_all(p: float, text: str) -> None:
    assert say.probability(p) == text
    result = {"probability_at_most": 0.0, "probability_at_least": 1.0, "effective_draws": 2000.0,
              "limit_at_most": 0.0015, "limit_at_least": 1.0}
    said = passages.test_words(result, "killed", 40.0, date(2024, 3, 1), "soldiers")
    assert "less than 1 in 50" in said
    assert "more than 98%" in said
    assert "Smaller odds are not told" in said


@pytest.mark.parametrize(
    ("x", "text"), [(0.3, "0%"), (-0.2, "0%"), (3.6, "+4%"), (-12.1, "−12%"), (math.nan, "–")]
)
def test_changes(x: float, text: str) -> None:
    assert say.change(x) == text


def test_ranges_that_round_alike_are_one_number() -> None:
    assert say.span(1990, 2010) == "2,000"
    assert say.span(950, 4600) == "950 to 4,600"
    assert say.ratio_span(1.01, 1.04) == "1.0"


def test_claims_keep_their_digits() -> None:
    assert say.figure("at_least", 1973, math.nan, math.nan) == "at least 1,973"
    assert say.figure("range", math.nan, 300, 350) == "300 to 350"
    assert say.figure("about", 2.5, math.nan, math.nan) == "about 2.5"


def test_headline_puts_the_range_first() -> None:
    text = say.headline("killed", "soldiers", 951.2, 4583, 2100, date(2026, 2, 20))
    assert text.startswith(
        "Between 950 and 4,600 soldiers were killed by 20 February 2026 (90% interval)"
    )
    assert text.index("4,600") < text.index("median") < text.index("2,100")
    assert "estimate of reports, not a count" in text
    assert "tanks of the army were lost" in say.headline(
        "tanks", "the army", 1, 2, 1, date(2026, 1, 1)
    )


@pytest.mark.parametrize(
    ("number", "text"), [(0, "no claims"), (1, "1 claim"), (1200, "1,200 claims")]
)
def test_several(number: int, text: str) -> None:
    assert say.several(number, "claim") == text


def test_lists() -> None:
    assert (say.listed([]), say.listed(["a"]), say.listed(["a", "b", "c"])) == (
        "",
        "a",
        "a, b and c",
    )


def test_sentences_for_cases_with_little_to_say() -> None:
    nothing = pd.DataFrame({"learned": [], "q05": [], "q95": [], "anchor_median": [], "about": []})
    assert passages.bias_title(nothing) == "No source speaks"
    assert passages.anchor_title(nothing) == "No source speaks of losses"
    learned = pd.DataFrame(
        {
            "learned": [0.5, 0.6],
            "q05": [1.1, 0.5],
            "q95": [2.0, 0.9],
            "about": ["killed", "casualties"],
            "family": ["a", "b"],
        }
    )
    assert passages.bias_title(learned).startswith("All 2 sources")
    assert "above this estimate for 1, wholly below it for 1" in passages.bias_words(learned)
    above = passages.bias_words(learned.assign(q05=1.1, q95=2.0, family="a"))
    assert "above this estimate for 2 (of 1 family), wholly below it for none" in above
    silent = learned.assign(learned=0.1)
    assert passages.bias_title(silent).startswith("For every source the prior")
    little = passages.bias_words(silent)
    assert little.startswith("Little was learned: under 25% about every source;")
    assert "No bias has been learned" in passages.bias_words(learned.assign(learned=0.0))
    assert "only a part" in passages.bias_words(learned.assign(about="list"))
    with_list = passages.bias_words(learned.assign(about=["killed", "list"]))
    assert with_list.startswith("Of the 1 source other than lists about which the case taught")
    share = {"assumption_share": math.nan}
    assert "cannot be told" in passages.share_words(share, "this range")
    assert passages.withheld([], pd.Series(dtype=float), date(2025, 1, 1)).startswith(
        "No range is given: no independent origins speak,"
    )
    assert fan_words.fan_text("killed", "people", nothing) == ""
    assert passages.origin_words({"origins": []}, {}, nothing, {}) == (
        "No independent origin speaks."
    )


def test_origins_are_named_with_what_they_speak_of_and_the_loudest_is_explained() -> None:
    claims = pd.DataFrame(
        {
            "family": ["a", "a", "b", "c", "c", "c"],
            "quantity": ["killed", "casualties", "named_dead", "killed", "killed", "killed"],
            "status": ["used"] * 6,
        }
    )
    known, names = {"origins": ["a", "b"]}, {"a": "Alpha", "b": "Beta", "c": "Gamma"}
    words = passages.origin_words(known, names, claims, {"c": ["a"]})
    assert words == (
        "2 independent origins speak: Alpha (casualties and killed); Beta (named dead). "
        "Gamma, which speaks most often, is not counted: it builds on Alpha."
    )
    quiet = claims.assign(status=["used"] * 3 + ["derived"] * 3)
    assert "not counted" not in passages.origin_words(known, names, quiet, {"c": ["a"]})


def test_a_small_share_leaves_room_for_more_claims() -> None:
    words = passages.share_words({"assumption_share": 0.3}, "this range")
    assert words.startswith("A smaller part of the uncertainty in this range")
    assert words.endswith("; the rest could shrink with more claims.")
    assert "shrink" not in passages.share_words({"assumption_share": 0.7}, "this range")


def test_a_figure_put_to_the_test_is_shown_for_the_days_of_each_claim() -> None:
    part = {"family": "f", "claim": "a", "figure": 300.0, "ratio_needed": 2.0,
            "prior_probability": 0.4}
    made = claim_tables.needed({"needed": [part]}, "killed", 1000.0, {}, {"a": "300"})
    assert made.columns[2:4] == (
        "1,000 would mean, for those days",
        "Times what 1,000 would mean for those days",
    )
    assert [cell.text for cell in made.rows[0].cells[1:4]] == ["300", "150", "2.0"]


def test_the_model_and_the_report_withhold_alike() -> None:
    from estimate.model.findings import MIN_ORIGINS

    assert passages.FEWEST_ORIGINS == MIN_ORIGINS


def test_what_remains_is_said_to_be_spread_on_a_log_scale() -> None:
    """The ends of an interval are not additive: 88% of its width is not assumption."""
    words = passages.share_words({"assumption_share": 0.88}, "this range")
    assert words.startswith("Most of the uncertainty in this range rests on what is assumed about")
    assert "88% of it would remain (measured on a log scale)" in words
    assert "width" not in words


def test_surprise_is_not_compared_with_chance() -> None:
    """A fit has seen the claims that it is compared with."""
    claims = pd.DataFrame({"status": ["used"] * 3, "surprise": [0.01, 0.5, 0.9]})
    words = passages.claim_words(claims)
    assert "by chance" not in words
    assert "1 claim fell among the 5% least expected" in words


def test_the_last_year_of_a_running_total() -> None:
    days = pd.to_datetime(["2024-01-01", "2025-01-01", "2025-03-01", "2026-02-01"])
    curve = pd.DataFrame({"date": days, "median": [10.0, 60.0, 80.0, 100.0]})
    words = passages.recent_words("killed", curve, date(2026, 2, 1))
    assert words.startswith("40% of the estimated killed came after 1 January 2025")
    assert passages.recent_words("killed", curve, date(2024, 12, 1)) == ""
    assert "40%" in passages.recent_words("killed", curve, date(2026, 2, 28))
    assert passages.recent_words("killed", curve, date(2024, 2, 29)) == ""


def test_the_anchor_swap_says_what_enters() -> None:
    row = {"anchor_median": 1.0, "anchor_q05": 0.5, "anchor_q95": 2.0, "learned": 0.5}
    frame = pd.DataFrame([{"name": "a", "relation": "self", **row}])
    caption = tables.anchors(frame, "killed", date(2026, 2, 1)).caption
    assert "average level over all its claims, not its latest figure" in caption
    assert "Where it states killed, nothing assumed about mean bias enters" in caption
    assert "share of that quantity enters too" in caption


def test_the_sentence_to_quote_says_what_it_rests_on(said: Contents) -> None:
    learned = {"versions": {"estimate": "0.1.0"}, "priors": [{"reference": REFERENCE}]}
    stated = learned | {"priors": [{"reference": "by hand"}]}
    when = date(2026, 2, 20)
    words = passages.quote_words(said.headline, "soldiers", when, learned)
    assert say.count(said.headline.low) in words
    assert "if these sources err as sources did in past cases" in words
    words = passages.quote_words(said.headline, "soldiers", when, stated)
    assert "if what is assumed about bias holds" in words
    assert "past cases" not in words
    assert "To quote it" in render.paper(said, {})
    failed = replace(said, findings=(Finding("convergence", "fail", "It failed.", None),))
    assert "To quote it" not in render.paper(failed, {})
    assert "To quote it" not in render.html(failed, {})


def half(*told: date) -> str:
    """Give what a title says of when, where half had happened by 1 April."""
    days = pd.to_datetime(["2024-03-01", "2024-04-01", "2024-05-01", "2024-09-01"])
    curve = pd.DataFrame({"date": days, "median": [10.0, 60.0, 80.0, 100.0]})
    return fan_words.fan_title("killed", 50.0, 200.0, curve, told, titled=True)


def test_a_title_says_when_half_had_happened_only_where_claims_tell() -> None:
    first, late, last = date(2024, 5, 1), date(2024, 8, 1), date(2024, 9, 1)
    spring = date(2024, 3, 20)
    assert half(spring, first) == "50 to 200 killed, half of them by 1 April 2024"
    assert half(first, last) == (
        "50 to 200 killed, 80% of them by 1 May 2024, the first day with a figure")
    assert half(spring, late) == (
        "50 to 200 killed, half of them between 20 March 2024 and 1 August 2024")
    assert half(spring) == (
        "50 to 200 killed, half of them after 20 March 2024, the last day with a figure")
    assert half(last) == half(date(2024, 12, 1)) == half() == "50 to 200 killed"


def test_only_used_claims_on_losses_tell_when() -> None:
    claims = pd.DataFrame({"quantity": ["killed", "deployed", "named_dead", "wounded"],
                           "status": ["used", "used", "used", "derived"],
                           "as_of": pd.to_datetime(["2024-03-04", "2024-03-01", "2024-03-02",
                                                    "2024-03-03"])})
    assert fan_words.told_days(claims, "killed") == [date(2024, 3, 4), date(2024, 3, 2)]
