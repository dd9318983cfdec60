"""How well claims are read from text: precision and recall per field on the labelled sentences.

`python tests/data/extraction/score.py` prints the scores and writes docs/extraction.md. A proposal
matches a label when value, low and high agree and their places in the text overlap; each label
matches once. A figure with its quantity is right when the quantity agrees too. Every other field
is right when the matched proposal has the label's content; a miss and a false proposal count
against it as well. Origins agree when, without articles and in small letters, one contains the
other's words in a row.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from estimate.data.article import Article
from estimate.data.extraction import extract

HERE = Path(__file__).parent
LABELLED = HERE / "labelled.jsonl"
FIELDS = (
    "figure",
    "figure and quantity",
    "bound",
    "origin",
    "via",
    "published",
    "as_of",
    "from",
    "scope",
)
BARS = {"figure and quantity": 0.90, "bound": 0.85, "origin": 0.85}
"""What the frozen-after part must reach: recall and precision of the first, F1 of the others."""


@dataclass
class Tally:
    """Right ones, proposed ones and labelled ones of one field."""

    right: int = 0
    proposed: int = 0
    labelled: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass
class Score:
    """The tallies of a part of the set, and each sentence that is not wholly right."""

    sentences: int = 0
    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in FIELDS})
    faults: list[tuple[str, str, list[str]]] = field(default_factory=list)


def rows(part: str | None = None) -> Iterator[dict[str, Any]]:
    """Give the labelled sentences, of one part or of all."""
    with LABELLED.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if part is None or row["part"] == part:
                yield row


def proposals(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what is proposed for one sentence."""
    day = date.fromisoformat(row["published"])
    return [each.record() for each in extract(Article(row["id"], row["text"], day, "option"))]


def score(part: str) -> Score:
    """Score one part of the set."""
    made = Score()
    for row in rows(part):
        made.sentences += 1
        found = proposals(row)
        pairs = match(row["claims"], found)
        faults = tell(row, found, pairs, made.tallies)
        if faults:
            made.faults.append((row["id"], row["text"], faults))
    return made


def match(labels: list[dict[str, Any]], found: list[dict[str, Any]]) -> dict[int, int]:
    """Pair labels with proposals, those of the same quantity first."""
    pairs: dict[int, int] = {}
    for same in (True, False):
        for at, label in enumerate(labels):
            for other, each in enumerate(found):
                if (
                    at not in pairs
                    and other not in pairs.values()
                    and all(label[key] == each[key] for key in ("value", "low", "high"))
                    and label["span"][0] < each["span"][1]
                    and each["span"][0] < label["span"][1]
                    and (label["quantity"] == each["quantity"]) == same
                ):
                    pairs[at] = other
    return pairs


def tell(
    row: dict[str, Any],
    found: list[dict[str, Any]],
    pairs: dict[int, int],
    tallies: dict[str, Tally],
) -> list[str]:
    """Add one sentence to the tallies and give what is wrong with it."""
    faults = []
    labels = row["claims"]
    for name in FIELDS:
        filled = name in ("origin", "via", "from")
        key = name if filled else "quantity"
        tallies[name].labelled += sum(bool(each[key]) for each in labels)
        tallies[name].proposed += sum(bool(each[key]) for each in found)
    for at, label in enumerate(labels):
        if at not in pairs:
            faults.append(f"missed {figure(label)} {label['quantity']}")
            continue
        each = found[pairs[at]]
        for name in FIELDS:
            right = agrees(name, label, each)
            tallies[name].right += right and (
                name not in ("origin", "via", "from") or bool(label[name])
            )
            if not right:
                key = "quantity" if name.startswith("figure") else name
                faults.append(f"{figure(label)}: {key} {shown(each[key])}, not {shown(label[key])}")
    faults += [
        f"proposed {figure(each)} {each['quantity']}, which is none"
        for at, each in enumerate(found)
        if at not in pairs.values()
    ]
    return faults


def agrees(name: str, label: dict[str, Any], each: dict[str, Any]) -> bool:
    """Tell whether one field of a matched proposal is right."""
    if name == "figure":
        return True
    if name == "figure and quantity":
        return bool(label["quantity"] == each["quantity"])
    if name == "origin":
        return same_name(label["origin"], each["origin"])
    if name == "via":
        return len(label["via"]) == len(each["via"]) and all(
            any(same_name(one, other) for other in each["via"]) for one in label["via"]
        )
    return bool(label[name] == each[name])


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are of the same speaker."""
    first, second = (f" {' '.join(re.findall(r'[\w.]+', plain(name)))} " for name in (one, other))
    return bool(one) == bool(other) and (first in second or second in first)


def plain(name: str) -> str:
    """Give a name in small letters without articles."""
    return re.sub(r"\b(the|a|an|'s|s)\b", " ", name.lower().replace("’", "'"))


def figure(claim: dict[str, Any]) -> str:
    """Give a figure as it is told of a fault."""
    if claim["low"] is not None:
        return f"{claim['low']:,} to {claim['high']:,}"
    return "a share" if claim["value"] is None else f"{claim['value']:,}"


def shown(value: Any) -> str:
    """Give a field's content as it is told of a fault."""
    return "; ".join(value) or "empty" if isinstance(value, list) else str(value or "empty")


def table(made: Score) -> str:
    """Give the scores of one part as a Markdown table."""
    lines = [
        "| field | precision | recall | F1 | right | proposed | labelled |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {t.precision:.3f} | {t.recall:.3f} | {t.f1:.3f} | {t.right} | "
        f"{t.proposed} | {t.labelled} |"
        for name, t in made.tallies.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        result = score(wanted)
        print(f"{wanted}: {result.sentences} sentences\n{table(result)}")
        for ident, sentence, wrong in result.faults:
            print(f"{ident} {sentence}")
            for each in wrong:
                print(f"    {each}")
