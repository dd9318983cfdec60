"""Running totals: one that falls or leaps, and whether two digits or a zero would mend it.

Not every fall is an error. The missing become fewer as they are found; a later word on the same day
is a correction; a fall of a percent is a recount; and one that other sources share is news.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .codes import AGREES, GROWTH, JUMP, NEAR_DAYS, RECOUNT
from .lint import evidence, first, note, say, swaps
from .problems import Problems

__all__ = ["running_totals"]

MISSING = r"\b(?:missing|unaccounted)\b"
"""Words of a figure that counts people who may yet be found."""

STREAM = ["source", "side", "quantity", "scope", "from"]
"""What the figures of one running total have in common."""


@dataclass(frozen=True)
class _Mend:
    """A figure that would fit: how far it still is from its neighbour, of which claim, and why."""

    left: float
    code: str
    claim: Any
    figure: float


def running_totals(table: pd.DataFrame, problems: Problems) -> None:
    """Note totals of one source that fall, or grow tenfold from one figure to the next."""
    told = evidence(table)
    told = told[(told["ambiguity"] == "") & (told["quantity"] != "missing")]
    told = told.sort_values([*STREAM, "as_of", "published", "row"], kind="stable")
    same = (told[STREAM] == told[STREAM].shift()).all(axis=1).to_numpy()
    before = told.shift()
    lost = same & (told["as_of"] > before["as_of"]).to_numpy() & ~before["wording"].fillna(
        "").str.contains(MISSING, case=False, regex=True).to_numpy()
    falls = lost & (told["most"] < (1 - RECOUNT) * before["least"]).to_numpy()
    floors = lost & (
        (told["bound"] == "at_least") & (before["bound"] != "at_most")
        & (2 * told["centre"] < before["centre"])).to_numpy() & ~falls
    leaps = same & (
        (before["centre"] > 0) & (told["centre"] >= JUMP * before["centre"])).to_numpy()
    others = _Others(told)
    for at in first(told, falls | floors | leaps, problems):
        now, then = told.iloc[at], told.iloc[at - 1]
        later = told.iloc[at + 1] if at + 1 < len(told) and same[at + 1] else None
        earlier = told.iloc[at - 2] if same[at - 1] and at > 1 else None
        found = [mend for mend in _mends(then, now, earlier, later)
                 if not leaps[at] or mend.code == "times-ten"]
        if floors[at] and not found or not leaps[at] and others.agree(now) and others.agree(then):
            continue
        _note(then, now, found, bool(leaps[at]), problems)


def _note(then: Any, now: Any, found: list[_Mend], leaps: bool, problems: Problems) -> None:
    best = min(found, key=lambda mend: mend.left) if found else None
    code = "times-ten" if leaps else best.code if best else "falling-total"
    doubted = best.claim if best else now
    other = then if doubted is now else now
    rule = (f"{now['source']}'s running total of {now['quantity']} "
            f"{'jumps' if leaps else 'falls'} to {say(now['centre'])} "
            f"({now['id']}) from {say(then['centre'])} ({then['id']})")
    if best and best.code == "digit-swap":
        mend = f"were digits swapped in {doubted['id']}, {say(best.figure)}?"
    elif best:
        more = "many" if best.figure < doubted["centre"] else "few"
        mend = f"has {doubted['id']} a digit too {more}, {say(best.figure)}?"
    else:
        mend = ("is there a digit too many or too few?" if leaps else
                "if the source took the first figure back, judge this; if the second counts only "
                "what was added, give it a window of its own in from")
    note(problems, code, doubted, rule, mend, str(other["id"]))


def _mends(then: Any, now: Any, earlier: Any, later: Any) -> list[_Mend]:
    """Give the figures, two digits swapped or a zero more or less, that would restore the order."""
    high = max(now["centre"], then["centre"])
    ceiling = later["most"] if later is not None else GROWTH * high
    floor = earlier["least"] if earlier is not None else now["centre"] / GROWTH
    found = []
    for claim, other, least, most in ((now, then, then["least"], ceiling),
                                      (then, now, floor, now["most"])):
        if not claim["value"] > 0:
            continue
        tens = [claim["value"] * 10, claim["value"] / 10]
        for code, figures in (("digit-swap", swaps(claim["value"])), ("times-ten", tens)):
            found += [_Mend(abs(math.log(figure / other["centre"])), code, claim, figure)
                      for figure in figures if least <= figure <= most and other["centre"] > 0]
    return found


class _Others:
    """What other sources say near a day, so that a revision that all share is no slip."""

    def __init__(self, told: pd.DataFrame) -> None:
        self._places = told.groupby(["side", "quantity"]).indices
        self._days = told["published"].to_numpy().astype("datetime64[D]").astype(np.int64)
        self._centre = told["centre"].to_numpy()
        self._source = told["source"].to_numpy()

    def agree(self, claim: Any) -> bool:
        """Tell whether another source gives about the same figure within a month."""
        at = self._places[claim["side"], claim["quantity"]]
        day = np.datetime64(claim["published"], "D").astype(np.int64)
        near = np.abs(self._days[at] - day) <= NEAR_DAYS
        like = np.abs(self._centre[at] - claim["centre"]) <= AGREES * claim["centre"]
        return bool((near & like & (self._source[at] != claim["source"])).any())
