"""Fifty simulated libraries of resolved cases: does `calibrate` find what they were made with?

`make libraries` runs this. Each library (tests/recovery/simulated_library.py) has hyperparameters
of its own, drawn from what is assumed before looking; the model of `estimate calibrate`, compiled
once, learns them from its claims and settled truths. The 90% intervals of a right model hold nine
in ten of the hyperparameters, and ranks of the true values among draws are uniform.

A run that was stopped goes on where it was: each library is written to libraries.json as soon as
it is fitted, under a hash of what the model and the simulator make of fixed points and seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))
from simulated_library import draw_library, figures, planned, template

from estimate.model.calibrate import Effort, Resolved, taught
from estimate.model.hyper import NAMES, before
from estimate.model.library import Told
from estimate.model.taught import Count, counted

FIRST_SEED, LIBRARIES = 1, 50  # chosen before any was looked at
KEPT, BINS, LEVEL = 99, 10, 0.9  # posterior draws kept, bins of the ranks, interval
ASKED = (0.82, 0.97)  # share of all intervals that are to hold the truth
RUNS = ({"draws": 500, "tune": 400}, {"draws": 2000, "tune": 1600})  # the second where R-hat is bad
CHAINS, MAX_RHAT = 2, 1.05
Z90 = stats.norm.ppf((1 + LEVEL) / 2)
GROUPS = {"gamma": "bias by relation and victim", "m0": "share of fresh losses told",
          "single": "all others"}


def one_library(resolved: Resolved, seed: int) -> dict[str, Any]:
    """Learn from one library and say where its true hyperparameters lie."""
    library, start = draw_library(seed, planned()), time.perf_counter()
    told = {name: replace(one, truth=library.truths[name]) for name, one in resolved.told.items()}
    swapped = resolved.with_figures(told, *figures(told, library))
    for run in RUNS:
        learned = swapped.learn(effort=Effort(chains=CHAINS, seed=seed, **run))
        if learned.diagnostics["max_rhat"] <= MAX_RHAT:
            break
    draws = learned.posterior["learned"].reshape(-1, len(NAMES))
    low, middle, high = np.quantile(draws, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], axis=0)
    kept = draws[np.linspace(0, len(draws) - 1, KEPT).astype(int)]
    return {"seed": seed, **{name: np.round(values, 4).tolist() for name, values in {
                "truth": library.learned, "low": low, "median": middle, "high": high}.items()},
            "inside": ((low <= library.learned) & (library.learned <= high)).astype(int).tolist(),
            "ranks": (kept < library.learned).sum(axis=0).tolist(),
            "rhat": round(learned.diagnostics["max_rhat"], 4),
            "ess": round(learned.diagnostics["min_ess"]),
            "divergences": learned.diagnostics["divergences"], "draws": run["draws"],
            "seconds": round(time.perf_counter() - start, 1)}


def fingerprint(resolved: Resolved) -> str:
    """Hash what the model makes of fixed points, the first library, and the settings."""
    compiled, known, plans = resolved._compiled, before(), planned()
    points = 0.3 * np.random.default_rng(1).normal(size=(3, compiled.n_dim))
    first = draw_library(FIRST_SEED, plans)
    numbers = [*(float(compiled.logp_func(x)[0]) for x in points), *known.mean,
               *known.covariance.ravel(), *first.learned, *figures(resolved.told, first)[0]]
    text = " ".join(f"{x:.6g}" for x in numbers) + repr((plans, RUNS, CHAINS, MAX_RHAT, KEPT))
    return hashlib.sha256(text.encode()).hexdigest()


def share(hits: int, n: int) -> dict[str, float]:
    """Give a share with its exact (Clopper–Pearson) 95% interval."""
    interval = stats.binomtest(hits, n).proportion_ci(0.95, "exact")
    return {"hits": hits, "n": n, "share": round(hits / n, 4), "low": round(interval.low, 4),
            "high": round(interval.high, 4)}


def judge(runs: list[dict[str, Any]], told: dict[str, Told]) -> dict[str, Any]:
    """Return coverage over all, over what the cases speak of, and by hyperparameter."""
    inside = np.array([run["inside"] for run in runs])
    widths = np.array([run["high"] for run in runs]) - np.array([run["low"] for run in runs])
    prior = 2 * Z90 * np.sqrt(np.diag(before().covariance))
    cases = counted(taught(told, dict.fromkeys(told, "")).values())
    n = len(runs)
    rows = []
    for i, name in enumerate(NAMES):
        table = name.split("[")[0]
        group = table if table in GROUPS else "single"
        behind = (len(told) if group == "single"
                  else cases.get(name.replace("m0[", "gamma["), Count()).n)
        rows.append({"name": name, "group": group, "cases": behind,
                     **share(int(inside[:, i].sum()), n),
                     "width": round(float((widths[:, i] / prior[i]).mean()), 3)})
    spoken = np.array([row["cases"] > 0 for row in rows])
    by_library = inside.mean(axis=1)
    low, high = stats.binom.ppf([0.025, 0.975], n, LEVEL)
    return {"libraries": n, "all": share(int(inside.sum()), inside.size),
            "spoken": share(int(inside[:, spoken].sum()), n * int(spoken.sum())),
            "silent": share(int(inside[:, ~spoken].sum()), n * int((~spoken).sum())),
            "error_over_libraries": round(float(by_library.std(ddof=1) / np.sqrt(n)), 4),
            "usual": [int(low), int(high)],
            "unusual": [row["name"] for row in rows if not low <= row["hits"] <= high],
            "divergences": sum(run["divergences"] for run in runs),
            "weak": sum(run["rhat"] > MAX_RHAT for run in runs), "hyperparameters": rows}


def draw_figures(result: dict[str, Any], runs: list[dict[str, Any]], folder: Path) -> None:
    """Draw coverage by hyperparameter, and the ranks of the true values, one file a group."""
    ranks = np.array([run["ranks"] for run in runs])
    for group, title in GROUPS.items():
        rows = pd.DataFrame([{"name": f"all {len(NAMES)} hyperparameters", **result["all"]},
                             *(r for r in result["hyperparameters"] if r["group"] == group)])
        mine = np.array([row["group"] == group for row in result["hyperparameters"]])
        base = alt.Chart(rows).encode(y=alt.Y("name:N", title=None, sort=None))
        scale = alt.Scale(domain=[0.5, 1], clamp=True)
        spread = base.mark_rule(color="#9ab3d0").encode(
            x=alt.X("low:Q", title="share of 90% intervals that hold the truth", scale=scale),
            x2="high:Q")
        dots = base.mark_point(filled=True, color="#4c78a8", opacity=1).encode(x="share:Q")
        line = alt.Chart().mark_rule(color="#888888", strokeDash=[3, 3]).encode(
            x=alt.datum(LEVEL))
        held = alt.layer(spread, dots, line, data=rows).properties(width=330, height=alt.Step(15))
        bins = np.bincount((ranks[:, mine] * BINS // (KEPT + 1)).ravel(), minlength=BINS)
        width = (KEPT + 1) / BINS
        histogram = alt.Chart(pd.DataFrame(
            {"rank": (np.arange(BINS) + 0.5) * width, "share": bins / bins.sum()})).mark_bar(
                color="#4c78a8", size=18).encode(
            x=alt.X("rank:Q", title=f"rank of the truth among {KEPT} draws",
                    scale=alt.Scale(domain=[0, KEPT + 1], nice=False)),
            y=alt.Y("share:Q", title="share", axis=alt.Axis(format="%"))
        ).properties(width=240, height=150)
        chart = (held | histogram).properties(
            title=f"{result['libraries']} simulated libraries: {title}")
        chart.save(folder / f"libraries-{group}.svg")


def page(result: dict[str, Any], runs: list[dict[str, Any]], told: dict[str, Told]) -> str:
    """Return the result in words."""
    def said(part: dict[str, float]) -> str:
        return (f"{part['share']:.1%} ({part['hits']} of {part['n']}; exact 95% interval "
                f"{part['low']:.1%} to {part['high']:.1%})")

    table = "\n".join(
        f"| {r['name']} | {r['cases']} | {r['hits']} | {r['share']:.0%} | {r['low']:.0%}–"
        f"{r['high']:.0%} | {r['width']:.2f} |" for r in result["hyperparameters"])
    again = sum(run["draws"] > RUNS[0]["draws"] for run in runs)
    low, high = result["usual"]
    n_claims = sum(one.design.observations.n for one in told.values())
    unusual = (", ".join(result["unusual"]) or "none")
    pictures = "\n\n".join(f"![{title}](libraries-{group}.svg)" for group, title in GROUPS.items())
    return f"""# Does `calibrate` find what a library was made with?

`make libraries` wrote this page, libraries.json and the pictures. Each of {result['libraries']}
libraries has hyperparameters of its own, drawn from what is assumed before looking at history
(`model/hyper.py`). Each of its {len(told)} cases draws its shared error, what fresh counts miss,
its sources and its truth; {n_claims} figures are told by `estimate.model.simulate`, which shares
no code with the model; the model of `estimate calibrate` then learns from figures and settled
truths. This proves the computation. It does not prove that real sources err in this way.

**Over all {len(NAMES)} hyperparameters the 90% intervals held {said(result['all'])}.**
That interval counts hyperparameters of one library as independent; by the scatter between
libraries the standard error is {result['error_over_libraries']:.1%}.

- hyperparameters that the cases speak of: {said(result['spoken'])}
- cells without any case, known from their neighbours alone: {said(result['silent'])}
- outside {low} to {high} of {result['libraries']}, where a single hyperparameter of a right model
  is in 19 of 20: {unusual} ({len(result['unusual'])} of {len(NAMES)})

{pictures}

The plans are the same in all libraries: one to 120 days, one to four sources of every relation,
two to eight claims, soldiers, civilians and disasters, each of the three routes, every kind of
bound, ranges, by-name counts, and dead plus missing in disasters; truths are known to 2 to 35%.
Figures are used as drawn, so that rounding and the gate's preprocessing stay outside. A long
case's losses fall on a finer grid, with more freedom, than the model of history has
(docs/method.md, 7); that is part of what is tried here.

{CHAINS} chains of {RUNS[0]['draws']} draws; {again} libraries with R-hat above {MAX_RHAT} were run
again {RUNS[1]['draws'] // RUNS[0]['draws']} times as long; {result['weak']} stayed above it.
{result['divergences']} divergent transitions. Sampling took
{sum(run['seconds'] for run in runs) / 60:.0f} minutes of wall time.

`width` is the mean width of the 90% interval divided by its width before looking.

| hyperparameter | cases | held | share | exact 95% interval | width |
|---|---|---|---|---|---|
{table}
"""


def write(folder: Path, head: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Replace libraries.json whole, one library a line."""
    lines = ",\n".join("  " + json.dumps(run) for run in runs)
    text = json.dumps({**head, "names": NAMES}, indent=1)[:-2] + f',\n "runs": [\n{lines}\n ]\n}}\n'
    part = folder / "libraries.json.part"
    part.write_text(text, encoding="utf-8")
    os.replace(part, folder / "libraries.json")


def main() -> int:
    """Fit what is left of the libraries, then judge and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--libraries", type=int, default=LIBRARIES)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--page-only", action="store_true", help="judge what libraries.json holds")
    args = parser.parse_args()
    err = Console(stderr=True)
    args.out.mkdir(parents=True, exist_ok=True)
    told = template(planned())
    stored = args.out / "libraries.json"
    old = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    mark, runs = old.get("fingerprint"), old.get("runs", [])
    if not args.page_only:
        err.print("compiling: about a minute")
        resolved = Resolved(told)
        mark = fingerprint(resolved)
        runs = runs[:args.libraries] if old.get("fingerprint") == mark else []
        seeds = range(FIRST_SEED + len(runs), FIRST_SEED + args.libraries)
        if runs:
            err.print(f"{len(runs)} libraries were fitted before; {len(seeds)} to go")
        with Progress(TextColumn("libraries"), BarColumn(), MofNCompleteColumn(),
                      TimeRemainingColumn(), console=err, disable=not err.is_terminal) as progress:
            task = progress.add_task("libraries", total=len(seeds))
            start = time.perf_counter()
            for done, seed in enumerate(seeds, 1):
                runs.append(one_library(resolved, seed))
                write(args.out, {"fingerprint": mark}, runs)
                progress.advance(task)
                if not err.is_terminal and done % 5 == 0:
                    left = (time.perf_counter() - start) / done * (len(seeds) - done)
                    err.print(f"{done} of {len(seeds)} libraries, "
                              f"about {left / 60:.0f} minutes left")
    result = judge(runs, told)
    write(args.out, {"fingerprint": mark, **result}, runs)
    draw_figures(result, runs, args.out)
    (args.out / "libraries.md").write_text(page(result, runs, told), encoding="utf-8")
    whole = result["all"]
    print(f"{whole['share']:.1%} of 90% intervals hold the truth ({ASKED[0]:.0%} to {ASKED[1]:.0%} "
          f"asked); of the cells that cases speak of, {result['spoken']['share']:.1%}")
    return 0 if ASKED[0] <= whole["share"] <= ASKED[1] else 1


if __name__ == "__main__":
    raise SystemExit(main())
