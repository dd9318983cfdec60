"""`estimate fit`: fit a case and write its report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from .history import every_option, make, state_option
from .options import (
    Day,
    about_option,
    case_argument,
    chosen_case,
    command_line,
    finish,
    json_option,
    part_of,
    priors_option,
    route_option,
)
from .progress import steps


@click.command()
@case_argument(required=False)
@click.option("--as-of", type=Day(), metavar="DAY",
              help="Use only claims published up to this day. [default: the latest in the table]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the report. [default: reports/<case>]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N",
              help="Seed of every random number. [default: drawn, and recorded in run.json]")
@click.option("--draws", type=click.IntRange(50, 100_000), metavar="N",
              help="Draws kept from each chain. [default: 2600; 900 for several series]")
@click.option("--tune", type=click.IntRange(50, 100_000), metavar="N",
              help="Warm-up draws of each chain, not kept. [default: 700; 300 for several series]")
@click.option("--chains", type=click.IntRange(2, 64), metavar="N",
              help="Independent chains. [default: 4; 2 for several series]")
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
@json_option
@click.pass_context
def fit(
    ctx: click.Context, case: str | None, as_of: date | None, out: Path | None, seed: int | None,
    draws: int | None, tune: int | None, chains: int | None, exclude: tuple[str, ...],
    with_history: bool, every: str, state: Path, refits: bool, about: str | None,
    priors_file: Path | None,
    routes: dict[str, float] | None, as_json: bool,
) -> None:
    """Fit CASE and write its report.

    CASE is a folder or the name of a bundled case; without it, ./case.toml here, else nk-kursk.
    The claims, the folder and the priors are checked before anything is sampled. The exit code is 1
    when the report was written but a diagnostic of the fit failed.

    \b
    Examples:
      estimate fit nk-kursk
      estimate fit ./my-case --as-of 2025-04-30 --out april --exclude nis
    """
    from estimate.model.clock import Clock

    clock = Clock()
    from estimate.data.case import read_case
    from estimate.model.evidence import select
    from estimate.model.learned import behind, choose_priors
    from estimate.model.series import choose, is_linked
    from estimate.reports.contents import contents
    from estimate.reports.write import check_out, write_report

    clock.lap("imports")
    asked = "--refits" if refits else "--history" if with_history else ""
    read = part_of(read_case(chosen_case(case)), about, whole=asked)
    folder = out if out is not None else Path("reports") / read.id
    table = choose_priors(priors_file, read, routes)
    if is_linked(read):
        choose(read, as_of, exclude)
    else:
        select(read, as_of, exclude)
    check_out(folder)
    clock.lap("reading")

    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model.fit import LINKED, Settings
        from estimate.model.fit import fit as run

        clock.lap("imports")
        told = {"seed": seed, "draws": draws, "tune": tune, "chains": chains}
        usual = LINKED if is_linked(read) else {}
        settings = Settings(
            **usual | {name: value for name, value in told.items() if value is not None})
        tell.begin("compiling the model")
        fitted = run(read, as_of=as_of, exclude=exclude, priors=table, settings=settings,
                     progress=tell.sampling)
        clock.lap("fit")
        if refits:
            from estimate.model.refits import leave_out
            from estimate.model.sensitivity import refitted

            fitted.account["refits"] = leave_out(fitted, progress=tell.at)
            fitted.account["sensitivity"] = refitted(
                fitted, behind(priors_file),
                lambda *at: tell.at("fitting under other assumptions", *at))
            clock.lap("refits")
        if with_history:
            from dataclasses import asdict

            from estimate.model.known import keep
            from estimate.model.vintages import SHORT

            short = Settings(seed=1 if seed is None else seed, **SHORT)
            keep(fitted, make(read, every, as_of, exclude, table, short, state, tell), every,
                 asdict(short))
            clock.lap("history")
        if about:
            fitted.account["about"] = about
        fitted.account["command"] = command_line(ctx)
        tell.begin("writing the report")
        said = contents(fitted)
        clock.lap("summary")
        for name, own in (("timings", clock.wall), ("cpu_seconds", clock.cpu)):
            del own["fit"]  # told by its parts
            fitted.account[name] = own | fitted.account[name]
        write_report(fitted, folder, said)
    finish(ctx, fitted, folder, as_json, said)
