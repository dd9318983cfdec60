"""Large and hostile files: an answer in good time, never a hang."""

import random
import time

import pytest

from estimate.data.lineage import cycles
from estimate.data.tables import MAX_CELL

SIZES = [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)]


def limit(rows):
    """CPU seconds allowed: a million rows in a minute, on a machine that others use too."""
    return 10 + rows / 1_000_000 * 60


def spent(act):
    """CPU seconds that `act` takes, and what it gives: others may share the machine."""
    start = time.process_time()
    result = act()
    return time.process_time() - start, result


def test_ten_megabytes_in_one_cell(draft):
    draft.cell("c2", "wording", "x" * 10_000_000)
    seconds, faults = spent(draft.faults)
    (fault,) = faults
    assert (fault.row, fault.column) == (3, "wording")
    assert fault.rule == f"10,000,000 characters in one cell; at most {MAX_CELL:,} are allowed"
    assert len(fault.value) == 60
    assert seconds < 10


def test_open_quote_that_swallows_the_rest(draft):
    draft.swap("claims.csv", "2020-01-12,harbour,,Wire", '2020-01-12,harbour,,"Wire')
    draft.texts["claims.csv"] += "more,rows\n" * 300_000
    seconds, faults = spent(draft.faults)
    assert (faults[0].row, faults[0].rule) in {
        (3, "a quote opens here and never closes"),
        (3, "broken quoting"),
    }
    assert seconds < 20


@pytest.mark.parametrize("rows", SIZES)
def test_many_rows_are_read(draft, rows):
    rng = random.Random(1)
    row = "d{},{},killed,about,{},,,2020-01-01,2020-{:02}-11,2020-{:02}-12,all,,,,,,high,\n"
    draft.texts["claims.csv"] += "".join(
        row.format(at, ("blue", "paper")[at % 2], rng.randrange(4000), at % 12 + 1, at % 12 + 1)
        for at in range(rows)
    )
    seconds, case = spent(draft.read)
    assert len(case.claims) == rows + 5
    assert len(case.warnings) == 1001
    assert seconds < limit(rows)


@pytest.mark.parametrize("rows", SIZES)
def test_many_broken_rows_are_refused(draft, rows):
    row = "d{0},nobody{0},kiled{0},abot,-{0},1,,x{0},2020-01-0x,2020-01-10,all,z{0},,x,,q,hi,\n"
    draft.texts["claims.csv"] += "".join(row.format(at) for at in range(rows))
    seconds, faults = spent(draft.faults)
    assert len(faults) == 1000
    assert faults[0].row == 8
    assert seconds < limit(rows)


@pytest.mark.parametrize("size", [50_000])
def test_long_chains_of_derivation(draft, size):
    row = "d{},blue,killed,about,5,,,2020-01-01,2020-01-11,2020-01-12,harbour,d{},,,,,high,\n"
    draft.texts["claims.csv"] += "".join(row.format(at, (at + 1) % size) for at in range(size))
    seconds, (fault,) = spent(draft.faults)
    assert fault.rule.endswith("d0 → d1 → d2 → d3 → d4 → … → d0")
    assert seconds < 20


def test_deep_families(draft):
    lines = (f"s{at},S,,media,leak,s{at + 1},s{at + 1},\n" for at in range(2000))
    draft.texts["sources.csv"] += "".join(lines) + "s2000,S,,media,leak,,,\n"
    seconds, case = spent(draft.read)
    assert set(case.sources["family"]) == {"s2000", "blue", "paper", "red_gov"}
    assert seconds < 30


def test_cycles_lists_each_knot_once():
    edges = {"a": ["b"], "b": ["c", "a"], "c": [], "d": ["d"], "e": ["a", "x"]}
    assert cycles(edges) == [["a", "b", "a"], ["d", "d"]]
    many = {str(at): [str(at + 1), "0"] for at in range(5000)}
    assert len(cycles(many)) == 1000
