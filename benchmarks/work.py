"""A process of its own for one measurement: `python -m benchmarks.work KIND SPEC`.

Prints a line of JSON at each turn of phase, and one with `"done": true` at the end. The process is
ended by the system a minute of CPU time after its limit, wherever it is.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import Any

GRACE = 60  # CPU seconds in which a variant that is over its limit must end by itself


def say(told: Mapping[str, Any]) -> None:
    """Print what is known so far."""
    print(json.dumps(told), flush=True)


def main(kind: str, text: str) -> None:
    """Do one piece of work."""
    spec = json.loads(text)
    most = math.ceil(spec["limit"] + GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    warnings.simplefilter("ignore")
    if kind == "compare":
        from .variants import run
    else:
        from .growth import run
    say({**run(spec, say), "done": True})


if __name__ == "__main__":
    main(*sys.argv[1:])
