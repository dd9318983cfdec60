"""Many fits: named tasks, done by local processes or a Dask cluster, each result kept on disk.

Whoever runs a task, its result is the same to the bit: it depends on the task alone, whose seed is
its own. What is finished is kept at once, so a run that was stopped repeats nothing of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Protocol

from estimate.data.problems import EstimateError

from .worker import Outcome, Task, run_alone

LIVES = 3  # processes that a task may lose before it is given up
LONGEST = 80  # letters of a file's name
PARTS = 1000  # of a task, in progress
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Progress = Callable[[str, int, int], None]  # step, what is done, what there is in all
At = Callable[[int, float], None]  # number of a task, and the share of it that is done
Finished = Iterator[tuple[int, Outcome]]

__all__ = ["Kept", "Record", "Runner", "Task"]


class Record(Protocol):
    """What is kept of finished tasks."""

    def read(self, name: str) -> Any:
        """Give the result that is kept under a name; KeyError where there is none."""

    def write(self, name: str, value: Any) -> Any:
        """Keep a result whole or not at all, and give it as `read` will."""


class Kept:
    """Results as JSON files in a folder of their own.

    Parameters
    ----------
    state : Path
        Where runs keep their results.
    key : str
        All that they depend on beside their names and the version of the package: another key or
        version, another folder.
    """

    def __init__(self, state: Path, key: str) -> None:
        whole = f"{version('estimate')}\n{key}"
        self.folder = state / hashlib.sha256(whole.encode()).hexdigest()[:16]

    def _file(self, name: str) -> Path:
        """Give a name that any file may have; the same for no two tasks."""
        plain = re.sub(r"[^\w.-]", "-", name)[:LONGEST]
        if plain != name:
            plain += f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return self.folder / f"{plain}.json"

    def read(self, name: str) -> Any:
        """Give what was kept; KeyError where nothing was, or what is there is not whole."""
        try:
            return json.loads(self._file(name).read_bytes())
        except (OSError, ValueError):
            raise KeyError(name) from None

    def write(self, name: str, value: Any) -> Any:
        """Keep a value of plain JSON."""
        text, file = json.dumps(value), self._file(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(f".{os.getpid()}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(file)
        except OSError as error:
            raise EstimateError(f"--state {self.folder.parent}: what is finished cannot be kept "
                                f"({error.strerror}); name another folder") from error
        return json.loads(text)


@dataclass(frozen=True)
class Runner:
    """Who runs tasks, and where their results are kept.

    Parameters
    ----------
    record : Record, optional
        Where results are kept; nowhere unless told.
    workers : int, optional
        Local processes; as many as there are processors unless told. With 1, and for a single task,
        this process does the work itself.
    scheduler : str, optional
        Address of a Dask scheduler, `tcp://host:port`, whose workers do the work instead.
    progress : callable, optional
        Told the step's name, what is done and what there is in all.
    """

    record: Record | None = None
    workers: int | None = None
    scheduler: str | None = None
    progress: Progress | None = None

    def run(self, tasks: Sequence[Task], step: str,
            failed: Callable[[Task, Exception], Any] | None = None) -> list[Any]:
        """Run tasks, or take what was kept of them.

        Parameters
        ----------
        tasks : sequence of Task
            No two of one name.
        step : str
            What they are together, for the progress.
        failed : callable, optional
            Gives what stands in the place of a result, which is not kept. Unless told, the first
            task that fails ends the run.

        Returns
        -------
        list
            Results in the order of the tasks.

        Raises
        ------
        EstimateError
            A task failed, and is named; or the cluster is out of reach, was lost, or has other
            versions installed. What was finished is kept.
        """
        found: dict[int, Any] = {}
        if self.record is not None:
            for i, task in enumerate(tasks):
                with suppress(KeyError):
                    found[i] = self.record.read(task.name)
        left = {i: task for i, task in enumerate(tasks) if i not in found}
        shares: dict[int, float] = {}

        def at(i: int, share: float) -> None:
            shares[i] = share
            tell()

        def tell() -> None:
            if self.progress:
                self.progress(step, round(PARTS * (len(found) + sum(shares.values()))),
                              PARTS * len(tasks))

        tell()
        for i, (done, value) in self._finished(left, at):
            shares.pop(i, None)
            if done:
                found[i] = self.record.write(tasks[i].name, value) if self.record else value
            elif failed:
                found[i] = failed(tasks[i], value)
            elif isinstance(value, EstimateError):
                raise EstimateError(f"{tasks[i].name}: {value}") from value
            else:
                value.add_note(f"in the task {tasks[i].name}")
                raise value
            tell()
        return [found[i] for i in range(len(tasks))]

    def _finished(self, tasks: dict[int, Task], at: At) -> Finished:
        """Give the outcome of each task as it comes."""
        workers = min(self.workers or os.cpu_count() or 1, len(tasks))
        if self.scheduler and tasks:
            from .cluster import on_cluster

            return on_cluster(tasks, self.scheduler)
        return in_processes(tasks, workers, at) if workers > 1 else _here(tasks, at)


def _here(tasks: dict[int, Task], at: At) -> Finished:
    def tell(i: int, done: int, total: int) -> None:
        at(i, done / total)

    for i, task in tasks.items():
        yield i, run_alone(task, partial(tell, i))


def _start() -> subprocess.Popen[bytes]:
    """Start a process that runs tasks; an interrupt from the terminal does not reach it."""
    environment = os.environ | dict.fromkeys(ONE_THREAD, "1") | {
        "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    return subprocess.Popen([sys.executable, "-m", "estimate.model.worker"], env=environment,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)


def in_processes(tasks: dict[int, Task], workers: int, at: At) -> Finished:
    """Run tasks in local processes; one that dies costs its own task, which is begun again.

    Parameters
    ----------
    tasks : dict of int to Task
        By number.
    workers : int
        Processes.
    at : callable
        Told the number of a task and the share of it that is done.

    Yields
    ------
    tuple of int and Outcome
        Number of a finished task and how it ended. Closing the generator ends the processes.
    """
    told: SimpleQueue[tuple[int, tuple[Any, ...]]] = SimpleQueue()
    lock, stop = Lock(), False
    left, children = iter(tasks.items()), dict[int, subprocess.Popen[bytes]]()

    def asked(slot: int, i: int, raw: bytes) -> tuple[Any, ...]:
        """Have a task done, by another process if need be."""
        for _ in range(LIVES):
            with lock:
                if stop:
                    break
                if slot not in children:
                    children[slot] = _start()
                child = children[slot]
            assert child.stdin
            assert child.stdout
            with suppress(EOFError, OSError, pickle.UnpicklingError):
                pickle.dump(raw, child.stdin)
                child.stdin.flush()
                while (message := pickle.load(child.stdout))[0] == "at":
                    told.put((i, message))
                return tuple(message)
            with lock:
                _end(children.pop(slot))
        return "end", False, EstimateError(
            f"its process ended {LIVES} times without a result, perhaps for want of memory; try "
            "--workers 1")

    def serve(slot: int) -> None:
        while True:
            with lock:
                number, task = next(left, (-1, None))
            if task is None:
                return
            try:
                told.put((number, asked(slot, number, pickle.dumps(task))))
            except Exception as error:
                told.put((number, ("end", False, error)))

    threads = [Thread(target=serve, args=(slot,), daemon=True) for slot in range(workers)]
    for thread in threads:
        thread.start()
    try:
        open_ = len(tasks)
        while open_:
            i, (word, *rest) = told.get()
            if word == "at":
                at(i, rest[0])
            else:
                open_ -= 1
                yield i, (rest[0], rest[1])
    finally:
        with lock:
            stop, left = True, iter(())
            for child in children.values():
                child.kill()
        for thread in threads:
            thread.join()
        for child in children.values():
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process and close what leads to it."""
    child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
