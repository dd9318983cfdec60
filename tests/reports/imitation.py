"""An object with the tables of a fit, made from a case without sampling: nk-kursk-like numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from estimate.model.known import Curve, Vintage
from estimate.model.moves import Move, Moves
from estimate.model.unspoken import COLUMNS

RATES = {
    "casualties": (5200.0, 0.35),
    "killed": (2100.0, 0.48),
    "wounded": (3000.0, 0.45),
    "captured": (12.0, 0.6),
    "missing": (140.0, 0.9),
    "deployed": (15200.0, 0.12),
    "returned": (2600.0, 0.35),
}
LEAN = {
    "adversary": 1.35,
    "self": 0.9,
    "ally": 0.9,
    "third_party_state": 0.95,
    "independent": 1.0,
    "media": 1.1,
}
Z = {
    "q025": -1.96,
    "q05": -1.645,
    "q10": -1.2816,
    "q25": -0.6745,
    "q75": 0.6745,
    "q90": 1.2816,
    "q95": 1.645,
    "q975": 1.96,
}


HOSTILE = (
    "</script><script>window.bad=1</script>",
    "<img src=x onerror=window.bad=2>",
    "[x](javascript:window.bad=3)",
    "`a` | b **c** # d",
    '=HYPERLINK("http://example.org")',
    "\u202egnp.exe\u2066",
    "a\u2028b",
    "{{ 7*7 }}",
    "{% raw %}",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \U0001f9e8",
)


class Found(NamedTuple):
    """A check as the model gives it."""

    name: str
    verdict: str
    sentence: str
    table: pd.DataFrame | None


class Evidence:
    """Claims in view with a status and a reason."""

    def __init__(self, case: Any, as_of: date) -> None:
        frame = case.claims
        frame = frame[frame["published"] <= pd.Timestamp(as_of)].copy()
        scope_ok = frame["scope"].isin(case.comparable_scopes)
        frame["status"] = np.where(
            ~scope_ok, "partial", np.where(frame["derived_from"] != "", "derived", "used")
        )
        frame["reason"] = frame["status"].map(
            {
                "partial": "its scope is not comparable with the total",
                "derived": "computed from other claims",
                "used": "",
            }
        )
        repeat = frame.duplicated(["source", "quantity", "value", "low", "high", "from"]) & (
            frame["status"] == "used"
        )
        frame.loc[repeat, "status"] = "repeat"
        frame.loc[repeat, "reason"] = "the same figure of the same source again"
        self.claims = frame.reset_index(drop=True)


class Imitation:
    """What `estimate.reports` reads of a fit; every number is made up, none is sampled."""

    def __init__(
        self,
        case: Any,
        as_of: date | None = None,
        share: float = 0.78,
        origins: int = 4,
        scale: float = 1.0,
        verdict: str = "ok",
    ) -> None:
        self.case = case
        self.as_of = as_of or case.claims["published"].max().date()
        self.evidence = Evidence(case, self.as_of)
        self.share, self.n_origins, self.scale, self.verdict = share, origins, scale, verdict
        self.history: tuple[Any, ...] = ()
        self.account: dict[str, Any] = {
            "tool": "estimate",
            "schema": 1,
            "case": case.id,
            "title": case.title,
            "as_of": self.as_of.isoformat(),
            "seed": 1,
            "draws": 1000,
            "tune": 1000,
            "chains": 4,
            "exclude": [],
            "command": f"estimate fit {case.id} --seed 1",
            "versions": {"estimate": "0.1.0", "python": "3.12.1", "pymc": "6.4.0"},
            "input_sha256": dict(case.sha256),
            "fingerprint": case.fingerprint,
            "priors": [
                {
                    "name": "kappa",
                    "family": "normal",
                    "parameters": {"mean": 0.0, "sd": 0.36},
                    "unit": "claim / truth",
                    "span": [0.55, 1.81],
                    "why": "error all sources share",
                    "reference": "design",
                    "symbol": "κ",
                    "ratio": True,
                }
            ],
            "timings": {
                "imports": 5.0,
                "compilation": 12.0,
                "sampling": 9.0,
                "summary": 1.0,
                "report": 0.0,
            },
            "diagnostics": {
                "ok": verdict != "fail",
                "max_rhat": 1.003,
                "min_ess_bulk": 812.0,
                "min_ess_tail": 901.0,
                "headline_ess": 2400.0,
                "divergences": 0,
                "max_depth_hits": 0,
                "mean_depth": 5.2,
            },
            "files": {},
            "started": "2026-03-01T10:00:00+00:00",
        }

    def save(self, folder: Path) -> None:
        """Write what the model's own result writes: posterior, inputs, account."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "posterior.nc").write_bytes(b"not a real posterior " * 50)
        (folder / "inputs").mkdir(exist_ok=True)
        for name, raw in self.case.files.items():
            (folder / "inputs" / name).write_bytes(raw)
        (folder / "inputs" / "priors.json").write_text("{}")
        (folder / "run.json").write_text(json.dumps(self.account))

    def _quantities(self) -> list[str]:
        return [
            q
            for q in RATES
            if q in ("killed", "casualties") or (self.evidence.claims["quantity"] == q).any()
        ]

    def estimates(self) -> pd.DataFrame:
        """Cumulative quantiles by day."""
        first, last = pd.Timestamp(self.case.start), pd.Timestamp(self.as_of)
        days = pd.date_range(first, last, periods=min(120, max(1, (last - first).days))).normalize()
        t = np.linspace(-1, 1, len(days)) if len(days) > 1 else np.array([1.0])
        shape = 0.65 / (1 + np.exp(-(t + 0.7) * 18)) + 0.35 / (1 + np.exp(-(t + 0.2) * 9))
        shape = shape / shape[-1]
        parts = []
        for quantity in self._quantities():
            median, sd = RATES[quantity]
            median *= self.scale
            part = pd.DataFrame(
                {
                    "date": days.astype("datetime64[s]"),
                    "side": self.case.sides[0].id,
                    "quantity": quantity,
                    "mean": median * shape * math.exp(sd**2 / 2),
                    "median": median * shape,
                }
            )
            for name, z in Z.items():
                part[name] = median * shape * math.exp(sd * z)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def distributions(self) -> dict[str, np.ndarray]:
        """Quantiles by quantity (days, 400): lognormal between the 5% and 95% estimates."""
        z = norm.ppf((np.arange(400) + 0.5) / 400)
        found = {}
        for name, part in self.estimates().groupby("quantity", sort=False):
            low, high = (np.log1p(part[q].to_numpy(float))[:, None] for q in ("q05", "q95"))
            middle = np.log1p(part["median"].to_numpy(float))[:, None]
            found[str(name)] = np.expm1(np.maximum(middle + z * (high - low) / 3.29, 0.0))
        return found

    def totals(self) -> pd.DataFrame:
        """Totals at the as-of day."""
        rows = []
        last = self.estimates().groupby("quantity", sort=False).tail(1).set_index("quantity")
        for quantity, row in last.iterrows():
            spoken = self.evidence.claims.query("quantity == @quantity and status == 'used'")
            rows.append(
                {
                    "quantity": quantity,
                    "median": row["median"],
                    "mean": row["mean"],
                    "intervals": [
                        {"prob": p, "low": row[lo], "high": row[hi]}
                        for p, lo, hi in (
                            (0.5, "q25", "q75"),
                            (0.8, "q10", "q90"),
                            (0.9, "q05", "q95"),
                            (0.95, "q025", "q975"),
                        )
                    ],
                    "mcse_median": row["median"] * 0.01,
                    "rhat": 1.002,
                    "ess_bulk": 2400.0,
                    "ess_tail": 2200.0,
                    "n_used": len(spoken),
                    "prior_only": not len(spoken),
                }
            )
        return pd.DataFrame(rows)

    def sources(self) -> pd.DataFrame:
        """Bias by source."""
        rows = []
        view = self.evidence.claims
        killed = RATES["killed"][0] * self.scale
        for i, row in enumerate(self.case.sources.to_dict("records")):
            mine = view[view["source"] == row["id"]]
            if mine.empty:
                continue
            used = int((mine["status"] == "used").sum())
            prior = LEAN[row["relation"]]
            learned = min(0.8, 0.12 * used)
            median = prior * math.exp(0.25 * math.sin(i))
            sd = 0.55 * (1 - learned)
            losses = mine["quantity"].isin(["killed", "casualties", "wounded"]).any() and used
            about = "killed" if losses else ""
            if (mine["quantity"] == "named_dead").any() and used:
                about, prior, median = "list", 0.2, 0.25
            told = {
                "prior_median": prior,
                "prior_q05": prior * math.exp(-0.9),
                "prior_q95": prior * math.exp(0.9),
                "median": median,
                "q05": median * math.exp(-1.645 * sd),
                "q95": median * math.exp(1.645 * sd),
                "learned": learned,
                "anchor_median": killed * median,
                "anchor_q05": killed * median * math.exp(-0.3),
                "anchor_q95": killed * median * math.exp(0.3),
            }
            rows.append(
                {
                    "source": row["id"],
                    "name": row["name"],
                    "country": row["country"],
                    "relation": row["relation"],
                    "method": row["method"],
                    "family": row["family"],
                    "builds_on": row["builds_on"],
                    "n_claims": len(mine),
                    "n_used": used,
                    "about": about,
                    **{name: value if about else math.nan for name, value in told.items()},
                }
            )
        return pd.DataFrame(rows)

    def claims(self) -> pd.DataFrame:
        """Claims with predictive, surprise and influence."""
        frame = self.evidence.claims.merge(
            self.case.sources[["id", "name", "family", "relation"]].rename(
                columns={"id": "source"}
            ),
            on="source",
            how="left",
        )
        used = frame["status"] == "used"
        figure = frame["value"].fillna(np.sqrt(frame["low"].clip(lower=0) * frame["high"]))
        n = np.arange(len(frame))
        frame["predictive_median"] = figure * (1 + 0.2 * np.sin(n))
        frame["predictive_q05"] = frame["predictive_median"] * 0.5
        frame["predictive_q95"] = frame["predictive_median"] * 2
        frame["surprise"] = np.where(used, np.abs(np.sin(n * 7.0)), np.nan)
        frame["influence"] = np.where(used, 6 * np.sin(n * 3.0), np.nan)
        frame["pareto_k"] = np.where(used, 0.3, np.nan)
        frame["readings"] = np.where(
            frame["ambiguity"].str.contains("killed"), "killed 12%, casualties 88%", ""
        )
        return frame

    def unspoken(self) -> pd.DataFrame:
        """Return the time after the last claim, and the weight of silence."""
        last = pd.Timestamp(self.as_of)
        weight = {"what": "weight", "name": "", "median": 0.2, "q05": 0.02, "q95": 0.6,
                  "prior_median": 0.22, "prior_q05": 0.01, "prior_q95": 0.62, "learned": 0.1,
                  "covered_by": ""}
        share = {"what": "after the last claim", "name": "", "median": 0.02, "q05": 0.001,
                 "q95": 0.08, "prior_median": 0.04, "prior_q05": 0.002, "prior_q95": 0.2,
                 "learned": 0.3, "count_median": 40.0 * self.scale, "count_q05": 2.0 * self.scale,
                 "count_q95": 160.0 * self.scale, "covered_by": ""}
        days = {"from": last - pd.Timedelta(days=70), "to": last}
        return pd.DataFrame([share | days, weight | days], columns=list(COLUMNS))

    def _ids(self, *wanted: str) -> list[str]:
        """Give these sources, or in a case without them as many of its own families."""
        if set(wanted) <= set(self.case.sources["id"]):
            return list(wanted)
        return sorted(set(self.case.sources["family"]))[: len(wanted)]

    def identification(self) -> dict[str, Any]:
        """What sets the level."""
        known = self._ids("uk_mod", "ukraine_gov", "us_gov", "rok_gov", "nk_state")
        origins = known[: self.n_origins]
        return {
            "assumption_share": self.share,
            "sd_total": 0.48,
            "sd_known": 0.48 * self.share,
            "origins": origins,
            "n_origins": self.n_origins,
            "closed_form": 0.37,
        }

    def test_claim(self, quantity: str, value: float, on: date) -> Mapping[str, Any]:
        """What would have to be true."""
        needed = [
            {
                "family": f,
                "figure": y,
                "claim": c,
                "ratio_needed": y / max(value, 1),
                "prior_probability": p,
            }
            for f, y, c, p in (
                ("rok_gov", 2000.0, "nk110", 0.012),
                ("uk_mod", 1000.0, "nk071", 0.06),
                ("nk_state", 350.0, "nk108", 0.6),
            )
        ]
        seen = set(self.evidence.claims["id"])
        needed = [part for part in needed if part["claim"] in seen]
        return {
            "probability_at_most": 0.0006,
            "probability_at_least": 0.9994,
            "limit_at_most": 0.002,
            "limit_at_least": 0.9999,
            "effective_draws": 3000.0,
            "needed": needed,
        }

    def smallest_moves(self, quantity: str, value: float, on: date) -> Moves:
        """What would have to be otherwise."""
        first, second, third, last = (self._ids("nis", "uk_mod", "nk_state", "gur") * 4)[:4]
        rows = (
            ("source", first, quantity, 1.3, 0.6, 2.6, 2.6, 1.6, 0.14),
            ("source", second, "casualties", 2.2, 1.0, 4.5, 4.4, 1.6, 0.04),
            ("shared", "", "", 0.9, 0.5, 1.5, 1.2, 0.9, 0.33),
            ("killed_share", "", "killed", 0.17, 0.11, 0.25, 0.13, -0.8, 0.31),
            ("list", third, "killed", 0.49, 0.24, 0.8, 0.78, 1.7, 0.01),
        )
        found = (*(Move(*row) for row in rows),
                 Move("source", last, quantity, 0.8, 0.4, 1.7, 1.5, 1.3, 0.6, told=False))
        return Moves(quantity, value, on, on, -2.3, 0.53, "line", 54, False, found)

    def vintages(self) -> tuple[Any, ...]:
        """What could be known when: nothing, unless put there."""
        return self.history

    def remember(self) -> Imitation:
        """Make up what could be known when: wider, and a little higher, the earlier it was."""
        days = sorted({stamp.date() for stamp in self.evidence.claims["published"]})[3:]
        made: list[Vintage] = []
        for place, day in enumerate(days):
            wide = 1 + 0.5 * math.exp(-place / 8)
            curves = {}
            for name, part in self.estimates().groupby("quantity", sort=False):
                seen = part[part["date"] <= pd.Timestamp(day)]
                part = seen if len(seen) else part.head(1)
                lines = {"median": tuple(part["median"])} | {
                    q: tuple(part["median"] * (part[q] / part["median"]) ** wide) for q in Z}
                ends = tuple(stamp.date() for stamp in part["date"])
                curves[str(name)] = Curve(ends, lines)
            mine = curves[self.case.headline].lines
            low, middle, high, q25, q75 = (
                mine[name][-1] for name in ("q05", "median", "q95", "q25", "q75"))
            checks = {"max_rhat": 1.003, "min_ess_bulk": 900.0, "min_ess_tail": 800.0,
                      "divergences": 0}
            came = self.evidence.claims
            before = days[place - 1] if place else date.min
            came = came[came["published"].dt.date.between(before, day, inclusive="right")]
            made.append(Vintage(
                day, tuple(came["id"]), place + 3, min(1 + place, 5), self.share, place != 5,
                checks, middle, low, high, q25, q75, 0.01,
                math.nan if not place else 0.1, math.nan if not place else 0.05, place == 4, (),
                curves))
        self.history = tuple(made)
        return self

    def findings(self) -> list[Any]:
        """Checks of the fit."""
        return [
            Found(
                "convergence",
                self.verdict,
                "R-hat is at most 1.003 for every quantity reported.",
                None,
            ),
            Found(
                "echo",
                "ok",
                "No figure is repeated without a via.",
                pd.DataFrame({"source": ["nis"], "share": [0.2]}),
            ),
        ]
