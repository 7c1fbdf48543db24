"""The equations of the equilibrium: the only place where its economics is written.

May import only array types. Caliendo & Parro (2015, REStud 82, 1-44) in exact hat algebra.
All functions take and return (J, N, B) arrays: sector, country, scenario. They use operators
and ufuncs that NumPy and JAX share, through the namespace ``xp``, so one text serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from hansa.equilibrium.economy import Batch, Drivers, Economy

Array = Any


@runtime_checkable
class TradeOperators(Protocol):
    """What the equations need to know of trade; `Trade` is the one of NumPy.

    The operators hold pi * kappa^-theta and the same net of tariffs, and apply them to (J, N, B)
    arrays: over origins (`buy`, `buy_net`) or over destinations (`sell`).
    """

    @property
    def taxed(self) -> bool:
        """Whether any flow pays a tariff."""

    def buy(self, x: Array) -> Array:
        """Sum over origins of access times x."""

    def buy_net(self, x: Array) -> Array:
        """As `buy`, net of tariffs."""

    def sell(self, z: Array) -> Array:
        """Sum over destinations of net access times z."""


@dataclass(frozen=True, eq=False)
class State(Batch):
    """The unknowns of a batch of scenarios.

    Attributes
    ----------
    log_price : (J, N, B) array
        log P hat of each sector's composite.
    spending : (J, N, B) array, million USD
        X'.
    log_wage : (N, B) array
        log w hat.
    """

    log_price: Array
    spending: Array
    log_wage: Array


@dataclass(frozen=True, eq=False)
class Evaluation(Batch):
    """Everything the equations say at a state; the residuals are zero in equilibrium.

    Attributes
    ----------
    log_cost, competitiveness : (J, N, B) arrays
        log c hat and c^-theta.
    access : (J, N, B) array
        P^-theta implied by the costs.
    sales : (J, N, B) array, million USD
        Y'.
    revenue, income : (N, B) arrays, million USD
        Tariff revenue and I'.
    wage_bill : (N, B) array, million USD
        w hat w L.
    price_gap : (J, N, B) array
        Implied minus assumed log price.
    spending_gap : (J, N, B) array, million USD
        Implied minus assumed spending.
    labour : (N, B) array
        Demand for labour over its income; one in equilibrium.
    """

    log_cost: Array
    competitiveness: Array
    access: Array
    sales: Array
    revenue: Array
    income: Array
    wage_bill: Array
    price_gap: Array
    spending_gap: Array
    labour: Array


def per_country(matrices: Array, values: Array, xp: Any = np) -> Array:
    """Multiply each country's (J, J) matrix with its column of (J, N, B) values."""
    return xp.matmul(matrices, values.transpose(1, 0, 2)).transpose(1, 0, 2)


def log_unit_cost(e: Economy, log_wage: Array, log_price: Array, d: Drivers, xp: Any = np) -> Array:
    """c = w^gamma prod_k P_k^gamma_k / A, in logs of hats."""
    inputs = per_country(e.input_share, log_price, xp)
    return e.value_added_share[:, :, None] * log_wage[None] + inputs - d.log_productivity


def deficit(e: Economy, wage_hat: Array, rule: str, xp: Any = np) -> Array:
    """D': fixed in units of world value added, or proportional to own value added.

    Proportional deficits are rescaled, surpluses and deficits each, so that they sum to zero.
    """
    if rule == "fixed":
        return xp.broadcast_to(e.deficit[:, None], wage_hat.shape)
    raw = e.deficit[:, None] * wage_hat
    up = xp.where(raw > 0, raw, 0.0)
    down = raw - up
    total_up, total_down = up.sum(0), -down.sum(0)
    half = (total_up + total_down) / 2
    safe_up = xp.where(total_up > 0, total_up, 1.0)
    safe_down = xp.where(total_down > 0, total_down, 1.0)
    return up * (half / safe_up) + down * (half / safe_down)


def sales_of(trade: TradeOperators, competitiveness: Array, per_access: Array) -> Array:
    """Y' = sum over destinations of pi' X' / (1 + t')."""
    return competitiveness * trade.sell(per_access)


def spending_of(e: Economy, sales: Array, income: Array, xp: Any = np) -> Array:
    """X' = inputs into sales plus final demand."""
    return per_country(e.use_share, sales, xp) + e.final_share[:, :, None] * income[None]


def evaluate(e: Economy, trade: TradeOperators, d: Drivers, s: State, xp: Any = np) -> Evaluation:
    """Return all equations at a state.

    Parameters
    ----------
    e : Economy
    trade : TradeOperators
        Operators that hold pi * kappa^-theta and the same net of tariffs.
    d : Drivers
    s : State
    xp : module
        ``numpy`` or ``jax.numpy``.

    Returns
    -------
    Evaluation

    References
    ----------
    Caliendo & Parro (2015), equations 10-14, in the order of the design page.
    """
    theta = e.trade_elasticity[:, None, None]
    log_cost = log_unit_cost(e, s.log_wage, s.log_price, d, xp)
    x = xp.exp(-theta * log_cost)
    access = trade.buy(x)
    # A good that nobody can buy has no price; the check before solving made sure that it is
    # not needed, so any finite number serves.
    access = xp.where(access > 0, access, 1.0)
    per_access = s.spending / access
    sales = sales_of(trade, x, per_access)
    if trade.taxed:
        revenue = (per_access * (access - trade.buy_net(x))).sum(0)
    else:
        revenue = xp.zeros_like(s.log_wage)
    wage_hat = xp.exp(s.log_wage)
    wage_bill = wage_hat * e.value_added[:, None]
    income = wage_bill + revenue + deficit(e, wage_hat, d.deficits, xp) + d.transfer
    spending = spending_of(e, sales, income, xp)
    labour = (e.value_added_share[:, :, None] * sales).sum(0)
    return Evaluation(
        log_cost=log_cost,
        competitiveness=x,
        access=access,
        sales=sales,
        revenue=revenue,
        income=income,
        wage_bill=wage_bill,
        price_gap=-xp.log(access) / theta - s.log_price,
        spending_gap=spending - s.spending,
        labour=labour / wage_bill,
    )


def residuals(ev: Evaluation, s: State, xp: Any = np) -> tuple[Array, Array]:
    """Return the two relative max-norm residuals per scenario: markets, prices; each (B,).

    Markets: the gap in spending over spending (over a millionth of income where spending is
    smaller), the gap in the labour market over the wage bill, and the gap of world value added
    to its baseline (the numeraire, which fixed deficits and all money depend on). Prices: the
    gap in logs.
    """
    scale = xp.maximum(xp.abs(s.spending), 1e-6 * xp.abs(ev.income)[None])
    goods = (xp.abs(ev.spending_gap) / scale).max((0, 1))
    labour = xp.abs(ev.labour - 1.0).max(0)
    value_added = (ev.wage_bill / xp.exp(s.log_wage)).sum(0)
    numeraire = xp.abs(ev.wage_bill.sum(0) / value_added - 1.0)
    return xp.maximum(goods, xp.maximum(labour, numeraire)), xp.abs(ev.price_gap).max((0, 1))
