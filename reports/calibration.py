"""The calibration page: what history says of sources, and how the tool did on settled truths."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimate.data.problems import OutputError
from estimate.model.diagnostics import MAX_RHAT, MIN_ESS
from estimate.model.habits import Habit, habits
from estimate.model.learned import ALL, History
from estimate.model.scorefile import ScoredCase, Scores
from estimate.model.trust import CLEARLY, COVERAGE_BARS, VICTIMS, Bar, bars

from . import history_charts, render, score_charts
from . import sentences as say
from .figures import Figure
from .glossary import entries
from .history_words import FEW, early_words, ratio_words, told_words
from .inert import plain
from .tables import Cell, Row, Table, number_cell, table, text_cell
from .trust_words import BASIS, rate, signed

WORST = 10
LIMITS = (
    "Each case was fitted with the route by which it came into the library, which is known only "
    "afterwards: a case is famous because its figures were wrong. A new case takes the three "
    "routes alike unless told; docs/method.md, 7, has the score of that.",
    "Priors for an old case were learned from all other conflicts, later ones included; sides that "
    "fought again under another name stand in other conflicts.",
    "Cases of one conflict lean on each other, and all cases of a fold on one prior. Intervals of "
    "rates take the cases for independent, so they are too narrow; those called exact are so only "
    "where truths are settled. Standard errors of differences are clustered by conflict, not by "
    "fold.",
    "A single number has no interval: its log-CRPS is its absolute error. With spread, it is a "
    "normal about that number, as wide as the method's errors in all other conflicts. The method "
    "with an interval of its own is the zero-mean-bias model.",
    "The model was changed after earlier scores on these cases had been seen: that sources of one "
    "relation move together by route was added because ordinary events scored worse than their "
    "latest claim. Cases that nobody has seen are the better test.",
    "Kinds of source are by relation and victim, and what a military loses in equipment (aircraft, "
    "ships, tanks) stands with its soldiers: each row says how many of its cases are of equipment.",
)
UNSCORED = (
    "These priors have not been scored: the scores that ship are of another library. “estimate "
    "backtest” scores the library that ships, with --on DIR and --priors FILE any other.")


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its name and title, words, a list, figures by name, and tables."""

    name: str
    title: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The page before markup."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def document(history: History, scores: Scores | None) -> tuple[Document, dict[str, Figure]]:
    """Gather what the page says, and draw its figures.

    Parameters
    ----------
    history : History
        From `read_learned`.
    scores : Scores or None
        From `read_scores`; None where these priors have not been scored.

    Returns
    -------
    Document
    dict of str to Figure
        By name.
    """
    told = habits(history)
    drawn = [history_charts.ratios(told), history_charts.early(told)]
    sections = [_sources(told), _early(told), Section(
        "telling", "How figures are told", points=tuple(told_words(history)))]
    lead = [
        f"How sources err was learned from {say.several(_learned_from(history), 'resolved case')}, "
        "whose truth was settled later. Bias is claim divided by truth; it is not a word for "
        "lying.", *_mixing(history), f"Learned on {history.provenance['made']}, library "
        f"{str(history.provenance.get('library_fingerprint', '–'))[:12]}."]
    if scores is None:
        lead.append(UNSCORED)
    else:
        name = say.several(len(scores.cases), "resolved case")
        drawn += [score_charts.levels("coverage", scores.total["coverage"], name),
                  score_charts.pit(scores), score_charts.groups(scores),
                  score_charts.methods(scores), score_charts.every_case(scores.cases)]
        found = scores.total["coverage"]["90"]
        lead.append(f"{BASIS} Over {name} the 90% interval held the settled truth at a rate of "
                    f"{rate(found)}.")
        sections = [_bars(scores), Section("limits", "What these scores do not show",
                                           points=LIMITS),
                    _score(scores), _methods(scores), *sections, _worst(scores),
                    Section("cases", "Every case", (
                        _zero(scores),), figures=("cases",)),
                    Section("glossary", "Words", points=entries())]
    return (Document("How far to trust the estimates", tuple(lead), tuple(sections)),
            {figure.name: figure for figure in drawn})


def _learned_from(history: History) -> int:
    whole = history.provenance.get("diagnostics", {}).get(ALL, {})
    return int(whole.get("n_cases", len(history.cases)))


def _mixing(history: History) -> list[str]:
    """Say how well the learning was sampled; nothing where the file does not tell."""
    runs = [run for run in history.provenance.get("diagnostics", {}).values() if "max_rhat" in run]
    if not runs:
        return []
    rhat, ess = max(run["max_rhat"] for run in runs), min(run["min_ess"] for run in runs)
    told = ("" if rhat < MAX_RHAT and ess > MIN_ESS else
            f" That is short of what is asked of a fit ({MAX_RHAT} and {MIN_ESS}): the centre of a "
            "prior may be off by a part of its own spread.")
    return [f"Over the {say.several(len(runs), 'run')} of the learning, R-hat is at most "
            f"{rhat:.3f}, and the smallest effective number of draws of any parameter is "
            f"{ess:.0f}.{told}"]


def _sources(told: list[Habit]) -> Section:
    rows = [Row((
        text_cell(say.capital(say.relation(habit.relation)), VICTIMS[habit.victim]),
        number_cell(str(habit.cases.n), f"{habit.cases.equipment} of them equipment"
                    if habit.cases.equipment else ""), number_cell(say.ratio(habit.ratio.median)),
        number_cell(say.ratio_span(habit.ratio.q10, habit.ratio.q90)),
        number_cell(say.ratio_span(habit.ratio.q05, habit.ratio.q95)),
        number_cell(say.ratio(habit.early.median)),
        number_cell(say.ratio_span(habit.early.q05, habit.early.q95))),
        faint=habit.cases.n < FEW) for habit in told]
    firm = [habit for habit in told if habit.cases.n >= FEW]
    return Section(
        "sources", "What history says of each kind of source",
        ("What a source of a new case states, divided by the truth: the bias of its kind, the "
         "error that all sources of a case share, and how sources differ. The scatter of its "
         "single figures comes on top.",),
        tuple(map(ratio_words, firm)), ("ratios",),
        (table(f"Claim divided by truth, and a figure told at once divided by what it comes to in "
               f"the end. Grey: fewer than {FEW} cases, so mostly lent by neighbours.",
               ("Who, on whom", "Cases", "Typical", "80%", "90%", "At once", "At once, 90%"),
               rows),))


def _early(told: list[Habit]) -> Section:
    firm = [habit for habit in told if habit.cases.n >= FEW]
    return Section(
        "early", "Early figures",
        ("Counts made at once miss losses, or count them twice; the shortfall fades with the days "
         "from the loss to its publication.",),
        tuple(map(early_words, firm)), ("early",))


def _shown(bar: Bar) -> tuple[str, str]:
    """Give what was found and what was asked, as text."""
    if bar.asked.startswith("coverage"):
        return say.percent(bar.found), f"{say.percent(bar.low)} to {say.percent(bar.high)}"
    if bar.high == float("inf"):
        return f"{bar.found:.1f}", f"at least {bar.low:.0f}"
    return f"{bar.found:.3f}", f"at most {bar.high:.2f}"


def _bars(scores: Scores) -> Section:
    found = bars(scores)
    failed = [bar for bar in found if not bar.held]
    words = ([f"{len(failed)} of {len(found)} are not met: "
              + "; ".join(f"{bar.asked} is {_shown(bar)[0]} ({_shown(bar)[1]} is asked)"
                          for bar in failed) + "."] if failed
             else [f"All {len(found)} are met."])
    words.append(_permuted(scores))
    return Section(
        "bars", "What is asked, and what was found", tuple(words), tables=(table(
            "log-CRPS is a distance on the log scale, 0 is best; for a single number it is its "
            f"absolute error. Coverage is asked of the {' and '.join(COVERAGE_BARS)}% intervals.",
            ("Asked", "Found", "Bar", "Met"),
            [Row((text_cell(say.capital(bar.asked)), number_cell(_shown(bar)[0]),
                  number_cell(_shown(bar)[1]), text_cell("yes" if bar.held else "no")),
                 faint=bar.held) for bar in found]),))


def _permuted(scores: Scores) -> str:
    if not scores.permuted:
        return ("Shuffled relations are not in these scores: “estimate backtest "
                "--permute-relations --out FILE” adds them.")
    gap = scores.permuted["paired"]
    clear = gap["difference"] > CLEARLY * gap["se"]
    return (f"With the relations shuffled among the sources, log-CRPS becomes "
            f"{scores.permuted['log_crps']:.3f} in place of {scores.total['log_crps']:.3f}: "
            f"{signed(gap['difference'])}, standard error {gap['se']:.3f} (clustered by "
            "conflict). So what is learned of relations "
            f"{'helps, not the width alone' if clear else 'does not clearly help'}.")


def _numbers(part: Mapping[str, Any]) -> tuple[Any, ...]:
    levels = part["coverage"]
    return (number_cell(str(part["n_cases"])),
            *(number_cell(say.percent(levels[level]["rate"])) for level in ("50", "80")),
            number_cell(say.percent(levels["90"]["rate"]),
                        f"{say.percent(levels['90']['low'])} to "
                        f"{say.percent(levels['90']['high'])}"),
            number_cell(say.percent(levels["95"]["rate"])),
            number_cell(f"{part['log_crps']:.3f}"),
            number_cell(f"{part['median_abs_log_error']:.2f}"),
            number_cell(say.ratio(part["interval_factor"])))


COLUMNS = ("Cases", "Number", "50%", "80%", "90%", "95%", "log-CRPS", "Median error",
           "Interval factor")


def _score(scores: Scores) -> Section:
    rows = [Row((text_cell("All"), *_numbers(scores.total)))]
    rows += [Row((text_cell(say.capital(score_charts.group_name(group, name))), *_numbers(part)),
                 faint=part["n_cases"] < score_charts.SHORT_LIST)
             for group in score_charts.GROUPS
             for name, part in score_charts.in_order(scores.groups[group])]
    vintages = [Row((text_cell(say.capital(name)), *_numbers(part)))
                for name, part in score_charts.in_order(
                    {name: part for name, part in scores.vintages.items() if name != "n"})
                if part["n_cases"]]
    return Section(
        "score", "How often the intervals hold", figures=("coverage", "pit", "groups"), tables=(
            table("Share of truths inside each interval (below 90%: exact 95% interval); error of "
                  "the median on the log scale; upper end of the 90% interval by its lower end.",
                  COLUMNS, rows),
            table(f"Knowledge time: {say.several(int(scores.vintages['n']), 'estimate')}, one for "
                  "each day on which a claim was published, by days from the case's end to the "
                  "last claim then in view. Estimates of one case are not independent: the true "
                  "95% intervals are wider.", ("Last claim in view", "Estimates", *COLUMNS[2:]),
                  vintages)))


def _methods(scores: Scores) -> Section:
    rows = []
    for name, part in sorted(scores.baselines.items(), key=lambda item: item[1]["log_crps"]):
        spread = scores.spread.get(name)
        rows.append(Row((
            text_cell(name), number_cell(f"{part['log_crps']:.3f}"), _gap(scores.paired[name]),
            number_cell(f"{spread['log_crps']:.3f}" if spread else "–"),
            _gap(spread) if spread else number_cell("–"),
            number_cell(f"{part['median_abs_log_error']:.2f}"))))
    better = [name for name, part in scores.baselines.items()
              if part["median_abs_log_error"] < scores.total["median_abs_log_error"]]
    words = (f"The median of this tool is off by {scores.total['median_abs_log_error']:.2f} on the "
             "log scale in the middle case; " + (
                 f"{say.listed(better)} {'do' if len(better) > 1 else 'does'} better in that. "
                 "The gain lies in the width and the extremes." if better else
                 "no simpler method does better in that."))
    return Section(
        "methods", "Against simpler methods", (words,), figures=("methods",), tables=(
            table("On the same cases. Difference: this tool less the method, with its standard "
                  f"error clustered by conflict ({_conflicts(scores)} conflicts); below 0 this "
                  "tool is better. As it is: a method that gives one number is scored by its "
                  "absolute error. With spread: as a normal about that number, as wide as the "
                  "method's errors in all other conflicts. Words are explained at the end of the "
                  "page.", ("Method", "log-CRPS as it is", "Difference", "log-CRPS with spread",
                            "Difference", "Median error"), rows),))


def _gap(found: Mapping[str, Any]) -> Cell:
    if found["difference"] is None:
        return number_cell("–")
    return number_cell(signed(found["difference"]),
                       "" if found["se"] is None else f"± {found['se']:.3f}")


def _conflicts(scores: Scores) -> int:
    return max((int(found["n_conflicts"]) for found in scores.paired.values()), default=0)


def why(row: ScoredCase) -> str:
    """Say why a case went wrong: who spoke, when, and how far off the claims themselves were."""
    who = say.listed([say.relation(name) for name in row.relations])
    words = f"{say.several(row.n_claims, 'claim')} by {who}"
    if row.told_low == row.told_low and row.truth > 0:
        low, high = row.told_low / row.truth, row.told_high / row.truth
        side = ("all above the truth" if low > 1 else "all below the truth" if high < 1 else
                "on both sides of the truth")
        words += f", {say.ratio_span(low, high)} times the truth"
        words += f" ({side})" if row.n_claims > 1 else ""
    when = ("on the last day or before" if row.lag_days <= 0 else
            f"{say.several(row.lag_days, 'day')} after the end")
    return f"{words}; the last {when}"


def _worst(scores: Scores) -> Section:
    rows = []
    for row in sorted(scores.cases, key=lambda row: -row.log_crps)[:WORST]:
        low, high = row.intervals[2]
        rows.append(Row((
            text_cell(plain(row.title), plain(row.case)), number_cell(say.stated(row.truth)),
            number_cell(say.count(row.median), say.span(low, high)),
            number_cell(f"{row.log_crps:.2f}"), text_cell(why(row)))))
    return Section(
        "worst", f"The worst {len(rows)}", tables=(table(
            "By log-CRPS, worst first; below the median its 90% interval.",
            ("Case", "Settled at", "Estimate", "log-CRPS", "Why"), rows),))


def _zero(scores: Scores) -> str:
    found = scores.zero
    if not found.get("n_cases"):
        return "No case is left out."
    return (f"No case is left out, save {found['n_cases']} with a truth of zero, which have no "
            "ratio. Scored on log(x + 1), their 90% intervals held the truth at a rate of "
            f"{rate(found['coverage']['90'])}; log-CRPS {found['log_crps']:.2f}.")


def text(history: History, scores: Scores | None, folder: str) -> str:
    """Give the page as Markdown; it shows the drawings in `folder`."""
    made, figures = document(history, scores)
    return render.sheet(
        "calibration.md.j2", {"d": made, "figures": figures, "folder": folder})


def write_page(path: Path, history: History, scores: Scores | None) -> None:
    """Write the page as one HTML file that asks for nothing.

    Parameters
    ----------
    path : Path
        File to write.
    history, scores
        As for `document`.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    made, figures = document(history, scores)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(render.page("calibration.html.j2", {"d": made, "figures": figures}),
                        encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(f"{path}: cannot be written ({reason}); name another file") from error


def write_pictures(folder: Path, history: History, scores: Scores | None) -> None:
    """Write every drawing of the page as SVG and PNG into an existing folder."""
    for figure in document(history, scores)[1].values():
        for name, raw in render.drawings(figure).items():
            (folder / name).write_bytes(raw)
