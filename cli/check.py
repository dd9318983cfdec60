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
@click.option("--all", "everything", is_flag=True,
              help="List the findings that judged.csv judges too, each with its reason.")
@click.option("--judge", type=(str, str), metavar="CODE CLAIM",
              help="Mark a finding as judged: a row of judged.csv. --why says why.")
@click.option("--why", metavar="TEXT", help="Why the claim stands as it is.")
@click.option("--who", metavar="NAME", default="", help="Who judges.")
@json_option
def check(case: str, everything: bool, judge: tuple[str, str] | None, why: str | None, who: str,
          as_json: bool) -> None:
    """Read CASE and list its faults and warnings.

    A fault stops a fit (exit code 2); a warning does not (exit code 0). Each warning ends with its
    code; docs/checks/ has a page for each. A broken chain of claims.log is a fault here, and a
    warning in a fit.

    \b
    Examples:
      estimate check nk-kursk
      estimate check ./my-case --json
      estimate check ./my-case --judge echo c12 --why "both counted for themselves"
    """
    from estimate.data.case import read_case
    from estimate.data.ledger import LOG_FILE, parse
    from estimate.data.problems import CaseError

    if (judge is None) != (why is None):
        raise click.UsageError("--judge and --why go together")
    try:
        if judge and why is not None:
            _judge(case, *judge, why, who)
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
                    "warnings": [_record(p) for p in read.warnings],
                    "judged": [{**_record(j.finding), "why": j.why, "who": j.who, "on": j.on}
                               for j in read.judged]})
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
    if read.judged:
        click.echo(f"{len(read.judged)} judged, see judged.csv{':' if everything else '.'}")
    for judged in read.judged if everything else ():
        by = ", ".join(filter(None, (judged.who, judged.on)))
        said = f"{judged.finding}: {judged.why}" + f" ({by})" * bool(by)
        click.echo(f"  {printable(said)}")


def _judge(case: str, code: str, claim: str, why: str, who: str) -> None:
    from pathlib import Path

    from estimate.data.bundled import bundled_ids
    from estimate.data.case import RESOLVED
    from estimate.data.judged import with_judgement
    from estimate.data.problems import EstimateError

    if case in bundled_ids() or case.startswith(RESOLVED):
        raise EstimateError(f"{case}: comes with the tool and stays as it is; judge a copy of it")
    many = with_judgement(Path(case), code, claim, why, who)
    click.echo(f"{many} {'finding' if many == 1 else 'findings'} judged: {code}, {claim}",
               err=True)


def _record(problem: Problem) -> dict[str, Any]:
    return {"file": problem.file, "row": problem.row, "column": problem.column,
            "value": problem.value, "rule": problem.rule, "mend": problem.mend,
            "code": problem.code, "claims": list(problem.claims)}


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
