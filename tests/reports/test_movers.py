"""Who moves the answer: the sentences, the table and the chart say the same."""

from collections.abc import Callable
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.reports import datafiles, render
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents

CHECKS = {"ok": True, "rhat": 1.0, "ess_bulk": 900.0, "ess_tail": 900.0, "divergences": 0}


def row(family: str, median: float, change: float, **other: Any) -> dict[str, Any]:
    return {"family": family, "claims": ["a", "b"], "median": median, "low": median / 2,
            "high": median * 2, "change": change, "change_mcse": 0.02, "moves": abs(change) > 0.04,
            "ratio": 1.1, "p": 0.5, "p_holm": 1.0, "conflict": False, "diagnostics": CHECKS} | other


@pytest.fixture(scope="module")
def moved(make_fit: Callable[..., Any]) -> Contents:
    fit = make_fit(read_case("nk-kursk"))
    fit.account["refits"] = {"settings": {}, "everybody": {}, "families": [
        row("uk_mod", 1500.0, -0.31, ratio=8.6, p=0.0004, p_holm=0.006, conflict=True),
        row("ukraine_gov", 2900.0, 0.4),
        row("us_gov", 2100.0, 0.01),
        row("nk_state", 1.0, 5.0, diagnostics=CHECKS | {"ok": False}),
    ]}
    return contents(fit)


def test_the_largest_change_is_named_and_the_failed_refit_is_not_used(moved: Contents) -> None:
    lines = moved.sentences["movers"].split("\n")
    assert "2,900" in lines[0]
    assert "+49%" in lines[0]
    assert "2 families of 3 move" in lines[0]
    assert "8.6 times as high" in lines[1]
    assert "failed its checks" in lines[2]
    figure = charts(moved)["movers"]
    assert "2,900" in figure.title
    assert [each["change"] for each in figure.data["refits"]] == ["", "−27%", "+49%", "+1%"]


def test_names_are_whole_and_wrapped(make_fit: Callable[..., Any]) -> None:
    fit = make_fit(read_case("nk-kursk"))
    fit.account["refits"] = {"families": [row("rok_gov", 1500.0, 0.3), row("nk_state", 900.0, 0.1)]}
    figure = charts(contents(fit))["movers"]
    for letters in (44, 52):
        named = [line for name, rows in figure.data.items() if name.endswith(f" {letters}")
                 for line in rows]
        labels = [each["label"] for each in sorted(named, key=lambda each: each["place"])]
        assert [label.replace("\n", " ") for label in labels] == [
            "With everybody", "without Government of the Republic of Korea (umbrella)",
            "without North Korean state (Kim Jong Un speeches, KCNA, KCTV, portraits, names)"]
        assert max(len(line) for label in labels for line in label.split("\n")) <= letters


def test_page_paper_and_summary_hold_the_table(moved: Contents) -> None:
    figures = charts(moved)
    paper, page = render.paper(moved, figures), render.html(moved, figures)
    for text in (paper, page):
        assert "Who moves the answer" in text
        assert "Stated ÷ expected" in text
    assert "figures/movers.png" in paper
    assert 'id="figure-movers"' in page
    assert datafiles.summary(moved)["refits"]["families"][0]["p_holm"] == 0.006
    assert moved.tables["movers"].rows[3].cells[0].below == "the refit failed its checks"


def test_without_refits_the_section_says_how_to_get_them(said: Contents) -> None:
    assert "“estimate fit --refits”" in said.sentences["movers"]
    assert datafiles.summary(said)["refits"] is None
    assert "movers" not in charts(said)


def test_where_the_headline_is_withheld_nothing_is_told(make_fit: Callable[..., Any]) -> None:
    fit = make_fit(read_case("nk-kursk"), origins=2)
    fit.account["refits"] = {"families": [row("uk_mod", 1500.0, -0.3)]}
    said = contents(fit)
    assert said.movers == ()
    assert said.sentences["movers"].startswith("Not told")
    assert "movers" not in charts(said)
    assert datafiles.summary(said)["refits"] is None
