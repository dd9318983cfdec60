"""What is printed when a fit is done."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from estimate.data.case import read_case
from estimate.reports import render
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.terminal import print_summary


def printed(said: Contents, width: int = 110) -> str:
    out = io.StringIO()
    print_summary(said, Console(file=out, width=width))
    return out.getvalue()


def test_headline_quantities_and_sources(said: Contents) -> None:
    text = printed(said)
    assert " ".join(text.split()).startswith(said.headline.sentence)
    assert "Casualties" in text
    assert "Defence Intelligence" in text
    assert "Checks: 2 of 2 ok." in text
    assert "\x1b" not in text


def test_checks_that_are_not_ok_are_named(make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), verdict="doubt"))
    assert "Checks: 1 of 2 ok; doubt: convergence." in printed(said)
    page, paper = render.html(said, charts(said)), render.paper(said, charts(said))
    for text in (page, paper):
        assert "1 of 2 ok; doubt: convergence." in text
        assert "Doubt: convergence." in text


def test_alarms_come_first(make_fit: Any) -> None:
    text = printed(contents(make_fit(read_case("nk-kursk"), verdict="fail", share=0.95)))
    assert text.startswith("fail: R-hat")
    assert "It is mostly assumption." in " ".join(text.split())


def test_no_range_is_spoken_of_where_none_is_given(make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), origins=2))
    text = printed(said, 200)
    assert "No range is given" in text
    assert "this range" not in text
    for made in (render.html(said, {}), render.paper(said, {})):
        assert "this range" not in made
    assert "this range" in printed(contents(make_fit(read_case("nk-kursk"), origins=4)), 200)


@pytest.mark.parametrize("width", [40, 80])
def test_narrow_terminals(width: int, said: Contents) -> None:
    assert max(map(len, printed(said, width).splitlines())) <= width
