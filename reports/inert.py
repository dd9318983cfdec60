"""Text from a case made harmless before it reaches a page, a paper, a chart or a terminal.

Claims are typed by people and copied from the web. `plain` is applied once, where text enters the
report; the other functions guard one format each.
"""

from __future__ import annotations

import json
import re
from typing import Any

from estimate.data.cells import web_address

LONGEST = 280  # characters of one cell that a page or a paper shows; the data files hold the rest
_JOINERS = "\u200c\u200d"  # not visible, but part of how Persian, Hindi and emoji are written
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#~^$!@])")
# Pandoc also counts lists by letters and roman numbers, alone or in brackets.
_STARTS_BLOCK = re.compile(
    r"^(\s*\(?)(\d+|[a-zA-Z]|[ivxlcdmIVXLCDM]+)([.)])(?=\s|$)|^(\s*)([-+=:])"
)


def plain(text: object) -> str:
    """Text on one line with every control and bidirectional character made visible.

    Parameters
    ----------
    text : object
        Anything; None and NaN become the empty string.

    Returns
    -------
    str
        White space is one blank; a hidden character reads as its code, as in `[U+202E]`.
    """
    if text is None or text != text:
        return ""
    return "".join(
        c if c.isprintable() or c in _JOINERS else f"[U+{ord(c):04X}]"
        for c in " ".join(str(text).split())
    )


def short(text: str, most: int = LONGEST) -> str:
    """First `most` characters of a text, saying how many there were."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()}… ({len(text):,} characters in all)"


def web_link(url: object) -> str:
    """Give the address if it is a plain http or https one, else the empty string."""
    text = str(url).strip()
    return (web_address(text) or "") if plain(text) == text else ""


def script_json(value: Any) -> str:
    """JSON that cannot end the `<script>` element which holds it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def markdown(text: object) -> str:
    """Text as Markdown shows it, without any of it acting as Markdown or HTML."""
    escaped = _MARKDOWN.sub(r"\\\1", plain(text).replace("&", "&amp;"))
    for char, entity in (("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        escaped = escaped.replace(char, entity)
    return _STARTS_BLOCK.sub(
        lambda m: f"{m[1]}{m[2]}\\{m[3]}" if m[2] else f"{m[4]}\\{m[5]}", escaped
    )
