"""The model's log density and its gradient as one machine-code function, written by hand.

`build.py` is the readable definition; this is the same model as plain loops, several times faster
and compiled once for all designs, and tests/model/test_kernel.py holds the two together. A
*forward* pass fills the *state* section by section (docs/method.md, 2 and 3); a *reverse* pass goes
back through the same sections and fills `bar`, the derivative of the log density with respect to
each entry of the state. Four vectors hold everything: integers and floats that are fixed about a
design (`packed.py`), the state, and its bar. A section opens in them the arrays that it needs.

Letters of shapes: n parameters in the vector, s sources, f families, t grid steps, q quantities,
p parts besides the killed, r readings, o observations, K cosine columns, i indicators of activity.
"""

# numba types what it compiles; its own annotations know neither intrinsics nor `_nrt`.
# pyright: reportCallIssue=false, reportPrivateImportUsage=false, reportGeneralTypeIssues=false

from __future__ import annotations

import math
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numba import carray, cfunc, config, njit, types

REAL, POSITIVE, SHARE, UNIFORM = range(4)  # forms of a parameter
OF_LOSSES, OF_TROOPS, OF_LIST, OF_NAMES = range(4)  # what a reading's mean and bias are made of
NO_LOG_LENGTH = -1e-6  # what a ceremony adds is at least this much in the logarithm
ABREAST = 4  # directions that `_stretch` takes at once
NEVER = -40.0  # a chance with log odds below this is nought to the last bit of what it is added to

# Sections neither allocate nor keep an array: without reference counts they are faster, and smaller
# to compile. They must not use whole-array arithmetic. Few arguments and no tuples of arrays, since
# numba's time goes by what passes from function to function. Sums are taken in the order written:
# with faster ones two compilations, in two processes, gave different last bits.
# LLVM's search for loops to vectorize takes a tenth of the compilation and finds none worth having.
config.LOOP_VECTORIZE = 0  # pyright: ignore[reportAttributeAccessIssue]
Section = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True,
               no_cfunc_wrapper=True)
Inlined = njit(inline="always")

AT = np.dtype([(name, np.int64) for name in (  # where blocks start in the vector; -1: not there
    "log_total", "shape_scale", "shape_z", "kappa", "gamma", "m0", "tau_relation", "tau_family",
    "tau_source", "z_relation", "z_family", "z_source", "maturation_days", "sigma", "z_noise", "nu",
    "hedge_floor", "hedge_cap", "range_stretch", "false_zero", "with_missing", "killed_share",
    "tau_killed", "z_killed", "killed_share_path", "killed_share_z", "log_remaining",
    "present_before", "deployed_scale", "deployed_z", "kappa_deployed", "tau_deployed",
    "z_deployed", "returned_share", "returned_scale", "returned_z", "coverage_honoured",
    "sigma_list", "list_growth", "coverage_named", "stated_reading", "activity", "flow_level")])
ROWS = np.dtype([(name, np.int64) for name in (  # rows of the losses by step, -1 for none; counts
    "killed", "deployed", "returned", "n_quantities", "n_stages", "troop_columns",
    "share_columns", "state", "bar")])  # the last two: lengths of the state and of its bar
NUMBERS = np.dtype([(name, np.float64) for name in (  # where the total starts, its prior, constants
    "centre", "total_mean", "total_sd", "noise_spread", "tiny", "log_half", "logistic_scale")])
N_AT, N_ROWS, N_NUMBERS = (len(each.names or ()) for each in (AT, ROWS, NUMBERS))
TABLE = N_AT + N_ROWS  # where the (start, rows, columns) of the arrays begin


class A(IntEnum):
    """Arrays: of integers, of floats, of floats in two dimensions, and of the state."""

    FORM = 0  # (n,) of each parameter
    RELATION_OF = 1  # (s,)
    FAMILY_OF = 2  # (s,)
    RATIO = 3  # (p - 1,) place in the vector of the log ratios of the parts after the wounded
    LOST = 4  # rows of the losses that are irrecoverable
    SPEAKER = 5  # (r,) source
    WHICH = 6  # (r,) row of the losses
    KIND = 7  # (r,) OF_LOSSES …
    MATURES = 8  # (r,) whether fresh losses are missing from the figure
    OF_KILLED = 9  # (r,) whether the figure is of the killed and has a source's bias
    HEDGE = 10  # (r,) 1 for at_most, -1 for at_least
    STAGE = 11  # (r,)
    BEFORE_STAGE = 12  # (r,)
    FIRST_COLUMN = 13  # (r,) of the window
    END_COLUMN = 14  # (r,) after the last of the window
    FRESH = 15  # (r + 1,) where each reading's fresh steps start
    FRESH_COLUMN = 16  # (m,) of the losses
    FRESH_LAG = 17  # (m,) index into LAGS
    FRESH_SPAN = 18  # (m,) index into SPANS
    READING = 19  # (o + 1,) where each observation's readings start
    DRIFT = 20  # (r,) number of the drifting source, or -1
    DRIFT_TAU = 21  # (d,) place in the vector
    DRIFT_Z = 22  # (d,) place in the vector
    TOLL = 23  # (r,) whether the figure is of dead plus missing
    LEARNED = 24  # (h,) place in the vector of the parameters with a joint prior
    PARTS_AT = 25  # (r,) where each reading's parts start, less FIRST_COLUMN
    FLOW_OF = 26  # (r,) number of the running total of which the figure is a flow, or -1

    MEAN = 27  # (n,) of each parameter
    SD = 28  # (n,)
    LOG_LENGTHS = 29  # (t,)
    DAMPING = 30  # (K,)
    ABOUT = 31  # (s + t,) weight of each bias and step in the reported level; empty without it
    LIST_PART = 32  # (t,) part of each step before the last stage
    GRAIN = 33  # (r,)
    HALF_WIDTH = 34  # (r,)
    STATED = 35  # (r,)
    OTHER = 36  # (r,)
    FRESH_PART = 37  # (m,) part of the step inside the window
    LAGS = 38  # different lags in days
    SPANS = 39  # different spans in days
    HEDGE_NODES = 40
    HEDGE_WEIGHTS = 41  # their logarithms
    PARTS = 42  # part of each step in a reading's window, from FIRST_COLUMN to END_COLUMN

    BASIS = 43  # (K, t)
    FAMILY_WEIGHTS = 44  # (s, f)
    WAVES = 45  # (r, 3)
    FACTOR = 46  # (h, h) lower triangle: what the normals of LEARNED are multiplied with
    ACTIVITY = 47  # (i, t) log of each indicator in each step

    V = 48  # (n,) parameters by name
    BIAS = 49  # (s,)
    EXTRA = 50  # (s,) extra bias about the killed
    SENT = 51  # (s,) bias about troops
    OWN = 52  # (s,) log coverage of a by-name count
    NOISE = 53  # (s,)
    TOTAL = 54  # (1,) its logarithm
    SHAPE = 55  # (t,) share of the total in each step
    SHARE_PATH = 56  # (t,) killed share
    SPLIT = 57  # (p,) share of each other part in the casualties that are not killed
    DEPLOYED = 58  # (t,) share of the growth
    RETURNED = 59  # (t,)
    LISTS = 60  # (stages,) log lengths
    LOG_MEAN = 61  # (r,)
    STEPS = 62  # (q, 1 + t) losses or troops of each step; column 0 is before the grid

    # Without a bar: what the forward pass keeps for the reverse, and room to work
    SCALE = 63  # (r,)
    DENSITY = 64  # (r,) log joint density of figure and reading
    V_SLOPE = 65  # (n,) of V with respect to what it is the form of
    Y = 66  # (n,) parameters before their form, then the derivatives with respect to them
    COUNT = 67  # (r,) figure expected
    TOLD = 68  # (r,) losses that a count of that day would hold
    FRESH_TOLD = 69  # (r,) those of them that were fresh
    LATE = 70  # (r,) derivative of FRESH_TOLD with respect to tau
    LENGTH = 71  # (r,) derivative of a list's increment by the log ratio of its stages
    LOG_MEAN_SLOPE = 72  # (r,) of the density, and so on
    SCALE_SLOPE = 73  # (r,)
    HEDGE_SLOPE = 74  # (r,)
    NU_SLOPE = 75  # (r,)
    FALSE_ZERO_SLOPE = 76  # (r,)
    BY_LAG = 77  # (lags,) factors of the mean decay
    BY_SPAN = 78  # (spans,)
    LAG_SLOPE = 79  # (lags,) slopes of their logarithms with respect to tau
    SPAN_SLOPE = 80  # (spans,)
    PRESENT = 81  # (t,) share of the troops there by the end of each step
    BACK = 82  # (t,) share of the returning who are back
    TAILS = 83  # (hedge nodes,) room
    SO_FAR = 84  # (q, 1 + t) sums of STEPS up to each; then of the derivatives from each on


FIRST_FLOAT, FIRST_MATRIX, FIRST_STATE, FIRST_KEPT = A.MEAN, A.BASIS, A.V, A.SCALE


# --- Opening the vectors


@Section
def _at(ints):
    """Where blocks start in the vector."""
    return ints[:N_AT].view(AT)[0]


@Section
def _rows(ints):
    """Rows and counts."""
    return ints[N_AT:TABLE].view(ROWS)[0]


@Section
def _numbers(floats):
    """Single numbers."""
    return floats[:N_NUMBERS].view(NUMBERS)[0]


@Section
def _row(ints, home, array):
    """One-dimensional array in its home: integers, floats, state or bar."""
    start = ints[TABLE + 3 * array]
    return home[start:start + ints[TABLE + 3 * array + 1]]


@Section
def _grid(ints, home, array):
    """Two-dimensional array in its home."""
    start, rows = ints[TABLE + 3 * array], ints[TABLE + 3 * array + 1]
    columns = ints[TABLE + 3 * array + 2]
    return home[start:start + rows * columns].reshape((rows, columns))


# --- Small functions


@Section
def _expit(y):
    """Logistic function."""
    return 1 / (1 + math.exp(-y)) if y >= 0 else math.exp(y) / (1 + math.exp(y))


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
def _grow(basis, damping, scale, z, share):
    """Turn `share` (t,) into softmax(share + basis · scale * damping * z), z (columns,)."""
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
    """Add to `z_bar` (columns,) and return the derivative with respect to the scale.

    `share_bar` (t,) becomes the derivative with respect to what the softmax is of.
    """
    inner, scale_bar = 0.0, 0.0
    for t in range(len(share)):
        inner += share[t] * share_bar[t]
    for t in range(len(share)):
        share_bar[t] = share[t] * (share_bar[t] - inner)
    for c in range(len(z)):
        slope = 0.0
        for t in range(len(share)):
            slope += basis[c, t] * share_bar[t]
        z_bar[c] += scale * damping[c] * slope
        scale_bar += damping[c] * z[c] * slope
    return scale_bar


# --- Parameters: from standard normals to named values


@Section
def _parameters(ints, floats, x, s):
    """Fill V (n,) and its slopes from the vector; return the vector's log density."""
    form, learned = _row(ints, ints, A.FORM), _row(ints, ints, A.LEARNED)
    mean, sd = _row(ints, floats, A.MEAN), _row(ints, floats, A.SD)
    factor = _grid(ints, floats, A.FACTOR)
    y, v, slope = _row(ints, s, A.Y), _row(ints, s, A.V), _row(ints, s, A.V_SLOPE)
    value = 0.0
    for i in range(len(form)):
        y[i] = mean[i] + sd[i] * x[i]
        value -= 0.5 * x[i] * x[i]
    for i in range(len(learned)):
        for j in range(i + 1):
            y[learned[i]] += factor[i, j] * x[learned[j]]
    for i in range(len(form)):
        if form[i] == REAL:
            v[i], slope[i] = y[i], 1.0
        elif form[i] == POSITIVE:
            v[i] = math.exp(y[i])
            slope[i] = v[i]
        elif form[i] == SHARE:
            v[i] = _expit(y[i])
            slope[i] = v[i] * _expit(-y[i])
        else:
            v[i] = 0.5 * math.erfc(-y[i] / math.sqrt(2))
            slope[i] = math.exp(-0.5 * y[i] * y[i]) / math.sqrt(2 * math.pi)
    return value - 0.5 * math.log(2 * math.pi) * len(form)


@Section
def _parameters_reverse(ints, floats, x, s, bar, gradient):
    """From the derivatives of V (n,) to the gradient (n,)."""
    learned, sd = _row(ints, ints, A.LEARNED), _row(ints, floats, A.SD)
    factor, y = _grid(ints, floats, A.FACTOR), _row(ints, s, A.Y)
    slope, v_bar = _row(ints, s, A.V_SLOPE), _row(ints, bar, A.V)
    for i in range(len(sd)):
        y[i] = v_bar[i] * slope[i]
        gradient[i] = sd[i] * y[i] - x[i]
    for i in range(len(learned)):
        for j in range(i + 1):
            gradient[learned[j]] += factor[i, j] * y[learned[i]]


# --- Biases and scatters of the sources


@Section
def _sources(ints, floats, s):
    """Fill BIAS, EXTRA, SENT, OWN and NOISE, each (s,)."""
    at, numbers, v = _at(ints), _numbers(floats), _row(ints, s, A.V)
    relation_of, family_of = _row(ints, ints, A.RELATION_OF), _row(ints, ints, A.FAMILY_OF)
    weights = _grid(ints, floats, A.FAMILY_WEIGHTS)
    bias, extra, sent = _row(ints, s, A.BIAS), _row(ints, s, A.EXTRA), _row(ints, s, A.SENT)
    own, noise = _row(ints, s, A.OWN), _row(ints, s, A.NOISE)
    for i in range(len(relation_of)):
        j = relation_of[i]
        shared, troops = 0.0, 0.0
        for f in range(weights.shape[1]):
            weight = weights[i, f]
            if weight != 0:
                shared += weight * v[at.z_family + f]
                if at.kappa_deployed >= 0:
                    troops += weight * v[at.z_deployed + f]
        alone = v[at.tau_source] * v[at.z_source + i]
        bias[i] = (v[at.kappa] + v[at.gamma + j] + v[at.tau_relation] * v[at.z_relation + j]
                   + v[at.tau_family] * shared + alone)
        noise[i] = v[at.sigma] * math.exp(numbers.noise_spread * v[at.z_noise + i])
        if at.tau_killed >= 0:
            extra[i] = v[at.tau_killed] * v[at.z_killed + family_of[i]]
        if at.kappa_deployed >= 0:
            sent[i] = v[at.kappa_deployed] + v[at.tau_deployed] * troops
        if at.coverage_named >= 0:
            own[i] = math.log(v[at.coverage_named]) + alone


@Section
def _sources_reverse(ints, floats, s, bar):
    """From the derivatives of BIAS … NOISE, each (s,), to those of the parameters."""
    at, numbers = _at(ints), _numbers(floats)
    v, g = _row(ints, s, A.V), _row(ints, bar, A.V)
    relation_of, family_of = _row(ints, ints, A.RELATION_OF), _row(ints, ints, A.FAMILY_OF)
    weights, noise = _grid(ints, floats, A.FAMILY_WEIGHTS), _row(ints, s, A.NOISE)
    bias_bar, extra_bar = _row(ints, bar, A.BIAS), _row(ints, bar, A.EXTRA)
    sent_bar, own_bar = _row(ints, bar, A.SENT), _row(ints, bar, A.OWN)
    noise_bar = _row(ints, bar, A.NOISE)
    for i in range(len(relation_of)):
        j, bias = relation_of[i], bias_bar[i]
        alone, scatter = bias + own_bar[i], noise_bar[i] * noise[i]
        g[at.kappa] += bias
        g[at.gamma + j] += bias
        g[at.tau_relation] += bias * v[at.z_relation + j]
        g[at.z_relation + j] += bias * v[at.tau_relation]
        g[at.tau_source] += alone * v[at.z_source + i]
        g[at.z_source + i] += alone * v[at.tau_source]
        g[at.sigma] += scatter / v[at.sigma]
        g[at.z_noise + i] += scatter * numbers.noise_spread
        for f in range(weights.shape[1]):
            weight = weights[i, f]
            if weight != 0:
                g[at.tau_family] += bias * weight * v[at.z_family + f]
                g[at.z_family + f] += bias * weight * v[at.tau_family]
                if at.kappa_deployed >= 0:
                    g[at.tau_deployed] += sent_bar[i] * weight * v[at.z_deployed + f]
                    g[at.z_deployed + f] += sent_bar[i] * weight * v[at.tau_deployed]
        if at.tau_killed >= 0:
            f = family_of[i]
            g[at.tau_killed] += extra_bar[i] * v[at.z_killed + f]
            g[at.z_killed + f] += extra_bar[i] * v[at.tau_killed]
        if at.kappa_deployed >= 0:
            g[at.kappa_deployed] += sent_bar[i]
        if at.coverage_named >= 0:
            g[at.coverage_named] += own_bar[i] / v[at.coverage_named]


# --- Total and shape


@Section
def _share_told(about, n_sources, shape):
    """Share of the total inside the windows of the claims about losses, on average."""
    told = 0.0
    for t in range(len(shape)):
        told += about[n_sources + t] * shape[t]
    return told


@Section
def _shape(ints, floats, x, s):
    """Fill TOTAL (1,) and SHAPE (t,); return the log prior of a total that is not sampled."""
    at, numbers, v = _at(ints), _numbers(floats), _row(ints, s, A.V)
    log_lengths, damping = _row(ints, floats, A.LOG_LENGTHS), _row(ints, floats, A.DAMPING)
    activity, basis = _grid(ints, floats, A.ACTIVITY), _grid(ints, floats, A.BASIS)
    about, bias = _row(ints, floats, A.ABOUT), _row(ints, s, A.BIAS)
    shape, total = _row(ints, s, A.SHAPE), _row(ints, s, A.TOTAL)
    for t in range(len(shape)):
        shape[t] = log_lengths[t]
    for i in range(activity.shape[0]):
        for t in range(len(shape)):
            shape[t] += v[at.activity + i] * activity[i, t]
    scale = v[at.shape_scale] if at.shape_scale >= 0 else 0.0
    _grow(basis, damping, scale, v[at.shape_z:at.shape_z + len(damping)], shape)
    if at.log_total >= 0:
        total[0] = v[at.log_total]
        return 0.0
    reported = math.log(_share_told(about, len(bias), shape))
    for i in range(len(bias)):
        reported += about[i] * bias[i]
    total[0] = numbers.centre + x[len(v)] - reported
    away = (total[0] - numbers.total_mean) / numbers.total_sd
    return -0.5 * away * away - math.log(numbers.total_sd) - 0.5 * math.log(2 * math.pi)


@Section
def _shape_reverse(ints, floats, s, bar):
    """From the derivatives of TOTAL and SHAPE to those of the parameters and of BIAS."""
    at, numbers = _at(ints), _numbers(floats)
    v, g = _row(ints, s, A.V), _row(ints, bar, A.V)
    activity, basis = _grid(ints, floats, A.ACTIVITY), _grid(ints, floats, A.BASIS)
    about, damping = _row(ints, floats, A.ABOUT), _row(ints, floats, A.DAMPING)
    shape, shape_bar = _row(ints, s, A.SHAPE), _row(ints, bar, A.SHAPE)
    total, total_bar = _row(ints, s, A.TOTAL), _row(ints, bar, A.TOTAL)
    bias_bar = _row(ints, bar, A.BIAS)
    if at.log_total >= 0:
        g[at.log_total] += total_bar[0]
    else:
        total_bar[0] -= (total[0] - numbers.total_mean) / (numbers.total_sd * numbers.total_sd)
        for i in range(len(bias_bar)):
            bias_bar[i] -= about[i] * total_bar[0]
        told = _share_told(about, len(bias_bar), shape)
        for t in range(len(shape)):
            shape_bar[t] -= about[len(bias_bar) + t] / told * total_bar[0]
    if at.shape_scale >= 0:
        z = slice(at.shape_z, at.shape_z + len(damping))
        g[at.shape_scale] += _grow_reverse(basis, damping, v[at.shape_scale], v[z], shape,
                                           shape_bar, g[z])
    for i in range(activity.shape[0]):
        for t in range(len(shape)):
            g[at.activity + i] += activity[i, t] * shape_bar[t]


# --- Parts


@Section
def _parts(ints, floats, s):
    """Fill the rows of losses of STEPS (q, 1 + t), SHARE_PATH (t,) and SPLIT (p,)."""
    at, rows, v = _at(ints), _rows(ints), _row(ints, s, A.V)
    ratio, basis = _row(ints, ints, A.RATIO), _grid(ints, floats, A.BASIS)
    shape, steps = _row(ints, s, A.SHAPE), _grid(ints, s, A.STEPS)
    path, split = _row(ints, s, A.SHARE_PATH), _row(ints, s, A.SPLIT)
    n_steps, total = len(shape), math.exp(_row(ints, s, A.TOTAL)[0])
    for t in range(n_steps):
        steps[0, 1 + t] = total * shape[t]
    if at.killed_share < 0:
        return
    share = v[at.killed_share]
    for t in range(n_steps):
        path[t] = math.log(share) - math.log1p(-share)
    for c in range(rows.share_columns):
        weight = v[at.killed_share_path] * v[at.killed_share_z + c] / (c + 1)
        for t in range(n_steps):
            path[t] += weight * basis[c, t]
    for t in range(n_steps):
        path[t] = _expit(path[t])
    top = 0.0
    for i in range(len(ratio)):
        top = max(top, v[ratio[i]])
    split[0] = math.exp(-top)
    whole = split[0]
    for i in range(len(ratio)):
        split[1 + i] = math.exp(v[ratio[i]] - top)
        whole += split[1 + i]
    for i in range(len(split)):
        split[i] /= whole
    for t in range(n_steps):
        steps[1, 1 + t] = steps[0, 1 + t] * path[t]
    for i in range(len(split)):
        for t in range(n_steps):
            steps[2 + i, 1 + t] = split[i] * steps[0, 1 + t] * (1 - path[t])


@Section
def _parts_reverse(ints, floats, s, bar):
    """From the derivatives of the losses' rows of STEPS to those of TOTAL and the shares."""
    at, rows = _at(ints), _rows(ints)
    v, g = _row(ints, s, A.V), _row(ints, bar, A.V)
    ratio, basis = _row(ints, ints, A.RATIO), _grid(ints, floats, A.BASIS)
    steps, steps_bar = _grid(ints, s, A.STEPS), _grid(ints, bar, A.STEPS)
    path, path_bar = _row(ints, s, A.SHARE_PATH), _row(ints, bar, A.SHARE_PATH)
    split, split_bar = _row(ints, s, A.SPLIT), _row(ints, bar, A.SPLIT)
    shape_bar, total_bar = _row(ints, bar, A.SHAPE), _row(ints, bar, A.TOTAL)
    n_steps, total = len(shape_bar), math.exp(_row(ints, s, A.TOTAL)[0])
    if at.killed_share >= 0:
        for i in range(len(split)):
            for t in range(n_steps):
                split_bar[i] += steps[0, 1 + t] * (1 - path[t]) * steps_bar[2 + i, 1 + t]
        inner = 0.0
        for i in range(len(split)):
            inner += split[i] * split_bar[i]
        for i in range(len(ratio)):
            g[ratio[i]] += split[1 + i] * (split_bar[1 + i] - inner)
        level = 0.0
        for t in range(n_steps):
            p, others = path[t], 0.0
            for i in range(len(split)):
                others += split[i] * steps_bar[2 + i, 1 + t]
            killed = steps_bar[1, 1 + t]
            path_bar[t] = steps[0, 1 + t] * (killed - others) * p * (1 - p)  # of the log odds
            steps_bar[0, 1 + t] += killed * p + others * (1 - p)
            level += path_bar[t]
        share = v[at.killed_share]
        g[at.killed_share] += level / (share * (1 - share))
        for c in range(rows.share_columns):
            slope = 0.0
            for t in range(n_steps):
                slope += basis[c, t] * path_bar[t]
            slope /= c + 1
            g[at.killed_share_path] += slope * v[at.killed_share_z + c]
            g[at.killed_share_z + c] += slope * v[at.killed_share_path]
    for t in range(n_steps):
        shape_bar[t] += total * steps_bar[0, 1 + t]
        total_bar[0] += steps[0, 1 + t] * steps_bar[0, 1 + t]


# --- Troops


@Section
def _troops(ints, floats, s):
    """Fill the rows of troops of STEPS, and DEPLOYED and RETURNED (t,)."""
    at, rows, v = _at(ints), _rows(ints), _row(ints, s, A.V)
    lost, basis = _row(ints, ints, A.LOST), _grid(ints, floats, A.BASIS)
    log_lengths, damping = _row(ints, floats, A.LOG_LENGTHS), _row(ints, floats, A.DAMPING)
    deployed, returned = _row(ints, s, A.DEPLOYED), _row(ints, s, A.RETURNED)
    present, back = _row(ints, s, A.PRESENT), _row(ints, s, A.BACK)
    steps, n_steps = _grid(ints, s, A.STEPS), len(log_lengths)
    remaining, before = math.exp(v[at.log_remaining]), _expit(v[at.present_before])
    for t in range(n_steps):
        deployed[t], returned[t] = log_lengths[t], log_lengths[t]
    scale = v[at.deployed_scale] if at.deployed_scale >= 0 else 0.0
    _grow(basis, damping, scale, v[at.deployed_z:at.deployed_z + rows.troop_columns], deployed)
    steps[rows.deployed, 0] = remaining * before
    for t in range(n_steps):
        steps[rows.deployed, 1 + t] = remaining * (1 - before) * deployed[t]
        for i in range(len(lost)):
            steps[rows.deployed, 1 + t] += steps[lost[i], 1 + t]
    if rows.returned < 0:
        return
    scale = v[at.returned_scale] if at.returned_scale >= 0 else 0.0
    _grow(basis, damping, scale, v[at.returned_z:at.returned_z + rows.troop_columns], returned)
    there, gone, home = before, 0.0, 0.0
    for t in range(n_steps):
        there += (1 - before) * deployed[t]
        gone += returned[t]
        present[t], back[t] = there, gone
        now = v[at.returned_share] * remaining * there * gone
        steps[rows.returned, 1 + t] = now - home
        home = now


@Section
def _troops_reverse(ints, floats, s, bar):
    """From the derivatives of the troops' rows of STEPS to those of the losses and parameters."""
    at, rows = _at(ints), _rows(ints)
    v, g = _row(ints, s, A.V), _row(ints, bar, A.V)
    lost, basis = _row(ints, ints, A.LOST), _grid(ints, floats, A.BASIS)
    damping = _row(ints, floats, A.DAMPING)
    deployed, returned = _row(ints, s, A.DEPLOYED), _row(ints, s, A.RETURNED)
    deployed_bar, returned_bar = _row(ints, bar, A.DEPLOYED), _row(ints, bar, A.RETURNED)
    present, back = _row(ints, s, A.PRESENT), _row(ints, s, A.BACK)
    steps_bar, n_steps = _grid(ints, bar, A.STEPS), len(deployed)
    remaining, before = math.exp(v[at.log_remaining]), _expit(v[at.present_before])
    sent_bar = steps_bar[rows.deployed]
    remaining_bar, before_bar = sent_bar[0] * before, sent_bar[0] * remaining
    for t in range(n_steps):
        remaining_bar += sent_bar[1 + t] * (1 - before) * deployed[t]
        before_bar -= sent_bar[1 + t] * remaining * deployed[t]
        deployed_bar[t] += sent_bar[1 + t] * remaining * (1 - before)
        for i in range(len(lost)):
            steps_bar[lost[i], 1 + t] += sent_bar[1 + t]
    if rows.returned >= 0:
        share = v[at.returned_share]
        present_bar, back_bar = 0.0, 0.0  # of all that comes later
        for t in range(n_steps - 1, -1, -1):
            home_bar = steps_bar[rows.returned, 1 + t]
            if t + 1 < n_steps:
                home_bar -= steps_bar[rows.returned, 2 + t]
            g[at.returned_share] += home_bar * remaining * present[t] * back[t]
            remaining_bar += home_bar * share * present[t] * back[t]
            present_bar += home_bar * share * remaining * back[t]
            back_bar += home_bar * share * remaining * present[t]
            returned_bar[t] += back_bar
            deployed_bar[t] += (1 - before) * present_bar
            before_bar -= present_bar * deployed[t]
        before_bar += present_bar
        if at.returned_scale >= 0:
            z = slice(at.returned_z, at.returned_z + rows.troop_columns)
            g[at.returned_scale] += _grow_reverse(basis, damping, v[at.returned_scale], v[z],
                                                  returned, returned_bar, g[z])
    if at.deployed_scale >= 0:
        z = slice(at.deployed_z, at.deployed_z + rows.troop_columns)
        g[at.deployed_scale] += _grow_reverse(basis, damping, v[at.deployed_scale], v[z],
                                              deployed, deployed_bar, g[z])
    g[at.log_remaining] += remaining_bar * remaining
    g[at.present_before] += before_bar * before * (1 - before)


# --- Lists of the honoured


@Section
def _lists(ints, floats, s):
    """Fill LISTS (stages,), the log length of the list at each stage."""
    at, rows, v = _at(ints), _rows(ints), _row(ints, s, A.V)
    part, steps = _row(ints, floats, A.LIST_PART), _grid(ints, s, A.STEPS)
    lists, dead = _row(ints, s, A.LISTS), _numbers(floats).tiny
    for t in range(len(part)):
        dead += part[t] * steps[rows.killed, 1 + t]
    lists[len(lists) - 1] = math.log(dead) + math.log(v[at.coverage_honoured])
    for j in range(rows.n_stages - 2, -1, -1):
        lists[j] = lists[j + 1] + math.log(v[at.list_growth + j])


@Section
def _lists_reverse(ints, floats, s, bar):
    """From the derivatives of LISTS to those of the killed and of the parameters."""
    at, rows = _at(ints), _rows(ints)
    v, g = _row(ints, s, A.V), _row(ints, bar, A.V)
    part, steps = _row(ints, floats, A.LIST_PART), _grid(ints, s, A.STEPS)
    lists_bar, steps_bar = _row(ints, bar, A.LISTS), _grid(ints, bar, A.STEPS)
    later, dead = 0.0, _numbers(floats).tiny
    for j in range(rows.n_stages - 1):
        later += lists_bar[j]
        g[at.list_growth + j] += later / v[at.list_growth + j]
    later += lists_bar[len(lists_bar) - 1]
    g[at.coverage_honoured] += later / v[at.coverage_honoured]
    for t in range(len(part)):
        dead += part[t] * steps[rows.killed, 1 + t]
    for t in range(len(part)):
        steps_bar[rows.killed, 1 + t] += later / dead * part[t]


# --- Means


@Section
def _decay(ints, floats, s):
    """Mean of exp(-d / tau): fill a factor by lag, one by span, and their logarithms' slopes."""
    lags, spans = _row(ints, floats, A.LAGS), _row(ints, floats, A.SPANS)
    by_lag, by_span = _row(ints, s, A.BY_LAG), _row(ints, s, A.BY_SPAN)
    lag_slope, span_slope = _row(ints, s, A.LAG_SLOPE), _row(ints, s, A.SPAN_SLOPE)
    days = _row(ints, s, A.V)[_at(ints).maturation_days]
    day, day_slope = math.expm1(-1 / days), math.exp(-1 / days) / (days * days)
    for i in range(len(lags)):
        by_lag[i] = math.exp(-lags[i] / days)
        lag_slope[i] = lags[i] / (days * days)
    for i in range(len(spans)):
        n = spans[i]
        part = math.expm1(-n / days)
        by_span[i] = part / (n * day)
        span_slope[i] = n * (1 + part) / (days * days) / part - day_slope / day


@Section
def _told_by_then(ints, floats, s):
    """Fill TOLD, FRESH_TOLD and LATE (r,), and SO_FAR (q, 1 + t)."""
    at, v = _at(ints), _row(ints, s, A.V)
    kind, which = _row(ints, ints, A.KIND), _row(ints, ints, A.WHICH)
    matures, speaker = _row(ints, ints, A.MATURES), _row(ints, ints, A.SPEAKER)
    relation_of = _row(ints, ints, A.RELATION_OF)
    first_column, end_column = _row(ints, ints, A.FIRST_COLUMN), _row(ints, ints, A.END_COLUMN)
    starts, column = _row(ints, ints, A.FRESH), _row(ints, ints, A.FRESH_COLUMN)
    lag_of, span_of = _row(ints, ints, A.FRESH_LAG), _row(ints, ints, A.FRESH_SPAN)
    part_of, parts = _row(ints, floats, A.FRESH_PART), _row(ints, floats, A.PARTS)
    parts_at = _row(ints, ints, A.PARTS_AT)
    by_lag, by_span = _row(ints, s, A.BY_LAG), _row(ints, s, A.BY_SPAN)
    lag_slope, span_slope = _row(ints, s, A.LAG_SLOPE), _row(ints, s, A.SPAN_SLOPE)
    steps, so_far = _grid(ints, s, A.STEPS), _grid(ints, s, A.SO_FAR)
    told_of, fresh_of = _row(ints, s, A.TOLD), _row(ints, s, A.FRESH_TOLD)
    late_of, tiny = _row(ints, s, A.LATE), _numbers(floats).tiny
    for q in range(steps.shape[0]):
        count = 0.0
        for c in range(steps.shape[1]):
            count += steps[q, c]
            so_far[q, c] = count
    for r in range(len(which)):
        if kind[r] == OF_LIST:
            continue
        q, first, last = which[r], first_column[r], end_column[r] - 1
        told = tiny
        if first == 0 and last > 0:  # from the start: whole steps, and a part of the last
            told += so_far[q, last - 1] + parts[parts_at[r] + last] * steps[q, last]
        else:
            for c in range(first, last + 1):
                told += parts[parts_at[r] + c] * steps[q, c]
        if matures[r]:
            fresh, late = 0.0, 0.0
            for m in range(starts[r], starts[r + 1]):
                lag, span = lag_of[m], span_of[m]
                part = part_of[m] * steps[q, column[m]] * by_lag[lag] * by_span[span]
                fresh += part
                late += part * (lag_slope[lag] + span_slope[span])
            fresh_of[r], late_of[r] = fresh, late
            told += (v[at.m0 + relation_of[speaker[r]]] - 1) * fresh
        told_of[r] = told


@Section
def _means(ints, floats, s):
    """Fill LOG_MEAN (r,) and what its reverse needs."""
    at, v = _at(ints), _row(ints, s, A.V)
    kind, speaker, toll = (_row(ints, ints, A.KIND), _row(ints, ints, A.SPEAKER),
                           _row(ints, ints, A.TOLL))
    stage, before = _row(ints, ints, A.STAGE), _row(ints, ints, A.BEFORE_STAGE)
    of_killed, drift = _row(ints, ints, A.OF_KILLED), _row(ints, ints, A.DRIFT)
    drift_tau, drift_z = _row(ints, ints, A.DRIFT_TAU), _row(ints, ints, A.DRIFT_Z)
    waves, lists = _grid(ints, floats, A.WAVES), _row(ints, s, A.LISTS)
    bias, extra, sent = _row(ints, s, A.BIAS), _row(ints, s, A.EXTRA), _row(ints, s, A.SENT)
    own, told = _row(ints, s, A.OWN), _row(ints, s, A.TOLD)
    log_mean, length = _row(ints, s, A.LOG_MEAN), _row(ints, s, A.LENGTH)
    flow_of = _row(ints, ints, A.FLOW_OF)
    for r in range(len(kind)):
        source = speaker[r]
        if kind[r] == OF_LIST:
            log_mean[r] = lists[stage[r]]
            if before[r] >= 0:  # the figure may be what a ceremony added
                shorter = lists[before[r]] - lists[stage[r]]
                if shorter < NO_LOG_LENGTH:
                    length[r] = -1 / math.expm1(-shorter)
                log_mean[r] += math.log(-math.expm1(min(shorter, NO_LOG_LENGTH)))
        elif kind[r] == OF_LOSSES:
            offset = bias[source] + of_killed[r] * extra[source]
            if toll[r]:
                offset += v[at.with_missing]
            d = drift[r]
            if d >= 0:
                for c in range(waves.shape[1]):
                    offset += waves[r, c] * v[drift_tau[d]] * v[drift_z[d] + c]
            log_mean[r] = math.log(told[r]) + offset
        else:
            log_mean[r] = math.log(told[r]) + (sent[source] if kind[r] == OF_TROOPS
                                               else own[source])
        if flow_of[r] >= 0:
            log_mean[r] += v[at.flow_level + flow_of[r]]


@Section
def _means_reverse(ints, floats, s, bar):
    """From the derivatives of LOG_MEAN (r,) to those of biases, lists, drift; then of STEPS."""
    at, v, g = _at(ints), _row(ints, s, A.V), _row(ints, bar, A.V)
    kind, speaker, toll = (_row(ints, ints, A.KIND), _row(ints, ints, A.SPEAKER),
                           _row(ints, ints, A.TOLL))
    stage, before = _row(ints, ints, A.STAGE), _row(ints, ints, A.BEFORE_STAGE)
    of_killed, drift = _row(ints, ints, A.OF_KILLED), _row(ints, ints, A.DRIFT)
    drift_tau, drift_z = _row(ints, ints, A.DRIFT_TAU), _row(ints, ints, A.DRIFT_Z)
    waves, lists_bar = _grid(ints, floats, A.WAVES), _row(ints, bar, A.LISTS)
    bias_bar, extra_bar = _row(ints, bar, A.BIAS), _row(ints, bar, A.EXTRA)
    sent_bar, own_bar = _row(ints, bar, A.SENT), _row(ints, bar, A.OWN)
    mean_bar, length = _row(ints, bar, A.LOG_MEAN), _row(ints, s, A.LENGTH)
    flow_of = _row(ints, ints, A.FLOW_OF)
    for r in range(len(kind)):
        source, mean = speaker[r], mean_bar[r]
        if flow_of[r] >= 0:
            g[at.flow_level + flow_of[r]] += mean
        if kind[r] == OF_LIST:
            lists_bar[stage[r]] += mean * (1 - length[r])
            if before[r] >= 0:
                lists_bar[before[r]] += mean * length[r]
        elif kind[r] == OF_LOSSES:
            bias_bar[source] += mean
            extra_bar[source] += mean * of_killed[r]
            if toll[r]:
                g[at.with_missing] += mean
            d = drift[r]
            if d >= 0:
                for c in range(waves.shape[1]):
                    wave = mean * waves[r, c]
                    g[drift_tau[d]] += wave * v[drift_z[d] + c]
                    g[drift_z[d] + c] += wave * v[drift_tau[d]]
        elif kind[r] == OF_TROOPS:
            sent_bar[source] += mean
        else:
            own_bar[source] += mean


@Section
def _told_by_then_reverse(ints, floats, s, bar):
    """From the derivatives of LOG_MEAN (r,) to those of STEPS and maturation."""
    at, v, g = _at(ints), _row(ints, s, A.V), _row(ints, bar, A.V)
    kind, which = _row(ints, ints, A.KIND), _row(ints, ints, A.WHICH)
    matures, speaker = _row(ints, ints, A.MATURES), _row(ints, ints, A.SPEAKER)
    relation_of = _row(ints, ints, A.RELATION_OF)
    first_column, end_column = _row(ints, ints, A.FIRST_COLUMN), _row(ints, ints, A.END_COLUMN)
    starts, column = _row(ints, ints, A.FRESH), _row(ints, ints, A.FRESH_COLUMN)
    lag_of, span_of = _row(ints, ints, A.FRESH_LAG), _row(ints, ints, A.FRESH_SPAN)
    part_of, parts = _row(ints, floats, A.FRESH_PART), _row(ints, floats, A.PARTS)
    parts_at = _row(ints, ints, A.PARTS_AT)
    by_lag, by_span = _row(ints, s, A.BY_LAG), _row(ints, s, A.BY_SPAN)
    fresh_of, late_of = _row(ints, s, A.FRESH_TOLD), _row(ints, s, A.LATE)
    told_of, mean_bar = _row(ints, s, A.TOLD), _row(ints, bar, A.LOG_MEAN)
    steps_bar, from_here = _grid(ints, bar, A.STEPS), _grid(ints, s, A.SO_FAR)
    for q in range(steps_bar.shape[0]):
        for c in range(steps_bar.shape[1]):
            from_here[q, c] = 0.0
    for r in range(len(which)):
        if kind[r] == OF_LIST:
            continue
        q, first, last = which[r], first_column[r], end_column[r] - 1
        told = mean_bar[r] / told_of[r]
        if first == 0 and last > 0:
            from_here[q, last - 1] += told
            steps_bar[q, last] += told * parts[parts_at[r] + last]
        else:
            for c in range(first, last + 1):
                steps_bar[q, c] += told * parts[parts_at[r] + c]
        if matures[r]:
            m0 = at.m0 + relation_of[speaker[r]]
            g[m0] += told * fresh_of[r]
            weight = told * (v[m0] - 1)
            g[at.maturation_days] += weight * late_of[r]
            for m in range(starts[r], starts[r + 1]):
                steps_bar[q, column[m]] += weight * part_of[m] * by_lag[lag_of[m]] * by_span[
                    span_of[m]]
    for q in range(steps_bar.shape[0]):
        later = 0.0
        for c in range(steps_bar.shape[1] - 1, -1, -1):
            later += from_here[q, c]
            steps_bar[q, c] += later


# --- Density


@Section
def _hedged(gap, scale, hedge, nu, nodes, weights, tails):
    """Log density of a figure `gap` away from its mean, but for a constant of nu, and its slopes.

    Slopes are with respect to gap, scale, hedge and nu. Without a hedge one node is as good as six.
    `tails` is room for one number a node.
    """
    power, top, per_scale, per_nu = (nu + 1) / 2, -np.inf, 1 / scale, 1 / nu
    if hedge == 0:
        z = gap * per_scale
        tail, slope = math.log1p(z * z * per_nu), -(nu + 1) * z / (nu + z * z)
        return (-power * tail - math.log(scale), slope * per_scale,
                -(slope * z + 1) * per_scale, 0.0, -0.5 * (tail + z * slope * per_nu))
    for i in range(len(nodes)):
        z = (gap - hedge * nodes[i]) * per_scale
        tails[i] = math.log1p(z * z * per_nu)
        top = max(top, weights[i] - power * tails[i])
    whole, gap_slope, scale_slope, hedge_slope, nu_slope = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(nodes)):
        z = (gap - hedge * nodes[i]) * per_scale
        weight = math.exp(weights[i] - power * tails[i] - top)
        slope = -weight * (nu + 1) * z / (nu + z * z)  # with respect to z
        whole += weight
        gap_slope += slope
        scale_slope -= slope * z
        hedge_slope -= slope * nodes[i]
        nu_slope -= 0.5 * (weight * tails[i] + z * slope * per_nu)
    share = 1 / whole
    return (top + math.log(whole) - math.log(scale), gap_slope * per_scale * share,
            (scale_slope * share - 1) * per_scale, hedge_slope * per_scale * share,
            nu_slope * share)


@Section
def _density(ints, floats, log_figure, zero, s):
    """Fill SCALE and DENSITY (r,) and the density's slopes; return the claims' log density."""
    at, numbers, v, claims = _at(ints), _numbers(floats), _row(ints, s, A.V), 0.0
    starts, kind = _row(ints, ints, A.READING), _row(ints, ints, A.KIND)
    speaker, bound = _row(ints, ints, A.SPEAKER), _row(ints, ints, A.HEDGE)
    grain, half_width = _row(ints, floats, A.GRAIN), _row(ints, floats, A.HALF_WIDTH)
    stated, other = _row(ints, floats, A.STATED), _row(ints, floats, A.OTHER)
    nodes, weights = _row(ints, floats, A.HEDGE_NODES), _row(ints, floats, A.HEDGE_WEIGHTS)
    noise, log_mean = _row(ints, s, A.NOISE), _row(ints, s, A.LOG_MEAN)
    scale_of, density_of = _row(ints, s, A.SCALE), _row(ints, s, A.DENSITY)
    count, tails = _row(ints, s, A.COUNT), _row(ints, s, A.TAILS)
    to_mean, to_scale = _row(ints, s, A.LOG_MEAN_SLOPE), _row(ints, s, A.SCALE_SLOPE)
    to_hedge, to_nu = _row(ints, s, A.HEDGE_SLOPE), _row(ints, s, A.NU_SLOPE)
    to_false = _row(ints, s, A.FALSE_ZERO_SLOPE)
    nu, false, stretch = v[at.nu], v[at.false_zero], 1 + v[at.range_stretch]
    log_true, log_stated, log_other = math.log1p(-false), 0.0, 0.0
    if at.stated_reading >= 0:
        log_stated = math.log(v[at.stated_reading])
        log_other = math.log1p(-v[at.stated_reading])
    constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)
    constant_slope = 0.5 * (_digamma((nu + 1) / 2) - _digamma(nu / 2) - 1 / nu)
    for o in range(len(starts) - 1):
        top = -np.inf
        for r in range(starts[o], starts[o + 1]):
            mean = log_mean[r]
            scatter = v[at.sigma_list] if kind[r] == OF_LIST else noise[speaker[r]]
            wide = stretch * half_width[r]
            count[r] = math.exp(mean)
            scale = math.sqrt(scatter * scatter + grain[r] * grain[r] / 12 + wide * wide
                              + 1 / (count[r] + 0.5))
            below = (numbers.log_half - mean) / (numbers.logistic_scale * scale)
            under, log_over = 0.0, 0.0
            if below > NEVER:
                under = _expit(below)
                log_over = -(max(below, 0.0) + math.log1p(math.exp(-abs(below))))
            if zero[o] > 0:
                chance = false + (1 - false) * under
                density = math.log(chance)
                below_slope = (1 - false) * under * (1 - under) / chance
                mean_slope, scale_slope, to_hedge[r], to_nu[r] = 0.0, 0.0, 0.0, 0.0
                to_false[r] = (1 - under) / chance
            else:
                hedge = 0.0
                if bound[r] != 0:
                    hedge = v[at.hedge_cap] if bound[r] > 0 else -v[at.hedge_floor]
                density, mean_slope, scale_slope, to_hedge[r], nu_slope = _hedged(
                    log_figure[o] - mean, scale, hedge, nu, nodes, weights, tails)
                density += constant + log_true + log_over
                mean_slope = -mean_slope
                below_slope = -under
                to_nu[r] = nu_slope + constant_slope
                to_false[r] = -1 / (1 - false)
            to_mean[r] = mean_slope - below_slope / (numbers.logistic_scale * scale)
            to_scale[r] = scale_slope - below_slope * below / scale
            density += stated[r] * log_stated + other[r] * log_other
            scale_of[r], density_of[r] = scale, density
            top = max(top, density)
        if zero[o] < 0:
            continue
        claims += top
        if starts[o + 1] - starts[o] > 1:
            whole = 0.0
            for r in range(starts[o], starts[o + 1]):
                whole += math.exp(density_of[r] - top)
            claims += math.log(whole)
    return claims


@Section
def _density_reverse(ints, floats, zero, s, bar):
    """From the claims' log density to the derivatives of LOG_MEAN (r,), NOISE and more."""
    at, v, g = _at(ints), _row(ints, s, A.V), _row(ints, bar, A.V)
    starts, kind = _row(ints, ints, A.READING), _row(ints, ints, A.KIND)
    speaker, bound = _row(ints, ints, A.SPEAKER), _row(ints, ints, A.HEDGE)
    half_width, stated = _row(ints, floats, A.HALF_WIDTH), _row(ints, floats, A.STATED)
    other, noise = _row(ints, floats, A.OTHER), _row(ints, s, A.NOISE)
    scale_of, density_of = _row(ints, s, A.SCALE), _row(ints, s, A.DENSITY)
    count, mean_bar = _row(ints, s, A.COUNT), _row(ints, bar, A.LOG_MEAN)
    to_mean, to_scale = _row(ints, s, A.LOG_MEAN_SLOPE), _row(ints, s, A.SCALE_SLOPE)
    to_hedge, to_nu = _row(ints, s, A.HEDGE_SLOPE), _row(ints, s, A.NU_SLOPE)
    to_false, noise_bar = _row(ints, s, A.FALSE_ZERO_SLOPE), _row(ints, bar, A.NOISE)
    stretch = 1 + v[at.range_stretch]
    for o in range(len(starts) - 1):
        if zero[o] < 0:
            continue
        start, end = starts[o], starts[o + 1]
        top, whole = -np.inf, 0.0
        if end - start > 1:
            for r in range(start, end):
                top = max(top, density_of[r])
            for r in range(start, end):
                whole += math.exp(density_of[r] - top)
        for r in range(start, end):
            weight = math.exp(density_of[r] - top) / whole if end - start > 1 else 1.0
            scale_bar = weight * to_scale[r] / scale_of[r]  # of half the scale squared
            mean_bar[r] += (weight * to_mean[r]
                            - 0.5 * scale_bar * (count[r] / (count[r] + 0.5)) / (count[r] + 0.5))
            g[at.range_stretch] += scale_bar * stretch * half_width[r] * half_width[r]
            if kind[r] == OF_LIST:
                g[at.sigma_list] += scale_bar * v[at.sigma_list]
            else:
                noise_bar[speaker[r]] += scale_bar * noise[speaker[r]]
            if bound[r] > 0:
                g[at.hedge_cap] += weight * to_hedge[r]
            elif bound[r] < 0:
                g[at.hedge_floor] -= weight * to_hedge[r]
            g[at.nu] += weight * to_nu[r]
            g[at.false_zero] += weight * to_false[r]
            if at.stated_reading >= 0:
                share = v[at.stated_reading]
                g[at.stated_reading] += weight * (stated[r] / share - other[r] / (1 - share))


# --- The whole


@Inlined
def _forward(ints, floats, log_figure, zero, x, s):
    """Fill the state from the sampler's vector (n,) or, with the reported level last, (n + 1,)."""
    rows, value = _rows(ints), _parameters(ints, floats, x, s)
    _sources(ints, floats, s)
    value += _shape(ints, floats, x, s)
    _parts(ints, floats, s)
    if rows.deployed >= 0:
        _troops(ints, floats, s)
    if rows.n_stages:
        _lists(ints, floats, s)
    _decay(ints, floats, s)
    _told_by_then(ints, floats, s)
    _means(ints, floats, s)
    return value + _density(ints, floats, log_figure, zero, s)


@Inlined
def _value(ints, floats, log_figure, zero, x, s, bar, gradient, lift):
    """Return the log density and fill the gradient, as long as x; `s` and `bar` are room.

    `lift` is added to the derivative by the logarithm of the total, and its distance from the
    middle of its prior times `lift` to the density: what the size of the side adds.
    """
    rows = _rows(ints)
    for i in range(rows.state):
        s[i] = 0.0
    for i in range(rows.bar):
        bar[i] = 0.0
    value = _forward(ints, floats, log_figure, zero, x, s)
    value += lift * (_row(ints, s, A.TOTAL)[0] - _numbers(floats).total_mean)
    _row(ints, bar, A.TOTAL)[0] = lift
    _density_reverse(ints, floats, zero, s, bar)
    _means_reverse(ints, floats, s, bar)
    _told_by_then_reverse(ints, floats, s, bar)
    if rows.n_stages:
        _lists_reverse(ints, floats, s, bar)
    if rows.deployed >= 0:
        _troops_reverse(ints, floats, s, bar)
    _parts_reverse(ints, floats, s, bar)
    _shape_reverse(ints, floats, s, bar)
    _sources_reverse(ints, floats, s, bar)
    _parameters_reverse(ints, floats, x, s, bar, gradient)
    if _at(ints).log_total < 0:
        gradient[len(x) - 1] = _row(ints, bar, A.TOTAL)[0]
    return value


@Section
def _copy(source, target):
    """Copy entry by entry: numba's own assignment of arrays takes two seconds to compile."""
    for i in range(len(source)):
        target[i] = source[i]


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
    s = np.zeros(_rows(ints).state)
    steps = _grid(ints, s, A.STEPS)
    for i in range(len(draws)):
        _forward(ints, floats, log_figure, zero, draws[i], s)
        total[i] = _row(ints, s, A.TOTAL)[0]
        for q in range(cumulative.shape[1]):
            count = steps[q, 0]
            for t in range(cumulative.shape[2]):
                count += steps[q, 1 + t]
                cumulative[i, q, t] = count
        _copy(_row(ints, s, A.BIAS), bias[i])
        _copy(_row(ints, s, A.EXTRA), extra[i])
        _copy(_row(ints, s, A.LOG_MEAN), log_mean[i])
        _copy(_row(ints, s, A.SCALE), scale[i])
        _copy(_row(ints, s, A.DENSITY), density[i])


@Section
def _stretch(directions, by, x, moved):
    """Fill `moved` with x (n,), stretched by 1 + `by` (k,) along orthonormal directions (k, n).

    `ABREAST` directions, of which k is a multiple, go side by side: a sum on its own waits for
    each of its additions.
    """
    for i in range(len(x)):
        moved[i] = x[i]
    for j in range(0, len(by), ABREAST):
        a, b, c, d = directions[j], directions[j + 1], directions[j + 2], directions[j + 3]
        along_a, along_b, along_c, along_d = 0.0, 0.0, 0.0, 0.0
        for i in range(len(x)):
            along_a += a[i] * x[i]
            along_b += b[i] * x[i]
            along_c += c[i] * x[i]
            along_d += d[i] * x[i]
        along_a *= by[j]
        along_b *= by[j + 1]
        along_c *= by[j + 2]
        along_d *= by[j + 3]
        for i in range(len(x)):
            moved[i] += along_a * a[i] + along_b * b[i] + along_c * c[i] + along_d * d[i]


@Inlined
def _linked(table, ints, floats, figures, place, shared, x, gradient):
    """Return the log density of several designs that share normals and fill its gradient.

    It is the sum of theirs, less the densities of the shared normals that are counted twice. The
    deviates of a design's shape may be made of two: ρ times those common to its side, and
    sqrt(1 - ρ²) times its own. And the middle of its total's prior may move with the size of its
    side, a standard normal ξ, by as much as its own sd: with t the distance of the logarithm from
    the unmoved middle in that sd, -(t - ξ)²/2 is the -t²/2 of the design, and t ξ - ξ²/2.

    Parameters
    ----------
    table : ndarray
        Shape (designs, 11): where each design's integers start and end, its floats, its figures
        (log figures, then zeros) and its places; the place of the side's first common deviate, or
        -1; that of the normal of which ρ is the distribution function; and that of ξ, or -1.
    ints, floats, figures : ndarray
        Those of all designs, one after the other.
    place : ndarray
        For each entry of each design's vector its place in x.
    shared : ndarray
        How many designs beyond the first hold each normal (n,): -1 where none does, 0 for a
        reported level.
    x, gradient : ndarray
        Standard normals and reported levels (n,); the gradient is overwritten.

    Returns
    -------
    float
    """
    value, longest, state, bar = 0.0, 0, 0, 0
    for i in range(len(x)):
        value += shared[i] * 0.5 * (x[i] * x[i] + math.log(2 * math.pi))
        gradient[i] = shared[i] * x[i]
    for u in range(len(table)):
        rows = _rows(ints[table[u, 0]:table[u, 1]])
        longest = max(longest, table[u, 7] - table[u, 6])
        state, bar = max(state, rows.state), max(bar, rows.bar)
    own, slopes = np.empty(longest), np.empty(longest)
    room, room_bar = np.empty(state), np.empty(bar)
    for u in range(len(table)):
        start, n = table[u, 6], table[u, 7] - table[u, 6]
        half = (table[u, 4] + table[u, 5]) // 2
        its_ints = ints[table[u, 0]:table[u, 1]]
        its_floats = floats[table[u, 2]:table[u, 3]]
        common, z, columns, rho, rest = table[u, 8], 0, 0, 0.0, 1.0
        for j in range(n):
            own[j] = x[place[start + j]]
        if common >= 0:
            y = x[table[u, 9]]
            z, columns = _at(its_ints).shape_z, len(_row(its_ints, its_floats, A.DAMPING))
            rho = 0.5 * math.erfc(-y / math.sqrt(2))
            rest = math.sqrt((1 - rho) * (1 + rho))
            for c in range(columns):
                value -= 0.5 * own[z + c] * own[z + c]
                own[z + c] = rho * x[common + c] + rest * own[z + c]
                value += 0.5 * own[z + c] * own[z + c]
        size, spread = table[u, 10], _numbers(its_floats).total_sd
        lift = x[size] / spread if size >= 0 else 0.0
        value += _value(its_ints, its_floats, figures[table[u, 4]:half],
                        figures[half:table[u, 5]], own[:n], room, room_bar, slopes[:n], lift)
        if size >= 0:
            away = _row(its_ints, room, A.TOTAL)[0] - _numbers(its_floats).total_mean
            value -= 0.5 * x[size] * x[size]
            gradient[size] += away / spread - x[size]
        if common >= 0:
            y, rho_bar = x[table[u, 9]], 0.0
            for c in range(columns):
                alone, slope = x[place[start + z + c]], slopes[z + c] + own[z + c]
                rho_bar += slope * (x[common + c] - rho / rest * alone)
                gradient[common + c] += rho * slope
                slopes[z + c] = rest * slope - alone
            gradient[table[u, 9]] += rho_bar * math.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)
        for j in range(n):
            gradient[place[start + j]] += slopes[j]
    return value


# --- For the sampler: C functions that hold no Python lock

HEADER = 9  # the whole, designs, integers, floats, figures, places, vector, directions, bends
COLUMNS = 11  # of the table of designs


def _log_density_for_c(dim, x, gradient, value, buffer):
    """Log density in C's terms; `buffer` is from `packed.buffer`."""
    header = carray(buffer, (HEADER,), np.int64)
    whole, units = header[0], header[1]
    as_ints = carray(buffer, (whole,), np.int64)
    as_floats = carray(buffer, (whole,), np.float64)
    table = HEADER
    ints = table + COLUMNS * units
    floats = ints + header[2]
    figures = floats + header[3]
    place = figures + header[4]
    shared = place + header[5]
    stretch = shared + header[6]
    along = stretch + header[7]
    bent = along + header[7] * header[6]
    rate = bent + 2 * header[8]
    directions = as_floats[along:bent].reshape((header[7], header[6]))
    bends, bend_by = as_ints[bent:rate].reshape((header[8], 2)), as_floats[rate:]
    out, slopes = carray(value, (1,)), carray(gradient, (dim,))
    moved = np.empty(dim)
    _stretch(directions, as_floats[stretch:along], carray(x, (dim,)), moved)
    lean = 0.0
    for j in range(len(bends)):
        by = -bend_by[2 * j] * (moved[bends[j, 1]] - bend_by[2 * j + 1])
        moved[bends[j, 0]] *= math.exp(by)
        lean += by
    out[0] = lean + _linked(
        as_ints[table:ints].reshape((units, COLUMNS)), as_ints[ints:floats],
        as_floats[floats:figures], as_floats[figures:place], as_ints[place:shared],
        as_floats[shared:stretch], moved, slopes)
    for j in range(len(bends)):
        deviate, scale = bends[j]
        slopes[scale] -= bend_by[2 * j] * (slopes[deviate] * moved[deviate] + 1)
        slopes[deviate] *= math.exp(-bend_by[2 * j] * (moved[scale] - bend_by[2 * j + 1]))
    for i in range(dim):
        moved[i] = slopes[i]
    _stretch(directions, as_floats[stretch:along], moved, slopes)
    for i in range(len(slopes)):
        if not math.isfinite(slopes[i]):
            return 3
    return 0 if math.isfinite(out[0]) else 4


def _expand_for_c(dim, expanded, x, out, buffer):
    """Copy the vector: all else is computed from it later."""
    source, target = carray(x, (dim,)), carray(out, (expanded,))
    for i in range(len(source)):
        target[i] = source[i]
    return 0


@cache
def c_functions() -> tuple[Any, Any]:
    """Give the log density and the copy of the vector as C functions, compiled at first use."""
    doubles, code = types.CPointer(types.float64), types.int64
    density = cfunc(code(types.uint64, doubles, doubles, doubles, types.voidptr), cache=True,
                    error_model="numpy")
    expand = cfunc(code(types.uint64, types.uint64, doubles, doubles, types.voidptr), cache=True)
    return density(_log_density_for_c), expand(_expand_for_c)
