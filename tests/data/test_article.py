"""Articles as clean text: files, pages, datelines, and what is refused."""

import io
from datetime import date
from pathlib import Path

import pytest

from estimate.data.article import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, read_article, read_stream
from estimate.data.problems import CaseError

PAGE = """\
<!DOCTYPE html><html><head><title>Blast in port</title>
<meta property="article:published_time" content="2024-05-14T08:00:00Z">
<script>var told = "500 people were killed";</script></head><body>
<nav><ul><li>Home</li></ul></nav><article><h1>Blast in port</h1>
<p>At least 12 people were killed when a ship exploded in the port on Monday, the ministry said.</p>
<p>The minister said that the fire was out, and that the search for nine missing dockers went on all
through the night. The cause is not known, and the port is closed until further notice.</p>
</article><footer>3,000 people were killed.</footer></body></html>
"""


def article(tmp_path: Path, text: str | bytes, name: str = "story.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> str:
    with pytest.raises(CaseError) as caught:
        read_article(path)
    return str(caught.value)


@pytest.mark.parametrize("text", ["Twelve died.\r\nNo more.", "‘Zwölf’ — 12\u00a0000 died", "x"])
def test_plain_text_is_itself(text: str, tmp_path: Path) -> None:
    read = read_article(article(tmp_path, text))
    assert (read.text, read.published, read.dated_by) == (text, None, "")
    assert read_article(article(tmp_path, b"\xef\xbb\xbf" + text.encode())).text == text


def test_a_page_gives_its_article_and_its_day(tmp_path: Path) -> None:
    read = read_article(article(tmp_path, PAGE, "page.html"))
    assert read.text.startswith("Blast in port\n")
    assert "12 people were killed" in read.text
    assert "500" not in read.text
    assert "3,000" not in read.text
    assert (read.published, read.dated_by) == (date(2024, 5, 14), "page")


def test_the_day_that_is_given_counts_more(tmp_path: Path) -> None:
    read = read_article(article(tmp_path, PAGE), date(2024, 5, 20))
    assert (read.published, read.dated_by) == (date(2024, 5, 20), "option")


@pytest.mark.parametrize(("top", "day"), [
    ("2 September 2025\nTwelve died.", date(2025, 9, 2)),
    ("Published: Sept. 2, 2025\n\nTwelve died.", date(2025, 9, 2)),
    ("KYIV, 2 September 2025 (Agency) - Twelve died in the war of 2022.", date(2025, 9, 2)),
    ("2025-09-02", date(2025, 9, 2)),
    ("Twelve died in a blast on 2 September 2025, a day like all the others there.", None),
    ("Sept. 2\nTwelve died.", None),
    ("31 February 2025", None),
])
def test_a_dateline_stands_alone_at_the_top(top: str, day: date | None, tmp_path: Path) -> None:
    read = read_article(article(tmp_path, top))
    assert read.published == day
    assert read.dated_by == ("dateline" if day else "")


@pytest.mark.parametrize(("raw", "told"), [
    (b"", "empty; give the text of an article"),
    (b" \n\t ", "empty"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", "row 3: holds NUL bytes, so it is no text"),
    ("Twelve died".encode("utf-16"), "written in UTF-16; save it as UTF-8"),
    (b"Twelve died.\nCaf\xe9", "row 2: not UTF-8"),
    (b"\x01\x02\x03 died", "full of control characters"),
    (b"5 died. " * MAX_TEXT, "960,000 characters; at most 120,000 are read; cut it into articles"),
    (b"<html>" + b"<div>" * (MAX_DEPTH + 1), f"nested more than {MAX_DEPTH} deep"),
    (b"<html>\n" + b"<p>5 died" * (MAX_ELEMENTS + 1), "row 2: more than 40,000 elements"),
    (b"<html>" + b" " * 4_000_000, "characters of HTML; at most 4,000,000 are read"),
    (b"<html><body></body></html>", "no article in this page"),
])
def test_what_is_no_article_is_refused(raw: bytes, told: str, tmp_path: Path) -> None:
    assert told in refused(article(tmp_path, raw))


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "not a file" in refused(tmp_path)
    assert "missing file; name the file that holds the article, or -" in refused(tmp_path / "none")


def test_a_stream_is_read_as_a_file_is() -> None:
    assert read_stream(io.BytesIO(b"Twelve died.")).text == "Twelve died."
    with pytest.raises(CaseError, match="larger than 16 MB"):
        read_stream(io.BytesIO(b"a" * 16_000_001))
