"""`estimate index`: one page over all runs in a folder."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, print_json, printable


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE",
              help="The page. [default: DIR/index.html]")
@json_option
def index(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write one page over all runs in DIR: a small chart and the honest status of each.

    Runs are looked for up to three folders below DIR; those that cannot be read are listed with the
    reason. A page that this command did not write is never replaced.

    \b
    Examples:
      estimate index reports
      estimate index reports --out overview.html
    """
    from estimate.reports.index_page import PAGE, check_index, index_page, write_index
    from estimate.reports.runs import find_runs

    page = out if out is not None else folder / PAGE
    runs, broken = find_runs(folder)
    check_index(page)
    write_index(index_page(runs, broken, folder, page), page)
    if as_json:
        print_json({"page": str(page), "runs": [run.told() for run in runs],
                    "broken": [{"folder": one.folder, "reason": one.reason} for one in broken]})
        return
    for run in runs:
        click.echo(f"{printable(run.folder)}: {run.sentence}")
    for one in broken:
        click.echo(f"{one.folder}: {one.reason}", err=True)
    click.echo(f"Index: {printable(str(page))}")
