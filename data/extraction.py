"""Claims proposed from an article: each figure with what it counts, who said it, and since when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .article import Article
from .counting import Counted, count, merged
from .figurewords import figures
from .problems import CaseError, Problem
from .sentences import Sentence, Word, sentences
from .utterance import Voice, voice_of, voices
from .when import Span, full_days, spans

__all__ = ["MAX_PROPOSALS", "Proposal", "extract"]

MAX_SENTENCES = 8_000
"""Ends of sentences and lines in one article; 120,000 characters of prose have some 1,200."""

MAX_PROPOSALS = 500
"""Claims of one article; a long report has some dozens, and more are a table in prose."""

_INFERRED = "the article's day is inferred from its text (give it with --published)"
_UNDATED = "the article's day is not known (give it with --published)"
_ENDS = re.compile(r"[.!?]\s|\n\s*")
_OWNED = re.compile(r"((?:[A-Z][\w-]*(?:['’]s)? )+)$")
_NEAR = 9
_HALF_YEAR = 183
"""Words between a verb of telling and the day on which it was told."""


@dataclass(frozen=True)
class Proposal:
    """A claim as an article states it, for an analyst to accept, mend or drop.

    Attributes
    ----------
    quantity, bound : str
        Words of the vocabulary.
    value, low, high : int or None
        The figure; low and high for a range. All are None for a share of a total that the text
        does not give.
    origin : str
        Who said it, as in the text; '' when nobody is cited.
    via : tuple of str
        Through whom.
    published : date or None
        When it was said: the day that the text gives for it, else the article's own.
    as_of, from_ : date or None
        Last and first day that the figure covers; the first is None where the text gives none.
    start, end : int
        Place of the evidence in the article's text: ``text == article.text[start:end]``.
    text : str
        The evidence: the figure, and the word that says what it counts.
    ambiguity : tuple of str
        Words of the vocabulary.
    scope : str
        ``all``, ``part``, ``increment`` or ``planned``.
    confidence : str
        A word of the vocabulary.
    note : str
        What was inferred, and what is open.
    evidence : str
        The whole sentence.
    """

    quantity: str
    bound: str
    value: int | None
    low: int | None
    high: int | None
    origin: str
    via: tuple[str, ...]
    published: date | None
    as_of: date | None
    from_: date | None
    start: int
    end: int
    text: str
    ambiguity: tuple[str, ...] = ()
    scope: str = "all"
    confidence: str = "high"
    note: str = ""
    evidence: str = ""
    again: bool = False
    """True for `the 600`, which speaks of a figure told before."""

    def record(self) -> dict[str, Any]:
        """Give the proposal as JSON has it: days as text, the span as two places."""
        return {
            "quantity": self.quantity,
            "bound": self.bound,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "origin": self.origin,
            "via": list(self.via),
            "published": _iso(self.published),
            "as_of": _iso(self.as_of),
            "from": _iso(self.from_),
            "span": [self.start, self.end],
            "text": self.text,
            "ambiguity": list(self.ambiguity),
            "scope": self.scope,
            "confidence": self.confidence,
            "note": self.note,
            "evidence": self.evidence,
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def extract(article: Article) -> list[Proposal]:
    """Propose the claims that an article states.

    Parameters
    ----------
    article : Article
        Its text and day.

    Returns
    -------
    list of Proposal
        In order of their place; the same text gives the same list. What an article says twice is
        proposed once.

    Raises
    ------
    CaseError
        The text states more figures than any article.
    """
    if sum(1 for _ in _ENDS.finditer(article.text)) > MAX_SENTENCES:
        raise _too_many(article, f"{MAX_SENTENCES:,} sentences and lines")
    context = _Context(article)
    found: list[Proposal] = []
    for sentence in context.sentences:
        made = context.read(sentence)
        if not made and found and (outlet := context.passed_on(sentence)):
            found = [
                replace(each, via=tuple(dict.fromkeys((*each.via, outlet))))
                if each.evidence == context.last_told
                else each
                for each in found
            ]
        if made:
            context.last_told = sentence.text
        found += made
        if len(found) > MAX_PROPOSALS:
            raise _too_many(article, f"{MAX_PROPOSALS:,} figures of losses")
    return _once(found, {s.start for s in context.sentences if s.headline}, context)


def _too_many(article: Article, what: str) -> CaseError:
    return CaseError(
        [
            Problem(
                article.name,
                None,
                "",
                "",
                f"more than {what}",
                "cut it into articles, or import it as a table",
            )
        ]
    )


class _Context:
    """What is known of an article while its sentences are read in order."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.sentences = list(sentences(article.text))
        self.chain: Voice | None = None
        self.said: tuple[Sentence, Voice, Span | None] | None = None
        self.voices: list[Voice] = []
        self.acronyms = _acronyms(self.sentences)
        self.published, self.inferred = article.published, ""
        if self.published is None:
            self.published = _inferred_day(self.sentences)
            if self.published:
                self.inferred = _INFERRED
        self.last_told = ""
        self.quantity = ""

    def read(self, sentence: Sentence) -> list[Proposal]:
        """Give the claims of one sentence, and remember who spoke in it."""
        words = merged(sentence.words)
        counted = count(words, figures(words), self.quantity)
        if counted:
            self.quantity = counted[0].quantity
        spoken: list[Voice] = []
        for voice in voices(words):
            spoken.append(self._known(voice, spoken[-1] if spoken else self.chain))
        days: list[Span] = []
        if counted:
            days = spans(words, self.published)
        made = [self._proposal(sentence, words, each, counted, spoken, days) for each in counted]
        if spoken:
            real = [v for v in spoken if not v.outlet] or spoken
            self.chain = real[0]
            told = _told_on(real[0], days or spans(words, self.published), words)
            self.said = (sentence, real[0], told)
            self.voices += spoken
        return made

    def passed_on(self, sentence: Sentence) -> str:
        """Give the outlet of `the report, first covered by Reuters`, said of the figures before."""
        low = [word.low for word in sentence.words]
        if "first" not in low or "by" not in low[low.index("first") :]:
            return ""
        outlets = [v.origin for v in voices(sentence.words) if v.outlet]
        return outlets[0] if outlets else ""

    # --- who --------------------------------------------------------------------------------------

    def _known(self, voice: Voice, before: Voice | None) -> Voice:
        """Put the speaker of an earlier sentence in the place of a pronoun, a role or a surname."""
        if voice.pronoun:
            if before is None or not before.origin:
                return voice
            return replace(
                voice,
                origin=before.origin,
                pronoun=False,
                via=tuple(dict.fromkeys((*before.via, *voice.via))),
            )
        name = voice.origin
        for earlier in reversed(self.voices):
            passing = next((via for via in earlier.via if _same(name, via)), None)
            if passing is not None and earlier.origin != name:
                return replace(
                    voice, origin=earlier.origin, via=tuple(dict.fromkeys((passing, *voice.via)))
                )
        return replace(voice, origin=self.acronyms.get(name.lower()) or self._fullest(name))

    def _fullest(self, name: str) -> str:
        """Give the full name that the article has for `the country's intelligence service`."""
        owner, _, thing = name.replace("’", "'").rpartition("'s ")
        if owner.lower() not in ("country", "nation", "state"):
            return name
        at = self.article.text.lower().find(f" {thing.lower()}")
        while at >= 0:
            start, end = at + 1, at + 1 + len(thing)
            before = _OWNED.search(self.article.text[max(0, start - 80) : start])
            if before and self.article.text[start].isupper():
                return before[1] + self.article.text[start:end]
            at = self.article.text.lower().find(f" {thing.lower()}", end)
        return name

    # --- one claim --------------------------------------------------------------------------------

    def _proposal(
        self,
        sentence: Sentence,
        words: Sequence[Word],
        counted: Counted,
        all_counted: Sequence[Counted],
        spoken: Sequence[Voice],
        days: Sequence[Span],
    ) -> Proposal:
        figure = counted.figure
        voice = voice_of(words, spoken, figure.at, figure.last)
        notes = [counted.note] if counted.note else []
        confidence = "medium" if counted.note or counted.ambiguity else "high"
        told = voice and _told_on(voice, days, words)
        if voice is None or voice.pronoun:
            voice, told = self._carried(sentence) if not spoken else (None, None)
            if voice is None:
                notes.append("nobody is cited")
                confidence = "low"
            else:
                notes.append("who said it is read from the sentence before")
                confidence = "medium"
        published = told.end if told and told.end else self.published
        if published and self.published and published > self.published:
            published = self.published
        if published is None:
            notes.append(_UNDATED)
        elif self.inferred and published == self.published:
            notes.append(self.inferred)
            confidence = "medium" if confidence == "high" else confidence
        from_, as_of = _window(counted, all_counted, days, spoken, words, published)
        start, end = words[counted.first].start, words[counted.last - 1].end
        return Proposal(
            counted.quantity,
            figure.bound,
            figure.value,
            figure.low,
            figure.high,
            voice.origin if voice else "",
            voice.via if voice else (),
            published,
            as_of,
            from_,
            start,
            end,
            self.article.text[start:end],
            counted.ambiguity,
            counted.scope,
            confidence,
            "; ".join(dict.fromkeys(notes)),
            sentence.text,
            figure.definite,
        )

    def _carried(self, sentence: Sentence) -> tuple[Voice | None, Span | None]:
        """Give the speaker of the sentence before, if it stands right before this one."""
        if self.said is None:
            return None, None
        before, voice, told = self.said
        if sentence.number == before.number + 1 and not before.headline and voice.origin:
            return voice, told
        return None, None


def _same(name: str, via: str) -> bool:
    """Tell whether a name means somebody named before: a surname, or `the legislator`."""
    low, known = name.lower(), via.lower()
    if low == known or f" {known}".endswith(f" {low}"):
        return True
    words = low.split()
    if len(words) == 1 and name[:1].isupper() and low in known.split():
        return True
    return len(words) == 1 and words[0] in _RELAYS and bool(_RELAYS & set(known.split()))


_RELAYS = frozenset(
    "lawmaker lawmakers legislator legislators mp mps senator senators member members "
    "parliamentarian parliamentarians".split()
)


def _acronyms(known: Sequence[Sentence]) -> dict[str, str]:
    """Find `National Intelligence Service (NIS)`: names by their short forms, in small letters."""
    found: dict[str, str] = {}
    for sentence in known:
        words = sentence.words
        for at in range(2, len(words) - 1):
            short = words[at].text
            if (
                words[at - 1].low == "("
                and words[at + 1].low == ")"
                and short.isupper()
                and short.isalpha()
                and 2 <= len(short) <= 8
            ):
                start, letters = at - 1, ""
                while (
                    start > 0
                    and at - start < 12
                    and (
                        words[start - 1].text[:1].isupper()
                        or words[start - 1].low in ("of", "for", "and", "the")
                    )
                ):
                    start -= 1
                    if words[start].text[:1].isupper():
                        letters = words[start].text[0] + letters
                    if letters == short:
                        break
                if letters == short:
                    found[short.lower()] = " ".join(word.text for word in words[start : at - 1])
    return found


# --- when -----------------------------------------------------------------------------------------


def _told_on(voice: Voice, days: Sequence[Span], words: Sequence[Word]) -> Span | None:
    """Give the day on which somebody said it: `reported on Sept. 2`, `on Monday said`."""
    for span in days:
        if span.role not in ("in", "bare") or span.end is None:
            continue
        inside = voice.first <= span.first and span.last <= voice.last
        between = [word.low for word in words[voice.last : span.first]]
        behind = (
            0 <= span.first - voice.last <= _NEAR
            and not set(between) & _CONTENT
            and not any(word[:1].isdigit() for word in between)
        )
        if inside or behind:
            return span
        if (
            span.last <= voice.first
            and span.first <= _NEAR
            and any(word.low in ("speaking", "briefing") for word in words[: span.first])
        ):
            return span
    return None


_CONTENT = frozenset(
    "that killed wounded died injured were was had have has been after , ; citing at deaths "
    "casualties dead losses toll number people soldiers troops".split()
)


def _window(
    counted: Counted,
    all_counted: Sequence[Counted],
    days: Sequence[Span],
    spoken: Sequence[Voice],
    words: Sequence[Word],
    published: date | None,
) -> tuple[date | None, date | None]:
    """Give first and last day that a figure covers, from the days nearest to it."""
    told = [told for voice in spoken if (told := _told_on(voice, days, words))]
    free = [
        span
        for span in days
        if span not in told
        and span.end is not None
        and (span.role != "bare" or _is_adverb(span, words))
    ]

    def distance(span: Span) -> int:
        figure = counted.figure
        low, high = min(span.first, figure.first), max(span.first, figure.first)
        crossed = sum(
            1 for other in all_counted if other is not counted and low < other.figure.first < high
        )
        between = [word.low for word in words[low:high]]
        parted = (
            sum(word in (";", "while", "but", "whereas") for word in between)
            + sum(pair == (",", "and") for pair in zip(between, between[1:], strict=False)) / 3
        )
        return (
            abs(span.first - figure.first)
            + 3 * (span.first < figure.first)
            + 15 * crossed
            + round(60 * parted)
        )

    near = sorted((span for span in free if distance(span) < 45), key=distance)
    start = end = None
    for span in near:
        if span.role == "from" and start is None:
            start = span.start
        elif span.role == "to" and end is None and not _lies_ahead(span, published):
            end = span.end
        elif span.role in ("in", "bare") and start is None and end is None:
            start, end = span.start, span.end
    if end is None or (published is not None and end > published):
        end = published if start is None or published is None or start <= published else end
    if start is not None and end is not None and start > end:
        start = None
    if counted.scope == "planned":
        return None, published
    return start, end


def _lies_ahead(span: Span, published: date | None) -> bool:
    """Tell `by December`, said in October, which was read as the December before."""
    if published is None or span.exact or span.end is None:
        return False
    return (published - span.end).days > _HALF_YEAR


def _is_adverb(span: Span, words: Sequence[Word]) -> bool:
    """Tell `killed 12 overnight`, `Monday's attack` from names that hold a month."""
    said = " ".join(word.low for word in words[span.first : span.last])
    after = words[span.last].low if span.last < len(words) else ""
    if any(char.isdigit() for char in said) and not said.endswith(
        ("ago", "hours", "days", "weeks", "months", "years")
    ):
        return after == "'s" or span.first == 0
    return True


def _inferred_day(known: Sequence[Sentence]) -> date | None:
    """Work out the day of an article that gives none: on which day its first speaker spoke.

    Its year is that of the first such day that is no earlier than the latest day with a year in
    the text.
    """
    full = [day for sentence in known for day in full_days(sentence.words)]
    if not full:
        return None
    for sentence in known:
        words = merged(sentence.words)
        for voice in voices(words):
            told = _told_on(voice, spans(words, max(full)), words)
            if told is None or told.start != told.end or told.start is None:
                continue
            day = told.start
            if not told.exact:
                said = [word.low for word in words[told.first : told.last]]
                if not any(char.isdigit() for word in said for char in word):
                    continue
                while day < max(full):
                    day = _next_year(day)
            return day
    return None


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


# --- what is said twice ---------------------------------------------------------------------------


def _once(found: Sequence[Proposal], headlines: set[int], context: _Context) -> list[Proposal]:
    """Keep each figure of one speaker once, text before headlines and the named before others."""
    kept: list[Proposal] = []
    heads = [s for s in context.sentences if s.headline]

    def is_head(each: Proposal) -> bool:
        return any(s.start <= each.start < s.end for s in heads)

    for each in found:
        twin = next(
            (
                at
                for at, other in enumerate(kept)
                if _says_the_same(each, other, is_head(each) or is_head(other))
            ),
            None,
        )
        if twin is None:
            kept.append(each)
            continue
        other = kept[twin]
        better = max(
            (other, each),
            key=lambda one: (
                not is_head(one),
                bool(one.origin),
                one.bound != "exact",
                len(one.via),
                -one.start,
            ),
        )
        worse = each if better is other else other
        note = f"said again at {worse.start:,}"
        kept[twin] = replace(better, note="; ".join(part for part in (better.note, note) if part))
    return sorted(kept, key=lambda each: (each.start, each.end))


def _says_the_same(one: Proposal, other: Proposal, headline: bool) -> bool:
    if (one.quantity, one.value, one.low, one.high) != (
        other.quantity,
        other.value,
        other.low,
        other.high,
    ):
        return False
    if one.value is None and one.low is None or one.evidence == other.evidence and not headline:
        return False
    if headline or one.again and one.start > other.start:
        return True
    return (one.origin == other.origin or not one.origin or not other.origin) and (
        one.scope == other.scope and (one.from_ == other.from_ or None in (one.from_, other.from_))
    )
