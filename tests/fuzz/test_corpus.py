"""What the fuzzers kept, and what once broke something, read again."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def _targets() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_targets", HERE / "targets.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


fuzzed = _targets()


@pytest.mark.parametrize("name", fuzzed.TARGETS)
def test_kept_inputs_give_our_errors_or_a_result(name: str) -> None:
    kept = sorted((HERE / "corpus" / name).iterdir())
    assert len(kept) > 5
    for file in [*fuzzed.SEEDS[name], *(path.read_bytes() for path in kept)]:
        fuzzed.TARGETS[name](file)


@pytest.mark.parametrize("name", fuzzed.TARGETS)
def test_nothing_and_noise(name: str) -> None:
    for raw in (b"", b"\x00", bytes(range(256)), b"\xff" * 1000, b"[" * 5000, b'{"a":' * 5000):
        fuzzed.TARGETS[name](raw)
