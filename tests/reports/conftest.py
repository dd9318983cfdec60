"""One imitated fit, its contents, figures and page, made once."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from estimate.data.case import read_case
from estimate.reports import render
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.figures import Figure
from estimate.reports.write import write_report

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, Browser  # noqa: E402
from imitation import HOSTILE, Imitation  # noqa: E402

CASE = Path(sys.modules[read_case.__module__].__file__ or "").parent / "cases" / "nk-kursk"


@pytest.fixture(scope="session")
def make_fit() -> Callable[..., Any]:
    """Give the maker of imitated fits."""
    return Imitation


@pytest.fixture(scope="session")
def fit() -> Any:
    """Give an imitated fit of the bundled case."""
    return Imitation(read_case("nk-kursk"))


@pytest.fixture(scope="session")
def said(fit: Any) -> Contents:
    """Give its contents."""
    return contents(fit)


@pytest.fixture(scope="session")
def figures(said: Contents) -> dict[str, Figure]:
    """Give its figures."""
    return charts(said)


@pytest.fixture(scope="session")
def page(said: Contents, figures: dict[str, Figure]) -> str:
    """Give its page."""
    return render.html(said, figures)


@pytest.fixture(scope="session")
def run(fit: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of its report."""
    return write_report(fit, tmp_path_factory.mktemp("written") / "run")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the browser of this session."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install chromium (or google-chrome) to run this test")
    made = Browser()
    yield made
    made.close()


@pytest.fixture
def show(browser: Browser, run: Path) -> Iterator[Callable[..., Page]]:
    """Give a function that opens the report, or another page, and hands over Playwright's `Page`.

    Whatever a test does with the page: when it ends, the console must have stayed silent and
    nothing must have been asked for.
    """

    def opened(page: Path = run / "index.html", *, width: int = 1280, **how: Any) -> Page:
        return browser.open(page, width, **how)

    yield opened
    assert browser.complaints() == []


@pytest.fixture(scope="session")
def hostile_case(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give the bundled case with hostile text in every free cell, and one very long note."""
    folder = tmp_path_factory.mktemp("hostile") / "case"
    folder.mkdir()
    (folder / "case.toml").write_bytes((CASE / "case.toml").read_bytes())
    for name, cells in (
        ("claims.csv", ("wording", "note", "via")),
        ("sources.csv", ("name", "note", "country")),
    ):
        with (CASE / name).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for number, row in enumerate(rows):
            for shift, cell in enumerate(cells):
                row[cell] = HOSTILE[(number + shift) % len(HOSTILE)]
        if name == "claims.csv":
            rows[3]["note"] = "long " * 19_000
            rows[4]["note"] = "x" * 90_000
        with (folder / name).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    text = (folder / "case.toml").read_text("utf-8")
    text = text.replace('title = "', 'title = "<b>bold</b> {{ 1+1 }} ', 1)
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return read_case(folder)
