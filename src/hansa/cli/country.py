"""`hansa country`: one country across all rooms, on one page."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.screen import WorldOption, console, progress

app = typer.Typer()


@app.command("country")
def country_command(
    country: Annotated[str, typer.Argument(help="ISO3 code, for example IRN.")],
    on: Annotated[str, typer.Option(help="Date of the sanctions, YYYY-MM-DD.")] = "2024-02-19",
    effects: Annotated[
        str, typer.Option(help="Costs of sanctions: literature, estimated or combined.")
    ] = "combined",
    world: WorldOption = "world-2015",
) -> None:
    """Print a country's page: trade, sanctions, cost, friends, capability, votes, science, ways."""
    from hansa.report.profile import profile
    from hansa.report.profile_page import profile_page
    from hansa.world.load import load_world

    with progress() as report:
        found = profile(
            country.upper(), on=on, world=load_world(world), effects=effects, progress=report
        )
    console.print(profile_page(found))
