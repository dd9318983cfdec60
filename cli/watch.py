"""`estimate watch`: a case fitted again whenever its table changes, and its page served here."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from .options import case_argument, printable

PORT = 8765  # the same each time, so that a page that is open finds it again


@click.command()
@case_argument(required=True)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Folder of the report. [default: reports/<case>-live]")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, metavar="N",
              help=f"Port of this machine; 0 takes any that is free. [default: {PORT}]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, metavar="N",
              help="Seed of every fit. [default: 1]")
@click.option("--open", "opened", is_flag=True, help="Open the page in the browser.")
def watch(case: str, out: Path | None, port: int, seed: int, opened: bool) -> None:
    """Fit CASE whenever its table changes, and serve its page on this machine.

    The page shows the last report, what changed in the table and whether the answer moved beyond
    Monte Carlo error; a fault in the table is told there and here while the last good report stays.
    It answers on 127.0.0.1 alone, to this machine's one user, without a login. Ctrl-C ends it.

    \b
    Examples:
      estimate watch ./my-case
      estimate watch ./my-case --port 9000 --open
    """
    from estimate.data.files import find_folder
    from estimate.data.problems import CaseError, Problems
    from estimate.reports.watch_server import LOOPBACK, Board
    from estimate.reports.watching import Watcher, listen, serve
    from estimate.reports.write import check_out

    problems = Problems()
    folder = find_folder(case, problems)
    if folder is None:
        raise CaseError(problems.listed(), problems.total)
    out = out or Path("reports") / f"{folder.resolve().name}-live"
    check_out(out)
    taken = listen(port)
    address = f"http://{LOOPBACK}:{taken.getsockname()[1]}/"
    click.echo(f"Following {printable(str(folder))}; the page: {address} (Ctrl-C ends it)")
    if opened:
        click.launch(address)
    watcher = Watcher(folder, Board(out), [sys.executable, "-m", "estimate.cli"], seed,
                      lambda text: click.echo(printable(text)))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(watcher, taken)
    except KeyboardInterrupt:
        pass
    click.echo(f"\nNo longer following; the last report is in {printable(str(out))}.")
