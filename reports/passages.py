"""Sentences about one fit, each made from the numbers that it states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from estimate.data.words import EQUIPMENT, PARTS
from estimate.model.identify import MOSTLY_ASSUMPTION
from estimate.model.learned import REFERENCE

from . import sentences as say
from .claim_tables import SURPRISING
from .move_words import CHECKED, odds
from .records import Finding
from .tables import LEARNED_LITTLE, prior_speaks, rows_of

MOST_NAMED = 15  # origins in one sentence; the table of sources has them all
MOSTLY = 0.6  # share of the spread from which most of it is assumption
FEWEST_ORIGINS = 3  # with fewer independent origins the level is one or two voices' word
SPOKEN = ("casualties", *PARTS, "named_dead", *EQUIPMENT)  # what a claim on losses can state

NOT_CLAIMED = (
    "It is not a count of names. Nobody here has seen a list of all the dead.",
    "It is not safe against a source that knows the method: whoever knows how claims are weighed "
    "can "
    "aim at the weights.",
    "A bias is the ratio of a figure to the truth, however it came about. Early counts, hidden "
    "bodies, double counting and different definitions all make it. It does not mean lying.",
    "The bias priors were learned from resolved cases, whose truth was settled later.",
    "Cases become famous because their figures were wrong. What is assumed about bias may be too "
    "pessimistic for an ordinary one.",
    "The interval holds only if these sources err like those in past cases. Reports show how "
    "losses "
    "spread over time and how sources differ; they never show the level.",
    "More claims from a source that has spoken already hardly narrow the range. Repetition is no "
    "new "
    "evidence.",
)

STATED_PRIORS = (
    "The bias priors of this fit were stated by hand after a first reading of the resolved cases; "
    "they are not fitted to them."
)


def not_claimed(priors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give what a report does not claim, by the priors that it was made with."""
    return [line if _learned(priors) or not line.startswith("The bias priors") else STATED_PRIORS
            for line in NOT_CLAIMED]


def _learned(priors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a fit's bias priors were learned from resolved cases."""
    return any(str(row["reference"]) == REFERENCE for row in priors)


def definition(quantity: str, meanings: Mapping[str, str], include: Sequence[str]) -> str:
    """Give what a quantity counts, in the words of the case."""
    if quantity == "casualties" and include:
        return say.listed([word.replace("_", " ") for word in include], "or")
    return meanings.get(quantity, "")


def withheld(origins: Sequence[str], figures: pd.Series, when: date) -> str:
    """Bounds in the place of a headline that too few independent voices support."""
    who = say.several(len(origins), "independent origin")
    reason = f"No range is given: {who} " + ("speaks" if len(origins) == 1 else "speak")
    reason += f", and at least {FEWEST_ORIGINS} are needed."
    if figures.empty:
        return f"{reason} No comparable figure was stated by {say.day(when)}."
    low, high = say.stated(float(figures.min())), say.stated(float(figures.max()))
    if low == high:
        return f"{reason} The only figure stated by {say.day(when)} is {low}."
    return f"{reason} The figures stated by {say.day(when)} run from {low} to {high}."


def quote_words(headline: Any, people: str, when: date, account: Mapping[str, Any]) -> str:
    """Give one sentence that can stand alone, with what it rests on."""
    holds = ("these sources err as sources did in past cases"
             if _learned(account.get("priors", ())) else "what is assumed about bias holds")
    version = account["versions"]["estimate"]
    return (
        f"“Going by public reports, between {say.count(headline.low)} and "
        f"{say.count(headline.high)} {what(headline.quantity, people)} by {say.day(when)} (90% "
        f"interval of estimate {version}, if {holds}; not a count).”"
    )


def source_line(case: str, claims: int, when: date, version: str) -> str:
    """Say where every chart of a report is from."""
    return (
        f"Source: estimate of reports, from {say.several(claims, 'claim')} of the case {case} "
        f"published by {say.day(when)} (estimate {version})."
    )


def vintage_words(vintage: Any, quantity: str, low: float, high: float) -> str:
    """Give what could be said on one day of knowledge."""
    when = say.day(vintage.as_of)
    if vintage.n_origins < FEWEST_ORIGINS:
        who = say.several(vintage.n_origins, "independent origin")
        return f"As known on {when}: {who}, too few for a range"
    failed = "" if vintage.ok else " (this fit failed a check)"
    return f"As known on {when}: {say.span(low, high)} {say.noun(quantity)} by then{failed}"


def bias_title(sources: pd.DataFrame) -> str:
    """Give finding of the bias chart."""
    total = len(sources)
    if not total:
        return "No source speaks"
    silent = int(sources["learned"].map(prior_speaks).sum())
    if silent == total:
        return "For every source the prior, not the case, says how far off its figures are"
    if not silent:
        return f"All {total} sources taught something about their own bias"
    return (
        f"For {silent} of {total} sources the prior says more about their bias than the case does"
    )


def bias_text(sources: pd.DataFrame) -> str:
    """Bias of each source in a sentence."""
    read = [
        f"{row['name']} {say.ratio_span(row['q05'], row['q95'])}" for row in rows_of(sources)[:12]
    ]
    return (
        "Intervals of figure divided by truth, prior behind posterior, one row a source. 90% "
        f"intervals: {'; '.join(read)}."
    )


def bias_words(sources: pd.DataFrame) -> str:
    """Give what the table of biases says in words, without ranking anybody."""
    lists = sources["about"].isin(["list", "names"])
    clear = sources[~sources["learned"].map(prior_speaks) & ~lists]
    others = " other than lists" if lists.any() else ""
    if clear.empty and (sources.loc[~lists, "learned"] > 0).any():
        words = (
            f"Little was learned: under {say.percent(LEARNED_LITTLE)} about every source{others}; "
            "what is shown was mostly assumed."
        )
    elif clear.empty:
        about = f" about any source{others}" if others else ""
        words = f"No bias has been learned from this case{about}: what is shown was assumed."
    else:
        high, low = clear["q05"] > 1, clear["q95"] < 1
        above, below, unclear = (clear[each] for each in (high, low, ~(high | low)))
        words = (
            f"Of the {say.several(len(clear), 'source')}{others} about which the case taught at "
            f"least {say.percent(LEARNED_LITTLE)}, the 90% interval lies wholly above this "
            f"estimate for {_voices(above)}, wholly below it for {_voices(below)}, and takes it in "
            f"for {_voices(unclear)}."
        )
    if lists.any():
        words += " A list of named dead is only a part of the dead, however well it is kept."
    return words


def _voices(sources: pd.DataFrame) -> str:
    """Count sources, and the families that they are of where those are fewer."""
    families = sources["family"].nunique()
    of = f" (of {say.several(families, 'family', 'families')})" if families < len(sources) else ""
    return f"{len(sources) or 'none'}{of}"


def anchor_title(spoken: pd.DataFrame) -> str:
    """Give finding of the anchor-swap."""
    if spoken.empty:
        return "No source speaks of losses"
    if len(spoken) == 1:
        row = spoken.iloc[0]
        told = say.span(row["anchor_q05"], row["anchor_q95"])
        return f"If {row['name']} were right, the answer would be {told}"
    low, high = float(spoken["anchor_median"].min()), float(spoken["anchor_median"].max())
    return f"Which source you believe moves the answer from {say.count(low)} to {say.count(high)}"


def share_words(identification: Mapping[str, Any], title: str) -> str:
    """How much of what is open rests on assumption, in words and number.

    Parameters
    ----------
    identification : dict
        As the model gives it.
    title : str
        What is uncertain: `this range`, or where none is given `the estimate`.
    """
    share = float(identification["assumption_share"])
    if math.isnan(share):
        return f"How much of {title} is assumption cannot be told: no source speaks of losses."
    amount = (
        "Nearly all"
        if share > MOSTLY_ASSUMPTION
        else "Most"
        if share > MOSTLY
        else "About half"
        if share > 0.4
        else "A smaller part"
        if share > 0.1
        else "Little"
    )
    rest = "." if share > MOSTLY else "; the rest could shrink with more claims."
    return (
        f"{amount} of the uncertainty in {title} rests on what is assumed about bias, that is, on "
        "how far sources over- or undercount. However many more figures of the same kind these "
        f"sources gave, {say.percent(share)} of it would remain (measured on a log scale){rest}"
    )


def origin_words(
    identification: Mapping[str, Any],
    names: Mapping[str, str],
    claims: pd.DataFrame,
    roots: Mapping[str, Sequence[str]],
) -> str:
    """Which independent origins speak, of what, and why the family most often heard is none.

    Parameters
    ----------
    identification : dict
        As the model gives it.
    names : dict of str to str
        Name of each source.
    claims : DataFrame
        Claims in view.
    roots : dict of str to sequence of str
        The other families whose figures each family uses.
    """
    known = list(identification["origins"])
    if not known:
        return "No independent origin speaks."
    losses = claims[(claims["status"] == "used") & claims["quantity"].isin(SPOKEN)]
    each = []
    for origin in known[:MOST_NAMED]:
        told = set(losses.loc[losses["family"] == origin, "quantity"])
        of = say.listed([say.noun(quantity) for quantity in SPOKEN if quantity in told])
        each.append(names.get(origin, origin) + (f" ({of})" if of else ""))
    if len(known) > MOST_NAMED:
        each.append(f"and {len(known) - MOST_NAMED} more")
    verb = "speaks" if len(known) == 1 else "speak"
    words = f"{say.several(len(known), 'independent origin')} {verb}: {'; '.join(each)}."
    heard = losses["family"].value_counts()
    loudest = list(heard.index[heard == heard.max()])
    if len(loudest) != 1 or loudest[0] in known or not roots.get(loudest[0]):
        return words
    often = loudest[0]
    below = say.listed([names.get(root, root) for root in roots[often]])
    return (
        f"{words} {names.get(often, often)}, which speaks most often, is not counted: it builds on "
        f"{below}."
    )


def recent_words(quantity: str, curve: pd.DataFrame, when: date) -> str:
    """Say how much of a running total falls into the last year; '' in its first year."""
    day = date(when.year - 1, when.month, min(when.day, 28) if when.month == 2 else when.day)
    before = curve[curve["date"] <= pd.Timestamp(day)]
    if before.empty or not curve["median"].iloc[-1] > 0:
        return ""
    share = 1 - float(before["median"].iloc[-1]) / float(curve["median"].iloc[-1])
    return (
        f"{say.probability(share)} of the estimated {say.noun(quantity)} came after "
        f"{say.day(before['date'].iloc[-1])}, by the medians."
    )


def test_words(
    test: Mapping[str, Any], quantity: str, value: float, when: date, people: str
) -> str:
    """Probability of a figure that is put to the test."""
    at_most, at_least = (
        odds(test[f"probability_{end}"], test[f"limit_{end}"], test["effective_draws"])
        for end in ("at_most", "at_least")
    )
    return (
        f"If what is assumed about bias holds, the chance that {say.stated(value)} or fewer "
        f"{what(quantity, people)} by {say.day(when)} is {at_most}; that it was "
        f"{say.stated(value)} or more, {at_least}."
        + (" Smaller odds are not told: the settled cases are too few to check them."
           if f"less than 1 in {1 / CHECKED:.0f}" in (at_most, at_least) else "")
    )


def untested(quantity: str, when: date) -> str:
    """Say that a figure cannot be put to the test."""
    return (
        f"Not tested: this fit makes no estimate of {say.noun(quantity)}, for no comparable claim "
        f"published by {say.day(when)} calls for one."
    )


def unspoken(quantity: str) -> str:
    """Say that no claim stands behind the estimate of a quantity."""
    return f"No claim speaks of {say.noun(quantity)}: this rests on what is assumed."


def what(quantity: str, people: str) -> str:
    """Subject and verb of a quantity."""
    return say.what_happened(quantity, people)


def claim_words(claims: pd.DataFrame) -> str:
    """How many claims there are, how they are used, how many surprise."""
    number = claims["status"].value_counts()
    used = int(number.get("used", 0))
    others = [f"{n} {status}" for status, n in number.sort_index().items() if status != "used"]
    shown = f" Shown but no evidence: {say.listed(others)}." if others else ""
    odd = int((claims["surprise"] < SURPRISING).sum())
    return (
        f"{say.several(len(claims), 'claim')} in view, {used} used.{shown} "
        f"{say.capital(say.several(odd, 'claim'))} "
        f"fell among the {say.percent(SURPRISING)} least expected of their source, by a fit that "
        "has seen them."
    )


def check_words(findings: Sequence[Finding]) -> str:
    """How many checks are ok, and which are not: `4 of 5 ok; doubt: influence.`."""
    good = sum(finding.verdict == "ok" for finding in findings)
    parts = [f"{good} of {len(findings)} ok"]
    for verdict in ("fail", "doubt"):
        if names := [finding.name for finding in findings if finding.verdict == verdict]:
            parts.append(f"{verdict}: {say.listed(names)}")
    return "; ".join(parts) + "."
