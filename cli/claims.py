"""`estimate claims`: the table of claims; `import` makes a case of somebody else's table."""

from __future__ import annotations

from pathlib import Path

import click

from .claims_desk import accept, add, adopt, amend, retract
from .claims_extract import extract
from .options import printable, refuse_taken

MOST_TOLD = 10  # rows that could not be mapped, told one by one; the file beside the case has all
LEFT_OUT = "not-imported.csv"


@click.group()
def claims() -> None:
    """Work on tables of claims.

    \b
    Examples:
      estimate claims import reports.csv --format radford2023 --out war
      estimate claims extract article.txt --out review.csv
    """


for command in (add, amend, retract, accept, adopt, extract):
    claims.add_command(command)


@claims.command("import")
@click.argument("table", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--format", "name", metavar="NAME", help="A format that ships: radford2023.")
@click.option("--map", "mapping", type=click.Path(path_type=Path), metavar="FILE",
              help="A map of your own: which column is what, what each word means. "
                   "data/README.md shows one.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="CASE",
              help="Folder of the case; it must not exist or be empty.")
def import_(table: Path, name: str | None, mapping: Path | None, out: Path) -> None:
    """Make a case of the CSV table FILE.

    Rows that cannot be mapped are no claims; they are listed with the reason, all of them in
    not-imported.csv beside the case. The case is checked whole before anything is written.

    \b
    Examples:
      estimate claims import reports.csv --format radford2023 --out war
      estimate claims import losses.csv --map map.toml --out my-case
    """
    from estimate.data.importing import formats, import_table, read_map, write_imported
    from estimate.data.problems import CaseError

    known = name or mapping
    if known is None or (name and mapping):
        raise click.UsageError("name either --format or --map")
    if name is not None and name not in formats():
        raise click.UsageError(f"--format {name}: no such format; one of {', '.join(formats())}")
    refuse_taken(out)
    made = import_table(table, read_map(known))
    try:
        case = write_imported(made, out, LEFT_OUT)
    except CaseError:
        click.echo(f"Nothing was written: {printable(table.name)} makes no case. Below, claim r2 "
                   "is row 2 of it; case.toml is [case] of the map, sources.csv its [[sources]].",
                   err=True)
        raise
    for problem in made.unmapped[:MOST_TOLD]:
        click.echo(printable(str(problem)), err=True)
    if made.unmapped:
        more = len(made.unmapped) - MOST_TOLD
        click.echo((f"… and {more:,} more. " if more > 0 else "")
                   + f"All rows that could not be mapped: {out / LEFT_OUT}", err=True)
    click.echo(f"{out}: {len(case.claims):,} claims of {made.n_rows:,} rows, "
               f"{len(case.sources)} sources, {len(case.sides)} "
               f"{'side' if len(case.sides) == 1 else 'sides'}")
    click.echo(f"Next: estimate check {out if out.is_absolute() else Path('.') / out}")
