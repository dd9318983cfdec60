"""The page over many runs in a browser, and what a hundred of them weigh."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import Browser

from estimate.reports import index_page as made
from estimate.reports import slim
from estimate.reports.index_page import index_page, write_index
from estimate.reports.runs import Broken, Run

RUN = Run(
    folder="a", title="Losses at the hill", case="hill", quantity="killed", sentence="Between.",
    median=2000.0, low=1000.0, high=4000.0, as_of=date(2024, 3, 31), fitted="2024-04-01",
    version="0.1.0", failed=(), withheld=False, mostly_assumption=False, origins=4, changed=(),
    days=tuple(slim.rows([
        {"date": date(2024, 1, 1) + timedelta(days=i),
         "median": 16.6667 * i, "q05": 8.3333 * i, "q25": 12.5 * i, "q75": 20.8333 * i,
         "q95": 33.3333 * i} for i in range(120)])),
)
RUNS = (
    RUN,
    dataclasses.replace(RUN, folder="b", title="W" * 120, failed=("R-hat 1.050, 1.01 allowed",),
                        changed=("summary.json",), origins=None),
    dataclasses.replace(RUN, folder="c", title="الجنود في الشمال", mostly_assumption=True,
                        median=4e7, low=1e7, high=9e7,
                        days=tuple({**row, "q95": row["q95"] * 2e4} for row in RUN.days)),
    dataclasses.replace(RUN, folder="d", withheld=True, median=None, low=None, high=None, days=(),
                        sentence="No range is given: 2 independent origins speak. " * 5),
    dataclasses.replace(RUN, folder="e", days=tuple(slim.rows([
        {"date": date(2024, 1, 1), "median": 0, "q05": 0, "q25": 0, "q75": 0, "q95": 0}]))),
)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_in_a_browser_nothing_runs_off_and_nothing_is_asked_for(
    width: int, dark: bool, browser: Browser, tmp_path: Path
) -> None:
    out = tmp_path / "index.html"
    for run in RUNS:
        (tmp_path / run.folder).mkdir()
        (tmp_path / run.folder / "index.html").write_text("page")
    broken = [Broken("f/" + "g" * 150, "run.json: " + "no such file " * 20)]
    write_index(index_page(RUNS, broken, tmp_path, out), out)
    browser.open(out, width, dark)
    assert browser.complaints() == []
    assert browser.ask("document.documentElement.scrollWidth") <= width
    beyond = browser.ask("""[...document.querySelectorAll('body *')].filter(
        e => !e.closest('.scroll, .skip') && e.getBoundingClientRect().right > innerWidth + 1
        ).map(e => e.outerHTML.slice(0, 80))""")
    assert beyond == []
    assert browser.ask("document.querySelectorAll('.multiples svg').length") == 4
    assert browser.ask("document.querySelectorAll('h3 a').length") == 5
    ground = browser.ask("getComputedStyle(document.documentElement).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is not dark


def test_a_hundred_runs_stay_light() -> None:
    drawing = str(made._drawing(RUN, 0))
    assert 100 * len(drawing.encode()) < 1_500_000
    assert "NaN" not in drawing
    assert not re.search(r"#[0-9a-f]{6}", drawing), "colours follow the ground"


def test_each_chart_has_its_own_axis_words_and_names(tmp_path: Path) -> None:
    page = index_page(RUNS, [], tmp_path, tmp_path / "index.html")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert page.count('role="img" aria-label="Small fan chart of killed, cumulative: ') == 4
    assert ">2,000</text>" in page
    assert re.search(r">\d0,000,000</text>", page)
    assert "<strong>10,000,000 to 90,000,000</strong>" in page
    assert "href=" not in page.split('id="fans"')[1].split("</section>")[0], "no page to link to"


def test_numbers_of_a_run_that_are_none_are_not_drawn(tmp_path: Path) -> None:
    told: dict[str, Any] = RUNS[3].told()
    assert told["median"] is None
    assert "days" not in told
    page = index_page(RUNS[3:4], [], tmp_path, tmp_path / "index.html")
    assert "<svg" not in page
    assert page.count("withheld: fewer than three origins") == 2
