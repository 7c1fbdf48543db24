"""`hansa world`: show, list, check and build the tables of who buys what from whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.screen import WorldOption, console
from hansa.errors import HansaError

world_app = typer.Typer(no_args_is_help=True, help="The table of who buys what from whom.")


@world_app.command("show")
def world_show(
    country: Annotated[str, typer.Argument(help="ISO3 code, for example IRN.")],
    world: WorldOption = "world-2015",
) -> None:
    """Print one country's page: output, trade by partner and sector, sources, share modelled."""
    from hansa.world.load import load_world
    from hansa.world.page import country_page

    console.print(country_page(load_world(world), country.upper()))


@world_app.command("list")
def world_list(world: WorldOption = "world-2015") -> None:
    """List the economies and sectors of a world."""
    from hansa.world.load import load_world
    from hansa.world.page import world_page

    console.print(world_page(load_world(world)))


@world_app.command("check")
def world_check(world: WorldOption = "world-2015") -> None:
    """Check every identity of a world and print how far its totals are from their sources."""
    from hansa.world.load import load_world
    from hansa.world.page import check_page

    console.print(check_page(load_world(world)))


@world_app.command("build")
def world_build(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the raw tables (default: HANSA_DATA).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to (default: inside the package).")
    ] = None,
    year: Annotated[int, typer.Option(help="2015, or 2005.")] = 2015,
) -> None:
    """Build an embedded world from the raw tables."""
    try:
        import openpyxl  # noqa: F401
        import pyreadr  # noqa: F401
    except ModuleNotFoundError as error:
        raise HansaError(
            f"building a world needs {error.name}: install hansa[build], or run `make world`"
        ) from error
    from hansa.world.build import build_world, write_shipped
    from hansa.world.page import check_page
    from hansa.world.sources.base import find_data
    from hansa.world.years import choices

    choices(year)
    folder = data or find_data()
    if folder is None:
        raise typer.BadParameter("no raw tables found; give --data or set HANSA_DATA")
    with console.status("building"):
        built = build_world(folder, lambda text: console.print(f"  {text}"), year)
    path = write_shipped(built, out)
    console.print(check_page(built))
    console.print(f"written: {path} ({path.stat().st_size / 1e6:.1f} MB)")
