"""The batched solver: quasi-Newton steps from a Reference, Anderson acceleration, certificates.

May import only its siblings. Solves many scenarios that share a baseline at once; one
scenario is the batch of one. Anderson (1965, J. ACM 12, 547-560).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.anderson import Anderson
from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import (
    Evaluation,
    State,
    TradeOperators,
    evaluate,
    labour_of,
    residuals,
    sales_of,
    spending_of,
)
from hansa.equilibrium.reference import Reference

Array = np.ndarray

#: Largest change of a log wage or log price in one step.
STRIDE = 1.0
#: The batch is narrowed once fewer than this share of its scenarios is still at work.
NARROW = 0.5


@dataclass(frozen=True, eq=False)
class BatchSolution:
    """Solved (or given up) scenarios of one batch.

    Attributes
    ----------
    state : State
        Final unknowns, (J, N, B) and (N, B).
    market_residual, price_residual : (B,) arrays
        Relative max-norm residuals of exactly this state.
    iterations : (B,) int array
    history : list of (B,) arrays
        Largest residual after each iteration (NaN once a scenario is done).
    """

    state: State
    market_residual: Float[Array, " b"]
    price_residual: Float[Array, " b"]
    iterations: Int[Array, " b"]
    history: list[Float[Array, " b"]] = field(default_factory=list)

    @property
    def residual(self) -> Float[Array, " b"]:
        """The larger of the two residuals."""
        return np.maximum(self.market_residual, self.price_residual)


def pack(s: State, unit: Float[Array, " n"]) -> Float[Array, "d b"]:
    """Return the state as one (2JN + FN, B) array, spending in units of `unit` (N,)."""
    b = s.log_wage.shape[-1]
    parts = (s.log_price, s.spending / unit[None, :, None], s.log_wage)
    return np.concatenate([part.reshape(-1, b) for part in parts])


def unpack(y: Float[Array, "d b"], j: int, unit: Float[Array, " n"]) -> State:
    """Invert `pack`."""
    n, b = unit.size, y.shape[1]
    cut = j * n
    spending = y[cut : 2 * cut].reshape(j, n, b) * unit[None, :, None]
    return State(y[:cut].reshape(j, n, b), spending, y[2 * cut :].reshape(-1, n, b))


def to_numeraire(
    y: Float[Array, "d b"], j: int, numeraire: Float[Array, "n n"], weight: Float[Array, "f n"]
) -> None:
    """Bring packed states to the numeraire exactly: all money and prices in proportion.

    Steps keep to it only to first order. Where blocs hardly trade, their relative wage moves
    far at little change of anything else, and what is left of second order would add up.
    """
    n = numeraire.shape[0]
    cut, b = j * n, y.shape[1]
    log_wage = y[2 * cut :].reshape(-1, n, b)
    with np.errstate(all="ignore"):
        shift = np.log(numeraire @ (weight[:, :, None] * np.exp(log_wage)).sum(0))
    log_wage -= shift
    y[:cut].reshape(j, n, b)[:] -= shift
    y[cut : 2 * cut].reshape(j, n, b)[:] *= np.exp(-shift)


def pinned_gap(e: Economy, labour: Any, wage_bill: Any, numeraire: Any, xp: Any = np) -> Any:
    """Return the log labour gap plus, for each bloc, the gap of its value added to the baseline."""
    return xp.log(labour) + numeraire @ (wage_bill.sum(0) / e.value_added[:, None] - 1.0)


def plain_step(
    e: Economy,
    trade: TradeOperators,
    s: State,
    ev: Evaluation,
    reference: Reference,
    numeraire: Any,
    xp: Any = np,
) -> State:
    """Return the quasi-Newton change of the state, spending before wages.

    The labour market is looked at after spending has moved (Gauss-Seidel), which saves about
    a third of the iterations against moving everything at once.
    """
    moved = s.spending + reference.own_spending(ev.spending_gap, xp)
    sales = sales_of(trade, ev.competitiveness, moved / ev.access)
    gap = spending_of(e, ev.demand, sales, ev.income, xp) - moved
    labour = labour_of(e, ev.demand, sales, ev.wage_bill, xp)
    wage = reference.wage_step(pinned_gap(e, labour, ev.wage_bill, numeraire, xp))
    price = reference.own_price(ev.price_gap, xp) + reference.price_response(wage)
    spending = moved + reference.own_spending(gap, xp) + reference.spending_response(wage)
    return State(price, spending - s.spending, wage)


def solve_batch(
    e: Economy,
    trade: Trade,
    d: Drivers,
    start: State,
    reference: Reference,
    numeraire: Float[Array, "n n"],
    tolerance: float = 2e-11,
    max_iterations: int = 60,
) -> BatchSolution:
    """Return the solutions of a batch by preconditioned, accelerated fixed-point steps.

    Parameters
    ----------
    e, trade, d
        As in `evaluate`.
    start : State
        (J, N, B) and (N, B).
    reference : Reference
        Linearisation near the solutions.
    numeraire : (N, N) array
        See `hansa.equilibrium.reference.numeraire`.
    tolerance : float
        Both residuals must fall below it.
    max_iterations : int

    Returns
    -------
    BatchSolution
        Never raises for a scenario that does not converge: its residual says so.
    """
    j, _, width = start.log_price.shape
    unit, weight = e.value_added, e.factor_income / e.value_added
    y = pack(start, unit)
    best = y.copy()
    market, price = np.full(width, np.inf), np.full(width, np.inf)
    iterations = np.zeros(width, dtype=int)
    history: list[Array] = []
    mixer = Anderson(width, y.shape[0])
    previous = np.full(width, np.inf)
    columns = np.arange(width)  # scenarios still in the (narrowed) arrays
    active = np.ones(width, dtype=bool)  # of those, the ones at work
    for _ in range(max_iterations):
        state = unpack(y, j, unit)
        with np.errstate(all="ignore"):
            ev = evaluate(e, trade, d, state)
            m, p = residuals(ev, state)
        worst = np.maximum(m, p)
        record = np.full(width, np.nan)
        record[columns[active]] = worst[active]
        history.append(record)
        iterations[columns[active]] += 1
        better = active & (worst < np.maximum(market[columns], price[columns]))
        at = columns[better]
        best[:, at] = y[:, better]
        market[at], price[at] = m[better], p[better]
        active &= ~(worst < tolerance) & np.isfinite(worst)
        if not active.any():
            break
        if active.sum() < NARROW * active.size:
            y, previous, columns = y[:, active], previous[active], columns[active]
            mixer.keep(active)
            trade, d = trade.only(active), d.only(active)
            state, ev = state.only(active), ev.only(active)
            active = np.ones(columns.size, dtype=bool)
        with np.errstate(all="ignore"):
            g = pack(plain_step(e, trade, state, ev, reference, numeraire), unit)
        g[:, ~active] = 0.0
        size = np.abs(g).max(0)
        move = mixer.mix(g.T, restart=~(size <= 4 * previous)).T
        previous = size
        move = bounded(move, y, j * unit.size)
        move[:, ~active] = 0.0
        new = y + move
        to_numeraire(new, j, numeraire, weight)
        mixer.moved((new - y).T)
        y = new
    return BatchSolution(unpack(best, j, unit), market, price, iterations, history)


def bounded(move: Float[Array, "d b"], y: Float[Array, "d b"], cut: int) -> Float[Array, "d b"]:
    """Shorten moves so that logs change by at most STRIDE and spending stays positive."""
    logs = np.maximum(np.abs(move[:cut]).max(0), np.abs(move[2 * cut :]).max(0))
    move = move * np.minimum(1.0, STRIDE / np.maximum(logs, 1e-300))
    spending = slice(cut, 2 * cut)
    move[spending] = np.maximum(move[spending], -0.8 * y[spending])
    return move
