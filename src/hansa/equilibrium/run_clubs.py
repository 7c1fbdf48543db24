"""How many clubs are run: the bulk engine proposes, the equations certify.

May import ``hansa.shock``, ``hansa.shock_clubs`` and its siblings; ``solve.py`` is its only
caller. What the engine cannot solve goes the way of a single hard scenario.
Coalitions in general equilibrium: Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
from jaxtyping import Bool, Float

from hansa.equilibrium.bulk import Bulk, BulkSolution, Certificate, state_of
from hansa.equilibrium.club_trade import club_trade
from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.economy import Economy, changed_cells
from hansa.equilibrium.equations import State
from hansa.equilibrium.run import (
    AIM,
    TOLERANCE,
    Plan,
    Progress,
    Run,
    Runs,
    on_threads,
    run_many,
    shared,
    solve_alone,
)
from hansa.shock import DeficitRule, Shock
from hansa.shock_clubs import ClubShocks

Array = np.ndarray

#: Clubs in one piece of work: enough to fill a row of the engine many times over, few enough to
#: share among cores. A rule of the number of clubs alone, so that results do not depend on cores.
LEAST, LARGEST, PIECES = 64, 512, 8
EngineName = Literal["numpy", "jax"]


class Engine(Protocol):
    """What solves a piece of work: the in-place one, or the one of JAX."""

    def twin(self) -> Engine:
        """Return the same engine with memory of its own, for another thread."""

    def solve(self, shocks: Float[Array, "s k"], start: State, aim: float) -> BulkSolution:
        """Return proposals for clubs given by who is in."""

    def certify(self, rows: Float[Array, "s d"], shocks: Float[Array, "s k"]) -> Certificate:
        """Return what the equations say of proposals."""


def run_clubs(
    e: Economy,
    shocks: ClubShocks,
    base: Shock,
    rule: DeficitRule,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "numpy",
) -> Runs:
    """Return every club's run, in order.

    Parameters
    ----------
    e : Economy
    shocks : ClubShocks
        Each comes after `base`.
    base, rule, progress, threads
        As in `run_many`, which takes over where a club shuts trade or nearly does, where
        technology is not Cobb-Douglas with mobile labour, and where the base is a hard case.
    engine : {"numpy", "jax"}
        JAX runs on a GPU where there is one.

    Returns
    -------
    Runs
    """
    with one_thread():
        plan, start, reference = shared(e, base, rule, alone=False)
        trade = club_trade(e, plan.trade, base, shocks)
        hard = plan.feasible.problem or plan.feasible.blocs.any() or plan.thinning.base_near_shut
        if trade is None or e.technology is not None or hard:
            return run_many(e, list(shocks), base, rule, progress, threads)
        d = plan.drivers([Shock(e.countries, e.sectors)])
        j, n = e.final_share.shape
        total = len(shocks)
        rows, income = np.empty((total, 2 * j + 1, n)), np.empty((total, n))
        market, price = np.empty((2, total))
        iterations = np.empty(total, dtype=np.int64)
        unsolved: dict[int, Run] = {}
        solver: Engine = Bulk(e, trade, d, reference)
        width = LARGEST
        if engine == "jax":
            from hansa.equilibrium.bulk_jax import BulkJax

            solver, threads = BulkJax(e, trade, d, reference), 1
            width = solver.width

        def job(span: range) -> None:
            part = slice(span.start, span.stop)
            inside = shocks.counted[part].astype(np.float64)
            found = solver.twin().solve(inside, start, AIM)
            rows[part], iterations[part] = found.rows.reshape(-1, 2 * j + 1, n), found.iterations
            says = solver.certify(found.rows, inside)
            market[part], price[part], income[part] = says.market, says.price, says.income

        done = 0
        for span, _ in on_threads(job, _pieces(total, width), threads):
            done += len(span)
            if progress is not None:
                progress(done, total)
        alone = ~(np.maximum(market, price) < TOLERANCE) | _near_shut(plan, shocks)
        for k in np.flatnonzero(alone).tolist():
            cells = changed_cells(e, shocks[k], base)
            run = solve_alone(plan, shocks[k], cells, start, plan.feasible)
            market[k], price[k], iterations[k] = run.market, run.price, run.iterations
            income[k] = run.income[:, 0]
            parts = (run.state.log_price, run.state.log_wage, run.state.spending)
            scales = (1.0, 1.0, e.value_added[:, None])
            rows[k] = np.concatenate([a / b for a, b in zip(parts, scales, strict=True)])[:, :, 0]
            if not run.solved:
                unsolved[k] = run
    state = state_of(rows, e.value_added)
    return Runs(state, income.T, market, price, iterations, unsolved)


def _near_shut(plan: Plan, shocks: ClubShocks) -> Bool[Array, " s"]:
    """Return which clubs leave hardly any trade across a border: no residual sees what is left."""
    e, thinning = plan.economy, plan.thinning
    parts = (changed_cells(e, shock, plan.base) for shock in (shocks.within, shocks.across))
    if not any(thinning.thins(cells) for cells in parts):
        return np.zeros(len(shocks), dtype=bool)
    cells = (changed_cells(e, shock, plan.base) for shock in shocks)
    return np.array([thinning.near_shut(c) for c in cells])


def _pieces(total: int, largest: int) -> list[range]:
    size = min(max(LEAST, -(-total // PIECES)), largest) if largest == LARGEST else largest
    return [range(a, min(a + size, total)) for a in range(0, total, size)]
