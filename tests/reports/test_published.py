"""The published example is what the code of today says: inputs, numbers, sentences."""

import json
from pathlib import Path
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.model.fit import fit
from estimate.model.sampler import Settings
from estimate.reports.contents import Contents, contents
from estimate.reports.datafiles import summary_json

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "reports" / "published" / "nk-kursk"
ERRORS = 5  # Monte Carlo standard errors by which two runs may differ


def published(name: str) -> Any:
    return json.loads((PUBLISHED / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def today() -> Contents:
    account = published("run.json")
    settings = Settings(**{key: account[key] for key in ("seed", "draws", "tune", "chains")})
    return contents(fit(read_case("nk-kursk"), settings=settings))


def test_inputs_are_those_of_the_bundled_case() -> None:
    assert published("run.json")["input_sha256"] == dict(read_case("nk-kursk").sha256)


def test_numbers_agree_within_monte_carlo_error(today: Contents) -> None:
    then = published("summary.json")["quantities"]
    assert list(then) == today.totals["quantity"].to_list()
    for row in today.totals.to_dict("records"):
        error = ERRORS * 2**0.5 * row["mcse_median"]
        assert abs(row["median"] - then[row["quantity"]]["median"]) < error


def test_diagnostics_hold(today: Contents) -> None:
    diagnostics = today.account["diagnostics"]
    assert diagnostics["ok"]
    assert diagnostics["headline_ess"] >= 2000


def test_sentence_is_the_same_when_the_numbers_round_alike(today: Contents) -> None:
    now = json.loads(summary_json(today))["headline"]
    then = published("summary.json")["headline"]
    rounded = [
        [f"{value:.2g}" for value in (s["median"], s["interval"]["low"], s["interval"]["high"])]
        for s in (now, then)
    ]
    assert (now["sentence"] == then["sentence"]) == (rounded[0] == rounded[1])


def test_the_readme_shows_what_the_published_run_said() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- output -->")[1].split("<!-- end of output -->")[0]
    words = " ".join(shown.replace("```text", "").replace("```", "").split())
    assert words.startswith(published("summary.json")["headline"]["sentence"])
    page = " ".join((PUBLISHED / "report.md").read_text(encoding="utf-8").split())
    assert published("summary.json")["headline"]["sentence"] in page
