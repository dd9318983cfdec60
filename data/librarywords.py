"""The columns of the library of resolved cases: the second schema, read by the same rules.

A claim names its source with relation and method, since the library has no table of sources.
"""

from collections.abc import Mapping

from .words import (
    AMBIGUITIES,
    BOUNDS,
    CONFIDENCES,
    EQUIPMENT,
    METHODS,
    PARTS,
    QUANTITIES,
    RELATIONS,
    ROUTES,
    VICTIMS,
    Column,
)

__all__ = [
    "CONTEMPORARY",
    "KINDS",
    "RESOLVED_CASE_COLUMNS",
    "RESOLVED_CLAIM_COLUMNS",
    "TRUTH_CONFIDENCES",
]

KINDS: Mapping[str, str] = {
    "conflict": "a war, or a campaign of weeks or more",
    "battle": "one fight in which both sides took part",
    "attack": "one blow at people or things that could not fight back at once",
    "disaster": "an accident or a natural disaster",
}

TRUTH_CONFIDENCES: Mapping[str, str] = {
    "high": "counted or proved, and disputed by nobody with a case",
    "medium": "settled but for its edges",
    "low": "a wide band; `truth_best` is only its centre",
}

CONTEMPORARY: Mapping[str, str] = {
    "yes": "told while the matter was open",
    "no": "told later, looking back",
}

_ANY_QUANTITY = {**QUANTITIES, **EQUIPMENT}

RESOLVED_CASE_COLUMNS: tuple[Column, ...] = (
    Column("case", "id", "short name of the case", filled=True),
    Column(
        "conflict",
        "text",
        "name shared by cases that belong together; empty: its own id",
        optional=True,
    ),
    Column("title", "text", "what happened, and what is counted", filled=True),
    Column("kind", "word", "what sort of event", KINDS, optional=True),
    Column("start", "day", "first day of the case", filled=True),
    Column("end", "day", "last day of the case", filled=True),
    Column("side", "text", "who suffered the losses; empty: as in the title", optional=True),
    Column("victim", "word", "who suffered", VICTIMS, filled=True),
    Column("quantity", "word", "what is counted", _ANY_QUANTITY, filled=True),
    Column("unit", "text", "what one of them is", optional=True),
    Column(
        "casualties_include",
        "words",
        "the parts that `casualties` sums; empty: all four",
        {part: QUANTITIES[part] for part in PARTS},
        optional=True,
    ),
    Column("truth_low", "count", "lowest figure that can still be defended", filled=True),
    Column("truth_best", "count", "the settled figure; zero is legal", filled=True),
    Column("truth_high", "count", "highest figure that can still be defended", filled=True),
    Column(
        "truth_basis", "text", "what the truth rests on: archive, inquiry, names …", optional=True
    ),
    Column("truth_source", "text", "who established it", optional=True),
    Column("truth_url", "url", "page where it was seen", optional=True),
    Column("truth_confidence", "word", "how firmly it is settled", TRUTH_CONFIDENCES, filled=True),
    Column("route", "word", "how the case came to be taken up", ROUTES, optional=True),
    Column("note", "text", "anything a reader should know; may name the truth", optional=True),
)

RESOLVED_CLAIM_COLUMNS: tuple[Column, ...] = (
    Column("id", "id", "short name of the claim", filled=True),
    Column("case", "ref", "id of the case", filled=True),
    Column("source", "text", "who originated the figure", filled=True),
    Column(
        "relation",
        "word",
        "relation of the source to the side that suffers",
        RELATIONS,
        filled=True,
    ),
    Column("method", "word", "how the source came to the figure", METHODS, filled=True),
    Column("quantity", "word", "what was counted", _ANY_QUANTITY, filled=True),
    Column("bound", "word", "how the figure was hedged", BOUNDS, filled=True),
    Column("value", "count", "the figure; empty when the bound is `range`"),
    Column("low", "count", "lower end of a range; empty otherwise"),
    Column("high", "count", "upper end of a range; empty otherwise"),
    Column("from", "day", "first day that the figure covers", filled=True),
    Column("as_of", "day", "last day that the figure covers", filled=True),
    Column(
        "published",
        "period",
        "day, month or year in which the claim became public; counted from the last day of it",
        filled=True,
    ),
    Column(
        "scope", "text", "`all`, or empty; anything else is a part, not comparable", optional=True
    ),
    Column(
        "derived_from",
        "refs",
        "ids of claims of the same case that it repeats or was computed from",
        optional=True,
    ),
    Column("ambiguity", "words", "readings left open, joined by `;`", AMBIGUITIES, optional=True),
    Column("contemporaneous", "word", "when it was told", CONTEMPORARY, optional=True),
    Column("via", "text", "outlets and persons that passed it on", optional=True),
    Column("url", "url", "page where the figure was seen", optional=True),
    Column("wording", "text", "the words around the figure", optional=True),
    Column(
        "confidence", "word", "how sure the coding is; empty: medium", CONFIDENCES, optional=True
    ),
    Column("note", "text", "anything a reader should know; may name the truth", optional=True),
)
