"""One draw of a study: its world and shocks, and the parts of the study that are solved in it.

May import every room to the left. A `Part` is a name, a test of whether a study has it, and a
function from a `Drawn` to arrays of one shape for all draws. To add quantities of your own, append
a Part to `PARTS`: its arrays are kept as ``name.array``, resumed, and found in `DrawTable`. A part
that raises DataError or ConvergenceError marks its whole draw as failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from hansa.club import ClubTable, Verdict, breaking_points, club_draw, temptation
from hansa.equilibrium import Guide, Result, balance, guide_of, guide_to_balance, solve, sweep
from hansa.equilibrium.equations import State
from hansa.errors import ConvergenceError, DataError
from hansa.policy import Effects, Measures, Regime, Response, club_shocks, load_effects, read_regime
from hansa.policy.coalition import CoalitionRule
from hansa.shock import Shock
from hansa.study.coalition_draws import coalition_loss, drawn_rule
from hansa.study.coalition_scenarios import coalition_of
from hansa.study.corridor_draws import corridor_draw, positions
from hansa.study.corridor_routes import RouteTable
from hansa.study.draws import Draw, draw_parameters, world_of
from hansa.study.scenarios import senders_of
from hansa.study.schema import Study
from hansa.world.world import World

Array = np.ndarray
Arrays = dict[str, Array]

#: With more candidates than this only the clubs of all and of all but one are solved in a draw.
EVERY = 8
#: The senders' answer is drawn between these shares of the study's, where it gives no range.
ABOUT = (0.5, 1.5)


@dataclass(frozen=True, eq=False)
class Common:
    """What the draws of a study share; made once in a process.

    Attributes
    ----------
    world : World
    study : Study
    effects : Effects
    without, regime : Regime
        All sanctions lifted, and those of the date.
    players, senders : tuple of str
    masks : (C,) int array
        Clubs solved in each draw, as bitmasks over the players.
    guides : dict of Guide
        To ``balance``, ``without`` and ``regime``, from the central parameters; empty where
        those could not be solved.
    coalition : CoalitionRule or None
        At the study's own costs.
    """

    world: World
    study: Study
    effects: Effects
    without: Regime
    regime: Regime
    players: tuple[str, ...]
    senders: tuple[str, ...]
    masks: Array
    guides: dict[str, Guide]
    coalition: CoalitionRule | None = None
    routes: RouteTable | None = None


def drawn_sizes(study: Study, draw: Draw) -> dict[str, float]:
    """Return the sizes of measures and answer that a study draws, by name."""
    ranges = study.draws
    if study.club is None:
        return {}
    found = {"nontariff": draw.size("nontariff", *ranges.nontariff)}
    for name in ("payments", "tariffs"):
        ends = getattr(ranges, name)
        if ends is not None:
            found[name] = draw.size(name, *ends)
    if study.answer is not None:
        low, high = ranges.answer or (study.answer.ave * share for share in ABOUT)
        found["answer"] = low + (high - low) * draw.answer
    return found


def common(world: World, study: Study, routes: RouteTable | None = None) -> Common:
    """Return what all draws of a study share."""
    on, options = study.regime.on, study.regime
    without, regime = (
        read_regime(world, day, secondary=options.secondary, targets=options.targets)
        for day in (None, on)
    )
    players = study.players
    m = len(players)
    everyone = (1 << m) - 1
    masks = (
        np.arange(1 << m)
        if m <= EVERY
        else np.array([0, *(everyone ^ (1 << k) for k in range(m)), everyone])
    )
    effects = load_effects(options.effects)
    guides: dict[str, Guide] = {}
    try:
        if study.deficits == "balanced":
            guides["balance"] = guide_to_balance(world)
        for name, read in (("without", without), ("regime", regime)):
            shock = read.shock(effects.at("central"))
            central = solve(world, shock, deficits=study.deficits, horizon=study.horizon)
            guides[name] = guide_of(central)
    except (ConvergenceError, DataError):
        guides = {}  # draws are then solved from scratch
    senders = senders_of(world, study)
    rule = None if study.coalition is None else coalition_of(study).rule(world)
    return Common(
        world, study, effects, without, regime, players, senders, masks, guides, rule, routes
    )


@dataclass(frozen=True, eq=False)
class Drawn:
    """The world of one draw and what happens to it.

    Attributes
    ----------
    common : Common
    draw : Draw
    sizes : dict of float
        Drawn sizes of ``nontariff`` and, where they are drawn, ``payments``, ``tariffs`` and
        ``answer``; empty without a club.
    world : World
        Of the drawn elasticities; balanced if that is the study's rule.
    without, regime : Shock
        At the drawn costs; the effect on trade is held as elasticities move.
    coalition : CoalitionRule or None
        The same of the senders' coalition.
    number : int
        Of the draw.
    """

    common: Common
    draw: Draw
    sizes: dict[str, float]
    world: World
    without: Shock
    regime: Shock
    coalition: CoalitionRule | None = None
    number: int = 0

    @property
    def options(self) -> dict[str, Any]:
        """Rule for deficits, horizon and threads of every equilibrium of a draw."""
        study = self.common.study
        return {"deficits": study.deficits, "horizon": study.horizon, "threads": 1}

    @cached_property
    def measures(self) -> Measures:
        """What members do for one another."""
        drawn = {k: v for k, v in self.sizes.items() if k != "answer"}
        return self.common.study.measures.model_copy(update=drawn)

    @cached_property
    def inside(self) -> Array:
        """Who is in each club that is solved, (C, m)."""
        return (self.common.masks[:, None] >> np.arange(len(self.common.players)) & 1).astype(bool)

    def clubs(
        self, rows: Array, response: Response | None = None, begin: State | None = None
    ) -> Result:
        """Return the equilibria of some of the clubs, on top of the regime."""
        shocks = club_shocks(
            self.world, self.common.players, self.inside[rows], self.measures, response
        )
        guide = self.common.guides.get("regime")
        return sweep(self.world, shocks, base=self.regime, guide=guide, begin=begin, **self.options)

    @cached_property
    def every(self) -> Result:
        """All clubs that are solved in a draw, that of nobody first."""
        if not self.common.players:
            guide = self.common.guides.get("regime")
            return sweep(self.world, [self.regime], guide=guide, **self.options)
        return self.clubs(np.arange(self.common.masks.size))

    def table(self, result: Result, clubs: Array, rows: Array | None = None) -> ClubTable:
        """Return the players' part of solved clubs as a table of all clubs.

        Parameters
        ----------
        result : Result
        clubs : (R,) int array
            Bitmasks.
        rows : (R,) int array, optional
            Where they are in the result; all of it in order by default.
        """
        players = self.common.players
        at = np.array([self.world.country(p) for p in players])
        chosen = np.arange(clubs.size) if rows is None else rows
        worst = np.maximum(result.market_residual, result.price_residual)
        shape = (1 << len(players), len(players))
        welfare, residual = np.full(shape, np.nan), np.full(shape[0], np.nan)
        solved = np.zeros(shape[0], dtype=bool)
        welfare[clubs] = result.welfare.values[np.ix_(chosen, at)]
        solved[clubs], residual[clubs] = result.solved[chosen], worst[chosen]
        income = self.world.income[at]
        ev = (welfare - welfare[0]) * income
        return ClubTable(players, players, welfare, ev, solved, residual, None, income)


def drawn(common: Common, k: int) -> Drawn:
    """Return draw k of a study.

    Raises
    ------
    DataError, ConvergenceError
        If the world cannot be balanced at the drawn elasticities.
    """
    study = common.study
    draw = draw_parameters(common.world, study.draws.seed, k, common.effects)
    costs = common.effects.between(draw.position)
    other = world_of(common.world, draw.trade_elasticity)
    rule = common.coalition
    if rule is not None:
        rule = drawn_rule(rule, other, common.effects.fixed(draw.position))
    if study.deficits == "balanced":
        other = balance(other, common.guides.get("balance"))
    none, regime = (r.shock(costs, draw.trade_elasticity) for r in (common.without, common.regime))
    return Drawn(common, draw, drawn_sizes(study, draw), other, none, regime, rule, k)


def solve_draw(common: Common, k: int) -> Arrays | str:
    """Return the arrays of all parts in draw k, or why it failed."""
    try:
        one = drawn(common, k)
        return {
            f"{part.name}.{name}": np.asarray(value)
            for part in PARTS
            if part.applies(common.study)
            for name, value in part.solve(one).items()
        }
    except (ConvergenceError, DataError) as error:
        return str(error) or type(error).__name__


# ---- parts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A part of a study that is solved in every draw; see the head of this module."""

    name: str
    applies: Callable[[Study], bool]
    solve: Callable[[Drawn], Arrays]


def _cost(one: Drawn) -> Arrays:
    """Return income and W hat of all countries without sanctions and under the regime, (N,)."""
    guide = one.common.guides.get("without")
    return {
        "income": one.world.income,
        "without": _one_solved(sweep(one.world, [one.without], guide=guide, **one.options), 0),
        "regime": _one_solved(one.every, 0),
    }


def _club(one: Drawn) -> Arrays:
    """Return W hat of all with the club of all, and what the draw says of every club.

    ``value``, ``verdict``: by club; ``shapley``, ``gain``, ``leaving``: by player, million USD.
    """
    result = one.every
    full = _one_solved(result, -1)
    table = one.table(result, one.common.masks)
    apart = temptation(table, one.common.players)
    own = {"full": full, "leaving": apart.gain}
    if one.common.masks.size < len(table.solved):
        # Whether it is stable inside and outside needs more clubs than these.
        codes = [Verdict.UNKNOWN, apart.internal, apart.external, apart.potential]
        return own | {"few": np.array([int(c) for c in codes], dtype=np.int8)}
    found = club_draw(table)
    return own | {
        "value": found.value,
        "shapley": found.shapley,
        "epsilon": np.array(found.epsilon),
        "verdict": found.verdict,
        "core": np.array(found.core),
        "unsolved": np.array(int((~result.solved).sum())),
    }


def _answer(one: Drawn) -> Arrays:
    """Return at which share of its full intensity the answer breaks the club of all.

    The intensities of the study are tried in turn until someone would leave; infinite if nobody
    does, NaN if not known. ``leaver``: position of the one who does, -1 if nobody.
    """
    answer = one.common.study.answer
    assert answer is not None
    masks = one.common.masks
    everyone = masks[-1]
    rows = np.flatnonzero((masks == 0) | (np.bitwise_count(masks) >= len(one.common.players) - 1))
    tables, grid = [one.table(one.every, masks[rows], rows)], [0.0]
    found, near = None, one.every.state.only(rows)
    for p in answer.intensities:
        response = Response(senders=one.common.senders, ave=one.sizes["answer"], intensity=p)
        answered = one.clubs(rows, response, near)
        tables.append(one.table(answered, masks[rows]))
        near = answered.state
        grid.append(p)
        found = breaking_points(tables, grid)
        if np.isfinite(found.point[everyone]):
            break
    assert found is not None
    return {
        "point": np.array(found.point[everyone]), "leaver": np.array(int(found.leaver[everyone])),
    }  # fmt: skip


def _coalition(one: Drawn) -> Arrays:
    """Return what the coalition of senders does; see `hansa.study.coalition_draws`."""
    assert one.coalition is not None
    guide = one.common.guides.get("regime")
    return coalition_loss(one.world, one.coalition, guide, one.options)


def _corridor(one: Drawn) -> Arrays:
    """Return W hat of all in the drawn states of the network, and the positions of charges."""
    routes, study = one.common.routes, one.common.study
    assert routes is not None
    at = positions(study.draws.seed, one.number)
    guide = one.common.guides.get("regime")
    return corridor_draw(one.world, one.regime, routes, at, guide, one.options)


def _one_solved(result: Result, k: int) -> Float[Array, " n"]:
    """Return W hat of one scenario; raise if it is not solved."""
    if not result.solved[k]:
        raise ConvergenceError(f"{result.scenarios[k]}: {result.messages[k]}")
    return np.asarray(result.welfare.values[k])


PARTS: tuple[Part, ...] = (
    Part("cost", lambda study: True, _cost),
    Part("club", lambda study: study.club is not None, _club),
    Part("answer", lambda study: study.answer is not None, _answer),
    Part("coalition", lambda study: study.coalition is not None, _coalition),
    Part("corridor", lambda study: study.corridor is not None, _corridor),
)
