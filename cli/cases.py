"""`estimate cases`: which cases come with the tool."""

from __future__ import annotations

import click

from .options import json_option, print_json


@click.command()
@click.option("--resolved", is_flag=True,
              help="List the library of resolved cases instead; resolved:ID names one as a CASE.")
@json_option
def cases(resolved: bool, as_json: bool) -> None:
    """List the bundled cases.

    \b
    Examples:
      estimate cases
      estimate cases --resolved
    """
    found = _resolved() if resolved else _bundled()
    if as_json:
        print_json(found)
        return
    for case in found:
        click.echo(f"{case['id']}: {case['title']}")
        if resolved:
            told = [str(case[key]) for key in ("kind", "victim", "quantity", "route") if case[key]]
            many = f"{case['claims']} claim{'s' * (case['claims'] != 1)}"
            click.echo(f"    {', '.join([*told, many])}, truth of {case['confidence']} confidence")
        else:
            click.echo(f"    {case['claims']} claims from {case['sources']} sources, published "
                       f"{case['first']} to {case['last']}")


def _bundled() -> list[dict[str, str | int]]:
    from estimate.data.bundled import bundled_cases

    return [
        {"id": name, "title": title, "claims": claims, "sources": sources,
         "first": str(first), "last": str(last)}
        for name, title, claims, sources, first, last in bundled_cases()
    ]


def _resolved() -> list[dict[str, str | int]]:
    from estimate.data.library import read_library

    library = read_library()
    counts = library.claims["case"].value_counts()
    columns = ("title", "kind", "victim", "quantity", "route", "conflict")
    rows = library.cases.set_index("case")
    confidence = library.truths.set_index("case")["confidence"]
    return [
        {"id": name, **{column: str(rows.at[name, column]) for column in columns},
         "claims": int(counts[name]), "confidence": str(confidence[name])}
        for name in library.ids
    ]
