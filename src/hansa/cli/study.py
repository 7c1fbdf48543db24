"""`hansa study` and `hansa sweep`: the long jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansa.cli.screen import console, progress

app = typer.Typer()


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
        with progress() as report:
            same = rerun_locked(study, folder, report, workers=workers)
        console.print(
            "identical to the lock, to the last bit"
            if same.identical
            else f"equal to the lock within {same.largest:.1e} (largest: {same.where})"
        )
        return
    with progress() as report:
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
    with progress() as report:
        result = run_sweep(
            sweep, out, report, workers=workers, scheduler=scheduler, chunk=chunk,
            catalogue=catalogue,
        )  # fmt: skip
    console.print(sweep_page(result))
    console.print(f"rows: {result.rows.url}", soft_wrap=True, highlight=False)
