"""What the model costs, measured: `python -m benchmarks`; it writes docs/benchmarks.md.

Every line of the tables is a process of its own. Finished ones are kept, so that a benchmark that
was stopped goes on where it was; other settings, or other code of model, data or benchmarks, start
anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from estimate.cli.progress import Steps, steps
from estimate.model.runner import Kept

from . import page
from .children import ROOT, Failed, measure
from .growth import AXES, sizes

VARIANTS = ("own", "nutpie", "pymc", "numpyro", "walk", "walk_rotated", "whole")
RADFORD = "radford-2023"
PEER = ROOT.parent / "shared" / "peers" / RADFORD / "claims.csv"
ABOUT = {RADFORD: "One series of it, the Russian soldiers of the headline, which has more claims "
         "than any other: no PyMC model of all its series together exists to compare with. "
         "`estimate fit` alone is of all its series in one posterior; its ESS is that of the same "
         "headline.\n\n"}
Measure = Callable[..., dict[str, Any]]


class Unasked(Exception):
    """A line that is neither kept nor asked for."""


def _once(keep: Kept, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Read what was kept of a line, or make and keep it."""
    try:
        return dict(keep.read(name))
    except KeyError:
        made = make()
        keep.write(name, made)
        return made


def code() -> str:
    """Hash of the code that the measurements depend on."""
    files = sorted(file for folder in ("model", "data", "benchmarks")
                   for file in (ROOT / folder).rglob("*.py")
                   if file.name not in ("page.py", "__main__.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def parts(args: argparse.Namespace) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """List all measurements: name, kind, what the child is told."""
    common = {"chains": args.chains, "seed": args.seed, "limit": args.limit}
    cases = {"nk-kursk": "nk-kursk"}
    if args.radford:
        cases[RADFORD] = str(args.state / RADFORD)
    for case, where in cases.items():
        for variant in VARIANTS:
            yield (f"{case} · {variant}", "compare",
                   {"case": where, "variant": variant, "draws": args.draws, "tune": args.tune,
                    **common})
    for axis in AXES:
        for size in sizes(axis):
            yield (f"growth · {axis} {size[axis]}", "growth",
                   {**size, "draws": args.growth_draws, "tune": args.growth_draws, **common})


def imported(table: Path, folder: Path) -> None:
    """Make a case of the peer's table, unless it is there."""
    from estimate.data.importing import import_table, read_map, write_imported

    if not (folder / "case.toml").is_file():
        write_imported(import_table(table, read_map("radford2023")), folder, "not-imported.csv")


def gathered(wanted: list[tuple[str, str, dict[str, Any]]], found: Mapping[str, Mapping[str, Any]]
             ) -> tuple[dict[str, dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Sort what was measured by case and variant, and by axis and size; the rest is left out."""
    cases: dict[str, dict[str, Any]] = {}
    axes: dict[str, list[dict[str, Any]]] = {axis: [] for axis in AXES}
    for name, kind, spec in wanted:
        first, rest = name.split(" · ")
        if name in found and kind == "compare":
            cases.setdefault(first, {})[rest] = found[name]
        elif name in found:
            axes[rest.split()[0]].append({**spec, **found[name]})
    return cases, axes


def measured(wanted: list[tuple[str, str, dict[str, Any]]], args: argparse.Namespace, bars: Steps,
             do: Measure = measure) -> dict[str, dict[str, Any]]:
    """Measure what is asked for and not kept, and give all that is there, by name.

    Parameters
    ----------
    wanted : list
        From `parts`.
    args : argparse.Namespace
        The command line.
    bars : Steps
        Progress.
    do : callable
        `children.measure`.
    """
    found: dict[str, dict[str, Any]] = {}
    asked = [name for name, _, _ in wanted
             if any(re.search(part, name) for part in args.only or [""])]
    start, fresh, state_of_code = time.perf_counter(), 0, code()
    for name, kind, spec in wanted:
        cold = args.cold and kind == "compare"  # growth does not count compilation
        keep = Kept(args.state / "parts", json.dumps([kind, spec, cold, state_of_code]))

        def make(name: str = name, kind: str = kind, spec: dict[str, Any] = spec,
                 cold: bool = cold) -> dict[str, Any]:
            nonlocal fresh
            if args.page_only or name not in asked:
                raise Unasked(name)
            fresh += 1
            return do(kind, spec, cold)

        place = asked.index(name) if name in asked else 0
        if name in asked:
            bars.at("benchmarks", place, len(asked))
        before = fresh
        try:
            found[name] = _once(keep, name, make)
        except Unasked:
            continue
        except Failed as fault:
            found[name] = {"error": str(fault), "finished": False}
        if fresh > before:
            each = (time.perf_counter() - start) / fresh
            left = each * (len(asked) - place - 1) / 60
            print(f"{place + 1} of {len(asked)}: {name}: {said(found[name])}; "
                  f"about {left:.0f} minutes left", file=sys.stderr)
    return found


def said(row: Mapping[str, Any]) -> str:
    """Say what a measurement gave, in one line."""
    if "error" in row:
        return f"failed: {row['error']}"
    ess = f", ESS {row['ess']:,.0f}" if "ess" in row else ""
    late = "" if row.get("finished") else ", not finished"
    return f"{row['cpu']:,.0f} CPU s{ess}{late}"


def parser() -> argparse.ArgumentParser:
    """Give the command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks",
                                   description=(__doc__ or "").splitlines()[0])
    made.add_argument("--limit", type=float, default=600, metavar="SECONDS",
                      help="CPU seconds for each line [600]")
    made.add_argument("--draws", type=int, default=1000, help="kept draws of each chain [1000]")
    made.add_argument("--tune", type=int, default=700, help="warm-up draws of each chain [700]")
    made.add_argument("--chains", type=int, default=2, help="[2]")
    made.add_argument("--growth-draws", type=int, default=200,
                      help="warm-up and kept draws of each chain where growth is measured [200]")
    made.add_argument("--seed", type=int, default=1, help="[1]")
    made.add_argument("--warm", dest="cold", action="store_false",
                      help="use the compile caches that are there, in the place of empty ones")
    made.add_argument("--only", action="append", metavar="PATTERN",
                      help="measure only lines whose name holds PATTERN, a regular expression such "
                           "as `nk-kursk`, `pymc$` or `growth · claims`; may be repeated")
    made.add_argument("--radford", type=Path, default=PEER if PEER.is_file() else None,
                      metavar="FILE", help="claims.csv of the replication archive of Radford et "
                      "al. 2023; radford-2023 is left out without it")
    made.add_argument("--state", type=Path, default=ROOT / "benchmarks" / "kept",
                      help="where finished lines are kept [benchmarks/kept]")
    made.add_argument("--out", type=Path, default=ROOT / "docs", help="[docs]")
    made.add_argument("--page-only", action="store_true",
                      help="measure nothing; write the page from what is kept")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Measure what is not kept, then write; 1 where a measurement failed."""
    args = parser().parse_args(arguments)
    if args.radford:
        if not args.radford.is_file():
            parser().error(f"--radford {args.radford}: there is no such file")
        imported(args.radford, args.state / RADFORD)
    else:
        print("radford-2023 is left out: name its claims.csv by --radford", file=sys.stderr)
    wanted = list(parts(args))
    with steps() as bars:
        found = measured(wanted, args, bars)
    cases, axes = gathered(wanted, found)
    page.write(args.out, cases, axes, {**vars(args), "about": ABOUT, "wanted": len(wanted)})
    print(f"wrote {args.out / 'benchmarks.md'}: {len(found)} of {len(wanted)} lines measured")
    return int(any("error" in row for row in found.values()))


if __name__ == "__main__":
    raise SystemExit(main())
