"""What the words of the calibration page mean: routes, simpler methods, scores."""

from __future__ import annotations

from estimate.data.words import ROUTES
from estimate.model.scores import ZERO_MEAN

METHODS = {
    "this tool": "the model of docs/method.md: how each kind of source errs is learned from the "
                 "other conflicts; what all sources of a case may share keeps the interval wide",
    ZERO_MEAN: "the same model with every mean bias set to zero and early figures taken as "
               "complete; only scatter is learned (after Radford et al. 2023)",
    "latest claim": "the claim published last; the mean of the logs of several on one day",
    "median of claims": "the median of all claims",
    "mean of logs": "the geometric mean of all claims",
    "inverse-variance pooling": "the mean of the logs, each claim weighted by the precision that "
                                "it states",
    "DerSimonian-Laird": "the random-effects mean of meta-analysis, of each source's last claim "
                         "(DerSimonian & Laird 1986)",
    "Gaussian truth model": "truth discovery: the truth and each source's variance found in turn "
                            "(Zhao & Han 2012)",
    "CRH": "truth discovery: sources that lie far from the common answer lose weight "
           "(Li et al. 2014)",
}
SCORES = {
    "log-CRPS": "the continuous ranked probability score on the log scale: how far the whole "
                "estimate lies from the truth, width included; 0 is best, 0.69 is a factor of two "
                "told without a doubt",
    "with spread": "a method that gives a single number, scored as a normal about it (on the log "
                   "scale) as wide as its errors in all other conflicts",
    "standard error": "of a difference between two methods, clustered: cases of one conflict may "
                      "hang together in any way",
    "settled, contested": "whether the truth of a case is known with high or medium confidence, or "
                          "only as a band; a contested case counts by its band",
}


def entries() -> tuple[str, ...]:
    """Give every entry: a word, a colon, its meaning."""
    routes = {f"route {name}": f"a case {meaning}" for name, meaning in ROUTES.items()}
    return tuple(f"{word}: {meaning}." for words in (routes, METHODS, SCORES)
                 for word, meaning in words.items())
