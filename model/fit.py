"""From a case to its posterior."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from estimate.data.case import Case
from estimate.data.problems import EstimateError

from .clock import Clock
from .design import Design, plan
from .diagnostics import diagnose
from .evidence import select
from .grid import Floats
from .kernel import c_functions
from .layout import lay_out, named
from .learned import choose_priors
from .linked import link, series_account
from .packed import Packed, deterministics, pack
from .power import log_densities, power
from .priors import Priors
from .result import SCHEMA, TOOL, Fit, with_checks
from .sampler import FEWEST, Progress, Settings, sample
from .series import choose, is_linked

# Many series: a draw costs far more. Enough for the gates.
LINKED = {"draws": 600, "tune": 300}
LINKED_ACCEPTANCE = 0.95  # with 0.9, two of 4,800 draws of 24 series diverged
MEMORY = 2.5e9  # bytes: what a laptop of 8 GB can spare beside its browser
KEPT = 64  # bytes for each reading of a claim in each draw, as measured; a claim has one or more
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


@dataclass(frozen=True)
class Compiled:
    """A design ready to be sampled; its figures can be swapped without compiling again."""

    design: Design
    priors: Priors
    packed: Packed

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
        return replace(self, packed=self.packed.with_data(log_figure, zero))

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
            Groups `posterior`, `sample_stats`, `log_likelihood`, `log_prior`, `observed_data`.
        """
        return _labelled(
            *sample(self.packed.buffer(), self.packed.n_dim, settings, progress,
                    scaled=self.packed.scaled), self)


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
    c_functions()
    return Compiled(design, priors, pack(design, priors))


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
    _afford(designs, settings)
    trees, likeness, clock = _draw(designs, priors, settings, progress)
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
        account["likeness"] = likeness
        result = with_checks(result)
    account["sensitivity"] = {"power": power(result)}
    clock.lap("diagnostics")
    return result


def _afford(designs: Sequence[Design], settings: Settings) -> None:
    """Refuse, before any work is done, a fit that would fill the machine's memory."""
    readings = sum(len(design.observations.readings) for design in designs)
    draws = settings.draws * settings.chains
    need, most = KEPT * readings * draws, int(MEMORY / (KEPT * readings * settings.chains))
    if need > MEMORY:
        fewer = f"ask for --draws {most}, or " if most >= FEWEST else ""
        raise EstimateError(
            f"{readings:,} readings of the claims in {draws:,} draws would fill "
            f"{need / 1e9:.1f} GB of memory, and at most {MEMORY / 1e9:g} GB are taken: "
            f"{fewer}leave out claims that repeat others")


def _draw(designs: Sequence[Design], priors: Priors, settings: Settings, progress: Progress | None
          ) -> tuple[list[xr.DataTree], list[float], Clock]:
    """Draw from the posterior of one design, or of several together.

    Tells also how alike in time the losses of a side are (5 %, median, 95 %), and the time it took.
    """
    clock, likeness = Clock(), list[float]()
    if not designs[0].linked:
        compiled = compile_model(designs[0], priors)
        clock.lap("compilation")
        trees = [compiled.sample(settings, progress)]
    else:
        whole = link(designs, priors)
        c_functions()
        clock.lap("compilation")
        draws, stats = sample(whole.buffer(), whole.n_dim, settings, progress,
                              LINKED_ACCEPTANCE, whole.scaled)
        trees = [_labelled(own, stats, Compiled(design, priors, packed))
                 for design, packed, own in
                 zip(designs, whole.packs, whole.split(draws), strict=True)]
        if (alike := whole.likeness(draws)) is not None:
            likeness = np.quantile(alike, [0.05, 0.5, 0.95]).tolist()
    clock.lap("sampling")
    return trees, likeness, clock


def _labelled(draws: Floats, stats: xr.Dataset, compiled: Compiled) -> xr.DataTree:
    """Give draws (chain, draw, n_dim) their names, and add what reports and ArviZ look for."""
    design, priors, packed = compiled.design, compiled.priors, compiled.packed
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
            **({"indicator": list(design.activity.told)} if design.activity.told else {}),
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
