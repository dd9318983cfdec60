"""Noun phrases around a figure: what it opens, and what can be no count of losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .figurewords import Figure
from .grammarwords import (
    COMMON_VERBS,
    DETERMINERS,
    MONTHS,
    PEOPLE_END,
    PREPOSITIONS,
    QUOTES,
    STOPS,
    WITHIN,
)
from .losswords import (
    AUXILIARIES,
    BODIES,
    COMPANIES,
    LOSS,
    MILITARY,
    NOT_COUNTED,
    PEOPLE,
    STRONG,
    Loss,
    things,
)
from .sentences import Word

__all__ = ["Counted", "Phrase", "Reading"]


@dataclass(frozen=True)
class Counted:
    """What a figure counts.

    Attributes
    ----------
    figure : Figure
        The figure, with a share worked out where its total is stated.
    quantity : str
        A word of the vocabulary.
    first, last : int
        Words of the evidence: the figure and the word that says what it counts.
    scope : str
        ``all``, ``part`` (a share of another figure of the sentence), ``increment`` or ``planned``.
    ambiguity : tuple of str
        Words of the vocabulary.
    note : str
        What the analyst should know.
    head : str
        The noun that is counted, or ''.
    """

    figure: Figure
    quantity: str
    first: int
    last: int
    scope: str = "all"
    ambiguity: tuple[str, ...] = ()
    note: str = ""
    head: str = ""


@dataclass(frozen=True)
class Phrase:
    """The noun phrase that a figure opens: its first word after it, its nouns, its loss word."""

    last: int
    nouns: tuple[str, ...]
    loss: int | None
    resumes: int | None = None
    nation: bool = False

    @property
    def partitive(self) -> bool:
        """True for `12 of them`, where what is counted was named before."""
        return self.resumes is not None

    @property
    def head(self) -> str:
        """The noun that is counted, or ''."""
        return self.nouns[-1] if self.nouns else ""


_ADJECTIVES = frozenset("original initial former remaining own first".split())
_TERMS = frozenset("sentence sentences prison jail time term terms".split())
_FELL = frozenset(("fell in", "fell at", "fell during", "fell near"))
"""Said of soldiers, these mean death."""

_SIZED = frozenset(
    "population city town village camp community district boy girl man woman child baby son "
    "daughter".split()
)
"""What has a size or an age: `a town of 40,000`, `a girl of nine`."""

_TIMES = frozenset(
    "week weekend month year night monday tuesday wednesday thursday friday saturday sunday "
    "spring summer autumn winter".split()
)
_ILL = frozenset("patients cholera ebola virus disease epidemic outbreak measles fever".split())
_MAKERS = frozenset("boeing airbus tupolev antonov ilyushin embraer leopard flight".split())


class Reading:
    """One sentence, and what its phrases and chains of verbs are."""

    def __init__(self, words: Sequence[Word], figures: Sequence[Figure], before: str = "") -> None:
        self.before = before
        self.words = words
        self.low = [word.low for word in words]
        self.figures = list(figures)
        self.opens = {figure.first: place for place, figure in enumerate(self.figures)}
        self.inside = {at for figure in self.figures for at in range(figure.first, figure.last)}
        self.phrases = [self._phrase(figure) for figure in self.figures]
        for place in range(len(self.phrases) - 1, -1, -1):
            self._borrow(place)

    def _borrow(self, place: int) -> None:
        """Give the 107 of `107 Russian and 1,290 Iranian servicemen` the noun of the other."""
        phrase = self.phrases[place]
        other = self.opens.get(phrase.last + 1)
        if (
            other is None
            or not phrase.nouns
            or phrase.loss is not None
            or self.low[phrase.last] not in ("and", "or")
            or not all(
                word.text[:1].isupper()
                for word in self.words[self.figures[place].last : phrase.last]
            )
        ):
            return
        lent = self.phrases[other]
        if set(lent.nouns) & PEOPLE or lent.loss is not None:
            self.phrases[place] = replace(
                phrase, nouns=(*phrase.nouns, *lent.nouns[-1:]), loss=lent.loss, nation=False
            )

    def _phrase(self, figure: Figure) -> Phrase:
        """Read from a figure to the end of what it counts."""
        low, at = self.low, figure.last
        nouns: list[str] = []
        loss: int | None = None
        while at < len(low) and at - figure.last < 12:
            word = low[at]
            after = low[at + 1] if at + 1 < len(low) else ""
            if at in self.inside:
                break
            if word in LOSS and LOSS[word].kind in ("noun", "adjective", "done"):
                kind = LOSS[word].kind
                if kind == "noun":
                    nouns.append(word)
                    loss = at if loss is None else loss
                    at += 1
                    break
                joined = self._joint(at)
                noun = low[joined[1]] if joined[1] < len(low) else ""
                if not (
                    noun in PEOPLE
                    or noun in LOSS
                    and LOSS[noun].kind == "noun"
                    or (things([noun]) and not nouns)
                ):
                    break
                loss, at = at, joined[1]
                continue
            if word in LOSS and LOSS[word].kind in ("active", "happens"):
                break
            if word in AUXILIARIES and word not in ("reported", "confirmed", "more", "the"):
                break
            if word == "of" and (inner := self._inner(at + 1)) is not None:
                if inner < 0 and nouns and low[-inner - 1] in LOSS:
                    break  # two associates of the dead
                if inner < 0:
                    return Phrase(at, tuple(nouns), loss, -inner)
                at = inner
                continue
            if word in ("and", "or") and nouns and self._same_phrase(at):
                at += 1
                continue
            if (
                word == ","
                and (after in PEOPLE or low[at + 2 : at + 3] and low[at + 2] in PEOPLE)
                and not nouns
            ):
                at += 1
                continue
            if word in QUOTES and at + 1 < len(low):
                at += 1
                continue
            if word in STOPS and word != "more" or not word[0].isalnum() and word != "'s":
                break
            if (
                nouns
                and nouns[-1] in PEOPLE | COMPANIES
                and (word.endswith(("ed", "ing", "ly")) or word in PEOPLE_END)
            ):
                break
            if word == "last" and after in _TIMES:
                break
            if (
                self._is_verb(at, nouns)
                or at == figure.last
                and word.endswith("ed")
                and (after in PREPOSITIONS)
            ):
                break
            if word not in ("'s", "more", "reported", "confirmed"):
                nouns.append(word)
            at += 1
        nation = (
            bool(nouns)
            and at > figure.last
            and self.words[at - 1].text[:1].isupper()
            and (nouns[-1].endswith(("s", "ese", "ish", "ench")) and low[at - 1] == nouns[-1])
        )
        return Phrase(at, tuple(nouns), loss, nation=nation)

    def _inner(self, at: int) -> int | None:
        """Read what stands behind `of`.

        Gives the word at which `of its SOLDIERS` goes on, less than 0 for the word behind
        `of them`, None where something else stands there.
        """
        low = self.low
        word, after = ([*low[at : at + 2], "", ""])[:2]
        if (
            word in ("them", "whom", "which", "us")
            or word in ("those", "these")
            and (after not in PEOPLE)
        ):
            return -(at + 1)
        if word == "the" and after in ("former", "latter"):
            return -(at + 2)
        if (
            word in ("the", "those", "its", "their")
            and after in LOSS
            and low[at + 2 : at + 3]
            and (low[at + 2] not in PEOPLE)
            and LOSS[after].kind in ("done", "adjective", "noun")
        ):
            return -(at + 2)
        for ahead in range(at, min(at + 9, len(low))):
            word = low[ahead]
            if word in PEOPLE or things([word]) or word in LOSS and LOSS[word].kind == "noun":
                while low[at] in WITHIN and at not in self.inside:
                    at += 1
                return next(
                    (
                        self.figures[self.opens[each]].last
                        for each in range(at, ahead)
                        if each in self.opens
                    ),
                    at,
                )
            if (
                ahead not in self.inside
                and word in STOPS
                and word not in WITHIN
                or (word in LOSS and ahead + 1 in self.inside)
            ):
                return None
        return None

    def _same_phrase(self, at: int) -> bool:
        """Tell whether `and` joins two nouns of one count: `Russian and North Korean soldiers`."""
        for ahead in range(at + 1, min(at + 5, len(self.low))):
            word = self.low[ahead]
            if ahead in self.inside or word in STOPS or word in AUXILIARIES:
                return False
            if word in PEOPLE:
                return True
            if word in LOSS:
                return LOSS[word].kind in ("noun", "adjective")
        return False

    def _is_verb(self, at: int, nouns: list[str]) -> bool:
        return bool(nouns) and self.low[at] in COMMON_VERBS

    def _joint(self, at: int) -> tuple[Loss, int]:
        """Read `killed, wounded or captured` from word `at` on: what it means and where it ends."""
        low, first = self.low, LOSS[self.low[at]]
        quantities, last = [first.quantity], at + 1
        while last < len(low):
            ahead = last
            while (
                ahead < len(low)
                and ahead - last < 3
                and low[ahead] in (",", "and", "or", "/", "either")
            ):
                ahead += 1
            if (
                ahead == last
                or ahead >= len(low)
                or ahead in self.inside
                or (other := LOSS.get(low[ahead])) is None
                or other.kind not in ("noun", "adjective", "done", first.kind)
                or other.quantity in ("", "deployed", "returned")
            ):
                break
            if (
                ahead + 1 in self.opens
                and other.kind in ("active", "done")
                and low[ahead - 1] != "or"
                and first.kind == "happens"
            ):
                break
            quantities.append(other.quantity)
            last = ahead + 1
        kinds = set(quantities)
        if len(kinds) > 1:
            return Loss("casualties", first.kind, kinds == {"killed", "missing"}), last
        return first, last

    def _joint_start(self, at: int) -> int:
        """Give the first word of `killed or wounded` from its last."""
        low = self.low
        while (
            at >= 2
            and low[at - 1] in ("and", "or")
            and (loss := LOSS.get(low[at - 2]))
            and (loss.kind == LOSS[low[at]].kind and loss.quantity not in ("", "deployed"))
        ):
            at -= 2
        return at

    def _joint_back(self, back: int) -> int:
        low = self.low
        while back >= 2 and low[back - 1] in ("and", "or", ",") and low[back - 2] in LOSS:
            back -= 2
        return back

    def _is_no_count(self, place: int) -> bool:
        """Tell dates, ages, sums of money, distances and names from counts."""
        figure, phrase = self.figures[place], self.phrases[place]
        low, at = self.low, figure.at
        before = low[figure.first - 1] if figure.first else ""
        number = low[at]
        after = low[figure.last] if figure.last < len(low) else ""
        if (
            before
            in (
                "$ € £ us$ aged age no. flight route article highway chapter no magnitude unit "
                "room level # page phase hill point group battery channel gate block section "
                "class category per usd eur line area camp resolution operation protocol site "
                "zone sector"
            ).split()
        ):
            return True
        if at and low[at - 1] in ("$", "€", "£"):
            return True
        if self._is_name(figure, phrase) or before == "of" and low[figure.first - 2] in _SIZED:
            return True
        if (
            not phrase.nouns
            and low[figure.first] in ("over", "under", "above", "below")
            and (
                before
                in (
                    "them whom those people all mostly women men children were are was is aged"
                ).split()
            )
        ):
            return True
        if number.isdigit() and number.startswith("0") and len(number) > 1:
            return True
        if before in MONTHS or (after in MONTHS and low[at].isdigit()):
            return True
        if (
            number.isdigit()
            and len(number) == 4
            and 1900 <= int(number) <= 2100
            and (
                before
                in (
                    "in since of by from until early late mid , during before after summer "
                    "winter spring autumn the"
                ).split()
                and phrase.loss is None
                and not set(phrase.nouns) & PEOPLE
            )
        ):
            return True
        if (
            figure.value is not None
            and "." in number
            and not number.endswith("000")
            and figure.value < 100
            and figure.share is None
        ):
            return True
        if phrase.nouns and phrase.loss is None:
            if figure.share is not None and phrase.head in BODIES:
                return False
            if phrase.head in NOT_COUNTED and not things(list(phrase.nouns)):
                return True
            if (
                phrase.nouns[0] in NOT_COUNTED
                and phrase.head not in PEOPLE
                and (phrase.nouns[0] not in ("air", "missile"))
            ):
                return True
        if (
            after in (",",)
            and low[figure.last + 1 : figure.last + 2]
            and figure.share is None
            and self._is_age(figure)
        ):
            return True
        return after in ("%", "percent", "-year-old", "°", "°c", "/", "th", "mm", "st") or (
            after == "-" and low[figure.last + 1 : figure.last + 2] == ["year-old"]
        )

    def _is_name(self, figure: Figure, phrase: Phrase) -> bool:
        """Tell `a Boeing 737 Max`, `an Airbus 320`."""
        at, last = figure.first, figure.last
        if (
            at < 2
            or last - at > 1
            or not self.low[at].isdigit()
            or not self.words[at - 1].text[:1].isupper()
            or set(phrase.nouns) & PEOPLE
            or phrase.loss is not None
        ):
            return False
        return last < len(self.words) and (
            self.words[last].text[:1].isupper() or self.low[at - 1] in _MAKERS
        )

    def _is_age(self, figure: Figure) -> bool:
        """Tell `the driver, 43, said`."""
        return (
            figure.first > 0
            and self.low[figure.first - 1] == ","
            and figure.first > 1
            and self.words[figure.first - 2].text[:1].isupper()
            and figure.last - figure.first == 1
            and figure.value is not None
            and figure.value < 110
            and self.low[figure.last + 1] not in LOSS
            and not self.phrases[self.opens[figure.first]].nouns
        )

    def _is_total(self, place: int) -> bool:
        """Tell the 11,000 in `400 of its 11,000 soldiers`, `of the 11,000 sent, 400`."""
        figure, low = self.figures[place], self.low
        at = figure.first - 1
        while at >= 0 and (
            low[at] in WITHIN | _ADJECTIVES
            or low[at] == "'s"
            or low[at + 1] == "'s"
            and low[at] not in STOPS
        ):
            at -= 1
        if at < 0 or low[at] not in ("of", "in") or low[at] == "in" and place == 0:
            return False
        if low[0] == "of" and "," not in low[:at] and low[at] == "of":
            return True
        return (
            low[at - 1] in ("many", "most", "some", "any")
            or any(
                phrase.last == at and phrase.head in COMPANIES and low[at] == "of"
                for phrase in self.phrases[:place]
            )
            or any(at == other.last for other in self.figures[:place])
        )

    def _holds_total(self, place: int) -> bool:
        """Tell `47 of the 280 students`."""
        return any(
            self.figures[place].last < other.first < self.phrases[place].last
            for other in self.figures
        )

    def _chain(self, at: int) -> tuple[int, set[str]] | None:
        """Read `have reportedly been`; give the word after it and what kinds of words it has."""
        marks: set[str] = set()
        start = at
        while at < len(self.low) and at - start < 10 and at not in self.opens:
            word = self.low[at]
            kind = AUXILIARIES.get(word)
            if kind is None and not (word.endswith("ly") and word not in LOSS):
                break
            if word in LOSS:
                break
            marks.add(kind or "with")
            at += 1
        return (at, marks) if at > start else None

    def _has_object(self, at: int) -> bool:
        """Tell whether somebody follows to whom it was done: `killed his guards`."""
        if at >= len(self.low):
            return False
        if at in self.opens:
            place = self.opens[at]
            return not self._is_no_count(place)
        word = self.low[at]
        return (
            word in DETERMINERS
            and word != "that"
            or word in PEOPLE
            or self.words[at].text[:1].isupper()
            and at + 1 < len(self.low)
            and (
                self.low[at + 1] in PEOPLE
                or things([self.low[at + 1]]) != ""
                or at + 2 < len(self.low)
                and self.low[at + 2] in PEOPLE
            )
        )

    def _answer(self, place: int, loss: Loss, word: int) -> Counted | None:
        """Make the answer, unless what is counted cannot be lost in this way."""
        figure, phrase = self.figures[place], self.phrases[place]
        nouns = list(phrase.nouns)
        if (
            not nouns
            and place
            and self.low[max(0, figure.first - 2) : figure.first]
            in (["of", "which"], ["of", "them"])
        ):
            nouns = list(self.phrases[place - 1].nouns)
        thing = things([noun for noun in nouns if noun not in LOSS])
        quantity = loss.quantity
        people = (
            bool(set(nouns) & PEOPLE)
            or not nouns
            or phrase.loss is not None
            or (figure.share is not None and phrase.head in BODIES)
            or phrase.nation
        )
        if (
            thing
            and (nouns or [""])[-1] not in PEOPLE
            and quantity in ("", "casualties", "captured", "killed")
        ):
            if loss.kind == "noun" and phrase.loss == word:
                return None
            quantity = thing
            loss = Loss(thing, loss.kind)
        elif thing and nouns[-1] not in PEOPLE:
            return None
        elif quantity == "":
            return None
        elif quantity in ("deployed", "returned"):
            if not (
                set(nouns) & MILITARY or phrase.nation or (not nouns and self._speaks_of_troops())
            ):
                return None
        elif quantity not in STRONG and not people:
            return None
        elif phrase.head in NOT_COUNTED and phrase.loss is None and not people:
            return None
        said = self.low[word]
        if said.startswith("serv") and _TERMS & set(self.low[word : word + 5]):
            return None
        if said in _FELL and not set(nouns) & (MILITARY | {"police", "policemen"}):
            return None
        if said.startswith("intercept") and quantity in ("ships", "vehicles"):
            return None
        if said == "treated" and not self._speaks_of_wounds(word):
            return None
        if quantity == "deployed" and {"hospital", "hospitals"} & set(self.low[word : word + 5]):
            quantity = "wounded"
        ambiguity: tuple[str, ...] = ()
        if loss.open and quantity == "casualties":
            ambiguity = ("killed|casualties",)
        if _is_mixed(nouns, self.words, figure, phrase):
            ambiguity += ("side|side+others",)
        end = self._joint(word)[1] if self.low[word] in LOSS else word + 1
        first, last = min(figure.first, word), max(figure.last, end, phrase.last)
        return Counted(figure, quantity, first, last, ambiguity=ambiguity, head=phrase.head)

    def _speaks_of_wounds(self, word: int) -> bool:
        """Tell whether those treated were hurt and not ill."""
        known = {
            LOSS[each].quantity for at, each in enumerate(self.low) if at != word and each in LOSS
        }
        return bool(known & (STRONG | {"casualties"})) and not _ILL & set(self.low)

    def _speaks_of_troops(self) -> bool:
        return bool(MILITARY & set(self.low))


def _is_mixed(nouns: list[str], words: Sequence[Word], figure: Figure, phrase: Phrase) -> bool:
    """Tell whether soldiers of two nations are counted together."""
    if "and" not in [word.low for word in words[figure.last : phrase.last]]:
        return False
    span = words[figure.last : phrase.last]
    middle = next(at for at, word in enumerate(span) if word.low == "and")
    return (
        0 < middle < len(span) - 1
        and span[middle - 1].text[:1].isupper()
        and span[middle + 1].text[:1].isupper()
        and phrase.head in MILITARY
    )
