"""What a figure counts: the grammar of losses around one figure of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .figurewords import Figure, shared
from .losswords import (
    AUXILIARIES,
    BODIES,
    HELD,
    LOSS,
    MILITARY,
    NOT_COUNTED,
    PEOPLE,
    PHRASES,
    STRONG,
    Loss,
    things,
)
from .sentences import Word
from .speakers import SAYS

__all__ = ["Counted", "count", "merged", "speaks_of_losses"]

_PREPOSITIONS = frozenset(
    "in on at near by from of with for to into against during after before since under over across "
    "along around between inside outside through throughout within without until amid among "
    "aboard behind beside beyond off onto toward towards upon via per despite including like "
    "alongside following than".split())
_STOPS = _PREPOSITIONS | frozenset(
    "and or but while whereas although though because when if that who whom which whose where as "
    "so then nor yet , ; : . ( ) [ ] ” “ \" ' ! ? - – — -- he she it they we i him them us you "
    "a an the this these those his her its their our my there here also not n't both most many "
    "some all each every more as_well_as along with together with".split()
) | {"as well as", "along with", "together with"}
_BREAKS = frozenset("; : while whereas although though but because when if as after before unless "
                    "— until whereupon so then".split())
_RELATIVES = frozenset(("who", "that", "which"))
_PARTITIVE = frozenset(("them", "whom", "those", "which", "these"))
_DETERMINERS = frozenset("a an the his her its their our this that these those each every him them "
                         "us it".split())
_SUBSET = frozenset("including include included includes".split())
_PLANS = frozenset("plan plans planned planning intends intended intend ready prepare prepares prepared "
                   "preparing agreed promised pledged decided expected expects wants aims vowed due "
                   "considering wanted aimed offered offers proposed proposes "
                   "scheduled poised hopes preparations".split())
_UNREAL = frozenset("could would might should".split())
_DENIALS = frozenset("denied denies deny denying dismissed rejected dismisses rejects refuted refutes "
                     "false untrue denial disputed fake".split())
_WITHIN = frozenset("the its their his these those all our her some more and".split())
_MEASURES = frozenset("toll number figure count tally total totals numbers rate headcount".split())
_LINKS = frozenset(
    "to at of was is were are be reached reaching reaches stood stands standing rose risen rises "
    "climbed climbs jumped increased grown grew hit hits put puts now currently as high total "
    "totalled totalling totaled totaling totals : has had have been being numbered number numbering "
    "amounted amounts amounting is were estimated still already believed thought roughly nearly "
    "remained remains remaining become became soared raised exceeds set swelled mounted "
    "passed topped fell dropped revised upward upwards downward downwards up down "
    "lowered about well in all on comes came bringing brought jumping rising climbing "
    "range ranges ranging ranged run into runs ran exceeded surpassed fallen cut officially stand said".split())
_TAKEN = frozenset("claimed claim claims claiming cost costs costing took taken taking takes lost loss "
                   "lose losing".split())
_AWAITED = frozenset("expected due planned scheduled awaited".split())
_QUOTES = frozenset("” “ \" '".split())
_FALSE = frozenset("false untrue fabricated baseless unfounded".split())
_JOINS = frozenset((",", "and", "or", "as well as", "along with", "plus", "together with", "but",
                    "while", "&", "then"))
_REACH = 40
"""Words that are looked at on either side of a figure."""


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


def merged(words: Sequence[Word]) -> list[Word]:
    """Read words that mean one thing together, such as `shot down`, as one word."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        last = at + 1
        for phrase in PHRASES.get(words[at].low, ()):
            after = at + len(phrase)
            if after > last and tuple(word.low for word in words[at:after]) == phrase:
                last = after
        first = words[at]
        if last > at + 1:
            low = " ".join(word.low for word in words[at:last])
            first = Word(low, low, first.start, words[last - 1].end)
        found.append(first)
        at = last
    return found


def speaks_of_losses(words: Sequence[Word]) -> bool:
    """Tell whether a sentence has any word of losses, so that its figures are worth reading."""
    return any(word.low in LOSS or word.low in MILITARY or word.low in _MEASURES
               or word.low == "death toll" for word in words)


def count(words: Sequence[Word], figures: Sequence[Figure]) -> list[Counted]:
    """Find what the figures of a sentence count.

    Parameters
    ----------
    words : sequence of Word
        The words of the sentence, `merged`.
    figures : sequence of Figure
        Its figures.

    Returns
    -------
    list of Counted
        Those that count losses, troops sent or troops come home, in order.
    """
    return _Clauses(words, figures).counted()


@dataclass(frozen=True)
class _Phrase:
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
        return self.nouns[-1] if self.nouns else ""


class _Clauses:
    """One sentence, and the questions that are asked of its words."""

    def __init__(self, words: Sequence[Word], figures: Sequence[Figure]) -> None:
        self.words = words
        self.low = [word.low for word in words]
        self.figures = list(figures)
        self.opens = {figure.first: place for place, figure in enumerate(self.figures)}
        self.inside = {at for figure in self.figures for at in range(figure.first, figure.last)}
        self.phrases = [self._phrase(figure) for figure in self.figures]

    def counted(self) -> list[Counted]:
        """Ask every rule in turn of every figure; the first that answers stands."""
        found: dict[int, Counted] = {}
        for place, figure in enumerate(self.figures):
            if self._is_no_count(place) or figure.more in ("former", "step", "except", "size"):
                continue
            if self._is_total(place):
                if answer := self._sent_total(place):
                    found[place] = answer
                continue
            for rule in (self._named, self._done_to, self._happened_to, self._measured,
                         self._part_of, self._listed, self._present, self._by_name,
                         self._numbered):
                if answer := rule(place, found):
                    if answer := self._sensible(place, answer, found):
                        found[place] = answer
                    break
        return [found[place] for place in sorted(found)]

    # --- the noun phrase that a figure opens ------------------------------------------------------

    def _phrase(self, figure: Figure) -> _Phrase:
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
                if not (noun in PEOPLE or noun in LOSS and LOSS[noun].kind == "noun"
                        or (things([noun]) and not nouns)):
                    break
                loss, at = at, joined[1]
                continue
            if word in LOSS and LOSS[word].kind in ("active", "happens"):
                break
            if word in AUXILIARIES and word not in ("reported", "confirmed", "more", "the"):
                break
            if word == "of" and (inner := self._inner(at + 1)) is not None:
                if inner < 0:
                    return _Phrase(at, tuple(nouns), loss, -inner)
                at = inner
                continue
            if word in ("and", "or") and nouns and self._same_phrase(at):
                at += 1
                continue
            if word == "," and (after in PEOPLE or low[at + 2:at + 3] and low[at + 2] in PEOPLE) \
                    and not nouns:
                at += 1
                continue
            if word in _QUOTES and at + 1 < len(low):
                at += 1
                continue
            if word in _STOPS and word != "more" or not word[0].isalnum() and word != "'s":
                break
            if nouns and nouns[-1] in PEOPLE and (word.endswith(("ed", "ing", "ly")) or word in
                                                  _PEOPLE_END):
                break
            if self._is_verb(at, nouns):
                break
            if word not in ("'s", "more", "reported", "confirmed"):
                nouns.append(word)
            at += 1
        nation = bool(nouns) and at > figure.last and self.words[at - 1].text[:1].isupper() and (
            nouns[-1].endswith(("s", "ese", "ish", "ench")) and low[at - 1] == nouns[-1])
        return _Phrase(at, tuple(nouns), loss, nation=nation)

    def _inner(self, at: int) -> int | None:
        """Read what stands behind `of`.

        Gives the word at which `of its SOLDIERS` goes on, less than 0 for the word behind
        `of them`, None where something else stands there.
        """
        low = self.low
        word, after = ([*low[at:at + 2], "", ""])[:2]
        if word in ("them", "whom", "which", "us") or word in ("those", "these") and (
                after not in PEOPLE):
            return -(at + 1)
        if word in ("the", "those", "its", "their") and after in LOSS and low[at + 2:at + 3] and (
                low[at + 2] not in PEOPLE) and LOSS[after].kind in ("done", "adjective", "noun"):
            return -(at + 2)
        for ahead in range(at, min(at + 9, len(low))):
            word = low[ahead]
            if word in PEOPLE or things([word]) or word in LOSS and LOSS[word].kind == "noun":
                return next((self.figures[self.opens[each]].last for each in range(at, ahead)
                             if each in self.opens), at)
            if ahead not in self.inside and word in _STOPS and word not in _WITHIN or (
                    word in LOSS and ahead + 1 in self.inside):
                return None
        return None

    def _same_phrase(self, at: int) -> bool:
        """Tell whether `and` joins two nouns of one count: `Russian and North Korean soldiers`."""
        for ahead in range(at + 1, min(at + 5, len(self.low))):
            word = self.low[ahead]
            if ahead in self.inside or word in _STOPS or word in AUXILIARIES:
                return False
            if word in PEOPLE:
                return True
            if word in LOSS:
                return LOSS[word].kind in ("noun", "adjective")
        return False

    def _is_verb(self, at: int, nouns: list[str]) -> bool:
        return bool(nouns) and self.low[at] in _COMMON_VERBS

    def _joint(self, at: int) -> tuple[Loss, int]:
        """Read `killed, wounded or captured` from word `at` on: what it means and where it ends."""
        low, first = self.low, LOSS[self.low[at]]
        quantities, last = [first.quantity], at + 1
        while last < len(low):
            ahead = last
            while ahead < len(low) and ahead - last < 3 and low[ahead] in (",", "and", "or", "/",
                                                                           "either"):
                ahead += 1
            if (ahead == last or ahead >= len(low) or ahead in self.inside
                    or (other := LOSS.get(low[ahead])) is None
                    or other.kind not in ("noun", "adjective", "done", first.kind)
                    or other.quantity in ("", "deployed", "returned")):
                break
            if ahead + 1 in self.opens and other.kind in ("active", "done") \
                    and low[ahead - 1] != "or" and first.kind == "happens":
                break
            quantities.append(other.quantity)
            last = ahead + 1
        kinds = set(quantities)
        if len(kinds) > 1:
            return Loss("casualties", first.kind, kinds == {"killed", "missing"}), last
        return first, last

    # --- figures that count no losses -------------------------------------------------------------

    def _is_no_count(self, place: int) -> bool:
        """Tell dates, ages, sums of money, distances and names from counts."""
        figure, phrase = self.figures[place], self.phrases[place]
        low, at = self.low, figure.at
        before = low[figure.first - 1] if figure.first else ""
        number = low[at]
        after = low[figure.last] if figure.last < len(low) else ""
        if before in ("$", "€", "£", "us$", "aged", "age", "no.", "flight", "route", "article",
                      "highway", "chapter", "no", "magnitude", "unit", "room", "level", "#",
                      "page", "phase", "hill", "point", "group", "battery", "channel", "gate",
                      "block", "section", "class", "category", "per", "usd", "eur", "line", "area",
                      "camp", "resolution", "operation", "protocol", "site", "zone", "sector"):
            return True
        if at and low[at - 1] in ("$", "€", "£"):
            return True
        if before in _MONTHS or (after in _MONTHS and low[at].isdigit()):
            return True
        if number.isdigit() and len(number) == 4 and 1900 <= int(number) <= 2100 and (
                before in ("in", "since", "of", "by", "from", "until", "early", "late", "mid", ",",
                           "during", "before", "after", "summer", "winter", "spring", "autumn", "the")
                and phrase.loss is None and not set(phrase.nouns) & PEOPLE):
            return True
        if figure.value is not None and "." in number and not number.endswith("000") \
                and figure.value < 100 and figure.share is None:
            return True
        if phrase.nouns and phrase.loss is None:
            if figure.share is not None and phrase.head in BODIES:
                return False
            if phrase.head in NOT_COUNTED and not things(list(phrase.nouns)):
                return True
            if phrase.nouns[0] in NOT_COUNTED and phrase.nouns[0] not in ("air", "missile"):
                return True
        if after in (",",) and low[figure.last + 1:figure.last + 2] and figure.share is None \
                and self._is_age(figure):
            return True
        return after in ("%", "percent", "-year-old", "°", "°c", "/", "th", "mm", "st") or (
            after == "-" and low[figure.last + 1:figure.last + 2] == ["year-old"])

    def _is_age(self, figure: Figure) -> bool:
        """Tell `the driver, 43, said`."""
        return (figure.first > 0 and self.low[figure.first - 1] == "," and figure.first > 1
                and self.words[figure.first - 2].text[:1].isupper()
                and figure.last - figure.first == 1 and figure.value is not None
                and figure.value < 110 and self.low[figure.last + 1] not in LOSS
                and not self.phrases[self.opens[figure.first]].nouns)

    def _is_total(self, place: int) -> bool:
        """Tell the 11,000 in `400 of its 11,000 soldiers`, `of the 11,000 sent, 400`."""
        figure, low = self.figures[place], self.low
        at = figure.first - 1
        while at >= 0 and low[at] in _WITHIN:
            at -= 1
        if at < 0 or low[at] not in ("of", "in") or low[at] == "in" and place == 0:
            return False
        return at == 0 or low[at - 1] in ("many", "most", "some", "any") or any(at == other.last for other in self.figures[:place])

    def _sent_total(self, place: int) -> Counted | None:
        """Read a total: it counts a loss where the word for that stands right behind it."""
        at = self.phrases[place].last
        loss = LOSS.get(self.low[at]) if at < len(self.low) else None
        if self.phrases[place].loss is not None:
            return self._named(place, {})
        if loss is None or loss.kind != "done" or self._other_share(place) and (
                loss.quantity in STRONG | {"casualties"} and not self._chain_follows(at)):
            return None
        return self._answer(place, loss, at)

    def _other_share(self, place: int) -> bool:
        return any(other.last + 3 >= self.figures[place].first for other in self.figures[:place])

    def _chain_follows(self, at: int) -> bool:
        """Tell whether the main verb is still to come: `of the 40 injured in it have died`."""
        return any(AUXILIARIES.get(word) in ("be", "have") or word in LOSS
                   for word in self.low[at + 1:at + 12])

    # --- rules ------------------------------------------------------------------------------------

    def _answer(self, place: int, loss: Loss, word: int, **more: object) -> Counted | None:
        """Make the answer, unless what is counted cannot be lost in this way."""
        figure, phrase = self.figures[place], self.phrases[place]
        nouns = list(phrase.nouns)
        if not nouns and place and self.low[max(0, figure.first - 2):figure.first] in (
                ["of", "which"], ["of", "them"]):
            nouns = list(self.phrases[place - 1].nouns)
        thing = things([noun for noun in nouns if noun not in LOSS])
        quantity = loss.quantity
        people = bool(set(nouns) & PEOPLE) or not nouns or phrase.loss is not None or (
            figure.share is not None and phrase.head in BODIES) or phrase.nation
        if thing and (nouns or [''])[-1] not in PEOPLE and quantity in ("", "casualties", "captured",
                                                                "killed"):
            if loss.kind == "noun" and phrase.loss == word:
                return None
            quantity = thing
            loss = Loss(thing, loss.kind)
        elif thing and nouns[-1] not in PEOPLE:
            return None
        elif quantity == "":
            return None
        elif quantity in ("deployed", "returned"):
            if not (set(nouns) & MILITARY or phrase.nation or (not nouns and self._speaks_of_troops())):
                return None
        elif quantity not in STRONG and not people:
            return None
        elif phrase.head in NOT_COUNTED and phrase.loss is None and not people:
            return None
        ambiguity = ("killed|casualties",) if loss.open and quantity == "casualties" else ()
        if _is_mixed(nouns, self.words, figure, phrase):
            ambiguity += ("side|side+others",)
        end = self._joint(word)[1] if self.low[word] in LOSS else word + 1
        first, last = min(figure.first, word), max(figure.last, end, phrase.last)
        return replace(Counted(figure, quantity, first, last, ambiguity=ambiguity, head=phrase.head),
                       **more)

    def _speaks_of_troops(self) -> bool:
        return bool(MILITARY & set(self.low))

    def _named(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`4,700 casualties`, `600 North Korean deaths`, `three wounded soldiers`, `40 dead`."""
        phrase, low = self.phrases[place], self.low
        word, figure_first = phrase.loss, self.figures[place].first
        if word is None and not (set(phrase.nouns) - {"people", "others", "other", "more"}):
            word = phrase.last if phrase.last < len(low) and (
                loss := LOSS.get(low[phrase.last])) and loss.kind == "adjective" and (
                    not phrase.partitive) else None
        if word is None:
            return None
        if low[word] == "lives" and not _TAKEN & set(low[max(0, figure_first - 8):word + 4]):
            return None
        if low[word] == "victims" and set(phrase.nouns) & {"help", "aid"}:
            return None
        loss, _ = self._joint(word)
        if loss.kind == "done" and loss.quantity in ("wounded", "captured", "casualties") \
                or low[word] == "missing":
            asserted = self._done_to(place, found) or self._happened_to(place, found)
            if asserted and word < phrase.last - 1:
                return asserted
        answer = self._answer(place, loss, word)
        if answer and any(self.figures[other].first < word and self._is_total(other)
                          for other in range(place + 1, len(self.figures))):
            return replace(answer, scope="part", note="a part of the figure behind it")
        return answer

    def _done_to(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`killed 12 people`, `has sent an additional 6,000`, `lost 400 men`."""
        low, at = self.low, self.figures[place].first - 1
        while at >= 0 and low[at] in ("also", "already", "now", "reportedly", "nearly", "then",
                                      "of", "its", "up", "off", "in", "another", "today", "”", "“",
                                      '"', "'", "both", "either"):
            if low[at] in ("in", "of", "up", "off") and low[at - 1] not in (
                    "lives", "sending", "killing", "locked", "loss", "wounding", "cost", "deployment"):
                break
            at -= 1
        if cost := self._cost(place):
            return cost
        if at > 0 and low[at] in ("and", ",") and (verb := self._verb_of_list(place, at, found)) is not None:
            at = verb
        if at < 0 or at in self.inside or (loss := LOSS.get(low[at])) is None:
            return None
        if loss.kind not in ("active", "done") or loss.kind == "done" and self._is_passive(at):
            return None
        start = self._joint_start(at)
        if start < at:
            loss = self._joint(start)[0]
        phrase = self.phrases[place]
        if loss.quantity in ("casualties", "deployed") and phrase.last < len(low):
            beside = LOSS.get(low[phrase.last])
            if beside and beside.quantity in ("killed", "wounded", "missing", "captured") \
                    and beside.kind in ("done", "adjective"):
                return self._answer(place, self._joint(phrase.last)[0], phrase.last)
        return self._as_planned(place, self._answer(place, loss, at), at)

    def _cost(self, place: int) -> Counted | None:
        """`the ambush cost the battalion 22 men`."""
        first, low, last = self.figures[place].first, self.low, self.phrases[place].last
        if self.phrases[place].loss is not None or low[last:last + 1] and low[last] in LOSS:
            return None
        for at in range(first - 1, max(-1, first - 6), -1):
            if low[at] in ("cost", "costs", "costing"):
                return self._answer(place, Loss("casualties", "active", True), at)
            if low[at] in _STOPS and low[at] not in _DETERMINERS or at in self.inside:
                return None
        return None

    def _verb_of_list(self, place: int, at: int, found: dict[int, Counted]) -> int | None:
        """Give the verb of `killed a commander and 11 of his men`."""
        low, last = self.low, self.phrases[place].last
        if self.phrases[place].partitive and last < len(low) or last < len(low) and (AUXILIARIES.get(low[last]) in ("be", "have", "may") or (
                low[last] in LOSS and LOSS[low[last]].kind in ("done", "happens"))):
            return None
        for back in range(at - 1, max(-1, at - 10), -1):
            word = low[back]
            loss = LOSS.get(word)
            if back in self.inside:
                if self.opens.get(back) in found:
                    return None
                continue
            if loss and loss.kind in ("active", "done") and back + 1 < at:
                return back if low[back + 1] in _DETERMINERS or back + 1 in self.inside else None
            if word in _STOPS and word not in _DETERMINERS | {"of", "and", ","} \
                    or word in AUXILIARIES and word != "the":
                return None
        return None

    def _joint_start(self, at: int) -> int:
        """Give the first word of `killed or wounded` from its last."""
        low = self.low
        while at >= 2 and low[at - 1] in ("and", "or") and (loss := LOSS.get(low[at - 2])) and (
                loss.kind == LOSS[low[at]].kind and loss.quantity not in ("", "deployed")):
            at -= 2
        return at

    def _is_passive(self, at: int) -> bool:
        """Tell `were killed` from `have killed`, at the word of loss."""
        for before in range(at - 1, max(-1, at - 8), -1):
            word = self.low[before]
            if AUXILIARIES.get(word) == "be" and word not in ("remain", "feared"):
                return True
            if AUXILIARIES.get(word) not in ("with", "have", "not", "may"):
                return False
        return False

    def _as_planned(self, place: int, answer: Counted | None, at: int) -> Counted | None:
        """Mark what is planned; drop losses that are only thought of, denied or promised."""
        if answer is None:
            return None
        before = self.low[max(0, at - 8):at]
        for place_, word in enumerate(before):
            if word in (";", "that", "said", ":"):
                before = before[place_ + 1:]
                break
        future = {"will", "'ll", "shall"} & set(before) or (
            _UNREAL & set(before) and "have" not in before)
        planned = bool(_PLANS & set(before) and ("to" in before or self.low[at].endswith("ing"))
                       or future)
        if not planned:
            return answer
        if answer.quantity in ("deployed", "returned"):
            return replace(answer, scope="planned", note="announced, not done")
        return None

    def _happened_to(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`2,000 soldiers deployed to Russia have been killed`, `12 people died`."""
        low, phrase = self.low, self.phrases[place]
        if self.figures[place].first and low[self.figures[place].first - 1] in ("by", "against") \
                and not self._opens_clause(place):
            return None
        at, start = phrase.last, phrase.last
        reduced: tuple[Loss, int] | None = None
        related = False
        if phrase.resumes is not None:
            at = phrase.resumes
        while at < len(low) and at - start < _REACH:
            word = low[at]
            loss = LOSS.get(word)
            if loss and loss.kind in ("done", "happens", "adjective"):
                joint, last = self._joint(at)
                active = loss.kind == "done" and self._has_object(last)
                if active and not related:
                    break
                if loss.kind == "happens" and at > start and not related and (
                        loss.quantity == "deployed" and word in ("fighting", "serving", "operating",
                                                                 "embedded")) and reduced is None:
                    reduced = (joint, at)
                elif loss.kind in ("happens", "adjective") and not related and not (
                        loss.kind == "adjective" and at > start and low[at - 1] not in AUXILIARIES
                        and low[at - 1] not in (",",)):
                    reduced = reduced if reduced and reduced[0].quantity in STRONG else (joint, at)
                    return self._answer(place, *reduced)
                elif loss.kind == "done" and low[at - 1] in _DETERMINERS:
                    break
                elif reduced is None and not active:
                    reduced = (joint, at)
                at, related = last, False
                continue
            if word in _RELATIVES:
                related, at = True, at + 1
                chain = self._chain(at)
                if chain is not None:
                    at = chain[0]
                continue
            if word in AUXILIARIES and (AUXILIARIES[word] != "with" or word in (
                    "reported", "confirmed", "believed", "also", "already", "reportedly", "all",
                    "each", "now", "thought")):
                chain = self._chain(at)
                assert chain is not None
                last, marks = chain
                found_loss = LOSS.get(low[last]) if last < len(low) and last not in self.inside \
                    else None
                if found_loss is None or found_loss.kind == "noun" and "be" not in marks:
                    if related:
                        at = last
                        related = False
                        continue
                    if among := self._among_these(place, at, last):
                        return among
                    if "be" in marks and "not" not in marks and (
                            second := self._second_verb(last)) is not None:
                        return self._answer(place, LOSS[low[second]], second)
                    if last < len(low) and last not in self.inside and AUXILIARIES[word] == "with" \
                            and "be" not in marks and "have" not in marks:
                        at += 1
                        continue
                    break
                if "not" in marks:
                    return None
                joint, after = self._joint(last)
                done = found_loss.kind in ("done", "active")
                if found_loss.kind == "active" or done and "be" not in marks and (
                        "have" in marks or self._has_object(after)):
                    break
                if "may" in marks and "have" not in marks or "to" in low[at:last] and (
                        set(low[at:last]) & {"due", "set", "expected"}
                        or low[at + 1:at + 2] == ["to"] and word in ("is", "are", "was", "were")):
                    if joint.quantity not in ("deployed", "returned"):
                        break
                    answer = self._answer(place, joint, last)
                    return answer and replace(answer, scope="planned", note="announced, not done")
                if reduced and reduced[0].quantity in STRONG and joint.quantity in (
                        "deployed", "returned", "casualties"):
                    break
                if related:
                    reduced, at, related = reduced or (joint, last), after, False
                    continue
                return self._answer(place, joint, last)
            if word == "," and (close := self._closing(at)) is not None:
                at = close + 1
                continue
            if word in ("and", "or", ",", "as well as", "along with", "together with", "plus"):
                if reduced is not None and reduced[0].quantity != "deployed" and (
                        at + 1 in self.opens):
                    break
                if at + 1 in self.opens and self.opens[at + 1] != place:
                    other = self.opens[at + 1]
                    if self._is_no_count(other) or self.phrases[other].loss is not None:
                        break
                    at = self.phrases[other].last
                    continue
                if word == "," or self._new_clause(at + 1):
                    break
                at += 1
                continue
            if word in _BREAKS or word in (".", "(", ")", "”"):
                break
            if at in self.opens and self.opens[at] != place:
                other = self.opens[at]
                if low[at - 1] in _PREPOSITIONS or self._is_no_count(other):
                    at = max(self.figures[other].last, self.phrases[other].last)
                    continue
                break
            at += 1
        if reduced is None:
            return None
        answer = self._answer(place, *reduced)
        return answer if answer is None or reduced[0].quantity != "deployed" or (
            phrase.last == reduced[1] or related or True) else None

    def _among_these(self, place: int, at: int, last: int) -> Counted | None:
        """`21 rescuers were among the 74 victims`."""
        other = self.opens.get(last, self.opens.get(last - 1))
        if other is None or "among" not in self.low[at:last + 1]:
            return None
        word = self.phrases[other].loss
        if word is None:
            return None
        answer = self._answer(place, self._joint(word)[0], word)
        return answer and replace(answer, scope="part", note="a part of the figure behind it")

    def _second_verb(self, at: int) -> int | None:
        """Give the word of loss in `were pulled out of Mali and flown home`."""
        for ahead in range(at + 1, min(at + 9, len(self.low) - 1)):
            if ahead in self.inside or self.low[ahead] in _BREAKS or self.low[ahead] == ",":
                return None
            loss = LOSS.get(self.low[ahead + 1])
            if self.low[ahead] == "and" and loss and loss.kind == "done" and not self._has_object(
                    ahead + 2):
                return ahead + 1
        return None

    def _opens_clause(self, place: int) -> bool:
        return self.figures[place].first == 0

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
        return (word in _DETERMINERS and word != "that"
                or word in PEOPLE
                or self.words[at].text[:1].isupper() and at + 1 < len(self.low)
                and (self.low[at + 1] in PEOPLE or things([self.low[at + 1]]) != ""
                     or at + 2 < len(self.low) and self.low[at + 2] in PEOPLE))

    def _closing(self, at: int) -> int | None:
        """Give the comma that closes an insertion, where a verb of loss follows it."""
        for ahead in range(at + 1, min(at + 25, len(self.low) - 1)):
            if self.low[ahead] in (";", ":"):
                return None
            if self.low[ahead] == ",":
                word = self.low[ahead + 1]
                if AUXILIARIES.get(word) in ("be", "have", "may") or (
                        word in LOSS and LOSS[word].kind in ("done", "happens", "adjective")):
                    return ahead
        return None

    def _new_clause(self, at: int) -> bool:
        """Tell whether a clause of its own starts at a word behind `and`."""
        if at >= len(self.low):
            return True
        word = self.low[at]
        return (word in AUXILIARIES or word in LOSS or word in _DETERMINERS
                or word in ("he", "she", "they", "it", "we"))

    def _measured(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`the death toll rose to 48`, `put the number of dead at 2,000`, `losses of 4,700`."""
        figure, low, phrase = self.figures[place], self.low, self.phrases[place]
        at = figure.first - 1
        if phrase.loss is not None or phrase.nouns and not set(phrase.nouns) & PEOPLE \
                and phrase.head not in ("so",):
            return None
        hedge = " ".join(low[figure.first:figure.at])
        linked = at >= 0 and low[at] in _LINKS or any(
            verb in hedge for verb in ("exceed", "top", "surpass", "pass", "estimated", "near",
                                       "cross", "approach"))
        if not linked:
            return None
        for back in range(at, max(-1, at - 24), -1):
            word = low[back]
            if word in (";", "while", "but", "whereas", "after", "when") or back in self.inside \
                    and self._stands_between(back, place):
                return None
            if word in ("death toll", "toll"):
                before = low[back - 1] if back else ""
                loss = Loss("casualties", "noun") if before in ("casualty", "injury") else Loss(
                    "killed", "noun")
                if low[back + 1:back + 2] == ["of"] or back + 1 < len(low):
                    loss = self._toll_of(back, at) or loss
                return self._answer(place, loss, back)
            loss_word = LOSS.get(word)
            if loss_word and loss_word.quantity and back < figure.first and word != "lives":
                measure = self._measure_before(back)
                if loss_word.kind == "adjective" and measure is None and low[back - 1] in (
                        "'s", "the", "of", "'", "its", "their"):
                    measure = back
                if loss_word.kind == "noun" and word not in ("prisoners", "hostages") or \
                        measure is not None:
                    joint = self._joint(self._joint_back(back))[0]
                    return self._answer(place, joint, back if measure is None else measure)
                if loss_word.kind in ("done", "active", "happens"):
                    if word in ("fighting", "serving") or loss_word.quantity == "deployed":
                        continue
                    return None
            if word in ("total", "tally", "number", "figure", "count") and found and \
                    "of" not in low[back + 1:back + 2]:
                earlier = found[max(found)]
                return self._answer(place, Loss(earlier.quantity, "noun", bool(earlier.ambiguity)),
                                    back)
            if word in ("total", "tally", "count", "number") and "of" not in low[back + 1:back + 2] \
                    and back and low[back - 1] in ("the", "overall", "provisional", "latest"):
                for earlier_word in low[:back]:
                    known = LOSS.get(earlier_word)
                    if known and known.quantity in STRONG:
                        return self._answer(place, Loss(known.quantity, "noun"), back)
        return None

    def _numbered(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`brought to 14 the number of victims`."""
        at, low = self.figures[place].last, self.low
        if low[at:at + 1] != ["the"] or low[at + 1:at + 2] and low[at + 1] not in _MEASURES | {
                "death toll"}:
            return None
        if low[at + 1:at + 2] in (["toll"], ["death toll"]):
            return self._answer(place, Loss("killed", "noun"), at + 1)
        for ahead in range(at + 2, min(at + 9, len(low))):
            if low[ahead] in LOSS and LOSS[low[ahead]].kind in ("noun", "adjective", "done"):
                return self._answer(place, self._joint(ahead)[0], ahead)
            if low[ahead] in _BREAKS or low[ahead] == ",":
                return None
        return None

    def _stands_between(self, back: int, place: int) -> bool:
        """Tell whether another count, which is no date and not the earlier one, stands between."""
        for other, figure in enumerate(self.figures):
            if other != place and figure.first <= back < figure.last:
                return not (figure.more in ("former", "step") or self._is_no_count(other))
        return False

    def _toll_of(self, back: int, at: int) -> Loss | None:
        """Read `toll of dead and wounded`."""
        for ahead in range(back + 1, at):
            if self.low[ahead] in LOSS and LOSS[self.low[ahead]].quantity in ("casualties", "wounded",
                                                                              "missing"):
                return self._joint(ahead)[0]
        return None

    def _joint_back(self, back: int) -> int:
        low = self.low
        while back >= 2 and low[back - 1] in ("and", "or", ",") and low[back - 2] in LOSS:
            back -= 2
        return back

    def _measure_before(self, at: int) -> int | None:
        """Give `number` of `the number of soldiers killed`."""
        for back in range(at - 1, max(-1, at - 10), -1):
            word = self.low[back]
            if word in _MEASURES or word in ("estimate", "estimates"):
                return back
            if word in _BREAKS or word in AUXILIARIES and AUXILIARIES[word] in ("be", "have") \
                    and word != "been" or back in self.opens:
                return None
        return None

    def _part_of(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`including 12 children`, `three of them critically`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        if inverted := self._among(place) or self._of_the_lost(place):
            return inverted
        if not found:
            return None
        before = low[figure.first - 1] if figure.first else ""
        two = low[figure.first - 2] if figure.first > 1 else ""
        inside = (before in _SUBSET or two == "among" or before in ("them", "whom")
                  and two in ("among", "of") or phrase.partitive and before in (",", "(", "with",
                                                                                "and", "but"))
        if not inside:
            return None
        whole = found[max(found)]
        if self._other_verb(place) or whole.figure.value == 0:
            return None
        if not phrase.partitive and not set(phrase.nouns) & PEOPLE and phrase.nouns:
            return None
        answer = self._answer(place, Loss(whole.quantity, "noun"), figure.at)
        return answer and replace(answer, scope="part", note="a part of the figure before")

    def _by_name(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`have verified 211 by name`, where the sentence speaks of the dead."""
        at, low = self.phrases[place].last, self.low
        if low[at:at + 2] != ["by", "name"] or not any(
                word in LOSS and LOSS[word].quantity == "killed" for word in low):
            return None
        return self._answer(place, Loss("named_dead", "noun"), at + 1)

    def _of_the_lost(self, place: int) -> Counted | None:
        """`eleven of the dead were foreigners`."""
        resumes = self.phrases[place].resumes
        if resumes is None or (loss := LOSS.get(self.low[resumes - 1])) is None:
            return None
        answer = self._answer(place, loss, resumes - 1)
        return answer and replace(answer, scope="part", note="a part of a figure")

    def _among(self, place: int) -> Counted | None:
        """`among those killed in the raid were nine nurses`, `the wounded include 12 children`."""
        last, low = self.figures[place].first - 1, self.low
        if last < 1 or not set(self.phrases[place].nouns) & PEOPLE or low[last] not in (
                "were", "was", "are", "is", "included", "include", "includes"):
            return None
        for at in range(last - 1, max(-1, last - 14), -1):
            loss = LOSS.get(low[at])
            if low[at] in _BREAKS or loss and loss.quantity == "deployed":
                return None
            if loss is None or loss.kind == "active" or at == 0:
                continue
            joint = self._joint_back(at)
            if low[max(0, joint - 2):joint] in (["among", "the"], ["among", "those"]) or (
                    low[last].startswith("includ") and low[joint - 1] in ("the", "those", "its")):
                answer = self._answer(place, self._joint(joint)[0], joint)
                return answer and replace(answer, scope="part", note="a part of a figure")
        return None

    def _present(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`12,000 troops are in Kursk`, `has 2,500 soldiers in the country`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        if not set(phrase.nouns) & MILITARY or phrase.last >= len(low):
            return None
        chain = self._chain(phrase.last)
        has = figure.first and low[figure.first - 1] in ("has", "have", "had", "maintains", "keeps")
        at = phrase.last if has or chain is None else chain[0]
        if not has and (chain is None or "be" not in chain[1] or "not" in chain[1]):
            return None
        if at >= len(low) or low[at] not in ("in", "near", "at", "along", "inside", "across", "on",
                                             "around") or at in self.opens:
            return None
        if low[at + 1:at + 2] and low[at + 1] in ("training", "reserve", "hospital", "critical",
                                                   "serious", "stable", "danger", "custody", "captivity",
                                                   "total", "all", "prison", "board"):
            return None
        return self._answer(place, Loss("deployed", "happens"), at)

    def _other_verb(self, place: int) -> bool:
        """Tell whether a verb other than of loss follows: `12 of whom were rescued`."""
        phrase, low = self.phrases[place], self.low
        at = phrase.last if phrase.resumes is None else phrase.resumes
        if at < len(low) and low[at] in ("who", "that"):
            at += 1
        if at >= len(low):
            return False
        chain = self._chain(at)
        if chain is None:
            return low[at].endswith("ed") and low[at] not in LOSS
        last = chain[0]
        return "be" in chain[1] and last < len(low) and low[last].endswith("ed") \
            and low[last] not in LOSS

    def _listed(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`12 tanks, 30 guns and five drones`; `killed 12 in one town and five in another`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        if not found or figure.first == 0:
            return None
        place_before = max(found)
        whole = found[place_before]
        if place - place_before > 2:
            return None
        between = low[max(whole.last, self.phrases[place_before].last):figure.first]
        joined = bool(between) and between[-1] in _JOINS or "including" in between
        if not joined or len(between) > 10:
            return None
        if any(word in _COMMON_VERBS or AUXILIARIES.get(word) in ("be", "have", "may")
               or word in (";", ":", "while", "but", "that")
               or word in LOSS and LOSS[word].kind != "noun" for word in between):
            return None
        if self._other_verb(place) or phrase.last < len(low) and (
                AUXILIARIES.get(low[phrase.last]) in ("be", "have", "may")
                or low[phrase.last] in _COMMON_VERBS):
            return None
        thing = things(list(phrase.nouns))
        if thing and (whole.quantity in _EQUIPMENT or whole.quantity == "casualties"
                      or {"lost", "losses", "destroyed", "loss"} & set(low[:figure.first])):
            return self._answer(place, Loss("", "done"), figure.at)
        if thing or phrase.nouns and not set(phrase.nouns) & PEOPLE:
            return None
        if not phrase.nouns and not self._place_follows(phrase.last):
            return None
        quantity = "casualties" if whole.quantity in _EQUIPMENT else whole.quantity
        answer = self._answer(place, Loss(quantity, "noun", whole.quantity in _EQUIPMENT
                                          or "killed|casualties" in whole.ambiguity), figure.at)
        return answer and replace(answer, note="what it counts is read from the figure before")

    def _place_follows(self, at: int) -> bool:
        return at < len(self.low) and self.low[at] in ("in", "on", "at", "near", "from", "aboard",
                                                       "during")

    # --- last looks -------------------------------------------------------------------------------

    def _sensible(self, place: int, answer: Counted, found: dict[int, Counted]) -> Counted | None:
        """Drop what is denied, thought of or about prisoners set free; mark waves and shares."""
        figure, low = answer.figure, self.low
        clause = self._clause_before(figure.first)
        denied = [at for at, word in enumerate(clause) if word in _DENIALS]
        if _FALSE & set(low[answer.last:]):
            return None
        if denied and not (SAYS - {"reports", "claims", "report", "claim"}) & set(
                clause[denied[-1] + 1:]) or {"if", "unless"} & set(clause[-12:]):
            return None
        if answer.quantity == "captured" and HELD & set(
                low[max(0, figure.first - 5):min(len(low), self.phrases[place].last + 6)]):
            return None
        if answer.quantity in STRONG | {"casualties"} and figure.first and set(
                low[max(0, figure.first - 4):figure.first]) & {"would", "could", "might"} \
                and "have" not in low[max(0, figure.first - 4):figure.first]:
            return None
        after = " ".join(low[self.phrases[place].last:answer.last + 6])
        if _is_rate(low, self.phrases[place].last) or _is_rate(low, answer.last):
            return None
        named = figure.first and (shown := LOSS.get(low[figure.first - 1])) and (
            shown.quantity == "named_dead")
        if answer.quantity == "killed" and ("by name" in after or named):
            answer = replace(answer, quantity="named_dead")
        if {"bodies", "corpses", "bodies of", "remains of"} & set(low[answer.first:answer.last]) and (
                HELD & set(low[max(0, answer.first - 6):answer.last + 5])):
            answer = replace(answer, scope="part", note="bodies handed over")
        behind = low[self.phrases[place].last:self.phrases[place].last + 5]
        if answer.quantity in ("deployed", "returned") and _AWAITED & set(behind):
            answer = replace(answer, scope="planned", note="announced, not done")
        notes = [part for part in (answer.note, figure.note) if part]
        ambiguity = answer.ambiguity + ((figure.ambiguity,) if figure.ambiguity else ())
        scope = answer.scope
        if figure.more == "additional":
            if answer.quantity in ("deployed", "returned") and scope == "all":
                scope = "increment"
            elif scope == "all" and low[figure.first:figure.at].count("additional"):
                ambiguity += ("additional|cumulative",)
        if figure.share is not None and figure.value is None:
            figure = self._of_total(place, figure, found)
            if figure.note:
                notes.append(figure.note)
            else:
                notes.append(f"a share ({figure.share:.3g}) of a total that is not stated here")
        if figure.value == 0 and figure.low is None:
            notes.append("stated as none")
            if low[figure.at] == "no" and answer.quantity in ("deployed", "returned"):
                return None
        return replace(answer, figure=figure, scope=scope, ambiguity=tuple(dict.fromkeys(ambiguity)),
                       note="; ".join(dict.fromkeys(notes)))

    def _of_total(self, place: int, figure: Figure, found: dict[int, Counted]) -> Figure:
        """Find the total of a share said earlier: `of the 11,000 sent, a third`."""
        for other in range(place - 1, -1, -1):
            total = self.figures[other]
            if total.value and total.share is None and not self._is_no_count(other) and (
                    set(self.phrases[other].nouns) & PEOPLE or other in found):
                return shared(figure, total.value)
        return figure

    def _clause_before(self, at: int) -> list[str]:
        for back in range(at - 1, max(-1, at - 20), -1):
            if self.low[back] in (";", "but", "while", "although", "though", "whereas"):
                return self.low[back + 1:at]
        return self.low[max(0, at - 20):at]


_EQUIPMENT = frozenset(("tanks", "armoured_vehicles", "artillery", "air_defence", "aircraft",
                        "helicopters", "drones", "ships", "vehicles"))
_MONTHS = frozenset(
    "january february march april may june july august september october november december jan jan. "
    "feb feb. mar mar. apr apr. jun jun. jul jul. aug aug. sep sep. sept sept. oct oct. nov nov. dec "
    "dec.".split())
_PEOPLE_END = frozenset("said told have has had were was are is last yesterday today overnight alone "
                        "monday tuesday wednesday thursday friday saturday sunday daily".split())
_COMMON_VERBS = frozenset(
    "said says told reported claimed took take takes fled flee survived survive escaped left went go "
    "remain live lived moved made gave came fell held hold joined attended voted won face faced "
    "need needed received receive visited gathered marched crossed entered helped seized stormed "
    "opened threw fired carried attacked ambushed hit struck destroyed freed rescued arrested "
    "detained evacuated displaced broke ran drove began started continued saw found brought "
    "set became used blew sought spent paid bought raised collapsed caught".split())


def _is_rate(low: list[str], at: int) -> bool:
    """Tell `1,000 soldiers a day` from a count."""
    return low[at:at + 1] == ["daily"] or (
        low[at:at + 1] and low[at] in ("a", "per", "each", "every") and low[at + 1:at + 2]
        and low[at + 1] in ("day", "week", "month", "year", "hour")) or False


def _is_mixed(nouns: list[str], words: Sequence[Word], figure: Figure, phrase: _Phrase) -> bool:
    """Tell whether soldiers of two nations are counted together."""
    if "and" not in [word.low for word in words[figure.last:phrase.last]]:
        return False
    span = words[figure.last:phrase.last]
    middle = next(at for at, word in enumerate(span) if word.low == "and")
    return (0 < middle < len(span) - 1 and span[middle - 1].text[:1].isupper()
            and span[middle + 1].text[:1].isupper() and phrase.head in MILITARY)
