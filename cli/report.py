"""`estimate report`: write the report of a saved fit again, without a refit."""

from __future__ import annotations

from pathlib import Path

import click

from .options import finish, json_option


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@json_option
@click.pass_context
def report(ctx: click.Context, run: Path, as_json: bool) -> None:
    """Write the report of RUN again, from its saved fit.

    RUN is a folder that `estimate fit` wrote. Nothing is sampled; the numbers stay as they were.

    \b
    Example:
      estimate report reports/nk-kursk
    """
    from estimate.model.result import load_fit
    from estimate.reports.write import write_report

    saved = load_fit(run)
    write_report(saved, run)
    finish(ctx, saved, run, as_json)
