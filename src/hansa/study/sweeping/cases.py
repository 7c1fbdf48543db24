"""Solving one batch of a plan: the world of its draw, its shocks, what is kept of its equilibria.

May import every room to the left. Knows nothing of files, catalogues or workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium import Result, sweep
from hansa.policy import Measures, club_shock
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
    if held.levels is None:
        return held.shock
    scale = plan.world.trade_elasticity / plan.elasticities(draw)
    return held.levels.between(draw_world(plan, k), plan.strength(draw), scale)


def club_shocks(
    world: World, candidates: Sequence[str], masks: Int[Array, " k"], measures: Measures
) -> Sequence[Shock]:
    """Return the shocks of some clubs, each a bitmask over the candidates."""
    return [
        club_shock(world, [c for k, c in enumerate(candidates) if mask >> k & 1], measures)
        for mask in masks.tolist()
    ]


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
    shocks: list[Shock] = []
    for base, size, masks in segments(plan, solves):
        measures = plan.sweep.measures(plan.size(size, plan.draw(k)))
        found = club_shocks(world, plan.sweep.club.candidates, masks, measures)
        if cut.base is None:
            regime = regime_shock(plan, k, base)
            found = [regime.then(shock) for shock in found]
        shocks += found
    common = None if cut.base is None else regime_shock(plan, k, cut.base)
    deficits = plan.sweep.deficits
    result = sweep(world, shocks, base=common, deficits=deficits, threads=threads)
    return _values(plan, solves, [keys[i] for i in chosen], result)


def segments(plan: Plan, solves: Int[Array, " k"]) -> Iterator[tuple[int, int, Int[Array, " m"]]]:
    """Yield (regime, size of measures, masks) of runs of solves that differ in their club only.

    The world without a club, mask 0, goes with the size that follows it.
    """
    at: tuple[int, int] | None = None
    masks: list[int] = []
    for number in solves.tolist():
        base, size, club = plan.solve(number)
        here = (base, max(size, 0))
        if at is not None and here != at:
            yield (*at, np.array(masks))
            masks = []
        at = here
        masks.append(0 if club < 0 else int(plan.masks[club]))
    if at is not None:
        yield (*at, np.array(masks))


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
