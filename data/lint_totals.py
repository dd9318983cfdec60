"""Running totals: one that falls or leaps, and whether two digits or a zero would mend it.

Not every fall is an error. The missing become fewer as they are found; a later word on the same day
is a correction; a fall of a percent is a recount.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codes import GROWTH, JUMP, LEAST_BASE, RECOUNT
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
    back, ahead = _neighbours(told)
    least, most, centre = (told[name].to_numpy() for name in ("least", "most", "centre"))
    told_before, base = least[back], centre[back]
    known = back >= 0
    found = known & ~told["wording"].str.contains(MISSING, case=False).to_numpy()[back]
    falls = found & (most < (1 - RECOUNT) * told_before)
    floors = found & ~falls & np.isinf(most) & (told_before > 0) & (2 * centre < base)
    leaps = known & (base >= LEAST_BASE) & (centre >= JUMP * base)
    for at in first(told, falls | floors | leaps, problems):
        now, then = told.iloc[at], told.iloc[back[at]]
        earlier = told.iloc[back[back[at]]] if back[back[at]] >= 0 else None
        after = told.iloc[ahead[at]] if ahead[at] >= 0 else None
        mends = [mend for mend in _mends(then, now, earlier, after)
                 if mend.code == "times-ten" or falls[at]]
        rule = (f"{now['source']}'s running total of {now['quantity']} "
                f"{'jumps' if leaps[at] else 'falls'} to {say(now['centre'])} "
                f"({now['id']}) from {say(then['centre'])} ({then['id']})")
        if falls[at]:
            note(problems, "falling-total", now, rule,
                 "if the source took the first figure back, judge this; if the second counts only "
                 "what was added, give it a window of its own in from", str(then["id"]))
        if mends:
            _note_mend(then, now, min(mends, key=lambda mend: mend.left), rule, problems)
        elif leaps[at]:
            note(problems, "times-ten", now, rule, "is there a digit too many or too few?",
                 str(then["id"]))


def _neighbours(told: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the place of the last figure of each total up to an earlier day, and the next; or -1.

    Later words on the same last day are passed over: they correct, and do not continue.
    """
    at = np.arange(len(told))
    same = (told[STREAM] == told[STREAM].shift()).all(axis=1).to_numpy()
    fresh = ~same | (told["as_of"] != told["as_of"].shift()).to_numpy()
    stream = np.maximum.accumulate(np.where(same, 0, at))
    block = np.maximum.accumulate(np.where(fresh, at, 0))
    back = np.where(block > stream, block - 1, -1)
    following = np.append(np.where(fresh, at, len(at)), len(at))[1:]
    following = np.minimum.accumulate(following[::-1])[::-1]
    other = stream[np.minimum(following, len(at) - 1)] != stream
    return back, np.where((following == len(at)) | other, -1, following)


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
    ceiling = after["most"] if after is not None else GROWTH * then["centre"]
    floor = earlier["least"] if earlier is not None else now["centre"] / GROWTH
    found = []
    for claim, other, least, most in (
        (now, then, then["least"], ceiling),
        (then, now, floor, now["most"]),
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
