"""The chart library as a page holds it, packed once for a user and kept: packing takes seconds."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

import altair as alt
import vl_convert

GRAMMAR = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
_TO_PAGE = "window.vegaEmbed = vegaEmbed;"  # what the library hands to the page's own script


@cache
def bundle() -> str:
    """Give the chart library as one script; packed by vl-convert unless it was kept before."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "estimate"
    except RuntimeError:  # no home
        return _packed()
    kept = home / f"vega-{GRAMMAR}-by-{version("vl-convert-python")}.js"
    return _kept(kept) or _keep(kept, _packed())


def _packed() -> str:
    return str(vl_convert.javascript_bundle(_TO_PAGE, vl_version=GRAMMAR))


def _kept(path: Path) -> str:
    """Give what lies there; empty where nothing does, or where it does not match its own hash."""
    try:
        digest, _, script = path.read_bytes().partition(b"\n")
    except OSError:
        return ""
    return script.decode() if sha256(script).hexdigest().encode() == digest else ""


def _keep(path: Path, script: str) -> str:
    """Keep the script in one step, where the system lets us; give it back."""
    raw = script.encode()
    beside = path.with_name(f"{path.name}.{token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(sha256(raw).hexdigest().encode() + b"\n" + raw)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
    return script
