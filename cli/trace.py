"""`estimate trace`: from a number of a report to the claims behind it."""

from __future__ import annotations

from pathlib import Path

import click

from .options import json_option, print_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("number", metavar="[NUMBER]", default="headline")
@json_option
def trace(run: Path, number: str, as_json: bool) -> None:
    """Trace a NUMBER of RUN to its claims, each with its address and the hash of its row.

    RUN is a folder that `estimate fit` wrote, or a published copy without its draws. NUMBER is one
    of: headline (unless told); QUANTITY or QUANTITY@DAY, with SIDE: before it where there are
    several; bias:SOURCE; anchor:SOURCE (the total if it were right); without:FAMILY; known:DAY;
    assumption-share; or the id of a claim. Every file is held to its hash in run.json first.

    \b
    Examples:
      estimate trace reports/nk-kursk
      estimate trace reports/nk-kursk killed@2025-04-30
      estimate trace reports/nk-kursk bias:nis --json
    """
    from estimate.reports.trace import Trail
    from estimate.reports.trace import trace as traced

    found = traced(Trail(run), number)
    if as_json:
        print_json(found.told(str(run)))
        return
    from rich.console import Console

    from estimate.reports.terminal import print_traced

    print_traced(found, Console(highlight=False, soft_wrap=True))
    if number == "headline":
        from estimate.reports.trace import KEYS

        click.echo(f"\nNumbers that can be traced: {', '.join(KEYS)}.")
