"""Reference: the equations linearised at one solved state, and the quasi-Newton step from it.

May import only its siblings. Used to precondition the solver, never to report a number: a
wrong entry here costs iterations, not truth. The income side of the first-order system is that
of Kleinman, Liu & Redding (2024, AEJ: Macroeconomics).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import (
    Demand,
    Evaluation,
    State,
    deficit,
    evaluate,
    per_country,
)

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
    price_by_wage : (J * N, F * N) array
        d log P / d log w with all price links.
    spending_by_wage : (J * N, F * N) array, million USD
        dX / d log w with all links.
    wage_inverse : (F * N, F * N) array
        Inverse of d log labour / d log w, its redundancy filled by the numeraire. An inverse
        and not an LU factor: LAPACK's getrs as wrapped by SciPy writes to the pivots while it
        runs, which is not safe on several threads.
    labour_by_wage : (F * N, F * N) array
        d log labour / d log w itself, without the numeraire.
    """

    price_inverse: Float[Array, "n j j"]
    spending_inverse: Float[Array, "n j j"]
    price_by_wage: Float[Array, "jn fn"]
    spending_by_wage: Float[Array, "jn fn"]
    wage_inverse: Float[Array, "fn fn"]
    labour_by_wage: Float[Array, "fn fn"]

    def own_price(self, gap: Any, xp: Any = np) -> Any:
        """Return the (J, N, B) price change that closes price gaps within each country."""
        return per_country(self.price_inverse, gap, xp)

    def own_spending(self, gap: Any, xp: Any = np) -> Any:
        """Return the (J, N, B) spending change that closes spending gaps within each country."""
        return per_country(self.spending_inverse, gap, xp)

    def wage_step(self, pinned_gap: Any) -> Any:
        """Return the Newton step of log wages for log labour gaps (with the numeraire added)."""
        flat = pinned_gap.reshape(-1, pinned_gap.shape[-1])
        return -(self.wage_inverse @ flat).reshape(pinned_gap.shape)

    def price_response(self, wage: Any) -> Any:
        """Return the change of log prices that goes with a change of log wages."""
        flat = wage.reshape(-1, wage.shape[-1])
        return (self.price_by_wage @ flat).reshape(-1, *wage.shape[1:])

    def spending_response(self, wage: Any) -> Any:
        """Return the change of spending that goes with a change of log wages."""
        flat = wage.reshape(-1, wage.shape[-1])
        return (self.spending_by_wage @ flat).reshape(-1, *wage.shape[1:])


def linearise(
    e: Economy,
    trade: Trade,
    d: Drivers,
    s: State,
    blocs: Int[Array, " n"],
    accuracy: float = 1e-2,
    near: Reference | None = None,
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
    near : Reference, optional
        Of a like state, from which the sensitivities are sought.

    Returns
    -------
    Reference
    """
    ev = evaluate(e, trade, d, s)
    local = local_shares(e, ev.demand, s)
    x, per_access = ev.competitiveness[:, :, 0], (s.spending / ev.access)[:, :, 0]
    share = trade.access * x[:, None, :] / ev.access
    flow = trade.net * x[:, None, :] * per_access[:, :, None]
    j, n = x.shape
    theta = e.trade_elasticity[:, None, None]
    price_inverse, spending_inverse = own_inverses(local, trade, ev.competitiveness, ev.access)

    # Prices: dp = share (gamma_va dw + inputs dp), one column for each wage.
    wage = wage_columns(e)
    by_wage = local.value_added[:, :, None] * wage
    direct = np.matmul(share, by_wage)

    def price_gap(p: Array) -> Array:
        return direct + np.matmul(share, per_country(local.inputs, p)) - p

    begin = _begin(None if near is None else near.price_by_wage, price_inverse, direct)
    price = _fixed_point(price_gap, price_inverse, begin, accuracy)
    cost = per_country(local.inputs, price) + by_wage

    # Spending: sales move with competitiveness and with what each destination spends.
    sales = ev.sales[:, :, :1]
    substitution = -theta * sales * cost + np.matmul(flow.transpose(0, 2, 1), theta * price)
    wage_bill = ev.wage_bill[:, :, 0]
    income = (wage_bill[:, :, None] * wage).sum(0)
    if d.deficits == "proportional":
        income = income + deficit_by_wage(e, wage_bill, d.deficits)
    leak = None
    if trade.taxed:
        net_share = trade.net * x[:, None, :] / ev.access
        kept = net_share.sum(2)
        leak = 1 - kept
        move = -theta * (np.matmul(net_share, cost) - kept[:, :, None] * price)
        income = income - (s.spending * move).sum(0)
    inverse_spending = np.where(s.spending > 0, 1 / np.where(s.spending > 0, s.spending, 1), 0.0)
    given = per_country(local.use, substitution) + local.final[:, :, None] * income
    if e.technology is not None:
        given = given + _demand_change(e, local, sales, ev.income, price, cost)

    def sales_change(v: Array) -> Array:
        return np.matmul(flow.transpose(0, 2, 1), v * inverse_spending)

    def spending_gap(v: Array) -> Array:
        new = given + per_country(local.use, sales_change(v))
        if leak is not None:
            new = new + local.final[:, :, None] * (leak[:, :, None] * v).sum(0)
        return new - v

    begin = _begin(None if near is None else near.spending_by_wage, spending_inverse, given)
    spending = _fixed_point(spending_gap, spending_inverse, begin, accuracy)
    paid = local.value_added[:, :, None] * (substitution + sales_change(spending))
    if e.technology is not None:
        relative = (1 - e.technology.bundle)[:, None, None] * (wage - cost)
        paid = paid + local.value_added[:, :, None] * sales * relative
    labour = _labour_by_wage(ev, paid)
    return Reference(
        price_inverse,
        spending_inverse,
        np.ascontiguousarray(price.reshape(j * n, -1)),
        np.ascontiguousarray(spending.reshape(j * n, -1)),
        inverse_of(labour + _pin(e, blocs)),
        labour,
    )


def _labour_by_wage(ev: Evaluation, paid: Float[Array, "j n c"]) -> Float[Array, "c c"]:
    """Return d log labour / d log w.

    Labour demand is close to isoelastic in the wage, so its log is close to linear.
    """
    f, n = ev.wage_bill.shape[:2]
    if f == 1:
        paid = paid.sum(0)[None]
    bill = (ev.wage_bill * ev.labour)[:, :, 0]
    used = bill > 0
    rows = np.where(used[:, :, None], paid / np.where(used, bill, 1.0)[:, :, None], 0.0)
    return rows.reshape(f * n, f * n) - np.eye(f * n)


def _pin(e: Economy, blocs: Int[Array, " n"]) -> Float[Array, "c c"]:
    """Return the gap of each bloc's value added, by wage, for every row of the wage map."""
    f, n = e.factor_income.shape
    weight = numeraire(e, blocs) / e.value_added
    return np.tile((weight[:, None, :] * e.factor_income[None]).reshape(n, f * n), (f, 1))


def deficit_by_wage(e: Economy, wage_bill: Float[Array, "f n"], rule: str) -> Float[Array, "n c"]:
    """Return the derivative of D' with respect to log wages, (N, F * N), million USD."""
    f, n = wage_bill.shape
    earned = wage_bill.sum(0)
    by_wage = np.tile(np.eye(n), f) * wage_bill.ravel()
    raw = e.deficit / e.value_added * earned
    if rule == "fixed" or not raw.any():
        return np.zeros_like(by_wage)
    new = deficit(e, earned[:, None], rule)[:, 0]
    up, down = np.maximum(raw, 0.0), np.maximum(-raw, 0.0)
    both = (up + down) / (up + down).sum()
    scale = both - np.where(raw[:, None] > 0, up / up.sum(), down / down.sum())
    by_earned = np.diag(new) + new[:, None] * scale
    return np.asarray((by_earned / earned) @ by_wage)


@dataclass(frozen=True, eq=False)
class LocalShares:
    """Cost and final shares at a state of one scenario.

    Attributes
    ----------
    value_added, final : (J, N) arrays
    inputs, use : (N, J, J) arrays
        Cost rows and use rows, as `Economy.input_share` and `Economy.use_share`.
    """

    value_added: Float[Array, "j n"]
    final: Float[Array, "j n"]
    inputs: Float[Array, "n j j"]
    use: Float[Array, "n j j"]


def local_shares(e: Economy, demand: Demand, s: State) -> LocalShares:
    """Return the shares at a state: those of the baseline under Cobb-Douglas."""
    t = e.technology
    if t is None:
        return LocalShares(e.value_added_share, e.final_share, e.input_share, e.use_share)
    relative = s.log_price[:, :, 0].T[:, None, :] - demand.log_bundle[:, :, 0].T[:, :, None]
    scale = demand.bundle_scale[:, :, 0].T[:, :, None]
    inputs = e.input_share * scale * np.exp((1 - t.inputs)[None, :, None] * relative)
    value_added, final = demand.value_added_share[:, :, 0], demand.final_share[:, :, 0]
    return LocalShares(value_added, final, inputs, np.ascontiguousarray(inputs.transpose(0, 2, 1)))


def _demand_change(
    e: Economy,
    local: LocalShares,
    sales: Float[Array, "j n 1"],
    income: Float[Array, "n 1"],
    price: Float[Array, "j n c"],
    cost: Float[Array, "j n c"],
) -> Float[Array, "j n c"]:
    """Return how spending changes because shares do, at given sales and income."""
    t = e.technology
    assert t is not None
    eta, epsilon = t.inputs[:, None, None], t.bundle[:, None, None]
    total = local.inputs.sum(2, keepdims=True)
    mix = local.inputs / np.where(total > 0, total, 1.0)
    bundle = per_country(mix, price)
    final = local.final[:, :, None]
    index = (final * price).sum(0)
    inner = sales * ((eta - epsilon) * bundle - (1 - epsilon) * cost)
    own = per_country(local.use, sales * (1 - eta)) + final * income * (1 - t.final)
    return per_country(local.use, inner) + own * price - final * income * (1 - t.final) * index


def wage_columns(e: Economy) -> Float[Array, "f n c"]:
    """Return which wage each column moves: the unit matrix over (factor, country)."""
    f, n = e.factor_income.shape
    return np.eye(f * n).reshape(f, n, f * n)


def inverse_of(a: Float[Array, "*stack n n"]) -> Float[Array, "*stack n n"]:
    """Return inverses, or pseudo-inverses where rounding leaves none (NaN if not finite)."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(a)


def own_inverses(
    local: LocalShares, trade: Trade, x: Float[Array, "j n 1"], access: Float[Array, "j n 1"]
) -> tuple[Float[Array, "n j j"], Float[Array, "n j j"]]:
    """Return each country's own inverse of the price and of the spending equations.

    Only what a country buys from itself is kept; the rest of the world is held fixed.
    """
    own = np.arange(x.shape[1])
    bought = (x / access)[:, :, 0]
    domestic = (trade.access[:, own, own] * bought).T
    domestic_net = (trade.net[:, own, own] * bought).T
    eye = np.eye(x.shape[0])
    price = inverse_of(eye - domestic[:, :, None] * local.inputs)
    spending = inverse_of(eye - local.use * domestic_net[:, None, :])
    return price, spending


def numeraire(e: Economy, blocs: Int[Array, " n"]) -> Float[Array, "n n"]:
    """Return the (N, N) map whose rows add each bloc's value-added gap to its labour gaps."""
    together = blocs[:, None] == blocs[None, :]
    weight = together * e.value_added[None, :]
    return weight / weight.sum(1, keepdims=True)


def _begin(near: Array | None, inverse: Array, given: Array) -> Array:
    """Return where to seek a sensitivity: at a like state's, or what each country's block says."""
    return per_country(inverse, given) if near is None else near.reshape(given.shape)


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
