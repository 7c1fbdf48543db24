"""Solving one batch of a plan: the world of its draw, its shocks, what is kept of its equilibria.

May import every room to the left. Knows nothing of files, catalogues or workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium import Result, sweep
from hansa.policy import club_shocks
from hansa.shock import Shock
from hansa.study.draws import world_of
from hansa.study.sweeping.plan import Plan
from hansa.world.world import World

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Values:
    """What is kept of some solves of one draw.

    Attributes
    ----------
    solves : (K,) int array
        Numbers within the draw.
    keys : tuple of str
        Content hashes.
    welfare, real_wage : (K, R) arrays
        New over old, for the kept countries and the world as a whole, whose real wage is NaN;
        NaN where not solved.
    income : (R,) array, million USD
        Baseline income.
    status, message : tuples of str
    residual : (K,) array
    """

    solves: Int[Array, " k"]
    keys: tuple[str, ...]
    welfare: Float[Array, "k r"]
    real_wage: Float[Array, "k r"]
    income: Float[Array, " r"]
    status: tuple[str, ...]
    message: tuple[str, ...]
    residual: Float[Array, " k"]

    def only(self, chosen: Sequence[int]) -> Values:
        """Return some of the solves, by position."""
        at = np.asarray(chosen, dtype=np.int64)
        return Values(
            self.solves[at],
            tuple(self.keys[i] for i in at),
            self.welfare[at],
            self.real_wage[at],
            self.income,
            tuple(self.status[i] for i in at),
            tuple(self.message[i] for i in at),
            self.residual[at],
        )


def joined(parts: Sequence[Values]) -> Values:
    """Return solves of one draw put together, in the order of their numbers."""
    whole = Values(
        np.concatenate([p.solves for p in parts]),
        tuple(key for p in parts for key in p.keys),
        np.concatenate([p.welfare for p in parts]),
        np.concatenate([p.real_wage for p in parts]),
        parts[0].income,
        tuple(s for p in parts for s in p.status),
        tuple(m for p in parts for m in p.message),
        np.concatenate([p.residual for p in parts]),
    )
    return whole.only(np.argsort(whole.solves, kind="stable").tolist())


@lru_cache(maxsize=2)
def draw_world(plan: Plan, k: int) -> World:
    """Return the world of a draw, the same object while it is in use: much hangs on it."""
    draw = plan.draw(k)
    return plan.world if draw is None else world_of(plan.world, plan.elasticities(draw))


@lru_cache(maxsize=8)
def regime_shock(plan: Plan, k: int, base: int) -> Shock:
    """Return the sanctions of a regime in a draw."""
    held, draw = plan.bases[base], plan.draw(k)
    if draw is None:
        return held.shock
    return held.regime.shock(plan.costs(draw, held), plan.elasticities(draw))


def solve_batch(
    plan: Plan, batch: int, known: frozenset[str] = frozenset(), threads: int | None = None
) -> Values | None:
    """Return the solves of a batch whose keys are not known yet; None if there are none.

    Parameters
    ----------
    plan : Plan
    batch : int
    known : frozenset of str
        Content hashes of solves to leave out.
    threads : int, optional
        All cores by default.

    Returns
    -------
    Values or None
    """
    k, cut = plan.cut(batch)
    numbers = range(cut.start, cut.stop)
    keys = plan.keys(k, numbers)
    chosen = [i for i, key in enumerate(keys) if key not in known]
    if not chosen:
        return None
    solves = np.array(numbers)[chosen]
    world = draw_world(plan, k)
    groups = list(segments(plan, solves))
    shocks: Sequence[Shock]
    if cut.base is None:
        common, horizon = None, plan.bases[groups[0].base].horizon
        shocks = [
            regime_shock(plan, k, group.base).then(club)
            for group in groups
            for club in clubs_of(plan, k, group)
        ]
    else:
        common, horizon = regime_shock(plan, k, cut.base), plan.bases[cut.base].horizon
        (group,) = groups  # one regime, one size: only the clubs differ
        shocks = clubs_of(plan, k, group)
    result = sweep(
        world, shocks, base=common, deficits=plan.sweep.deficits, horizon=horizon, threads=threads
    )
    return _values(plan, solves, [keys[i] for i in chosen], result)


@dataclass(frozen=True, eq=False)
class Group:
    """Clubs (bitmasks over the candidates) under one regime, at one size of the measures."""

    base: int
    size: int
    masks: Int[Array, " m"]


def clubs_of(plan: Plan, k: int, group: Group) -> Sequence[Shock]:
    """Return the shocks of some clubs in a draw, made only when they are asked for."""
    players = plan.sweep.club.candidates
    members = (group.masks[:, None] >> np.arange(len(players)) & 1).astype(bool)
    measures = plan.sweep.measures(plan.size(group.size, plan.draw(k)))
    return club_shocks(draw_world(plan, k), players, members, measures)


def segments(plan: Plan, solves: Int[Array, " k"]) -> Iterator[Group]:
    """Yield runs of solves that differ in their club only.

    The world without a club, mask 0, goes with the size that follows it.
    """
    found = [plan.solve(number) for number in solves.tolist()]
    for (base, size), run in groupby(found, key=lambda solve: (solve[0], max(solve[1], 0))):
        masks = [0 if club < 0 else int(plan.masks[club]) for _, _, club in run]
        yield Group(base, size, np.array(masks))


def _values(plan: Plan, solves: Array, keys: list[str], result: Result) -> Values:
    income = result.world.income
    welfare = result.welfare.values
    at = [result.world.country(c) for c in plan.countries]
    # Not a matrix product: its last bits would depend on how many threads BLAS has.
    total = (welfare * income).sum(1) / income.sum()
    nothing = np.full(solves.size, np.nan)
    return Values(
        solves,
        tuple(keys),
        np.column_stack([welfare[:, at], total]),
        np.column_stack([result.real_wage.values[:, at], nothing]),
        np.append(income[at], income.sum()),
        tuple(s.value for s in result.statuses),
        result.messages,
        np.maximum(result.market_residual, result.price_residual),
    )
