"""report.md: set well by a code host and by pandoc, whatever a cell holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from estimate.reports import paper
from estimate.reports.contents import Contents
from estimate.reports.figures import Figure
from estimate.reports.inert import markdown
from estimate.reports.render import paper as written
from estimate.reports.tables import Cell, Row, Table, number_cell, text_cell


@pytest.fixture(scope="module")
def text(said: Contents, figures: dict[str, Figure]) -> str:
    return written(said, figures)


def test_no_raw_html_that_pandoc_drops(text: str) -> None:
    assert not re.search(r"<(?!https?://)[a-zA-Z/!]", text)
    assert "| Killed · died, of any cause that the case counts |" in text


def test_every_heading_stands_apart(text: str) -> None:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("#") and number:
            assert lines[number - 1] == lines[number + 1] == "", line


def test_every_section_is_linked_at_the_top(text: str) -> None:
    titles = re.findall(r"^## (.+)$", text, re.M)
    line = next(line for line in text.splitlines() if line.startswith("Contents: "))
    assert re.findall(r"\[([^\]]+)\]\(#", line) == titles
    assert "(#warnings-exclusions-and-checks)" in line
    assert text.index(line) < text.index("## ")
    assert "[contents]" not in text


def test_pictures_lie_in_the_folder_and_are_no_figure_with_a_second_caption(
    text: str, figures: dict[str, Figure], run: Path
) -> None:
    shown = re.findall(r"^!\[.*\]\((figures/[^)]+)\)(.*)$", text, re.M)
    assert [name for name, _ in shown] == [f"figures/{name}.png" for name in figures]
    assert {end for _, end in shown} == {"\\"}  # the note follows in the same paragraph
    for name, _ in shown:
        assert (run / name).is_file()
    for name in re.findall(r"\]\((figures/[^)]+svg)\)", text):
        assert (run / name).is_file()


def test_claims_are_short_in_the_table_and_told_in_full_below(text: str, said: Contents) -> None:
    table = said.tables["claims"]
    rows = [line for line in text.splitlines() if re.match(r"\| \[?\d+ \w+ \d{4}(?! to )\]?", line)]
    assert len(rows) == len(table.rows)
    for line in rows:
        shown = re.sub(r"\(<[^>]*>\)", "", line)
        assert len(shown) < 200
        assert line.count("|") == 8
    for row in table.rows:
        below = next(line for line in text.splitlines()
                     if line.startswith(f"- **{row.cells[0].below}** "))
        assert markdown(row.cells[3].text) in below
        assert markdown(row.cells[paper.STATES].below)[1:] in below
        assert markdown(row.cells[paper.USED].below[1:]) in below


def test_columns_are_as_wide_as_what_they_hold() -> None:
    rows = tuple(Row((text_cell("a long name of a source " * 3), number_cell("1,100 to 5,400")))
                 for _ in range(3))
    rule = paper.rule(Table("", ("Source", "Range"), rows, (1,)))
    name, number = (part.strip() for part in rule.strip(" |").split("|"))
    assert number.endswith("-:")
    assert len(name) > len(number) > len("1,100 to 5,400")
    assert len(name) < 40
    assert paper.rule(Table("", ("A",), ())) == " ----- |"


def test_a_second_line_keeps_apart_from_the_first() -> None:
    assert paper.cell(Cell("0.021", "no say")) == "0.021 · no say"
    assert paper.cell(Cell("a|b", "", "https://x.org/?a=1|2>3")) == (
        "[a&#124;b](<https://x.org/?a=1%7C2%3E3>)")


@pytest.mark.parametrize("start", ["1.", "(2)", "a)", "(b)", "iv.", "#.", "(@)", "-", "+", ":"])
def test_no_text_starts_a_list_of_pandoc(start: str) -> None:
    made = markdown(f"{start} text")
    assert "\\" in made[:4]
    shown = MarkdownIt("commonmark").render(made)
    assert shown == f"<p>{start} text</p>\n"


def test_pandoc_reads_no_citation_or_superscript() -> None:
    assert markdown("2^nd^ by @someone") == "2\\^nd\\^ by \\@someone"
