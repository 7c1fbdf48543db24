"""Route costs that a study of the corridor needs: every state of the network, ocean and level.

May import every room to the left. Searches are the slow part, so each state of the network is kept
in the Store as soon as it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hansa.corridor import Intervention, Network, Scenario, load_network, scenario
from hansa.corridor.branches import NODES, Choice, costs_of, hubs_at, quick_costs
from hansa.corridor.scenario import intervention
from hansa.corridor.tables import LEVELS
from hansa.corridor.trade_costs import RouteCosts, route_hats
from hansa.errors import DataError, StudyError
from hansa.study.schema import Corridor, Study
from hansa.study.store import Store
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]

#: Families of routes that make the corridor.
BRANCHES = ("west", "caspian", "east")
DATE, TOGETHER = "date", "together"
#: Ends of charges and value of time, and of the shape of choice, at which draws know the hats.
ENDS = ("low", "high", "shape low", "shape high")


def corridor(study: Study) -> Corridor:
    """Return the corridor of a study that has one."""
    if study.corridor is None:
        raise StudyError(f"{study.name} has no corridor")
    return study.corridor


def interventions_of(network: Network, asked: Corridor) -> dict[str, tuple[Intervention, ...]]:
    """Return what is done on each branch."""
    tables = network.tables
    found: dict[str, tuple[Intervention, ...]] = {}
    for branch in asked.branches:
        given: tuple[Any, ...]
        if asked.interventions is None:
            given = tuple(
                name
                for name, raw in tables.interventions.items()
                if raw.get("branch") == branch and not name.startswith("close_")
            )
        else:
            given = asked.interventions[branch]
        found[branch] = tuple(intervention(tables, one) for one in given)
    return found


def check_corridor(study: Study, world: World) -> None:
    """Raise DataError if a study names an ocean, intervention or place that is not there."""
    network, asked = load_network(), corridor(study)
    scenarios_of(network, study, DATE)
    interventions_of(network, asked)
    for place in (p for pair in asked.routes for p in pair):
        network.place(place)
    if not any(s in network.cargo for s in world.sectors):
        raise DataError("no sector of this world is in the corridor's cargo.csv")
    bare = [c for c in world.countries if not hubs_at(network, c)]
    if bare:
        raise DataError(f"the network has no hub of {', '.join(bare)}")


def states_of(asked: Corridor) -> tuple[str, ...]:
    """Return the states of the network: that of the date, each branch improved, all together."""
    return (DATE, *asked.branches, *((TOGETHER,) if len(asked.branches) > 1 else ()))


def closed_of(asked: Corridor) -> dict[str, tuple[str, ...]]:
    """Return the branches that are left out in each network that lacks some, by name."""
    found: dict[str, tuple[str, ...]] = {f"without {b}": (b,) for b in asked.branches}
    if len(asked.branches) > 1:
        found[f"without {TOGETHER}"] = tuple(asked.branches)
    return found


def most(asked: Corridor) -> str:
    """Return the state with everything: together, or the only branch."""
    return TOGETHER if len(asked.branches) > 1 else asked.branches[0]


def scenarios_of(
    network: Network, study: Study, state: str, level: str | None = None
) -> list[Scenario]:
    """Return a state of the network under every ocean."""
    asked = corridor(study)
    done = interventions_of(network, asked)
    branches = {DATE: (), TOGETHER: asked.branches}.get(state, (state,))
    named = [i for b in branches for i in done[b]]
    on, at = asked.on or study.regime.on, level or asked.level
    return [scenario(network.tables, on, ocean, at, named) for ocean in asked.oceans]


@dataclass(frozen=True, eq=False)
class RouteTable:
    """Route costs and hats of every state and ocean.

    Attributes
    ----------
    network : Network
    sectors, families, oceans : tuple of str
    ad_valorem : mapping of (ocean, state) to (N, N, S) array
        States of the network, and the date's without some branches.
    share : mapping of (ocean, state) to (F, N, N, S) array
        Probability of each branch.
    ends : mapping of str to (O, T, N, N, S) array, float32
        Log hats of `drawn` states at the ends of charges and of the shape of choice, and at
        ``central``; empty unless draws are asked for.
    drawn : tuple of str
    """

    network: Network
    sectors: tuple[str, ...]
    families: tuple[str, ...]
    oceans: tuple[str, ...]
    ad_valorem: Mapping[tuple[str, str], Float[Array, "n n s"]]
    share: Mapping[tuple[str, str], Float[Array, "f n n s"]]
    ends: Mapping[str, Array]
    drawn: tuple[str, ...]

    def hats(self, ocean: str, state: str) -> Float[Array, "n n s"]:
        """Return the iceberg hats against the date's network under the first ocean."""
        before = self.ad_valorem[self.oceans[0], DATE]
        after = self.ad_valorem[ocean, state]
        return route_hats(self.network, self.sectors, before, after)

    def costs(self, world: World, ocean: str, state: str) -> RouteCosts:
        """Return the costs of a state of the network, for its traffic."""
        av, share = self.ad_valorem[ocean, state], self.share[ocean, state]
        value = np.array([self.network.cargo[s].value for s in self.sectors])
        return RouteCosts(world.countries, self.sectors, self.families, av * value, av, share)


def steps_of_routes(study: Study) -> int:
    """Return about how many cost matrices a study needs."""
    if study.corridor is None:
        return 0
    each = len(study.corridor.oceans) * len(states_of(study.corridor))
    return each * (14 + (2 * NODES if study.draws.number else 0))


def solve_routes(world: World, study: Study, store: Store, tick: Tick) -> RouteTable:
    """Return route costs in every state of the network; each is kept when found.

    Parameters
    ----------
    world : World
    study : Study
    store : Store
    tick : callable
        Told how many cost matrices were found.
    """
    network, asked = load_network(), corridor(study)
    closed = closed_of(asked)
    shapes = dict(zip(LEVELS, network.settings["shape"]["values"], strict=True))
    central = [Choice(shapes["central"])]
    av: dict[tuple[str, str], Array] = {}
    share: dict[tuple[str, str], Array] = {}
    other: dict[tuple[str, str, str], Array] = {}
    sectors = tuple(s for s in world.sectors if s in network.cargo)
    families = ("base", *network.settings["families"])
    for state in states_of(asked):
        without = list(closed.items()) if state == DATE else []
        last = [w for _, w in without[-1:]]
        held = store.get(f"routes-{state}")
        if held is None:
            plain = central + [Choice(shapes["central"], w) for _, w in without]
            bent = [Choice(shapes[end], w) for end in ("low", "high") for w in ((), *last)]
            chosen = scenarios_of(network, study, state)
            found = costs_of(world, network, chosen, [*plain, *bent], tick)
            at, k = [families.index(b) for b in BRANCHES], len(plain)
            held = store.put(
                f"routes-{state}",
                av=np.array([[one.ad_valorem for one in row[:k]] for row in found]),
                share=np.array([row[0].share[at] for row in found], dtype=np.float32),
                bent=np.array([[c.ad_valorem for c in row[k:]] for row in found], dtype=np.float32),
            )
        else:
            tick(len(asked.oceans) * len(sectors))
        for o, ocean in enumerate(asked.oceans):
            share[ocean, state] = held["share"][o]
            names = [state, *(name for name, _ in without)]
            av |= {(ocean, name): held["av"][o, k] for k, name in enumerate(names)}
            bends = [(end, n) for end in ("low", "high") for n in (state, *names[1:][-1:])]
            other |= {
                (f"shape {e}", ocean, n): held["bent"][o, k] for k, (e, n) in enumerate(bends)
            }
    drawn = (*states_of(asked), list(closed)[-1])
    table = RouteTable(network, sectors, BRANCHES, asked.oceans, av, share, {}, drawn)
    if not study.draws.number:
        return table
    for level in ("low", "high"):
        other |= _at_level(world, network, study, level, store, tick)
    return RouteTable(
        network, sectors, BRANCHES, asked.oceans, av, share,
        _log_hats(network, sectors, asked.oceans, drawn, av, other, shapes), drawn,
    )  # fmt: skip


def _at_level(
    world: World, network: Network, study: Study, level: str, store: Store, tick: Tick
) -> dict[tuple[str, str, str], Array]:
    """Return ad-valorem costs of the drawn states with charges and time at one end."""
    asked = corridor(study)
    shape = network.settings["shape"]["values"][LEVELS.index("central")]
    last = list(closed_of(asked).items())[-1]
    found: dict[tuple[str, str, str], Array] = {}
    for state in states_of(asked):
        names = [state] + ([last[0]] if state == DATE else [])
        held = store.get(f"routes-{state}-{level}")
        if held is None:
            choices = [Choice(shape)] + ([Choice(shape, last[1])] if state == DATE else [])
            chosen = scenarios_of(network, study, state, level)
            rows = quick_costs(world, network, chosen, choices, tick)
            held = store.put(
                f"routes-{state}-{level}",
                av=np.array([[c.ad_valorem for c in row] for row in rows], dtype=np.float32),
            )
        else:
            tick(len(asked.oceans) * NODES)
        for o, ocean in enumerate(asked.oceans):
            found |= {(level, ocean, name): held["av"][o, k] for k, name in enumerate(names)}
    return found


def _log_hats(
    network: Network, sectors: tuple[str, ...], oceans: tuple[str, ...], drawn: tuple[str, ...],
    av: Mapping[tuple[str, str], Array], other: Mapping[tuple[str, str, str], Array],
    shapes: Mapping[str, float],
) -> dict[str, Array]:  # fmt: skip
    """Return log hats against the date's network under the first ocean, at each end."""

    def logs(end: str) -> Array:
        name = end.removeprefix("shape ") if end.startswith("shape ") else "central"
        held = av if end == "central" else {(o, s): other[end, o, s] for o in oceans for s in drawn}
        before = held[oceans[0], DATE]
        rows = [
            [np.log(route_hats(network, sectors, before, held[o, s], shapes[name])) for s in drawn]
            for o in oceans
        ]
        return np.array(rows, dtype=np.float32)

    return {end: logs(end) for end in ("central", *ENDS)}


def drawn_logs(ends: Mapping[str, Array], charges: float, shape: float) -> Array:
    """Return log hats between the ends: positions of charges and of the shape of choice, -1 to 1.

    Straight lines from the centre to each end, added up.
    """
    centre = ends["central"].astype(np.float64)
    found = centre.copy()
    for position, low, high in ((charges, "low", "high"), (shape, "shape low", "shape high")):
        found += abs(position) * (ends[low if position < 0 else high] - centre)
    return found
