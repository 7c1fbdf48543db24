"""How many clubs are run: the bulk engine proposes, the equations certify.

May import ``hansa.shock``, ``hansa.shock_clubs`` and its siblings; ``solve.py`` is its only
caller. What the engine cannot solve goes the way of a single hard scenario.
Coalitions in general equilibrium: Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from hansa.equilibrium.bulk import Bulk, BulkSolution, Certificate, state_of
from hansa.equilibrium.club_trade import club_trade
from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.economy import Economy, changed_cells
from hansa.equilibrium.equations import State
from hansa.equilibrium.guide import Guide
from hansa.equilibrium.ladder import Level, every_club, levels
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


@runtime_checkable
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
    guide: Guide | None = None,
    begin: State | None = None,
) -> Runs:
    """Return every club's run, in order.

    Parameters
    ----------
    e : Economy
    shocks : ClubShocks
        Each comes after `base`.
    base, rule, progress, threads, guide
        As in `run_many`, which takes over where a club shuts trade or nearly does, where
        technology is not Cobb-Douglas with mobile labour, and where the base is a hard case.
    engine : {"numpy", "jax"}
        JAX runs on a GPU where there is one.
    begin : State, optional
        Where the search for each club begins, (..., S); by default at the solved base. Only the
        engine on NumPy reads it.

    Returns
    -------
    Runs
    """
    with one_thread():
        plan, start, reference = shared(e, base, rule, alone=False, guide=guide)
        trade = club_trade(e, plan.trade, base, shocks)
        hard = plan.feasible.problem or plan.feasible.blocs.any() or plan.thinning.base_near_shut
        if trade is None or e.technology is not None or hard:
            return run_many(e, list(shocks), base, rule, progress, threads, guide=guide)
        d = plan.drivers([Shock(e.countries, e.sectors)])
        table = _Table(e, shocks, start, progress)
        if engine == "jax":
            from hansa.equilibrium.bulk_jax import BulkJax

            solver = BulkJax(e, trade, d, reference)
            table.fill(solver, _pieces(len(shocks), solver.width), 1)
        elif begin is not None:
            table.fill(Bulk(e, trade, d, reference), _pieces(len(shocks), LARGEST), threads, begin)
        elif every_club(shocks.members):
            table.climb(Bulk(e, trade, d, reference), threads)
        else:
            table.fill(Bulk(e, trade, d, reference), _pieces(len(shocks), LARGEST), threads)
        alone = ~(np.maximum(table.market, table.price) < TOLERANCE) | _near_shut(plan, shocks)
        for k in np.flatnonzero(alone).tolist():
            cells = changed_cells(e, shocks[k], base)
            table.put(k, solve_alone(plan, shocks[k], cells, start, plan.feasible))
    return table.runs()


class _Table:
    """The clubs of one run as they are solved, in order."""

    def __init__(
        self, e: Economy, shocks: ClubShocks, start: State, progress: Progress | None
    ) -> None:
        j, n = e.final_share.shape
        total = len(shocks)
        self.e, self.start, self.progress = e, start, progress
        self.members, self.least = shocks.members, shocks.least
        self.inside = shocks.counted.astype(np.float64)
        self.rows, self.income = np.empty((total, 2 * j + 1, n)), np.empty((total, n))
        self.market, self.price = np.empty((2, total))
        self.iterations = np.empty(total, dtype=np.int64)
        self.unsolved: dict[int, Run] = {}
        self.done = 0

    def fill(
        self,
        solver: Engine,
        pieces: list[range],
        threads: int | None,
        begin: State | None = None,
    ) -> None:
        """Solve pieces of work, every club from the same start or from its own."""

        def job(span: range) -> None:
            at = np.arange(span.start, span.stop)
            start = self.start if begin is None else begin.only(at)
            found = solver.twin().solve(self.inside[at], start, AIM)
            self._keep(at, found, solver.certify(found.rows, self.inside[at]))

        for span, _ in on_threads(job, pieces, threads):
            self._told(len(span))

    def climb(self, bulk: Bulk, threads: int | None) -> None:
        """Solve all clubs, size by size; those too small to change anything are the same."""
        nobody = bulk.solve(self.inside[:1], self.start, AIM)
        small = np.flatnonzero(self.members.sum(1) < max(self.least, 1))
        self._keep(small, nobody, bulk.certify(nobody.rows, self.inside[:1]))
        self._told(small.size)
        for level in levels(self.members.shape[1], self.least):
            begin = level.starts(self.rows.reshape(len(self.rows), -1), nobody.rows[0])

            def job(span: range, level: Level = level, begin: Array = begin) -> None:
                at = level.clubs[span.start : span.stop]
                found = bulk.twin().solve(self.inside[at], begin[span.start : span.stop], AIM)
                self._keep(at, found, bulk.certify(found.rows, self.inside[at]))

            for span, _ in on_threads(job, level.pieces(), threads):
                self._told(len(span))

    def put(self, k: int, run: Run) -> None:
        """Put in a club that was solved, or given up, by itself."""
        self.market[k], self.price[k], self.iterations[k] = run.market, run.price, run.iterations
        self.income[k] = run.income[:, 0]
        parts = (run.state.log_price, run.state.log_wage, run.state.spending)
        scales = (1.0, 1.0, self.e.value_added[:, None])
        self.rows[k] = np.concatenate([a / b for a, b in zip(parts, scales, strict=True)])[:, :, 0]
        if not run.solved:
            self.unsolved[k] = run

    def runs(self) -> Runs:
        """Return all of it."""
        state = state_of(self.rows, self.e.value_added)
        return Runs(state, self.income.T, self.market, self.price, self.iterations, self.unsolved)

    def _keep(self, at: Array, found: BulkSolution, says: Certificate) -> None:
        self.rows[at] = found.rows.reshape(-1, *self.rows.shape[1:])
        self.iterations[at] = found.iterations
        self.market[at], self.price[at], self.income[at] = says.market, says.price, says.income

    def _told(self, clubs: int) -> None:
        self.done += clubs
        if self.progress is not None:
            self.progress(self.done, len(self.inside))


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
