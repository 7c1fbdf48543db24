"""A finished (or half-finished) sweep: its rows by SQL, its summary, its clubs as a Game.

May import its siblings and ``hansa.club``. Nothing is solved here, and no world is needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hansa.club import Game
from hansa.errors import StudyError, unknown
from hansa.study.sweeping.place import Place, place_of
from hansa.study.sweeping.schema import Sweep
from hansa.study.sweeping.summary import dimensions, failures, query, summarise

#: A summary with more lines than this is not a summary: it is left out.
MOST_LINES = 500_000


@dataclass(frozen=True, eq=False)
class SweepResult:
    """The rows of a sweep, on disk or in an object store.

    Attributes
    ----------
    sweep : Sweep
    home : Place
        The sweep's folder.
    rows : Place
        The folder of its parts.
    scenarios : int
        Grid points x draws x clubs.
    solves : int
        Different equilibria among them.
    clubs : int
    countries : tuple of str
        Kept ones.
    reused : int
        Solves that this run took from other sweeps.
    """

    sweep: Sweep
    home: Place
    rows: Place
    scenarios: int
    solves: int
    clubs: int
    countries: tuple[str, ...]
    reused: int = 0

    def __repr__(self) -> str:
        return f"SweepResult({self.sweep.name}: {self.scenarios} scenarios in {self.rows.url})"

    def query(self, sql: str) -> pd.DataFrame:
        """Return the answer of an SQL query (DuckDB); the table is called `rows`.

        Parameters
        ----------
        sql : str
            Columns of `rows`: docs/how-to/sweep.md. `draws` holds what each draw drew.

        Returns
        -------
        DataFrame

        Raises
        ------
        StudyError
            If the query is wrong, or there are no rows yet.
        """
        import duckdb

        if not self.rows.names():
            raise StudyError(f"{self.home.url} holds no rows yet; run the sweep first")
        drawn = self.home.read("draws.parquet")
        further = {} if drawn is None else {"draws": pd.read_parquet(BytesIO(drawn))}
        try:
            return query(self.rows, sql, **further)
        except duckdb.Error as error:
            raise StudyError(f"the query failed: {error}") from error

    @cached_property
    def failed(self) -> pd.DataFrame:
        """How many scenarios were not solved, by status, with one message of each."""
        return failures(self.rows)

    def write_summary(self) -> None:
        """Write summary.parquet, unless it would have more than half a million lines."""
        lines = len(self.sweep.points) * self.clubs * (len(self.countries) + 1)
        if lines > MOST_LINES:
            self.home.remove("summary.parquet")
            return
        buffer = BytesIO()
        summarise(self.sweep, self.rows, self.clubs).to_parquet(buffer, index=False)
        self.home.write("summary.parquet", buffer.getvalue())

    @property
    def summary(self) -> pd.DataFrame | None:
        """Quantiles over draws by grid point, club and country; None if there are too many."""
        held = self.home.read("summary.parquet")
        return None if held is None else pd.read_parquet(BytesIO(held))

    def game(self, draw: int | None = None, **point: Any) -> Game:
        """Return all clubs at one grid point and in one draw as a game of the candidates.

        Parameters
        ----------
        draw : int, optional
            Needed where the sweep has draws.
        **point
            Values of the grid's dimensions, as many as tell its points apart.

        Returns
        -------
        Game
            Payoffs of the candidates only; what a club does to others is in the rows.

        Raises
        ------
        StudyError
            If the sweep has not all clubs, is not finished, or the point is not one of it.
        """
        if self.sweep.clubs != "all":
            raise StudyError(f"{self.sweep.name} has not all clubs (clubs: all), so it is no game")
        at = self._point(point)
        if (draw is None) == (self.sweep.draws is not None):
            raise StudyError(
                f"say which draw: draw=0 to {self.sweep.draws.number - 1}"
                if self.sweep.draws
                else f"{self.sweep.name} has no draws"
            )
        draws = self.sweep.draws.number if self.sweep.draws else 1
        instance = at * draws + (0 if draw is None else draw)
        if not 0 <= instance - at * draws < draws:
            raise StudyError(f"draws of {self.sweep.name} go from 0 to {draws - 1}, not {draw}")
        players = self.sweep.club.candidates
        frame = self.query(
            "SELECT mask, country, welfare, income_musd, status, residual FROM rows "
            f"WHERE scenario // {self.clubs} = {instance} ORDER BY mask"
        )
        frame = frame[frame["country"].isin(players)]
        if len(frame) != self.clubs * len(players):
            raise StudyError(f"{self.sweep.name} is not finished; run it again to go on")
        welfare = frame.pivot(index="mask", columns="country", values="welfare")[list(players)]
        one = frame[frame["country"] == players[0]]
        income = frame.drop_duplicates("country").set_index("country")["income_musd"]
        return Game.from_welfare(
            players=players,
            countries=players,
            welfare=welfare.to_numpy(np.float64),
            income=income.loc[list(players)].to_numpy(np.float64),
            solved=(one["status"] == "solved").to_numpy(),
            residual=one["residual"].to_numpy(np.float64),
        )

    def _point(self, given: Mapping[str, Any]) -> int:
        """Return the number of the one grid point that has the given values."""
        known = dimensions(self.sweep)
        for name in given:
            if name not in known:
                raise StudyError(unknown("dimension", name, known))
        found = [
            k
            for k, point in enumerate(self.sweep.points)
            if all(_same(getattr(point, name), value) for name, value in given.items())
        ]
        if len(found) == 1:
            return found[0]
        varied = [n for n in known if len(getattr(self.sweep.grid, n)) > 1]
        raise StudyError(
            f"{len(found)} grid points of {self.sweep.name} match {dict(given)}; "
            f"its dimensions are {', '.join(varied) or 'none: leave them out'}"
        )


def _same(held: Any, given: Any) -> bool:
    return bool(held == given or str(held) == str(given))


def read_sweep(folder: str | Path, storage: Mapping[str, Any] | None = None) -> SweepResult:
    """Return a sweep from its folder (or URL), without solving anything.

    Parameters
    ----------
    folder : str or Path
        The sweep's own folder, such as ``out/caspian-draws``.
    storage : mapping, optional
        Passed to fsspec.

    Returns
    -------
    SweepResult

    Raises
    ------
    StudyError
        If there is no sweep.
    """
    home = place_of(folder, storage)
    held = home.read("sweep.json")
    if held is None:
        raise StudyError(f"no sweep at {home.url}: there is no sweep.json")
    about = json.loads(held)
    return SweepResult(
        sweep=Sweep.model_validate(about["sweep"]),
        home=home,
        rows=home.at(about["rows"]),
        scenarios=about["scenarios"],
        solves=about["solves"],
        clubs=about["clubs"],
        countries=tuple(about["countries"]),
    )
