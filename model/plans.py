"""Plans for simulated worlds: who speaks, when, about what, before any number is drawn.

Days are counted from the case's first day (0). `from_day` may be negative (troops sent before).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

LOSSES = ("casualties", "killed", "wounded", "missing", "captured")
MAX_STEPS = 120
DENSE = 20  # figures of one running total from which it is told as flows


@dataclass(frozen=True)
class SourcePlan:
    """One source: `family` is the umbrella's id, or empty for a source of its own."""

    id: str
    relation: str
    family: str = ""
    builds_on: tuple[str, ...] = ()
    method: str = "official_statement"


@dataclass(frozen=True)
class ClaimPlan:
    """One claim without its figure.

    Parameters
    ----------
    source, quantity, bound : str
        As in claims.csv.
    as_of, published, from_day : int
        Days since the case's first day.
    width : float
        For `range`: log(high / low).
    ambiguity : str
        Words of the closed list, joined by `;`.
    scope : str
        `all` is comparable with the total; anything else is a part of it.
    """

    source: str
    quantity: str
    bound: str
    as_of: int
    published: int
    from_day: int = 0
    width: float = 0.0
    ambiguity: str = ""
    scope: str = "all"


@dataclass(frozen=True)
class ActivityPlan:
    """One row of activity.csv: a value that holds from one day to another, both included."""

    name: str
    from_day: int
    to_day: int
    value: float


@dataclass(frozen=True)
class Design:
    """Everything about a world that is not random: days, sources, planned claims, activity."""

    days: int
    sources: tuple[SourcePlan, ...]
    claims: tuple[ClaimPlan, ...]
    start: date = date(2024, 10, 23)
    victim: str = "military"
    headline: str = "killed"
    activity: tuple[ActivityPlan, ...] = ()

    def families(self) -> dict[str, tuple[str, ...]]:
        """Name, for each source, its family, then the other families it builds on at any remove."""
        plans = {s.id: s for s in self.sources}

        def family(name: str) -> str:
            return plans[name].family or name if name in plans else name

        def roots(name: str, seen: frozenset[str]) -> set[str]:
            below = set(plans[name].builds_on if name in plans else ()) - seen
            return {family(b) for b in below}.union(*(roots(b, seen | {name}) for b in below))

        return {s.id: (family(s.id), *sorted(roots(s.id, frozenset()) - {family(s.id)}))
                for s in self.sources}

    def honoured(self) -> frozenset[str]:
        """Name the sources whose `named_dead` list the honoured: the side, and who builds on it."""
        own = {s.family or s.id for s in self.sources if s.relation == "self"}
        return frozenset(name for name, all_ in self.families().items() if own & set(all_))


def step_lengths(days: int) -> NDArray[np.int64]:
    """Lengths in days of the grid's steps: days, or whole weeks when there are over 120."""
    weeks = math.ceil(math.ceil(days / MAX_STEPS) / 7)
    size = 1 if days <= MAX_STEPS else 7 * weeks
    lengths = np.full(math.ceil(days / size), size, dtype=np.int64)
    lengths[-1] = days - size * (len(lengths) - 1)
    return lengths


def flows_of(design: Design) -> Iterator[tuple[ClaimPlan, tuple[str, str, int] | None]]:
    """Give each planned claim, one of a dense stream as the flow since its last figure."""
    streams: dict[tuple[str, str, int], list[ClaimPlan]] = {}
    for c in design.claims:
        if c.scope == "all":
            streams.setdefault((c.source, c.quantity, c.from_day), []).append(c)
    for c in design.claims:
        key = (c.source, c.quantity, c.from_day)
        if c.scope != "all" or c.quantity not in LOSSES or len(streams[key]) < DENSE:
            yield c, None
        else:
            before = [x.as_of for x in streams[key] if x.as_of < c.as_of]
            yield replace(c, from_day=max(before, default=c.from_day - 1) + 1), key


def tolls_of(design: Design) -> dict[int, int]:
    """Pair the dead and the missing that one source gives of one day in a disaster, by place.

    There the missing are people not yet accounted for: the two together are one figure, the toll.
    """
    if (design.victim, design.headline) != ("disaster", "killed"):
        return {}
    place: dict[tuple[object, ...], int] = {
        (c.quantity, c.source, c.from_day, c.as_of, c.published): i
        for i, c in enumerate(design.claims) if c.scope == "all"}
    return {i: place["missing", *key] for (quantity, *key), i in place.items()
            if quantity == "killed" and ("missing", *key) in place}


_BENCH = (
    SourcePlan("east_staff", "adversary", "east_gov"),
    SourcePlan("east_intel", "adversary", "east_gov", (), "intelligence"),
    SourcePlan("north_intel", "third_party_state", "north_gov", ("east_gov",), "intelligence"),
    SourcePlan("own_state", "self"),
    SourcePlan("island_mod", "third_party_state", "", (), "intelligence"),
    SourcePlan("harbour_press", "media", "", (), "estimate"),
    SourcePlan("north_staff", "third_party_state", "north_gov", (), "intelligence"),
    SourcePlan("east_president", "adversary", "east_gov"),
    SourcePlan("union_officials", "third_party_state", "union_gov", (), "leak"),
    SourcePlan("name_project", "independent", "", (), "by_name_count"),
    SourcePlan("partner_ministry", "ally"),
    SourcePlan("photo_count", "independent", "", ("own_state",), "by_name_count"),
    SourcePlan("think_tank", "independent", "", ("island_mod", "east_gov"), "estimate"),
    SourcePlan("union_defence", "third_party_state", "union_gov"),
    SourcePlan("town_radio", "media", "", (), "leak"),
    SourcePlan("east_officers", "adversary", "east_gov", (), "field_report"),
    *(SourcePlan(f"outlet_{i}", ("media", "third_party_state", "independent")[i % 3],
                 "union_gov" if i % 6 == 1 else "", (), "leak") for i in range(16)),
)
_QUANTITIES = {"casualties": 0.34, "killed": 0.3, "wounded": 0.1, "captured": 0.05, "missing": 0.02,
               "deployed": 0.14, "returned": 0.05}
_BOUNDS = {"about": 0.52, "at_least": 0.2, "exact": 0.13, "range": 0.12, "at_most": 0.03}
_AMBIGUOUS = {"killed": ("killed|casualties",), "wounded": ("casualties|wounded",),
              "casualties": ("killed|casualties", "casualties|wounded")}


def _pick(rng: np.random.Generator, table: dict[str, float]) -> str:
    weights = np.array(list(table.values()))
    return str(rng.choice(list(table), p=weights / weights.sum()))


def random_design(rng: np.random.Generator, n_sources: int = 12, n_claims: int = 40,
                  days: int = 120, *, partial: float = 0.08, ambiguous: float = 0.12,
                  start: date = date(2024, 10, 23), victim: str = "military") -> Design:
    """Plan a world like the bundled case: families, lists, bounds, ranges, windows, ambiguities.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the plan's randomness.
    n_sources, n_claims, days : int
        Size: at most 32 sources.
    partial, ambiguous : float
        Shares of claims of partial scope, and with an ambiguity.
    start : date
        First day.
    victim : str
        Kind of victims.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        A size is out of reach.
    """
    if not 1 <= n_sources <= len(_BENCH) or n_claims < 1 or days < 1:
        raise ValueError(f"a design needs 1 to {len(_BENCH)} sources, a claim and a day; "
                         f"got {n_sources}, {n_claims}, {days}")
    sources = _BENCH[:n_sources]
    known = {s.id for s in sources} | {s.family for s in sources}
    sources = tuple(replace(s, builds_on=tuple(b for b in s.builds_on if b in known))
                    for s in sources)
    claims = []
    for i in range(n_claims):
        source = sources[i % n_sources if i < n_sources else int(rng.integers(n_sources))]
        names = source.relation == "self" or source.method == "by_name_count"
        quantity = "named_dead" if names else _pick(rng, _QUANTITIES)
        bound = _pick(rng, _BOUNDS)
        as_of = int(days * rng.beta(1.5, 1.0) * 0.999)
        window = quantity in ("casualties", "killed") and rng.random() < 0.1
        from_day = max(0, as_of - 6) if window else -15 if quantity == "deployed" else 0
        ambiguity = ""
        if rng.random() < ambiguous:
            words = [*_AMBIGUOUS.get(quantity, ())]
            words += {"about": ["about|at_least"], "at_most": ["at_most|at_least"]}.get(bound, [])
            words += ["week|cumulative"] if window else []
            words += ["additional|cumulative"] if quantity == "named_dead" else []
            ambiguity = str(rng.choice(words)) if words else ""
        lost = quantity not in ("named_dead", "deployed", "returned")
        scope = "battle:bridge" if lost and rng.random() < partial else "all"
        claims.append(ClaimPlan(
            source.id, quantity, bound, as_of, as_of + int(rng.geometric(0.3)) - 1, from_day,
            float(rng.uniform(0.1, 0.9)) if bound == "range" else 0.0, ambiguity, scope))
    claims[-1] = ClaimPlan(sources[0].id, "killed", "about", days - 1, days + 1)
    return Design(days, sources, tuple(claims), start, victim)
