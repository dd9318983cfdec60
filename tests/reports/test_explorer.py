"""The page's own chart, its field for a figure, its table: each switch does what it says."""

from __future__ import annotations

import base64
import csv
import json
import re
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from estimate.data.case import read_case
from estimate.model.result import Fit, load_fit
from estimate.reports import render
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.explorer import explorer

Show = Callable[..., Page]
CLOSE = 0.005  # a chance read in the page against the draws themselves
MARKS = ".wide svg .mark-symbol.role-mark path[aria-label^='claim ']"


@pytest.fixture(scope="module")
def told(make_fit: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Contents, Path]:
    """Give an imitated fit with vintages, and its page."""
    said = contents(make_fit(read_case("nk-kursk")).remember())
    page = tmp_path_factory.mktemp("told") / "index.html"
    page.write_text(render.html(said, charts(said)), encoding="utf-8")
    return said, page


@pytest.fixture(scope="module")
def said(told: tuple[Contents, Path]) -> Contents:
    """Give its contents."""
    return told[0]


@pytest.fixture
def page(told: tuple[Contents, Path], show: Show) -> Page:
    """Give its page, opened."""
    return show(told[1])


@pytest.fixture
def chart(page: Page) -> Locator:
    """Give the chart with switches."""
    return page.locator("figure.explorer")


def claims_drawn(chart: Locator) -> list[str]:
    labels = [mark.get_attribute("aria-label") or "" for mark in chart.locator(MARKS).all()]
    return [label.split(":")[0].removeprefix("claim ") for label in labels]


def faded(chart: Locator) -> int:
    marks = chart.locator(MARKS).all()
    return sum(float(mark.get_attribute("opacity") or 1) < 0.5 for mark in marks)


def test_what_the_page_holds_is_what_the_fit_says(told: tuple[Contents, Path]) -> None:
    said, page = told
    held = re.search(r'id="explorer-data">([^<]*)<', page.read_text("utf-8"))
    assert held is not None
    data = json.loads(zlib.decompress(base64.b64decode(held[1])))
    for quantity, kinds in data["charts"].items():
        of = said.estimates[said.estimates["quantity"] == quantity]
        drawn = [row["median"] for row in kinds["loss"]["datasets"]["days"]]
        assert drawn == pytest.approx(of["median"].tolist(), rel=1e-3)
        for vintage, told in zip(said.known.vintages, kinds["vintages"], strict=True):
            assert told["day"] == vintage.as_of.isoformat()
            assert told["q95"] == pytest.approx(vintage.curves[quantity].lines["q95"], rel=1e-3)


def test_the_quantity_is_switched(chart: Locator, said: Contents) -> None:
    before = claims_drawn(chart)
    chart.get_by_role("radio", name="Casualties").check()
    chart.locator("h3", has_text="casualties").wait_for()
    after = claims_drawn(chart)
    assert after
    assert not set(before) & set(after)
    stated = said.claims.set_index("id")["quantity"]
    assert set(stated[after]) == {"casualties"}
    assert "asualties" in (chart.locator(".drawing").get_attribute("aria-label") or "")


def test_the_scale_is_switched(chart: Locator) -> None:
    def height(claim: int) -> float:
        box, frame = (place.bounding_box() for place in (
            chart.locator(MARKS).nth(claim), chart.locator(".drawing")))
        assert box is not None
        assert frame is not None
        return box["y"] - frame["y"]

    before = height(0)
    chart.get_by_role("radio", name="Logarithmic").check()
    chart.page.wait_for_timeout(1500)
    assert height(0) < before - 20
    chart.get_by_role("radio", name="Linear").check()
    chart.page.wait_for_timeout(1500)
    assert height(0) == pytest.approx(before, abs=1)


def test_the_slider_shows_what_could_be_known(chart: Locator, said: Contents) -> None:
    today = claims_drawn(chart)
    slider = chart.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    first = said.known.vintages[0]
    chart.locator("h3", has_text="As known on").wait_for()
    chart.page.wait_for_timeout(300)
    published = said.claims.set_index("id")["published"]
    drawn = claims_drawn(chart)
    assert len(drawn) < len(today)
    assert all(published[claim].date() <= first.as_of for claim in drawn)
    assert "median as known today" in chart.locator("figcaption").inner_text()
    assert str(first.as_of.year) in chart.locator("#known-day").inner_text()
    slider.press("End")
    chart.page.wait_for_timeout(300)
    assert claims_drawn(chart) == today


def test_knowledge_time_puts_claims_on_the_day_they_came_out(chart: Locator) -> None:
    chart.get_by_role("radio", name="Day of knowledge").check()
    chart.locator("h3", has_text="by the day of knowledge").wait_for()
    assert "with today's priors" in chart.locator("figcaption").inner_text()
    chart.get_by_role("radio", name="Day of the losses").check()
    chart.locator("h3", has_text="half of them").wait_for()


def test_a_click_lights_a_source_in_every_chart(chart: Locator, said: Contents) -> None:
    page = chart.page
    assert faded(chart) == 0
    claim = claims_drawn(chart)[3]
    source = said.claims.set_index("id")["source"][claim]
    chart.locator(MARKS).nth(3).click()
    page.locator("tr.lit").first.wait_for()
    own = said.claims[said.claims["source"] == source]
    lit = [row.get_attribute("data-claim") for row in page.locator(".claims tr.lit").all()]
    assert sorted(map(str, lit)) == sorted(own["id"])
    page.wait_for_timeout(300)
    others = sum(said.claims.set_index("id")["source"][c] != source for c in claims_drawn(chart))
    assert faded(chart) == others
    names = page.locator("#figure-bias .wide svg text[opacity='0.2']")
    assert names.count() >= 2 * (len(said.sources[said.sources["median"].notna()]) - 1)
    card = chart.locator(".card")
    assert claim in card.inner_text()
    assert page.locator("#light").input_value() == source
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert faded(chart) == 0
    assert page.locator("tr.lit").count() == 0


def test_a_source_is_lit_by_keyboard(chart: Locator, said: Contents) -> None:
    picker = chart.get_by_label("Light up one source")
    source = said.claims["source"].value_counts().index[0]
    picker.select_option(source)
    chart.page.wait_for_timeout(300)
    lit = chart.page.locator(".claims tr.lit")
    assert lit.count() == int((said.claims["source"] == source).sum())


def test_a_mark_tells_its_source_wording_window_and_link(chart: Locator) -> None:
    chart.locator(MARKS).first.hover(force=True)
    text = chart.page.locator("#vg-tooltip-element").inner_text()
    for word in ("Claim", "Source", "States", "Days", "Published", "Wording", "Link"):
        assert word in text


@pytest.fixture(scope="module")
def real(tiny_run: Path) -> tuple[Fit, Path]:
    """Give the small real fit, read back from its draws, and its page."""
    return load_fit(tiny_run), tiny_run / "index.html"


def test_a_figure_typed_in_the_page_agrees_with_the_posterior(
    real: tuple[Fit, Path], show: Show
) -> None:
    fit, path = real
    page = show(path)
    form = page.locator("#try")
    days = [*fit.design.grid.dates, fit.case.start + timedelta(days=2)]
    for quantity, draws in fit.cumulative.items():
        form.locator("select").select_option(quantity)
        for day in (days[0], days[len(days) // 2], days[-2], days[-1]):
            form.locator("input[type=date]").fill(day.isoformat())
            step = draws[:, fit.design.grid.step_of(day)]
            for figure in np.rint(np.quantile(step, [0.001, 0.02, 0.3, 0.5, 0.77, 0.995])):
                form.locator("input[name=figure]").fill(f"{figure:.0f}")
                read = float(form.locator("output").get_attribute("data-chance") or "nan")
                assert read == pytest.approx(float((step <= figure).mean()), abs=CLOSE)
            last = fit.design.grid.dates[fit.design.grid.step_of(day)]
            assert ("Answered for" in form.locator("output").inner_text()) is (last != day)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("many", "one whole number"), ("-3", "one whole number"), ("1,5", "one whole number"),
     ("1.500", "one whole number"), ("", ""), ("1,000", "at most 1,000")],
)
def test_the_field_says_what_it_cannot_read(typed: str, answer: str, page: Page) -> None:
    form = page.locator("#try")
    form.locator("input[name=figure]").fill("1")
    form.locator("input[name=figure]").fill(typed)
    text = form.locator("output").inner_text()
    assert answer in text if answer else text == ""
    form.locator("input[type=date]").fill("1990-01-01")
    if typed == "1,000":
        assert "Choose a day from" in form.locator("output").inner_text()


def test_a_withheld_headline_offers_no_chances(make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), origins=2))
    shown = explorer(said)
    assert not shown.tested
    assert not shown.chances


def test_the_table_is_sorted(page: Page, said: Contents) -> None:
    heads = page.locator(".claims thead th")
    numbers = {"Surprise": "surprise", "Influence": "influence"}
    for name, column in numbers.items():
        head = heads.filter(has_text=name)
        for up in (True, False):
            head.get_by_role("button").click()
            assert head.get_attribute("aria-sort") == ("ascending" if up else "descending")
            rows = page.locator(".claims tbody tr").all()
            order = [row.get_attribute("data-claim") for row in rows]
            values = said.claims.set_index("id")[column][order].dropna().to_numpy()
            values = -abs(values) if column == "influence" else values  # the largest first
            steps = np.diff(values) if up else -np.diff(values)
            assert (steps >= -1e-5).all()
    heads.filter(has_text="Source").get_by_role("button").click()
    first = page.locator(".claims tbody tr").first.inner_text()
    names = sorted(said.claims["name"], key=str.casefold)
    assert names[0][:12] in first


def test_the_table_is_sifted(page: Page, said: Contents) -> None:
    form = page.locator("#sift")
    form.get_by_label("Quantity").select_option("killed")
    form.get_by_label("Used as").select_option("used")
    wanted = said.claims.query("quantity == 'killed' and status == 'used'")
    rows = page.locator(".claims tbody tr:visible")
    assert rows.count() == len(wanted)
    form.get_by_label("Find").fill("zelensky")
    assert 0 < rows.count() < len(wanted)
    told = form.locator("output").inner_text()
    assert told == f"{rows.count()} of {len(said.claims)} claims shown"


@pytest.mark.parametrize("kind", ["CSV", "SVG", "PNG"])
def test_every_chart_can_be_saved(kind: str, page: Page, tmp_path: Path) -> None:
    page.get_by_label("Light up one source").select_option(index=1)
    for figure in page.locator("figure:visible").all():
        with page.expect_download() as waited:
            figure.get_by_role("button", name=f"Download this chart as {kind}").click()
        name = waited.value.suggested_filename
        waited.value.save_as(tmp_path / name)
        raw = (tmp_path / name).read_bytes()
        title = figure.locator("h3").inner_text()
        if kind == "PNG":
            assert raw.startswith(b"\x89PNG")
            assert len(raw) > 20_000
        elif kind == "SVG":
            assert title.split(",")[0].split(" and ")[0][:30] in raw.decode()
            assert b"var(--" not in raw
        else:
            rows = list(csv.DictReader(raw.decode().splitlines()))
            assert len(rows) > 1
            assert "table" in rows[0]


def test_the_saved_table_is_the_estimate(chart: Locator, said: Contents, tmp_path: Path) -> None:
    with chart.page.expect_download() as waited:
        chart.get_by_role("button", name="as CSV").click()
    waited.value.save_as(tmp_path / "killed.csv")
    with (tmp_path / "killed.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["table"] == "days"]
    of = said.estimates[said.estimates["quantity"] == "killed"]
    for row, day, median in zip(rows, of["date"], of["median"], strict=True):
        assert date.fromisoformat(row["day"]) == day.date()
        assert float(row["median"]) == pytest.approx(median, rel=1e-3)


def test_the_first_paint_has_the_chart(told: tuple[Contents, Path], show: Show) -> None:
    page = show(told[1], scripts=False)
    assert page.locator("figure.explorer .wide svg .mark-area").count() >= 4
