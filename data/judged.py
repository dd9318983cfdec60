"""judged.csv: findings that somebody has looked at, with the reason why they stand.

The file may lie in the folder of a case or not. A judgement names a finding by its code and claim;
one whose finding is gone is itself told, for the claim may have changed.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile

import pandas as pd
from filelock import FileLock

from .cells import safe_cell
from .codes import CODES
from .files import CLAIMS_FILE, JUDGED_FILE
from .fingerprint import row_hashes
from .ledger import plain
from .problems import EstimateError, OutputError, Problem, Problems
from .rules import Read, refers
from .words import JUDGED_COLUMNS

__all__ = ["Judged", "check_judged", "sift", "with_judgement"]

LOCK = ".judged.lock"


@dataclass(frozen=True)
class Judged:
    """A finding with what was said of it.

    Attributes
    ----------
    finding : Problem
        The finding, as it would be listed.
    why, who, on : str
        The reason, who gave it, and when (YYYY-MM-DD); '' where it is not said.
    """

    finding: Problem
    why: str
    who: str
    on: str


def check_judged(judged: Read, claims: Read | None, problems: Problems) -> None:
    """Note judgements about claims that the case does not have."""
    if claims and claims.table.sound and "id" in claims:
        known = [*claims.values["id"], *map(str.strip, claims.table.loose.get("id", ()))]
        for column in ("claim", "other"):
            refers(judged, column, known, CLAIMS_FILE, problems)


def sift(
    found: Sequence[Problem], judged: Read | None, whole: bool, claims: pd.DataFrame
) -> tuple[tuple[Problem, ...], tuple[Judged, ...]]:
    """Part the findings that were judged from those that were not.

    Parameters
    ----------
    found : sequence of Problem
        The warnings of a case.
    judged : Read or None
        The judgements; None where the case has none.
    whole : bool
        Whether `found` is all there is: only then can a finding be missed.
    claims : DataFrame
        As in `Case`: a judgement holds for the row that was judged.

    Returns
    -------
    left : tuple of Problem
        Those not judged, and a warning for each judgement whose finding is gone.
    judged : tuple of Judged
        The others, in order.
    """
    if judged is None:
        return tuple(found), ()
    cell = {column.name: list(judged.values.get(column.name, [""] * len(judged.table.rows)))
            for column in JUDGED_COLUMNS}
    places: dict[tuple[str, str], list[int]] = {}
    seals = cell["row_sha256"]
    now = row_hashes(claims) if any(seals) else {}
    for at, pair in enumerate(zip(cell["code"], cell["claim"], strict=True)):
        if not seals[at] or seals[at] == now[pair[1]]:
            places.setdefault(pair, []).append(at)
    left, parted, used = [], [], set[int]()
    for problem in found:
        ats = [at for claim in problem.claims for at in places.get((problem.code, claim), ())
               if not cell["other"][at] or cell["other"][at] in problem.claims]
        used.update(ats)
        if ats:
            day = str(cell["on"][ats[0]])
            parted.append(Judged(problem, cell["why"][ats[0]], cell["who"][ats[0]],
                                 "" if day == "NaT" else day[:10]))
        else:
            left.append(problem)
    for at in sorted(set(range(len(cell["code"]))) - used) if whole else ():
        rule = (f"{cell['claim'][at]} was changed after '{cell['code'][at]}' was judged"
                if seals[at] and seals[at] != now[cell["claim"][at]] else
                f"there is no finding '{cell['code'][at]}' about {cell['claim'][at]} to be judged: "
                "the claim may have changed since")
        left.append(Problem(JUDGED_FILE, int(judged.table.rows[at]), "claim", cell["claim"][at],
                            rule, "look at it again, and remove the row", "judged-gone"))
    return tuple(left), tuple(parted)


def with_judgement(folder: Path, code: str, claim: str, why: str, who: str = "") -> int:
    """Add a judgement to judged.csv in a case's folder; the case is checked before it is written.

    Parameters
    ----------
    folder : Path
        The case.
    code, claim : str
        Which finding.
    why : str
        The reason.
    who : str
        Who gives it.

    Returns
    -------
    int
        How many findings it judges.

    Raises
    ------
    CaseError
        The case has a fault, or would have one with the judgement.
    EstimateError
        There is no such finding.
    OutputError
        The file cannot be written; it is then as it was.
    """
    from .case import read_case, read_files

    read_case(folder)  # a case with faults is told before anything is made beside it
    try:
        with FileLock(folder / LOCK):
            case = read_case(folder)
            if not (told := [p for p in case.warnings if p.code == code and claim in p.claims]):
                if any(j.finding.code == code and claim in j.finding.claims for j in case.judged):
                    raise EstimateError(f"'{code}' about {claim!r} is judged already; to judge it "
                                        f"anew, remove its row from {JUDGED_FILE}")
                raise EstimateError(_no_such(code, claim, case.warnings))
            row = {"code": code, "claim": claim, "why": safe_cell(plain(why)),
                   "who": safe_cell(plain(who)), "on": date.today().isoformat(),
                   "row_sha256": row_hashes(case.claims[case.claims["id"] == claim])[claim]}
            raw = _added(case.files.get(JUDGED_FILE), row)
            read_files({**case.files, JUDGED_FILE: raw})
            _write(folder / JUDGED_FILE, raw)
            return len(told)
    except OSError as error:
        raise OutputError(f"{folder / JUDGED_FILE}: cannot be written: {error.strerror}; "
                          "nothing was changed") from None


def _no_such(code: str, claim: str, warnings: Iterable[Problem]) -> str:
    if code not in CODES:
        return f"{code!r}: no finding about claims has this code; one of {', '.join(CODES)}"
    codes = sorted({p.code for p in warnings if claim in p.claims})
    return (f"there is no finding '{code}' about {claim!r} to be judged"
            + (f"; there is {', '.join(codes)}" if codes else ""))


def _added(raw: bytes | None, row: dict[str, str]) -> bytes:
    """Give the file with a row more, in the order of its own header; what it held is kept."""
    text = (raw or b"").decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(text)), None) or [c.name for c in JUDGED_COLUMNS]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [name.strip() for name in header], restval="",
                            extrasaction="ignore", lineterminator="\n")
    if not text:
        writer.writeheader()
    writer.writerow(row)
    kept = raw or b""
    return kept + (b"\n" if kept and not kept.endswith(b"\n") else b"") + out.getvalue().encode()


def _write(path: Path, raw: bytes) -> None:
    """Put a file in its place in one step."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                os.chmod(file.name, path.stat().st_mode & 0o777)
            else:
                os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
