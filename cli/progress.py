"""Progress on stderr, with the time left; nothing when stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class Steps:
    """The steps of one command, told as they begin.

    Parameters
    ----------
    bars : rich.progress.Progress or None
        Where to draw; None draws nothing.
    """

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars
        self._name = ""
        self._task = None if bars is None else bars.add_task("", total=None)

    def begin(self, name: str) -> None:
        """Begin a step whose length is not known."""
        if self._bars is not None and self._task is not None:
            self._bars.reset(self._task, total=None, description=name)

    def sampling(self, done: int, total: int) -> None:
        """Tell the draws done and the draws in all."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, description="sampling", completed=done, total=total)


    def at(self, name: str, done: int, total: int) -> None:
        """Tell a step by name, what is done and what there is in all."""
        if self._bars is not None and self._task is not None:
            if name != self._name:
                self._name = name
                self._bars.reset(self._task, total=total, description=name)
            self._bars.update(self._task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Steps]:
    """Draw the steps of a command for as long as the context lasts."""
    if not sys.stderr.isatty():
        yield Steps(None)
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), rich.TimeElapsedColumn(),
               rich.TextColumn("left:"), rich.TimeRemainingColumn())
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Steps(bars)
