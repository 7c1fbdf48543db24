"""What a study of the corridor solves; each part is kept in a Store as soon as it is done.

May import every room to the left. Trade costs of routes come on top of the sanctions of the date;
the gradient of welfare by all trade costs (Kleinman, Liu & Redding 2024) prices each link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from hansa.corridor import Network, route, traffic
from hansa.corridor.graph import graph_of
from hansa.corridor.marginal import Piece, cost_changes
from hansa.corridor.trade_costs import central_shape, hats_shock
from hansa.equilibrium import linearise, solve, sweep
from hansa.equilibrium.directions import Outcomes
from hansa.policy import club_shock
from hansa.shock import Shock
from hansa.study.corridor_routes import (
    DATE,
    RouteTable,
    closed_of,
    corridor,
    interventions_of,
    most,
    scenarios_of,
    states_of,
)
from hansa.study.scenarios import regime_shock
from hansa.study.schema import Study
from hansa.study.store import Store
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Marginal:
    """Welfare by the cost of each link or border, at the date's network under the first ocean.

    Attributes
    ----------
    pieces : tuple of Piece
    gain : (P, N) array, million USD
        For one per cent less of it, to first order; countries that are not in the region NaN.
    world : (P,) array, million USD
        To all countries together.
    """

    pieces: tuple[Piece, ...]
    gain: Float[Array, "p n"]
    world: Float[Array, " p"]


@dataclass(frozen=True, eq=False)
class CorridorRun:
    """All that is solved for a corridor.

    Attributes
    ----------
    routes : RouteTable
    rows : tuple of (ocean, state, bool)
        Equilibria: the network, and whether the club of all is there.
    welfare : (R, N) array
        W hat; NaN where not solved.
    residual : (R,) array
    solved : (R,) array of bool
    flows : mapping of (ocean, state) to (N, N, J) array, million USD
        Trade; of the date's network, the most improved, and the one without branches.
    marginal : Marginal
    income : (N,) array, million USD
    """

    routes: RouteTable
    rows: tuple[tuple[str, str, bool], ...]
    welfare: Float[Array, "r n"]
    residual: Float[Array, " r"]
    solved: Bool[Array, " r"]
    flows: dict[tuple[str, str], Float[Array, "n n j"]]
    marginal: Marginal
    income: Float[Array, " n"]

    def row(self, ocean: str, state: str, club: bool = False) -> int:
        """Return the position of an equilibrium."""
        return self.rows.index((ocean, state, club))

    def gain(self, ocean: str, state: str, other: str = DATE) -> Float[Array, " n"]:
        """Return the equivalent variation of a state against another, million USD."""
        a, b = self.row(ocean, state), self.row(ocean, other)
        return np.asarray(0.0 + (self.welfare[a] - self.welfare[b]) * self.income)


def steps_of_corridor(study: Study) -> int:
    """Return about how many equilibria are solved."""
    return 0 if study.corridor is None else len(rows_of(study)) + 30


def rows_of(study: Study) -> tuple[tuple[str, str, bool], ...]:
    """Return the equilibria that are solved: ocean, network, with the club of all or not."""
    asked = corridor(study)
    clubs = (False, True) if study.club is not None else (False,)
    return tuple(
        (ocean, state, club)
        for ocean in asked.oceans
        for club in clubs
        for state in (*states_of(asked), *(() if club else closed_of(asked)))
    )


def route_shock(world: World, routes: RouteTable, ocean: str, state: str) -> Shock:
    """Return what a state of the network does to trade costs, against the date's and first."""
    return hats_shock(world, routes.sectors, routes.hats(ocean, state), f"{ocean}, {state}")


def solve_corridor(
    world: World, study: Study, routes: RouteTable, income: Array, store: Store, tick: Tick
) -> CorridorRun:
    """Return the equilibria of every network, ocean and club, flows, and values of links.

    Parameters
    ----------
    world : World
    study : Study
    routes : RouteTable
    income : (N,) array, million USD
        At which welfare is turned into money.
    store : Store
    tick : callable
        Told how many equilibria were solved.
    """
    rows = rows_of(study)
    options: dict[str, Any] = {"deficits": study.deficits, "horizon": study.horizon}
    regime = regime_shock(world, study)
    held = store.get("corridor-welfare")
    if held is None:
        together = club_shock(world, study.players, study.measures) if study.club else None
        shocks = [
            s if not club or together is None else s.then(together).named(f"{s.label}, club")
            for ocean, state, club in rows
            for s in [route_shock(world, routes, ocean, state)]
        ]
        result = sweep(world, shocks, base=regime, **options)
        held = store.put(
            "corridor-welfare",
            welfare=np.where(result.solved[:, None], result.welfare.values, np.nan),
            residual=result.residual.values, solved=result.solved,
        )  # fmt: skip
    tick(len(rows))
    asked = corridor(study)
    flows: dict[tuple[str, str], Array] = {}
    shown = (DATE, most(asked), list(closed_of(asked))[-1])
    for ocean in asked.oceans:
        kept = store.get(f"corridor-flows-{ocean}")
        if kept is None:
            states = [regime.then(route_shock(world, routes, ocean, s)) for s in shown]
            found = sweep(world, states, **options)
            kept = store.put(
                f"corridor-flows-{ocean}",
                flows=np.array([
                    found.trade(k).values if found.solved[k] else np.full(
                        world.expenditure.shape, np.nan
                    )
                    for k in range(len(states))
                ]),
            )  # fmt: skip
        flows |= {(ocean, s): kept["flows"][k] for k, s in enumerate(shown)}
        tick(len(shown))
    marginal = _marginal(world, study, routes.network, income, store)
    tick(12)
    return CorridorRun(
        routes, rows, held["welfare"], held["residual"], held["solved"], flows, marginal, income
    )


def in_region(world: World, study: Study) -> tuple[str, ...]:
    """Return the region's countries that the world has."""
    return tuple(c for c in corridor(study).region if c in world.countries)


def traffic_of(
    world: World, run: CorridorRun, ocean: str, state: str, branch: str
) -> tuple[float, float, float]:
    """Return TEU and million tonnes a year on a branch, and TEU between the published pairs."""
    network = run.routes.network
    costs = run.routes.costs(world, ocean, state)
    found = traffic(world, costs, run.flows[ocean, state], network)
    estimate = network.settings["estimate"]
    own, _ = found.total(branch, between=(estimate["of"], estimate["with"]))
    return (*found.total(branch), own)


def pieces_of(network: Network, study: Study) -> tuple[Piece, ...]:
    """Return the borders and links that are priced.

    First the links that interventions build, then borders that the branches cross or their
    interventions ease, then the links of the shown routes that are of a branch.
    """
    asked = corridor(study)
    borders: list[tuple[str, str]] = []
    built: list[tuple[str, str]] = []
    links: list[tuple[str, str]] = []
    for branch, done in interventions_of(network, asked).items():
        for crossing in network.settings["families"][branch]["crossings"]:
            if "countries" in crossing:
                borders.append(tuple(crossing["countries"]))
        for effect in (e for i in done for e in i.effects):
            if effect.kind == "borders":
                borders += [tuple(pair) for pair in effect.target]
            elif effect.kind in ("open", "link"):
                built.append((str(effect.target[0]), str(effect.target[1])))
    here = scenarios_of(network, study, DATE)[0]
    for start, end in asked.routes:
        found = route(
            start, end, on=here.on, ocean=here.ocean, level=here.level, alternatives=8,
            network=network,
        )  # fmt: skip
        names = {network.settings["families"][b]["name"] for b in asked.branches}
        for one in found:
            if one.family in names:
                links += [
                    (network.place(leg.start).id, network.place(leg.end).id)
                    for leg in one.legs
                    if leg.mode not in ("sea", "handling") and not leg.border
                ]
    graph = graph_of(network, here)
    pieces = [Piece("link", _sorted(pair)) for pair in built]
    pieces += [Piece("border", _sorted(b)) for b in borders]
    pieces += [Piece("link", _sorted(pair)) for pair in links]
    return tuple(p for p in dict.fromkeys(pieces) if p.arcs(graph).size)[: asked.links]


def _sorted(pair: tuple[str, str]) -> tuple[str, str]:
    first, second = sorted(pair)
    return first, second


def _marginal(
    world: World, study: Study, network: Network, income: Array, store: Store
) -> Marginal:
    """Return the value of each link and border, through routing and equilibrium."""
    pieces = pieces_of(network, study)
    if not pieces:
        return Marginal((), np.zeros((0, len(world.countries))), np.zeros(0))
    held = store.get("corridor-marginal")
    if held is None:
        here = scenarios_of(network, study, DATE)[0]
        changes = cost_changes(world, network, here, pieces, central_shape(network))
        start = solve(
            world, regime_shock(world, study), deficits=study.deficits, horizon=study.horizon
        )
        local, welfare = linearise(start), start.welfare.values
        gain = np.full((len(pieces), len(world.countries)), np.nan)
        for code in in_region(world, study):
            n = world.country(code)
            by = local.gradient("log_welfare", code).log_trade_cost.values
            gain[:, n] = np.einsum("nij,pnij->p", by, changes) * welfare[n] * income[n]
        weights = Outcomes.of(world, log_welfare=welfare * income)
        by = local.vjp(weights).log_trade_cost.values
        held = store.put(
            "corridor-marginal", gain=gain, world=np.einsum("nij,pnij->p", by, changes)
        )
    return Marginal(pieces, held["gain"], held["world"])
