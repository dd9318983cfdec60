"""`estimate cases`: which cases come with the tool."""

from __future__ import annotations

import click

from .options import json_option, print_json


@click.command()
@json_option
def cases(as_json: bool) -> None:
    """List the bundled cases.

    \b
    Example:
      estimate cases
    """
    from estimate.data.bundled import bundled_cases

    found = [
        {"id": name, "title": title, "claims": claims, "sources": sources,
         "first": str(first), "last": str(last)}
        for name, title, claims, sources, first, last in bundled_cases()
    ]
    if as_json:
        print_json(found)
        return
    for case in found:
        click.echo(f"{case['id']}: {case['title']}")
        click.echo(f"    {case['claims']} claims from {case['sources']} sources, published "
                   f"{case['first']} to {case['last']}")
