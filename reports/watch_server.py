"""The page of `estimate watch`: the report as it was written, with a line on what is going on.

For one user of one machine: it answers on loopback alone, to GET, to its own name, and with the
files that the run lists. Nothing is written into the report's folder.
"""

from __future__ import annotations

import asyncio
import base64
import html
import re
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Route
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from estimate.data.problems import EstimateError
from estimate.model.result import read_account
from estimate.model.runfiles import within

from . import render
from .inert import plain

LOOPBACK = "127.0.0.1"
PAGE = "index.html"
NAMES = (LOOPBACK, "localhost")  # by which a browser on this machine may call it
KINDS = {".html": "text/html", ".csv": "text/csv", ".json": "application/json", ".png": "image/png",
         ".svg": "image/svg+xml", ".md": "text/markdown", ".toml": "text/plain"}
MOST_CONNECTIONS = 64  # a browser makes six
PATIENCE = 10.0  # s that a client may take to ask or to read: a browser here takes milliseconds
LOOKS = {"fail": "alarm fail", "doubt": "alarm doubt", "plain": "definition"}  # classes of the page
HEADERS = {
    b"x-content-type-options": b"nosniff", b"cache-control": b"no-store",
    b"x-frame-options": b"DENY", b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin", b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; sandbox"}
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)(">)')
_SCRIPT = (Path(__file__).parent / "templates" / "watch.js").read_text("utf-8")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line above the report: its kind (of `LOOKS`) and its text."""

    kind: str
    text: str


class Board:
    """What the page says above the report; written by the watcher, read by the server.

    Parameters
    ----------
    out : Path
        Folder of the report.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._lock = threading.Lock()
        self._report = 0
        self._lines: tuple[Line, ...] = (Line("plain", "Reading the table."),)

    def say(self, *lines: Line, new_report: bool = False) -> None:
        """Put lines in the place of those that stand; `new_report` has pages load themselves."""
        with self._lock:
            self._lines = tuple(Line(line.kind, plain(line.text)) for line in lines)
            self._report += new_report

    def told(self) -> dict[str, Any]:
        """Give the number of the report, and the lines."""
        with self._lock:
            return {"report": self._report, "lines": [
                {"look": LOOKS[line.kind], "text": line.text} for line in self._lines]}


class Guard:
    """Refuse whatever is no GET to this server by its own name from its own page.

    A page of another site that a browser on this machine shows can send requests here, and can
    have its own name lead here; neither sends the Host and Origin that this server has.

    Parameters
    ----------
    app : ASGI application
    port : int
        On which it answers.
    """

    def __init__(self, app: Any, port: int) -> None:
        self.app = app
        self.hosts = {f"{name}:{port}".encode() for name in NAMES}
        self.origins = {b"http://" + host for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with strict headers whatever the answer."""
        if scope["type"] != "http":
            return

        async def strict(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = dict(message.get("headers", ()))
                message["headers"] = [*(HEADERS | own).items()]
            await send(message)

        refused = self._refused(scope)
        await (refused or self.app)(scope, receive, strict)

    def _refused(self, scope: Scope) -> Response | None:
        given: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            given.setdefault(name.lower(), []).append(value)
        hosts = given.get(b"host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return PlainTextResponse("This server answers to its own name alone.", 421)
        if not set(given.get(b"origin", [])) <= self.origins:
            return PlainTextResponse("This server answers its own page alone.", 403)
        site = given.get(b"sec-fetch-site", [b"none"])
        if site[0] not in (b"none", b"same-origin") and given.get(b"sec-fetch-mode") != [
                b"navigate"]:
            return PlainTextResponse("This server answers its own page alone.", 403)
        if scope["method"] != "GET":
            return PlainTextResponse("GET alone is answered.", 405, {"allow": "GET"})
        return None


class Prompt(H11Protocol):
    """A connection that ends when nothing whole is asked or read on it for `PATIENCE`.

    So clients that are slow, or silent, do not keep the page from the one who reads it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self.loop.call_later(PATIENCE, self._tire, None)

    def _tire(self, last: object) -> None:
        answering = self.cycle if self.cycle and not self.cycle.response_complete else None
        if answering is None or answering is last:
            self.transport.abort()
        else:
            self.loop.call_later(PATIENCE, self._tire, answering)


def server(board: Board, port: int) -> Server:
    """Give a server of one report, which is silent in the terminal whatever it is sent."""
    return Server(Config(
        app(board, port), http=Prompt, log_config=None, log_level="critical", access_log=False,
        lifespan="off", ws="none", server_header=False, timeout_graceful_shutdown=1,
        limit_concurrency=MOST_CONNECTIONS))


def app(board: Board, port: int) -> Starlette:
    """Give the server of one report.

    Parameters
    ----------
    board : Board
    port : int
        On which it will answer: part of the name that it answers to.

    Returns
    -------
    Starlette
    """

    def page(_: Request) -> Response:
        return _page(board)

    def state(_: Request) -> Response:
        return JSONResponse(board.told())

    def file(request: Request) -> Response:
        return _file(board.out, request.path_params["name"])

    return Starlette(
        routes=[Route("/", page), Route(f"/{PAGE}", page), Route("/state", state),
                Route("/{name:path}", file)],
        middleware=[Middleware(Guard, port=port)])


def _page(board: Board) -> Response:
    told = board.told()
    try:
        text = within(board.out, PAGE).read_text("utf-8")
    except (OSError, EstimateError):
        text = render.page("watch.html.j2", {"figures": {}}, scripts=False)
    lines = "".join(f'<p class="{line["look"]}">{html.escape(line["text"])}</p>'
                    for line in told["lines"])
    bar = (f'<div id="watch" role="status" aria-live="polite" data-report="{told["report"]}">'
           f"{lines}</div>")
    found = _POLICY.search(text)
    policy = _with_script(html.unescape(found[2])) if found else "default-src 'none'"
    text = _POLICY.sub(lambda part: f"{part[1]}{html.escape(policy)}{part[3]}", text, count=1)
    text = text.replace("<header>", f"<header>{bar}", 1)
    head, _, tail = text.rpartition("</body>")
    return HTMLResponse(
        f'{head}<script type="module">{_SCRIPT}</script></body>{tail}',
        headers={"content-security-policy": f"{policy}; frame-ancestors 'none'"})


def _with_script(policy: str) -> str:
    """Let a policy of ours allow the script that asks for news, and nothing else."""
    own = f"'sha256-{base64.b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'"
    kept = [part.strip() for part in policy.split(";")]
    kept = [f"{part.removesuffix(" 'none'")} {own}" if part.startswith("script-src ") else part
            for part in kept]
    return "; ".join([*kept, "connect-src 'self'"])


def _file(out: Path, name: str) -> Response:
    """Give a file that the run lists by this very name."""
    try:
        listed = read_account(out).get("files")
        path = within(out, name)
        if not isinstance(listed, Mapping) or name not in listed or not path.is_file():
            return PlainTextResponse("No such file in this run.", 404)
    except EstimateError:
        return PlainTextResponse("No such file in this run.", 404)
    return FileResponse(path, media_type=KINDS.get(path.suffix, "application/octet-stream"))
