"""Scores of a forecast of shares: correlation, slope, error, sign, and skill against naive ones.

May import nothing of Hansa. Pure functions of arrays. The regression of actual on predicted changes
is that of Kehoe (2005, in Kehoe, Srinivasan & Whalley, eds., Frontiers in Applied General
Equilibrium Modeling, Cambridge); intervals are bootstrap percentiles over partners (Efron 1979).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["MEASURES", "Changes", "Score", "changes", "score"]

Array = np.ndarray

#: What is compared: changes of log shares, the same weighted by the share before, and changes of
#: shares in percentage points.
MEASURES = ("log", "log weighted", "points")
#: Smallest share before for a log change to count: smaller flows come and go in the record.
LEAST_SHARE = 1e-3
DRAWS, SEED = 1000, 2005
#: Of the bootstrap interval.
LEVEL = 0.90
#: Fewer partners than this have no interval.
FEWEST = 8


@dataclass(frozen=True)
class Changes:
    """Actual and predicted changes of shares over the units that are compared.

    Attributes
    ----------
    kept : (U,) bool array
        Which of all units are compared.
    actual, predicted : (K,) arrays
        Of those kept.
    weight : (K,) array
        Sums to one.
    """

    kept: Bool[Array, " u"]
    actual: Float[Array, " k"]
    predicted: Float[Array, " k"]
    weight: Float[Array, " k"]

    def only(self, wanted: Bool[Array, " u"]) -> Changes:
        """Return the changes of those of the kept units that are wanted too."""
        here = wanted[self.kept]
        weight = self.weight[here]
        return Changes(
            self.kept & wanted, self.actual[here], self.predicted[here], weight / weight.sum()
        )


@dataclass(frozen=True)
class Score:
    """How good a forecast is; None where a number is not defined.

    Attributes
    ----------
    units : int
        Compared.
    pearson, spearman : float or None
        Correlation of actual and predicted changes, and of their ranks (unweighted).
    sign : float or None
        Share of units (by weight, where weighted) whose change has the predicted sign.
    rmse : float
        In the unit of the change.
    slope, intercept, r2 : float or None
        Of the regression of actual on predicted; a perfect forecast has 1, 0, 1.
    skill_nothing, skill_gravity : float or None
        One less the mean squared error over that of "nothing changes", and over that of gravity
        without general equilibrium; above zero the forecast is better.
    low, high : dict
        Bounds of the 90 % bootstrap interval of pearson, slope, rmse and the skills.
    """

    units: int
    pearson: float | None
    spearman: float | None
    sign: float | None
    rmse: float
    slope: float | None
    intercept: float | None
    r2: float | None
    skill_nothing: float | None
    skill_gravity: float | None
    low: dict[str, float | None]
    high: dict[str, float | None]


def changes(
    before: Float[Array, " u"],
    actual: Float[Array, " u"],
    predicted: Float[Array, " u"],
    measure: str,
) -> Changes:
    """Return the changes that a measure compares.

    Parameters
    ----------
    before, actual, predicted : (U,) arrays
        Trade with each partner (or of each section), any unit; shares are taken here.
    measure : str
        One of `MEASURES`.
    """
    was, now, said = (v / v.sum() for v in (before, actual, predicted))
    if measure == "points":
        kept = (was > 0) | (now > 0) | (said > 0)
        equal = np.full(int(kept.sum()), 1.0 / max(int(kept.sum()), 1))
        return Changes(kept, 100 * (now - was)[kept], 100 * (said - was)[kept], equal)
    kept = (was >= LEAST_SHARE) & (now > 0) & (said > 0)
    weight = was[kept] if measure == "log weighted" else np.ones(int(kept.sum()))
    return Changes(
        kept,
        np.log(now[kept] / was[kept]),
        np.log(said[kept] / was[kept]),
        weight / weight.sum(),
    )


def score(found: Changes, gravity: Float[Array, " k"] | None = None, draws: int = DRAWS) -> Score:
    """Return the scores of a forecast.

    Parameters
    ----------
    found : Changes
    gravity : (K,) array, optional
        The changes that gravity without general equilibrium predicts for the same units.
    draws : int
        Of the bootstrap, seeded.
    """
    naive = None if gravity is None else gravity[None]
    whole = _numbers(found.actual[None], found.predicted[None], found.weight[None], naive)
    low: dict[str, float | None] = {}
    high: dict[str, float | None] = {}
    k = found.actual.size
    if k >= FEWEST and draws:
        take = np.random.default_rng(SEED).integers(0, k, size=(draws, k))
        drawn = _numbers(
            found.actual[take], found.predicted[take], found.weight[take],
            None if gravity is None else gravity[take],
        )  # fmt: skip
        for name in ("pearson", "slope", "rmse", "sign", "skill_nothing", "skill_gravity"):
            low[name], high[name] = _interval(drawn[name])
    one = {name: _plain(value[0]) for name, value in whole.items()}
    rmse = one.pop("rmse")
    ranks = _correlation(*_ranks(found), np.full((1, k), 1.0 / max(k, 1)))
    return Score(
        units=k,
        spearman=_plain(ranks[0]),
        rmse=float("nan") if rmse is None else rmse,
        low=low,
        high=high,
        **one,
    )


def _numbers(
    actual: Array, predicted: Array, weight: Array, gravity: Array | None
) -> dict[str, Array]:
    """Return the numbers of each row of (S, K) arrays, as (S,) arrays."""
    w = weight / weight.sum(axis=-1, keepdims=True)
    miss = (w * (actual - predicted) ** 2).sum(axis=-1)
    pearson = _correlation(actual, predicted, w)
    varies = _spread(predicted, w) > 0
    slope = np.where(varies, _shared(actual, predicted, w) / _some(_spread(predicted, w)), np.nan)
    middle = (w * actual).sum(axis=-1) - slope * (w * predicted).sum(axis=-1)
    # Where nothing is predicted to change there is no sign to agree with.
    moves = predicted != 0
    agree = (w * (moves & (np.sign(actual) == np.sign(predicted)))).sum(axis=-1)
    said = (w * moves).sum(axis=-1)
    none = (w * actual**2).sum(axis=-1)
    naive = np.full_like(miss, np.nan) if gravity is None else (w * (actual - gravity) ** 2).sum(-1)
    return {
        "pearson": pearson,
        "sign": np.where(said > 0, agree / _some(said), np.nan),
        "rmse": np.sqrt(miss),
        "slope": slope,
        "intercept": middle,
        "r2": pearson**2,
        "skill_nothing": np.where(none > 0, 1 - miss / _some(none), np.nan),
        "skill_gravity": np.where(naive > 0, 1 - miss / _some(naive), np.nan),
    }


def _shared(a: Array, b: Array, w: Array) -> Array:
    a = a - (w * a).sum(axis=-1, keepdims=True)
    b = b - (w * b).sum(axis=-1, keepdims=True)
    return np.asarray((w * a * b).sum(axis=-1))


def _spread(a: Array, w: Array) -> Array:
    """Return the variance, zero where it is rounding."""
    found = _shared(a, a, w)
    return np.where(found > 1e-20, found, 0.0)


def _correlation(a: Array, b: Array, w: Array) -> Array:
    both = np.sqrt(_spread(a, w) * _spread(b, w))
    return np.where(both > 0, _shared(a, b, w) / _some(both), np.nan)


def _some(value: Array) -> Array:
    return np.where(value != 0, value, 1.0)


def _ranks(found: Changes) -> tuple[Array, Array]:
    from scipy.stats import rankdata

    return rankdata(found.actual)[None], rankdata(found.predicted)[None]


def _interval(drawn: Array) -> tuple[float | None, float | None]:
    known = drawn[np.isfinite(drawn)]
    # An interval of the draws in which the number exists would look surer than it is.
    if known.size < 0.9 * drawn.size:
        return None, None
    edge = (1 - LEVEL) / 2
    return float(np.quantile(known, edge)), float(np.quantile(known, 1 - edge))


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
