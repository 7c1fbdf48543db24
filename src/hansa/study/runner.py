"""run_study: from a study file to tables, facts and a lock on disk.

May import every room to the left. Interrupted runs go on where they were: every finished part is
in a Store under the study's folder. The report is made from what this room leaves on disk.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hansa.club import Game
from hansa.equilibrium import balance
from hansa.equilibrium.technology import HORIZONS
from hansa.errors import DataError, StudyError
from hansa.study.answer_tables import answer_detail
from hansa.study.chapters import check_chapters, solve_chapters, steps_of_chapters
from hansa.study.coalition_bands import coalition_band_facts
from hansa.study.coalition_scenarios import (
    REFERENCES,
    CoalitionRun,
    coalition_of,
    solve_coalition,
    steps_of,
)
from hansa.study.coalition_tables import coalition_facts, coalition_residuals, coalition_tables
from hansa.study.corridor_facts import corridor_facts
from hansa.study.corridor_routes import RouteTable, check_corridor, solve_routes, steps_of_routes
from hansa.study.corridor_scenarios import CorridorRun, solve_corridor, steps_of_corridor
from hansa.study.corridor_tables import corridor_residuals, corridor_tables
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
from hansa.study.rules import with_rules
from hansa.study.scenarios import (
    Damage,
    Detail,
    lifted_shock,
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

#: Runs of other inputs whose finished parts stay under a study's folder.
KEPT = 3
#: Called with (what is being done, steps done, steps in all).
Report = Callable[[str, int, int], None]
Array = np.ndarray

#: A horizon solves an economy of its own: up to a dozen steps.
ALONE = 12


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
    store.forget_others(KEPT)
    return result


def check_study(study: Study, world: World) -> None:
    """Raise StudyError, before anything is solved, if a study does not fit its world."""
    for code in study.players:
        try:
            world.country(code)
        except DataError as error:
            raise StudyError(f"{study.name}, club.candidates: {error}") from error
    try:
        regime_shock(world, study)
    except DataError as error:
        raise StudyError(f"{study.name}, regime: {error}") from error
    if study.coalition is not None:
        try:
            coalition_of(study).rule(world)
        except DataError as error:
            raise StudyError(f"{study.name}, coalition: {error}") from error
    if study.corridor is not None:
        try:
            check_corridor(study, world)
        except DataError as error:
            raise StudyError(f"{study.name}, corridor: {error}") from error
    check_chapters(study, world)
    for measures in (study.measures, *(v.measures for v in study.variants)):
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


@dataclass(frozen=True, eq=False)
class _Parts:
    """What a run has solved and tabled, for facts: no games and no detail without a club."""

    tables: dict[str, pd.DataFrame]
    games: dict[str, Game] = field(default_factory=dict)
    answered: dict[float, Game] = field(default_factory=dict)
    detail: Detail | None = None
    bands: DrawBands | None = None
    coalition: CoalitionRun | None = None
    corridor: CorridorRun | None = None


Ticker = Callable[..., Callable[[int], None]]


def _solve(
    asked: Study,
    world: World,
    folder: Path,
    store: Store,
    report: Report | None,
    workers: int | None = None,
) -> StudyResult:
    regime, lifted = regime_shock(world, asked), lifted_shock(world, asked)
    study = with_rules(world, asked, regime, lifted)
    total = _steps(study)
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
    income = balance(world).income if study.deficits == "balanced" else world.income
    cost = damage_table(world, income, study, damage)
    routes = None
    if study.corridor is not None:
        routes = solve_routes(world, study, store, ticker("routes"))
    parts = _Parts({"damage": cost, "residuals": residuals_table(damage, {}, None, None)})
    if study.club is not None:
        parts = _solve_club(study, world, income, cost, damage, store, ticker)
    if routes is not None:
        parts = _add_corridor(study, world, income, parts, routes, store, ticker)
    if study.coalition is not None:
        run = solve_coalition(world, study, store, ticker("coalitions of senders"))
        residuals = [parts.tables["residuals"], coalition_residuals(run)]
        tables = parts.tables | coalition_tables(world, study, run)
        tables["residuals"] = pd.concat(residuals, ignore_index=True)
        parts = replace(parts, tables=tables, coalition=run)
    chapters = None
    if study.chapters:
        tick = ticker("chapters on capability and friends")
        chapters = solve_chapters(world, study, regime, lifted, tick)
        parts = replace(parts, tables=parts.tables | chapters.tables)
    each = _steps_in_draw(study)
    tick = ticker("draws of the parameters", each)
    few = None if routes is None else replace(routes, ad_valorem={}, share={})
    draws = solve_draws(world, study, store, tick, workers, few)
    if draws is not None:
        bands = DrawBands(world, study, draws)
        parts = replace(parts, tables=parts.tables | draw_tables(bands), bands=bands)
    if parts.corridor is not None:
        more = corridor_tables(world, study, parts.corridor, draws)
        parts = replace(parts, tables=parts.tables | more)
    tables = {name: frame.reset_index(drop=True) for name, frame in parts.tables.items()}
    facts = facts_of(study, world, parts.games, tables, parts.detail, parts.answered)
    if parts.bands is not None:
        facts["uncertainty"] = draw_facts(parts.bands, tables)
    if parts.corridor is not None:
        facts["corridor"] = corridor_facts(world, study, parts.corridor, tables, draws)
    if chapters is not None:
        facts["chapters"] = chapters.facts
    if parts.coalition is not None:
        facts["coalition"] = coalition_facts(world, study, parts.coalition, tables)
        if parts.bands is not None and parts.bands.coalition is not None:
            held = coalition_band_facts(parts.bands.coalition, tables["bands"])
            facts["coalition"]["over_draws"] = held
    return StudyResult(asked, world, folder, tables, facts, parts.games)


def _steps(study: Study) -> int:
    """Return about how many equilibria a study needs, a matrix of route costs counted as one."""
    drawn = _steps_in_draw(study) * study.draws.number
    more = (
        drawn
        + steps_of(study)
        + steps_of_chapters(study)
        + steps_of_routes(study)
        + steps_of_corridor(study)
    )
    if study.club is None:
        return 6 + more
    clubs = 1 << len(study.players)
    answers = len(study.answer.intensities) if study.answer else 0
    lattice = clubs * (1 + len(study.variants) + answers)
    return 6 + lattice + 3 + ALONE * len(HORIZONS) + more


def _steps_in_draw(study: Study) -> int:
    """Return about how many equilibria one draw needs."""
    clubs = 1 << len(study.players) if len(study.players) <= EVERY else 0
    if study.coalition is not None:
        clubs += len(REFERENCES) + len(study.coalition.partners)
    return 2 * ALONE + clubs


def _solve_club(
    study: Study,
    world: World,
    income: Array,
    cost: pd.DataFrame,
    damage: Damage,
    store: Store,
    ticker: Ticker,
) -> _Parts:
    """Return what the club of a study adds: games, tables, the flows of the club of all."""
    variants = {"central": study.measures}
    variants |= {v.name: v.measures for v in study.variants}
    games = {
        name: solve_game(world, study, measures, name, store, ticker(f"clubs, {name} measures"))
        for name, measures in variants.items()
    }
    answered = solve_answers(world, study, games["central"], store, ticker("senders' answer"))
    detail = solve_detail(world, study, ticker("flows and transfers"))
    at = solve_horizons(world, study, store, ticker("short, medium and long run", ALONE))
    tables = {
        "damage": cost,
        "clubs": clubs_table(games),
        "payoffs": payoffs_table(games),
        "members": members_table(games, cost, study, detail),
        "spillovers": games["central"].spillovers(study.players).to_frame(),
        "transfers": games["central"].transfers(study.players).to_frame(),
        "paths": games["central"].paths().to_frame(),
        "trade": trade_table(world, study, detail),
        "sectors": sector_table(world, study, detail),
        "horizons": horizons_table(world, income, study, at),
        "residuals": residuals_table(
            damage, games | {f"answer at {p!r}": g for p, g in answered.items() if p}, detail, at
        ),
    }
    tables |= answer_tables(answered) | answer_detail(answered)
    return _Parts(tables, games, answered, detail)


def _add_corridor(
    study: Study,
    world: World,
    income: Array,
    parts: _Parts,
    routes: RouteTable,
    store: Store,
    ticker: Ticker,
) -> _Parts:
    """Return the parts with the corridor's equilibria; its tables wait for the draws."""
    run = solve_corridor(world, study, routes, income, store, ticker("corridor"))
    residuals = [parts.tables["residuals"], corridor_residuals(run)]
    tables = parts.tables | {"residuals": pd.concat(residuals, ignore_index=True)}
    return replace(parts, tables=tables, corridor=run)


def _write(result: StudyResult) -> None:
    """Write tables, facts and lock; the lock last, so that it speaks of a finished run."""
    folder = result.folder / "tables"
    (result.folder / "study.lock").unlink(missing_ok=True)
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
