"""`estimate test`: what would have to be true for a figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from estimate.data.words import EQUIPMENT, QUANTITIES

from .options import (
    DIAGNOSTIC_FAILED,
    Day,
    case_argument,
    chosen_case,
    json_option,
    print_json,
    printable,
    priors_option,
)
from .progress import steps

if TYPE_CHECKING:
    from estimate.data.case import Case
    from estimate.model.priors import Priors
    from estimate.model.result import Fit

WORDS = {**QUANTITIES, **EQUIPMENT}
MOST = 1e10  # a figure that a claim may state; see data/kinds.py


class Figure(click.ParamType[float]):
    """A number above 0, such as 350."""

    name = "figure"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Turn text into a figure, or say how one is written."""
        try:
            figure = float(value)
        except ValueError:
            figure = math.nan
        if not 0 < figure <= MOST:
            self.fail(f"{printable(str(value))!r} is not a number above 0 and up to ten billion, "
                      "written without separators, such as 350", param, ctx)
        return figure


def figure_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command one option for each quantity of the vocabulary."""
    for name, meaning in reversed(WORDS.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, type=Figure(), metavar="N",
                               help=f"The figure, if it counts: {meaning}.")(command)
    return command


@click.command()
@case_argument(required=False)
@figure_options
@click.option("--on", type=Day(), metavar="DAY",
              help="Day that the figure stands for, counted from the case's first day. "
                   "[default: the last day of publication in view]")
@click.option("--run", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of a saved fit. [default: reports/<case> if it holds a fit of the same "
                   "tables; else the case is fitted now]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N",
              help="Seed, where the case has to be fitted now. [default: drawn]")
@priors_option
@json_option
@click.pass_context
def test(
    ctx: click.Context, /, case: str | None, on: date | None, run: Path | None, seed: int | None,
    priors_file: Path | None, as_json: bool, **figures: float | None,
) -> None:
    """Say what would have to be true for a figure.

    Name one figure. Told are the chance that the truth was at most or at least that, and the
    smallest moves of named biases that would make it right. High and low figures are treated alike.
    The exit code is 1 when a diagnostic of the fit failed.

    \b
    Examples:
      estimate test nk-kursk --killed 350 --on 2025-09-02
      estimate test ./my-case --casualties 6000 --run april --json
    """
    quantity, figure = _one(figures)
    if run is not None and (priors_file is not None or seed is not None):
        raise click.UsageError("--run takes a fit as it was made: leave --priors and --seed out")
    from estimate.data.case import read_case
    from estimate.model.learned import choose_priors

    read = read_case(chosen_case(case))
    priors = choose_priors(priors_file, read)
    if run is not None:
        fitted = _named(run, read)
    else:
        kept = _kept(read, None if priors_file is None else priors)
        fitted = _fitted(read, quantity, figure, on, seed, priors, kept) if isinstance(
            kept, str) else kept
    day = on or fitted.as_of
    from estimate.reports.contents import under_test

    if as_json:
        print_json({"case": read.id, "as_of": str(fitted.as_of), "seed": fitted.account["seed"],
                    "exclude": fitted.account["exclude"],
                    **fitted.smallest_moves(quantity, figure, day).to_dict(),
                    **fitted.test_claim(quantity, figure, day)})
    else:
        from rich.console import Console

        from estimate.reports.terminal import print_tested

        print_tested(under_test(fitted, quantity, figure, day), Console(highlight=False))
    if not fitted.account["diagnostics"]["ok"]:
        for finding in fitted.findings():
            if finding.verdict == "fail":
                click.echo(f"A diagnostic of the fit failed: {finding.sentence}", err=True)
        ctx.exit(DIAGNOSTIC_FAILED)


def _one(figures: Mapping[str, float | None]) -> tuple[str, float]:
    """Give the quantity and the figure that were named."""
    given = [(name, value) for name, value in figures.items() if value is not None]
    if len(given) != 1:
        told = " and ".join(f"--{name.replace('_', '-')}" for name, _ in given) or "none"
        raise click.UsageError(f"name one figure, such as --killed 350; you named {told}")
    return given[0]


def _named(folder: Path, case: Case) -> Fit:
    """Read the fit that --run names; refuse one of other tables."""
    from estimate.data.problems import RunError
    from estimate.model.result import load_fit

    saved = load_fit(folder)
    if saved.case.sha256 != case.sha256:
        raise RunError(f"--run {folder}: a fit of other tables than those of {case.id} as they are "
                       "now; run `estimate fit` again, or leave --run out")
    _tell(saved, folder)
    return saved


def _kept(case: Case, priors: Priors | None) -> Fit | str:
    """Read the fit in reports/<case> if it is one of these tables and priors; else say why not."""
    from estimate.data.problems import RunError
    from estimate.model.result import ACCOUNT, load_fit, read_account

    folder = Path("reports") / case.id
    if not (folder / ACCOUNT).is_file():
        return f"{folder} holds no saved fit"
    try:
        if read_account(folder).get("input_sha256") != case.sha256:
            return f"the fit in {folder} is of other tables"
        saved = load_fit(folder)
    except RunError as error:
        return str(error)
    if priors is not None and saved.priors.to_json() != priors.to_json():
        return f"the fit in {folder} has other priors"
    _tell(saved, folder)
    return saved


def _tell(saved: Fit, folder: Path) -> None:
    without = ", ".join(saved.account["exclude"])
    click.echo(f"Reading the fit in {folder}: claims published up to {saved.as_of}"
               f"{f', without {printable(without)}' if without else ''}.", err=True)


def _fitted(case: Case, quantity: str, figure: float, on: date | None, seed: int | None,
            priors: Priors, why: str) -> Fit:
    """Fit a case now, once it is sure that the figure can be put to the test."""
    from estimate.model.design import plan
    from estimate.model.evidence import select
    from estimate.model.moves import check

    evidence = select(case)
    check(plan(evidence), quantity, figure, on or evidence.as_of)
    click.echo(f"{printable(why)}; {case.id} is fitted now, and the fit is not kept (`estimate "
               "fit` keeps one).", err=True)
    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model.fit import fit as run
        from estimate.model.sampler import Settings

        settings = Settings() if seed is None else Settings(seed=seed)
        return run(case, priors=priors, settings=settings, progress=tell.sampling)
