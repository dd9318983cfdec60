"""Odd but legal cases rendered at two widths: readable by measurement, silent, small, in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from imitation import Imitation
from odd_cases import FITTED, ODD, START, claim, write
from playwright.sync_api import Page

from estimate.cli.main import cli
from estimate.data.case import read_case
from estimate.model.fit import fit
from estimate.model.sampler import Settings
from estimate.reports import render
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents

MOST_BYTES = 4_000_000
MOST_SECONDS = 30  # to a page with all its charts drawn; 2 on a machine of its own
FEW = Settings(draws=100, tune=100, chains=2, seed=1)

# What a reader would stumble over, by kind.
TROUBLES = """(() => {
    const shown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const name = e => e.outerHTML.slice(0, 120);
    const box = e => e.getBoundingClientRect();
    const all = (query, root = document) => [...root.querySelectorAll(query)].filter(shown);
    const pieces = all('header h1, header p, header li, header nav a');
    const crossed = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    return {
        'the page scrolls sideways': document.documentElement.scrollWidth > innerWidth
            ? [document.documentElement.scrollWidth] : [],
        'beyond the window': all('body *').filter(
            e => !e.closest('.scroll, .skip, svg') && box(e).right > innerWidth + 1).map(name),
        'out of its box': all('h1, h2, h3, p, li, td, th, figcaption, summary, dd').filter(
            e => e.scrollWidth > e.clientWidth + 2 && getComputedStyle(e).display !== 'inline'
        ).map(name),
        'pieces of the header that overlap': pieces.flatMap((a, i) => pieces.slice(i + 1)
            .filter(b => crossed(box(a), box(b))).map(b => name(a) + name(b))),
        'the headline is below the first screen': all('.range, .lead').slice(0, 1)
            .filter(e => box(e).top + 30 > innerHeight).map(name),
        'text of a chart beyond the window': all('.drawing svg text').filter(
            text => box(text).left < 0 || box(text).right > innerWidth).map(name),
        'a chart without room': all('.drawing svg').filter(
            svg => box(svg).width < 280 || box(svg).height < 60).map(name),
    };
})()"""


def reading(folder: Path, name: str) -> Contents:
    """What the report of one odd case says; a small one is fitted for real."""
    case = read_case(ODD[name](folder / "case"))
    if name not in FITTED:
        return contents(Imitation(case))
    made = fit(case, settings=FEW)
    made.account["timings"] = {"imports": 0.0} | made.account["timings"]
    made.account["command"] = "estimate fit odd"
    return contents(made)


@pytest.mark.parametrize("name", list(ODD))
def test_an_odd_case_is_readable(
    name: str, tmp_path: Path, show: Callable[..., Page]
) -> None:
    said = reading(tmp_path, name)
    page = tmp_path / "index.html"
    page.write_text(render.html(said, charts(said)), encoding="utf-8")
    assert page.stat().st_size <= MOST_BYTES
    for width, height in ((1280, 900), (390, 844)):
        opened = show(page, width=width, height=height, settle=MOST_SECONDS)
        assert {what: where for what, where in opened.evaluate(TROUBLES).items() if where} == {}
        assert not opened.evaluate("'bad' in window")


def test_marks_are_thinned_over_the_whole_chart_and_told(tmp_path: Path) -> None:
    said = reading(tmp_path, "many-claims")
    drawn = charts(said)["killed"]
    marks = drawn.data["figures"]
    assert 200 <= len(marks) <= 400
    days = sorted(str(row["day"]) for row in marks)
    assert days[0][:7] <= "2024-04"  # claims cover 2024-03 to 2026-11
    assert days[-1][:7] == "2026-11"
    assert len({day[:7] for day in days}) >= 32
    told = len(said.claims[said.claims["quantity"] == "killed"])
    left_out = f"{told - len(marks) - 1:,} beside one that is drawn, for want of room"
    assert left_out in drawn.note
    assert "listed in claims.csv" in drawn.note
    assert "The 800 of 5,000 claims with the most influence" in said.tables["claims"].caption


def test_figures_behind_a_name_from_right_to_left_keep_their_place(tmp_path: Path) -> None:
    said = reading(tmp_path, "right-to-left")
    assert said.people.endswith("\N{LEFT-TO-RIGHT MARK}")
    assert all(name.endswith("\N{LEFT-TO-RIGHT MARK}") for name in said.sources["name"])


@pytest.mark.parametrize("left", ["none", "partial"])
def test_a_case_without_a_claim_to_read_is_refused(left: str, tmp_path: Path) -> None:
    rows = [claim(1, "red_mod", 40, 9, scope="hospital")] if left == "partial" else []
    folder = write(tmp_path / "case", rows, start=START)
    done = CliRunner().invoke(cli, ["fit", str(folder), "--out", str(tmp_path / "run")])
    assert done.exit_code == 2
    assert "claims.csv" in done.stderr or "compared" in done.stderr
    assert not (tmp_path / "run").exists()
