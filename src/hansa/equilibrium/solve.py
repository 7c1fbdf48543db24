"""solve, sweep and balance: from a world and shocks to results.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. One solver for one
and for many. Exact hat algebra after Dekle, Eaton & Kortum (2008) and Caliendo & Parro (2015).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, get_args

import numpy as np

from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.economy import Economy, changed_cells, economy_of, shared_trade
from hansa.equilibrium.equations import State
from hansa.equilibrium.feasibility import check
from hansa.equilibrium.guide import Guide
from hansa.equilibrium.measures import flows_at
from hansa.equilibrium.reference import linearise
from hansa.equilibrium.results import Result, Status
from hansa.equilibrium.run import (
    TOLERANCE,
    Plan,
    Progress,
    Run,
    Runs,
    baseline_reference,
    baseline_state,
    plain_plan,
    run_many,
    solve_chunk,
)
from hansa.equilibrium.run_clubs import EngineName, run_clubs
from hansa.equilibrium.technology import Horizon, horizon_of
from hansa.errors import ConvergenceError, DataError, unknown
from hansa.shock import DeficitRule, Shock
from hansa.shock_clubs import ClubShocks
from hansa.world.world import World


def solve(
    world: World,
    shock: Shock | None = None,
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    throw: bool = True,
) -> Result:
    """Return the equilibrium of a world after a shock.

    Parameters
    ----------
    world : World
    shock : Shock, optional
        Neutral by default.
    deficits : {"balanced", "fixed", "proportional"}
        Rule for deficits, unless the shock names its own. "balanced" first re-solves the
        baseline with D = 0 and measures everything against that.
    horizon : {"short", "medium", "long"} or Horizon
        Elasticities and mobility of labour; see `hansa.equilibrium.technology.HORIZONS`.
    throw : bool
        Whether an unsolved equilibrium raises; otherwise its status says so.

    Returns
    -------
    Result
        With ``status``, ``residual`` and labelled arrays without a scenario dimension.

    Raises
    ------
    DataError
        If the shock leaves a country without a supplier of what it needs, or a cut-off bloc
        with a deficit; names country, sector and the mend.
    ConvergenceError
        If no state meets the tolerance; carries the residual history and the worst place.

    References
    ----------
    Caliendo & Parro (2015); Dekle, Eaton & Kortum (2008).
    """
    shock = shock or Shock.neutral(world)
    result, runs = _run(world, [shock], deficits, horizon)
    result = replace(result, single=True)
    if throw and result.statuses[0] is not Status.SOLVED:
        raise _error(runs.unsolved[0])
    return result


def sweep(
    world: World,
    shocks: Sequence[Shock],
    *,
    base: Shock | None = None,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "numpy",
    guide: Guide | None = None,
    begin: State | None = None,
) -> Result:
    """Return the equilibria of many shocks to one world; failed rows are marked, not raised.

    Parameters
    ----------
    world : World
    shocks : sequence of Shock
        Labels become scenario names (made unique by their number where needed). The clubs of
        some players are fastest as `hansa.policy.club_shocks`.
    base : Shock, optional
        Comes first in every scenario; hats still refer to the world without it.
    deficits : {"balanced", "fixed", "proportional"}
        One rule for all, unless the base or the shocks name another.
    horizon : {"short", "medium", "long"} or Horizon
        Elasticities and mobility of labour; see `hansa.equilibrium.technology.HORIZONS`.
    progress : callable, optional
        Called with (done, total).
    threads : int, optional
        Chunks solved at once; all cores by default.
    engine : {"numpy", "jax"}
        What solves clubs given as `hansa.policy.club_shocks`; "jax" uses a GPU where there is
        one. Other shocks are solved with NumPy.
    guide : Guide, optional
        From the solution of a like problem (`guide_of`): makes the search shorter, never
        another solution.
    begin : State, optional
        Where the search for each club begins (of `Result.state`); as harmless.

    Returns
    -------
    Result
        With a ``scenario`` dimension and a status per row.
    """
    if not shocks:
        raise DataError("a sweep needs at least one shock")
    return _run(world, shocks, deficits, horizon, base, progress, threads, engine, guide, begin)[0]


def guide_of(result: Result) -> Guide:
    """Return what guides the search for the solution of a like problem.

    Parameters
    ----------
    result : Result
        Of one solved scenario: the same table and shock, perhaps with other elasticities.

    Returns
    -------
    Guide
    """
    e = economy_of(result.world, result.horizon)
    shock = result.base.then(result.shocks[0])
    plan = plain_plan(e, "proportional" if result.deficits == "proportional" else "fixed")
    trade = shared_trade(e, changed_cells(e, shock))
    blocs = check(e, trade.access, e.deficit + shock.transfer).blocs
    return Guide(result.state, linearise(e, trade, plan.drivers([shock]), result.state, blocs))


def balance(world: World, guide: Guide | None = None) -> World:
    """Return the world re-solved with all deficits removed.

    Parameters
    ----------
    world : World
    guide : Guide, optional
        See `guide_to_balance`.

    Raises
    ------
    DataError
        If a country only buys or only sells, so that its trade cannot balance.
    ConvergenceError
        If no balanced equilibrium is found.

    References
    ----------
    Ossa (2014, AER 104, 4104-4146): trade deficits are purged before policy is studied.
    """
    scale = 1e-12 * float(world.value_added.sum())
    if np.abs(world.deficit).max() <= scale:
        return world
    return _balanced(world) if guide is None else _settled_world(world, guide)


@lru_cache(maxsize=8)
def _balanced(world: World) -> World:
    return _settled_world(world)


def _settled_world(world: World, guide: Guide | None = None) -> World:
    extra = {"evidence": world.evidence, "trade_elasticity_se": world.trade_elasticity_se}
    return settle(economy_of(world), world.name, world.year, world.meta, guide, **extra)


def guide_to_balance(world: World) -> Guide:
    """Return what guides `balance` of the same table with other elasticities."""
    economy = economy_of(world)
    return Guide(_settled(economy, None)[1].state, baseline_reference(economy))


def settle(
    economy: Economy,
    name: str,
    year: int,
    meta: Mapping[str, Any] | None = None,
    guide: Guide | None = None,
    **extra: Any,
) -> World:
    """Return the World that an economy's parts settle to with all deficits at zero.

    The parts (trade shares, cost shares, final shares, value added, tariffs) need not be one
    balanced table: published data often are not.

    Parameters
    ----------
    economy : Economy
        For published parts see `Economy.from_parts`.
    name, year, meta, **extra
        Passed to `World.from_flows`.
    guide : Guide, optional
        See `guide_to_balance`.

    Returns
    -------
    World

    Raises
    ------
    DataError, ConvergenceError
        As `balance`.
    """
    plan, run = _settled(economy, guide)
    e = plan.economy
    flow = flows_at(e, plan.trade, plan.drivers([plan.base]), run.state)
    return World.from_flows(
        name=name,
        year=year,
        countries=e.countries,
        sectors=e.sectors,
        expenditure=flow,
        trade_elasticity=e.trade_elasticity,
        value_added_share=e.value_added_share.T,
        input_share=e.use_share,
        tariff=e.tariff.transpose(1, 2, 0),
        meta={**(meta or {}), "balanced": "deficits removed in equilibrium"},
        **extra,
    )


def _settled(economy: Economy, guide: Guide | None) -> tuple[Plan, Run]:
    """Return the run of an economy without its deficits."""
    e = economy.without_deficits()
    plan = plain_plan(e, "fixed")
    guide = guide or Guide(baseline_state(economy), baseline_reference(economy))
    nothing = [changed_cells(e, plan.base)]
    with one_thread():
        run = solve_chunk(plan, [plan.base], nothing, guide.state, guide.reference)[0]
    if not run.solved:
        raise _error(run)
    return plan, run


def _run(
    world: World,
    shocks: Sequence[Shock],
    deficits: DeficitRule,
    horizon: str | Horizon,
    base: Shock | None = None,
    progress: Progress | None = None,
    threads: int | None = None,
    engine: str = "numpy",
    guide: Guide | None = None,
    starts: State | None = None,
) -> tuple[Result, Runs]:
    begin = Shock.neutral(world) if base is None else base
    parts = [shocks.within, shocks.across] if isinstance(shocks, ClubShocks) else list(shocks)
    rules = {s.deficits or begin.deficits or deficits for s in parts}
    if len(rules) > 1:
        raise DataError(f"one deficit rule per sweep, not {sorted(rules)}")
    rule = rules.pop()
    if rule not in get_args(DeficitRule):
        raise DataError(unknown("deficit rule", rule, get_args(DeficitRule)))
    for shock in (begin, *parts):
        if (shock.countries, shock.sectors) != (world.countries, world.sectors):
            raise DataError(
                f"shock {shock.label!r} belongs to a world with other countries or sectors"
            )
    if engine not in get_args(EngineName):
        raise DataError(unknown("engine", engine, get_args(EngineName)))
    home = balance(world) if rule == "balanced" else world
    at = horizon_of(horizon)
    e = economy_of(home, at)
    if isinstance(shocks, ClubShocks):
        runs = run_clubs(e, shocks, begin, rule, progress, threads, engine, guide, starts)
    else:
        runs = run_many(e, shocks, begin, rule, progress, threads, guide=guide)
    return _result(home, begin, shocks, runs, rule, at), runs


def _result(
    world: World, base: Shock, shocks: Sequence[Shock], runs: Runs, rule: str, at: Horizon
) -> Result:
    return Result(
        world=world,
        base=base,
        shocks=shocks if isinstance(shocks, ClubShocks) else tuple(shocks),
        scenarios=_unique(_labels(shocks)),
        state=runs.state,
        new_income=runs.income,
        market_residual=runs.market,
        price_residual=runs.price,
        iterations=runs.iterations,
        messages=tuple(
            runs.unsolved[k].message if k in runs.unsolved else "" for k in range(len(shocks))
        ),
        deficits=rule,
        tolerance=TOLERANCE,
        horizon=at,
    )


def _labels(shocks: Sequence[Shock]) -> list[str]:
    if isinstance(shocks, ClubShocks):
        return [shocks.label(k) for k in range(len(shocks))]
    return [s.label for s in shocks]


def _unique(labels: list[str]) -> tuple[str, ...]:
    """Return scenario names: labels, numbered where they repeat or are empty."""
    plain = [label or f"scenario {k}" for k, label in enumerate(labels)]
    counts = Counter(plain)
    return tuple(f"{label} #{k}" if counts[label] > 1 else label for k, label in enumerate(plain))


def _error(run: Run) -> DataError | ConvergenceError:
    if run.iterations == 0:
        return DataError(run.message)
    return ConvergenceError(run.message, run.history, run.country, run.sector)
