"""`hansa sanctions` and `hansa gravity`: the registry, and what sanctions do to trade."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.screen import console, progress

app = typer.Typer()


@app.command("sanctions")
def sanctions_command(
    on: Annotated[str, typer.Option(help="Date, YYYY-MM-DD.")] = "2024-02-19",
    target: Annotated[str | None, typer.Option(help="ISO3 code of one target.")] = None,
    sender: Annotated[str | None, typer.Option(help="ISO3 code, EU or UN.")] = None,
    timeline: Annotated[bool, typer.Option(help="What began and ended, in order.")] = False,
    svg: Annotated[
        Path | None, typer.Option(help="With --timeline: draw it as swim lanes here.")
    ] = None,
    diff: Annotated[
        tuple[str, str] | None, typer.Option(help="What differs between two dates.")
    ] = None,
    escalation: Annotated[bool, typer.Option(help="One target's index, by year.")] = False,
    compare: Annotated[
        Path | None, typer.Option(help="Set your own GSDB file beside the registry.")
    ] = None,
    lint: Annotated[
        bool, typer.Option("--lint", help="What the registry holds, and its faults.")
    ] = False,
) -> None:
    """Print who is sanctioned by whom on a date; a timeline, a difference, an index, the faults."""
    from hansa.policy.page import sanctions_page, timeline_page
    from hansa.policy.page_checks import compare_page, diff_page, escalation_page, lint_page

    target, sender = target and target.upper(), sender and sender.upper()
    if (timeline or escalation or svg) and target is None:
        flag = "--timeline" if timeline else "--escalation" if escalation else "--svg"
        raise typer.BadParameter(f"{flag} needs --target", param_hint="--target")
    if svg is not None and target is not None:
        from hansa.report.lanes import write_lanes

        console.print(f"written: {write_lanes(target, svg)}")
    elif timeline and target is not None:
        console.print(timeline_page(target))
    elif escalation and target is not None:
        from hansa.world.load import load_world

        console.print(escalation_page(load_world(), target))
    elif diff is not None:
        console.print(diff_page(*diff, target, sender))
    elif compare is not None:
        console.print(compare_page(compare))
    elif lint:
        from hansa.policy import lint as lint_registry

        console.print(lint_page())
        if lint_registry():
            raise typer.Exit(1)
    else:
        console.print(sanctions_page(on, target, sender))


@app.command("gravity")
def gravity_command(
    data: Annotated[
        Path | None, typer.Option(help="Estimate anew from the raw tables in this folder.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Estimate anew and renew what ships.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the table, in long form, here.")] = None,
    effects: Annotated[
        bool, typer.Option("--effects", help="Costs by class: literature, estimated, combined.")
    ] = False,
    stars: Annotated[bool, typer.Option("--stars", help="Mark p < 0.10, 0.05, 0.01.")] = False,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="90 % intervals instead of standard errors.")
    ] = False,
) -> None:
    """Print what sanctions do to trade: the regression table, costs, what is not identified."""
    from hansa.policy.gravity.page import effects_page, gravity_page, table
    from hansa.policy.gravity.shipped import load_estimates

    if data is None and not write:
        found = load_estimates()
    else:
        from hansa.policy.gravity.renew import renewed, write_estimates

        with progress() as report:
            found = renewed(data, report)
        if write:
            for path in write_estimates(found):
                console.print(f"written: {path}", soft_wrap=True, highlight=False)
    if csv is not None:
        table(found).to_csv(csv, index=False)
        console.print(f"written: {csv}", soft_wrap=True, highlight=False)
    console.print(effects_page() if effects else gravity_page(found, stars, intervals))
