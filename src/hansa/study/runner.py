"""run_study: from a study file to tables, facts and a lock on disk.

May import every room to the left. Interrupted runs go on where they were: every finished part is
in a Store under the study's folder. The report is made from what this room leaves on disk.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from hansa.club import Game
from hansa.equilibrium import balance
from hansa.equilibrium.technology import HORIZONS
from hansa.errors import DataError, StudyError
from hansa.study.draw_facts import draw_facts
from hansa.study.draw_runs import solve_draws
from hansa.study.draw_tables import DrawBands, draw_tables
from hansa.study.drawn import EVERY
from hansa.study.facts import facts_of
from hansa.study.lock import (
    Comparison,
    check_inputs,
    compare,
    inputs_of,
    machine,
    read_lock,
    write_lock,
)
from hansa.study.scenarios import (
    regime_shock,
    solve_answers,
    solve_damage,
    solve_detail,
    solve_game,
    solve_horizons,
)
from hansa.study.schema import Study
from hansa.study.store import Store, fingerprint
from hansa.study.tables import (
    answer_tables,
    clubs_table,
    damage_table,
    horizons_table,
    members_table,
    payoffs_table,
    residuals_table,
    sector_table,
    trade_table,
)
from hansa.world.load import load_world
from hansa.world.world import World

#: Called with (what is being done, steps done, steps in all).
Report = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """A finished study.

    Attributes
    ----------
    study : Study
    world : World
    folder : Path
        With ``tables/``, ``facts.json`` and ``study.lock``.
    tables : dict of DataFrame
        By name, as on disk.
    facts : dict
        Headline numbers and provenance, as in ``facts.json``.
    games : dict of Game
        By variant; empty when read from disk.
    """

    study: Study
    world: World
    folder: Path
    tables: dict[str, pd.DataFrame]
    facts: dict[str, Any]
    games: dict[str, Game] = field(default_factory=dict)


def run_study(
    study: Study,
    folder: Path,
    report: Report | None = None,
    world: World | None = None,
    workers: int | None = None,
) -> StudyResult:
    """Run a study and leave its tables, facts and lock in a folder.

    Parameters
    ----------
    study : Study
    folder : Path
        Made if needed. Finished parts of an interrupted run of the same inputs are used.
    report : callable, optional
        Progress: what, steps done, steps in all.
    world : World, optional
        Instead of the study's own.
    workers : int, optional
        Processes that solve draws; all cores by default. Numbers do not depend on it.

    Returns
    -------
    StudyResult

    Raises
    ------
    DataError, StudyError, ConvergenceError
        Bad inputs, or an equilibrium without which the study says nothing.
    """
    world = load_world(study.world) if world is None else world
    check_study(study, world)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"cannot write to {folder}: {error.strerror}") from error
    # Nothing that is solved depends on how many draws there are: more of them go on with these.
    key = fingerprint(inputs_of(study.with_draws(0), world), machine())
    store = Store(folder / ".parts" / key[:16])
    result = _solve(study, world, folder, store, report, workers)
    _write(result)
    return result


def check_study(study: Study, world: World) -> None:
    """Raise StudyError, before anything is solved, if a study does not fit its world."""
    for code in study.club.candidates:
        try:
            world.country(code)
        except DataError as error:
            raise StudyError(f"{study.name}, club.candidates: {error}") from error
    try:
        regime_shock(world, study)
    except DataError as error:
        raise StudyError(f"{study.name}, regime: {error}") from error
    for measures in (study.club.measures, *(v.measures for v in study.variants)):
        for sector in measures.sectors or ():
            world.sector(sector)


def rerun_locked(
    study: Study,
    folder: Path,
    report: Report | None = None,
    world: World | None = None,
    workers: int | None = None,
) -> Comparison:
    """Run a study again from nothing and compare with the tables of its lock.

    Parameters
    ----------
    study, folder, report, world, workers
        As in `run_study`; `folder` holds the finished run.

    Returns
    -------
    Comparison

    Raises
    ------
    StudyError
        If inputs or numbers are not those of the lock.
    """
    world = load_world(study.world) if world is None else world
    lock = read_lock(folder / "study.lock")
    check_inputs(lock, study, world)
    with tempfile.TemporaryDirectory(prefix="hansa-") as scratch:
        store = Store(Path(scratch))
        new = _solve(study, world, folder, store, report, workers).tables
    return compare(lock, new, read_tables(folder))


def read_result(study: Study, folder: Path) -> StudyResult:
    """Return a finished study from its folder, without solving anything."""
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return StudyResult(study, load_world(study.world), folder, read_tables(folder), facts)


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return all tables of a finished study by name."""
    paths = sorted((folder / "tables").glob("*.parquet"))
    return {path.stem: pd.read_parquet(path) for path in paths}


def _solve(
    study: Study,
    world: World,
    folder: Path,
    store: Store,
    report: Report | None,
    workers: int | None = None,
) -> StudyResult:
    variants = {"central": study.club.measures}
    variants |= {v.name: v.measures for v in study.variants}
    clubs = 1 << len(study.club.candidates)
    # A horizon and a draw solve an economy of their own, a draw with the clubs it needs.
    alone = 12
    in_draw = 2 * alone + (clubs if len(study.club.candidates) <= EVERY else 0)
    answers = len(study.answer.intensities) if study.answer else 0
    total = 6 + clubs * (len(variants) + answers) + 3
    total += alone * len(HORIZONS) + in_draw * study.draws.number
    done = 0

    def ticker(what: str, each: int = 1) -> Callable[[int], None]:
        def tick(steps: int) -> None:
            nonlocal done
            done += steps * each
            if report is not None:
                report(what, done, total)

        tick(0)
        return tick

    damage = solve_damage(world, study, store, ticker("cost of sanctions"))
    games = {
        name: solve_game(world, study, measures, name, store, ticker(f"clubs, {name} measures"))
        for name, measures in variants.items()
    }
    answered = solve_answers(world, study, games["central"], store, ticker("senders' answer"))
    detail = solve_detail(world, study, ticker("flows and transfers"))
    at = solve_horizons(world, study, store, ticker("short, medium and long run", alone))
    draws = solve_draws(world, study, store, ticker("draws of the parameters", in_draw), workers)
    income = balance(world).income if study.deficits == "balanced" else world.income
    tables = {"damage": damage_table(world, income, study, damage)}
    tables |= {
        "clubs": clubs_table(games),
        "payoffs": payoffs_table(games),
        "members": members_table(games, tables["damage"], study, detail),
        "spillovers": games["central"].spillovers(study.club.candidates).to_frame(),
        "transfers": games["central"].transfers(study.club.candidates).to_frame(),
        "paths": games["central"].paths().to_frame(),
        "trade": trade_table(world, study, detail),
        "sectors": sector_table(world, study, detail),
        "horizons": horizons_table(world, income, study, at),
        "residuals": residuals_table(
            damage, games | {f"answer at {p!r}": g for p, g in answered.items() if p}, detail, at
        ),
    }
    tables |= answer_tables(answered)
    bands = None if draws is None else DrawBands(world, study, draws)
    if bands is not None:
        tables |= draw_tables(bands)
    tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    facts = facts_of(study, world, games, tables, detail)
    if bands is not None:
        facts["uncertainty"] = draw_facts(bands, tables)
    return StudyResult(study, world, folder, tables, facts, games)


def _write(result: StudyResult) -> None:
    """Write tables, facts and lock; the lock last, so that it speaks of a finished run."""
    folder = result.folder / "tables"
    fresh = result.folder / ".tables"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, frame in result.tables.items():
        frame.to_parquet(fresh / f"{name}.parquet", index=False)
        frame.to_csv(fresh / f"{name}.csv", index=False)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    text = json.dumps(result.facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    (result.folder / "facts.json").write_text(text, encoding="utf-8")
    write_lock(result.folder / "study.lock", result.study, result.world, result.tables)
