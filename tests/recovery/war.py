"""Simulated wars of many series with known truth: how often do the intervals hold it?

`make war` runs this and writes docs/war.md and docs/war.json. A war is two sides with people and
ten kinds of equipment each and civilians on one; a ministry gives daily running totals of the
enemy's losses, in people and in equipment, with repeated and corrected figures; five others speak
now and then. Biases are drawn from the stated priors as docs/method.md tells it, with numpy alone;
the figures go through case files and the gate like any other. Judged are the losses from the start
to the end of each month of each series, by their 90 % intervals.

What all series of a war, or of a side, share decides most of its score, and a dozen wars have few
draws of it: of independent ones, twelve had biases 1.4 times as wide as their prior by chance. So
these deviates are a Latin hypercube over the wars: in each of them, every war falls into another
of as many equally likely parts of the prior (McKay, Beckman & Conover 1979,
Technometrics 21:239-245).

A run that was stopped goes on where it was: each war is written as soon as it is fitted.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm
from scipy.stats.qmc import LatinHypercube

from estimate.data.case import read_case
from estimate.data.words import EQUIPMENT
from estimate.model.fit import LINKED, fit
from estimate.model.priors import Priors
from estimate.model.sampler import Settings

START, DAYS = date(2022, 2, 24), 365
SIDES = {"red": "military", "blue": "military", "blue_people": "civilian"}
KINDS = ("tanks", "armored_vehicles", "artillery", "mlrs", "aa_systems", "jets", "helicopters",
         "uavs", "vehicles", "ships")
SIZES = dict(zip(KINDS, (1500, 3000, 1200, 300, 150, 120, 110, 800, 2500, 15), strict=True))
SOURCES = {  # how each stands to red, blue and blue's people; and how often it speaks of a series
    "blue_ministry": ("adversary", "self", "self", 0.0),
    "red_ministry": ("self", "adversary", "adversary", 12.0),
    "observers": ("independent", "independent", "independent", 10.0),
    "agency": ("third_party_state", "third_party_state", "third_party_state", 6.0),
    "ally": ("adversary", "ally", "ally", 4.0),
    "paper": ("media", "media", "media", 5.0),
}
MONTHS = [30, 61, 91, 122, 153, 183, 214, 244, 275, 306, 336, 365]  # days from the start
REPEATED, CORRECTED = 0.15, 0.01  # share of the days on which the running total stays, or falls
BAR = (0.85, 0.97)


class War:
    """A war drawn from a seed: its truth by series, and its claims.

    Parameters
    ----------
    seed : int
        For numpy's generator.
    shared : iterator of float
        Standard normals for what series share, from `shared_deviates`.
    """

    def __init__(self, seed: int, shared: Iterator[float]) -> None:
        self.random, self.priors, self.shared = np.random.default_rng(seed), Priors(), shared
        self.scale = {name: self._draw(name) for name in (
            "tau_relation", "tau_family", "tau_source", "sigma", "maturation_days", "hedge_floor")}
        cells = {(relation, victim) for *relations, _ in SOURCES.values()
                 for relation, victim in zip(relations, SIDES.values(), strict=True)}
        self.gamma = {cell: self._cell("gamma", *cell) for cell in sorted(cells)}
        self.m0 = {cell: self._cell("m0", *cell) for cell in sorted(cells)}
        self.noise = {source: self.scale["sigma"] * np.exp(0.3 * self.random.normal())
                      for source in SOURCES}
        self.rows: list[dict[str, Any]] = []
        self.truth: dict[tuple[str, str], list[float]] = {}
        for side, victim in SIDES.items():
            self._side(side, victim, list(SIDES).index(side))

    def _draw(self, name: str) -> float:
        prior = self.priors[name]
        return float(np.exp(prior.mean + prior.sd * self.random.normal()))

    def _cell(self, table: str, relation: str, victim: str) -> float:
        prior = self.priors.cell(table, relation, victim)
        value = prior.mean + prior.sd * next(self.shared)
        return float(value if table == "gamma" else np.exp(value))

    def _waves(self) -> Any:
        order = np.arange(1, 9)
        return self.random.normal(size=8) / np.sqrt(1 + (order / 3) ** 4)

    def _side(self, side: str, victim: str, place: int) -> None:
        shared, rho = self._waves(), self.random.uniform()
        by_relation = {who[place]: next(self.shared) for who in SOURCES.values()}
        by_family = {source: next(self.shared) for source in SOURCES}
        sizes = {"killed": 8000} | (SIZES if victim == "military" else {})
        for quantity, size in sizes.items():
            waves = rho * shared + np.sqrt(1 - rho**2) * self._waves()
            middle = (np.arange(DAYS) + 0.5) / DAYS
            columns = np.sqrt(2) * np.cos(np.pi * np.outer(middle, np.arange(1, 9)))
            rate = np.exp(self._draw("shape_scale") * columns @ waves)
            losses = size * np.exp(0.7 * self.random.normal()) * rate / rate.sum()
            self.truth[side, quantity] = [float(losses[:day].sum()) for day in MONTHS]
            kappa = self.priors["kappa"].sd * self.random.normal()
            for source, who in SOURCES.items():
                bias = (kappa + self.gamma[who[place], victim]
                        + self.scale["tau_relation"] * by_relation[who[place]]
                        + self.scale["tau_family"] * by_family[source]
                        + self.scale["tau_source"] * self.random.normal())
                told = self._told(losses, self.m0[who[place], victim]) * np.exp(bias)
                if source == "blue_ministry" and side == "red":
                    self._daily(side, quantity, source, told)
                else:
                    often = max(who[3], 3.0) * (2 if quantity == "killed" else 0.4)
                    self._now_and_then(side, quantity, source, told, often)

    def _told(self, losses: Any, m0: float) -> Any:
        """Sum of the losses to each day, as far as a count of that day holds them."""
        late = np.exp(-np.arange(DAYS) / self.scale["maturation_days"])
        fresh = np.convolve(losses, late)[:DAYS]
        return np.cumsum(losses) + (m0 - 1) * fresh

    def _daily(self, side: str, quantity: str, source: str, told: Any) -> None:
        total, held = 0.0, 0.0
        for day, added in enumerate(np.diff(told, prepend=0.0)):
            held += max(added, 0.0) * np.exp(self.noise[source] * self.random.normal())
            if self.random.uniform() < REPEATED:
                pass
            elif self.random.uniform() < CORRECTED:
                total *= 1 - 0.02 * self.random.uniform()
            else:
                total, held = total + held, 0.0
            self._say(side, quantity, source, "exact", round(total), day)

    def _now_and_then(self, side: str, quantity: str, source: str, told: Any, often: float) -> None:
        for day in np.sort(self.random.choice(np.arange(5, DAYS), self.random.poisson(often),
                                              replace=False)):
            figure = told[day] * np.exp(self.noise[source] * self.random.normal())
            bound = "at_least" if self.random.uniform() < 0.2 else "about"
            if bound == "at_least":
                figure *= np.exp(-self.scale["hedge_floor"] * self.random.exponential())
            digits = 10 ** max(int(np.floor(np.log10(max(figure, 1)))) - 1, 0)
            self._say(side, quantity, source, bound, int(round(figure / digits) * digits), int(day))

    def _say(self, side: str, quantity: str, source: str, bound: str, figure: int, day: int
             ) -> None:
        until = START + timedelta(days=int(day))
        self.rows.append({
            "id": f"w{len(self.rows)}", "source": source, "quantity": quantity, "bound": bound,
            "value": figure, "from": START, "as_of": until, "published": until, "scope": "all",
            "confidence": "medium", "side": side})

    def write(self, folder: Path) -> Path:
        """Write the case's files."""
        folder.mkdir(parents=True, exist_ok=True)
        own = [kind for kind in KINDS if kind not in EQUIPMENT]
        sides = "".join(f'[[sides]]\nid = "{side}"\nname = "{side}"\nvictim = "{victim}"\n'
                        for side, victim in SIDES.items())
        series = "".join(f'[[series]]\nid = "{kind}"\nname = "{kind}"\n' for kind in own)
        (folder / "case.toml").write_text(
            f'id = "{folder.name}"\ntitle = "A simulated war"\nquestion = "How many were killed?"\n'
            f'victim = "military"\nstart = {START}\nend = {START + timedelta(days=DAYS - 1)}\n'
            'headline = "killed"\ncomparable_scopes = ["all"]\n'
            f'casualties_include = ["killed", "wounded"]\n{sides}{series}', encoding="utf-8")
        with (folder / "sources.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow("id,name,country,relation,method,parent,builds_on,note".split(","))
            for name, who in SOURCES.items():
                stands = ";".join(f"{side}:{relation}"
                                  for side, relation in zip(SIDES, who, strict=False))
                rows.writerow([name, name, "", stands, "official_statement", "", "", ""])
        names = ("id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,"
                 "via,url,wording,ambiguity,confidence,note,side").split(",")
        with (folder / "claims.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, names, restval="")
            table.writeheader()
            table.writerows(self.rows)
        return folder


def shared_deviates(wars: int) -> Any:
    """Standard normals for what the series of a war share, (wars, deviates): a Latin hypercube."""
    most = 4 * len(SIDES) * len(SOURCES)  # cells of two tables, relations and families of a side
    return norm.ppf(LatinHypercube(most, rng=np.random.default_rng(0)).random(wars))


def recover(seed: int, wars: int, settings: dict[str, int]) -> dict[str, Any]:
    """Fit one war; say of each series and month whether the 90 % interval holds the truth."""
    began, war = time.process_time(), War(seed, iter(shared_deviates(wars)[seed - 1]))
    with tempfile.TemporaryDirectory() as folder:
        case = read_case(war.write(Path(folder) / f"war-{seed}"))
        found = fit(case, priors=Priors(), settings=Settings(seed=seed, **settings))
    held = list(_held(war, found))
    diagnostics = found.account["diagnostics"]
    return {"seed": seed, "wars": wars, "claims": len(war.rows), "series": len(war.truth),
            "judged": len(held), "inside": sum(inside for *_, inside in held),
            "below": sum(side < 0 for *_, side, _ in held),
            "max_rhat": max(one["max_rhat"] for one in found.account["series"]
                            if "max_rhat" in one),
            "divergences": diagnostics["divergences"],
            "mean_depth": round(diagnostics["mean_depth"], 2),
            "cpu_seconds": round(time.process_time() - began, 1)}


def _held(war: War, found: Any) -> Iterator[tuple[str, str, int, int, bool]]:
    for one in found.series:
        side, quantity = one.case.sides[0].id, one.case.headline
        days = np.array(one.posterior["day"].to_numpy(), "datetime64[D]")
        draws = one.cumulative[quantity]
        for month, truth in zip(MONTHS, war.truth[side, quantity], strict=True):
            until = np.datetime64(START + timedelta(days=month - 1))
            column = int(np.abs(days - until).argmin())
            low, high = np.quantile(draws[:, column], [0.05, 0.95])
            below = -1 if truth < low else 1 if truth > high else 0
            yield side, quantity, month, below, below == 0


def page(rows: list[dict[str, Any]]) -> str:
    """Write the page."""
    judged, inside = (sum(row[name] for row in rows) for name in ("judged", "inside"))
    share = inside / judged
    lines = "\n".join(
        f"| {r['seed']} | {r['claims']:,} | {r['series']} | {r['inside']} of {r['judged']} "
        f"({r['inside'] / r['judged']:.0%}) | {r['below']} | {r['max_rhat']:.4f} | "
        f"{r['divergences']} | {r['mean_depth']} | {r['cpu_seconds']:.0f} |" for r in rows)
    return f"""# Simulated wars

`python tests/recovery/war.py` (`make war`) wrote this page. Each war has {len(SIDES)} sides and
{rows[0]['series']} series over {DAYS} days; a ministry gives daily running totals of the enemy's
losses. Truth and biases are drawn from the stated priors (what series share, as a Latin
hypercube over the wars), the case is written to files, read by the gate and fitted with the same
priors.

Of {judged} intervals (series × months, losses from the start to the end of the month), each of
90 %, **{inside} hold the truth: {share:.1%}** (bar: {BAR[0]:.0%} to {BAR[1]:.0%}). Intervals of one
war hang together, for they share the errors of its sources: one war is one draw more than 250.

| seed | claims | series | held | truth below | R-hat | divergences | mean depth | CPU s |
|---|---|---|---|---|---|---|---|---|
{lines}
"""


def main() -> None:
    """Run the wars and write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--wars", type=int, default=12)
    words.add_argument("--draws", type=int, default=LINKED["draws"])
    words.add_argument("--out", type=Path, default=Path("docs"))
    told = words.parse_args()
    settings = LINKED | {"draws": told.draws}
    kept = told.out / "war.json"
    rows = json.loads(kept.read_text()) if kept.exists() else []
    if any(row["wars"] != told.wars for row in rows):
        sys.exit(f"{kept} is of another number of wars: remove it, or ask for as many")
    for seed in range(1, told.wars + 1):
        if seed not in {row["seed"] for row in rows}:
            rows.append(recover(seed, told.wars, settings))
            print(rows[-1], file=sys.stderr, flush=True)
            kept.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    (told.out / "war.md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
