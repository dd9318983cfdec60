"""The social card: its size, its words, and nothing that runs off."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import vl_convert

from estimate.data.case import read_case
from estimate.reports import card as made
from estimate.reports import sentences as say
from estimate.reports.card import card, definition
from estimate.reports.contents import Contents, contents

LONG = ("How many soldiers of the often reorganised armed formations of the northern district were "
        "killed, by any cause that their own records, their adversary or any independent observer "
        "would count, between the first crossing of the border and the day on which the last "
        "report of them was published for all?")
ARABIC = "كم عدد الجنود الذين قتلوا في المعركة على الحدود الشمالية منذ بداية الحرب"


def lines(said: Contents) -> list[dict[str, Any]]:
    """Give the lines of text of a card."""
    marks = [layer["mark"] for layer in definition(said)["layer"]]
    return [mark for mark in marks if mark["type"] == "text"]


def words(said: Contents) -> str:
    return " ".join(mark["text"] for mark in lines(said))


def size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_it_is_a_picture_of_the_size_that_is_wanted(said: Contents) -> None:
    png = card(said)
    assert png.startswith(b"\x89PNG")
    assert size(png) == (1200, 630)
    assert len(png) < 200_000


def test_it_says_the_same_as_the_headline(said: Contents) -> None:
    head, text = said.headline, words(said)
    assert said.question in text
    assert say.span(head.low, head.high) in text
    assert f"median {say.count(head.median)}" in text
    assert f"Estimate of reports, as of {say.day(said.as_of)}" in text
    assert f"{say.what_happened(head.quantity, said.people)} by {say.day(said.as_of)}" in text
    assert "90% interval" in text
    assert said.case_id in text
    assert text.split()[-1] == "estimate"
    assert "assumption" not in text
    sizes = {mark["text"]: mark["fontSize"] for mark in lines(said)}
    assert max(sizes, key=lambda key: sizes[key]) == say.span(head.low, head.high)


def test_its_fan_is_the_estimate(said: Contents) -> None:
    curve = said.estimates[said.estimates["quantity"] == said.headline.quantity]
    layers = definition(said)["layer"]
    drawn = next(layer["data"]["values"] for layer in layers if layer["mark"]["type"] == "area")
    for row, (_, day) in zip(drawn, curve.iterrows(), strict=True):
        assert row["day"] == f"{day['date']:%Y-%m-%d}"
        assert [row["q05"], row["median"], row["q95"]] == [day["q05"], day["median"], day["q95"]]


def test_mostly_assumption_and_failed_checks_are_said(make_fit: Any) -> None:
    fit = make_fit(read_case("nk-kursk"), share=0.95, verdict="fail")
    text = words(contents(fit))
    assert "mostly assumption" in text
    assert text.startswith("This fit failed a check. R-hat")


@pytest.mark.parametrize("origins", [0, 2])
def test_a_withheld_headline_shows_no_range_and_no_fan(origins: int, make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), origins=origins))
    text = words(said)
    assert said.headline.sentence in text
    assert say.span(said.headline.low, said.headline.high) not in text
    assert "median" not in text
    assert {layer["mark"]["type"] for layer in definition(said)["layer"]} == {"text"}


@pytest.mark.parametrize("question", [LONG, "x" * 300, "Wo? " * 75, ARABIC * 3, "字" * 300, "?"])
def test_long_questions_wrap_and_never_run_off(
    question: str, said: Contents, make_fit: Any
) -> None:
    failed = contents(make_fit(read_case("nk-kursk"), share=0.95, verdict="fail"))
    for each in (replace(said, question=question), replace(failed, question=question)):
        shown = lines(each)
        bottoms = [mark["y"] for mark in shown]
        assert max(bottoms) <= 630 - 20
        assert min(mark["y"] - mark["fontSize"] for mark in shown) > 0
        range_at = next(m["y"] for m in shown if m["text"] == say.span(said.headline.low,
                                                                       said.headline.high))
        fan = [layer for layer in definition(each)["layer"] if layer["mark"]["type"] == "area"]
        top = fan[0]["encoding"]["y"]["scale"]["range"][1]
        assert range_at < top - 60
        assert fan[0]["encoding"]["y"]["scale"]["range"][0] - top >= 40
        svg = vl_convert.vegalite_to_svg(definition(each))
        assert "…" not in re.sub(r"<title>.*?</title>", "", svg) or len(question) >= 300


def test_the_300_letters_are_all_there(said: Contents) -> None:
    assert len(LONG) == 300
    assert LONG in words(replace(said, question=LONG))


def test_a_script_from_right_to_left_stands_at_the_right(said: Contents) -> None:
    shown = lines(replace(said, question=ARABIC))
    mine = [mark for mark in shown if mark["text"] in ARABIC]
    assert mine
    for mark in mine:
        assert (mark["align"], mark["dir"], mark["x"]) == ("right", "rtl", 1136)
    assert {mark["dir"] for mark in shown if mark not in mine} == {"ltr"}


def test_lines_keep_every_letter() -> None:
    for text in (LONG, "x" * 500, f"a {'y' * 90} b"):
        for room in (9.0, 20.0, 60.0):
            kept = made._lines(text, room)
            assert "".join(kept).replace(" ", "") == text.replace(" ", "")
            assert all(made._width(line) <= room for line in kept)


def test_huge_ranges_shrink(make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), scale=5_000_000.0))
    largest = max(lines(said), key=lambda mark: mark["fontSize"])
    assert made._width(largest["text"]) * largest["fontSize"] <= 1072


def test_the_page_names_it(page: str, said: Contents) -> None:
    assert '<meta property="og:image" content="card.png">' in page
    assert f'<meta property="og:title" content="{said.question}">' in page
    assert f'<meta property="og:description" content="{said.headline.sentence}">' in page


def test_one_day_is_drawn(make_fit: Any) -> None:
    case = read_case("nk-kursk")
    fit = make_fit(case)
    whole = fit.estimates()
    fit.estimates = lambda: whole.groupby("quantity", sort=False).tail(1).reset_index(drop=True)
    svg = vl_convert.vegalite_to_svg(definition(contents(fit)))
    assert "NaN" not in svg
    assert svg.count("mark-area") == 2
