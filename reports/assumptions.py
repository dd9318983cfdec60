"""How much the assumptions matter: the headline under other ones, as sentences and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from estimate.model.power import MAX_REFIT_RHAT, SAY

from . import sentences as say
from .inert import plain
from .records import Headline
from .tables import Cell, Row, Table, number_cell, table, text_cell

_PRIORS = {
    "kappa": "the error that all sources share",
    "gamma": "the bias of each kind of source",
    "log_total": "the total before any claim",
}
_WEIGHTS = {0.5: "Half the weight on {}", 2.0: "Twice the weight on {}"}
MEANING = (
    "Sensitivity (psense) is how far the distribution of the headline moves each time the weight "
    f"of a prior doubles. Above {SAY} the prior has a say; that is to be expected of the level, "
    "which claims do not show. More weight makes a prior narrower and leaves its middle where it "
    "is: what is assumed about bias on average is not tested by this."
)


def words(found: Mapping[str, Any], median: float) -> tuple[str, ...]:
    """Say what other assumptions would do to the headline.

    Parameters
    ----------
    found : dict
        `account["sensitivity"]` of a fit: `power` and, where it was refitted, `cut` and `recoded`.
    median : float
        Of the headline.

    Returns
    -------
    tuple of str
        One paragraph for each finding, and what the sensitivity means.
    """
    out = [_weights(found["power"], median), MEANING]
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
    if row["rhat"] < MAX_REFIT_RHAT:
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
        out.append("Half or twice the weight on one prior puts the median at "
                   f"{say.span(min(told), max(told))}, against {say.count(median)} as fitted.")
    if far := len(changes) - len(told):
        out.append(f"Of {len(changes)} such changes, {far} {'is' if far == 1 else 'are'} too large "
                   "for the weights to tell; --refits fits the case again.")
    if speak:
        verb = "has a say" if len(speak) == 1 else "have a say"
        out.append(f"By its sensitivity, what is assumed of {say.listed(speak)} {verb}.")
    elif silent:
        out.append("None of these priors has a say by its sensitivity, which is "
                   f"{say.ratio(max(silent))} at most.")
    return " ".join(out)


def _recoded(row: Mapping[str, Any]) -> str:
    before, after = (say.relation(row[key]) for key in ("before", "after"))
    many = say.several(len(row["sources"]), "source")
    out = f"If every {before} ({many}) erred like an {after}, the range would be {_range(row)}."
    if row["cases_before"] is not None:
        out += (f" What is assumed of a {before} rests on "
                f"{say.several(row['cases_before'], 'resolved case')}, of an {after} on "
                f"{row['cases_after']}.")
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
    return number_cell(say.ratio(row["psense"]), "has a say" if row["psense"] > SAY else "no say")
