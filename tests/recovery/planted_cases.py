"""Invented cases without error, for `planted.py`: denser than those that history left."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from estimate.data.case import Case, read_files
from estimate.data.casewriter import csv_bytes
from estimate.data.files import CASE_FILE, CLAIMS_FILE, SOURCES_FILE
from estimate.data.words import CLAIM_COLUMNS, SOURCE_COLUMNS

HISTORIES = 12


def histories(seed: int) -> list[Case]:
    """Invent cases without error: every source's totals grow, each with its own bias and rounding.

    The worlds of `estimate.model.simulate` will not do: their sources contradict themselves.
    """
    start = date(2024, 1, 1)
    names = {"ministry": ("self", 3), "staff": ("adversary", 2), "president": ("adversary", 2),
             "north": ("ally", 4), "island": ("third_party_state", 2), "watch": ("independent", 9)}
    cases = []
    for at_case in range(HISTORIES):
        rng = np.random.default_rng([seed, at_case])
        size = float(np.exp(rng.normal(7.5, 1)))
        days = rng.gamma(0.3, size=200)  # bursts of fighting
        hit, killed = (np.cumsum(part) / days.sum()
                       for part in (days, days * rng.beta(6, 14, size=200)))
        rows: list[dict[str, object]] = []
        for source, (_, kept) in names.items():
            bias, at = np.exp(rng.normal(0, 0.4)), int(rng.integers(5, 30))
            while at < 200:
                share = bias * size * hit[at]
                late = int(rng.integers(0, 5))
                dead = bias * size * killed[at]
                for quantity, figure in (("killed", dead), ("casualties", share)):
                    place = kept - len(f"{figure:.0f}")
                    rows.append({
                        "id": f"h{len(rows):03}", "source": source, "quantity": quantity,
                        "bound": "exact" if kept > 3 else "about",
                        "value": f"{round(figure, min(0, place)):.0f}", "from": start,
                        "as_of": start + timedelta(days=at), "scope": "all", "confidence": "high",
                        "published": start + timedelta(days=at + late)})
                at += int(rng.integers(8, 40))
            rows.append({**rows[-1], "id": f"h{len(rows):03}", "quantity": "deployed",
                         "value": f"{float(f'{size * rng.uniform(3, 5):.2g}'):.0f}"})
        for row in rows:
            row["url"] = f"https://example.org/{row['id']}"
        toml = ('id = "history"\ntitle = "An invented history"\nquestion = "How many?"\n'
                f'victim = "military"\nstart = {start}\nheadline = "killed"\n'
                'comparable_scopes = ["all"]\ncasualties_include = ["killed", "wounded"]\n\n'
                '[[sides]]\nid = "red"\nname = "Red soldiers"\n')
        voices = [{"id": name, "name": name.title(), "relation": relation, "method": "estimate",
                   "parent": "staff" if name == "president" else ""}
                  for name, (relation, _) in names.items()]
        cases.append(read_files({
            CASE_FILE: toml.encode(),
            SOURCES_FILE: csv_bytes([column.name for column in SOURCE_COLUMNS], voices),
            CLAIMS_FILE: csv_bytes([c.name for c in CLAIM_COLUMNS if not c.optional], rows)}))
    return cases
