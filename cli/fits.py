"""`estimate fit` of several cases: each a task of its own, with a run folder of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from .history import make
from .options import BAD_INPUT, DIAGNOSTIC_FAILED, DONE, part_of, print_json, printable

if TYPE_CHECKING:
    from estimate.data.case import Case
    from estimate.model.clock import Clock
    from estimate.model.learned import History
    from estimate.model.priors import Priors
    from estimate.model.result import Fit
    from estimate.model.runner import Runner, Task

CODE = 1  # raised when a run that is there is no longer what the code would make
SEED = 1  # of each of several cases, unless told: a run that was stopped then finds its own


@dataclass(frozen=True)
class Asked:
    """What is asked of each fit; a number that is None is the usual one."""

    as_of: date | None
    exclude: tuple[str, ...]
    seed: int | None
    draws: int | None
    tune: int | None
    chains: int | None
    every: str | None
    refits: bool
    about: str | None
    command: str


@dataclass(frozen=True)
class Ready:
    """A case that can be fitted, with what is assumed of it."""

    case: Case
    priors: Priors
    history: History | None


def ready(name: str, asked: Asked, priors_file: Path | None, routes: dict[str, float] | None
          ) -> Ready:
    """Check a case, its claims and the priors before anything is sampled.

    Raises
    ------
    EstimateError
        They cannot be used.
    """
    from estimate.data.case import read_case
    from estimate.model.evidence import select
    from estimate.model.learned import behind, choose_priors
    from estimate.model.series import choose, is_linked

    whole = "--refits" if asked.refits else "--history" if asked.every else ""
    case = part_of(read_case(name), asked.about, whole=whole)
    priors = choose_priors(priors_file, case, routes)
    (choose if is_linked(case) else select)(case, asked.as_of, asked.exclude)
    return Ready(case, priors, behind(priors_file) if asked.refits else None)


def fitted(ready: Ready, asked: Asked, runner: Runner, state: Path | None = None,
           clock: Clock | None = None, *,
           begin: Callable[[str], None] = lambda _: None,
           sampling: Callable[[int, int], None] | None = None) -> Fit:
    """Fit a case, with its refits and its history if they are asked for.

    Parameters
    ----------
    ready, asked
        What to fit, and how.
    runner : Runner
        Who refits.
    state : Path, optional
        Where finished refits and vintages are kept.
    clock : Clock, optional
        What was done before the fit; told what is done here.
    begin, sampling : callable
        Told the steps as they begin; the draws done and the draws in all.
    """
    from estimate.model.clock import Clock

    clock = clock or Clock()
    from estimate.model.fit import LINKED
    from estimate.model.fit import fit as run
    from estimate.model.sampler import Settings
    from estimate.model.series import is_linked

    clock.lap("imports")
    told = {"seed": asked.seed, "draws": asked.draws, "tune": asked.tune, "chains": asked.chains}
    usual = LINKED if is_linked(ready.case) else {}
    settings = Settings(
        **usual | {name: value for name, value in told.items() if value is not None})
    begin("compiling the model")
    made = run(ready.case, as_of=asked.as_of, exclude=asked.exclude, priors=ready.priors,
               settings=settings, progress=sampling)
    clock.skip()
    if asked.refits:
        from estimate.model.refits import leave_out
        from estimate.model.runner import Kept
        from estimate.model.sensitivity import refitted

        record = Kept(state, f"refits of {ready.case.id}") if state and asked.seed else None
        made.account["refits"] = leave_out(made, runner=replace(runner, record=record))
        begin("fitting under other assumptions")
        tell = runner.progress
        made.account["sensitivity"] = refitted(
            made, ready.history,
            tell and partial(tell, "fitting under other assumptions"))
        clock.lap("refits")
    if asked.every:
        from estimate.model.known import keep
        from estimate.model.vintages import SHORT

        short = Settings(seed=SEED if asked.seed is None else asked.seed, **SHORT)
        keep(made, make(ready.case, asked.every, asked.as_of, asked.exclude, ready.priors, short,
                        state, runner), asked.every, asdict(short))
        clock.lap("history")
    if asked.about:
        made.account["about"] = asked.about
    made.account["command"] = asked.command
    return made


def fit_apart(tell: Callable[[int, int], None], ready: Ready, asked: Asked, name: str
              ) -> dict[str, bytes]:
    """Fit a case on any machine; give the files of its report."""
    from estimate.model.clock import Clock
    from estimate.model.runner import Runner
    from estimate.reports.write import write_report

    clock = Clock()
    made = fitted(ready, asked, Runner(workers=1), clock=clock, sampling=tell)
    made.account["task"] = name
    clock.note(made.account)
    with TemporaryDirectory() as place:
        folder = write_report(made, Path(place) / "run")
        return {path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(folder.rglob("*")) if path.is_file()}


class Runs:
    """Run folders as the record of a runner: a run is its own proof of what was done.

    Parameters
    ----------
    folders : dict of str to Path
        Folder of each task by its name.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = folders

    def read(self, name: str) -> dict[str, Any]:
        """Say what a run found; KeyError where it is not there, is another one or was changed."""
        from estimate.data.problems import EstimateError
        from estimate.model.result import read_account
        from estimate.reports.runs import read_run

        folder = self.folders[name]
        try:
            run = read_run(folder, str(folder))
            task = read_account(folder).get("task")
        except EstimateError:
            raise KeyError(name) from None
        if task != name or run.changed:
            raise KeyError(name)
        return run.told() | {"status": "doubtful" if run.failed else "done"}

    def write(self, name: str, value: Mapping[str, bytes]) -> dict[str, Any]:
        """Put a run in its place, whole."""
        from estimate.reports.write import write_run

        write_run(value, self.folders[name])
        return self.read(name)


def _task(ready: Ready, asked: Asked) -> Task:
    """Name a fit by all that decides it."""
    from estimate.model.runner import Task

    told = [CODE, version("estimate"), ready.case.id, sorted(ready.case.sha256.items()),
            ready.priors.to_json(), ready.history.sha256 if ready.history else None,
            {key: str(value) for key, value in asdict(asked).items() if key != "command"}]
    name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:24]
    name = f"{ready.case.id}-{name}"
    return Task(name, fit_apart, (ready, asked, name))


def fit_all(cases: tuple[str, ...], asked: Asked, out: Path, priors_file: Path | None,
            routes: dict[str, float] | None, runner: Runner, command: Callable[[str], str]
            ) -> list[dict[str, Any]]:
    """Fit several cases, each into a folder of its own; say what came of each.

    A case that cannot be read or fitted does not stop the others.
    """
    from estimate.data.problems import EstimateError
    from estimate.reports.write import check_out

    rows: list[dict[str, Any] | None] = []
    tasks, folders, places = [], dict[str, Path](), dict[int, str]()
    for place, name in enumerate(cases):
        rows.append(None)
        try:
            one = ready(name, asked, priors_file, routes)
            folder = out / one.case.id
            if folder in folders.values():
                raise EstimateError(f"{name}: another of these cases has the id {one.case.id!r}; "
                                    "fit it into another --out")
            check_out(folder)
        except EstimateError as error:
            rows[place] = _failed(name, error)
            continue
        task = _task(one, replace(asked, command=command(name)))
        tasks.append(task)
        folders[task.name], places[place] = folder, task.name
    found = replace(runner, record=Runs(folders)).run(
        tasks, "fitting the cases",
        lambda task, error: _failed(task.arguments[0].case.id, error))
    by_name = {task.name: row for task, row in zip(tasks, found, strict=True)}
    return [row or by_name[places[place]] for place, row in enumerate(rows)]


def _failed(name: str, error: Exception) -> dict[str, Any]:
    from estimate.data.problems import EstimateError

    why = str(error) if isinstance(error, EstimateError) else f"{type(error).__name__}: {error}"
    return {"case": name, "status": "failed", "why": why}


def print_all(rows: list[dict[str, Any]], as_json: bool) -> int:
    """Print what came of each case, the faults to stderr; give the exit code."""
    for row in rows:
        if row["status"] == "failed":
            lines = [f"{printable(row['case'])}: {printable(line)}"
                     for line in row["why"].splitlines()]
            click.echo("\n".join(lines), err=True)
    status = {row["status"] for row in rows}
    code = (BAD_INPUT if "failed" in status else
            DIAGNOSTIC_FAILED if "doubtful" in status else DONE)
    if as_json:
        print_json(rows)
        return code
    width = max(len(printable(row["case"])) for row in rows)
    for row in rows:
        what = {"failed": "why is told above", "doubtful": "a diagnostic failed: "}.get(
            row["status"], "") + row.get("sentence", "")
        click.echo(f"{printable(row['case']):{width}s}  {row['status']:8s}  {what}")
    count = {word: sum(row["status"] == word for row in rows)
             for word in ("done", "doubtful", "failed")}
    click.echo(", ".join(f"{n} {word}" for word, n in count.items()))
    return code
