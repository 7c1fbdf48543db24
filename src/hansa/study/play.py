"""play: every possible club in general equilibrium; equalise: transfers inside it.

May import every room to the left. Here the rule that turns a club into a shock (policy), the
solver (equilibrium) and the arithmetic on welfare tables (club) meet; none knows the others.
Equalising transfers: Chowdhry, Hinz, Kamin & Wanner (2024, Economic Policy 39, 471-512).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from hansa.club import Game
from hansa.equilibrium import Horizon, Result, balance, solve, sweep
from hansa.errors import ConvergenceError, DataError
from hansa.policy import Club, Response, club_shocks
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

Array = np.ndarray
Progress = Callable[[int, int], None]

#: Clubs solved between two checkpoints.
BLOCK = 256
#: More candidates than this make more clubs than one table should hold.
MOST = 16


@dataclass(frozen=True, eq=False)
class Block:
    """Some clubs in mask order.

    Attributes
    ----------
    masks : range
        Rows of the table of all clubs.
    welfare : (K, N) array
        W hat against the baseline; NaN where not solved.
    residual : (K,) array
    solved : (K,) array of bool
    """

    masks: range
    welfare: Float[Array, "k n"]
    residual: Float[Array, " k"]
    solved: Bool[Array, " k"]


def play(
    world: World,
    regime: Shock,
    club: Club,
    *,
    response: Response | None = None,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    progress: Progress | None = None,
    senders: Sequence[str] = (),
) -> Game:
    """Return the game of every possible club of some candidates.

    Parameters
    ----------
    world : World
    regime : Shock
        What is in force whatever the club; clubs are measured against it.
    club : Club
        Candidates and what members do for one another.
    response : Response, optional
        What senders do to members.
    deficits : {"balanced", "fixed", "proportional"}
    horizon : {"short", "medium", "long"} or Horizon
        As in `hansa.solve`.
    progress : callable, optional
        Called with (done, total) clubs.
    senders : sequence of str
        Named in the spillover table.

    Returns
    -------
    Game
        2^m clubs in mask order; equivalent variation in million USD of the baseline year.

    Raises
    ------
    DataError
        Unknown country, or more than 16 candidates.
    ConvergenceError
        If the world without a club is not solved; a failed club is a marked row.

    Examples
    --------
    >>> import hansa as hs  # doctest: +SKIP
    >>> game = hs.play(world, regime, hs.Club(["IRN", "BLR", "RUS"]))  # doctest: +SKIP
    """
    rule = regime.deficits or deficits  # a rule of the regime's own comes first, as in a sweep
    blocks = list(blocks_of(world, regime, club, response, rule, progress, horizon=horizon))
    return game_of(world, club, blocks, rule, senders)


def blocks_of(
    world: World,
    regime: Shock,
    club: Club,
    response: Response | None = None,
    deficits: DeficitRule = "balanced",
    progress: Progress | None = None,
    begin: int = 0,
    horizon: str | Horizon = "long",
) -> Iterator[Block]:
    """Yield blocks of solved clubs from a given block on, so that a caller can save each."""
    players = club.members
    if len(players) > MOST:
        raise DataError(
            f"{len(players)} candidates make {2 ** len(players)} clubs; at most {MOST} candidates"
        )
    total = 1 << len(players)
    for first in range(begin * BLOCK, total, BLOCK):
        masks = range(first, min(first + BLOCK, total))
        inside = np.array([[mask >> k & 1 for k in range(len(players))] for mask in masks], bool)
        shocks = club_shocks(world, players, inside, club.measures, response)

        def report(done: int, _: int, first: int = first) -> None:
            if progress is not None:
                progress(first + done, total)

        result = sweep(
            world, shocks, base=regime, deficits=deficits, horizon=horizon, progress=report
        )
        residual = np.maximum(result.market_residual, result.price_residual)
        yield Block(masks, result.welfare.values, residual, result.solved)


def game_of(
    world: World,
    club: Club,
    blocks: Sequence[Block],
    deficits: DeficitRule = "balanced",
    senders: Sequence[str] = (),
) -> Game:
    """Return the Game of all blocks, in order."""
    solved = np.concatenate([b.solved for b in blocks])
    if not solved[0]:
        raise ConvergenceError("the world without a club has no equilibrium under this regime")
    home = balance(world) if deficits == "balanced" else world
    return Game.from_welfare(
        players=club.members,
        countries=world.countries,
        welfare=np.concatenate([b.welfare for b in blocks]),
        income=home.income,
        solved=solved,
        residual=np.concatenate([b.residual for b in blocks]),
        senders=senders,
    )


@dataclass(frozen=True, eq=False)
class Equalised:
    """Transfers that give every member the same relative gain.

    Attributes
    ----------
    members : tuple of str
    transfer : (s,) array, million USD
        Received (positive) or paid; sums to zero.
    gain : float
        Common W hat against the world without the club.
    before : (s,) array
        W hat of each member without transfers.
    result : Result
        The equilibrium with the club and the transfers.
    """

    members: tuple[str, ...]
    transfer: Float[Array, " s"]
    gain: float
    before: Float[Array, " s"]
    result: Result


def equalise(
    world: World,
    shock: Shock,
    members: Sequence[str],
    against: Result,
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    tolerance: float = 1e-9,
    most: int = 60,
) -> Equalised:
    """Return budget-balanced transfers inside a group that equalise its members' W hat.

    The transfers are part of the equilibrium: prices answer to them. The numeraire is world
    value added, so nothing drifts; with one member, or none, the result is the plain solution.

    Parameters
    ----------
    world : World
    shock : Shock
        Regime and club together.
    members : sequence of str
        ISO3 codes. Of a group player give the states (`hansa.Coalition.states`): each of them
        pays or receives, and so does the group.
    against : Result
        The equilibrium against which gains are measured (the regime without the club).
    deficits : {"balanced", "fixed", "proportional"}
    horizon : {"short", "medium", "long"} or Horizon
        That of `against`.
    tolerance : float
        Largest difference between members' relative gains.
    most : int
        Iterations.

    Returns
    -------
    Equalised

    Raises
    ------
    ConvergenceError
        If the gains are not equal after `most` iterations.

    References
    ----------
    Chowdhry, Hinz, Kamin & Wanner (2024).
    """
    at = np.array([world.country(m) for m in members], dtype=np.int64)
    income = against.new_income[at, 0]
    base_welfare = against.welfare.values[at]
    transfer = np.zeros(at.size)
    before: Array | None = None
    history = []
    for _ in range(most):
        paid = Shock.transfers(world, dict(zip(members, transfer, strict=True)))
        result = solve(world, shock.then(paid), deficits=deficits, horizon=horizon)
        gain = np.log(result.welfare.values[at] / base_welfare)
        before = np.exp(gain) if before is None else before
        if at.size < 2:  # nobody to pay
            common = float(np.exp(gain).sum()) if at.size else 1.0
            return Equalised(tuple(members), transfer, common, before, result)
        common = float((income * gain).sum() / income.sum())
        history.append(float(np.abs(gain - common).max()))
        if history[-1] <= tolerance:
            return Equalised(tuple(members), transfer, float(np.exp(common)), before, result)
        step = (common - gain) * income
        transfer = transfer + step - step.mean()
    raise ConvergenceError(
        f"transfers among {', '.join(members)} do not equalise gains: largest difference "
        f"{history[-1]:.1e} after {most} iterations",
        history,
    )
