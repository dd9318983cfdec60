"""The folder of a report: made beside its target and swapped in whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import Any

from estimate.data.problems import OutputError
from estimate.model.clock import Clock
from estimate.model.known import Vintage
from estimate.model.result import SCHEMA, TOOL
from estimate.model.sealed import digest

from . import datafiles, quiet_words, render, vintage_files
from .card import CARD, card
from .charts import charts
from .contents import Contents, contents
from .swap import beside, put_in_place, recover

ACCOUNT = "run.json"
DRAWS = "posterior.nc"
WRITTEN = "written.json"  # account of a folder that holds chosen formats alone, not a run
FORMATS: Mapping[str, tuple[str, ...]] = {  # files and folders of each
    "html": ("index.html", CARD),
    "md": ("report.md", "figures"),
    "json": ("summary.json",),
    "csv": ("estimates.csv", "sources.csv", "claims.csv", quiet_words.NAME, *vintage_files.NAMES),
}
_FOLDERS = ("figures", "inputs")
OF_THE_DESKTOP = (".DS_Store", "Thumbs.db", "desktop.ini")


def check_out(out: Path | str, account: str = ACCOUNT) -> None:
    """Refuse a place where a report cannot be written, before any work is done.

    What a killed run left there is mended first.

    Parameters
    ----------
    out : path
        Folder of the report to be.
    account : str
        File that lists what an older folder of this kind holds.

    Raises
    ------
    OutputError
        It is a file, cannot be written, or holds anything that run.json does not list or that was
        changed since: that would be lost.
    """
    with _told(Path(out)):
        target = _target(out)
        recover(target)
        _refuse_foreign(target, Path(out), account)
        beside(target).rmdir()


def write_report(fit: Any, out: Path | str, said: Contents | None = None) -> Path:
    """Write everything a fit says into one folder.

    Parameters
    ----------
    fit : estimate.model.result.Fit
    out : path
        Folder; made if it is not there. An older run of ours is replaced in one step.
    said : Contents, optional
        Of this fit, where they are made already.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `check_out`; also when the disk is full. What stood there is then as it was.
    """
    clock = Clock()
    with _replacing(out) as folder:
        fit.save(folder)
        _write_files(fit, folder, said=said)
        clock.lap("report")
        told = {"timings": clock.wall, "cpu_seconds": clock.cpu}
        told = {name: {**fit.account.get(name, {}), **told[name]} for name in told}
        _write_account(folder, {**fit.account, **told})
    return Path(out)


def write_run(files: Mapping[str, bytes], out: Path | str) -> Path:
    """Write a run that `write_report` wrote on another machine.

    Parameters
    ----------
    files : dict of str to bytes
        Every file by its name within the folder.
    out : path
        As for `write_report`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `write_report`.
    """
    with _replacing(out) as folder:
        for name, raw in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw)
    return Path(out)


def write_history(made: Sequence[Vintage], out: Path | str) -> Path:
    """Write vintages.csv and history.csv into a folder, and written.json that lists them.

    Parameters
    ----------
    made : sequence of Vintage
        At least one.
    out : path
        New, empty, or written by this function before and not changed since.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `check_out`, with written.json in the place of run.json.
    """

    def fill(folder: Path) -> None:
        for name, text in vintage_files.files(made).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")

    return write_folder(out, {"tool": TOOL, "schema": SCHEMA}, fill, WRITTEN)


def rewrite(fit: Any, run: Path | str, formats: Sequence[str] = tuple(FORMATS)) -> Path:
    """Write some kinds of file of a run again; all others stay byte for byte as they were.

    Parameters
    ----------
    fit : estimate.model.result.Fit
        The run's own fit, as `load_fit` gives it.
    run : path
        Folder that `write_report` wrote; replaced in one step.
    formats : sequence of str
        Of `FORMATS`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `write_report`.
    """
    again = {name for word in formats for name in FORMATS[word]}
    with _replacing(run) as folder:
        shutil.copytree(run, folder, dirs_exist_ok=True,
                        ignore=lambda within, names: {*OF_THE_DESKTOP} | (
                            again if Path(within) == Path(run) else set()))
        _write_files(fit, folder, formats)
        _write_account(folder, fit.account)
    return Path(run)


def write_formats(fit: Any, out: Path | str, formats: Sequence[str]) -> Path:
    """Write some kinds of file into a folder of their own, and nothing of the run.

    Parameters
    ----------
    fit : estimate.model.result.Fit
    out : path
        New, empty, or written by this function before and not changed since: it is then replaced
        in one step. `written.json` lists its files.
    formats : sequence of str
        Of `FORMATS`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `check_out`; a folder that holds a run is refused too.
    """
    account = {name: fit.account[name] for name in ("tool", "schema", "case", "as_of")}
    return write_folder(out, account, lambda folder: _write_files(fit, folder, formats), WRITTEN)


def publish(run: Path | str, out: Path | str) -> Path:
    """Copy a run without its draws: they stay listed in run.json with their hash, as not shipped.

    Parameters
    ----------
    run : path
        Folder that `write_report` wrote.
    out : path
        Folder of the copy.

    Returns
    -------
    Path
        The folder of the copy.

    Raises
    ------
    OutputError
        `run` is no run of ours, or `out` as in `check_out`.
    """
    run = Path(run)
    if _account(run) is None:
        raise OutputError(
            f"{run}: holds no run of estimate; name a folder that `estimate fit` wrote"
        )
    with _replacing(out) as folder:
        shutil.copytree(run, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(DRAWS))
        account = json.loads((run / ACCOUNT).read_bytes())
        draws = {DRAWS: {**account["files"][DRAWS], "shipped": False}}
        _write_account(folder, account, unshipped=draws)
    return Path(out)


def write_folder(
    out: Path | str, account: Mapping[str, Any], fill: Callable[[Path], None], name: str
) -> Path:
    """Write a folder of ours that is no run, in one step.

    Parameters
    ----------
    out : path
        Folder; made if it is not there. An older one of its kind is replaced in one step.
    account : dict
        What the file `name` is to hold; the hash and size of every other file are added.
    fill : callable
        Given an empty folder, writes everything else into it.
    name : str
        File that lists the others, and by which the folder is known again.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        As `check_out`, with `name` in the place of run.json.
    """
    with _replacing(out, name) as folder:
        fill(folder)
        _write_account(folder, account, name=name)
    return Path(out)


@contextmanager
def _replacing(out: Path | str, account: str = ACCOUNT) -> Iterator[Path]:
    """Give an empty folder beside `out`, which takes its place once all is written in it."""
    with _told(Path(out)):
        target = _target(out)
        recover(target)
        _refuse_foreign(target, Path(out), account)
        folder = beside(target)
        try:
            yield folder
            put_in_place(folder, target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def files_of(fit: Any, formats: Sequence[str] = tuple(FORMATS), said: Contents | None = None
             ) -> dict[str, bytes]:
    """Make the files of a report: the same bytes of the same fit wherever it is made.

    Parameters
    ----------
    fit : estimate.model.result.Fit
    formats : sequence of str
        Of `FORMATS`.
    said : Contents, optional
        Of this fit, where they are made already.

    Returns
    -------
    dict of str to bytes
        Every file by its name within the folder.
    """
    said = said or contents(fit)
    figures = charts(said) if {"html", "md"} & set(formats) else {}
    drawn = {name: render.draw(figure) for name, figure in figures.items()}
    made: dict[str, str | bytes] = {}
    if "csv" in formats:
        made["estimates.csv"] = datafiles.estimates_csv(said)
        made["sources.csv"] = datafiles.sources_csv(said)
        made["claims.csv"] = datafiles.claims_csv(said)
        if said.quiet.rows is not None:
            made[quiet_words.NAME] = datafiles.csv_text(said.quiet.rows, quiet_words.COLUMNS)
        made |= vintage_files.files(said.known.vintages)
    if "json" in formats:
        made["summary.json"] = datafiles.summary_json(said)
    if "md" in formats:
        made["report.md"] = render.paper(said, figures)
        for each, figure in figures.items():
            made |= {f"figures/{name}": raw
                     for name, raw in render.drawings(figure, drawn[each]).items()}
    if "html" in formats:
        made["index.html"] = render.html(said, figures, drawn)
        made[CARD] = card(said)
    return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}


def _write_files(fit: Any, folder: Path, formats: Sequence[str] = tuple(FORMATS),
                 said: Contents | None = None) -> None:
    for name, raw in files_of(fit, formats, said).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(raw)


def _write_account(
    folder: Path, account: Mapping[str, Any], name: str = ACCOUNT,
    unshipped: Mapping[str, Any] | None = None,
) -> None:
    """Write the account with the hash and size of every other file, and last its own."""
    files = {}
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder).as_posix()
        if path.is_file() and within != name:
            raw = path.read_bytes()
            files[within] = {"sha256": sha256(raw).hexdigest(), "bytes": len(raw), "shipped": True}
    told = {**account, "files": dict(sorted({**files, **(unshipped or {})}.items()))}
    (folder / name).write_text(account_text(told), encoding="utf-8", newline="\n")


def account_text(account: Mapping[str, Any]) -> str:
    """Give the one text that an account has: with its own hash, which no layout but this keeps.

    Parameters
    ----------
    account : dict
        With a `sha256` or without; what JSON does not know is written as text.

    Returns
    -------
    str
        JSON; `sha256` is the hash of all its other keys (`estimate.model.sealed.digest`).
    """
    told = json.loads(json.dumps(account, allow_nan=False, default=str))
    told = {key: value for key, value in told.items() if key != "sha256"}
    return json.dumps(told | {"sha256": digest(told)}, indent=2, ensure_ascii=False) + "\n"


def _target(out: Path | str) -> Path:
    """Give the folder itself, links followed."""
    path = Path(out).resolve()
    if path == path.parent:
        raise OutputError(f"{out}: is the root of the disk; name a folder with --out")
    return path


def _refuse_foreign(target: Path, out: Path, account: str = ACCOUNT) -> None:
    """Refuse a folder in which anything would be lost that `account` does not list."""
    what = "a run of estimate" if account == ACCOUNT else "what this command writes"
    mend = "name another folder with --out, or move what is there"
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{out}: is a file, not a folder; {mend}")
    there = _contents_of(target)
    if not there:
        return
    listed = _listed(target, account)
    if listed is None:
        raise OutputError(f"{out}: holds something else than {what}; {mend}")
    folders = {*_FOLDERS, *(str(up) for name in listed for up in PurePosixPath(name).parents)}
    for name, path in there.items():
        plain = not path.is_symlink()
        if name == account or (plain and path.is_dir() and name in folders):
            continue
        if not plain or not path.is_file() or name not in listed:
            raise OutputError(
                f"{out}: holds {name!r}, which no run of estimate wrote and which would be lost; "
                f"{mend}"
            )
        if _digest(path) != listed[name]:
            raise OutputError(
                f"{out}: {name!r} was changed after the run was written, and the change would be "
                "lost; move that file out of the folder, or name another one with --out"
            )


def _contents_of(folder: Path) -> dict[str, Path]:
    """Everything below a folder by its name within it, links not followed."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if name not in OF_THE_DESKTOP:
                path = Path(where) / name
                found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def _listed(folder: Path, name: str = ACCOUNT) -> dict[str, str] | None:
    """Give the hashes that an account lists by file; None where there is none of ours."""
    account = _account(folder, name)
    files = account.get("files") if account else None
    if not isinstance(files, dict):
        return None
    return {
        str(name): str(told.get("sha256")) for name, told in files.items() if isinstance(told, dict)
    }


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _account(folder: Path, name: str = ACCOUNT) -> dict[str, Any] | None:
    try:
        account = json.loads((folder / name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    ours = isinstance(account, dict) and account.get("tool") == "estimate"
    return account if ours else None


_MENDS = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EACCES: "choose a folder that you may write",
    errno.EPERM: "choose a folder that you may write",
    errno.EROFS: "choose a folder that you may write",
    errno.ENOTDIR: "a part of this path is a file: name another folder with --out",
    errno.ENAMETOOLONG: "choose a shorter name",
}


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Turn what the system says while a folder is written into an error that names the mend."""
    try:
        yield
    except OSError as error:
        mend = _MENDS.get(error.errno or 0, "name another folder with --out")
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(f"{out}: cannot be written ({reason}); {mend}") from error
