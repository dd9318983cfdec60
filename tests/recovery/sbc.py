"""Simulation-based calibration: 200 small worlds drawn from the prior, one compiled model.

`make sbc` runs this. Each world is drawn by `estimate.model.simulate`, which shares no code with
the model; the model, given the figures, must not know better or worse than it says. Two readings
of that: the 90% interval of the final total holds the truth in about 180 of 200 worlds, and the
rank of the truth among posterior draws is uniform (Talts et al. 2018, arXiv:1804.06788).

A run that was stopped goes on where it was: each world is kept in --state as soon as it is fitted,
under a hash of what the model makes of fixed points, and of this plan.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from scipy import stats

from estimate.model import fit as model_fit
from estimate.model.packed import deterministics
from estimate.model.priors import Priors
from estimate.model.runner import Kept, Runner, Task
from estimate.model.sbc import (
    JUDGED,
    KEPT,
    LEVEL,
    MAX_RHAT,
    MIN_ESS,
    RUNS,
    SMALL,
    one_world,
    template,
    truths,
    with_figures,
)
from estimate.model.simulate import simulate_world

RANKED = {"total": "total casualties", "killed": "killed", "family": "bias of one family",
          "kappa": "error shared by all", "killed_share": "killed share",
          "bias": "bias of one source"}
BINS, FIRST_SEED = 20, 20_000


def fingerprint(compiled: model_fit.Compiled, priors: Priors) -> str:
    """Hash what the model makes of fixed points, the first world, the priors and the settings."""
    world = simulate_world(FIRST_SEED, SMALL, priors, rounded=False)
    packed = with_figures(compiled, world).packed
    points = np.random.default_rng(1).normal(size=(5, packed.n_dim))
    made = deterministics(packed, points)
    numbers = [(row["name"], row["family"], row["parameters"]) for row in priors.rows()]
    told = [made["log_joint"], made["cumulative"], *truths(world).values()]
    text = " ".join(f"{x:.6g}" for part in told for x in np.ravel(part))
    return hashlib.sha256((text + repr((SMALL, numbers, KEPT, RUNS, MIN_ESS))).encode()).hexdigest()


def judge(worlds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return coverage with the counts that chance allows, and chi-square p by quantity."""
    n = len(worlds)
    inside = sum(w["inside"] for w in worlds)
    tests = {}
    for name in RANKED:
        bins = [w["ranks"][name] * BINS // (KEPT + 1) for w in worlds]
        counts = np.bincount(bins, minlength=BINS)
        tests[name] = {"counts": counts.tolist(), "p": float(stats.chisquare(counts).pvalue)}
    slack = 9 * np.sqrt(n / 200)  # 171 to 189 of 200: 97 of 100 runs of a right model
    return {"worlds": n, "inside": inside, "expected": LEVEL * n,
            "allowed": [int(np.ceil(LEVEL * n - slack)), int(np.floor(LEVEL * n + slack))],
            "tests": tests, "divergences": sum(w["divergences"] for w in worlds),
            "weak": sum(w["ess"] < MIN_ESS or w["rhat"] > MAX_RHAT for w in worlds),
            "worlds_with_zeros": sum(w["zeros"] > 0 for w in worlds)}


def draw_figure(worlds: list[dict[str, Any]], folder: Path) -> None:
    """Draw the rank histograms with the band that holds 95% of bins of a right model."""
    n = len(worlds)
    low, high = stats.binom.ppf([0.025, 0.975], n, 1 / BINS)
    width = (KEPT + 1) // BINS
    rows = [{"quantity": RANKED[k], "rank": (w["ranks"][k] // width + 0.5) * width}
            for w in worlds for k in RANKED]
    base = alt.Chart(pd.DataFrame(rows)).properties(width=230, height=110)
    bars = base.mark_bar(color="#4c78a8", size=9).encode(
        x=alt.X("rank:Q", title=f"rank of the truth among {KEPT} draws",
                scale=alt.Scale(domain=[0, KEPT + 1], nice=False)),
        y=alt.Y("count()", title="worlds"))
    band = base.transform_aggregate(n="count()", groupby=["quantity"]).mark_rect(
        color="#dddddd").encode(x=alt.datum(0), x2=alt.datum(KEPT + 1), y=alt.datum(low),
                                y2=alt.datum(high))
    chart = alt.layer(band, bars).facet(
        facet=alt.Facet("quantity:N", title=None, sort=list(RANKED.values())), columns=3
    ).properties(
        title=f"Calibration: {n} worlds drawn from the prior; the band holds 95% of the bins of a "
              "right model")
    chart.save(folder / "sbc.svg")
    chart.save(folder / "sbc.png", ppi=150)


def page(result: dict[str, Any]) -> str:
    """Return the result in words."""
    n, tests = result["worlds"], result["tests"]
    low, high = result["allowed"]
    again = sum(w["draws"] > RUNS[0]["draws"] for w in result["runs"])
    drawn = sum(2 * w["draws"] for w in result["runs"])
    seconds = sum(w["seconds"] for w in result["runs"]) / 60
    table = "\n".join(
        f"| {RANKED[k]} | {t['p']:.3f} | {'p > 0.01 asked' if k in JUDGED else 'shown only'} |"
        for k, t in tests.items())
    return f"""# Is the model calibrated on its own worlds?

`make sbc` wrote this page, sbc.json and the figure. It draws {n} small worlds from the priors with
`estimate.model.simulate` (plain numpy, no code shared with the model), fits each with one compiled
model, and asks where the truth lies among the posterior draws (simulation-based calibration, Talts
et al. 2018, arXiv:1804.06788). This proves the computation. It does not prove that real sources err
as the priors say.

**The 90% interval of the final total held the truth in {result['inside']} of {n} worlds**
(expected {result['expected']:.0f}; a right model gives {low} to {high} in 97 of 100 such runs).

| rank of the truth | chi-square p, {BINS} bins | |
|---|---|---|
{table}

![Rank histograms](sbc.svg)

Each world: {SMALL.days} days, {len(SMALL.claims)} claims by {len(SMALL.sources)} sources in five
families (an enemy with two voices, one source that builds on it, two outsiders, the side's own
list of the honoured in two stages), with every kind of bound, a range, three ambiguities and a
claim about troops sent. Figures are used as drawn, so the gate's preprocessing (grain, repeats,
copies) stays outside. {result['worlds_with_zeros']} of the {n} worlds hold a zero.

Two chains of {RUNS[0]['draws']} draws each; {again} worlds with R-hat above {MAX_RHAT} or fewer
than {MIN_ESS:.0f} effective draws were run again with {RUNS[1]['draws']}; {result['weak']} stayed
short of it. {result['divergences']} divergent transitions in {drawn:,} draws.
Sampling took {seconds:.0f} minutes. Ranks are taken among {KEPT} draws, evenly spaced.
"""


def write(folder: Path, result: dict[str, Any]) -> None:
    """Replace sbc.json whole."""
    part = folder / "sbc.json.part"
    part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    os.replace(part, folder / "sbc.json")


def main() -> int:
    """Run what is left of the worlds, then judge and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--page-only", action="store_true", help="judge what sbc.json holds")
    parser.add_argument("--state", type=Path, default=Path("sbc"), help="what is kept of each")
    parser.add_argument("--workers", type=int, help="worlds at a time")
    parser.add_argument("--scheduler", help="a Dask scheduler: tcp://HOST:PORT")
    args = parser.parse_args()
    err = Console(stderr=True)
    args.out.mkdir(parents=True, exist_ok=True)
    if args.page_only:
        old = json.loads((args.out / "sbc.json").read_text())
        print_, runs = old["fingerprint"], old["runs"]
    else:
        print_ = fingerprint(template(), Priors())
        with Progress(TextColumn("worlds"), BarColumn(), TimeRemainingColumn(), console=err,
                      disable=not err.is_terminal) as progress:
            task = progress.add_task("worlds", total=None)
            runs = Runner(
                Kept(args.state, print_), args.workers, args.scheduler,
                lambda _, done, total: progress.update(task, completed=done, total=total),
            ).run([Task(f"world-{seed}", one_world, (seed,))
                   for seed in range(FIRST_SEED, FIRST_SEED + args.worlds)], "worlds")
    result = {"fingerprint": print_, **judge(runs), "runs": runs}
    write(args.out, result)
    draw_figure(runs, args.out)
    (args.out / "sbc.md").write_text(page(result), encoding="utf-8")
    low, high = result["allowed"]
    good = low <= result["inside"] <= high and all(result["tests"][k]["p"] > 0.01 for k in JUDGED)
    p = ", ".join(f"{k} p = {result['tests'][k]['p']:.3f}" for k in JUDGED)
    print(f"{result['inside']} of {result['worlds']} inside ({low} to {high} asked); {p}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
