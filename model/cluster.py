"""Tasks handed to the workers of a Dask cluster, which schedules them: the only user of Dask."""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib.metadata import version
from secrets import token_hex
from typing import Any

from estimate.data.problems import EstimateError

from .worker import Outcome, Task, other, run_remote, versions

CONNECT = 20  # seconds for the scheduler to answer
NOBODY = 60  # seconds without a single worker before the run ends
LOOK = 5  # seconds between looks at whether there is one
AHEAD = 4  # tasks that the scheduler holds for each thread of a worker: it never waits for us


def on_cluster(tasks: dict[int, Task], address: str) -> Iterator[tuple[int, Outcome]]:
    """Run tasks on a Dask cluster; a worker that dies costs its own task, which another repeats.

    Parameters
    ----------
    tasks : dict of int to Task
        By number.
    address : str
        Of the scheduler.

    Yields
    ------
    tuple of int and Outcome
        Number of a finished task and how it ended.

    Raises
    ------
    EstimateError
        Dask is not installed, the scheduler does not answer, was lost or has no workers, or a
        worker has not installed what is here.
    """
    try:
        import distributed
    except ImportError:
        raise EstimateError("--scheduler: Dask is not installed here; pip install "
                            "'estimate[cluster]'") from None
    with _connected(distributed, address) as client:
        expected = _checked(client, address)
        left, run = iter(tasks.items()), token_hex(8)
        open_: dict[Any, int] = {}
        threads = sum(client.nthreads().values())
        waited = 0
        while True:
            while len(open_) < AHEAD * threads and (item := next(left, None)):
                i, task = item
                open_[client.submit(run_remote, pickle.dumps(task), expected, pure=False,
                                    key=f"estimate-{run}-{i}")] = i
            if not open_:
                return
            try:
                waited_for: Any = distributed.wait(list(open_), LOOK, "FIRST_COMPLETED")
                finished = waited_for.done
            except TimeoutError:
                waited = 0 if client.nthreads() else waited + LOOK
                if waited >= NOBODY:
                    raise EstimateError(f"--scheduler {address}: no worker for {NOBODY} seconds; "
                                        f"start one with: dask worker {address}") from None
                continue
            waited = 0
            for future in finished:
                i = open_.pop(future)
                yield i, _outcome(distributed, future)


def _outcome(distributed: Any, future: Any) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception()
    if isinstance(error, distributed.scheduler.KilledWorker):
        return False, EstimateError("workers died of it again and again, perhaps for want of "
                                    "memory; give each worker more, or start fewer")
    if isinstance(error, ImportError):
        return False, EstimateError(f"a worker lacks what is needed ({error}); install estimate "
                                    "there")
    return False, error


@contextmanager
def _connected(distributed: Any, address: str) -> Iterator[Any]:
    """Give a client; what Dask says of a lost scheduler becomes one line."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions: told by `_checked`
        try:
            client = distributed.Client(address, timeout=CONNECT, name="estimate")
        except (OSError, ValueError, TypeError) as error:
            raise EstimateError(f"--scheduler {address}: no Dask scheduler answers there "
                                f"({type(error).__name__}); start one with: dask scheduler"
                                ) from error
    try:
        yield client
    except (CancelledError, OSError) as error:
        raise EstimateError(
            f"--scheduler {address}: the scheduler was lost. What was finished is kept: run the "
            "same command again, here or with another --scheduler, and it goes on from there"
        ) from error
    finally:
        with suppress(Exception):
            client.close(timeout=1)


def _checked(client: Any, address: str) -> dict[str, str]:
    """Refuse a cluster without workers, or with one that has not installed what is here."""
    try:
        client.wait_for_workers(1, timeout=NOBODY)
    except TimeoutError:
        raise EstimateError(f"--scheduler {address}: has no worker; start one with: dask worker "
                            f"{address}") from None
    here = versions()
    found = client.run(version, "estimate", on_error="return")
    lacking = {worker: "none of the package" for worker, told in found.items()
               if not isinstance(told, str)}
    if not lacking:
        told = client.run(versions, on_error="return")
        lacking = {worker: other(here, there) if isinstance(there, dict) else str(there)
                   for worker, there in told.items()}
    wrong = {worker: differs for worker, differs in lacking.items() if differs}
    if wrong:
        worker, differs = next(iter(wrong.items()))
        raise EstimateError(
            f"--scheduler {address}: {len(wrong)} of {len(found)} workers cannot give the same "
            f"results; {worker} has {differs}. Install the same there; nothing was run")
    return here
