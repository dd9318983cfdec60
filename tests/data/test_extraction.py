"""Claims read from text: the labelled sentences, spans, limits, and the whole way by command."""

import csv
import importlib.util
import json
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from estimate.cli.main import cli
from estimate.data.article import Article, read_stream
from estimate.data.extraction import extract
from estimate.data.review import REVIEW_COLUMNS

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
# Parts that the grammar has seen since they were scored first: they may not get worse.
SEEN = {"development": 0.95, "fresh-1": 0.95, "fresh-2": 0.95}


def _scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "scoring", Path(__file__).parent / "extraction" / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses ask for it
    spec.loader.exec_module(module)
    return module


scoring = _scoring()


@pytest.mark.parametrize(("part", "least"), SEEN.items())
def test_parts_that_were_seen_keep_their_score(part: str, least: float) -> None:
    made = scoring.score(part)
    assert made.sentences > 70
    told = made.tallies["figure and quantity"]
    assert min(told.precision, told.recall) >= least
    assert made.tallies["bound"].f1 >= least
    assert made.tallies["origin"].f1 >= least


def test_spans_are_the_figures_place_and_nothing_is_random() -> None:
    for row in scoring.labelled("development"):
        article = Article(row["id"], row["text"], date.fromisoformat(row["published"]), "option")
        found = [each.record() for each in extract(article)]
        assert found == [each.record() for each in extract(article)]
        for each in found:
            start, end = each["span"]
            assert 0 <= start < end <= len(row["text"])
            assert row["text"][start:end].strip()


def test_command_reads_a_text_and_proposes_a_review(tmp_path: Path) -> None:
    text = ("At least 600 soldiers of Red have been killed, the Ministry of Blue said on 3 March "
            "2024. Some 4,700 were casualties.")
    run = CliRunner()
    told = run.invoke(cli, ["claims", "extract", "-", "--published", "2024-03-04", "--json"],
                      input=text)
    assert told.exit_code == 0, told.output
    assert "600" in told.stdout
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    review = tmp_path / "review.csv"
    words = ["claims", "extract", str(tmp_path / "a.txt"), "--published", "2024-03-04",
             "--out", str(review)]
    assert run.invoke(cli, words).exit_code == 0
    before = review.read_bytes()
    assert before.startswith(b"accept,")
    (_, row) = csv.DictReader(before.decode().splitlines())
    assert list(row) == [column.name for column in REVIEW_COLUMNS]
    assert (row["remark"], row["note"]) == ("who said it is read from the sentence before", "")
    again = run.invoke(cli, words)  # a review that somebody may have edited is not written over
    assert again.exit_code == 2
    assert review.read_bytes() == before


def test_orders_to_a_terminal_are_no_words() -> None:
    text = b"\x1b[31mAt least 600\x1b[0m soldiers of Red were \xe2\x80\xaekilled, Blue said.\n"
    (found,) = extract(read_stream(BytesIO(text), date(2024, 3, 4)))
    assert found.record()["value"] == 600
    assert not set(found.record()["text"]) & set("\x1b\u202e")


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\xff", b"<html>" * 3000, b"9" * 50_000])
def test_odd_files_give_a_result_or_one_line(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "odd.txt").write_bytes(raw)
    told = CliRunner().invoke(cli, ["claims", "extract", str(tmp_path / "odd.txt"),
                                    "--published", "2024-03-04"])
    assert told.exit_code in (0, 2)
    assert told.exception is None or isinstance(told.exception, SystemExit)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two articles are not beside the project")
def test_figures_of_the_two_articles() -> None:
    found = []
    for file in sorted(SEEDS.glob("*.txt")):
        told = CliRunner().invoke(cli, ["claims", "extract", str(file), "--published",
                                        "2025-09-02", "--json"])
        assert told.exit_code == 0
        found.append({(each["quantity"], each["bound"], each["value"])
                      for each in json.loads(told.stdout)})
    assert {("killed", "about", 2000), ("killed", "about", 600), ("casualties", "exact", 350),
            ("deployed", "about", 1000)} <= found[0]
    assert {("killed", "at_least", 600), ("casualties", "about", 4700),
            ("returned", "about", 2000), ("deployed", "about", 15000)} <= found[1]
