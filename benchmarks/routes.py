"""The corridor: a query of a route, the matrix of all hubs, and what an intervention changes."""

from __future__ import annotations

import datetime as dt
import itertools
import time

from benchmarks.outcome import QUICK, Outcome, Target, median_seconds
from hansa.corridor.matrix import cost_matrix
from hansa.corridor.network import load_network
from hansa.corridor.reading import read_tables
from hansa.corridor.routing import route
from hansa.corridor.scenario import scenario
from hansa.corridor.trade_costs import corridor_shock
from hansa.world.load import load_world

PAIRS = (
    ("Mumbai", "Moscow"), ("Shanghai", "Duisburg"), ("Tehran", "Minsk"), ("Hamburg", "Tehran"),
    ("Mumbai", "Tashkent"), ("New York", "Lusaka"), ("Almaty", "Poti"), ("Santos", "Vladivostok"),
)  # fmt: skip


def routes(repeats: int) -> Outcome:
    """Queries after loading; the full matrix for a day that was not asked before."""
    network, world = load_network(), load_world()
    start = time.perf_counter()
    read_tables()
    reading = time.perf_counter() - start
    for start_at, end_at in PAIRS:
        route(start_at, end_at)
    turns = itertools.cycle(PAIRS)
    days = (dt.date(2023, 1, 1) + dt.timedelta(days=k) for k in itertools.count())
    machinery = network.cargo["machinery"]
    query, fresh = "route with alternatives, after loading", "the same for a day not asked before"
    matrix, shock = "matrix of all hubs, one sector", "shock of an intervention, 14 sectors"
    few = 1 if repeats <= QUICK else repeats
    seconds = {
        "reading the tables": reading,
        query: median_seconds(lambda: route(*next(turns)), 8 * few),
        fresh: median_seconds(lambda: route("Mumbai", "Moscow", on=next(days)), few),
        matrix: median_seconds(
            lambda: cost_matrix(network, scenario(network.tables, next(days)), machinery), few
        ),
        shock: median_seconds(
            lambda: corridor_shock(world, ["rasht_astara"], on=next(days)), max(1, few // 3)
        ),
    }
    hubs = sum(len(h) for h in network.hubs.values())
    return Outcome(
        seconds,
        {},
        f"{len(network.places)} places, {len(network.links)} links, {hubs} hubs",
        targets=(Target(query, "at most", 0.05), Target(matrix, "at most", 2.0)),
    )
