"""Documents that cannot drift: commands, priors, columns and the module map are checked."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from estimate.cli.main import cli
from estimate.data import words
from estimate.data.case import FILES, read_case
from estimate.model.evidence import select
from estimate.model.fit import LINKED
from estimate.model.sampler import Settings
from estimate.reports.passages import NOT_CLAIMED

ROOT = Path(__file__).parent.parent
FOLDERS = ("cli", "data", "model", "reports")


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / ".ci" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_command_has_help_an_example_and_a_place_in_the_readme(name: str) -> None:
    command = cli.commands[name]
    group = click.Context(cli, info_name="estimate", **cli.context_settings)  # kept by click
    page = command.get_help(click.Context(command, parent=group, info_name=name))
    assert re.search(rf"Examples?:\n +estimate {name}", page)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} says nothing of itself"
    assert f"estimate {name}" in text("README.md")


@pytest.mark.parametrize("page", ["commands.md", "priors.md", "calibration.md"])
def test_page_made_from_the_code_is_current(docs: ModuleType, page: str) -> None:
    assert text(f"docs/{page}") == docs.PAGES[page](), "run `make docs`"


def test_the_calibration_page_shows_every_picture_that_is_there() -> None:
    shown = set(re.findall(r"\]\((calibration/[^)]+)\)", text("docs/calibration.md")))
    there = {path.relative_to(ROOT / "docs").as_posix()
             for path in (ROOT / "docs" / "calibration").iterdir()}
    assert shown == there
    assert len(shown) == 14


@pytest.mark.parametrize("column", [*words.CLAIM_COLUMNS, *words.SOURCE_COLUMNS],
                         ids=lambda column: column.name)
def test_column_is_in_the_glossary(column: words.Column) -> None:
    glossary = text("data/README.md")
    assert f"| `{column.name}` |" in glossary
    for word, meaning in (column.words or {}).items():
        row = word.replace("|", "\\|")
        assert f"| `{row}` | {meaning} |" in glossary, f"{word} of {column.name}"


def test_the_example_of_a_case_passes_the_gate_as_it_says(tmp_path: Path) -> None:
    glossary = text("data/README.md")
    blocks = re.findall(r"^`(\w+\.(?:toml|csv))`[^\n]*?[:;].*?```\w+\n(.*?)```", glossary,
                        re.DOTALL | re.MULTILINE)
    assert [name for name, _ in blocks] == list(FILES)
    for name, block in blocks:
        (tmp_path / name).write_text(block, encoding="utf-8")
    case = read_case(tmp_path)
    assert case.warnings == ()
    assert case.end is not None
    assert case.tests
    assert select(case).counts() | {"total": 6, "used": 4, "derived": 1, "partial": 1} == (
        select(case).counts())


def test_help_names_the_defaults_of_the_sampler() -> None:
    settings = Settings()
    told = {option.name: getattr(option, "help", "") for option in cli.commands["fit"].params}
    for name in ("draws", "tune", "chains"):
        many = f"; {LINKED[name]} for several series" if name in LINKED else ""
        assert f"[default: {getattr(settings, name)}{many}]" in told[name]


def test_where_the_bias_priors_are_from_is_told_alike_everywhere() -> None:
    told = next(line for line in NOT_CLAIMED if line.startswith("The bias priors"))
    for page in ("README.md", "CHANGELOG.md", "docs/method.md"):
        said = " ".join(text(page).split())
        assert told in said, page
        assert said.count("The bias priors") == 1, page


def test_architecture_maps_every_module() -> None:
    page = text("ARCHITECTURE.md")
    named = set(re.findall(r"\b(?:cli|data|model|reports)/[\w/]+\.py\b", page))
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert there - named == set(), "modules that ARCHITECTURE.md does not name"
    assert named - there == set(), "modules that are no longer there"


def test_readme_shows_the_two_commands() -> None:
    readme = text("README.md")
    for command in ("make fit", "make test"):
        assert command in readme
