"""Everything the report says, as one frozen object, before any markup.

This is the only module of the reports that reads a fit. Text from the case is made harmless here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from estimate.data.fingerprint import row_hashes
from estimate.data.words import EQUIPMENT, QUANTITIES
from estimate.model.findings import MAX_PARETO_K
from estimate.model.identify import MOSTLY_ASSUMPTION
from estimate.model.learned import read_learned
from estimate.model.scorefile import read_scores
from estimate.model.trust import Trust, trust

from . import (
    assumptions,
    claim_tables,
    history_words,
    move_words,
    movers,
    passages,
    quiet_words,
    tables,
    trust_words,
)
from . import sentences as say
from .foremost import foremost
from .inert import named, plain, prose
from .records import Finding, Foremost, Headline, Remark, Tested
from .series import Together, together
from .tables import Table
from .vintage_words import Known, known

_WORST_FIRST = {"fail": 0, "doubt": 1, "ok": 2}
_MEANINGS = {**QUANTITIES, **EQUIPMENT}


@dataclass(frozen=True)
class Contents:
    """Numbers, tables and sentences of one report; `charts` makes its figures.

    Attributes
    ----------
    case_id, title, question, people : str
        The case; `people` is the name of the side that suffers.
    start, as_of : date
        First day of the case, and last day of publication in view.
    headline : Headline
    foremost : Foremost or None
        What moves the headline most; None where it is withheld.
    sentences : dict of str to str
        One or two sentences for each section.
    tables : dict of str to Table
    findings : tuple of Finding
        Worst first.
    remarks : tuple of Remark
    tests : tuple of Tested
    exclusions, warnings : tuple of str
    estimates, totals, sources, claims : DataFrame
        As `estimate.model.summary` gives them; unrounded.
    identification, account : dict
        As the model gives them.
    sensitivity : tuple of str
        What other assumptions would do; empty where the headline is withheld.
    movers : tuple of dict
        One a family: the case fitted again without it, with its `name`; empty where that was not
        asked for or the headline is withheld.
    trust : Trust
        The score on resolved cases like this one.
    distributions : dict of str to array
        Quantiles by quantity (days, 400), as `estimate.model.distribution` gives them.
    known : Known
        What could be known when.
    quiet : Quiet
        What the estimate holds where no claim speaks.
    """

    case_id: str
    title: str
    question: str
    people: str
    start: date
    as_of: date
    headline: Headline
    foremost: Foremost | None
    sentences: Mapping[str, str]
    tables: Mapping[str, Table]
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    tests: tuple[Tested, ...]
    exclusions: tuple[str, ...]
    warnings: tuple[str, ...]
    estimates: pd.DataFrame
    totals: pd.DataFrame
    sources: pd.DataFrame
    claims: pd.DataFrame
    identification: Mapping[str, Any]
    account: Mapping[str, Any]
    trust: Trust
    distributions: Mapping[str, Any]
    known: Known
    sensitivity: tuple[str, ...] = ()
    movers: tuple[Mapping[str, Any], ...] = ()
    together: Together = Together()
    quiet: quiet_words.Quiet = quiet_words.Quiet()
    files: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Findings that are not ok."""
        return tuple(finding for finding in self.findings if finding.verdict != "ok")


def contents(fit: Any) -> Contents:
    """Gather what the report says.

    Parameters
    ----------
    fit : estimate.model.result.Fit

    Returns
    -------
    Contents
    """
    case, when = fit.case, fit.as_of
    people = named(case.sides[0].name)
    totals, identification = fit.totals(), dict(fit.identification())
    sources, claims = _clean(fit.sources()), _claims(fit)
    claims = claims.sort_values(["published", "source", "id"], kind="stable", ignore_index=True)
    estimates = fit.estimates()
    definitions = {
        q: passages.definition(q, _MEANINGS, case.casualties_include) for q in totals["quantity"]
    }
    headline = _headline(case.headline, people, when, totals, claims, identification, definitions)
    stated = {
        row["id"]: say.figure(row["bound"], row["value"], row["low"], row["high"])
        for row in tables.rows_of(claims)
    }
    anchor_of = {claim: f"claim-{claim}" for claim in claims["id"]}
    names = dict(zip(sources["source"], sources["name"], strict=True))
    names |= {row["id"]: named(row["name"]) for row in tables.rows_of(case.sources)}
    account = dict(fit.account)
    changed = {} if headline.withheld else account.get("sensitivity", {})
    moved = movers.named({} if headline.withheld else account.get("refits", {}), names)
    company = trust(case, claims, account.get("priors", ()), read_scores(), read_learned())
    findings = tuple(sorted((_finding(f) for f in fit.findings()),
                            key=lambda f: _WORST_FIRST.get(f.verdict, 0)))
    shown = [q for q in _MEANINGS if (claims["quantity"] == q).any()]
    return Contents(
        case_id=plain(case.id),
        title=named(case.title),
        question=named(case.question),
        people=people,
        start=case.start,
        as_of=when,
        headline=headline,
        foremost=foremost(claims, moved, headline, "refits" in account),
        sentences={
            "share": passages.share_words(
                identification, "the estimate" if headline.withheld else "this range"),
            "origins": passages.origin_words(
                identification, names, claims, _roots(case.sources, claims)
            ),
            "bias": passages.bias_words(sources),
            "claims": passages.claim_words(claims),
            "checks": passages.check_words(findings),
            "movers": movers.words(moved, headline, "refits" in account, plain(case.id)),
            "recent": passages.recent_words(
                case.headline, estimates[estimates["quantity"] == case.headline], when
            ),
            "priors": history_words.learning_words(account.get("priors_learning", {})),
            "trust": trust_words.company_words(company),
            "trust doubts": " ".join(trust_words.doubts(company)),
        },
        tables={
            "estimates": tables.estimates(
                totals, definitions, when, headline.quantity if headline.withheld else ""),
            "sources": tables.sources(sources),
            "anchors": tables.anchors(sources, case.headline, when),
            "counts": claim_tables.counts(claims, shown, names),
            "claims": claim_tables.claims(claims, anchor_of),
            "priors": tables.priors(account.get("priors", ())),
            **({"sensitivity": assumptions.comparison(changed, headline)} if changed else {}),
            "movers": movers.table(moved, case.headline),
        },
        findings=findings,
        remarks=tuple(
            Remark(named(r.title), prose(r.text), plain(r.claim), anchor_of.get(plain(r.claim), ""))
            for r in case.remarks
        ),
        tests=tuple(
            _tested(fit, test, stated, set(totals["quantity"])) for test in case.tests
        ),
        exclusions=tuple(prose(text) for text in case.exclusions),
        warnings=(*(plain(problem) for problem in case.warnings),
                  *([f"{len(case.judged)} judged, see judged.csv"] if case.judged else [])),
        estimates=estimates,
        totals=totals,
        sources=sources,
        claims=claims,
        identification=identification,
        account=account,
        sensitivity=assumptions.words(
            changed, headline.median, float(identification["assumption_share"])) if changed else (),
        movers=moved,
        trust=company,
        distributions=fit.distributions(),
        together=together(fit),
        quiet=quiet_words.quiet(fit.unspoken(), _counted(totals, case.headline),
                                headline.withheld),
        files=_files(fit, estimates, sources, claims),
        known=known(case, fit.vintages(), account.get("history", {}).get("every", "claim"),
                    {row["id"]: row["influence"] for row in tables.rows_of(claims)
                     if row["pareto_k"] <= MAX_PARETO_K}),
    )


def _counted(totals: pd.DataFrame, headline: str) -> str:
    """Give the headline, or the first quantity that counts losses where it counts troops."""
    losses = [q for q in totals["quantity"] if q not in ("deployed", "returned")]
    return headline if headline in losses else str(losses[0])


def _files(fit: Any, estimates: pd.DataFrame, sources: pd.DataFrame, claims: pd.DataFrame
           ) -> dict[str, pd.DataFrame]:
    """Give what the tables for machines hold: the same of every series, one after the other."""
    others = getattr(fit, "others", ())
    own = fit.case.sides[0].id, fit.case.headline

    def of(frame: pd.DataFrame, key: tuple[str, str]) -> pd.DataFrame:
        return frame.assign(side=key[0], series=key[1])

    keys = [(one.case.sides[0].id, one.case.headline) for one in others]
    ordered = ["published", "source", "id"]
    return {
        "estimates": pd.concat([estimates, *(one.estimates() for one in others)]),
        "sources": pd.concat([of(sources, own), *(
            of(_clean(one.sources()), key) for one, key in zip(others, keys, strict=True))]),
        "claims": pd.concat([claims, *(
            _claims(one).sort_values(ordered, kind="stable") for one in others)]),
    }


def _claims(fit: Any) -> pd.DataFrame:
    """Give every claim with the hash of its row; the text harmless, the hash of what was typed."""
    found, hashes = fit.claims(), row_hashes(fit.case.claims)
    return _clean(found.assign(row_sha256=found["id"].map(hashes)))


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Copy of a table with harmless text."""
    frame = frame.copy()
    for column in frame.columns:
        if pd.api.types.is_string_dtype(frame[column]):
            make = named if column == "name" else plain
            frame[column] = frame[column].map(make).astype("str")
    return frame


def _roots(sources: pd.DataFrame, claims: pd.DataFrame) -> dict[str, list[str]]:
    """Give the other families whose figures the used sources of each family use."""
    used = sources[sources["id"].isin(claims.loc[claims["status"] == "used", "source"])]
    return {
        str(family): sorted({root for roots in part["roots"] for root in roots})
        for family, part in used.groupby("family")
    }


def _headline(
    quantity: str,
    people: str,
    when: date,
    totals: pd.DataFrame,
    claims: pd.DataFrame,
    identification: Mapping[str, Any],
    definitions: Mapping[str, str],
) -> Headline:
    row = tables.total_of(totals, quantity)
    low, high = tables.interval(row, say.INTERVAL)
    median = float(row["median"])
    withheld = int(identification["n_origins"]) < passages.FEWEST_ORIGINS
    sentence = say.headline(quantity, people, low, high, median, when)
    if withheld:
        mine = claims[(claims["quantity"] == quantity) & (claims["status"] == "used")]
        ends = pd.concat([mine["value"], mine["low"], mine["high"]]).dropna()
        sentence = passages.withheld(identification["origins"], ends, when)
    return Headline(
        quantity,
        say.INTERVAL,
        low,
        high,
        median,
        sentence,
        definitions.get(quantity, ""),
        withheld,
        float(identification["assumption_share"]) > MOSTLY_ASSUMPTION,
    )


def _finding(found: Any) -> Finding:
    table = found.table
    made = tables.from_frame("", table) if isinstance(table, pd.DataFrame) and len(table) else None
    return Finding(plain(found.name), found.verdict, plain(found.sentence), made)


def under_test(
    fit: Any,
    quantity: str,
    value: float,
    on: date,
    why: str = "",
    stated: Mapping[str, str] | None = None,
) -> Tested:
    """Put a figure to the test.

    Parameters
    ----------
    fit : estimate.model.result.Fit
    quantity : str
        One of those estimated.
    value : float
        People or things, above 0.
    on : date
        The day it stands for, up to the as-of day.
    why : str
        Why it is worth testing.
    stated : dict of str to str, optional
        Figure of each claim in words; with them the latest claims are compared too.

    Returns
    -------
    Tested
    """
    people = named(fit.case.sides[0].name)
    names = {row["id"]: named(row["name"]) for row in tables.rows_of(fit.case.sources)}
    moves, result = fit.smallest_moves(quantity, value, on), fit.test_claim(quantity, value, on)
    words = move_words.sentences(moves, names)
    if tables.total_of(fit.totals(), quantity)["prior_only"]:
        words = (passages.unspoken(quantity), *words)
    return Tested(
        f"What would have to be true for {say.stated(value)}?",
        prose(why),
        passages.test_words(result, quantity, value, on, people),
        None if stated is None else claim_tables.needed(result, quantity, value, names, stated),
        words,
        move_words.made_table(moves, names),
    )


def _tested(fit: Any, test: Any, stated: Mapping[str, str], estimated: Set[str]) -> Tested:
    value = float(test.value)
    if test.quantity not in estimated:
        title = f"What would have to be true for {say.stated(value)}?"
        return Tested(title, prose(test.why), passages.untested(test.quantity, fit.as_of))
    on = min(test.on or fit.as_of, fit.as_of)
    return under_test(fit, test.quantity, value, on, test.why, stated)
