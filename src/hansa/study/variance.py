"""Which assumption matters most: shares of a variance by groups of independent inputs.

May import only ``hansa.errors``. A polynomial is fitted to the draws and its variance is divided by
the Shapley value, so that shares add up and interactions go half to each side (Owen 2014, SIAM/ASA
J. Uncertainty Quantification 2, 245-251; Song, Nelson & Staum 2016, ibid. 4, 1060-1083; Sobol 2001,
Mathematics and Computers in Simulation 55, 271-280). What it cannot foretell is left unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray

#: Draws needed for each input and beyond, before shares are given.
EACH, BEYOND = 2, 10
FOLDS = 10
#: Models from simple to rich: squares, and products of two groups. The richer must be better by
#: so much of the variance.
MODELS, BETTER = ((False, False), (True, False), (True, True)), 0.002
#: Resampled fits behind the range of each share.
RESAMPLED = 40
#: Ends of the swings and of the ranges.
ENDS = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What was drawn, by group.

    Attributes
    ----------
    groups : tuple of str
    values : (D, P) array
        Independent inputs, in any unit.
    group : (P,) int array
        Position of each input's group.
    """

    groups: tuple[str, ...]
    values: Float[Array, "d p"]
    group: Int[Array, " p"]

    @property
    def needed(self) -> int:
        """Number of draws below which no shares are given."""
        return EACH * self.values.shape[1] + BEYOND


@dataclass(frozen=True, eq=False)
class Shares:
    """How the variance of one quantity is divided.

    Attributes
    ----------
    groups : tuple of str
    share, first_order : (G,) arrays
        Shapley effects and first-order Sobol indices, shares of the whole variance; with
        `unexplained` the shares sum to one.
    share_low, share_high : (G,) arrays
        5th and 95th percentile of the shares over resampled draws.
    unexplained : float
        One minus the cross-validated R squared.
    low, high : (G,) arrays
        The quantity with the group at its 5th and 95th percentile (of what it adds to the
        quantity, where it has several inputs) and all others at their means.
    centre : float
        The quantity with all groups at their means.
    draws : int
        On how many draws it rests.
    """

    groups: tuple[str, ...]
    share: Float[Array, " g"]
    first_order: Float[Array, " g"]
    share_low: Float[Array, " g"]
    share_high: Float[Array, " g"]
    unexplained: float
    low: Float[Array, " g"]
    high: Float[Array, " g"]
    centre: float
    draws: int


def variance_shares(inputs: Inputs, quantity: Float[Array, " d"]) -> Shares | None:
    """Return how the variance of a quantity is divided among groups of inputs.

    Parameters
    ----------
    inputs : Inputs
    quantity : (D,) array
        Draws in which it is not finite are left out.

    Returns
    -------
    Shares or None
        None with too few draws (see `Inputs.needed`), or if the quantity does not vary.
    """
    known = np.isfinite(quantity)
    y = quantity[known]
    if y.size < inputs.needed or not np.ptp(y) > 1e-12 * np.abs(y).max():
        return None
    x = _standard(inputs.values[known])
    scores = [_score(inputs, x, y, model) for model in MODELS]
    best = 0
    for k in range(1, len(MODELS)):
        if scores[k] > scores[best] + BETTER:
            best = k
    explained = float(np.clip(scores[best], 0.0, 1.0))
    fit = _fitted(inputs, x, y, MODELS[best])
    first, total = fit.effects()
    random = np.random.default_rng(0)
    again = []
    for _ in range(RESAMPLED):
        at = random.integers(0, y.size, y.size)
        again.append(_fitted(inputs, x[at], y[at], MODELS[best]).effects()[1])
    low, high = explained * np.quantile(again, ENDS, axis=0)
    ends = np.quantile(fit.index(x), ENDS, axis=0)
    swing = [
        [fit.at(np.where(np.arange(len(inputs.groups)) == g, ends[e], 0.0)) for e in range(2)]
        for g in range(len(inputs.groups))
    ]
    swings = np.array(swing)
    centre = fit.at(np.zeros(len(inputs.groups)))
    return Shares(
        inputs.groups, explained * total, explained * first, low, high, 1 - explained,
        swings[:, 0], swings[:, 1], centre, int(y.size),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Fit:
    """A polynomial in one index for each group.

    Attributes
    ----------
    weight : (P, G) array
        From inputs to the index of each group, of mean zero.
    coefficients : (T,) array
        Constant, indices, then squares, then products.
    model : pair of bool
        Whether it has squares, and products.
    indices : (D, G) array
        In the draws it was fitted to.
    """

    weight: Float[Array, "p g"]
    coefficients: Float[Array, " t"]
    model: tuple[bool, bool]
    indices: Float[Array, "d g"]

    def index(self, x: Float[Array, "d p"]) -> Float[Array, "d g"]:
        """Return the index of each group."""
        return x @ self.weight

    def at(self, index: Float[Array, " g"]) -> float:
        """Return the quantity at given indices."""
        return float((_terms(index[None], self.model) @ self.coefficients)[0])

    def predicted(self, x: Float[Array, "d p"]) -> Float[Array, " d"]:
        """Return the quantity in each draw."""
        return _terms(self.index(x), self.model) @ self.coefficients

    def effects(self) -> tuple[Float[Array, " g"], Float[Array, " g"]]:
        """Return first-order and Shapley shares of the polynomial's own variance."""
        groups = self.weight.shape[1]
        u = self.indices
        line = self.coefficients[1 : 1 + groups] * u
        squares, products = self.model
        if squares:
            line = line + self.coefficients[1 + groups : 1 + 2 * groups] * u**2
        own = line.var(axis=0)
        both = np.zeros((groups, groups))
        if products:
            a, b = np.triu_indices(groups, 1)
            pair = self.coefficients[1 + (1 + squares) * groups :] ** 2
            both[a, b] = pair * u[:, a].var(axis=0) * u[:, b].var(axis=0)
        shapley = own + (both.sum(0) + both.sum(1)) / 2
        whole = own.sum() + both.sum()
        return own / whole, shapley / whole


def _standard(x: Float[Array, "d p"]) -> Float[Array, "d p"]:
    """Return inputs with mean zero and variance one (zero where they do not vary)."""
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _fitted(
    inputs: Inputs, x: Float[Array, "d p"], y: Float[Array, " d"], model: tuple[bool, bool]
) -> _Fit:
    """Fit first how inputs of a group join to one index, then the polynomial in the indices."""
    slope = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y, rcond=None)[0][1:]
    weight = np.zeros((x.shape[1], len(inputs.groups)))
    alone = np.bincount(inputs.group, minlength=len(inputs.groups)) == 1
    weight[np.arange(x.shape[1]), inputs.group] = np.where(alone[inputs.group], 1.0, slope)
    # To one common size: where a group's slopes are near zero so is its index.
    size = (x @ weight).std(axis=0)
    weight = weight / np.where(size > 0, size, 1.0)
    u = x @ weight
    coefficients = np.linalg.lstsq(_terms(u, model), y, rcond=None)[0]
    return _Fit(weight, coefficients, model, u)


def _terms(u: Float[Array, "d g"], model: tuple[bool, bool]) -> Float[Array, "d t"]:
    """Return the polynomial's terms."""
    squares, products = model
    parts = [np.ones((len(u), 1)), u]
    if squares:
        parts.append(u**2)
    if products:
        a, b = np.triu_indices(u.shape[1], 1)
        parts.append(u[:, a] * u[:, b])
    return np.concatenate(parts, axis=1)


def _score(
    inputs: Inputs, x: Float[Array, "d p"], y: Float[Array, " d"], model: tuple[bool, bool]
) -> float:
    """Return the cross-validated R squared of a model; minus infinity with too few draws."""
    groups = len(inputs.groups)
    terms = 1 + groups + model[0] * groups + model[1] * groups * (groups - 1) // 2
    if y.size < EACH * max(terms, x.shape[1]) + BEYOND:
        return -np.inf
    fold = np.arange(y.size) % FOLDS
    missed = np.empty(y.size)
    for k in range(FOLDS):
        out = fold == k
        missed[out] = y[out] - _fitted(inputs, x[~out], y[~out], model).predicted(x[out])
    return float(1 - (missed**2).mean() / y.var())
