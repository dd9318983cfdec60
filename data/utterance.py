"""Who said it and through whom: the speakers of one sentence and what each of them covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .figurewords import number_word
from .losswords import LOSS
from .sentences import Word
from .speakers import (
    ASIDE,
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

_PUNCTUATION = frozenset(", ; : . ( ) [ ] ” “ \" ' ! ? — – --".split())
_STOPS = _PUNCTUATION | frozenset(
    "that who which whom whose while but because although though after before when as if and or than "
    "is are was were be been being has have had will would could can may might by into "
    "since until about over under around including".split())
_LINKS = frozenset("of for in at from with to on".split())
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december jan. feb. mar. apr. jun. jul. aug. sep. sept. "
    "oct. nov. dec. morning afternoon evening night week month year last yesterday today tonight "
    "earlier later overnight midday noon dawn".split())
_DAY_LINKS = frozenset("on in late early at by during around mid".split())
_BOUNDARIES = frozenset("; while whereas but although though —".split())
_GENERIC = frozenset("reporters journalists parliament lawmakers people them us him her a the".split())
_SEEN = frozenset("seen obtained reviewed viewed examined".split())
_BASE = frozenset("count estimate report record claim note state document list believe admit confirm "
                  "reckon fear say suspect think acknowledge".split())
_CORRECTS = frozenset("lowered raised revised updated cut increased corrected".split())
_NOT_NOUNS = frozenset("people soldiers troops civilians others there this these those all both each "
                       "deaths casualties losses injuries victims more".split())
_LONGEST_NAME = 16


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
    before = [v for v in spoken if v.forward and v.last <= first]
    after = [v for v in spoken if v.backward and v.first >= last]
    around = [v for v in spoken if v.first < first and v.last > last]
    left = before[-1] if before else None
    right = after[0] if after else None
    if left and right:
        chosen = right if (_parted(words, left.last, first) and not _parted(words, last, right.first)
                           or left.outlet and not right.outlet) else left
    else:
        chosen = left or right or (around[0] if around else None)
    if chosen is None:
        return None
    others = [v for v in (*before, *after) if v is not chosen]
    if chosen.outlet:
        real = [v for v in others if not v.outlet and not v.pronoun
                and not _parted(words, min(v.last, last), max(v.first, first))]
        if real:
            return replace(real[-1], via=_distinct(real[-1].via, (chosen.origin, *chosen.via)))
        return chosen
    passing = [v.origin for v in others if v.outlet
               and not (v.first > last and _parted(words, last, v.first))
               and not (v.last <= first and _parted(words, v.last, first))]
    return replace(chosen, via=_distinct(chosen.via, passing))


def _distinct(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in names for name in group if name))


def _parted(words: Sequence[Word], first: int, last: int) -> bool:
    """Tell whether another clause starts between two places."""
    low = [word.low for word in words[first:last]]
    return bool(_BOUNDARIES & set(low)) or any(
        one == "," and two == "and" for one, two in zip(low, low[1:], strict=False))


class _Reader:
    """One sentence, read for speakers."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.low = [word.low for word in words]

    def at(self, at: int) -> Voice | None:
        """Read the speaker whose verb, or other mark, is word `at`."""
        low = self.low
        if low[at:at + 2] == ["according", "to"]:
            return self._named_after(at, at + 2, True)
        if low[at] in BY_WHOM - _SEEN and low[at + 1:at + 2] == ["by"]:
            return self._named_after(at, at + 2, low[at - 1:at] != ["first"])
        if low[at] == ":" and (headed := self._headed(at)):
            return headed
        if low[at] in DOCUMENTS and (voice := self._document(at)):
            return voice
        if (low[at] in SAYS or low[at] in _CORRECTS) and not (
                at and self._capital(at) and self._capital(at - 1)):
            return self._verb(at)
        return None

    def _headed(self, at: int) -> Voice | None:
        """Read `Seoul: 600 dead` and `600 dead: ministry`, as headlines have it."""
        for first, last in ((0, at), (at + 1, len(self.low))):
            if 0 < last - first <= 4 and all(map(self._named_word, range(first, last))) \
                    and (self._speaks(first, last) or all(map(self._capital, range(first, last)))):
                return Voice(self._text(*self._stripped(first, last)), (), first, last,
                             first == 0, first > 0)
        return None

    # --- names ------------------------------------------------------------------------------------

    def _named_after(self, first: int, at: int, both: bool) -> Voice | None:
        """Read `according to NAME` and `reported by NAME`."""
        last, origin, via = self._name_and_source(at)
        if not origin or origin.lower() in _GENERIC or not (
                self._speaks(at, last) or self.low[first] == "according"):
            return None
        via = _distinct(via, self._first_by())
        return Voice(origin, via, first, last, both, True)

    def _name_and_source(self, at: int) -> tuple[int, str, tuple[str, ...]]:
        """Read a name from word `at` on, and whom it cites: the end, the origin, and the rest."""
        first, last = self._name(at)
        name, via = self._text(first, last), tuple[str, ...]()
        origin = name
        low = self.low
        ahead = last + (low[last:last + 1] == [","])
        if low[last:last + 2] == ["briefed", "by"] or low[ahead:ahead + 1] and (
                low[ahead] in ("citing", "quoting")):
            start = last + 2 if low[last] == "briefed" else ahead + 1
            last, origin, more = self._name_and_source(start)
            via = _distinct((name,), more) if origin else ()
            origin = origin or name
        elif (brief := self._briefing(last)) is not None:
            last, origin, more = self._name_and_source(brief)
            via = _distinct((name,), more) if origin else ()
            origin = origin or name
        return last, origin, via

    def _briefing(self, at: int) -> int | None:
        """Give where the name starts in `after a closed-door briefing by NAME`."""
        low = self.low
        if at >= len(low) or low[at] not in ("after", "following", "who", "on", ","):
            return None
        for ahead in range(at + 1, min(at + 9, len(low) - 1)):
            if low[ahead] in ("briefing", "briefed") and low[ahead + 1] in ("by", "from"):
                return ahead + 2
            if low[ahead] in (".", ";", "citing", "quoting"):
                return None
        return None

    def _name(self, at: int) -> tuple[int, int]:
        """Give first and last word of the name that starts at word `at`, without its article."""
        low, start = self.low, at
        if at < len(low) and low[at] in ("a", "an", "the"):
            start = at = at + 1
        while at < len(low) and at - start < _LONGEST_NAME:
            word = low[at]
            if word == "(" and at > start and low[at + 2:at + 3] == [")"] \
                    and self.words[at + 1].text.isupper():
                at += 3
                continue
            if word == "and" and at > start and at + 1 < len(low) and (
                    self._capital(at + 1) or low[at + 1] in ROLES) and self._capital(at - 1):
                at += 1
                continue
            if word in _LINKS and at > start:
                if self._is_day(at + 1) or not self._goes_on(at):
                    break
                at += 1
                continue
            if self._possessive(at) and at > start:
                at += 1
                continue
            if word in BY_WHOM and low[at + 1:at + 2] == ["by"]:
                break
            if word in _STOPS or word in SAYS and at > start and not self._capital(at) and \
                    word not in DOCUMENTS or word in ("briefed", "citing", "quoting") or \
                    self._is_day(at) and at > start and not self._capital(at - 1) or \
                    word in LOSS and not self._capital(at) and LOSS[word].kind != "noun" or \
                    word[0].isdigit() or self._is_day(at) and low[at] not in ("may", "march"):
                break
            at += 1
        if at < len(low) and low[at] in BY_WHOM | {"by"} and at > start and \
                low[at - 1] in DOCUMENTS:
            by = at if low[at] == "by" else at + 1
            if low[by:by + 1] == ["by"] or low[by:by + 1] == ["from"]:
                return self._name(by + 1)
        return self._unwrapped(start, at)

    def _goes_on(self, at: int) -> bool:
        """Tell whether `for`, `of` ... joins what follows to the name before."""
        if at + 1 >= len(self.low):
            return False
        after = self.low[at + 1]
        noun = self.low[at - 1]
        return (noun in ROLES or noun in DOCUMENTS or self._capital(at - 1)) and (
            after in ("the", "a", "an", "its", "human") or self._capital(at + 1) or after in ROLES
            or self.low[at] in ("of", "for") and noun in ROLES and after.isalpha()
            and after not in _STOPS)

    def _unwrapped(self, first: int, last: int) -> tuple[int, int]:
        """Give who made it, for a name that is a paper: `the army's latest count`."""
        low = self.low
        for at in range(first, last):
            if low[at] in DOCUMENTS and at + 1 < last and low[at + 1] in ("by", "from", "of"):
                return self._stripped(at + 2, last)
        if last - first > 1 and low[last - 1] in DOCUMENTS:
            for at in range(last - 1, first, -1):
                if low[at] == "'s":
                    return self._stripped(first, at)
            made = last - 1
            while made > first and not (self._capital(made - 1) or low[made - 1] in ROLES):
                made -= 1
            if made > first and (self._capital(first) or low[made - 1] in ROLES):
                return self._stripped(first, made)
        return self._stripped(first, last)

    def _stripped(self, first: int, last: int) -> tuple[int, int]:
        while first < last and self.low[first] in ("the", "a", "an", "its", "and", "some"):
            first += 1
        if self.low[first:first + 2] == ["country", "'s"] and self._capital(first + 2):
            first += 2
        return first, last

    def _text(self, first: int, last: int) -> str:
        """Give words as they stand in the text, with single blanks."""
        if first >= last:
            return ""
        out = self.words[first].text
        for before, word in zip(self.words[first:last - 1], self.words[first + 1:last], strict=True):
            out += (" " if word.start > before.end else "") + word.text
        return out

    def _possessive(self, at: int) -> bool:
        """Tell the mark of `the doctors' union` from a quote."""
        return (self.low[at] == "'" and at > 0 and self.low[at - 1].endswith("s")
                and self.words[at].start == self.words[at - 1].end)

    def _named_word(self, at: int) -> bool:
        return self._possessive(at) or self.low[at:at + 1] == ["'s"] or self._capital(at) or 0 <= at < len(self.low) and self.low[at] in ROLES

    def _capital(self, at: int) -> bool:
        return 0 <= at < len(self.words) and self.words[at].text[:1].isupper()

    def _is_day(self, at: int) -> bool:
        return 0 <= at < len(self.low) and (self.low[at] in _DAYS or self.low[at].isdigit())

    def _speaks(self, first: int, last: int) -> bool:
        """Tell whether a name is that of somebody who can speak."""
        inner = range(first, last)
        return any(self.low[at] in ROLES or self.low[at] in DOCUMENTS
                   or set(self.low[at].replace(" ", "-").split("-")) & ROLES for at in inner) or any(
            self._capital(at) and not number_word(self.low[at]) and (at > 0 or self.low[at] not in ("the", "a", "an") and last - first
                                   <= 3 and not self.low[at].endswith("s")
                                   or self.words[at].text.isupper())
            for at in inner) or is_outlet(self._text(first, last))

    def _may_speak(self, first: int, last: int) -> bool:
        """Tell whether a noun with an article, or a plural, stands before a verb of speaking."""
        low = self.low
        return low[last - 1].isalpha() and low[last - 1] not in _NOT_NOUNS and (
            low[first - 1:first] in (["the"], ["a"], ["an"], ["one"], ["its"], [","])
            or low[last - 1].endswith("s") or "'s" in low[first:last])

    # --- verbs ------------------------------------------------------------------------------------

    def _verb(self, at: int) -> Voice | None:
        low = self.low
        word = low[at]
        after = low[at + 1] if at + 1 < len(low) else ""
        if at and low[at - 1] in ("a", "an", "the", "is", "are", "was", "were", "be", "been", "being",
                                  "its", "of", "to"):
            if not (low[at - 1] in ("is", "was", "were", "are", "been") and word in ("quoted", "cited")
                    and low[at + 1:at + 2]):
                return None
        if word in ("claimed", "claims", "claim", "claiming") and {"life", "lives"} & set(
                low[at + 1:at + 9]):
            return None
        if word in ("spoke", "speak", "speaks", "speaking") and after != "of":
            return None
        if word in ("put", "puts") and "at" not in low[at + 1:at + 16]:
            return None
        if word in _CORRECTS and not {"toll", "figure", "number", "count", "tally", "estimate",
                                      "figures", "death toll"} & set(low[at + 1:at + 7]):
            return None
        if word in ("gave", "gives") and not {"toll", "figure", "number", "count", "tally",
                                              "figures", "total", "estimate", "range", "estimates",
                                              "death toll"} & set(low[at:at + 6]):
            return None
        if word in ("reports", "records", "counts", "estimates", "notes", "states", "documents",
                    "claims") and at and low[at - 1] in ("media", "news", "police", "these", "those",
                                                         "such", "official", "the", "press"):
            return None
        if after in LOSS and LOSS[after].kind in ("adjective", "done") and word in (
                "reported", "confirmed", "announced", "recorded", "registered", "counted"):
            return None
        passive = low[at - 1:at] and low[at - 1] in ("is", "was", "were", "are", "been")
        if word in ("citing", "quoting"):
            return None if self._cited_with_verb(at) else self._citing(at)
        subject = self._subject(at - 1 - bool(passive))
        if subject is None:
            if word not in CITES and at + 1 < len(low) and (at == 0 or low[at - 1] in _PUNCTUATION):
                last, origin, via = self._name_and_source(at + 1)
                start = at + 1 + (after in ("a", "an", "the", "one"))
                if origin and origin.lower() not in _GENERIC and after not in ("that", "to", "it") \
                        and (self._speaks(at + 1, last) or word in FREE
                             and self._may_speak(start, last)):
                    return Voice(origin, via, at, last, False, True)
            return None
        first, last = subject
        name = self._text(first, last)
        if word in _BASE and not (low[last - 1].endswith("s") or low[last - 1] in (
                "police", "media", "they", "people", "staff", ")") or "and" in low[first:last]):
            return None
        pronoun = name.lower() in PRONOUNS
        if not pronoun and not self._speaks(first, last) and not (
                word in FREE and self._may_speak(first, last)):
            return None
        if word in SHOWS and not pronoun and after != "that" and after not in _PUNCTUATION and not (
                DOCUMENTS & set(low[max(0, first - 3):at])):
            return None
        inner = self._name_source_before(first, last, at)
        origin, via = (name, ()) if inner is None else inner
        end = at + 1
        if passive and word in ("quoted", "cited"):
            for ahead in range(at + 1, min(at + 14, len(low))):
                if low[ahead] == "by":
                    end, by, more = self._name_and_source(ahead + 1)
                    via = _distinct(via, (by,), more)
                    break
        elif word in CITES:
            end, cited, more = self._name_and_source(at + 1)
            if not cited:
                return None
            origin, via = cited, _distinct((name,), via, more)
        elif word in ("told", "tells", "telling", "informed"):
            first_told, last_told = self._name(at + 1)
            told = self._text(first_told, last_told)
            if told and is_outlet(told):
                via = _distinct(via, (told,))
            end = max(end, last_told) if told else end
        via = _distinct(via, self._interviewed(at))
        source = self._cited_later(end)
        if source is not None:
            end, cited, more = source
            via = _distinct((origin,), via, more)
            origin = cited
        backward = self._is_trailing(first, end)
        return Voice("" if pronoun and origin == name else origin, _distinct(via, self._first_by()),
                     first, end, True, backward, pronoun and origin == name)

    def _cited_with_verb(self, at: int) -> bool:
        """Tell whether `citing` belongs to a verb of telling or `according to` before it."""
        return any(word in SAYS - CITES for word in self.low[:at]) or "according" in self.low[:at]

    def _citing(self, at: int) -> Voice | None:
        last, origin, via = self._name_and_source(at + 1)
        return Voice(origin, via, at, last, True, True) if origin and self._speaks(at + 1, last) \
            else None

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

    def _name_source_before(self, first: int, last: int, verb: int) -> tuple[str, tuple[str, ...]] | None:
        """Read a subject with an insertion that names its source: `lawmakers, briefed by X, said`."""
        low = self.low
        start = first - 1 if low[first - 1:first] in (["the"], ["a"]) else first
        if low[max(0, start - 2):start] == ["briefed", "by"]:
            passing = self._name_before(start - 3)
            if passing:
                return self._text(first, last), (self._text(*passing),)
        for at in range(last, verb):
            if low[at:at + 2] == ["briefed", "by"] or low[at] in ("citing", "quoting"):
                start = at + 2 if low[at] == "briefed" else at + 1
                _, origin, more = self._name_and_source(start)
                if origin:
                    return origin, _distinct((self._text(first, last),), more)
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
            if low[at] == "by" and (low[at - 1] in _SEEN or low[at - 2:at - 1] == ["first"]):
                first, last = self._name(at + 1)
                name = self._text(first, last)
                return (name,) if is_outlet(name) else ()
        return ()

    def _is_trailing(self, first: int, end: int) -> bool:
        """Tell whether what is said stands before the attribution."""
        low = self.low
        at = end
        for _ in range(12):
            if at >= len(low) or low[at] in _PUNCTUATION:
                return first > 0
            if not (self._is_day(at) or low[at] in _DAY_LINKS | {"reporters", "journalists", "a",
                                                                   "statement", "the", "an", "its"}
                    or self._capital(at) or low[at] in ROLES | DOCUMENTS
                    or low[at] in ("interview", "address", "conference", "update", "post", "local",
                                   "telephone", "by", "phone", "with", "speech", "message", "briefing",
                                   "evening", "daily", "state", "news", "press", "nightly", "video",
                                   "its", "his", "her", "social", "telegram", "after", "visit")
                    or low[at] in _SEEN):
                return False
            at += 1
        return False

    def _subject(self, at: int) -> tuple[int, int] | None:
        """Give first and last word of the subject that ends at or before word `at`."""
        low = self.low
        while at >= 0 and (low[at] in ASIDE or self._is_day(at) and low[at] not in ("last",)
                           or low[at] in _DAY_LINKS and self._is_day(at + 1)
                           or low[at].endswith("ly") and not self._capital(at)
                           or low[at] == "last" and self._is_day(at + 1)):
            at -= 1
        if at < 0:
            return None
        if low[at] in PRONOUNS:
            return at, at + 1
        if low[at] in ("which", "who") and at > 1:
            at -= 1 + (low[at - 1] == ",")
        elif low[at] == ",":
            opening = next((back for back in range(at - 1, max(-1, at - 25), -1)
                            if low[back] == ","), None)
            if opening is None or opening == 0:
                return None
            at = opening - 1
        elif low[at] in _PUNCTUATION and low[at] != ")":
            return None
        return self._name_before(at)

    def _name_before(self, at: int) -> tuple[int, int] | None:
        """Read a name backwards from its last word."""
        low, last = self.low, at + 1
        while at >= 0 and last - at <= _LONGEST_NAME + 2:
            word = low[at]
            if word == ")" and at >= 2 and low[at - 2] == "(":
                at -= 3
                continue
            if self._possessive(at):
                at -= 1
                continue
            if word == "and":
                if not (self._named_word(at - 1) and self._named_word(at + 1)):
                    break
            elif word in ("the", "a", "an") and at < last - 1:
                if not (at and low[at - 1] in _LINKS and self._goes_on(at - 1)):
                    at -= 1
                    break
            elif word in _LINKS:
                if not self._goes_on(at) or at == 0:
                    break
            elif word in _STOPS or (word in SAYS - _BASE and not self._capital(at)
                                    and word not in DOCUMENTS
                                    and word not in ("estimated", "claimed")) \
                    or word[0].isdigit() or word in LOSS and LOSS[word].kind != "noun" \
                    or self._is_day(at) and not self._capital(at - 1) and self._capital(at):
                by_document = word in ("by", "from") and at and low[at - 1] in DOCUMENTS
                if not by_document:
                    break
            at -= 1
        first = at + 1
        if first >= last:
            return None
        if low[first] in _DAY_LINKS:
            first += 1
        first, last = self._unwrapped(first, last)
        return (first, last) if first < last else None

    def _document(self, at: int) -> Voice | None:
        """Read `by Kyiv's count`, `an estimate by the army` where no verb of telling follows."""
        low = self.low
        after = low[at + 1:at + 3]
        if after[:1] and after[0] in ("by", "from") and (
                low[at] not in ("note", "list", "letter") and not (at and low[at - 1] == "'s")):
            last, origin, via = self._name_and_source(at + 2)
            follows = low[last:last + 1]
            if origin and self._speaks(at + 2, last) and not (follows and follows[0] in SAYS):
                return Voice(origin, via, at, last, True, True)
            return None
        for back in range(at - 1, max(-1, at - 5), -1):
            if low[back] in ("'s", "'"):
                if low[at + 1:at + 2] and (low[at + 1] in SAYS or low[at] in (
                        "records", "record", "number", "numbers", "report", "note")):
                    return None
                found = self._name_before(back - 1)
                if found and self._speaks(*found) and (
                        low[at] != "toll" or ROLES & set(low[found[0]:found[1]])):
                    name = self._text(*found)
                    return Voice(name, (), found[0], at + 1, True, True)
                return None
            if low[back] in _STOPS:
                return None
        return None
