"""A case kept fitted while its table is edited: what changed, and what that did to the answer."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from watchfiles import watch

from estimate.data.case import FILES, read_case
from estimate.data.files import OPTIONAL_FILES
from estimate.data.problems import EstimateError, OutputError
from estimate.model.changes import Change
from estimate.model.result import read_account

from . import comparison_words as words
from .inert import plain
from .watch_server import LOOPBACK, Board, Line, server

WATCHED = {*FILES, *OPTIONAL_FILES}
DEBOUNCE = 800  # ms: an editor that saves several files, or one in pieces, is one change
RECHECK = 3000  # ms: some file systems, those of a network first, tell of no change
STEP = 100  # ms without a change after which what was collected is told
MOST_LINES = 12  # of faults or of what changed, above the report; the terminal has as many
BEFORE = "before"


class Watcher:
    """Fits a case again whenever its tables change, in a process of its own.

    Parameters
    ----------
    folder : Path
        Of the case.
    board : Board
        Where what is going on is told; its `out` is the folder of the report.
    command : sequence of str
        The command line up to the name of the command: `fit` and `compare` are asked of it.
    seed : int
        Of every fit.
    tell : callable
        Told each line in the terminal too.
    """

    def __init__(self, folder: Path, board: Board, command: Sequence[str], seed: int,
                 tell: Callable[[str], None]) -> None:
        self.folder, self.board, self.command, self.seed = folder, board, list(command), seed
        self._tell, self._stop = tell, threading.Event()
        self._fitting: dict[str, str] | None = None  # hashes of the tables that are being fitted
        self._process: subprocess.Popen[str] | None = None
        self._work: threading.Thread | None = None
        self._said: tuple[Line, ...] = ()
        self._seen: list[tuple[str, int, int]] | None = None
        self._fault = ""
        self._lock = threading.Lock()

    def run(self) -> None:
        """Follow the table until `stop`; meant for a thread of its own."""
        self._look()
        for _ in watch(self.folder, watch_filter=lambda _, path: Path(path).name in WATCHED,
                       debounce=DEBOUNCE, step=STEP, stop_event=self._stop, recursive=False,
                       raise_interrupt=False, ignore_permission_denied=True,
                       rust_timeout=RECHECK, yield_on_timeout=True):
            self._look()

    def _look(self) -> None:
        """Look, and tell once what keeps us from it; the next look may do better."""
        try:
            self.look()
            self._fault = ""
        except (OSError, ValueError, LookupError) as error:
            fault, self._seen = f"{self.folder}: {type(error).__name__}: {error}", None
            if fault != self._fault:
                self._fault = fault
                self._say(Line("fail", f"{fault}; still following the table."))

    def stop(self) -> None:
        """End watching and any fit that runs; the last report stays."""
        self._stop.set()
        self._end()

    def look(self) -> None:
        """Read the tables if any was written; tell their faults, or fit them."""
        seen = [_state(self.folder / name) for name in sorted(WATCHED)]
        if seen == self._seen:
            return
        self._seen = seen
        try:
            case = read_case(self.folder)
        except EstimateError as error:
            self._end()
            lines = str(error).splitlines()
            self._say(*(Line("fail", text) for text in _few(lines)),
                      Line("plain", "The report below is of the last table without a fault."))
            return
        hashes = dict(case.sha256)
        if hashes == self._fitting:
            return
        self._end()
        if hashes == self._fitted():
            self._say(Line("plain", "The report is of the table as it stands."), *self._said)
            return
        self._fitting = hashes
        self._say(Line("plain", "The table changed: fitting it." if self._said
                       or self._fitted() else "Fitting the table."), *self._said)
        self._work = threading.Thread(target=self._try, args=(hashes,), daemon=True)
        self._work.start()

    def _fitted(self) -> dict[str, str] | None:
        try:
            return dict(read_account(self.board.out)["input_sha256"])
        except EstimateError:
            return None

    def _end(self) -> None:
        """End the fit that runs, if one does; a report that it would replace stays whole."""
        with self._lock:
            self._fitting = None
            process = self._process
        if process is not None:
            process.terminate()
        if self._work is not None:
            self._work.join()

    def _try(self, hashes: dict[str, str]) -> None:
        try:
            self._fit(hashes)
        except Exception as error:  # a full disk, a report taken away: never an endless "fitting"
            self._done(Line("fail", f"{self.board.out}: {type(error).__name__}: {error}"))

    def _fit(self, hashes: dict[str, str]) -> None:
        out = self.board.out
        with tempfile.TemporaryDirectory(prefix="estimate-watch-") as place:
            before, had = Path(place) / BEFORE, self._fitted()
            if had is not None:
                shutil.copytree(out, before)
            code, _, said = self._ask(hashes, "fit", "--out", str(out), "--seed",
                                      str(self.seed), "--", str(self.folder))
            if code is None:
                return
            if code not in (0, 1) or self._fitted() == had:  # 1 is also how a fault of ours ends
                self._done(*(Line("fail", text) for text in _few(said.splitlines())))
                return
            self._said = self._explained(hashes, before) if before.exists() else ()
            self._done(Line("plain", f"Fitted at {datetime.now():%H:%M:%S}; following the table."),
                       *self._said, new_report=True)

    def _ask(self, hashes: dict[str, str], *words: str) -> tuple[int | None, str, str]:
        """Run a command of ours; its exit code is None when the table changed meanwhile."""
        with self._lock:
            if self._fitting is not hashes:
                return None, "", ""
            self._process = subprocess.Popen(
                [*self.command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace",
                start_new_session=True)
            process = self._process
        out, err = process.communicate()
        with self._lock:
            self._process = None
            return process.returncode if self._fitting is hashes else None, out, err

    def _explained(self, hashes: dict[str, str], before: Path) -> tuple[Line, ...]:
        """Say what changed in the table, and whether the answer moved beyond Monte Carlo error."""
        code, out, err = self._ask(hashes, "compare", "--json", "--", str(before),
                                  str(self.board.out))
        if code != 0:
            return () if code is None else tuple(
                Line("doubt", text) for text in _few(err.splitlines()))
        pair: dict[str, Any] = json.loads(out)["comparisons"][0]
        changed = words.changed(tuple(Change(**each) for each in pair["changes"]))
        moved = "doubt" if pair["differs"] else "plain"
        return (Line(moved, pair["verdict"]), *(Line("plain", text) for text in _few(
            [*pair["blame"], *changed])), *(Line("doubt", text) for text in pair["doubts"]))

    def _done(self, *lines: Line, new_report: bool = False) -> None:
        with self._lock:
            self._fitting = None
        self._say(*lines, new_report=new_report)

    def _say(self, *lines: Line, new_report: bool = False) -> None:
        self.board.say(*lines, new_report=new_report)
        for line in lines:
            if line not in self._said or new_report:
                with contextlib.suppress(OSError):  # the terminal is gone; the page is there
                    self._tell(plain(line.text))


def _state(path: Path) -> tuple[str, int, int]:
    """Tell one state of a file from the next; one that is not there, or leads nowhere, is one."""
    try:
        status = path.stat()
    except OSError:
        return path.name, -1, int(path.is_symlink())
    return path.name, status.st_mtime_ns, status.st_size


def _few(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return [*lines[:MOST_LINES], *more]


def listen(port: int) -> socket.socket:
    """Take a port of this machine alone.

    Parameters
    ----------
    port : int
        0 takes any that is free.

    Raises
    ------
    OutputError
        Another program has it.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, port))
        taken.listen()
    except OSError as error:
        taken.close()
        raise OutputError(f"--port {port}: cannot be taken ({error.strerror}); name another, or 0 "
                          "for any that is free") from error
    return taken


def serve(watcher: Watcher, taken: socket.socket) -> None:
    """Follow the table and answer on the port until interrupted.

    Raises
    ------
    KeyboardInterrupt
        When it is: all is ended by then.
    EstimateError
        The table cannot be followed any more; all is ended by then.
    """
    page, fault = server(watcher.board, taken.getsockname()[1]), ""

    def follow() -> None:
        nonlocal fault
        try:
            watcher.run()
        except Exception as error:
            fault = f" ({type(error).__name__}: {error})"
        finally:
            page.should_exit = True  # no page without a watch

    following = threading.Thread(target=follow, daemon=True)
    following.start()
    try:
        page.run(sockets=[taken])
    finally:
        watcher.stop()
        following.join()
        watcher.stop()  # a fit that it began meanwhile
        taken.close()
    raise EstimateError(f"{watcher.folder}: can no longer be followed{fault}, so the page has "
                        "ended too; start `estimate watch` again")
