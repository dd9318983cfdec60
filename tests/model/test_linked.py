"""Several sides and series in one posterior: what is shared means the same, nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from estimate.data.case import Case, read_case
from estimate.data.problems import CaseError, EstimateError
from estimate.model.constants import OWN_SIZE
from estimate.model.evidence import select
from estimate.model.fit import fit
from estimate.model.layout import lay_out, named
from estimate.model.learned import choose_priors
from estimate.model.linked import OF_CASE, Linked, link
from estimate.model.packed import deterministics
from estimate.model.priors import Priors
from estimate.model.result import Fit, load_fit
from estimate.model.sampler import Settings
from estimate.model.series import choose, is_linked, series_of

CASE = """\
id = "hill"
title = "Losses at the hill"
question = "How many Red soldiers were killed at the hill?"
victim = "military"
start = 2024-03-01
headline = "killed"
comparable_scopes = ["all"]
casualties_include = ["killed", "wounded"]

[[sides]]
id = "red"
name = "Red soldiers"

[[sides]]
id = "blue"
name = "Blue soldiers"

[[sides]]
id = "town"
name = "civilians of the town"
victim = "civilian"

[[series]]
id = "boats"
name = "patrol boats"
"""
SOURCES = """\
id,name,country,relation,method,parent,builds_on,note
red_mod,Red ministry,Red,red:self;blue:adversary;town:adversary,official_statement,,,
blue_gov,Blue government,Blue,red:adversary;blue:self;town:self,official_statement,,,
watch,Hill Watch,,independent,field_report,,,
"""
HEAD = ("id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,via,url,"
        "wording,ambiguity,confidence,note,side\n")


def row(name: str, source: str, quantity: str, value: float, day: int, side: str) -> str:
    on = f"2024-03-{day:02d}"
    return (f"{name},{source},{quantity},about,{value},,,2024-03-01,{on},{on},all,,,"
            f"https://example.org/{name},,,high,,{side}\n")


CLAIMS = "".join([
    row("a1", "red_mod", "killed", 40, 10, "red"), row("a2", "blue_gov", "killed", 200, 12, "red"),
    row("a3", "watch", "casualties", 320, 20, "red"),
    row("b1", "blue_gov", "killed", 30, 11, "blue"),
    row("b2", "red_mod", "killed", 150, 15, "blue"), row("c1", "watch", "killed", 12, 15, "town"),
    row("c2", "blue_gov", "killed", 25, 16, "town"), row("d1", "blue_gov", "tanks", 21, 14, "red"),
    row("d2", "watch", "tanks", 12, 20, "red"), row("e1", "red_mod", "boats", 3, 18, "blue"),
    row("f1", "red_mod", "deployed", 900, 5, "blue"),
])


def write(folder: Path, claims: str = CLAIMS, case: str = CASE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    files = {"case.toml": case, "sources.csv": SOURCES, "claims.csv": HEAD + claims}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return read_case(write(tmp_path_factory.mktemp("linked") / "hill"))


@pytest.fixture(scope="module")
def priors(case: Case) -> Priors:
    return choose_priors(None, case)


@pytest.fixture(scope="module")
def linked(case: Case, priors: Priors) -> Linked:
    return link(choose(case).designs(), priors)


@pytest.fixture(scope="module")
def made(case: Case) -> Fit:
    return fit(case, settings=Settings(draws=500, tune=300, chains=2, seed=1))


def test_series_are_sides_with_people_or_equipment(case: Case, tiny_case: Path) -> None:
    assert series_of(case) == [
        ("red", "killed"), ("red", "tanks"), ("blue", "killed"), ("blue", "boats"),
        ("town", "killed")]
    assert not is_linked(read_case(tiny_case))


def test_a_part_holds_its_own_claims_and_relations(case: Case) -> None:
    part = case.about("town", "killed")
    assert part.victim == "civilian"
    assert set(part.claims["id"]) == {"c1", "c2"}
    assert dict(zip(part.sources["id"], part.sources["relation"], strict=True)) == {
        "red_mod": "adversary", "blue_gov": "self", "watch": "independent"}
    assert set(case.about("blue", "boats").claims["id"]) == {"e1"}
    assert set(case.about("blue", "killed").claims["id"]) == {"b1", "b2", "f1"}


def test_the_density_is_the_sum_less_what_would_count_twice(
        linked: Linked, priors: Priors) -> None:
    x = np.random.default_rng(3).normal(size=linked.n_dim)
    value, gradient = linked.log_density(x)
    apart = [pack.log_density(own) for pack, own in
             zip(linked.packs, linked.split(x), strict=True)]
    twice = (linked.shared * -0.5 * (x**2 + np.log(2 * np.pi))).sum()
    made = sum(0.5 * (own[shape]**2 - x[place[shape]]**2).sum()  # two deviates in one's place
               for own, place, shape in zip(linked.split(x), linked.places, linked.shapes,
                                            strict=True))
    size = linked.common[:, 2]
    # of boats no claim says how many, so that blue's people have no other series; nor has the town
    assert size.tolist() == [linked.n_dim - 1] * 2 + [-1] * 3
    prior = priors["log_total"]
    away = np.array([deterministics(pack, own)["log_total"] for pack, own in
                     zip(linked.packs, linked.split(x), strict=True)]) - prior.mean
    apart_too = np.where(size < 0, prior.sd, prior.sd * np.sqrt(OWN_SIZE))
    moved = np.where(size < 0, 0.0, x[size] * apart_too)
    sized = sum(-0.5 * ((away - moved)**2 - away**2) / apart_too**2)
    assert value == pytest.approx(
        sum(each for each, _ in apart) - twice + made + sized, rel=1e-12)
    rho = linked.common[:, 1].max()
    assert 0 < rho < linked.common[:, 0].max()
    for i in [*np.linspace(0, linked.n_dim - 1, 25).astype(int), rho, rho + 1, size.max()]:
        step = np.zeros(linked.n_dim)
        step[i] = 1e-5
        slope = (linked.log_density(x + step)[0] - linked.log_density(x - step)[0]) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_each_deviate_is_centred_once_by_its_own_scale(linked: Linked) -> None:
    deviates, scales, spreads = linked.scaled.T
    assert len(set(deviates)) == len(deviates)
    told = dict(zip(deviates, zip(scales, spreads, strict=True), strict=True))
    for pack, place in zip(linked.packs, linked.places, strict=True):
        for deviate, scale, spread in pack.scaled:
            assert told[place[int(deviate)]] == (place[int(scale)], spread)


def test_shapes_of_a_side_are_as_alike_as_rho_says(linked: Linked) -> None:
    draws = np.random.default_rng(5).normal(size=(20_000, linked.n_dim))
    draws[:, linked.common[:, 1].max()] = ndtri(0.8)
    shapes = [own[:, shape] for own, shape in
              zip(linked.split(draws), linked.shapes, strict=True)]
    np.testing.assert_allclose(linked.likeness(draws), 0.8)
    assert shapes[0].shape[1] > 2
    sides = [("red", 0), ("red", 1), ("blue", 2), ("blue", 3)]
    for i, j, likeness in [(0, 1, 0.64), (2, 3, 0.64), (0, 2, 0.0)]:
        found = np.mean(shapes[i] * shapes[j])
        assert found == pytest.approx(likeness, abs=0.03), (sides[i], sides[j])
    np.testing.assert_allclose([each.std() for each in shapes], 1, atol=0.03)


def test_what_is_shared_has_one_value_in_all_series(case: Case, priors: Priors, linked: Linked
                                                    ) -> None:
    """Though each series has its own covariance of what was learned jointly."""
    x = np.random.default_rng(4).normal(size=(7, linked.n_dim))
    designs = choose(case).designs()
    values = [named(lay_out(design, priors, rotated=True), own[:, :pack.size])
              for design, pack, own in zip(designs, linked.packs, linked.split(x), strict=True)]
    for name in OF_CASE & set.intersection(*(set(each) for each in values)):
        for each in values[1:]:
            np.testing.assert_allclose(each[name], values[0][name], err_msg=name)
    assert not np.allclose(values[0]["kappa"], values[1]["kappa"])  # each has its own common error
    np.testing.assert_allclose(values[0]["z_family"][:, 0], values[1]["z_family"][:, 0])
    assert not np.allclose(values[0]["z_source"][:, 0], values[1]["z_source"][:, 0])


def test_the_prior_of_each_series_is_what_it_would_be_alone(case: Case, priors: Priors,
                                                            linked: Linked) -> None:
    x = np.random.default_rng(5).normal(size=(40_000, linked.n_dim))
    own = case.about("red", "killed")
    from estimate.model.design import plan

    alone = plan(select(own))
    layout = lay_out(alone, priors, rotated=True)
    y = np.random.default_rng(6).normal(size=(40_000, layout.size))
    single = named(layout, y)
    together = named(lay_out(choose(case).designs()[0], priors, rotated=True),
                     linked.split(x)[0][:, :linked.packs[0].size])
    cells = choose(case).cells
    for i, relation in enumerate(alone.relations):
        j = cells.index((relation, "military"))
        assert np.std(single["gamma"][:, i]) == pytest.approx(
            np.std(together["gamma"][:, j]), rel=0.03)
        both = [np.corrcoef(values["kappa"], values["gamma"][:, at])[0, 1]
                for values, at in ((single, i), (together, j))]
        assert both[0] == pytest.approx(both[1], abs=0.03)


def test_identities_hold_in_every_series_and_draw(made: Fit) -> None:
    assert [each.key for each in made.series] == [
        "red.killed", "red.tanks", "blue.killed", "blue.boats", "town.killed"]
    red = made.cumulative
    np.testing.assert_allclose(red["casualties"], red["killed"] + red["wounded"], rtol=1e-5)
    blue = made.series[2].cumulative
    assert (blue["deployed"] >= blue["killed"] * (1 - 1e-5)).all()
    assert {one.design.grid.n_steps for one in made.series} == {made.design.grid.n_steps}
    assert len(made.account["series"]) == 5


def test_it_is_saved_and_read_back_whole(made: Fit, tmp_path: Path) -> None:
    made.save(tmp_path)
    again = load_fit(tmp_path)
    assert [each.key for each in again.series] == [each.key for each in made.series]
    for one, two in zip(made.series, again.series, strict=True):
        assert one.estimates().equals(two.estimates())
        assert one.claims().equals(two.claims())


def test_one_claim_no_word_of_its_own_or_a_source_heard_once_is_enough(tmp_path: Path) -> None:
    """A series with one claim, a side that says nothing of itself, sources that speak once."""
    thin = "".join([row("a1", "watch", "killed", 40, 10, "red"),
                    row("b1", "red_mod", "killed", 150, 15, "blue"),
                    row("c1", "watch", "killed", 12, 15, "town"),
                    row("c2", "red_mod", "wounded", 0, 16, "town"),
                    row("e1", "blue_gov", "boats", 3, 18, "red")])
    found = fit(read_case(write(tmp_path / "hill", thin)),
                settings=Settings(draws=100, tune=200, chains=2, seed=1))
    told = {(one["side"], one["quantity"]) for one in found.account["series"]}
    assert told == {("red", "killed"), ("red", "boats"), ("blue", "killed"), ("town", "killed")}
    for one in found.series:
        last = one.cumulative[one.case.headline][:, -1]
        assert np.isfinite(last).all()
        assert np.quantile(last, 0.95) > 2 * np.quantile(last, 0.05)  # it is not believed


def test_a_series_without_a_comparable_claim_is_told(tmp_path: Path) -> None:
    more = CLAIMS + row("g1", "watch", "ships", 2, 9, "red").replace(",all,", ",port,")
    chosen = choose(read_case(write(tmp_path / "hill", more)))
    assert list(chosen.unheard) == [("red", "ships")]
    assert "none can be compared" in chosen.unheard["red", "ships"]


@pytest.mark.parametrize(("old", "new", "told"), [
    ('id = "boats"', 'id = "tanks"', "already a quantity"),
    ('name = "patrol boats"\n', 'name = "patrol boats"\n\n[[series]]\nid = "boats"\nname = "b"\n',
     "the same id twice"),
    ('id = "boats"', 'id = "boat"', "did you mean"),
    ('[[series]]\nid = "boats"\n', "[[series]]\n", "missing key"),
    ("[[series]]", "[series]", "not a list of tables"),
])
def test_series_are_checked(old: str, new: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        read_case(write(tmp_path / "hill", case=CASE.replace(old, new)))
    assert told in str(caught.value)


def test_silence_and_activity_weigh_alike_in_all_series(tmp_path: Path, priors: Priors) -> None:
    """One weight of each for the case; a series without a silence has none of it."""
    late = "g1,watch,killed,about,350,,,2024-03-01,2024-06-30,2024-06-30,all,,,,,,high,,red\n"
    folder = write(tmp_path / "hill", CLAIMS + late)
    (folder / "activity.csv").write_text(
        "from,to,name,value,url\n2024-03-01,2024-03-20,fires,5,\n2024-03-21,2024-06-30,fires,1,\n")
    designs = choose(read_case(folder)).designs()
    assert {(one.activity.quiet, one.activity.told) for one in designs} == {(True, ("fires",))}
    whole = link(designs, priors)
    for name in ("quiet", "activity"):
        places = {int(place[lay_out(one, priors, rotated=packed.rotated).starts[name]])
                  for one, packed, place in zip(designs, whole.packs, whole.places, strict=True)}
        assert len(places) == 1
        assert whole.shared[places.pop()] == len(designs) - 1
    x = 0.3 * np.random.default_rng(3).normal(size=whole.n_dim)
    value, gradient = whole.log_density(x)
    place = int(whole.places[0][lay_out(designs[0], priors, rotated=True).starts["quiet"]])
    step = 1e-5 * np.eye(whole.n_dim)[place]
    slope = (whole.log_density(x + step)[0] - whole.log_density(x - step)[0]) / 2e-5
    assert np.isfinite(value)
    assert gradient[place] == pytest.approx(slope, rel=1e-5)


def test_one_series_beside_a_silent_side_is_fitted(tmp_path: Path) -> None:
    """Sources relate to each side in their own way, also where claims speak of one alone."""
    claims = "".join(line for line in CLAIMS.splitlines(keepends=True)
                     if line.startswith(("b1", "b2")))
    red = '[[sides]]\nid = "red"\nname = "Red soldiers"\n\n'
    one = read_case(write(tmp_path / "blue", claims, CASE.replace(red, "") + "\n" + red))
    assert series_of(one) == [("blue", "killed")]
    assert is_linked(one)
    found = fit(one, settings=Settings(draws=200, tune=200, chains=2, seed=1))
    assert 20 < np.median(found.cumulative["killed"][:, -1]) < 200
    found.save(tmp_path)
    assert load_fit(tmp_path).estimates().equals(found.estimates())
    with pytest.raises(EstimateError, match="no claim is about the killed of 'red': add one"):
        fit(read_case(write(tmp_path / "red", claims)))
