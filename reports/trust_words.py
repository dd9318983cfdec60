"""How far to trust a fit, in sentences and as a picture: the score on resolved cases like it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from estimate.model.trust import ENOUGH, Trust

from . import sentences as say

WHOLE = 1e-6  # what is this near a whole number of truths is one
BASIS = "Masked truth: each case was fitted with its conflict hidden from what was learned."

NOUNS = {"victim": "who suffered", "voices": "who speaks", "claims": "the number of claims",
         "lag": "how late the last claim came"}


def held_words(found: Mapping[str, float]) -> str:
    """Say how many truths were held: `in 29 (94%, …)`; a rate where some count by a part."""
    hits = found["hits"]
    if abs(hits - round(hits)) > WHOLE:
        return f"at a rate of {rate(found)}"
    return f"in {round(hits) or 'none'}: {rate(found)}"


def rate(found: Mapping[str, float]) -> str:
    """Give a rate with its exact interval: `94% (exact 95% interval 79 to 99%)`."""
    low, high = (say.percent(found[end]) for end in ("low", "high"))
    return f"{say.percent(found['rate'])} (exact 95% interval {low.rstrip('%')} to {high})"


def signed(x: float) -> str:
    """Give a difference: `+0.030`, `−0.051`."""
    return f"{x:+.3f}".replace("-", "−")


def _alike(trust: Trust) -> str:
    shared = trust.company.shared
    return f"like this one ({'; '.join(shared)})" if shared else "of every kind"


def company_words(trust: Trust) -> str:
    """Say how often the 90% interval held on cases like this one, and how wide it was."""
    company, held = trust.company, trust.company.coverage["90"]
    return (
        f"Of {say.several(len(company.cases), 'resolved case')} {_alike(trust)}, the 90% interval "
        f"held the settled truth {held_words(held)}. There its upper end was typically "
        f"{say.ratio(company.interval_factor)} times the lower, and the median was off by a "
        f"factor of {say.ratio(math.exp(company.median_abs_log_error))}."
        + (f" None had more than {trust.most_claims} claims; here {trust.n_claims} are used."
           if trust.n_claims > trust.most_claims else "")
    )


ROUTE_KNOWN = (
    "Each of them was fitted knowing by which route it came into the library; a new case takes the "
    "routes alike unless case.toml or --route says."
)


def doubts(trust: Trust) -> list[str]:
    """Say in what the case is unlike the library, and what else weakens the comparison."""
    company, out = trust.company, [ROUTE_KNOWN]
    if company.given_up:
        out.append(
            f"They may differ from it in {say.listed([NOUNS[name] for name in company.given_up])}: "
            f"fewer than {ENOUGH} resolved cases share more."
        )
    if company.left_out:
        out.append(
            f"Left out of the count, for being this case or of its conflict: "
            f"{say.several(len(company.left_out), 'resolved case')}."
        )
    if any(row.confidence == "low" for row in company.cases):
        out.append("Contested truths count by the part of their band inside the interval.")
    if of := sum(row.equipment for row in company.cases):
        out.append(f"{of} of these {len(company.cases)} cases {'counts' if of == 1 else 'count'} "
                   "equipment, not people.")
    if not trust.same_priors:
        out.append(
            "The priors of this fit are not those that were scored (the shipped learned ones): the "
            "score says little of it."
        )
    if not trust.same_library:
        out.append(
            "The scores were made from another library than the shipped learned priors: they tell "
            "of older ones; “estimate backtest --out FILE” makes them again."
        )
    return out


def trust_json(trust: Trust) -> dict[str, Any]:
    """Give what summary.json holds of it."""
    company = trust.company
    return {
        "n_cases": len(company.cases),
        "n_scored": trust.n_scored,
        "alike_in": list(company.shared),
        "not_alike_in": list(company.given_up),
        "left_out": list(company.left_out),
        "coverage": {level: dict(found) for level, found in company.coverage.items()},
        "interval_factor": company.interval_factor,
        "median_abs_log_error": company.median_abs_log_error,
        "same_priors": trust.same_priors,
        "same_library": trust.same_library,
        "scores_sha256": trust.sha256,
    }


def misses(coverage: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Give the levels that lie outside the exact interval of what was found."""
    return [
        level
        for level, found in coverage.items()
        if not found["low"] <= float(level) / 100 <= found["high"]
    ]


def levels_title(coverage: Mapping[str, Mapping[str, float]]) -> str:
    """Give the finding of the picture of coverage by level."""
    parts = []
    for word, sign in (("too seldom", -1), ("too often", 1)):
        named = [
            f"{level}%"
            for level in misses(coverage)
            if sign * (coverage[level]["rate"] - float(level) / 100) > 0
        ]
        if named:
            noun = "intervals" if len(named) > 1 else "interval"
            parts.append(f"the {say.listed(named)} {noun} held the truth {word}")
    if not parts:
        return "No interval clearly held the truth too often or too seldom"
    return say.capital(" and ".join(parts))
