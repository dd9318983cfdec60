"""One small case, fitted for real once a session."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from estimate.data.case import Case, read_case
from estimate.model.fit import fit
from estimate.model.learned import choose_priors
from estimate.model.result import Fit
from estimate.model.sampler import Settings
from estimate.reports.write import write_report

settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")

SOURCES = """\
id,name,country,relation,method,parent,builds_on,note
red_mod,Red ministry,Red,self,official_statement,,,
blue_gov,Blue government,Blue,adversary,official_statement,,,
blue_army,Blue army,Blue,adversary,official_statement,blue_gov,,
watch,Hill Watch,,independent,by_name_count,,,
green,Green ministry,Green,third_party_state,intelligence,,blue_gov,
"""
CASE = """\
id = "tiny"
title = "Losses at the hill"
question = "How many soldiers were killed at the hill?"
victim = "military"
start = 2024-03-01
headline = "killed"
comparable_scopes = ["all"]
casualties_include = ["killed", "wounded", "missing", "captured"]

[[sides]]
id = "red"
name = "Red soldiers"

[[tests]]
quantity = "killed"
value = 40
why = "the ministry's first figure"
"""
CLAIMS = """\
id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,via,url,wording,\
ambiguity,confidence,note
c1,red_mod,killed,exact,40,,,2024-03-01,2024-03-10,2024-03-11,all,,,https://example.org/1,,,high,
c2,blue_army,killed,about,200,,,2024-03-01,2024-03-10,2024-03-11,all,,,https://example.org/2,,killed|casualties,high,
c3,blue_army,casualties,about,700,,,2024-03-01,2024-03-20,2024-03-21,all,,,https://example.org/3,,,high,
c4,watch,killed,at_least,70,,,2024-03-01,2024-03-20,2024-03-25,all,,,https://example.org/4,,,high,
c5,green,wounded,range,,200,300,2024-03-01,2024-03-20,2024-03-25,all,,,https://example.org/5,,,medium,
c6,red_mod,killed,exact,65,,,2024-03-01,2024-03-28,2024-03-30,all,,,https://example.org/6,,,high,
c7,red_mod,killed,exact,65,,,2024-03-01,2024-03-28,2024-03-31,all,,,https://example.org/7,,,high,
c8,green,deployed,about,5000,,,2024-03-01,2024-03-20,2024-03-25,all,,,https://example.org/8,,,medium,
c9,green,killed,about,9,,,2024-03-05,2024-03-05,2024-03-07,hospital,,,https://example.org/9,,,low,
"""


def write_case(folder: Path, claims: str = CLAIMS, case: str = CASE) -> Path:
    """Write the small case and give its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("case.toml", case), ("sources.csv", SOURCES), ("claims.csv", claims)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small case."""
    return write_case(tmp_path_factory.mktemp("case") / "tiny")


@pytest.fixture(scope="session")
def tiny_fit(tiny_case: Path) -> Fit:
    """Fit the small case."""
    return fit(read_case(tiny_case), settings=Settings(draws=2000, tune=500, chains=2, seed=1))


@pytest.fixture(scope="session")
def tiny_run(tiny_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small case's report."""
    tiny_fit.account["timings"] = {"imports": 0.0} | tiny_fit.account["timings"]
    tiny_fit.account["command"] = "estimate fit tiny --seed 1"
    return write_report(tiny_fit, tmp_path_factory.mktemp("run") / "tiny")


PLANTED = ("c10,green,killed,about,900,,,2024-03-01,2024-03-20,2024-03-26,all,,,"
           "https://example.org/10,,,high,\n")


@pytest.fixture(scope="session")
def variants(tiny_fit: Fit, tiny_case: Path, tmp_path_factory: pytest.TempPathFactory
             ) -> dict[str, Path]:
    """Saved fits of the small case by what is other about them; `first` is `tiny_fit`."""
    folder, case = tmp_path_factory.mktemp("variants"), read_case(tiny_case)
    planted = read_case(write_case(folder / "case" / "planted", CLAIMS + PLANTED))
    other = folder / "kappa.json"
    other.write_text('{"schema": 1, "priors": {"kappa": {"mean": 0.5, "sd": 0.2}}}', "utf-8")

    def drawn(seed: int, of: Case = case, **asked: Any) -> Fit:
        return fit(of, settings=Settings(draws=2000, tune=500, chains=2, seed=seed), **asked)

    fits = {
        "first": tiny_fit, "seed": drawn(2), "planted": drawn(3, planted),
        "priors": drawn(4, priors=choose_priors(other, case)),
        "earlier": drawn(5, as_of=date(2024, 3, 25)),
    }
    for name, made in fits.items():
        (folder / name).mkdir()
        made.save(folder / name)
    return {name: folder / name for name in fits}
