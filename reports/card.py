"""The social card: the question and its range on 1200 × 630 pixels (Altair)."""

from __future__ import annotations

import unicodedata
from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode

from . import sentences as say
from .bundle import GRAMMAR
from .contents import Contents
from .palette import config, light
from .render import packed
from .slim import rows, slim
from .tables import rows_of

CARD = "card.png"
WIDTH, HEIGHT = 1200, 630  # pixels: what pages that show a link expect
_EDGE = 64
_INSIDE = WIDTH - 2 * _EDGE
_QUESTION = ((44, 2), (36, 3), (28, 5))  # size, px, and the most lines of it
_WITHHELD = ((44, 4), (36, 5), (28, 6))
_RANGE, _SMALL = 104, 26  # size, px, of the range and of what stands under it
_NARROW, _BROAD, _OTHER = 0.36, 0.80, 0.60  # width of a letter by its size; wide fonts are assumed
_BOLD = 1.1


def card(contents: Contents) -> bytes:
    """Draw the card.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    bytes
        A PNG of 1200 × 630 pixels.
    """
    svg = vl_convert.vegalite_to_svg(definition(contents), vl_version=GRAMMAR)
    return packed(vl_convert.svg_to_png(svg, scale=1.0))


def definition(contents: Contents) -> dict[str, Any]:
    """Give the Vega-Lite definition of the card, with its data."""
    head, failed = contents.headline, _failed(contents)
    y = 66.0
    layers: list[Any] = []
    if failed:
        bar = alt.Chart(alt.Data(values=[{}])).mark_rect(
            x=0, x2=WIDTH, y=0, y2=62, color=light("adversary"))
        layers += [bar, _text(f"This fit failed a check. {failed}", 41, _SMALL, "paper", True)]
        y += 58
    layers.append(_text(f"Estimate of reports, as of {say.day(contents.as_of)}", y, _SMALL, "soft"))
    size, lines = fitted(contents.question, _QUESTION)
    back = _right_to_left(contents.question)
    for number, line in enumerate(lines):
        y += (1.22 if number else 1.5) * size
        layers.append(_text(line, y, size, right=back, back=back))
    if head.withheld:
        size, lines = fitted(head.sentence, _WITHHELD, bold=True)
        y += 0.5 * size
        for line in lines:
            y += 1.22 * size
            layers.append(_text(line, y, size, bold=True))
    else:
        layers += _range(contents, y)
    layers.append(_text(contents.case_id, HEIGHT - 24, _SMALL, "soft", most=_INSIDE - 200))
    layers.append(_text("estimate", HEIGHT - 24, _SMALL, "soft", True, right=True))
    with debug_mode(False):
        made = alt.layer(*layers).properties(
            width=WIDTH, height=HEIGHT, padding=0, background=light("paper"),
            autosize=alt.AutoSizeParams(type="none"))
        return {**made.to_dict(), "config": {**config(0, stacked=False), "background": None}}


def _range(contents: Contents, y: float) -> list[Any]:
    """Give the range, what it counts, its median, and the fan in the room that is left."""
    head = contents.headline
    words = say.span(head.low, head.high)
    size = min(_RANGE, _INSIDE / (_width(words) * _BOLD), (HEIGHT - y - 255) / 1.05)
    y += 1.05 * size
    layers = [_text(words, y, size, bold=True)]
    told = (f"{say.what_happened(head.quantity, contents.people)} by {say.day(contents.as_of)}, "
            f"{say.percent(head.prob)} interval")
    size, lines = fitted(told, ((30, 1), (_SMALL, 1), (20, 2)))
    for number, line in enumerate(lines):
        y += 26 if number else 46
        layers.append(_text(line, y, size))
    y += 40
    layers.append(_text(f"median {say.count(head.median)}", y, 30, bold=True))
    if head.mostly_assumption:
        layers.append(_text("mostly assumption", y, 30, "adversary", True, right=True))
    curve = contents.estimates[contents.estimates["quantity"] == head.quantity]
    days = rows(rows_of(curve))
    top, floor = y + 18, HEIGHT - 88
    layers += slim(
        days,
        {"scale": alt.Scale(range=[_EDGE, WIDTH - _EDGE]), "axis": None},
        {"scale": alt.Scale(domain=[0, max(1.0, *(row["q95"] for row in days))], nice=False,
                            range=[floor, top]), "axis": None},
        3)
    first, last = (say.short_day(day) for day in (curve["date"].iloc[0], curve["date"].iloc[-1]))
    layers.append(_text(first, floor + 26, 20, "soft"))
    if len(curve) > 1:
        layers.append(_text(last, floor + 26, 20, "soft", right=True))
    return layers


def _failed(contents: Contents) -> str:
    return next((found.sentence for found in contents.findings if found.verdict == "fail"), "")


def _text(text: str, y: float, size: float, ink: str = "ink", bold: bool = False,
          right: bool = False, most: float = _INSIDE, back: bool = False) -> Any:
    """One line of text at the left or right edge; `back` if it runs from right to left."""
    return alt.Chart(alt.Data(values=[{}])).mark_text(
        text=text, x=WIDTH - _EDGE if right else _EDGE, y=y, fontSize=size, color=light(ink),
        align="right" if right else "left", baseline="alphabetic", limit=most,
        fontWeight="bold" if bold else "normal", dir="rtl" if back else "ltr")


def _right_to_left(text: str) -> bool:
    kinds = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)


def fitted(text: str, sizes: tuple[tuple[int, int], ...], bold: bool = False) -> tuple[
        int, list[str]]:
    """Give the first size at which a text fits its lines, and the lines; the last one cuts it."""
    bolder = _BOLD if bold else 1.0
    for size, most in sizes:
        lines = _lines(text, _INSIDE / size / bolder)
        if len(lines) <= most:
            return size, lines
    size, most = sizes[-1]
    lines = _lines(text, _INSIDE / size / bolder)
    return size, [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]


def _lines(text: str, room: float) -> list[str]:
    """Break a text at blanks, and within a word only where the word alone is too long."""
    lines = [""]
    for word in text.split():
        if lines[-1] and _width(f"{lines[-1]} {word}") > room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
        while _width(lines[-1]) > room:
            cut = next(n for n in range(len(lines[-1]), 0, -1) if _width(lines[-1][:n]) <= room)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return lines


def _width(text: str) -> float:
    """Width of a text by its size, on the safe side: no font is at hand to measure it."""
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in " .,:;'|!()[]ijlt":
        return _NARROW
    return _BROAD if letter.isupper() or letter in "mwMW%@—" else _OTHER
