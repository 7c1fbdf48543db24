"""What a study solves: its scenarios, each part kept in a Store as soon as it is done.

May import every room to the left. One function per part, each returning plain arrays or a Game;
the runner puts them together. Burden and win-back follow Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from hansa.club import Game
from hansa.equilibrium import Result, solve, sweep
from hansa.equilibrium.technology import HORIZONS
from hansa.errors import ConvergenceError
from hansa.policy import Club, Measures, Response, active, club_shock, sanctions
from hansa.policy.senders import EU, eu_members
from hansa.shock import Shock
from hansa.study.play import Block, blocks_of, equalise, game_of
from hansa.study.schema import Study
from hansa.study.store import Store
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]
LEVELS = ("low", "central", "high")


@dataclass(frozen=True, eq=False)
class Damage:
    """Cost of sanctions at the three levels of their strength.

    Attributes
    ----------
    without, regime : (3, N) arrays
        W hat against the baseline: all sanctions lifted, and those of the date in force.
    real_wage, exports, imports : (3, N) arrays
        Under the regime over without sanctions.
    residual : (6,) array
    """

    without: Float[Array, "l n"]
    regime: Float[Array, "l n"]
    real_wage: Float[Array, "l n"]
    exports: Float[Array, "l n"]
    imports: Float[Array, "l n"]
    residual: Float[Array, " s"]


def regime_shock(world: World, study: Study, strength: str | None = None) -> Shock:
    """Return the sanctions of the study's date against the baseline."""
    return _sanctions(world, study, study.regime.on, strength or study.regime.strength)


def lifted_shock(world: World, study: Study, strength: str | None = None) -> Shock:
    """Return the removal of all sanctions that the baseline carries."""
    return _sanctions(world, study, None, strength or study.regime.strength)


def _sanctions(world: World, study: Study, on: dt.date | None, strength: str) -> Shock:
    regime = study.regime
    return sanctions(
        world, on, strength=strength, secondary=regime.secondary, targets=regime.targets,
        effects=regime.effects,
    )  # fmt: skip


def solve_damage(world: World, study: Study, store: Store, tick: Tick) -> Damage:
    """Return welfare without sanctions and under the regime, at low, central, high strength."""
    held = store.get("damage")
    if held is None:
        shocks = [lifted_shock(world, study, level).named(f"none {level}") for level in LEVELS]
        shocks += [regime_shock(world, study, level).named(f"regime {level}") for level in LEVELS]
        result = _all_solved(sweep(world, shocks, deficits=study.deficits, horizon=study.horizon))
        wage, out, into = (
            result.real_wage.values, result.exports.values, result.imports.values,
        )  # fmt: skip
        index = result.price_index.values
        held = store.put(
            "damage",
            without=result.welfare.values[:3],
            regime=result.welfare.values[3:],
            real_wage=wage[3:] / wage[:3],
            exports=(out[3:] / index[3:]) / (out[:3] / index[:3]),
            imports=(into[3:] / index[3:]) / (into[:3] / index[:3]),
            residual=result.residual.values,
        )
    tick(6)
    return Damage(**held)


def solve_game(
    world: World,
    study: Study,
    measures: Measures,
    name: str,
    store: Store,
    tick: Tick,
    response: Response | None = None,
) -> Game:
    """Return the game of one size of the measures; every block of clubs is kept when done."""
    club = Club(study.players, measures)
    regime = regime_shock(world, study)
    total = 1 << len(club.members)
    blocks: list[Block] = []
    seen = 0
    while (first := sum(len(b.masks) for b in blocks)) < total:
        held = store.get(f"clubs-{name}-{first}")
        if held is None:
            begun = first

            def report(done: int, _: int, begun: int = begun) -> None:
                nonlocal seen
                tick(done - seen)
                seen = done

            block = next(
                blocks_of(
                    world, regime, club, response, study.deficits, report, len(blocks),
                    study.horizon,
                )
            )  # fmt: skip
            store.put(
                f"clubs-{name}-{first}",
                welfare=block.welfare, residual=block.residual, solved=block.solved,
            )  # fmt: skip
        else:
            masks = range(first, first + held["solved"].size)
            block = Block(masks, held["welfare"], held["residual"], held["solved"])
        blocks.append(block)
        tick(block.masks.stop - seen)
        seen = block.masks.stop
    return game_of(world, club, blocks, study.deficits, senders_of(world, study))


def solve_answers(
    world: World, study: Study, central: Game, store: Store, tick: Tick
) -> dict[float, Game]:
    """Return the games under each intensity of the senders' answer, zero first."""
    if study.answer is None:
        return {}
    senders = senders_of(world, study)
    games = {0.0: central}
    for p in study.answer.intensities:
        response = Response(senders=senders, ave=study.answer.ave, intensity=p)
        games[p] = solve_game(world, study, study.measures, f"answer-{p!r}", store, tick, response)
    return games


def senders_of(world: World, study: Study) -> tuple[str, ...]:
    """Return the states of the world that themselves sanction a candidate on the date, or a
    target of the coalition where there is no club.

    States bound only by acts of the United Nations are not counted as senders.
    """
    on = study.regime.on
    episodes = active(on)
    own = episodes[(episodes["reach"] == "own") & episodes["target"].isin(study.subjects)]
    found = set(own["sender"])
    if EU in found:
        found |= set(eu_members(on))
    return tuple(c for c in world.countries if c in found)


@dataclass(frozen=True, eq=False)
class Detail:
    """The regime and the full club, flow by flow.

    Attributes
    ----------
    regime, club : Result
        Equilibria without and with the full club.
    transfer : (m,) array, million USD
        What makes all members' relative gains equal.
    common_gain : float
        That gain, W hat against the regime.
    """

    regime: Result
    club: Result
    transfer: Float[Array, " m"]
    common_gain: float


def solve_detail(world: World, study: Study, tick: Tick) -> Detail:
    """Return the equilibria of the regime and of the full club, and equalising transfers."""
    members = study.players
    regime = regime_shock(world, study)
    together = regime.then(club_shock(world, members, study.measures))
    without, club = (
        solve(world, shock, deficits=study.deficits, horizon=study.horizon)
        for shock in (regime, together)
    )
    equal = equalise(
        world, together, members, without, deficits=study.deficits, horizon=study.horizon
    )
    tick(3)
    return Detail(without, club, equal.transfer, equal.gain)


@dataclass(frozen=True, eq=False)
class AtHorizons:
    """What the sanctions cost and the club of all gives, at each horizon.

    Attributes
    ----------
    horizons : tuple of str
    welfare : (H, 3, N) array
        W hat against the baseline: without sanctions, under the regime, and with the club of
        all besides; NaN where not solved.
    residual : (H, 3) array
    solved : (H, 3) array of bool
    """

    horizons: tuple[str, ...]
    welfare: Float[Array, "h 3 n"]
    residual: Float[Array, "h 3"]
    solved: Bool[Array, "h 3"]


def solve_horizons(world: World, study: Study, store: Store, tick: Tick) -> AtHorizons:
    """Return welfare without sanctions, under the regime, and with the club, at each horizon.

    The costs of sanctions and measures are the same at all of them; what differs is how trade,
    production and labour answer.
    """
    regime = regime_shock(world, study)
    together = regime.then(club_shock(world, study.players, study.measures))
    shocks = [lifted_shock(world, study), regime, together]
    parts = []
    for name in HORIZONS:
        held = store.get(f"horizon-{name}")
        if held is None:
            result = sweep(world, shocks, deficits=study.deficits, horizon=name)
            held = store.put(
                f"horizon-{name}",
                welfare=np.where(result.solved[:, None], result.welfare.values, np.nan),
                residual=result.residual.values,
                solved=result.solved,
            )
        parts.append(held)
        tick(1)
    columns = {key: np.stack([part[key] for part in parts]) for key in parts[0]}
    return AtHorizons(tuple(HORIZONS), **columns)


def _all_solved(result: Result) -> Result:
    if not result.solved.all():
        k = int(np.argmin(result.solved))
        raise ConvergenceError(f"{result.scenarios[k]}: {result.messages[k]}")
    return result
