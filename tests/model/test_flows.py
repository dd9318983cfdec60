"""A daily running total speaks in flows: what it adds, however often or seldom it is stated."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from estimate.data.case import Case, read_case, read_files
from estimate.data.importing import import_table, read_map
from estimate.model.design import Design, plan
from estimate.model.evidence import select
from estimate.model.fit import fit
from estimate.model.layout import lay_out
from estimate.model.observations import WINDOWS, growing
from estimate.model.packed import deterministics, pack
from estimate.model.priors import Priors
from estimate.model.refits import leave_out
from estimate.model.result import Fit
from estimate.model.sampler import Settings
from estimate.model.summary import claims as claim_table
from estimate.model.summary import left_out
from estimate.model.tried import try_figure

START = date(2024, 1, 1)
DAYS = 360
FILES = {
    "case.toml": b"""\
id = "ridge"
title = "Losses on the ridge"
question = "How many were killed on the ridge?"
victim = "military"
start = 2024-01-01
end = 2024-12-25
headline = "killed"
comparable_scopes = ["all"]
casualties_include = ["killed", "wounded"]

[[sides]]
id = "red"
name = "Red soldiers"
""",
    "sources.csv": b"""\
id,name,country,relation,method,parent,builds_on,note
staff,Blue staff,Blue,adversary,official_statement,,,
watch,Ridge Watch,,independent,media_count,,,
""",
}
TOTAL = 40.0 * np.arange(1, DAYS + 1) + 900 * np.sin(np.arange(1, DAYS + 1) / 50)
DAILY = [(day, round(float(total))) for day, total in enumerate(TOTAL)]


def ridge(figures: Iterable[tuple[int, float]], times: int = 1) -> Case:
    """Read a case of one running total, each row so many times under other ids."""
    return read_files(FILES | {"claims.csv": ridge_claims(figures, times)})


def ridge_claims(figures: Iterable[tuple[int, float]], times: int = 1) -> bytes:
    """Give the table of claims of that case."""
    head = ("id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,via,"
            "url,wording,ambiguity,confidence,note")
    days = [(START + timedelta(days=day), figure) for day, figure in figures]
    rows = [f"r{copy}x{at},staff,killed,exact,{figure:.0f},,,{START},{day},{day},all,,,,,,high,"
            for copy in range(times) for at, (day, figure) in enumerate(days)]
    rows += [f"w{at},watch,killed,about,{9000 + at},,,{START},2024-12-20,2024-12-25,all,,,,,,high,"
             for at in range(3)]
    return "\n".join([head, *rows, ""]).encode()


def flows(case: Case, of: int = 0) -> list[tuple[float, int, int]]:
    """Figure, first and last day of what a running total adds, days counted from the first."""
    design = plan(select(case))
    seen, first = design.observations, design.grid.first[0]
    return [(round(float(np.exp(seen.log_figure[r.observation]))), int(r.start - first),
             int(r.end - first))
            for r in seen.readings if seen.flow_of[r.observation] == of]


def test_its_last_figure_alone_says_how_many() -> None:
    """It is the claim of the last flow, over all days, and no drift of its source is in it."""
    seen = plan(select(ridge(DAILY))).observations
    (whole,) = [i for i in range(seen.n) if seen.source[i] == "staff" and seen.flow_of[i] < 0]
    assert (seen.claim[whole], seen.claim[whole - 1]) == (f"r0x{DAYS - 1}",) * 2
    (reading,) = [r for r in seen.readings if r.observation == whole]
    assert (round(float(np.exp(seen.log_figure[whole]))), reading.start) == (
        DAILY[-1][1], (START - date(1970, 1, 1)).days)
    assert not seen.drift["staff"][whole].any()
    assert seen.drift["staff"].any(axis=1).sum() == WINDOWS
    assert np.allclose(seen.drift["staff"].sum(axis=0), 0)


def test_the_level_of_flows_has_no_say() -> None:
    """Fewer losses and a higher level of flows leave their density as it is; the total tells."""
    design = plan(select(ridge(DAILY)))
    packed = pack(design, Priors(), rotated=False)
    layout = lay_out(design, Priors(), rotated=False)
    x = np.random.default_rng(1).normal(scale=0.3, size=packed.n_dim)
    other = x.copy()
    for name, change in (("log_total", -0.4), ("flow_level", 0.4)):
        other[layout.starts[name]] += change / layout.sd[layout.starts[name]]
    kept = deterministics(packed, np.array([x, other]))
    moved = np.ptp(kept["log_mean"], axis=0)
    flow = design.observations.flow_of[design.observations.index("observation")] >= 0
    assert moved[flow] == pytest.approx(0, abs=1e-9)
    assert moved[~flow] == pytest.approx(0.4)


def test_each_flow_is_what_was_added_since_the_last() -> None:
    told = flows(ridge(DAILY))
    assert len(told) == WINDOWS
    assert told[0][1] == 0
    assert [start for _, start, _ in told[1:]] == [end + 1 for _, _, end in told[:-1]]
    reached = np.cumsum([figure for figure, _, _ in told])
    assert reached.tolist() == [dict(DAILY)[end] for _, _, end in told]


def test_what_is_said_of_days_inside_a_running_total_is_growth() -> None:
    """A day's figure of the same source has the level of its flows; another source's its own."""
    day = START + timedelta(days=200)
    more = "".join(f"d{source},{source},{quantity},about,55,,,{day},{day},{day},all,,,,,,high,\n"
                   for source, quantity in (("staff", "killed"), ("watch", "killed")))
    more += f"late,staff,killed,about,900,,,{START + timedelta(days=300)},2024-12-25,2024-12-25,all"
    more += ",,,,,,high,\n"
    seen = plan(select(read_files(
        FILES | {"claims.csv": ridge_claims(DAILY[:-1]) + more.encode()}))).observations
    assert dict(zip(seen.claim, seen.flow_of, strict=True))["dstaff"] == 0
    assert dict(zip(seen.claim, seen.flow_of, strict=True))["dwatch"] == -1
    late = seen.claim.index("late")  # it ends after the last total
    assert seen.flow_of[late] == -1
    assert seen.drift["staff"][late] == pytest.approx(0)  # drift is nought where a level is stated
    assert seen.drift["staff"][seen.claim.index("dstaff")].any()


def test_a_leap_at_the_end_waits_for_the_next_figure() -> None:
    figures = dict(DAILY)
    for last, told in ((DAYS - 1, figures[DAYS - 2]), (DAYS - 2, 20 * figures[DAYS - 2])):
        leapt = [(day, figure * (20 if day >= last else 1)) for day, figure in DAILY]
        (whole,) = [r for r in flows(ridge(leapt), -1) if r[0] not in (9000, 9001, 9002)]
        assert whole[0] == pytest.approx(told, rel=0.01)


@pytest.mark.parametrize(("source", "starts"), [("staff", [0, 61, 121, 181, 241, 301, 0]),
                                                ("watch", [0] * 6)])
def test_who_adds_up_one_total_daily_adds_up_all(source: str, starts: list[int]) -> None:
    """Six figures of another total are flows if their source tells one daily, and levels if not."""
    more = "".join(
        f"m{day},{source},wounded,exact,{round(TOTAL[day])},,,{START},{on},{on},all,,,,,,high,\n"
        for day in range(60, DAYS, 60) for on in [START + timedelta(days=day)])
    more += (f"m359,{source},wounded,exact,{round(TOTAL[359])},,,{START},2024-12-25,2024-12-25,"
             "all,,,,,,high,\n")
    case = read_files(FILES | {"claims.csv": ridge_claims(DAILY) + more.encode()})
    design = plan(select(case))
    seen, first = design.observations, design.grid.first[0]
    assert [int(r.start - first) for r in seen.readings if r.quantity == "wounded"] == starts


def test_the_same_rows_five_times_are_the_same_observations() -> None:
    held = [(day, figure if day % 3 else 12_000) for day, figure in DAILY]  # carried forward too
    once, again = (plan(select(ridge(held, times))).observations for times in (1, 5))
    for name in ("log_figure", "grain", "mask", "recent_mask", "lag", "published"):
        assert np.array_equal(getattr(once, name), getattr(again, name)), name
    assert once.drift.keys() == again.drift.keys()


@pytest.mark.parametrize("seed", range(2))
def test_four_rows_in_five_lost_at_random_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left = [row for row in DAILY if rng.random() < 0.2]
    whole, told = flows(ridge(DAILY)), flows(ridge(left))
    assert 0.7 * len(whole) <= len(told) <= WINDOWS
    for found in (whole, told):  # each flow says what was lost in its days: nothing is moved
        for figure, start, end in found:
            assert figure == pytest.approx(TOTAL[end] - (TOTAL[start - 1] if start else 0), abs=1)
    noisy = np.cumsum(rng.lognormal(0, 0.6, DAYS) * np.diff(TOTAL, prepend=0))
    level = {}
    for name, keep in (("all", set(range(DAYS))), ("left", {day for day, _ in left})):
        told = flows(ridge([(day, round(float(noisy[day]))) for day in sorted(keep)]))
        rate = [np.log(figure / (TOTAL[end] - (TOTAL[start - 1] if start else 0)))
                for figure, start, end in told]
        level[name] = np.median(rate)
    assert level["all"] == pytest.approx(level["left"], abs=0.1)


def test_a_figure_carried_forward_adds_nothing() -> None:
    """The next flow covers the days on which it stood."""
    stood = [(day, figure) for day, figure in DAILY if not 100 <= day < 200]
    stood += [(day, dict(DAILY)[99]) for day in range(100, 200)]
    assert flows(ridge(sorted(stood))) == flows(ridge(
        [(day, figure) for day, figure in DAILY if not 100 <= day < 200]))


def test_a_gap_is_one_flow() -> None:
    told = flows(ridge([(day, figure) for day, figure in DAILY if not 100 <= day < 200]))
    (wide,) = [(start, end) for _, start, end in told if end - start > 60]
    assert wide[0] <= 100
    assert wide[1] >= 200
    assert sum(figure for figure, _, _ in told) == DAILY[-1][1]


@pytest.mark.parametrize("slip", [0.1, 10, 0.001, 1.5])
@pytest.mark.parametrize("day", [40, 351])
def test_a_slip_of_the_pen_moves_nothing(slip: float, day: int) -> None:
    figures = dict(DAILY)
    told = flows(ridge(DAILY))
    figures[day] = round(figures[day] * slip)
    found = flows(ridge(sorted(figures.items())))
    assert sum(figure for figure, _, _ in found) == DAILY[-1][1]
    assert max(figure for figure, _, _ in found) < 2 * max(figure for figure, _, _ in told)


def test_a_correction_that_stands_takes_back_what_lay_above_it() -> None:
    figures = [(day, figure * (0.8 if day >= 340 else 1)) for day, figure in DAILY]
    told = flows(ridge(figures))
    assert sum(figure for figure, _, _ in told) == pytest.approx(0.8 * DAILY[-1][1], abs=2)
    assert min(figure for figure, _, _ in told) > 0


def test_a_total_that_begins_again_goes_on_adding() -> None:
    total = dict(DAILY)
    figures = [(day, figure - (total[199] if day >= 200 else 0)) for day, figure in DAILY]
    told = flows(ridge(figures))
    assert sum(figure for figure, _, _ in told) == pytest.approx(DAILY[-1][1], abs=2)
    assert any(start == 200 for _, start, _ in told)


def test_figures_may_come_again_after_a_new_beginning() -> None:
    rows = [(5 * at, 100 * (at + 1)) for at in range(48)]
    rows += [(240 + 5 * at, 100 * (at + 1)) for at in range(8)]
    told = flows(ridge(rows))
    assert sum(figure for figure, _, _ in told) == 5600
    days = sorted((start, end) for _, start, end in told)
    assert [start for start, _ in days[1:]] == [end + 1 for _, end in days[:-1]]
    (whole,) = [r for r in flows(ridge(rows), -1) if r[0] not in (9000, 9001, 9002)]
    assert whole == (5600, 0, 275)


def test_the_last_figure_of_the_dead_has_the_missing_with_it() -> None:
    """In a disaster a running total's last figure is a toll, as any other figure of the dead."""
    rows = ridge_claims(DAILY[:40]).decode()
    day = START + timedelta(days=39)
    rows += f"gone,staff,missing,exact,500,,,{START},{day},{day},all,,,,,,high,\n"
    files = {name: text.replace(b'victim = "military"', b'victim = "disaster"').replace(
        b'["killed", "wounded"]', b'["killed", "wounded", "missing"]')
        for name, text in FILES.items()}
    case = read_files(files | {"claims.csv": rows.encode()})
    seen = plan(select(case)).observations
    tolls = [(round(float(np.exp(seen.log_figure[r.observation]))), seen.flow_of[r.observation])
             for r in seen.readings if r.toll]
    assert tolls == [(DAILY[39][1] + 500, -1)]


def test_figures_that_do_not_agree_are_no_running_total() -> None:
    rng = np.random.default_rng(1)
    figures = [(day, int(rng.integers(100, 20_000))) for day in range(0, DAYS, 6)]
    case = ridge(figures)
    seen, levels = plan(select(case)).observations, [r for r in flows(case, -1) if r[0] < 20_000]
    assert seen.n_totals == 0
    assert len(levels) == len(figures) + 3  # of the watch
    assert {start for _, start, _ in levels} == {0}


def test_only_the_first_flow_and_the_total_lack_what_is_told_late() -> None:
    seen = plan(select(ridge(DAILY))).observations
    ripe = [seen.recent_mask[at].sum() == 0 for at, r in enumerate(seen.readings)
            if seen.source[r.observation] == "staff"]
    assert ripe == [False, *[True] * (WINDOWS - 1), False]


def test_growing_keeps_what_agrees() -> None:
    assert growing([5]) == [0]
    assert growing([1, 1, 2]) == [0, 1, 2]
    assert growing([9, 1, 2, 3]) == [1, 2, 3]
    assert growing([10, 20, 30, 40, 50, 4, 5, 6]) == [0, 1, 2, 3, 4]  # too deep for a correction


def test_cost_is_linear_in_rows() -> None:
    """Ten times the rows, each of another figure, cost about ten times as much."""
    spent = []
    for each in (2, 20):
        rows = [(day, 50_000 * day + 400 * at) for day in range(DAYS) for at in range(each)]
        case = ridge(rows)
        start = time.process_time()
        plan(select(case))
        spent.append(time.process_time() - start)
    assert spent[1] < 25 * spent[0]


PEER = Path(__file__).parents[3] / "shared" / "peers" / "radford-2023" / "claims.csv"


def outcome(design: Design) -> dict[str, list[float]]:
    seen = design.observations
    return {name: getattr(seen, name).tolist()
            for name in ("grain", "half_width", "published", "mask", "recent_mask")}


@pytest.mark.skipif(not PEER.is_file(), reason="the peer's table is not here")
def test_the_peers_stream_duplicated_says_the_same(tmp_path: Path) -> None:
    table = tmp_path / "claims.csv"
    lines = PEER.read_text("utf-8").splitlines()
    more = [line for line in lines[1:] if "UA Source" in line.split(",")[3]] * 4
    found = []
    for rows in (lines, [*lines, *more]):
        table.write_text("\n".join(rows), "utf-8")
        case = read_files(import_table(table, read_map("radford2023")).files)
        found.append([outcome(plan(select(case.about("russia", name))))
                      for name in ("killed", "jets")])
    assert found[0] == found[1]
    assert len(more) > 4 * 3800


@pytest.mark.skipif(not PEER.is_file(), reason="the peer's table is not here")
def test_the_peers_slips_do_not_empty_its_streams(tmp_path: Path) -> None:
    """On day 346 the archive has 13,050 among figures of 130,000, elsewhere 30 or 1,500."""
    made = import_table(PEER, read_map("radford2023"))
    (tmp_path / "case").mkdir()
    for name, raw in made.files.items():
        (tmp_path / "case" / name).write_bytes(raw)
    case = read_case(tmp_path / "case")
    design = plan(select(case.about("russia", "killed")))
    seen = design.observations
    told = [(float(np.exp(seen.log_figure[r.observation])), r.end - r.start + 1)
            for r in seen.readings if r.quantity == "killed" and r.bound == "exact"
            and seen.source[r.observation] == "ua_source"]
    assert told.pop(told.index(max(told))) == pytest.approx((145_850, 365))
    wide = [(figure, days) for figure, days in told if days > 2]
    assert len(wide) >= WINDOWS - 4
    assert max(figure for figure, _ in wide) < 15_000
    assert sum(figure for figure, _ in wide) == pytest.approx(145_850, rel=0.03)


@pytest.fixture(scope="module")
def fitted() -> Fit:
    more = "".join(
        f"d{day},watch,killed,about,{40 + day},,,{START + timedelta(days=day)},"
        f"{START + timedelta(days=day)},{START + timedelta(days=day)},all,,,,,,high,\n"
        for day in (50, 90))
    case = read_files(FILES | {"claims.csv": ridge_claims(DAILY) + more.encode()})
    return fit(case, settings=Settings(draws=200, tune=200, chains=2, seed=1))


def test_a_claim_that_is_flow_and_total_is_left_out_as_both(fitted: Fit) -> None:
    table = claim_table(fitted).set_index("id")
    seen, last = fitted.design.observations, f"r0x{DAYS - 1}"
    own = [i for i, claim in enumerate(seen.claim) if claim == last]
    joint = fitted.tree["log_likelihood"]["claim"].values.reshape(-1, seen.n)
    headline = fitted.cumulative["killed"][:, -1]
    (without,), (k,) = left_out(joint[:, own].sum(axis=1, keepdims=True), headline)
    assert table.loc[last, "influence"] == pytest.approx(
        100 * (without / np.median(headline) - 1))
    assert table.loc[last, "pareto_k"] == pytest.approx(k)
    assert table.loc[last, "predictive_q05"] < DAILY[-1][1] < table.loc[last, "predictive_q95"]


def test_a_flow_says_what_it_was_read_as(fitted: Fit) -> None:
    told = claim_table(fitted).set_index("id")["readings"]
    flow = flows(fitted.case)[1]
    since = START + timedelta(days=flow[1])
    assert told[f"r0x{flow[2]}"] == f"adds {flow[0]:,} since {since}"
    assert told[f"r0x{DAYS - 1}"] == ""


def test_a_figure_is_put_to_totals_not_to_flows(fitted: Fit) -> None:
    asked = {each["source"]: each for each in try_figure(fitted, "killed", 20_000)["needed"]}
    assert asked["staff"]["figure"] == pytest.approx(DAILY[-1][1])


def test_a_family_is_in_conflict_by_what_it_totals() -> None:
    """Its flows have a level of their own and agree with everybody; its last figure may not."""
    rows = ridge_claims([(day, 30 * figure) for day, figure in DAILY]).decode()
    rows += "".join(f"n{at},north{at},killed,about,{9000 + 150 * at},,,{START},2024-12-20,"
                    "2024-12-25,all,,,,,,high,\n" for at in range(3))
    sources = FILES["sources.csv"].decode() + "".join(
        f"north{at},North {at},N{at},third_party_state,official_statement,,,\n" for at in range(3))
    found = fit(read_files(FILES | {"claims.csv": rows.encode(), "sources.csv": sources.encode()}),
                settings=Settings(draws=300, tune=200, chains=2, seed=1))
    told = leave_out(found, Settings(draws=300, tune=200, chains=2, seed=1))
    (own,) = [each for each in told["families"] if "staff" in str(each["family"])
              or each["claims"] == [f"r0x{DAYS - 1}"]]
    assert own["claims"] == [f"r0x{DAYS - 1}"]
    assert own["p"] < 0.05
