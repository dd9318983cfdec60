"""What all charts share (Altair): each comes wide, and narrow for a telephone. No file access."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from . import sentences as say
from .inert import head
from .palette import FONT, RELATIONS, config, light

WIDE, NARROW = 900, 342  # width of the whole drawing, px
_EDGE = 12  # px of paper around a drawing in a file
_TITLE, _NOTE = (84, 18, 'font-weight="bold" fill="{}"'), (128, 13, 'fill="{}"')  # letters, px
_COLUMN = 7.5  # px; a letter of an axis title takes no more, most take less
LIT = ("source", "family")  # what a chart is told of the source that the reader looks at
FADED = 0.2  # opacity of all others
INKS = {say.relation(name): light(name) for name in RELATIONS}


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart with all its words.

    Attributes
    ----------
    name : str
        Stem of its files.
    title, note : str
        The finding, and the line under it: units, source, what is left out.
    text : str
        What a reader who does not see the chart is told.
    wide, narrow : dict
        Vega-Lite definitions without a title; both read `data` by name.
    data : dict
        Rows by name of the table.
    """

    name: str
    title: str
    note: str
    text: str
    wide: dict[str, Any]
    narrow: dict[str, Any]
    data: dict[str, list[dict[str, Any]]]


class Sheets:
    """The tables behind one chart; a layer names the one that it draws."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def chart(self, name: str, rows: Sequence[Mapping[str, Any]]) -> alt.Chart:
        """Chart of some rows, with what is not finite left empty."""
        self.rows[name] = [
            {
                k: None if isinstance(v, float) and not math.isfinite(v) else v
                for k, v in row.items()
            }
            for row in rows
        ]
        return alt.Chart(alt.NamedData(name))

    def figure(
        self,
        name: str,
        title: str,
        note: str,
        text: str,
        below_key: int,
        draw: Callable[[int], tuple[Any, float]],
    ) -> Figure:
        """Both drawings of a chart, from a function of the width that gives layers and height.

        `below_key` is the room between the key and the plot, in pixels.
        """
        forms = []
        with debug_mode(False):  # tests validate what is drawn here; it takes seconds
            for width in (WIDE, NARROW):
                chart, height = draw(width)
                size = alt.AutoSizeParams(type="fit-x", contains="padding")
                made = chart.properties(width=width, height=height, autosize=size, padding=4)
                forms.append(
                    {
                        **made.to_dict(validate=False),
                        "params": [{"name": name, "value": ""} for name in LIT],
                        "config": config(below_key, stacked=width == NARROW),
                    }
                )
        return Figure(name, title, note, text, forms[0], forms[1], self.rows)


def lit(otherwise: Any) -> Any:
    """Opacity of a mark: pale while the reader looks at another source than its own.

    The page sets both names of `LIT`; a row is the source's own by `source`, else by `family`.
    """
    other = (
        "family && (source && datum.source ? datum.source != source : "
        "datum.family && datum.family != family)"
    )
    made = alt.condition(other, alt.value(FADED), otherwise)
    return alt.OpacityValue(**made) if isinstance(made, dict) else made


def relation_scale(present: Sequence[str]) -> alt.Scale:
    """Give the colours of the relations that a chart shows."""
    pairs = [(word, ink) for word, ink in INKS.items() if word in present]
    return alt.Scale(domain=[word for word, _ in pairs], range=[ink for _, ink in pairs])


def haloed(base: Any, size: int, **place: Any) -> list[Any]:
    """Text in front of a halo of the ground, so that it stays readable on a band."""
    ground = base.mark_text(
        fontSize=size,
        stroke=light("paper"),
        strokeWidth=4,
        strokeOpacity=0.85,
        strokeJoin="round",
        **place,
    )
    return [ground, base.mark_text(fontSize=size, **place)]


def axis_title(text: str, width: int) -> str:
    """Give as much of a title of an axis as stands over a chart of that width, in pixels.

    The drawing library must not cut it: it fails where its cut falls inside an emoji.
    """
    most = int(width / _COLUMN)
    return text if head(text, most) == text else head(text, most - 1).rstrip() + "…"


def untitled(figure: Figure, narrow: bool = False) -> dict[str, Any]:
    """Definition of one drawing with its data."""
    return {**(figure.narrow if narrow else figure.wide), "datasets": figure.data}


def titled(figure: Figure, svg: str) -> str:
    """Give a wide drawing, as SVG, under its title and note on the paper's colour, for a file."""
    size = re.search(r'width="([0-9.]+)" height="([0-9.]+)"', svg)
    assert size, "the chart library has always told the size of a drawing"
    width, height = (float(each) + 2 * _EDGE for each in size.groups())
    texts, y = [], float(_EDGE)
    for words, (letters, font, look), ink in ((figure.title, _TITLE, "ink"),
                                              (figure.note, _NOTE, "soft")):
        for line in _lines(words, letters):
            y += 1.2 * font
            texts.append(f'<text x="{_EDGE}" y="{y:g}" font-size="{font}px" '
                         f'{look.format(light(ink))}>{escape(line)}</text>')
        y += 6
    height += y
    return (f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width:g}" '
            f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
            f'<rect width="{width:g}" height="{height:g}" fill="{light("paper")}"/>'
            f'<g font-family="{escape(FONT)}">{"".join(texts)}</g>'
            f'<g transform="translate({_EDGE},{y + _EDGE:g})">{svg}</g></svg>')


def _lines(text: str, most: int) -> list[str]:
    lines, line = [], ""
    words = (word[i : i + most] for word in text.split() for i in range(0, len(word), most))
    for word in words:
        if line and len(line) + 1 + len(word) > most:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]
