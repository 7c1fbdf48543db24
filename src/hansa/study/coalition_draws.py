"""The senders' coalition in one draw: what it does beside what could be, few equilibria a draw.

May import every room to the left. Harm, cost and shares of the possible as in
`coalition_scenarios`, after Chowdhry, Hinz, Kamin & Wanner (2024, Economic Policy 39, 471-512).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hansa.equilibrium import Guide, sweep
from hansa.errors import ConvergenceError
from hansa.policy import Effects
from hansa.policy.coalition import CoalitionRule
from hansa.shock import Shock
from hansa.study.coalition_play import Columns
from hansa.study.coalition_scenarios import reference_shocks
from hansa.world.world import World

Array = np.ndarray


def drawn_rule(rule: CoalitionRule, world: World, effects: Effects) -> CoalitionRule:
    """Return what coalitions do at drawn elasticities and costs; who imposes is as given.

    Parameters
    ----------
    rule : CoalitionRule
        At the study's own costs.
    world : World
        The study's, with drawn elasticities.
    effects : Effects
        At the drawn position: `Effects.fixed`.
    """
    drawn = replace(rule.coalition, effects=effects, strength="central")
    return drawn.rule(world, rule.imposing)


def draw_shocks(world: World, rule: CoalitionRule) -> list[Shock]:
    """Return the references, in order, then the senders joined by each partner."""
    c = rule.coalition
    joined = [rule.base.then(rule.shock((*c.senders, p))).named(f"with {p}") for p in c.partners]
    return [*reference_shocks(world, rule), *joined]


def coalition_loss(
    world: World, rule: CoalitionRule, guide: Guide | None, options: dict[str, Any]
) -> dict[str, Array]:
    """Return what everyone concerned loses in each scenario of one draw.

    Parameters
    ----------
    world : World
        Of the drawn elasticities; balanced if that is the study's rule.
    rule : CoalitionRule
    guide : Guide, optional
    options : dict
        Rule for deficits, horizon and threads.

    Returns
    -------
    dict
        ``loss``: (S, K + T) million USD against no coalition, of players and targets, by scenario
        of `draw_shocks`; NaN where that was not solved. ``before``: (T,) real income of the
        targets without a coalition; ``gdp``: (K,) of the players, million USD.

    Raises
    ------
    ConvergenceError
        If the world without the coalition or with that of the senders is not solved.
    """
    shocks = draw_shocks(world, rule)
    result = sweep(world, shocks, guide=guide, **options)
    for k in range(2):
        if not result.solved[k]:
            raise ConvergenceError(f"coalition, {result.scenarios[k]}: {result.messages[k]}")
    columns = Columns.of(world, rule.states)
    solved = np.where(result.solved[:, None], result.welfare.values, np.nan)
    income = columns.welfare(solved) * columns.income
    players, targets = (
        [columns.names.index(c) for c in codes]
        for codes in (rule.coalition.players, rule.coalition.targets)
    )
    return {
        "loss": 0.0 + (income[0] - income)[:, [*players, *targets]],
        "before": income[0, targets],
        "gdp": columns.gdp[players],
    }
