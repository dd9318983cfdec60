"""Who said it and through whom: the speakers of one sentence and what each of them covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .figurewords import number_word
from .losswords import LOSS
from .names import DAY_LINKS, PUNCTUATION, STOPS, Names, distinct
from .sentences import Word
from .speakers import (
    ASIDE,
    BASE,
    BY_WHOM,
    CITES,
    DOCUMENTS,
    FREE,
    PRONOUNS,
    ROLES,
    SAYS,
    SHOWS,
    is_outlet,
)

__all__ = ["Voice", "voice_of", "voices"]

_BOUNDARIES = frozenset("; : while whereas but although though —".split())
_GENERIC = frozenset(
    "reporters journalists parliament lawmakers people them us him her a the".split()
)
_SEEN = frozenset("seen obtained reviewed viewed examined".split())
_BE = frozenset("is was were are been being".split())
_COUNTS = frozenset(
    (
        "toll",
        "figure",
        "number",
        "count",
        "tally",
        "figures",
        "total",
        "estimate",
        "range",
        "estimates",
        "death toll",
    )
)
_CORRECTS = frozenset("lowered raised revised updated cut increased corrected".split())


@dataclass(frozen=True)
class Voice:
    """One speaker in a sentence.

    Attributes
    ----------
    origin : str
        Who said it, as in the text; '' when a pronoun stands for somebody named before.
    via : tuple of str
        Through whom, as in the text.
    first, last : int
        Words of the attribution: its subject and its verb.
    forward, backward : bool
        Whether it covers what follows and what stands before.
    reach : int or None
        Word at which it ends to cover what follows; None where the sentence does.
    pronoun : bool
        True when the speaker is the one of the sentence before.
    """

    origin: str
    via: tuple[str, ...]
    first: int
    last: int
    forward: bool
    backward: bool
    pronoun: bool = False
    reach: int | None = None

    @property
    def outlet(self) -> bool:
        """True when nobody but a medium speaks."""
        return bool(self.origin) and is_outlet(self.origin)


def voices(words: Sequence[Word]) -> list[Voice]:
    """Find the speakers of a sentence.

    Parameters
    ----------
    words : sequence of Word
        The words of the sentence.

    Returns
    -------
    list of Voice
        In order of their place.
    """
    reader = _Reader(words)
    found = [voice for at in range(len(words)) if (voice := reader.at(at))]
    kept: list[Voice] = []
    for voice in sorted(found, key=lambda v: (v.first, -v.last)):
        if kept and voice.first < kept[-1].last and voice.last <= kept[-1].last:
            continue
        kept.append(voice)
    return kept


def voice_of(words: Sequence[Word], spoken: Sequence[Voice], first: int, last: int) -> Voice | None:
    """Give the speaker of the words from `first` to `last`, with all who passed it on.

    Parameters
    ----------
    words : sequence of Word
        The sentence.
    spoken : sequence of Voice
        Its speakers.
    first, last : int
        The words that state a figure; `last` is the first word after them.

    Returns
    -------
    Voice or None
        None when nobody is cited.
    """
    before = [
        v for v in spoken if v.forward and v.last <= first and (v.reach is None or first < v.reach)
    ]
    after = [v for v in spoken if v.backward and v.first >= last]
    around = [v for v in spoken if v.first < first and v.last > last]
    left = before[-1] if before else None
    right = after[0] if after else None
    chosen = left or right or (around[0] if around else None)
    if left and right and words[left.last].low == ":":
        left = None
    if left and right:
        nearer = _parted(words, left.last, first) and not _parted(words, last, right.first)
        chosen = right if nearer or (left.outlet and not right.outlet) else left
    if chosen is None:
        return None
    others = [v for v in (*before, *after) if v is not chosen]
    outer = [
        v
        for v in before
        if v is not chosen
        and v.last <= chosen.first <= v.last + 3
        and [words[v.first].low, words[v.last].low] == ["according", ","]
    ]
    if chosen is left and outer:
        chosen = replace(chosen, via=distinct(chosen.via, (outer[-1].origin,)))
    if chosen.outlet:
        real = [
            v
            for v in others
            if not v.outlet
            and not v.pronoun
            and not _parted(words, min(v.last, last), max(v.first, first))
        ]
        if real:
            return replace(real[-1], via=distinct(real[-1].via, (chosen.origin, *chosen.via)))
        return chosen
    passing = [
        v.origin
        for v in others
        if v.outlet
        and not (v.first > last and _parted(words, last, v.first))
        and not (v.last <= first and _parted(words, v.last, first))
    ]
    return replace(chosen, via=distinct(chosen.via, passing))


def _parted(words: Sequence[Word], first: int, last: int) -> bool:
    """Tell whether another clause starts between two places."""
    low = [word.low for word in words[first:last]]
    return bool(_BOUNDARIES & set(low)) or any(
        one == "," and two == "and" for one, two in zip(low, low[1:], strict=False)
    )


class _Reader(Names):
    """One sentence, read for verbs of telling and for what stands in their place."""

    def at(self, at: int) -> Voice | None:
        """Read the speaker whose verb, or other mark, is word `at`."""
        low = self.low
        if low[at : at + 2] == ["according", "to"]:
            return self._named_after(at, at + 2, True)
        quoted = low[at] in ("quoted", "cited") and low[at - 1 : at] and low[at - 1] in _BE
        if low[at] in BY_WHOM - _SEEN and low[at + 1 : at + 2] == ["by"] and not quoted:
            return self._named_after(at, at + 2, low[at - 1 : at] != ["first"])
        if low[at] == "by" and at and low[at - 1].isalnum() and self._given(at):
            return self._named_after(at, at + 1, True)
        if low[at] == ":" and (headed := self._headed(at)):
            return headed
        if low[at] in DOCUMENTS and low[max(0, at - 2) : at] == ["its", "own"]:
            found = self._name_of_clause(at)
            return found and Voice(self._text(*found), (), *found, True, True)
        if low[at] in DOCUMENTS and (voice := self._document(at)):
            return voice
        if (low[at] in SAYS or low[at] in _CORRECTS) and not (
            at and self._capital(at) and self._capital(at - 1)
        ):
            return self._verb(at)
        return None

    def _given(self, at: int) -> bool:
        """Tell whether `by` closes `the toll is put at 98 by`."""
        low = self.low
        return low[at - 1][0].isdigit() and any(
            low[back] in ("put", "given", "estimated", "reckoned") and low[back - 1] in _BE
            for back in range(max(1, at - 6), at)
        )

    def _headed(self, at: int) -> Voice | None:
        """Read `Seoul: 600 dead` and `600 dead: ministry`, as headlines have it."""
        for first, last in ((0, at), (at + 1, len(self.low))):
            if (
                0 < last - first <= 6
                and not (LOSS.keys() | DOCUMENTS) & set(self.low[first:last])
                and all(map(self._named_word, range(first, last)))
                and (ROLES & set(self.low[first:last]) or is_outlet(self._text(first, last)))
            ):
                return Voice(
                    self._text(*self._stripped(first, last)), (), first, last, first == 0, first > 0
                )
        return None

    def _named_after(self, first: int, at: int, both: bool) -> Voice | None:
        """Read `according to NAME` and `reported by NAME`."""
        last, origin, via = self._name_and_source(at)
        if (
            not origin
            or origin.lower() in _GENERIC
            or not (self._speaks(at, last) or self.low[first] == "according")
        ):
            return None
        via = distinct(via, self._first_by())
        return Voice(origin, via, first, last, both, True)

    def _verb(self, at: int) -> Voice | None:
        low = self.low
        word = low[at]
        after = low[at + 1] if at + 1 < len(low) else ""
        if at and low[at - 1] in ("a an the is are was were be been being its of to").split():
            if not (
                low[at - 1] in ("is", "was", "were", "are", "been")
                and word in ("quoted", "cited")
                and low[at + 1 : at + 2]
            ):
                return None
        if word in ("claimed", "claims", "claim", "claiming") and {"life", "lives"} & set(
            low[at + 1 : at + 9]
        ):
            return None
        if word == "briefed" and after == "by":
            return None
        if word in ("charged", "charges") and after != "that" and after not in PUNCTUATION:
            return None
        if word in ("accused", "accuses") and after == "of":
            return None
        if word in ("spoke", "speak", "speaks", "speaking") and after != "of":
            return None
        if word in ("put", "puts") and "at" not in low[at + 1 : at + 16]:
            return None
        if word in _CORRECTS and not _COUNTS & set(low[at + 1 : at + 7]):
            return None
        if word in ("gave", "gives", "give") and not self._gives(at):
            return None
        if word in ("states", "state") and after not in ("that", ","):
            return None
        if (
            word in ("reports records counts estimates notes states documents claims").split()
            and at
            and low[at - 1]
            in ("media", "news", "police", "these", "those", "such", "official", "the", "press")
        ):
            return None
        if (
            after in LOSS
            and LOSS[after].kind in ("adjective", "done")
            and word in ("reported", "confirmed", "announced", "recorded", "registered", "counted")
        ):
            return None
        passive = low[at - 1 : at] and low[at - 1] in ("is", "was", "were", "are", "been")
        if word in ("citing", "quoting"):
            return None if self._cited_with_verb(at) else self._citing(at)
        if at and low[at - 1] == "," and (turned := self._turned(at)):
            return turned
        subject = self._subject(at - 1 - bool(passive))
        if subject is None:
            if word not in CITES and at + 1 < len(low) and (at == 0 or low[at - 1] in PUNCTUATION):
                last, origin, via = self._name_and_source(at + 1)
                start = at + 1 + (after in ("a", "an", "the", "one"))
                if (
                    origin
                    and origin.lower() not in _GENERIC
                    and after not in ("that", "to", "it")
                    and (
                        self._speaks(at + 1, last) or word in FREE and self._may_speak(start, last)
                    )
                ):
                    return Voice(origin, via, at, last, False, True)
            return None
        first, last = subject
        name = self._text(first, last)
        if word in BASE and not (
            low[last - 1].endswith("s")
            or low[last - 1] in ("police", "media", "they", "people", "staff", ")")
            or "and" in low[first:last]
        ):
            return None
        if name.lower() == "it" and first > 0 and (own := self._name_of_clause(first)):
            if ROLES & set(low[own[0] : own[1]]):
                name = self._text(*own)  # the army lost six men, it said
        same = low[first] == "same" and low[last - 1] in DOCUMENTS
        pronoun = name.lower() in PRONOUNS or same
        if (
            not pronoun
            and not self._speaks(first, last)
            and not (word not in SHOWS | CITES and self._may_speak(first, last))
        ):
            return None
        if (
            word in SHOWS
            and not pronoun
            and after != "that"
            and after not in PUNCTUATION
            and not (DOCUMENTS & set(low[max(0, first - 3) : at]))
        ):
            return None
        inner = self._name_source_before(first, last, at)
        origin, via = (name, ()) if inner is None else inner
        end = at + 1
        if passive and word in ("quoted", "cited"):
            for ahead in range(at + 1, min(at + 14, len(low))):
                if low[ahead] == "by":
                    end, by, more = self._name_and_source(ahead + 1)
                    via = distinct(via, (by,), more)
                    break
        elif word in CITES:
            end, cited, more = self._name_and_source(at + 1)
            if not cited:
                return None
            origin, via = cited, distinct((name,), via, more)
        elif word in ("told", "tells", "telling", "informed"):
            first_told, last_told = self._name(at + 1)
            told = self._text(first_told, last_told)
            if told and is_outlet(told):
                via = distinct(via, (told,))
            end = max(end, last_told) if told else end
        via = distinct(via, self._interviewed(at))
        source = self._cited_later(end)
        if source is not None:
            end, cited, more = source
            via = distinct((origin,), via, more)
            origin = cited
        backward = self._is_trailing(first, end) or self._closes(first, end)
        if low[at - 1] == "and" and first < at - 1:
            first = at  # what stands between is no part of what was said
        reach = None
        if low[first - 1 : first] in (["which"], ["whom"]) or low[first - 2 : first] == [
            "which",
            "the",
        ]:
            reach = next((at for at in range(end, len(low)) if low[at] == ","), None)
        return Voice(
            "" if pronoun and origin == name else origin,
            distinct(via, self._first_by()),
            first,
            end,
            True,
            backward,
            pronoun and origin == name,
            reach,
        )

    def _turned(self, at: int) -> Voice | None:
        """Read `..., says the ministry.`, at the end of its clause."""
        last, origin, via = self._name_and_source(at + 1)
        if not origin or not self._speaks(at + 1, last) or origin.lower() in _GENERIC:
            return None
        mark = self.low[last] if last < len(self.low) else "."
        ends = mark in (".", ";", "”", ",")
        return Voice(origin, via, at, last, mark == ",", True) if ends else None

    def _closes(self, first: int, end: int) -> bool:
        """Tell `..., the monitors wrote in their report.`: nothing is told behind it."""
        low = self.low
        start = first - (low[first - 1 : first] in (["the"], ["a"], ["an"]))
        if start < 1 or low[start - 1] not in (",", "”") or low[end : end + 1] == ["that"]:
            return False
        for at in range(end, len(low)):
            if low[at] in (".", ";", ","):
                return True
            if low[at][0].isdigit() or number_word(low[at]) or low[at] in LOSS:
                return False
        return True

    def _gives(self, at: int) -> bool:
        """Tell whether a figure or a toll is given."""
        ahead = self.low[at + 1 : at + 6]
        return bool(_COUNTS & set(ahead)) or any(word[0].isdigit() for word in ahead[:3])

    def _cited_with_verb(self, at: int) -> bool:
        """Tell whether `citing` belongs to a verb of telling or `according to` before it."""
        return any(word in SAYS - CITES for word in self.low[:at]) or "according" in self.low[:at]

    def _citing(self, at: int) -> Voice | None:
        last, origin, via = self._name_and_source(at + 1)
        return (
            Voice(origin, via, at, last, True, True)
            if origin and self._speaks(at + 1, last)
            else None
        )

    def _cited_later(self, at: int) -> tuple[int, str, tuple[str, ...]] | None:
        """Read `, citing NAME`, `after a briefing by NAME`, a little behind the verb."""
        low = self.low
        for ahead in range(at, len(low)):
            if low[ahead] in ("citing", "quoting"):
                last, origin, via = self._name_and_source(ahead + 1)
                return (last, origin, via) if origin and self._speaks(ahead + 1, last) else None
            if low[ahead] in SAYS or low[ahead] in ("while", "but", ";"):
                return None
            if ahead - at < 8 and (start := self._briefing(ahead)) is not None:
                last, origin, via = self._name_and_source(start)
                return (last, origin, via) if origin else None
        return None

    def _name_source_before(
        self, first: int, last: int, verb: int
    ) -> tuple[str, tuple[str, ...]] | None:
        """Read a subject with its source put in: `lawmakers, briefed by X, said`."""
        low = self.low
        start = first - 1 if low[first - 1 : first] in (["the"], ["a"]) else first
        if low[max(0, start - 2) : start] == ["briefed", "by"]:
            passing = self._name_before(start - 3)
            if passing:
                return self._text(first, last), (self._text(*passing),)
        for at in range(last, verb):
            if low[at : at + 2] in (["quoted", "by"], ["cited", "by"]):
                _, outlet, _ = self._name_and_source(at + 2)
                return self._text(first, last), (outlet,) if outlet else ()
            if low[at : at + 2] == ["briefed", "by"] or low[at] in ("citing", "quoting"):
                start = at + 2 if low[at] == "briefed" else at + 1
                _, origin, more = self._name_and_source(start)
                if origin:
                    return origin, distinct((self._text(first, last),), more)
        return None

    def _interviewed(self, at: int) -> tuple[str, ...]:
        """Give the outlet of `said in an interview with NAME`."""
        low = self.low
        for ahead in range(at + 1, min(at + 7, len(low) - 1)):
            if low[ahead] == "interview" and low[ahead + 1] in ("with", "to", "on"):
                name = self._text(*self._name(ahead + 2))
                return (name,) if is_outlet(name) else ()
        return ()

    def _first_by(self) -> tuple[str, ...]:
        """Give the outlet of `first reported by NAME` and `in a paper seen by NAME`."""
        low = self.low
        for at in range(1, len(low) - 1):
            if low[at] == "by" and (low[at - 1] in _SEEN or low[at - 2 : at - 1] == ["first"]):
                first, last = self._name(at + 1)
                name = self._text(first, last)
                return (name,) if is_outlet(name) else ()
        return ()

    def _is_trailing(self, first: int, end: int) -> bool:
        """Tell whether what is said stands before the attribution."""
        low = self.low
        at = end
        for _ in range(12):
            if at >= len(low) or low[at] in PUNCTUATION:
                return first > 0
            if not (
                self._is_day(at)
                or low[at]
                in DAY_LINKS | {"reporters", "journalists", "a", "statement", "the", "an", "its"}
                or self._capital(at)
                or low[at] in ROLES | DOCUMENTS
                or low[at]
                in (
                    "interview address conference update post local telephone by phone with "
                    "speech message briefing evening daily state news press nightly video its "
                    "his her social telegram after visit"
                ).split()
                or low[at] in _SEEN
            ):
                return False
            at += 1
        return False

    def _subject(self, at: int) -> tuple[int, int] | None:
        """Give first and last word of the subject that ends at or before word `at`."""
        low = self.low
        while at >= 0 and (
            low[at] in ASIDE
            or self._is_day(at)
            and low[at] not in ("last",)
            or low[at] in DAY_LINKS
            and self._is_day(at + 1)
            or low[at].endswith("ly")
            and not self._capital(at)
            or low[at] == "last"
            and self._is_day(at + 1)
        ):
            at -= 1
        if at < 0:
            return None
        if low[at] in PRONOUNS:
            return at, at + 1
        if low[at] == "and" and (found := self._name_of_clause(at)):
            return found
        if at > 2 and low[at - 1] in ("who", "which") and low[at].endswith("ed"):
            at -= 1  # a priest who escaped told
        if low[at] in ("which", "who") and at > 1:
            at -= 1 + (low[at - 1] == ",")
        elif low[at] == ",":
            opening = next(
                (back for back in range(at - 1, max(-1, at - 25), -1) if low[back] == ","), None
            )
            if opening is None or opening == 0:
                return None
            at = opening - 1
        elif low[at] in PUNCTUATION and low[at] != ")":
            return None
        return self._name_before(at)

    def _name_of_clause(self, at: int) -> tuple[int, int] | None:
        """Give the subject of `the president flew over the land and said`."""
        start = next((back + 1 for back in range(at - 1, -1, -1) if self.low[back] == ";"), 0)
        first, last = self._name(start)
        last = next((each for each in range(first, last) if self._is_common(each)), last)
        return (first, last) if first < last < at and self._speaks(first, last) else None

    def _is_common(self, at: int) -> bool:
        """Tell a word that is no part of a name: `Armenia called the figure a fantasy`."""
        return not self._named_word(at) and self.low[at].endswith("ed")

    def _document(self, at: int) -> Voice | None:
        """Read `by Kyiv's count`, `an estimate by the army` where no verb of telling follows."""
        low = self.low
        after = low[at + 1 : at + 3]
        if (
            after[:1]
            and after[0] in ("by", "from")
            and (low[at] not in ("note", "list", "letter") and not (at and low[at - 1] == "'s"))
        ):
            last, origin, via = self._name_and_source(at + 2)
            follows = low[last : last + 1]
            if origin and self._speaks(at + 2, last) and not (follows and follows[0] in SAYS):
                return Voice(origin, via, at, last, True, True)
            return None
        for back in range(at - 1, max(-1, at - 5), -1):
            if low[back] in ("'s", "'"):
                if low[at + 1 : at + 2] and (
                    low[at + 1] in SAYS
                    or low[at] in ("records", "record", "number", "numbers", "report", "note")
                ):
                    return None
                found = self._name_before(back - 1)
                if (
                    found
                    and self._speaks(*found)
                    and (low[at] != "toll" or ROLES & set(low[found[0] : found[1]]))
                ):
                    name = self._text(*found)
                    return Voice(name, (), found[0], at + 1, True, True)
                return None
            if low[back] in STOPS:
                return None
        return None
