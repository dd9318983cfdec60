"""The closed vocabularies and the columns of a case, each word with its meaning.

Everything here is data. The gate checks tables against it, and data/README.md prints it.
A second schema is another tuple of `Column`: the rules read nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .codes import CODES

__all__ = [
    "ACTIVITY_COLUMNS",
    "AMBIGUITIES",
    "BOUNDS",
    "CASE_KEYS",
    "CLAIM_COLUMNS",
    "CONFIDENCES",
    "DAYS",
    "EQUIPMENT",
    "FIGURES",
    "JUDGED_COLUMNS",
    "METHODS",
    "PARTS",
    "QUANTITIES",
    "RELATIONS",
    "RETRACTED",
    "ROUTES",
    "SOURCE_COLUMNS",
    "TABLE_KEYS",
    "VICTIMS",
    "Column",
    "Key",
]

RELATIONS: Mapping[str, str] = {
    "self": "the side that suffers the loss, or an authority of the place that was hit",
    "ally": "a state or force that fights beside the side that suffers",
    "adversary": "a state or force that fights against the side that suffers",
    "third_party_state": "a state that does not fight, or an alliance of such states",
    "independent": "a monitor, researcher or recorder bound to no side",
    "media": "an outlet or channel whose own origin for the figure is not known",
}

VICTIMS: Mapping[str, str] = {
    "military": "soldiers and other members of armed forces",
    "civilian": "people who took no part in the fighting",
    "disaster": "people hit by an accident or a natural disaster",
    "mixed": "soldiers and civilians together",
}

QUANTITIES: Mapping[str, str] = {
    "killed": "died, of any cause that the case counts",
    "wounded": "hurt and alive",
    "missing": "whereabouts unknown",
    "captured": "held alive by the other side",
    "casualties": "the sum of the parts that case.toml lists in `casualties_include`",
    "named_dead": "dead shown by name, portrait or grave; never more than those killed",
    "deployed": "sent to the theatre",
    "returned": "sent home again",
}

EQUIPMENT: Mapping[str, str] = {
    "tanks": "tanks lost",
    "armoured_vehicles": "armoured fighting vehicles and carriers other than tanks lost",
    "artillery": "guns, mortars and rocket launchers lost",
    "air_defence": "air defence systems lost",
    "aircraft": "aeroplanes lost",
    "helicopters": "helicopters lost",
    "drones": "unmanned aircraft lost",
    "ships": "ships and boats lost",
    "vehicles": "lorries and other unarmoured vehicles lost",
}

PARTS: tuple[str, ...] = ("killed", "wounded", "missing", "captured")
"""The quantities that casualties may include."""

BOUNDS: Mapping[str, str] = {
    "exact": "stated as a count",
    "about": "stated as roughly this figure",
    "at_least": "stated as this figure or more",
    "at_most": "stated as this figure or fewer",
    "range": "stated as lying between two figures, `low` and `high`",
}

METHODS: Mapping[str, str] = {
    "official_statement": "said by an official, with no method given",
    "intelligence": "an intelligence service's assessment",
    "field_report": "a count by people on the spot or from footage of one place",
    "by_name_count": "a list of names, portraits or graves; its dead are taken as a part of all",
    "media_count": "a count kept by an outlet",
    "estimate": "worked out from other figures",
    "leak": "told by people who are not named",
}

AMBIGUITIES: Mapping[str, str] = {
    "killed|casualties": "the figure may count the dead, or all casualties",
    "casualties|wounded": "the figure may count all casualties, or the wounded alone",
    "about|at_least": "some print the figure as rough, others as a floor",
    "at_most|at_least": "some print the figure as a ceiling, others as a floor",
    "week|cumulative": "the figure may cover the stated days, or everything so far",
    "additional|cumulative": "the figure may come on top of the one before, or include it",
    "side|side+others": "the figure may count others too, so it is an upper bound for the side",
}

CONFIDENCES: Mapping[str, str] = {
    "high": "the page gives the figure and who said it, plainly",
    "medium": "part of it was inferred, or came at second hand",
    "low": "a rumour, undated, or open in its meaning",
}

ROUTES: Mapping[str, str] = {
    "famous": "taken up because its figures were known to be disputed",
    "outsiders": "taken up for what third parties and independent recorders said of it",
    "ordinary": "taken up by a rule that tried not to look at how wrong its figures were",
}

RETRACTED = "retracted"
"""The scope of a claim that was taken back: shown, and never evidence."""

Kind = Literal[
    "id", "ref", "refs", "word", "words", "relation", "count", "amount", "day", "period", "text",
    "url",
]

DAYS = ("day", "period")
"""The kinds of columns that are read as days."""


FIGURES = ("count", "amount")
"""The kinds of columns that are read as numbers."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header of the column.
    kind : str
        How its cells are read; see `kinds.py`.
    meaning : str
        One line for the reader.
    words : mapping of str to str, optional
        The closed list, for the kinds `word` and `words`.
    filled : bool
        True when an empty cell is a fault.
    optional : bool
        True when the column may be left out of the file.
    """

    name: str
    kind: Kind
    meaning: str
    words: Mapping[str, str] | None = None
    filled: bool = False
    optional: bool = False


SOURCE_COLUMNS: tuple[Column, ...] = (
    Column(
        "id",
        "id",
        "short name, used in `claims.csv`: plain letters, digits and `_ - .`",
        filled=True,
    ),
    Column("name", "text", "full name, as printed in the report", filled=True),
    Column("country", "text", "country or group of countries it speaks for"),
    Column(
        "relation",
        "relation",
        "relation to the side that suffers; with several sides `side:relation` joined by `;`",
        RELATIONS,
        filled=True,
    ),
    Column("method", "word", "how the source usually comes to its figures", METHODS, filled=True),
    Column("parent", "ref", "id of the umbrella it belongs to; the topmost is its family"),
    Column("builds_on", "refs", "ids of sources whose figures it uses, joined by `;`"),
    Column("note", "text", "anything a reader should know"),
)

CLAIM_COLUMNS: tuple[Column, ...] = (
    Column("id", "id", "short name of the claim", filled=True),
    Column("source", "ref", "id of the source that originated the figure", filled=True),
    Column("quantity", "word", "what was counted", {**QUANTITIES, **EQUIPMENT}, filled=True),
    Column("bound", "word", "how the figure was hedged", BOUNDS, filled=True),
    Column("value", "count", "the figure; empty when the bound is `range`"),
    Column("low", "count", "lower end of a range; empty otherwise"),
    Column("high", "count", "upper end of a range; empty otherwise"),
    Column("from", "day", "first day that the figure covers", filled=True),
    Column("as_of", "day", "last day that the figure covers", filled=True),
    Column("published", "day", "day on which the claim became public", filled=True),
    Column(
        "scope",
        "text",
        "what part of the case it covers; comparable with the total only if case.toml lists it",
        filled=True,
    ),
    Column("derived_from", "refs", "ids of claims it repeats or was computed from, joined by `;`"),
    Column("via", "text", "outlets and persons that passed it on, joined by `;`"),
    Column("url", "url", "page where the figure was seen"),
    Column("wording", "text", "the words around the figure"),
    Column("ambiguity", "words", "readings left open, joined by `;`", AMBIGUITIES),
    Column("confidence", "word", "how sure the coding is", CONFIDENCES, filled=True),
    Column("note", "text", "anything a reader should know; `recoded:` marks a correction"),
    Column(
        "side",
        "ref",
        "id of the side that suffers; may be left out when there is one side",
        optional=True,
    ),
)

ACTIVITY_COLUMNS: tuple[Column, ...] = (
    Column("from", "day", "first day of the row", filled=True),
    Column("to", "day", "last day of the row; empty when it is one day"),
    Column("name", "ref", "what was watched: `fires`, `phase`, `front quiet`", filled=True),
    Column("value", "amount", "how much of it there was on each of these days", filled=True),
    Column("url", "url", "page where the value was seen"),
)

JUDGED_COLUMNS: tuple[Column, ...] = (
    Column("code", "word", "code of the finding, as `estimate check` prints it", CODES,
           filled=True),
    Column("claim", "ref", "id of the claim that it is about", filled=True),
    Column("other", "ref", "id of another claim that it names, where only that one is meant",
           optional=True),
    Column("why", "text", "why the claim stands as it is", filled=True),
    Column("who", "text", "who judged it", optional=True),
    Column("on", "day", "day of the judgement", optional=True),
    Column("row_sha256", "text", "hash of the claim's row as it was judged; without it a judgement "
           "outlives a change of the claim", optional=True),
)

KeyKind = Literal["id", "text", "texts", "word", "words", "day", "count", "ref", "tables"]


@dataclass(frozen=True)
class Key:
    """One key of case.toml, or of one of its tables.

    Attributes
    ----------
    name : str
        The key.
    kind : str
        How its value is read; see `casefile.py`.
    meaning : str
        One line for the reader.
    words : mapping of str to str, optional
        The closed list, for the kinds `word` and `words`.
    needed : bool
        True when leaving it out is a fault.
    """

    name: str
    kind: KeyKind
    meaning: str
    words: Mapping[str, str] | None = None
    needed: bool = True


CASE_KEYS: tuple[Key, ...] = (
    Key("id", "id", "short name, used as the name of the report's folder"),
    Key("title", "text", "title of the report"),
    Key("question", "text", "the question that the report answers"),
    Key("victim", "word", "who suffered", VICTIMS),
    Key("start", "day", "first day of the case"),
    Key("end", "day", "last day of the case, if it is over", needed=False),
    Key("headline", "word", "the quantity in the headline", {**QUANTITIES, **EQUIPMENT}),
    Key("comparable_scopes", "texts", "scopes comparable with the total; all others are partial"),
    Key(
        "casualties_include",
        "words",
        "the parts that `casualties` sums: killed and wounded at least",
        {part: QUANTITIES[part] for part in PARTS},
    ),
    Key("exclusions", "texts", "sentences that say what is left out", needed=False),
    Key("conflict", "text", "name shared by cases that belong together", needed=False),
    Key("route", "word", "how the case came to be taken up", ROUTES, needed=False),
    Key("sides", "tables", "who suffers the losses, one table a side; the headline is the first's"),
    Key("series", "tables", "equipment counted under names of its own", needed=False),
    Key("remarks", "tables", "what a claim is and is not, printed beside it", needed=False),
    Key("tests", "tables", "figures that the report puts to the test", needed=False),
)

TABLE_KEYS: Mapping[str, tuple[Key, ...]] = {
    "sides": (
        Key("id", "id", "short name of the side"),
        Key("name", "text", "name of the side, as printed"),
        Key("victim", "word", "who suffered, if not as in the case", VICTIMS, needed=False),
    ),
    "series": (
        Key("id", "id", "the word that `claims.csv` uses as a quantity"),
        Key("name", "text", "what was lost, as printed after a figure: `12 patrol boats`"),
    ),
    "remarks": (
        Key("claim", "ref", "id of the claim"),
        Key("title", "text", "title of the remark"),
        Key("text", "text", "the remark"),
    ),
    "tests": (
        Key("quantity", "word", "what the figure counts", {**QUANTITIES, **EQUIPMENT}),
        Key("value", "count", "the figure"),
        Key("on", "day", "the day it stands for; the as-of day if left out", needed=False),
        Key("why", "text", "why it is worth testing"),
    ),
}
