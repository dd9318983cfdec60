"""The priors stated by hand: one row for each number that is assumed, with its reason.

The model takes each value from here by name and holds no number of its own; `estimate priors`, the
report and docs/method.md print the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from estimate.data.words import RELATIONS, VICTIMS

from .prior import Prior, logit

LIBRARY = "stated by hand after a first reading of this project's resolved cases (data/resolved)"
CHOICE = "this project's choice"


def _normal(name: str, mean: float, sd: float, unit: str, why: str, reference: str, symbol: str,
            ratio: bool = True) -> Prior:
    return Prior(name, "normal", {"mean": mean, "sd": sd}, unit, why, reference, symbol, ratio)


def _lognormal(name: str, centre: float, sd: float, unit: str, why: str, reference: str,
               symbol: str) -> Prior:
    return Prior(name, "lognormal", {"mean": math.log(centre), "sd": sd}, unit, why, reference,
                 symbol)


def _logitnormal(name: str, mean: float, sd: float, unit: str, why: str, reference: str,
                 symbol: str) -> Prior:
    return Prior(name, "logitnormal", {"mean": mean, "sd": sd}, unit, why, reference, symbol)


# Bias by relation x victim (mean and sd of log claim/truth at long lag), and m0, the share of
# fresh losses already in a figure. Cells that history does not fill lean on their neighbours.
_OUTSIDE = (0.05, 0.45, "outsiders and media on soldiers are about right on average and far apart")
_CIVIL_OUT = (0.1, 0.5, "few cases: centred near right, wider than for soldiers")
_GAMMA: dict[tuple[str, str], tuple[float, float, str]] = {
    ("self", "military"): (-0.1, 0.4, "a side's figures for its own soldiers run low"),
    ("self", "civilian"): (0.2, 0.5,
                           "a side's figures for its own civilians have a long upper tail"),
    ("self", "disaster"): (0.3, 0.4, "after weeks, double counting and missing lists lean high"),
    ("self", "mixed"): (0.1, 0.5, "between soldiers and civilians"),
    ("adversary", "military"): (0.7, 0.5,
                                "an enemy's figures for soldiers run about twice the truth"),
    ("adversary", "civilian"): (-0.4, 0.6, "the accused attacker's figures for civilians run low"),
    ("adversary", "disaster"): (0.3, 0.6, "no case on record: wide"),
    ("adversary", "mixed"): (0.2, 0.6,
                             "enemy on soldiers and accused on civilians pull apart: wide"),
    ("ally", "military"): (-0.1, 0.5, "few cases: like the side itself, wider"),
    ("ally", "civilian"): (0.3, 0.6, "few cases: like the side itself, wider"),
    ("ally", "disaster"): (0.2, 0.5, "no case on record: like the side itself, wider"),
    ("ally", "mixed"): (0.1, 0.6, "no case on record: like the side itself, wider"),
}
_M0: dict[tuple[str, str], tuple[float, float, str]] = {
    ("self", "military"): (0.65, 0.25, "own soldiers: about two thirds are known at once"),
    ("self", "civilian"): (0.8, 0.3, "own civilians: most are known at once"),
    ("self", "disaster"): (0.3, 0.4, "own government in disasters: about a third within two days"),
    ("self", "mixed"): (0.7, 0.3, "between soldiers and civilians"),
    ("adversary", "military"): (1.0, 0.1, "an enemy's figures do not wait for a count"),
    ("adversary", "civilian"): (1.0, 0.2, "an accused side's figures do not wait for a count"),
    ("adversary", "disaster"): (0.6, 0.4, "no case on record: between the authority and 1"),
    ("adversary", "mixed"): (1.0, 0.2, "an enemy's figures do not wait for a count"),
}


def _cells() -> Iterator[Prior]:
    for victim in VICTIMS:
        for relation in RELATIONS:
            mean, sd, why = _GAMMA.get(
                (relation, victim), _OUTSIDE if victim == "military" else _CIVIL_OUT
            )
            reference = CHOICE if "no case" in why else LIBRARY
            yield _normal(
                f"gamma[{relation},{victim}]", mean, sd, "claim / truth", why, reference, "γ"
            )
    for victim in VICTIMS:
        for relation in RELATIONS:
            default = {
                "disaster": (0.4, 0.4, "tolls of a disaster grow for days, whoever tells them"),
                "military": (0.9, 0.25, "outsiders hear of most losses at once"),
            }
            centre, sd, why = _M0.get(
                (relation, victim),
                default.get(victim, (0.85, 0.3, "outsiders hear of most losses at once")),
            )
            yield _lognormal(
                f"m0[{relation},{victim}]",
                centre,
                sd,
                "share of fresh losses told",
                why,
                CHOICE if "no case" in why else LIBRARY,
                "m₀",
            )


PRIORS: tuple[Prior, ...] = (
    _normal("log_total", math.log(1000), 3.0, "people or items",
            "the total before any claim: wide enough to have no say against one claim", CHOICE,
            "log N"),
    _normal("log_remaining", math.log(1000), 3.0, "people",
            "troops sent and not lost, before any claim: as wide as the total", CHOICE, "log E"),
    _lognormal("shape_scale", 1.0, 0.5, "log sd of the daily rate",
               "the rate of loss may vary several-fold over a case, or hardly", CHOICE, "σ_f"),
    _lognormal("quiet", 1.5, 0.7, "log of how much slower",
               "sources report losses when there are losses: 60 days of which none speaks are more "
               "often quiet than not, with 0.22 of the pace that the path would give (90% from "
               "0.01 to 0.62), and a later total can say otherwise",
               "this project's choice, checked against the resolved cases", "q"),
    _logitnormal("killed_share", logit(0.2), 0.95, "share of casualties",
                 "one killed to four wounded is usual; reports on one case range from 9 % to 67 %",
                 "centre and width as stated in the design of this model", "a"),
    _lognormal("killed_share_path", 0.3, 0.4, "log-odds sd over time",
               "the killed share moves slowly over a case", CHOICE, "σ_π"),
    _normal("missing_ratio", -3.0, 1.5, "missing / wounded",
            "missing (finally) are few beside wounded, in some wars as many", CHOICE, "r_missing"),
    _normal("captured_ratio", -4.0, 1.5, "captured / wounded",
            "captured are few beside wounded unless an army surrenders", CHOICE, "r_captured"),
    _normal("present_before", 0.0, 1.5, "log odds",
            "share of the troops already there on the first day: unknown", CHOICE, "logit h₀",
            ratio=False),
    _logitnormal("returned_share", -1.0, 1.5, "share of those not lost",
                 "share brought home by the as-of day: unknown", CHOICE, "r"),
    _normal("kappa", 0.0, 0.36, "claim / truth",
            "the error that all sources of a case share; it keeps the interval honest, since more "
            "claims cannot average it away", LIBRARY, "κ"),
    *_cells(),
    _lognormal("tau_relation", 0.3, 0.3, "log sd",
               "sources of one relation in one case move together", LIBRARY, "τ_ρ"),
    _lognormal("tau_family", 0.3, 0.3, "log sd", "families within a relation differ", LIBRARY,
               "τ_f"),
    _lognormal("tau_source", 0.15, 0.3, "log sd",
               "members of one family feed each other: they differ half as much as families",
               CHOICE, "τ_δ"),
    _lognormal("tau_killed", 0.35, 0.3, "log sd",
               "families differ more in the killed share than in totals",
               "this project's choice, after the spread of killed shares in nk-kursk's kind of "
               "reports", "τ_ψ"),
    _lognormal("tau_drift", 0.15, 0.5, "log sd",
               "the bias of a source with many claims may move slowly",
               "half-normal 0.15 in the statistical advice, kept off zero", "τ_drift"),
    _normal("kappa_deployed", 0.0, 0.1, "claim / truth",
            "shared error about troops sent: smaller than about losses, troops can be seen moving",
            CHOICE, "κ_D"),
    _lognormal("tau_deployed", 0.2, 0.3, "log sd", "families differ about troops sent", CHOICE,
               "τ_D"),
    _normal("flow_level", 0.0, 3.0, "claim / truth",
            "the flows of a running total say how it grew, and its last figure alone how many: "
            "what they add up to has no say", CHOICE, "ℓ"),
    _lognormal("maturation_days", 5.0, 0.5, "days", "early counts catch up within weeks", LIBRARY,
               "τ"),
    _lognormal("sigma", 0.2, 0.4, "log sd", "scatter of a source's figures about its own bias",
               "statistical advice for exact-looking numbers", "σ₀"),
    _lognormal("sigma_list", 0.1, 0.4, "log sd", "tallies of one published list nearly agree",
               CHOICE, "σ_L"),
    _lognormal("nu", 4.0, 0.4, "degrees of freedom",
               "claims have heavy tails; in resolved cases as heavy as 1 to 2", LIBRARY, "ν"),
    _lognormal("hedge_floor", 0.2, 0.5, "log units",
               "who says 'at least' stays a little below what he believes",
               "statistical advice for bounds", "η_floor"),
    _lognormal("hedge_cap", 0.3, 0.5, "log units",
               "who says 'at most' stays above what he believes", "statistical advice for bounds",
               "η_cap"),
    _lognormal("range_stretch", 1.0, 0.7, "λ − 1",
               "stated ranges are too narrow: they held the truth 8 times in 30", LIBRARY, "λ − 1"),
    _logitnormal("stated_reading", logit(2 / 3), 0.8, "probability",
                 "an ambiguous figure means what it was coded as twice as often as not", CHOICE,
                 "ω"),
    _logitnormal("false_zero", -3.0, 1.0, "probability",
                 "chance that 'no losses' says nothing about the losses", CHOICE, "φ"),
    _normal("with_missing", 0.2, 0.4, "claim / truth",
            "in disasters, dead plus missing of one day come near the toll, and lean high", LIBRARY,
            "γ_m"),
    _logitnormal("coverage_honoured", -1.4, 1.2, "share of the killed",
                 "states honour some of their dead: an unknown, often small share",
                 "stated in the design of this model", "ρ"),
    _logitnormal("coverage_named", 0.2, 0.8, "share of the killed",
                 "by-name counts found about 0.54 of the settled toll", LIBRARY, "ρ_c"),
)
