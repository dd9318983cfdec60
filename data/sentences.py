"""Sentences and words of a text, each with its place in it."""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from nltk.tokenize import NLTKWordTokenizer  # type: ignore[import-untyped]
from nltk.tokenize.punkt import (  # type: ignore[import-untyped]
    PunktParameters,
    PunktSentenceTokenizer,
)

__all__ = ["MAX_SENTENCE", "Sentence", "Word", "sentences"]

MAX_SENTENCE = 1_000
"""Characters of one sentence; what is longer is read in pieces, so that no time grows squared."""

WRAPPED = (40, 100)
"""Most lines of a text wrapped by a machine are this long, and none is longer."""

_ABBREVIATIONS = (
    "adm brig capt cmdr col cpl dr gen gov hon lt lt.-gen maj maj.-gen mr mrs ms prof rep rev sen "
    "sgt st approx dept est fig inc ltd no vs jan feb mar apr jun jul aug sep sept oct nov dec mon "
    "tue tues wed thu thur thurs fri sat sun a.m p.m e.g i.e u.s u.k u.n u.s.a d.c etc"
).split()

_SAME_LENGTH = str.maketrans(
    {
        '"': "”",
        "`": "'",
        "’": "'",
        "‘": "'",
        "—": ";",
        "…": ";",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2011": "-",
    }
)
_SAYS_ANYTHING = re.compile(r"[^\W_]")
_BREAKS = re.compile(r"\n\s*\n|\n")
_ENDED = tuple(".!?:;\"”»)’'")
_PIECES = re.compile(
    r"(?<=[0-9])[-–](?=[0-9])|(?<=[0-9%])\+|(?<![\w])[~≈>≥<≤](?=[0-9])|–(?![0-9])|(?<![0-9])–"
    r"|(?<=[a-z])/(?=[a-z])|(?<=\b[mM]id)-"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or mark.

    Attributes
    ----------
    text : str
        As it stands in the text.
    low : str
        The same in small letters, with plain quotes; words that mean one thing together
        (`shot down`) are one.
    start, end : int
        Its place in the text, in characters.
    """

    text: str
    low: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Attributes
    ----------
    start, end : int
        Its place in the text, in characters.
    text : str
        As it stands there.
    words : tuple of Word
        Its words and marks in order.
    number : int
        Its place among the sentences, from 0.
    headline : bool
        True when it has no mark at its end and stands alone.
    """

    start: int
    end: int
    text: str
    words: tuple[Word, ...]
    number: int
    headline: bool


def sentences(text: str) -> Iterator[Sentence]:
    """Give the sentences of a text in order.

    Parameters
    ----------
    text : str
        Plain text; blank lines part paragraphs, and so do single line breaks unless the lines look
        wrapped by a machine.

    Yields
    ------
    Sentence
        With words as the Penn Treebank splits them, and numbers apart from marks.
    """
    plain = text.translate(_SAME_LENGTH)
    number = 0
    for first, last in _paragraphs(plain):
        spans = [each for span in _split(plain, first, last) for each in _pieces(plain, *span)]
        for start, end in spans:
            if not _SAYS_ANYTHING.search(plain, start, end):
                continue
            ended = plain[start:end].rstrip().endswith(_ENDED)
            words = tuple(_words(text, plain, start, end))
            if words:
                yield Sentence(
                    start, end, text[start:end], words, number, not ended and len(spans) == 1
                )
                number += 1


def _paragraphs(plain: str) -> Iterator[tuple[int, int]]:
    lines = [line for line in plain.split("\n") if line.strip()]
    lengths = [len(line) for line in lines]
    open_lines = [line for line in lines if not line.rstrip().endswith(_ENDED)]
    wrapped = (
        len(lines) > 2
        and max(lengths) <= WRAPPED[1]
        and statistics.median(lengths) >= WRAPPED[0]
        and 2 * len(open_lines) > len(lines)
    )
    start = 0
    for found in _BREAKS.finditer(plain):
        if wrapped and found[0] == "\n":
            continue
        if plain[start : found.start()].strip():
            yield start, found.start()
        start = found.end()
    if plain[start:].strip():
        yield start, len(plain)


@cache
def _splitter() -> PunktSentenceTokenizer:
    parameters = PunktParameters()
    parameters.abbrev_types = set(_ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


def _split(plain: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split a paragraph into sentences; a very long one is first cut into bearable lengths."""
    for start, end in _cut(plain, first, last, 10 * MAX_SENTENCE):
        for low, high in _splitter().span_tokenize(plain[start:end]):
            yield start + low, start + high


def _pieces(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    yield from _cut(plain, start, end, MAX_SENTENCE)


def _cut(plain: str, start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    while end - start > most:
        blank = plain.rfind(" ", start + most // 2, start + most)
        middle = blank if blank > 0 else start + most
        yield start, middle
        start = middle
    yield start, end


_TOKENS = NLTKWordTokenizer()


def _words(text: str, plain: str, start: int, end: int) -> Iterator[Word]:
    part = " ".join(plain[start:end].split("\n"))
    for low, high in _TOKENS.span_tokenize(part):
        at = low
        for found in _PIECES.finditer(part, low, high):
            if at < found.start():
                yield _word(text, part, start, at, found.start())
            yield _word(text, part, start, found.start(), found.end())
            at = found.end()
        if at < high:
            yield _word(text, part, start, at, high)


_NAMES = {"WHO": "w.h.o", "US": "u.s"}
"""Names that would read as pronouns in small letters."""


def _word(text: str, part: str, start: int, low: int, high: int) -> Word:
    return Word(
        text[start + low : start + high],
        _NAMES.get(part[low:high], part[low:high].lower()),
        start + low,
        start + high,
    )
