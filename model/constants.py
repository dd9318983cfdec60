"""Fixed numbers of how a figure is told: what `witness.py` and `kernel.py` share."""

from __future__ import annotations

import numpy as np

# A hedge h ~ Exp(mean eta) is integrated out over these multiples of eta (Gauss–Laguerre).
HEDGE_NODES, HEDGE_WEIGHTS = np.polynomial.laguerre.laggauss(6)
LOG_HEDGE_WEIGHTS = np.log(HEDGE_WEIGHTS)
TINY = 1e-10  # keeps the logarithm of an empty window finite
LOG_HALF = float(np.log(0.5))  # a stated zero is a figure below one half
LOGISTIC_SCALE = 0.55  # logistic scale that imitates a normal of sd 1
NOISE_SPREAD = 0.3  # log sd of the sources' scatters about the common one (docs/method.md, 3)
# Of the variance of a total's logarithm a priori, the part of one series; the rest is common to the
# series of its side. A choice: war and village differ by as much as the men and helicopters of one
# war. With all of it a series' own, 30 series drew a war's totals to a fiftieth of the truth.
OWN_SIZE = 0.5
