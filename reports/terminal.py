"""What `estimate fit` prints when it is done: headline, estimates, sources, checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from estimate.model.findings import MAX_PARETO_K

from . import sentences as say
from . import tables
from .contents import Contents
from .inert import plain, web_link
from .marks import short_name
from .records import Tested, Traced
from .tables import Table
from .vintage_words import Known

if TYPE_CHECKING:
    from .comparison import Compared
    from .verify import Verified

_STYLES = {"ok": "green", "doubt": "yellow", "fail": "bold red"}
_ESTIMATES, _SOURCES = (0, 1, 2, 5), (0, 1, 3, 4, 5)  # columns that fit a terminal
_LONGEST_NAME = 40
_HISTORY = (0, 1, 2, 3, 4, 6)


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
    if contents.foremost:
        console.print(Text(contents.foremost.text))
    console.print(Text(contents.sentences["share"]))
    _print_table(contents.tables["estimates"], _ESTIMATES, console)
    speaking = contents.sources[contents.sources["median"].notna()]
    _print_table(tables.sources(speaking), _SOURCES, console)
    console.print(Text(f"Checks: {contents.sentences['checks']}"))


def print_tested(tested: Tested, console: Console) -> None:
    """Print what would have to be true for a figure.

    Parameters
    ----------
    tested : Tested
    console : rich.console.Console
    """
    console.print(Text(tested.sentence, style="bold"))
    for text in tested.moves:
        console.print(Text(text))
    if tested.movers:
        _print_table(tested.movers, tuple(range(len(tested.movers.columns))), console)


def print_known(known: Known, console: Console) -> None:
    """Print what could be known when: the table, then the sentences."""
    if known.table:
        _print_table(known.table, _HISTORY, console)
        console.print()
    for text in known.words:
        console.print(Text(text))


def print_compared(made: Compared, console: Console) -> None:
    """Print how each run differs from the first: the verdict first.

    Parameters
    ----------
    made : Compared
    console : rich.console.Console
    """
    for place, pair in enumerate(made.pairs):
        if place:
            console.print()
        console.print(Text(pair.verdict, style="bold"))
        for text in pair.doubts:
            console.print(Text(f"doubt: {text}", style=_STYLES["doubt"]))
        for text in (*pair.moves, *pair.blame, pair.counted, *pair.alone, *pair.changed):
            console.print(Text(text))


def print_verified(found: Verified, console: Console) -> None:
    """Print what was checked, one line a file or figure."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in ("Checked", "Verdict", "Found"):
        grid.add_column(name, overflow="fold")
    for check in found.checks:
        style = {"ok": "", "differs": "bold red"}.get(check.verdict, "dim")
        grid.add_row(*map(Text, (check.what, check.verdict, check.detail)), style=style)
    console.print(grid)


def print_traced(found: Traced, console: Console) -> None:
    """Print a number, what it is, and every claim behind it with its row and address."""
    console.print(Text(plain(found.says), style="bold"))
    if found.figures:
        listed = ", ".join(f"{name} {value:.8g}" for name, value in found.figures.items())
        console.print(Text(plain(f"In {found.file}: {listed}")))
    for name, text in (("What it is", found.definition), ("How it comes about", found.derivation)):
        console.print(Text(plain(f"{name}: {text}.")))
    console.print(Text(f"Claims behind it: {len(found.claims)}. Influence: on the headline's "
                       "median if the claim alone were left out.", style="dim"))
    for each in found.claims:
        influence = "" if each.influence is None else f", influence {say.change(each.influence)}"
        if (each.pareto_k or 0.0) > MAX_PARETO_K:
            influence += " (doubtful: few draws support it)"
        console.print(Text(plain(
            f"{each.id}: {each.states}, {each.first} to {each.last} ({each.name}, "
            f"{each.published}); {each.bears}{influence}")))
        for text in (f"{each.file}, line {each.line}, sha256 {each.row_sha256}",
                     web_link(each.url) or "no link"):
            console.print(Text(f"    {plain(text)}", style="dim"))


def _print_table(table: Table, columns: tuple[int, ...], console: Console) -> None:
    console.print()
    console.print(Text(table.caption, style="dim"))
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for index in columns:
        grid.add_column(
            Text(table.columns[index]),
            overflow="fold",
            justify="right" if index in table.numeric else "left",
        )
    for row in table.rows:
        cells = [short_name(row.cells[0].text, _LONGEST_NAME)]
        cells += [row.cells[index].text for index in columns[1:]]
        grid.add_row(*map(Text, cells), style="dim" if row.faint else "")
    console.print(grid)
