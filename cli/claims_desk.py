"""`estimate claims add`, `amend`, `retract`, `accept` and `adopt`: changes with a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from estimate.data.words import CLAIM_COLUMNS, SOURCE_COLUMNS, Column

from .options import case_argument, printable

if TYPE_CHECKING:
    from estimate.data.desk import Desk
    from estimate.data.done import Done

NEEDED = ("source", "quantity", "bound", "published")  # of a new claim, beside its figure
ASKED = ("url", "wording", "via", "note")  # on a terminal, once something needed was asked
OF_SOURCES = tuple(column for column in SOURCE_COLUMNS if column.name not in ("id", "note"))


def columns(*schema: Column) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command an option for each column."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for column in reversed(schema):
            listed = f" One of {', '.join(column.words)}." if column.words else ""
            said = column.meaning[0].upper() + column.meaning[1:].replace("`", "")
            kind = {"day": "DAY", "count": "N", "id": "ID", "ref": "ID", "refs": "IDS"}
            command = click.option(f"--{column.name.replace('_', '-')}", column.name,
                                   metavar=kind.get(column.kind, "TEXT"),
                                   help=f"{said}.{listed}")(command)
        return command

    return decorate


def who_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the name that the log keeps."""
    return click.option("--who", metavar="NAME", envvar="ESTIMATE_USER", show_envvar=True,
                        help="Who makes the change. [default: the system's name of the user]"
                        )(command)


why_option = click.option("--why", required=True, metavar="TEXT",
                          help="The reason; it is kept in the log.")


@click.command()
@case_argument(required=True)
@columns(*CLAIM_COLUMNS)
@click.option("--new-source", metavar="ID",
              help="Add this source to sources.csv too, or alone where no option is about a claim.")
@columns(*OF_SOURCES)
@click.option("--why", default="", metavar="TEXT", help="A reason for the log, if there is one.")
@who_option
def add(case: str, new_source: str | None, why: str, who: str | None, **given: str | None) -> None:
    """Add a claim to CASE, or a source.

    The whole case is checked as it would be before anything is written. What is not given is
    proposed and told: the id, in the style of those that are there; from, as the source counted
    before; as_of, the day of publication; scope; confidence. On a terminal, what is needed and
    not given is asked for.

    \b
    Examples:
      estimate claims add ./my-case
      estimate claims add ./my-case --source nis --quantity killed --bound about \\
          --value 600 --published 2025-04-30 --url https://example.org/1
      estimate claims add ./my-case --new-source nis --name "Intelligence service" \\
          --relation third_party_state --method intelligence
    """
    claim = {c.name: cell for c in CLAIM_COLUMNS if (cell := given[c.name]) is not None}
    row = {c.name: cell for c in OF_SOURCES if (cell := given[c.name]) is not None}
    if row and new_source is None:
        raise click.UsageError(f"--{next(iter(row)).replace('_', '-')} is about a source: name it "
                               "with --new-source")
    source = {"id": new_source, **row} if new_source is not None else None
    alone = source is not None and not claim
    if source is not None:
        if not alone:
            claim.setdefault("source", source["id"])
        _fill(source, [c.name for c in OF_SOURCES if c.filled], OF_SOURCES)
        _ask_family(case, source)
    if not alone:
        _ask(claim)
    with _desk(case, who) as desk:
        done = desk.add(claim, source, why)
    _tell(done, "added to", case)
    for found in done.echoes if asks() else ():
        if click.confirm(f"Does {found.claim} only repeat {found.origin}?", err=True):
            with _desk(case, who) as desk:
                told = desk.amend(found.claim, found.cells, f"only repeats {found.origin}")
            _tell(told, "amended in", case)


@click.command()
@case_argument(required=True)
@click.argument("claim", metavar="ID")
@columns(*CLAIM_COLUMNS[1:])
@why_option
@who_option
def amend(case: str, claim: str, why: str, who: str | None, **given: str | None) -> None:
    """Change cells of the claim ID of CASE; an empty text empties one.

    What stood there before is kept in claims.log.

    \b
    Examples:
      estimate claims amend ./my-case c7 --value 700 --why "the agency corrected its page"
      estimate claims amend ./my-case c7 --via "" --why "the outlet was not the one"
    """
    cells = {name: cell for name, cell in given.items() if cell is not None}
    if not cells:
        raise click.UsageError("name a column and what is to stand in it, such as --value 700")
    with _desk(case, who) as desk:
        done = desk.amend(claim, cells, why)
    _tell(done, "amended in", case)


@click.command()
@case_argument(required=True)
@click.argument("claim", metavar="ID")
@why_option
@who_option
def retract(case: str, claim: str, why: str, who: str | None) -> None:
    """Take back the claim ID of CASE: it is still shown, and no evidence any more.

    Its scope becomes `retracted`, and the reason is added to its note. To restore it, amend its
    scope.

    \b
    Example:
      estimate claims retract ./my-case c7 --why "the page was about another battle"
    """
    with _desk(case, who) as desk:
        done = desk.retract(claim, why)
    _tell(done, "taken back in", case)


@click.command()
@case_argument(required=True)
@click.argument("review", type=click.Path(path_type=Path))
@who_option
def accept(case: str, review: Path, who: str | None) -> None:
    """Enter the rows of the file REVIEW that are marked yes into CASE: all of them, or none.

    REVIEW is what `estimate claims extract --out` wrote, with yes or no in its column accept.
    Rows that were entered before are passed over. claims.log keeps the sentence of each.

    \b
    Example:
      estimate claims accept ./my-case review.csv
    """
    from estimate.data.review import read_review

    reviewed = read_review(review)
    with _desk(case, who) as desk:
        done = desk.accept(reviewed)
    _tell(done, "entered into", case)


@click.command()
@case_argument(required=True)
@click.argument("ids", nargs=-1, metavar="[ID]...")
@why_option
@who_option
def adopt(case: str, ids: tuple[str, ...], why: str, who: str | None) -> None:
    """Take over into the log of CASE what was changed in its tables by hand.

    The log begins with the hash of every row, so that it knows of each edit by hand afterwards;
    where there is none yet, it begins here.

    \b
    Example:
      estimate claims adopt ./my-case --why "typing errors, mended in a spreadsheet"
    """
    with _desk(case, who) as desk:
        done = desk.adopt(why, ids)
    _tell(done, "taken over into the log of", case)


@contextmanager
def _desk(case: str, who: str | None) -> Iterator[Desk]:
    """Open the desk; say of a fault that nothing was written."""
    from estimate.data.desk import at_desk
    from estimate.data.problems import CaseError

    with at_desk(case, who) as desk:
        try:
            yield desk
        except CaseError:
            click.echo("Nothing was written; with this change the case would have these faults:",
                       err=True)
            raise


def _tell(done: Done, verb: str, case: str) -> None:
    """Say what was changed, what was proposed, and what to look at."""
    if not done.ids:
        for line in (*done.notes, f"Nothing is left to enter into {case}."):
            click.echo(printable(line))
        return
    named = ", ".join(done.ids[:12]) + (" …" if len(done.ids) > 12 else "")
    click.echo(printable(f"{named} {verb} {case}: {len(done.case.claims):,} claims from "
                         f"{len(done.case.sources)} sources"))
    if done.proposed:
        told = ", ".join(f"{name} {cell}" for name, cell in done.proposed.items())
        click.echo(printable(f"Proposed: {told}"))
    for line in (*done.notes, *map(str, done.warnings)):
        click.echo(printable(line), err=True)


def _ask(claim: dict[str, str]) -> None:
    """Ask for what a claim needs and has not, on a terminal; elsewhere refuse."""
    before = len(claim)
    _fill(claim, NEEDED, CLAIM_COLUMNS)
    is_range = claim["bound"].strip() == "range"
    _fill(claim, ("low", "high") if is_range else ("value",), CLAIM_COLUMNS)
    if len(claim) > before:
        for name in ASKED:
            if name not in claim and (told := _prompt(name, CLAIM_COLUMNS, default="")):
                claim[name] = told


def _ask_family(case: str, source: dict[str, str]) -> None:
    """Ask on a terminal whether a source belongs to the family that is proposed for it."""
    from estimate.data.desk import family_in

    if asks() and (parent := family_in(case, source)) and click.confirm(
            f"{source['id']} has the country and relation of {parent}: is it one family with it?",
            err=True):
        source["parent"] = parent


def _fill(cells: dict[str, str], names: tuple[str, ...] | list[str],
          schema: tuple[Column, ...]) -> None:
    """Ask for the cells that are not there, or refuse where nobody can be asked."""
    lacking = [name for name in names if name not in cells]
    if lacking and not asks():
        options = ", ".join(f"--{name.replace('_', '-')}" for name in lacking)
        raise click.UsageError(f"missing {options}; on a terminal they are asked for")
    for name in lacking:
        cells[name] = _prompt(name, schema)


def _prompt(name: str, schema: tuple[Column, ...], default: str | None = None) -> str:
    column = next(each for each in schema if each.name == name)
    listed = f" ({', '.join(column.words)})" if column.words else ""
    text = f"{name}: {column.meaning.replace('`', '')}{listed}"
    return str(click.prompt(text, default=default, show_default=False, err=True))


def asks() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty()
