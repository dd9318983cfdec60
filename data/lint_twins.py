"""Claims held against those of other sources: echoes, twins but for an error, more than sent."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codes import (
    CHANCE,
    ECHO_DAYS,
    ECHO_DIGITS,
    ECHO_FIGURE,
    EXACT_DIGITS,
    FAMILY_DAYS,
    NEAR_DAYS,
    OUTLIER,
    OUTLIER_OTHERS,
    OUTLIER_ROOM,
)
from .lint import days_apart, each, evidence, first, note, say, swaps
from .lint_totals import OPEN
from .problems import Problems
from .words import QUANTITIES

__all__ = ["above_deployed", "around", "echoes", "twins"]

REACH = 10
"""Claims before and after one, by day of publication, that an outlier is held against."""


def echoes(table: pd.DataFrame, names: dict[str, str], problems: Problems) -> None:
    """Note when a source states another's figure within days and `via` names nobody.

    `names` gives the name of each source.
    """
    told = evidence(table)
    told = told[told["centre"] >= ECHO_FIGURE]
    if len(told) < 2:
        return
    keys = ["side", "quantity", "centre"]
    told = told.sort_values([*keys, "published", "row"], kind="stable").reset_index(drop=True)
    before = _earlier(told, keys)
    known = before >= 0
    then = told.iloc[np.maximum(before, 0)].reset_index(drop=True)
    days = (told["published"] - then["published"]).dt.days
    kin = (told["family"] == then["family"]) & (days <= FAMILY_DAYS)
    odd = (told["digits"] >= ECHO_DIGITS) & (days <= ECHO_DAYS) & (
        _told_lately(told, ECHO_DAYS) <= CHANCE * 9 * 10.0 ** (told["digits"] - 1))
    for at in first(told, known & (kin | odd), problems):
        now, source = told.iloc[at], then.iloc[at]
        heard = now["via"].lower()
        if source["source"].lower() in heard or names[source["source"]].lower() in heard:
            continue
        note(problems, "echo", now,
             f"{now['id']} states the figure that {source['source']} stated in {source['id']} "
             f"{days_apart(source['published'], now['published'])}: possibly an echo",
             f"if it repeats {source['id']}, say so in derived_from", str(source["id"]))


def _earlier(told: pd.DataFrame, keys: list[str]) -> NDArray[np.int64]:
    """Give the place of the last row before each, of the same keys and another source; -1: none.

    The rows are sorted by `keys`.
    """
    same = (told[keys] == told[keys].shift()).all(axis=1).to_numpy()
    other = (told["source"] != told["source"].shift()).to_numpy()
    at = np.arange(len(told))
    start = np.maximum.accumulate(np.where(same, -1, at))
    change = np.maximum.accumulate(np.where(same & other, at, -1))
    return np.where(change > start, change - 1, -1)


def _told_lately(told: pd.DataFrame, days: int) -> NDArray[np.int64]:
    """Count the claims of each row's side and quantity told within some days before it."""
    group = told.groupby(["side", "quantity"], sort=False).ngroup().to_numpy()
    day = told["published"].to_numpy().astype("datetime64[D]").astype(np.int64)
    key = group * 10**6 + day
    ranked = np.sort(key)
    return np.searchsorted(ranked, key, "left") - np.searchsorted(ranked, key - days, "left")


def twins(table: pd.DataFrame, problems: Problems) -> None:
    """Note figures that are another's with two digits swapped or a zero more or less.

    So is a figure far beyond those of all others that a zero more or less would put among them.
    """
    plain = evidence(table, stocks=True)
    told = plain[plain["value"] > 0].sort_values(["published", "row"], kind="stable")
    if len(told) < 2:
        return
    exact = told[told["digits"] >= EXACT_DIGITS]
    made = [swaps(value) for value in exact["value"]]
    swapped = exact.loc[exact.index.repeat([len(figures) for figures in made])].assign(
        looked=[figure for figures in made for figure in figures])
    _pairs(told, swapped, "digit-swap", problems)
    _pairs(told, exact.assign(looked=exact["value"] / 10), "times-ten", problems)
    _outliers(plain[(plain["centre"] > 0) & ~plain["ambiguity"].str.contains(OPEN)], problems)


def _pairs(told: pd.DataFrame, asked: pd.DataFrame, code: str, problems: Problems) -> None:
    """Note claims that another claim fits but for one error: `looked` is the figure it would give.

    Of the two the one that lies further from all others is doubted.
    """
    if asked.empty:
        return
    right = told[["side", "quantity", "value", "published", "id", "source", "row", "centre"]]
    right = right.rename(columns={"value": "looked"}).assign(day=right["published"])
    found = pd.merge_asof(
        asked, right, on="published", by=["side", "quantity", "looked"], direction="nearest",
        tolerance=pd.Timedelta(days=NEAR_DAYS), suffixes=("", "_of"))
    hit = found["id_of"].notna() & (found["source_of"] != found["source"])
    means = told.groupby(["side", "quantity"])["centre"].median()
    for at in first(found, hit, problems):
        now = found.iloc[at]
        middle = means[now["side"], now["quantity"]]
        odd = [abs(np.log(figure / middle)) for figure in (now["centre"], now["looked"])]
        pair = [(now["id"], now["source"], now["centre"], now["row"]),
                (now["id_of"], now["source_of"], now["looked"], now["row_of"])]
        (name, _, figure, row), (other, whose, right_one, _) = pair if odd[0] >= odd[1] else (
            pair[::-1])
        why = "two digits swapped" if code == "digit-swap" else (
            "a digit too many" if figure > right_one else "a digit too few")
        claim = now.copy()
        claim["id"], claim["row"], claim["centre"] = name, row, figure
        note(problems, code, claim,
             f"{name} states {say(figure)}, which is the {say(right_one)} of {whose} in {other}, "
             f"{days_apart(now['published'], now['day'], 'apart')}, with {why}",
             f"look at the page again: is {say(figure)} or {say(right_one)} right?", str(other))


def _outliers(told: pd.DataFrame, problems: Problems) -> None:
    """Note figures far from all others near in time, save that a zero more or less is another's.

    Counts grow, so a small one is odd only after larger ones and a large one before smaller ones; a
    source that says much the same elsewhere has not mistyped it.
    """
    if len(told) <= OUTLIER_OTHERS:
        return
    told = told.sort_values(["side", "quantity", "published", "row"], kind="stable")
    near, places = around(told)
    value = told["value"].to_numpy()
    days = told["published"].to_numpy()
    with np.errstate(all="ignore"):
        low, high = np.fmin.reduce(near, axis=1), np.fmax.reduce(near, axis=1)
        many = (~np.isnan(near)).sum(axis=1) >= OUTLIER_OTHERS
        above = many & (value >= OUTLIER * high) & _like(near, value / 10, value / 10) & (
            ~np.isnan(near) & (days[places] > days[:, None])).any(axis=1)
        below = many & (value * OUTLIER <= low) & _like(near, value * 10, value * 10 + 9) & (
            ~np.isnan(near) & (days[places] < days[:, None])).any(axis=1)
    own = told.groupby(["side", "quantity", "source"])["centre"]
    range_of = told.assign(low_of=low, high_of=high)
    for claim in each(range_of, above | below, problems):
        said = own.get_group((claim.side, claim.quantity, claim.source)).to_numpy()
        if ((said < claim.value * OUTLIER) & (said * OUTLIER > claim.value)).sum() > 1:
            continue
        much = claim.value >= claim.high_of
        note(problems, "times-ten", claim,
             f"{claim.id} states {say(claim.value)} {claim.quantity}, where all others within a "
             f"month say {say(claim.low_of)} to {say(claim.high_of)}",
             f"has it a digit too {'many' if much else 'few'}, "
             f"{say(claim.value / 10 if much else claim.value * 10)}?")


def _like(
    near: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell for each figure, from low to high (n,), whether one of those near (n, m) is like it."""
    return ((near * (1 - OUTLIER_ROOM) <= high[:, None])
            & (near * (1 + OUTLIER_ROOM) >= low[:, None])).any(axis=1)


def around(told: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Give other sources' figures near each claim (n, 2 REACH), NaN for none, and their places.

    The rows are sorted by side, quantity and day.
    """
    group = told.groupby(["side", "quantity"], sort=False).ngroup().to_numpy()
    days = told["published"].to_numpy().astype("datetime64[D]").astype(np.int64)
    source = pd.factorize(told["source"])[0]
    centre = told["centre"].to_numpy()
    steps = [step for step in range(-REACH, REACH + 1) if step]
    places = np.arange(len(told))[:, None] + np.array(steps)
    inside = (places >= 0) & (places < len(told))
    places = np.clip(places, 0, max(0, len(told) - 1))
    good = inside & (group[places] == group[:, None]) & (source[places] != source[:, None]) & (
        np.abs(days[places] - days[:, None]) <= NEAR_DAYS)
    return np.where(good, centre[places], np.nan), places


def above_deployed(table: pd.DataFrame, problems: Problems) -> None:
    """Note people lost that are more than any comparable figure for those deployed."""
    sent = table[table["comparable"] & (table["quantity"] == "deployed")]
    if sent.empty:
        return
    sent = sent.assign(top=sent["value"].fillna(sent["high"])).sort_values(["top", "row"])
    last = sent.groupby("side").tail(1).set_index("side")
    people = table["quantity"].isin([q for q in QUANTITIES if q != "deployed"])
    most = table["side"].map(last["top"])
    over = people & (table["least"] > most)
    held = table.assign(sent=most, sent_id=table["side"].map(last["id"]))
    for claim in each(held, over, problems):
        note(problems, "above-deployed", claim,
             f"{claim.id} states more {claim.quantity} than the {say(claim.sent)} deployed by the "
             f"largest comparable claim, {claim.sent_id}",
             "is one of the two of another scope or side, or has it a digit too many?",
             str(claim.sent_id), value=say(claim.least))
