"""The page over many runs: a small fan of each, and a table with the honest status of all."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from estimate.data.problems import OutputError

from . import sentences as say
from .bundle import GRAMMAR
from .inert import plain
from .palette import config, to_variables
from .render import own_ids, page
from .runs import Broken, Run
from .slim import slim

PAGE = "index.html"
MARKER = "<!-- written by estimate index -->"
_WIDTH, _HEIGHT = 284, 120  # px, the whole of one small chart


@dataclass(frozen=True, slots=True)
class Entry:
    """One run as the page shows it, in words; `status` is a list of (verdict, words)."""

    title: str
    folder: str
    link: str
    noun: str
    range: str
    median: str
    sentence: str
    status: tuple[tuple[str, str], ...]
    origins: str
    as_of: str
    fitted: str
    version: str
    drawing: Markup | None
    text: str


def index_page(runs: Sequence[Run], broken: Sequence[Broken], top: Path, out: Path) -> str:
    """Give the page.

    Parameters
    ----------
    runs, broken : sequence
        As `find_runs` gives them.
    top : path
        The folder that was searched.
    out : path
        File that the page will be; its links are relative to it.

    Returns
    -------
    str
    """
    entries = [_entry(run, number, top, out) for number, run in enumerate(runs)]
    words = {"entries": entries, "broken": broken, "figures": {}, "marker": Markup(MARKER),
             "count": say.several(len(runs), "run")}
    return page("index.html.j2", words, scripts=False)


def check_index(out: Path) -> None:
    """Refuse a file that the index may not replace.

    Raises
    ------
    OutputError
        It was not written by `estimate index`, or its folder does not exist.
    """
    mend = "name another file with --out, or move what is there"
    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise OutputError(f"{out}: not an ordinary file; {mend}")
    if not out.parent.is_dir():
        raise OutputError(f"{out}: its folder does not exist; make it, or {mend}")
    try:
        if out.exists() and MARKER.encode() not in out.read_bytes()[:200]:
            raise OutputError(f"{out}: was not written by `estimate index` and would be lost; "
                              f"{mend}")
    except OSError as error:
        raise OutputError(f"{out}: cannot be read ({error.strerror}); {mend}") from error


def write_index(text: str, out: Path) -> None:
    """Write the page in one step; what stood there is whole until then.

    Raises
    ------
    OutputError
        As `check_index`; also when the folder cannot be written or the disk is full.
    """
    check_index(out)
    part = out.with_name(f".{out.name}.partial-{os.getpid()}-{token_hex(4)}")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(out)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror}); free some space, or name "
                          "another file with --out") from error
    finally:
        part.unlink(missing_ok=True)


def _entry(run: Run, number: int, top: Path, out: Path) -> Entry:
    there = top.resolve() / run.folder / PAGE
    link = os.path.relpath(there, out.parent.resolve()).replace(os.sep, "/")
    noun, given = say.noun(run.quantity), run.low is not None and run.high is not None
    return Entry(
        title=run.title,
        folder=plain(run.folder),
        link=quote(os.fsencode(link)) if there.is_file() else "",
        noun=say.capital(noun),
        range=say.span(run.low or 0.0, run.high or 0.0) if given else "withheld",
        median=say.count(run.median) if run.median is not None else "–",
        sentence=run.sentence,
        status=_status(run),
        origins="not recorded" if run.origins is None else str(run.origins),
        as_of=say.short_day(run.as_of),
        fitted=run.fitted or "not recorded",
        version=run.version or "not recorded",
        drawing=_drawing(run, number) if run.days else None,
        text=f"Small fan chart of {noun}, cumulative: {run.title}. {run.sentence}",
    )


def _status(run: Run) -> tuple[tuple[str, str], ...]:
    status = [("fail", f"failed: {'; '.join(run.failed)}")] if run.failed else [
        ("ok", "gates passed")]
    if run.withheld:
        status.append(("doubt", "withheld: fewer than three origins"))
    if run.mostly_assumption:
        status.append(("doubt", "mostly assumption"))
    if run.changed:
        status.append(("fail", f"changed since it was written: {' and '.join(run.changed)}"))
    return tuple(status)


def _drawing(run: Run, number: int) -> Markup:
    """Draw one small fan, on an axis of its own."""
    top = max(1.0, *(row["q95"] for row in run.days))
    first, last = run.days[0]["day"], run.days[-1]["day"]
    across: dict[str, Any] = {"title": None, "axis": alt.Axis(
        grid=False, domain=True, ticks=True, labelFlush=True, format="%b %Y",
        values=[first, last] if first[:7] != last[:7] else [first])}
    up: dict[str, Any] = {"title": None, "scale": alt.Scale(domain=[0, top], nice=False),
                          "axis": alt.Axis(tickCount=3, tickMinStep=1, format=",.0f")}
    with debug_mode(False):
        chart = alt.layer(*slim(run.days, across, up, 1.6, "linear")).properties(
            width=_WIDTH, height=_HEIGHT, padding=2,
            autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        spec = {**chart.to_dict(), "config": config(0, stacked=False)}
    svg = vl_convert.vegalite_to_svg(spec, vl_version=GRAMMAR)
    svg = re.sub(r' d="[^"]*"', _tenths, svg)
    return Markup(own_ids(to_variables(svg), f"run-{number}-"))


def _tenths(path: re.Match[str]) -> str:
    """Give a path in tenths of a pixel: a third of the bytes, and no eye sees the difference."""
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.1f}", path[0])
