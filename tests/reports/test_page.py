"""The page: asks for nothing, keeps to its policy, fits its window, says the same numbers."""

from __future__ import annotations

import base64
import csv
import json
import re
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from estimate.data.case import read_case
from estimate.reports import render
from estimate.reports import sentences as say
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.figures import Figure

MOST_BYTES = 4_000_000


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def test_page_is_one_small_file_that_loads_nothing(page: str) -> None:
    assert len(page.encode()) < MOST_BYTES
    markup = re.sub(r"<script type=.*?</script>", "", page, flags=re.S)
    loads = re.findall(r'(?:src|srcset|poster|data|action)\s*=\s*"', markup)
    loads += re.findall(r'<link[^>]*href="(?!data:,")', markup) + re.findall(r"url\((?!#)", markup)
    assert not loads
    assert "@import" not in markup
    assert "<iframe" not in markup


def test_policy_names_every_script_and_the_style(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    words = policy[1].replace("&#39;", "'")
    assert "unsafe" not in words
    assert words.startswith("default-src 'none';")
    scripts = re.findall(r'<script type="module">(.*?)</script>', page, re.S)
    assert len(scripts) == 2
    for text in (*scripts, *re.findall(r"<style>(.*?)</style>", page.split("<body>")[0], re.S)):
        assert digest(text) in words
    assert 'style="' not in page.split("<body>")[1].split('<script type="module">')[0]


def test_reading_order(page: str) -> None:
    body = page.split("<body>")[1]
    places = [
        body.index(text)
        for text in (
            "<h1>",
            'class="range"',
            'class="lead"',
            'id="time"',
            'id="figure-killed"',
            'id="figure-casualties"',
            'id="quantities"',
            'id="sources"',
            'id="level"',
            'id="tests"',
            'id="claims"',
            'id="checks"',
            'id="priors"',
            'id="again"',
        )
    ]
    assert places == sorted(places)


def test_the_headline_is_the_same_number_everywhere(run: Path, said: Contents) -> None:
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    head = summary["headline"]
    with (run / "estimates.csv").open(newline="") as stream:
        last = [row for row in csv.DictReader(stream) if row["quantity"] == head["quantity"]][-1]
    low, high = head["interval"]["low"], head["interval"]["high"]
    assert (float(last["median"]), float(last["q05"]), float(last["q95"])) == (
        head["median"],
        low,
        high,
    )
    mine = summary["quantities"][head["quantity"]]
    assert mine["median"] == head["median"]
    assert {"prob": 0.9, "low": low, "high": high} in mine["intervals"]
    sentence = say.headline(head["quantity"], said.people, low, high, head["median"], said.as_of)
    assert sentence == said.headline.sentence == head["sentence"]
    for name in ("index.html", "report.md"):
        text = (run / name).read_text("utf-8")
        assert sentence in text
        assert say.span(low, high) in text
    assert f">{say.span(low, high)}</p>" in (run / "index.html").read_text("utf-8")
    assert say.span(low, high) in said.tables["estimates"].rows[1].cells[1].text


def test_every_quantity_reads_alike_in_page_paper_and_tables(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    page, paper = ((run / name).read_text("utf-8") for name in ("index.html", "report.md"))
    for name, told in summary["quantities"].items():
        cells = [say.count(told["median"])] + [
            say.span(i["low"], i["high"]) for i in told["intervals"] if i["prob"] != 0.8
        ]
        line = next(
            x for x in paper.splitlines() if x.startswith(f"| {say.capital(say.noun(name))} · ")
        )
        for cell in cells:
            assert cell.replace("<", "&lt;") in line
            assert f"<bdi>{cell.replace('<', '&lt;')}</bdi>" in page


def test_summary_has_what_is_promised(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    assert {
        "case",
        "as_of",
        "headline",
        "quantities",
        "diagnostics",
        "assumption_share",
        "n_origins",
        "n_claims",
        "sensitivity",
        "refits",
        "trust",
        "seed",
        "versions",
        "input_sha256",
        "row_sha256",
    } == set(summary)
    assert {"ok", "max_rhat", "min_ess_bulk", "min_ess_tail", "divergences"} <= set(
        summary["diagnostics"]
    )
    counts = summary["n_claims"]
    assert counts["total"] == sum(counts[k] for k in ("used", "partial", "excluded", "shown_only"))


def test_the_example_of_the_350_is_told(page: str, run: Path) -> None:
    for text in (page, (run / "report.md").read_text("utf-8")):
        assert "What would have to be true for 350?" in text
        assert "Why this is not" in text


@pytest.mark.parametrize(("share", "origins"), [(0.95, 4), (0.5, 2), (0.5, 1), (0.5, 0)])
def test_headline_says_when_it_is_mostly_assumption_or_withheld(
    share: float, origins: int, make_fit: Any, run: Path
) -> None:
    said = contents(make_fit(read_case("nk-kursk"), share=share, origins=origins))
    figures = charts(said)
    page, paper = render.html(said, {}), render.paper(said, {})
    for text in (page, paper):
        assert ("mostly assumption" in text.lower()) is (share > 0.9)
        assert ("No range is given" in text) is (origins < 3)
    if origins < 3:
        assert 'class="range"' not in page
        assert "to 4,600 killed" not in figures["killed"].title
        from estimate.reports.datafiles import summary

        assert summary(said)["headline"]["interval"] is None


@pytest.mark.parametrize("verdict", ["doubt", "fail"])
def test_alarms_stand_at_the_very_top(verdict: str, make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), verdict=verdict))
    assert said.findings[0].verdict == verdict
    page, paper = render.html(said, {}), render.paper(said, {})
    assert page.index("R-hat is at most") < page.index("<h1>")
    assert paper.index("R-hat is at most") < paper.index("Between")


def test_every_figure_has_words(figures: dict[str, Figure], page: str) -> None:
    assert list(figures) == ["killed", "casualties", "bias", "anchors", "trust"]
    for figure in figures.values():
        assert figure.title in page
        assert len(figure.text) > 60
        assert re.search(
            rf'<figure id="figure-{figure.name}"[^>]*>.*?role="img" aria-label="', page, re.S
        )


def test_five_thousand_claims_stay_light(make_fit: Any) -> None:
    fit = make_fit(read_case("nk-kursk"))
    once = fit.claims()
    copies = [once.assign(id=once["id"] + f"-{i}" * (i > 0)) for i in range(40)]
    many = pd.concat(copies, ignore_index=True)
    fit.claims = lambda: many
    said = contents(fit)
    figures = charts(said)
    page = render.html(said, figures)
    assert len(page.encode()) < MOST_BYTES
    assert "The 800 of 5,040 claims with the most influence" in page
    assert "beside one that is drawn, for want of room" in figures["casualties"].note


def test_a_test_of_a_later_day_is_made_on_the_as_of_day(make_fit: Any) -> None:
    said = contents(make_fit(read_case("nk-kursk"), as_of=date(2025, 1, 31)))
    assert "by 31 January 2025" in said.tests[0].sentence


def test_a_figure_that_is_not_estimated_is_not_tested_and_says_so(make_fit: Any) -> None:
    case = read_case("nk-kursk")
    tests = (replace(case.tests[0], quantity="tanks"), *case.tests[1:])
    object.__setattr__(case, "tests", tests)
    said = contents(make_fit(case))
    assert said.tests[0].needed is None
    for text in (render.html(said, {}), render.paper(said, {})):
        assert "Not tested: this fit makes no estimate of tanks" in text
        assert "What would have to be true for 6,000?" in text


def test_numbers_lead_to_the_claims_and_each_claim_has_a_place(page: str, said: Contents) -> None:
    from estimate.data.fingerprint import row_hashes

    hashes = row_hashes(read_case("nk-kursk").claims)
    rows = said.claims.to_dict("records")
    assert {row["id"]: row["row_sha256"] for row in rows}.items() <= hashes.items()
    for row in rows:
        tag = re.search(rf'<tr id="claim-{row["id"]}".*?</tr>', page, re.S)
        assert tag is not None
        assert f"row {row['row_sha256'][:12]}" in tag[0]
    links = re.findall(r'<a href="#claims" data-behind="(\w*)"><bdi>(.*?)</bdi></a>', page)
    assert ("", say.count(said.headline.median)) in links
    used = {row["quantity"] for row in rows if row["status"] == "used"}
    assert {name for name, _ in links if name} == used & set(said.totals["quantity"])
