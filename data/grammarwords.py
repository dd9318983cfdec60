"""Small words of the grammar of losses: what joins, parts, plans, denies and measures."""

__all__ = [
    "AWAITED",
    "BREAKS",
    "COMMON_VERBS",
    "DENIALS",
    "DETERMINERS",
    "EQUIPMENT",
    "FALSE",
    "JOINS",
    "LINKS",
    "MEASURES",
    "MONTHS",
    "NOT_DONE",
    "TOLLS",
    "UNHURT",
    "PARTITIVE",
    "PEOPLE_END",
    "PLANS",
    "PREPOSITIONS",
    "QUOTES",
    "REACH",
    "RELATIVES",
    "STOPS",
    "SUBSET",
    "TAKEN",
    "UNREAL",
    "WITHIN",
]

PREPOSITIONS = frozenset(
    "in on at near by from of with for to into against during after before since under over across "
    "along around between inside outside through throughout within without until amid among "
    "aboard behind beside beyond off onto toward towards upon via per despite including like "
    "alongside following than".split()
)
STOPS = (
    PREPOSITIONS
    | frozenset(
        "and or but while whereas although though because when if that who whom which whose "
        "where as so then nor yet , ; : . ( ) [ ] ” “ \" ' ! ? - – — -- he she it they we i "
        "him them us you a an the this these those his her its their our my there here also "
        "not n't both most many some all each every more along with together".split()
    )
    | {"as well as", "along with", "together with", "alive", "unharmed", "unhurt"}
)
BREAKS = frozenset(
    "; : while whereas although though but because when if as after before unless "
    "— until whereupon so then".split()
)
RELATIVES = frozenset(("who", "that", "which"))
PARTITIVE = frozenset(("them", "whom", "those", "which", "these"))
DETERMINERS = frozenset(
    "a an the his her its their our this that these those each every him them us it".split()
)
SUBSET = frozenset("including include included includes".split())
PLANS = frozenset(
    "plan plans planned planning intends intended intend ready prepare prepares prepared "
    "preparing agreed promised pledged decided expected expects wants aims vowed due "
    "considering wanted aimed offered offers proposed proposes scheduled poised hopes "
    "preparations".split()
)
TOLLS = frozenset(("death toll", "toll", "tolls", "body count", "death count", "fatality count"))
NOT_DONE = frozenset("refused without instead ruled rule refuses against".split())
UNHURT = frozenset("alive safe safely unharmed unhurt uninjured".split())
UNREAL = frozenset("could would might should".split())
DENIALS = frozenset(
    "denied denies deny denying dismissed rejected dismisses rejects refuted refutes false "
    "untrue denial disputed fake".split()
)
WITHIN = frozenset("the its their his these those all our her some more and".split())
MEASURES = frozenset(
    "tolls toll number figure count tally total totals numbers rate headcount".split()
)
LINKS = frozenset(
    "reach top to at of was is were are be reached reaching reaches stood stands standing rose "
    "risen rises climbed climbs jumped increased grown grew hit hits put puts now currently as "
    "high total totalled totalling totaled totaling totals : been being numbered number "
    "numbering amounted amounts amounting estimated still already believed thought roughly "
    "nearly remained remains remaining become became soared raised exceeds set swelled mounted "
    "passed topped fell dropped revised upward upwards downward downwards up down lowered "
    "about well in all on comes came bringing brought jumping rising climbing range ranges "
    "ranging ranged run into runs ran exceeded surpassed fallen cut officially stand said ” "
    "“".split()
)
TAKEN = frozenset(
    "claimed claim claims claiming cost costs costing took taken taking takes lost loss lose "
    "losing".split()
)
AWAITED = frozenset("expected due planned scheduled awaited".split())
QUOTES = frozenset("” “ \" '".split())
FALSE = frozenset("false untrue fabricated baseless unfounded".split())
JOINS = frozenset(
    (
        ",",
        "and",
        "or",
        "as well as",
        "along with",
        "plus",
        "together with",
        "but",
        "while",
        "&",
        "then",
    )
)
REACH = 40
"""Words that are looked at on either side of a figure."""
EQUIPMENT = frozenset(
    (
        "tanks armoured_vehicles artillery air_defence aircraft helicopters drones ships vehicles"
    ).split()
)
MONTHS = frozenset(
    "january february march april may june july august september october november december jan "
    "jan. feb feb. mar mar. apr apr. jun jun. jul jul. aug aug. sep sep. sept sept. oct oct. "
    "nov nov. dec dec.".split()
)
PEOPLE_END = frozenset(
    "said told have has had were was are is last yesterday today overnight alone monday tuesday "
    "wednesday thursday friday saturday sunday daily".split()
)
COMMON_VERBS = frozenset(
    "said says told reported claimed took take takes fled flee survived survive escaped left "
    "went go remain live lived moved made gave came fell held hold joined attended voted won "
    "face faced need needed received receive visited gathered marched crossed entered helped "
    "seized stormed opened threw fired carried attacked ambushed hit struck destroyed freed "
    "rescued arrested detained evacuated displaced broke ran drove began started continued saw "
    "found brought set became used blew sought spent paid bought raised collapsed caught".split()
)
