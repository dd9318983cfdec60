"""Draw from the posterior: the only caller of the sampler."""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import nutpie
import xarray as xr
from threadpoolctl import threadpool_limits

from estimate.data.case import Case
from estimate.data.problems import EstimateError

from .build import build_model
from .design import Design, plan
from .diagnostics import diagnose
from .evidence import select
from .grid import Floats
from .parameters import lay_out, named
from .priors import Priors
from .result import SCHEMA, TOOL, Fit

MAX_DEPTH = 10  # a tree at this depth is a defect of the model
PACKAGES = ("estimate", "pymc", "pytensor", "nutpie", "numba", "arviz", "numpy", "pandas")
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

    draws: int = 1400
    tune: int = 500
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
    """A compiled model of one design; its figures can be swapped without compiling again."""

    design: Design
    model: Any
    seconds: float

    def with_data(self, log_figure: Floats, zero: Floats | None = None) -> Compiled:
        """Swap the observed figures.

        Parameters
        ----------
        log_figure : Floats
            Log of each observation's figure (n,), in the order of `design.observations`.
        zero : Floats, optional
            1 where the figure is zero (n,); all 0 unless told.

        Returns
        -------
        Compiled
        """
        zero = np.zeros(len(log_figure)) if zero is None else zero
        model = self.model.with_data(
            log_figure=np.asarray(log_figure, dtype=float), zero=np.asarray(zero, dtype=float)
        )
        return Compiled(self.design, model, self.seconds)

    def sample(self, settings: Settings, progress: Progress | None = None) -> xr.DataTree:
        """Draw from the posterior.

        Parameters
        ----------
        settings : Settings
            How to sample.
        progress : callable, optional
            Told the draws done and the draws in all, several times a second.

        Returns
        -------
        xarray.DataTree
            Groups `posterior` and `sample_stats`.
        """

        def watch(chains: list[Any]) -> None:
            if progress:
                progress(
                    sum(chain.finished_draws for chain in chains),
                    settings.chains * (settings.draws + settings.tune),
                )

        with threadpool_limits(1):
            sampler = nutpie.sample(
                self.model,
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
                adaptation="low_rank",
                blocking=False,
            )
            try:
                return sampler.wait()
            except BaseException:  # Ctrl-C: stop the chains too, keep nothing of them
                sampler.cancel()
                raise


def compile_model(design: Design, priors: Priors) -> Compiled:
    """Build and compile the model of a design.

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
    with threadpool_limits(1):
        model = nutpie.compile_pymc_model(build_model(design, priors))
    return Compiled(design, model, time.perf_counter() - start)


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
        The built-in ones unless told.
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
    priors = priors or Priors()
    evidence = select(case, as_of, tuple(exclude))
    design = plan(evidence)
    compiled = compile_model(design, priors)
    start = time.perf_counter()
    tree = _with_extras(compiled.sample(settings, progress), design, priors)
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
        "timings": {"compilation": round(compiled.seconds, 2), "sampling": round(sampling, 2)},
    }
    result = Fit(case, evidence.as_of, priors, account, tree)
    account["diagnostics"] = diagnose(result)
    return result


def _with_extras(tree: xr.DataTree, design: Design, priors: Priors) -> xr.DataTree:
    """Keep what reports need, and add the groups that ArviZ looks for."""
    posterior = tree["posterior"].to_dataset()
    blocks = lay_out(design, priors, rotated="reported_level" in posterior)
    parameters = named(blocks, posterior["vector"].values)
    axes = {
        block.name: ("chain", "draw", block.dim) if block.dim else ("chain", "draw")
        for block in blocks
    }
    posterior = posterior.drop_vars("vector").assign(
        {name: (axes[name], draws) for name, draws in parameters.items()}
    )
    posterior = posterior.assign_coords(
        relation=list(design.relations), family=list(design.families)
    )
    joint = posterior["log_joint"].values
    number, real = design.observations.padded()
    padded = np.where(real, joint[..., number], -np.inf)
    pointwise = np.logaddexp.reduce(padded, axis=-1)
    dims = ("chain", "draw")
    likelihood = xr.Dataset(
        {"claim": ((*dims, "observation"), pointwise)},
        coords={"observation": design.observations.claim},
    )
    log_prior = xr.Dataset(
        {
            name: (dims, _normal_log(posterior[name].values, priors[name].mean, priors[name].sd))
            for name in ("log_total", "kappa")
            if name in posterior
        }
    )
    cells = [priors.cell("gamma", relation, design.victim) for relation in design.relations]
    log_prior["gamma"] = (
        dims,
        sum(
            _normal_log(posterior["gamma"].values[..., i], cell.mean, cell.sd)
            for i, cell in enumerate(cells)
        ),
    )
    observed = xr.Dataset(
        {"log_figure": ("observation", design.observations.log_figure)},
        coords={"observation": design.observations.claim},
    )
    stats = tree["sample_stats"].to_dataset()
    wanted = [
        n
        for n in (
            "diverging",
            "depth",
            "n_steps",
            "energy",
            "logp",
            "step_size",
            "maxdepth_reached",
        )
        if n in stats
    ]
    small = {
        str(name): values.astype(np.float32)
        if name in ("cumulative", "log_joint", "scale", "log_mean")
        else values
        for name, values in posterior.data_vars.items()
    }
    return xr.DataTree.from_dict(
        {
            "posterior": posterior.assign(small),
            "sample_stats": stats[wanted],
            "log_likelihood": likelihood,
            "log_prior": log_prior,
            "observed_data": observed,
        }
    )


def _normal_log(x: Floats, mean: float, sd: float) -> Floats:
    return np.asarray(-0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi))
