"""Findings that need no draws: a headline that grows where nobody speaks."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from estimate.model.findings import unspoken


def a_fit(last: str, quantity: str = "killed") -> Any:
    days = pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-21"])
    curve = pd.DataFrame({"date": days, "quantity": "killed", "median": [10.0, 60.0, 100.0]})
    used = pd.DataFrame({"quantity": ["killed", quantity],
                         "as_of": pd.to_datetime(["2024-01-02", last])})
    return SimpleNamespace(case=SimpleNamespace(headline="killed"),
                           evidence=SimpleNamespace(used=used), estimates=lambda: curve)


@pytest.mark.parametrize("last", ["2024-01-21", "2024-03-01", "2024-01-16"])
def test_a_curve_that_claims_cover_raises_no_doubt(last: str) -> None:
    assert unspoken(a_fit(last)) == []


def test_a_curve_that_grows_long_after_the_last_claim_is_doubted() -> None:
    (found,) = unspoken(a_fit("2024-01-11"))
    assert found.verdict == "doubt"
    assert found.sentence.startswith("40% of the estimate falls after 2024-01-11, the last day")
    assert "set `end` in case.toml, or --as-of" in found.sentence


def test_only_claims_on_losses_cover_a_day() -> None:
    (found,) = unspoken(a_fit("2024-01-21", "deployed"))
    assert "after 2024-01-02" in found.sentence
