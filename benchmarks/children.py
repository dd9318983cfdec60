"""One measurement in a process of its own: limit, threads, caches, what it last said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ONE_THREAD = {name: "1" for name in (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NPROC")} | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu"}


class Failed(Exception):
    """A measurement ended by a fault, not by its limit."""


def measure(kind: str, spec: Mapping[str, Any], cold: bool = True,
            hear: Callable[[Mapping[str, Any]], None] | None = None) -> dict[str, Any]:
    """Measure in a child process.

    Parameters
    ----------
    kind : {"compare", "growth"}
        What to measure.
    spec : dict
        Handed to `variants.run` or `growth.run`.
    cold : bool
        Start with empty compile caches.
    hear : callable, optional
        Told what the child says as it goes.

    Returns
    -------
    dict
        What the child said last, with `finished` false where its limit ended it.

    Raises
    ------
    Failed
        With the last line of the child's error output.
    """
    with tempfile.TemporaryDirectory() as caches, tempfile.TemporaryFile("w+") as errors:
        apart = {"NUMBA_CACHE_DIR": f"{caches}/numba",
                 "PYTENSOR_FLAGS": f"base_compiledir={caches}/pytensor"} if cold else {}
        last: dict[str, Any] = {"cpu": 0.0, "phase": "setup"}
        with subprocess.Popen(
                [sys.executable, "-m", "benchmarks.work", kind, json.dumps(dict(spec))], cwd=ROOT,
                env={**os.environ, **ONE_THREAD, **apart}, stdout=subprocess.PIPE, stderr=errors,
                text=True) as child:
            try:
                for line in child.stdout or ():
                    if line.startswith("{"):
                        last |= json.loads(line)
                        if hear:
                            hear(last)
                code = child.wait()
            except BaseException:
                child.kill()
                raise
        if last.pop("done", False):
            return last
        if code in (-9, -24):  # SIGKILL, SIGXCPU
            return {**last, "finished": False, "cpu": max(last["cpu"], spec["limit"])}
        errors.seek(0)
        said = errors.read().strip().splitlines() or [f"exit {code}"]
        raise Failed(said[-1])
