"""`estimate report`: write the report of a saved fit again, without a refit."""

from __future__ import annotations

from pathlib import Path

import click

from .options import finish, json_option, printable

_WORDS = ("html", "md", "json", "csv")


class Formats(click.ParamType[tuple[str, ...]]):
    """Kinds of file, separated by commas."""

    name = "formats"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """Turn `html,csv` into words, or name those there are."""
        if isinstance(value, tuple):
            return value
        words = [word.strip() for word in value.split(",")]
        for word in words:
            if word not in _WORDS:
                self.fail(f"{printable(word)!r} is none of {', '.join(_WORDS)}; separate several "
                          "by commas, such as html,csv", param, ctx)
        return tuple(word for word in _WORDS if word in words)


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--format", "formats", type=Formats(), default=_WORDS, metavar="WORDS",
              help="Kinds of file, separated by commas: html (index.html and card.png), md "
                   "(report.md and figures/), json (summary.json), csv. [default: all]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Write them into DIR instead: a new folder, or one that an earlier --out wrote, "
                   "which is replaced. [default: in RUN, whose other files stay as they are]")
@json_option
@click.pass_context
def report(
    ctx: click.Context, run: Path, formats: tuple[str, ...], out: Path | None, as_json: bool
) -> None:
    """Write the report of RUN again, from its saved fit.

    RUN is a folder that `estimate fit` wrote. Nothing is sampled; the numbers stay as they were.
    report.md shows its figures on a code host, and becomes a PDF by pandoc:
    pandoc report.md -o report.pdf --pdf-engine=xelatex

    \b
    Examples:
      estimate report reports/nk-kursk
      estimate report reports/nk-kursk --format md,csv --out paper
    """
    from estimate.data.problems import OutputError
    from estimate.model.result import load_fit
    from estimate.reports.write import rewrite, write_formats

    saved = load_fit(run)
    if out is None:
        rewrite(saved, run, formats)
    elif out.resolve().is_relative_to(run.resolve()):
        raise OutputError(f"--out {out}: lies in the run itself; name a folder outside {run}")
    else:
        write_formats(saved, out, formats)
    finish(ctx, saved, out or run, as_json)
