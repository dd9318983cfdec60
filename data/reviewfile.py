"""The review file: proposed claims as a table in which an analyst marks what to accept."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from .cells import safe_cell
from .extraction import Proposal
from .problems import OutputError
from .words import CLAIM_COLUMNS

__all__ = ["REVIEW_COLUMNS", "new_file", "review_table"]

REVIEW_COLUMNS = (
    "accept",
    *(column.name for column in CLAIM_COLUMNS),
    "origin",
    "start",
    "end",
    "evidence",
    "remark",
)
"""`accept` (yes, no or empty), the columns of claims.csv, where each row comes from, and what the
extractor has to say to the analyst, which enters no case."""


def review_table(proposals: Sequence[Proposal], url: str = "") -> str:
    """Write proposals as a CSV table, none of them accepted yet.

    Parameters
    ----------
    proposals : sequence of Proposal
        What was proposed.
    url : str
        Page of the article, put into every row.

    Returns
    -------
    str
        One row a proposal under `REVIEW_COLUMNS`. `id`, `source` and `note` are left to the
        analyst, and every cell is safe in a spreadsheet.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, REVIEW_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for each in proposals:
        row = {
            "quantity": each.quantity,
            "bound": each.bound,
            "value": each.value,
            "low": each.low,
            "high": each.high,
            "from": each.from_,
            "as_of": each.as_of,
            "published": each.published,
            "scope": each.scope,
            "via": "; ".join(name.replace(";", ",") for name in each.via),
            "url": url,
            "wording": each.text,
            "ambiguity": ";".join(each.ambiguity),
            "confidence": each.confidence,
            "origin": each.origin,
            "start": each.start,
            "end": each.end,
            "evidence": each.evidence,
            "remark": each.note,
        }
        writer.writerow(
            {
                name: safe_cell(cell) if isinstance(cell, str) else "" if cell is None else cell
                for name, cell in row.items()
            }
        )
    return out.getvalue()


def new_file(path: Path, text: str) -> None:
    """Write a text to a file that does not exist yet, whole or not at all.

    Parameters
    ----------
    path : Path
        Where; the folder must exist.
    text : str
        What; written as UTF-8.

    Raises
    ------
    OutputError
        Something stands there already, or it cannot be written.
    """
    partial = path.parent / f".{path.name[:100]}.{os.getpid()}-{token_hex(4)}"
    try:
        with partial.open("xb") as file:
            file.write(text.encode("utf-8", errors="replace"))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, path)  # unlike a rename, never over what is there
        except FileExistsError:
            raise
        except OSError:  # a disk without links
            if path.exists():
                raise FileExistsError from None
            partial.rename(path)
    except FileExistsError:
        raise OutputError(
            f"{path}: there already, and may hold your marks; name a new file"
        ) from None
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{path}: cannot be written ({getattr(error, 'strerror', error)}); name another file"
        ) from None
    finally:
        partial.unlink(missing_ok=True)
