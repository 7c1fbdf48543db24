"""Random worlds and hard shocks by kind, drawn from one seed, and what must hold of each outcome.

Used by tests/equilibrium/test_fuzz.py (a few hundred in CI) and by ``python -m benchmarks.fuzz``
(ten thousand, offline): the same seed is the same case in both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from hansa.equilibrium import Result, Status, solve
from hansa.errors import ConvergenceError, DataError
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World
from worlds import random_world

Draw = Callable[[np.random.Generator, World], Shock]

HATS = (0.1, 0.2, 0.5, 2.0, 5.0, 20.0, 100.0, 1000.0, np.inf)
HORIZONS = ("long", "long", "long", "medium", "short")
RULES: tuple[DeficitRule, ...] = ("balanced", "balanced", "fixed", "proportional")


@dataclass(frozen=True)
class Case:
    """A drawn case: what is solved, under which rule and technology, and what kind it is."""

    seed: int
    kind: str
    world: World
    shock: Shock
    rule: DeficitRule
    horizon: str


@dataclass(frozen=True)
class Outcome:
    """What became of a case; `wrong` says what must never be, and is empty."""

    seed: int
    kind: str
    countries: int
    sectors: int
    rule: str
    horizon: str
    status: str
    iterations: int
    seconds: float
    residual: float
    message: str
    wrong: str


def embargo(world: World, one: list[str], other: list[str], hat: float) -> Shock:
    """Return the same cost on all trade between two groups, in both directions."""
    there = Shock.trade_cost(world, hat=hat, destination=one, origin=other)
    return there.then(Shock.trade_cost(world, hat=hat, destination=other, origin=one))


def _groups(rng: np.random.Generator, world: World, count: int) -> list[list[str]]:
    """Split the countries into at most `count` groups, none empty."""
    order = rng.permutation(world.countries)
    cuts = np.sort(rng.choice(np.arange(1, order.size), min(count, order.size) - 1, replace=False))
    return [part.tolist() for part in np.split(order, cuts)]


def _halves(rng: np.random.Generator, world: World) -> Shock:
    return embargo(world, *_groups(rng, world, 2), hat=_hat(rng))


def _nested(rng: np.random.Generator, world: World) -> Shock:
    """Blocs within blocs, each border with a cost of its own."""
    groups = _groups(rng, world, 4)
    here, there = groups[:2], groups[2:]
    inner, outer = sorted(float(h) for h in rng.choice(HATS[3:-1], 2))
    shocks = [embargo(world, *pair, hat=inner) for pair in (here, there) if len(pair) == 2]
    if there:
        shocks.append(embargo(world, [*chain(*here)], [*chain(*there)], hat=outer))
    return Shock.compose(world, shocks)


def _alone(rng: np.random.Generator, world: World) -> Shock:
    lone = str(rng.choice(world.countries))
    return embargo(world, [lone], [c for c in world.countries if c != lone], _hat(rng))


def _club(rng: np.random.Generator, world: World) -> Shock:
    """A club against everybody else, its own trade made cheaper or dearer."""
    club, rest = _groups(rng, world, 2)
    inside = Shock.trade_cost(
        world, hat=float(rng.choice([0.5, 0.9, 20.0, 1000.0])), destination=club, origin=club
    )
    return embargo(world, club, rest, float(rng.choice(HATS[3:-1]))).then(inside)


def _scattered(rng: np.random.Generator, world: World) -> Shock:
    """A cost on a share of all foreign flows, whichever they are."""
    cells = np.nonzero(rng.random(world.tariff.shape) < rng.choice([0.1, 0.3, 0.8]))
    kept = [c[cells[0] != cells[1]] for c in cells]
    return Shock.from_costs(world, *kept, np.full(kept[0].size, _hat(rng)))


def _one_way(rng: np.random.Generator, world: World) -> Shock:
    one, other = _groups(rng, world, 2)
    return Shock.trade_cost(world, hat=_hat(rng), destination=one, origin=other)


def _tariffs(rng: np.random.Generator, world: World) -> Shock:
    top = float(rng.choice([0.2, 1.0, 5.0]))
    rates = rng.uniform(-0.2 if rng.random() < 0.3 else 0.0, top, world.tariff.shape)
    rates[np.arange(len(world.countries)), np.arange(len(world.countries))] = 0.0
    return Shock.tariff_schedule(world, rates, rng.random(rates.shape) < rng.choice([0.3, 1.0]))


def _no_home_supply(rng: np.random.Generator, world: World) -> Shock:
    """Some goods can no longer be bought at home."""
    n, j = len(world.countries), len(world.sectors)
    at, sector = np.nonzero(rng.random((n, j)) < 0.3)
    return Shock.from_costs(world, at, at, sector, np.full(at.size, np.inf))


def _transfers(rng: np.random.Generator, world: World) -> Shock:
    amount = rng.normal(0, float(rng.choice([0.05, 0.3, 1.0, 3.0])), len(world.countries))
    amount = amount * world.value_added
    amount -= amount.mean()
    paid = Shock.transfers(world, dict(zip(world.countries, amount.tolist(), strict=True)))
    return paid.then(_halves(rng, world)) if rng.random() < 0.5 else paid


def _productivity(rng: np.random.Generator, world: World) -> Shock:
    shocks = [
        Shock.productivity(world, hat=float(hat), country=country)
        for country, hat in zip(
            world.countries, np.exp(rng.normal(0, 1.5, len(world.countries))), strict=True
        )
    ]
    return Shock.compose(world, shocks)


def _everything(rng: np.random.Generator, world: World) -> Shock:
    draws = (_halves, _tariffs, _productivity, _scattered)
    return Shock.compose(world, [draw(rng, world) for draw in draws])


def _hat(rng: np.random.Generator) -> float:
    return float(rng.choice(HATS))


KINDS: dict[str, Draw] = {
    "embargo between halves": _halves,
    "blocs within blocs": _nested,
    "a country cut off": _alone,
    "club against the rest": _club,
    "scattered costs": _scattered,
    "one way only": _one_way,
    "tariffs to 500 %": _tariffs,
    "no supply at home": _no_home_supply,
    "transfers": _transfers,
    "productivity": _productivity,
    "everything at once": _everything,
}


def drawn_case(seed: int, most_countries: int = 30, most_sectors: int = 10) -> Case:
    """Return the case of a seed: kinds take turns, sizes are skewed to the small."""
    rng = np.random.default_rng([seed, 7])
    kind = list(KINDS)[seed % len(KINDS)]
    n = round(2 * (most_countries / 2) ** rng.random())
    j = round(most_sectors ** rng.random())
    rule = RULES[int(rng.integers(len(RULES)))]
    world = random_world(
        rng, n, j, bool(rng.integers(2)), float(rng.choice([0.0, 0.2, 0.5, 0.8])),
        balanced=rule == "balanced" or bool(rng.integers(2)),
    )  # fmt: skip
    theta = rng.uniform(1.5, 15.0, j)
    world = replace(world, trade_elasticity=theta)
    horizon = HORIZONS[seed // len(KINDS) % len(HORIZONS)]
    return Case(seed, kind, world, KINDS[kind](rng, world), rule, horizon)


def outcome_of(case: Case) -> Outcome:
    """Solve a case and say what became of it."""
    begin = time.perf_counter()
    status, iterations, residual, message = "", 0, np.nan, ""
    wrong = ""
    try:
        result = solve(case.world, case.shock, deficits=case.rule, horizon=case.horizon)
        status, wrong = "solved", what_is_wrong(result, case)
        iterations, residual = int(result.iterations[0]), float(result.residual)
    except DataError as error:
        status, message = "refused", str(error)
        wrong = "" if _names_a_country(case.world, message) else f"names nobody: {message}"
    except ConvergenceError as error:
        status, message = "marked", str(error)
        iterations, residual = len(error.history), min(error.history, default=np.nan)
        if not error.history or error.country not in case.world.countries:
            wrong = f"no history or no country: {message}"
    seconds = time.perf_counter() - begin
    n, j = len(case.world.countries), len(case.world.sectors)
    return Outcome(
        case.seed, case.kind, n, j, case.rule, case.horizon, status, iterations, seconds, residual,
        message, wrong,
    )  # fmt: skip


def _names_a_country(world: World, message: str) -> bool:
    return any(code in message for code in world.countries)


def what_is_wrong(result: Result, case: Case) -> str:
    """Return what a solved result violates, in words; nothing if all is well."""
    if result.status is not Status.SOLVED or not float(result.residual) < 1e-10:
        return f"called solved at residual {float(result.residual):.1e}"
    numbers = {
        "welfare": result.welfare.values, "wage": result.wage.values,
        "income": result.income.values, "price": result.price.values,
    }  # fmt: skip
    for what, values in numbers.items():
        if not (np.isfinite(values) & (values > 0)).all():
            return f"{what} not finite and positive"
    if case.rule == "balanced" and not case.shock.transfer.any():
        return _unbalanced(result)
    return ""


def _unbalanced(result: Result) -> str:
    """Name a country whose exports do not pay for its imports, however little it trades."""
    sold, bought = result.exports.values, result.imports.values
    gap = np.abs(sold - bought) / np.maximum(np.maximum(sold, bought), 1e-300)
    n = int(gap.argmax())
    return "" if gap[n] < 1e-6 else f"trade of {result.world.countries[n]} is off by {gap[n]:.1e}"
