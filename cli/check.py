"""`estimate check`: faults and warnings of a case, without a fit."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from .options import BAD_INPUT, case_argument, json_option, print_json, printable

if TYPE_CHECKING:
    from estimate.data.case import Case
    from estimate.data.problems import Problem

FEW = 6  # ids that are named for each way in which claims are not used


@click.command()
@case_argument(required=True)
@json_option
def check(case: str, as_json: bool) -> None:
    """Read CASE and list its faults and warnings.

    A fault stops a fit (exit code 2); a warning does not (exit code 0). A broken chain of
    claims.log is a fault here, and a warning in a fit.

    \b
    Examples:
      estimate check nk-kursk
      estimate check ./my-case --json
    """
    from estimate.data.case import read_case
    from estimate.data.ledger import LOG_FILE, parse
    from estimate.data.problems import CaseError

    try:
        read = read_case(case)
        if broken := parse(read.files.get(LOG_FILE))[1]:
            raise CaseError(broken)
    except CaseError as error:
        if not as_json:
            raise
        print_json({"ok": False, "n_faults": error.total,
                    "faults": [_record(p) for p in error.problems], "warnings": []})
        raise click.exceptions.Exit(BAD_INPUT) from None
    if as_json:
        print_json({"ok": True, "case": read.id, "claims": len(read.claims),
                    "sources": len(read.sources), "n_faults": 0, "faults": [],
                    "warnings": [_record(p) for p in read.warnings]})
        return
    published = read.claims["published"]
    click.echo(f"{read.id}: {len(read.claims)} claims from {len(read.sources)} sources, published "
               f"{published.min():%Y-%m-%d} to {published.max():%Y-%m-%d}")
    click.echo(_used(read))
    number = len(read.warnings)
    click.echo(f"No faults, {number} {'warning' if number == 1 else 'warnings'}"
               f"{':' if number else '.'}")
    for warning in read.warnings:
        click.echo(f"  {printable(str(warning))}")


def _record(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "row": problem.row, "column": problem.column,
            "value": problem.value, "rule": problem.rule, "mend": problem.mend}


def _used(case: Case) -> str:
    """Say how many claims a fit would use, and which it would only show, and why."""
    from estimate.data.problems import EstimateError
    from estimate.model.evidence import records, select

    try:
        claims = select(case).claims
    except EstimateError as error:
        return f"No fit is possible: {printable(str(error))}"
    left = sorted((row for row in records(claims) if row["status"] != "used"),
                  key=lambda row: (row["status"] != "partial", row["status"]))
    parts = [f"{len(claims) - len(left)} of {len(claims)} claims will be used"]
    for status, group in groupby(left, key=lambda row: row["status"]):
        rows = list(group)
        named = [row["id"] + (f" (scope {row['scope']})"
                              if status == "partial" and row["scope"] not in case.comparable_scopes
                              else "") for row in rows[:FEW]]
        more = f" and {len(rows) - FEW} more" if len(rows) > FEW else ""
        parts.append(f"{status}: {', '.join(named)}{more}")
    return printable("; ".join(parts)) + "."
