"""What Markdown needs so that a code host and pandoc both set it well: cells, widths, contents."""

from __future__ import annotations

import re
from dataclasses import replace

from .inert import markdown
from .sentences import capital
from .tables import Cell, Table

SOURCE, STATES, DAYS, USED, EXPECTED = 1, 2, 3, 4, 5  # columns of the table of claims
_LEAST, _MOST = 4, 34  # letters; no column of a table is narrower or wider on paper
_LONGEST_WORD = 18  # a longer word is broken rather than given the whole page
_CONTENTS = "[contents]"  # brackets of a case are escaped, so no other line reads like this


def cell(made: Cell) -> str:
    """Give one cell; both its lines stand on one, since pandoc drops `<br>` and glues the words."""
    text = markdown(made.text)
    if made.href:
        text = f"[{text}](<{made.href.replace('|', '%7C').replace('>', '%3E')}>)"
    return f"{text} · {markdown(made.below)}" if made.below else text


def rule(table: Table) -> str:
    """Give the line under the header, with dashes in proportion to what the columns hold.

    Pandoc takes them for relative widths where a row is longer than a line; code hosts do not.
    """
    return "".join(
        f" {'-' * _width(table, column)}{':' if column in table.numeric else ''} |"
        for column in range(len(table.columns))
    )


def _width(table: Table, column: int) -> int:
    cells = [table.columns[column], *(_whole(row.cells[column]) for row in table.rows)]
    words = max(len(word) for text in cells for word in (text.split() or [""]))
    lengths = [len(text) for text in cells]
    wanted = max(lengths) if column in table.numeric else sum(lengths) // len(lengths)
    return max(_LEAST, min(words, _LONGEST_WORD) + 2, min(wanted, _MOST)) + 1


def _whole(made: Cell) -> str:
    return f"{made.text} · {made.below}" if made.below else made.text


def lean(claims: Table) -> Table:
    """Give the table of claims with one line a cell and without days, which paper tells below."""
    kept = [column for column in range(len(claims.columns)) if column != DAYS]
    rows = [
        replace(row, cells=tuple(
            row.cells[column] if column == 0 else replace(row.cells[column], below="")
            for column in kept))
        for row in claims.rows
    ]
    numeric = tuple(kept.index(column) for column in claims.numeric)
    return Table(claims.caption, tuple(claims.columns[c] for c in kept), tuple(rows), numeric)


def asides(claims: Table) -> list[tuple[str, str]]:
    """Give what `lean` leaves out of each claim: its id, and days, via, reason, wording, note."""
    told = []
    for row in claims.rows:
        days = row.cells[DAYS]
        parts = [f"{days.text} ({days.below})" if days.below else days.text]
        parts += [row.cells[column].below for column in (SOURCE, USED, EXPECTED, STATES)]
        told.append((row.cells[0].below, ". ".join(capital(part) for part in parts if part)))
    return told


def with_contents(text: str) -> str:
    """Put links to the sections in the place of the line `[contents]`."""
    links = [f"[{title}](#{_slug(title)})" for title in re.findall(r"^## (.+)$", text, re.M)]
    return text.replace(f"\n{_CONTENTS}\n", f"\nContents: {' · '.join(links)}\n", 1)


def _slug(title: str) -> str:
    """Name of a heading as code hosts and pandoc both give it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
