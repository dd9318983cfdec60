"""Text from a case does nothing but be read, in every output."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imitation import HOSTILE
from markdown_it import MarkdownIt
from rich.console import Console

from estimate.reports import inert
from estimate.reports.contents import contents
from estimate.reports.terminal import print_summary
from estimate.reports.write import write_report


class Elements(html.parser.HTMLParser):
    """Collects elements and visible text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = None


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def hostile_run(hostile_case: Any, make_fit: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(make_fit(hostile_case), tmp_path_factory.mktemp("h") / "run")


def test_page_has_only_its_own_elements(hostile_run: Path, page: str) -> None:
    there, ours = (
        elements(text) for text in ((hostile_run / "index.html").read_text("utf-8"), page)
    )
    assert {tag for tag, _ in there.found} <= {tag for tag, _ in ours.found}
    assert [tag for tag, _ in there.found].count("script") == [tag for tag, _ in ours.found].count(
        "script"
    )
    assert not [a for _, a in there.found for name in a if name.startswith("on")]
    for _, attributes in there.found:
        href = attributes.get("href") or attributes.get("xlink:href") or "#"
        assert href.startswith(("#", "http://", "https://", "data:,"))


def test_every_link_out_is_marked(page: str) -> None:
    out = [
        a for tag, a in elements(page).found if tag == "a" and (a["href"] or "").startswith("http")
    ]
    assert len(out) > 100
    assert all(a["rel"] == "noopener noreferrer" for a in out)


def test_nothing_reorders_or_hides_in_any_file(hostile_run: Path) -> None:
    for name in ("index.html", "report.md", "claims.csv", "sources.csv"):
        text = (hostile_run / name).read_text("utf-8")
        if name == "index.html":  # the chart library has such characters in its own tables
            text = re.sub(r'<script type="module">.*?</script>', "", text, flags=re.S)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029\x00-\x08\x0b-\x1f]", text)
        assert "[U+202E]" in text.replace("\\", "")
        assert "العربية" in text


def test_paper_has_no_markup_from_cells(hostile_run: Path) -> None:
    text = (hostile_run / "report.md").read_text("utf-8")
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tags = {tag for tag, _ in elements(rendered).found}
    assert tags <= {
        "h1",
        "h2",
        "h3",
        "p",
        "em",
        "strong",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "img",
        "blockquote",
        "br",
        "code",
    }
    assert "javascript:window.bad=3)" in rendered
    for _, attributes in elements(rendered).found:
        assert (attributes.get("href") or "figures/").startswith(
            ("http://", "https://", "figures/", "#")
        )
        assert (attributes.get("src") or "figures/").startswith("figures/")


def test_every_table_row_of_the_paper_has_all_its_cells(hostile_run: Path) -> None:
    width = 0
    for line in (hostile_run / "report.md").read_text("utf-8").splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.count("|") - 1
        assert cells == (width or cells)
        width = cells


def test_spreadsheets_find_no_formula(hostile_run: Path) -> None:
    for name in ("claims.csv", "sources.csv"):
        rows = csv.reader(io.StringIO((hostile_run / name).read_text("utf-8")))
        for row in rows:
            assert not [
                c for c in row if c.lstrip().startswith(("=", "+", "@")) or re.match(r"-\D", c)
            ]


def test_long_cells_are_cut_on_the_page_and_whole_in_the_table(hostile_run: Path) -> None:
    page = (hostile_run / "index.html").read_text("utf-8")
    assert "x" * 300 not in page
    assert re.search(r"9\d,\d{3} characters in all", page)
    assert "x" * 90_000 in (hostile_run / "claims.csv").read_text("utf-8")


def test_terminal_gets_no_control_characters(hostile_case: Any, make_fit: Any) -> None:
    out = io.StringIO()
    print_summary(contents(make_fit(hostile_case)), Console(file=out, width=120))
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", out.getvalue())
    assert "<img src=x" in out.getvalue().replace("\n", "") or "<img" in out.getvalue()


def test_charts_show_text_as_text(hostile_run: Path) -> None:
    for path in (hostile_run / "figures").glob("*.svg"):
        found = elements(path.read_text("utf-8")).found
        assert {tag for tag, _ in found} <= {
            "svg",
            "g",
            "path",
            "text",
            "tspan",
            "line",
            "rect",
            "defs",
            "clippath",
            "style",
            "title",
        }


@given(st.text())
def test_plain_is_one_printable_line(text: str) -> None:
    clean = inert.plain(text)
    assert "\n" not in clean
    assert all(c.isprintable() or c in "\u200c\u200d" for c in clean)
    assert inert.plain(clean) == clean


@given(st.text())
def test_json_in_a_script_reads_back_and_cannot_end_it(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    held = inert.script_json({"a": text + "</script>"})
    assert "<" not in held
    assert json.loads(held) == {"a": text + "</script>"}


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(HOSTILE))
def test_markdown_reads_as_plain_text(text: str) -> None:
    rendered = MarkdownIt("commonmark", {"html": True}).render(f"a {inert.markdown(text)}")
    assert {tag for tag, _ in elements(rendered).found} == {"p"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=1&c=2#d", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("https://exa mple.org", False),
        ("https://example.org/\u202e", False),
        ("", False),
        ("https://", False),
        (float("nan"), False),
    ],
)
def test_only_web_addresses_become_links(url: Any, kept: bool) -> None:
    assert bool(inert.web_link(url)) is kept


def test_missing_text_is_empty() -> None:
    assert inert.plain(None) == inert.plain(float("nan")) == ""
