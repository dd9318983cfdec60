"""data/README.md says every column, key and word, with the meaning that words.py gives."""

from pathlib import Path

import pytest

from estimate.data import words

PAGE = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")

LISTS = {
    name: getattr(words, name)
    for name in ("RELATIONS", "VICTIMS", "ROUTES", "QUANTITIES", "EQUIPMENT", "BOUNDS", "METHODS",
                 "AMBIGUITIES", "CONFIDENCES")
}  # fmt: skip


def escaped(text):
    return text.replace("|", "\\|")


@pytest.mark.parametrize("name", LISTS)
def test_words(name):
    for word, meaning in LISTS[name].items():
        assert f"| `{escaped(word)}` | {meaning} |" in PAGE, word


@pytest.mark.parametrize("schema", ["CLAIM_COLUMNS", "SOURCE_COLUMNS", "ACTIVITY_COLUMNS"])
def test_columns(schema):
    for column in getattr(words, schema):
        filled = "no" if column.filled else "yes"
        row = f"| `{column.name}` | {escaped(column.meaning)} |"
        (found,) = [
            line for line in PAGE.split("\n") if line.startswith(row) and line.count("|") >= 5
        ]
        assert found.endswith(f"| {filled} |")


def test_keys():
    tables = {"": words.CASE_KEYS, **{f"{n}.": keys for n, keys in words.TABLE_KEYS.items()}}
    for prefix, keys in tables.items():
        for key in keys:
            assert f"| `{prefix}{key.name}` | {escaped(key.meaning)} |" in PAGE


def test_no_word_is_shared_by_people_and_things():
    assert not set(words.QUANTITIES) & set(words.EQUIPMENT)
    assert set(words.PARTS) <= set(words.QUANTITIES)


def test_licence_and_modules():
    assert "CC-BY-4.0" in PAGE
    for module in (Path(__file__).parents[2] / "data").glob("*.py"):
        assert module.name == "__init__.py" or module.name in PAGE
