"""A small run of writers.py: two writers, and writers that are killed."""

import json
import subprocess
import sys
from pathlib import Path


def test_two_writers_and_kills() -> None:
    """In a process of its own, since it forks."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("writers.py")), "--claims", "5",
         "--kills", "5"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["two writers"]["claims"] == found["two writers"]["entries"] == 10
    assert found["two writers"]["faults of the chain"] == 0
    assert sum(found["kill -9"]["kills"].values()) == 5
    assert found["kill -9"]["broken or lost"] == []
