"""How a run is carried out: shared operators, chunks on threads, one scenario when it is hard.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings; ``solve.py`` is
its only caller. One shared baseline, sparse differences, a certificate for every scenario: the
idea of exact hat algebra (Dekle, Eaton & Kortum 2008) carried through to the loops.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal, TypeVar

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.batch import BatchSolution, solve_batch
from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.continuation import solve_stepwise
from hansa.equilibrium.economy import (
    Cells,
    Drivers,
    Economy,
    Trade,
    batch_trade,
    changed_cells,
    drivers,
    shared_trade,
)
from hansa.equilibrium.equations import Evaluation, State, certificate, evaluate
from hansa.equilibrium.feasibility import Feasibility, access_with, check
from hansa.equilibrium.guide import Guide
from hansa.equilibrium.newton import UNPRICED, solve_newton
from hansa.equilibrium.reference import Reference, linearise, numeraire
from hansa.equilibrium.thinning import Thinning
from hansa.shock import DeficitRule, Shock

Array = np.ndarray
Found = TypeVar("Found")
Progress = Callable[[int, int], None]

#: A scenario is solved when both residuals are below this.
TOLERANCE = 1e-10
#: The iteration aims lower, so that the certificate has room.
AIM = 2e-11
#: Scenarios solved together; fixed, so that results do not depend on the number of cores.
CHUNK = 32


@dataclass(frozen=True, eq=False)
class Plan:
    """What the scenarios of one run share."""

    economy: Economy
    trade: Trade
    rule: Literal["fixed", "proportional"]
    base: Shock

    def imbalance(self, shock: Shock) -> Array:
        """Return deficits and transfers of a scenario together, (N,), million USD."""
        return self.economy.deficit + self.base.transfer + shock.transfer

    def drivers(self, shocks: Sequence[Shock]) -> Drivers:
        """Return what the base and each of the shocks change apart from trade costs."""
        return drivers(self.economy, [self.base.drivers_then(s) for s in shocks], self.rule)

    @cached_property
    def feasible(self) -> Feasibility:
        """What stands against the base, and its blocs."""
        imbalance = self.economy.deficit + self.base.transfer
        return check(self.economy, self.trade.access, imbalance)

    @cached_property
    def thinning(self) -> Thinning:
        """Where scenarios leave hardly any trade across a border."""
        return Thinning(self.economy, self.trade)


@dataclass(frozen=True, eq=False)
class Run:
    """One scenario after the solver: state (B = 1), certificate, history or refusal."""

    state: State
    income: Array
    market: float
    price: float
    iterations: int
    history: list[float]
    message: str = ""
    country: str = ""
    sector: str = ""

    @property
    def solved(self) -> bool:
        """Whether both residuals meet the tolerance (NaN does not)."""
        return bool(max(self.market, self.price) < TOLERANCE)


@dataclass(frozen=True, eq=False)
class Runs:
    """All scenarios of one run, in order.

    Attributes
    ----------
    state : State
        (J, N, S), (J, N, S) and (F, N, S).
    income : (N, S) array, million USD
    market, price : (S,) arrays
        Residuals of exactly these states.
    iterations : (S,) int array
    unsolved : dict
        Run of each scenario that was refused or given up, by position.
    """

    state: State
    income: Float[Array, "n s"]
    market: Float[Array, " s"]
    price: Float[Array, " s"]
    iterations: Int[Array, " s"]
    unsolved: dict[int, Run]


def gathered(runs: Sequence[Run]) -> Runs:
    """Return single runs as one."""

    def joined(name: str) -> Array:
        return np.concatenate([getattr(run.state, name) for run in runs], axis=-1)

    return Runs(
        State(joined("log_price"), joined("spending"), joined("log_wage")),
        np.concatenate([run.income for run in runs], axis=-1),
        np.array([run.market for run in runs]),
        np.array([run.price for run in runs]),
        np.array([run.iterations for run in runs]),
        {k: run for k, run in enumerate(runs) if not run.solved},
    )


@lru_cache(maxsize=4)
def shared(
    e: Economy, base: Shock, rule: DeficitRule, alone: bool, guide: Guide | None = None
) -> tuple[Plan, State, Reference]:
    """Return the shared operators, the starting state and the reference of a run.

    Many scenarios start from the solved base; one alone starts from the baseline, or where a
    guide says.
    """
    inner: Literal["fixed", "proportional"] = "proportional" if rule == "proportional" else "fixed"
    if guide is None:
        start, reference = baseline_state(e), baseline_reference(e)
    else:
        start, reference = guide.state, guide.reference
    base_cells = changed_cells(e, base)
    plan = Plan(e, shared_trade(e, base_cells), inner, base)
    if alone or base.is_neutral:
        return plan, start, reference
    before = Plan(e, plan.trade, inner, Shock(e.countries, e.sectors))
    run = solve_chunk(before, [base], [base_cells], start, reference)[0]
    if run.solved:
        blocs = plan.feasible.blocs
        near = None if guide is None else reference
        reference = linearise(e, plan.trade, before.drivers([base]), run.state, blocs, near=near)
        start = run.state
    return plan, start, reference


def chunks(
    plan: Plan,
    shocks: Sequence[Shock],
    cells: list[Cells],
    start: State,
    reference: Reference,
    threads: int | None,
) -> Iterator[tuple[range, list[Run]]]:
    """Yield solved chunks as they finish; an interrupt cancels those not yet begun."""
    total = len(shocks)
    spans = [range(a, min(a + CHUNK, total)) for a in range(0, total, CHUNK)]

    def job(span: range) -> list[Run]:
        part = slice(span.start, span.stop)
        return solve_chunk(plan, shocks[part], cells[part], start, reference)

    yield from on_threads(job, spans, threads)


def on_threads(
    job: Callable[[range], Found], spans: list[range], threads: int | None
) -> Iterator[tuple[range, Found]]:
    """Yield (span, job(span)) as they finish; an interrupt cancels those not yet begun."""
    if len(spans) == 1 or threads == 1:
        for span in spans:
            yield span, job(span)
        return
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    try:
        waiting = {pool.submit(job, span): span for span in spans}
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def solve_chunk(
    plan: Plan,
    shocks: Sequence[Shock],
    cells: list[Cells],
    start: State,
    reference: Reference,
) -> list[Run]:
    """Solve a chunk: all ordinary scenarios as one batch, the others one by one."""
    e = plan.economy
    checks = [_feasibility(plan, s, c) for s, c in zip(shocks, cells, strict=True)]
    together = [
        k
        for k, f in enumerate(checks)
        if not f.problem and not f.blocs.any() and not plan.thinning.near_shut(cells[k])
    ]
    runs: dict[int, Run] = {k: _refused(e, f.problem) for k, f in enumerate(checks) if f.problem}
    if together:
        trade = batch_trade(plan.trade, [cells[k] for k in together])
        d = plan.drivers([shocks[k] for k in together])
        wide = _repeat(start, len(together))
        pin = numeraire(e, np.zeros(len(e.countries), dtype=np.int64))
        solution = solve_batch(e, trade, d, wide, reference, pin, AIM)
        ev = evaluate(e, trade, d, solution.state)
        market, price = certificate(ev, solution.state)
        for b, k in enumerate(together):
            if max(market[b], price[b]) < TOLERANCE:
                state = solution.state.only([b])
                runs[k] = Run(
                    state, ev.income[:, [b]], market[b], price[b],
                    int(solution.iterations[b]), _history(solution, b),
                )  # fmt: skip
    for k in range(len(shocks)):
        if k not in runs:
            runs[k] = solve_alone(plan, shocks[k], cells[k], start, checks[k])
    return [runs[k] for k in range(len(shocks))]


def _feasibility(plan: Plan, shock: Shock, cells: Cells) -> Feasibility:
    """Check a scenario; one that shuts nothing that the base leaves open is as good as it."""
    if not cells.shuts(plan.trade) and not shock.transfer.any():
        return plan.feasible
    return check(plan.economy, access_with(plan.trade, cells), plan.imbalance(shock))


def solve_alone(plan: Plan, shock: Shock, cells: Cells, start: State, feasible: Feasibility) -> Run:
    """Solve one hard scenario: Newton's method from the shared start, else along a path."""
    e, trade, d = plan.economy, _folded(plan, cells), plan.drivers([shock])
    solution = solve_newton(e, trade, d, start, feasible.blocs, AIM)
    if not solution.residual[0] < TOLERANCE and solution.price_residual[0] < UNPRICED:
        tried = solution.history
        solution = solve_stepwise(e, trade, d, baseline_state(e), feasible.blocs, AIM)
        history = [*tried, *solution.history]
        solution = replace(solution, history=history, iterations=np.array([len(history)]))
    with np.errstate(all="ignore"):
        ev = evaluate(e, trade, d, solution.state)
        market, price = certificate(ev, solution.state)
        # The solver's own residual also counts what the certificate cannot see: trade balances.
        market = np.maximum(market, solution.market_residual)
    run = Run(
        solution.state, ev.income, float(market[0]), float(price[0]),
        int(solution.iterations[0]), _history(solution, 0),
    )  # fmt: skip
    return run if run.solved else _given_up(e, ev, run)


def _folded(plan: Plan, cells: Cells) -> Trade:
    """Return the operators of one scenario with its changes folded in, nothing sparse."""
    access, net = plan.trade.access.copy(), plan.trade.net.copy()
    access[cells.sector, cells.row, cells.column] = cells.access
    net[cells.sector, cells.row, cells.column] = cells.net
    return Trade(access, net, taxed=bool(np.any(access != net)))


def _given_up(e: Economy, ev: Evaluation, run: Run) -> Run:
    """Return an unsolved run with a sentence that names where it is worst."""
    if not np.isfinite(run.market) and np.isfinite(ev.income).all():
        n = int(np.argmin(ev.income[:, 0]))
        message = (
            f"no equilibrium found: {e.countries[n]} would have to pay more than it earns (income "
            f"{ev.income[n, 0]:.6g} million USD). Use smaller transfers, a smaller shock, or "
            'deficits="balanced".'
        )
        return replace(run, message=message, country=e.countries[n])
    country, sector, where = _worst_place(e, ev, run.state)
    message = (
        f"no equilibrium found: market residual {run.market:.1e}, price residual "
        f"{run.price:.1e}, worst in {where}. "
    )
    if e.technology is None:
        message += 'Try a smaller shock, or deficits="balanced".'
    else:
        message += (
            "Where inputs hardly replace each other there may be none: try a longer horizon or "
            "a smaller shock."
        )
    return replace(run, message=message, country=country, sector=sector)


def _worst_place(e: Economy, ev: Evaluation, s: State) -> tuple[str, str, str]:
    """Return country, sector (empty for mobile labour) and both in words."""
    floor = np.maximum(np.abs(s.spending), 1e-6 * np.abs(ev.income)[None])
    goods, labour = np.abs(ev.spending_gap) / floor, np.abs(ev.labour - 1.0)
    goods, labour = (np.where(np.isfinite(a), a, np.inf)[:, :, 0] for a in (goods, labour))
    gap, what = (labour, "labour of ") if labour.max() > goods.max() else (goods, "")
    j, n = (int(k) for k in np.unravel_index(np.argmax(gap), gap.shape))
    sector = e.sectors[j] if len(gap) == len(e.sectors) else ""
    return e.countries[n], sector, what + ", ".join(filter(None, (e.countries[n], sector)))


def _refused(e: Economy, problem: str) -> Run:
    j, n = e.final_share.shape
    nan = State(*(np.full((k, n, 1), np.nan) for k in (j, j, len(e.factor_income))))
    return Run(nan, np.full((n, 1), np.nan), np.inf, np.inf, 0, [], problem)


def _history(solution: BatchSolution, b: int) -> list[float]:
    return [float(h[b]) for h in solution.history if not np.isnan(h[b])]


def _repeat(s: State, width: int) -> State:
    return State(*(np.repeat(a, width, axis=-1) for a in (s.log_price, s.spending, s.log_wage)))


def baseline_state(e: Economy) -> State:
    """Return the state in which nothing has changed (B = 1)."""
    j, n = e.final_share.shape
    return State(
        np.zeros((j, n, 1)), e.spending[:, :, None].copy(), np.zeros((len(e.factor_income), n, 1))
    )


@lru_cache(maxsize=8)
def baseline_reference(e: Economy) -> Reference:
    """Return the linearisation at the baseline, made once per Economy object."""
    plan = plain_plan(e, "fixed")
    neutral = Shock(e.countries, e.sectors)
    return linearise(e, plan.trade, plan.drivers([neutral]), baseline_state(e), plan.feasible.blocs)


def plain_plan(e: Economy, rule: Literal["fixed", "proportional"]) -> Plan:
    """Return the plan of an economy to which nothing has happened."""
    neutral = Shock(e.countries, e.sectors)
    return Plan(e, shared_trade(e, changed_cells(e, neutral)), rule, neutral)


def run_many(
    e: Economy,
    shocks: Sequence[Shock],
    base: Shock,
    rule: DeficitRule,
    progress: Progress | None = None,
    threads: int | None = None,
    begin: State | None = None,
    guide: Guide | None = None,
) -> Runs:
    """Return every scenario's run, in order.

    Parameters
    ----------
    e : Economy
    shocks : sequence of Shock
        Each comes after `base`.
    base : Shock
    rule : {"balanced", "fixed", "proportional"}
    progress : callable, optional
        Called with (done, total).
    threads : int, optional
        Chunks solved at once; all cores by default.
    begin : State, optional
        Where the search begins (B = 1), in place of the baseline or the solved base. A solution
        does not depend on it; the tests use it to say so.
    guide : Guide, optional
        From a like economy: where the search for the base begins, and what it steers by.

    Returns
    -------
    Runs
    """
    cells = [changed_cells(e, s, base) for s in shocks]
    runs: dict[int, Run] = {}
    with one_thread():
        plan, start, reference = shared(e, base, rule, alone=len(shocks) == 1, guide=guide)
        start = start if begin is None else begin
        for span, found in chunks(plan, shocks, cells, start, reference, threads):
            runs.update(zip(span, found, strict=True))
            if progress is not None:
                progress(len(runs), len(shocks))
    return gathered([runs[k] for k in range(len(shocks))])
