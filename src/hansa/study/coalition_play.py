"""play_coalition: every coalition of senders and partners in general equilibrium.

May import every room to the left. The mirror of `play`: players impose, targets lose. A group
player is a column of its own beside its states. Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from hansa.club import Game, Outcomes
from hansa.club.sender_paths import Solver
from hansa.equilibrium import Horizon, balance, sweep
from hansa.errors import ConvergenceError, DataError
from hansa.policy import Coalition, CoalitionRule
from hansa.shock import DeficitRule
from hansa.study.play import MOST, Block
from hansa.world.world import World

Array = np.ndarray
Progress = Callable[[int, int], None]

#: Coalitions solved between two checkpoints.
BLOCK = 1024


def play_coalition(
    world: World,
    coalition: Coalition,
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    progress: Progress | None = None,
) -> Game:
    """Return the game of every coalition of some senders and partners.

    Parameters
    ----------
    world : World
    coalition : Coalition
        At most 16 players.
    deficits : {"balanced", "fixed", "proportional"}
    horizon : {"short", "medium", "long"} or Horizon
        As in `hansa.solve`.
    progress : callable, optional
        Called with (done, total) coalitions.

    Returns
    -------
    Game
        2^m coalitions in mask order, measured against the empty one. A group player such as
        ``EU`` is a country of its own in it, with the sum of its states' equivalent
        variations; the states are there too.

    Raises
    ------
    DataError
        Unknown code, a sender without sanctions on the date, or more than 16 players.
    ConvergenceError
        If the world without the coalition is not solved; a failed one is a marked row.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> few = hs.Coalition(["USA", "EU"], ["CHN"], ["RUS"], on="2022-09-01")
    >>> game = hs.play_coalition(world, few)
    >>> game.partners("RUS", ["USA", "EU"]).best
    'CHN'
    """
    _check_number(coalition)
    rule = coalition.rule(world)
    blocks = list(coalition_blocks(world, rule, deficits, progress, horizon=horizon))
    return coalition_game(world, rule, blocks, deficits)


def coalition_blocks(
    world: World,
    rule: CoalitionRule,
    deficits: DeficitRule = "balanced",
    progress: Progress | None = None,
    begin: int = 0,
    horizon: str | Horizon = "long",
) -> Iterator[Block]:
    """Yield blocks of solved coalitions from a given row on, so that a caller can save each."""
    players = rule.coalition.players
    _check_number(rule.coalition)
    total = 1 << len(players)
    for first in range(begin, total, BLOCK):
        masks = range(first, min(first + BLOCK, total))
        inside = np.array([[mask >> k & 1 for k in range(len(players))] for mask in masks], bool)

        def report(done: int, _: int, first: int = first) -> None:
            if progress is not None:
                progress(first + done, total)

        result = sweep(
            world, rule.shocks(inside), base=rule.base, deficits=deficits, horizon=horizon,
            progress=report,
        )  # fmt: skip
        residual = np.maximum(result.market_residual, result.price_residual)
        yield Block(masks, result.welfare.values, residual, result.solved)


def _check_number(coalition: Coalition) -> None:
    number = len(coalition.players)
    if number > MOST:
        raise DataError(
            f"{number} players make {2**number} coalitions; at most {MOST} players "
            "(a study with more follows the paths only)"
        )


def coalition_game(
    world: World, rule: CoalitionRule, blocks: Sequence[Block], deficits: DeficitRule = "balanced"
) -> Game:
    """Return the Game of all blocks, in order."""
    solved = np.concatenate([b.solved for b in blocks])
    if not solved[0]:
        raise ConvergenceError("the world without the coalition has no equilibrium")
    home = home_of(world, deficits)
    with_groups = Columns.of(home, rule.states)
    return Game.from_welfare(
        players=rule.coalition.players,
        countries=with_groups.names,
        welfare=with_groups.welfare(np.concatenate([b.welfare for b in blocks])),
        income=with_groups.income,
        solved=solved,
        residual=np.concatenate([b.residual for b in blocks]),
    )


def home_of(world: World, deficits: DeficitRule) -> World:
    """Return the world whose income money is measured in."""
    return balance(world) if deficits == "balanced" else world


@dataclass(frozen=True, eq=False)
class Columns:
    """The economies of a world and the group players after them.

    Attributes
    ----------
    names : tuple of str
    income, gdp : (N + G,) arrays, million USD
        Income and value added; a group's are sums.
    weight : (N, N + G) array
        Shares of each economy's income in each column's.
    """

    names: tuple[str, ...]
    income: Float[Array, " c"]
    gdp: Float[Array, " c"]
    weight: Float[Array, "n c"]

    @classmethod
    def of(cls, home: World, states: Mapping[str, tuple[str, ...]]) -> Columns:
        """Return the columns for some players, given by the economies they are."""
        groups = {p: s for p, s in states.items() if s != (p,)}
        belongs = np.eye(len(home.countries))
        for members in groups.values():
            column = np.zeros((len(home.countries), 1))
            column[[home.country(c) for c in members]] = 1.0
            belongs = np.hstack([belongs, column])
        income = home.income @ belongs
        weight = belongs * home.income[:, None] / income
        return cls((*home.countries, *groups), income, home.value_added @ belongs, weight)

    def welfare(self, welfare: Float[Array, "s n"]) -> Float[Array, "s c"]:
        """Return W hats with those of groups: means weighted by income, so that money adds up."""
        held = np.where(np.isfinite(welfare), welfare, 0.0) @ self.weight
        held[:, : welfare.shape[1]] = welfare
        held[~np.isfinite(welfare).all(1)] = np.nan
        return held


def solver_of(
    world: World,
    rule: CoalitionRule,
    empty: Float[Array, " n"],
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
) -> Solver:
    """Return the function that solves coalitions as asked: for more players than a table holds.

    Parameters
    ----------
    world : World
    rule : CoalitionRule
    empty : (N,) array
        W hat of the empty coalition.
    deficits, horizon
        As in `hansa.solve`.
    """
    columns = Columns.of(home_of(world, deficits), rule.states)
    players = [columns.names.index(p) for p in rule.coalition.players]
    targets = [world.country(t) for t in rule.coalition.targets]

    def solved(inside: Bool[Array, "k m"]) -> Outcomes:
        result = sweep(
            world, rule.shocks(inside), base=rule.base, deficits=deficits, horizon=horizon
        )
        welfare = np.where(result.solved[:, None], result.welfare.values, np.nan)
        change = columns.welfare(welfare) - columns.welfare(empty[None])
        residual = np.maximum(result.market_residual, result.price_residual)
        money = change * columns.income
        slack = residual * columns.income[targets].sum()
        return Outcomes(0.0 - money[:, targets].sum(1), slack, 0.0 - money[:, players])

    return solved
