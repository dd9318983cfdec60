"""`estimate history`: what could be known when, from only the claims published by each day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import (
    DIAGNOSTIC_FAILED,
    Day,
    about_option,
    case_argument,
    json_option,
    part_of,
    print_json,
    priors_option,
    route_option,
    runner_options,
    tell_failed,
)
from .progress import steps

if TYPE_CHECKING:
    from estimate.data.case import Case
    from estimate.model.priors import Priors
    from estimate.model.runner import Runner
    from estimate.model.sampler import Settings
    from estimate.model.vintages import Vintage

every_option = click.option(
    "--every", type=click.Choice(["claim", "week", "month"]), default="claim", show_default=True,
    help="Days of knowledge: each on which a claim was published, or the last of each week or "
         "month.")
state_option = click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    default=Path("history"), show_default=True,
    help="Where finished vintages are kept: a run that was stopped goes on from there, and one "
         "with later claims uses them again.")


def make(case: Case, every: str, as_of: date | None, exclude: tuple[str, ...], priors: Priors,
         settings: Settings, state: Path | None, runner: Runner) -> tuple[Vintage, ...]:
    """Fit each vintage, or take it from those that were kept."""
    from estimate.model.runner import Kept
    from estimate.model.vintages import vintages

    record = Kept(state, f"vintages of {case.id}") if state else None
    return vintages(case, every=every, as_of=as_of, exclude=exclude, priors=priors,
                    settings=settings, runner=replace(runner, record=record))


@click.command()
@case_argument(required=True)
@every_option
@click.option("--as-of", type=Day(), metavar="DAY",
              help="Use only claims published up to this day. [default: the latest in the table]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="New folder for history.csv, one row a day of knowledge, and vintages.csv, the "
                   "whole estimate of each.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", default=1,
              show_default=True, help="Seed of every random number.")
@click.option("--draws", type=click.IntRange(50, 100_000), metavar="N", default=2400,
              show_default=True, help="Draws kept from each chain of each fit.")
@click.option("--tune", type=click.IntRange(50, 100_000), metavar="N", default=400,
              show_default=True, help="Warm-up draws of each chain, not kept.")
@click.option("--chains", type=click.IntRange(2, 64), metavar="N", default=2, show_default=True,
              help="Independent chains of each fit.")
@click.option("--exclude", multiple=True, metavar="SOURCE",
              help="Leave a source out, an umbrella with its members. May be repeated.")
@about_option
@priors_option
@route_option
@state_option
@runner_options
@json_option
@click.pass_context
def history(
    ctx: click.Context, case: str, every: str, as_of: date | None, out: Path | None, seed: int,
    draws: int, tune: int, chains: int, exclude: tuple[str, ...], about: str | None,
    priors_file: Path | None, routes: dict[str, float] | None, state: Path, workers: int | None,
    scheduler: str | None, as_json: bool,
) -> None:
    """Tell what could be known of CASE when.

    The case is fitted for each day of knowledge from only the claims published by then, always with
    today's priors. The table says how far each day's claims moved the estimate of the days before,
    and which of them did. The exit code is 1 when the fit of any day failed a check.

    \b
    Examples:
      estimate history nk-kursk --every month
      estimate history ./my-case --out known --exclude nis
    """
    from estimate.data.case import read_case
    from estimate.model.evidence import select
    from estimate.model.learned import choose_priors
    from estimate.reports.vintage_files import history_rows
    from estimate.reports.vintage_words import known
    from estimate.reports.write import WRITTEN, check_out, write_history

    read = part_of(read_case(case), about, whole="history")
    table = choose_priors(priors_file, read, routes)
    select(read, as_of, exclude)
    if out is not None:
        check_out(out, WRITTEN)
    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model.runner import Runner
        from estimate.model.sampler import Settings

        made = make(read, every, as_of, exclude, table, Settings(draws, tune, chains, seed), state,
                    Runner(None, workers, scheduler, tell.at))
    if out is not None:
        write_history(made, out)
    if as_json:
        print_json({"case": read.id, "every": every, "headline": read.headline,
                    "priors": table.source, "vintages": history_rows(made)})
    else:
        from rich.console import Console

        from estimate.reports.terminal import print_known

        print_known(known(read, made, every), Console(highlight=False))
        if out is not None:
            click.echo(f"Files: {out / 'history.csv'}, {out / 'vintages.csv'}")
    if tell_failed(made):
        ctx.exit(DIAGNOSTIC_FAILED)
