"""`estimate fit`: fit a case, or several, and write their reports."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from .history import every_option, state_option
from .options import (
    Day,
    about_option,
    chosen_case,
    command_line,
    finish,
    json_option,
    priors_option,
    route_option,
    runner_options,
)
from .progress import steps


@click.command()
@click.argument("cases", metavar="[CASE]...", nargs=-1)
@click.option("--as-of", type=Day(), metavar="DAY",
              help="Use only claims published up to this day. [default: the latest in the table]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the report; of several cases, the folder that holds theirs. "
                   "[default: reports/<case>]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N",
              help="Seed of every random number. [default: drawn, and recorded in run.json; 1 for "
                   "several cases]")
@click.option("--draws", type=click.IntRange(50, 100_000), metavar="N",
              help="Draws kept from each chain. [default: 1200; 600 for several series]")
@click.option("--tune", type=click.IntRange(50, 100_000), metavar="N",
              help="Warm-up draws of each chain, not kept. [default: 250; 300 for several series]")
@click.option("--chains", type=click.IntRange(2, 64), metavar="N",
              help="Independent chains. [default: 4]")
@click.option("--exclude", multiple=True, metavar="SOURCE",
              help="Leave a source out, an umbrella with its members. May be repeated.")
@click.option("--history", "with_history", is_flag=True,
              help="Fit also what was known on each day, from only the claims published by then: "
                   "shorter fits, with the seed told, else 1.")
@every_option
@state_option
@click.option("--refits", is_flag=True,
              help="Fit again without each family of sources, to tell who moves the answer: "
                   "one shorter fit for each.")
@about_option
@priors_option
@route_option
@runner_options
@json_option
@click.pass_context
def fit(
    ctx: click.Context, cases: tuple[str, ...], as_of: date | None, out: Path | None,
    seed: int | None, draws: int | None, tune: int | None, chains: int | None,
    exclude: tuple[str, ...],
    with_history: bool, every: str, state: Path, refits: bool, about: str | None,
    priors_file: Path | None, routes: dict[str, float] | None, workers: int | None,
    scheduler: str | None, as_json: bool,
) -> None:
    """Fit CASE and write its report.

    CASE is a folder or the name of a bundled case; without it, ./case.toml here, else nk-kursk.
    The claims, the folder and the priors are checked before anything is sampled. The exit code is 1
    when the report was written but a diagnostic of the fit failed.

    Several cases are fitted side by side, each into a folder of its own; one that fails does not
    stop the others, and runs that are there already, whole and asked for in the same way, are not
    made again. The exit code is then 2 when any case failed.

    \b
    Examples:
      estimate fit nk-kursk
      estimate fit ./my-case --as-of 2025-04-30 --out april --exclude nis
      estimate fit cases/* --out runs --scheduler tcp://10.0.0.5:8786
    """
    from .fits import SEED, Asked, fit_all, fitted, print_all, ready

    several = len(cases) > 1
    if scheduler and not (several or refits or with_history):
        raise click.UsageError("--scheduler: one fit is made by this machine; name several cases, "
                               "or ask for --history or --refits")
    asked = Asked(as_of, exclude, SEED if several and seed is None else seed, draws, tune, chains,
                  every if with_history else None, refits, about, command_line(ctx))
    if several:
        with steps() as tell:
            tell.begin("reading the cases")
            from estimate.model.runner import Runner

            told = fit_all(cases, asked, out or Path("reports"), priors_file, routes,
                           Runner(None, workers, scheduler, tell.at),
                           lambda name: command_line(ctx, name, seed=asked.seed))
        ctx.exit(print_all(told, as_json))
    from estimate.model.clock import Clock

    clock = Clock()
    from estimate.reports.contents import contents
    from estimate.reports.write import check_out, write_report

    clock.lap("imports")
    read = ready(chosen_case(cases[0] if cases else None), asked, priors_file, routes)
    folder = out if out is not None else Path("reports") / read.case.id
    check_out(folder)
    clock.lap("reading")
    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model.runner import Runner

        made = fitted(read, asked, Runner(None, workers, scheduler, tell.at), state, clock,
                      begin=tell.begin, sampling=tell.sampling)
        tell.begin("writing the report")
        said = contents(made)
        clock.lap("summary")
        clock.note(made.account)
        write_report(made, folder, said)
    finish(ctx, made, folder, as_json, said)
