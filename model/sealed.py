"""JSON files with a seal: their kind, their version, and a hash that tells whether they changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimate.data.problems import EstimateError


@dataclass(frozen=True)
class Form:
    """What a file must be.

    Parameters
    ----------
    kind : str
        Its `kind`.
    schema : int
        Its `schema`.
    called : str
        What a person calls its content.
    mend : str
        How to get a good one.
    fault : type
        Error to raise.
    """

    kind: str
    schema: int
    called: str
    mend: str
    fault: type[EstimateError] = EstimateError

    def holds(self, content: object) -> bool:
        """Whether a JSON object claims to be of this kind."""
        return isinstance(content, dict) and content.get("kind") == self.kind

    def opened(self, content: Any, path: Path) -> dict[str, Any]:
        """Give the content of a file if kind, version and hash are right; faults as in `read`."""
        if not self.holds(content):
            raise self.fault(f"{path}: no file of {self.called} ('kind' is not {self.kind!r}); "
                             f"{self.mend}")
        if content.get("schema") != self.schema:
            raise self.fault(f"{path}: written by another version (schema "
                             f"{content.get('schema')!r}, this one reads {self.schema}); "
                             f"{self.mend}")
        found = digest(content)
        if found != content.get("sha256"):
            raise self.fault(f"{path}: was changed after it was written: its sha256 is "
                             f"{found[:12]}…, the file says {str(content.get('sha256'))[:12]}…; "
                             f"{self.mend}")
        return dict(content)

    def read(self, path: Path) -> dict[str, Any]:
        """Read a file.

        Raises
        ------
        EstimateError
            As `fault` says: it cannot be read, is cut short, of another kind or version, or was
            changed by hand.
        """
        try:
            content = json.loads(path.read_bytes())
        except OSError as error:
            raise self.fault(f"{path}: cannot be read ({error.strerror}); {self.mend}") from error
        except (ValueError, RecursionError) as error:
            raise self.fault(f"{path}: not a whole JSON file ({str(error)[:80]}); "
                             f"{self.mend}") from error
        return self.opened(content, path)

    def write(self, path: Path, content: Mapping[str, Any]) -> None:
        """Write a file, whole or not at all; lists of plain values stay on few lines.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        sealed = {"schema": self.schema, "kind": self.kind, **content}
        sealed["sha256"] = digest(sealed)
        text = json.dumps(sealed, indent=1, ensure_ascii=False, allow_nan=False)
        flat = re.sub(r"\[[^\[\]{}\"]*\]", lambda found: re.sub(r"\s+", " ", found[0]), text)
        part = path.with_name(path.name + ".part")
        part.write_text(flat + "\n", encoding="utf-8")
        part.replace(path)


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON object without its own `sha256`, whatever the layout of the file."""
    kept = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
