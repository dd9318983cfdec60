"""Cases that are odd and yet legal, as folders: hostile text, one claim, one day, 5,000 claims."""

from __future__ import annotations

import csv
import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from imitation import HOSTILE

from estimate.data.words import CLAIM_COLUMNS, SOURCE_COLUMNS

Rows = Sequence[Mapping[str, object]]
START = date(2024, 3, 1)
ARABIC = "قُتل عدد كبير من الجنود بحسب وزارة الدفاع في بيان لها (السبت 1,200)"
HEBREW = "מספר ההרוגים לפי דובר הצבא הוא 1,200 לפחות"
EMOJI = "👩‍👩‍👧‍👦 🇺🇦🇷🇺 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 ☠️ 1️⃣ ⚔️ 😀" * 3
UNBROKEN = "Donaudampfschifffahrtsgesellschaft" * 9
LONG_NOTE = "A sentence that goes on and on. " * 3125
SOURCES: Rows = [
    {"id": "red_mod", "name": "Red ministry", "relation": "self"},
    {"id": "blue_gov", "name": "Blue government", "relation": "adversary"},
    {"id": "watch", "name": "Hill Watch", "relation": "independent", "method": "by_name_count"},
    {"id": "green", "name": "Green ministry", "relation": "third_party_state",
     "method": "intelligence"},
    {"id": "paper", "name": "The Morning Paper", "relation": "media", "method": "media_count"},
]


def write(folder: Path, claims: Rows, sources: Rows = SOURCES, start: date = START,
          people: str = "Red soldiers", **more: Any) -> Path:
    """Write a case; cells and keys that are left out get plain ones."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = {
        "id": "odd", "title": "Losses at the hill", "victim": "military", "start": start,
        "question": "How many soldiers were killed at the hill?", "headline": "killed",
        "comparable_scopes": ["all"], "casualties_include": ["killed", "wounded"],
    } | more
    tables = {name: keys.pop(name) for name in ("remarks", "tests") if name in keys}
    tables["sides"] = [{"id": "red", "name": people}]
    lines = [_line(name, value) for name, value in keys.items()]
    for name, rows in tables.items():
        for row in rows:
            lines += [f"[[{name}]]", *(_line(key, value) for key, value in row.items())]
    (folder / "case.toml").write_text("\n".join(lines), encoding="utf-8")
    plain = {"method": "official_statement"}
    _table(folder / "sources.csv", SOURCE_COLUMNS, [plain | dict(row) for row in sources])
    plain = {"quantity": "killed", "bound": "exact", "scope": "all", "confidence": "high",
             "from": START}
    _table(folder / "claims.csv", CLAIM_COLUMNS[:-1], [plain | dict(row) for row in claims])
    return folder


def _line(key: str, value: object) -> str:
    if isinstance(value, date):
        return f"{key} = {value}"
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _table(path: Path, columns: Sequence[Any], rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [column.name for column in columns], restval="")
        writer.writeheader()
        writer.writerows(rows)


def claim(number: int, source: str, value: int | None, day: int = 0, **more: object) -> dict[
        str, object]:
    """Give one claim on the days from `START` to `day` days later, published a day after."""
    last = START + timedelta(day)
    return {"id": f"c{number}", "source": source, "value": "" if value is None else value,
            "as_of": last, "published": last + timedelta(1), **more}


def some_claims(text: Callable[[], str] = lambda: "") -> list[dict[str, object]]:
    """Give 24 ordinary claims of all sources, whose free cells hold what `text` gives."""
    sources = itertools.cycle(str(row["id"]) for row in SOURCES)
    claims = []
    for number, source in zip(range(24), sources, strict=False):
        spoken = ("killed", "casualties", "wounded")[number % 3]
        claims.append(claim(
            number, source, 40 * (number + 2) * (1 + number % 3), 5 * number, quantity=spoken,
            bound=("exact", "about", "at_least", "at_most")[number % 4], note=text(),
            wording=text(), via=text(), scope="all" if number % 6 else text() or "all",
            url=f"https://example.org/{number}"))
    return claims


def texts(folder: Path, words: Sequence[str]) -> Path:
    """Write a case that has the words in every field that takes any text."""
    turn: Iterator[str] = itertools.cycle(words)

    def text() -> str:
        return next(turn)

    sources = [{**row, "name": text(), "note": text(), "country": text()} for row in SOURCES]
    return write(
        folder, some_claims(text), sources, people=text(), title=text(), question=text(),
        conflict=text(), exclusions=[text(), text()],
        remarks=[{"claim": "c1", "title": text(), "text": text()}],
        tests=[{"quantity": "killed", "value": 350, "why": text()}])


def one_claim(folder: Path) -> Path:
    """Write a case of a single claim."""
    return write(folder, [claim(1, "red_mod", 40, 9)])


def one_day(folder: Path) -> Path:
    """Write a case that begins and ends on one day, told of on that day and the next."""
    told = (("red_mod", 40), ("blue_gov", 130), ("watch", 61), ("green", 90), ("paper", 75))
    return write(folder, [claim(i, source, value) for i, (source, value) in enumerate(told)],
                 end=START)


def far_apart(folder: Path) -> Path:
    """Write a case whose figures run from none to ten million."""
    told = (("red_mod", 0), ("blue_gov", 10_000_000), ("watch", 12), ("green", 40_000),
            ("paper", 900_000), ("red_mod", 1), ("blue_gov", 9_999_999), ("green", 400_000))
    claims = [claim(i, source, value, 10 * i) for i, (source, value) in enumerate(told)]
    claims.append(claim(99, "paper", None, 80, bound="range", low=0, high=10_000_000))
    return write(folder, claims, tests=[{"quantity": "killed", "value": 10_000_000, "why": "A."}])


def many_claims(folder: Path, claims: int = 5000, sources: int = 60) -> Path:
    """Write a case of very many claims over three years, by sources with names of all lengths."""
    rng = random.Random(4)
    relations = ("self", "ally", "adversary", "third_party_state", "independent", "media")
    names = [{"id": f"s{i}", "name": f"Source {i} " + "of the ministry " * (i % 4),
              "relation": relations[i % len(relations)]} for i in range(sources)]
    rows = []
    for number in range(claims):
        day = rng.randrange(1000)
        figure = round(40 * (1 + day) ** 0.6 * rng.lognormvariate(0, 0.4))
        rows.append(claim(number, f"s{rng.randrange(sources)}", figure, day,
                          bound=rng.choice(("exact", "about", "at_least")),
                          quantity=rng.choice(("killed", "casualties")),
                          wording=f"the losses come to {figure}", note="said on the radio",
                          url=f"https://example.org/{number}"))
    return write(folder, rows, names)


ODD: dict[str, Callable[[Path], Path]] = {
    "markup": lambda folder: texts(folder, HOSTILE),
    "long-note": lambda folder: texts(folder, [LONG_NOTE, "short", "x" * 100_000]),
    "right-to-left": lambda folder: texts(folder, [ARABIC, HEBREW, f"{ARABIC} UN {HEBREW}"]),
    "emoji": lambda folder: texts(folder, [EMOJI, f"Losses {EMOJI}"]),
    "unbroken": lambda folder: texts(folder, [UNBROKEN, f"The {UNBROKEN}"]),
    "many-claims": many_claims,
    "one-claim": one_claim,
    "one-day": one_day,
    "far-apart": far_apart,
}
FITTED = ("one-claim", "one-day", "far-apart")  # small enough to be fitted for real
