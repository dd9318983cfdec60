"""Two writers at one case, and writers that are killed: what is lost, and what is broken?

    python tests/recovery/writers.py

Two processes add claims to one case at once: all must be there, in a valid chain. Then processes
that add, amend, accept, import and swap folders are killed (SIGKILL) at random moments: whatever
was told to be done must be there, each table must pass the gate, and the chain must hold, before
and after the next command.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from estimate.data.case import read_case
from estimate.data.desk import at_desk
from estimate.data.importing import import_table, read_map, write_imported
from estimate.data.ledger import check_log, read_log
from estimate.data.review import read_review
from estimate.data.skeleton import write_skeleton
from estimate.reports.swap import beside, put_in_place, recover

CLAIM = {"source": "north_army", "quantity": "killed", "bound": "exact", "published": "2031-05-24",
         "url": "https://example.org/1"}
LONGEST = 0.4  # seconds that a process may run before it is killed: several changes
ALONE = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Surroundings in which no library starts a thread: a process with threads is not to be forked."""

MAP = """
[case]
id = "war"
title = "War"
question = "How many?"
victim = "military"
start = 2031-05-02
headline = "killed"
comparable_scopes = ["all"]
casualties_include = ["killed", "wounded"]
sides = [{ id = "red", name = "Red" }]
[fields]
value = { column = "dead" }
as_of = { column = "day" }
[constants]
bound = "exact"
scope = "all"
confidence = "high"
quantity = "killed"
[words.who]
blue = { source = "blue" }
[[sources]]
id = "blue"
name = "Blue"
relation = "adversary"
method = "estimate"
"""


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """Start a process that works and tells what is done; give its id and what it tells into."""
    reader, writer = os.pipe()
    if pid := os.fork():
        os.close(writer)
        return pid, reader
    os.close(reader)
    code = 1
    try:
        work(writer)
        code = 0
    finally:
        os._exit(code)


def tell(writer: int, text: str) -> None:
    """Tell one thing that is done."""
    os.write(writer, text.encode() + b"\n")


def told(pid: int, reader: int) -> tuple[list[str], bool]:
    """Wait for a process; give what it told, and whether it ended well."""
    with os.fdopen(reader) as pipe:
        lines = pipe.read().split("\n")[:-1]
    return lines, os.waitpid(pid, 0)[1] == 0


def two_writers(folder: Path, number: int) -> dict[str, object]:
    """Let two processes add so many claims each, at once."""
    write_skeleton(folder)

    def work(who: int) -> Callable[[int], None]:
        def add(writer: int) -> None:
            for n in range(number):
                with at_desk(folder, f"writer {who}") as desk:
                    cells = {**CLAIM, "value": str(1000 * (who + 1) + n)}
                    tell(writer, desk.add(cells).ids[0])

        return add

    start = time.perf_counter()
    children = [child(work(who)) for who in (0, 1)]
    ended = [told(*each) for each in children]
    seconds = time.perf_counter() - start
    ids = [name for lines, _ in ended for name in lines]
    case = read_case(folder)
    entries = [entry for entry in read_log(folder) if entry.action != "begin"]
    turns = [entry.who for entry in entries]
    return {
        "claims": len(case.claims) - 2, "entries": len(entries), "ended well": all(
            well for _, well in ended), "ids unique": len(set(ids)) == len(ids) == 2 * number,
        "lost": sorted(set(ids) - set(case.claims["id"])),
        "faults of the chain": len(check_log(folder)),
        "turns taken": sum(one != other for one, other in zip(turns, turns[1:], strict=False)),
        "seconds": round(seconds, 1),
    }


def adding(folder: Path, writer: int) -> None:
    """Add claims without end."""
    while True:
        with at_desk(folder, "adder") as desk:
            done = desk.add({**CLAIM, "value": str(random.randrange(10**6))})
        tell(writer, done.ids[0])


def amending(folder: Path, writer: int) -> None:
    """Amend a claim without end."""
    while True:
        value = str(random.randrange(10**6))
        with at_desk(folder, "amender") as desk:
            desk.amend("c1", {"value": value}, "checked again")
        tell(writer, value)


def accepting(folder: Path, writer: int) -> None:
    """Accept review files of three claims without end."""
    review = folder.parent / f"review-{os.getpid()}.csv"
    while True:
        rows = [f"yes,south_army,killed,about,{random.randrange(10**9)},2031-05-24,"
                f"https://example.org/2,{n},{n}" for n in range(3)]
        review.write_text("accept,source,quantity,bound,value,published,url,start,end\n"
                          + "\n".join(rows) + "\n", "utf-8")
        with at_desk(folder, "reader") as desk:
            done = desk.accept(read_review(review))
        for name in done.ids:
            tell(writer, name)


def importing(folder: Path, writer: int) -> None:
    """Import a table into new folders without end."""
    place = folder.parent
    (place / "map.toml").write_text(MAP, "utf-8")
    (place / "table.csv").write_text("who,dead,day\n" + "".join(
        f"blue,{n},2031-05-{n % 28 + 3:02d}\n" for n in range(50)), "utf-8")
    mapping = read_map(place / "map.toml")
    for n in range(10**6):
        out = place / f"imported-{os.getpid()}-{n}"
        write_imported(import_table(place / "table.csv", mapping), out, "left.csv")
        tell(writer, out.name)


def swapping(folder: Path, writer: int) -> None:
    """Put folders in the place of an older one without end, as a report is written."""
    target = folder.parent / "report"
    for n in range(10**6):
        new = beside(target)
        for name in ("index.html", "run.json", "claims.csv"):
            (new / name).write_text(f"{os.getpid()}-{n}\n" * 2000)
        put_in_place(new, target)
        tell(writer, str(n))


ACTS = {"add": adding, "amend": amending, "accept": accepting, "import": importing,
        "swap": swapping}


def faults_after(act: str, folder: Path, done: list[str]) -> list[str]:
    """Say what is broken or lost after a kill."""
    if act == "swap":
        target = folder.parent / "report"
        recover(target)
        texts = {path.read_text() for path in target.iterdir()} if target.exists() else set()
        return [f"swap: {len(texts)} versions in one folder"] if len(texts) > 1 else []
    if act == "import":
        made = [path for path in folder.parent.glob("imported-*") if path.is_dir()]
        lost = set(done) - {path.name for path in made}
        short = [path.name for path in made if len(read_case(path).claims) != 50]
        for path in [*made, *folder.parent.glob(".imported-*")]:
            shutil.rmtree(path)
        return [f"import: lost {lost}, short {short}"] if lost or short else []
    found = []
    for when in ("after the kill", "after the next command"):
        case = read_case(folder)
        found += [f"{when}: {fault}" for fault in check_log(folder)]
        found += [f"{when}: {each}" for each in case.warnings if "by hand" in each.rule]
        if act in ("add", "accept") and (lost := set(done) - set(case.claims["id"])):
            found.append(f"{when}: lost {lost}")
        with at_desk(folder):
            pass
    said = [entry.after["value"] for entry in read_log(folder)
            if entry.action == "amend" and entry.after]
    if act == "amend" and done and done[-1] not in said[-2:]:
        found.append("amend: the last one told is not in the log")
    if act == "accept" and sum(e.action == "accept" for e in read_log(folder)) % 3:
        found.append("accept: a part of a review file entered")
    left = {path.name for path in folder.iterdir()} - {
        "case.toml", "sources.csv", "claims.csv", "claims.log", ".claims.lock"}
    return found + ([f"left behind: {left}"] if left else [])


def kills(folder: Path, number: int, seed: int) -> dict[str, object]:
    """Kill processes at random moments; count what is broken or lost."""
    write_skeleton(folder)
    rng = random.Random(seed)
    broken: list[str] = []
    counts = dict.fromkeys(ACTS, 0)
    done = interrupted = 0
    for at in range(number):
        act = list(ACTS)[at % len(ACTS)]
        pid, reader = child(lambda writer, act=act: ACTS[act](folder, writer))
        time.sleep(rng.uniform(0.01, LONGEST))
        os.kill(pid, signal.SIGKILL)
        lines, _ = told(pid, reader)
        counts[act] += 1
        done += len(lines)
        interrupted += (folder / ".claims.pending").exists() or any(
            path.suffix == ".new" for path in folder.iterdir())
        broken += faults_after(act, folder, lines)
    return {"kills": counts, "changes told as done": done,
            "kills in the middle of a change": interrupted, "broken or lost": broken}


def main() -> int:
    """Run both and print the figures; 1 where something was lost or broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--claims", type=int, default=200, help="of each of two writers")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        wrote = two_writers(Path(place) / "two", asked.claims)
        killed = kills(Path(place) / "killed", asked.kills, asked.seed)
    print(json.dumps({"two writers": wrote, "kill -9": killed}, indent=2))
    sound = (wrote["claims"] == wrote["entries"] == 2 * asked.claims and wrote["ids unique"]
             and wrote["ended well"] and not wrote["lost"] and not wrote["faults of the chain"])
    return 0 if sound and not killed["broken or lost"] else 1


if __name__ == "__main__":
    if not set(ALONE.items()) <= set(os.environ.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ALONE})
    sys.exit(main())
