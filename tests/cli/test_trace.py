"""`estimate trace`: every number leads to its claims, and says what the files say."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from estimate.data.case import read_case
from estimate.data.fingerprint import row_hashes
from estimate.reports.write import account_text, publish

Run = Callable[..., Result]
USED = {"c1", "c2", "c3", "c4", "c5", "c6", "c8"}


@pytest.fixture(scope="module")
def published(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run without its draws."""
    return publish(tiny_run, tmp_path_factory.mktemp("published") / "tiny")


def traced(run: Run, folder: Path, *number: str) -> dict[str, Any]:
    result = run("trace", folder, *number, "--json")
    assert result.exit_code == 0, result.output
    made: dict[str, Any] = json.loads(result.stdout)
    return made


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_headline_and_its_claims(run: Run, published: Path) -> None:
    summary = json.loads((published / "summary.json").read_bytes())
    made, head = traced(run, published), summary["headline"]
    assert made["says"] == head["sentence"]
    assert made["figures"] == {"median": head["median"], "q05": head["interval"]["low"],
                               "q95": head["interval"]["high"]}
    assert {claim["id"] for claim in made["claims"]} == USED
    influences = [abs(claim["influence"]) for claim in made["claims"]]
    assert influences == sorted(influences, reverse=True)


def test_every_claim_has_its_row_hash_line_and_address(run: Run, published: Path) -> None:
    summary = json.loads((published / "summary.json").read_bytes())
    hashes = row_hashes(read_case(published / "inputs").claims)
    assert summary["row_sha256"] == hashes
    assert {row["id"]: row["row_sha256"] for row in rows(published, "claims.csv")} == hashes
    lines = (published / "inputs" / "claims.csv").read_text("utf-8").splitlines()
    page = (published / "index.html").read_text("utf-8")
    for claim in traced(run, published)["claims"]:
        assert claim["row_sha256"] == hashes[claim["id"]]
        assert claim["file"] == "inputs/claims.csv"
        assert lines[claim["line"] - 1].startswith(f"{claim['id']},")
        assert claim["url"] in lines[claim["line"] - 1]
        assert f'id="claim-{claim["id"]}"' in page
        assert f"row {claim['row_sha256'][:12]}" in page


def test_every_estimate_is_that_of_the_table(run: Run, published: Path) -> None:
    last = {row["quantity"]: row for row in rows(published, "estimates.csv")}
    summary = json.loads((published / "summary.json").read_bytes())
    for quantity, row in last.items():
        made = traced(run, published, quantity)
        assert made == traced(run, published, f"{quantity}@{row['date']}")
        assert made == traced(run, published, f"red:{quantity}@{row['date']}")
        assert made["figures"]["median"] == summary["quantities"][quantity]["median"]
        assert made["figures"]["q95"] == float(row["q95"])
    wounded = {claim["id"]: claim["bears"] for claim in traced(run, published, "wounded")["claims"]}
    assert wounded["c5"] == "states it"
    assert wounded["c1"] == "through the model"
    casualties = traced(run, published, "casualties@2024-03-20")["claims"]
    assert {c["id"] for c in casualties if c["bears"] == "states it"} == {"c2", "c3"}


def test_a_source_a_claim_and_the_share(run: Run, published: Path) -> None:
    source = next(row for row in rows(published, "sources.csv") if row["source"] == "red_mod")
    for key, column in (("bias", "median"), ("anchor", "anchor_median")):
        made = traced(run, published, f"{key}:red_mod")
        assert made["figures"]["median"] == float(source[column])
        assert {claim["id"] for claim in made["claims"]} == {"c1", "c6"}
    claim = traced(run, published, "c4")
    assert claim == traced(run, published, "claim:c4")
    assert claim["says"] == "at least 70 killed, says Hill Watch"
    assert [each["id"] for each in claim["claims"]] == ["c4"]
    share = traced(run, published, "assumption-share")
    summary = json.loads((published / "summary.json").read_bytes())
    assert share["figures"] == {"share": summary["assumption_share"]}


def test_in_words(run: Run, published: Path) -> None:
    said = run("trace", published, "killed").stdout
    hashes = row_hashes(read_case(published / "inputs").claims)
    for number, name in enumerate(("c1", "c2", "c3", "c4", "c5", "c6"), 1):
        assert f"sha256 {hashes[name]}" in said
        assert f"https://example.org/{number}\n" in said
    assert "inputs/claims.csv, line 5, " in said
    assert "bias:SOURCE" in run("trace", published).stdout


@pytest.mark.parametrize(("number", "told"), [
    ("kiled", "did you mean 'killed'?"), ("bias:red_mud", "did you mean 'red_mod'?"),
    ("killed@2030-01-01", "write one from 2024-03-01 to 2024-03-31"),
    ("killed@\u202esoon", "no day of the estimate"), ("blue:killed", "red:killed"),
    ("without:red_mod", "--refits"), ("known:2024-03-20", "--history"), ("claim:c99", "c9"),
    ("bias:", "no such number")])
def test_a_number_that_is_not_there(
    refused: Run, published: Path, number: str, told: str
) -> None:
    assert told in refused("trace", published, number).stderr


def test_a_day_within_a_step_is_answered_by_its_end(run: Run, published: Path) -> None:
    days = sorted({row["date"] for row in rows(published, "estimates.csv")})
    assert traced(run, published, f"killed@{days[3]}")["key"] == f"killed@{days[3]}"


@pytest.mark.parametrize("name", ["summary.json", "estimates.csv", "claims.csv", "sources.csv",
                                  "inputs/claims.csv"])
def test_a_changed_file_is_not_traced(
    refused: Run, published: Path, tmp_path: Path, name: str
) -> None:
    run = shutil.copytree(published, tmp_path / "run")
    raw = bytearray((run / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (run / name).write_bytes(raw)
    said = refused("trace", run).stderr
    assert name in said
    assert "estimate verify" in said


def resealed(run: Path, **changes: str) -> Path:
    """Write files of a run anew, and its account as somebody who forges it would."""
    account = json.loads((run / "run.json").read_bytes())
    for name, text in changes.items():
        file = run / f"{name}.csv"
        file.write_text(text, encoding="utf-8", newline="")
        account["files"][file.name] |= {"sha256": sha256(file.read_bytes()).hexdigest(),
                                        "bytes": len(file.read_bytes())}
    (run / "run.json").write_text(account_text(account), encoding="utf-8")
    return run


@pytest.mark.parametrize("spoil", [
    lambda text: text.replace('"as_of": "2024', '"as_of": "2023'),
    lambda text: text.replace('"draws": 2000', '"draws": 9000'),
    lambda text: text.replace("\n", "\n\n", 1),
    lambda text: text.replace('"sha256": "', '"sha256": "0'),
])
def test_an_account_that_was_changed_is_not_traced(
    refused: Run, published: Path, tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    run = shutil.copytree(published, tmp_path / "run")
    text = (run / "run.json").read_text("utf-8")
    assert spoil(text) != text
    (run / "run.json").write_text(spoil(text), encoding="utf-8")
    said = refused("trace", run).stderr
    assert "run.json: is not as it was written; `estimate verify` tells" in said


@pytest.mark.parametrize("name", ["activity.csv", "judged.csv", "claims.log"])
def test_a_table_that_the_run_does_not_list_is_not_read(
    refused: Run, published: Path, tmp_path: Path, name: str
) -> None:
    run = shutil.copytree(published, tmp_path / "run")
    (run / "inputs" / name).write_text("from,to,name,value,url\n")
    assert f"{name}: run.json does not say its hash" in refused("trace", run).stderr


def test_words_of_a_run_steer_no_terminal(run: Run, published: Path, tmp_path: Path) -> None:
    odd = "two\nlines\x1b[31m\u202e\x9b"
    forged = shutil.copytree(published, tmp_path / "run")
    tables = {}
    for name in ("claims", "sources"):
        out = io.StringIO(newline="")
        told = rows(published, f"{name}.csv")
        writer = csv.DictWriter(out, told[0])
        writer.writeheader()
        writer.writerows({**row, "name": odd} for row in told)
        tables[name] = out.getvalue()
    resealed(forged, **tables)
    for number in ("headline", "bias:red_mod", "anchor:red_mod", "c1", "killed"):
        said = run("trace", forged, number).stdout
        assert "two lines[U+001B][31m[U+202E][U+009B]" in said
        assert all(char.isprintable() for char in said.replace("\n", ""))
        assert "\\n" not in said


@pytest.mark.parametrize("text", ["[]", "{}", '{"headline": {"quantity": "tanks"}}'])
def test_a_hostile_summary_is_refused(
    refused: Run, published: Path, tmp_path: Path, text: str
) -> None:
    run = shutil.copytree(published, tmp_path / "run")
    (run / "summary.json").write_text(text)
    account = json.loads((run / "run.json").read_bytes())
    account["files"]["summary.json"] |= {"sha256": sha256(text.encode()).hexdigest(),
                                         "bytes": len(text)}
    (run / "run.json").write_text(account_text(account))
    assert "do not read as those of a report" in refused("trace", run).stderr
