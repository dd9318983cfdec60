"""`estimate verify`: what was written is what is there, and a refit says the same."""

import csv
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from click.testing import Result

from estimate.data.ledger import Change
from estimate.data.ledger import seal as seal_log
from estimate.model import fit as fitting
from estimate.model.result import Fit, load_fit
from estimate.reports.write import account_text, publish

Run = Callable[..., Result]


@pytest.fixture
def saved(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a run folder that may be changed."""
    return shutil.copytree(tiny_run, tmp_path / "saved")


@pytest.fixture
def published(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy without its draws."""
    return publish(tiny_run, tmp_path / "published")


@pytest.fixture
def refit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fit], dict[str, Any]]:
    """Have another fit stand for the refit; what it was asked for is kept."""
    asked: dict[str, Any] = {}

    def stands(made: Fit) -> dict[str, Any]:
        def fit(case: Any, **how: Any) -> Fit:
            asked.update(how, case=case)
            return made

        monkeypatch.setattr(fitting, "fit", fit)
        return asked

    return stands


def flip(path: Path, at: int) -> None:
    """Flip one bit."""
    raw = bytearray(path.read_bytes())
    raw[at % len(raw)] ^= 1
    path.write_bytes(raw)


def told(result: Result) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(result.stdout)
    return made


def differing(result: Result) -> list[str]:
    return [each["what"] for each in told(result)["checks"] if each["verdict"] == "differs"]


def seal(run: Path, **changes: Any) -> None:
    """Write the hashes of a run anew, as somebody who forges it would."""
    account = json.loads((run / "run.json").read_bytes()) | changes
    for name, each in account["files"].items():
        if (run / name).is_file():
            raw = (run / name).read_bytes()
            each |= {"sha256": sha256(raw).hexdigest(), "bytes": len(raw)}
    (run / "run.json").write_text(account_text(account), encoding="utf-8")


def test_a_run_and_its_published_copy_are_fitted_again_and_verified(
    run: Run, tiny_run: Path, published: Path
) -> None:
    for folder in (tiny_run, published):
        result = run("verify", folder, "--json")
        assert result.exit_code == 0, result.output
        made = told(result)
        assert made["verified"] is True
        verdicts = {each["what"]: each for each in made["checks"]}
        there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        assert there <= set(verdicts)
        assert verdicts["versions"]["verdict"] == "ok"
        held = "refit and posterior.nc" if folder == tiny_run else "refit and report"
        assert "seed 1, 2 chains of 2,000 draws" in verdicts[held]["detail"]
        assert made["by_hash"] == []
        assert ": verified. Held to a hash alone: what run.json tells" in made["sentence"]
    assert "made again, the same to the byte" in verdicts["refit and report"]["detail"]
    assert verdicts["posterior.nc"]["verdict"] == "not shipped"
    assert "refit and posterior.nc" not in verdicts


KINDS = ("run.json", "index.html", "card.png", "report.md", "estimates.csv", "sources.csv",
         "claims.csv", "summary.json", "posterior.nc", "figures/killed.svg",
         "figures/killed.png", "inputs/case.toml", "inputs/sources.csv", "inputs/claims.csv",
         "inputs/priors.json")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("place", [0.0, 0.37, 0.5, 1.0])
def test_one_flipped_bit_in_any_kind_of_file_is_named(
    run: Run, saved: Path, name: str, place: float
) -> None:
    flip(saved / name, int(place * ((saved / name).stat().st_size - 1)))
    result = run("verify", saved, "--no-refit")
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    assert result.exit_code in ((1, 2) if name == "run.json" else (1,)), result.output
    assert name in result.output.splitlines()[-1]


def test_every_bit_of_the_account_counts(run: Run, saved: Path) -> None:
    file = saved / "run.json"
    raw = file.read_bytes()
    places = [raw.index(b'"sha256"') + 3, raw.rindex(b'"sha256"') + 3, raw.index(b'"files"') + 2,
              raw.index(b"\n"), raw.index(b"  "), len(raw) - 1, raw.index(b'"shipped": true') + 11,
              raw.index(b'"seed": 1') + 8, raw.rindex(b'"sha256"') + 15]
    for at in places:
        flip(file, at)
        result = run("verify", saved, "--no-refit")
        assert result.exit_code in (1, 2), raw[at - 20:at + 20]
        assert "run.json" in result.output
        file.write_bytes(raw)
    assert run("verify", saved, "--no-refit").exit_code == 0


@pytest.mark.parametrize("spoil", ["missing", "added", "cut", "folder", "unlisted"])
def test_files_that_are_missing_added_or_cut_are_named(
    run: Run, saved: Path, spoil: str
) -> None:
    name = "inputs/notes.txt" if spoil == "added" else "estimates.csv"
    file = saved / name
    if spoil == "added":
        file.write_text("mine")
    elif spoil == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    elif spoil == "unlisted":
        account = json.loads((saved / "run.json").read_bytes())
        del account["files"][name]
        (saved / "run.json").write_text(account_text(account), encoding="utf-8")
    else:
        file.unlink()
        if spoil == "folder":
            file.mkdir()
    result = run("verify", saved, "--no-refit", "--json")
    assert result.exit_code == (1 if spoil in ("added", "unlisted") else result.exit_code)
    assert result.exit_code in (1, 2)
    assert name in result.output


def test_a_forged_estimate_with_forged_hashes_is_found_by_the_refit(
    run: Run, published: Path, tiny_fit: Fit, variants: dict[str, Path],
    refit: Callable[[Fit], dict[str, Any]],
) -> None:
    asked = refit(tiny_fit)
    assert run("verify", published).exit_code == 0
    assert (asked["settings"].seed, asked["settings"].draws) == (1, 2000)
    assert asked["exclude"] == ()
    assert asked["as_of"] == tiny_fit.as_of
    text = (published / "estimates.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    summary = json.loads((published / "summary.json").read_bytes())
    for row in rows:
        if row["quantity"] == "killed":
            for column in ("mean", "median", *(name for name in row if name.startswith("q0")
                                               or name.startswith("q9") or name in ("q10", "q25",
                                                                                    "q75"))):
                row[column] = f"{2 * float(row[column]):.8g}"
    with (published / "estimates.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    seal(published)
    assert "summary.json and estimates.csv" in differing(run("verify", published, "--no-refit",
                                                             "--json"))
    killed = summary["quantities"]["killed"]
    for part in (killed, summary["headline"]):
        part["median"] = float(f"{2 * part['median']:.8g}")
    for part in (*killed["intervals"], summary["headline"]["interval"]):
        part |= {end: float(f"{2 * part[end]:.8g}") for end in ("low", "high")}
    (published / "summary.json").write_text(json.dumps(summary))
    seal(published)
    result = run("verify", published, "--no-refit", "--json")
    assert differing(result) == []
    assert {"estimates.csv", "summary.json", "index.html"} <= set(told(result)["by_hash"])
    assert "Held to a hash alone: card.png, claims.csv" in told(result)["sentence"]
    result = run("verify", published, "--json")
    assert result.exit_code == 1
    assert {"summary.json and refit", "estimates.csv and refit"} <= set(differing(result))
    refit(load_fit(variants["seed"]))
    result = run("verify", published, "--json")
    assert differing(result) == ["summary.json made again", "refit and estimates.csv"]
    detail = told(result)["checks"][-1]["detail"]
    assert "killed on" in detail
    assert "Monte Carlo errors apart" in detail


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def written(table: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def a_day_to_come(text: str) -> str:
    """Put a last row in the place of each quantity's own, of a day that the run does not reach."""
    table = rows(text)
    last = {row["quantity"]: at for at, row in enumerate(table)}
    for at in sorted(last.values(), reverse=True):
        table.insert(at + 1, table[at] | {"date": "2025-01-01"})
    return written(table)


def column(name: str, times: float) -> Callable[[str], str]:
    """Multiply one column."""
    return lambda text: written([
        row | {name: f"{times * float(row[name]):.8g}"} for row in rows(text)])


FORGED_TABLES: dict[str, tuple[Callable[[str], str], str]] = {
    "a day to come": (a_day_to_come, "estimates.csv"),
    "a day twice": (lambda text: written([*rows(text), rows(text)[-1]]), "estimates.csv"),
    "a day left out": (lambda text: written(rows(text)[1:]), "rows of estimates.csv"),
    "an outer end": (column("q975", 1.5), "estimates.csv and refit"),
    "a mean": (column("mean", 1.2), "estimates.csv and refit"),
    "ends that cross": (column("q25", 0.01), "estimates.csv"),
}


@pytest.mark.parametrize("name", FORGED_TABLES)
def test_a_forged_table_is_found_without_the_draws(
    run: Run, published: Path, tiny_fit: Fit, refit: Callable[[Fit], dict[str, Any]], name: str
) -> None:
    refit(tiny_fit)
    forge, found = FORGED_TABLES[name]
    file = published / "estimates.csv"
    file.write_text(forge(file.read_text("utf-8")), "utf-8", newline="\n")
    seal(published)
    result = run("verify", published, "--json")
    assert result.exit_code == 1, result.output
    assert found in differing(result)


def sentence(summary: dict[str, Any]) -> None:
    summary["headline"]["sentence"] = "Between 1 and 2 Red soldiers were killed."


def withheld(summary: dict[str, Any]) -> None:
    summary["headline"]["withheld"] = "Nothing can be said."


def assumption(summary: dict[str, Any]) -> None:
    summary["assumption_share"] = 0.1


def origins(summary: dict[str, Any]) -> None:
    summary["n_origins"] += 1


def trusted(summary: dict[str, Any]) -> None:
    summary["trust"]["n_cases"] += 20


def spoken(summary: dict[str, Any]) -> None:
    killed = summary["quantities"]["killed"]
    killed["prior_only"] = not killed["prior_only"]


def passed(summary: dict[str, Any]) -> None:
    summary["diagnostics"] |= {"ok": True, "max_rhat": 1.2}


def later(summary: dict[str, Any]) -> None:
    summary["as_of"] = "2025-01-01"


@pytest.mark.parametrize("forge", [sentence, withheld, assumption, origins, trusted, spoken,
                                   passed, later])
def test_a_forged_summary_is_found_with_the_draws_and_without(
    run: Run, saved: Path, published: Path, tiny_fit: Fit, variants: dict[str, Path],
    refit: Callable[[Fit], dict[str, Any]], forge: Callable[[dict[str, Any]], None],
) -> None:
    for folder in (saved, published)[forge is not sentence:]:  # any other is as easily found
        summary = json.loads((folder / "summary.json").read_bytes())
        forge(summary)
        (folder / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False)
                                             + "\n", "utf-8")
        seal(folder)
    if forge is sentence:
        assert differing(run("verify", saved, "--no-refit", "--json")) == [
            "summary.json and posterior.nc"]
        refit(tiny_fit)
        assert differing(run("verify", published, "--json")) == ["summary.json and refit"]
    refit(load_fit(variants["seed"]))
    assert differing(run("verify", published, "--json")) == ["summary.json made again"]


@pytest.mark.parametrize("name", ["index.html", "report.md", "card.png", "sources.csv",
                                  "figures/killed.svg"])
def test_a_forged_file_of_the_report_is_found_by_writing_it_again(
    run: Run, saved: Path, name: str
) -> None:
    with (saved / name).open("ab") as stream:
        stream.write(b"\n")
    seal(saved)
    assert differing(run("verify", saved, "--no-refit", "--json")) == [f"{name} and posterior.nc"]


def test_forged_diagnostics_are_found_in_the_draws(run: Run, saved: Path) -> None:
    account = json.loads((saved / "run.json").read_bytes())
    account["diagnostics"]["max_rhat"] = 1.0
    seal(saved, diagnostics=account["diagnostics"])
    summary = json.loads((saved / "summary.json").read_bytes())
    summary["diagnostics"]["max_rhat"] = 1.0
    (saved / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n",
                                        "utf-8")
    seal(saved)
    assert differing(run("verify", saved, "--no-refit", "--json")) == [
        "run.json and posterior.nc", "summary.json and posterior.nc"]


@pytest.mark.parametrize(("key", "value"), [("title", "Another hill"), ("case", "other"),
                                            ("priors_source", "mine")])
def test_a_forged_account_is_found_by_the_refit(
    run: Run, published: Path, tiny_fit: Fit, refit: Callable[[Fit], dict[str, Any]],
    key: str, value: str,
) -> None:
    refit(tiny_fit)
    seal(published, **{key: value})
    assert "refit and run.json" in differing(run("verify", published, "--json"))


def test_forged_draws_of_a_bias_are_found(
    run: Run, saved: Path, tiny_fit: Fit, variants: dict[str, Path],
    refit: Callable[[Fit], dict[str, Any]],
) -> None:
    other = load_fit(variants["seed"])
    name = next(str(name) for name, values in other.posterior.data_vars.items()
                if name not in ("cumulative", "log_joint") and values.ndim > 2)
    tree = other.tree.copy()
    tree["posterior"] = xr.DataTree(other.posterior.assign({name: other.posterior[name] + 1.0}))
    refit(replace(other, tree=tree))
    result = run("verify", saved, "--json")
    assert [each["detail"] for each in told(result)["checks"] if each["verdict"] == "differs"] == [
        f"beyond Monte Carlo error: {name}"]
    refit(other)
    assert run("verify", saved).exit_code == 0


def test_a_run_that_does_not_say_its_version_is_refused(refused: Run, published: Path) -> None:
    account = json.loads((published / "run.json").read_bytes())
    del account["versions"]["estimate"]
    seal(published, versions=account["versions"])
    assert "versions.estimate missing" in refused("verify", published).stderr


def test_draws_are_held_to_the_refit(
    run: Run, saved: Path, tiny_fit: Fit, variants: dict[str, Path],
    refit: Callable[[Fit], dict[str, Any]],
) -> None:
    refit(tiny_fit)
    result = run("verify", saved, "--json")
    assert result.exit_code == 0, result.output
    assert "bit for bit" in told(result)["checks"][-1]["detail"]
    refit(load_fit(variants["seed"]))
    result = run("verify", saved, "--json")
    assert result.exit_code == 0, result.output
    assert "within Monte Carlo error" in told(result)["checks"][-1]["detail"]
    refit(load_fit(variants["planted"]))
    result = run("verify", saved, "--json")
    assert {"refit and run.json", "refit and posterior.nc"} <= set(differing(result))


def test_draws_are_held_to_the_table(run: Run, saved: Path, variants: dict[str, Path]) -> None:
    shutil.copy(variants["planted"] / "posterior.nc", saved / "posterior.nc")
    draws = sha256((saved / "posterior.nc").read_bytes()).hexdigest()
    seal(saved, draws_sha256=draws)
    assert "estimates.csv and posterior.nc" in differing(
        run("verify", saved, "--no-refit", "--json"))


def test_rows_of_claims_are_held_to_the_inputs(run: Run, saved: Path) -> None:
    summary = json.loads((saved / "summary.json").read_bytes())
    summary["row_sha256"]["c4"] = "0" * 64
    (saved / "summary.json").write_text(json.dumps(summary))
    seal(saved)
    result = run("verify", saved, "--no-refit", "--json")
    assert differing(result) == ["rows of claims.csv", "summary.json and posterior.nc"]
    assert "inputs/claims.csv: c4" in result.stdout


@pytest.mark.parametrize(("spoil", "rule"), [
    (lambda lines: lines, None),
    (lambda lines: [lines[0], lines[1].replace('"value": "41"', '"value": "14"')],
     "row 2, hash"),
    (lambda lines: lines[1:], "row 1, previous"),
    (lambda lines: [lines[0], "{}"], "not an entry of a log"),
])
def test_a_broken_log_of_changes_is_named(
    run: Run, saved: Path, spoil: Callable[[list[str]], list[str]], rule: str | None
) -> None:
    """Its hash in run.json is right, so that its chain alone can tell."""
    row = {"id": "c1", "value": "40"}
    made = seal_log([Change("amend", "claims.csv", "c1", row, row | {"value": value}, "typo")
                     for value in ("39", "41")], [], "ann", "2031-01-01T00:00:00Z")
    log = saved / "inputs" / "claims.log"
    lines = spoil([entry.line.rstrip("\n") for entry in made])
    log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    account = json.loads((saved / "run.json").read_bytes())
    hashes = account["input_sha256"] | {log.name: sha256(log.read_bytes()).hexdigest()}
    seal(saved, input_sha256=hashes, files=account["files"] | {"inputs/claims.log": {}})
    result = run("verify", saved, "--no-refit", "--json")
    assert ("inputs/claims.log" in differing(result)) is bool(rule), result.output
    assert (rule or "") in result.stdout


def test_another_version_is_told_and_goes_on(
    run: Run, published: Path, tiny_fit: Fit, refit: Callable[[Fit], dict[str, Any]]
) -> None:
    refit(tiny_fit)
    account = json.loads((published / "run.json").read_bytes())
    versions = account["versions"] | {"estimate": "0.0.9", "gone": "1"}
    summary = json.loads((published / "summary.json").read_bytes()) | {"versions": versions}
    (published / "summary.json").write_text(json.dumps(summary), "utf-8")
    seal(published, versions=versions)
    result = run("verify", published)
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "estimate 0.0.9 (here" in said
    assert "gone 1 (here not here)" in said


@pytest.mark.parametrize("name", ["../case.toml", "/etc/passwd", "a\\b", "inputs/../../x", ""])
def test_a_name_that_leads_out_is_refused(refused: Run, saved: Path, name: str) -> None:
    account = json.loads((saved / "run.json").read_bytes())
    account["files"][name] = account["files"]["estimates.csv"]
    (saved / "run.json").write_text(account_text(account), encoding="utf-8")
    assert "no file within a run" in refused("verify", saved).stderr


@pytest.mark.parametrize("name", ["estimates.csv", "figures", "inputs/claims.csv"])
def test_a_link_that_leads_out_is_refused(
    refused: Run, saved: Path, tmp_path: Path, name: str
) -> None:
    (saved / name).rename(tmp_path / "elsewhere")
    (saved / name).symlink_to(tmp_path / "elsewhere")
    assert "leads out" in refused("verify", saved).stderr


@pytest.mark.parametrize(("key", "value"), [
    ("files", {}), ("files", [1]), ("chains", 1), ("draws", 10**9), ("seed", -1),
    ("as_of", "soon"), ("about", "red"), ("exclude", [{}])])
def test_an_account_that_cannot_be_followed_is_refused_or_differs(
    run: Run, published: Path, key: str, value: Any
) -> None:
    account = json.loads((published / "run.json").read_bytes()) | {key: value}
    (published / "run.json").write_text(account_text(account), encoding="utf-8")
    result = run("verify", published)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"quantities": []}',
                                  '{"quantities": {"killed": 1}, "headline": 3}'])
def test_a_summary_that_is_none_differs(run: Run, published: Path, text: str) -> None:
    (published / "summary.json").write_text(text)
    seal(published)
    result = run("verify", published, "--no-refit")
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1


@pytest.mark.parametrize("spoil", [
    {"n_origins": 10**400}, {"headline": {"interval": None, "median": 10**400}},
    {"quantities": {"killed": {"median": 10**400, "intervals": []}}}])
def test_what_no_summary_holds_differs(run: Run, published: Path, spoil: Any) -> None:
    told = json.loads((published / "summary.json").read_bytes()) | spoil
    (published / "summary.json").write_text(json.dumps(told))
    seal(published)
    result = run("verify", published)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1


def test_a_summary_that_is_gone_or_a_pipe_is_refused(refused: Run, published: Path) -> None:
    (published / "summary.json").unlink()
    assert "summary.json: missing" in refused("verify", published, "--no-refit").stderr
    os.mkfifo(published / "summary.json")
    assert "summary.json: missing" in refused("verify", published, "--no-refit").stderr


def of_others(text: str) -> str:
    """Put another side's figures before the rows of the real one."""
    table = rows(text)
    more = [row | {"side": "Red", "median": f"{10 * float(row['median']):.8g}",
                   "q75": f"{10 * float(row['q75']):.8g}", "q90": "9e5", "q95": "9e5",
                   "q975": "9e5"} for row in table]
    return written([*more, *table])


def swapped(text: str) -> str:
    """Tell the killed as casualties, and the other way round."""
    other = {"killed": "casualties", "casualties": "killed"}
    return written([row | {"quantity": other.get(row["quantity"], row["quantity"])}
                    for row in rows(text)])


@pytest.mark.parametrize("forge", [of_others, swapped])
def test_other_versions_hide_no_forged_rows(
    run: Run, saved: Path, published: Path, tiny_fit: Fit,
    refit: Callable[[Fit], dict[str, Any]], forge: Callable[[str], str],
) -> None:
    refit(tiny_fit)
    for folder in (saved, published):
        versions = json.loads((folder / "run.json").read_bytes())["versions"] | {"pandas": "1"}
        summary = json.loads((folder / "summary.json").read_bytes()) | {"versions": versions}
        if forge is swapped:
            told = summary["quantities"]
            told["killed"], told["casualties"] = told["casualties"], told["killed"]
            summary["headline"]["median"] = told["killed"]["median"]
            part = next(each for each in told["killed"]["intervals"] if each["prob"] == 0.9)
            summary["headline"]["interval"] = part
        (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
        file = folder / "estimates.csv"
        file.write_text(forge(file.read_text("utf-8")), "utf-8", newline="\n")
        seal(folder, versions=versions)
        assert differing(run("verify", folder, "--json"))


def test_a_file_among_the_inputs_that_is_none_differs(run: Run, published: Path) -> None:
    (published / "inputs" / "index.html").write_text("5000 killed")
    account = json.loads((published / "run.json").read_bytes())
    seal(published, files=account["files"] | {"inputs/index.html": {"shipped": True}})
    assert differing(run("verify", published, "--no-refit", "--json")) == ["inputs/index.html"]


def test_folders_that_are_no_run(refused: Run, tmp_path: Path) -> None:
    assert "none" in refused("verify", tmp_path / "none").stderr
    (tmp_path / "file").write_text("x")
    assert "file" in refused("verify", tmp_path / "file").stderr
