"""The command line: `hansa world`, `sanctions`, `gravity`, `route`, `study`, `sweep` and more.

May import every room. Holds no economics: it reads options, calls the public functions, shows
progress and turns errors into one sentence and an exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hansa.errors import HansaError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Economics of sanctions, of the clubs that form around them, and of corridors.",
)
world_app = typer.Typer(no_args_is_help=True, help="The table of who buys what from whom.")
app.add_typer(world_app, name="world")

console = Console()
complaints = Console(stderr=True)

WorldOption = Annotated[str, typer.Option("--world", help="Embedded world or path of a table.")]


def main() -> None:
    """Run the command line; errors end in one sentence and exit code 2, Ctrl-C in 130."""
    code = 0
    try:
        # An interrupt comes back as the exit code 130, not as an exception.
        code = app(standalone_mode=False) or 0
    except HansaError as error:
        complaints.print(f"[bold red]hansa:[/] {_plain(str(error))}", highlight=False)
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except typer.Exit as end:
        code = end.exit_code
    except Exception as error:
        show = getattr(error, "show", None)  # a usage error of the command line itself
        if show is None:
            raise
        show()
        code = getattr(error, "exit_code", 2)
    if code == 130:
        complaints.print("\nhansa: stopped; what was finished is kept, the same command goes on")
    sys.exit(code)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        import hansa

        console.print(f"hansa {hansa.__version__}", highlight=False)
        raise typer.Exit


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

        with _progress() as report:
            found = renewed(data, report)
        if write:
            for path in write_estimates(found):
                console.print(f"written: {path}", soft_wrap=True, highlight=False)
    if csv is not None:
        table(found).to_csv(csv, index=False)
        console.print(f"written: {csv}", soft_wrap=True, highlight=False)
    console.print(effects_page() if effects else gravity_page(found, stars, intervals))


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


@app.command("study")
def study_command(
    name: Annotated[str, typer.Argument(help="A shipped study, or the path of a .yaml file.")],
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path("out"),
    locked: Annotated[
        bool, typer.Option("--locked", help="Run again and compare with the lock.")
    ] = False,
    draws: Annotated[
        int | None,
        typer.Option(min=0, max=10_000, help="Draws behind the bands, in place of the file's."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that solve draws (default: all cores).")
    ] = None,
) -> None:
    """Run a study: tables, figures, lock and a report that opens without a server."""
    from hansa.report import write_report
    from hansa.study import load_study, rerun_locked, run_study

    study = load_study(name)
    if draws is not None:
        study = study.with_draws(draws)
    folder = out / study.name
    if locked:
        with _progress() as report:
            same = rerun_locked(study, folder, report, workers=workers)
        console.print(
            "identical to the lock, to the last bit"
            if same.identical
            else f"equal to the lock within {same.largest:.1e} (largest: {same.where})"
        )
        return
    with _progress() as report:
        result = run_study(study, folder, report, workers=workers)
        report("report", 1, 1)
        path = write_report(result)
    console.print(f"report: {path}", soft_wrap=True, highlight=False)
    console.print(f"tables: {folder / 'tables'}", soft_wrap=True, highlight=False)


@app.command("sweep")
def sweep_command(
    name: Annotated[
        str | None, typer.Argument(help="A shipped sweep, or the path of a .yaml file.")
    ] = None,
    out: Annotated[str, typer.Option(help="Folder, or URL such as s3://bucket/folder.")] = "out",
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler to use, such as tcp://host:8786.")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, help="Batches of 512 written together.")] = 2,
    catalogue: Annotated[
        Path | None, typer.Option(help="Catalogue of solved scenarios (default: in --out).")
    ] = None,
    sql: Annotated[
        str | None, typer.Option(help="Solve nothing: ask the rows, for example 'FROM rows'.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Solve nothing: print the summary.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the runs in the catalogue.")] = False,
) -> None:
    """Run a sweep of grids, draws and clubs, or go on with one; ask what it found."""
    from hansa.study.sweeping import load_sweep, read_sweep, run_sweep
    from hansa.study.sweeping.page import runs_page, sweep_page, table_page

    if listed:
        console.print(runs_page(out, catalogue))
        return
    if name is None:
        raise typer.BadParameter("give a sweep, or --list", param_hint="NAME")
    sweep = load_sweep(name)
    if sql is not None or show:
        result = read_sweep(f"{out.rstrip('/')}/{sweep.name}")
        console.print(sweep_page(result) if sql is None else table_page(result.query(sql)))
        return
    with _progress() as report:
        result = run_sweep(
            sweep, out, report, workers=workers, scheduler=scheduler, chunk=chunk,
            catalogue=catalogue,
        )  # fmt: skip
    console.print(sweep_page(result))
    console.print(f"rows: {result.rows.url}", soft_wrap=True, highlight=False)


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


@contextmanager
def _progress() -> Iterator[Any]:
    """Yield a callable (what, done, total) that shows a bar with the time left."""
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    if not console.is_terminal:
        seen: set[str] = set()

        def line(what: str, done: int, total: int) -> None:
            if what not in seen:
                seen.add(what)
                console.print(f"{100 * done // max(total, 1):3d} %  {what}", highlight=False)

        yield line
        return
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None)

        def update(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield update


if __name__ == "__main__":
    main()
