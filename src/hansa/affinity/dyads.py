"""Least squares on pairs of countries, with effects of both, and errors that know about pairs.

May import ``hansa.errors``. Cameron, Gelbach & Miller (2011, J. Business & Economic Statistics 29,
238-249) for errors clustered two ways; Aronow, Samii & Assenova (2015, Political Analysis 23,
564-577) for errors that may be shared by any two pairs with a country in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import ConvergenceError, DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["DyadicFit", "dyadic_fit"]

#: Demeaning stops when nothing moves by more than this, relative to the largest value.
TOLERANCE = 1e-12
STEPS = 5000


@dataclass(frozen=True, eq=False)
class DyadicFit:
    """A regression on pairs.

    Attributes
    ----------
    names : tuple of str
        Of the k regressors.
    beta : (k,) array
    se_two_way : (k,) array
        Clustered by first and by second country (Cameron, Gelbach & Miller 2011), with the
        factors G/(G-1) and (N-1)/(N-K), K with the effects; NaN where the variance comes out
        negative, which the estimator does not exclude.
    se_dyadic : (k,) array
        Also shared by pairs of which one's first is the other's second; no small-sample factor;
        NaN as above.
    observations, effects : int
        N, and the effects taken out (their rank).
    countries : int
        Number of clusters on the shorter side.
    r2_within : float
        Of what the effects leave.
    """

    names: tuple[str, ...]
    beta: Float[Array, " k"]
    se_two_way: Float[Array, " k"]
    se_dyadic: Float[Array, " k"]
    observations: int
    effects: int
    countries: int
    r2_within: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row per regressor: beta, both errors, and the 95 % interval.

        The interval is beta +- t(0.975, countries - 1) times the dyadic error.
        """
        import pandas as pd
        from scipy.stats import t

        reach = float(t.ppf(0.975, self.countries - 1)) * self.se_dyadic
        table = {
            "beta": self.beta,
            "se_two_way": self.se_two_way,
            "se_dyadic": self.se_dyadic,
            "low": self.beta - reach,
            "high": self.beta + reach,
            "observations": np.full(self.beta.size, self.observations),
        }
        return pd.DataFrame(table, index=pd.Index(self.names, name="regressor"))


def dyadic_fit(
    outcome: Float[Array, " m"],
    regressors: dict[str, Float[Array, " m"]],
    first: Array,
    second: Array,
    *,
    period: Array | None = None,
) -> DyadicFit:
    """Return the least-squares fit on directed pairs, with effects of first and second country.

    Parameters
    ----------
    outcome : (m,) array
    regressors : dict of str to (m,) arrays
    first, second : (m,) arrays of codes
        The two countries of each pair; never the same.
    period : (m,) array, optional
        If given, the effects are those of country and period; the clusters stay countries.

    Returns
    -------
    DyadicFit

    Raises
    ------
    DataError
        Not finite, a pair of a country with itself, fewer observations than unknowns, or
        regressors that the effects or one another explain (named).

    References
    ----------
    Cameron, Gelbach & Miller (2011); Aronow, Samii & Assenova (2015).

    Examples
    --------
    >>> import numpy as np
    >>> pairs = [(a, b) for a in "PQRST" for b in "PQRST" if a != b]
    >>> first, second = (np.array(side) for side in zip(*pairs))
    >>> x = np.random.default_rng(0).normal(size=20)
    >>> fit = dyadic_fit(3 * x, {"x": x}, first, second)
    >>> round(float(fit.beta[0]), 9)
    3.0
    """
    names = tuple(regressors)
    y = np.asarray(outcome, np.float64)
    x = np.column_stack([np.asarray(v, np.float64) for v in regressors.values()])
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise DataError("a regression on pairs needs finite numbers; leave out pairs without data")
    if np.any(first == second):
        raise DataError("a pair of a country with itself is no pair")
    countries = np.unique(np.concatenate([first, second]))
    a, b = np.searchsorted(countries, first), np.searchsorted(countries, second)
    t = np.zeros(y.size, np.int64) if period is None else np.unique(period, return_inverse=True)[1]
    by = [np.unique(np.stack([t, side]), axis=1, return_inverse=True)[1] for side in (a, b)]
    effects = _rank(by[0], by[1])
    if y.size <= effects + x.shape[1]:
        raise DataError(f"{y.size} pairs are too few for {effects} effects and {x.shape[1]} slopes")
    held = _without_effects(np.column_stack([y, x]), by[0], by[1])
    y, z = held[:, 0], held[:, 1:]
    _refuse_explained(x, z, names)
    inverse = np.linalg.inv(z.T @ z)
    beta = inverse @ (z.T @ y)
    rest = y - z @ beta
    score = z * rest[:, None]
    two_way = inverse @ _two_way(score, a, b, effects + x.shape[1]) @ inverse
    dyadic = inverse @ _dyadic(score, a, b, countries.size) @ inverse
    with np.errstate(invalid="ignore"):
        error_two_way, error_dyadic = (np.sqrt(np.diag(v)) for v in (two_way, dyadic))
    r2 = 1 - float(rest @ rest) / float(y @ y) if y.any() else 0.0
    smaller = min(np.unique(a).size, np.unique(b).size)
    return DyadicFit(names, beta, error_two_way, error_dyadic, y.size, effects, smaller, r2)


def _rank(a: Int[Array, " m"], b: Int[Array, " m"]) -> int:
    """Return the number of free effects: levels less one for each connected part."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, k = int(a.max()) + 1, int(b.max()) + 1
    graph = coo_array((np.ones(a.size), (a, b + n)), shape=(n + k, n + k))
    return n + k - int(connected_components(graph, directed=False)[0])


def _without_effects(
    values: Float[Array, "m k"], a: Int[Array, " m"], b: Int[Array, " m"]
) -> Float[Array, "m k"]:
    """Return values less the effects of both sides, by alternating projections."""
    scale = np.maximum(np.abs(values).max(axis=0), 1e-300)
    values = values / scale
    sizes = [np.bincount(side)[:, None] for side in (a, b)]
    for _ in range(STEPS):
        moved = 0.0
        for side, size in zip((a, b), sizes, strict=True):
            mean = np.zeros((size.shape[0], values.shape[1]))
            np.add.at(mean, side, values)
            mean /= size
            values = values - mean[side]
            moved = max(moved, float(np.abs(mean).max()))
        if moved < TOLERANCE:
            return values * scale
    raise ConvergenceError(f"effects of pairs not taken out after {STEPS} rounds: {moved:.1e} left")


def _refuse_explained(
    x: Float[Array, "m k"], z: Float[Array, "m k"], names: tuple[str, ...]
) -> None:
    spread = np.maximum(np.linalg.norm(x - x.mean(axis=0), axis=0), 1e-300)
    left = np.linalg.norm(z, axis=0)
    for name, share in zip(names, left / spread, strict=True):
        if share < 1e-9:
            raise DataError(f"the effects of the countries explain {name!r} wholly; leave it out")
    if np.linalg.matrix_rank(z / left, tol=1e-9 * np.sqrt(z.shape[0])) < z.shape[1]:
        raise DataError(f"the regressors {', '.join(names)} explain one another; leave one out")


def _sums(score: Float[Array, "m k"], group: Int[Array, " m"]) -> Float[Array, "k k"]:
    total = np.zeros((int(group.max()) + 1, score.shape[1]))
    np.add.at(total, group, score)
    return total.T @ total


def _two_way(
    score: Float[Array, "m k"], a: Int[Array, " m"], b: Int[Array, " m"], unknowns: int
) -> Float[Array, "k k"]:
    """Return the middle of the sandwich: by first, plus by second, less by both."""
    m = score.shape[0]
    both = np.unique(np.stack([a, b]), axis=1, return_inverse=True)[1]
    meat = np.zeros((score.shape[1],) * 2)
    for group, sign in ((a, 1), (b, 1), (both, -1)):
        size = np.unique(group).size
        meat += sign * size / (size - 1) * _sums(score, group)
    return meat * (m - 1) / (m - unknowns)


def _dyadic(
    score: Float[Array, "m k"], a: Int[Array, " m"], b: Int[Array, " m"], n: int
) -> Float[Array, "k k"]:
    """Return the sum over all two pairs that share a country, each counted once."""
    total = np.zeros((n, score.shape[1]))
    for side in (a, b):
        np.add.at(total, side, score)
    pair = np.unique(np.sort(np.stack([a, b]), axis=0), axis=1, return_inverse=True)[1]
    return total.T @ total - _sums(score, pair)
