"""Who feeds whom: families of sources and the origins that their figures go back to."""

from collections.abc import Mapping, Sequence

__all__ = ["families", "origins"]


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
