"""`estimate verify`: hash a saved run again, fit it again, and say what differs."""

from __future__ import annotations

from pathlib import Path

import click

from .options import BAD_INPUT, DIAGNOSTIC_FAILED, DONE, json_option, print_json, printable
from .progress import steps


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--no-refit", is_flag=True, help="Hash the files and compare what they state; do not "
                                               "fit again.")
@json_option
@click.pass_context
def verify(ctx: click.Context, run: Path, no_refit: bool, as_json: bool) -> None:
    """Verify RUN: that its files are as written, and that a refit says the same.

    RUN is a folder that `estimate fit` wrote, or a published copy without its draws. Every file is
    hashed and held to run.json, run.json to its own hash; the case is then fitted again with the
    recorded seed, settings and priors, and every figure compared within Monte Carlo error. The exit
    code is 0 when all is as it was, 1 when a file or a figure differs, which is named.

    \b
    Examples:
      estimate verify reports/nk-kursk
      estimate verify reports/published/nk-kursk --no-refit
    """
    from estimate.data.problems import EstimateError
    from estimate.reports.verify import verify as verified

    with steps() as tell:
        try:
            found = verified(run, not no_refit, begin=tell.begin, sampling=tell.sampling)
        except EstimateError as error:
            if not as_json:
                raise
            print_json({"verified": False, "sentence": str(error), "checks": []})
            ctx.exit(BAD_INPUT)
    if as_json:
        print_json(found.told())
    else:
        from rich.console import Console

        from estimate.reports.terminal import print_verified

        print_verified(found, Console(highlight=False))
        click.echo(printable(found.sentence))
    ctx.exit(DONE if found.ok else DIAGNOSTIC_FAILED)
