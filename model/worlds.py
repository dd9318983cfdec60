"""Simulated worlds as tables and files: rounding, rows of the case format, a legal case folder."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .plans import ClaimPlan, Design

CLAIM_COLUMNS = ("id source quantity bound value low high from as_of published scope derived_from "
                 "via url wording ambiguity confidence note").split()
LARGEST = 9e9  # no one states more: a heavy tail ends below what the gate takes for a slip
SOURCE_COLUMNS = "id name country relation method parent builds_on note".split()


@dataclass(frozen=True)
class World:
    """A simulated case and the truth behind it.

    Attributes
    ----------
    design : Design
        Who speaks when about what.
    claims, sources : DataFrame
        As in claims.csv and sources.csv; figures as floats, NaN where empty, days as ISO text.
    truth : dict
        `seed`; `parameters` (by prior name, natural scale); `total`; `killed_share` (of the total
        at the end; None where parts are not told apart); `paths` (quantity -> count up to the end
        of each day, length `days`); `bias`, `bias_killed`, `bias_deployed` (source -> log bias,
        without drift); `deviates` (standard normal, by `family`, `relation` …); `list` (day ->
        stage of the list of the honoured); `readings` (claim -> what the speaker meant).
    """

    design: Design
    claims: pd.DataFrame
    sources: pd.DataFrame
    truth: dict[str, Any] = field(repr=False)


def as_people_round(rng: np.random.Generator, figure: float, bound: str) -> float:
    """Round a figure: `exact` to units, ranges to two digits, others to one or two."""
    if bound == "exact" or figure < 10:
        return float(max(1, round(figure)))
    digits = 2 if bound == "range" else int(rng.integers(1, 3))
    grain = 10.0 ** (math.floor(math.log10(figure)) + 1 - digits)
    return float(max(1.0, round(figure / grain) * grain))


def claim_row(name: str, plan: ClaimPlan, design: Design, figure: float,
              rng: np.random.Generator | None) -> dict[str, object]:
    """One row of claims.csv.

    Parameters
    ----------
    name : str
        The claim's id.
    plan : ClaimPlan
        What was planned.
    design : Design
        For the first day.
    figure : float
        Centre of the figure, at least 0. A zero is stated as one number, also where a range was
        planned.
    rng : numpy.random.Generator or None
        For rounding; None leaves the figure as drawn.

    Returns
    -------
    dict
        By column of `CLAIM_COLUMNS`.
    """
    ends = {"value": figure, "low": math.nan, "high": math.nan}
    bound = plan.bound
    if bound == "range" and figure > 0:
        upper = "side|side+others" in plan.ambiguity
        half = math.exp(plan.width / 2)
        ends = {"value": math.nan, "low": figure / half**2 if upper else figure / half,
                "high": figure if upper else figure * half}
    elif bound == "range":
        bound = "exact"
    if rng is not None:
        ends = {k: as_people_round(rng, min(x, LARGEST), bound) if x > 0 else x
                for k, x in ends.items()}
    days = {"from": plan.from_day, "as_of": plan.as_of, "published": plan.published}
    return {
        "id": name, "source": plan.source, "quantity": plan.quantity, "bound": bound, **ends,
        **{k: (design.start + timedelta(days=d)).isoformat() for k, d in days.items()},
        "scope": plan.scope, "derived_from": "", "via": "", "url": "", "wording": "",
        "ambiguity": plan.ambiguity, "confidence": "medium", "note": "simulated"}


def source_rows(design: Design) -> pd.DataFrame:
    """Return the sources of a design, umbrellas included, as in sources.csv."""
    rows: dict[str, dict[str, str]] = {}
    for s in design.sources:
        common = {"country": "", "relation": s.relation, "note": "simulated"}
        if s.family and s.family not in rows and s.family not in {x.id for x in design.sources}:
            rows[s.family] = {"id": s.family, "name": f"{s.family} (umbrella)", "parent": "",
                              "method": "official_statement", "builds_on": "", **common}
        rows[s.id] = {"id": s.id, "name": s.id.replace("_", " "), "method": s.method,
                      "parent": "" if s.family == s.id else s.family,
                      "builds_on": ";".join(s.builds_on), **common}
    return pd.DataFrame(list(rows.values()), columns=SOURCE_COLUMNS)


def write_world(world: World, folder: str | Path, case: str = "simulated") -> Path:
    """Write a world as a case folder, with the truth beside it.

    Parameters
    ----------
    world : World
        From `simulate_world`.
    folder : path
        Made if absent; case.toml, sources.csv, claims.csv, truth.json and, where activity is
        planned, activity.csv in it are replaced.
    case : str
        The case's id.

    Returns
    -------
    Path
        The folder.
    """
    folder, design = Path(folder), world.design
    folder.mkdir(parents=True, exist_ok=True)
    end = design.start + timedelta(days=design.days - 1)
    (folder / "case.toml").write_text(
        f'id = "{case}"\ntitle = "A simulated case (seed {world.truth["seed"]})"\n'
        f'question = "How many were {design.headline}?"\nvictim = "{design.victim}"\n'
        f'start = {design.start}\nend = {end}\nheadline = "{design.headline}"\n'
        'comparable_scopes = ["all"]\n'
        'casualties_include = ["killed", "wounded", "missing", "captured"]\n'
        'exclusions = ["Every figure here is simulated; nothing happened."]\n\n'
        f'[[sides]]\nid = "side"\nname = "The simulated side"\nvictim = "{design.victim}"\n',
        encoding="utf-8", newline="\n")
    world.sources.to_csv(folder / "sources.csv", index=False, lineterminator="\n")
    claims = world.claims.astype({k: object for k in ("value", "low", "high")})
    for column in ("value", "low", "high"):
        claims[column] = [_number(x) for x in world.claims[column]]
    claims.to_csv(folder / "claims.csv", index=False, lineterminator="\n")
    if design.activity:
        day = [(design.start + timedelta(days=d)).isoformat() for row in design.activity
               for d in (row.from_day, row.to_day)]
        pd.DataFrame({"from": day[::2], "to": day[1::2],
                      "name": [row.name for row in design.activity],
                      "value": [row.value for row in design.activity], "url": ""}
                     ).to_csv(folder / "activity.csv", index=False, lineterminator="\n")
    truth = json.dumps(world.truth, indent=1, allow_nan=False)
    (folder / "truth.json").write_text(truth + "\n", encoding="utf-8", newline="\n")
    return folder


def _number(x: float) -> str:
    if math.isnan(x):
        return ""
    return str(int(x)) if x == round(x) and x < 1e15 else repr(float(x))
