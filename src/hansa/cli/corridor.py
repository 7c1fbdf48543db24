"""`hansa route`: ways from place to place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.screen import WorldOption, console

app = typer.Typer()


@app.command("route")
def route_command(
    start: Annotated[str | None, typer.Argument(help="Place, or country by name or ISO3.")] = None,
    end: Annotated[str | None, typer.Argument(help="Place, or country by name or ISO3.")] = None,
    on: Annotated[str, typer.Option(help="Date, YYYY-MM-DD.")] = "2024-02-19",
    cargo: Annotated[str | None, typer.Option(help="Sector; decides what a day costs.")] = None,
    via: Annotated[list[str] | None, typer.Option(help="Place to pass; may be repeated.")] = None,
    objective: Annotated[str, typer.Option(help="least, cheapest or fastest.")] = "least",
    modes: Annotated[str, typer.Option(help="Only these, such as sea,rail.")] = "",
    ocean: Annotated[str, typer.Option(help="calm, red_sea_crisis or no_suez.")] = "calm",
    level: Annotated[str, typer.Option(help="low, central or high charges.")] = "central",
    build: Annotated[
        list[str] | None, typer.Option(help="Intervention in place; may be repeated.")
    ] = None,
    alternatives: Annotated[int, typer.Option(min=0, help="How many beside the best.")] = 3,
    tables: Annotated[Path | None, typer.Option(help="Folder of your own tables.")] = None,
    geojson: Annotated[Path | None, typer.Option(help="Write the lines here.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the routes on a map here.")] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Published through rates beside ours.")
    ] = False,
    traffic: Annotated[
        bool, typer.Option("--traffic", help="Containers by family of routes, all countries.")
    ] = False,
    world: WorldOption = "world-2015",
) -> None:
    """Print the way from A to B: legs with km, hours, dollars and borders, and alternatives."""
    from hansa.corridor import load_network, route, scenario
    from hansa.corridor.page import calibration_page, routes_page, traffic_page

    network = load_network(tables)
    if calibration:
        console.print(calibration_page(network))
        return
    if traffic:
        from hansa.world.load import load_world

        chosen = scenario(network.tables, on, ocean, level, build or ())
        console.print(traffic_page(network, load_world(world), chosen))
        return
    if start is None or end is None:
        raise typer.BadParameter("give two places, --calibration or --traffic", param_hint="A B")
    found = route(
        start, end, on=on, cargo=cargo, via=via or (), objective=objective, ocean=ocean,
        level=level, modes=[m.strip() for m in modes.split(",") if m.strip()],
        interventions=build or (), alternatives=alternatives, network=network,
    )  # fmt: skip
    console.print(routes_page(found, network))
    if geojson is not None:
        found.to_geojson(geojson)
        console.print(f"written: {geojson}", soft_wrap=True, highlight=False)
    if svg is not None:
        from hansa.report.routemap import write_route_map

        console.print(
            f"written: {write_route_map(found, network, svg)}", soft_wrap=True, highlight=False
        )
