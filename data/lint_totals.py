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

__all__ = ["OPEN", "STREAM", "running_totals"]

MISSING = r"\b(?:missing|unaccounted)\b"
"""Words of a figure that counts people who may yet be found."""

OPEN = r"casualties|cumulative|side"
"""Readings left open that make a figure no part of a running total: another count or window."""

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
    told = told[~told["ambiguity"].str.contains(OPEN) & (told["quantity"] != "missing")]
    if len(told) < 2:
        return
    told = told.sort_values([*STREAM, "as_of", "published", "row"], kind="stable")
    same = (told[STREAM] == told[STREAM].shift()).all(axis=1).to_numpy()
    before = told.shift()
    later = same & (told["as_of"] > before["as_of"]).to_numpy()
    lost = later & ~before["wording"].fillna("").str.contains(MISSING, case=False).to_numpy()
    falls = lost & (told["most"] < (1 - RECOUNT) * before["least"]).to_numpy()
    floors = lost & ~falls & (
        np.isinf(told["most"]) & (before["least"] > 0) & (2 * told["centre"] < before["centre"])
    ).to_numpy()
    leaps = same & (
        (before["centre"] > 0) & (told["centre"] >= JUMP * before["centre"])).to_numpy()
    others = _Others(told)
    for at in first(told, falls | floors | leaps, problems):
        now, then = told.iloc[at], told.iloc[at - 1]
        after = told.iloc[at + 1] if at + 1 < len(told) and same[at + 1] else None
        earlier = told.iloc[at - 2] if same[at - 1] and at > 1 else None
        found = [mend for mend in _mends(then, now, earlier, after)
                 if mend.code == "times-ten" or falls[at]]
        if not leaps[at] and others.agree(now, 0) and others.agree(then, -NEAR_DAYS):
            continue
        rule = (f"{now['source']}'s running total of {now['quantity']} "
                f"{'jumps' if leaps[at] else 'falls'} to {say(now['centre'])} "
                f"({now['id']}) from {say(then['centre'])} ({then['id']})")
        if falls[at]:
            note(problems, "falling-total", now, rule,
                 "if the source took the first figure back, judge this; if the second counts only "
                 "what was added, give it a window of its own in from", str(then["id"]))
        if found:
            _note_mend(then, now, min(found, key=lambda mend: mend.left), rule, problems)
        elif leaps[at]:
            note(problems, "times-ten", now, rule, "is there a digit too many or too few?",
                 str(then["id"]))


def _note_mend(then: Any, now: Any, best: _Mend, rule: str, problems: Problems) -> None:
    other = then if best.claim is now else now
    name = best.claim["id"]
    if best.code == "digit-swap":
        mend = f"were digits swapped in {name}, {say(best.figure)}?"
    else:
        more = "many" if best.figure < best.claim["centre"] else "few"
        mend = f"has {name} a digit too {more}, {say(best.figure)}?"
    note(problems, best.code, best.claim, rule, mend, str(other["id"]))


def _mends(then: Any, now: Any, earlier: Any, after: Any) -> list[_Mend]:
    """Give the figures, two digits swapped or a zero more or less, that would restore the order."""
    ceiling = after["most"] if after is not None else np.inf
    floor = earlier["least"] if earlier is not None else 0.0
    found = []
    for claim, other, least, most in (
        (now, then, then["least"], min(ceiling, GROWTH * then["centre"])),
        (then, now, max(floor, now["centre"] / GROWTH), now["most"]),
    ):
        if not (claim["value"] > 0 and other["centre"] > 0):
            continue
        for figure in swaps(claim["value"]):
            if least <= figure <= most:
                left = abs(math.log(figure / other["centre"]))
                found.append(_Mend(left, "digit-swap", claim, figure))
        for figure, lost in ((claim["value"] * 10, 9), (claim["value"] // 10, 0)):
            if least <= figure + lost and figure <= most and figure > 0:  # whatever the lost digit
                left = abs(math.log(figure / other["centre"]))
                found.append(_Mend(left, "times-ten", claim, figure))
    return found


class _Others:
    """What other sources say near a day, so that a revision that all share is no slip."""

    def __init__(self, told: pd.DataFrame) -> None:
        self._places = told.groupby(["side", "quantity"]).indices
        self._days = told["published"].to_numpy().astype("datetime64[D]").astype(np.int64)
        self._centre = told["centre"].to_numpy()
        self._source = told["source"].to_numpy()

    def agree(self, claim: Any, since: int) -> bool:
        """Tell whether another source gives about the same figure `since` days on to a month."""
        at = self._places[claim["side"], claim["quantity"]]
        day = np.datetime64(claim["published"], "D").astype(np.int64)
        near = (self._days[at] - day >= since) & (self._days[at] - day <= NEAR_DAYS)
        like = np.abs(self._centre[at] - claim["centre"]) <= AGREES * claim["centre"]
        return bool((near & like & (self._source[at] != claim["source"])).any())
