"""Figures that look worked out: a share of another's total, or a point on a source's own line.

Round figures fit each other by chance. A fit is told only where chance alone would seldom bring
it: the more significant digits a figure has, and the fewer totals stand near, the more it says.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codes import CHANCE, FEW_DAYS, LINE_FIGURES, NEAR_DAYS, SHARES, UNROUND
from .lint import digits_of, evidence, first, note, say
from .lint_totals import STREAM
from .problems import Problems
from .words import PARTS

__all__ = ["lines", "shares"]

REACH = 12
"""Totals before a claim, by day of publication, that it is held against."""


def shares(table: pd.DataFrame, problems: Problems) -> None:
    """Note figures that are a share people say, such as a third, of a total told shortly before."""
    if not table["quantity"].isin(["casualties", "deployed"]).any():
        return
    told = evidence(table, stocks=True)
    told = told[told["centre"] > 0].sort_values(["side", "published", "row"], kind="stable")
    people = told[told["quantity"].isin([*PARTS, "casualties", "named_dead", "deployed"])]
    if people.empty:
        return
    for part, wholes in ((list(PARTS), ["casualties", "deployed"]), (["casualties"], ["deployed"])):
        for days in (FEW_DAYS, NEAR_DAYS):
            _shares(people, people["quantity"].isin(part).to_numpy(),
                    people["quantity"].isin(wholes).to_numpy(), days, problems)


def _shares(
    told: pd.DataFrame, asked: NDArray[np.bool_], whole: NDArray[np.bool_], days: int,
    problems: Problems,
) -> None:
    part = np.flatnonzero(asked & (told["digits"] >= UNROUND).to_numpy())
    totals = np.flatnonzero(whole & told["value"].notna().to_numpy())
    if not len(part) or not len(totals):
        return
    day = told["published"].to_numpy().astype("datetime64[D]").astype(np.int64)
    side = pd.factorize(told["side"])[0]
    value = told["value"].to_numpy()
    # totals told up to the day of each part: sorted by side and day, so the last ones before it
    key = side * 10**6 + day
    last = np.searchsorted(key[totals], key[part], side="right")
    steps = last[:, None] - 1 - np.arange(REACH + 1)
    place = totals[np.clip(steps, 0, None)]
    near = (steps >= 0) & (side[place] == side[part][:, None]) & (
        day[place] >= day[part][:, None] - days) & (value[place] > value[part][:, None])
    few = near.any(axis=1) & ~near[:, REACH]
    part, place, near = part[few], place[few], near[few]
    fits = np.array([near & (_part(value[place], share) == value[part][:, None])
                     for share in SHARES])
    mask = np.zeros(len(told), dtype=bool)
    mask[part[fits.any(axis=(0, 2))]] = True
    where = {int(at): row for row, at in enumerate(part)}
    for at in first(told, mask, problems):
        row = where[at]
        if _by_chance(value[place[row]][near[row]], told["digits"].iloc[at]) > CHANCE:
            continue
        which, column = np.argwhere(fits[:, row])[0]
        claim, total = told.iloc[at], told.iloc[place[row, column]]
        note(problems, "derived", claim,
             f"{claim['id']} states {say(value[at])}, which is {_percent(SHARES[which])} of the "
             f"{say(total['value'])} {total['quantity']} of {total['source']} in {total['id']}",
             f"if it was worked out from {total['id']}, say so in derived_from", str(total["id"]))


def _part(totals: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    return np.floor(totals * share + 0.5)


def _by_chance(totals: NDArray[np.float64], digits: int) -> float:
    """Give how often chance would make a figure of so many significant digits fit the totals.

    Of round totals most shares are round, so one that is not says much.
    """
    made = np.unique([_part(np.unique(totals), share) for share in SHARES])
    return float((digits_of(made) == digits).sum() / (9 * 10.0 ** (digits - 1)))


def _percent(share: float) -> str:
    named = {1 / 3: "a third", 2 / 3: "two thirds"}
    return named.get(share, f"{100 * share:.0f}%")


def lines(table: pd.DataFrame, problems: Problems) -> None:
    """Note a figure that continues the line of the last two of its source to the digit."""
    told = evidence(table)
    told = told[told["value"].notna()]
    told = told.sort_values([*STREAM, "as_of", "published", "row"], kind="stable")
    if len(told) <= LINE_FIGURES:
        return
    same = (told[STREAM] == told[STREAM].shift()).all(axis=1).to_numpy()
    value = told["value"].to_numpy()
    day = told["as_of"].to_numpy().astype("datetime64[D]").astype(np.float64)
    enough = same & np.roll(same, 1)
    enough[:LINE_FIGURES] = False
    gap, gain = np.diff(day, prepend=np.nan), np.diff(value, prepend=np.nan)
    with np.errstate(all="ignore"):
        ahead = np.roll(value, 1) + np.roll(gain, 1) / np.roll(gap, 1) * gap
        unit = 10.0 ** (np.floor(np.log10(value)) + 1 - told["digits"].to_numpy())
        on_line = enough & (np.roll(gain, 1) > 0) & (gap > 0) & (np.floor(ahead + 0.5) == value) & (
            unit <= CHANCE * gain)
    for at in first(told, on_line, problems):
        two, one, claim = (told.iloc[at - back] for back in (2, 1, 0))
        note(problems, "derived", claim,
             f"{claim['id']} states {say(value[at])}, just where the line from "
             f"{say(two['value'])} ({two['id']}) through {say(one['value'])} ({one['id']}) leads",
             f"if it was extended and not counted, say so in derived_from: {two['id']};{one['id']}",
             str(one["id"]), str(two["id"]))
