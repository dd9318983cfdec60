"""A planted liar, and none: who is ranked first, and how often is conflict seen in vain?

`make liar` runs this. Worlds are drawn from the priors by `estimate.model.simulate`, which shares
no code with the model, rounded as people round, read by the gate and fitted with the same priors.
In some, the figures of one family, drawn by lot, are then multiplied by ten. Each world is fitted
again without each of its families (`estimate.model.refits`).

A run that was stopped goes on where it was: each world is written to liar.json as soon as it is
fitted, under a hash of the plan, the priors, the settings and what the model makes of one world.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from estimate.data.case import Case, read_case
from estimate.model.fit import compile_model, fit
from estimate.model.plans import ClaimPlan, Design, SourcePlan
from estimate.model.priors import Priors
from estimate.model.refits import leave_out, without
from estimate.model.sampler import Settings
from estimate.model.simulate import simulate_world, write_world

SOURCES = (
    SourcePlan("ministry", "self"),
    SourcePlan("staff", "adversary"),
    SourcePlan("north", "third_party_state"),
    SourcePlan("island", "third_party_state"),
    SourcePlan("union", "third_party_state"),
    SourcePlan("watch", "independent"),
    SourcePlan("press", "media"),
    SourcePlan("radio", "media"),
)
PLAN = Design(1, SOURCES, tuple(
    ClaimPlan(source.id, "killed", bound, 0, day + i)
    for i, source in enumerate(SOURCES) for bound, day in (("exact", 3), ("about", 20))))
# An event of some thousand, and no false zeros: ten times zero is zero.
CHANGED = {"log_total": {"mean": float(np.log(3000)), "sd": 1.0},
           "false_zero": {"mean": -8.0, "sd": 0.5}}
FACTOR = 10
FIT, REFITS = {"draws": 1000, "tune": 400, "chains": 2}, {"draws": 600, "tune": 300, "chains": 2}
FIRST_SEED = {"liar": 40_000, "clean": 50_000}
WORLDS = {"liar": 30, "clean": 60}
FOUND, RAISED = 24, 7  # liars ranked first at least; clean worlds flagged at most
KEPT = ("family", "median", "low", "high", "change", "change_mcse", "moves", "ratio", "p", "p_holm",
        "conflict")


def world_priors() -> Priors:
    """Give the priors that the worlds are drawn from and fitted with."""
    return Priors(tuple(replace(row, parameters=CHANGED.get(row.name, row.parameters))
                        for row in Priors().values()), source="stated by hand, changed for worlds")


def one_case(seed: int, liar: bool) -> tuple[Case, str]:
    """Draw a world and, if asked, plant the liar; give the case as read and the liar's name."""
    world, who = simulate_world(seed, PLAN, world_priors()), ""
    if liar:
        who = SOURCES[int(np.random.default_rng([seed, FACTOR]).integers(len(SOURCES)))].id
        claims = world.claims.copy()
        claims.loc[claims["source"] == who, ["value", "low", "high"]] *= FACTOR
        world = replace(world, claims=claims)
    with tempfile.TemporaryDirectory() as folder:
        return read_case(write_world(world, Path(folder))), who


def one_world(seed: int, liar: bool) -> dict[str, Any]:
    """Fit one world with everybody and without each family."""
    start = time.process_time()
    case, who = one_case(seed, liar)
    whole = fit(case, priors=world_priors(), settings=Settings(seed=seed, **FIT))
    rows = leave_out(whole, Settings(seed=seed, **REFITS))["families"]
    return {"seed": seed, "liar": who, "seconds": round(time.process_time() - start, 1),
            "failed": [row["family"] for row in rows if not row["diagnostics"]["ok"]],
            "families": [{k: float(f"{row[k]:.4g}") if isinstance(row[k], float) else row[k]
                          for k in KEPT} for row in rows]}


def fingerprint() -> str:
    """Hash the plan, the priors, the settings, and the density of the first world."""
    from estimate.model.design import plan
    from estimate.model.evidence import select

    case, _ = one_case(FIRST_SEED["liar"], True)
    design = plan(select(case))
    muted, _ = without(compile_model(design, world_priors()), "staff")
    x = np.random.default_rng(1).normal(size=muted.packed.n_dim)
    text = repr((PLAN, CHANGED, FACTOR, FIT, REFITS, FIRST_SEED,
                 f"{muted.packed.log_density(x)[0]:.6g}"))
    return hashlib.sha256(text.encode()).hexdigest()


def judge(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Count liars ranked first and clean worlds in which any family is flagged."""
    def first(world: dict[str, Any]) -> bool:
        return bool(world["families"][0]["family"] == world["liar"])

    def largest(world: dict[str, Any]) -> bool:
        top = max(world["families"], key=lambda row: abs(row["change"]))
        return bool(top["family"] == world["liar"])

    def smallest(world: dict[str, Any]) -> bool:
        top = min(world["families"], key=lambda row: float(row["p"]))
        return bool(top["family"] == world["liar"])

    def flagged(world: dict[str, Any]) -> set[str]:
        return {row["family"] for row in world["families"] if row["conflict"]}

    liars, clean = runs["liar"], runs["clean"]
    p = [row["p"] for world in clean for row in world["families"]]
    return {
        "liars": len(liars), "first": sum(map(first, liars)),
        "largest_change": sum(map(largest, liars)),
        "smallest_p": sum(map(smallest, liars)),
        "liar_flagged": sum(world["liar"] in flagged(world) for world in liars),
        "others_flagged": sum(len(flagged(world) - {world["liar"]}) for world in liars),
        "clean": len(clean), "raised": sum(bool(flagged(world)) for world in clean),
        "clean_p_below": {f"{at:g}": int(sum(x < at for x in p)) for at in (0.01, 0.05, 0.2, 0.5)},
        "clean_p": len(p),
        "failed_refits": sum(len(world["failed"]) for each in runs.values() for world in each),
    }


def page(result: dict[str, Any], runs: dict[str, list[dict[str, Any]]]) -> str:
    """Write the page."""
    rows = []
    for world in runs["liar"]:
        place = [row["family"] for row in world["families"]].index(world["liar"])
        told, top = world["families"][place], world["families"][0]
        rows.append(f"| {world['seed']} | {world['liar']} | {place + 1} | {told['change']:+.2f} | "
                    f"{told['ratio']:.1f} | {told['p']:.4f} | {told['p_holm']:.3f} | "
                    f"{top['family']} {top['change']:+.2f} |")
    table = "\n".join(rows)
    below = ", ".join(f"{count} below {at}" for at, count in result["clean_p_below"].items())
    seconds = sum(world["seconds"] for each in runs.values() for world in each) / 60
    seen = [(world["seed"], [row["family"] for row in world["families"] if row["conflict"]])
            for world in runs["clean"]]
    raised = [f"{', '.join(names)} in world {seed}" for seed, names in seen if names]
    return f"""# Is a liar found, and is nobody accused in vain?

`make liar` wrote this page and liar.json. Each world is one event of some thousand deaths, told by
{len(SOURCES)} families with two figures each ({len(PLAN.claims)} claims). It is drawn from the
priors stated by hand by `estimate.model.simulate`, rounded, read by the gate and fitted with the
same priors, then once more without each family. In {result['liars']} worlds the figures of one
family, drawn by lot, were multiplied by {FACTOR} after they were drawn. The seeds were fixed
beforehand.

**The planted liar stood first among the movers in {result['first']} of {result['liars']} worlds**
({FOUND} of {WORLDS['liar']} asked). It was flagged for conflict in {result['liar_flagged']}; other
families were flagged {result['others_flagged']} times in these worlds. By the size of the change
alone it would have stood first in {result['largest_change']}, by the conflict p-value alone in
{result['smallest_p']}: an honest family whose error happens to be large, or that is the only voice
of its kind, may move the answer further than a liar whom the others outweigh; and ten times a
figure that was far too low is an ordinary one.

**In {result['raised']} of {result['clean']} worlds without a liar the conflict test flagged a
family** (at most {RAISED} of {WORLDS['clean']} allowed; 5% a case is
{0.05 * result['clean']:.1f}). Before Holm, of the
{result['clean_p']} p-values of these worlds, {below}: a test of the right size gives
{', '.join(f"{result['clean_p'] * float(at):.0f}" for at in result['clean_p_below'])}.
{f"Flagged: {'; '.join(raised)}." if raised else ""}

{result['failed_refits']} refits failed their gates; they are neither ranked nor flagged. Fitting
took {seconds:.0f} CPU minutes.

| world | liar | its place | change of log median | stated ÷ expected | p | after Holm | first |
|---|---|---:|---:|---:|---:|---:|---|
{table}
"""


def write(folder: Path, content: dict[str, Any]) -> None:
    """Replace liar.json whole."""
    part = folder / "liar.json.part"
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(part, folder / "liar.json")


def main() -> int:
    """Fit what is left of the worlds, then judge and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--liars", type=int, default=WORLDS["liar"])
    parser.add_argument("--clean", type=int, default=WORLDS["clean"])
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--page-only", action="store_true", help="judge what liar.json holds")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    stored, mark, err = args.out / "liar.json", fingerprint(), Console(stderr=True)
    old = json.loads(stored.read_text()) if stored.exists() else {}
    same = args.page_only or old.get("fingerprint") == mark
    runs: dict[str, list[dict[str, Any]]] = old["runs"] if same and old else {k: [] for k in WORLDS}
    wanted = {"liar": args.liars, "clean": args.clean}
    todo = [(kind, FIRST_SEED[kind] + i) for kind, count in wanted.items()
            for i in range(len(runs[kind]), 0 if args.page_only else count)]
    start = time.perf_counter()
    for done, (kind, seed) in enumerate(todo, 1):
        runs[kind].append(one_world(seed, kind == "liar"))
        write(args.out, {"fingerprint": mark, "runs": runs})
        left = (time.perf_counter() - start) / done * (len(todo) - done)
        err.print(f"{done} of {len(todo)} worlds, about {left / 60:.0f} minutes left")
    result = judge(runs)
    write(args.out, {"fingerprint": old.get("fingerprint") if args.page_only else mark, **result,
                     "runs": runs})
    (args.out / "liar.md").write_text(page(result, runs), encoding="utf-8")
    print(f"{result['first']} of {result['liars']} liars first ({FOUND} asked); "
          f"{result['raised']} of {result['clean']} clean worlds flagged ({RAISED} allowed)")
    return 0 if result["first"] >= FOUND and result["raised"] <= RAISED else 1


if __name__ == "__main__":
    raise SystemExit(main())
