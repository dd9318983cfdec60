"""Tolls, totals and presences: the rules that follow nouns of number."""

from __future__ import annotations

from dataclasses import replace

from .grammarwords import AWAITED, BREAKS, LINKS, MEASURES, TOLLS
from .losswords import AUXILIARIES, LOSS, MILITARY, PEOPLE, STRONG, Loss
from .phrases import Counted
from .predicates import Predicates

__all__ = ["Measures"]

_RISES = [
    [verb, "to"] for verb in "rose risen rises climbed climbs jumped increased grew rising".split()
] + [["stood", "at"], ["stands", "at"]]
_EARLIER = frozenset("earlier previous initial older former".split())
_OWNERS = frozenset(("'s", "the", "of", "'", "its", "their", "put", "puts"))
_HAS = frozenset("has have had maintains maintain keeps keep kept".split())


class Measures(Predicates):
    """Rules that follow nouns of number: tolls, totals, names, and troops that are somewhere."""

    def _measured(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """Read `the death toll rose to 48`, `the number of dead at 2,000`, `losses of 4,700`."""
        figure, low, phrase = self.figures[place], self.low, self.phrases[place]
        at = figure.first - 1
        if inverted := self._inverted(place):
            return inverted
        if (
            phrase.loss is not None
            or phrase.nouns
            and not set(phrase.nouns) & PEOPLE
            and phrase.head not in ("so",)
        ):
            return None
        hedge = " ".join(low[figure.first : figure.at])
        linked = (
            at >= 0
            and low[at] in LINKS
            or any(
                verb in hedge
                for verb in ("exceed top surpass pass estimated near cross approach").split()
            )
        )
        if not linked and not (
            low[at : at + 1] == [","]
            and low[figure.last : figure.last + 1] == [","]
            and (
                low[at - 1] in MEASURES
                or low[at - 1] in TOLLS
                or low[at - 1] in LOSS
                and LOSS[low[at - 1]].kind == "noun"
            )
        ):
            return None
        risen = low[max(0, at - 1) : at + 1] in _RISES
        for back in range(at, max(-1, at - 30), -1):
            word = low[back]
            if (
                word in (";", "while", "but", "whereas")
                or word in ("after", "when", "which", "who")
                and not risen
                or back in self.inside
                and self._stands_between(back, place)
            ):
                return None
            if low[back - 1] in _EARLIER and (word in MEASURES or word in TOLLS):
                return None
            if word in TOLLS:
                before = low[back - 1] if back else ""
                loss = (
                    Loss("casualties", "noun")
                    if before in ("casualty", "injury")
                    else Loss("killed", "noun")
                )
                if low[back + 1 : back + 2] == ["of"] or back + 1 < len(low):
                    loss = self._toll_of(back, at) or loss
                return self._answer(place, loss, back)
            loss_word = LOSS.get(word)
            if loss_word and loss_word.quantity == "deployed" and loss_word.kind == "happens":
                continue  # the toll of the fighting
            if loss_word and loss_word.quantity and back < figure.first and word != "lives":
                measure = self._measure_before(back)
                if (
                    loss_word.kind in ("adjective", "done")
                    and measure is None
                    and _OWNERS & set(low[max(0, back - 2) : back])
                ):
                    measure = back
                if (
                    loss_word.kind == "noun"
                    and word not in ("prisoners", "hostages")
                    or measure is not None
                ):
                    joint = self._joint(self._joint_back(back))[0]
                    return self._answer(place, joint, back if measure is None else measure)
                if loss_word.kind in ("done", "active", "happens"):
                    if word in ("fighting", "serving") or loss_word.quantity == "deployed":
                        continue
                    return None
            if (
                word in ("total", "tally", "number", "figure", "count")
                and found
                and ("of" not in low[back + 1 : back + 2] or back + 2 == figure.first)
                and not phrase.nouns
            ):
                earlier = found[max(found)]
                return self._answer(
                    place, Loss(earlier.quantity, "noun", bool(earlier.ambiguity)), back
                )
            if (
                word in ("total", "tally", "count", "number")
                and back
                and "of" not in low[back + 1 : back + 2]
                and low[back - 1] in ("the", "overall", "provisional", "latest")
            ):
                for earlier_word in low[:back]:
                    known = LOSS.get(earlier_word)
                    if known and known.quantity in STRONG:
                        return self._answer(place, Loss(known.quantity, "noun"), back)
            if (
                word in ("total", "tally", "count", "number", "figure")
                and self.before
                and low[back - 1 : back] in (["the"], ["real"], ["true"], ["latest"])
                and low[back + 1 : back + 2] != ["of"]
            ):
                answer = self._answer(place, Loss(self.before, "noun"), back)
                return answer and replace(
                    answer, note="what it counts is read from the sentences before"
                )
        return None

    def _inverted(self, place: int) -> Counted | None:
        """Read `killed were two nurses`, `injured: 12`."""
        at, low = self.figures[place].first - 1, self.low
        if at < 1 or low[at] not in ("were", "was", "are", ":"):
            return None
        loss = LOSS.get(low[at - 1])
        if loss is None or loss.kind not in ("done", "adjective", "noun") or not loss.quantity:
            return None
        start = self._joint_back(at - 1)
        if low[max(0, start - 2) : max(0, start - 1)] == ["among"]:
            return None
        if start and low[start - 1] not in (",", ";", ".", "also", "and", ":", "the"):
            return None
        return self._answer(place, self._joint(start)[0], start)

    def _numbered(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`brought to 14 the number of victims`."""
        at, low = self.figures[place].last, self.low
        if (
            low[at : at + 1] != ["the"]
            or low[at + 1 : at + 2]
            and low[at + 1] not in MEASURES | {"death toll"}
        ):
            return None
        if low[at + 1 : at + 2] in (["toll"], ["death toll"]):
            return self._answer(place, Loss("killed", "noun"), at + 1)
        for ahead in range(at + 2, min(at + 9, len(low))):
            if low[ahead] in LOSS and LOSS[low[ahead]].kind in ("noun", "adjective", "done"):
                return self._answer(place, self._joint(ahead)[0], ahead)
            if low[ahead] in BREAKS or low[ahead] == ",":
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
            if self.low[ahead] in LOSS and LOSS[self.low[ahead]].quantity in (
                "casualties",
                "wounded",
                "missing",
            ):
                return self._joint(ahead)[0]
        return None

    def _measure_before(self, at: int) -> int | None:
        """Give `number` of `the number of soldiers killed`."""
        for back in range(at - 1, max(-1, at - 10), -1):
            word = self.low[back]
            if word in MEASURES or word in ("estimate", "estimates"):
                return back
            if (
                word in BREAKS
                or word in AUXILIARIES
                and AUXILIARIES[word] in ("be", "have")
                and word != "been"
                or back in self.opens
            ):
                return None
        return None

    def _present(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`12,000 troops are in Kursk`, `has 2,500 soldiers in the country`."""
        figure, phrase, low = self.figures[place], self.phrases[place], self.low
        troops = (
            set(phrase.nouns) & MILITARY
            or phrase.nation
            or (not phrase.nouns and self._speaks_of_troops())
        )
        if not troops or phrase.last >= len(low):
            return None
        chain = self._chain(phrase.last)
        has = figure.first and low[figure.first - 1] in _HAS
        if low[figure.first - 1] == "and" and self.figures[place - 1].first and place:
            has = has or low[self.figures[place - 1].first - 1] in _HAS
        at = phrase.last if has or chain is None else chain[0]
        if not has and "at" in low[phrase.last : at]:  # `were at the front`, not `were at once`
            at = low.index("at", phrase.last)
        told = phrase.last < len(low) and low[phrase.last] in ("thought", "believed", "estimated")
        if not has and (chain is None or not (told or "be" in chain[1]) or "not" in chain[1]):
            return None
        if not has and low[at : at + 1] and low[at] in ("readied", "prepared", "trained"):
            if not {"dispatch", "deployment", "send", "deploy"} & set(low[at + 1 : at + 5]):
                return None
            answer = self._answer(place, Loss("deployed", "happens"), at)
            return answer and replace(answer, scope="planned", note="announced, not done")
        if has and low[at : at + 1] == ["left"]:
            at += 1
        if not has and low[at : at + 1] and low[at] in AWAITED:
            answer = self._answer(place, Loss("deployed", "happens"), at)
            return answer and replace(answer, scope="planned", note="announced, not done")
        if low[at : at + 1] and low[at] in ("undergoing", "massed", "massing", "concentrated"):
            at += 1 + (low[at + 1 : at + 2] == ["training"])
        if not has and {"captivity"} & set(low[at : at + 4]):
            return self._answer(place, Loss("captured", "happens"), at)
        if (
            at >= len(low)
            or low[at] not in ("in", "near", "at", "along", "inside", "across", "on", "around")
            or at in self.opens
        ):
            return None
        if (
            low[at + 1 : at + 2]
            and low[at + 1]
            in (
                "training reserve hospital critical serious stable danger custody captivity total "
                "all prison board"
            ).split()
        ):
            return None
        answer = self._answer(place, Loss("deployed", "happens"), at)
        return self._as_planned(place, answer, figure.first) if has else answer

    def _by_name(self, place: int, found: dict[int, Counted]) -> Counted | None:
        """`have verified 211 by name`, where the sentence speaks of the dead."""
        at, low = self.phrases[place].last, self.low
        if low[at : at + 2] != ["by", "name"] or not any(
            word in LOSS and LOSS[word].quantity == "killed" for word in low
        ):
            return None
        return self._answer(place, Loss("named_dead", "noun"), at + 1)
