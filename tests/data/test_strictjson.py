"""JSON from outside is read whole, or refused in words."""

from pathlib import Path

import pytest

from estimate.data import strictjson
from estimate.data.strictjson import read_json


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.json"


def test_what_is_whole_is_read(file: Path) -> None:
    file.write_text('{"a": [1, {"b": null}], "c": "é"}', encoding="utf-8")
    assert read_json(file) == {"a": [1, {"b": None}], "c": "é"}


@pytest.mark.parametrize(("text", "told"), [
    ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice"),
    ('{"a": NaN}', "NaN is no number"), ("[-Infinity]", "-Infinity is no number"),
    ("[" * 40 + "]" * 40, "nested deeper than 32"),
    ("[" * 200_000, "nested deeper than 32"), ('{"a":' * 200_000, "nested deeper than 32"),
    ("{", "Expecting")])
def test_what_is_odd_is_refused(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_json(file)


def test_other_encodings_and_floods_are_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(b'"\xff"')
    with pytest.raises(ValueError, match="utf-8"):
        read_json(file)
    monkeypatch.setattr(strictjson, "MAX_BYTES", 10)
    file.write_text('"' + "x" * 10 + '"', encoding="utf-8")
    with pytest.raises(ValueError, match="larger than"):
        read_json(file)
