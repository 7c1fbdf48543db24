"""Many gradients at once, by elimination: prices, then spending, then one dense map of wages.

May import ``hansa.errors`` and its siblings. Prices never depend on spending, so the transposed
Jacobian is block triangular but for wages. With W wages and B right-hand sides this costs at most
W + B solves of each block, all of them matrix products of 2 J N^2 + 2 J^2 N operations a column;
Krylov steps on the whole system cost more than twice that each, and their bases as much again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.equilibrium.equations import per_country
from hansa.equilibrium.krylov import TOLERANCE, not_solved, solve_linear
from hansa.equilibrium.local import GAPS, UNKNOWNS, Tree
from hansa.equilibrium.tangent import Tangent

Array = np.ndarray

#: Relative residual that the blocks are solved to.
AIM = 1e-14
#: Contraction of a step above which Krylov steps take over, so many columns at a time.
SLOW, COLUMNS = 0.6, 64


@dataclass(frozen=True, eq=False)
class Factor:
    """The transposed Jacobian of a point with its blocks eliminated.

    Attributes
    ----------
    tangent : Tangent
    price, spending : (J, N, W) arrays
        Weights of the price and spending gaps that go with a unit weight of each labour gap,
        so that prices and spending weigh nothing.
    wage : (W, W) array
        Weights of the wages left by each of those.
    own : dict
        Transposed own-country inverses of the two blocks, by gap.
    """

    tangent: Tangent
    price: Float[Array, "j n w"]
    spending: Float[Array, "j n w"]
    wage: Float[Array, "w w"]
    own: dict[str, Float[Array, "n j j"]]

    def solve(self, weights: Tree) -> Tree:
        """Return the weights of the gaps that amount to these weights of the unknowns.

        Raises
        ------
        ConvergenceError
            If a relative residual stays above 1e-12.
        """
        found, history = self._eliminated(weights), []
        for _ in range(2):
            pulled = self.tangent.pull(found)
            rest = {name: weights[name] - pulled[name] for name in UNKNOWNS}
            left = np.max(_norm(rest) / np.maximum(_norm(weights), 1e-300))
            history.append(float(left))
            if left <= TOLERANCE:
                return found
            more = self._eliminated(rest)
            found = {name: found[name] + more[name] for name in GAPS}
        raise not_solved(history)

    def _eliminated(self, weights: Tree) -> Tree:
        """One pass: exact but for rounding."""
        t = self.tangent
        spending = solve_block(t, self.own, "spending", weights["spending"])
        by_spending = t.pull({"spending_gap": spending}, ("log_price", "log_wage"))
        price = solve_block(
            t, self.own, "log_price", weights["log_price"] - by_spending["log_price"]
        )
        by_price = t.pull({"price_gap": price}, ("log_wage",))
        wage = weights["log_wage"] - by_spending["log_wage"] - by_price["log_wage"]
        labour = np.linalg.solve(self.wage, wage.reshape(-1, wage.shape[2]))
        return {
            "price_gap": price + self.price @ labour,
            "spending_gap": spending + self.spending @ labour,
            "labour_gap": labour.reshape(wage.shape),
        }


def factor(tangent: Tangent) -> Factor:
    """Return the one factorisation that all right-hand sides share."""
    point = tangent.point
    own = own_inverses(tangent)
    width = tangent.sizes["labour_gap"] * point.economy.value_added.size
    unit = np.eye(width).reshape(tangent.sizes["labour_gap"], -1, width)
    direct = tangent.pull({"labour_gap": unit})
    spending = solve_block(tangent, own, "spending", -direct["spending"])
    by_spending = tangent.pull({"spending_gap": spending}, ("log_price", "log_wage"))
    price = solve_block(tangent, own, "log_price", -direct["log_price"] - by_spending["log_price"])
    by_price = tangent.pull({"price_gap": price}, ("log_wage",))
    wage = direct["log_wage"] + by_spending["log_wage"] + by_price["log_wage"]
    return Factor(tangent, price, spending, wage.reshape(width, width), own)


def own_inverses(tangent: Tangent) -> dict[str, Float[Array, "n j j"]]:
    """Return the transposed inverses of what a country's prices and spending do to themselves.

    Only what it buys from itself is kept.
    """
    blocks, trade = tangent.blocks, tangent.point.trade
    at = np.arange(trade.access.shape[1])

    def full(output: str, name: str) -> Float[Array, "n j j"]:
        block = blocks.get((output, name), np.zeros((tangent.sizes[name], at.size)))
        return block.T[:, :, None] * np.eye(block.shape[0]) if block.ndim == 2 else block

    bought, sold = trade.access[:, at, at].T, trade.net[:, at, at].T
    price = full("price_gap", "log_price") + full("price_gap", "seen") @ (
        bought[:, :, None] * full("competitiveness", "log_price")
    )
    spending = full("spending_gap", "spending") + full("spending_gap", "sold") @ (
        sold[:, :, None] * full("per_access", "spending")
    )
    named = {"log_price": price, "spending": spending}
    return {k: np.ascontiguousarray(np.linalg.inv(v).transpose(0, 2, 1)) for k, v in named.items()}


def solve_block(
    tangent: Tangent, own: dict[str, Array], unknown: str, weights: Float[Array, "j n b"]
) -> Float[Array, "j n b"]:
    """Return the weights of one gap that amount to these weights of its unknown alone.

    A contraction, as cost shares of inputs sum to less than one, preconditioned by each
    country's own block.
    """
    gap = {"log_price": "price_gap", "spending": "spending_gap"}[unknown]

    def left_over(y: Array) -> Array:
        return weights - tangent.pull({gap: y}, (unknown,))[unknown]

    y, rest = np.zeros_like(weights), weights
    size, left = np.maximum(_norm({unknown: weights}), 1e-300), 1.0
    while rest.any() and left > AIM:
        before = left
        y = y + per_country(own[unknown], rest)
        rest = left_over(y)
        left = float((_norm({unknown: rest}) / size).max())
        if left > SLOW * before:
            break
    if left > TOLERANCE:
        y = y + _by_krylov(tangent, own[unknown], unknown, gap, rest)
    return y


def _by_krylov(
    tangent: Tangent, own: Array, unknown: str, gap: str, weights: Float[Array, "j n b"]
) -> Float[Array, "j n b"]:
    """As `solve_block`, where countries buy little from themselves and the contraction is slow."""
    j, n, width = weights.shape

    def apply(flat: Array) -> Array:
        return tangent.pull({gap: flat.reshape(j, n, -1)}, (unknown,))[unknown].reshape(flat.shape)

    def precondition(flat: Array) -> Array:
        return per_country(own, flat.reshape(j, n, -1)).reshape(flat.shape)

    flat = weights.reshape(j * n, width)
    parts = [
        solve_linear(apply, precondition, flat[:, at : at + COLUMNS])
        for at in range(0, width, COLUMNS)
    ]
    return np.concatenate(parts, axis=1).reshape(weights.shape)


def _norm(named: Tree) -> Float[Array, " b"]:
    return np.sqrt(sum(np.einsum("jnb,jnb->b", a, a) for a in named.values()))
