"""How much the assumptions matter: the headline under other ones, as sentences and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from estimate.model.power import MAX_REFIT_RHAT, SAY, TOGETHER
from estimate.model.taught import Count

from . import sentences as say
from .inert import plain
from .passages import MOSTLY
from .records import Headline
from .tables import Cell, Row, Table, number_cell, table, text_cell

_PRIORS = {
    "kappa": "the error that all sources share",
    "gamma": "the bias of each kind of source",
    "lists": "the share of the dead on lists",
    "log_total": "the total before any claim",
    TOGETHER: "all that is assumed about bias, together",
}
_WEIGHTS = {0.5: "Half the weight on {}", 2.0: "Twice the weight on {}"}
MEANING = (
    "Sensitivity (psense) is how far the distribution of the headline moves each time the weight "
    f"of a prior doubles. Below {SAY}, a change of this prior alone within a factor moves the "
    "answer little. More weight makes a prior narrower and leaves its middle where it is: what is "
    "assumed about bias on average is not tested by this."
)


def words(found: Mapping[str, Any], median: float, share: float) -> tuple[str, ...]:
    """Say what other assumptions would do to the headline.

    Parameters
    ----------
    found : dict
        `account["sensitivity"]` of a fit: `power` and, where it was refitted, `cut` and `recoded`.
    median : float
        Of the headline.
    share : float
        Of its spread on a log scale that rests on what is assumed about bias; may be NaN.

    Returns
    -------
    tuple of str
        One paragraph for each finding, and what the sensitivity means.
    """
    power = {row["component"]: row for row in found["power"]}
    out = [_weights([row for name, row in power.items() if name != TOGETHER], median)]
    if TOGETHER in power:
        out.append(_together(power[TOGETHER], "lists" in power, share))
    out.append(MEANING)
    if cut := found.get("cut"):
        out.append(
            "If the case may not change what history says, the range is "
            f"{_range(cut)}: {cut['imputations']} fits in which the error that all sources share, "
            "the average bias of each kind of source and the scales are drawn from their priors "
            "and held (the cut), their draws put together. Each source's own deviation is still "
            f"learned from the case.{_unmixed(cut)}"
        )
    if other := found.get("recoded"):
        out.append(_recoded(other))
    return tuple(out)


def _range(row: Mapping[str, Any]) -> str:
    return f"{say.span(row['low'], row['high'])} (90% interval; median {say.count(row['median'])})"


def _unmixed(row: Mapping[str, Any]) -> str:
    if row.get("rhat", 0.0) < MAX_REFIT_RHAT:  # what weights tell needs no chains
        return ""
    return f" Do not lean on this: its chains disagree (R-hat {row['rhat']:.2f})."


def _weights(power: Sequence[Mapping[str, Any]], median: float) -> str:
    changes = [scaled for row in power for scaled in row["scaled"]]
    told = [scaled["median"] for scaled in changes if scaled["by"]]
    speak = [f"{_PRIORS[row['component']]} ({say.ratio(row['psense'])})"
             for row in power if row["psense"] is not None and row["psense"] > SAY]
    silent = [row["psense"] for row in power if row["psense"] is not None]
    out = []
    if told:
        out.append("Half or twice the weight on one prior alone puts the median at "
                   f"{say.span(min(told), max(told))}, against {say.count(median)} as fitted.")
    if far := len(changes) - len(told):
        out.append(f"Of {len(changes)} such changes, {far} {'is' if far == 1 else 'are'} too large "
                   "for the weights to tell; --refits fits the case again.")
    little = f"within a factor moves the answer little ({{}} at most, below {SAY})."
    if speak:
        verb = "moves" if len(speak) == 1 else "move"
        out.append(f"By its sensitivity, what is assumed of {say.listed(speak)} {verb} the answer "
                   "even alone.")
    quiet = [value for value in silent if value <= SAY]
    if quiet:
        which = "any other" if speak else "any one of them"
        out.append(f"A change of {which} alone {little.format(say.ratio(max(quiet)))}")
    return " ".join(out)


def _together(row: Mapping[str, Any], lists: bool, share: float) -> str:
    """Say what all priors of bias do as one, and what the share of the spread tells beside it."""
    half, twice = (next(scaled for scaled in row["scaled"] if scaled["power"] == power)
                   for power in (0.5, 2.0))
    told = [f"with {amount} the weight on it the range is {_range(scaled)}"
            for amount, scaled in (("half", half), ("twice", twice)) if scaled["by"]]
    parts = ["what all sources share", "each kind of source",
             "how relations, families and sources scatter", *[_PRIORS["lists"]] * lists]
    out = f"All that is assumed about bias, taken together ({say.listed(parts)}), "
    if row["psense"] is None:
        out += "is out of the weights' reach"
    else:
        moves = "moves the answer" if row["psense"] > SAY else "moves the answer little"
        out += f"{moves} (sensitivity {say.ratio(row['psense'])})"
    out += f": {say.listed(told)}." if told else "; --refits fits the case again."
    out += "".join(_unmixed(scaled) for scaled in (half, twice) if scaled["by"])
    if share > MOSTLY:
        out += (f" That {say.percent(share)} of the spread rests on assumptions is another "
                "question: it is what endless claims of the same sources would leave of the range. "
                "The sensitivity is how far the answer moves if an assumption is changed by a "
                "factor.")
    return out


def _recoded(row: Mapping[str, Any]) -> str:
    before, after = (say.relation(row[key]) for key in ("before", "after"))
    many = say.several(len(row["sources"]), "source")
    out = f"If every {before} ({many}) erred like an {after}, the range would be {_range(row)}."
    if row["cases_before"] is not None:
        then, now = (Count(row[f"cases_{key}"], row.get(f"equipment_{key}", 0))
                     for key in ("before", "after"))
        out += (f" What is assumed of a {before} rests on {then.words('resolved case')}; of an "
                f"{after}, on {now.words('resolved case')}.")
    return out + _unmixed(row)


def comparison(found: Mapping[str, Any], headline: Headline) -> Table:
    """One row a changed assumption: the headline then, and the prior's sensitivity.

    Parameters
    ----------
    found : dict
        As for `words`.
    headline : Headline
        As fitted.

    Returns
    -------
    Table
    """
    fitted = {"low": headline.low, "high": headline.high, "median": headline.median}
    rows = [_row("As fitted", fitted)]
    for row in found["power"]:
        for scaled in row["scaled"]:
            label = _WEIGHTS[scaled["power"]].format(_PRIORS[row["component"]])
            if scaled["by"]:
                below = "fitted again" if scaled["by"] == "refit" else ""
                rows.append(_row(label, scaled, _sensitivity(row), below))
            else:
                rows.append(Row((text_cell(label, "the weights do not tell: Pareto k "
                                           f"{scaled['pareto_k']:.2f}"),
                                 number_cell("–"), number_cell("–"), _sensitivity(row))))
    if cut := found.get("cut"):
        rows.append(_row("What history says, drawn from its priors and held", cut, below="the cut"))
    if other := found.get("recoded"):
        before, after = (say.relation(other[key]) for key in ("before", "after"))
        names = ", ".join(plain(name) for name in other["families"])
        rows.append(_row(f"Every {before} read as {after}", other, below=names))
    return table(f"{say.capital(say.noun(headline.quantity))} under other assumptions, one changed "
                 "at a time.", ("What is changed", "90% interval", "Median", "Sensitivity"), rows)


def _row(label: str, told: Mapping[str, Any], sensitivity: Cell | None = None, below: str = ""
         ) -> Row:
    return Row((text_cell(label, below), number_cell(say.span(told["low"], told["high"])),
                number_cell(say.count(told["median"])), sensitivity or number_cell("")))


def _sensitivity(row: Mapping[str, Any]) -> Cell:
    if row["psense"] is None:
        return number_cell("–", "the weights do not tell")
    return number_cell(say.ratio(row["psense"]),
                       "moves it" if row["psense"] > SAY else "moves it little")
