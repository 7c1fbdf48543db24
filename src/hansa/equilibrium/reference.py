"""Reference: the equations linearised at one solved state, and the quasi-Newton step from it.

May import only its siblings. Used to precondition the solver, never to report a number: a
wrong entry here costs iterations, not truth. The income side of the first-order system is that
of Kleinman, Liu & Redding (2024, AEJ: Macroeconomics).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import State, deficit, evaluate, per_country

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Reference:
    """Linear maps at one state of one scenario.

    Attributes
    ----------
    price_inverse : (N, J, J) array
        Inverse of I - (domestic share x input shares): prices of each country by itself.
    spending_inverse : (N, J, J) array
        The same for spending.
    price_by_wage : (J * N, N) array
        d log P / d log w with all price links.
    spending_by_wage : (J * N, N) array, million USD
        dX / d log w with all links.
    wage_inverse : (N, N) array
        Inverse of d log labour / d log w, its redundancy filled by the numeraire. An inverse
        and not an LU factor: LAPACK's getrs as wrapped by SciPy writes to the pivots while it
        runs, which is not safe on several threads.
    """

    price_inverse: Float[Array, "n j j"]
    spending_inverse: Float[Array, "n j j"]
    price_by_wage: Float[Array, "jn n"]
    spending_by_wage: Float[Array, "jn n"]
    wage_inverse: Float[Array, "n n"]

    def own_price(self, gap: Float[Array, "j n b"]) -> Float[Array, "j n b"]:
        """Return the price change that closes price gaps within each country by itself."""
        return per_country(self.price_inverse, gap)

    def own_spending(self, gap: Float[Array, "j n b"]) -> Float[Array, "j n b"]:
        """Return the spending change that closes spending gaps within each country."""
        return per_country(self.spending_inverse, gap)

    def wage_step(self, pinned_gap: Float[Array, "n b"]) -> Float[Array, "n b"]:
        """Return the Newton step of log wages for log labour gaps (with the numeraire added)."""
        return -(self.wage_inverse @ pinned_gap)

    def price_response(self, wage: Float[Array, "n b"]) -> Float[Array, "j n b"]:
        """Return the change of log prices that goes with a change of log wages."""
        return (self.price_by_wage @ wage).reshape(-1, *wage.shape)

    def spending_response(self, wage: Float[Array, "n b"]) -> Float[Array, "j n b"]:
        """Return the change of spending that goes with a change of log wages."""
        return (self.spending_by_wage @ wage).reshape(-1, *wage.shape)


def linearise(
    e: Economy, trade: Trade, d: Drivers, s: State, blocs: Int[Array, " n"], accuracy: float = 1e-4
) -> Reference:
    """Return the Reference at a state of one scenario (B = 1).

    Parameters
    ----------
    e, trade, d, s
        As in `evaluate`; ``s`` holds one scenario and should satisfy the price equations.
    blocs : (N,) int array
        Group of countries that trade with each other, directly or through others; each has a
        numeraire of its own.
    accuracy : float
        Relative accuracy of the sensitivities.

    Returns
    -------
    Reference
    """
    ev = evaluate(e, trade, d, s)
    x, per_access = ev.competitiveness[:, :, 0], (s.spending / ev.access)[:, :, 0]
    share = trade.access * x[:, None, :] / ev.access
    flow = trade.net * x[:, None, :] * per_access[:, :, None]
    j, n = x.shape
    own = np.arange(n)
    theta = e.trade_elasticity[:, None, None]
    price_inverse, spending_inverse = own_inverses(e, trade, ev.competitiveness, ev.access)

    # Prices: dp = share (gamma_va dw + inputs dp), one column for each wage.
    direct = share * e.value_added_share[:, None, :]

    def price_gap(p: Array) -> Array:
        return direct + np.matmul(share, per_country(e.input_share, p)) - p

    price = _fixed_point(price_gap, price_inverse, per_country(price_inverse, direct), accuracy)
    cost = per_country(e.input_share, price)
    cost[:, own, own] += e.value_added_share

    # Spending: sales move with competitiveness and with what each destination spends.
    substitution = -theta * ev.sales[:, :, :1] * cost + np.matmul(
        flow.transpose(0, 2, 1), theta * price
    )
    wage_bill = ev.wage_bill[:, 0]
    income = np.diag(wage_bill) + deficit_by_wage(e, np.exp(s.log_wage[:, 0]), d.deficits)
    leak = None
    if trade.taxed:
        net_share = trade.net * x[:, None, :] / ev.access
        kept = net_share.sum(2)
        leak = 1 - kept
        move = -theta * (np.matmul(net_share, cost) - kept[:, :, None] * price)
        income = income - (s.spending * move).sum(0)
    inverse_spending = np.where(s.spending > 0, 1 / np.where(s.spending > 0, s.spending, 1), 0.0)
    given = per_country(e.use_share, substitution) + e.final_share[:, :, None] * income

    def sales_change(v: Array) -> Array:
        return np.matmul(flow.transpose(0, 2, 1), v * inverse_spending)

    def spending_gap(v: Array) -> Array:
        new = given + per_country(e.use_share, sales_change(v))
        if leak is not None:
            new = new + e.final_share[:, :, None] * (leak[:, :, None] * v).sum(0)
        return new - v

    spending = _fixed_point(
        spending_gap, spending_inverse, per_country(spending_inverse, given), accuracy
    )
    labour = (e.value_added_share[:, :, None] * (substitution + sales_change(spending))).sum(0)
    # Labour demand is close to isoelastic in the wage, so its log is close to linear.
    wage_map = labour / (wage_bill * ev.labour[:, 0])[:, None] - np.eye(n) + numeraire(e, blocs)
    return Reference(
        price_inverse,
        spending_inverse,
        np.ascontiguousarray(price.reshape(j * n, n)),
        np.ascontiguousarray(spending.reshape(j * n, n)),
        _inverse(wage_map),
    )


def _inverse(a: Float[Array, "n n"]) -> Float[Array, "n n"]:
    """Return the inverse, or the pseudo-inverse where rounding leaves none (NaN if not finite)."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(a)


def own_inverses(
    e: Economy, trade: Trade, x: Float[Array, "j n 1"], access: Float[Array, "j n 1"]
) -> tuple[Float[Array, "n j j"], Float[Array, "n j j"]]:
    """Return each country's own inverse of the price and of the spending equations.

    Only what a country buys from itself is kept; the rest of the world is held fixed.
    """
    own = np.arange(e.value_added.size)
    bought = (x / access)[:, :, 0]
    domestic = (trade.access[:, own, own] * bought).T
    domestic_net = (trade.net[:, own, own] * bought).T
    eye = np.eye(e.trade_elasticity.size)
    price = np.linalg.inv(eye - domestic[:, :, None] * e.input_share)
    spending = np.linalg.inv(eye - e.use_share * domestic_net[:, None, :])
    return price, spending


def deficit_by_wage(e: Economy, wage_hat: Float[Array, " n"], rule: str) -> Float[Array, "n n"]:
    """Return the derivative of D' with respect to log wages: country, wage; million USD."""
    raw = e.deficit * wage_hat
    if rule == "fixed" or not raw.any():
        return np.zeros((raw.size, raw.size))
    new = deficit(e, wage_hat[:, None], rule)[:, 0]
    up, down = np.maximum(raw, 0.0), np.maximum(-raw, 0.0)
    both = (up + down) / (up + down).sum()
    scale = both - np.where(raw[:, None] > 0, up / up.sum(), down / down.sum())
    return np.asarray(np.diag(new) + new[:, None] * scale)


def numeraire(e: Economy, blocs: Int[Array, " n"]) -> Float[Array, "n n"]:
    """Return the (N, N) map whose rows add each bloc's value-added gap to its labour gaps."""
    together = blocs[:, None] == blocs[None, :]
    weight = together * e.value_added[None, :]
    return weight / weight.sum(1, keepdims=True)


def _fixed_point(
    gap: Callable[[Array], Array], inverse: Array, start: Array, accuracy: float
) -> Array:
    """Solve ``gap(v) = 0``, a linear contraction, preconditioned by each country's own block."""
    v = start
    scale = np.abs(start).max()
    for _ in range(500):
        change = per_country(inverse, gap(v))
        v = v + change
        if np.abs(change).max() <= accuracy * scale:
            break
    return v
