"""News articles, plain text or HTML, as clean text with the day on which they appeared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from .files import read_file
from .kinds import EARLIEST, LATEST
from .problems import CaseError, Problem, Problems
from .tables import decode

__all__ = ["MAX_DEPTH", "MAX_HTML", "MAX_TEXT", "Article", "read_article", "read_stream"]

MAX_TEXT = 120_000
"""Characters of clean text: an article has a few thousand, and this is a book of 60 pages."""

MAX_HTML = 4_000_000
"""Characters of a page with all its markup."""

MAX_ELEMENTS = 40_000
"""Elements of a page: news pages have some thousands, and 300,000 took 17 seconds."""

MAX_DEPTH = 200
"""Elements that may stand inside one another; the parser gives up at some 250, pages have 40."""

_HTML = re.compile(
    r"<\s*(?:!doctype\s+html|html|head|body|article|main|div|section|p|meta)\b", re.I
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_COUNTED = frozenset(
    "div span section article main header footer aside nav ul ol table tbody tr td b i em "
    "strong blockquote font center a form fieldset figure details dl small big sub sup code pre "
    "u s svg g".split()
)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01
_UNSEEN = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f]|"
                     r"[\u202a-\u202e\u2066-\u2069]")  # orders to a terminal, marks of direction
_LINE_MOST = 160
_HEAD = 1_500


@dataclass(frozen=True)
class Article:
    """One article.

    Attributes
    ----------
    name : str
        Name of the file, or ``-`` for what came through a pipe.
    text : str
        The clean text; all places count its characters from 0. Of plain text it is the file itself.
    published : date or None
        The day on which it appeared; None when neither the page nor a dateline says.
    dated_by : str
        ``option``, ``page`` (what the HTML says of itself), ``dateline`` or ''.
    """

    name: str
    text: str
    published: date | None = None
    dated_by: str = ""


def read_article(path: str | Path, published: date | None = None) -> Article:
    """Read an article from a file.

    Parameters
    ----------
    path : str or Path
        A text or HTML file in UTF-8.
    published : date, optional
        The day on which it appeared, where that is known better than from the file.

    Returns
    -------
    Article

    Raises
    ------
    CaseError
        The file cannot be read, is no text, is empty, or is larger or nested deeper than any
        article.
    """
    problems = Problems()
    raw = read_file(Path(path), problems, "name the file that holds the article, or - for a pipe")
    if raw is None:
        raise CaseError(problems.listed())
    return _article(raw, Path(path).name, published)


def read_stream(stream: IO[bytes], published: date | None = None) -> Article:
    """Read an article from an open stream of bytes, as `read_article` does from a file."""
    raw = stream.read(4 * MAX_HTML + 1)
    return _article(raw, "-", published)


def _article(raw: bytes, name: str, published: date | None) -> Article:
    problems = Problems()
    if len(raw) > 4 * MAX_HTML:
        raise _fault(name, f"larger than {4 * MAX_HTML / 1e6:.0f} MB", "cut it into articles")
    text = decode(raw, name, problems)
    if text is None:
        raise CaseError(problems.listed())
    at = next((at for at, char in enumerate(text) if "\udc80" <= char <= "\udcff"), None)
    if at is not None:
        raise _fault(name, "not UTF-8", "save it as UTF-8", text.count("\n", 0, at) + 1)
    if len(_CONTROL.findall(text)) > _MOST_CONTROLS * len(text):
        raise _fault(
            name, "full of control characters, so it is no text", "save the article as text or HTML"
        )
    if not text.strip():
        raise _fault(name, "empty", "give the text of an article")
    dated_by = "option" if published else ""
    if _HTML.search(text, 0, 2_000):
        text, of_page = _clean(text, name)
        if published is None and of_page is not None:
            published, dated_by = of_page, "page"
    text = _UNSEEN.sub(lambda found: " " * len(found[0]), text)  # places in it stay
    if len(text) > MAX_TEXT:
        raise _fault(
            name, f"{len(text):,} characters; at most {MAX_TEXT:,} are read", "cut it into articles"
        )
    if published is None and (found := _dateline(text)) is not None:
        published, dated_by = found, "dateline"
    return Article(name, text, published, dated_by)


def _fault(name: str, rule: str, mend: str, row: int | None = None) -> CaseError:
    return CaseError([Problem(name, row, "", "", rule, mend)])


def _clean(page: str, name: str) -> tuple[str, date | None]:
    """Give the article's text of a page, and the day that the page gives itself."""
    if len(page) > MAX_HTML:
        raise _fault(
            name,
            f"{len(page):,} characters of HTML; at most {MAX_HTML:,} are read",
            "save the article alone",
        )
    _check_depth(page, name)
    from trafilatura import bare_extraction

    found = bare_extraction(
        page,
        include_comments=False,
        include_tables=True,
        with_metadata=True,
        date_extraction_params={
            "extensive_search": False,
            "original_date": True,
            "max_date": LATEST.isoformat(),
            "min_date": EARLIEST.isoformat(),
        },
    )
    text = getattr(found, "text", None) or ""
    if not text.strip():
        raise _fault(name, "no article in this page", "save the article's text as a plain file")
    title = getattr(found, "title", None) or ""
    if title and title not in text[: 2 * len(title) + 200]:
        text = f"{title}\n\n{text}"
    try:
        day = date.fromisoformat(str(getattr(found, "date", None) or "")[:10])
    except ValueError:
        day = None
    return text, day if day is not None and EARLIEST <= day <= LATEST else None


def _check_depth(page: str, name: str) -> None:
    """Refuse a page with more elements, or deeper ones, than the parser can bear."""
    depth = elements = 0
    for found in _TAG.finditer(page):
        elements += not found[1]
        if found[2].lower() in _COUNTED:
            depth = max(0, depth - 1) if found[1] else depth + 1
        if elements > MAX_ELEMENTS or depth > MAX_DEPTH:
            rule = (f"elements nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH
                    else f"more than {MAX_ELEMENTS:,} elements")
            raise _fault(name, rule, "save the article's text as a plain file",
                         page.count("\n", 0, found.start()) + 1)


def _dateline(text: str) -> date | None:
    """Give the day of a dateline: one with a year, on a short line or before a dash, at the top."""
    from .sentences import sentences
    from .when import full_days

    head = text[:_HEAD]
    for line in head.split("\n"):
        top = line.strip()
        before_dash = re.split(r"\s[-–—]{1,2}\s", top, maxsplit=1)
        part = before_dash[0] if len(before_dash) > 1 and len(before_dash[0]) < _LINE_MOST else top
        if len(part) > 60 or not re.search(r"[0-9]{4}", part):
            continue
        for sentence in sentences(part):
            if days := full_days(sentence.words):
                return days[0]
    return None
