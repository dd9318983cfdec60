"""`estimate claims extract`: claims proposed from the text of an article."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Day, json_option, print_json, printable

if TYPE_CHECKING:
    from estimate.data.article import Article
    from estimate.data.extraction import Proposal

DATED = {"option": "as you say", "page": "says the page", "dateline": "by its dateline"}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--published",
    type=Day(),
    metavar="DAY",
    help="Day on which the article appeared. [default: what the page or the dateline says]",
)
@click.option("--url", default="", metavar="URL", help="Page of the article, for the review file.")
@json_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="REVIEW",
    help="Write the proposals to this new CSV file, to be looked through and accepted.",
)
@click.option(
    "--text",
    "clean",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the article's clean text, in which the spans count, to this new file.",
)
def extract(
    file: Path,
    published: dt.date | None,
    url: str,
    as_json: bool,
    out: Path | None,
    clean: Path | None,
) -> None:
    """Propose claims from the article FILE (text or HTML; - for a pipe).

    Figures, what they count, who said it and through whom, and the days they cover are read from
    the words alone: the same text gives the same proposals, and nothing enters a case unseen.

    \b
    Examples:
      estimate claims extract article.txt
      estimate claims extract page.html --published 2025-09-02 --out review.csv
      curl -s https://example.org/story | estimate claims extract - --json
    """
    from estimate.data.article import read_article, read_stream
    from estimate.data.cells import web_address
    from estimate.data.extraction import extract as proposals_of
    from estimate.data.reviewfile import new_file, review_table

    if url and web_address(url) is None:
        raise click.UsageError(f"--url {printable(url)!r}: no web address; start it with https://")
    if out is not None and out == clean:
        raise click.UsageError("--out and --text name one file; name two")
    if str(file) == "-":
        article = read_stream(sys.stdin.buffer, published)
    else:
        article = read_article(file, published)
    found = proposals_of(article)
    if clean is not None:
        new_file(clean, article.text)
    if out is not None:
        new_file(out, review_table(found, url))
    if as_json:
        print_json([each.record() for each in found])
    else:
        _list(article, found)
        if out is not None:
            click.echo(
                f"Next: mark rows in {printable(str(out))} with yes, then "
                f"estimate claims accept CASE {printable(str(out))}"
            )


def _list(article: Article, found: list[Proposal]) -> None:
    """Print the proposals for a reader, two or three lines each."""
    day = (
        f"published {article.published}, {DATED[article.dated_by]}"
        if article.published
        else "its day is not known: --published gives it"
    )
    claims = "claim" if len(found) == 1 else "claims"
    click.echo(printable(f"{article.name}: {len(found):,} {claims} proposed; {day}"))
    for number, each in enumerate(found, 1):
        via = f", via {'; '.join(each.via)}" if each.via else ""
        scope = "" if each.scope == "all" else f" ({each.scope})"
        click.echo(
            printable(
                f"{number:3}  {each.quantity} {_figure(each)}{scope}: "
                f"{each.origin or 'nobody cited'}{via}"
            )
        )
        days = f"{each.from_ or '…'} to {each.as_of or '…'}, published {each.published or '…'}"
        said = " ".join(each.text.split())
        click.echo(printable(f"     {days}; “{said}” at {each.start:,}–{each.end:,}"))
        more = [*each.ambiguity, *([each.note] if each.note else [])]
        if more:
            click.echo(printable(f"     {'; '.join(more)}"))


def _figure(each: Proposal) -> str:
    if each.low is not None and each.high is not None:
        return f"{each.low:,} to {each.high:,}"
    words = {"exact": "", "about": "about ", "at_least": "at least ", "at_most": "at most "}
    return words[each.bound] + ("a share" if each.value is None else f"{each.value:,}")
