"""The codes of warnings, each with its meaning, and from where on a thing is odd.

docs/checks/ has a page for each code. All thresholds of the rules on meaning stand here.
"""

from collections.abc import Mapping

__all__ = ["CODES", "OTHER_CODES"]

CODES: Mapping[str, str] = {
    "above-deployed": "more people lost than the largest figure for those sent",
    "bad-link": "an address that is no web address",
    "derived": "a figure that is a share of another's total, or lies on a source's own line",
    "derived-early": "derived from a claim published later",
    "digit-swap": "a figure that fits its neighbours or its quote with two digits swapped",
    "echo": "another source's figure said again within days, and nobody named",
    "falling-total": "a source's running total falls",
    "killed-casualties": "a figure for the dead that looks like one for all casualties",
    "missing-link": "no address to check the claim by",
    "outside-case": "a window that has no day of the case",
    "quote-figure": "a quote that states another figure",
    "scope-slip": "a scope that looks like a comparable one misspelt",
    "stale-window": "a day of publication that does not fit the window",
    "times-ten": "a figure with a digit too many or too few",
}
"""Findings about claims; judged.csv may judge them."""

OTHER_CODES: Mapping[str, str] = {
    "idle-activity": "rows of activity.csv that say nothing",
    "judged-gone": "a judgement whose finding is no longer there",
    "look-alike": "sources that a reader cannot tell apart, or a name in two alphabets",
    "silent-headline": "no comparable claim on the headline quantity",
    "untested-figure": "a figure to be tested that no fit can test",
}
"""Findings about other rows; they are mended, not judged."""

JUMP = 10.0
"""A running total that grows by this factor at once has a digit too many, or had one too few."""

LEAST_BASE = 10
"""Totals below this grow tenfold in a day without any error."""

GROWTH = 3.0
"""Factor by which a mended total may still grow where no later figure of the source caps it."""

RECOUNT = 0.02
"""Falls by less than this share of a total are recounts: names found twice, wounded who lived."""

AGREES = 0.1
"""Figures of several sources within this share of each other tell of the same state of things."""

NEAR_DAYS = 31
"""Days between two claims within which the figures of an event can be held against each other."""

EXACT_DIGITS = 4
"""Significant digits from which a figure that is another's but for an error is hardly chance: of
figures of three digits told in the same weeks one in fifty has such a twin."""

UNROUND = 3
"""Significant digits that arithmetic leaves and people seldom say."""

OUTLIER = 5.0
"""Factor beyond all others at which a figure looks mistyped; swapped digits reach 4.8 at most."""

OUTLIER_ROOM = 0.2
"""Share by which the mended figure may differ from one of the others."""

OUTLIER_OTHERS = 3
"""Figures of others that an outlier must lie beyond: two may both be far off."""

ECHO_DAYS = 10
"""Days within which the same figure from two sources may be one report passed on."""

ECHO_FIGURE = 100
"""Smaller figures agree by chance too often to be called an echo."""

ECHO_DIGITS = 2
"""Significant digits of an echo: a third of all figures have one digit and agree by chance."""

FAMILY_DAYS = 3
"""Days within which two sources of one family that give any figure twice are passing it on."""

QUOTE_ROOM = 0.05
"""Share by which a rounded number in a quote may differ from the figure: 589 is 'close to 600'."""

LEAST_NUMBER = 10
"""Smaller numbers in a quote count days, men or hours as often as they state the figure."""

SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 1 / 3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 2 / 3, 0.7,
          0.75, 0.8, 0.85, 0.9, 0.95)
"""Shares that people say: a third, 40%."""

CHANCE = 0.05
"""A fit between figures that chance alone would bring more often than this is no finding."""

LINE_FIGURES = 2
"""Earlier figures of its own that a line needs."""

CONFUSED = 1.5
"""Factor above everybody else's dead at which a figure that others gave for casualties is odd."""

FEW_DAYS = 10
"""Days after its window within which most figures are told; a year and these looks like a slip."""

YEARS = (365, 366, 730, 731)
"""Days in one year and in two, leap years too: slips of the last digit of a year."""

LONG_AFTER = 366
"""Days after every other claim from which a claim stretches an open case by itself."""
