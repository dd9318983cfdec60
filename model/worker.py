"""What runs a task, wherever that is: one at a time in a process, to the same bits everywhere.

`python -m estimate.model.worker` is a local process of `runner.py`: it reads tasks from its
standard input and answers on its standard output, until the input ends.
"""

from __future__ import annotations

import os
import pickle
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

from threadpoolctl import threadpool_limits

from estimate.data.problems import EstimateError

# What decides the bits of a result beside the task.
DECIDING = ("estimate", "arviz", "numba", "numpy", "nutpie", "pandas", "pymc", "pytensor", "scipy")
LOOK = 0.01  # progress is told each time that so much more of a task is done
Tell = Callable[[int, int], None]  # what is done, and what there is in all
Outcome = tuple[bool, Any]  # whether it was done, and the value or the error
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Task:
    """One thing to do, which knows of no other.

    Parameters
    ----------
    name : str
        Of it and of what is kept of it: says all that decides the result.
    call : callable
        A function of a module of this package. Given `Tell` and the arguments, it gives the result,
        and whatever is drawn by lot in it is drawn from the arguments.
    arguments : tuple
    """

    name: str
    call: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


def run(task: Task, tell: Tell) -> Outcome:
    """Run a task; an error is an outcome too, and a fault of our own carries its traceback."""
    try:
        return True, task.call(tell, *task.arguments)
    except Exception as error:
        return False, error


def run_alone(task: Task, tell: Tell) -> Outcome:
    """Run a task with one thread of linear algebra, since the number of them decides last bits."""
    import_module("scipy.linalg")  # only what is loaded can be limited
    with threadpool_limits(1):
        return run(task, tell)


def run_sent(raw: bytes, tell: Tell) -> Outcome:
    """Run a pickled task in a process that does nothing else; give what can be pickled."""
    from traceback import format_exception

    try:
        task: Task = pickle.loads(raw)
    except Exception as error:
        return False, EstimateError(f"a task cannot be read here ({error!r})")
    import_module("scipy.linalg")
    threadpool_limits(1)
    done, value = run(task, tell)
    if not done and not isinstance(value, EstimateError):
        value.add_note("".join(format_exception(value)))  # a traceback does not travel
        try:
            pickle.loads(pickle.dumps(value))
        except Exception:
            value = RuntimeError(value.__notes__[-1])
    return done, value


@cache
def versions() -> dict[str, str]:
    """Say what is installed here, of all that decides the bits of a result."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in DECIDING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    code = sha256()
    for folder in ("data", "model", "reports"):
        place = Path(str(import_module(f"estimate.{folder}").__file__)).parent
        for path in sorted(place.glob("*.py")):
            code.update(path.name.encode() + path.read_bytes())
    return found | {"code of estimate": code.hexdigest()[:12]}


def other(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Say what differs between two machines; nothing where nothing does."""
    return ", ".join(f"{name} {there.get(name, 'none')} (here {own})"
                     for name, own in here.items() if there.get(name) != own)


def run_remote(raw: bytes, expected: Mapping[str, str]) -> Outcome:
    """Run a task on a machine of a cluster, if what it has installed is what is expected."""
    if differs := other(expected, versions()):
        return False, EstimateError(f"a worker on {platform.node()} has {differs}: install the "
                                    "same there")
    with _one_at_a_time:  # compilers are not made for several threads
        return run_sent(raw, lambda done, total: None)


def main() -> None:
    """Answer each task read from standard input with its progress and its outcome."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    lock = Lock()

    def answer(*message: Any) -> None:
        with lock:
            pickle.dump(message, answers)
            answers.flush()

    while True:
        try:
            raw = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        told = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal told
            if done / total >= told + LOOK:
                told = done / total
                answer("at", told)

        answer("end", *run_sent(raw, tell))


if __name__ == "__main__":
    main()
