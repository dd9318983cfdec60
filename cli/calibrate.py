"""`estimate calibrate`: learn how sources err from cases whose truth was settled later."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .options import check_file, json_option, print_json, runner_options
from .progress import steps


@click.command()
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR",
              help="A folder with cases.csv and claims.csv. [default: the one that ships]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              default=Path("learned.json"), show_default=True, help="File to write.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), metavar="N", default=1,
              show_default=True, help="Seed of every random number.")
@click.option("--draws", type=click.IntRange(50, 100_000), metavar="N", default=1200,
              show_default=True, help="Draws kept from each chain.")
@click.option("--tune", type=click.IntRange(50, 100_000), metavar="N", default=600,
              show_default=True, help="Warm-up draws of each chain, not kept.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              default=Path("calibrate"), show_default=True,
              help="Where finished parts are kept: a run that was stopped goes on from there.")
@runner_options
@json_option
def calibrate(library: Path | None, out: Path, seed: int, draws: int, tune: int, state: Path,
              workers: int | None, scheduler: str | None, as_json: bool) -> None:
    """Learn bias priors from a library of resolved cases.

    One prior is learned from all cases, and one for each conflict left out, so that no fit of a
    resolved case ever sees its own truth. The file is one for `--priors`; a page beside it (FILE
    with .html) says what history says, in words and pictures.

    \b
    Examples:
      estimate calibrate
      estimate calibrate --library ./my-cases --out my-priors.json
    """
    from estimate.data.library import read_library
    from estimate.model.learned import assumed_digest, read_learned
    from estimate.model.scorefile import scores_of
    from estimate.reports.calibration import write_page

    read = read_library(library)
    page = out.with_suffix(".html")
    if page == out:
        raise click.UsageError(f"--out {out}: the page beside it has that name; end it in .json")
    for file in (out, page):
        check_file(file)
    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model.calibrate import CODE, Effort
        from estimate.model.calibrate import calibrate as run
        from estimate.model.runner import Kept, Runner

        key = json.dumps([read.fingerprint, sorted(read.sha256.items()), seed, draws, tune, CODE,
                          assumed_digest()])
        told = run(read, out, effort=Effort(draws, tune, 4, seed),
                   runner=Runner(Kept(state, key), workers, scheduler, tell.at))
        tell.begin("writing the page")
        history = read_learned(out)
        write_page(page, history, scores_of(history))
    if as_json:
        print_json(told)
        return
    whole = told["diagnostics"]["all"]
    click.echo(f"Learned from {whole['n_cases']} resolved cases: {out}, and {page.name} beside "
               "it.")
    click.echo(f"R-hat at most {whole['max_rhat']:.3f}, effective draws at least "
               f"{whole['min_ess']:.0f}, {whole['divergences']} divergent transitions.")
