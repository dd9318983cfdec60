"""`estimate compare`: what changed between runs of one case, and whether the answer moved."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, print_json


@click.command()
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN RUN...", nargs=-1,
                required=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Also write a page, its Markdown twin with drawings, and a table of all "
                   "differences into this folder.")
@json_option
def compare(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Compare runs of one case, each with the first.

    A RUN is a folder that `estimate fit` wrote. Told are whether the estimate moved by more than
    its Monte Carlo error on days of which both runs speak, which claims are behind it, and what
    changed in data, priors, versions and sampling. The exit code is 0 whether or not it moved.

    \b
    Examples:
      estimate compare reports/nk-kursk before/nk-kursk
      estimate compare march april may --out moved
    """
    if len(runs) < 2:
        raise click.UsageError(f"{', '.join(map(str, runs))}: one run alone cannot be compared; "
                               "name two or more")
    from estimate.model.result import load_fit
    from estimate.reports.comparison import ACCOUNT, compared, to_dict, write_comparison
    from estimate.reports.write import check_out

    fits = [load_fit(run) for run in runs]
    if out is not None:
        check_out(out, ACCOUNT)
    made = compared(fits, runs)
    if out is not None:
        write_comparison(made, out)
    if as_json:
        print_json(to_dict(made))
        return
    from rich.console import Console

    from estimate.reports.terminal import print_compared

    print_compared(made, Console(highlight=False))
    if out is not None:
        click.echo(f"Page: {out / 'index.html'}")
