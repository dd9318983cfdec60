"""From kept measurements to docs/benchmarks.md, two CSV files and a figure."""

from __future__ import annotations

import math
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .growth import AXES, WAY, exponent

Row = Mapping[str, Any]
ENOUGH, MAX_RHAT = 400, 1.01  # ESS; above that R-hat an ESS says little
BARS = {("nk-kursk", "pymc"): 3, ("nk-kursk", "walk"): 4, ("radford-2023", "walk"): 10}
BAR_CLAIMS, BAR_FROM = 1.2, 500  # exponent of CPU time in claims, from so many claims on
PACKAGES = ("pymc", "nutpie", "numba", "numpyro", "jax", "numpy")
NAMES = {
    "own": "estimate",
    "nutpie": "same model in PyMC, nutpie",
    "pymc": "(a) same model in PyMC, its own NUTS",
    "numpyro": "(b) same model in PyMC, NumPyro NUTS",
    "walk": "(c) daily random walk, nutpie",
    "walk_rotated": "(c′) daily random walk, reported level",
    "whole": "`estimate fit`, as it is run",
}
PEER = """\
| peer | what its authors say | where |
|---|---|---|
| Radford et al. 2023 (PNAS 120(34)) | six chains of 2,000 iterations, tree depth at most 13, 150 \
spline knots; 6 cores, 96 GB, several hours, less than a day | the replication archive \
benradford/estimating-conflict-losses: model_original/01-run.R, README (questions) |
| the same program, measured earlier and not in this run (rstan 2.21.7, one shared core) | 5,462 \
parameters, 9.7 ms a gradient, 69 s and 2.6 GB to compile; the first 80 iterations of a chain took \
31 s each | the archive's model.stan with its claims.csv |"""


def sampling(row: Row) -> float:
    """CPU seconds of warm-up and draws."""
    return float(row.get("warmup", 0.0) + row.get("draws", 0.0))


def rate(row: Row) -> float:
    """Effective draws of the headline for each CPU second of sampling; NaN where there are none."""
    return float(row["ess"] / sampling(row)) if row.get("ess") and sampling(row) else math.nan


def gradient(row: Row) -> float:
    """CPU time for each leapfrog of the draws, in ms."""
    steps = row.get("all_leapfrogs")
    return 1e3 * row["draws"] / steps if steps and "draws" in row else math.nan


def to_enough(row: Row) -> float:
    """CPU seconds from the start of the process to an ESS of 400."""
    if not row.get("ess"):
        return math.nan
    return float(row["setup"] + row["warmup"] + row["draws"] * ENOUGH / row["ess"])


def number(x: Any, digits: int = 3) -> str:
    """Write a number with so many significant digits, or a dash."""
    if x is None or not math.isfinite(x):
        return "–"
    places = max(digits - 1 - math.floor(math.log10(abs(x))), 0) if x else 0
    return f"{round(x, places):,.{places}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def compared(case: str, rows: Mapping[str, Row]) -> str:
    """Say in a table what each variant of a case used and gave."""
    ours = rate(rows.get("own", {}))
    body = []
    for name, row in rows.items():
        if "error" in row:
            body.append([NAMES[name], f"failed: {row['error']}", *[""] * 9])
            continue
        late = "" if row.get("finished") else (
            f"; not finished after {row['cpu']:,.0f} s, in {PHASES[row['phase']]}"
            if row["phase"] != "end" else
            f"; stopped after {row['cpu']:,.0f} s, {row.get('draws_kept', 0):,} draws a chain")
        ratio = ours / rate(row) if name not in ("own", "whole") else math.nan
        interval = (f"{number(row['low'])}–{number(row['high'])}" if "low" in row else "–")
        body.append([
            NAMES[name] + late, number(to_enough(row)), number(row["cpu"]),
            number(row.get("memory", math.nan) / 1e3), number(row.get("ess")), number(rate(row)),
            number(ratio), number(row.get("leapfrogs")), number(gradient(row)),
            number(row.get("rhat"), 4) + f", {row.get('divergences', '–')}", interval])
    return table(["variant", "to ESS 400, CPU s", "CPU s in all", "peak memory, GB",
                  "ESS", "ESS per CPU s", "estimate ÷ this", "leapfrogs a draw", "ms a leapfrog",
                  "R-hat, divergences", "90% interval"], body)


PHASES = {"setup": "compilation", "warmup": "warm-up", "draws": "its draws", "end": "its end"}


def bars(cases: Mapping[str, Mapping[str, Row]]) -> list[str]:
    """Say of each bar whether it was met."""
    said = []
    for (case, name), least in BARS.items():
        rows = cases.get(case, {})
        ratio = rate(rows.get("own", {})) / rate(rows.get(name, {}))
        met = "not measured" if not math.isfinite(ratio) else "met" if ratio >= least else "missed"
        rough = [row for row in (rows.get("own", {}), rows.get(name, {}))
                 if not row.get("finished") or (row.get("rhat") or math.inf) > MAX_RHAT]
        said.append(f"- {case}, ESS per CPU second against {NAMES[name]}: {number(ratio)} times "
                    f"(at least {least} asked): {met}."
                    + (f" Rough: a line was stopped, or its R-hat is not below {MAX_RHAT}."
                       if rough and math.isfinite(ratio) else ""))
    return said


def way(row: Row) -> float:
    """CPU seconds from the files to the draws, without imports and the loading of the kernel."""
    return float(sum(row[stage] for stage in WAY))


def grown(axis: str, rows: Sequence[Row]) -> str:
    """Say in a table what an axis of growth costs."""
    body = []
    for row in rows:
        if not row.get("finished"):
            why = (f"failed: {row['error']}" if "error" in row else
                   f"not finished after {row['cpu']:,.0f} CPU s, after {row['phase']}")
            body.append([f"{row[axis]:,}", why, *[""] * 9])
            continue
        body.append([
            f"{row[axis]:,}", number(row["read"]), number(row["plan"]), number(row["pack"]),
            number(row["gradient"]), number(row["leapfrogs"]), number(row["sampling"]),
            number(way(row)), number(row["memory"] / 1e3),
            f"{number(row['rhat'], 4)}, {number(row['ess'])}, {row['divergences']}",
            "yes" if row["inside"] else "no"])
    return table([axis, "read, s", "plan, s", "pack, s", "ms a gradient", "leapfrogs a draw",
                  "sampling, s", "whole way, s", "peak memory, GB", "R-hat, ESS, divergences",
                  "truth in the 90% interval"], body)


def exponents(axis: str, rows: Sequence[Row], least: float = 0) -> dict[str, float]:
    """Slopes of log cost in log size, from a size on: of the whole way, its parts, a gradient."""
    done = [row for row in rows if row.get("finished") and row[axis] >= least]
    costs = {"whole way": way, **{stage: lambda row, s=stage: row[s] for stage in WAY},
             "gradient": lambda row: row["gradient"]}
    return {name: exponent([row[axis] for row in done], [max(cost(row), 1e-4) for row in done])
            for name, cost in costs.items()}


def machine() -> str:
    """Say on what it was measured."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    here = []
    for name in PACKAGES:
        try:
            here.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            here.append(f"no {name}")
    return (f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}; {', '.join(here)}")


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def stan() -> str:
    """Say why no gradient of the peer's own program was timed."""
    found = any(shutil.which(name) for name in ("stanc", "stansummary")) or "CMDSTAN" in os.environ
    return ("CmdStan is at hand here, but the peer's Stan program is not part of this project, so "
            "its gradient was not timed in this run." if found else
            "CmdStan is not at hand here, so its gradient was not timed in this run.")


def number_of(cases: Mapping[str, Mapping[str, Row]], axes: Mapping[str, Sequence[Row]]) -> int:
    """Count the lines that were measured."""
    return sum(map(len, cases.values())) + sum(map(len, axes.values()))


def page(cases: Mapping[str, Mapping[str, Row]], axes: Mapping[str, Sequence[Row]],
         settings: Mapping[str, Any], where: str) -> str:
    """Write the page.

    Parameters
    ----------
    cases : dict
        By case, by variant: what was measured, or `error`.
    axes : dict
        By axis of growth: what was measured, by size.
    settings : dict
        `draws`, `tune`, `chains`, `limit`, `cold`, `growth_draws`, `wanted` (how many lines
        there are), and `about`, the series by case.
    where : str
        The machine.

    Returns
    -------
    str
        Markdown.
    """
    caches = ("with empty compile caches" if settings["cold"]
              else "with the compile caches as they were")
    parts = [f"""# What it costs

`make bench` wrote this page, benchmarks.csv, benchmarks-growth.csv and the figure. Each line was
measured in a process of its own, {caches}, one thread for linear
algebra, one after the other in one command. CPU seconds are those of all threads, imports and
compilation included; ratios between lines are what to look at. A line may take \
{settings['limit']:,.0f} CPU seconds.

{number_of(cases, axes)} of {settings['wanted']} lines are measured here, on {where}.

![Effective draws for each CPU second, and growth](benchmarks.svg)

## Other samplers, another model

{settings['chains']} chains of {settings['tune']:,} warm-up and {settings['draws']:,} kept draws, \
depth of trees at most 10, target acceptance 0.8: the same for all but `estimate`, which makes a
pilot run first and then aims higher (`model/sampler.py`), and `estimate fit`, which has settings of
its own. ESS, R-hat and interval are of the headline. *ESS per CPU s* counts warm-up and draws;
*to ESS 400* counts from the start of the process. `estimate` is the kernel (`model/kernel.py`)
under nutpie; the PyMC model is its readable twin (`model/build.py`), so that lines of one case must
have the same interval, but for the random walk, which is another model: log intensity moves by one
Gaussian step a day, all else is the same (`benchmarks/random_walk.py`). In (c) the level is inside
the walk, as such models are usually written; in (c′) the reported level is
sampled, as in `estimate`."""]
    for case, rows in cases.items():
        if rows:
            about = settings["about"].get(case, "")
            parts.append(f"### {case}\n\n{about}{compared(case, rows)}".rstrip())
    parts.append("\n".join(bars(cases)))
    parts.append(f"### The peer's published settings (d)\n\n{PEER}\n\n{stan()} `estimate fit` "
                 "of radford-2023, above, reads the same reports.")
    if any(axes.values()):
        parts.append(f"""## Growth

Invented cases (`benchmarks/worlds.py`) with a known truth, every row a claim that speaks: \
500 claims, 365 days, 20 sources and one series but for what is varied; 100 claims of each where
series are varied. {settings['chains']} chains of {settings['growth_draws']} warm-up and as many
kept draws. CPU seconds; *whole way* is read + plan + pack + sampling. The grid has at most 120
steps, so that days cost little.""")
    for axis, rows in axes.items():
        if not rows:
            continue
        found = exponents(axis, rows)
        parts.append(f"### {axis.capitalize()}\n\n{grown(axis, rows)}\n\nExponents: "
                     + ", ".join(f"{name} {number(x, 2)}" for name, x in found.items()) + ".")
        if axis == "claims":
            slope = exponents(axis, rows, BAR_FROM)["whole way"]
            met = ("not measured" if not math.isfinite(slope)
                   else "met" if slope <= BAR_CLAIMS else "missed")
            parts[-1] += (f" From {BAR_FROM} claims on, the whole way: {number(slope, 2)} (at most "
                          f"{BAR_CLAIMS} asked): {met}.")
    return "\n\n".join(parts) + "\n"


def write(folder: Path, cases: Mapping[str, Mapping[str, Row]],
          axes: Mapping[str, Sequence[Row]], settings: Mapping[str, Any]) -> None:
    """Write page, tables and figure into a folder.

    Parameters
    ----------
    folder : Path
        Made if absent.
    cases, axes, settings
        As for `page`.
    """
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.md").write_text(page(cases, axes, settings, machine()), encoding="utf-8")
    rows = [{"case": case, "variant": name, **row, "ess_per_cpu_s": rate(row),
             "cpu_s_to_ess_400": to_enough(row), "ms_a_leapfrog": gradient(row)}
            for case, found in cases.items() for name, row in found.items()]
    pd.DataFrame(rows).to_csv(folder / "benchmarks.csv", index=False, float_format="%.6g")
    flat = [{"axis": axis, **row} for axis, found in axes.items() for row in found]
    pd.DataFrame(flat).to_csv(folder / "benchmarks-growth.csv", index=False, float_format="%.6g")
    drawn(folder, cases, axes)


def drawn(folder: Path, cases: Mapping[str, Mapping[str, Row]],
          axes: Mapping[str, Sequence[Row]]) -> None:
    """Draw rates by variant and costs by size, as SVG and PNG."""
    import altair as alt
    import vl_convert

    from estimate.reports.palette import config, light
    from estimate.reports.render import GRAMMAR, packed

    def decades(name: str, title: str | None, values: Sequence[float], channel: Any) -> Any:
        """Give a logarithmic axis with a line at each power of ten."""
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        high = max(high, low + 1)
        return channel(f"{name}:Q", title=title,
                       scale=alt.Scale(type="log", domain=[10.0**low, 10.0**high]),
                       axis=alt.Axis(values=[10.0**k for k in range(low, high + 1)]))

    told = {case: [{"variant": NAMES[name].replace("`", ""), "rate": rate(row),
                    "whole": bool(row.get("finished")),
                    "says": number(rate(row)) + ("" if row.get("finished") else ", stopped")}
                   for name, row in found.items() if math.isfinite(rate(row))]
            for case, found in cases.items()}
    rates = [row["rate"] for rows in told.values() for row in rows]
    shown = []
    for case, rows in told.items():
        if rows:
            base = alt.Chart(alt.Data(values=rows), title=alt.Title(case, fontSize=13)).encode(
                y=alt.Y("variant:N", title=None, sort=None, axis=alt.Axis(labelLimit=300)),
                x=decades("rate", "effective draws of the headline for each CPU second of sampling",
                          rates, alt.X))
            dots = base.mark_point(size=80, stroke=light("line"), opacity=1).encode(
                fill=alt.condition("datum.whole", alt.value(light("line")),
                                   alt.value(light("paper"))))
            words = base.mark_text(align="left", dx=9, color=light("soft")).encode(text="says:N")
            shown.append(alt.layer(dots, words).properties(width=700, height=alt.Step(24)))
    panels = []
    for title, cost in (("whole way, CPU seconds", way),
                        ("one gradient, ms", lambda row: row["gradient"])):
        sized = {axis: [{"size": row[axis], "cost": cost(row)} for row in found
                        if row.get("finished")] for axis, found in axes.items()}
        costs = [row["cost"] for rows in sized.values() for row in rows]
        line = [alt.Chart(alt.Data(values=rows)).mark_line(
                    point={"filled": True, "size": 60, "color": light("line")},
                    color=light("line")).encode(
                    x=alt.X("size:Q", title=axis, scale=alt.Scale(
                        type="log", domain=[AXES[axis][0], AXES[axis][-1]]),
                        axis=alt.Axis(values=list(AXES[axis]), format="~s")),
                    y=decades("cost", title if axis == next(iter(AXES)) else None, costs, alt.Y),
                ).properties(width=165, height=130)
                for axis, rows in sized.items() if rows]
        if line:
            panels.append(alt.hconcat(*line))
    if not shown and not panels:
        return
    drawing = alt.vconcat(*shown, *panels, padding=14).to_dict()
    drawing["config"] = {**config(8, False), "background": "white"}
    svg = vl_convert.vegalite_to_svg(drawing, vl_version=GRAMMAR)
    (folder / "benchmarks.svg").write_text(svg, encoding="utf-8")
    (folder / "benchmarks.png").write_bytes(packed(vl_convert.svg_to_png(svg, scale=2.0)))
