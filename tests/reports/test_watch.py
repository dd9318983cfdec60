"""`estimate watch`: only this machine's own page is answered, and it follows the table."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from estimate.data.problems import EstimateError, OutputError
from estimate.reports import watch_server, watching
from estimate.reports.watch_server import Board, Line, app, server
from estimate.reports.watching import Watcher, listen

PORT = 8765
Answer = tuple[int, dict[str, str], str]

# Stands for the command line: a fit that takes no time, and a comparison of what it left.
STANDS = '''
import csv, hashlib, json, sys, time
from pathlib import Path
words = sys.argv[2:]
if sys.argv[1] == "fit":
    out, case = Path(words[1]), Path(words[-1])
    rows = list(csv.DictReader((case / "claims.csv").open(encoding="utf-8", newline="")))
    figure = rows[0]["value"]
    if figure == "13":
        sys.exit("the sampler found no start")
    if figure == "99":
        time.sleep(60)
    out.mkdir(parents=True, exist_ok=True)
    hashes = {name: hashlib.sha256((case / name).read_bytes()).hexdigest()
              for name in ("case.toml", "sources.csv", "claims.csv")}
    (out / "index.html").write_text("<!doctype html><html><head><meta http-equiv="
        '"Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;none&#39;">'
        f"</head><body><header><h1>{figure}</h1></header></body></html>")
    (out / "run.json").write_text(json.dumps({
        "tool": "estimate", "schema": 1, "draws_sha256": "", "as_of": "2024-03-31", "exclude": [],
        "input_sha256": hashes, "seed": 1, "draws": 1, "tune": 1, "chains": 1,
        "versions": {"estimate": "0"},
        "priors": [], "diagnostics": {}, "files": {"index.html": {}}}))
else:
    old, new = (Path(word, "index.html").read_text() for word in words[-2:])
    print(json.dumps({"comparisons": [{"verdict": "it moved", "differs": True, "doubts": [],
        "blame": ["Claim c1 was changed."], "changes": [{"where": "claims", "name": "c1",
        "kind": "changed", "column": "value", "before": old[-60:], "after": new[-60:]}]}]}))
'''


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A board over a small run folder, with a secret beside it."""
    top = tmp_path_factory.mktemp("served")
    out = top / "run"
    (out / "figures").mkdir(parents=True)
    (top / "secret.txt").write_text("secret")
    policy = "default-src &#39;none&#39;; script-src &#39;sha256-x=&#39;; img-src data:"
    (out / "index.html").write_text(
        f'<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="{policy}">'
        "</head><body><header><h1>Report</h1></header></body></html>")
    (out / "figures" / "killed.svg").write_text("<svg/>")
    (out / "notes.txt").write_text("not listed")
    (out / "out.txt").symlink_to(top / "secret.txt")
    files: dict[str, Any] = {name: {} for name in ("index.html", "figures/killed.svg", "out.txt",
                                                   "../secret.txt", "gone.csv")}
    (out / "run.json").write_text(json.dumps({
        "tool": "estimate", "schema": 1, "draws_sha256": "", "as_of": "2024-03-31", "exclude": [],
        "input_sha256": {}, "seed": 1, "draws": 1, "tune": 1, "chains": 1,
        "versions": {"estimate": "0"},
        "priors": [], "diagnostics": {}, "files": files}))
    made = Board(out)
    made.say(Line("fail", "<script>alert(1)</script> \u202e"))
    return made


def ask(board: Board, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    """Ask the application itself, as a server would."""
    given = {"host": f"127.0.0.1:{PORT}"} | {
        name.replace("_", "-"): value for name, value in headers.items()}
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
             "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "http",
             "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", PORT),
             "headers": [(name.encode(), value.encode()) for name, value in given.items() if value]}
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.Event().wait()  # the browser asked, and waits

    async def send(message: Any) -> None:
        sent.append(message)

    # A thread of its own: the browser of other tests has a loop in this one.
    asked = threading.Thread(target=lambda: asyncio.run(app(board, PORT)(scope, receive, send)))
    asked.start()
    asked.join(20)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], told, body.decode()


def test_the_page_is_the_report_with_lines_above_it(board: Board) -> None:
    status, headers, text = ask(board)
    assert status == 200
    assert "<h1>Report</h1>" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [U+202E]</p>" in text
    script = re.findall(r'<script type="module">(.*?)</script>', text, re.S)
    assert len(script) == 1
    digest = b64encode(sha256(script[0].encode()).digest()).decode()
    for policy in (headers["content-security-policy"], text.replace("&#x27;", "'")):
        assert f"script-src 'sha256-x=' 'sha256-{digest}'" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert script[0] not in (board.out / "index.html").read_text()


def test_the_waiting_page_stands_where_there_is_no_report(tmp_path: Path) -> None:
    status, headers, text = ask(Board(tmp_path / "none"))
    assert status == 200
    assert "No report yet" in text
    assert 'data-report="0"' in text
    assert "script-src 'sha256-" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/state", "/figures/killed.svg", "/nothing"])
def test_every_answer_has_strict_headers(board: Board, path: str) -> None:
    for how in ({}, {"host": "evil.example"}, {"origin": "http://evil.example"}):
        _, headers, _ = ask(board, path, **how)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", [
    "", "evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"localhost.:{PORT}",
    f"127.0.0.1:{PORT}.evil.example", f"0.0.0.0:{PORT}", f"[::1]:{PORT}", f"127.0.0.1:{PORT},x"])
def test_another_host_is_refused(board: Board, host: str) -> None:
    status, _, text = ask(board, host=host)
    assert status == 421
    assert "Report" not in text


@pytest.mark.parametrize("origin", [
    "null", "http://evil.example", f"https://127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT + 1}",
    f"http://localhost.evil.example:{PORT}"])
def test_another_origin_is_refused(board: Board, origin: str) -> None:
    assert ask(board, "/state", origin=origin)[0] == 403


def test_what_another_site_asks_for_is_refused_but_not_a_link_to_the_page(board: Board) -> None:
    assert ask(board, "/state", sec_fetch_site="cross-site", sec_fetch_mode="no-cors")[0] == 403
    assert ask(board, "/state", sec_fetch_site="same-site", sec_fetch_mode="cors")[0] == 403
    assert ask(board, sec_fetch_site="cross-site", sec_fetch_mode="navigate")[0] == 200
    own = {"host": f"localhost:{PORT}", "origin": f"http://localhost:{PORT}",
           "sec_fetch_site": "same-origin"}
    assert ask(board, "/state", **own)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])
def test_only_get_is_answered(board: Board, method: str) -> None:
    status, headers, _ = ask(board, method=method)
    assert status == 405
    assert headers["allow"] == "GET"


@pytest.mark.parametrize(("path", "status"), [
    ("/figures/killed.svg", 200), ("/index.html", 200), ("/notes.txt", 404), ("/run.json", 404),
    ("/gone.csv", 404), ("/out.txt", 404), ("/../secret.txt", 404), ("/figures", 404),
    ("//etc/passwd", 404), ("/figures/../index.html", 404), ("/figures\\killed.svg", 404),
    ("/\0", 404)])
def test_only_files_that_the_run_lists_are_given(board: Board, path: str, status: int) -> None:
    found = ask(board, path)
    assert found[0] == status
    assert "secret" not in found[2]


@pytest.fixture
def case(tiny_case: Path, tmp_path: Path) -> Path:
    """A copy of the small case that may be changed."""
    return shutil.copytree(tiny_case, tmp_path / "tiny")


@pytest.fixture
def followed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Watcher, list[str], Callable[[str], Answer]]]:
    """A watcher and a real server on a free port: what it told, and a way to ask."""
    monkeypatch.setattr(watching, "DEBOUNCE", 50)
    monkeypatch.setattr(watching, "STEP", 20)
    monkeypatch.setattr(watching, "RECHECK", 200)
    stands, said = tmp_path / "stands.py", list[str]()
    stands.write_text(STANDS, encoding="utf-8")
    watcher = Watcher(case, Board(tmp_path / "out"), [sys.executable, str(stands)], 1, said.append)
    taken = listen(0)
    port = taken.getsockname()[1]
    page = server(watcher.board, port)
    threads = [threading.Thread(target=watcher.run),
               threading.Thread(target=page.run, kwargs={"sockets": [taken]})]
    for thread in threads:
        thread.start()

    def asked(path: str, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read().decode()
        connection.close()
        return found

    yield watcher, said, asked
    watcher.stop()
    page.should_exit = True
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    taken.close()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most ten seconds."""
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to hold")


def edit(case: Path, before: str, after: str) -> None:
    file = case / "claims.csv"
    file.write_text(file.read_text("utf-8").replace(before, after, 1), encoding="utf-8")


def test_the_page_follows_the_table(case: Path, followed: Any) -> None:
    watcher, said, asked = followed
    until(lambda: json.loads(asked("/state")[2])["report"] == 1)
    first = json.loads(asked("/state")[2])
    assert [line["look"] for line in first["lines"]] == ["definition"]
    edit(case, "exact,40", "exact,45")
    until(lambda: json.loads(asked("/state")[2])["report"] == first["report"] + 1)
    page = asked("/")[2]
    assert "<h1>45</h1>" in page
    for text in ("it moved", "Claim c1 was changed.", "Claims: 1 changed (c1: value)."):
        assert text in page
        assert text in said
    edit(case, "exact,45", "exakt,45")
    until(lambda: "did you mean &#x27;exact&#x27;?" in asked("/")[2])
    assert "<h1>45</h1>" in asked("/")[2], "the last good report stays"
    assert any("claims.csv, row 2, bound 'exakt'" in text for text in said)
    edit(case, "exakt,45", "exact,13")
    until(lambda: "the sampler found no start" in asked("/")[2])
    assert "<h1>45</h1>" in asked("/")[2]
    edit(case, "exact,13", "exact,45")
    until(lambda: "The report is of the table as it stands." in asked("/")[2])


def test_a_change_during_a_fit_ends_it(case: Path, followed: Any) -> None:
    watcher, _, asked = followed
    until(lambda: "<h1>40</h1>" in asked("/")[2])
    edit(case, "exact,40", "exact,99")
    until(lambda: watcher._process is not None)
    edit(case, "exact,99", "exact,46")
    until(lambda: "<h1>46</h1>" in asked("/")[2])


def test_what_no_table_can_be_is_told_and_following_goes_on(case: Path, followed: Any) -> None:
    _, said, asked = followed
    until(lambda: "<h1>40</h1>" in asked("/")[2])
    table, kept = case / "claims.csv", (case / "claims.csv").read_bytes()
    for spoil, told in (
        (lambda: table.symlink_to(case / "nowhere"), "claims.csv: missing file"),
        (lambda: os.mkfifo(table), "claims.csv: not a file"),
        (lambda: table.symlink_to("/dev/zero"), "claims.csv: not a file"),
        (table.mkdir, "claims.csv: not a file"),
    ):
        table.unlink()
        spoil()
        until(lambda told=told: told in asked("/")[2])
        table.rmdir() if table.is_dir() else table.unlink()
        table.write_bytes(kept)
        until(lambda: "The report is of the table as it stands." in asked("/")[2])
    (case / "activity.csv").symlink_to("nowhere")
    until(lambda: "activity.csv: missing file" in asked("/")[2])
    (case / "activity.csv").unlink()
    gone = case.rename(case.with_name("gone"))
    until(lambda: "no such folder" in asked("/")[2])
    gone.rename(case)
    edit(case, "exact,40", "exact,45")
    until(lambda: "<h1>45</h1>" in asked("/")[2])
    assert any("claims.csv: not a file" in text for text in said)


def test_what_goes_wrong_while_looking_is_told_once(
    case: Path, followed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, said, asked = followed
    until(lambda: "<h1>40</h1>" in asked("/")[2])

    def fails(_: Path) -> None:
        raise OSError("the disk\nis gone")

    with monkeypatch.context() as patch:
        patch.setattr(watching, "read_case", fails)
        for figure in ("45", "46"):
            edit(case, "exact,40" if figure == "45" else "exact,45", f"exact,{figure}")
            until(lambda: "OSError: the disk is gone; still following" in asked("/")[2])
            watcher._look()
    until(lambda: "<h1>46</h1>" in asked("/")[2])
    (told,) = [text for text in said if "still following" in text]
    assert "the disk is gone" in told


def test_a_terminal_that_is_gone_ends_nothing(case: Path, tmp_path: Path) -> None:
    def gone(_: str) -> None:
        raise BrokenPipeError

    edit(case, "exact,40", "exakt,40")
    watcher = Watcher(case, Board(tmp_path / "out"), [], 1, gone)
    watcher.look()
    assert "did you mean" in watcher.board.told()["lines"][0]["text"]


@pytest.mark.parametrize("fault", ["no more watches", ""])
def test_no_page_is_served_once_nothing_is_followed(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def watch(*_: Any, **__: Any) -> Iterator[None]:
        if fault:
            raise MemoryError(fault)
        yield from ()

    monkeypatch.setattr(watching, "watch", watch)
    taken = listen(0)
    port = taken.getsockname()[1]
    told = f"MemoryError: {fault}" if fault else "tiny: can no longer be followed, so the page"
    edit(case, "exact,40", "exakt,40")
    watcher = Watcher(case, Board(tmp_path / "out"), [], 1, print)
    with ThreadPoolExecutor(1) as apart:  # in this thread the browser of other tests may loop
        served = apart.submit(watching.serve, watcher, taken)
        with pytest.raises(EstimateError, match=told):
            served.result()
    listen(port).close()


def test_a_server_on_the_wire_refuses_what_the_application_does(followed: Any) -> None:
    _, _, asked = followed
    assert asked("/state")[0] == 200
    assert asked("/state", Host="evil.example")[0] == 421
    assert asked("/state", Origin="http://evil.example")[0] == 403
    assert asked("/../../etc/passwd")[0] == 404
    assert "server" not in {name.lower() for name in asked("/state")[1]}


@pytest.fixture
def port(board: Board, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a real server that has little patience."""
    monkeypatch.setattr(watch_server, "PATIENCE", 1.0)
    monkeypatch.setattr(watch_server, "MOST_CONNECTIONS", 8)
    taken = listen(0)
    page = server(board, taken.getsockname()[1])
    serving = threading.Thread(target=page.run, kwargs={"sockets": [taken]})
    serving.start()
    until(lambda: page.started)
    yield taken.getsockname()[1]
    page.should_exit = True
    serving.join(10)
    assert not serving.is_alive()
    taken.close()


def sent(port: int, raw: bytes) -> bytes:
    """Send bytes as they are; give what is answered until the connection ends, or is cut."""
    answer = b""
    with contextlib.suppress(ConnectionError), socket.create_connection(
            (watch_server.LOOPBACK, port), timeout=5) as line:
        line.sendall(raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        while part := line.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(("raw", "status"), [
    (b"GET /state HTTP/1.1\r\nHost: {own}\r\nHost: evil.example\r\n\r\n", 400),
    (b"GET /state HTTP/1.0\r\n\r\n", 421),
    (b"GET http://{own}/state HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    (b"GET http://evil.example/state HTTP/1.1\r\nHost: {own}\r\n\r\n", 404),
    (b"GET /%2e%2e/secret.txt HTTP/1.1\r\nHost: {own}\r\n\r\n", 404),
    (b"GET /..%2fsecret.txt HTTP/1.1\r\nHost: {own}\r\n\r\n", 404),
    (b"GET /%ed%a0%80%00%ff HTTP/1.1\r\nHost: {own}\r\n\r\n", 404),
    (b"GET /" + b"a/" * 5000 + b" HTTP/1.1\r\nHost: {own}\r\n\r\n", 404),
    (b"CONNECT evil.example:80 HTTP/1.1\r\nHost: {own}\r\n\r\n", 405),
    (b"GET /state HTTP/1.1\r\nHost: {own}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
     200),
    (b"\x00\xff\r\n\r\n", 400),
    (b"GET /state HTTP/1.1\r\nHost: {own}\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n", None),
])
def test_odd_requests_are_refused_in_silence(
    port: int, raw: bytes, status: int | None, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = sent(port, raw.replace(b"{own}", b"127.0.0.1:%d" % port))
    assert b"secret" not in answer
    if status:
        assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"200 OK" in sent(port, b"GET /state HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("first", [b"", b"GET /state HTTP/1.1\r\nHost: {own}\r\n\r\n"])
def test_clients_that_are_slow_or_silent_keep_nobody_out(port: int, first: bytes) -> None:
    own = b"127.0.0.1:%d" % port
    with contextlib.ExitStack() as lines:
        slow = [lines.enter_context(socket.create_connection(
            (watch_server.LOOPBACK, port), timeout=5)) for _ in range(12)]
        for line in slow:
            line.sendall(first.replace(b"{own}", own) + b"GET /state HTTP/1.1\r\nHost: ")
        for line in slow:  # each is cut, whatever it got
            with contextlib.suppress(ConnectionError):
                while line.recv(65536):
                    pass
        assert b" 200 " in sent(port, b"GET /state HTTP/1.1\r\nHost: " + own + b"\r\n\r\n")


def test_a_port_that_is_taken_is_told() -> None:
    taken = listen(0)
    with pytest.raises(OutputError, match="--port .*name another"):
        listen(taken.getsockname()[1])
    taken.close()
