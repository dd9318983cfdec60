"""Charts: they carry their numbers, say what they leave out, and can be told apart."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import vl_convert

from estimate.data.case import read_case
from estimate.data.words import RELATIONS
from estimate.reports import claim_tables, fan_words, fans, marks, palette, render
from estimate.reports import figures as figures_module
from estimate.reports.charts import charts
from estimate.reports.contents import Contents, contents
from estimate.reports.figures import Figure


def test_a_fan_carries_the_estimates(figures: dict[str, Figure], said: Contents) -> None:
    of = said.estimates[said.estimates["quantity"] == "killed"]
    days = figures["killed"].data["days"]
    assert len(days) == len(of)
    assert days[-1]["median"] == said.headline.median
    assert days[-1]["q05"], days[-1]["q95"] == (said.headline.low, said.headline.high)


def test_every_claim_is_drawn_or_counted(figures: dict[str, Figure], said: Contents) -> None:
    for quantity in ("killed", "casualties"):
        claims = said.claims[said.claims["quantity"] == quantity]
        left = re.findall(r"(\d+) (?:partial|about|excluded)", figures[quantity].note)
        tables = figures[quantity].data
        drawn = len(tables["figures"]) + len(tables.get("above", ()))
        assert drawn + sum(map(int, left)) == len(claims)


def test_bias_and_anchors_carry_theirs(figures: dict[str, Figure], said: Contents) -> None:
    frame = said.sources.set_index("source")
    for row in figures["bias"].data["sources"]:
        assert row["median"] == frame.loc[row["source"], "median"]
        assert (row["strength"] < 1) == (frame.loc[row["source"], "learned"] < 0.25)
    assert {row["source"] for row in figures["anchors"].data["sources"]} == set(
        frame.index[frame["anchor_median"].notna()]
    )
    assert figures["anchors"].data["line"] == [{"at": said.headline.median}]


def test_drawings_show_their_title_and_units(figures: dict[str, Figure]) -> None:
    made = render.drawings(figures["killed"])
    svg = made["killed.svg"].decode()
    assert figures["killed"].title in svg
    assert "Killed, North Korean soldiers, cumulative" in svg
    assert made["killed.png"].startswith(b"\x89PNG")
    assert vl_convert.svg_to_png(svg)[:4] == b"\x89PNG"


def test_the_same_contents_give_the_same_figures(
    said: Contents, figures: dict[str, Figure]
) -> None:
    again = charts(said)
    assert again == figures
    assert render.draw(again["bias"]) == render.draw(figures["bias"])


@pytest.mark.parametrize("scale", [0.0, 0.003, 2000.0])
def test_small_and_large_cases_are_drawn(scale: float, make_fit: Any) -> None:
    fit = make_fit(read_case("nk-kursk"), scale=scale)
    for figure in charts(contents(fit)).values():
        svg = vl_convert.vegalite_to_svg(figures_module.untitled(figure, narrow=True))
        assert "NaN" not in svg


def test_a_case_with_nothing_to_show_has_only_its_fans(make_fit: Any) -> None:
    case = read_case("nk-kursk")
    fit = make_fit(case, as_of=case.claims["published"].min().date())
    said = contents(fit)
    assert "bias" not in charts(said)
    page = render.html(said, charts(said))
    assert 'id="figure-killed"' in page
    assert 'id="figure-bias"' not in page


def test_casualties_are_drawn_only_where_a_used_claim_states_them(said: Contents) -> None:
    assert "casualties" in charts(said)
    claims = said.claims.copy()
    claims.loc[claims["quantity"] == "casualties", "status"] = "derived"
    assert "casualties" not in charts(dataclasses.replace(said, claims=claims))


def test_each_mark_names_its_claim(figures: dict[str, Figure], said: Contents) -> None:
    marked = figures["killed"].data["figures"]
    assert {row["claim"] for row in marked} <= set(said.claims["id"])
    svg = vl_convert.vegalite_to_svg(figures_module.untitled(figures["killed"]))
    for row in marked:
        assert f'aria-label="claim {row["claim"]}: ' in svg


def test_pale_is_explained_only_where_something_is(said: Contents) -> None:
    learned = dataclasses.replace(said, sources=said.sources.assign(learned=0.5))
    for name in ("bias", "anchors"):
        assert "Pale:" in charts(said)[name].note
        assert "Pale:" not in charts(learned)[name].note


def test_the_table_of_claims_prints_confidence_and_plain_scopes(said: Contents) -> None:
    frame = said.claims.assign(reason=[f"scope {s} is a part" for s in said.claims["scope"]])
    made = claim_tables.claims(frame, {})
    for row, confidence in zip(made.rows, frame["confidence"], strict=True):
        assert f"Confidence: {confidence}" in row.cells[2].below
        assert "one_hospital" not in row.cells[4].below


def curve(values: list[float]) -> pd.DataFrame:
    days = pd.date_range("2025-01-01", periods=len(values))
    return pd.DataFrame({"date": days, "median": values, "q975": [2 * v for v in values]})


def claim(**changes: Any) -> dict[str, Any]:
    day = pd.Timestamp("2025-01-03")
    return {
        "id": "a",
        "source": "s",
        "name": "Source",
        "family": "s",
        "relation": "media",
        "quantity": "killed",
        "bound": "exact",
        "value": 5.0,
        "low": math.nan,
        "high": math.nan,
        "status": "used",
        "wording": "",
        "url": "",
        "from": pd.Timestamp("2025-01-01"),
        "as_of": day,
        "published": day,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({}, ""),
        ({"status": "partial"}, "1 partial"),
        ({"from": pd.Timestamp("2025-01-03")}, "shorter window"),
        ({"status": "copy"}, ""),
    ],
)
def test_placing(changes: dict[str, Any], left_out: str) -> None:
    placed = marks.place(pd.DataFrame([claim(**changes)]), curve([2.0, 5.0, 8.0]), "killed")
    assert left_out in placed.left_out
    assert bool(placed.rows) is not bool(left_out)
    if placed.rows:
        assert placed.rows[0]["hollow"] is (changes.get("status") == "copy")


def test_what_lies_above_the_frame_is_an_arrow_with_its_figure() -> None:
    estimates = curve([2.0, 5.0, 8.0])
    rows = [claim(), claim(id="b", value=900.0, bound="at_least", family="t", name="Far"),
            claim(id="c", bound="range", value=math.nan, low=12.0, high=900.0, family="u")]
    placed = marks.place(pd.DataFrame(rows), estimates, "killed")
    assert [row["claim"] for row in placed.above] == ["b"]
    assert placed.top < 30
    assert placed.left_out == ""
    assert fan_words.above_words(placed) == (
        "Arrows at the upper edge: stated above the frame, at least 900 (Far).")
    assert fan_words.above_words(dataclasses.replace(placed, top=1000.0)) == ""
    wide = estimates.assign(**{name: estimates["median"] for name in fans.QUANTILES})
    made = fans.fan("f", "", "", "", "Killed", wide, placed)
    assert [row["claim"] for row in made.data["above"]] == ["b"]
    assert {row["claim"] for row in made.data["figures"]} == {"a", "c"}
    for narrow, words in ((True, "at least 900"), (False, "Far: at least 900")):
        svg = vl_convert.vegalite_to_svg(figures_module.untitled(made, narrow))
        assert f">{words}</text>" in svg
    high = fans.fan("f", "", "", "", "Killed", wide, placed, fans.Look(top=1000.0))
    assert "above" not in high.data


def test_ranges_stand_at_their_middle() -> None:
    frame = pd.DataFrame([claim(bound="range", value=math.nan, low=4.0, high=9.0)])
    row = marks.place(frame, curve([2.0, 5.0, 8.0]), "killed").rows[0]
    assert (row["figure"], row["low"], row["high"], row["says"]) == (6.0, 4.0, 9.0, "4 to 9")


def test_half_way() -> None:
    assert marks.half_way(curve([1.0, 3.0, 4.0])) == pd.Timestamp("2025-01-02")
    assert marks.half_way(curve([0.0, 0.0])) is None


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("UK", "UK"),
        ("North Korean state (Kim Jong Un speeches, KCNA, portraits)", "North Korean state"),
        ("National Intelligence Service of South Korea", "National Intelligence Service…"),
        ("x" * 60, "x" * 33 + "…"),
    ],
)
def test_short_names(name: str, short: str) -> None:
    assert marks.short_name(name) == short


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [0, 1])
def test_words_and_marks_stand_out(ground: int) -> None:
    paper = palette.COLOURS["paper"][ground]
    for name in ("ink", "soft", "line", *palette.RELATIONS):
        assert contrast(palette.COLOURS[name][ground], paper) >= 4.5, name


# Viénot, Brettel & Mollon 1999 (red and green), in linear RGB.
DICHROMATS = {
    "deuteranope": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "protanope": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
}


def lab(colour: str, matrix: Any) -> Any:
    linear = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = (
        np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        @ seen
    )
    f = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.009))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("ground", [0, 1])
@pytest.mark.parametrize("kind", DICHROMATS)
def test_relations_can_be_told_apart(kind: str, ground: int) -> None:
    for one, other in itertools.combinations(palette.RELATIONS, 2):
        colours = (palette.COLOURS[one][ground], palette.COLOURS[other][ground])
        apart = np.linalg.norm(np.subtract(*(lab(c, DICHROMATS[kind]) for c in colours)))
        shapes = palette.RELATION_SHAPES
        assert shapes[palette.RELATIONS.index(one)] != shapes[palette.RELATIONS.index(other)]
        assert apart > 20, (one, other, apart)


def test_every_relation_has_a_colour() -> None:
    assert set(palette.RELATIONS) == set(RELATIONS)
    on_white = [light for light, _ in palette.COLOURS.values()]
    assert len(set(on_white)) == len(on_white)
