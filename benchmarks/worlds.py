"""Invented cases of any size, as ordinary case folders, with their truth.

Losses rise and slow down. Each source has a bias and states figures of windows of some weeks,
rounded, from random days: no running totals, no repeats, so that every row is a claim that speaks.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

RELATIONS = ("adversary", "third_party_state", "media", "independent", "self")
START, TOTAL = date(2020, 1, 1), 200_000
LATEST, LONGEST = 5, 60  # days to publication, and of a window, at most
BIAS, NOISE = 0.3, 0.15  # sd on the log scale


def write_case(folder: Path, claims: int, days: int, sources: int, series: int, seed: int) -> float:
    """Write a case and give its truth.

    Parameters
    ----------
    folder : Path
        Made if absent.
    claims : int
        Claims of each series.
    days, sources, series : int
        Length of the case, and how many there are: the killed, and kinds of equipment.
    seed : int
        Same sizes and seed: same files.

    Returns
    -------
    float
        True number of killed.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = ["killed", *(f"kind_{i:02d}" for i in range(1, series))]
    end = START + timedelta(days=days - 1)
    (folder / "case.toml").write_text(
        f'id = "grown"\ntitle = "An invented case"\nquestion = "How many were killed?"\n'
        f'victim = "military"\nstart = {START}\nend = {end}\nheadline = "killed"\n'
        'comparable_scopes = ["all"]\ncasualties_include = ["killed", "wounded"]\n\n'
        '[[sides]]\nid = "side"\nname = "the invented side"\n'
        + "".join(f'\n[[series]]\nid = "{name}"\nname = "{name.replace("_", " ")}"\n'
                  for name in names[1:]), encoding="utf-8")
    ids = [f"source_{i:03d}" for i in range(sources)]
    pd.DataFrame({
        "id": ids, "name": [name.replace("_", " ") for name in ids], "country": "",
        "relation": [RELATIONS[i % len(RELATIONS)] for i in range(sources)],
        "method": "official_statement", "parent": "", "builds_on": "", "note": "invented",
    }).to_csv(folder / "sources.csv", index=False)
    grown = 1 / (1 + np.exp(-6 * (np.arange(days + 1) / days - 0.4)))
    grown = TOTAL * (grown - grown[0]) / (grown[-1] - grown[0])
    tables = []
    for number, name in enumerate(names):
        speaker = np.arange(claims) % sources
        bias = BIAS * rng.normal(size=sources)
        first = rng.integers(0, days, size=claims)
        last = np.minimum(first + rng.integers(6, LONGEST, size=claims), days - 1)
        figure = (grown[last + 1] - grown[first]) * np.exp(
            bias[speaker] + NOISE * rng.normal(size=claims))
        grain = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(figure, 1))) - 2, 0)
        tables.append(pd.DataFrame({
            "id": [f"c{number}_{i}" for i in range(claims)],
            "source": np.array(ids)[speaker], "quantity": name, "bound": "about",
            "value": np.maximum(np.round(figure / grain) * grain, 1).astype(int), "low": "",
            "high": "", "from": _days(first), "as_of": _days(last),
            "published": _days(last + rng.integers(0, LATEST, size=claims)), "scope": "all",
            "derived_from": "", "via": "", "url": "", "wording": "", "ambiguity": "",
            "confidence": "medium", "note": "invented"}))
    pd.concat(tables).to_csv(folder / "claims.csv", index=False)
    return float(TOTAL)


def _days(after: np.ndarray) -> np.ndarray:
    """Give days after the first one as ISO text."""
    return np.datetime_as_string(np.datetime64(START) + after.astype("timedelta64[D]"))
