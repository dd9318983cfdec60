"""Figures in the wrong column: casualties coded as the dead."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from .codes import (
    AGREES,
    CONFUSED,
    ECHO_DAYS,
    ECHO_DIGITS,
    ECHO_FIGURE,
    FAMILY_DAYS,
    NEAR_DAYS,
)
from .lint import days_apart, each, evidence, first, note, say
from .lint_twins import around
from .problems import Problems

__all__ = ["mixed_columns"]

_READ = "read whether the page says dead, or killed and wounded"
_BOTH = r"\b(?:killed|dead) (?:and|or) (?:wounded|injured)"
_DEAD = r"\b(?:killed|dead|deaths|fatalities)\b"
_HURT = r"\b(?:wounded|injured|hurt|lost|losses|missing)\b"


def mixed_columns(table: pd.DataFrame, problems: Problems) -> None:
    """Note figures for the dead that look like, or exceed, somebody's figure for all casualties."""
    told = evidence(table)
    told = told[~told["ambiguity"].str.contains("killed|casualties", regex=False)]
    _by_words(told, problems)
    if not (told["quantity"] == "casualties").any():
        return
    told = told[told["value"] > 0].sort_values(["published", "row"], kind="stable")
    dead, hit = told[told["quantity"] == "killed"], told[told["quantity"] == "casualties"]
    if dead.empty or hit.empty:
        return
    near = pd.Timedelta(days=NEAR_DAYS)
    _same_figure(dead, hit, ["side", "value"], near, problems)
    _same_figure(dead, hit, ["side", "value", "family"], near, problems)
    _more_dead_than_hit(dead, hit, near, problems)
    _among_the_hit(dead, hit, problems)


def _same_figure(
    dead: pd.DataFrame, hit: pd.DataFrame, keys: list[str], near: pd.Timedelta, problems: Problems
) -> None:
    """Note dead that equal somebody's casualties: of one family, odd, or told at the same time."""
    other = hit[[*keys, "published", "id", "source"]].assign(day=hit["published"])
    alike = pd.merge_asof(dead, other, on="published", by=keys, direction="nearest",
                          tolerance=near, suffixes=("", "_of"))
    apart = (alike["published"] - alike["day"]).dt.days.abs()
    odd = ((alike["digits"] >= ECHO_DIGITS) & (apart <= ECHO_DAYS)) | (apart <= FAMILY_DAYS) | (
        "family" in keys)
    odd &= alike["id_of"].notna() & (alike["value"] >= ECHO_FIGURE)
    for claim in each(alike, odd, problems):
        note(problems, "killed-casualties", claim,
             f"{claim.id} gives as killed the {say(claim.value)} that {claim.source_of} gave as "
             f"casualties in {claim.id_of}, {days_apart(claim.published, claim.day, 'apart')}",
             _READ, str(claim.id_of))


def _by_words(told: pd.DataFrame, problems: Problems) -> None:
    """Note quotes that speak of casualties for a figure of the dead, or of the dead alone."""
    told = told[told["quantity"].isin(["killed", "casualties"])]
    words = told["wording"]
    if not (words != "").any():
        return
    both, dead, hurt = (words.str.contains(pattern, case=False, regex=True)
                        for pattern in (_BOTH, _DEAD, _HURT))
    whole = both | (words.str.contains("casualt", case=False) & ~dead)
    wrong = ((told["quantity"] == "killed") & whole) | (
        (told["quantity"] == "casualties") & dead & ~hurt & ~whole
        & ~words.str.contains("casualt", case=False))
    for claim in each(told, wrong, problems):
        note(problems, "killed-casualties", claim,
             f"{claim.id} is coded as {claim.quantity}, but its wording says "
             f"{'casualties' if claim.quantity == 'killed' else 'dead'}",
             "put right the quantity, or note killed|casualties in ambiguity",
             column="quantity", value=claim.quantity)


class _Whole:
    """Each source's own figures for casualties: who gives both has not mixed them up."""

    def __init__(self, hit: pd.DataFrame) -> None:
        self._own = hit.groupby(["source", "side"])

    def holds(self, source: str, side: str, day: pd.Timestamp, dead: float) -> bool:
        """Tell whether the source gives more casualties than these dead in the same days."""
        if (source, side) not in self._own.groups:
            return False
        own = self._own.get_group((source, side))
        near = (own["published"] - day).abs() <= pd.Timedelta(days=FAMILY_DAYS)
        return bool((near & (own["centre"] > (1 + AGREES) * dead)).any())


def _more_dead_than_hit(
    dead: pd.DataFrame, hit: pd.DataFrame, near: pd.Timedelta, problems: Problems
) -> None:
    """Note dead of one source that are more than its own casualties, or far more than before."""
    keys = ["source", "side"]
    whole = hit[[*keys, "as_of", "from", "id", "centre"]].sort_values(["as_of", "id"])
    ways: tuple[tuple[Literal["forward", "backward"], float], ...] = (
        ("forward", 1.0), ("backward", CONFUSED))
    for direction, factor in ways:
        own = pd.merge_asof(dead.sort_values(["as_of", "row"]), whole, on="as_of", by=keys,
                            direction=direction, tolerance=near, suffixes=("", "_of"))
        over = own["id_of"].notna() & (own["least"] > factor * own["centre_of"]) & (
            own["from"] >= own["from_of"])
        for claim in each(own, over, problems):
            note(problems, "killed-casualties", claim,
                 f"{claim.id} gives {say(claim.value)} killed, more than the "
                 f"{say(claim.centre_of)} casualties of {claim.source} in {claim.id_of}, of whom "
                 "the dead are a part", "are the two figures in each other's row?",
                 str(claim.id_of))


def _among_the_hit(dead: pd.DataFrame, hit: pd.DataFrame, problems: Problems) -> None:
    """Note dead far above all others that agree with somebody's casualties near in time."""
    whole_of = _Whole(hit)
    both = pd.concat([dead, hit]).sort_values(["side", "published", "row"], kind="stable")
    near, places = around(both.assign(quantity="", source=both["id"]))
    killed = (both["quantity"] == "killed").to_numpy()
    value = both["value"].to_numpy()
    others = np.where(killed[places], near, np.nan)
    whole = np.where(killed[places], np.nan, near)
    with np.errstate(all="ignore"):
        top = np.fmax.reduce(others, axis=1)
        alike = np.abs(whole - value[:, None]) <= AGREES * value[:, None]
    odd = killed & (value >= CONFUSED * top) & alike.any(axis=1)
    for at in first(both, odd, problems):
        claim = both.iloc[at]
        if whole_of.holds(claim["source"], claim["side"], claim["published"], value[at]):
            continue
        like: Any = both.iloc[places[at][np.flatnonzero(alike[at])[0]]]
        note(problems, "killed-casualties", claim,
             f"{claim['id']} gives {say(value[at])} killed, where no other claim within a month "
             f"gives more than {say(top[at])}, and {like['source']} gives {say(like['centre'])} "
             f"casualties in {like['id']}",
             _READ, str(like["id"]))
