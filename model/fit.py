"""Draw from the posterior: the only caller of the sampler."""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from threading import Event
from typing import Any

import numpy as np
import nutpie
import xarray as xr
from nutpie.compile_pymc import CompiledPyMCModel

from estimate.data.case import Case
from estimate.data.problems import EstimateError

from .clock import Clock
from .design import Design, plan
from .diagnostics import diagnose
from .evidence import select
from .grid import Floats
from .layout import lay_out, named
from .learned import choose_priors
from .linked import link, series_account
from .packed import Kernel, compile_kernel, deterministics
from .power import log_densities, power
from .priors import Priors
from .result import SCHEMA, TOOL, Fit, with_checks
from .series import choose, is_linked

# Many series: a draw costs far more, and mixes as well. Enough for the gates.
LINKED = {"draws": 900, "tune": 300, "chains": 2}
PATIENCE = 0.3  # seconds between looks at whether to stop
MAX_DEPTH = 10  # a tree at this depth is a defect of the model
PACKAGES = ("estimate", "pymc", "pytensor", "nutpie", "numba", "arviz", "numpy", "pandas")
STATISTICS = ("diverging", "depth", "n_steps", "energy", "logp", "step_size", "maxdepth_reached")
DERIVED = {
    "log_total": (),
    "cumulative": ("quantity", "day"),
    "bias": ("source",),
    "bias_killed": ("source",),
    "log_mean": ("reading",),
    "scale": ("reading",),
    "log_joint": ("reading",),
}
Progress = Callable[[int, int], None]  # draws done, draws in all


@dataclass(frozen=True)
class Settings:
    """How to sample.

    Parameters
    ----------
    draws, tune, chains : int
        Kept and warm-up draws of each chain, and the number of chains.
    seed : int, optional
        Any whole number from 0 to 2^63 - 1; drawn once and recorded when not told.

    Raises
    ------
    EstimateError
        A number is out of bounds.
    """

    draws: int = 2600
    tune: int = 700
    chains: int = 4
    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))

    def __post_init__(self) -> None:
        """Refuse settings that cannot give a report."""
        for name, low, high in (
            ("draws", 50, 100_000),
            ("tune", 50, 100_000),
            ("chains", 2, 64),
            ("seed", 0, 2**63 - 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise EstimateError(f"--{name} {value}: must lie between {low} and {high}")


@dataclass(frozen=True)
class Compiled:
    """A design ready to be sampled; its figures can be swapped without compiling again."""

    design: Design
    priors: Priors
    kernel: Kernel
    seconds: float

    def with_data(self, log_figure: Floats, zero: Floats | None = None) -> Compiled:
        """Swap the observed figures.

        Parameters
        ----------
        log_figure : Floats
            Log of each observation's figure (n,), in the order of `design.observations`.
        zero : Floats, optional
            1 where the figure is zero, -1 where it is not heard (n,); all 0 unless told.

        Returns
        -------
        Compiled
        """
        return replace(self, kernel=self.kernel.with_data(log_figure, zero))

    def sample(self, settings: Settings, progress: Progress | None = None,
               stop: Event | None = None) -> xr.DataTree:
        """Draw from the posterior.

        Parameters
        ----------
        settings : Settings
            How to sample.
        progress : callable, optional
            Told the draws done and the draws in all, several times a second.
        stop : threading.Event, optional
            Once it is set, sampling ends as by Ctrl-C: an interrupt reaches the main thread alone.

        Returns
        -------
        xarray.DataTree
            Groups `posterior`, `sample_stats`, `log_likelihood`, `log_prior`, `observed_data`.
        """
        raw = sample(self.kernel.arguments(), settings, progress, stop)
        drawn = raw["posterior"].to_dataset()
        draws = np.asarray(drawn["vector"].values, dtype=float)
        if "reported_level" in drawn:
            draws = np.concatenate([draws, drawn["reported_level"].values[..., None]], axis=-1)
        return _labelled(draws, raw["sample_stats"].to_dataset(), self)


def sample(arguments: dict[str, Any], settings: Settings, progress: Progress | None = None,
           stop: Event | None = None, adaptation: str = "diag") -> xr.DataTree:
    """Run the sampler on a density.

    Parameters
    ----------
    arguments : dict
        From `packed.arguments`.
    settings, progress, stop
        As for `Compiled.sample`.
    adaptation : {"diag", "low_rank"}
        Of the mass matrix: a low-rank one needs fewer leapfrogs, each of which costs more, so it
        pays where the density is dear.

    Returns
    -------
    xarray.DataTree
        Groups `posterior` and `sample_stats`, unlabelled.
    """

    def watch(chains: list[Any]) -> None:
        if progress:
            done = sum(chain.finished_draws for chain in chains)
            progress(done, settings.chains * (settings.draws + settings.tune))

    sampler = nutpie.sample(
        CompiledPyMCModel(**arguments),
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=min(settings.chains, os.cpu_count() or 1),
        seed=settings.seed,
        save_warmup=False,
        progress_bar=False,
        progress_callback=watch,
        progress_rate=200,
        maxdepth=MAX_DEPTH,
        adaptation=adaptation,
        blocking=False,
    )
    try:
        tree: xr.DataTree | None = None
        while tree is None:
            try:
                tree = sampler.wait(timeout=PATIENCE if stop else None)
            except TimeoutError:
                if stop and stop.is_set():
                    raise KeyboardInterrupt from None
    except BaseException:  # Ctrl-C: stop the chains too, keep nothing of them
        sampler.cancel()
        raise
    return tree


def compile_model(design: Design, priors: Priors) -> Compiled:
    """Make the density of a design ready for the sampler.

    Parameters
    ----------
    design : Design
        From `plan`.
    priors : Priors
        The assumptions.

    Returns
    -------
    Compiled
    """
    start = time.perf_counter()
    kernel = compile_kernel(design, priors)
    return Compiled(design, priors, kernel, time.perf_counter() - start)


def fit(
    case: Case,
    *,
    as_of: date | None = None,
    exclude: tuple[str, ...] = (),
    priors: Priors | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit a case.

    Parameters
    ----------
    case : Case
        From `read_case`.
    as_of : date, optional
        Last published day to look at; the latest in the table unless told.
    exclude : tuple of str
        Sources to leave out, with their members.
    priors : Priors, optional
        Learned from history (`learned.choose_priors`) unless told.
    settings : Settings, optional
        How to sample.
    progress : callable, optional
        Told the draws done and the draws in all.

    Returns
    -------
    Fit

    Raises
    ------
    TypeError
        `case` was not made by `read_case`.
    EstimateError
        Nothing is left to fit, or an argument is out of bounds.
    """
    started = datetime.now(UTC)
    linked = is_linked(case)
    settings = settings or Settings(**(LINKED if linked else {}))
    priors = priors or choose_priors(None, case)
    chosen = choose(case, as_of, tuple(exclude)) if linked else None
    evidence = chosen.evidence if chosen else (select(case, as_of, tuple(exclude)),)
    designs = chosen.designs() if chosen else (plan(evidence[0]),)
    trees, clock = _draw(designs, priors, settings, progress)
    account: dict[str, Any] = {
        "tool": TOOL,
        "schema": SCHEMA,
        "case": case.id,
        "title": case.title,
        "as_of": evidence[0].as_of.isoformat(),
        "seed": settings.seed,
        "draws": settings.draws,
        "tune": settings.tune,
        "chains": settings.chains,
        "exclude": list(evidence[0].exclude),
        "started": started.isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "input_sha256": case.sha256,
        "fingerprint": case.fingerprint,
        "priors_source": priors.source,
        "priors": priors.rows(),
        "priors_learning": priors.learning,
        "timings": clock.wall,
        "cpu_seconds": clock.cpu,
    }
    cells = chosen.cells if chosen else None
    made = [Fit(each.case, each.as_of, priors, account, tree, cells)
            for each, tree in zip(evidence, trees, strict=True)]
    result = replace(made[0], others=tuple(made[1:]))
    account["diagnostics"] = diagnose(result)
    if chosen:
        account["series"] = series_account(result, chosen.unheard)
        result = with_checks(result)
    account["sensitivity"] = {"power": power(result)}
    clock.lap("diagnostics")
    return result


def _draw(designs: Sequence[Design], priors: Priors, settings: Settings, progress: Progress | None
          ) -> tuple[list[xr.DataTree], Clock]:
    """Draw from the posterior of one design, or of several together; tell the time it took."""
    clock = Clock()
    if not designs[0].linked:
        compiled = compile_model(designs[0], priors)
        clock.lap("compilation")
        trees = [compiled.sample(settings, progress)]
    else:
        whole = link(designs, priors)
        arguments = whole.arguments()
        clock.lap("compilation")
        raw = sample(arguments, settings, progress, adaptation="low_rank")
        draws = np.asarray(raw["posterior"]["vector"].values, dtype=float)
        stats = raw["sample_stats"].to_dataset()
        trees = [_labelled(own, stats, Compiled(design, priors, Kernel(packed), 0.0))
                 for design, packed, own in
                 zip(designs, whole.packs, whole.split(draws), strict=True)]
    clock.lap("sampling")
    return trees, clock


def _labelled(draws: Floats, stats: xr.Dataset, compiled: Compiled) -> xr.DataTree:
    """Give draws (chain, draw, n_dim) their names, and add what reports and ArviZ look for."""
    design, priors, packed = compiled.design, compiled.priors, compiled.kernel.packed
    observed, vector = design.observations, draws[..., :packed.size]
    kept = deterministics(packed, draws)
    layout = lay_out(design, priors, rotated=packed.rotated)
    axes = {block.name: (block.dim,) if block.dim else () for block in layout.blocks} | DERIVED
    values = named(layout, vector) | kept
    chain = ("chain", "draw")
    posterior = xr.Dataset(
        {name: ((*chain, *axes[name]), array) for name, array in values.items()},
        coords={
            "day": [str(day) for day in design.grid.dates],
            "quantity": list(design.quantities),
            "source": list(design.sources),
            "family": list(design.families),
            "relation": list(design.relations),
        },
    )
    small = ("cumulative", "log_joint", "scale", "log_mean")
    posterior = posterior.assign({name: posterior[name].astype(np.float32) for name in small})
    number, real = observed.padded()
    joint = np.where(real, kept["log_joint"][..., number], -np.inf)
    cells = [priors.cell("gamma", *cell) for cell in design.cells]
    log_prior = log_densities(priors, [cell.name for cell in cells], values)
    by_claim = {"observation": observed.claim}
    return xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "sample_stats": stats[[name for name in STATISTICS if name in stats]],
            "log_likelihood": xr.Dataset(
                {"claim": ((*chain, "observation"), np.logaddexp.reduce(joint, axis=-1))}, by_claim
            ),
            "log_prior": xr.Dataset({name: (chain, each) for name, each in log_prior.items()}),
            "observed_data": xr.Dataset(
                {"log_figure": ("observation", observed.log_figure)}, by_claim
            ),
        }
    )
