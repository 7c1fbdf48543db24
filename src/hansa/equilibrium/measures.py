"""What is read off a solved state: welfare, wages, prices, flows, the parts of welfare.

May import ``hansa.world`` and its siblings. Formulas as in Caliendo & Parro (2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from hansa.equilibrium.economy import (
    Drivers,
    Economy,
    Trade,
    changed_cells,
    drivers,
    shared_trade,
)
from hansa.equilibrium.equations import State, consumer_price, log_unit_cost

if TYPE_CHECKING:
    from hansa.equilibrium.results import Result

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Measured:
    """Aggregates of each scenario and country, (S, N) each; NaN where not solved.

    Attributes
    ----------
    welfare, real_wage, wage, price_index
        New over old.
    income
        Million USD at the numeraire.
    """

    welfare: Float[Array, "s n"]
    real_wage: Float[Array, "s n"]
    wage: Float[Array, "s n"]
    price_index: Float[Array, "s n"]
    income: Float[Array, "s n"]


def measured(
    e: Economy,
    base: Float[Array, " n"],
    state: State,
    income: Float[Array, "n s"],
    ok: Bool[Array, " s"],
) -> Measured:
    """Return the aggregates of solved states.

    Parameters
    ----------
    e : Economy
        Baseline of the hats.
    base : (N,) array, million USD
        Its income I.
    state : State
        (J, N, S) and (F, N, S).
    income : (N, S) array, million USD
        I'.
    ok : (S,) bool array
        Which scenarios are solved.

    Returns
    -------
    Measured
    """
    log_index = consumer_price(e, state.log_price)
    log_wage = average_wage(e, state)
    with np.errstate(all="ignore"):
        log_income = np.log(income / base[:, None])

    def rows(value: Array) -> Array:
        return np.where(ok[:, None], value.T, np.nan)

    return Measured(
        welfare=rows(np.exp(log_income - log_index)),
        real_wage=rows(np.exp(log_wage - log_index)),
        wage=rows(np.exp(log_wage)),
        price_index=rows(np.exp(log_index)),
        income=rows(income),
    )


def average_wage(e: Economy, state: State) -> Float[Array, "n s"]:
    """Return the log of value added, new over old: the wage, averaged over sectors."""
    if len(e.factor_income) == 1:
        return state.log_wage[0]
    weight = (e.factor_income / e.value_added)[:, :, None]
    return np.log((weight * np.exp(state.log_wage)).sum(0))


def trade_flows(result: Result, k: int) -> tuple[Float[Array, "n n j"], Float[Array, "n n j"]]:
    """Return X' and the new tariffs of one scenario, both (N, N, J), destination first.

    NaN throughout if the scenario is not solved.
    """
    world, shock = result.world, result.shock(k)
    e = result.economy
    tariff = world.tariff.copy()
    tariff.reshape(-1)[shock.tariff_cell] = shock.tariff_rate
    trade = shared_trade(e, changed_cells(e, shock))
    flow = flows_at(e, trade, drivers(e, [shock]), result.state.only([k]))
    if not result.solved[k]:
        flow = np.full_like(flow, np.nan)
    return flow, tariff


def flows_at(e: Economy, trade: Trade, d: Drivers, state: State) -> Float[Array, "n n j"]:
    """Return X' of one scenario (B = 1), (N, N, J), destination first, tariff included."""
    log_cost = log_unit_cost(e, state.log_wage, state.log_price, d)[:, :, 0]
    weight = trade.access * np.exp(-e.trade_elasticity[:, None] * log_cost)[:, None, :]
    total = weight.sum(2, keepdims=True)
    share = weight / np.where(total > 0, total, 1.0)
    return (share * state.spending).transpose(1, 2, 0)


def linear_welfare(result: Result, k: int) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Return the terms-of-trade and volume-of-trade parts of welfare, as fractions.

    Both are first-order changes (hats minus one) weighted with baseline flows net of tariffs,
    over baseline income; their sum is the welfare printed in the paper's Table 2.

    References
    ----------
    Caliendo & Parro (2015), equation 15.
    """
    world = result.world
    e = result.economy
    state = result.state.only([k])
    d = drivers(e, [result.shock(k)])
    log_cost = log_unit_cost(e, state.log_wage, state.log_price, d)[:, :, 0].T
    growth = np.expm1(log_cost)
    flow, tariff = trade_flows(result, k)
    own = np.arange(len(world.countries))
    old = world.expenditure / (1 + world.tariff)
    new = flow / (1 + tariff)
    old[own, own] = 0.0
    terms = (old.sum(0) * growth).sum(1) - np.einsum("nij,ij->n", old, growth)
    new[own, own] = 0.0
    volume = (world.tariff * (new - old * (1 + growth[None]))).sum((1, 2))
    if not result.solved[k]:
        terms = np.full_like(terms, np.nan)
    return terms / world.income, volume / world.income
