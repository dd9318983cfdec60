"""What could be known when: sentences, table, chart and files say the same, and no more."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.model.known import LINES, Arrival, Curve, Vintage
from estimate.reports import render, vintage_files
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.vintage_words import known, largest

NAN = math.nan
DAYS = [date(2024, 12, 16), date(2025, 1, 13), date(2025, 4, 30), date(2025, 9, 2)]


def arrival(claim: str, source: str, influence: float, k: float = 0.3) -> Arrival:
    return Arrival(claim, source, influence, k, 480.0, 250.0, 900.0)


def vintage(place: int, median: float, revision: float, *new: Arrival, origins: int = 4,
            ok: bool = True, beyond: bool = True, claims: tuple[str, ...] = ()) -> Vintage:
    day = DAYS[place]
    curve = Curve((date(2024, 11, 1), day), dict.fromkeys(LINES, (median / 2, median)))
    return Vintage(
        day, claims or tuple(each.claim for each in new), 5 + place, origins, 0.8, ok,
        {"max_rhat": 1.001, "min_ess_bulk": 900.0, "min_ess_tail": 800.0, "divergences": 0},
        median, median / 2, median * 2, median * 0.8, median * 1.3, 0.02, revision,
        NAN if math.isnan(revision) else 0.1, beyond, new, {"killed": curve})


HISTORY = (
    vintage(0, 340.0, NAN, origins=2, claims=("nk027",)),
    vintage(1, 400.0, 0.3, arrival("nk045", "nis", 0.4)),
    vintage(2, 620.0, 0.27, arrival("nk093", "nis", 0.2), arrival("nk092", "uk_mod", -0.5),
            arrival("nk091", "uk_mod", 0.6, k=0.9), claims=("nk093", "nk092", "nk091", "nk090")),
    vintage(3, 640.0, -0.01, beyond=False, claims=("nk108",)),
)


@pytest.fixture(scope="module")
def told(make_fit: Callable[..., Any]) -> Contents:
    fit = make_fit(read_case("nk-kursk"))
    fit.history = HISTORY
    return contents(fit)


def test_the_largest_move_is_told_with_the_claim_that_made_it(told: Contents) -> None:
    words = " ".join(told.known.words)
    assert largest(HISTORY) == [2]  # a withheld range before, and a move within the error, are not
    assert ("on 30 April 2025 the median for 13 January 2025 rose by 31%, from 400 to 520"
            in words)
    # pulls the other way, or is not to be trusted: not the claim that did it
    assert "nk093" in words
    assert "nk091" not in words
    assert "nk092" not in words
    assert "without it the median for 30 April 2025 would be 18% lower" in words
    assert "expects of this source 250 to 900" in words
    assert "median 480" in words
    assert "30 April 2025" in told.known.title
    assert "today's" in words


def test_ranges_are_given_from_three_origins_on(told: Contents) -> None:
    words = " ".join(told.known.words)
    assert "between 200 and 800" in words
    assert "320 to 1,300" in words
    assert "170" not in words  # the withheld range's end
    table = told.known.table
    assert table is not None
    first = table.rows[0]
    assert first.faint
    assert first.cells[1].text == "no range"
    assert first.cells[1].below == "2 origins"
    assert first.cells[2].text == "–"
    assert table.rows[1].cells[4].text == "–"  # compared with a withheld one: not told
    assert table.rows[2].cells[4].text == "+31%"
    assert table.rows[3].cells[4].text == "(−1%)"


def test_hindsight_and_the_last_large_move_are_told(told: Contents) -> None:
    now = [row.cells[3].text for row in told.known.table.rows] if told.known.table else []
    assert now == ["370", "400", "510", "640"]  # between 320 and 640 of the last curve, pro rata
    assert "Of 2 earlier ranges the 90% interval holds what is now the median for its day in 2" in (
        " ".join(told.known.words))
    assert told.known.last_move == (
        "The estimate last moved by more than 20% on 30 April 2025: before, it was 200 to 800 by "
        "13 January 2025 (median 400; now 520 for that day). 4 claims came on that day.")
    page, paper = render.html(told, charts(told)), render.paper(told, {})
    assert told.known.last_move in page
    assert told.known.last_move in paper


def test_too_few_origins_to_the_end_give_bounds_alone() -> None:
    case = read_case("nk-kursk")
    found = known(case, (vintage(0, 340.0, NAN, origins=2), vintage(1, 400.0, 0.3, origins=2)))
    words = " ".join(found.words)
    assert "No range is given: 2 independent origins speak" in words
    for number in ("170", "680", "340", "400", "200", "800"):
        assert f" {number} " not in words
    assert "moved" not in words


def test_a_claim_that_came_alone_is_named_whatever_its_weights() -> None:
    """Between two fits that differ by one claim the move is that claim's."""
    case = read_case("nk-kursk")
    alone = vintage(2, 620.0, 0.27, arrival("nk104", "nk_state", -0.01, k=1.2))
    words = " ".join(known(case, (HISTORY[1], alone)).words)
    assert "The only new evidence of that day is claim nk104" in words
    assert "without it" not in words


def test_a_failed_gate_is_told_and_its_moves_are_not(make_fit: Callable[..., Any]) -> None:
    fit = make_fit(read_case("nk-kursk"))
    fit.history = (*HISTORY[1:2], vintage(2, 620.0, 0.27, ok=False, claims=("nk093",)),
                   vintage(3, 900.0, 0.4, arrival("nk108", "nis", 0.3)))
    said = contents(fit)
    assert largest(fit.history) == []
    words = " ".join(said.known.words)
    assert "The sampler failed its checks for 1 of 3 days, also when run longer: 30 Apr 2025" in (
        words)
    assert said.known.table is not None
    assert "failed a check" in said.known.table.rows[1].cells[0].text
    figure = charts(said)["vintages"]
    assert [row["day"] for row in figure.data["failed"]] == ["2025-04-30"]
    assert "Crosses" in figure.note


def test_the_chart_steps_on_days_of_knowledge_with_claims_on_their_publication(
    told: Contents,
) -> None:
    figure = charts(told)["vintages"]
    assert figure.title == told.known.title
    runs = [rows for name, rows in figure.data.items() if name.startswith("run-")]
    assert [[row["day"] for row in rows[::2]] for rows in runs] == [
        ["2024-12-16"], ["2025-01-13", "2025-04-30", "2025-09-02"]]
    assert runs[0][0]["strength"] < runs[1][0]["strength"] == 1
    assert runs[1][1]["day"] == runs[1][2]["day"]  # one step ends where the next begins
    published = {row["id"]: f"{row['published']:%Y-%m-%d}"
                 for row in told.claims.to_dict("records")}
    assert figure.data["figures"]
    for mark in figure.data["figures"]:
        assert mark["day"] == published[mark["claim"]]
    assert "fewer than 3 independent origins" in figure.note
    hover = figure.data["steps"]
    assert [row["says"] for row in hover] == ["no range", "200 to 800", "310 to 1,200",
                                              "320 to 1,300"]


def test_page_and_paper_hold_the_section_after_how_it_grew(told: Contents) -> None:
    figures = charts(told)
    page, paper = render.html(told, figures), render.paper(told, figures)
    body = page.split("<body>")[1]
    places = [body.index(text) for text in (
        'href="#known"', 'id="time"', 'id="figure-killed"', 'id="known"', 'id="figure-vintages"',
        'id="quantities"')]
    assert places == sorted(places)
    assert paper.index("## How it grew") < paper.index("## What could be known when")
    assert paper.index("figures/vintages.png") < paper.index("## The estimate by quantity")
    assert "Pulls furthest" in page
    assert "Pulls furthest" in paper


def test_without_vintages_the_section_says_how_to_get_them(said: Contents) -> None:
    assert "“estimate fit --history”" in said.known.words[0]
    assert said.known.table is None
    assert "vintages" not in charts(said)
    assert vintage_files.files(()) == {}


def test_files_hold_both_axes_of_time() -> None:
    found = vintage_files.files(HISTORY)
    rows = list(csv.DictReader(io.StringIO(found["vintages.csv"])))
    assert len(rows) == 2 * len(HISTORY)
    assert rows[1] | {"known": "2024-12-16", "date": "2024-12-16", "quantity": "killed",
                      "median": "340"} == rows[1]
    days = list(csv.DictReader(io.StringIO(found["history.csv"])))
    assert [row["known"] for row in days] == [day.isoformat() for day in DAYS]
    assert days[0]["withheld"] == "True"
    assert days[0]["median"] == days[0]["q95"] == days[0]["revision"] == ""
    assert float(days[2]["median"]) == 620
    assert float(days[2]["revision"]) == 0.27
    assert days[2]["claims"] == "nk093;nk092;nk091;nk090"
    assert days[2]["claim"] == "nk093"
