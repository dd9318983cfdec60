"""Who moves the answer: the sentences, the table and the chart say the same."""

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from estimate.data.case import read_case
from estimate.reports import claim_tables, datafiles, render
from estimate.reports import sentences as say
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.foremost import foremost
from estimate.reports.terminal import print_summary

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


def sized(said: Contents, claim: str, **changes: float) -> pd.DataFrame:
    """Give the claims of a report with other numbers for one of them."""
    frame = said.claims.set_index("id", drop=False)
    for name, value in changes.items():
        frame.loc[claim, name] = value
    return frame.reset_index(drop=True)


def used_claims(said: Contents) -> list[str]:
    return list(said.claims.loc[said.claims["status"] == "used", "id"])


def test_the_first_screen_names_the_claim_that_moves_most(said: Contents) -> None:
    claim = used_claims(said)[3]
    found = foremost(sized(said, claim, influence=41.0), (), said.headline, False)
    assert found is not None
    assert f"Of all single claims, {claim} moves this answer most" in found.text
    assert f"{say.count(1.41 * said.headline.median)} instead of" in found.text
    assert "(+41% before rounding), worked out from the draws of this fit" in found.text
    assert "“estimate fit --refits”" in found.text
    assert found.anchor == f"claim-{claim}"
    down = foremost(sized(said, claim, influence=-41.0), (), said.headline, False)
    assert down is not None
    assert "(−41% before rounding)" in down.text


def test_a_large_influence_of_weights_without_variance_is_not_quoted(said: Contents) -> None:
    claim = used_claims(said)[3]
    for influence, told in ((55.0, True), (1.0, False)):
        found = foremost(sized(said, claim, influence=influence, pareto_k=0.69), (), said.headline,
                         False)
        assert found is not None
        assert f"{claim} moves this answer most" not in found.text
        assert (claim in found.text) is told


def test_a_doubtful_influence_is_never_called_the_largest(said: Contents) -> None:
    first, second = used_claims(said)[:2]
    frame = sized(said, first, influence=90.0, pareto_k=0.9)
    found = foremost(frame, (), said.headline, False)
    assert found is not None
    assert f"{first} moves this answer" not in found.text
    assert f"How much {first} moves it alone cannot be told" in found.text
    shown = {dict(row.data)["claim"]: row.cells[7].text
             for row in claim_tables.claims(frame, {}).rows}
    assert shown[first] == "+90% (doubtful)"
    assert "doubtful" not in shown[second]


def test_a_figure_that_a_later_flow_covers_is_not_doubtful(said: Contents) -> None:
    covered = used_claims(said)[2]
    nothing = dict.fromkeys(("predictive_median", "influence", "pareto_k"), float("nan"))
    found = foremost(sized(said, covered, **nothing), (), said.headline, False)
    assert found is not None
    assert covered not in found.text


def test_families_and_claims_are_held_against_each_other(moved: Contents) -> None:
    assert moved.foremost is not None
    assert moved.foremost.text.startswith(
        "Of all families of sources and single claims, Government and armed forces of Ukraine")
    assert "the median would be 2,900" in moved.foremost.text
    assert "(+49% before rounding)" in moved.foremost.text
    assert moved.foremost.anchor == "movers"
    claim = used_claims(moved)[3]
    found = foremost(sized(moved, claim, influence=-60.0), moved.movers, moved.headline, True)
    assert found is not None
    assert f"{claim} moves this answer most" in found.text
    assert "No family whose refit passed its checks moves it by a larger factor" in found.text


def test_the_refit_of_a_family_with_one_claim_stands_for_that_claim(said: Contents) -> None:
    claim = used_claims(said)[3]
    moves = (row("us_gov", 2900.0, 0.4, claims=[claim], name="United States"),)
    found = foremost(sized(said, claim, influence=60.0), moves, said.headline, True)
    assert found is not None
    assert f"fitted again without its claim {claim}" in found.text
    assert "+60%" not in found.text


def test_nothing_that_moves_and_nothing_to_move(said: Contents, make_fit: Callable[..., Any]
                                                ) -> None:
    still = foremost(said.claims.assign(influence=0.5), (), said.headline, False)
    assert still is not None
    assert still.text.startswith("No single claim moves this answer by 2% or more")
    assert contents(make_fit(read_case("nk-kursk"), origins=2)).foremost is None


def test_page_paper_and_terminal_say_what_moves_most(moved: Contents) -> None:
    figures, out = charts(moved), io.StringIO()
    print_summary(moved, Console(file=out, width=100))
    told = moved.foremost
    assert told is not None
    assert told.text in " ".join(out.getvalue().split())
    assert told.text in render.html(moved, figures)
    assert "moves this answer most" in render.paper(moved, figures).split("## ")[0]
