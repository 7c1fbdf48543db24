"""Routes and the calibration as tables for the terminal.

May import ``hansa.errors``, ``hansa.world`` and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.corridor.calibration import comparisons
from hansa.corridor.network import Network
from hansa.corridor.results import Leg, Route, Routes
from hansa.corridor.scenario import Scenario
from hansa.corridor.trade_costs import route_costs, traffic
from hansa.world.world import World


def routes_page(routes: Routes, network: Network) -> RenderableType:
    """Return the legs of the best route, the alternatives, and where the numbers come from."""
    best = routes.best
    ocean = network.tables.ocean[routes.scenario.ocean]["name"]
    built = "".join(f"; {i.name}" for i in routes.scenario.interventions)
    head = Text(f"{best.start} to {best.end}, {routes.scenario.on}", style="bold")
    head.append(
        f"\nper TEU, {routes.scenario.level} charges; {ocean}{built}; cargo {routes.cargo}, "
        f"a day costs {best.time_value:,.0f} dollars",
        style="dim",
    )
    parts: list[RenderableType] = [head, _legs(best)]
    if len(routes) > 1:
        parts.append(_beside(routes))
    parts.append(_sources(best))
    return Group(*parts)


def _legs(route: Route) -> Table:
    table = _table(f"1  {route.family}")
    table.add_column("leg")
    table.add_column("by", no_wrap=True)
    for name in ("km", "hours", "dollars"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("crossing", min_width=14)
    table.add_column("sure", min_width=6)
    for legs in _runs(route):
        first, last = legs[0], legs[-1]
        table.add_row(
            first.start if first.mode == "handling" else f"{first.start} - {_way(legs)}",
            first.what,
            f"{sum(leg.km for leg in legs):,.0f}" if first.km else "",
            f"{sum(leg.hours for leg in legs):,.0f}",
            f"{sum(leg.dollars for leg in legs):,.0f}",
            ", ".join(f"{leg.border} {leg.border_hours:.0f} h" for leg in legs if leg.border)
            or ", ".join(_STRAITS.get(p, p.title()) for p in last.passages),
            min((leg.confidence for leg in legs), key=("low", "medium", "high").index),
        )
    table.add_section()
    table.add_row(
        f"{route.days:.1f} days", "", f"{route.km:,.0f}", f"{route.hours:,.0f}",
        f"{route.dollars:,.0f}", f"with time {route.cost:,.0f}", "", style="bold",
    )  # fmt: skip
    return table


_STRAITS = {"babalmandab": "Bab el-Mandeb", "bosporus": "Bosphorus", "ormuz": "Hormuz"}


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip


def _runs(route: Route) -> Iterator[list[Leg]]:
    """Yield legs that follow one another in the same way of travelling."""
    run: list[Leg] = []
    for leg in route.legs:
        if run and (leg.what != run[-1].what or leg.mode in ("handling", "sea")):
            yield run
            run = []
        run.append(leg)
    if run:
        yield run


def _way(legs: list[Leg]) -> str:
    """Return the places of a run: its end, with a few on the way."""
    names = [leg.end for leg in legs]
    if len(names) > 6:
        names = [*names[:3], "...", *names[-2:]]
    return " - ".join(names)


def _beside(routes: Routes) -> Table:
    table = _table("alternatives")
    table.add_column("")
    table.add_column("route")
    table.add_column("family")
    for name in ("km", "days", "dollars", "with time", "borders"):
        table.add_column(name, justify="right", no_wrap=True)
    for k, route in enumerate(routes, 1):
        table.add_row(
            str(k), " - ".join(route.stops), route.family, f"{route.km:,.0f}",
            f"{route.days:.1f}", f"{route.dollars:,.0f}", f"{route.cost:,.0f}",
            str(len(route.borders)),
        )  # fmt: skip
    return table


def _sources(route: Route) -> Text:
    """Return the sources of the legs' lengths and status that are no mere estimate."""
    notes = dict.fromkeys(
        f"{leg.start} - {leg.end}: {leg.source}"
        for leg in route.legs
        if leg.mode != "handling" and not leg.source.startswith("own estimate")
    )
    plain = (
        "Charges and hours: rates.csv, terminals.csv, borders.csv and premia.csv, each row with "
        "its source; scales fitted to published through rates (hansa route --calibration)."
    )
    return Text("\n".join([*notes, plain]), style="dim")


def calibration_page(network: Network) -> RenderableType:
    """Return published through rates beside ours, low - central - high, and the scales."""
    table = _table("Through rates: ours (low, central, high) beside each source, per TEU")
    for name in ("what", "source"):
        table.add_column(name)
    for name in ("days", "theirs", "dollars", "theirs"):
        table.add_column(name, justify="right")
    table.add_column("meets")
    found = comparisons(network)
    for one in found:
        table.add_row(
            one.through.what, one.through.source,
            " ".join(f"{d:.0f}" for d in one.days), _span(one.theirs_days),
            " ".join(f"{d:,.0f}" for d in one.dollars), _span(one.theirs_dollars),
            "yes" if one.within else "no",
        )  # fmt: skip
    scales = ", ".join(f"{name} {value:.2f}" for name, value in network.tables.scales.items())
    met = sum(one.within for one in found)
    foot = Text(
        f"{met} of {len(found)} sources meet our range. The sources contradict one another; the "
        f"scales are a compromise with a prior at 1: {scales}. A rate per FEU counts 0.55 per TEU.",
        style="dim",
    )
    return Group(table, foot)


def traffic_page(network: Network, world: World, chosen: Scenario) -> RenderableType:
    """Return the containers and tonnes that a world's trade puts on each family of routes."""
    costs = route_costs(world, chosen, network)
    found = traffic(world, costs, network=network)
    published = network.settings["estimate"]
    between = (published["of"], published["with"])
    table = _table(f"Surface trade of {world.name} by family of routes, {chosen.on}")
    table.add_column("family")
    for name in ("thousand TEU", "Mt", "of it published pairs, TEU"):
        table.add_column(name, justify="right")
    names = {k: f["name"] for k, f in network.settings["families"].items()}
    branches = ("west", "caspian", "east")
    for label, families in (
        *((names.get(f, "ocean and other land"), (f,)) for f in found.families),
        ("INSTC together", branches),
    ):
        teu, mt = found.total(*families)
        part, _ = found.total(*families, between=between)
        table.add_row(label, f"{teu / 1e3:,.0f}", f"{mt:,.1f}", f"{part:,.0f}")
    low, high = published["teu"]
    foot = Text(
        f"Published: {low:,} to {high:,} TEU; {published['source']}. Pairs: "
        f"{' '.join(published['of'])} with {' '.join(published['with'])}. Capacity is not counted.",
        style="dim",
    )
    return Group(table, foot)


def _span(span: tuple[float, float] | None) -> str:
    if span is None:
        return ""
    low, high = span
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
