"""What `estimate fit` prints when it is done: headline, estimates, sources, checks."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from .contents import Contents
from .tables import Table

_STYLES = {"ok": "green", "doubt": "yellow", "fail": "bold red"}
_SHOWN = {"estimates": (0, 1, 2, 5), "sources": (0, 1, 3, 4, 5)}


def print_summary(contents: Contents, console: Console) -> None:
    """Print the findings that are not ok, the headline, estimates by quantity and sources by bias.

    Parameters
    ----------
    contents : Contents
    console : rich.console.Console
        Colour is left out where it is no terminal.
    """
    for finding in contents.alarms:
        console.print(
            Text(f"{finding.verdict}: {finding.sentence}", style=_STYLES[finding.verdict])
        )
    headline = Text(contents.headline.sentence, style="bold")
    if contents.headline.mostly_assumption:
        headline.append(" It is mostly assumption.")
    console.print(headline)
    console.print(Text(contents.sentences["share"]))
    console.print()
    console.print(_grid(contents.tables["estimates"], _SHOWN["estimates"]))
    console.print()
    console.print(_grid(contents.tables["sources"], _SHOWN["sources"]))
    good = sum(finding.verdict == "ok" for finding in contents.findings)
    console.print(Text(f"Checks: {good} of {len(contents.findings)} ok."))


def _grid(table: Table, columns: tuple[int, ...]) -> Grid:
    grid = Grid(
        title=Text(table.caption, style="dim"), title_justify="left", box=None, pad_edge=False
    )
    for index in columns:
        grid.add_column(
            Text(table.columns[index]),
            overflow="fold",
            justify="right" if index in table.numeric else "left",
        )
    for row in table.rows:
        grid.add_row(
            *(Text(row.cells[index].text) for index in columns), style="dim" if row.faint else ""
        )
    return grid
