"""A fit as tables. No sampler, no markup; every number that a report shows comes from here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from arviz_stats.base import array

from .biases import AFTER, BEFORE, biases, list_shares
from .design import HONOURED, NAMED
from .evidence import records
from .grid import Floats, Ints
from .observations import Reading

if TYPE_CHECKING:
    from .result import Fit

array_stats: Any = array.array_stats  # arviz ships no types

QUANTILES = {
    "q025": 0.025,
    "q05": 0.05,
    "q10": 0.1,
    "q25": 0.25,
    "q75": 0.75,
    "q90": 0.9,
    "q95": 0.95,
    "q975": 0.975,
}
PROBABILITIES = (0.5, 0.8, 0.9, 0.95)
HEADLINE_PROBABILITY = 0.9
PREDICTIVE_DRAWS = 2000
ADDS = "adds "  # how the reading of a flow begins


def estimates(fit: Fit) -> pd.DataFrame:
    """Cumulative losses by day and quantity.

    Returns
    -------
    DataFrame
        `date`, `side`, `quantity`, `mean`, `median`, `q025` … `q975`; people or items since the
        case's first
        day; one row for each grid day and quantity, growing along each.
    """
    frames = []
    for name, draws in fit.cumulative.items():
        columns: dict[str, Any] = {
            "date": pd.to_datetime(fit.design.grid.dates),
            "side": fit.case.sides[0].id,
            "quantity": name,
            "mean": draws.mean(axis=0),
            "median": np.median(draws, axis=0),
        }
        values = np.quantile(draws, list(QUANTILES.values()), axis=0)
        columns |= dict(zip(QUANTILES, values, strict=True))
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _spoken(fit: Fit) -> dict[str, int]:
    counts = dict.fromkeys(fit.design.quantities, 0)
    claims = fit.evidence.used
    for quantity, count in claims["quantity"].value_counts().items():
        if quantity in counts:
            counts[str(quantity)] = int(count)
    return counts


def totals(fit: Fit) -> pd.DataFrame:
    """Each quantity on the as-of day, with its Monte Carlo diagnostics.

    Returns
    -------
    DataFrame
        `quantity`, `median`, `mean`, `intervals` (list of {prob, low, high}, central),
        `mcse_median`, `rhat`,
        `ess_bulk`, `ess_tail`, `n_used` (claims stated in it), `prior_only` (no claim speaks of
        it).
    """
    checks, spoken = fit.account["diagnostics"]["by_quantity"], _spoken(fit)
    rows = []
    for name, draws in fit.cumulative.items():
        last = draws[:, -1]
        rows.append(
            {
                "quantity": name,
                "median": float(np.median(last)),
                "mean": float(last.mean()),
                "intervals": [
                    {
                        "prob": p,
                        "low": float(np.quantile(last, (1 - p) / 2)),
                        "high": float(np.quantile(last, (1 + p) / 2)),
                    }
                    for p in PROBABILITIES
                ],
                **{
                    key: checks[name][key]
                    for key in ("mcse_median", "rhat", "ess_bulk", "ess_tail")
                },
                "n_used": spoken[name],
                "prior_only": spoken[name] == 0 and name != "casualties",
            }
        )
    return pd.DataFrame(rows)


def sources(fit: Fit) -> pd.DataFrame:
    """Who says what: each source in view, its bias before and after the claims.

    Returns
    -------
    DataFrame
        `source`, `name`, `country`, `relation`, `method`, `family`, `builds_on`, `n_claims`,
        `n_used`, `about` (the
        quantity that its bias is shown for), `prior_median`, `prior_q05`, `prior_q95`, `median`,
        `q05`, `q95` (claim
        / truth), `learned` (1 - posterior sd / prior sd of the log bias), `anchor_median`,
        `anchor_q05`, `anchor_q95` (the headline quantity
        if this source's average level were exactly right; for a list, if it were complete on the
        day of its latest stage). Empty where it does not speak of losses.
    """
    claims, told = fit.evidence.claims, biases(fit, fit.case.headline)
    headline = fit.cumulative[fit.case.headline][:, -1]
    held = list_shares(fit)
    lists = {source for source, (what, _, _) in told.items() if what == "list" and source in held}
    rows = []
    for source in records(fit.evidence.sources):
        own = claims[claims["source"] == source["id"]]
        row: dict[str, Any] = {
            "source": source["id"],
            **{
                key: source[key]
                for key in ("name", "country", "relation", "method", "family", "builds_on")
            },
            "n_claims": len(own),
            "n_used": int((own["status"] == "used").sum()),
            "about": "",
        }
        if source["id"] in told:
            row["about"], before, after = told[source["id"]]
            anchor = headline * np.exp(held[source["id"]] if source["id"] in lists else after)
            for prefix, draws in (
                ("prior_", np.exp(before)),
                ("", np.exp(after)),
                ("anchor_", anchor),
            ):
                low, middle, high = np.quantile(draws, [BEFORE, 0.5, AFTER])
                row |= {f"{prefix}median": middle, f"{prefix}q05": low, f"{prefix}q95": high}
            row["learned"] = float(np.clip(1 - after.std() / before.std(), 0, 1))
        rows.append(row)
    names = [
        "source",
        "name",
        "country",
        "relation",
        "method",
        "family",
        "builds_on",
        "n_claims",
        "n_used",
        "about",
        "prior_median",
        "prior_q05",
        "prior_q95",
        "median",
        "q05",
        "q95",
        "learned",
        "anchor_median",
        "anchor_q05",
        "anchor_q95",
    ]
    return pd.DataFrame(rows).reindex(columns=names)


def predict(
    fit: Fit, readings: list[int], rng: np.random.Generator, pick: Ints
) -> Floats:
    """Draw the figures that the source of an observation would be expected to state.

    Parameters
    ----------
    fit : Fit
        The draws.
    readings : list of int
        Places of the observation's readings.
    rng : numpy.random.Generator
        For the noise.
    pick : Ints
        Which draws to take (n,).

    Returns
    -------
    Floats
        Shape (n,).
    """
    every = fit.design.observations.readings
    draws = pick
    weight = np.ones((len(draws), len(readings)))
    if "stated_reading" in fit.posterior:
        stated = fit.draws("stated_reading")[draws]
        weight = np.stack(
            [stated ** every[r].stated * (1 - stated) ** every[r].other for r in readings], axis=1
        )
    chosen = (
        rng.uniform(size=len(draws))[:, None]
        > np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    ).sum(axis=1)
    chosen = np.array(readings)[np.minimum(chosen, len(readings) - 1)]
    bound = np.array([every[r].bound for r in chosen])
    mean, scale = (fit.draws(name)[draws, chosen] for name in ("log_mean", "scale"))
    hedge = fit.draws("hedge_cap")[draws] * (bound == "at_most") - fit.draws("hedge_floor")[
        draws
    ] * (bound == "at_least")
    figure = (
        mean
        + hedge * rng.exponential(size=len(draws))
        + scale * rng.standard_t(fit.draws("nu")[draws])
    )
    false_zero = fit.draws("false_zero")[draws]
    with np.errstate(over="ignore"):
        below = 1 / (1 + np.exp(-(np.log(0.5) - mean) / (0.55 * scale)))
        zero = rng.uniform(size=len(draws)) < false_zero + (1 - false_zero) * below
        return np.where(zero, 0.0, np.exp(np.minimum(figure, 700)))


def _label(reading: Reading, readings: list[Reading]) -> str:
    parts = []
    if len({r.quantity for r in readings}) > 1:
        parts.append(reading.quantity)
    if len({r.bound for r in readings}) > 1:
        parts.append(reading.bound.replace("_", " "))
    if len({(r.start, r.before_stage) for r in readings}) > 1:
        first = min(r.start for r in readings)
        total = reading.before_stage < 0 if reading.kind == HONOURED else reading.start == first
        parts.append("in all" if total else "added")
    return " ".join(parts)


def _share(part: float) -> str:
    """Whole percent; never 0 or 100, which no number of draws can show."""
    return "<1%" if part < 0.005 else ">99%" if part >= 0.995 else f"{100 * part:.0f}%"


def _reading_text(fit: Fit, numbers: list[int], row: Mapping[str, Any]) -> str:
    """How a claim was read: what its two readings weigh, that it is a flow or a count of names."""
    seen = fit.design.observations
    readings = [seen.readings[n] for n in numbers]
    number = readings[0].observation
    told = [_weights(fit, numbers)] if len(numbers) > 1 else []
    since = date(1970, 1, 1) + timedelta(days=readings[0].start)
    if seen.flow_of[number] >= 0 and since != row["from"].date():
        told.append(f"{ADDS}{math.exp(seen.log_figure[number]):,.0f} since {since}")
    elif not readings[0].toll and number and seen.claim[number - 1] == seen.claim[number] and (
            math.exp(seen.log_figure[number]) > 1.01 * row["value"]):
        told.append("with what was counted before it began again: "
                    f"{math.exp(seen.log_figure[number]):,.0f}")
    if any(reading.kind == NAMED for reading in readings):
        low, high = np.quantile(fit.draws("coverage_named"), [BEFORE, AFTER])
        told.append(f"counted by name, so a part of the dead: {_share(low)} to {_share(high)}")
    return "; ".join(told)


def _weights(fit: Fit, numbers: list[int]) -> str:
    joint = fit.draws("log_joint")[:, numbers]
    weight = np.exp(joint - joint.max(axis=1, keepdims=True))
    share = (weight / weight.sum(axis=1, keepdims=True)).mean(axis=0)
    readings = [fit.design.observations.readings[n] for n in numbers]
    return ", ".join(
        f"{_label(reading, readings)} {_share(part)}"
        for reading, part in zip(readings, share, strict=True)
    )


def left_out(log_likelihood: Floats, headline: Floats) -> tuple[Floats, Floats]:
    """Give the headline's median without each claim, by Pareto-smoothed importance sampling.

    Parameters
    ----------
    log_likelihood : Floats
        Log-likelihood of each claim in each draw (draws, n).
    headline : Floats
        The headline in each draw (draws,).

    Returns
    -------
    median, pareto_k : Floats
        Each (n,).
    """
    # psislw takes log-likelihoods and itself turns them into the weights of leaving one out
    log_weights, pareto_k = array_stats.psislw(log_likelihood.T)
    order = np.argsort(headline)
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))[:, order]
    share = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    place = np.minimum((share < 0.5).sum(axis=1), len(order) - 1)
    return headline[order][place], np.asarray(pareto_k, dtype=float)


def claims(fit: Fit) -> pd.DataFrame:
    """Every claim in view, with what the fit makes of it.

    Returns
    -------
    DataFrame
        The case's columns with `name`, `family`, `relation`, `status`, `reason` and, for used
        claims,
        `predictive_median`, `predictive_q05`, `predictive_q95` (the figure this source would be
        expected to state),
        `surprise` (two-sided tail probability of the figure), `influence` (change of the
        headline's median in percent if this
        claim alone is left out), `pareto_k` (above 0.7 the influence is not to be trusted),
        `readings`.
    """
    table = fit.evidence.claims.merge(
        fit.evidence.sources[["id", "name", "family", "relation"]].rename(columns={"id": "source"}),
        on="source",
        how="left",
    )
    observations = fit.design.observations
    headline = fit.cumulative[fit.case.headline][:, -1]
    middle = np.median(headline)
    likelihood = fit.tree["log_likelihood"].to_dataset()["claim"]
    heard = likelihood.coords["observation"].values.tolist()
    place = {claim: i for i, claim in enumerate(dict.fromkeys(heard))}
    by_claim = np.zeros((len(place), len(headline)))  # a claim may be a flow and a total
    np.add.at(by_claim, [place[claim] for claim in heard],
              likelihood.values.reshape(-1, len(heard)).T)
    without, pareto_k = left_out(by_claim.T, headline)
    rng = np.random.default_rng(0)
    pick = np.linspace(0, len(headline) - 1, min(PREDICTIVE_DRAWS, len(headline))).astype(int)
    owner = observations.index("observation")
    found: dict[str, dict[str, Any]] = {}
    rows = {row["id"]: row for row in records(fit.evidence.used)}
    for number, claim in enumerate(observations.claim):
        readings = np.flatnonzero(owner == number).tolist()
        figures = predict(fit, readings, rng, pick)
        low, median, high = np.quantile(figures, [BEFORE, 0.5, AFTER])
        stated = (
            0.0 if observations.zero[number] else float(np.exp(observations.log_figure[number]))
        )
        tail = min((figures <= stated).mean(), (figures >= stated).mean())
        found[claim] = {
            "predictive_median": median,
            "predictive_q05": low,
            "predictive_q95": high,
            "surprise": min(1.0, 2 * float(tail)),
            "influence": 100 * float(without[place[claim]] / middle - 1),
            "pareto_k": float(pareto_k[place[claim]]),
            "readings": _reading_text(fit, readings, rows[claim]),
        }
    extra = pd.DataFrame.from_dict(found, orient="index")
    names = [
        "id",
        "source",
        "name",
        "family",
        "relation",
        "side",
        "quantity",
        "bound",
        "value",
        "low",
        "high",
        "from",
        "as_of",
        "published",
        "scope",
        "status",
        "reason",
        "predictive_median",
        "predictive_q05",
        "predictive_q95",
        "surprise",
        "influence",
        "pareto_k",
        "readings",
        "derived_from",
        "via",
        "url",
        "wording",
        "ambiguity",
        "confidence",
        "note",
    ]
    joined = table.join(extra, on="id").reindex(columns=names)
    return joined.assign(readings=joined["readings"].fillna("").astype(str))
