"""Forecasts of trade: the model's, and gravity without general equilibrium, with what each knows.

May import ``hansa.errors`` and the rooms to the left of ``study``. Trade hats are new over old
flows of an equilibrium (Caliendo & Parro 2015); gravity moves flows by cost to the power of minus
theta and by the partner's size, and shares are taken afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.equilibrium import Result, balance, sweep
from hansa.errors import ConvergenceError
from hansa.shock import Shock
from hansa.world.world import World

__all__ = ["FORECASTS", "Forecast", "gravity_hats", "grown", "model_hats"]

Array = np.ndarray

#: Rounds of finding productivities, how near growth comes (log points), and the step: the response
#: of value added to productivity lies between about 1 and 2.9, so that a half is nearly the best.
ROUNDS, NEAR, STEP = 60, 1e-6, 0.5


@dataclass(frozen=True)
class Forecast:
    """One way of forecasting.

    Attributes
    ----------
    key : str
    method : {"model", "gravity", "nothing"}
    sanctions, growth : bool
        Whether it knows the change of sanctions, and the observed growth of every economy.
    name : str
        In words.
    """

    key: str
    method: str
    sanctions: bool
    growth: bool
    name: str


FORECASTS = (
    Forecast("nothing", "nothing", False, False, "nothing changes"),
    Forecast("gravity-sanctions", "gravity", True, False, "gravity, sanctions"),
    Forecast("gravity-growth", "gravity", False, True, "gravity, growth"),
    Forecast("gravity-both", "gravity", True, True, "gravity, sanctions and growth"),
    Forecast("model-sanctions", "model", True, False, "model, sanctions"),
    Forecast("model-growth", "model", False, True, "model, growth"),
    Forecast("model-both", "model", True, True, "model, sanctions and growth"),
)


def grown(
    world: World,
    shocks: Sequence[Shock],
    growth: Float[Array, " n"] | Float[Array, "s n"],
    horizon: str = "long",
) -> Result:
    """Return equilibria in which every economy has grown as it did, relative to the world.

    A productivity of each economy, alike in all its sectors, is found such that, with the shock,
    its value added in dollars is the observed multiple of what it was, up to one factor for all.
    Size, not well-being, is matched: growth by more people and by more output a head, and the
    dollar's changes, are not told apart.

    Parameters
    ----------
    world : World
    shocks : sequence of Shock
    growth : (N,) or (S, N) array
        New over old value added, current dollars: of all scenarios, or of each.
    horizon : str

    Returns
    -------
    Result
        One scenario a shock.

    Raises
    ------
    ConvergenceError
        If growth is not met, or an equilibrium is not solved.
    """
    value = balance(world).value_added
    goal = value * np.broadcast_to(growth, (len(shocks), len(world.countries)))
    goal = goal / goal.sum(axis=1, keepdims=True)
    log_a = np.zeros(goal.shape)
    for _ in range(ROUNDS):
        result = solved(sweep(world, _with(world, shocks, log_a), horizon=horizon))
        made = result.wage.values * value
        gap = np.log(goal / (made / made.sum(axis=1, keepdims=True)))
        if np.abs(gap).max() < NEAR:
            return result
        log_a = log_a + STEP * gap
    raise ConvergenceError(
        f"{world.name}: no productivities give every economy its observed growth; the largest gap "
        f"is {np.abs(gap).max():.1e}",
        country=world.countries[int(np.abs(gap).max(axis=0).argmax())],
    )


def _with(world: World, shocks: Sequence[Shock], log_a: Float[Array, "s n"]) -> list[Shock]:
    j = len(world.sectors)
    cells = np.arange(len(world.countries) * j)
    return [
        s.then(
            Shock(
                world.countries,
                world.sectors,
                productivity_cell=cells,
                productivity_hat=np.repeat(np.exp(a), j),
            )
        ).named(s.label)
        for s, a in zip(shocks, log_a, strict=True)
    ]


def solved(result: Result) -> Result:
    """Return the result if every scenario was solved, else raise ConvergenceError."""
    if not result.solved.all():
        at = int(np.argmin(result.solved))
        raise ConvergenceError(f"{result.scenarios[at]}: {result.messages[at]}")
    return result


def model_hats(
    result: Result, scenario: int, country: str, since: int | None = None
) -> dict[str, Float[Array, "p j"]]:
    """Return the model's trade hats of one country's flows, by partner and goods sector.

    Parameters
    ----------
    result : Result
    scenario : int
    country : str
    since : int, optional
        The scenario the hats are relative to; the baseline if None.

    Returns
    -------
    dict
        ``exports`` and ``imports`` to (P, J) arrays. A flow that the baseline lacks takes the hat
        of the partner's others together; a partner with none, that of all partners together.
    """
    after = result.trade(scenario).values
    before = result.world.expenditure if since is None else result.trade(since).values
    n = result.world.country(country)
    goods = [result.world.sector(s) for s in result.world.meta["goods"]]
    hats = {}
    for flow in ("exports", "imports"):
        new, old = (t[:, n] if flow == "exports" else t[n] for t in (after, before))
        new, old = new[:, goods].copy(), old[:, goods].copy()
        new[n] = old[n] = 0.0
        hats[flow] = np.ones((len(result.world.countries), len(result.world.sectors)))
        hats[flow][:, goods] = _hats(new, old)
    return hats


def _hats(new: Array, old: Array) -> Array:
    overall = new.sum() / old.sum()
    partner = np.where(
        old.sum(1) > 0, new.sum(1) / np.where(old.sum(1) > 0, old.sum(1), 1), overall
    )
    return np.where(old > 0, new / np.where(old > 0, old, 1.0), partner[:, None])


def gravity_hats(
    world: World, cost: Float[Array, "n n j"], country: str, growth: Float[Array, " n"] | None
) -> dict[str, Float[Array, "p j"]]:
    """Return trade hats of gravity without general equilibrium.

    Parameters
    ----------
    world : World
    cost : (N, N, J) array
        Hats of the costs.
    country : str
    growth : (N,) array, optional
        New over old value added of each partner; None leaves it out.

    Returns
    -------
    dict
        ``exports`` and ``imports`` to (P, J) arrays: cost hat to the power of minus theta times
        the partner's growth. Only shares of them mean anything.
    """
    n = world.country(country)
    size = np.ones(len(world.countries)) if growth is None else growth
    power = {f: c ** -world.trade_elasticity for f, c in
             (("exports", cost[:, n]), ("imports", cost[n]))}  # fmt: skip
    return {flow: p * size[:, None] for flow, p in power.items()}
