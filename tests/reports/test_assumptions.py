"""The section on other assumptions says what the account holds, in page, paper and summary."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.reports import render
from estimate.reports.assumptions import words
from estimate.reports.charts import charts
from estimate.reports.contents import contents
from estimate.reports.datafiles import summary_json

TOLD = {"median": 1800.0, "low": 900.0, "high": 4100.0}
UNTOLD = {"power": 0.5, "pareto_k": 0.93, "by": None}
WEIGHTS = {"power": 2.0, "pareto_k": 0.2, "by": "weights", **TOLD}
POWER = [
    {"component": "kappa", "psense": 0.12, "pareto_k": 0.3, "scaled": [UNTOLD, WEIGHTS]},
    {"component": "gamma", "psense": None, "pareto_k": 0.8, "scaled": [
        {**UNTOLD, "by": "refit", "rhat": 1.01, **TOLD, "median": 2600.0}, WEIGHTS]},
    {"component": "log_total", "psense": 0.01, "pareto_k": 0.1, "scaled": [WEIGHTS, WEIGHTS]},
]
CUT = {**TOLD, "median": 1500.0, "rhat": 1.02, "imputations": 20}
RECODED = {"before": "third_party_state", "after": "adversary", "cases_before": 12,
           "cases_after": 51, "equipment_before": 4, "sources": ["nis", "uk_mod"],
           "families": ["NIS", "<b>UK</b>"], "rhat": 1.3, **TOLD}
HEADING = "How much do the assumptions matter?"


def said_with(make_fit: Callable[..., Any], sensitivity: Any, origins: int = 4) -> Any:
    fit = make_fit(read_case("nk-kursk"), origins=origins)
    if sensitivity is not None:
        fit.account["sensitivity"] = copy.deepcopy(sensitivity)
    return contents(fit)


def test_each_change_is_told_with_its_number(make_fit: Callable[..., Any]) -> None:
    said = said_with(make_fit, {"power": POWER, "cut": CUT, "recoded": RECODED})
    text = " ".join(said.sensitivity)
    assert "puts the median at 1,800 to 2,600, against 2,100 as fitted." in text
    assert "Of 6 such changes, 1 is too large for the weights to tell" in text
    assert "what is assumed of the error that all sources share (0.12) moves the answer" in text
    assert "A change of any other alone within a factor moves the answer little (0.010" in text
    assert "may not change what history says, the range is 900 to 4,100 (90%" in text
    assert "rests on 12 resolved cases, 4 of them equipment; of an adversary, on 51" in text
    assert text.count("Do not lean on this") == 1
    rows = said.tables["sensitivity"].rows
    assert [row.cells[2].text for row in rows] == [
        "2,100", "–", "1,800", "2,600", "1,800", "1,800", "1,800", "1,500", "1,800"]
    assert [row.cells[3].below for row in rows[1:7]] == [
        "moves it", "moves it", "the weights do not tell", "the weights do not tell",
        "moves it little", "moves it little"]
    assert "Pareto k 0.93" in rows[1].cells[0].below
    assert rows[3].cells[0].below == "fitted again"


TOGETHER = {"component": "bias", "psense": 0.31, "pareto_k": 0.5, "scaled": [
    {**UNTOLD, "by": "refit", "rhat": 1.3, **TOLD, "low": 600.0}, {**UNTOLD, "power": 2.0}]}


def test_a_large_share_beside_priors_that_move_little_is_explained() -> None:
    small = [row | {"psense": 0.02} for row in POWER]
    alone, together, meaning = words({"power": [*small, TOGETHER]}, 2100.0, 0.81)
    assert "any one of them alone within a factor moves the answer little" in alone
    assert "0.020 at most, below 0.05" in alone
    assert "0.31" not in alone
    assert "moves the answer (sensitivity 0.31): with half the weight on it the" in together
    assert "range is 600 to 4,100" in together
    assert "dead on lists" not in together
    assert "Do not lean on this" in together
    assert "That 81% of the spread rests on assumptions is another question" in together
    assert "Below 0.05, a change of this prior alone" in meaning
    assert "another question" not in words({"power": [*small, TOGETHER]}, 2100.0, 0.30)[1]
    lists = {**POWER[2], "component": "lists"}
    assert "dead on lists" in words({"power": [*small, lists, TOGETHER]}, 2100.0, 0.81)[1]


def test_without_refits_only_weights_speak(make_fit: Callable[..., Any]) -> None:
    said = said_with(make_fit, {"power": POWER[2:]})
    text = " ".join(said.sensitivity)
    assert "any one of them alone within a factor moves the answer little (0.010 at most" in text
    assert "no say" not in text
    assert "third-party" not in text
    assert "may not change" not in text
    assert len(said.tables["sensitivity"].rows) == 3


def test_page_paper_and_summary_hold_the_section(make_fit: Callable[..., Any]) -> None:
    said = said_with(make_fit, {"power": POWER, "cut": CUT, "recoded": RECODED})
    figures = charts(said)
    page, paper = render.html(said, figures), render.paper(said, figures)
    for text in (page, paper):
        assert text.index("What sets the level") < text.index(HEADING)
        assert "What history says, drawn from its priors and held" in text
    assert "<b>UK</b>" not in page
    assert json.loads(summary_json(said))["sensitivity"]["cut"] == CUT


@pytest.mark.parametrize(("sensitivity", "origins"), [(None, 4), ({"power": POWER}, 2)],
                         ids=["none", "withheld"])
def test_no_section_where_there_is_nothing_to_tell(
        make_fit: Callable[..., Any], sensitivity: Any, origins: int) -> None:
    said = said_with(make_fit, sensitivity, origins)
    assert HEADING not in render.html(said, charts(said))
    assert json.loads(summary_json(said))["sensitivity"] is None
