"""Every number of the headline, the estimates, the sources and the anchors is one number.

They are computed anew from posterior.nc and the inputs of a small real fit, by other means than the
report's, and looked for in the page, the paper, the CSV files and summary.json.
"""

from __future__ import annotations

import base64
import csv
import html
import html.parser
import json
import re
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from estimate.model.biases import biases
from estimate.model.findings import MAX_PARETO_K
from estimate.model.result import load_fit
from estimate.reports import sentences as say
from estimate.reports.card import definition
from estimate.reports.contents import contents
from estimate.reports.datafiles import number

QUANTILES = {"median": 0.5, "q025": 0.025, "q05": 0.05, "q10": 0.1, "q25": 0.25, "q75": 0.75,
             "q90": 0.9, "q95": 0.95, "q975": 0.975}
ABOUT = {"red_mod": "killed", "blue_army": "killed", "watch": "names", "green": "wounded"}


class Tables(html.parser.HTMLParser):
    """The rows of every table of a page by the name of its caption: text of each cell."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[list[str]]] = {}
        self._name, self._cell, self._small = "", False, False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "p" and (given.get("id") or "").startswith("caption-"):
            self._name = str(given["id"]).removeprefix("caption-")
            self.found[self._name] = []
        elif tag == "tr" and self._name:
            self.found[self._name].append([])
        elif tag in ("td", "th") and self._name:
            self.found[self._name][-1].append("")
            self._cell = True
        self._small = self._small or tag == "small"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False
        elif tag == "table":
            self._name = ""
        elif tag == "small":
            self._small = False

    def handle_data(self, data: str) -> None:
        if self._cell and not self._small:
            self.found[self._name][-1][-1] += data


@dataclass(frozen=True)
class Written:
    """A report's files, and the draws behind them."""

    run: Path

    @cached_property
    def draws(self) -> Any:
        """Posterior with all chains in one dimension `sample`."""
        with xr.open_dataset(self.run / "posterior.nc", group="posterior", engine="h5netcdf") as d:
            return d.load().stack(sample=("chain", "draw"))

    @cached_property
    def summary(self) -> Any:
        return json.loads((self.run / "summary.json").read_text("utf-8"))

    @cached_property
    def paper(self) -> str:
        return (self.run / "report.md").read_text("utf-8")

    @cached_property
    def page(self) -> str:
        return (self.run / "index.html").read_text("utf-8")

    @cached_property
    def tables(self) -> dict[str, list[list[str]]]:
        return Tables(self.page).found

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.run / name).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def in_paper(self, heading: str) -> list[list[str]]:
        """Rows of the paper's table whose first column is called `heading`; second lines cut."""
        lines = iter(self.paper.splitlines())
        for line in lines:
            if line.startswith(f"| {heading} |"):
                break
        assert next(lines).startswith("| ---")
        rows = []
        for line in lines:
            if not line.startswith("|"):
                return rows
            cells = re.sub(r"\\([^\w\s])", r"\1", html.unescape(line)).strip("| ").split(" | ")
            rows.append([cell.split(" · ")[0].strip() for cell in cells])
        return rows

    def total(self, quantity: str) -> Any:
        """Draws of a quantity on the last day."""
        names = [str(name) for name in self.draws["quantity"].values]
        cumulative = self.draws["cumulative"].transpose("quantity", "day", "sample").values
        return cumulative[names.index(quantity), -1].astype(float)

    def after(self, source: str, about: str) -> Any:
        """Draws of a source's log bias, or of the log of the share of the dead that it names."""
        if about == "names":
            return np.log(self.draws["coverage_named"].values)
        bias = self.draws["bias"].sel(source=source).values
        if about == "killed":
            bias = bias + self.draws["bias_killed"].sel(source=source).values
        return bias


@pytest.fixture(scope="module")
def written(tiny_run: Path) -> Written:
    return Written(tiny_run)


def at(draws: Any, name: str) -> float:
    return float(np.quantile(draws, QUANTILES[name]))


def same(text: str, value: float) -> bool:
    """Whether a cell of a file holds a number to the digits that files have."""
    return float(text) == pytest.approx(value, rel=1e-7, abs=1e-12)


def test_every_row_of_the_estimates(written: Written) -> None:
    cumulative = written.draws["cumulative"].transpose("quantity", "day", "sample")
    rows = written.rows("estimates.csv")
    names = [(str(q), str(day)) for q in cumulative["quantity"].values
             for day in cumulative["day"].values]
    assert [(row["quantity"], row["date"]) for row in rows] == names
    values = cumulative.values.astype(float).reshape(len(rows), -1)
    for name, p in QUANTILES.items():
        told = np.array([float(row[name]) for row in rows])
        np.testing.assert_allclose(told, np.quantile(values, p, axis=1), rtol=2e-7)
    told = np.array([float(row["mean"]) for row in rows])
    np.testing.assert_allclose(told, values.mean(axis=1), rtol=1e-6)


def test_the_summary(written: Written) -> None:
    quantities = written.summary["quantities"]
    assert list(quantities) == [str(name) for name in written.draws["quantity"].values]
    for quantity, told in quantities.items():
        draws = written.total(quantity)
        assert same(told["median"], at(draws, "median"))
        for part in told["intervals"]:
            assert same(part["low"], float(np.quantile(draws, (1 - part["prob"]) / 2)))
            assert same(part["high"], float(np.quantile(draws, (1 + part["prob"]) / 2)))


def test_the_headline_everywhere(written: Written) -> None:
    head = written.summary["headline"]
    draws = written.total(head["quantity"])
    low, high, median = (at(draws, name) for name in ("q05", "q95", "median"))
    assert same(head["interval"]["low"], low)
    assert same(head["interval"]["high"], high)
    assert same(head["median"], median)
    sentence = (f"Between {say.count(low)} and {say.count(high)} Red soldiers were killed by "
                f"31 March 2024 (90% interval); the median is {say.count(median)}. "
                "This is an estimate of reports, not a count.")
    assert head["sentence"] == sentence
    assert f"**{sentence}**" in written.paper
    assert f'<p class="lead">{sentence}' in written.page
    assert f'content="{sentence}"' in written.page
    span = say.span(low, high)
    assert re.search(rf'<p class="range"[^>]*>{span}[ <]', written.page)
    assert f"<bdi>{say.count(median)}</bdi></a></b>" in written.page
    assert f"- **{say.count(median)}** median" in written.paper
    assert f"### {span} killed" in written.paper
    assert f"{span} killed" in re.sub(r"<[^>]+>", "", written.page)
    card = [layer["mark"].get("text") for layer in
            definition(contents(load_fit(written.run)))["layer"]]
    assert span in card
    assert f"median {say.count(median)}" in card


def test_the_table_of_estimates(written: Written) -> None:
    paper, page = written.in_paper("Quantity"), written.tables["estimates"][1:]
    quantities = [str(name) for name in written.draws["quantity"].values]
    assert len(paper) == len(page) == len(quantities)
    for quantity, on_paper, on_page in zip(quantities, paper, page, strict=True):
        draws = written.total(quantity)
        wanted = [say.capital(say.noun(quantity)), say.span(at(draws, "q05"), at(draws, "q95")),
                  say.count(at(draws, "median")), say.span(at(draws, "q25"), at(draws, "q75")),
                  say.span(at(draws, "q025"), at(draws, "q975"))]
        assert on_paper[:5] == wanted
        assert on_page[:5] == wanted
        assert on_paper[5] == on_page[5]


def test_sources_and_anchors(written: Written) -> None:
    rows = {row["source"]: row for row in written.rows("sources.csv")}
    assert {source: row["about"] for source, row in rows.items() if row["about"]} == ABOUT
    priors = biases(load_fit(written.run), "killed")
    sources = {
        where: {row[0]: row for row in table}
        for where, table in (("paper", written.in_paper("Source")),
                             ("page", written.tables["sources"][1:]))
    }
    anchors = {
        where: {row[0]: row for row in table}
        for where, table in (("paper", written.in_paper("If this source were right")),
                             ("page", written.tables["anchors"][1:]))
    }
    headline = written.total("killed")
    for table in (*sources.values(), *anchors.values()):
        assert len(table) == len(ABOUT)
    for source, about in ABOUT.items():
        row, after, before = rows[source], written.after(source, about), priors[source][1]
        right = headline * np.exp(after)
        for prefix, draws in (("", np.exp(after)), ("anchor_", right), ("prior_", np.exp(before))):
            for name in ("median", "q05", "q95"):
                assert same(row[f"{prefix}{name}"], at(draws, name)), (source, prefix, name)
        learned = max(0.0, 1 - after.std() / before.std())
        assert same(row["learned"], learned)
        bias = np.exp(after)
        for table in sources.values():
            assert table[row["name"]][2:] == [
                f"{row['n_used']} of {row['n_claims']}",
                say.ratio_span(at(np.exp(before), "q05"), at(np.exp(before), "q95")),
                say.ratio_span(at(bias, "q05"), at(bias, "q95")),
                say.ratio(at(bias, "median")), say.percent(learned)]
        for table in anchors.values():
            assert table[row["name"]][2:] == [
                say.span(at(right, "q05"), at(right, "q95")), say.count(at(right, "median"))]
    medians = [at(headline * np.exp(written.after(*pair)), "median") for pair in ABOUT.items()]
    title = f"from {say.count(min(medians))} to {say.count(max(medians))}"
    assert title in written.paper
    assert title in written.page


def test_the_sentences_on_growth_and_on_share(written: Written) -> None:
    share = say.percent(written.summary["assumption_share"])
    origins = written.summary["n_origins"]
    for text in (written.paper, written.page):
        assert f"{share} of it would remain (measured on a log scale)" in text
        assert f"{origins} independent origins speak: " in text
    assert f"<b>{share}</b>" in written.page
    assert f"- **{share}** of the uncertainty" in written.paper


def test_figures_are_drawn_from_the_same_numbers(written: Written) -> None:
    specs = re.findall(r'<script type="application/json" class="specs">(.*?)</script>',
                       written.page, re.S)
    (rows,) = [json.loads(text)["datasets"]["days"] for text in specs if '"days":' in text]
    held = re.search(r'id="explorer-data">([^<]*)<', written.page)
    assert held is not None
    charts = json.loads(zlib.decompress(base64.b64decode(held[1])))["charts"]
    curves = [("casualties", rows, 1e-6)] + [
        (quantity, kinds["loss"]["datasets"]["days"], 1e-3) for quantity, kinds in charts.items()]
    assert {"killed", "casualties", "wounded"} <= set(charts)
    for quantity, days, close in curves:
        draws = written.total(quantity)
        for name in ("median", "q05", "q95"):
            assert days[-1][name] == pytest.approx(at(draws, name), rel=close)


def test_the_claims(written: Written) -> None:
    for row in written.rows("claims.csv"):
        on_page = next(cells for cells in written.tables["claims"][1:]
                       if cells[2].startswith(said_in(row)) and cells[1] == row["name"]
                       and cells[0] == say.short_day(np.datetime64(row["published"]).item()))
        on_paper = next(line for line in written.paper.splitlines()
                        if line.startswith("| [") and f"· {row['id']} |" in line)
        shown = [cell.strip() for cell in html.unescape(on_paper).strip("| ").split(" | ")]
        used = row["status"] == "used"
        expected = (say.span(float(row["predictive_q05"]), float(row["predictive_q95"]))
                    if used and row["predictive_median"] else "–")
        influence = say.change(float(row["influence"] or "nan")) if used else "–"
        if float(row["pareto_k"] or "nan") > MAX_PARETO_K:
            influence += " (doubtful)"
        surprise = say.probability(float(row["surprise"] or "nan"))
        assert [on_page[5], on_page[7]] == [expected, influence]
        assert on_page[6].removesuffix(" !") == surprise
        assert [shown[4], shown[6].replace("\\", "")] == [expected, influence]
        assert shown[5].replace("\\", "").removesuffix(" !") == surprise


def said_in(row: dict[str, str]) -> str:
    """What a claim states, in the words of the table."""
    value, low, high = (float(row[name] or "nan") for name in ("value", "low", "high"))
    return f"{say.figure(row['bound'], value, low, high)} {say.noun(row['quantity'])}"


def test_files_hold_numbers_to_eight_digits(written: Written) -> None:
    for name in ("estimates.csv", "sources.csv", "claims.csv"):
        for row in written.rows(name):
            for cell in row.values():
                if re.fullmatch(r"-?\d+\.\d+(e[-+]?\d+)?", cell):
                    assert float(cell) == number(float(cell))
