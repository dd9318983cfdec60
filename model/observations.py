"""Used claims as arrays: what each figure may refer to, and how finely it was stated.

An *observation* is one figure of the likelihood: a used claim or, of a dense running total, the
flow between two of its figures, and the last figure. A *reading* is one thing that an observation
may mean; an unambiguous one has one reading.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np

from .basis import SHAPE_COLUMNS
from .evidence import LOSSES, Evidence, missing_is_open, records
from .grid import Bools, Days, Floats, Grid, Ints, day_number

DENSE_STREAM = 20  # figures of one running total from which it is told as flows
SPARSE_STREAM = 4  # and of the others of its source: who adds up one total daily adds up all
WINDOWS = 2 * SHAPE_COLUMNS  # flows of one running total at most: the path shows no finer
STANDING = 3  # figures in a row that make of a fall more than a slip
LEAP = 3  # a last figure so many times the one before waits for another to bear it out
COME_DOWN = 3  # a fall to no less than one part in so many may be a correction
RESTART = 10  # a running total that falls to less than one part in so many has begun again
AGREED = 0.5  # part of a running total's figures that must agree: else it is no one voice
DRIFT_CLAIMS = 15  # used claims from which a source's bias may drift
DRIFT_COLUMNS = 3
ZERO_END = 0.5  # what the zero end of a range counts as
RANGE_SDS = 2 * 1.645  # a stated range is read as a central 90 % interval

MATURATION_DAYS = 90  # a loss this many days old counts as told in full: spares most of the grid
LOSS, DEPLOYED, RETURNED, HONOURED, NAMED = range(5)  # how a reading's mean and bias are made
AMBIGUOUS_QUANTITY = {
    "killed|casualties": ("killed", "casualties"),
    "casualties|wounded": ("casualties", "wounded"),
}
AMBIGUOUS_BOUND = {
    "about|at_least": ("about", "at_least"),
    "at_most|at_least": ("at_most", "at_least"),
}


@dataclass(frozen=True)
class Reading:
    """One meaning of one observation.

    `stated` and `other` count how often it took either side of an ambiguity; `toll` is 1 where the
    figure is of dead plus missing.
    """

    observation: int
    quantity: str
    bound: str
    start: int
    end: int
    stated: int = 0
    other: int = 0
    kind: int = LOSS
    stage: int = 0
    before_stage: int = -1
    toll: int = 0


@dataclass(frozen=True)
class Observations:
    """Arrays of the likelihood; n observations, r readings, t grid steps.

    Parameters
    ----------
    claim : list of str
        Claim id of each observation, length n; the last claim of a running total has two, its flow
        and then the total.
    log_figure : Floats
        Logarithm of the figure's centre (n,); NaN where the figure is zero.
    zero : Bools
        Whether the figure is zero (n,).
    grain : Floats
        Relative rounding grain g / y (n,).
    half_width : Floats
        Stated half-width of a range in log units over 1.645, 0 for points (n,).
    published : Days
        Day number of publication (n,).
    source : list of str
        Source id (n).
    readings : list of Reading
        Length r; those of one observation stand together.
    mask : Floats
        Part of each step inside a reading's window (r, 1 + t); column 0 is the time before the
        grid.
    recent : Ints
        Columns of `mask` whose losses were at most 90 days old when the claim was published (r, k).
    recent_mask : Floats
        `mask` in those columns, 0 where a reading has fewer than k of them (r, k).
    lag, span : Floats
        Days from their last shared day to publication, and number of shared days (r, k).
    stages : list of int
        Day numbers of the stages of the list of the honoured.
    drift : dict of str to Floats
        Centred cosine columns by drifting source, zero elsewhere, each (n, 3).
    flow_of : Ints
        Number of the running total that each observation says the growth of, -1 for none (n,).
    """

    claim: list[str]
    log_figure: Floats
    zero: Bools
    grain: Floats
    half_width: Floats
    published: Days
    source: list[str]
    readings: list[Reading]
    mask: Floats
    recent: Ints
    recent_mask: Floats
    lag: Floats
    span: Floats
    stages: list[int]
    drift: dict[str, Floats]
    flow_of: Ints

    @property
    def n(self) -> int:
        """Number of observations."""
        return len(self.claim)

    @property
    def n_totals(self) -> int:
        """Number of running totals that are told as flows."""
        return int(self.flow_of.max(initial=-1)) + 1

    def index(self, field: str) -> Ints:
        """Give a whole-number field of the readings as an array (r,)."""
        return np.array([getattr(reading, field) for reading in self.readings], dtype=np.int64)

    def padded(self) -> tuple[Ints, Bools]:
        """Give each observation's readings, padded to the widest, and which of them are real."""
        owner = self.index("observation")
        counts = np.bincount(owner, minlength=self.n)
        starts = np.cumsum(counts) - counts
        column = np.arange(counts.max(initial=1))
        return starts[:, None] + np.minimum(column, counts[:, None] - 1), column < counts[:, None]


def grain_of(figure: float) -> float:
    """Largest of 10^j and 5·10^j that divides a whole figure; 0 for other figures.

    Examples
    --------
    >>> [grain_of(y) for y in (2000, 4700, 4500, 1973, 0.5)]
    [1000.0, 100.0, 500.0, 1.0, 0.0]
    """
    if figure <= 0 or figure != int(figure):
        return 0.0
    whole, power = int(figure), 1
    while whole % (10 * power) == 0:
        power *= 10
    return float(5 * power if whole % (5 * power) == 0 else power)


def _centre(row: dict[str, Any]) -> tuple[float, float, float]:
    """Figure, relative grain and half-width of a claim."""
    low, high, value = (float(str(row[key])) for key in ("low", "high", "value"))
    if row["bound"] == "range":
        if "side|side+others" in str(row["ambiguity"]):
            return high, 0.0, 0.0
        if high == 0:
            return 0.0, 0.0, 0.0
        low = max(low, ZERO_END)
        high = max(high, low)
        return float(np.sqrt(low * high)), 0.0, float(np.log(high / low)) / RANGE_SDS
    grain = 0.0 if row["bound"] == "exact" or value == 0 else grain_of(value) / value
    return value, grain, 0.0


def unaccounted(evidence: Evidence) -> dict[str, tuple[str, float]]:
    """Missing people to be added to a figure of the dead, in a disaster.

    There `missing` is no final state. Where a source gives dead and missing of the same days on one
    day, the sum is far nearer to the toll than the dead alone, and is what is read.

    Parameters
    ----------
    evidence : Evidence
        From `select`.

    Returns
    -------
    dict of str to (str, float)
        By id of the claim of the dead, the id of that of the missing, and its figure.
    """
    if not missing_is_open(evidence.case):
        return {}
    rows = evidence.used
    key = ["source", "side", "from", "as_of", "published"]
    dead, missing = (rows[rows["quantity"] == name].drop_duplicates(key, keep="last")
                     for name in ("killed", "missing"))
    both = dead.merge(missing, on=key, suffixes=("", "_missing"))
    return {row["id"]: (row["id_missing"], _centre({
        **row, **{name: row[f"{name}_missing"] for name in ("value", "low", "high", "bound")}})[0])
        for row in records(both)}


@dataclass(frozen=True)
class _Statement:
    """What a claim says: its own figure or, of a running total, what it adds to an earlier one.

    `total` names the running total that it is part of; `follows` says that an earlier flow has told
    the days before, `of_all` that it is what all flows of a running total add up to.
    """

    figure: float
    first: date
    last: date
    total: str = ""
    follows: bool = False
    of_all: bool = False


def _runs(figures: Sequence[float]) -> list[range]:
    """Part a running total where it begins again, far below where it stood, and stays there."""
    cuts = [0]
    for at in range(2, len(figures) - STANDING + 1):
        if at - cuts[-1] >= 2 and (
                RESTART * max(figures[at:at + STANDING]) < min(figures[at - 2:at])):
            cuts.append(at)
    return [range(*ends) for ends in zip(cuts, [*cuts[1:], len(figures)], strict=True)]


def growing(figures: Sequence[float]) -> list[int]:
    """Places of the figures of one running total that agree on how it grew.

    As many are kept as can be so that the total never falls: a slip of the pen is passed over.
    Where the last three all lie below where that ends, though above a third of it, the source has
    come down: what lay above them is taken back. A last figure of more than three times the one
    before is left out until another bears it out.

    Parameters
    ----------
    figures : sequence of float
        In the order of the days that they run to (n,).

    Returns
    -------
    list of int
        In order; found in n log n steps.

    Examples
    --------
    >>> growing([100, 110, 1200, 120, 13, 130])  # two slips
    [0, 1, 3, 5]
    >>> growing([100, 110, 120, 130, 104, 105, 106])  # a correction that stands
    [0, 4, 5, 6]
    >>> growing([100, 110, 120, 1300])  # a zero too many, or a leap: the next figure will tell
    [0, 1, 2]
    """
    chain = _longest(figures, range(len(figures)))
    if chain[-1] == len(figures) - 1 and len(chain) > STANDING and (
            figures[chain[-1]] > LEAP * figures[chain[-2]]):
        chain.pop()
    latest, top = max(figures[-STANDING:]), figures[chain[-1]]
    if len(figures) > STANDING and top / COME_DOWN <= latest < top:
        return _longest(figures, [at for at, each in enumerate(figures) if each <= latest])
    return chain


def _longest(figures: Sequence[float], places: Iterable[int]) -> list[int]:
    """Give the longest chain of places along which the figures never fall."""
    ends: list[float] = []  # the lowest end of a chain, by its length
    last: list[int] = []
    before: dict[int, int] = {}
    for at in places:
        length = bisect_right(ends, figures[at])
        before[at] = last[length - 1] if length else -1
        ends[length:length + 1], last[length:length + 1] = [figures[at]], [at]
    chain = [last[-1]]
    while (at := before[chain[-1]]) >= 0:
        chain.append(at)
    return chain[::-1]


def _flows(rows: list[dict[str, Any]], window: Callable[[date], int]
           ) -> dict[str, list[_Statement]]:
    """Tell a running total, carried-forward figures and all, as what it adds from time to time.

    The last of its claims also states what they add up to. Empty where its figures do not agree on
    one total.
    """
    each = {(row["as_of"], row["published"], row["value"]): row for row in rows}
    rows = [each[key] for key in sorted(each)]
    told: dict[str, list[_Statement]] = {}
    said = {row["value"]: row["id"] for row in rows if row["status"] == "used"}
    rows = [row for row in rows if row["value"] in said]
    begun = start = rows[0]["from"].date()
    total, end = rows[0]["id"], ""
    figures = [row["value"] for row in rows]
    runs = [[run[at] for at in growing([figures[place] for place in run])]
            for run in _runs(figures)]
    if sum(map(len, runs)) < AGREED * len(rows):
        return {}
    for run in runs:
        kept = [rows[at] for at in run]
        new = {row["value"]: row for row in reversed(kept)}  # the first of each figure
        latest = {window(row["as_of"].date()): row for row in reversed(new.values())}
        before = 0.0
        for row in latest.values():
            if (last := row["as_of"].date()) >= start:
                end = said[row["value"]]
                flow = _Statement(row["value"] - before, start, last, total, start > begun)
                told.setdefault(end, []).append(flow)
                before, start = row["value"], last + timedelta(days=1)
    flows = [flow for each in told.values() for flow in each]
    if flows:
        whole = _Statement(sum(flow.figure for flow in flows), begun, start - timedelta(days=1),
                           total, of_all=True)
        told[end] = [*told[end], whole] if len(flows) > 1 else [whole]
    return told


def _dense(evidence: Evidence, grid: Grid) -> dict[str, list[_Statement]]:
    """Say what each claim of a dense running total states: nothing if a later flow covers it."""
    claims = evidence.claims
    points = claims[
        claims["status"].isin(["used", "repeat"])
        & claims["bound"].isin(["exact", "about", "at_least"])
        & (claims["ambiguity"] == "")
        & claims["quantity"].isin([*LOSSES, evidence.case.headline])
    ]
    n_days = int(grid.last[-1] - grid.first[0]) + 1

    def window(day: date) -> int:
        place = (day_number(day) - int(grid.first[0])) * WINDOWS // n_days
        return min(max(place, 0), WINDOWS)

    streams: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    columns = ["id", "status", "source", "side", "quantity", "from", "as_of", "published", "value"]
    for row in records(points[columns]):
        key = (row["source"], row["side"], row["quantity"], row["from"])
        streams.setdefault(key, []).append(row)
    told: dict[str, list[_Statement]] = {}
    used = {key: [row["id"] for row in rows if row["status"] == "used"]
            for key, rows in streams.items()}
    daily: set[object] = set()
    for stream in sorted(streams, key=lambda key: -len(used[key])):  # a source's densest first
        few = SPARSE_STREAM if stream[:2] in daily else DENSE_STREAM
        if len(used[stream]) >= few and (flows := _flows(streams[stream], window)):
            told |= {name: flows.get(name, []) for name in used[stream]}
            daily.add(stream[:2])
    return told | _parts(evidence, told)


def _parts(evidence: Evidence, told: dict[str, list[_Statement]]) -> dict[str, list[_Statement]]:
    """Find what sources say of some days of their own running totals: that too is how they grew."""
    used = {row["id"]: row for row in records(evidence.used)}
    wholes = {(used[name]["source"], used[name]["quantity"]): said[-1]
              for name, said in told.items() if len(said) > 1 and said[-1].of_all}
    parts = {}
    for name, row in used.items():
        whole = wholes.get((row["source"], row["quantity"]))
        first, last = row["from"].date(), row["as_of"].date()
        if (whole and name not in told and not row["ambiguity"]
                and whole.first < first and last <= whole.last):
            parts[name] = [_Statement(_centre(row)[0], first, last, whole.total)]
    return parts


def _honoured(evidence: Evidence) -> set[str]:
    """Give the sources of lists of the honoured: the side itself and who builds on it."""
    sources = evidence.case.sources
    own = set(sources.loc[sources["relation"] == "self", "family"])
    return {
        row["id"]
        for row in records(sources)
        if row["relation"] == "self" or own & set(row["roots"])
    }


def _readings(
    number: int,
    row: dict[str, Any],
    before: date | None,
    evidence: Evidence,
    honoured: set[str],
    stages: list[int],
    named: set[str],
    window: tuple[date, date],
    toll: bool,
) -> list[Reading]:
    case = evidence.case
    words = [word for word in str(row["ambiguity"]).split(";") if word]
    quantity, bound = str(row["quantity"]), str(row["bound"])
    start, end = day_number(window[0]), day_number(window[1])
    if "side|side+others" in words:
        bound = "at_most"
    kind = {"deployed": DEPLOYED, "returned": RETURNED}.get(quantity, LOSS)
    stage = 0
    if quantity == "named_dead":
        kind = HONOURED if row["source"] in honoured else NAMED
        stage = stages.index(day_number(row["as_of"].date())) if kind == HONOURED else 0
    elif quantity == "killed" and row["source"] in named:
        kind = NAMED
    readings = [Reading(number, quantity, bound, start, end, kind=kind, stage=stage,
                        toll=int(toll))]

    def split(changes: dict[str, Any]) -> None:
        for reading in tuple(readings):
            fields = {**reading.__dict__, **changes, "other": reading.other + 1}
            readings.append(Reading(**fields))
        count = len(readings) // 2
        readings[:count] = [
            Reading(**{**r.__dict__, "stated": r.stated + 1}) for r in readings[:count]
        ]

    for word in words:
        if word in AMBIGUOUS_QUANTITY:
            other = [q for q in AMBIGUOUS_QUANTITY[word] if q != quantity]
            split({"quantity": other[0], "kind": LOSS})
        elif word in AMBIGUOUS_BOUND and bound in AMBIGUOUS_BOUND[word]:
            split({"bound": [b for b in AMBIGUOUS_BOUND[word] if b != bound][0]})
        elif word == "week|cumulative":
            split({"start": day_number(case.start)})
        elif word == "additional|cumulative" and kind == HONOURED:
            if stage > 0:
                split({"before_stage": stage - 1})
        elif word == "additional|cumulative" and before is not None:
            added = day_number(before) + 1
            other_start = day_number(case.start) if start == added else added
            if other_start <= end:
                split({"start": other_start})
    return readings


def observe(evidence: Evidence, grid: Grid) -> Observations:
    """Turn the used claims into the arrays of the likelihood.

    Parameters
    ----------
    evidence : Evidence
        From `select`.
    grid : Grid
        From `make_grid`.

    Returns
    -------
    Observations
    """
    used = evidence.used
    dense = _dense(evidence, grid)
    missing = {name: more for name, (_, more) in unaccounted(evidence).items()}
    honoured = _honoured(evidence)
    sources = evidence.case.sources
    named = (
        set(
            sources.loc[
                (sources["method"] == "by_name_count") & (sources["relation"] != "self"), "id"
            ]
        )
        - honoured
    )
    lists = used[(used["quantity"] == "named_dead") & used["source"].isin(honoured)]
    stages = sorted({day_number(day.date()) for day in lists["as_of"]})
    previous: dict[tuple[object, ...], date] = {}
    claims: list[str] = []
    speakers: list[str] = []
    figures: list[float] = []
    grains: list[float] = []
    halves: list[float] = []
    published: list[int] = []
    readings: list[Reading] = []
    flow_of: list[int] = []
    drifts: list[bool] = []
    totals: dict[str, int] = {}
    later: set[int] = set()  # flows: what they lack of the latest days they add to earlier ones
    for row in records(used):
        key = (row["source"], row["side"], row["quantity"])
        before, previous[key] = previous.get(key), row["as_of"].date()
        if row["quantity"] == "missing" and missing_is_open(evidence.case):
            continue
        figure, grain, half = _centre(row)
        alone = [_Statement(figure, row["from"].date(), row["as_of"].date())]
        for said in dense.get(row["id"], alone):
            toll = row["id"] in missing and (said.of_all or not said.total)
            stated = said.figure + (missing[row["id"]] if toll else 0.0)
            if said.follows:
                later.add(len(claims))
            readings += _readings(len(claims), row, before, evidence, honoured, stages, named,
                                  (said.first, said.last), toll)
            claims.append(row["id"])
            figures.append(stated)
            grains.append(grain * (figure / stated) if stated else 0.0)
            halves.append(half)
            published.append(day_number(row["published"].date()))
            speakers.append(row["source"])
            drifts.append(not said.of_all)
            flow_of.append(-1 if said.of_all or not said.total
                           else totals.setdefault(said.total, len(totals)))
    values = np.array(figures, dtype=float)
    days = np.array(published, dtype=np.int64)
    start = np.array([reading.start for reading in readings], dtype=np.int64)
    end = np.array([reading.end for reading in readings], dtype=np.int64)
    shared, last = grid.overlap(start, end)
    told = days[[reading.observation for reading in readings]]
    part = shared / grid.lengths
    mask = np.concatenate([(start <= grid.first[0])[:, None], part], axis=1).astype(float)
    lag = np.maximum(told[:, None] - last, 0)
    ripe = np.array([reading.observation in later for reading in readings], dtype=bool)
    fresh = (shared > 0) & (lag <= MATURATION_DAYS) & ~ripe[:, None]
    recent = np.argsort(~fresh, axis=1, kind="stable")[:, : max(int(fresh.sum(axis=1).max()), 1)]
    take = partial(np.take_along_axis, indices=recent, axis=1)
    with np.errstate(divide="ignore"):
        logs = np.where(values > 0, np.log(values), np.nan)
    return Observations(
        claims,
        logs,
        values == 0,
        np.array(grains),
        np.array(halves),
        days,
        speakers,
        readings,
        mask,
        recent + 1,
        take(part * fresh),
        take(lag).astype(float),
        np.maximum(take(shared), 1).astype(float),
        stages,
        _drift(days, speakers, np.array(drifts), np.array(flow_of) < 0),
        np.array(flow_of, dtype=np.int64),
    )


def _drift(published: Days, source: list[str], drifts: Bools, levels: Bools
           ) -> dict[str, Floats]:
    """Waves of the sources that may drift, with mean zero over what states a level."""
    columns: dict[str, Floats] = {}
    names = np.array(source, dtype=object)
    for name in sorted(set(source)):
        own = (names == name) & drifts
        days = published[own]
        if own.sum() >= DRIFT_CLAIMS and days.min() < days.max():
            order = np.arange(1, DRIFT_COLUMNS + 1)
            place = (days - days.min()) / (days.max() - days.min())
            waves = np.sqrt(2) * np.cos(np.pi * np.outer(place, order)) / order
            columns[name] = np.zeros((len(source), DRIFT_COLUMNS))
            level = waves[levels[own]] if levels[own].any() else waves
            columns[name][own] = waves - level.mean(axis=0)
    return columns
