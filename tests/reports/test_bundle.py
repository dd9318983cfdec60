"""The chart library is kept for a user, and what was kept is taken only while it is whole."""

import vl_convert

from estimate.reports.bundle import bundle


def fresh() -> str:
    bundle.cache_clear()
    return bundle()


def test_the_library_is_packed_once_and_again_when_what_was_kept_is_spoilt(tmp_path, monkeypatch):
    packed = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(vl_convert, "javascript_bundle",
                        lambda *told, **more: packed.append(told) or "script é")
    assert fresh() == fresh() == "script é"
    assert len(packed) == 1
    (kept,) = (tmp_path / "estimate").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    assert fresh() == "script é"
    assert len(packed) == 2
    bundle.cache_clear()


def test_where_nothing_can_be_kept_the_library_is_packed(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(vl_convert, "javascript_bundle", lambda *told, **more: "script")
    assert fresh() == "script"
    bundle.cache_clear()
