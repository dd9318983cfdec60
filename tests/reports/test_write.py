"""The folder: whole or not at all, ours or refused, the same bytes twice."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from estimate.data.problems import OutputError
from estimate.reports import swap, write
from estimate.reports.write import check_out, publish, write_report

FILES = {
    "index.html",
    "card.png",
    "report.md",
    "estimates.csv",
    "sources.csv",
    "claims.csv",
    "quiet.csv",
    "summary.json",
    "posterior.nc",
    "run.json",
    "figures",
    "inputs",
}


def whole(run: Path) -> dict[str, Any]:
    """Read run.json and check every file against it."""
    account: dict[str, Any] = json.loads((run / "run.json").read_text("utf-8"))
    for name, told in account["files"].items():
        if told["shipped"]:
            raw = (run / name).read_bytes()
            assert sha256(raw).hexdigest() == told["sha256"]
            assert len(raw) == told["bytes"]
        else:
            assert not (run / name).exists()
    there = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    assert there == {n for n, told in account["files"].items() if told["shipped"]} | {"run.json"}
    return account


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes long: pages and drawings."""
    monkeypatch.setattr(write.render, "html", lambda *_: "page")
    monkeypatch.setattr(write.render, "paper", lambda *_: "paper")
    monkeypatch.setattr(write, "charts", lambda _: {})
    monkeypatch.setattr(write, "card", lambda _: b"card")


def test_everything_is_there_and_listed(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == FILES
    account = whole(run)
    assert account["timings"]["report"] > 0
    assert account["cpu_seconds"]["report"] > 0
    assert not list(run.parent.glob(".*"))


def test_the_same_fit_gives_the_same_bytes(
    run: Path, fit: Any, tmp_path: Path, quick: None
) -> None:
    again = write_report(fit, tmp_path / "again")
    for name in ("estimates.csv", "sources.csv", "claims.csv", "summary.json"):
        assert (again / name).read_bytes() == (run / name).read_bytes()
        assert str(tmp_path) not in (again / name).read_text("utf-8")


def test_a_run_is_replaced(fit: Any, tmp_path: Path, quick: None) -> None:
    out = tmp_path / "deep" / "run"
    write_report(fit, out)
    (out / "index.html").unlink()
    (out / ".DS_Store").write_text("the desktop's own")
    write_report(fit, out)
    assert (out / "index.html").read_text() == "page"
    assert [path.name for path in out.parent.iterdir()] == ["run"]


def test_an_empty_folder_and_a_link_are_filled(fit: Any, tmp_path: Path, quick: None) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    write_report(fit, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    whole(tmp_path / "empty")


@pytest.mark.parametrize("spoil", ["file", "foreign", "broken", "other tool", "extra"])
def test_what_is_not_ours_is_refused(spoil: str, fit: Any, tmp_path: Path, quick: None) -> None:
    out = tmp_path / "out"
    if spoil == "file":
        out.write_text("mine")
    elif spoil == "extra":
        write_report(fit, out)
        (out / "notes.txt").write_text("mine")
    else:
        out.mkdir()
        (out / "run.json").write_text(
            {"foreign": "[]", "broken": "{", "other tool": '{"tool": "x"}'}[spoil]
        )
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for call in (lambda: check_out(out), lambda: write_report(fit, out)):
        with pytest.raises(OutputError, match=r"out: (is a file|holds).*--out"):
            call()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("inputs/thesis.docx", "inputs/thesis.docx"),
        ("figures/my.svg", "figures/my.svg"),
        ("inputs/deep/a.txt", "inputs/deep"),
        ("index.html", "index.html"),
        ("inputs/claims.csv", "inputs/claims.csv"),
    ],
)
def test_what_a_user_added_or_changed_within_a_run_is_kept(
    name: str, named: str, fit: Any, tmp_path: Path, quick: None
) -> None:
    out = write_report(fit, tmp_path / "run")
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("mine")
    for call in (lambda: check_out(out), lambda: write_report(fit, out)):
        with pytest.raises(OutputError, match=f"'{named}'.*lost.*--out"):
            call()
    assert (out / name).read_text() == "mine"
    (out / name).unlink()
    if named == "inputs/deep":
        (out / named).rmdir()
    check_out(out)


def test_a_link_within_a_run_is_refused(fit: Any, tmp_path: Path, quick: None) -> None:
    out = write_report(fit, tmp_path / "run")
    (out / "inputs" / "mine").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="'inputs/mine'"):
        check_out(out)


@pytest.mark.parametrize("files", ["", ', "files": {}', ', "files": {"figures": 1}'])
def test_a_forged_account_opens_no_folder(files: str, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "own.svg").write_text("mine")
    (tmp_path / "run.json").write_text('{"tool": "estimate"' + files + "}")
    with pytest.raises(OutputError, match="holds"):
        check_out(tmp_path)


def test_the_root_and_a_path_through_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (Path("/"), tmp_path / "file" / "run"):
        with pytest.raises(OutputError, match="--out"):
            check_out(out)


@pytest.mark.parametrize(
    ("number", "mend"), [(errno.ENOSPC, "free some space"), (errno.EACCES, "may write")]
)
def test_a_full_disk_leaves_the_old_run(
    number: int, mend: str, fit: Any, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = write_report(fit, tmp_path / "run")
    old = whole(out)

    def fail(*_: object) -> str:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(write.render, "html", fail)
    with pytest.raises(OutputError, match=mend):
        write_report(fit, out)
    assert whole(out) == old
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_left_when_the_fit_cannot_be_told(
    fit: Any, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "contents", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(fit, tmp_path / "run")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("exchange", [True, False])
def test_swapping(exchange: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not exchange:
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    target = tmp_path / "run"
    for text in ("one", "two"):
        new = swap.beside(target)
        (new / "a").write_text(text)
        swap.put_in_place(new, target)
        assert (target / "a").read_text() == text
        assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_recovery_of_the_older_folder(tmp_path: Path) -> None:
    dead, alive = 2**22 + 1, os.getpid()
    (tmp_path / f".run.old-{dead}-ab").mkdir()
    (tmp_path / f".run.partial-{dead}-ab").mkdir()
    (tmp_path / f".run.partial-{alive}-ab").mkdir()
    (tmp_path / ".run.partial-x").mkdir()
    (tmp_path / f".other.partial-{dead}-ab").mkdir()
    swap.recover(tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["run", f".run.partial-{alive}-ab", ".run.partial-x", f".other.partial-{dead}-ab"]
    )
    swap.recover(tmp_path / "nowhere" / "run")


KILLED = """
import json, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from imitation import Imitation
from estimate.data.case import read_case
from estimate.reports import swap, write
out = Path(sys.argv[2])
write.render.html = lambda *_: "page " * 1000
write.render.paper = lambda *_: "paper"
write.charts = lambda _: {}
write.card = lambda _: b"card"
if sys.argv[3] == "renames":
    swap._exchange = lambda *_: False
fit = Imitation(read_case("nk-kursk"))
said = write.contents(fit)
write.contents = lambda _: said
write.write_report(fit, out)
left = 0
def count(event, arguments):
    global left
    if event in ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
for step in range(1, 400):
    child = os.fork()
    if child == 0:
        left = step
        sys.addaudithook(count)
        write.write_report(fit, out)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(json.dumps([step, status, sorted(p.name for p in out.parent.iterdir())]), flush=True)
    if status == 0:
        break
    if sys.argv[3] == "exchange":
        assert (out / "run.json").is_file()
    write.check_out(out)
    from hashlib import sha256
    files = json.loads((out / "run.json").read_bytes())["files"]
    assert all(sha256((out / n).read_bytes()).hexdigest() == f["sha256"] for n, f in files.items())
    assert [p.name for p in out.parent.iterdir()] == ["run"], list(out.parent.iterdir())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_kill_at_any_step_leaves_a_whole_report(way: str, tmp_path: Path) -> None:
    out = tmp_path / "out" / "run"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(Path(__file__).parent), str(out), way],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(steps) > 20
    assert steps[-1][1] == 0
    assert any(len(names) > 1 for _, _, names in steps)


def test_publishing_leaves_out_the_draws(run: Path, tmp_path: Path) -> None:
    out = publish(run, tmp_path / "published")
    account = whole(out)
    assert account["files"]["posterior.nc"]["shipped"] is False
    assert (
        account["files"]["posterior.nc"]["sha256"] == whole(run)["files"]["posterior.nc"]["sha256"]
    )
    publish(run, out)
    with pytest.raises(OutputError, match="holds no run"):
        publish(tmp_path, tmp_path / "other")


def test_publishing_cleans_up(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("odd")

    monkeypatch.setattr(write, "put_in_place", fail)
    with pytest.raises(OutputError, match="odd"):
        publish(run, tmp_path / "published")
    assert not list(tmp_path.iterdir())
