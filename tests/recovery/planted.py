"""Planted errors: how many does `estimate check` find, and how often does it cry in vain?

Run by hand, `python tests/recovery/planted.py` (ten minutes); it writes docs/planted.md. One error
at a time is planted in a row that nothing is said about, the files are read by the gate, and the
error counts as found when a finding of the right code, which was not there before, names the row.
What is planted is drawn from seeds as people err, not as the rules look.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from planted_cases import histories
from planted_page import page
from scipy.stats import binomtest

from estimate.data.case import FILES, Case, read_case, read_files
from estimate.data.casewriter import csv_bytes
from estimate.data.library import read_library
from estimate.data.lint_quotes import numbers
from estimate.data.problems import CaseError

SEED, PLANTS = 31_415, 100  # errors with a witness, of a kind and set; made with other seeds
CLAIMS = FILES[2]
Row = dict[str, str]
Rng = np.random.Generator
Plant = tuple[list[Row], str, bool]


@dataclass
class Table:
    """A case as read, its rows as text, and what is said of it before anything is planted."""

    case: Case

    def __post_init__(self) -> None:
        text = self.case.files[CLAIMS].decode("utf-8-sig")
        self.rows: list[Row] = list(csv.DictReader(io.StringIO(text, newline="")))
        found = [*self.case.warnings, *(each.finding for each in self.case.judged)]
        self.found = {(each.code, each.claims) for each in found}
        named = {claim for each in found for claim in each.claims}
        self.clean = [row for row in self.rows if row["id"] not in named
                      and not row["derived_from"] and self.comparable(row)]

    @cached_property
    def speakers(self) -> list[str]:
        """Ids of the sources that make claims."""
        return sorted({row["source"] for row in self.rows})

    def comparable(self, row: Row) -> bool:
        """Whether a row's scope is comparable with the total."""
        return row["scope"] in self.case.comparable_scopes

    def others(self, row: Row, quantity: str = "", days: int = 31) -> Iterator[Row]:
        """Other comparable rows with one figure, of a quantity, told within some days of a row."""
        for other in self.rows:
            if (other["id"] != row["id"] and self.comparable(other) and other["value"]
                    and not other["derived_from"]
                    and other["quantity"] == (quantity or row["quantity"])
                    and other.get("side", "") == row.get("side", "")
                    and abs((day(other, "published") - day(row, "published")).days) <= days):
                yield other

    def own(self, row: Row) -> list[Row]:
        """Rows of the same running total, by the last day they cover; the row itself left out."""
        keys = ("source", "quantity", "from", "scope")
        same = [other for other in self.others(row, days=10**6)
                if all(other[key] == row[key] for key in keys)]
        return sorted(same, key=lambda other: (other["as_of"], other["published"]))

    def read(self, rows: list[Row]) -> set[tuple[str, tuple[str, ...]]] | None:
        """Give what is said of the case with other rows; None where the gate refuses them."""
        raw = csv_bytes(list(self.rows[0]), rows)
        try:
            return {(each.code, each.claims)
                    for each in read_files({**self.case.files, CLAIMS: raw}).warnings}
        except CaseError:
            return None

    def changed(self, row: Row, **cells: str) -> list[Row]:
        """Give the rows with some cells of one of them changed."""
        return [{**each, **cells} if each["id"] == row["id"] else each for each in self.rows]

    def added(self, row: Row, **cells: str) -> list[Row]:
        """Give the rows and one more, like another but for some cells."""
        fresh = {**row, "id": "planted", "via": "", "wording": "", "ambiguity": "", "note": "",
                 "low": "", "high": "", "url": "https://example.org/planted", **cells}
        return [*self.rows, fresh]


def day(row: Row, column: str) -> date:
    """Read a day of a row."""
    return date.fromisoformat(row[column])


def digits(figure: str) -> int:
    """Count the significant digits of a figure."""
    return len(figure.rstrip("0"))


def is_open(row: Row) -> bool:
    """Whether a reading left open makes a figure one of another count or window."""
    return any(word in row["ambiguity"] for word in ("casualties", "cumulative", "side"))


def floor(row: Row) -> bool:
    """Whether the figure may be a floor."""
    return row["bound"] == "at_least" or "at_least" in row["ambiguity"]


def ceiling(row: Row) -> bool:
    """Whether the figure may be a ceiling."""
    return row["bound"] == "at_most" or "at_most" in row["ambiguity"]


def breaks(table: Table, row: Row, figure: float) -> bool:
    """Whether a figure would be out of order in its own running total; floors may fall."""
    def apart(other: Row) -> bool:
        return is_open(other) or "missing" in other["wording"]

    if row["quantity"] in ("missing", "deployed", "returned") or apart(row):
        return False
    return any(
        (not ceiling(other) and not floor(row) and float(other["value"]) > figure)
        if other["as_of"] < row["as_of"] else
        (not ceiling(row) and not floor(other) and figure > float(other["value"]))
        for other in table.own(row) if other["as_of"] != row["as_of"] and not apart(other))


def elsewhere(table: Table, row: Row) -> bool:
    """Whether another row states the same figure within a month."""
    return any(other["value"] == row["value"] for other in table.others(row))


def quoted(row: Row) -> bool:
    """Whether the row's own quote states its figure in plain numbers."""
    return any(each.mine and each.figure == float(row["value"])
               for each in numbers(row["wording"], row["quantity"]))


def digit_swap(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Exchange two neighbouring digits that differ."""
    text = row["value"]
    places = [at for at in range(len(text) - 1)
              if text[at] != text[at + 1] and (at or text[1] != "0")]
    if not places:
        return None
    at = int(rng.choice(places))
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2:]
    witness = breaks(table, row, float(swapped)) or quoted(row) or (
        digits(swapped) >= 4 and elsewhere(table, row))
    return table.changed(row, value=swapped), row["id"], witness


def times_ten(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Type a zero too many, or leave out the last digit."""
    if not row["value"] or float(row["value"]) < 10:
        return None
    wrong = row["value"] + "0" if rng.random() < 0.5 else row["value"][:-1]
    near = [other for other in table.others(row) if other["source"] != row["source"]]
    true, told = float(row["value"]), row["published"]
    alike = all(true / 2 <= float(other["value"]) <= 2 * true for other in near)
    in_order = any(other["published"] > told if len(wrong) > len(row["value"])
                   else other["published"] < told for other in near)
    agreed = len(near) >= 3 and alike and in_order
    witness = breaks(table, row, float(wrong)) or quoted(row) or agreed
    return table.changed(row, value=wrong), row["id"], witness


def falling_total(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Code what was added since the figure before as if it were the total."""
    before = [other for other in table.own(row) if other["as_of"] < row["as_of"]]
    if not row["value"] or not before or row["quantity"] in ("missing", "deployed", "returned"):
        return None
    last = float(before[-1]["value"])
    added = float(row["value"]) - last
    if not 0 < added < last:
        return None
    return table.changed(row, value=f"{added:.0f}"), row["id"], breaks(table, row, added)


def echo(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Let another source say the same figure one to ten days later, with nobody named."""
    names = [name for name in table.speakers if name != row["source"]]
    if not row["value"] or not names or row["quantity"] in ("deployed", "returned"):
        return None
    told = day(row, "published") + timedelta(days=int(rng.integers(1, 11)))
    rows = table.added(row, source=str(rng.choice(names)), published=told.isoformat())
    return rows, "planted", float(row["value"]) >= 100 and digits(row["value"]) >= 2


def quote_figure(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Mistype one digit of a figure whose quote stands beside it."""
    if not row["value"] or not quoted(row):
        return None
    text = row["value"]
    at = int(rng.integers(len(text)))
    new = str(rng.choice([d for d in "0123456789"[at == 0:] if d != text[at]]))
    return table.changed(row, value=text[:at] + new + text[at + 1:]), row["id"], True


def share(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Let another source work out a share of somebody's total, up to ten days later."""
    if row["quantity"] not in ("casualties", "deployed") or not row["value"]:
        return None
    names = [name for name in table.speakers if name != row["source"]]
    if not names:
        return None
    part = float(rng.choice([*np.arange(1, 20) / 20, 1 / 3, 2 / 3]))
    figure = f"{np.floor(part * float(row['value']) + 0.5):.0f}"
    told = day(row, "published") + timedelta(days=int(rng.integers(0, 11)))
    quantity = "killed" if row["quantity"] == "casualties" else "casualties"
    rows = table.added(row, source=str(rng.choice(names)), quantity=quantity, value=figure,
                       bound="about", published=told.isoformat(),
                       **{"from": min(row["from"], row["as_of"])})
    return rows, "planted", digits(figure) >= 3


def line(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Let a source's last two figures be extended in a straight line, three to thirty days on."""
    own = [other for other in table.own(row) if other["as_of"] < row["as_of"]]
    if not row["value"] or not own or row["quantity"] in ("deployed", "returned") or any(
            other["as_of"] >= row["as_of"] for other in table.own(row) if other not in own):
        return None
    gain = float(row["value"]) - float(own[-1]["value"])
    ahead = int(rng.integers(3, 31))
    slope = gain / (day(row, "as_of") - day(own[-1], "as_of")).days
    if gain <= 0:
        return None
    figure = f"{np.floor(float(row['value']) + slope * ahead + 0.5):.0f}"
    end = (day(row, "as_of") + timedelta(days=ahead)).isoformat()
    told = (day(row, "published") + timedelta(days=ahead)).isoformat()
    unit = 10.0 ** (len(figure) - digits(figure))
    return (table.added(row, value=figure, as_of=end, published=told), "planted",
            (float(figure) - float(row["value"])) / unit >= 20)


def killed_casualties(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Put a figure in the wrong column: casualties coded as killed, alone or with its neighbour."""
    if row["quantity"] == "casualties" and row["value"]:
        kin = [other for other in table.others(row, "killed", 3)
               if other["source"] == row["source"]]
        if kin and rng.random() < 0.5:
            dead = kin[int(rng.integers(len(kin)))]
            rows = [{**each, "value": row["value"]} if each["id"] == dead["id"] else
                    {**each, "value": dead["value"]} if each["id"] == row["id"] else each
                    for each in table.rows]
            return rows, dead["id"], True
        near = any(abs(float(other["value"]) - float(row["value"])) <= 0.1 * float(row["value"])
                   for other in table.others(row, "casualties"))
        return table.changed(row, quantity="killed", ambiguity=""), row["id"], near
    if row["quantity"] == "killed" and row["value"]:
        whole = [other for other in table.others(row, "casualties", 10)
                 if float(other["value"]) > float(row["value"])]
        if whole:
            copied = whole[int(rng.integers(len(whole)))]
            return (table.changed(row, value=copied["value"], bound=copied["bound"], ambiguity=""),
                    row["id"], float(copied["value"]) >= 100)
    return None


def above_deployed(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Type a loss that is more than all who were sent."""
    sent = [float(each["value"] or each["high"]) for each in table.rows
            if each["quantity"] == "deployed" and table.comparable(each)
            and each.get("side", "") == row.get("side", "")]
    if not sent or not row["value"] or row["quantity"] == "deployed" or row["bound"] == "at_most":
        return None
    wrong = max(sent) * float(rng.uniform(1.02, 3))
    return table.changed(row, value=f"{float(f'{wrong:.2g}'):.0f}"), row["id"], (
        float(f"{wrong:.2g}") > max(sent))


def stale_window(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Let the claim be published before its last day, or a year late by a slip of the year."""
    told, last, start = (day(row, name) for name in ("published", "as_of", "from"))
    if rng.random() < 0.3:
        leap = (told.month, told.day) == (2, 29)
        late = told.replace(year=told.year + 1, day=28 if leap else told.day)
        return table.changed(row, published=late.isoformat()), row["id"], (told - last).days <= 10
    if last <= start:
        return None
    early = last - timedelta(days=int(rng.integers(1, min(30, (last - start).days) + 1)))
    return table.changed(row, published=early.isoformat()), row["id"], True


def missing_link(rng: Rng, table: Table, row: Row) -> Plant | None:
    """Leave out the address."""
    return (table.changed(row, url=""), row["id"], True) if row["url"] else None


KINDS: dict[str, tuple[str, Callable[[Rng, Table, Row], Plant | None]]] = {
    "digit swap": ("digit-swap", digit_swap), "times ten": ("times-ten", times_ten),
    "falling total": ("falling-total", falling_total), "echo": ("echo", echo),
    "quote and figure": ("quote-figure", quote_figure), "share of a total": ("derived", share),
    "line extended": ("derived", line), "killed and casualties": ("killed-casualties",
                                                                  killed_casualties),
    "above the deployed": ("above-deployed", above_deployed),
    "stale window": ("stale-window", stale_window), "missing link": ("missing-link", missing_link),
}


def with_quotes(table: Table, rng: Rng) -> Table:
    """Write a quote that states the figure into each row that has one figure."""
    nouns = {"killed": "dead", "casualties": "casualties", "wounded": "wounded"}
    hedges = {"about": "some ", "at_least": "at least ", "at_most": "no more than ", "exact": ""}
    rows = []
    for row in table.rows:
        if row["value"]:
            figure = float(row["value"])
            forms = [f"{figure:.0f}", f"{figure:,.0f}"]
            if figure >= 1000 and figure % 100 == 0:
                forms += [f"{figure / 1000:g}k", f"{figure / 1000:g} thousand"]
            noun = nouns.get(row["quantity"], "") if rng.random() < 0.7 else ""
            row = {**row, "wording": f"{hedges[row['bound']]}{rng.choice(forms)} {noun}".strip()}
        rows.append(row)
    return Table(read_files({**table.case.files, CLAIMS: csv_bytes(list(table.rows[0]), rows)}))


def plant(name: str, tables: list[Table], rng: Rng) -> dict[str, Any]:
    """Plant one kind of error many times, each alone in a clean row drawn by lot."""
    code, make = KINDS[name]
    pool = [(table, row) for table in tables for row in table.clean]
    tally = {"kind": name, "code": code, "planted": 0, "found": 0, "eligible": 0, "seen": 0,
             "refused": 0, "any": 0}
    done = set()
    for at in [int(each) for _ in range(4) for each in rng.permutation(len(pool))]:
        table, row = pool[at]
        if PLANTS in (tally["eligible"], tally["planted"] // 4):
            break
        if (made := make(rng, table, row)) is None:
            continue
        rows, planted, eligible = made
        what = (table.case.id, planted, str([each for each in rows if each not in table.rows]))
        if what in done:
            continue
        done.add(what)
        said = table.read(rows)
        tally["refused"] += said is None
        fresh = {each for each in (said or set()) - table.found if planted in each[1]}
        hit = said is None or any(found == code for found, _ in fresh)
        tally["planted"] += 1
        tally["found"] += hit
        tally["any"] += said is None or bool(fresh)
        tally["eligible"] += eligible
        tally["seen"] += hit and eligible
    return tally


def measure() -> dict[str, Any]:
    """Plant every kind in every set of cases."""
    library = read_library()
    sets = {"nk-kursk": [Table(read_case("nk-kursk"))],
            "resolved": [Table(library.case(name)) for name in library.ids],
            "histories": [Table(case) for case in histories(SEED)]}
    result: dict[str, Any] = {"sets": {}, "rows": []}
    for name, tables in sets.items():
        found = [each for table in tables for each in table.case.warnings]
        judged = [each for table in tables for each in table.case.judged]
        result["sets"][name] = {
            "cases": len(tables), "claims": sum(len(table.rows) for table in tables),
            "found": [(table.case.id, str(each)) for table in tables
                      for each in table.case.warnings],
            "n_found": len(found), "judged": len(judged)}
        for at, kind in enumerate(KINDS):
            rng = np.random.default_rng([SEED, at])
            result["rows"].append({"set": name, **plant(kind, tables, rng)})
        quoted_in = [with_quotes(table, np.random.default_rng(SEED)) for table in tables]
        fresh = [each for old, new in zip(tables, quoted_in, strict=True)
                 for each in new.found - old.found]
        result["sets"][name]["quotes_in_vain"] = len(fresh)
        tally = plant("quote and figure", quoted_in, np.random.default_rng([SEED, 99]))
        result["rows"].append({"set": name, **tally, "kind": "quote and figure, quotes written in"})
    result["real"] = []
    for kind in {row["kind"]: 0 for row in result["rows"]}:
        same = [row for row in result["rows"] if row["kind"] == kind and row["set"] != "histories"]
        result["real"].append({"kind": kind, "code": same[0]["code"], **{
            name: sum(row[name] for row in same)
            for name in ("planted", "found", "eligible", "seen", "refused", "any")}})
    for row in [*result["rows"], *result["real"]]:
        for part, whole in (("seen", "eligible"), ("found", "planted")):
            if row[whole]:
                ends = binomtest(int(row[part]), int(row[whole])).proportion_ci(method="exact")
                row[f"{part}_ci"] = (float(ends.low), float(ends.high))
    return result


if __name__ == "__main__":
    start = time.process_time()
    made = measure()
    made["minutes"] = (time.process_time() - start) / 60
    out = Path(__file__).parents[2] / "docs" / "planted.md"
    out.write_text(page(made), encoding="utf-8")
    print(out.read_text(encoding="utf-8"))
