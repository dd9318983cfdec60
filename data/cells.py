"""Small readings of single cells, shared by the gate and by all writers."""

import re

__all__ = ["parts", "safe_cell", "web_address"]

_FORMULA = re.compile("(^|;)([^\\S\t\r]*)(?=[-=+@\t\r\uff1d\uff0b\uff0d\uff20])")

_WEB_ADDRESS = re.compile(
    r"https?://[^\s/?#\\<>\"'`@\uff20\x00-\x1f\x7f]+([/?#][^\s\\<>\"`\x00-\x1f\x7f]*)?",
    re.IGNORECASE,
)


def parts(cell: str) -> tuple[str, ...]:
    """Split a cell at its semicolons, dropping what is empty.

    >>> parts("nk028; nk029")
    ('nk028', 'nk029')
    """
    if ";" not in cell:
        return (cell.strip(),) if cell.strip() else ()
    return tuple(part for part in (piece.strip() for piece in cell.split(";")) if part)


def web_address(text: str) -> str | None:
    """Give `text` if it is an http or https address that may become a link, else None.

    One with a user before its host is none: it shows one site's name and leads to another.

    >>> web_address("javascript:alert(1)") is None
    True
    >>> web_address("https://www.bbc.co.uk@evil.example") is None
    True
    """
    text = text.strip()
    return text if _WEB_ADDRESS.fullmatch(text) else None


def safe_cell(text: str) -> str:
    """Give a text cell that no spreadsheet takes for a formula.

    A quote mark is put before a leading ``=``, ``+``, ``-``, ``@`` (of full width too), tab or
    carriage return, also when only blanks stand before it, and at the start of each piece between
    semicolons, where many a spreadsheet begins a new cell. Not for numbers.

    >>> safe_cell("=1+1; @x")
    "'=1+1;' @x"
    """
    return _FORMULA.sub(r"\1'\2", text)
