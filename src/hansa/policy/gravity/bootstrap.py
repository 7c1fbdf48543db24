"""Two bootstraps of a gravity column that need no new regression: score-wild and Bayesian.

May import ``hansa.policy.gravity.ppml``. Kline & Santos (2012, J. Econometric Methods 1, 23-41);
Rubin (1981, Annals of Statistics 9, 130-134) with weights on clusters.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hansa.policy.gravity.ppml import Fit

Array = np.ndarray

__all__ = ["bayesian_draws", "wild_draws"]


def wild_draws(fit: Fit, count: int, seed: int = 1) -> Float[Array, "b k"]:
    """Return draws of the coefficients by the score-based wild cluster bootstrap.

    Each cluster's score keeps or changes its sign with equal chance; one Newton step from the
    estimate gives the draw. The small-sample factor of the errors is carried over.

    Parameters
    ----------
    fit : Fit
    count : int
    seed : int

    References
    ----------
    Kline & Santos (2012), Journal of Econometric Methods 1(1), 23-41.
    """
    random = np.random.default_rng(seed)
    bread = np.linalg.inv(fit.curvature.sum(axis=0))
    signs = 2.0 * random.integers(0, 2, size=(count, fit.clusters)) - 1.0
    return fit.beta + np.sqrt(fit.adjustment) * (signs @ fit.score) @ bread


def bayesian_draws(fit: Fit, count: int, seed: int = 2) -> Float[Array, "b k"]:
    """Return draws of the coefficients by the Bayesian bootstrap over clusters.

    Clusters get Dirichlet weights (exponential variates over their mean). The weighted
    likelihood is maximised to first order: one Newton step with the weighted Hessian, the
    nuisance of the fixed effects partialled out at the estimate.

    Parameters
    ----------
    fit : Fit
    count : int
    seed : int

    References
    ----------
    Rubin (1981), Annals of Statistics 9(1), 130-134.
    """
    random = np.random.default_rng(seed)
    k = len(fit.beta)
    flat = fit.curvature.reshape(fit.clusters, k * k)
    draws = np.empty((count, k))
    for b in range(count):
        weight = random.exponential(size=fit.clusters)
        weight /= weight.mean()
        hessian = (weight @ flat).reshape(k, k)
        draws[b] = fit.beta + np.linalg.solve(hessian, weight @ fit.score)
    return draws
