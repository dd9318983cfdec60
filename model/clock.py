"""Where the time of a run goes: wall and CPU seconds of its parts, as run.json tells them."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """Seconds of what is done one after the other, by name; runs from when it is made.

    Attributes
    ----------
    wall, cpu : dict of str to float
        Seconds of each part; those of the CPU are of all threads together.
    """

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._at = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        """Put all seconds since the last lap down to a part; what it took before is added to."""
        now = time.perf_counter(), time.process_time()
        for told, start, end in zip((self.wall, self.cpu), self._at, now, strict=True):
            told[name] = round(told.get(name, 0.0) + end - start, 2)
        self._at = now

    def skip(self) -> None:
        """Put what was done since the last lap down to nothing: it is told elsewhere."""
        self._at = time.perf_counter(), time.process_time()

    def note(self, account: dict[str, Any]) -> None:
        """Add the parts to what run.json tells, before those that it tells already."""
        for name, own in (("timings", self.wall), ("cpu_seconds", self.cpu)):
            account[name] = own | account.get(name, {})
