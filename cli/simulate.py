"""`estimate simulate`: a case with invented claims and a known truth."""

from __future__ import annotations

from pathlib import Path

import click

from .options import priors_option, refuse_taken


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="Folder to write; it must not exist or be empty.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0),
              help="The same seed and priors give the same world.")
@priors_option
def simulate(out: Path, seed: int, priors_file: Path | None) -> None:
    """Write a simulated case whose truth is known.

    The folder is a case like any other, with the truth beside it in truth.json. Use it to see
    what a fit recovers.

    \b
    Example:
      estimate simulate --out world --seed 7
      estimate fit ./world
    """
    from estimate.model.priors import read_priors
    from estimate.model.simulate import simulate_world, write_world

    table = read_priors(priors_file)
    refuse_taken(out)
    world = simulate_world(seed, priors=table)
    write_world(world, out)
    click.echo(f"{out}: {len(world.claims)} claims from {len(world.sources)} sources, "
               "the truth in truth.json")
    click.echo(f"Next: estimate fit {out if out.is_absolute() else Path('.') / out}")
