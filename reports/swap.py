"""Put a finished folder in the place of an older one, so that no moment shows half of either.

The new folder is made beside the target under a name that says which process makes it. On Linux
and macOS both are exchanged in one step. Elsewhere two renames do it, and `recover` puts the older
folder back if the process died between them.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import re
import shutil
import sys
from pathlib import Path
from secrets import token_hex

_PARTIAL, _OLD = "partial", "old"
_AT_FDCWD, _EXCHANGE_LINUX, _SWAP_MACOS = -100, 2, 2


def beside(target: Path) -> Path:
    """Make an empty folder beside the target, named for this process.

    Raises
    ------
    OSError
        The parent cannot be made or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.parent / _name(target, _PARTIAL)
    folder.mkdir()
    return folder


def put_in_place(new: Path, target: Path) -> None:
    """Give the folder `new` the name `target`; what stood there is removed afterwards.

    Raises
    ------
    OSError
        The names cannot be exchanged; the target is then as it was.
    """
    _sync_tree(new)
    if not target.exists() or not any(target.iterdir()):
        if target.exists():
            target.rmdir()
        new.rename(target)
        _sync(target.parent)
        return
    if not _exchange(new, target):
        aside = target.parent / _name(target, _OLD)
        target.rename(aside)
        new.rename(target)
        new = aside
    _sync(target.parent)
    shutil.rmtree(new, ignore_errors=True)


def recover(target: Path) -> None:
    """Mend what a killed run left: put the older folder back, remove unfinished ones.

    A folder whose process still runs is left alone.
    """
    if not target.parent.is_dir():
        return
    for folder in sorted(target.parent.glob(f".{glob.escape(target.name)}.*")):
        found = re.fullmatch(
            rf"\.{re.escape(target.name)}\.({_PARTIAL}|{_OLD})-(\d+)-[0-9a-f]+", folder.name
        )
        if not found or folder.is_symlink() or _runs(int(found[2])):
            continue
        if found[1] == _OLD and not target.exists():
            folder.rename(target)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _name(target: Path, kind: str) -> str:
    return f".{target.name}.{kind}-{os.getpid()}-{token_hex(4)}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot."""
    if not sys.platform.startswith(("linux", "darwin")):
        return False
    try:
        system = ctypes.CDLL(None, use_errno=True)
        first, second = os.fsencode(one), os.fsencode(other)
        if sys.platform.startswith("linux"):
            failed = system.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _EXCHANGE_LINUX)
        else:
            failed = system.renamex_np(first, second, _SWAP_MACOS)
    except (OSError, AttributeError):
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(other))


def _sync_tree(folder: Path) -> None:
    for where, _, names in os.walk(folder):
        for name in names:
            _sync(Path(where) / name)
        _sync(Path(where))


def _sync(path: Path) -> None:
    """Bring a file or folder to the disk, where the system lets folders be opened."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
            raise
    finally:
        os.close(handle)
