"""`python -m estimate.cli` is the `estimate` command."""

from .main import cli

cli(prog_name="estimate")
