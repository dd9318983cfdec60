"""`estimate index`: every run in a folder, honest about each, on one page that asks for nothing."""

from __future__ import annotations

import html.parser
import json
import os
import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import Result

from estimate.reports import index_page
from estimate.reports import sentences as say

Run = Callable[..., Result]
READ = ("run.json", "summary.json", "estimates.csv")
HOSTILE = ("</h3><script>window.bad=1</script>", "<img src=x onerror=window.bad=2>", "{{ 7*7 }}",
           "\u202egnp.exe", "العربية 🧨", "x" * 5000, "--><!--", "a\nb")


def copied(tiny_run: Path, folder: Path, account: dict[str, Any] | None = None,
           summary: dict[str, Any] | None = None) -> Path:
    """A run as its three files and a page, with some of what it says changed, and hashed anew."""
    folder.mkdir(parents=True)
    for name in READ:
        shutil.copy(tiny_run / name, folder)
    (folder / "index.html").write_text("page")
    told = json.loads((folder / "summary.json").read_text("utf-8")) | (summary or {})
    (folder / "summary.json").write_text(json.dumps(told), encoding="utf-8")
    run = json.loads((folder / "run.json").read_text("utf-8")) | (account or {})
    for name in READ[1:]:
        run["files"][name]["sha256"] = sha256((folder / name).read_bytes()).hexdigest()
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def page(top: Path) -> str:
    return (top / "index.html").read_text("utf-8")


class Parsed(html.parser.HTMLParser):
    """Elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("there", ["nothing", "other files", "no folder", "a file", "too deep"])
def test_no_run_is_an_error_with_its_mend(
    refused: Run, tiny_run: Path, tmp_path: Path, there: str
) -> None:
    top = tmp_path / "top"
    if there == "a file":
        top.write_text("x")
    elif there != "no folder":
        top.mkdir()
    if there == "other files":
        (top / "notes.txt").write_text("mine")
    if there == "too deep":
        copied(tiny_run, top / "a" / "b" / "c" / "d")
    said = refused("index", top).stderr
    assert "top" in said
    assert "estimate fit" in said or "name" in said
    assert not (top / "index.html").exists()


def test_one_run_in_full(run: Run, tiny_run: Path, tmp_path: Path) -> None:
    top = tmp_path / "top"
    copied(tiny_run, top / "tiny")
    result = run("index", top)
    assert result.exit_code == 0, result.output
    summary = json.loads((top / "tiny" / "summary.json").read_text("utf-8"))
    head, text = summary["headline"], page(top)
    assert head["sentence"] in result.stdout
    assert f"<strong>{say.span(head['interval']['low'], head['interval']['high'])}</strong>" in text
    assert f"<bdi>{say.count(head['median'])}</bdi>" in text
    for words in ("Losses at the hill", "Killed", "31 Mar 2024", "1 run, by title", "0.1.0"):
        assert words in text
    assert f'<td class="n">{summary["n_origins"]}</td>' in text
    assert ("gates passed" in text) is summary["diagnostics"]["ok"]
    assert 'href="tiny/index.html"' in text
    assert text.count("<svg") == 1
    assert "could not be read" not in text.lower()


def test_the_page_asks_for_nothing_and_has_no_script(
    run: Run, tiny_run: Path, tmp_path: Path
) -> None:
    copied(tiny_run, tmp_path / "top" / "tiny")
    run("index", tmp_path / "top")
    text = page(tmp_path / "top")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; script-src &#39;none&#39;; style-src ")
    assert "unsafe" not in policy[1]
    assert "<script" not in text
    tags = Parsed(text).tags
    assert {tag for tag, _ in tags} & {"img", "iframe", "object", "audio", "video"} == set()
    assert [a["href"] for tag, a in tags if tag == "link"] == ["data:,"]
    assert 'style="' not in text.split("<body>")[1]


def test_twelve_runs_by_title_each_with_its_status(
    run: Run, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_page, "_drawing", lambda *_: "drawing")
    top = tmp_path / "top"
    summary = json.loads((tiny_run / "summary.json").read_text("utf-8"))
    checks = summary["diagnostics"] | {"ok": True}
    bad = checks | {"ok": False, "max_rhat": 1.043, "min_ess_bulk": 210.0, "min_ess_tail": 900.0,
                    "divergences": 3}
    head = summary["headline"]
    without = head | {"median": None, "interval": None, "withheld": "No range.",
                      "sentence": "No range is given: 2 independent origins speak."}
    for number in range(12):
        said: dict[str, Any] = {"diagnostics": checks, "assumption_share": 0.5}
        said |= {0: {"diagnostics": bad}, 1: {"assumption_share": 0.93},
                 2: {"headline": without, "n_origins": 2}}.get(number, {})
        where = ("b", "a/b", "a")[number % 3]
        copied(tiny_run, top / where / f"run{number}", {"title": f"Title {(7 * number) % 12:02d}"},
               said)
    old = top / "b" / "run3" / "summary.json"
    told = json.loads(old.read_text("utf-8"))
    del told["n_origins"]
    old.write_text(json.dumps(told), encoding="utf-8")
    result = run("index", top, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    titles = [one["title"] for one in found["runs"]]
    assert titles == sorted(titles)
    assert len(titles) == 12
    by_folder = {one["folder"]: one for one in found["runs"]}
    assert by_folder["b/run0"]["failed"] == [
        "R-hat 1.043, 1.01 allowed", "bulk effective sample size 210, above 400 needed",
        "3 divergences"]
    assert by_folder["a/b/run1"]["mostly_assumption"] is True
    assert by_folder["a/run2"]["withheld"] is True
    assert by_folder["a/run2"]["median"] is None
    assert by_folder["b/run3"]["changed"] == ["summary.json"]
    assert by_folder["b/run3"]["origins"] is None
    assert [by_folder[f"b/run{n}"]["changed"] for n in (6, 9)] == [[], []]
    text = page(top)
    shown = re.findall(r'<h3><a href="[^"]+"><bdi>(Title \d+)</bdi>', text)
    assert shown == titles
    for words in ("failed: R-hat 1.043, 1.01 allowed; bulk", "mostly assumption", "12 runs",
                  "withheld: fewer than three origins", "not recorded",
                  "changed since it was written: summary.json", "No range is given"):
        assert words in text
    assert text.count("gates passed") == 2 * 11
    for link in re.findall(r'href="([^"#][^"]*index\.html)"', text):
        assert (top / unquote(link)).is_file()


@pytest.mark.parametrize(("file", "spoil", "reason"), [
    ("run.json", "missing", "run.json: no such file"),
    ("run.json", "cut", "run.json: cannot be read as JSON"),
    ("run.json", '{"tool": "x"}', "not the account of a run of estimate"),
    ("run.json", '{"tool": "estimate", "schema": 99}', "another version (schema 99"),
    ("run.json", '{"tool": "estimate", "schema": 1}', "diagnostics missing or spoilt"),
    ("summary.json", "missing", "summary.json: no such file"),
    ("summary.json", "cut", "not as they were written: summary.json"),
    ("summary.json", "[" * 100_000, "do not read as those of a report"),
    ("summary.json", '{"headline": 3}', "do not read as those of a report"),
    ("estimates.csv", "missing", "estimates.csv: no such file"),
    ("estimates.csv", "date,quantity\n", "do not read as those of a report"),
    ("estimates.csv", "\ud800", "do not read as those of a report"),
])
def test_what_cannot_be_read_is_listed_with_the_reason_and_is_not_fatal(
    run: Run, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str,
    spoil: str, reason: str
) -> None:
    monkeypatch.setattr(index_page, "_drawing", lambda *_: "drawing")
    top = tmp_path / "top"
    copied(tiny_run, top / "good")
    path = copied(tiny_run, top / "bad") / file
    raw = path.read_bytes()
    path.unlink()
    if spoil == "cut":
        path.write_bytes(raw[: len(raw) // 2 - 3])
    elif spoil != "missing":
        path.write_bytes(spoil.encode("utf-8", "surrogatepass"))
    result = run("index", top, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["folder"] for one in found["runs"]] == ["good"]
    assert [one["folder"] for one in found["broken"]] == ["bad"]
    assert reason in found["broken"][0]["reason"]
    assert str(tmp_path) not in page(top)
    text = page(top)
    assert "Could not be read" in text
    assert "<dt><bdi>bad</bdi></dt>" in text


def test_a_file_cut_short_that_still_reads_is_flagged(
    run: Run, tiny_run: Path, tmp_path: Path
) -> None:
    path = copied(tiny_run, tmp_path / "top" / "tiny") / "estimates.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    found = json.loads(run("index", tmp_path / "top", "--json").stdout)
    assert found["runs"][0]["changed"] == ["estimates.csv"]
    assert "changed since it was written: estimates.csv" in page(tmp_path / "top")


def test_hostile_titles_and_folders_are_only_read(
    run: Run, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_page, "_drawing", lambda *_: "")
    top = tmp_path / "top"
    head = json.loads((tiny_run / "summary.json").read_text("utf-8"))["headline"]
    for number, title in enumerate(HOSTILE):
        copied(tiny_run, top / f"{number}", {"title": title, "case": title},
               {"headline": head | {"sentence": title, "quantity": head["quantity"]}})
    for name in ("a b#c?d%20", "javascript:alert(1)", "<b>", "&amp;", "\u202etxt"):
        copied(tiny_run, top / name)
    (copied(tiny_run, top / "<script>") / "run.json").write_text('{"tool": "<script>"}')
    result = run("index", top)
    assert result.exit_code == 0, result.output
    assert "\u202e" not in result.stdout
    text = page(top)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text)
    tags = Parsed(text).tags
    assert {tag for tag, _ in tags} & {"script", "img", "b"} == set()
    assert not [name for _, given in tags for name in given if name.startswith("on")]
    links = [given["href"] or "" for tag, given in tags if tag == "a"]
    assert all(link.startswith("#") or (top / unquote(link)).is_file() for link in links)
    assert not [link for link in links if link.startswith("javascript:")]
    assert "x" * 400 not in text
    assert run("index", top).exit_code == 0, "its own page is known again"


def test_a_page_of_another_hand_is_not_replaced(
    run: Run, refused: Run, tiny_run: Path, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    copied(tiny_run, top / "tiny")
    (top / "index.html").write_text("<!doctype html><title>mine</title>")
    said = refused("index", top).stderr
    assert "was not written by `estimate index`" in said
    assert "--out" in said
    assert page(top) == "<!doctype html><title>mine</title>"
    assert "is a run itself" in refused("index", top / "tiny").stderr
    assert "its folder does not exist" in refused("index", top, "--out", "no/where.html").stderr
    (top / "index.html").unlink()
    (top / "index.html").symlink_to(top / "tiny" / "index.html")
    assert "not an ordinary file" in refused("index", top).stderr


def test_out_elsewhere_links_to_the_runs(run: Run, tiny_run: Path, tmp_path: Path) -> None:
    copied(tiny_run, tmp_path / "top" / "tiny")
    (tmp_path / "other").mkdir()
    result = run("index", tmp_path / "top", "--out", tmp_path / "other" / "all.html")
    assert result.exit_code == 0, result.output
    assert 'href="../top/tiny/index.html"' in (tmp_path / "other" / "all.html").read_text("utf-8")
    assert not (tmp_path / "top" / "index.html").exists()
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["all.html"]


def test_a_failed_write_leaves_the_old_page(
    run: Run, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_page, "_drawing", lambda *_: "")
    top = tmp_path / "top"
    copied(tiny_run, top / "tiny")
    run("index", top)
    before = page(top)
    shutil.copytree(top / "tiny", top / "second")

    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(index_page.os, "fsync", full)
    result = run("index", top)
    assert result.exit_code == 2
    assert "free some space" in result.stderr
    assert page(top) == before
    assert not [path for path in top.iterdir() if path.name.startswith(".")]


def test_a_published_run_without_draws_is_listed(run: Run, tmp_path: Path) -> None:
    published = Path(__file__).parents[2] / "reports" / "published"
    (tmp_path / "top").mkdir()
    shutil.copytree(published / "nk-kursk", tmp_path / "top" / "nk-kursk")
    result = run("index", tmp_path / "top", "--json")
    found = json.loads(result.stdout)
    assert [one["case"] for one in found["runs"]] == ["nk-kursk"]
    assert found["runs"][0]["changed"] == []
    assert found["broken"] == []
