"""The runner: same bits whoever works, what is lost with a process, a worker or a scheduler."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from estimate.data.case import read_case
from estimate.data.problems import EstimateError
from estimate.model import cluster
from estimate.model.runner import LIVES, Kept, Runner, Task
from estimate.model.sampler import Settings
from estimate.model.vintages import vintages
from estimate.model.worker import other, versions

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
JOBS = '''
import os, pathlib, signal
from estimate.data.problems import EstimateError

def log(folder, x):
    with open(pathlib.Path(folder) / "calls", "a") as file:
        file.write(f"{x}\\n")

def square(tell, folder, x):
    log(folder, x)
    tell(1, 2)
    return x * x

def fails(tell, folder, x):
    if x == 1:
        raise ValueError("an odd number") if folder == "bug" else EstimateError("an odd number")
    return x

def kills(tell, folder, x, pid, times):
    """Kill a process, our own unless told, when it is the turn of 2 and so often."""
    log(folder, x)
    seen = (pathlib.Path(folder) / "calls").read_text().split().count(str(x))
    if x == 2 and seen <= times:
        os.kill(pid or os.getpid(), signal.SIGKILL)
    return x
'''


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Functions in a module that other processes can import too."""
    place = tmp_path_factory.mktemp("jobs")
    (place / "runner_jobs.py").write_text(JOBS)
    sys.path.insert(0, str(place))
    yield import_module("runner_jobs")
    sys.path.remove(str(place))


def tasks(call: Callable[..., Any], *more: Any, n: int = 6) -> list[Task]:
    return [Task(f"task-{x}", call, (more[0], x, *more[1:])) for x in range(n)]


def calls(folder: Path) -> list[int]:
    return sorted(map(int, (folder / "calls").read_text().split()))


@pytest.fixture
def dask(jobs: ModuleType, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A scheduler and two workers, started by command: its address and process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    file, started = tmp_path / "scheduler.json", []

    def start(what: str, *words: str) -> None:
        started.append(subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", *words],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True))

    start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    while not file.exists():
        assert started[0].poll() is None
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    for _ in range(2):
        start("worker", address, "--nthreads", "1", "--no-dashboard")
    yield address, started[0].pid
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_processes_give_results_in_order_and_repeat_none(jobs: ModuleType, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    runner = Runner(Kept(tmp_path, "k"), 2, progress=lambda *told: seen.append(told))
    assert runner.run(tasks(jobs.square, tmp_path), "squares") == [0, 1, 4, 9, 16, 25]
    assert calls(tmp_path) == list(range(6))
    assert seen[0] == ("squares", 0, 6000)
    assert seen[-1] == ("squares", 6000, 6000)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert runner.run(tasks(jobs.square, tmp_path, n=7), "squares")[-1] == 36
    assert calls(tmp_path) == list(range(7))


def test_a_process_that_dies_costs_its_own_task(jobs: ModuleType, tmp_path: Path) -> None:
    found = Runner(None, 2).run(tasks(jobs.kills, tmp_path, 0, 1), "tasks")
    assert found == list(range(6))
    assert calls(tmp_path) == [0, 1, 2, 2, 3, 4, 5]


def test_a_task_that_kills_every_process_is_named(jobs: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(EstimateError, match=f"task-2: its process ended {LIVES} times"):
        Runner(None, 2).run(tasks(jobs.kills, tmp_path, 0, 99), "tasks")
    assert calls(tmp_path).count(2) == LIVES


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_fails_is_named_or_stood_in_for(jobs: ModuleType, workers: int) -> None:
    runner = Runner(None, workers)
    with pytest.raises(EstimateError, match="task-1: an odd number"):
        runner.run(tasks(jobs.fails, ""), "tasks")
    with pytest.raises(ValueError, match="an odd number") as caught:
        runner.run(tasks(jobs.fails, "bug"), "tasks")
    assert caught.value.__notes__[-1] == "in the task task-1"
    found = runner.run(tasks(jobs.fails, ""), "tasks", lambda task, error: f"{task.name} {error}")
    assert found == [0, "task-1 an odd number", 2, 3, 4, 5]


def test_a_cluster_gives_the_same_bytes_and_outlives_a_worker(
    jobs: ModuleType, dask: tuple[str, int], tiny_case: Path, tmp_path: Path
) -> None:
    address, _ = dask

    def bytes_of(runner: Runner, place: str) -> dict[str, bytes]:
        case, state = read_case(tiny_case), tmp_path / place
        vintages(case, as_of=date(2024, 3, 21), settings=Settings(60, 60, 2, 3),
                 runner=Runner(Kept(state, "k"), runner.workers, runner.scheduler))
        return {path.name: path.read_bytes() for path in state.rglob("*.json")}

    here = bytes_of(Runner(workers=1), "here")
    assert len(here) == 2
    assert bytes_of(Runner(scheduler=address), "cluster") == here
    found = Runner(scheduler=address).run(tasks(jobs.kills, tmp_path, 0, 1), "tasks")
    assert found == list(range(6))
    assert calls(tmp_path).count(2) == 2


def test_a_lost_scheduler_is_one_line_and_what_was_finished_is_not_repeated(
    jobs: ModuleType, dask: tuple[str, int], tmp_path: Path
) -> None:
    address, pid = dask
    record = Kept(tmp_path, "k")
    first, all_ = tasks(jobs.kills, tmp_path, pid, 1, n=2), tasks(jobs.kills, tmp_path, pid, 1)
    assert Runner(record, scheduler=address).run(first, "tasks") == [0, 1]
    with pytest.raises(EstimateError, match="the scheduler was lost.*run the same") as caught:
        Runner(record, scheduler=address).run(all_, "tasks")
    assert "\n" not in str(caught.value)
    assert Runner(record, workers=1).run(all_, "tasks") == list(range(6))
    assert [calls(tmp_path).count(x) for x in (0, 1)] == [1, 1]


def test_a_scheduler_out_of_reach_is_one_line(
    jobs: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 1)
    with pytest.raises(EstimateError, match="no Dask scheduler answers") as caught:
        Runner(None, scheduler="tcp://127.0.0.1:1").run(tasks(jobs.square, tmp_path), "tasks")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "calls").exists()


class Workers:
    """What a client would say of two workers."""

    def __init__(self, second: Any, other_versions: dict[str, str] | None = None) -> None:
        self.told = {"tcp://a": "0.1.0", "tcp://b": second}
        self.versions = {"tcp://a": versions(), "tcp://b": versions() | (other_versions or {})}

    def wait_for_workers(self, n: int, timeout: float) -> None:
        if not self.told:
            raise TimeoutError

    def run(self, what: Callable[..., Any], *_: Any, on_error: str) -> dict[str, Any]:
        return self.versions if what is versions else self.told


def test_a_worker_that_could_give_other_bits_is_refused() -> None:
    assert cluster._checked(Workers("0.1.0"), "tcp://s") == versions()
    without = Workers(PackageNotFoundError("estimate"))
    with pytest.raises(EstimateError, match=r"1 of 2 workers .*tcp://b has none of the package"):
        cluster._checked(without, "tcp://s")
    with pytest.raises(EstimateError, match=r"numba 0\.1 \(here .*nothing was run"):
        cluster._checked(Workers("0.1.0", {"numba": "0.1"}), "tcp://s")
    nobody = Workers("0.1.0")
    nobody.told = {}
    with pytest.raises(EstimateError, match="has no worker; start one with: dask worker tcp://s"):
        cluster._checked(nobody, "tcp://s")
    assert other({"numba": "1"}, {}) == "numba none (here 1)"


def test_a_worker_that_comes_late_is_checked_too(jobs: ModuleType, tmp_path: Path) -> None:
    from estimate.model.worker import run_remote

    done, error = run_remote(b"", versions() | {"numpy": "9"})
    assert not done
    assert "numpy" in str(error)
    assert "(here 9)" in str(error)
