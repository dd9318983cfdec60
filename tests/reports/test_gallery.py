"""The gallery: its rule holds, its charts carry the truth, its page is what its cases say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from estimate.data.library import Truth, read_library
from estimate.model.learned import read_learned
from estimate.model.scorefile import scores_of
from estimate.reports import gallery, render
from estimate.reports.contents import contents

PAGE = Path(__file__).parent.parent.parent / "docs" / "gallery" / "README.md"
TRUTH = Truth(1900.0, 2000.0, 2200.0, "high", "by_name", "A list", "https://example.org/list")


@pytest.fixture(scope="module")
def entry(make_fit: Any) -> gallery.Entry:
    """Give the entry of an imitated case."""
    from estimate.data.case import read_case

    said = contents(make_fit(read_case("nk-kursk")).remember())
    return gallery.entry(said, TRUTH, gallery.group_of(said.known.vintages[-1], TRUTH))


def test_the_truth_is_drawn_and_told(entry: gallery.Entry) -> None:
    svg = render.drawings(entry.figure)["nk-kursk.svg"].decode()
    assert "truth: 2,000" in svg
    assert "2,000 (1,900 to 2,200) killed, high confidence" in entry.figure.note
    assert entry.figure.data["truth"] == [
        {"best": 2000.0, "low": 1900.0, "high": 2200.0, "label": "truth: 2,000"}]
    page = gallery.text([entry], "run")
    assert "## Where the estimate was right" in page
    assert "inside the 50% interval" in page


def test_a_contested_truth_has_neither_line_nor_verdict(make_fit: Any) -> None:
    from estimate.data.case import read_case

    said = contents(make_fit(read_case("nk-kursk")).remember())
    made = gallery.entry(said, replace(TRUTH, confidence="low"), gallery.CONTESTED)
    svg = render.drawings(made.figure)["nk-kursk.svg"].decode()
    assert "truth:" not in svg
    assert "not settled" in svg
    page = gallery.text([made], "run")
    assert "Not settled: figures still range from 1,900 to 2,200 killed." in page
    assert "inside" not in " ".join(made.words)


@pytest.mark.parametrize(
    ("low", "q25", "q75", "high", "confidence", "group"),
    [
        (1000, 1500, 2500, 3000, "high", gallery.RIGHT),
        (1000, 2100, 2500, 3000, "high", ""),
        (2100, 2200, 2500, 3000, "medium", gallery.WRONG),
        (100, 200, 500, 1900, "medium", gallery.WRONG),
        (2100, 2200, 2500, 3000, "low", gallery.CONTESTED),
    ],
)
def test_groups(
    low: float, q25: float, q75: float, high: float, confidence: str, group: str, make_fit: Any
) -> None:
    from estimate.data.case import read_case

    last = make_fit(read_case("nk-kursk")).remember().vintages()[-1]
    made = replace(last, low=low, q25=q25, q75=q75, high=high)
    assert gallery.group_of(made, replace(TRUTH, confidence=confidence)) == group


def test_the_page_holds_the_first_of_each_group_that_its_fit_confirms() -> None:
    scores, page = scores_of(read_learned()), PAGE.read_text("utf-8")
    assert scores is not None
    for group, names in gallery.candidates(scores.cases).items():
        head = page.split(f"## {gallery._HEADS[group]}\n")[1].split("\n## ")[0]
        shown = re.findall(r"\]\((\w+)\.png\)", head)
        assert len(shown) == gallery.SHOWN[group]
        assert shown == sorted(shown, key=names.index)
        for name in shown:
            truth = read_library().truth(name)
            assert f"{truth.best:,.0f}" in head
            for kind in ("svg", "png"):
                assert PAGE.with_name(f"{name}.{kind}").is_file()


def test_no_truth_stands_in_what_is_fitted() -> None:
    library = read_library()
    for name in re.findall(r"\]\((\w+)\.png\)", PAGE.read_text("utf-8")):
        files = b"".join(library.case(name).files.values()).decode()
        truth = library.truth(name)
        assert truth.source not in files
