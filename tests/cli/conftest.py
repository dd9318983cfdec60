"""A small case on disk, and a way to run the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from estimate.cli.main import cli

CASE = """\
id = "hill"
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
"""
SOURCES = """\
id,name,country,relation,method,parent,builds_on,note
red_mod,Red ministry,Red,self,official_statement,,,
blue_gov,Blue government,Blue,adversary,official_statement,,,
blue_army,Blue army,Blue,adversary,official_statement,blue_gov,,
watch,Hill Watch,,independent,by_name_count,,,
"""
CLAIMS = """\
id,source,quantity,bound,value,low,high,from,as_of,published,scope,derived_from,via,url,wording,\
ambiguity,confidence,note
c1,red_mod,killed,exact,40,,,2024-03-01,2024-03-10,2024-03-11,all,,,https://example.org/1,,,high,
c2,blue_army,killed,about,200,,,2024-03-01,2024-03-10,2024-03-11,all,,,https://example.org/2,,,high,
c3,blue_army,casualties,about,700,,,2024-03-01,2024-03-20,2024-03-21,all,,,https://example.org/3,,,high,
c4,watch,killed,at_least,70,,,2024-03-01,2024-03-20,2024-03-25,all,,,https://example.org/4,,,high,
c5,watch,wounded,range,,200,300,2024-03-01,2024-03-20,2024-03-25,all,,,https://example.org/5,,,medium,
c6,red_mod,killed,exact,65,,,2024-03-01,2024-03-28,2024-03-30,all,,,https://example.org/6,,,high,
"""

Run = Callable[..., Result]


@pytest.fixture
def hill(tmp_path: Path) -> Path:
    """Folder of a valid case with 6 claims from 4 sources."""
    folder = tmp_path / "hill"
    folder.mkdir()
    for name, text in (("case.toml", CASE), ("sources.csv", SOURCES), ("claims.csv", CLAIMS)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `estimate` with the given words, in an empty folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words])

    return invoke


@pytest.fixture
def refused(run: Run) -> Run:
    """Run `estimate` with the given words and expect exit code 2, all of it in words on stderr."""

    def invoke(*words: object) -> Result:
        result = run(*words)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        assert list(Path.cwd().iterdir()) == [], "nothing may be written"
        return result

    return invoke
