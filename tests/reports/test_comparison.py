"""The page of a comparison: asks for nothing, fits its window; its words."""

import re
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from markupsafe import escape

from estimate.model.result import load_fit
from estimate.reports.comparison import Compared, compared, document, write_comparison
from estimate.reports.comparison_words import changed, labels, shift
from estimate.reports.inert import markdown


@pytest.fixture(scope="module")
def made(variants: dict[str, Path]) -> Compared:
    runs = [variants[name] for name in ("first", "planted", "seed")]
    return compared([load_fit(run) for run in runs], runs)


@pytest.fixture(scope="module")
def folder(made: Compared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison(made, tmp_path_factory.mktemp("compared") / "out")


@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser(width: int, folder: Path, browser: Browser) -> None:
    browser.open(folder / "index.html", width)
    assert browser.complaints() == []
    assert browser.ask("document.documentElement.scrollWidth") <= width
    drawn = browser.ask(f"""[...document.querySelectorAll(
        '.{"wide" if width > 719 else "narrow"} svg')].map(s => {{
        const r = s.getBoundingClientRect();
        return r.width > 300 && r.height > 700 && r.right <= innerWidth}})""")
    assert drawn == [True, True]


def test_page_and_paper_say_the_same(made: Compared, folder: Path) -> None:
    page, paper = ((folder / name).read_text("utf-8") for name in ("index.html", "compare.md"))
    for pair in made.pairs:
        for text in (pair.verdict, pair.counted, *pair.moves, *pair.blame):
            assert str(escape(text)) in page
            assert markdown(text) in paper
    assert page.index(made.pairs[0].verdict) < page.index("what moved")
    assert not re.findall(r'(?:src|href)="(?!#|data:,)', page.split("<script type=")[0])


def test_figures_have_a_panel_for_each_quantity_and_words(made: Compared) -> None:
    figures = document(made)[1]
    assert list(figures) == ["compare-2", "compare-3"]
    for figure, pair in zip(figures.values(), made.pairs, strict=True):
        assert len(figure.wide["vconcat"]) == len(pair.numbers.quantities)
        assert len(figure.narrow["vconcat"]) == 2 * len(pair.numbers.quantities)
        assert pair.verdict.rstrip(".") == figure.title
        assert len(figure.text) > 60


def test_the_grey_and_the_verdict_agree(made: Compared) -> None:
    figures = document(made)[1]
    for figure, pair in zip(figures.values(), made.pairs, strict=True):
        moved = pair.numbers.moved
        medians = moved[moved["statistic"] == "median"]
        outside = sum(not row["bottom"] <= row["change"] <= row["top"]
                      for name, rows in figure.data.items() if name.startswith("change-")
                      for row in rows)
        assert outside == len(medians)


@pytest.mark.parametrize(("runs", "names"), [
    (["a/one", "b/two"], ["“one”", "“two”"]),
    (["a/one", "b/one"], ["“a/one”", "“b/one”"]),
    (["a/one", "a/one"], ["“a/one” (run 1)", "“a/one” (run 2)"]),
    (["a/" + "x" * 80, "b"], ["“…" + "x" * 35 + "”", "“b”"])])
def test_runs_are_told_apart(runs: list[str], names: list[str]) -> None:
    assert labels(runs) == names


@pytest.mark.parametrize(("change", "text"), [
    (27.3, "+27%"), (-0.84, "−0.84%"), (0.0, "0%"), (float("inf"), "+∞%")])
def test_shift(change: float, text: str) -> None:
    assert shift(change) == text


def test_nothing_changed_is_said(made: Any) -> None:
    assert changed(()) == ("Nothing differs but the draws.",)
