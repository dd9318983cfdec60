"""Sentences and table of the moves that a figure asks for: what would have to be true for it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from estimate.model.moves import Move, Moves

from . import sentences as say
from .tables import Row, Table, number_cell, table, text_cell

# What happens once in 50 cases 163 settled ones would most likely show (1 - 0.98^163 = 96%); a
# smaller chance the record cannot tell from none, so none is told.
CHECKED = 0.02
_SHARES = ("list", "names", "killed_share")  # kinds that are shares, not claim / truth


def odds(probability: float, limit: float, draws: float) -> str:
    """Give a chance in words, as small as can be checked: `12%`, `less than 1 in 50`.

    Parameters
    ----------
    probability : float
        Share of the draws.
    limit : float
        Upper limit of the chance; said where less than one effective draw stands behind it.
    draws : float
        Effective draws.

    Returns
    -------
    str
    """
    if max(probability, limit if probability * draws < 1 else 0.0) < CHECKED:
        return f"less than 1 in {1 / CHECKED:.0f}"
    if probability * draws < 1:
        unit = 10 ** max(0, math.floor(-math.log10(limit)) - say.DIGITS + 1)
        return f"less than 1 in {math.floor(1 / limit / unit) * unit:,}"
    return f"more than {100 - 100 * CHECKED:.0f}%" if probability > 1 - CHECKED else say.chance(
        probability)


def sentences(moves: Moves, names: Mapping[str, str]) -> tuple[str, ...]:
    """Say what would have to be true, how far that is, and how it was worked out.

    Parameters
    ----------
    moves : Moves
    names : dict of str to str
        Name of each source, harmless.

    Returns
    -------
    tuple of str
    """
    figure = say.stated(moves.figure)
    lead = f"For {figure} {say.noun(moves.quantity)} by {say.day(moves.on)}, "
    sources = [move for move in moves.moves if move.told and move.kind == "source"]
    others = say.listed([_other(move, names) for move in moves.moves if move.kind != "source"])
    words = [_extrapolated(moves)] if moves.thin else []
    if sources:
        first, *rest = (_source(move, moves.quantity) for move in sources)
        stated = [f"{names[sources[0].source]} would have to have stated {first}"]
        stated += [f"{names[move.source]} {text}"
                   for move, text in zip(sources[1:], rest, strict=True)]
        words.append(f"{lead}{say.listed(stated)}.")
    words.append(f"{'At the same time, ' if sources else lead}{others}.")
    if sources:
        whose = "the source" if len(sources) == 1 else f"the {len(sources)} sources"
        words.append(f"The moves of {whose} named would alone take the estimate "
                     f"{say.probability(moves.carried)} of the way, on a log scale.")
    way = "up" if moves.sds > 0 else "down"
    words.append(f"In all, {figure} is a move of {abs(moves.sds):.1f} posterior standard "
                 f"deviations {way} from the median. {_method(moves, figure)}")
    return tuple(words)


def _extrapolated(moves: Moves) -> str:
    """Say that hardly any draws stand behind what is told."""
    verb = "lies" if moves.near == 1 else "lie"
    return (f"Extrapolated: {say.several(moves.near, 'effective draw')} {verb} near "
            f"{say.stated(moves.figure)}, so what it asks for is a straight line drawn out beyond "
            "what was seen.")


def _source(move: Move, quantity: str) -> str:
    about = "" if move.about in (quantity, "deployed") else f" about {say.noun(move.about)}"
    return (f"{_truth(move.needed)}{about} instead of {say.ratio(move.median)} "
            f"({say.percent(say.INTERVAL)} range {say.ratio_span(move.q05, move.q95)})")


def _truth(ratio: float) -> str:
    return f"{say.ratio(ratio)} {'times' if say.rounded(ratio) >= 1 else 'of'} the truth"


def _other(move: Move, names: Mapping[str, str]) -> str:
    if move.kind == "shared":
        return ("what all sources have in common would have to be "
                f"{_truth(move.needed)} instead of {say.ratio(move.median)}")
    subject = {
        "killed_share": "the killed would have to be {} of the casualties",
        "list": "the list of the dead would have to hold {} of them",
        "names": "the count of names would have to hold {} of the dead",
    }[move.kind]
    return f"{subject.format(say.percent(move.needed))} instead of {say.percent(move.median)}"


def _method(moves: Moves, figure: str) -> str:
    near = f"{say.several(moves.near, 'effective draw')} near {figure}"
    if moves.method == "draws":
        return (f"What would have to be is read off the {near}, with which a straight line through "
                "all draws disagrees.")
    line = "What would have to be follows a straight line through the draws"
    if moves.checked:
        return f"{line}; the {near} agree with it."
    return f"{line}; {near} are too few to check it." if moves.near != 1 else (
        f"{line}; {near} is too few to check it.")


def made_table(moves: Moves, names: Mapping[str, str]) -> Table:
    """Give one row for each thing that is told in words.

    Parameters
    ----------
    moves : Moves
    names : dict of str to str
        Name of each source, harmless.

    Returns
    -------
    Table
    """
    titles = {"shared": "What all sources have in common", "killed_share": "Killed / casualties",
              "list": "List of the dead", "names": "Count of names"}
    rows = []
    for move in moves.moves:
        if not move.told:
            continue
        write = say.percent if move.kind in _SHARES else say.ratio
        name = names.get(move.source, "")
        title, below = titles.get(move.kind, name), f"last told of by {name}" if name else ""
        if move.kind == "source":
            below = f"on {say.noun(move.about)}"
        rows.append(Row((
            text_cell(title, below),
            number_cell(f"{write(move.q05)} to {write(move.q95)} ({write(move.median)})"),
            number_cell(write(move.needed)),
            number_cell(f"{move.sds:+.1f}".replace("-", "−")),
            number_cell(say.probability(move.prior_probability)),
        ), faint=moves.thin))
    rest = sum(not move.told for move in moves.moves)
    left_out = (f" {say.capital(say.several(rest, 'further source'))} would move along."
                if rest else "")
    marked = f"{_extrapolated(moves)} " if moves.thin else ""
    return table(
        f"{marked}The smallest moves, taken together, that would make {say.stated(moves.figure)} "
        "right: figure divided by truth (of a source: its average level over all its claims, not "
        "its latest figure), or a share. Other moves, all larger, would make it right too."
        f"{left_out} Now: 90% interval (median). Sd: posterior standard deviations moved. Prior "
        "chance: of a value at least as far that way, before any claim.",
        ("What would move", "Now", "Needed (extrapolated)" if moves.thin else "Needed", "Sd",
         "Prior chance"),
        rows,
    )
