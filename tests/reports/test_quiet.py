"""Where no claim speaks: what is said of it, and how much of it any claim supports."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from estimate.model.unspoken import COLUMNS
from estimate.reports.quiet_words import quiet, stretch_words

STRETCH: dict[str, Any] = {
    "what": "silence", "name": "", "from": pd.Timestamp("2025-09-03"),
    "to": pd.Timestamp("2026-02-11"), "median": 0.04, "q05": 0.003, "q95": 0.12,
    "prior_median": 0.08, "prior_q05": 0.004, "prior_q95": 0.31, "learned": 0.35,
    "count_median": 92.0, "count_q05": 5.0, "count_q95": 310.0, "covered_by": "c7"}
WEIGHT = STRETCH | {
    "what": "weight", "name": "fires <b>", "median": 0.3, "q05": 0.02, "q95": 0.8,
    "prior_median": 0.5, "prior_q05": 0.05, "prior_q95": 0.95, "count_median": math.nan,
    "count_q05": math.nan, "count_q95": math.nan, "covered_by": ""}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def test_a_stretch_is_told_with_its_prior() -> None:
    words = stretch_words(STRETCH, "killed")
    assert words.startswith(
        "From 3 September 2025 to 11 February 2026, no claim about losses ends. The fit puts 4% of "
        "the killed there (90% interval <1% to 12%), that is 5 to 310; before any claim, what is "
        "assumed of the path would put 8% there (<1% to 31%).")


@pytest.mark.parametrize(("change", "told"), [
    ({"covered_by": ""}, "none supports any of it"),
    ({"learned": 0.1}, "take only 10% off the spread of that share (log odds): nearly all"),
    ({}, "1 total stated later covers these days: with the claims before, that takes 35% off the "
         "spread of the share (log odds); the other 65% is what is assumed"),
    ({"covered_by": "c7;c8"}, "2 totals stated later cover these days"),
    ({"what": "after the last claim", "covered_by": ""}, "after the last claim about losses, none"),
])
def test_support_is_told_as_it_is(change: dict[str, Any], told: str) -> None:
    assert told in stretch_words(STRETCH | change, "killed")


def test_weights_are_rows_and_never_shares_of_losses() -> None:
    made = quiet(frame(STRETCH, WEIGHT | {"name": ""}, WEIGHT), "killed", withheld=False)
    assert made.table is not None
    assert [row.cells[0].text for row in made.table.rows] == [
        "3 Sep 2025 to 11 Feb 2026", "Pace left in a silent stretch", "Weight of “fires <b>”"]
    assert [row.cells[1].text for row in made.table.rows] == ["4%", "0.30", "0.30"]
    assert [row.cells[2].below for row in made.table.rows][2] == "0.05 to 0.95"
    assert [row.cells[3].text for row in made.table.rows] == ["92", "", ""]
    assert "never the total" in " ".join(made.words)
    assert any("“fires <b>”" in text for text in made.words)


def test_nothing_is_told_of_nothing_or_of_a_withheld_headline() -> None:
    assert quiet(frame(), "killed", withheld=False).table is None
    assert quiet(frame(), "killed", withheld=False).rows is None
    kept = quiet(frame(STRETCH), "killed", withheld=True)
    assert kept.table is None
    assert kept.words == ()
    assert kept.rows is not None
    assert list(kept.rows) == list(COLUMNS)


def test_both_papers_and_the_file_say_it(run: Any) -> None:
    page, paper = ((run / name).read_text("utf-8") for name in ("index.html", "report.md"))
    assert "## Where no claim speaks" in paper
    assert '<section id="quiet">' in page
    assert "none supports any of it" in page
    assert "none supports any of it" in paper
    lines = (run / "quiet.csv").read_text("utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == ["after the last claim", "weight"]
