"""`estimate compare`: the verdict, the claims behind it, and runs that cannot be compared."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
SAME = "no difference beyond Monte Carlo error"


@pytest.fixture
def saved(variants: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of a run folder that may be changed."""
    return shutil.copytree(variants["seed"], tmp_path / "saved")


def said(result: Result) -> str:
    """What stands on stdout, on one line."""
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def test_two_seeds(run: Run, variants: dict[str, Path]) -> None:
    text = said(run("compare", variants["first"], variants["seed"]))
    assert text.startswith(f"“seed” against “first”: {SAME}.")
    assert "Sampling: seed 1 → 2." in text


def test_a_planted_claim_is_named(run: Run, variants: dict[str, Path]) -> None:
    text = said(run("compare", variants["first"], variants["planted"]))
    assert text.startswith("“planted” against “first”: the median for killed by 31 March 2024 went")
    assert "Claim c10 was added (Green ministry: about 900 killed by 20 March 2024)" in text
    assert SAME not in text
    back = said(run("compare", variants["planted"], variants["first"]))
    assert "Claim c10 was removed" in back


def test_prior_and_as_of(run: Run, variants: dict[str, Path]) -> None:
    text = said(run("compare", variants["first"], variants["priors"], variants["earlier"]))
    one, two = text.split("“earlier” against “first”:")
    assert "“priors” against “first”:" in one
    assert "Both runs hear the same claims; what changed: priors" in one
    assert "→ normal, mean 0.5, sd 0.2" in one
    assert "As-of day: 31 March 2024 → 25 March 2024." in two
    assert "Only “first” speaks of 26 to 31 March 2024." in two
    assert "Claim c6 was heard by “first” alone" in two


def test_json_and_nothing_else(run: Run, variants: dict[str, Path]) -> None:
    result = run("compare", variants["first"], variants["seed"], variants["planted"], "--json")
    made = json.loads(result.stdout)
    assert [pair["differs"] for pair in made["comparisons"]] == [False, True]
    assert [c["claim"] for c in made["comparisons"][1]["claims"]] == ["c10"]
    rows = made["comparisons"][1]["differences"]
    assert sum(row["counted"] for row in rows) == made["comparisons"][1]["n_compared"]
    assert all(abs(row["errors"]) > made["comparisons"][1]["threshold"]
               for row in rows if row["moved"])


def test_few_draws_are_told(run: Run, variants: dict[str, Path], saved: Path) -> None:
    account = json.loads((saved / "run.json").read_bytes())
    account["diagnostics"] |= {"ok": False, "max_rhat": 1.2, "divergences": 3}
    (saved / "run.json").write_text(json.dumps(account), encoding="utf-8")
    text = said(run("compare", variants["first"], saved))
    assert "“saved” failed a check of its sampler (R-hat 1.200" in text
    assert "Monte Carlo error is itself doubtful" in text


def test_out_is_whole_and_is_replaced_but_nothing_else_is(
    run: Run, variants: dict[str, Path], tmp_path: Path, saved: Path
) -> None:
    out, words = tmp_path / "out", ("compare", variants["first"], variants["planted"], "--out")
    said(run(*words, out))
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert names == {"index.html", "compare.md", "compare.json", "differences.csv",
                     "figures/compare-2.png", "figures/compare-2.svg"}
    assert set(json.loads((out / "compare.json").read_bytes())["files"]) == names - {"compare.json"}
    assert "Claim c10 was added" in (out / "compare.md").read_text("utf-8")
    said(run(*words, out))
    (out / "notes.txt").write_text("mine")
    for folder in (out, saved):  # a run is not replaced by a comparison
        before = sorted(folder.rglob("*"))
        result = run(*words, folder)
        assert result.exit_code == 2
        assert "name another folder with --out" in result.stderr
        assert sorted(folder.rglob("*")) == before


def test_hostile_names_are_harmless(run: Run, variants: dict[str, Path], tmp_path: Path) -> None:
    run_folder = tmp_path / "<img src=x>\u202e[x](y)\n{{ 7*7 }}"
    shutil.copytree(variants["planted"], run_folder)
    out = tmp_path / "out"
    text = said(run("compare", variants["first"], run_folder, "--out", out))
    assert "\u202e" not in text
    assert "[U+202E]" in text
    page, paper = ((out / name).read_text("utf-8") for name in ("index.html", "compare.md"))
    assert "<img" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)
    assert "<img" not in paper
    assert "\u202e" not in page + paper
    assert "“<img src=x>[U+202E][x](y) {{ 7*7 }}”" in text


@pytest.mark.parametrize("name", ["posterior.nc", "run.json", "inputs/claims.csv",
                                  "inputs/sources.csv", "inputs/case.toml", "inputs/priors.json"])
@pytest.mark.parametrize("spoil", ["missing", "cut", "empty"])
def test_a_spoilt_file_is_named(
    refused: Run, variants: dict[str, Path], saved: Path, name: str, spoil: str
) -> None:
    file = saved / name
    content = file.read_bytes()
    file.unlink()
    if spoil != "missing":
        file.write_bytes(content[: len(content) // 2] if spoil == "cut" else b"")
    said = refused("compare", saved, variants["first"]).stderr
    assert file.name in said or "the tables do not match" in said
    assert str(saved) in said
    assert "run `estimate fit` again" in said


@pytest.mark.parametrize("key", ["seed", "versions", "diagnostics", "exclude", "as_of", "priors"])
def test_an_account_with_a_field_missing(
    refused: Run, variants: dict[str, Path], saved: Path, key: str
) -> None:
    account = json.loads((saved / "run.json").read_bytes())
    del account[key]
    (saved / "run.json").write_text(json.dumps(account), encoding="utf-8")
    said = refused("compare", saved, variants["first"]).stderr
    assert "run.json" in said
    assert key in said


@pytest.mark.parametrize(("change", "told"), [
    ({"schema": 99}, "another version"), ({"tool": "other"}, "not the account"),
    ({"draws_sha256": "0" * 64}, "does not match the hash"),
    ({"as_of": "2024-03-20"}, "its days, quantities or indicators"),
    ({"as_of": "soon"}, "run.json"),
    ({"exclude": ["nobody"]}, "nobody"), ({"exclude": [{}]}, "run.json"),
    ({"priors": []}, "priors.json")], ids=str)
def test_an_account_that_does_not_belong(
    refused: Run, variants: dict[str, Path], saved: Path, change: dict[str, object], told: str
) -> None:
    account = json.loads((saved / "run.json").read_bytes()) | change
    (saved / "run.json").write_text(json.dumps(account), encoding="utf-8")
    said = refused("compare", saved, variants["first"]).stderr
    assert told in said
    assert "run `estimate fit` again" in said


def test_one_run_alone_and_none(refused: Run, variants: dict[str, Path]) -> None:
    assert "two or more" in refused("compare", variants["first"]).stderr
    assert "RUN" in refused("compare").stderr
