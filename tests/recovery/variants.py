"""Cases changed in ways that should, or should not, matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from estimate.data.case import Case, read_case

BUNDLED = "nk-kursk"
Change = Callable[[pd.DataFrame], pd.DataFrame]


def rewritten(case: Case, folder: Path, change: Change) -> Case:
    """Read the case again with its claims.csv changed; every cell is text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content)
    table = pd.read_csv(folder / "claims.csv", dtype=str, keep_default_na=False)
    change(table).to_csv(folder / "claims.csv", index=False)
    return read_case(folder)


def shuffled(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows in another order."""
    return table.sample(frac=1, random_state=7)


def echoed(table: pd.DataFrame, outlets: int = 20) -> pd.DataFrame:
    """Let more outlets repeat every claim."""
    more = "; ".join(f"Outlet {i}" for i in range(outlets))
    return table.assign(via=[f"{via}; {more}" if via else more for via in table["via"]])


def copied(table: pd.DataFrame, source: str = "nis") -> pd.DataFrame:
    """Add exact copies of one source's rows under new ids."""
    mine = table[table["source"] == source]
    return pd.concat([table, mine.assign(id="copy-" + mine["id"])])


def repeated(table: pd.DataFrame, source: str = "nis",
             days: tuple[int, ...] = (3, 10, 20)) -> pd.DataFrame:
    """Let one source's rows be repeated some days later, under other links."""
    out = [table]
    for lag in days:
        mine = table[table["source"] == source].copy()
        for column in ("as_of", "published"):
            mine[column] = [_later(day, lag) for day in mine[column]]
        out.append(mine.assign(id=f"again{lag}-" + mine["id"],
                               url=f"https://example.org/again/{lag}"))
    return pd.concat(out)


def continued(table: pd.DataFrame, after: date) -> pd.DataFrame:
    """Add claims that were published after a day, some of them wild."""
    rows = table[table["scope"].isin(["all", "kursk"])].tail(8).copy()
    rows["id"] = [f"later{i}" for i in range(len(rows))]
    rows["published"] = rows["as_of"] = (after + timedelta(days=9)).isoformat()
    point = rows["value"] != ""
    rows.loc[point, "value"] = [str(3 * int(x) + 100) for x in rows.loc[point, "value"]]
    return pd.DataFrame(pd.concat([rows, table]))


def _later(day: str, lag: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=lag)).isoformat()


def differences(one: Any, two: Any, where: str = "") -> list[str]:
    """Name the fields in which two plain structures of arrays differ."""
    if is_dataclass(one) and type(one) is type(two):
        return [line for f in fields(one) if f.name != "evidence"
                for line in differences(getattr(one, f.name), getattr(two, f.name),
                                        f"{where}.{f.name}")]
    if isinstance(one, np.ndarray):
        loose = one.dtype.kind == "f"
        same = isinstance(two, np.ndarray) and np.array_equal(one, two, equal_nan=loose)
    elif isinstance(one, list | tuple):
        if type(one) is not type(two) or len(one) != len(two):
            return [where]
        return [line for i, (a, b) in enumerate(zip(one, two, strict=True))
                for line in differences(a, b, f"{where}[{i}]")]
    elif isinstance(one, dict):
        return ([where] if list(one) != list(two) else
                [line for k in one for line in differences(one[k], two[k], f"{where}[{k}]")])
    else:
        same = bool(one == two)
    return [] if same else [where]
