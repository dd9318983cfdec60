"""The peer's own robustness test on the peer's own reports, and one of ours.

`make robust` runs this where the archive of Radford et al. (2023) lies beside the project, and
writes docs/robust.md and docs/robust.json. All rows of one side's sources are put in five times
over, and four fifths of the running-total rows are left out at random; neither must move or narrow
what is said of people. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import read_case
from estimate.data.importing import import_table, read_map, write_imported
from estimate.data.words import QUANTITIES
from estimate.model.fit import LINKED, fit
from estimate.model.observations import DENSE_STREAM
from estimate.model.sampler import Settings

ARCHIVE = Path(__file__).parents[3] / "shared" / "peers" / "radford-2023" / "claims.csv"
TIMES, LEFT, SEED = 5, 0.2, 1
MOVED, WIDENED = 0.05, 0.10  # bars: relative change of a median, and of the width of a 90 % range


def changed(claims: pd.DataFrame, how: str) -> pd.DataFrame:
    """Give the claims as they are, with one side's five times, or with a fifth of the totals."""
    if how == "five times":
        own = claims[claims["source"] == "ua_source"]
        return pd.concat([claims, *(own.assign(id=own["id"] + f"x{i}") for i in range(1, TIMES))])
    if how == "a fifth":
        streams = claims.groupby(["source", "side", "quantity", "from"])["id"].transform("size")
        kept = np.random.default_rng(SEED).random(len(claims)) < LEFT
        return claims[(streams < DENSE_STREAM) | kept]
    return claims


def told(how: str, settings: dict[str, int]) -> dict[str, Any]:
    """Fit the archive, changed or not; give median and 90 % range of each count of people."""
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        write_imported(import_table(ARCHIVE, read_map("radford2023")), case, "left-out.csv")
        claims = pd.read_csv(case / "claims.csv", dtype=str, keep_default_na=False)
        changed(claims, how).to_csv(case / "claims.csv", index=False)
        found = fit(read_case(case), settings=Settings(seed=SEED, **settings))
    totals = {}
    for one in found.series:
        for quantity, draws in one.cumulative.items():
            if quantity in QUANTITIES:
                low, median, high = np.quantile(draws[:, -1], [0.05, 0.5, 0.95])
                totals[f"{one.case.sides[0].id}, {quantity}"] = [low, median, high]
    return {"how": how, "totals": totals,
            "max_rhat": max(one["max_rhat"] for one in found.account["series"]
                            if "max_rhat" in one),
            "divergences": found.account["diagnostics"]["divergences"]}


def page(runs: dict[str, dict[str, Any]]) -> str:
    """Write the page."""
    plain, lines, worst = runs["as it is"], [], {}
    for how in ("five times", "a fifth"):
        moves, widths = [], []
        for name, (low, median, high) in plain["totals"].items():
            lower, middle, upper = runs[how]["totals"][name]
            moves.append(middle / median - 1)
            widths.append((upper - lower) / (high - low) - 1)
            lines.append(f"| {how} | {name} | {low:,.0f} to {high:,.0f} ({median:,.0f}) | "
                         f"{lower:,.0f} to {upper:,.0f} ({middle:,.0f}) | {moves[-1]:+.1%} | "
                         f"{widths[-1]:+.1%} |")
        worst[how] = max(map(abs, moves)), max(map(abs, widths))
    said = "; ".join(f"{how}: medians within {move:.1%}, widths within {width:.1%}"
                     for how, (move, width) in worst.items())
    rows = "\n".join(lines)
    checks = ", ".join(f"{how} {run['max_rhat']:.4f} and {run['divergences']}"
                       for how, run in runs.items())
    return f"""# Rows doubled, rows lost

`python tests/recovery/robust.py` (`make robust`) wrote this page from the 4,609 reports of
Radford et al. 2023 (doi 10.1073/pnas.2307372120). Every row of the Ukrainian sources was put in
{TIMES} times over ("five times"); of the rows of running totals given {DENSE_STREAM} times or
more, {1 - LEFT:.0%} were left out at random ("a fifth"). Bars: medians of people move by less than
{MOVED:.0%}, widths of 90 % ranges by less than {WIDENED:.0%}. Seen: {said}. Highest R-hat and
divergences: {checks}.

| rows | side and quantity | as it is | so changed | median | width |
|---|---|---|---|---|---|
{rows}
"""


def main() -> None:
    """Fit the three tables and write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--draws", type=int, default=LINKED["draws"])
    words.add_argument("--out", type=Path, default=Path("docs"))
    asked = words.parse_args()
    if not ARCHIVE.exists():
        sys.exit(f"{ARCHIVE.name} of Radford et al. 2023 is not beside the project: nothing to do")
    kept = asked.out / "robust.json"
    runs = json.loads(kept.read_text()) if kept.exists() else {}
    for how in ("as it is", "five times", "a fifth"):
        if how not in runs:
            runs[how] = told(how, LINKED | {"draws": asked.draws})
            print(how, file=sys.stderr, flush=True)
            kept.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    (asked.out / "robust.md").write_text(page(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
