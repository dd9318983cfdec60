"""`estimate priors`: every number that is assumed, with its reason."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, print_json, printable, priors_option, route_option

if TYPE_CHECKING:
    from estimate.model.priors import Prior

WIDEST = 100


@click.command()
@priors_option
@route_option
@json_option
def priors(priors_file: Path | None, routes: dict[str, float] | None, as_json: bool) -> None:
    """Print what is assumed of sources, in words, and every prior with its reason.

    The words say what history says of each kind of source. Each prior comes with its family,
    parameters, central 90% span, unit, reason and reference.

    \b
    Examples:
      estimate priors
      estimate priors --json
    """
    from estimate.model.learned import behind, choose_priors
    from estimate.reports.history_words import words

    table = choose_priors(priors_file, None, routes)
    if as_json:
        print_json(table.rows())
        return
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    history = behind(priors_file)
    if history:
        click.echo("\n".join(textwrap.fill(line, width, subsequent_indent="  ")
                             for line in words(history)) + "\n")
    head = (f"{len(table)} priors, {printable(table.source)}. Parameters are on the scale of the "
            "family (log or log odds); the 90% span is in the unit.")
    click.echo(textwrap.fill(head, width) + "\n")
    click.echo("\n".join(_entry(prior, width) for prior in table.values()))


def _entry(prior: Prior, width: int) -> str:
    low, high = prior.span
    lines = [
        f"{prior.name}  ({prior.symbol})",
        f"{prior.family}, {parameters(prior)}; "
        f"90% between {number(low)} and {number(high)} ({prior.unit})",
        f"Why: {prior.why}",
        f"From: {prior.reference}",
    ]
    return "\n".join(
        textwrap.fill(printable(line), width, initial_indent="    " if at else "",
                      subsequent_indent="      " if at else "", break_on_hyphens=False)
        for at, line in enumerate(lines)
    )


def parameters(prior: Prior) -> str:
    """Give the parameters of a prior, `mean 0, sd 0.36`."""
    return ", ".join(f"{name} {value:.3g}" for name, value in prior.parameters.items())


def number(value: float) -> str:
    """Three significant figures, without an exponent where a reader would not expect one.

    Examples
    --------
    >>> number(138_950.2), number(7.193), number(0.5531)
    ('139,000', '7.19', '0.553')
    """
    if abs(value) >= 1000:
        digits = len(f"{abs(value):.0f}")
        return f"{round(value, 3 - digits):,.0f}"
    return f"{value:.3g}"
