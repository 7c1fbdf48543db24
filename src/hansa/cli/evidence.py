"""`hansa backcast` and `hansa replicate`: past episodes and published tables."""

from __future__ import annotations

from typing import Annotated

import typer

from hansa.cli.screen import console

app = typer.Typer()


@app.command("backcast")
def backcast_command(
    which: Annotated[str, typer.Argument(help="iran, russia or all.")] = "all",
    effects: Annotated[str, typer.Option(help="Whose costs of sanctions to show.")] = "literature",
    write: Annotated[
        bool, typer.Option("--write", help="Renew the results that ship (needs the raw tables).")
    ] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Compute nothing: show the results that ship.")
    ] = False,
) -> None:
    """Forecast past episodes of sanctions from the years before, and print the scores."""
    from hansa.errors import StudyError, unknown
    from hansa.policy import load_effects
    from hansa.study.backcasts import compute, shipped_backcasts
    from hansa.study.backcasts.page import backcast_page

    if which not in ("iran", "russia", "all"):
        raise StudyError(unknown("backcast", which, ("iran", "russia", "all")))
    load_effects(effects)
    if shipped:
        found = shipped_backcasts()
    else:
        found = compute(which, write, lambda text: console.print(f"  {text}", highlight=False))
    console.print(backcast_page(found, effects))


@app.command("replicate")
def replicate_command(
    write: Annotated[
        bool, typer.Option("--write", help="Renew the results that ship (needs the raw tables).")
    ] = False,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Compute nothing: show the results that ship.")
    ] = False,
) -> None:
    """Compute published tables anew from their original files, and print them beside ours."""
    from hansa.study import replications

    if shipped:
        rows = replications.shipped_replications()
    else:
        folder = replications.raw_tables()
        rows = replications.replicate(folder, lambda text: console.print(f"  {text}"))
        if write:
            console.print(f"written: {replications.write_replications(rows)}")
    console.print(replications.replication_page(rows))
