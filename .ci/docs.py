"""Write the pages of docs/ that are made from the code: commands.md, priors.md, calibration.md.

`make docs` runs it; tests/test_docs.py fails when a page differs from what it would write.
"""

from __future__ import annotations

from pathlib import Path

import click

from estimate.cli.main import cli
from estimate.cli.priors import number, parameters
from estimate.model.learned import choose_priors, read_learned
from estimate.model.scorefile import scores_of
from estimate.reports import calibration as page

DOCS = Path(__file__).parent.parent / "docs"


def commands() -> str:
    """Give every command's help as one page."""
    parts = [
        "# Commands",
        "Made from `estimate COMMAND --help` by `make docs`.",
        "Exit codes: 0 done; 1 done, but a diagnostic of the fit failed; 2 bad input or usage; "
        "130 interrupted.\nResults go to stdout or the folder, progress and faults to stderr.",
    ]
    group = click.Context(cli, info_name="estimate", max_content_width=80, terminal_width=80,
                          **cli.context_settings)
    parts.append(f"```text\n{cli.get_help(group)}\n```")
    for name in cli.list_commands(group):
        command = cli.commands[name]
        context = click.Context(command, parent=group, info_name=name)
        parts.append(f"## estimate {name}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts) + "\n"


def priors() -> str:
    """Give the table of priors as one page."""
    lines = [
        "# Priors",
        "",
        "Every number that is assumed rather than learned from a case of which nothing is known. "
        "Made from model/stated.py and data/priors/learned.json by `make docs`; `estimate priors` "
        "prints the same rows.",
        "Parameters are on the scale of the family (log or log odds); the span is in the unit.",
        "",
        "| prior | symbol | family | 90% span | unit | why | reference |",
        "|---|---|---|---|---|---|---|",
    ]
    for prior in choose_priors(None, None).values():
        low, high = prior.span
        cells = (f"`{prior.name}`", prior.symbol, f"{prior.family}, {parameters(prior)}",
                 f"{number(low)} to {number(high)}", prior.unit, prior.why, prior.reference)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


PICTURES = "calibration"


def calibration() -> str:
    """Give what history says and how the tool did, from data/priors, as one page."""
    history = read_learned()
    return page.text(history, scores_of(history), PICTURES)


PAGES = {"commands.md": commands, "priors.md": priors, "calibration.md": calibration}

if __name__ == "__main__":
    for name, text in PAGES.items():
        (DOCS / name).write_text(text(), encoding="utf-8")
    learned = read_learned()
    (DOCS / PICTURES).mkdir(exist_ok=True)
    page.write_pictures(DOCS / PICTURES, learned, scores_of(learned))
