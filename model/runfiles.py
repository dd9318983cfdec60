"""What a run folder may hold: names that stay within it, draws that lead nowhere and fit."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import h5py  # type: ignore[import-untyped,unused-ignore]

from estimate.data.problems import RunError

MOST_BYTES = 8e9  # of all draws unpacked: thrice what a fit may fill of memory (`fit.MEMORY`)
MOST_PARTS = 10_000  # groups and variables of posterior.nc; 24 series have some 1,500
_MEND = "take the run from where it was made, or run `estimate fit` again"


def within(folder: Path, name: str) -> Path:
    """Give the path of a file of a run by its name, which may come from a hostile run.json.

    Parameters
    ----------
    folder : Path
        The run.
    name : str
        Name within it, with `/`.

    Returns
    -------
    Path

    Raises
    ------
    RunError
        The name is absolute, climbs, or is not as a run names its files; or it passes a link that
        leads out of the folder.
    """
    pure = PurePosixPath(name)
    if (not pure.parts or name != pure.as_posix() or pure.is_absolute() or ".." in pure.parts
            or set(name) & set('\\:*?"<>|') or not name.isprintable()):
        raise RunError(f"{folder}: names {name[:60]!r}, which is no file within a run; {_MEND}")
    path = folder.joinpath(*pure.parts)
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a ring of links
        inside = False
    if not inside:
        raise RunError(f"{path}: is a link that leads out of the run; {_MEND}")
    return path


def check_draws(path: Path) -> None:
    """Look at posterior.nc before it is opened: no link, nothing kept elsewhere, no flood.

    Parameters
    ----------
    path : Path

    Raises
    ------
    RunError
        A part of it leads to another file, or is a link; or there is more of it than a fit writes.
    OSError
        It is no HDF5 file.
    """
    size, parts = 0.0, 0
    with h5py.File(path, "r") as file:
        groups: list[Any] = [file]
        while groups:
            group = groups.pop()
            for name in group:
                parts += 1
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise RunError(f"{path}: {name[:60]!r} is a link; {_MEND}")
                found = group[name]
                if isinstance(found, h5py.Group):
                    groups.append(found)
                elif isinstance(found, h5py.Dataset):
                    if found.external or found.is_virtual:
                        raise RunError(f"{path}: {name[:60]!r} is kept in another file; {_MEND}")
                    size += float(found.size or 0) * found.dtype.itemsize
                if parts > MOST_PARTS or size > MOST_BYTES:
                    raise RunError(f"{path}: holds more than any fit writes; {_MEND}")
