import shutil
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


DERIVED = """\
d2,green,killed,about,310,,,2024-03-01,2024-03-26,2024-03-27,all,c1,,,,,high,
d1,watch,killed,about,300,,,2024-03-01,2024-03-26,2024-03-27,all,c1,,,,,high,
d3,blue_gov,killed,about,320,,,2024-03-01,2024-03-28,2024-03-29,all,d4,,,,,high,
d4,red_mod,killed,about,330,,,2024-03-01,2024-03-27,2024-03-28,all,c4,,,,,high,
d5,watch,killed,about,9,,,2024-03-01,2024-03-10,2024-03-11,hospital,c1,,,,,high,
"""


def changed(tiny_case: Path, tmp_path: Path, claims: str = "", **keys: str) -> Path:
    """Copy the small case, with further claims and with keys of case.toml changed."""
    folder = Path(shutil.copytree(tiny_case, tmp_path / "tiny"))
    with (folder / "claims.csv").open("a", encoding="utf-8") as stream:
        stream.write(claims)
    lines = (folder / "case.toml").read_text(encoding="utf-8").splitlines()
    lines = [next((v for k, v in keys.items() if x.startswith(f"{k} =")), x) for x in lines]
    (folder / "case.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_claims_derived_from_an_excluded_source_are_not_lost(
    tiny_case: Path, tmp_path: Path
) -> None:
    """Without its origin a figure still tells of it once; the others remain echoes."""
    folder = changed(tiny_case, tmp_path, DERIVED)
    assert [status(folder)[c] for c in ("d1", "d2", "d3", "d4", "d5")] == ["derived"] * 4 + [
        "partial"
    ]
    claims = select(read_case(folder), exclude=("red_mod",)).claims.set_index("id")
    found = claims["status"]
    assert found["c1"] == found["d4"] == "excluded"
    assert found["d1"] == "used"  # the first survivor of c1; d5 cannot be compared
    assert (found["d2"], claims["reason"]["d2"]) == ("derived", "derived from d1")
    assert (found["d3"], claims["reason"]["d3"]) == ("derived", "derived from c4")


MISSING = "m1,watch,missing,about,30,,,2024-03-01,2024-03-20,2024-03-25,all,,,,,,high,\n"


def test_casualties_are_the_sum_of_what_the_case_says(tiny_case: Path, tmp_path: Path) -> None:
    """A part that the case does not count is neither estimated nor compared with the total."""
    words = 'casualties_include = ["killed", "wounded", "captured"]'
    folder = changed(tiny_case, tmp_path, MISSING, casualties_include=words)
    evidence = select(read_case(folder))
    row = evidence.claims.set_index("id").loc["m1"]
    assert row["status"] == "partial"
    assert "not among what this case counts as casualties" in row["reason"]
    assert plan(evidence).parts == ("killed", "wounded", "captured")
    design = plan(select(read_case(tiny_case)))
    assert design.parts == ("killed", "wounded", "missing", "captured")


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
