"""Iran 2005 to 2015, and the same for countries never under sanctions.

May import ``hansa.errors``, the rooms to the left of ``study`` and its siblings. The world of 2005
carries the sanctions of 2005-07-01; those in force on 2015-07-01 (the measures of 2010 to 2012) are
added. Countries never under sanctions are forecast with Iran's measures as if they were theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from hansa.equilibrium import Result, sweep
from hansa.errors import DataError
from hansa.policy import sanctions
from hansa.policy.episodes import load_episodes
from hansa.policy.senders import SENDERS, bound_by_eu
from hansa.shock import Shock
from hansa.study.backcasts.case import Case
from hansa.study.backcasts.forecasts import gravity_hats, grown, model_hats, solved
from hansa.study.backcasts.trade import FLOWS, Recorded
from hansa.world.load import load_world
from hansa.world.world import World

__all__ = ["COUNTRY", "iran_case", "iran_cases", "placebo_cases", "placebos"]

Array = np.ndarray

COUNTRY, BEFORE, AFTER = "IRN", 2005, 2015
SINCE, ON = dt.date(BEFORE, 7, 1), dt.date(AFTER, 7, 1)
WHEN = f"{BEFORE}-{AFTER}"
SECTIONS = (
    "food and live animals", "drinks and tobacco", "crude materials", "fuels", "oils and fats",
    "chemicals", "manufactures by material", "machinery and vehicles", "other manufactures",
    "not classified",
)  # fmt: skip
#: A placebo's value added in 2005 is within this factor of Iran's, and its re-exports are below
#: this share of its exports.
ALIKE, HUB = 2.0, 0.10

Say = Callable[[str], None]


def placebos(world: World) -> tuple[str, ...]:
    """Return the economies of Iran's size that were neither senders nor targets, by code.

    Targets are those of any episode of the registry in force between the two dates; senders are
    the registry's, the members of the EU among them. Hubs and aggregates are left out.
    """
    value = dict(zip(world.countries, world.value_added.tolist(), strict=True))
    sold = dict(zip(world.countries, world.exports.sum(axis=1).tolist(), strict=True))
    passed = {c: sum(v.values()) for c, v in world.meta["reexports"].items()}
    targets = {
        e.target for e in load_episodes() if e.begin <= ON and (e.end is None or e.end > SINCE)
    }
    barred = {*SENDERS, *bound_by_eu(SINCE), *bound_by_eu(ON), *targets, *world.meta["aggregates"]}
    return tuple(
        c
        for c in world.countries
        if c not in barred
        and value[COUNTRY] / ALIKE <= value[c] <= value[COUNTRY] * ALIKE
        and passed.get(c, 0.0) < HUB * sold[c]
    )


def growth_of(world: World, later: World) -> Float[Array, " n"]:
    """Return new over old value added of each economy, current dollars.

    Economies that are part of another in the earlier world are added to it.
    """
    value = dict(zip(later.countries, later.value_added.tolist(), strict=True))
    value["SRB"] += value.pop("MNE", 0.0)
    missing = sorted(set(world.countries) ^ set(value))
    if missing:
        raise DataError(f"{world.name} and {later.name} do not hold the same economies: {missing}")
    return np.array([value[c] for c in world.countries]) / world.value_added


def measures(world: World, effects: str, strength: str) -> Shock:
    """Return the change of sanctions on Iran between the two dates."""
    return sanctions(world, on=ON, targets=[COUNTRY], strength=strength, effects=effects)


def moved(world: World, shock: Shock, country: str) -> Shock:
    """Return Iran's cost hats as another country's: the two change places.

    What a partner's trade with Iran would bear, its trade with the other bears; that country's
    own place among Iran's partners is taken by Iran.
    """
    if country == COUNTRY:
        return shock
    order = np.arange(len(world.countries))
    a, b = world.country(COUNTRY), world.country(country)
    order[[a, b]] = b, a
    cost = shock.cost_array()[np.ix_(order, order)]
    n, i, j = np.nonzero(cost != 1.0)
    return Shock.from_costs(world, n, i, j, cost[n, i, j], label=f"{shock.label} on {country}")


def iran_case(
    trade: Mapping[str, Recorded], effects: str = "literature", strength: str = "central"
) -> Case:
    """Return the backcast of Iran with one body of evidence at one strength.

    Parameters
    ----------
    trade : mapping
        Recorded trade by reporter, see `hansa.study.backcasts.trade.shipped_trade`.
    effects, strength : str
        As in `hansa.sanctions`.
    """
    return iran_cases(trade, [(COUNTRY, effects, strength)])[0]


def placebo_cases(trade: Mapping[str, Recorded], effects: Sequence[str]) -> list[Case]:
    """Return the backcasts of the placebos at central strength, Iran's measures moved to each."""
    world = load_world("world-2005")
    return iran_cases(trade, [(c, e, "central") for e in effects for c in placebos(world)])


def iran_cases(
    trade: Mapping[str, Recorded], wanted: Sequence[tuple[str, str, str]], say: Say | None = None
) -> list[Case]:
    """Return backcasts 2005 to 2015, solved together.

    Parameters
    ----------
    trade : mapping
    wanted : sequence of (country, effects, strength)
        Another country than Iran bears Iran's measures.
    say : callable, optional
        Told what is being solved.
    """
    tell = say or (lambda _: None)
    world, later = load_world("world-2005"), load_world("world-2015")
    growth = growth_of(world, later)
    lacking = sorted({c for c, _, _ in wanted} - set(trade))
    if lacking:
        raise DataError(f"no recorded trade of {', '.join(lacking)} was given")
    shocks = [
        moved(world, measures(world, effects, strength), country).named(f"{country} {k}")
        for k, (country, effects, strength) in enumerate(wanted)
    ]
    tell("sanctions")
    alone = solved(sweep(world, shocks))
    tell("sanctions and growth")
    both = grown(world, [*shocks, Shock.neutral(world, "growth")], growth)
    tell("scores")
    return [
        _case(world, trade[country], effects, strength, growth, shocks[k], k, alone, both)
        for k, (country, effects, strength) in enumerate(wanted)
    ]


def _case(
    world: World,
    trade: Recorded,
    effects: str,
    strength: str,
    growth: Float[Array, " n"],
    shock: Shock,
    k: int,
    alone: Result,
    both: Result,
) -> Case:
    country, cost = trade.reporter, shock.cost_array()
    last = len(both.scenarios) - 1
    hats = {
        "gravity-sanctions": gravity_hats(world, cost, country, None),
        "gravity-growth": gravity_hats(world, np.ones_like(cost), country, growth),
        "gravity-both": gravity_hats(world, cost, country, growth),
        "model-sanctions": model_hats(alone, k, country),
        "model-growth": model_hats(both, last, country),
        "model-both": model_hats(both, k, country),
    }
    return Case(
        country=country,
        effects=effects,
        strength=strength,
        when=WHEN,
        partners=trade.partners,
        sectors=trade.sectors,
        sections=SECTIONS,
        before={flow: trade.before[flow] for flow in FLOWS},
        after=[{flow: trade.after[flow] for flow in FLOWS}],
        hats=[hats],
    )
