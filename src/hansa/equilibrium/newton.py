"""Newton's method on wages, for scenarios that the batched solver leaves unsolved.

May import only its siblings. Prices and spending are solved to rounding for given wages, then
wages move by an exact Newton step whose length is searched. Where two blocs hardly trade, their
relative wage hangs on vanishing flows: the exact step sees them, a fixed reference does not.
The step test is Deuflhard's natural monotonicity (Newton Methods for Nonlinear Problems, 2004).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.anderson import Anderson
from hansa.equilibrium.batch import BatchSolution, pack, pinned_gap, to_numeraire, unpack
from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import (
    Evaluation,
    State,
    demand_at,
    evaluate,
    log_unit_cost,
    per_country,
    residuals,
    sales_of,
    spending_of,
)
from hansa.equilibrium.reference import (
    Reference,
    linearise,
    local_shares,
    numeraire,
    own_inverses,
)

Array = np.ndarray

#: Largest change of a log wage in one Newton step before the search for its length.
LEAP = 2.0
_INNER = 3e-14


def solve_newton(
    e: Economy,
    trade: Trade,
    d: Drivers,
    start: State,
    blocs: Int[Array, " n"],
    tolerance: float = 2e-11,
    max_iterations: int = 60,
) -> BatchSolution:
    """Return the solution of one scenario (B = 1) by a searched Newton method on wages.

    Parameters
    ----------
    e, trade, d, start
        As in `solve_batch`, for one scenario.
    blocs : (N,) int array
        See `linearise`.
    tolerance, max_iterations
        As in `solve_batch`.

    Returns
    -------
    BatchSolution
        Its residual says whether it is solved.
    """
    pin = numeraire(e, blocs)
    state = start
    best, m_best, p_best = start, np.array([np.inf]), np.array([np.inf])
    history: list[Array] = []
    with np.errstate(all="ignore"):
        state, ev = _given_wages(e, trade, d, state)
        for _ in range(max_iterations):
            m, p = residuals(ev, state)
            worst = np.maximum(m, p)
            history.append(worst)
            if worst[0] < max(m_best[0], p_best[0]):
                best, m_best, p_best = state, m, p
            if worst[0] < tolerance or not np.isfinite(worst[0]):
                break
            reference = linearise(e, trade, d, state, blocs, accuracy=1e-12)
            state, ev = _searched_step(e, trade, d, state, ev, reference, pin)
    count = np.array([len(history)])
    return BatchSolution(best, m_best, p_best, count, history)


def _searched_step(
    e: Economy, trade: Trade, d: Drivers, s: State, ev: Evaluation, ref: Reference, pin: Array
) -> tuple[State, Evaluation]:
    """Return the state after a Newton step whose length makes the next step short."""
    wage = ref.wage_step(pinned_gap(e, ev.labour, ev.wage_bill, pin))
    norm = float((wage * wage).sum())
    wage_length = min(1.0, LEAP / max(float(np.abs(wage).max()), 1e-300))

    def at(length: float) -> tuple[float, State, Evaluation]:
        move = length * wage
        price = s.log_price + ref.price_response(move)
        spending = np.maximum(s.spending + ref.spending_response(move), 0.1 * s.spending)
        y = pack(State(price, spending, s.log_wage + move), e.value_added)
        to_numeraire(y, len(e.sectors), pin, e.factor_income / e.value_added)
        state, new = _given_wages(e, trade, d, unpack(y, len(e.sectors), e.value_added))
        rest = ref.wage_step(pinned_gap(e, new.labour, new.wage_bill, pin))
        return float((rest * wage).sum()) / norm, state, new

    # `rest` is the share of the Newton step still to go: 1 at the start, 0 at the target.
    length = wage_length
    rest, state, new = at(length)
    while not abs(rest) <= 1.0 and length > 1e-4 * wage_length:
        length /= 4
        rest, state, new = at(length)
    while rest > 0.2 and length * np.abs(wage).max() < 8.0:
        further = at(2 * length)
        if not abs(further[0]) < rest:
            break
        length *= 2
        rest, state, new = further
    return state, new


def _given_wages(e: Economy, trade: Trade, d: Drivers, s: State) -> tuple[State, Evaluation]:
    """Return prices and spending solved for the given wages, and the equations there."""
    price = _prices(e, trade, d, s)
    ev = evaluate(e, trade, d, State(price, s.spending, s.log_wage))
    spending = _spending(e, trade, ev, State(price, s.spending, s.log_wage))
    state = State(price, spending, s.log_wage)
    return state, evaluate(e, trade, d, state)


def _prices(e: Economy, trade: Trade, d: Drivers, s: State) -> Float[Array, "j n 1"]:
    """Solve the price equations for given wages: a contraction with modulus below one."""
    theta = e.trade_elasticity[:, None, None]
    price = s.log_price
    mixer = Anderson(1, price.size)
    never = np.zeros(1, dtype=bool)
    inverse = None
    for turn in range(400):
        x = np.exp(-theta * log_unit_cost(e, s.log_wage, price, d))
        access = trade.buy(x)
        access = np.where(access > 0, access, 1.0)
        gap = -np.log(access) / theta - price
        if turn % 8 == 0:
            local = local_shares(
                e, demand_at(e, s.log_wage, price), State(price, s.spending, s.log_wage)
            )
            inverse = own_inverses(local, trade, x, access)[0]
        g = per_country(inverse, gap).reshape(1, -1)
        move = mixer.mix(g, never)
        move *= min(1.0, 3.0 / max(float(np.abs(move).max()), 1e-300))
        mixer.moved(move)
        price = price + move.reshape(price.shape)
        if not np.abs(g).max() > _INNER * (1 + np.abs(price).max()):
            break
    return price


def _spending(e: Economy, trade: Trade, ev: Evaluation, s: State) -> Float[Array, "j n 1"]:
    """Solve the (linear) spending equations for given wages and prices."""
    spending = s.spending
    unit = e.value_added[None, :, None]
    mixer = Anderson(1, spending.size)
    never = np.zeros(1, dtype=bool)
    local = local_shares(e, ev.demand, s)
    inverse = own_inverses(local, trade, ev.competitiveness, ev.access)[1]
    kept = trade.buy_net(ev.competitiveness) / ev.access if trade.taxed else None
    wage_income = ev.income - ev.revenue
    for _ in range(400):
        income = wage_income if kept is None else wage_income + ((1 - kept) * spending).sum(0)
        sales = sales_of(trade, ev.competitiveness, spending / ev.access)
        g = per_country(inverse, spending_of(e, ev.demand, sales, income) - spending)
        scale = np.abs(spending) + 1e-6 * np.abs(income)[None]
        done = not (np.abs(g) / scale).max() > 10 * _INNER
        flat = (g / unit).reshape(1, -1)
        move = mixer.mix(flat, never)
        spending = spending + move.reshape(spending.shape) * unit
        if done:
            break
    return spending
