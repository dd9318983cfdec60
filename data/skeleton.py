"""A case to begin with, as `estimate init` writes it."""

import os
import shutil
from importlib.resources import files
from pathlib import Path

from .case import Case, read_files
from .casefile import is_case_id
from .casewriter import slug
from .files import CASE_FILE, FILES
from .problems import OutputError

__all__ = ["write_skeleton"]

_ID = 'id = "my-case"'


def write_skeleton(folder: Path) -> Case:
    """Write a case with two invented claims, in one step.

    Parameters
    ----------
    folder : Path
        It must not exist or be empty; its name becomes the id of the case, where it may.

    Returns
    -------
    Case

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    place = files(__package__).joinpath("formats", "skeleton")
    made = {name: place.joinpath(name).read_bytes() for name in FILES}
    name = slug(folder.resolve().name, "-")
    if is_case_id(name):
        made[CASE_FILE] = made[CASE_FILE].replace(_ID.encode(), f'id = "{name}"'.encode(), 1)
    case = read_files(made)
    out = folder.resolve()
    beside = out.with_name(f".{out.name}.partial-{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        for name, raw in made.items():
            (beside / name).write_bytes(raw)
        beside.replace(out)  # over an empty folder, or none
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); name another "
                          "folder") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return case
