"""`estimate backtest`: score the tool against settled truth."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import check_file, json_option, print_json, printable, runner_options
from .progress import steps

if TYPE_CHECKING:
    from estimate.data.library import Library

WORST = 8


@click.command()
@click.option("--on", "folder", type=click.Path(path_type=Path), metavar="DIR",
              help="Score cases that the priors never saw: a folder with cases.csv and claims.csv.")
@click.option("--priors", "priors_file", type=click.Path(path_type=Path), metavar="FILE",
              help="Learned priors to use with --on. [default: those that ship]")
@click.option("--allow-seen", is_flag=True,
              help="With --on: score also cases that the priors were learned from.")
@click.option("--permute-relations", is_flag=True,
              help="Shuffle the relations among the sources first: what is learned must get worse.")
@click.option("--final", is_flag=True,
              help="Score what was known in the end only, not each day that a claim was published.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), metavar="N", default=1,
              show_default=True, help="Seed of every random number.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              default=Path("backtest"), show_default=True,
              help="Where finished parts are kept: a run that was stopped goes on from there.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="File of scores to write, as reports read it. With --permute-relations: one "
                   "that is there, to which the shuffled scores are added.")
@runner_options
@json_option
def backtest(folder: Path | None, priors_file: Path | None, allow_seen: bool,
             permute_relations: bool, final: bool, seed: int, state: Path, out: Path | None,
             workers: int | None, scheduler: str | None, as_json: bool) -> None:
    """Score the tool on resolved cases whose truth it does not see.

    The library is cut in five, cases of one conflict together; priors are learned from four parts
    and the fifth is fitted from its claims alone. Simpler methods stand in the same table.

    \b
    Examples:
      estimate backtest
      estimate backtest --on ./my-cases --json
      estimate backtest --out scores.json
    """
    from estimate.data.library import read_library
    from estimate.model.learned import assumed_digest, read_learned
    from estimate.model.scorefile import read_scores, write_permuted, write_scores

    if out is not None:
        if folder is not None:
            raise click.UsageError("--out is for the scores of the library that ships; leave --on "
                                   "out, or use --json")
        check_file(out)
        if permute_relations:
            read_scores(out)
    whole = library = read_library(folder)
    if permute_relations:
        library = _permuted(library, seed)
    learned = read_learned(priors_file) if folder is not None else None
    with steps() as tell:
        tell.begin("loading the sampler")
        from estimate.model import backtest as run
        from estimate.model.runner import Kept, Runner
        from estimate.model.scored import result

        key = json.dumps([library.fingerprint, sorted(library.sha256.items()), seed, final,
                          run.CODE, learned.sha256 if learned else assumed_digest()],
                         sort_keys=True)
        runner = Runner(Kept(state, key), workers, scheduler, tell.at)
        if learned is not None:
            rows = run.unseen(library, learned, vintages=not final, seed=seed,
                              allow_seen=allow_seen, runner=runner)
        else:
            rows = run.masked(library, vintages=not final, seed=seed, runner=runner)
    found = result(rows, library)
    if out is not None and permute_relations:
        write_permuted(out, found, whole)
    elif out is not None:
        write_scores(out, found, library, seed)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _permuted(library: Library, seed: int) -> Library:
    """Shuffle the relations among the sources of all cases, each source keeping one."""
    import csv
    import io
    import random

    from estimate.data.library import LIBRARY_FILES, read_library

    cases, claims = LIBRARY_FILES
    rows = list(csv.DictReader(io.StringIO(library.files[claims].decode("utf-8-sig"))))
    sources = sorted({(row["case"], row["source"], row["relation"]) for row in rows})
    relations = [relation for _, _, relation in sources]
    random.Random(seed).shuffle(relations)
    shuffled = dict(zip(sources, relations, strict=True))
    with tempfile.TemporaryDirectory() as place:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        for row in rows:
            told = shuffled[row["case"], row["source"], row["relation"]]
            writer.writerow({**row, "relation": told})
        (Path(place) / cases).write_bytes(library.files[cases])
        (Path(place) / claims).write_text(text.getvalue(), encoding="utf-8")
        return read_library(place)


def _line(name: str, found: dict[str, Any]) -> str:
    rates = "  ".join(f"{found['coverage'][level]['rate']:4.0%}" for level in ("50", "80", "90"))
    return (f"{name:34.34s} {found['n_cases']:4d}  {rates}  {found['log_crps']:8.3f}  "
            f"{found['median_abs_log_error']:12.2f}  {found['interval_factor']:8.1f}")


def _gap(found: dict[str, Any]) -> str:
    error = "" if found["se"] is None else f" (standard error {found['se']:.3f})"
    return f"{found['difference']:+.3f}{error}"


def _print(found: dict[str, Any]) -> None:
    """Print the table: whole, by group, simpler methods, worst cases."""
    if not found["n_cases"]:
        click.echo("No case with a truth above zero could be scored.")
        return
    click.echo(f"{'':34s}    n   50%   80%   90%  log-CRPS  median error  interval")
    click.echo(_line("all", found))
    for group in ("by_confidence", "by_route", "by_victim", "by_claims", "by_lag"):
        for name, part in found[group].items():
            if part["n_cases"]:
                click.echo(_line(f"{group[3:]}: {name}", part))
    low, high = (found["coverage"]["90"][key] for key in ("low", "high"))
    click.echo(f"\nThe 90% interval held {found['coverage']['90']['rate']:.0%} of the truths "
               f"(95% interval {low:.0%} to {high:.0%}); its ends are a factor "
               f"{found['interval_factor']:.1f} apart.")
    click.echo("\nlog-CRPS of simpler methods on the same cases, and the difference to them:")
    for name, part in sorted(found["baselines"].items(), key=lambda item: item[1]["log_crps"]):
        gap = found["paired"][name]
        line = f"  {name:32s} {part['log_crps']:.3f}  {_gap(gap)}"
        if spread := found["spread"].get(name):
            line += f"; with the spread of its errors {spread['log_crps']:.3f}  {_gap(spread)}"
        click.echo(line)
    click.echo("\nWorst first:")
    for row in found["cases"][:WORST]:
        span = row["intervals"][2]
        click.echo(f"  {printable(row['case'])}: settled at {row['truth']:,.0f}, estimate "
                   f"{row['median']:,.0f} ({span['low']:,.0f} to {span['high']:,.0f}) from "
                   f"{row['n_claims']} claim{'s' * (row['n_claims'] != 1)} by "
                   f"{', '.join(row['relations'])}")
