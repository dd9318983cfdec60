"""What a reader must know before the number: each check with a verdict and a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .diagnostics import MAX_RHAT, MIN_ESS, MIN_HEADLINE_ESS
from .evidence import LOSSES
from .identify import MOSTLY_ASSUMPTION

if TYPE_CHECKING:
    from .result import Fit

MAX_PARETO_K = 0.7  # Vehtari et al. 2024: above it importance weights are not to be trusted
SURPRISING = 0.01  # two-sided tail probability of a claim that the model hardly expects
MIN_ORIGINS = 3  # below this the headline is withheld
MOST_UNSPOKEN = 0.2  # share of the headline that may fall after the last day of a used claim


@dataclass(frozen=True)
class Finding:
    """One check: `fail` makes the command exit 1, `doubt` stands at the top of the report."""

    name: str
    verdict: Literal["ok", "doubt", "fail"]
    sentence: str
    table: pd.DataFrame | None = None


def findings(fit: Fit) -> list[Finding]:
    """Check the sampler, the claims and what the level rests on.

    Parameters
    ----------
    fit : Fit
        The draws.

    Returns
    -------
    list of Finding
        In the order: sampler, headline's precision, level, origins, days after the last claim,
        claims.
    """
    d = fit.account["diagnostics"]
    out = [
        Finding(
            "sampler",
            "ok" if d["ok"] else "fail",
            f"R-hat is at most {d['max_rhat']:.3f} (wanted below {MAX_RHAT}), "
            f"the smallest effective sample size {min(d['min_ess_bulk'], d['min_ess_tail']):.0f} "
            f"(wanted above {MIN_ESS}), {d['divergences']} transitions diverged (wanted none).",
        )
    ]
    enough = d["headline_ess"] >= MIN_HEADLINE_ESS
    out.append(
        Finding(
            "headline precision",
            "ok" if enough else "doubt",
            f"The headline rests on {d['headline_ess']:.0f} effective draws "
            f"({MIN_HEADLINE_ESS} are wanted{'' if enough else '; ask for more with --draws'}).",
        )
    )
    if d["max_depth_hits"]:
        out.append(
            Finding(
                "tree depth",
                "doubt",
                f"{d['max_depth_hits']} draws reached the depth "
                "limit of the sampler: the model's geometry is poor for this case.",
            )
        )
    known = fit.identification()
    share = known["assumption_share"]
    out.append(
        Finding(
            "level",
            "doubt" if share > MOSTLY_ASSUMPTION else "ok",
            f"{100 * share:.0f}% of the uncertainty (log scale) rests on what is assumed about "
            "bias: it would remain however many more figures of the same kind these sources gave.",
        )
    )
    n = known["n_origins"]
    out.append(
        Finding(
            "origins",
            "ok" if n >= MIN_ORIGINS else "doubt",
            f"{n} independent {'origin speaks' if n == 1 else 'origins speak'} of losses "
            f"({', '.join(known['origins']) or 'none'}); a headline wants at least {MIN_ORIGINS}.",
        )
    )
    out += unspoken(fit)
    claims = fit.claims()
    odd = claims[claims["surprise"] < SURPRISING]
    out.append(
        Finding(
            "surprising claims",
            "ok",
            f"{len(odd)} of {claims['surprise'].notna().sum()} claims are hardly expected "
            f"by the fit (tail probability below {SURPRISING})"
            + (f": {', '.join(odd['id'])}." if len(odd) else "."),
            odd[["id", "surprise"]],
        )
    )
    heavy = claims[claims["pareto_k"] > MAX_PARETO_K]
    if len(heavy):
        moved = {each.new[0].claim: f"{each.new[0].claim} {math.expm1(each.revision):+.0%}"
                 for each in fit.vintages()
                 if each.ok and len(each.new) == 1 and math.isfinite(each.revision)}
        seen = [moved[name] for name in heavy["id"] if name in moved]
        told = len(seen) == len(heavy)
        out.append(
            Finding(
                "influence",
                "ok" if told else "doubt",
                f"How much {'each of ' * (len(heavy) > 1)}{', '.join(heavy['id'])} moves the "
                "answer cannot be told from this fit alone; "
                + (f"the median moved on the day it came: {', '.join(seen)}." if told
                   else "take it out of the table and fit again to see."),
                heavy[["id", "pareto_k"]],
            )
        )
    return out


def unspoken(fit: Fit) -> list[Finding]:
    """Doubt a headline much of which falls after the last day that a used claim covers."""
    headline, used = fit.case.headline, fit.evidence.used
    told = used.loc[used["quantity"].isin([*LOSSES, "named_dead", headline]), "as_of"].max()
    table = fit.estimates()
    curve = table[table["quantity"] == headline]
    days, median = curve["date"].to_numpy("datetime64[D]"), curve["median"].to_numpy(float)
    last = np.datetime64(told, "D")
    if not len(days) or last >= days[-1] or not median[-1] > 0:
        return []
    at = float(np.interp(last.astype(float), days.astype(float), median, left=0.0))
    share = 1 - at / median[-1]
    if share <= MOST_UNSPOKEN:
        return []
    return [
        Finding(
            "days after the last claim",
            "doubt",
            f"{100 * share:.0f}% of the estimate falls after {told:%Y-%m-%d}, the last day of "
            "which any used claim on losses speaks: set `end` in case.toml, or --as-of.",
        )
    ]
