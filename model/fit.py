"""Draw from the posterior: the only caller of the sampler."""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable
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

from .design import Design, plan
from .diagnostics import diagnose
from .evidence import select
from .grid import Floats
from .layout import lay_out, named
from .learned import choose_priors
from .packed import Kernel, compile_kernel, deterministics
from .power import log_densities, power
from .priors import Priors
from .result import SCHEMA, TOOL, Fit

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

        def watch(chains: list[Any]) -> None:
            if progress:
                done = sum(chain.finished_draws for chain in chains)
                progress(done, settings.chains * (settings.draws + settings.tune))

        sampler = nutpie.sample(
            CompiledPyMCModel(**self.kernel.arguments()),
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
            blocking=False,
        )
        try:
            tree = None
            while tree is None:
                try:
                    tree = sampler.wait(timeout=PATIENCE if stop else None)
                except TimeoutError:
                    if stop and stop.is_set():
                        raise KeyboardInterrupt from None
        except BaseException:  # Ctrl-C: stop the chains too, keep nothing of them
            sampler.cancel()
            raise
        return _labelled(tree, self)


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
    settings = settings or Settings()
    priors = priors or choose_priors(None, case)
    evidence = select(case, as_of, tuple(exclude))
    design = plan(evidence)
    compiled = compile_model(design, priors)
    start = time.perf_counter()
    tree = compiled.sample(settings, progress)
    sampling = time.perf_counter() - start
    account: dict[str, Any] = {
        "tool": TOOL,
        "schema": SCHEMA,
        "case": case.id,
        "title": case.title,
        "as_of": evidence.as_of.isoformat(),
        "seed": settings.seed,
        "draws": settings.draws,
        "tune": settings.tune,
        "chains": settings.chains,
        "exclude": list(evidence.exclude),
        "started": started.isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "input_sha256": case.sha256,
        "fingerprint": case.fingerprint,
        "priors_source": priors.source,
        "priors": priors.rows(),
        "priors_learning": priors.learning,
        "timings": {"compilation": round(compiled.seconds, 2), "sampling": round(sampling, 2)},
    }
    result = Fit(case, evidence.as_of, priors, account, tree)
    account["diagnostics"] = diagnose(result)
    account["sensitivity"] = {"power": power(result)}
    return result


def _labelled(tree: xr.DataTree, compiled: Compiled) -> xr.DataTree:
    """Give the draws their names, and add what reports and ArviZ look for."""
    design, priors = compiled.design, compiled.priors
    raw, observed = tree["posterior"].to_dataset(), design.observations
    vector = np.asarray(raw["vector"].values, dtype=float)
    draws = vector
    if "reported_level" in raw:
        draws = np.concatenate([vector, raw["reported_level"].values[..., None]], axis=-1)
    kept = deterministics(compiled.kernel.packed, draws)
    layout = lay_out(design, priors, rotated="reported_level" in raw)
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
    cells = [priors.cell("gamma", relation, design.victim) for relation in design.relations]
    log_prior = log_densities(priors, [cell.name for cell in cells], values)
    by_claim = {"observation": observed.claim}
    stats = tree["sample_stats"].to_dataset()
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
