"""What was done to those who are counted, or happened to them: the rules that follow verbs."""

from __future__ import annotations

from dataclasses import replace

from .grammarwords import (
    BREAKS,
    COMMON_VERBS,
    DETERMINERS,
    MEASURES,
    NOT_DONE,
    PEOPLE_END,
    PLANS,
    PREPOSITIONS,
    QUOTES,
    REACH,
    RELATIVES,
    STOPS,
    TOLLS,
    UNHURT,
    UNREAL,
)
from .losswords import AUXILIARIES, COMPANIES, LOSS, PEOPLE, STRONG, Loss
from .phrases import Counted, Reading
from .speakers import SAYS

__all__ = ["Predicates"]

_NOUNLIKE = frozenset(
    "station stations field fields mass masses garrison garrisons rush rushes transfer transfers "
    "commits".split()
)
_MODALS = [[word] for word in "to will would may can could should must".split()]
_HURTS = frozenset("wounds injuries burns".split())
_LISTS = frozenset(
    "list lists listed count counts counted report reported records recorded "
    "registered register gives gave describes".split()
)
_TAKES = [[word] for word in "took taken take takes taking hold holds holding held".split()]
_TOLD = frozenset("listed reported feared presumed declared believed confirmed".split())


class Predicates(Reading):
    """Rules that follow verbs: what was done to those who are counted, or happened to them."""

    def _done_to(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """Read `killed 12 people`, `has sent an additional 6,000`, `lost 400 men`."""
        low, at = self.low, self.figures[place].first - 1
        while (
            at >= 0
            and low[at]
            in (
                "also already now reportedly nearly then of its up off in another today ” “ \" ' "
                "both either"
            ).split()
        ):
            if (
                low[at] in ("in", "of", "up", "off")
                and low[at - 1]
                not in ("lives sending killing locked loss wounding cost deployment").split()
            ):
                break
            at -= 1
        if low[max(0, at - 1) : at + 1] in (["death", "of"], ["deaths", "of"]):
            return self._answer(place, Loss("killed", "noun"), at - 1)
        if special := self._cost(place) or self._taken(place) or self._with_others(place):
            return special
        if (
            at > 0
            and low[at] in ("and", ",")
            and (verb := self._verb_of_list(place, at, found)) is not None
        ):
            at = verb
        if at < 0 or at in self.inside or (loss := LOSS.get(low[at])) is None:
            return None
        if loss.kind not in ("active", "done") or loss.kind == "done" and self._is_passive(at):
            return None
        if low[at] in _NOUNLIKE and low[max(0, at - 1) : at] not in _MODALS:
            return None
        start = self._joint_start(at)
        if start < at:
            loss = self._joint(start)[0]
        phrase = self.phrases[place]
        if loss.quantity in ("casualties", "deployed") and phrase.last < len(low):
            beside = LOSS.get(low[phrase.last])
            if (
                beside
                and beside.quantity in ("killed", "wounded", "missing", "captured")
                and beside.kind in ("done", "adjective")
            ):
                return self._answer(place, self._joint(phrase.last)[0], phrase.last)
        return self._as_planned(place, self._answer(place, loss, at), at)

    def _cost(self, place: int) -> Counted | None:
        """Read `the ambush cost the battalion 22 men`."""
        first, low, last = self.figures[place].first, self.low, self.phrases[place].last
        if self.phrases[place].loss is not None or low[last : last + 1] and low[last] in LOSS:
            return None
        for at in range(first - 1, max(-1, first - 6), -1):
            if low[at] in ("cost", "costs", "costing"):
                return self._answer(place, Loss("casualties", "active", True), at)
            if low[at] in STOPS and low[at] not in DETERMINERS or at in self.inside:
                return None
        return None

    def _taken(self, place: int) -> Counted | None:
        """Read `took 22 marines captive`."""
        first, last, low = self.figures[place].first, self.phrases[place].last, self.low
        if not any(low[max(0, at) : at + 1] in _TAKES for at in (first - 1, first - 4, first - 5)):
            return None
        for at in (last - 1, last):
            if at < len(low) and low[at] in ("captive", "prisoner", "hostage"):
                return self._answer(place, Loss("captured", "active"), at)
        return None

    def _with_others(self, place: int) -> Counted | None:
        """Read `was killed together with six bodyguards`, `burnt 36 people to death`."""
        at, last, low = self.figures[place].first - 1, self.phrases[place].last, self.low
        if low[last : last + 2] == ["to", "death"]:
            return self._answer(place, Loss("killed", "active"), last + 1)
        if " to their deaths" in " " + " ".join(low[last : last + 6]):
            return self._answer(place, Loss("killed", "active"), last)
        if low[last : last + 3] == ["out", "of", "action"]:
            return self._answer(place, Loss("casualties", "active", True), last + 2)
        for ahead in range(last, min(last + 8, len(low) - 1)):
            listed = LOSS.get(low[ahead + 1])
            if low[ahead] == "as" and listed and listed.kind in ("adjective", "done"):
                if _LISTS & set(low[max(0, at - 8) : at + 1]):
                    return self._answer(place, listed, ahead + 1)
            if low[ahead] in BREAKS - {"as"} or low[ahead] == ".":
                break
        if at < 1 or low[at] not in ("along with", "together with", "as well as"):
            return None
        loss = LOSS.get(low[at - 1])
        return self._answer(place, loss, at - 1) if loss and loss.kind == "done" else None

    def _verb_of_list(self, place: int, at: int, found: dict[int, Counted]) -> int | None:
        """Give the verb of `killed a commander and 11 of his men`."""
        low, last = self.low, self.phrases[place].last
        if (
            self.phrases[place].partitive
            and last < len(low)
            or last < len(low)
            and (
                AUXILIARIES.get(low[last]) in ("be", "have", "may")
                or (low[last] in LOSS and LOSS[low[last]].kind in ("done", "happens"))
            )
        ):
            return None
        for back in range(at - 1, max(-1, at - 10), -1):
            word = low[back]
            loss = LOSS.get(word)
            if back in self.inside:
                if self.opens.get(back) in found:
                    return None
                continue
            if loss and loss.kind in ("active", "done") and back + 1 < at:
                return back if low[back + 1] in DETERMINERS or back + 1 in self.inside else None
            if (
                word in STOPS
                and word not in DETERMINERS | {"of", "and", ","}
                or word in AUXILIARIES
                and word != "the"
            ):
                return None
        return None

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
        before = self.low[max(0, at - 8) : at]
        if NOT_DONE & set(before[-5:]):
            return None
        for place_, word in enumerate(before):
            if word in (";", "that", "said", ":"):
                before = before[place_ + 1 :]
                break
        future = {"will", "'ll", "shall"} & set(before) or (
            UNREAL & set(before) and "have" not in before
        )
        bound = self.low[max(0, at - 2) : at] in (["is", "to"], ["are", "to"])
        planned = bound or bool(
            PLANS & set(before) and ("to" in before or self.low[at].endswith("ing")) or future
        )
        if not planned:
            return answer
        if answer.quantity in ("deployed", "returned"):
            return replace(answer, scope="planned", note="announced, not done")
        return None

    def _happened_to(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """Read `2,000 soldiers deployed to Russia have been killed`, `12 people died`."""
        low, phrase = self.low, self.phrases[place]
        if (
            self.figures[place].first
            and low[self.figures[place].first - 1] in ("by", "against")
            and not self._opens_clause(place)
        ):
            return None
        first = self.figures[place].first
        if (
            first > 1
            and low[first - 1] == "of"
            and not (
                low[first - 2] in COMPANIES | LOSS.keys() | MEASURES
                or low[first - 2] in TOLLS
                or self._is_total(place)
                or low[phrase.last : phrase.last + 1]
                and low[phrase.last] in LOSS.keys() | QUOTES
            )
        ):
            return None  # the father of one of the soldiers
        at, start = phrase.last, phrase.last
        reduced: tuple[Loss, int] | None = None
        related = moved = False
        if phrase.resumes is not None:
            at = phrase.resumes
        if (thing := self._object_of_clause(at)) is not None:
            return self._answer(place, LOSS[low[thing]], thing)
        while at < len(low) and at - start < REACH:
            word = low[at]
            loss = LOSS.get(word)
            if word == "with" and at == start and _HURTS & set(low[at + 1 : at + 4]):
                return self._answer(place, Loss("wounded", "adjective"), at)
            if word in UNHURT:
                break
            if loss and loss.kind in ("done", "happens", "adjective"):
                joint, last = self._joint(at)
                active = loss.kind == "done" and self._has_object(last)
                if active and not related:
                    break
                if word in ("fighting", "serving", "operating", "embedded"):
                    if at == start and reduced is None:
                        reduced = (joint, at)
                elif (
                    loss.kind in ("happens", "adjective")
                    and not related
                    and not (
                        loss.kind == "adjective"
                        and at > start
                        and (low[at - 1] not in AUXILIARIES or low[at - 1] in ("the", "those"))
                        and low[at - 1] not in (",",)
                    )
                ):
                    reduced = reduced if reduced and reduced[0].quantity in STRONG else (joint, at)
                    return self._answer(place, *reduced)
                elif loss.kind == "done" and low[at - 1] in DETERMINERS and at != phrase.resumes:
                    break
                elif reduced is None and not active and loss.kind != "adjective":
                    reduced = (joint, at)
                at, related = last, False
                continue
            if word in RELATIVES:
                related, at = True, at + 1
                chain = self._chain(at)
                if chain is not None:
                    at = chain[0]
                continue
            if word in AUXILIARIES and (
                AUXILIARIES[word] != "with"
                or word
                in (
                    "reported confirmed believed also already reportedly all each now thought"
                ).split()
            ):
                chain = self._chain(at)
                assert chain is not None
                last, marks = chain
                found_loss = (
                    LOSS.get(low[last]) if last < len(low) and last not in self.inside else None
                )
                if found_loss is None or found_loss.kind == "noun" and "be" not in marks:
                    if related:
                        at = last
                        related = False
                        continue
                    if among := self._among_these(place, at, last):
                        return among
                    if reduced and self._holds_total(place) and reduced[1] <= start + 2:
                        return None
                    if "be" in marks and "not" not in marks:
                        for ahead in range(last + 1, min(last + 4, len(low))):
                            if low[ahead] in ("dead", "lifeless"):
                                return self._answer(place, LOSS[low[ahead]], ahead)
                    if (
                        "be" in marks
                        and "not" not in marks
                        and (second := self._second_verb(last)) is not None
                    ):
                        return self._answer(place, LOSS[low[second]], second)
                    if (
                        last < len(low)
                        and last not in self.inside
                        and AUXILIARIES[word] == "with"
                        and "be" not in marks
                        and "have" not in marks
                    ):
                        at += 1
                        continue
                    break
                if "not" in marks or (
                    low[self.figures[place].first - 1] == "with"
                    and found_loss.quantity == "casualties"
                ):
                    return None
                joint, after = self._joint(last)
                done = found_loss.kind in ("done", "active")
                if (
                    found_loss.kind == "active"
                    or done
                    and "be" not in marks
                    and ("have" in marks or self._has_object(after))
                ):
                    break
                if (
                    "may" in marks
                    and "have" not in marks
                    or "to" in low[at:last]
                    and (
                        set(low[at:last]) & {"due", "set", "expected"}
                        or low[at + 1 : at + 2] == ["to"]
                        and word in ("is", "are", "was", "were")
                    )
                ):
                    if joint.quantity not in ("deployed", "returned"):
                        break
                    answer = self._answer(place, joint, last)
                    return answer and replace(answer, scope="planned", note="announced, not done")
                if (
                    reduced
                    and reduced[0].quantity in STRONG
                    and joint.quantity in ("deployed", "returned", "casualties")
                ):
                    break
                if "among" in low[at:last]:
                    part = self._answer(place, joint, last)
                    return part and replace(part, scope="part", note="a part of a figure")
                if related or (at == start and word in _TOLD and self._holds_total(place)):
                    reduced, at, related = reduced or (joint, last), after, False
                    continue
                return self._answer(place, joint, last)
            if at > start and low[at - 1 : at + 1] == ["turned", "up"] and self._holds_total(place):
                return None
            if word == "," and at == start and self._is_apposition(place):
                at += 1
                continue
            if word in ("suffered", "sustained", "received") and (
                {"wounds", "injuries", "burns", "injury"} & set(low[at + 1 : at + 5])
            ):
                return self._answer(place, Loss("wounded", "happens"), at)
            if word == "," and (close := self._closing(at)) is not None:
                at = close + 1
                continue
            if word in ("and", "or", ",", "as well as", "along with", "together with", "plus"):
                if (
                    reduced is not None
                    and reduced[0].quantity != "deployed"
                    and (at + 1 in self.opens)
                ):
                    break
                if at + 1 in self.opens and self.opens[at + 1] != place:
                    other = self.opens[at + 1]
                    if moved or self._is_no_count(other) or self.phrases[other].loss is not None:
                        break
                    at = self.phrases[other].last
                    continue
                then = low[at + 1] if at + 1 < len(low) else ""
                if word == "and" and AUXILIARIES.get(then) in ("be", "have"):
                    at += 1
                    continue
                if word == "and" and then in DETERMINERS and PEOPLE & set(low[at + 2 : at + 4]):
                    at += 3  # two soldiers and a captain died
                    continue
                if word == "," or self._new_clause(at + 1):
                    break
                at += 1
                continue
            if word in BREAKS or word in (".", "(", ")", "”"):
                break
            if at in self.opens and self.opens[at] != place:
                other = self.opens[at]
                if low[at - 1] in PREPOSITIONS or self._is_no_count(other):
                    at = max(self.figures[other].last, self.phrases[other].last)
                    continue
                break
            moved = moved or (at == start and self._is_other_verb(at))
            at += 1
        if reduced is None:
            return None
        if (
            self._holds_total(place)
            and reduced[1] == start
            and self.figures[place].first
            and low[self.figures[place].first - 1] in SAYS | COMMON_VERBS
        ):
            return None  # has identified eight of the 47 people killed
        return self._answer(place, *reduced)

    def _is_apposition(self, place: int) -> bool:
        """Tell `two brigades, some 6,000 men, have been sent`."""
        first, last, low = self.figures[place].first, self.phrases[place].last, self.low
        return low[max(0, first - 1) : first] == [","] and (
            AUXILIARIES.get(" ".join(low[last + 1 : last + 2])) in ("be", "have")
        )

    def _is_other_verb(self, at: int) -> bool:
        """Tell a verb that is none of loss, right behind those who are counted."""
        word = self.low[at]
        return (
            word.isalpha()
            and word not in STOPS | LOSS.keys() | AUXILIARIES.keys()
            and (not word.endswith("ly") and word not in PEOPLE_END)
        )

    def _object_of_clause(self, at: int) -> int | None:
        """Give the word of loss in `150,000 troops it had massed`."""
        if self.low[at : at + 1] and self.low[at] in ("it", "they", "he", "she", "we"):
            chain = self._chain(at + 1)
            last = chain[0] if chain else at + 1
            loss = LOSS.get(self.low[last]) if last < len(self.low) else None
            if loss and loss.kind in ("done", "active") and (chain is None or "be" not in chain[1]):
                return last
        return None

    def _among_these(self, place: int, at: int, last: int) -> Counted | None:
        """`21 rescuers were among the 74 victims`."""
        other = self.opens.get(last, self.opens.get(last - 1))
        if self.low[at : last + 1][-2:] == ["among", "them"]:
            known = [LOSS[word] for word in self.low[:at] if word in LOSS and LOSS[word].quantity]
            if not known:
                return None
            part = self._answer(place, Loss(known[0].quantity, "noun", known[0].open), last)
            return part and replace(part, scope="part", note="a part of a figure")
        if other is None or "among" not in self.low[at : last + 1]:
            return None
        word = self.phrases[other].loss
        if word is None:
            return None
        answer = self._answer(place, self._joint(word)[0], word)
        return answer and replace(answer, scope="part", note="a part of the figure behind it")

    def _second_verb(self, at: int) -> int | None:
        """Give the word of loss in `were pulled out of Mali and flown home`."""
        for ahead in range(at + 1, min(at + 9, len(self.low) - 1)):
            if ahead in self.inside or self.low[ahead] in BREAKS or self.low[ahead] == ",":
                return None
            loss = LOSS.get(self.low[ahead + 1])
            if (
                self.low[ahead] == "and"
                and loss
                and loss.kind == "done"
                and not self._has_object(ahead + 2)
            ):
                return ahead + 1
        return None

    def _opens_clause(self, place: int) -> bool:
        return self.figures[place].first == 0

    def _closing(self, at: int) -> int | None:
        """Give the comma that closes an insertion, where a verb of loss follows it."""
        for ahead in range(at + 1, min(at + 25, len(self.low) - 1)):
            if self.low[ahead] in (";", ":"):
                return None
            if self.low[ahead] == ",":
                word = self.low[ahead + 1]
                if AUXILIARIES.get(word) in ("be", "have", "may") or (
                    word in LOSS and LOSS[word].kind in ("done", "happens", "adjective")
                ):
                    return ahead
        return None

    def _new_clause(self, at: int) -> bool:
        """Tell whether a clause of its own starts at a word behind `and`."""
        if at >= len(self.low):
            return True
        word = self.low[at]
        return (
            word in AUXILIARIES
            or word in LOSS
            or word in DETERMINERS
            or word in ("he", "she", "they", "it", "we")
        )
