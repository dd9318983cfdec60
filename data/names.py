"""Names of speakers: where they start and end, whose paper it is, and whom they cite."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .figurewords import number_word
from .losswords import LOSS
from .sentences import Word
from .speakers import BASE, BY_WHOM, DOCUMENTS, ROLES, SAYS, is_outlet

__all__ = ["DAY_LINKS", "Names", "PUNCTUATION", "STOPS", "distinct"]

PUNCTUATION = frozenset(", ; : . ( ) [ ] ” “ \" ' ! ? — – --".split())
STOPS = PUNCTUATION | frozenset(
    "that who which whom whose while but because although though after before when as if and "
    "or than is are was were be been being has have had will would could can may might by into "
    "since until about over under around including".split()
)
_LINKS = frozenset("of for in at from with to on".split())
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december jan. feb. mar. apr. jun. jul. aug. "
    "sep. sept. oct. nov. dec. morning afternoon evening night week month year last yesterday "
    "today tonight earlier later overnight midday noon dawn".split()
)
DAY_LINKS = frozenset("on in late early at by during around mid".split())
_NOT_NOUNS = frozenset(
    "people soldiers troops civilians others there this these those all both each deaths "
    "casualties losses injuries victims more".split()
)
_LONGEST_NAME = 16


def distinct(*names: Sequence[str]) -> tuple[str, ...]:
    """Join lists of names, each name once."""
    return tuple(dict.fromkeys(name for group in names for name in group if name))


class Names:
    """One sentence, and the names of those who may speak in it."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.low = [word.low for word in words]

    def _name_and_source(self, at: int) -> tuple[int, str, tuple[str, ...]]:
        """Read a name from word `at` on, and whom it cites: the end, the origin, and the rest."""
        first, last = self._name(at)
        name, via = self._text(first, last), tuple[str, ...]()
        origin = name
        low = self.low
        ahead = last + (low[last : last + 1] == [","])
        if (
            low[last : last + 2] == ["briefed", "by"]
            or low[ahead : ahead + 1]
            and (low[ahead] in ("citing", "quoting"))
        ):
            start = last + 2 if low[last] == "briefed" else ahead + 1
            last, origin, more = self._name_and_source(start)
            via = distinct((name,), more) if origin else ()
            origin = origin or name
        elif (brief := self._briefing(last)) is not None:
            last, origin, more = self._name_and_source(brief)
            via = distinct((name,), more) if origin else ()
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
            if (
                word == "("
                and at > start
                and low[at + 2 : at + 3] == [")"]
                and self.words[at + 1].text.isupper()
            ):
                at += 3
                continue
            if (
                word == "and"
                and at > start
                and at + 1 < len(low)
                and (self._capital(at + 1) or low[at + 1] in ROLES)
                and self._capital(at - 1)
            ):
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
            if word in BY_WHOM and low[at + 1 : at + 2] == ["by"]:
                break
            if (
                word in STOPS
                or word in SAYS
                and at > start
                and not self._capital(at)
                and word not in DOCUMENTS
                or word in ("briefed", "citing", "quoting")
                or self._is_day(at)
                and at > start
                and not self._capital(at - 1)
                or word in LOSS
                and not self._capital(at)
                and LOSS[word].kind != "noun"
                or word[0].isdigit()
                or self._is_day(at)
                and low[at] not in ("may", "march")
            ):
                break
            at += 1
        if (
            at < len(low)
            and low[at] in BY_WHOM | {"by"}
            and at > start
            and low[at - 1] in DOCUMENTS
        ):
            by = at if low[at] == "by" else at + 1
            if low[by : by + 1] == ["by"] or low[by : by + 1] == ["from"]:
                return self._name(by + 1)
        return self._unwrapped(start, at)

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
            elif (
                word in STOPS
                or (
                    word in SAYS - BASE
                    and not self._capital(at)
                    and word not in DOCUMENTS
                    and word not in ("estimated", "claimed")
                )
                or word[0].isdigit()
                or word in LOSS
                and LOSS[word].kind != "noun"
                or self._is_day(at)
                and not self._capital(at - 1)
                and self._capital(at)
            ):
                by_document = word in ("by", "from") and at and low[at - 1] in DOCUMENTS
                if not by_document:
                    break
            at -= 1
        first = at + 1
        if first >= last:
            return None
        if low[first] in DAY_LINKS:
            first += 1
        first, last = self._unwrapped(first, last)
        return (first, last) if first < last else None

    def _goes_on(self, at: int) -> bool:
        """Tell whether `for`, `of` ... joins what follows to the name before."""
        if at + 1 >= len(self.low):
            return False
        after = self.low[at + 1]
        noun = self.low[at - 1]
        if self.low[at] == "of" and self._capital(at + 1):  # the bishop of Pemba
            return noun.isalpha() and noun not in STOPS and noun not in LOSS
        return (noun in ROLES or noun in DOCUMENTS or self._capital(at - 1)) and (
            after in ("the", "a", "an", "its", "human")
            or self._capital(at + 1)
            or after in ROLES
            or self.low[at] in ("of", "for")
            and noun in ROLES
            and after.isalpha()
            and after not in STOPS
        )

    def _unwrapped(self, first: int, last: int) -> tuple[int, int]:
        """Give who made it, for a name that is a paper: `the army's latest count`."""
        low = self.low
        for at in range(first, last):
            if low[at] in DOCUMENTS and at + 1 < last and low[at + 1] in ("by", "from", "of"):
                return self._stripped(at + 2, last)
        if last - first > 1 and low[last - 1] in DOCUMENTS and not self._capital(last - 1):
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
        if self.low[first : first + 2] == ["country", "'s"] and self._capital(first + 2):
            first += 2
        return first, last

    def _text(self, first: int, last: int) -> str:
        """Give words as they stand in the text, with single blanks."""
        if first >= last:
            return ""
        out = self.words[first].text
        for before, word in zip(
            self.words[first : last - 1], self.words[first + 1 : last], strict=True
        ):
            out += (" " if word.start > before.end else "") + word.text
        return out

    def _possessive(self, at: int) -> bool:
        """Tell the mark of `the doctors' union` from a quote."""
        return (
            self.low[at] == "'"
            and at > 0
            and self.low[at - 1].endswith("s")
            and self.words[at].start == self.words[at - 1].end
        )

    def _named_word(self, at: int) -> bool:
        return (
            self._capital(at)
            or 0 <= at < len(self.low)
            and (self.low[at] in ROLES or self.low[at] == "'s" or self._possessive(at))
        )

    def _capital(self, at: int) -> bool:
        return 0 <= at < len(self.words) and self.words[at].text[:1].isupper()

    def _is_day(self, at: int) -> bool:
        return 0 <= at < len(self.low) and (self.low[at] in _DAYS or self.low[at].isdigit())

    def _speaks(self, first: int, last: int) -> bool:
        """Tell whether a name is that of somebody who can speak."""
        if any(
            (ROLES | DOCUMENTS) & {self.low[at], *re.split("[ -]", self.low[at])}
            or self._is_name(at, last - first)
            for at in range(first, last)
        ):
            return True
        return is_outlet(self._text(first, last))

    def _is_name(self, at: int, length: int) -> bool:
        """Tell a name from a word that has a capital because a sentence starts with it."""
        low = self.low[at]
        if not self._capital(at) or number_word(low):
            return False
        return (
            at > 0
            or self.words[at].text.isupper()
            or (low not in ("the", "a", "an") and length <= 3 and not low.endswith("s"))
        )

    def _may_speak(self, first: int, last: int) -> bool:
        """Tell whether a noun with an article, or a plural, stands before a verb of speaking."""
        low = self.low
        return (
            low[last - 1].isalpha()
            and low[last - 1] not in _NOT_NOUNS
            and (
                low[first - 1 : first] in (["the"], ["a"], ["an"], ["one"], ["its"], [","])
                or low[last - 1].endswith("s")
                or "'s" in low[first:last]
            )
        )
