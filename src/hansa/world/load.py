"""The one door through which a World is opened by name or by path.

May import hansa.errors and the World. Embedded tables lie in ``hansa/world/data``.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from hansa.errors import DataError, unknown
from hansa.world.world import World

__all__ = ["DEFAULT_WORLD", "embedded_worlds", "load_world"]

DEFAULT_WORLD = "world-2015"

#: What a table's name may end in; anything else is the name of an embedded world.
SUFFIXES = (".parquet", ".csv")


def embedded_worlds() -> tuple[str, ...]:
    """Return the names of the worlds that ship with Hansa."""
    return tuple(sorted(p.stem for p in _folder().glob("*.parquet")))


def load_world(name_or_path: str | Path = DEFAULT_WORLD) -> World:
    """Return a World, by the name of an embedded one or by the path of a table.

    Parameters
    ----------
    name_or_path : str or path
        A name of `embedded_worlds`, or the path of a long Parquet or CSV file
        (see `hansa.world.table`).

    Returns
    -------
    World
        The same object each time, as long as the file does not change.

    Raises
    ------
    DataError
        If there is no such world (names the nearest), or the table is refused.

    Examples
    --------
    >>> load_world().country("IRN") >= 0
    True
    """
    path = Path(name_or_path)
    if path.suffix.lower() not in SUFFIXES:
        if str(name_or_path) not in embedded_worlds():
            hint = "(for a table of your own give a path that ends in .parquet or .csv)"
            raise DataError(unknown("world", str(name_or_path), embedded_worlds(), hint))
        path = _folder() / f"{name_or_path}.parquet"
    if not path.is_file():
        raise DataError(f"no such table: {str(path)!r}")
    return _read(path.resolve(), _stamp(path))


def _folder() -> Path:
    return Path(str(resources.files("hansa.world") / "data"))


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when the table, or what lies beside it, is written again."""
    files = [p for p in (path, path.with_suffix(".json")) if p.is_file()]
    return tuple(n for p in files for n in (p.stat().st_mtime_ns, p.stat().st_size))


@lru_cache(maxsize=8)
def _read(path: Path, stamp: tuple[int, ...]) -> World:
    return World.read(path)
