"""The catalogue: a DuckDB file of runs and of every solved scenario by the hash of its content.

May import ``hansa.errors``. It is an index: the rows themselves are in the parts. It is opened for
an instant at a time, so that several sweeps can share one, and a run that is killed leaves it
as it was after its last transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from hansa.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

#: Seconds to wait for another program that has the catalogue open.
PATIENCE = 60.0

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    folder VARCHAR PRIMARY KEY, name VARCHAR, title VARCHAR, plan VARCHAR, world VARCHAR,
    countries VARCHAR[], scenarios BIGINT, solves BIGINT, failed BIGINT,
    started TIMESTAMPTZ, finished TIMESTAMPTZ, hansa VARCHAR, sweep VARCHAR
);
CREATE TABLE IF NOT EXISTS solves (hash VARCHAR, folder VARCHAR, part VARCHAR);
"""


@dataclass(frozen=True)
class RunEntry:
    """What the catalogue holds of a run; `folder` is where its rows are."""

    folder: str
    name: str
    title: str
    plan: str
    world: str
    countries: tuple[str, ...]
    scenarios: int
    solves: int
    hansa: str
    sweep: str


class Catalogue:
    """Runs and solved scenarios.

    Parameters
    ----------
    path : Path
        Of the DuckDB file, made if needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        begin = time.monotonic()
        while True:
            try:
                connection = duckdb.connect(str(self.path))
                break
            except duckdb.IOException as error:
                if "lock" not in str(error).lower() or time.monotonic() - begin > PATIENCE:
                    raise StudyError(f"cannot open the catalogue {self.path}: {error}") from error
                time.sleep(0.05)
        try:
            connection.execute(_TABLES)
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # what was not committed is rolled back

    def begin(self, run: RunEntry) -> None:
        """Enter a run, or enter it again; what is known of its solves stays."""
        with self._open() as db:
            db.execute("DELETE FROM runs WHERE folder = ?", [run.folder])
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, now(), NULL, ?, ?)",
                [
                    run.folder, run.name, run.title, run.plan, run.world, list(run.countries),
                    run.scenarios, run.solves, run.hansa, run.sweep,
                ],
            )  # fmt: skip

    def finish(self, folder: str, failed: int) -> None:
        """Say that a run is complete, and how many of its scenarios were not solved."""
        with self._open() as db:
            db.execute(
                "UPDATE runs SET finished = now(), failed = ? WHERE folder = ?", [failed, folder]
            )

    def add(self, folder: str, parts: Mapping[str, Sequence[str]]) -> None:
        """Enter the keys of the solves of some parts; entering a part again replaces it."""
        names = [name for name, keys in parts.items() for _ in keys]
        hashes = [key for keys in parts.values() for key in keys]
        entries = pa.table({"hash": hashes, "part": names})
        with self._open() as db:
            db.execute(
                "DELETE FROM solves WHERE folder = ? AND list_contains(?, part)",
                [folder, list(parts)],
            )
            db.register("entries", entries)
            db.execute("INSERT INTO solves SELECT hash, ?, part FROM entries", [folder])

    def parts(self, folder: str) -> set[str]:
        """Return the parts of a run that are entered."""
        with self._open() as db:
            rows = db.execute("SELECT DISTINCT part FROM solves WHERE folder = ?", [folder])
            return {str(row[0]) for row in rows.fetchall()}

    def forget(self, folder: str, parts: Sequence[str]) -> None:
        """Take out parts whose files are gone."""
        with self._open() as db:
            db.execute(
                "DELETE FROM solves WHERE folder = ? AND list_contains(?, part)",
                [folder, list(parts)],
            )

    def others(self, folder: str, countries: Sequence[str]) -> list[str]:
        """Return the folders of other runs that keep all of these countries."""
        with self._open() as db:
            rows = db.execute(
                "SELECT folder FROM runs WHERE folder <> ? AND list_has_all(countries, ?)",
                [folder, list(countries)],
            )
            return [str(row[0]) for row in rows.fetchall()]

    def find(self, keys: Sequence[str], folders: Sequence[str]) -> dict[tuple[str, str], list[str]]:
        """Return where solves are held: their keys by folder and part, each key once."""
        if not folders:
            return {}
        asked = pa.table({"hash": pa.array(keys, pa.string())})
        with self._open() as db:
            db.register("asked", asked)
            rows = db.execute(
                "SELECT hash, min((folder, part)) FROM solves SEMI JOIN asked USING (hash) "
                "WHERE list_contains(?, folder) GROUP BY hash ORDER BY hash",
                [list(folders)],
            ).fetchall()
        found: dict[tuple[str, str], list[str]] = {}
        for key, (folder, part) in rows:
            found.setdefault((folder, part), []).append(key)
        return found

    def runs(self) -> pd.DataFrame:
        """Return one row per run: name, folder, sizes, how many are solved, when."""
        with self._open() as db:
            return db.execute(
                "SELECT name, title, world, scenarios, solves, count(hash) AS solved, failed, "
                "started, finished, folder, plan FROM runs LEFT JOIN solves USING (folder) "
                "GROUP BY ALL ORDER BY started"
            ).df()


def default_path(folder: str, is_local: bool) -> Path:
    """Return where the catalogue is: beside the folders of local sweeps, else in a cache."""
    if is_local:
        return Path(folder) / "catalogue.duckdb"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "hansa" / "catalogue.duckdb"
