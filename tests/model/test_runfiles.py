"""Nothing that a run folder names or links leads out of it."""

import shutil
from pathlib import Path

import h5py
import pytest

from estimate.data.problems import RunError
from estimate.model import runfiles
from estimate.model.result import load_fit, read_account
from estimate.model.runfiles import check_draws, within


@pytest.mark.parametrize("name", [
    "", ".", "..", "../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/", "C:\\x", "a\\b", "c:x",
    "a\nb", "a\u202eb", "\0", "*"])
def test_a_name_that_is_none_of_a_run_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no file within a run"):
        within(tmp_path, name)


def test_a_link_out_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "inputs").mkdir(parents=True)
    (tmp_path / "secret").write_text("mine")
    (run / "out").symlink_to(tmp_path / "secret")
    (run / "deep").symlink_to(tmp_path)
    (run / "ring").symlink_to(run / "ring")
    (run / "own").symlink_to(run / "inputs")
    for name in ("out", "deep/secret", "ring"):
        with pytest.raises(RunError, match="leads out"):
            within(run, name)
    assert within(run, "own") == run / "own"


@pytest.mark.parametrize("name", ["run.json", "posterior.nc", "inputs/claims.csv", "inputs"])
def test_a_run_whose_parts_are_links_is_not_read(
    name: str, variants: dict[str, Path], tmp_path: Path
) -> None:
    run = shutil.copytree(variants["first"], tmp_path / "run")
    (run / name).rename(tmp_path / "elsewhere")
    (run / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="leads out"):
        load_fit(run)


@pytest.mark.parametrize("text", ['{"tool": "estimate", "tool": "x"}', "[" * 100_000, '{"a": NaN}'])
def test_a_hostile_account_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json: cannot be read"):
        read_account(tmp_path)


@pytest.mark.parametrize("trick", ["external link", "soft link", "external", "virtual", "flood",
                                   "parts"])
def test_draws_that_lead_elsewhere_or_flood_are_refused(
    trick: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "posterior.nc"
    with h5py.File(path, "w") as file:
        group = file.create_group("posterior")
        group["cumulative"] = [1.0, 2.0]
        if trick == "external link":
            group["bias"] = h5py.ExternalLink("/etc/other.h5", "/x")
        elif trick == "soft link":
            group["bias"] = h5py.SoftLink("/posterior/cumulative")
        elif trick == "external":
            group.create_dataset("bias", (10,), "f8", external=[(str(tmp_path / "raw"), 0, 80)])
        elif trick == "virtual":
            layout = h5py.VirtualLayout((2,), "f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "x.h5"), "d", (2,))
            group.create_virtual_dataset("bias", layout)
        elif trick == "flood":
            group.create_dataset("bias", (10**6, 10**6), "f8", chunks=(100, 100))
        else:
            monkeypatch.setattr(runfiles, "MOST_PARTS", 1)
    with pytest.raises(RunError, match=r"posterior\.nc"):
        check_draws(path)


def test_the_draws_of_a_fit_pass(variants: dict[str, Path]) -> None:
    check_draws(variants["first"] / "posterior.nc")
