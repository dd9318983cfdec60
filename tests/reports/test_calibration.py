"""The calibration page and the report's section on trust: what they say is what the files hold."""

from __future__ import annotations

import dataclasses
import html
import json
import math
import re
from pathlib import Path

import pytest

from estimate.data.problems import OutputError
from estimate.data.words import ROUTES
from estimate.model.habits import habits
from estimate.model.learned import History, read_learned
from estimate.model.scorefile import Scores, read_scores, scores_of
from estimate.model.trust import bars
from estimate.reports import calibration, score_charts, trust_words
from estimate.reports.contents import Contents
from estimate.reports.figures import Figure
from estimate.reports.history_words import ratio_words, words


@pytest.fixture(scope="module")
def history() -> History:
    return read_learned()


@pytest.fixture(scope="module")
def scores() -> Scores:
    return read_scores()


@pytest.fixture(scope="module")
def made(history: History, scores: Scores) -> tuple[calibration.Document, dict[str, Figure]]:
    return calibration.document(history, scores)


def test_every_sentence_on_a_source_names_its_cases(history: History) -> None:
    told = {ratio_words(habit): habit for habit in habits(history) if habit.cases.n}
    lines = words(history)
    for sentence, habit in told.items():
        assert sentence in lines
        assert re.search(rf"\({habit.cases.n} cases?\b", sentence)
        assert (f", {habit.cases.equipment} of them equipment" in sentence) == (
            habit.cases.equipment > 0)
        tail = habit.ratio.q90 if habit.ratio.median >= 1 else habit.ratio.q10
        assert (tail > 1) == ("more than" in sentence)
    assert any("Student t" in line for line in lines)


def test_the_ratio_of_a_new_source_is_wider_than_what_is_known_of_its_kind(
        history: History) -> None:
    joint = history.joints["all"]
    for habit in habits(history):
        _, known = joint.part([f"gamma[{habit.relation},{habit.victim}]"])
        width = math.log(habit.ratio.q95 / habit.ratio.q05) / 3.29
        assert width > 1.2 * math.sqrt(known[0, 0])


def test_every_case_is_drawn_and_every_miss_named(
        made: tuple[calibration.Document, dict[str, Figure]], scores: Scores) -> None:
    figure = made[1]["cases"]
    assert {row["name"] for row in figure.data["cases"]} == {row.case for row in scores.cases}
    outside = {row.case for row in scores.cases if row.inside(0.9) < 1}
    assert set(re.findall(r"[\w-]+", figure.text.partition("Outside: ")[2])) == outside


def test_every_bar_that_fails_is_said(
        made: tuple[calibration.Document, dict[str, Figure]], scores: Scores) -> None:
    section = next(part for part in made[0].sections if part.name == "bars")
    for bar in bars(scores):
        assert (bar.asked in section.words[0]) == (not bar.held)


def test_all_cells_stand_in_the_table_and_thin_ones_are_grey(
        made: tuple[calibration.Document, dict[str, Figure]], history: History) -> None:
    section = next(part for part in made[0].sections if part.name == "sources")
    rows = section.tables[0].rows
    assert [int(row.cells[1].text) for row in rows] == [h.cases.n for h in habits(history)]
    assert [row.faint for row in rows] == [h.cases.n < 5 for h in habits(history)]
    assert [row["pale"] for row in made[1]["ratios"].data["rows"]] == [row.faint for row in rows]


def test_every_route_and_method_is_explained(
        made: tuple[calibration.Document, dict[str, Figure]], scores: Scores) -> None:
    section = next(part for part in made[0].sections if part.name == "glossary")
    told = {line.split(":")[0] for line in section.points}
    assert {*scores.baselines, *(f"route {name}" for name in ROUTES), "log-CRPS"} <= told


def test_methods_are_told_with_and_without_the_spread_of_their_errors(
        made: tuple[calibration.Document, dict[str, Figure]], scores: Scores) -> None:
    figure, table = made[1]["methods"], next(
        part for part in made[0].sections if part.name == "methods").tables[0]
    assert len(figure.data["rows"]) == len(scores.baselines) + len(scores.spread)
    least = min(-part["difference"] / part["se"]
                for part in (*scores.paired.values(), *scores.spread.values()))
    assert least > 0
    assert f"by {least:.1f} standard errors or more" in figure.title
    for row in table.rows:
        name = row.cells[0].text
        assert row.cells[2].below == f"± {scores.paired[name]['se']:.3f}"
        if name in scores.spread:
            assert row.cells[3].text == f"{scores.spread[name]['log_crps']:.3f}"


def test_truths_held_are_whole_or_a_rate() -> None:
    found = {"hits": 21.0, "rate": 21 / 22, "low": 0.77, "high": 0.999}
    assert trust_words.held_words(found) == "in 21: 95% (exact 95% interval 77 to >99%)"
    part = trust_words.held_words({**found, "hits": 21.8, "rate": 21.8 / 22})
    assert part == "at a rate of 99% (exact 95% interval 77 to >99%)"


def test_the_worst_come_first_with_a_reason(scores: Scores) -> None:
    worst = max(scores.cases, key=lambda row: row.log_crps)
    reason = calibration.why(worst)
    assert str(worst.n_claims) in reason
    assert "times the truth" in reason


def test_the_page_asks_for_nothing_and_unscored_priors_say_so(
        history: History, tmp_path: Path) -> None:
    other = dataclasses.replace(
        history, provenance={**history.provenance, "library_fingerprint": "other"})
    assert scores_of(other) is None
    calibration.write_page(tmp_path / "p.html", other, None)
    page = html.unescape((tmp_path / "p.html").read_text("utf-8"))
    assert "have not been scored" in page
    assert "default-src 'none'" in page
    assert not re.search(r'<(?:img|link|script)[^>]+(?:src|href)="http', page)
    with pytest.raises(OutputError, match="cannot be written"):
        calibration.write_page(tmp_path / "none" / "p.html", other, None)


def test_titles_of_coverage_say_what_is_off() -> None:
    def at(rate: float, low: float, high: float) -> dict[str, float]:
        return {"rate": rate, "low": low, "high": high}

    fine = {"50": at(0.5, 0.4, 0.6), "90": at(0.9, 0.8, 0.97)}
    assert "No interval clearly" in trust_words.levels_title(fine)
    off = {"50": at(0.7, 0.6, 0.8), "80": at(0.6, 0.5, 0.7), "90": at(0.7, 0.6, 0.8)}
    assert trust_words.levels_title(off) == (
        "The 80% and 90% intervals held the truth too seldom and the 50% interval held the truth "
        "too often")
    figure = score_charts.levels("x", off, "3 cases")
    assert [row["wanted"] for row in figure.data["rows"]] == [0.5, 0.8, 0.9]


def test_the_report_says_how_far_to_trust_it(said: Contents, page: str, run: Path) -> None:
    company = said.trust.company
    sentence = said.sentences["trust"]
    assert sentence.startswith(f"Of {len(company.cases)} resolved cases like this one (soldiers or "
                               "equipment;")
    assert sentence in html.unescape(page)
    assert "How far to trust this" in (run / "report.md").read_text("utf-8")
    assert (run / "figures" / "trust.png").is_file()
    kept = json.loads((run / "summary.json").read_text("utf-8"))["trust"]
    assert kept["n_cases"] == len(company.cases)
    assert kept["coverage"]["90"]["hits"] == pytest.approx(company.coverage["90"]["hits"])


def test_a_case_unlike_the_library_is_told(said: Contents) -> None:
    unlike = dataclasses.replace(said.trust, n_claims=99, most_claims=13, same_priors=False,
                                 same_library=False)
    told = " ".join(trust_words.doubts(unlike))
    assert "None had more than 13 claims; here 99 are used" in trust_words.company_words(unlike)
    for words_of_doubt in ("not those that were",
                           "another library"):
        assert words_of_doubt in told
    alike = dataclasses.replace(said.trust, n_claims=3, same_priors=True, same_library=True)
    assert "are used" not in trust_words.company_words(alike)
