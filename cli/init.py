"""`estimate init`: a case to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from .options import refuse_taken


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a case to begin with: DIR, which must not exist or be empty.

    It holds two invented claims, passes `estimate check` and can be fitted. case.toml explains
    each of its keys; docs/tutorial.md goes on from there.

    \b
    Example:
      estimate init my-case
      estimate check ./my-case
    """
    from estimate.data.skeleton import write_skeleton

    refuse_taken(folder, "DIR")
    case = write_skeleton(folder)
    place = folder if folder.is_absolute() else Path(".") / folder
    click.echo(f"{folder}: {len(case.claims)} invented claims from {len(case.sources)} invented "
               "sources, to be replaced by your own")
    click.echo(f"Next: edit {folder / 'case.toml'}, then estimate check {place}")
