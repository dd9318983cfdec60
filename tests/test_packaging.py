"""What ships: every package, every file of data and templates, from locks that name no host."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("cli", "data", "model", "reports")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = (
    "requirements.lock", "requirements-dev.lock", "benchmarks/requirements.txt", ".ci/release.lock"
)
DATA = ("data/cases/*", "data/formats/*", "data/priors/*", "data/resolved/*", "reports/templates/*")
HEAVY = ("altair", "arviz", "numba", "numpy", "nutpie", "pandas", "pymc", "pytensor", "rich",
         "scipy", "xarray")


def shipped() -> set[str]:
    """Paths of the tree that a wheel must hold."""
    paths = (path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    return {
        path.as_posix()
        for path in paths
        if (ROOT / path).is_file() and "__pycache__" not in path.parts
        and (path.suffix == ".py" or path.name == "py.typed"
             or any(fnmatch(path.as_posix(), pattern) for pattern in DATA))
    }


def pins(lock: str) -> dict[str, str]:
    """Versions by package."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def test_every_folder_with_code_is_a_package() -> None:
    folders = {Path(path).parent.as_posix() for path in shipped() if path.endswith(".py")}
    named = PROJECT["tool"]["setuptools"]["packages"]
    assert {f"estimate.{folder.replace('/', '.')}" for folder in folders} == set(named)
    for folder in folders:
        assert (ROOT / folder / "__init__.py").is_file()
    assert not (ROOT / "__init__.py").exists(), "the root must not become a package"


def test_wheel_holds_every_file(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for path in (*shipped(), "pyproject.toml", "README.md", "LICENSE"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tree / path)
    litter = tree / "reports" / "nk-kursk" / "index.html"
    litter.parent.mkdir()
    litter.write_text("a report written here")
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('..'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {f"estimate/{path}" for path in shipped()}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_hashed_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert len(entries) == len(pins(lock))
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_locks_agree_and_hold_every_dependency() -> None:
    run, dev, bench, release = (pins(lock) for lock in LOCKS)
    assert run.items() <= dev.items()
    assert run.items() <= bench.items()
    extras = PROJECT["project"]["optional-dependencies"]["bench"]
    assert {re.split(r"[\[<>=~!; ]", line)[0] for line in extras} <= set(bench)
    names = {re.split(r"[\[<>=~!; ]", line)[0] for line in PROJECT["project"]["dependencies"]}
    assert names <= set(run)
    for group, lock in (("dev", dev), ("release", release)):
        lines = PROJECT["dependency-groups"][group]
        assert {re.split(r"[\[<>=~!; ]", line)[0] for line in lines} <= set(lock)
    common = set(dev) & set(release)
    assert all(dev[name] == release[name] for name in common)


def test_the_tests_run_with_no_package_that_slows_altair() -> None:
    """With it `import altair` parses a grammar for seconds, in users' measurements too."""
    assert "rfc3987-syntax" not in pins("requirements-dev.lock")


def test_help_imports_nothing_heavy_and_answers_at_once() -> None:
    code = (
        "import sys, time\n"
        "from estimate.cli.main import cli\n"
        "cli(['--help'], standalone_mode=False)\n"
        f"print('heavy:', *sorted(set({HEAVY!r}) & set(sys.modules)))\n"
        "print('seconds:', time.process_time())\n"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    seconds = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=True, env=plain)
        assert "heavy:\n" in done.stdout
        seconds.append(float(done.stdout.split()[-1]))
    assert min(seconds) < 0.5


def test_written_reports_are_ignored_and_the_example_is_not() -> None:
    rules = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert rules.index("/reports/*/") < rules.index("!/reports/published/")
    assert "!/reports/templates/" in rules


def test_without_a_fit_python_make_says_so_in_one_line() -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "fit", "PYTHON=false"], cwd=ROOT, capture_output=True, text=True,
                          env=alone)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "needs Python 3.12 or newer" in line
    assert "make fit PYTHON=" in line
