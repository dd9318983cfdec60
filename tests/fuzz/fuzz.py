"""Feed a target with bytes that find new paths: `python tests/fuzz/fuzz.py TARGET --minutes 10`.

Coverage-guided (atheris, libFuzzer). An input that raises anything but our own errors, or takes
more than five seconds, is written to tests/fuzz/found/ and ends the run with another exit code than
0. What was worth keeping goes to tests/fuzz/corpus/TARGET/ when the run ends: at most `KEPT` small
files, which the ordinary tests read again.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 5  # an input that takes longer counts as a hang
LONGEST = 65_536  # bytes of an input; limits on size have tests of their own
KEPT, SMALL = 60, 4096  # files of a corpus, bytes of each


def _child(name: str, words: list[str]) -> None:
    """Fuzz in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["estimate"]):
        from targets import TARGETS

    atheris.Setup([sys.argv[0], *words], TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    """Run the fuzzer and keep what it found; 0 where it found no defect."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("target")
    words.add_argument("--minutes", type=float, default=10)
    asked, rest = words.parse_known_args()
    sys.path.insert(0, str(HERE))
    if rest:
        _child(asked.target, rest)
    from targets import SEEDS, TARGETS

    if asked.target not in TARGETS:
        words.error(f"{asked.target}: no such target; one of {', '.join(TARGETS)}")
    kept, found = HERE / "corpus" / asked.target, HERE / "found"
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        pool = Path(place)
        for raw in [*SEEDS[asked.target], *(file.read_bytes() for file in kept.glob("*"))]:
            (pool / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)
        own = [sys.executable, __file__, asked.target]
        done = subprocess.run([
            *own, str(pool), f"-max_total_time={asked.minutes * 60:.0f}", f"-timeout={SECONDS}",
            f"-max_len={LONGEST}", f"-artifact_prefix={found}/{asked.target}-",
            "-rss_limit_mb=4096", "-print_final_stats=1"], check=False)
        kept.mkdir(parents=True, exist_ok=True)
        best = sorted((file for file in pool.iterdir() if file.stat().st_size <= SMALL),
                      key=lambda file: (file.stat().st_size, file.name))
        for file in best[::max(1, -(-len(best) // KEPT))]:
            shutil.copy(file, kept / file.name[:16])
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
