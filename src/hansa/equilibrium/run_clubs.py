"""How many clubs are run: the bulk engine proposes, the equations certify.

May import ``hansa.shock``, ``hansa.shock_clubs`` and its siblings; ``solve.py`` is its only
caller. What the engine cannot solve goes the way of a single hard scenario.
Coalitions in general equilibrium: Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool
from threadpoolctl import threadpool_limits

from hansa.equilibrium.bulk import WIDTH, Bulk, BulkSolution
from hansa.equilibrium.club_trade import ClubTrade, club_trade
from hansa.equilibrium.economy import Drivers, Economy, changed_cells
from hansa.equilibrium.equations import State, evaluate
from hansa.equilibrium.run import (
    AIM,
    TOLERANCE,
    Plan,
    Progress,
    Run,
    certificate,
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


def run_clubs(
    e: Economy,
    shocks: ClubShocks,
    base: Shock,
    rule: DeficitRule,
    progress: Progress | None = None,
    threads: int | None = None,
) -> list[Run]:
    """Return every club's run, in order.

    Parameters
    ----------
    e : Economy
    shocks : ClubShocks
        Each comes after `base`.
    base, rule, progress, threads
        As in `run_many`, which takes over where a club shuts trade, where technology is not
        Cobb-Douglas with mobile labour, and where the base itself is a hard case.

    Returns
    -------
    list of Run
    """
    with threadpool_limits(1, user_api="blas"):
        plan, start, reference = shared(e, base, rule, alone=False)
        trade = club_trade(e, plan.trade, base, shocks)
        hard = plan.feasible.problem or plan.feasible.blocs.any()
        if trade is None or e.technology is not None or hard:
            return run_many(e, list(shocks), base, rule, progress, threads)
        d = plan.drivers([Shock(e.countries, e.sectors)])
        engine = Bulk(e, trade, d, reference)

        def job(span: range) -> list[Run]:
            part = shocks[span.start : span.stop]
            inside = part.counted
            found = engine.twin().solve(inside.astype(np.float64), start, AIM)
            return _certified(plan, trade, d, part, inside, found, start)

        runs: dict[int, Run] = {}
        for span, part in on_threads(job, _pieces(len(shocks)), threads):
            runs.update(zip(span, part, strict=True))
            if progress is not None:
                progress(len(runs), len(shocks))
    return [runs[k] for k in range(len(shocks))]


def _pieces(total: int) -> list[range]:
    size = min(max(LEAST, -(-total // PIECES)), LARGEST)
    return [range(a, min(a + size, total)) for a in range(0, total, size)]


def _certified(
    plan: Plan,
    trade: ClubTrade,
    d: Drivers,
    shocks: ClubShocks,
    inside: Bool[Array, "s k"],
    found: BulkSolution,
    start: State,
) -> list[Run]:
    """Return runs: proposals that the equations confirm, the others solved one by one."""
    runs: list[Run] = []
    for first in range(0, len(shocks), WIDTH):
        part = slice(first, first + WIDTH)
        state = State(*(np.ascontiguousarray(a[..., part]) for a in vars(found.state).values()))
        with np.errstate(all="ignore"):
            ev = evaluate(plan.economy, trade.of(inside[part]), d, state)
            market, price = certificate(ev, state)
        for b in range(market.size):
            k = first + b
            if max(market[b], price[b]) < TOLERANCE:
                one = state.only([b])
                runs.append(
                    Run(one, ev.income[:, [b]], market[b], price[b], int(found.iterations[k]), [])
                )
            else:
                cells = changed_cells(plan.economy, shocks[k], plan.base)
                runs.append(solve_alone(plan, shocks[k], cells, start, plan.feasible))
    return runs
