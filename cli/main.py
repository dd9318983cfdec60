"""The `estimate` command: its group, its version and its way of ending.

Exit codes: 0 done; 1 done, but a diagnostic failed; 2 bad input or usage; 130 interrupted. A fault
of the input is told in full on stderr, without a traceback. Everything heavy is imported inside the
commands, so that `estimate --help` answers at once.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Any

import click

from .backtest import backtest
from .calibrate import calibrate
from .cases import cases
from .check import check
from .claims import claims
from .compare import compare
from .fit import fit
from .history import history
from .index import index
from .init import init
from .options import BAD_INPUT, INTERRUPTED, printable
from .priors import priors
from .report import report
from .simulate import simulate
from .test import test
from .trace import trace
from .verify import verify
from .watch import watch


class Commands(click.Group):
    """A group that turns our own errors, and an interrupt, into words and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end with 2 on bad input and with 130 on an interrupt."""
        for stream in (sys.stdout, sys.stderr):  # no letter may stop an ASCII terminal
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted. What was there before is as it was.", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from estimate.data.problems import EstimateError

            if not isinstance(error, EstimateError):
                raise
            click.echo("\n".join(printable(line) for line in str(error).splitlines()), err=True)
            ctx.exit(BAD_INPUT)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="estimate", message="estimate %(version)s")
def cli() -> None:
    """Reconcile conflicting reports of losses.

    A case is a folder with case.toml, sources.csv and claims.csv, or the name of a bundled one.

    \b
    Examples:
      estimate cases             which cases come with the tool
      estimate check nk-kursk    faults and warnings of its tables
      estimate fit nk-kursk      fit it and write reports/nk-kursk/
    """


for command in (fit, history, check, init, cases, claims, report, compare, index, test, priors,
                calibrate, backtest, simulate, trace, verify, watch):
    cli.add_command(command)
