"""Runs compared with the first of them: a page, its Markdown twin, a table and JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from estimate.model.comparison import FALSE_ALARM, Comparison, compare
from estimate.model.findings import MIN_ORIGINS
from estimate.model.result import Fit

from . import comparison_charts, render, tables
from . import comparison_words as words
from . import sentences as say
from .calibration import Section
from .figures import Figure
from .inert import plain
from .tables import Row, Table, number_cell, rows_of, text_cell
from .write import write_folder

ACCOUNT = "compare.json"
TABLE = "differences.csv"
SCHEMA = 1
MOST_ROWS = 300  # of what changed, on a page; compare.json has all
STATISTICS = {"median": "median", "q05": "lower end", "q95": "upper end"}


@dataclass(frozen=True)
class Told:
    """One run against the first, in words.

    Attributes
    ----------
    names : Names
    numbers : Comparison
    verdict : str
    counted : str
        How many figures were compared, and what counts as a difference.
    moves, alone, blame, changed, doubts : tuple of str
    """

    names: words.Names
    numbers: Comparison
    verdict: str
    counted: str
    moves: tuple[str, ...]
    alone: tuple[str, ...]
    blame: tuple[str, ...]
    changed: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """All runs, each compared with the first.

    Attributes
    ----------
    title : str
        Of the case; harmless text.
    fits : tuple of Fit
    labels : tuple of str
        Name of each run.
    pairs : tuple of Told
        One for each run but the first.
    """

    title: str
    fits: tuple[Fit, ...]
    labels: tuple[str, ...]
    pairs: tuple[Told, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why an error may be wrong, each said once."""
        return tuple(dict.fromkeys(text for pair in self.pairs for text in pair.doubts))


def compared(fits: Sequence[Fit], runs: Sequence[str | Path]) -> Compared:
    """Compare each run with the first.

    Parameters
    ----------
    fits : sequence of Fit
        Two or more runs of one case.
    runs : sequence of path
        Their folders, for their names.

    Returns
    -------
    Compared

    Raises
    ------
    EstimateError
        As `estimate.model.comparison.compare`.
    """
    labels = words.labels(runs)
    pairs = []
    for fit, label in zip(fits[1:], labels[1:], strict=True):
        told, names = compare(fits[0], fit), words.Names(labels[0], label)
        pairs.append(Told(
            names, told, words.verdict(told, names), words.counted(told), words.moves(told),
            words.alone(told, names), words.blame(told, names), words.changed(told.changes),
            words.doubts(told, names)))
    return Compared(plain(fits[0].case.title), tuple(fits), tuple(labels), tuple(pairs))


def to_dict(made: Compared) -> dict[str, Any]:
    """Give everything as JSON can hold it; numbers are not rounded."""
    return {
        "tool": "estimate", "schema": SCHEMA, "kind": "comparison",
        "case": made.fits[0].case.id, "false_alarm": FALSE_ALARM,
        "runs": [{"name": label, "as_of": str(fit.as_of), "seed": fit.account["seed"],
                  "draws_sha256": fit.account["draws_sha256"],
                  "ok": fit.account["diagnostics"]["ok"]}
                 for label, fit in zip(made.labels, made.fits, strict=True)],
        "comparisons": [_pair(pair) for pair in made.pairs],
    }


def _pair(pair: Told) -> dict[str, Any]:
    told = pair.numbers
    return {
        "first": pair.names.first, "second": pair.names.second, "verdict": pair.verdict,
        "differs": bool(len(told.moved)), "same_draws": told.same_draws,
        "threshold": told.threshold, "n_compared": int(told.table["counted"].sum()),
        "smallest_ess": _finite(told.smallest_ess),
        "moves": pair.moves, "blame": pair.blame, "alone": pair.alone, "doubts": pair.doubts,
        "changes": [asdict(change) for change in told.changes],
        "claims": [{"claim": each.claim, "kind": each.kind,
                    "run": pair.names.second if each.of_second else pair.names.first,
                    "influence": _finite(each.row["influence"]),
                    "pareto_k": _finite(each.row["pareto_k"])} for each in told.suspects],
        "differences": [{name: _finite(value) for name, value in row.items()}
                        for row in rows_of(_plain_days(told.table))],
    }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _plain_days(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(date=table["date"].dt.strftime("%Y-%m-%d"))


def differences_csv(made: Compared) -> str:
    """Give every figure that was compared, one a row."""
    frames = [_plain_days(pair.numbers.table).assign(run=pair.names.second)
              for pair in made.pairs]
    whole = pd.concat(frames, ignore_index=True)
    names = ["run", *(name for name in whole.columns if name != "run")]
    return whole[names].to_csv(index=False, lineterminator="\n")


def document(made: Compared) -> tuple[dict[str, Any], dict[str, Figure]]:
    """Give what page and Markdown say, and the figures by name."""
    figures, sections = {}, []
    several = len(made.pairs) > 1
    for number, pair in enumerate(made.pairs, 2):
        name = f"compare-{number}"
        figures[name] = comparison_charts.figure(name, pair.numbers, pair.names)
        against = f"{pair.names.second} against {pair.names.first}: " if several else ""
        sections += [
            Section(f"moved-{number}", say.capital(f"{against}what moved"),
                    (pair.counted, *pair.alone), pair.moves, (name,), (_moved(pair),)),
            Section(f"claims-{number}", say.capital(f"{against}which claims are behind it"),
                    pair.blame or ("Nothing is to be explained.",),
                    tables=(_suspects(pair),) if pair.numbers.suspects else ()),
            Section(f"changed-{number}", say.capital(f"{against}what changed"), (), pair.changed,
                    tables=(_changes(pair),) if pair.numbers.changes else ()),
        ]
    return {
        "title": f"{say.several(len(made.fits), 'run')} compared: {made.title}",
        "lead": [pair.verdict for pair in made.pairs], "alarms": made.doubts,
        "runs": _runs(made), "sections": sections}, figures


def html(made: Compared) -> str:
    """Give the page: one file that asks for nothing."""
    told, figures = document(made)
    return render.page("compare.html.j2", {"d": told, "figures": figures})


def paper(made: Compared) -> str:
    """Give the Markdown twin; it shows the drawings in `figures/`."""
    told, figures = document(made)
    return render.sheet("compare.md.j2", {"d": told, "figures": figures, "folder": "figures"})


def write_comparison(made: Compared, out: Path | str) -> Path:
    """Write page, Markdown twin, drawings, table and JSON into one folder, swapped in whole.

    Parameters
    ----------
    made : Compared
    out : path
        Folder; an older comparison of ours is replaced, anything else is refused.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        The folder holds anything else, or cannot be written.
    """

    def fill(folder: Path) -> None:
        texts = {"index.html": html(made), "compare.md": paper(made),
                 TABLE: differences_csv(made)}
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        (folder / "figures").mkdir()
        for figure in document(made)[1].values():
            for name, raw in render.drawings(figure).items():
                (folder / "figures" / name).write_bytes(raw)

    return write_folder(out, to_dict(made), fill, ACCOUNT)


def _runs(made: Compared) -> Table:
    rows = []
    for place, (label, fit) in enumerate(zip(made.labels, made.fits, strict=True)):
        row = tables.total_of(fit.totals(), fit.case.headline)
        spoken = fit.identification()["n_origins"] >= MIN_ORIGINS
        rows.append(Row((
            text_cell(label, "the others are compared with it" if not place else ""),
            text_cell(say.short_day(fit.as_of)),
            number_cell(str(fit.evidence.counts()["used"])),
            number_cell(say.span(*tables.interval(row, say.INTERVAL)) if spoken else "withheld",
                        f"median {say.count(row['median'])}" if spoken else
                        f"fewer than {MIN_ORIGINS} origins"),
            text_cell(str(fit.account["seed"]),
                      f"{fit.account['chains']} × {fit.account['draws']:,} draws"),
            text_cell("ok" if fit.account["diagnostics"]["ok"] else "failed"))))
    noun = say.capital(say.noun(made.fits[0].case.headline))
    return tables.table(
        f"{noun}: 90% interval, cumulative to each run's own as-of day. Checks: of the sampler.",
        ("Run", "As of", "Claims used", "Range", "Seed", "Checks"), rows)


def _moved(pair: Told) -> Table:
    rows = []
    told = pair.numbers
    for quantity in told.quantities:
        for statistic, name in STATISTICS.items():
            mine = told.table[(told.table["quantity"] == quantity) & told.table["counted"]
                              & (told.table["statistic"] == statistic)]
            if mine.empty:
                continue
            worst = rows_of(mine.sort_values("errors", key=abs, ascending=False,
                                             kind="stable"))[0]
            change = 100 * (worst["second"] / worst["first"] - 1)
            error = say.ratio(100 * worst["mcse"] * worst["second"] / worst["first"])
            rows.append(Row((
                text_cell(say.capital(say.noun(quantity)), name),
                number_cell(f"{int(mine['moved'].sum())} of {len(mine)}"),
                text_cell(say.short_day(worst["date"])),
                number_cell(f"{say.count(worst['first'])} → {say.count(worst['second'])}"),
                number_cell(words.shift(change), f"± {error}"),
                number_cell(f"{abs(worst['errors']):.1f}")), faint=not mine["moved"].any()))
    return tables.table(
        "Each figure on the day on which the runs lie the most Monte Carlo errors apart. Change: "
        "in percent, with one Monte Carlo error. Grey: no difference beyond Monte Carlo error.",
        ("Figure", "Days that moved", "Most on", "From → to", "Change", "Errors"), rows)


def _suspects(pair: Told) -> Table:
    rows = [Row((
        text_cell(plain(each.claim), words.KINDS[each.kind]),
        text_cell(words.claim_words(each.row)),
        text_cell(pair.names.second if each.of_second else pair.names.first),
        number_cell(words.effect(each.row)))) for each in pair.numbers.suspects[:MOST_ROWS]]
    return tables.table(
        "Claims that the runs do not hear alike. Effect: what leaving out this claim alone would "
        "do to the median of the headline on the as-of day of the run named, by importance "
        "weights.", ("Claim", "States", "Told of", "Effect"), rows)


def _changes(pair: Told) -> Table:
    every = pair.numbers.changes
    rows = [Row((
        text_cell(plain(change.name), change.where),
        text_cell(change.kind, plain(change.column)),
        text_cell(words.cell(change.before)), text_cell(words.cell(change.after))))
        for change in every[:MOST_ROWS]]
    caption = "Everything that differs beside the draws."
    if len(every) > MOST_ROWS:
        caption = (f"The first {MOST_ROWS} of {len(every):,} differences beside the draws; "
                   f"{ACCOUNT} has all.")
    return tables.table(caption, ("What", "How", "Before", "After"), rows)
