"""Continuation: from the baseline to a scenario in steps, for the few that do not yield at once.

May import only its siblings. Costs, tariffs and productivity move in logs, transfers in money.
Trade between blocs that end up apart is shut from the start, other trade at the last step
(Allgower & Georg, Numerical Continuation Methods, 1990).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Int

from hansa.equilibrium.batch import BatchSolution
from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import State
from hansa.equilibrium.newton import solve_newton

Array = np.ndarray

#: Steps tried at most, and the share of the way below which a step is not tried.
TRIES, SHORTEST = 15, 0.01
#: What is left, just before the end, of trade that ends up shut.
FAINT = 1e-16
#: Residual at which a stop on the way is left.
PASSABLE = 1e-5


def solve_stepwise(
    e: Economy,
    trade: Trade,
    d: Drivers,
    start: State,
    blocs: Int[Array, " n"],
    tolerance: float = 2e-11,
    max_iterations: int = 40,
) -> BatchSolution:
    """Return the solution of one scenario (B = 1), sought along a path from the baseline.

    Parameters
    ----------
    e, trade, d, blocs, tolerance
        As in `solve_newton`.
    start : State
        The baseline.
    max_iterations : int
        At each stop of the path.

    Returns
    -------
    BatchSolution
        Of the scenario if the path leads there, else of the last stop tried.
    """
    done, length, goal = 0.0, 0.25, PASSABLE
    here = before = start
    last = 0.0
    history: list[Array] = []
    best: BatchSolution | None = None
    for _ in range(TRIES):
        there = min(1.0, done + length)
        goal = tolerance if there == 1.0 else PASSABLE
        guess = _extrapolated(before, here, (there - done) / last if last else 0.0)
        found = solve_newton(
            e, _partly(e, trade, blocs, there), _drivers_partly(d, there), guess, blocs, goal,
            max_iterations,
        )  # fmt: skip
        history += found.history
        best = found
        if found.residual[0] < max(goal, 1e-10):
            if there == 1.0:
                break
            before, last = here, there - done
            here, done, length = found.state, there, 1.5 * length
        else:
            length /= 3
            if length < SHORTEST:
                break
    assert best is not None
    return replace(best, history=history, iterations=np.array([len(history)]))


def _partly(e: Economy, trade: Trade, blocs: Int[Array, " n"], share: float) -> Trade:
    """Return the operators a share of the way (in logs) from the baseline to a scenario."""
    if share == 1.0:
        return trade
    before, open_ = e.trade_share, trade.access > 0
    together = blocs[:, None] == blocs[None, :]
    ratio = np.where(open_, trade.access, FAINT * before * together)
    ratio = ratio / np.where(before > 0, before, 1.0)
    access = np.where(ratio > 0, before * np.where(ratio > 0, ratio, 1.0) ** share, 0.0)
    taxed = np.where(open_, trade.access, 1.0) / np.where(open_, trade.net, 1.0)
    net = access / (1 + e.tariff) ** (1 - share) / taxed**share
    return Trade(access, net, taxed=bool(np.any(access != net)))


def _drivers_partly(d: Drivers, share: float) -> Drivers:
    return replace(d, log_productivity=share * d.log_productivity, transfer=share * d.transfer)


def _extrapolated(before: State, here: State, further: float) -> State:
    """Return where the last two stops point to."""
    spending = here.spending * np.clip(
        here.spending / np.where(before.spending > 0, before.spending, np.inf), 0.2, 5.0
    ) ** min(further, 1.0)
    spending = np.where(before.spending > 0, spending, here.spending)
    return State(
        here.log_price + further * (here.log_price - before.log_price),
        spending,
        here.log_wage + further * (here.log_wage - before.log_wage),
    )
