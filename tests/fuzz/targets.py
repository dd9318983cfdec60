"""What is fuzzed: a target takes hostile bytes as a file, and raises only where we have a defect.

Bad input is to give one of our errors. Whatever a target writes stays in the folder it was given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

from estimate.data.article import read_stream
from estimate.data.case import read_case, read_files
from estimate.data.desk import at_desk
from estimate.data.extraction import extract
from estimate.data.importing import import_table, read_map, write_imported
from estimate.data.ledger import check_log
from estimate.data.library import read_library
from estimate.data.problems import EstimateError
from estimate.data.review import REVIEW_COLUMNS, read_review
from estimate.model.result import load_fit
from estimate.reports.runs import find_runs

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "data"
RUN = ROOT / "reports" / "published" / "nk-kursk"
BIG = 20_000  # bytes of estimates.csv: quicker than the whole


def _folder(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.iterdir())}


HARBOUR, RIVER = _folder(EXAMPLES / "harbour"), _folder(EXAMPLES / "river")
FIRST_ARTICLE = (ROOT / "docs" / "tutorial" / "first.txt").read_bytes()
PAGE = (b"<html><head><title>t</title></head><body><article><p>" + FIRST_ARTICLE
        + b"</p></article></body></html>")
ACTIVITY = {"activity.csv": b"from,to,name,value,url\n2024-03-01,2024-03-09,fires,31.5,\n"}
LIBRARY = 128  # an input of `gate` from this first byte on is a file of a library
IMPORT = {
    "table.csv": b"days,loss_count,loss_type,claim_source,time_frame,loss_country,minimum,maximum,"
                 b"category,source_target\n1,10,Civilian Deaths-Ukraine,UA Source,Day,Ukraine,0,0,"
                 b"Civilian Deaths,UA Source-Ukraine\n",
    "map.toml": (ROOT / "data" / "formats" / "radford2023.toml").read_bytes()}
WRITTEN = {name: (RUN / name).read_bytes()[:BIG if name.endswith(".csv") else None]
           for name in ("run.json", "summary.json", "estimates.csv")}


@contextmanager
def _apart(files: dict[str, bytes]) -> Iterator[Path]:
    """Give a folder with files inside a folder of its own, which nothing else may enter."""
    with tempfile.TemporaryDirectory() as outer:
        inner = Path(outer, "case")
        inner.mkdir()
        for name, raw in files.items():
            (inner / name).write_bytes(raw)
        yield inner
        left = {path.name for path in Path(outer).iterdir()}
        assert left <= {"case", "out"}, f"left beside the case: {sorted(left)}"


def _spoilt(good: dict[str, bytes], data: bytes) -> dict[str, bytes]:
    """Put all but the first byte in the place of the file that the first byte names."""
    name = sorted(good)[data[0] % len(good)] if data else sorted(good)[0]
    return {**good, name: data[1:]}


def _one_by_one(good: dict[str, bytes], first: int = 0) -> list[bytes]:
    """Each good file as an input of `_spoilt`."""
    return [bytes([first + i]) + good[name] for i, name in enumerate(sorted(good))]


def gate(data: bytes) -> None:
    """Read a case, or a library of resolved cases, of which one file is hostile."""
    if data[:1] >= bytes([LIBRARY]):
        with _apart(_spoilt(RIVER, bytes([data[0] - LIBRARY]) + data[1:])) as folder, \
                suppress(EstimateError):
            found = read_library(folder)
            for name in found.cases["case"].to_list()[:3]:
                found.case(name)
        return
    files = _spoilt(HARBOUR | ACTIVITY, data)
    with suppress(EstimateError):
        read_files(files)
    with _apart(files) as folder, suppress(EstimateError):
        read_case(folder)


def importer(data: bytes) -> None:
    """Import a hostile table by a map that ships, or a small table by a hostile map."""
    with _apart(_spoilt(IMPORT, data)) as folder, suppress(EstimateError):
        made = import_table(folder / "table.csv", read_map(folder / "map.toml"))
        write_imported(made, folder.parent / "out", "not-imported.csv")


def run(data: bytes) -> None:
    """Read a run of which one file is hostile: for the page over runs, and as a fit."""
    with _apart(_spoilt(WRITTEN, data)) as folder:
        with suppress(EstimateError):
            find_runs(folder.parent)
        with suppress(EstimateError):
            load_fit(folder)


def extracted(data: bytes) -> None:
    """Propose claims from a hostile article."""
    with suppress(EstimateError):
        for each in extract(read_stream(BytesIO(data))):
            each.record()


def desk(data: bytes) -> None:
    """Open a case whose log is hostile, change it, and accept a hostile review."""
    files = _spoilt({"claims.log": LOG, "review.csv": REVIEW}, data)
    with _apart(HARBOUR | {"claims.log": files["claims.log"]}) as folder:
        check_log(folder)
        with suppress(EstimateError):
            read_case(folder)
        review = folder.parent / "out"
        review.write_bytes(files["review.csv"])
        with suppress(EstimateError), at_desk(folder, "fuzzer") as opened:
            opened.accept(read_review(review))


def _logged() -> bytes:
    """Give the log that one change leaves."""
    with _apart(HARBOUR) as folder:
        with at_desk(folder, "fuzzer") as opened:
            opened.retract(opened.rows[0]["id"], "said again")
        return (folder / "claims.log").read_bytes()


LOG = _logged()
REVIEW = (",".join(column.name for column in REVIEW_COLUMNS) + "\nyes"
          + "," * (len(REVIEW_COLUMNS) - 1)).encode()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "gate": gate, "importer": importer, "run": run, "extract": extracted, "desk": desk}
SEEDS: dict[str, list[bytes]] = {
    "gate": _one_by_one(HARBOUR | ACTIVITY) + _one_by_one(RIVER, LIBRARY),
    "importer": _one_by_one(IMPORT), "run": _one_by_one(WRITTEN),
    "extract": [FIRST_ARTICLE, PAGE],
    "desk": _one_by_one({"claims.log": LOG, "review.csv": REVIEW})}
