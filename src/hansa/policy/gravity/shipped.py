"""The estimates that ship: written by ``hansa gravity --write`` alone, read by everyone.

May import ``hansa.errors`` and ``hansa.policy.ave``. The file is ``data/estimates.json``; it
carries the digests of the tables and of the episodes it was made from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.policy.episodes import load_episodes

Array = np.ndarray

__all__ = ["ColumnEstimate", "Estimates", "forget", "load_estimates", "registry_digest", "to_text"]

NAME = "estimates.json"


@dataclass(frozen=True, eq=False)
class ColumnEstimate:
    """One column of the table.

    Attributes
    ----------
    title, sample : str
    terms : tuple of K str
    beta, se, se_twoway : (K,) arrays
        Log points; errors clustered by pair, and by exporter and importer.
    effects, absorbed : tuple of str
        Fixed effects; regressors of which they leave nothing.
    n, zeros, clusters, steps : int
    pseudo_r2 : float
    left_out : dict
        Reason to the number of observations dropped.
    """

    title: str
    sample: str
    terms: tuple[str, ...]
    beta: Float[Array, " k"]
    se: Float[Array, " k"]
    se_twoway: Float[Array, " k"]
    effects: tuple[str, ...]
    absorbed: tuple[str, ...]
    n: int
    zeros: int
    clusters: int
    steps: int
    pseudo_r2: float
    left_out: dict[str, int]


@dataclass(frozen=True, eq=False)
class Estimates:
    """All columns, and what they were made from.

    Attributes
    ----------
    columns : dict of ColumnEstimate
    main_column : str
        The one that effects are taken from.
    vcov : (K, K) array
        Of the main column, clustered by pair.
    wild, bayes : (K, 2) arrays
        5th and 95th percentile of the main column's coefficients in the two bootstraps.
    draws : int
        Of each bootstrap.
    mix : dict
        Strength class to its share in its regressor, over flows whose coverage changes.
    changing : dict
        Regressor to the number of ordered pairs whose coverage changes between the years.
    constant : dict
        Regressor to the pairs (``exporter-importer``) covered alike in all years.
    notes : tuple of str
        About the sample.
    command : str
    years : tuple of int
    sources : dict
        Raw file to its SHA-256.
    registry : str
        Digest of the episodes in force on 1 July of the years.
    """

    columns: dict[str, ColumnEstimate]
    main_column: str
    vcov: Float[Array, "k k"]
    wild: Float[Array, "k 2"]
    bayes: Float[Array, "k 2"]
    draws: int
    mix: dict[str, float]
    changing: dict[str, int]
    constant: dict[str, list[str]]
    notes: tuple[str, ...]
    command: str
    years: tuple[int, ...]
    sources: dict[str, str]
    registry: str

    @property
    def main(self) -> ColumnEstimate:
        """The column that effects are taken from."""
        return self.columns[self.main_column]


def registry_digest(years: tuple[int, ...]) -> str:
    """Return the SHA-256 of what the registry has in force on 1 July of some years."""
    days = [dt.date(year, 7, 1) for year in years]
    lines = sorted(
        f"{day} {e.id} {e.sender} {e.target} {e.type} {e.reach} {e.strength} "
        + " ".join(e.sector_codes)
        for e in load_episodes()
        for day in days
        if e.in_force(day) and e.strength != "none"
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def to_text(found: Estimates) -> str:
    """Return the file's text: JSON, floats to the last bit."""
    raw = asdict(found)
    return json.dumps(raw, indent=1, default=_plain, ensure_ascii=False) + "\n"


def load_estimates(path: str | Path | None = None) -> Estimates:
    """Return the estimates that ship, or those in a file.

    Raises
    ------
    DataError
        If the file is missing or lacks a key.
    """
    return _shipped() if path is None else _read(Path(path).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _shipped() -> Estimates:
    file = resources.files("hansa.policy") / "data" / NAME
    if not file.is_file():
        raise DataError(f"{NAME} is missing: make it with `hansa gravity --write`")
    return _read(file.read_text(encoding="utf-8"))


def forget() -> None:
    """Read what ships again at the next call: it was renewed."""
    _shipped.cache_clear()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"not for JSON: {type(value)}")


def _read(text: str) -> Estimates:
    raw: Mapping[str, Any] = json.loads(text)
    missing = {f.name for f in fields(Estimates)} - set(raw)
    if missing:
        raise DataError(f"{NAME} lacks {sorted(missing)[0]!r}: renew it, `hansa gravity --write`")
    columns = {name: ColumnEstimate(**_typed(c)) for name, c in raw["columns"].items()}
    return Estimates(**{**_typed(raw), "columns": columns})


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    arrays = {"beta", "se", "se_twoway", "vcov", "wild", "bayes"}
    tuples = {"terms", "effects", "absorbed", "notes", "years"}
    return {
        key: np.array(value, dtype=np.float64)
        if key in arrays
        else tuple(value)
        if key in tuples
        else value
        for key, value in row.items()
    }
