"""What a figure counts: the grammar of losses around the figures of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .figurewords import Figure, shared
from .grammarwords import (
    AWAITED,
    BREAKS,
    COMMON_VERBS,
    DENIALS,
    EQUIPMENT,
    FALSE,
    JOINS,
    SUBSET,
    TAKEN,
    TOLLS,
)
from .losswords import AUXILIARIES, HELD, LOSS, PEOPLE, PHRASES, STRONG, Loss, things
from .measures import Measures
from .phrases import Counted
from .sentences import Word
from .speakers import SAYS

__all__ = ["Counted", "count", "merged"]


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


def count(words: Sequence[Word], figures: Sequence[Figure], before: str = "") -> list[Counted]:
    """Find what the figures of a sentence count.

    Parameters
    ----------
    words : sequence of Word
        The words of the sentence, `merged`.
    figures : sequence of Figure
        Its figures.
    before : str
        The quantity that the sentences before spoke of, for `put the figure at 200`.

    Returns
    -------
    list of Counted
        Those that count losses, troops sent or troops come home, in order.
    """
    return Clauses(words, figures, before).counted()


_HANDED = frozenset("handed returned repatriated exchanged swapped return handing".split())
_SET_FREE = frozenset("captivity exchange exchanges swap swaps".split())
_ALIVE = frozenset("missing hostages prisoners captives pows prisoner".split())


class Clauses(Measures):
    """All rules in their order, and last looks at what they answer."""

    def counted(self) -> list[Counted]:
        """Ask every rule in turn of every figure; the first that answers stands."""
        found: dict[int, Counted] = {}
        for place, figure in enumerate(self.figures):
            if self._is_no_count(place) or figure.more in ("former", "step", "except"):
                continue
            if figure.more == "size" and not self._is_total(place):
                if answer := self._happened_to(place, found):
                    found[place] = answer
                continue
            if self._is_total(place):
                if answer := self._sent_total(place):
                    found[place] = answer
                continue
            rules = [
                self._named,
                self._done_to,
                self._happened_to,
                self._measured,
                self._part_of,
                self._listed,
                self._present,
                self._by_name,
                self._numbered,
                self._said_alone,
            ]
            if self._closes_toll(place):
                rules.insert(0, self._measured)
            for rule in rules:
                if answer := rule(place, found):
                    if answer := self._sensible(place, answer, found):
                        found[place] = answer
                    break
        return [found[place] for place in sorted(found)]

    def _closes_toll(self, place: int) -> bool:
        """Tell `toll rises to five, 200 hurt` from `the toll rises as 200 are missing`."""
        first, phrase, low = self.figures[place].first, self.phrases[place], self.low
        behind = low[phrase.last] if phrase.last < len(low) else ""
        return (
            not phrase.nouns
            and low[first - 1] in ("to", "at", "of")
            and behind not in LOSS.keys() | AUXILIARIES.keys()
            and bool(TOLLS & set(low[max(0, first - 6) : first]))
        )

    def _named(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`4,700 casualties`, `600 North Korean deaths`, `three wounded soldiers`, `40 dead`."""
        phrase, low = self.phrases[place], self.low
        if phrase.resumes is not None and low[phrase.resumes : phrase.resumes + 1] in (
            ["fatally"],
            ["mortally"],
            ["fatal"],
        ):
            return self._answer(place, Loss("killed", "adjective"), phrase.resumes)
        word, figure_first = phrase.loss, self.figures[place].first
        if word is None and not (set(phrase.nouns) - {"people", "others", "other", "more"}):
            word = (
                phrase.last
                if phrase.last < len(low)
                and (loss := LOSS.get(low[phrase.last]))
                and loss.kind == "adjective"
                and (not phrase.partitive)
                else None
            )
        if word is None:
            return None
        if low[word] == "lives" and not TAKEN & set(low[max(0, figure_first - 8) : word + 4]):
            return None
        if low[word] == "names" and not any(
            each != "names" and each in LOSS and LOSS[each].quantity in ("killed", "named_dead")
            for each in low
        ):
            return None
        if low[word] == "victims" and set(phrase.nouns) & {"help", "aid"}:
            return None
        loss, _ = self._joint(word)
        if (
            loss.kind == "done"
            and loss.quantity in ("wounded", "captured", "casualties")
            or low[word] in _ALIVE
        ):
            asserted = self._done_to(place, found) or self._happened_to(place, found)
            if asserted and (word < phrase.last - 1 or low[word] in _ALIVE):
                return asserted
        answer = self._answer(place, loss, word)
        if answer and any(
            self.figures[other].first < word and self._is_total(other)
            for other in range(place + 1, len(self.figures))
        ):
            return replace(answer, scope="part", note="a part of the figure behind it")
        return answer

    def _sent_total(self, place: int) -> Counted | None:
        """Read a total: it counts a loss where the word for that stands right behind it."""
        at = self.phrases[place].last
        if self.low[at : at + 2] == ["listed", "as"]:
            at += 2
        loss = LOSS.get(self.low[at]) if at < len(self.low) else None
        if self.phrases[place].loss is not None:
            return self._named(place, {})
        if (thing := self._object_of_clause(at)) is not None:
            return self._answer(place, LOSS[self.low[thing]], thing)
        if loss is None and (there := self._present(place, {})):
            return there
        if (
            loss is None
            or loss.kind != "done"
            and self.low[at - 1] != "as"
            or self._other_share(place)
            and self.figures[place - 1].first == 0
            and (loss.quantity in STRONG | {"casualties", ""} and not self._chain_follows(at))
        ):
            return None
        return self._answer(place, loss, at)

    def _other_share(self, place: int) -> bool:
        return any(other.last + 3 >= self.figures[place].first for other in self.figures[:place])

    def _chain_follows(self, at: int) -> bool:
        """Tell whether the main verb is still to come: `of the 40 injured in it have died`."""
        return any(
            AUXILIARIES.get(word) in ("be", "have") or word in LOSS
            for word in self.low[at + 1 : at + 12]
        )

    def _part_of(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`including 12 children`, `three of them critically`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        if inverted := self._among(place) or self._of_the_lost(place):
            return inverted
        if not found:
            return None
        before = low[figure.first - 1] if figure.first else ""
        two = low[figure.first - 2] if figure.first > 1 else ""
        inside = (
            before in SUBSET
            or two == "among"
            or before in ("them", "whom", "which")
            and two in ("among", "of")
            or phrase.partitive
            and before in (",", "(", "with", "and", "but")
        )
        if not inside:
            return None
        whole = found[max(found)]
        if self._other_verb(place) or whole.figure.value == 0:
            return None
        if (
            not phrase.partitive
            and phrase.nouns
            and not (set(phrase.nouns) & PEOPLE or phrase.nation)
        ):
            return None
        answer = self._answer(place, Loss(whole.quantity, "noun"), figure.at)
        return answer and replace(answer, scope="part", note="a part of the figure before")

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
        if low[last : last + 1] == ["and"]:
            ahead = [
                at for at in range(max(0, last - 8), last) if low[at] in ("included", "include")
            ]
            last = ahead[-1] if ahead else last
        if (
            last < 1
            or not set(self.phrases[place].nouns) & PEOPLE
            or low[last] not in ("were", "was", "are", "is", "included", "include", "includes")
        ):
            return None
        for at in range(last - 1, max(-1, last - 14), -1):
            loss = LOSS.get(low[at])
            if low[at] in BREAKS or loss and loss.quantity == "deployed":
                return None
            if loss is None or loss.kind == "active" or at == 0:
                continue
            joint = self._joint_back(at)
            if low[max(0, joint - 2) : joint] in (["among", "the"], ["among", "those"]) or (
                low[last].startswith("includ") and low[joint - 1] in ("the", "those", "its")
            ):
                answer = self._answer(place, self._joint(joint)[0], joint)
                return answer and replace(answer, scope="part", note="a part of a figure")
        return None

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
            return (
                low[at].endswith("ed")
                and not PEOPLE & set(low[at + 1 : at + 3])
                and low[at] not in LOSS
                and low[at] not in ("occurred", "happened", "recorded", "reported")
            )
        last = chain[0]
        return (
            "be" in chain[1]
            and last < len(low)
            and low[last].endswith("ed")
            and low[last] not in LOSS
        )

    def _listed(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`12 tanks, 30 guns and five drones`; `killed 12 in one town and five in another`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        if not found or figure.first == 0:
            return None
        place_before = max(found)
        whole = found[place_before]
        if place - place_before > 2:
            return None
        between = low[max(whole.last, self.phrases[place_before].last) : figure.first]
        apart = gap = False
        if (
            SAYS & set(between)
            and between.count(",") > 1
            and between[-1] == ","
            and (not phrase.nouns and low[figure.last : figure.last + 1] == ["in"])
        ):
            between, apart = [","], True
        end = low[figure.last] if figure.last < len(low) else "."
        if not phrase.nouns and end in (".", ",", ";"):  # and Ukraine 100,000
            while (
                len(between) > 1
                and between[-1] not in JOINS
                and (
                    self.words[figure.first - 1].text[:1].isupper()
                    or low[figure.first - 1] in PEOPLE
                )
            ):
                between = between[:-1]
                gap = True
        joined = bool(between) and between[-1] in JOINS or "including" in between
        if not joined or len(between) > 10:
            return None
        if any(
            word in COMMON_VERBS
            or AUXILIARIES.get(word) in ("be", "have", "may")
            or word in (";", ":", "while", "but", "that")
            or word in LOSS
            and LOSS[word].kind != "noun"
            for word in between
        ):
            return None
        if (
            self._other_verb(place)
            or phrase.last < len(low)
            and (
                AUXILIARIES.get(low[phrase.last]) in ("be", "have", "may")
                or low[phrase.last] in COMMON_VERBS
            )
        ):
            return None
        thing = things(list(phrase.nouns))
        if thing and (
            whole.quantity in EQUIPMENT
            or whole.quantity == "casualties"
            or {"lost", "losses", "destroyed", "loss"} & set(low[: figure.first])
        ):
            return self._answer(place, Loss("", "done"), figure.at)
        if thing or phrase.nouns and not set(phrase.nouns) & PEOPLE:
            return None
        if not phrase.nouns and not gap and not self._place_follows(phrase.last):
            return None
        quantity = "casualties" if whole.quantity in EQUIPMENT else whole.quantity
        answer = self._answer(
            place,
            Loss(
                quantity,
                "noun",
                whole.quantity in EQUIPMENT or "killed|casualties" in whole.ambiguity,
            ),
            figure.at,
        )
        scope = "part" if whole.scope == "part" or apart else whole.scope
        return answer and replace(
            answer, scope=scope, note="what it counts is read from the figure before"
        )

    def _said_alone(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """Read `12 killed; the insurgents claimed 70`, `intelligence can confirm four`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        said = low[figure.first - 2 : figure.first] in (["spoke", "of"], ["speaks", "of"]) or (
            low[max(0, figure.first - 1) : figure.first] and low[figure.first - 1] in SAYS
        )
        there = low[max(0, figure.first - 5) : figure.first]
        if "there" in there:  # there may have been five
            rest = there[there.index("there") + 1 :]
            said = said or bool(rest) and all(word in AUXILIARIES for word in rest)
        if not found or phrase.nouns or not said:
            return None
        if figure.last < len(low) and low[figure.last] not in (".", ",", ";", ")", "”"):
            return None
        whole = found[min(found)]
        answer = self._answer(place, Loss(whole.quantity, "noun", bool(whole.ambiguity)), figure.at)
        return answer and replace(answer, note="what it counts is read from the figure before")

    def _place_follows(self, at: int) -> bool:
        return (
            at < len(self.low)
            and self.low[at] in ("in on at near from aboard during among").split()
        )

    def _sensible(self, place: int, answer: Counted, found: dict[int, Counted]) -> Counted | None:
        """Drop what is denied, thought of or about prisoners set free; mark waves and shares."""
        figure, low = answer.figure, self.low
        clause = self._clause_before(figure.first)
        denied = [at for at, word in enumerate(clause) if word in DENIALS]
        if _is_false(low, answer.last):
            return None
        if (
            denied
            and not (SAYS - {"reports", "claims", "report", "claim"})
            & set(clause[denied[-1] + 1 :])
            or {"if", "unless"} & set(clause[-12:])
        ):
            return None
        if answer.quantity == "captured" and HELD & set(
            low[max(0, figure.first - 5) : min(len(low), self.phrases[place].last + 6)]
        ):
            return None
        if answer.quantity == "returned" and _SET_FREE & set(low):
            return None
        if (
            answer.quantity in STRONG | {"casualties"}
            and figure.first
            and set(low[max(0, figure.first - 4) : figure.first]) & {"would", "could", "might"}
            and "have" not in low[max(0, figure.first - 4) : figure.first]
        ):
            return None
        after = " ".join(low[self.phrases[place].last : answer.last + 6])
        if _is_rate(low, self.phrases[place].last) or _is_rate(low, answer.last):
            return None
        if answer.quantity in ("killed", "casualties") and "named" in self.phrases[place].nouns:
            answer = replace(answer, quantity="named_dead", ambiguity=())
        named = (
            figure.first
            and (shown := LOSS.get(low[figure.first - 1]))
            and (shown.quantity == "named_dead")
        )
        if answer.quantity == "killed" and ("by name" in after or named):
            answer = replace(answer, quantity="named_dead")
        if {"bodies", "corpses", "bodies of", "remains of"} & set(
            low[answer.first : answer.last]
        ) and (_HANDED & set(low[max(0, answer.first - 6) : answer.last + 5])):
            answer = replace(answer, scope="part", note="bodies handed over")
        behind = low[self.phrases[place].last : self.phrases[place].last + 5]
        if answer.quantity == "deployed" and {"would", "will"} & set(
            low[max(0, figure.first - 4) : figure.first]
        ):
            answer = replace(answer, scope="planned", note="announced, not done")
        if answer.quantity in ("deployed", "returned") and AWAITED & set(behind):
            answer = replace(answer, scope="planned", note="announced, not done")
        notes = [part for part in (answer.note, figure.note) if part]
        ambiguity = answer.ambiguity + ((figure.ambiguity,) if figure.ambiguity else ())
        scope = answer.scope
        if figure.more == "additional":
            if answer.quantity in ("deployed", "returned") and scope == "all":
                scope = "increment"
            elif scope == "all" and low[figure.first : figure.at].count("additional"):
                ambiguity += ("additional|cumulative",)
        if figure.share is not None and figure.value is None and figure.low is None:
            figure = self._of_total(place, figure, found)
            if figure.note:
                notes.append(figure.note)
            else:
                notes.append(f"a share ({figure.share:.3g}) of a total that is not stated here")
        if figure.value == 0 and figure.low is None:
            phrase = self.phrases[place]
            if scope == "part" or (
                phrase.nouns and phrase.loss is None and not set(phrase.nouns) & PEOPLE
            ):
                return None
            notes.append("stated as none")
            if low[figure.at] == "no" and answer.quantity in ("deployed", "returned"):
                return None
        return replace(
            answer,
            figure=figure,
            scope=scope,
            ambiguity=tuple(dict.fromkeys(ambiguity)),
            note="; ".join(dict.fromkeys(notes)),
        )

    def _of_total(self, place: int, figure: Figure, found: dict[int, Counted]) -> Figure:
        """Find the total of a share said earlier: `of the 11,000 sent, a third`."""
        for other in range(place - 1, -1, -1):
            total = self.figures[other]
            if (
                total.value
                and total.share is None
                and not self._is_no_count(other)
                and (set(self.phrases[other].nouns) & PEOPLE or other in found)
            ):
                return shared(figure, total.value)
        return figure

    def _clause_before(self, at: int) -> list[str]:
        for back in range(at - 1, max(-1, at - 20), -1):
            if self.low[back] in (";", "but", "while", "although", "though", "whereas"):
                return self.low[back + 1 : at]
        return self.low[max(0, at - 20) : at]


def _is_false(low: list[str], at: int) -> bool:
    """Tell whether what is stated is called false at the end of its own clause."""
    for ahead in range(at, len(low)):
        if low[ahead] in (";", "but"):
            return False
        if low[ahead] in FALSE and AUXILIARIES.get(low[ahead - 1]) in ("be", "with", "not"):
            return True
    return False


def _is_rate(low: list[str], at: int) -> bool:
    """Tell `1,000 soldiers a day` from a count."""
    word, unit = (*low[at : at + 2], "", "")[:2]
    return word == "daily" or (
        word in ("a", "per", "each", "every") and unit in ("day", "week", "month", "year", "hour")
    )
