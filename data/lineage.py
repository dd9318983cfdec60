"""Who feeds whom: families of sources and the origins that their figures go back to."""

from collections.abc import Mapping, Sequence

__all__ = ["cycles", "families", "origins"]

MAX_RINGS = 1000
"""Rings that are listed."""


def families(parents: Mapping[str, str]) -> dict[str, str]:
    """Give each source its family: the topmost umbrella above it, or itself.

    Parameters
    ----------
    parents : mapping of str to str
        Id of each source to the id of its umbrella, '' for none. Must hold no ring.

    Returns
    -------
    dict of str to str
        Id of each source to the id of its family.
    """
    found: dict[str, str] = {}
    for source in parents:
        path = []
        at = source
        while at not in found and parents[at]:
            path.append(at)
            at = parents[at]
        top = found.setdefault(at, at)
        found.update(dict.fromkeys(path, top))
    return found


def origins(
    parents: Mapping[str, str], builds_on: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Give each source the other families whose figures it uses, directly or through others.

    A source uses what it builds on, what its umbrellas build on, and whatever those use.

    Parameters
    ----------
    parents : mapping of str to str
        Id of each source to the id of its umbrella, '' for none.
    builds_on : mapping of str to sequence of str
        Id of each source to the ids of those whose figures it uses.

    Returns
    -------
    dict of str to tuple of str
        Id of each source to the sorted ids of families, its own left out; empty for an
        independent origin.
    """
    family = families(parents)
    found: dict[str, tuple[str, ...]] = {}
    for source in parents:
        used: set[str] = set()
        seen = {source}
        ahead = [source]
        while ahead:
            at = ahead.pop()
            used.update(family[each] for each in builds_on[at])
            for each in (*builds_on[at], parents[at]):
                if each and each not in seen:
                    seen.add(each)
                    ahead.append(each)
        found[source] = tuple(sorted(used - {family[source]}))
    return found


def cycles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Find rings in a graph.

    Parameters
    ----------
    edges : mapping of str to sequence of str
        For each node the nodes it points to; nodes that are no key point nowhere.

    Returns
    -------
    list of list of str
        At most a thousand rings, one at least for each knot of nodes that lead back to
        themselves; each from its first node back to it, the middle of a long one left out.
    """
    found: list[list[str]] = []
    depth: dict[str, int] = {}  # place on the path, or -1 when done
    for start in edges:
        if start in depth:
            continue
        path, ahead = [start], [iter(edges[start])]
        depth[start] = 0
        while path:
            step = next(ahead[-1], None)
            if step is None:
                depth[path.pop()] = -1
                ahead.pop()
            elif step not in edges:
                continue
            elif step not in depth:
                depth[step] = len(path)
                path.append(step)
                ahead.append(iter(edges[step]))
            elif depth[step] >= 0 and len(found) < MAX_RINGS:
                at = depth[step]
                short = len(path) - at <= 6
                found.append([*(path[at:] if short else [*path[at : at + 5], "…"]), step])
    return found
