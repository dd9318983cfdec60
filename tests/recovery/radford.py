"""The peer's own reports: our estimates beside the peer's, and the same with rows doubled or lost.

`make radford` runs this where the archive of Radford et al. (2023) lies beside the project, and
writes docs/radford.md and docs/radford.json. All rows of one side's sources are put in five times
over, and four fifths of one ministry's running totals are left out at random; neither may move or
narrow what is said of people. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import read_case
from estimate.data.importing import import_table, read_map, write_imported
from estimate.data.words import QUANTITIES
from estimate.model.findings import MIN_ORIGINS
from estimate.model.fit import LINKED, fit
from estimate.model.observations import WINDOWS
from estimate.model.sampler import Settings

ARCHIVE = Path(__file__).parents[3] / "shared" / "peers" / "radford-2023" / "claims.csv"
START, TELLER = "2022-02-24", "ua_source"
TIMES, LEFT, SEED = 5, 0.2, 1
DRAWS = 1500  # of each of four chains: with the 600 of `estimate fit` their error is half the bar
MOVED, WIDENED = 0.05, 0.10  # bars: relative change of a median, and of the width of a 90 % range
PLAIN, MORE, FEWER, FEWEST = "as it is", "five times", "a fifth", "a fifth of all totals"
ALONE = "Russian people alone"
SEEDS = range(1, 7)  # draws of the rows that are left, for Russian people alone
RUNS = {
    MORE: "every row of the Ukrainian sources put in five times over",
    FEWER: "four in five rows of their running totals of Russian losses left out",
    FEWEST: "four in five rows of all their running totals left out, the few figures of Ukrainian "
            "losses among them (no bar: those are single voices, and lost)",
}
KILLED = {"russia": 76_687, "ukraine": 17_200}  # their means
REFIT = (36_916, 133_446)  # their 95 % interval of the Russian soldiers killed
PUBLISHED = {  # by side and quantity: the paper, and the refit in its first response to reviewers
    ("russia", "killed"): f"{KILLED['russia']:,}; refit 74,309 ({REFIT[0]:,} to {REFIT[1]:,})",
    ("russia", "wounded"): "refit 148,532",
    ("russia", "casualties"): "refit 209,510",
    ("ukraine", "killed"): f"{KILLED['ukraine']:,}",
}


def changed(claims: pd.DataFrame, how: str, seed: int = SEED) -> pd.DataFrame:
    """Give the claims as they are, with one side's five times, or with a fifth of its totals."""
    own = claims["source"] == TELLER
    if how == MORE:
        copies = (claims[own].assign(id=lambda rows, i=i: rows["id"] + f"x{i}")
                  for i in range(1, TIMES))
        return pd.concat([claims, *copies])
    if how in (FEWER, FEWEST):
        totals = own & (claims["from"] == START) & (
            (claims["side"] == "russia") | (how == FEWEST))
        return claims[~totals | (np.random.default_rng(seed).random(len(claims)) < LEFT)]
    return claims


def told(how: str, settings: dict[str, int], seed: int = SEED, alone: bool = False
         ) -> dict[str, Any]:
    """Fit the archive or its Russian people, changed or not; give range and median of each."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        write_imported(import_table(ARCHIVE, read_map("radford2023")), case, "left-out.csv")
        every = pd.read_csv(case / "claims.csv", dtype=str, keep_default_na=False)
        claims = changed(every, how, seed)
        if alone:
            claims = claims[(claims["side"] == "russia") & claims["quantity"].isin(QUANTITIES)]
        claims.to_csv(case / "claims.csv", index=False)
        found = fit(read_case(case), settings=Settings(seed=SEED, **settings))
    totals = []
    for one in found.series:
        stated = one.evidence.used["quantity"].value_counts()
        origins = int(one.identification()["n_origins"])
        for quantity, draws in one.cumulative.items():
            if stated.get(quantity, 0):
                last = draws[:, -1]
                totals.append([one.case.sides[0].id, quantity, int(stated[quantity]),
                               *np.quantile(last, [0.05, 0.5, 0.95]), last.mean(),
                               *np.quantile(last, [0.025, 0.975]), origins])
    heard = [one for one in found.account["series"] if "unheard" not in one]
    return {"how": how, "rows": len(claims), "draws": settings["draws"], "totals": totals,
            "max_rhat": max(one["max_rhat"] for one in heard),
            "min_ess": min(min(one["min_ess_bulk"], one["min_ess_tail"]) for one in heard),
            "mean_depth": found.account["diagnostics"]["mean_depth"],
            "divergences": found.account["diagnostics"]["divergences"],
            "cpu_seconds": time.process_time() - began}


def people(run: dict[str, Any]) -> Iterator[tuple[str, str, float, float, float]]:
    """Give what a run says of people: side, quantity, ends and median."""
    for side, quantity, _, low, median, high, *_ in run["totals"]:
        if quantity in QUANTITIES:
            yield side, quantity, low, median, high


def moves(plain: dict[str, Any], run: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Give the relative change of each median and width of people."""
    return [(f"{side}, {quantity}", middle / median - 1, (upper - lower) / (high - low) - 1)
            for (side, quantity, low, median, high), (_, _, lower, middle, upper)
            in zip(people(plain), people(run), strict=True)]


def alone(draws: int) -> list[list[tuple[str, float, float]]]:
    """Move Russian people alone, by each draw of the rows that are left."""
    settings = {"draws": draws, "tune": LINKED["tune"]}
    plain = told(PLAIN, settings, alone=True)
    return [moves(plain, told(FEWER, settings, seed, alone=True)) for seed in SEEDS]


def page(runs: dict[str, Any]) -> str:
    """Write the page."""
    plain = runs[PLAIN]
    others = [move for each in runs[ALONE] for move in each]
    most, widest = (max(abs(move[at]) for move in others) for at in (1, 2))
    table = "\n".join(
        f"| {side.replace('_', ' ')} | {quantity.replace('_', ' ')} | {figures:,} | {origins} | "
        + (f"{median:,.0f} | {low:,.0f} to {high:,.0f} | {mean:,.0f} ({lower:,.0f} to {upper:,.0f})"
           if origins >= MIN_ORIGINS else "– | no range | –")
        + f" | {PUBLISHED.get((side, quantity), '')} |"
        for side, quantity, figures, low, median, high, mean, lower, upper, origins
        in plain["totals"])
    lines, sentences = [], []
    for how, what in RUNS.items():
        seen = moves(plain, runs[how])
        lines += [f"| {how} | {name} | {move:+.1%} | {width:+.1%} |" for name, move, width in seen]
        sentences.append(
            f"- *{how}*: {what} ({runs[how]['rows']:,} rows). Medians of people move by at most "
            f"{max(abs(move) for _, move, _ in seen):.1%}, widths of 90% ranges by at most "
            f"{max(abs(width) for *_, width in seen):.1%}.")
    mean = {tuple(row[:2]): row[6] for row in plain["totals"]}
    ends = {tuple(row[:2]): row[7:9] for row in plain["totals"]}
    red, blue = (mean[side, "killed"] / theirs for side, theirs in KILLED.items())
    low, high = ends["russia", "killed"]
    wider = np.log(high / low) / np.log(REFIT[1] / REFIT[0])
    said, changes = "\n".join(sentences), "\n".join(lines)
    checks = "\n".join(
        f"| {how} | {run['draws']:,} | {run['max_rhat']:.4f} | {run['min_ess']:,.0f} | "
        f"{run['divergences']} | {run['mean_depth']:.1f} | {run['cpu_seconds']:.0f} |"
        for how, run in runs.items() if how != ALONE)
    return f"""# The reports of Radford et al. 2023

`python tests/recovery/radford.py` (`make radford`) wrote this page from the archive of "Estimating
conflict losses and reporting biases" (doi 10.1073/pnas.2307372120): {plain['rows']:,} reports of
losses in Ukraine from 24 February 2022 to 23 February 2023. Its authors' model in Stan took
"several hours, less than a day" on 6 cores.

## Losses by day 365

Ours: medians and 90% ranges; then means with 95% ranges, which is what the authors print. Theirs:
the paper, and "refit" where their first response to reviewers repeats the fit. Their other
figures could not be had as text and are left empty. Where fewer than {MIN_ORIGINS} independent
origins speak, no range is given.

| side | quantity | figures used | origins | median | 90% range | mean (95%) | published |
|---|---|---|---|---|---|---|---|
{table}

Where they differ, and why:

- **Russian soldiers killed**: our mean is {red:.2f} times theirs. Both models see the same gap
  between the two ministries. Theirs gives each source's bias on each country a prior with mean
  zero, so that before the claims nobody leans to either side; ours has priors learned from wars
  that are resolved,
  where figures for an enemy's dead were on average 2.6 times the truth and a side's own 0.64 times
  it. That lowers the total against the 145,850 of the Ukrainian ministry.
- **Width.** On the log scale our 95% range is {wider:.1f} times as wide as theirs. An error that
  all sources share is a part of this model (kappa) and not of theirs; no number of rows makes it
  smaller.
- **Weights.** There each of the 3,858 rows of one ministry is an observation with an error of its
  own; here a running total says once how many, by its last figure, and in at most {WINDOWS} flows
  how it grew; repeats say nothing.
- **Killed, wounded, casualties** are one path here and add up in every draw. In the refit 74,309
  killed and 148,532 wounded stand beside 209,510 casualties.
- **Ukrainian soldiers killed**: our mean is {blue:.2f} times theirs. Here their own side's figures
  are taken to be too low, as they were in resolved wars, and there to be right on average.
- "At least" and "at most" shift the mean there; here they are one-sided hedges of learned size.

None of this says who is right: there is no settled count. An estimate that neither model saw, from
the Russian register of inheritances, puts Russian soldiers killed at 40,000 to 55,000 by May 2023,
three months after this table ends (Mediazona and Meduza, July 2023).

## Rows doubled, rows lost

{said}

Bars for the first two: {MOVED:.0%} and {WIDENED:.0%}. Each run has its own Monte Carlo error, about
1% of a median. Which rows are left is one draw, and could be luck: with Russian people alone,
{len(SEEDS)} draws of the rows and twice the draws, medians move by at most {most:.1%},
widths by at most {widest:.1%}.

| rows | side and quantity | median | width |
|---|---|---|---|
{changes}

## Checks of each run

`estimate fit` takes {LINKED['draws']} draws of each chain for such a case, and the CPU time that
goes with them.

| rows | draws of a chain | R-hat | smallest ESS | divergences | mean depth | CPU s |
|---|---|---|---|---|---|---|
{checks}
"""


def main() -> None:
    """Fit the tables and write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--draws", type=int, default=DRAWS)
    words.add_argument("--out", type=Path, default=Path("docs"))
    asked = words.parse_args()
    if not ARCHIVE.exists():
        sys.exit(f"{ARCHIVE.name} of Radford et al. 2023 is not beside the project: nothing to do")
    kept = asked.out / "radford.json"
    runs = json.loads(kept.read_text()) if kept.exists() else {}
    for how in (PLAIN, *RUNS):
        if how not in runs:
            runs[how] = told(how, LINKED | {"draws": asked.draws})
            print(how, file=sys.stderr, flush=True)
            kept.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    if ALONE not in runs:
        runs[ALONE] = alone(2 * asked.draws)
        kept.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    (asked.out / "radford.md").write_text(page(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
