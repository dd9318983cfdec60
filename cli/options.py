"""Options and words that several commands share."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import shlex
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from estimate.data.words import ROUTES

if TYPE_CHECKING:
    from estimate.data.case import Case
    from estimate.model.known import Vintage
    from estimate.model.result import Fit
    from estimate.reports.contents import Contents

DONE, DIAGNOSTIC_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
DEFAULT_CASE = "nk-kursk"
FIRST_YEAR, LAST_YEAR = 1800, 2100


class Day(click.ParamType[dt.date]):
    """A calendar day written YYYY-MM-DD, between 1800 and 2100."""

    name = "day"

    def convert(
        self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Turn text into a date, or say how a day is written."""
        if isinstance(value, dt.date):
            return value
        try:
            day = dt.datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{printable(value)!r} is not a day of the calendar written YYYY-MM-DD, "
                      "such as 2025-09-02", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value} lies outside {FIRST_YEAR} to {LAST_YEAR}", param, ctx)
        return day


class Routes(click.ParamType[dict[str, float]]):
    """How a case came to be taken up: one route, or several with their weights."""

    name = "route"

    def convert(
        self, value: str | dict[str, float], param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dict[str, float]:
        """Turn `famous` or `famous=2,ordinary=1` into weights that sum to one."""
        if isinstance(value, dict):
            return value
        weights: dict[str, float] = {}
        for part in value.split(","):
            route, _, weight = part.partition("=")
            try:
                number = float(weight or 1)
            except ValueError:
                number = math.nan
            if route not in ROUTES or route in weights or not 0 <= number < math.inf:
                self.fail(f"{printable(part)!r}: name each of {', '.join(ROUTES)} at most once, "
                          "alone or with a weight, such as famous or famous=2,ordinary=1",
                          param, ctx)
            weights[route] = number
        total = sum(weights.values())
        if not total:
            self.fail(f"{printable(value)!r}: no route has a weight above 0", param, ctx)
        return {route: weight / total for route, weight in weights.items()}


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON to stdout, and nothing else there."
)
priors_option = click.option(
    "--priors", "priors_file", type=click.Path(path_type=Path), metavar="FILE",
    help="Other priors: a file that `estimate calibrate` wrote, the word `stated` for those stated "
    'by hand, or JSON with those to change: {"schema": 1, "priors": {"kappa": {"mean": 0, "sd": '
    "0.5}}}. [default: learned from resolved cases]",
)
route_option = click.option(
    "--route", "routes", type=Routes(), metavar="ROUTE",
    help="How the case came to be taken up: famous, outsiders or ordinary, or weights such as "
    "famous=2,ordinary=1. [default: what case.toml says, else all alike]",
)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def case_argument(required: bool) -> Decorator:
    """Give a command its CASE argument: a folder, or the name of a bundled case."""
    return click.argument("case", metavar="CASE" if required else "[CASE]", required=required)


class Address(click.ParamType[str]):
    """Where a Dask scheduler listens, such as tcp://10.0.0.5:8786."""

    name = "address"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check the form of an address."""
        if not re.fullmatch(r"[a-z]+://\S+:\d{1,5}", value):
            self.fail(f"{printable(value)!r} is no address of a Dask scheduler, such as "
                      "tcp://10.0.0.5:8786", param, ctx)
        return value


def runner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that makes many fits the choice of who makes them."""
    command = click.option(
        "--scheduler", type=Address(), metavar="ADDRESS",
        help="Hand the fits to the workers of a Dask cluster: tcp://HOST:PORT (docs/scale.md)."
    )(command)
    return click.option(
        "--workers", type=click.IntRange(1, 1024), metavar="N",
        help="Fits at a time on this machine, each in a process of its own. [default: as many as "
             "there are processors]")(command)


about_option = click.option(
    "--about", metavar="SIDE:QUANTITY",
    help="Of a case with several sides or series, take this series alone: `blue:tanks`.")


def part_of(case: Case, about: str | None, *, whole: str = "") -> Case:
    """Take one series of a case, or the case itself where none is asked for.

    Parameters
    ----------
    case : Case
    about : str or None
        Side and quantity, as on the command line.
    whole : str
        What cannot be done with several series at once; empty where all can.

    Raises
    ------
    EstimateError
        The case has no such series, or has several and `whole` says that one is needed.
    """
    from estimate.data.problems import EstimateError
    from estimate.model.series import is_linked, series_of

    known = [f"{side}:{quantity}" for side, quantity in series_of(case)]
    listed = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    if about is None:
        if whole and is_linked(case):
            if len(known) == 1:
                return case.about(*known[0].split(":"))
            raise EstimateError(f"{case.id}: has {len(known)} series, and {whole} works on one: "
                                f"name it with --about ({listed})")
        return case
    if about not in known:
        near = get_close_matches(about, known, 1)
        raise EstimateError(f"--about {about!r}: no such series in {case.id}"
                            + (f"; did you mean {near[0]!r}?" if near else f"; one of {listed}"))
    return case.about(*about.split(":"))


def chosen_case(case: str | None) -> str:
    """Name the case to read when none was given: ./case.toml here, else the bundled one.

    The choice is told on stderr.
    """
    if case is not None:
        return case
    if Path("case.toml").is_file():
        click.echo("No case named: reading ./case.toml here.", err=True)
        return "."
    click.echo(f"No case named, no case.toml here: reading the bundled {DEFAULT_CASE}.", err=True)
    return DEFAULT_CASE


def printable(text: str) -> str:
    """Text with control characters spelled out, so that no cell can steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_json(value: object) -> None:
    """Print a value as JSON to stdout; numbers that are not finite are refused."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def refuse_taken(out: Path, name: str = "--out") -> None:
    """Refuse a folder that holds something, and a path that is no folder."""
    try:
        taken = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{name} {printable(str(out))}: cannot be looked into ("
                               f"{getattr(error, 'strerror', error)}); name another") from error
    if taken:
        raise click.UsageError(f"{name} {out}: there already, and no empty folder; name a new one")


def check_file(out: Path) -> None:
    """Refuse a file that cannot be written, before any work is done."""
    from estimate.data.problems import OutputError

    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise OutputError(f"--out {out}: not an ordinary file; name another")
    if not out.parent.is_dir():
        raise OutputError(f"--out {out}: its folder does not exist; make it, or name another")


def command_line(ctx: click.Context, only: str | None = None, seed: int | None = None) -> str:
    """Give the command as it was typed, with options in a fixed order, for a run's account.

    Of several cases, `only` is the one that the account is about, and `seed` the one that all use.
    """
    words = ["estimate", ctx.info_name or "", *([] if only is None else [only])]
    if only is not None and ctx.params["seed"] is None:
        words += ["--seed", str(seed)]
    for parameter in ctx.command.params:
        name, value = parameter.name or "", ctx.params.get(parameter.name or "")
        if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE or value is None:
            continue
        if isinstance(parameter, click.Argument):
            words += ([] if only is not None else value if isinstance(value, tuple)
                      else [str(value)])
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(parameter.opts[0])
        else:
            if isinstance(value, dict):
                value = ",".join(f"{key}={weight:.6g}" for key, weight in value.items())
            for one in value if isinstance(value, tuple) else (value,):
                words += [parameter.opts[0], str(one)]
    return shlex.join(words)


def tell_failed(made: Sequence[Vintage]) -> bool:
    """Name the days of knowledge whose fits failed a check, if any did."""
    failed = [str(vintage.as_of) for vintage in made if not vintage.ok]
    if failed:
        click.echo(f"The fits of {len(failed)} of {len(made)} days of knowledge failed a check: "
                   f"{', '.join(failed)}.", err=True)
    return bool(failed)


def finish(ctx: click.Context, fitted: Fit, run: Path, as_json: bool,
           said: Contents | None = None) -> None:
    """Print what was found and where it lies; end with 1 when a diagnostic failed."""
    from estimate.reports.contents import contents

    said = said or contents(fitted)
    if as_json:
        from estimate.reports.datafiles import summary_json

        click.echo(summary_json(said).rstrip("\n"))
    else:
        from rich.console import Console

        from estimate.reports.terminal import print_summary

        print_summary(said, Console(highlight=False))
        click.echo(f"Seed: {fitted.account['seed']}; --seed with this number makes the same fit "
                   "again")
        page = run / "index.html"
        click.echo(f"Report: {page if page.is_file() else run}")
    failed = tell_failed(fitted.vintages())
    if not fitted.account["diagnostics"]["ok"]:
        click.echo("A diagnostic of this fit failed: the report says which at its top.", err=True)
    if failed or not fitted.account["diagnostics"]["ok"]:
        ctx.exit(DIAGNOSTIC_FAILED)
