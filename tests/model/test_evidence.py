from datetime import date
from pathlib import Path

import pytest

from estimate.data.case import read_case
from estimate.data.problems import EstimateError
from estimate.model.design import plan
from estimate.model.evidence import select
from estimate.model.observations import grain_of


def status(folder: Path, **options: object) -> dict[str, str]:
    claims = select(read_case(folder), **options).claims  # type: ignore[arg-type]
    return dict(zip(claims["id"], claims["status"], strict=True))


def test_each_claim_has_its_status(tiny_case: Path) -> None:
    found = status(tiny_case)
    assert found["c7"] == "repeat"
    assert found["c9"] == "partial"
    assert [found[c] for c in ("c1", "c2", "c3", "c4", "c5", "c6", "c8")] == ["used"] * 7


def test_later_claims_are_not_in_view(tiny_case: Path) -> None:
    assert sorted(status(tiny_case, as_of=date(2024, 3, 21))) == ["c1", "c2", "c3", "c9"]


def test_an_umbrella_takes_its_members_along(tiny_case: Path) -> None:
    found = status(tiny_case, exclude=("blue_gov",))
    assert found["c2"] == found["c3"] == "excluded"


def test_unknown_source_names_the_nearest(tiny_case: Path) -> None:
    with pytest.raises(EstimateError, match="did you mean 'watch'"):
        status(tiny_case, exclude=("wacth",))


def test_a_day_before_the_first_claim_is_refused(tiny_case: Path) -> None:
    with pytest.raises(EstimateError, match="--as-of 2024-03-02"):
        status(tiny_case, as_of=date(2024, 3, 2))


def test_only_a_case_is_fitted() -> None:
    with pytest.raises(TypeError, match="call read_case"):
        select("tiny")  # type: ignore[arg-type]


def test_ambiguity_makes_two_readings(tiny_case: Path) -> None:
    design = plan(select(read_case(tiny_case)))
    number = design.observations.claim.index("c2")
    readings = [r for r in design.observations.readings if r.observation == number]
    assert [(r.quantity, r.stated, r.other) for r in readings] == [
        ("killed", 1, 0),
        ("casualties", 0, 1),
    ]


def test_dense_totals_are_told_as_flows() -> None:
    from estimate.data.case import Case
    from estimate.model.observations import observe

    case: Case = read_case("nk-kursk")
    evidence = select(case)
    assert len(observe(evidence, plan(evidence).grid).claim) == len(evidence.used)


@pytest.mark.parametrize(("figure", "grain"), [(2000, 1000), (4700, 100), (4500, 500), (101, 1)])
def test_grain(figure: float, grain: float) -> None:
    assert grain_of(figure) == grain
