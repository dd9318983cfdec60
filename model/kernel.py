"""The model's log density and its gradient as one machine-code function, written by hand.

`build.py` is the readable definition; this is the same model as plain loops, several times faster
and compiled once for all designs, and tests/model/test_kernel.py holds the two together. A
*forward* pass fills a `State` section by section (docs/method.md, 2 and 3); a *reverse* pass goes
back through the same sections with a second `State`, `bar`, that holds the derivative of the log
density with respect to each of them. What is fixed about a design comes as one vector of integers
and one of floats (`packed.py`).

Letters of shapes: n parameters in the vector, s sources, f families, t grid steps, q quantities,
p parts besides the killed, r readings, o observations, K cosine columns.
"""

# numba types what it compiles; its own annotations know neither intrinsics nor `_nrt`.
# pyright: reportCallIssue=false, reportPrivateImportUsage=false, reportGeneralTypeIssues=false

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import carray, cfunc, njit, types
from numba.np.unsafe.ndarray import to_fixed_tuple

REAL, POSITIVE, SHARE, UNIFORM = range(4)  # forms of a parameter
OF_LOSSES, OF_TROOPS, OF_LIST, OF_NAMES = range(4)  # what a reading's mean and bias are made of
NO_LOG_LENGTH = -1e-6  # what a ceremony adds is at least this much in the logarithm

Floats = Any  # numba infers the types
# Sections neither allocate nor keep an array: without reference counts they are faster, and smaller
# to compile. They must not use whole-array arithmetic; what they need is in `State` and `Slopes`.
Section = njit(nogil=True, error_model="numpy", _nrt=False)
Opening = njit(nogil=True, error_model="numpy")


class At(NamedTuple):
    """Where each block starts in the vector; -1 for a block that the design does not have."""

    log_total: int
    shape_scale: int
    shape_z: int
    kappa: int
    gamma: int
    m0: int
    tau_relation: int
    tau_family: int
    tau_source: int
    z_relation: int
    z_family: int
    z_source: int
    maturation_days: int
    sigma: int
    z_noise: int
    nu: int
    hedge_floor: int
    hedge_cap: int
    range_stretch: int
    false_zero: int
    with_missing: int
    killed_share: int
    tau_killed: int
    z_killed: int
    killed_share_path: int
    killed_share_z: int
    log_remaining: int
    present_before: int
    deployed_scale: int
    deployed_z: int
    kappa_deployed: int
    tau_deployed: int
    z_deployed: int
    returned_share: int
    returned_scale: int
    returned_z: int
    coverage_honoured: int
    sigma_list: int
    list_growth: int
    coverage_named: int
    stated_reading: int


class Rows(NamedTuple):
    """Rows of the losses by step, -1 where there is none, and two counts of cosine columns."""

    killed: int
    deployed: int
    returned: int
    n_quantities: int
    n_stages: int
    troop_columns: int
    share_columns: int


class Numbers(NamedTuple):
    """Single numbers: where the total starts and its prior, and those of `constants.py`."""

    centre: float
    total_mean: float
    total_sd: float
    noise_spread: float
    tiny: float
    log_half: float
    logistic_scale: float


class Fixed(NamedTuple):
    """All that is fixed about a design.

    Integer vectors (to `learned`), float vectors (to `hedge_weights`), float matrices.
    """

    form: Floats  # (n,) of each parameter
    relation_of: Floats  # (s,)
    family_of: Floats  # (s,)
    ratio: Floats  # (p - 1,) place in the vector of the log ratios of the parts after the wounded
    lost: Floats  # rows of the losses that are irrecoverable
    speaker: Floats  # (r,) source
    which: Floats  # (r,) row of the losses
    kind: Floats  # (r,) OF_LOSSES …
    matures: Floats  # (r,) whether fresh losses are missing from the figure
    of_killed: Floats  # (r,) whether the figure is of the killed and has a source's bias
    hedge: Floats  # (r,) 1 for at_most, -1 for at_least
    stage: Floats  # (r,)
    before_stage: Floats  # (r,)
    first_column: Floats  # (r,) of the mask
    end_column: Floats  # (r,) after the last of the mask
    fresh: Floats  # (r + 1,) where each reading's fresh steps start
    fresh_column: Floats  # (m,) of the losses
    fresh_lag: Floats  # (m,) index into `lags`
    fresh_span: Floats  # (m,) index into `spans`
    reading: Floats  # (o + 1,) where each observation's readings start
    drift: Floats  # (r,) number of the drifting source, or -1
    drift_tau: Floats  # (d,) place in the vector
    drift_z: Floats  # (d,) place in the vector
    toll: Floats  # (r,) whether the figure is of dead plus missing
    learned: Floats  # (h,) place in the vector of the parameters with a joint prior
    mean: Floats  # (n,) of each parameter
    sd: Floats  # (n,)
    log_lengths: Floats  # (t,)
    damping: Floats  # (K,)
    about: Floats  # (s + t,) weight of each bias and step in the reported level; empty without it
    list_part: Floats  # (t,) part of each step before the last stage
    grain: Floats  # (r,)
    half_width: Floats  # (r,)
    stated: Floats  # (r,)
    other: Floats  # (r,)
    fresh_part: Floats  # (m,) part of the step inside the window
    lags: Floats  # different lags in days
    spans: Floats  # different spans in days
    hedge_nodes: Floats
    hedge_weights: Floats  # their logarithms
    basis: Floats  # (K, t)
    family_weights: Floats  # (s, f)
    mask: Floats  # (r, 1 + t)
    waves: Floats  # (r, 3)
    factor: Floats  # (h, h) lower triangle: what the normals of `learned` are multiplied with


N_INTS, N_FLOATS, N_MATRICES = 25, 15, 5
TABLE = len(At._fields) + len(Rows._fields)  # where the (start, rows, columns) of the arrays begin


class State(NamedTuple):
    """What the forward pass computes, or the derivatives of the log density with respect to it."""

    v: Floats  # (n,) parameters by name
    bias: Floats  # (s,)
    extra: Floats  # (s,) extra bias about the killed
    sent: Floats  # (s,) bias about troops
    own: Floats  # (s,) log coverage of a by-name count
    noise: Floats  # (s,)
    total: Floats  # (1,) its logarithm
    shape: Floats  # (t,) share of the total in each step
    share: Floats  # (t,) killed share
    split: Floats  # (p,) share of each other part in the casualties that are not killed
    deployed: Floats  # (t,) share of the growth
    returned: Floats  # (t,)
    steps: Floats  # (q, 1 + t) losses or troops of each step; column 0 is before the grid
    lists: Floats  # (stages,) log lengths
    log_mean: Floats  # (r,)
    scale: Floats  # (r,)
    density: Floats  # (r,) log joint density of figure and reading


class Slopes(NamedTuple):
    """Derivatives kept by the forward pass, (n,) for `v`, (r,) for the others; and room to work."""

    v: Floats
    y: Floats  # (n,) room: parameters before their form, then the derivatives with respect to them
    told: Floats  # losses that a count of that day would hold
    fresh: Floats  # those of them that were fresh
    late: Floats  # derivative of `fresh` with respect to tau
    length: Floats  # derivative of a list's increment with respect to the log ratio of its stages
    log_mean: Floats  # of the density, and so on
    scale: Floats
    hedge: Floats
    nu: Floats
    false_zero: Floats
    by_lag: Floats  # (lags,) factors of the mean decay
    by_span: Floats  # (spans,)
    lag_slope: Floats  # slopes of their logarithms with respect to tau
    span_slope: Floats
    present: Floats  # (t,) share of the troops there by the end of each step
    back: Floats  # (t,) share of the returning who are back


# --- Opening the vectors


@Opening
def _ints(ints, number):
    """Integer vector of that number."""
    start = ints[TABLE + 3 * number]
    return ints[start:start + ints[TABLE + 3 * number + 1]]


@Opening
def _floats(ints, floats, number):
    """Float vector of that number."""
    start = ints[TABLE + 3 * number]
    return floats[start:start + ints[TABLE + 3 * number + 1]]


@Opening
def _matrix(ints, floats, number):
    """Float matrix of that number."""
    start, rows = ints[TABLE + 3 * number], ints[TABLE + 3 * number + 1]
    columns = ints[TABLE + 3 * number + 2]
    return floats[start:start + rows * columns].reshape((rows, columns))


@Opening
def _open(ints, floats):
    """Names for the stretches of the two vectors: where blocks start, rows, numbers, arrays."""
    at = At(*to_fixed_tuple(ints[:41], 41))
    rows = Rows(*to_fixed_tuple(ints[41:48], 7))
    numbers = Numbers(*to_fixed_tuple(floats[:7], 7))
    i, x = ints, floats
    fixed = Fixed(
        _ints(i, 0), _ints(i, 1), _ints(i, 2), _ints(i, 3), _ints(i, 4), _ints(i, 5),
        _ints(i, 6), _ints(i, 7), _ints(i, 8), _ints(i, 9), _ints(i, 10), _ints(i, 11),
        _ints(i, 12), _ints(i, 13), _ints(i, 14), _ints(i, 15), _ints(i, 16), _ints(i, 17),
        _ints(i, 18), _ints(i, 19), _ints(i, 20), _ints(i, 21), _ints(i, 22), _ints(i, 23),
        _ints(i, 24), _floats(i, x, 25), _floats(i, x, 26), _floats(i, x, 27),
        _floats(i, x, 28), _floats(i, x, 29), _floats(i, x, 30), _floats(i, x, 31),
        _floats(i, x, 32), _floats(i, x, 33), _floats(i, x, 34), _floats(i, x, 35),
        _floats(i, x, 36), _floats(i, x, 37), _floats(i, x, 38), _floats(i, x, 39),
        _matrix(i, x, 40), _matrix(i, x, 41), _matrix(i, x, 42), _matrix(i, x, 43),
        _matrix(i, x, 44))
    return at, rows, numbers, fixed


@Opening
def _new_state(rows, k):
    """State of zeros."""
    n, s, t, r = len(k.form), len(k.relation_of), len(k.log_lengths), len(k.which)
    return State(np.zeros(n), np.zeros(s), np.zeros(s), np.zeros(s), np.zeros(s), np.zeros(s),
                 np.zeros(1), np.zeros(t), np.zeros(t), np.zeros(len(k.ratio) + 1), np.zeros(t),
                 np.zeros(t), np.zeros((rows.n_quantities, 1 + t)), np.zeros(rows.n_stages),
                 np.zeros(r), np.zeros(r), np.zeros(r))


@Opening
def _new_slopes(k):
    """Slopes of zeros."""
    r, lags, spans, t = len(k.which), len(k.lags), len(k.spans), len(k.log_lengths)
    return Slopes(np.zeros(len(k.form)), np.zeros(len(k.form)), np.zeros(r), np.zeros(r),
                  np.zeros(r), np.zeros(r), np.zeros(r), np.zeros(r), np.zeros(r), np.zeros(r),
                  np.zeros(r),
                  np.zeros(lags), np.zeros(spans), np.zeros(lags), np.zeros(spans), np.zeros(t),
                  np.zeros(t))


# --- Small functions


@Section
def _expit(y):
    """Logistic function."""
    return 1 / (1 + math.exp(-y)) if y >= 0 else math.exp(y) / (1 + math.exp(y))


@Section
def _softplus(y):
    """Logarithm of 1 + exp(y)."""
    return y + math.log1p(math.exp(-y)) if y > 0 else math.log1p(math.exp(y))


@Section
def _digamma(x):
    """Differentiate log gamma at x > 0: recurrence up to 12, then the asymptotic series."""
    below = 0.0
    while x < 12:
        below -= 1 / x
        x += 1
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132)))))
    return below + math.log(x) - 0.5 / x - series


@Section
def _grow(log_lengths, basis, damping, scale, z, share):
    """Fill `share` (t,) with softmax(log lengths + basis · scale * damping * z), z (columns,)."""
    for t in range(len(share)):
        share[t] = log_lengths[t]
    for c in range(len(z)):
        weight = scale * damping[c] * z[c]
        for t in range(len(share)):
            share[t] += weight * basis[c, t]
    top = -np.inf
    for t in range(len(share)):
        top = max(top, share[t])
    whole = 0.0
    for t in range(len(share)):
        share[t] = math.exp(share[t] - top)
        whole += share[t]
    for t in range(len(share)):
        share[t] /= whole


@Section
def _grow_reverse(basis, damping, scale, z, share, share_bar, z_bar):
    """Add to `z_bar` (columns,) and return the derivative with respect to the scale."""
    inner, scale_bar = 0.0, 0.0
    for t in range(len(share)):
        inner += share[t] * share_bar[t]
    for c in range(len(z)):
        slope = 0.0
        for t in range(len(share)):
            slope += basis[c, t] * share[t] * (share_bar[t] - inner)
        z_bar[c] += scale * damping[c] * slope
        scale_bar += damping[c] * z[c] * slope
    return scale_bar


# --- Parameters: from standard normals to named values


@Section
def _parameters(k, x, s, slopes):
    """Fill `v` (n,) and its slopes from the vector; return the vector's log density."""
    value = 0.0
    for i in range(len(k.form)):
        slopes.y[i] = k.mean[i] + k.sd[i] * x[i]
    for i in range(len(k.learned)):
        for j in range(i + 1):
            slopes.y[k.learned[i]] += k.factor[i, j] * x[k.learned[j]]
    for i in range(len(k.form)):
        y, form = slopes.y[i], k.form[i]
        value -= 0.5 * x[i] * x[i]
        if form == REAL:
            s.v[i], slopes.v[i] = y, 1.0
        elif form == POSITIVE:
            s.v[i] = math.exp(y)
            slopes.v[i] = s.v[i]
        elif form == SHARE:
            s.v[i] = _expit(y)
            slopes.v[i] = s.v[i] * _expit(-y)
        else:
            s.v[i] = 0.5 * math.erfc(-y / math.sqrt(2))
            slopes.v[i] = math.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)
    return value - 0.5 * math.log(2 * math.pi) * len(k.form)


@Section
def _parameters_reverse(k, x, slopes, bar, gradient):
    """From the derivatives of `v` (n,) to the gradient (n,)."""
    for i in range(len(k.form)):
        slopes.y[i] = bar.v[i] * slopes.v[i]
        gradient[i] = k.sd[i] * slopes.y[i] - x[i]
    for i in range(len(k.learned)):
        for j in range(i + 1):
            gradient[k.learned[j]] += k.factor[i, j] * slopes.y[k.learned[i]]


# --- Biases and scatters of the sources


@Section
def _sources(at, k, numbers, s):
    """Fill `bias`, `extra`, `sent`, `own`, `noise`, each (s,)."""
    v = s.v
    for i in range(len(k.relation_of)):
        j = k.relation_of[i]
        shared, troops = 0.0, 0.0
        for f in range(k.family_weights.shape[1]):
            shared += k.family_weights[i, f] * v[at.z_family + f]
            if at.kappa_deployed >= 0:
                troops += k.family_weights[i, f] * v[at.z_deployed + f]
        alone = v[at.tau_source] * v[at.z_source + i]
        s.bias[i] = (v[at.kappa] + v[at.gamma + j] + v[at.tau_relation] * v[at.z_relation + j]
                     + v[at.tau_family] * shared + alone)
        s.noise[i] = v[at.sigma] * math.exp(numbers.noise_spread * v[at.z_noise + i])
        if at.tau_killed >= 0:
            s.extra[i] = v[at.tau_killed] * v[at.z_killed + k.family_of[i]]
        if at.kappa_deployed >= 0:
            s.sent[i] = v[at.kappa_deployed] + v[at.tau_deployed] * troops
        if at.coverage_named >= 0:
            s.own[i] = math.log(v[at.coverage_named]) + alone


@Section
def _sources_reverse(at, k, numbers, s, bar):
    """From the derivatives of `bias` … `noise`, each (s,), to those of the parameters."""
    v, g = s.v, bar.v
    for i in range(len(k.relation_of)):
        j = k.relation_of[i]
        bias, alone = bar.bias[i], bar.bias[i] + bar.own[i]
        g[at.kappa] += bias
        g[at.gamma + j] += bias
        g[at.tau_relation] += bias * v[at.z_relation + j]
        g[at.z_relation + j] += bias * v[at.tau_relation]
        g[at.tau_source] += alone * v[at.z_source + i]
        g[at.z_source + i] += alone * v[at.tau_source]
        g[at.sigma] += bar.noise[i] * s.noise[i] / v[at.sigma]
        g[at.z_noise + i] += bar.noise[i] * s.noise[i] * numbers.noise_spread
        for f in range(k.family_weights.shape[1]):
            weight = k.family_weights[i, f]
            if weight != 0:
                g[at.tau_family] += bias * weight * v[at.z_family + f]
                g[at.z_family + f] += bias * weight * v[at.tau_family]
                if at.kappa_deployed >= 0:
                    g[at.tau_deployed] += bar.sent[i] * weight * v[at.z_deployed + f]
                    g[at.z_deployed + f] += bar.sent[i] * weight * v[at.tau_deployed]
        if at.tau_killed >= 0:
            f = k.family_of[i]
            g[at.tau_killed] += bar.extra[i] * v[at.z_killed + f]
            g[at.z_killed + f] += bar.extra[i] * v[at.tau_killed]
        if at.kappa_deployed >= 0:
            g[at.kappa_deployed] += bar.sent[i]
        if at.coverage_named >= 0:
            g[at.coverage_named] += bar.own[i] / v[at.coverage_named]


# --- Total and shape


@Section
def _share_told(k, s):
    """Share of the total inside the windows of the claims about losses, on average."""
    told = 0.0
    for t in range(len(s.shape)):
        told += k.about[len(s.bias) + t] * s.shape[t]
    return told


@Section
def _shape(at, k, numbers, x, s):
    """Fill `total` (1,) and `shape` (t,); return the log prior of a total that is not sampled."""
    value = 0.0
    scale = s.v[at.shape_scale] if at.shape_scale >= 0 else 0.0
    z = s.v[at.shape_z:at.shape_z + len(k.damping)]
    _grow(k.log_lengths, k.basis, k.damping, scale, z, s.shape)
    if at.log_total >= 0:
        s.total[0] = s.v[at.log_total]
    else:
        reported = math.log(_share_told(k, s))
        for i in range(len(s.bias)):
            reported += k.about[i] * s.bias[i]
        s.total[0] = numbers.centre + x[len(k.form)] - reported
        away = (s.total[0] - numbers.total_mean) / numbers.total_sd
        value = -0.5 * away**2 - math.log(numbers.total_sd) - 0.5 * math.log(2 * math.pi)
    return value


@Section
def _shape_reverse(at, k, numbers, s, bar):
    """From the derivatives of `total` and `shape` to those of the parameters and of `bias`."""
    if at.log_total >= 0:
        bar.v[at.log_total] += bar.total[0]
    else:
        bar.total[0] -= (s.total[0] - numbers.total_mean) / numbers.total_sd**2
        for i in range(len(s.bias)):
            bar.bias[i] -= k.about[i] * bar.total[0]
        told = _share_told(k, s)
        for t in range(len(s.shape)):
            bar.shape[t] -= k.about[len(s.bias) + t] / told * bar.total[0]
    if at.shape_scale >= 0:
        z = slice(at.shape_z, at.shape_z + len(k.damping))
        bar.v[at.shape_scale] += _grow_reverse(k.basis, k.damping, s.v[at.shape_scale], s.v[z],
                                               s.shape, bar.shape, bar.v[z])


# --- Parts


@Section
def _parts(at, rows, k, s):
    """Fill the rows of losses of `steps` (q, 1 + t), `share` (t,) and `split` (p,)."""
    n_steps, total = len(s.shape), math.exp(s.total[0])
    for t in range(n_steps):
        s.steps[0, 1 + t] = total * s.shape[t]
    if at.killed_share < 0:
        return
    share = s.v[at.killed_share]
    for t in range(n_steps):
        s.share[t] = math.log(share) - math.log1p(-share)
    for c in range(rows.share_columns):
        weight = s.v[at.killed_share_path] * s.v[at.killed_share_z + c] / (c + 1)
        for t in range(n_steps):
            s.share[t] += weight * k.basis[c, t]
    for t in range(n_steps):
        s.share[t] = _expit(s.share[t])
    top = 0.0
    for i in range(len(k.ratio)):
        top = max(top, s.v[k.ratio[i]])
    s.split[0] = math.exp(-top)
    whole = s.split[0]
    for i in range(len(k.ratio)):
        s.split[1 + i] = math.exp(s.v[k.ratio[i]] - top)
        whole += s.split[1 + i]
    for i in range(len(s.split)):
        s.split[i] /= whole
    for t in range(n_steps):
        s.steps[1, 1 + t] = s.steps[0, 1 + t] * s.share[t]
    for i in range(len(s.split)):
        for t in range(n_steps):
            s.steps[2 + i, 1 + t] = s.split[i] * s.steps[0, 1 + t] * (1 - s.share[t])


@Section
def _parts_reverse(at, rows, k, s, bar):
    """From the derivatives of the losses' rows of `steps` to those of `total` and the shares."""
    n_steps, total = len(s.shape), math.exp(s.total[0])
    if at.killed_share >= 0:
        for i in range(len(s.split)):
            for t in range(n_steps):
                bar.split[i] += s.steps[0, 1 + t] * (1 - s.share[t]) * bar.steps[2 + i, 1 + t]
        inner = 0.0
        for i in range(len(s.split)):
            inner += s.split[i] * bar.split[i]
        for i in range(len(k.ratio)):
            bar.v[k.ratio[i]] += s.split[1 + i] * (bar.split[1 + i] - inner)
        level = 0.0
        for t in range(n_steps):
            p, others = s.share[t], 0.0
            for i in range(len(s.split)):
                others += s.split[i] * bar.steps[2 + i, 1 + t]
            killed = bar.steps[1, 1 + t]
            bar.share[t] = s.steps[0, 1 + t] * (killed - others) * p * (1 - p)  # of the log odds
            bar.steps[0, 1 + t] += killed * p + others * (1 - p)
            level += bar.share[t]
        share = s.v[at.killed_share]
        bar.v[at.killed_share] += level / (share * (1 - share))
        for c in range(rows.share_columns):
            slope = 0.0
            for t in range(n_steps):
                slope += k.basis[c, t] * bar.share[t]
            slope /= c + 1
            bar.v[at.killed_share_path] += slope * s.v[at.killed_share_z + c]
            bar.v[at.killed_share_z + c] += slope * s.v[at.killed_share_path]
    for t in range(n_steps):
        bar.shape[t] += total * bar.steps[0, 1 + t]
        bar.total[0] += s.steps[0, 1 + t] * bar.steps[0, 1 + t]


# --- Troops


@Section
def _troops(at, rows, k, s, slopes):
    """Fill the rows of troops of `steps`, and `deployed` and `returned` (t,)."""
    v, steps, n_steps = s.v, s.steps, len(s.shape)
    remaining, before = math.exp(v[at.log_remaining]), _expit(v[at.present_before])
    scale = v[at.deployed_scale] if at.deployed_scale >= 0 else 0.0
    z = v[at.deployed_z:at.deployed_z + rows.troop_columns]
    _grow(k.log_lengths, k.basis, k.damping, scale, z, s.deployed)
    steps[rows.deployed, 0] = remaining * before
    for t in range(n_steps):
        steps[rows.deployed, 1 + t] = remaining * (1 - before) * s.deployed[t]
        for i in range(len(k.lost)):
            steps[rows.deployed, 1 + t] += steps[k.lost[i], 1 + t]
    if rows.returned < 0:
        return
    scale = v[at.returned_scale] if at.returned_scale >= 0 else 0.0
    z = v[at.returned_z:at.returned_z + rows.troop_columns]
    _grow(k.log_lengths, k.basis, k.damping, scale, z, s.returned)
    present, back, home = before, 0.0, 0.0
    for t in range(n_steps):
        present += (1 - before) * s.deployed[t]
        back += s.returned[t]
        slopes.present[t], slopes.back[t] = present, back
        now = v[at.returned_share] * remaining * present * back
        steps[rows.returned, 1 + t] = now - home
        home = now


@Section
def _troops_reverse(at, rows, k, s, slopes, bar):
    """From the derivatives of the troops' rows of `steps` to those of the losses and parameters."""
    v, g, n_steps = s.v, bar.v, len(s.shape)
    remaining, before = math.exp(v[at.log_remaining]), _expit(v[at.present_before])
    sent_bar = bar.steps[rows.deployed]
    remaining_bar, before_bar = sent_bar[0] * before, sent_bar[0] * remaining
    for t in range(n_steps):
        remaining_bar += sent_bar[1 + t] * (1 - before) * s.deployed[t]
        before_bar -= sent_bar[1 + t] * remaining * s.deployed[t]
        bar.deployed[t] += sent_bar[1 + t] * remaining * (1 - before)
        for i in range(len(k.lost)):
            bar.steps[k.lost[i], 1 + t] += sent_bar[1 + t]
    if rows.returned >= 0:
        share = v[at.returned_share]
        present, back = slopes.present, slopes.back
        present_bar, back_bar = 0.0, 0.0  # of all that comes later
        for t in range(n_steps - 1, -1, -1):
            home_bar = bar.steps[rows.returned, 1 + t]
            if t + 1 < n_steps:
                home_bar -= bar.steps[rows.returned, 2 + t]
            g[at.returned_share] += home_bar * remaining * present[t] * back[t]
            remaining_bar += home_bar * share * present[t] * back[t]
            present_bar += home_bar * share * remaining * back[t]
            back_bar += home_bar * share * remaining * present[t]
            bar.returned[t] += back_bar
            bar.deployed[t] += (1 - before) * present_bar
            before_bar -= present_bar * s.deployed[t]
        before_bar += present_bar
        if at.returned_scale >= 0:
            z = slice(at.returned_z, at.returned_z + rows.troop_columns)
            g[at.returned_scale] += _grow_reverse(k.basis, k.damping, v[at.returned_scale], v[z],
                                                  s.returned, bar.returned, g[z])
    if at.deployed_scale >= 0:
        z = slice(at.deployed_z, at.deployed_z + rows.troop_columns)
        g[at.deployed_scale] += _grow_reverse(k.basis, k.damping, v[at.deployed_scale], v[z],
                                              s.deployed, bar.deployed, g[z])
    g[at.log_remaining] += remaining_bar * remaining
    g[at.present_before] += before_bar * before * (1 - before)


# --- Lists of the honoured


@Section
def _lists(at, rows, k, numbers, s):
    """Fill `lists` (stages,), the log length of the list at each stage."""
    dead = numbers.tiny
    for t in range(len(s.shape)):
        dead += k.list_part[t] * s.steps[rows.killed, 1 + t]
    s.lists[-1] = math.log(dead) + math.log(s.v[at.coverage_honoured])
    for j in range(rows.n_stages - 2, -1, -1):
        s.lists[j] = s.lists[j + 1] + math.log(s.v[at.list_growth + j])


@Section
def _lists_reverse(at, rows, k, numbers, s, bar):
    """From the derivatives of `lists` to those of the killed and of the parameters."""
    later = 0.0
    for j in range(rows.n_stages - 1):
        later += bar.lists[j]
        bar.v[at.list_growth + j] += later / s.v[at.list_growth + j]
    later += bar.lists[-1]
    bar.v[at.coverage_honoured] += later / s.v[at.coverage_honoured]
    dead = numbers.tiny
    for t in range(len(s.shape)):
        dead += k.list_part[t] * s.steps[rows.killed, 1 + t]
    for t in range(len(s.shape)):
        bar.steps[rows.killed, 1 + t] += later / dead * k.list_part[t]


# --- Means


@Section
def _decay(at, k, s, slopes):
    """Mean of exp(-d / tau): fill a factor by lag, one by span, and their logarithms' slopes."""
    days = s.v[at.maturation_days]
    day, day_slope = math.expm1(-1 / days), math.exp(-1 / days) / days**2
    for i in range(len(k.lags)):
        slopes.by_lag[i] = math.exp(-k.lags[i] / days)
        slopes.lag_slope[i] = k.lags[i] / days**2
    for i in range(len(k.spans)):
        n = k.spans[i]
        part = math.expm1(-n / days)
        slopes.by_span[i] = part / (n * day)
        slopes.span_slope[i] = n * math.exp(-n / days) / days**2 / part - day_slope / day


@Section
def _means(at, k, numbers, s, slopes):
    """Fill `log_mean` (r,) and what its reverse needs."""
    v, steps = s.v, s.steps
    _decay(at, k, s, slopes)
    by_lag, by_span = slopes.by_lag, slopes.by_span
    lag_slope, span_slope = slopes.lag_slope, slopes.span_slope
    for r in range(len(k.which)):
        if k.kind[r] == OF_LIST:
            s.log_mean[r] = s.lists[k.stage[r]]
            if k.before_stage[r] >= 0:  # the figure may be what a ceremony added
                shorter = s.lists[k.before_stage[r]] - s.lists[k.stage[r]]
                if shorter < NO_LOG_LENGTH:
                    slopes.length[r] = -1 / math.expm1(-shorter)
                s.log_mean[r] += math.log(-math.expm1(min(shorter, NO_LOG_LENGTH)))
            continue
        source, q = k.speaker[r], k.which[r]
        told = numbers.tiny
        for c in range(k.first_column[r], k.end_column[r]):
            told += k.mask[r, c] * steps[q, c]
        if k.matures[r]:
            fresh, late = 0.0, 0.0
            for m in range(k.fresh[r], k.fresh[r + 1]):
                lag, span = k.fresh_lag[m], k.fresh_span[m]
                part = (k.fresh_part[m] * steps[q, k.fresh_column[m]]
                        * by_lag[lag] * by_span[span])
                fresh += part
                late += part * (lag_slope[lag] + span_slope[span])
            slopes.fresh[r], slopes.late[r] = fresh, late
            told += (v[at.m0 + k.relation_of[source]] - 1) * fresh
        slopes.told[r] = told
        offset = 0.0
        if k.kind[r] == OF_LOSSES:
            offset = s.bias[source] + k.of_killed[r] * s.extra[source]
            if k.toll[r]:
                offset += v[at.with_missing]
            d = k.drift[r]
            if d >= 0:
                for c in range(k.waves.shape[1]):
                    offset += k.waves[r, c] * v[k.drift_tau[d]] * v[k.drift_z[d] + c]
        elif k.kind[r] == OF_TROOPS:
            offset = s.sent[source]
        else:
            offset = s.own[source]
        s.log_mean[r] = math.log(told) + offset


@Section
def _means_reverse(at, k, s, slopes, bar):
    """From the derivatives of `log_mean` (r,) to those of `steps`, biases, lists and maturation."""
    v, g = s.v, bar.v
    by_lag, by_span = slopes.by_lag, slopes.by_span
    for r in range(len(k.which)):
        mean = bar.log_mean[r]
        if k.kind[r] == OF_LIST:
            bar.lists[k.stage[r]] += mean * (1 - slopes.length[r])
            if k.before_stage[r] >= 0:
                bar.lists[k.before_stage[r]] += mean * slopes.length[r]
            continue
        source, steps = k.speaker[r], bar.steps[k.which[r]]
        told = mean / slopes.told[r]
        for c in range(k.first_column[r], k.end_column[r]):
            steps[c] += told * k.mask[r, c]
        if k.matures[r]:
            m0 = at.m0 + k.relation_of[source]
            g[m0] += told * slopes.fresh[r]
            g[at.maturation_days] += told * (v[m0] - 1) * slopes.late[r]
            weight = told * (v[m0] - 1)
            for m in range(k.fresh[r], k.fresh[r + 1]):
                steps[k.fresh_column[m]] += (weight * k.fresh_part[m] * by_lag[k.fresh_lag[m]]
                                             * by_span[k.fresh_span[m]])
        if k.kind[r] == OF_LOSSES:
            bar.bias[source] += mean
            bar.extra[source] += mean * k.of_killed[r]
            if k.toll[r]:
                g[at.with_missing] += mean
            d = k.drift[r]
            if d >= 0:
                for c in range(k.waves.shape[1]):
                    wave = mean * k.waves[r, c]
                    g[k.drift_tau[d]] += wave * v[k.drift_z[d] + c]
                    g[k.drift_z[d] + c] += wave * v[k.drift_tau[d]]
        elif k.kind[r] == OF_TROOPS:
            bar.sent[source] += mean
        else:
            bar.own[source] += mean


# --- Density


@Section
def _told(gap, scale, hedge, nu, nodes, weights):
    """Log density of a figure `gap` away from its mean, but for a constant of nu, and its slopes.

    Slopes are with respect to gap, scale, hedge and nu. Without a hedge one node is as good as six.
    """
    if hedge == 0:
        z = gap / scale
        tail, slope = math.log1p(z * z / nu), -(nu + 1) * z / (nu + z * z)
        return (-(nu + 1) / 2 * tail - math.log(scale), slope / scale,
                -slope * z / scale - 1 / scale, 0.0, -0.5 * (tail + z * slope / nu))
    n_nodes, top = len(nodes), -np.inf
    for i in range(n_nodes):
        z = (gap - hedge * nodes[i]) / scale
        top = max(top, weights[i] - (nu + 1) / 2 * math.log1p(z * z / nu))
    whole, gap_slope, scale_slope, hedge_slope, nu_slope = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n_nodes):
        z = (gap - hedge * nodes[i]) / scale
        tail = math.log1p(z * z / nu)
        weight = math.exp(weights[i] - (nu + 1) / 2 * tail - top)
        z_slope = -(nu + 1) * z / (nu + z * z)
        whole += weight
        gap_slope += weight * z_slope / scale
        scale_slope -= weight * z_slope * z / scale
        hedge_slope -= weight * z_slope * nodes[i] / scale
        nu_slope -= weight * 0.5 * (tail + z * z_slope / nu)
    return (top + math.log(whole) - math.log(scale), gap_slope / whole,
            scale_slope / whole - 1 / scale, hedge_slope / whole, nu_slope / whole)


@Section
def _density(at, k, numbers, log_figure, zero, s, slopes):
    """Fill `scale` and `density` (r,) and the density's slopes; return the claims' log density."""
    v, claims = s.v, 0.0
    nu, false, stretch = v[at.nu], v[at.false_zero], 1 + v[at.range_stretch]
    log_true = math.log1p(-false)
    constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)
    constant_slope = 0.5 * (_digamma((nu + 1) / 2) - _digamma(nu / 2) - 1 / nu)
    for o in range(len(k.reading) - 1):
        top = -np.inf
        for r in range(k.reading[o], k.reading[o + 1]):
            mean = s.log_mean[r]
            noise = v[at.sigma_list] if k.kind[r] == OF_LIST else s.noise[k.speaker[r]]
            scale = math.sqrt(noise**2 + k.grain[r]**2 / 12 + (stretch * k.half_width[r])**2
                              + 1 / (math.exp(mean) + 0.5))
            below = (numbers.log_half - mean) / (numbers.logistic_scale * scale)
            under = _expit(below)
            if zero[o] > 0:
                chance = false + (1 - false) * under
                density = math.log(chance)
                below_slope = (1 - false) * under * _expit(-below) / chance
                mean_slope, scale_slope, slopes.hedge[r], slopes.nu[r] = 0.0, 0.0, 0.0, 0.0
                slopes.false_zero[r] = _expit(-below) / chance
            else:
                hedge = 0.0
                if k.hedge[r] != 0:
                    hedge = v[at.hedge_cap] if k.hedge[r] > 0 else -v[at.hedge_floor]
                density, mean_slope, scale_slope, slopes.hedge[r], nu_slope = _told(
                    log_figure[o] - mean, scale, hedge, nu, k.hedge_nodes, k.hedge_weights)
                density += constant + log_true - _softplus(below)
                mean_slope = -mean_slope
                below_slope = -under
                slopes.nu[r] = nu_slope + constant_slope
                slopes.false_zero[r] = -1 / (1 - false)
            slopes.log_mean[r] = mean_slope - below_slope / (numbers.logistic_scale * scale)
            slopes.scale[r] = scale_slope - below_slope * below / scale
            if at.stated_reading >= 0:
                density += (k.stated[r] * math.log(v[at.stated_reading])
                            + k.other[r] * math.log1p(-v[at.stated_reading]))
            s.scale[r], s.density[r] = scale, density
            top = max(top, density)
        if zero[o] < 0:
            continue
        claims += top
        if k.reading[o + 1] - k.reading[o] > 1:
            whole = 0.0
            for r in range(k.reading[o], k.reading[o + 1]):
                whole += math.exp(s.density[r] - top)
            claims += math.log(whole)
    return claims


@Section
def _density_reverse(at, k, zero, s, slopes, bar):
    """From the claims' log density to the derivatives of `log_mean` (r,), `noise` and more."""
    v, g = s.v, bar.v
    stretch = 1 + v[at.range_stretch]
    for o in range(len(k.reading) - 1):
        if zero[o] < 0:
            continue
        start, end = k.reading[o], k.reading[o + 1]
        top, whole = -np.inf, 0.0
        if end - start > 1:
            for r in range(start, end):
                top = max(top, s.density[r])
            for r in range(start, end):
                whole += math.exp(s.density[r] - top)
        for r in range(start, end):
            weight = math.exp(s.density[r] - top) / whole if end - start > 1 else 1.0
            scale = s.scale[r]
            scale_bar = weight * slopes.scale[r] / scale  # of half the scale squared
            count = math.exp(s.log_mean[r])
            bar.log_mean[r] += (weight * slopes.log_mean[r]
                                - 0.5 * scale_bar * (count / (count + 0.5)) / (count + 0.5))
            g[at.range_stretch] += scale_bar * stretch * k.half_width[r]**2
            if k.kind[r] == OF_LIST:
                g[at.sigma_list] += scale_bar * v[at.sigma_list]
            else:
                bar.noise[k.speaker[r]] += scale_bar * s.noise[k.speaker[r]]
            if k.hedge[r] > 0:
                g[at.hedge_cap] += weight * slopes.hedge[r]
            elif k.hedge[r] < 0:
                g[at.hedge_floor] -= weight * slopes.hedge[r]
            g[at.nu] += weight * slopes.nu[r]
            g[at.false_zero] += weight * slopes.false_zero[r]
            if at.stated_reading >= 0:
                share = v[at.stated_reading]
                g[at.stated_reading] += weight * (k.stated[r] / share - k.other[r] / (1 - share))


# --- The whole


@Section
def _forward(at, rows, numbers, k, log_figure, zero, x, s, slopes):
    """Fill the state from the sampler's vector (n,) or, with the reported level last, (n + 1,)."""
    value = _parameters(k, x, s, slopes)
    _sources(at, k, numbers, s)
    value += _shape(at, k, numbers, x, s)
    _parts(at, rows, k, s)
    if rows.deployed >= 0:
        _troops(at, rows, k, s, slopes)
    if rows.n_stages:
        _lists(at, rows, k, numbers, s)
    _means(at, k, numbers, s, slopes)
    return value + _density(at, k, numbers, log_figure, zero, s, slopes)


@Section
def _reverse(at, rows, numbers, k, zero, x, s, slopes, bar, gradient):
    """Fill the gradient, as long as x, from the state."""
    _density_reverse(at, k, zero, s, slopes, bar)
    _means_reverse(at, k, s, slopes, bar)
    if rows.n_stages:
        _lists_reverse(at, rows, k, numbers, s, bar)
    if rows.deployed >= 0:
        _troops_reverse(at, rows, k, s, slopes, bar)
    _parts_reverse(at, rows, k, s, bar)
    _shape_reverse(at, k, numbers, s, bar)
    _sources_reverse(at, k, numbers, s, bar)
    _parameters_reverse(k, x, slopes, bar, gradient)
    if at.log_total < 0:
        gradient[len(k.form)] = bar.total[0]


@njit(cache=True, nogil=True, error_model="numpy")
def log_density(ints, floats, log_figure, zero, x, gradient):
    """Return the log density at x and fill its gradient.

    Parameters
    ----------
    ints, floats : ndarray
        The design, from `packed.pack`.
    log_figure, zero : ndarray
        Log figures (o,); 1 where the figure is zero, -1 where it is not heard (o,).
    x : ndarray
        Standard normals (n,) and, unless the total is among them, the reported level.
    gradient : ndarray
        As long as x; overwritten.

    Returns
    -------
    float
    """
    at, rows, numbers, k = _open(ints, floats)
    s, slopes, bar = _new_state(rows, k), _new_slopes(k), _new_state(rows, k)
    value = _forward(at, rows, numbers, k, log_figure, zero, x, s, slopes)
    _reverse(at, rows, numbers, k, zero, x, s, slopes, bar, gradient)
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def forward_draws(ints, floats, log_figure, zero, draws, total, cumulative, bias, extra, log_mean,
                  scale, density):
    """Fill what is kept of each draw; the first axis of every array but the first four is the draw.

    Parameters
    ----------
    ints, floats, log_figure, zero : ndarray
        As for `log_density`.
    draws : ndarray
        Shape (draws, n or n + 1).
    total, cumulative, bias, extra, log_mean, scale, density : ndarray
        (draws,), (draws, q, t), (draws, s) twice, (draws, r) three times; overwritten.
    """
    at, rows, numbers, k = _open(ints, floats)
    s, slopes = _new_state(rows, k), _new_slopes(k)
    for i in range(len(draws)):
        _forward(at, rows, numbers, k, log_figure, zero, draws[i], s, slopes)
        total[i] = s.total[0]
        for q in range(cumulative.shape[1]):
            count = s.steps[q, 0]
            for t in range(cumulative.shape[2]):
                count += s.steps[q, 1 + t]
                cumulative[i, q, t] = count
        bias[i], extra[i] = s.bias, s.extra
        log_mean[i], scale[i], density[i] = s.log_mean, s.scale, s.density


@njit(cache=True, nogil=True, error_model="numpy")
def log_density_linked(table, ints, floats, figures, place, shared, x, gradient):
    """Return the log density of several designs that share normals and fill its gradient.

    It is the sum of theirs, less the densities of the shared normals that are counted twice.

    Parameters
    ----------
    table : ndarray
        Shape (designs, 8): where each design's integers start and end, its floats, its figures
        (log figures, then zeros) and its places.
    ints, floats, figures : ndarray
        Those of all designs, one after the other.
    place : ndarray
        For each entry of each design's vector its place in x.
    shared : ndarray
        How many designs beyond the first hold each normal (n,); 0 for a reported level.
    x, gradient : ndarray
        Standard normals and reported levels (n,); the gradient is overwritten.

    Returns
    -------
    float
    """
    value, longest = 0.0, 0
    for i in range(len(x)):
        value += shared[i] * 0.5 * (x[i] * x[i] + math.log(2 * math.pi))
        gradient[i] = shared[i] * x[i]
    for u in range(len(table)):
        longest = max(longest, table[u, 7] - table[u, 6])
    own, slopes = np.empty(longest), np.empty(longest)
    for u in range(len(table)):
        start, n = table[u, 6], table[u, 7] - table[u, 6]
        half = (table[u, 4] + table[u, 5]) // 2
        for j in range(n):
            own[j] = x[place[start + j]]
        value += log_density(
            ints[table[u, 0]:table[u, 1]], floats[table[u, 2]:table[u, 3]],
            figures[table[u, 4]:half], figures[half:table[u, 5]], own[:n], slopes[:n])
        for j in range(n):
            gradient[place[start + j]] += slopes[j]
    return value


# --- For the sampler: C functions that hold no Python lock

HEADER = 4  # lengths of: the whole, integers, floats, observations
LINKED_HEADER = 7  # of: the whole, designs, integers, floats, figures, places, the vector


def _log_density_for_c(dim, x, gradient, value, buffer):
    """Log density in C's terms; `buffer` is from `packed.Packed.buffer`."""
    header = carray(buffer, (HEADER,), np.int64)
    whole, n_ints, n_floats, n = header[0], header[1], header[2], header[3]
    as_ints = carray(buffer, (whole,), np.int64)
    as_floats = carray(buffer, (whole,), np.float64)
    data = HEADER + n_ints + n_floats
    out, slopes = carray(value, (1,)), carray(gradient, (dim,))
    out[0] = log_density(as_ints[HEADER:HEADER + n_ints], as_floats[HEADER + n_ints:data],
                         as_floats[data:data + n], as_floats[data + n:data + 2 * n],
                         carray(x, (dim,)), slopes)
    for i in range(len(slopes)):
        if not math.isfinite(slopes[i]):
            return 3
    return 0 if math.isfinite(out[0]) else 4


def _linked_for_c(dim, x, gradient, value, buffer):
    """Log density of several designs in C's terms; `buffer` is from `linked.Linked.buffer`."""
    header = carray(buffer, (LINKED_HEADER,), np.int64)
    whole, units = header[0], header[1]
    as_ints = carray(buffer, (whole,), np.int64)
    as_floats = carray(buffer, (whole,), np.float64)
    table = LINKED_HEADER
    ints = table + 8 * units
    floats = ints + header[2]
    figures = floats + header[3]
    place = figures + header[4]
    shared = place + header[5]
    out, slopes = carray(value, (1,)), carray(gradient, (dim,))
    out[0] = log_density_linked(
        as_ints[table:ints].reshape((units, 8)), as_ints[ints:floats], as_floats[floats:figures],
        as_floats[figures:place], as_ints[place:shared], as_floats[shared:shared + header[6]],
        carray(x, (dim,)), slopes)
    for i in range(len(slopes)):
        if not math.isfinite(slopes[i]):
            return 3
    return 0 if math.isfinite(out[0]) else 4


def _expand_for_c(dim, expanded, x, out, buffer):
    """Copy the vector: all else is computed from it later."""
    source, target = carray(x, (dim,)), carray(out, (expanded,))
    target[:] = source
    return 0


@cache
def c_functions(*, linked: bool = False) -> tuple[Any, Any]:
    """Give the log density and the copy of the vector as C functions, compiled at first use.

    Parameters
    ----------
    linked : bool
        Whether the density is that of several designs.
    """
    doubles, code = types.CPointer(types.float64), types.int64
    density = cfunc(code(types.uint64, doubles, doubles, doubles, types.voidptr), cache=True,
                    error_model="numpy")
    expand = cfunc(code(types.uint64, types.uint64, doubles, doubles, types.voidptr), cache=True)
    return density(_linked_for_c if linked else _log_density_for_c), expand(_expand_for_c)
