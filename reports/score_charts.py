"""Pictures of the tool's own score: coverage, where truths fell, simpler methods, every case."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import altair as alt
from scipy.stats import binom, t

from estimate.model.scorefile import LEAST, ScoredCase, Scores
from estimate.model.scores import binomial_interval

from . import sentences as say
from .figures import NARROW, Figure, Sheets, haloed
from .palette import light
from .spans import PERCENT, Scale, Span, spans
from .trust_words import levels_title, misses, rate, signed

GROUPS = {"by_confidence": "truth", "by_route": "route", "by_victim": "victims",
          "by_claims": "claims", "by_lag": "last claim", "by_era": "time"}
CONFIDENCE = {"high_medium": "settled", "low": "contested"}
ORDER = ("up to 2 days", "3 to 30 days", "over 30 days", "before 1946", "1946 to 1999",
         "2000 and later")
TENTHS = tuple(i / 10 for i in range(11))
SHORT_LIST = 10  # groups that hold fewer cases are drawn pale


def levels(name: str, coverage: Mapping[str, Mapping[str, float]], of: str) -> Figure:
    """Coverage by level, wanted against found.

    Parameters
    ----------
    name : str
        Stem of its files.
    coverage : dict
        By level in percent: `rate`, `low`, `high`.
    of : str
        Whose: `31 resolved cases`.
    """
    rows = [Span(f"{level}% interval", found["low"], found["high"], found["rate"], rate(found),
                 wanted=float(level) / 100) for level, found in coverage.items()]
    return spans(
        name, levels_title(coverage),
        f"{say.capital(of)}: share of truths inside each interval, with the exact 95% interval of "
        "that share. Tick: what the level promises.",
        "Share of truths inside each interval: "
        + "; ".join(f"{level}%: {rate(found)}" for level, found in coverage.items()) + ".",
        rows, PERCENT)


def in_order(parts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Give groups in the order in which they are read: by time, else by name."""
    return sorted(parts.items(), key=lambda item: (
        ORDER.index(item[0]) if item[0] in ORDER else -1, item[0]))


def group_name(group: str, name: str) -> str:
    """Give the name of a group of cases: `route: famous`."""
    return f"{GROUPS[group]}: {CONFIDENCE.get(name, name)}"


def groups(scores: Scores) -> Figure:
    """Coverage of the 90% interval by group of cases."""
    rows = []
    for group in GROUPS:
        for name, part in in_order(scores.groups[group]):
            found = part["coverage"]["90"]
            off = "90" in misses({"90": found})
            rows.append(Span(
                f"{group_name(group, name)} ({part['n_cases']})", found["low"], found["high"],
                found["rate"], rate(found),
                ink="adversary" if off else "line", pale=part["n_cases"] < SHORT_LIST))
    missed = [row.name for row in rows if row.ink == "adversary"]
    title = (f"In {len(missed)} of {len(rows)} groups the 90% interval held the truth clearly too "
             "often or too seldom" if missed else
             "In no group did the 90% interval clearly hold the truth too often or too seldom")
    return spans(
        "groups", title, "Share of truths inside the 90% interval with its exact 95% interval, by "
        "group; in brackets the cases. Dashed: 90%. Orange: the interval leaves 90% out. Pale: "
        f"fewer than {SHORT_LIST} cases.",
        f"Coverage of the 90% interval by group. {'; '.join(missed) or 'None'} off.", rows,
        replace(PERCENT, rule=0.9, ticks=TENTHS,
                ends=(math.floor(10 * min(row.low for row in rows)) / 10, 1.0)))


def methods(scores: Scores) -> Figure:
    """Paired differences in log-CRPS to simpler methods, points also with their own spread."""
    compared = {**{f"{name}, with spread": scores.spread[name] for name in scores.spread},
                **{name: {**scores.baselines[name], **part}
                   for name, part in scores.paired.items()}}
    rows, gains = [], []
    for name, part in sorted(compared.items(), key=lambda item: item[1]["difference"] or 0.0):
        if part["se"] is None:
            continue
        reach = part["se"] * float(t.ppf(0.975, part["n_conflicts"] - 1))
        rows.append(Span(
            f"{name} ({part['log_crps']:.2f})", part["difference"] - reach,
            part["difference"] + reach, part["difference"],
            f"{signed(part['difference'])}, standard error {part['se']:.3f}",
            ink="line" if part["difference"] + reach < 0 else "adversary"))
        gains.append((-part["difference"] / part["se"], name))
    conflicts = max((part["n_conflicts"] for part in compared.values()), default=0)
    return spans(
        "methods", _methods_title(gains),
        f"Mean difference in log-CRPS on the same cases, with 95% intervals clustered by conflict "
        f"({conflicts} conflicts); left of 0 this tool ({scores.total['log_crps']:.2f}) is better. "
        "In brackets the method's own log-CRPS. With spread: a single number as a normal about "
        "it, as wide as its errors in all other conflicts. Orange: could be chance.",
        "Difference in log-CRPS to simpler methods: "
        + "; ".join(f"{row.name} {row.says}" for row in rows) + ".", rows,
        Scale("difference in log-CRPS: left of 0 this tool is better", "+.2f",
              (-0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2), rule=0.0))


def _methods_title(gains: Sequence[tuple[float, str]]) -> str:
    """Say by how many standard errors the closest comparison is won, or how many are lost."""
    if not gains:
        return "No simpler method could be compared"
    (least, name), lost = min(gains), sum(gain <= 0 for gain, _ in gains)
    if lost:
        return (f"Ahead in {len(gains) - lost} of {len(gains)} comparisons with simpler methods, "
                f"behind {name}")
    return (f"Ahead of every simpler method in log-CRPS, by {least:.1f} standard errors or more "
            f"(least of {name})")


def pit(scores: Scores) -> Figure:
    """Where the truths fell in the estimates: ten bins, alike tall if all is well."""
    n, bins = sum(scores.pit), len(scores.pit)
    low, high = (float(binom.ppf(tail, n, 1 / bins)) for tail in (0.025, 0.975))
    rows = [{"from": i / bins, "to": (i + 1) / bins, "n": count}
            for i, count in enumerate(scores.pit)]
    outside = [count for count in scores.pit if not low <= count <= high]
    middle = sum(scores.pit[bins // 4 + 1:bins - bins // 4 - 1])
    even = n * (bins - 2 * (bins // 4 + 1)) / bins
    lean = ("too many in the middle: intervals are wider than they need be" if middle > even
            else "too many at the ends: intervals are too narrow")
    title = ("Truths fell evenly over the estimates" if not outside else
             f"{say.capital(say.several(len(outside), 'bin'))} of {bins} beyond chance; {lean}")
    sheets = Sheets()

    def draw(width: int) -> tuple[Any, float]:
        x = alt.X("from:Q", title="place of the truth in the estimate (0: below all of it)",
                  scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=5))
        y = alt.Y("n:Q", title="cases", axis=alt.Axis(tickCount=5))
        bars = sheets.chart("bins", rows).mark_bar(color=light("band"), opacity=0.8).encode(
            x=x, x2="to:Q", y=y, y2=alt.datum(0), tooltip=[alt.Tooltip("n:Q", title="Cases")])
        lines = [sheets.chart(f"line{i}", [{"at": at}])
                 .mark_rule(color=light("ink"), strokeDash=dash, strokeWidth=1.2)
                 .encode(y=alt.Y("at:Q", title="cases"))
                 for i, (at, dash) in enumerate(((n / bins, [1, 0]), (low, [4, 3]),
                                                 (high, [4, 3])))]
        return alt.layer(bars, *lines), 220

    return sheets.figure(
        "pit", title, f"{n} cases by where the settled truth lay in the estimate (probability "
        "integral transform). Line: even; dashed: what chance allows a bin in 19 cases of 20.",
        f"Cases a bin, from below the estimate to above it: {', '.join(map(str, scores.pit))}.",
        10, draw)


def every_case(cases: Sequence[ScoredCase]) -> Figure:
    """Each case's 90% interval and median, divided by the truth, sorted by the median."""
    rows: list[dict[str, Any]] = []
    for row in sorted(cases, key=lambda row: row.median / max(row.truth, LEAST)):
        (low, high), truth = row.intervals[2], max(row.truth, LEAST)
        bottom, top = (math.exp(end) / truth for end in row.band)
        missed = row.inside(0.9) < 1
        rows.append({
            "name": row.case, "low": low / truth, "high": high / truth,
            "median": row.median / truth, "bottom": bottom, "top": top,
            "ink": light("adversary" if missed else "line"), "strength": 1.0 if missed else 0.7,
            "says": f"{say.span(low, high)}, median {say.count(row.median)}; settled at "
                    f"{say.stated(row.truth)}", "place": len(rows)})
    shares = [row.inside(0.9) for row in cases]
    whole, part = sum(share == 0 for share in shares), sum(0 < share < 1 for share in shares)
    held = sum(row.inside(0.9) for row in cases)
    low, high = binomial_interval(held, len(cases))
    sheets = Sheets()

    def draw(width: int) -> tuple[Any, float]:
        narrow = width == NARROW
        x: dict[str, Any] = {
            "scale": alt.Scale(type="log", nice=False),
            "title": None if narrow else "estimate ÷ settled truth (log scale)",
            "axis": alt.Axis(values=[0.01, 0.1, 0.5, 1, 2, 10, 100, 1000], format="~r",
                             orient="top", titleAnchor="start", labelExpr="'×' + datum.label")}
        base = sheets.chart("cases", rows).encode(y=alt.Y(
            "place:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0.5)))
        ink = alt.Color("ink:N", scale=None, legend=None)
        strength = alt.Opacity("strength:Q", scale=None, legend=None)
        tip = [alt.Tooltip("name:N", title="Case"), alt.Tooltip("says:N", title="Estimate")]
        named = base.encode(x=alt.XValue(0), text=alt.Text("name:N"), color=ink)
        return alt.layer(
            sheets.chart("line", [{"at": 1.0}])
            .mark_rule(color=light("ink"), strokeDash=[4, 3], strokeWidth=1.2)
            .encode(x=alt.X("at:Q", **x)),
            base.mark_bar(color=light("ghost"), height=7).encode(
                x=alt.X("bottom:Q", **x), x2=alt.X2("top:Q")),
            base.mark_rule(strokeWidth=2).encode(
                x=alt.X("low:Q", **x), x2=alt.X2("high:Q"), color=ink, opacity=strength,
                tooltip=tip),
            base.mark_point(filled=True, size=24, opacity=1).encode(
                x=alt.X("median:Q", **x), color=ink, opacity=strength, tooltip=tip),
            *haloed(named, 8 if narrow else 10, align="right", dx=-8,
                    limit=96 if narrow else 180),
        ), 12 * len(rows)

    return sheets.figure(
        "cases", f"{whole or 'None'} of {len(rows)} truths lay outside the 90% interval"
        + (f", and {part} contested ones in part" if part else ""),
        "Each case's 90% interval and median divided by its settled truth, sorted. Orange: the "
        "interval misses the truth, or a part of its band where it is contested (grey bar). Held: "
        f"{say.percent(held / len(rows))} (exact 95% interval {say.percent(low)} to "
        f"{say.percent(high)}).",
        "Intervals of every case against its truth. Outside: "
        + ", ".join(row["name"] for row in rows if row["strength"] == 1.0) + ".", 10, draw)
