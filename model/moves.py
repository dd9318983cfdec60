"""What would have to be true for a figure: the smallest moves of what the estimate rests on.

The most probable values b of everything else, given that the log quantity Q is log F, are

    E[b | Q = log F] = m_b + C_bQ / V_Q (log F - m_Q),

the point of the plane Q = log F that lies nearest the centre in the posterior's own (Mahalanobis)
distance, which is |log F - m_Q| / sqrt(V_Q): the conditional mean of a multivariate normal
(Anderson 2003, *An Introduction to Multivariate Statistical Analysis*, 3rd ed., section 2.5).
C and V are those of the draws, on log or log-odds scales; m are medians, so that nothing has to
move for the median, and a figure k times above it asks for the mirror image of one k times below.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

from estimate.data.problems import EstimateError, nearest

from .biases import AFTER, BEFORE, biases, prior_draws
from .design import DEPLOYED, RETURNED, Design
from .grid import Floats
from .tails import FEWEST, effective

if TYPE_CHECKING:
    from .result import Fit

CARRIED = 0.95  # of what all named sources carry: with less, nk-kursk is told by one source alone
BAND = 0.5  # half-width around log F, in sds: wide enough for draws to lie there, still local
FEWEST_NEAR = 100  # effective draws in the band: their mean is then known to a tenth of an sd
AGREES = 0.3  # sds: three standard errors of a mean of that many draws
TINY = 1e-9  # people: keeps the logarithm of a day before any loss finite


@dataclass(frozen=True)
class Move:
    """One thing that would have to be otherwise.

    Attributes
    ----------
    kind : {"source", "list", "names", "shared", "killed_share"}
        A source's bias; the share of the dead on lists of the honoured, or in counts of names; the
        error that all sources share; the killed among the casualties.
    source : str
        Id of the source; of a list, of the one that told of it last; else empty.
    about : str
        Quantity whose bias it is.
    median, q05, q95 : float
        As estimated: claim / truth, or a share.
    needed : float
        What it would have to be.
    sds : float
        How far that is, in its own posterior sds; negative is down.
    prior_probability : float
        Chance before any claim of a value at least as far in that direction.
    told : bool
        Whether it belongs to the few that are told in words.
    """

    kind: str
    source: str
    about: str
    median: float
    q05: float
    q95: float
    needed: float
    sds: float
    prior_probability: float
    told: bool = True


@dataclass(frozen=True)
class Moves:
    """What a figure asks for.

    Attributes
    ----------
    quantity : str
    figure : float
    on, step_end : date
        The day that the figure stands for, and the last day of the grid step that it falls in.
    sds : float
        Distance of the figure from the median, in posterior sds on a log scale.
    carried : float
        Part of the way (log scale) that the told sources alone would take the estimate: their
        joint R² with it.
    method : {"line", "draws"}
        Whether `needed` comes from the straight line, or from the draws near the figure because
        these disagree with it.
    near : int
        Effective draws near the figure.
    checked : bool
        Whether they suffice to judge the line.
    moves : tuple of Move
        Told sources first, in the order in which they carry most.
    """

    quantity: str
    figure: float
    on: date
    step_end: date
    sds: float
    carried: float
    method: str
    near: int
    checked: bool
    moves: tuple[Move, ...]

    @property
    def thin(self) -> bool:
        """Whether hardly any draws lie near the figure, so that `needed` is an extrapolation."""
        return self.near < FEWEST

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON holds it."""
        return asdict(self) | {"on": str(self.on), "step_end": str(self.step_end)}


@dataclass(frozen=True)
class _Part:
    """A `Move` to be: prior and posterior draws on a scale without bounds."""

    kind: str
    source: str
    about: str
    prior: Floats
    draws: Floats

    def natural(self, value: Floats | float) -> Floats:
        """Claim / truth, or a share."""
        shares = self.kind not in ("source", "shared")
        return np.asarray(expit(value) if shares else np.exp(value))


def check(design: Design, quantity: str, figure: float, on: date) -> None:
    """Refuse what cannot be put to the test.

    Parameters
    ----------
    design : Design
        Of the fit, made or still to be made.
    quantity, figure, on
        As for `moves`.

    Raises
    ------
    EstimateError
        The fit does not estimate the quantity, the figure is not above 0, or the day lies outside
        the case.
    """
    if quantity not in design.quantities:
        known = ", ".join(design.quantities)
        raise EstimateError(
            f"{quantity}: this fit makes no estimate of it, for no comparable claim calls for one; "
            + (nearest(quantity, design.quantities) or f"take one of {known}"))
    if not 0 < figure < float("inf"):
        raise EstimateError(f"{figure:g} {quantity}: a figure to be tested is above 0; "
                            "for a claim of no losses, test 1")
    start, end = design.evidence.case.start, design.evidence.as_of
    if not start <= on <= end:
        raise EstimateError(
            f"--on {on}: {design.evidence.case.id} begins on {start} and what was published up to "
            f"{end} is known; take a day from {start} to {end}")


def moves(fit: Fit, quantity: str, figure: float, on: date | None = None) -> Moves:
    """Find the smallest moves that would make a figure right.

    Parameters
    ----------
    fit : Fit
        The draws.
    quantity : str
        One of those estimated.
    figure : float
        People or items, cumulative, above 0.
    on : date, optional
        The day it stands for; the as-of day unless told.

    Returns
    -------
    Moves

    Raises
    ------
    EstimateError
        As `check`.
    """
    design, day = fit.design, on or fit.as_of
    check(design, quantity, figure, day)
    step = design.grid.step_of(day)
    log_losses = np.log(np.maximum(fit.cumulative[quantity][:, step], TINY))
    spread, gap = float(log_losses.std()), float(np.log(figure) - np.median(log_losses))
    parts = _parts(fit, quantity, step)
    draws = np.stack([part.draws for part in parts], axis=1)
    slopes = (draws - draws.mean(axis=0)).T @ (log_losses - log_losses.mean()) / (
        len(draws) * spread**2)
    needed = np.median(draws, axis=0) + slopes * gap
    chains = log_losses.reshape(fit.posterior.sizes["chain"], -1)
    inside = np.abs(log_losses - np.log(figure)) <= BAND * spread
    near = int(inside.sum() * effective(chains) / len(draws))
    checked, method = near >= FEWEST_NEAR, "line"
    if checked:
        lean = np.log(figure) - log_losses[inside].mean()
        seen = draws[inside].mean(axis=0) + slopes * lean
        if np.max(np.abs(seen - needed) / draws.std(axis=0)) > AGREES:
            needed, method = seen, "draws"
    made = [_move(part, float(at)) for part, at in zip(parts, needed, strict=True)]
    named = [i for i, part in enumerate(parts) if part.kind == "source"]
    few, carried = carriers(draws[:, named], log_losses)
    told = [named[i] for i in few]
    ordered = [made[i] for i in told]
    ordered += [move for move in made if move.kind != "source"]
    ordered += [replace(made[i], told=False) for i in named if i not in told]
    return Moves(quantity, figure, day, design.grid.dates[step], gap / spread, carried, method,
                 near, checked, tuple(ordered))


def carriers(draws: Floats, log_losses: Floats) -> tuple[list[int], float]:
    """Choose the fewest columns that carry nearly all that all columns carry.

    If a set S of biases stood where the line puts it, the estimate would go the part R²_S of the
    way: E[Q | b_S] = m_Q + C_QS V_S⁻¹ (b_S - m_S), with b_S - m_S = C_SQ / V_Q (log F - m_Q). The
    set is grown by the column that adds most (forward selection).

    Parameters
    ----------
    draws : Floats
        Log biases (n, k).
    log_losses : Floats
        Log quantity (n,).

    Returns
    -------
    chosen : list of int
        Columns, the one that carries most first.
    carried : float
        Their R² with the log quantity.
    """
    if not draws.shape[1]:
        return [], 0.0
    left = draws - draws.mean(axis=0)
    rest = log_losses - log_losses.mean()
    whole = float(rest @ rest)
    fitted = left @ np.linalg.lstsq(left, rest)[0]
    enough, floor = CARRIED * float(fitted @ fitted), 1e-9 * (left**2).sum(axis=0)
    chosen: list[int] = []
    while whole - float(rest @ rest) < enough and len(chosen) < draws.shape[1]:
        size = (left**2).sum(axis=0)
        gain = np.where(size > floor, (left.T @ rest) ** 2 / np.maximum(size, floor), -1.0)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        axis = left[:, best] / np.sqrt(size[best])
        rest = rest - axis * (axis @ rest)
        left = left - np.outer(axis, axis @ left)
    return chosen, 1 - float(rest @ rest) / whole


def _move(part: _Part, needed: float) -> Move:
    low, median, high = part.natural(np.quantile(part.draws, [BEFORE, 0.5, AFTER])).tolist()
    sds = float((needed - np.median(part.draws)) / part.draws.std())
    as_far = part.prior >= needed if sds > 0 else part.prior <= needed
    return Move(part.kind, part.source, part.about, median, low, high,
                float(part.natural(needed)), sds, float(as_far.mean()))


def _parts(fit: Fit, quantity: str, step: int) -> list[_Part]:
    if quantity in ("deployed", "returned"):
        return _troop_parts(fit)
    told, prior = biases(fit, quantity), prior_draws(fit)
    parts = [_Part("source", source, about, before, after)
             for source, (about, before, after) in told.items() if about not in ("list", "names")]
    parts.append(_Part("shared", "", "", prior["kappa"], fit.draws("kappa")))
    if fit.design.multipart and quantity != "casualties":
        killed, whole = (fit.cumulative[name][:, step] for name in ("killed", "casualties"))
        share = np.clip(killed / np.maximum(whole, TINY), TINY, 1 - TINY)
        parts.append(_Part("killed_share", "", "killed", logit(prior["killed_share"]),
                           logit(share)))
    for kind, name in (("list", "coverage_honoured"), ("names", "coverage_named")):
        if name in fit.posterior:
            speakers = {source for source, (about, _, _) in told.items() if about == kind}
            parts.append(_Part(kind, _latest(fit, speakers), "killed", logit(prior[name]),
                               logit(fit.draws(name))))
    return parts


def _troop_parts(fit: Fit) -> list[_Part]:
    """Biases about troops sent and brought home: of families, and shared."""
    design, prior = fit.design, prior_draws(fit)
    heard = {design.observations.source[reading.observation]
             for reading in design.observations.readings if reading.kind in (DEPLOYED, RETURNED)}
    parts = []
    for i, source in enumerate(design.sources):
        if source in heard:
            before, after = (
                v["kappa_deployed"]
                + v["tau_deployed"] * (v["z_deployed"] @ design.family_weights[i])
                for v in (prior, {name: fit.draws(name) for name in (
                    "kappa_deployed", "tau_deployed", "z_deployed")}))
            parts.append(_Part("source", source, "deployed", before, after))
    return [*parts, _Part("shared", "", "", prior["kappa_deployed"], fit.draws("kappa_deployed"))]


def _latest(fit: Fit, speakers: set[str]) -> str:
    """Give the one of some sources whose claim covers the latest days; empty for none."""
    used = fit.evidence.used
    told = used[used["source"].isin(speakers)].sort_values(["as_of", "published", "id"])
    return str(told["source"].iloc[-1]) if len(told) else ""
