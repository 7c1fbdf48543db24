"""The equations of the equilibrium: the only place where its economics is written.

May import only array types. Caliendo & Parro (2015, REStud 82, 1-44) in exact hat algebra.
Nested CES with sector-specific labour as an option; Cobb-Douglas with mobile labour, the paper's
case, is elasticities of one. Arrays are (J, N, B): sector, country, scenario. Only operators and
ufuncs that NumPy and JAX share are used, through the namespace ``xp``: one text serves both.
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
    log_wage : (F, N, B) array
        log w hat; F is 1 if labour moves between sectors, J if every sector has its own wage.
    """

    log_price: Array
    spending: Array
    log_wage: Array


@dataclass(frozen=True, eq=False)
class Demand(Batch):
    """What sectors and consumers buy at given prices, beyond Cobb-Douglas.

    Attributes
    ----------
    value_added_share : (J, N, B) array, or (J, N, 1)
        gamma' of sector j.
    log_bundle, log_price : (J, N, B) arrays or None
        log Q of each sector's inputs and log P of each good; None under Cobb-Douglas.
    bundle_scale : (J, N, B) array or None
        Share of the bundle in cost, new over old.
    final_share : (J, N, B) array, or (J, N, 1)
        alpha'.
    """

    value_added_share: Array
    log_bundle: Array
    log_price: Array
    bundle_scale: Array
    final_share: Array


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
    demand : Demand
    wage_bill : (F, N, B) array, million USD
        w hat w L.
    price_gap : (J, N, B) array
        Implied minus assumed log price.
    spending_gap : (J, N, B) array, million USD
        Implied minus assumed spending.
    labour : (F, N, B) array
        Demand for labour over its income; one in equilibrium.
    """

    log_cost: Array
    competitiveness: Array
    access: Array
    sales: Array
    revenue: Array
    income: Array
    demand: Demand
    wage_bill: Array
    price_gap: Array
    spending_gap: Array
    labour: Array


def per_country(matrices: Array, values: Array, xp: Any = np) -> Array:
    """Multiply each country's (J, J) matrix with its column of (J, N, B) values."""
    return xp.matmul(matrices, values.transpose(1, 0, 2)).transpose(1, 0, 2)


def log_unit_cost(e: Economy, log_wage: Array, log_price: Array, d: Drivers, xp: Any = np) -> Array:
    """Log c hat: value added and the bundle of inputs, nested, over A."""
    return _unit_cost(e, log_wage, log_price, xp)[0] - d.log_productivity


def _unit_cost(e: Economy, log_wage: Array, log_price: Array, xp: Any) -> tuple[Array, Array]:
    """Return log c hat at A = 1 and the part of it that inputs have, (1 - gamma) log Q."""
    inputs = _inputs_cost(e, log_price, xp)
    share = e.value_added_share[:, :, None]
    cost = share * log_wage + inputs
    if e.technology is None:
        return cost, inputs
    power = (1 - e.technology.bundle)[:, None, None]
    bundle = inputs / _or_one(1 - share, xp)
    total = share * xp.exp(power * log_wage) + (1 - share) * xp.exp(power * bundle)
    return xp.where(power == 0, cost, xp.log(total) / _or_one(power, xp)), inputs


def _inputs_cost(e: Economy, log_price: Array, xp: Any) -> Array:
    """Return (1 - gamma) log Q of each sector's bundle of inputs."""
    if e.technology is None:
        return per_country(e.input_share, log_price, xp)
    parts = []
    for group in e.technology.groups:
        rows = group.rows
        if group.cobb_douglas:
            part = per_country(e.input_share[:, rows], log_price, xp)
        else:
            power = 1 - e.technology.inputs[group.sectors[0]]
            total = per_country(e.input_mix[:, rows], xp.exp(power * log_price), xp)
            log_bundle = xp.log(xp.where(total > 0, total, 1.0)) / power
            part = (1 - e.value_added_share[rows])[:, :, None] * log_bundle
        parts.append(part)
    return xp.concatenate(parts)[e.technology.order] if len(parts) > 1 else parts[0]


def consumer_price(e: Economy, log_price: Array, xp: Any = np) -> Array:
    """Log of the price index of final demand, (N, B)."""
    share = e.final_share[:, :, None]
    index = (share * log_price).sum(0)
    if e.technology is None:
        return index
    power = 1 - e.technology.final
    total = (share * xp.exp(power * log_price)).sum(0)
    return xp.where(power == 0, index, xp.log(total) / _or_one(power, xp))


def demand_at(e: Economy, log_wage: Array, log_price: Array, xp: Any = np) -> Demand:
    """Return cost and final shares at given wages and prices."""
    share, final = e.value_added_share[:, :, None], e.final_share[:, :, None]
    if e.technology is None:
        return Demand(share, None, None, None, final)
    cost, inputs = _unit_cost(e, log_wage, log_price, xp)
    power = (1 - e.technology.bundle)[:, None, None]
    bundle = inputs / _or_one(1 - share, xp)
    relative = (1 - e.technology.final) * (log_price - consumer_price(e, log_price, xp))
    return Demand(
        share * xp.exp(power * (log_wage - cost)),
        bundle,
        log_price,
        xp.exp(power * (bundle - cost)),
        final * xp.exp(relative),
    )


def _or_one(value: Array, xp: Any) -> Array:
    """Return the value, or one where it is zero: a divisor for what `where` leaves out."""
    return xp.where(value == 0, 1.0, value)


def deficit(e: Economy, value_added: Array, rule: str, xp: Any = np) -> Array:
    """D': fixed in units of world value added, or proportional to own value added.

    Proportional deficits are rescaled, surpluses and deficits each, so that they sum to zero.
    """
    if rule == "fixed":
        return xp.broadcast_to(e.deficit[:, None], value_added.shape)
    raw = (e.deficit / e.value_added)[:, None] * value_added
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


def spending_of(e: Economy, demand: Demand, sales: Array, income: Array, xp: Any = np) -> Array:
    """X' = inputs into sales plus final demand."""
    return _inputs_bought(e, demand, sales, xp) + demand.final_share * income[None]


def _inputs_bought(e: Economy, demand: Demand, sales: Array, xp: Any) -> Array:
    """Return what all sectors of a country together buy of each good."""
    if e.technology is None:
        return per_country(e.use_share, sales, xp)
    spent = sales * demand.bundle_scale
    bought: Any = 0.0
    for group in e.technology.groups:
        rows = group.rows
        if group.cobb_douglas:
            bought = bought + per_country(e.use_share[:, :, rows], spent[rows], xp)
        else:
            power = 1 - e.technology.inputs[group.sectors[0]]
            deflated = spent[rows] * xp.exp(-power * demand.log_bundle[rows])
            worth = per_country(e.use_share[:, :, rows], deflated, xp)
            bought = bought + xp.exp(power * demand.log_price) * worth
    return bought


def labour_of(e: Economy, demand: Demand, sales: Array, wage_bill: Array, xp: Any = np) -> Array:
    """Return demand for labour over its income, (F, N, B); one where there is no such labour."""
    paid = demand.value_added_share * sales
    if e.technology is None or not e.technology.specific:
        return paid.sum(0)[None] / wage_bill
    used = e.factor_income[:, :, None] > 0
    return xp.where(used, paid, 1.0) / xp.where(used, wage_bill, 1.0)


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
        revenue = xp.zeros_like(s.log_wage[0])
    wage_bill = xp.exp(s.log_wage) * e.factor_income[:, :, None]
    earned = wage_bill.sum(0)
    income = earned + revenue + deficit(e, earned, d.deficits, xp) + d.transfer
    demand = demand_at(e, s.log_wage, s.log_price, xp)
    return Evaluation(
        log_cost=log_cost,
        competitiveness=x,
        access=access,
        sales=sales,
        revenue=revenue,
        income=income,
        demand=demand,
        wage_bill=wage_bill,
        price_gap=-xp.log(access) / theta - s.log_price,
        spending_gap=spending_of(e, demand, sales, income, xp) - s.spending,
        labour=labour_of(e, demand, sales, wage_bill, xp),
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
    labour = xp.abs(ev.labour - 1.0).max((0, 1))
    value_added = (ev.wage_bill / xp.exp(s.log_wage)).sum((0, 1))
    numeraire = xp.abs(ev.wage_bill.sum((0, 1)) / value_added - 1.0)
    return xp.maximum(goods, xp.maximum(labour, numeraire)), xp.abs(ev.price_gap).max((0, 1))


def certificate(ev: Evaluation, s: State, xp: Any = np) -> tuple[Array, Array]:
    """Return the two residuals; the market one is infinite where somebody's income is not > 0."""
    market, price = residuals(ev, s, xp)
    return xp.where((ev.income > 0).all(0), market, xp.inf), price
