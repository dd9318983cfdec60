"""The group: help, version, errors in words, interrupts, terminals that know little."""

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from estimate.cli.main import Commands, cli
from estimate.data.problems import OutputError


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("name", ["", *sorted(cli.commands)])
def test_help(name: str, flag: str) -> None:
    result = CliRunner().invoke(cli, [name, flag] if name else [flag])
    assert result.exit_code == 0
    assert "Usage: " in result.stdout
    assert "Example" in result.stdout


def test_help_leads_to_every_command() -> None:
    page = CliRunner().invoke(cli, ["--help"]).stdout
    assert set(cli.commands) == {"fit", "check", "cases", "report", "priors", "simulate",
                                 "calibrate", "backtest", "test", "index", "history", "compare",
                                 "claims", "trace", "verify", "watch"}
    for name in cli.commands:
        assert f"\n  {name} " in page


def test_version() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("estimate 0.")


def test_module_runs_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "estimate.cli", "--help"], capture_output=True,
                          text=True, check=True)
    assert done.stdout.startswith("Usage: estimate ")


@pytest.mark.parametrize("words", [[], ["nonsense"], ["fit", "--bad"], ["report"], ["check"]])
def test_misuse_is_2(words: list[str]) -> None:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(OutputError("first line\nsecond\x1b[2J line"), 2, "first line\nsecond\\x1b[2J line\n"),
     (KeyboardInterrupt(), 130, "Interrupted. A report that was there before is as it was.\n"),
     (click.UsageError("contradiction"), 2, "Error: contradiction\n")],
)
def test_errors_end_in_words(error: BaseException, code: int, message: str) -> None:
    @click.group(cls=Commands)
    def group() -> None: ...

    @group.command()
    def fails() -> None:
        raise error

    result = CliRunner().invoke(group, ["fails"])
    assert result.exit_code == code
    assert result.stderr.endswith(message)
    assert result.stdout == ""


def test_our_own_bugs_are_not_hidden() -> None:
    @click.group(cls=Commands)
    def group() -> None: ...

    @group.command()
    def fails() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(group, ["fails"]).exception, ZeroDivisionError)


def test_terminal_without_letters_is_served() -> None:
    done = subprocess.run([sys.executable, "-m", "estimate.cli", "priors"], capture_output=True,
                          check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert b"kappa" in done.stdout
