"""The sample of the gegravity package: 30 economies, one sector, 2006, as a one-sector World.

May import hansa.errors, the World and ``sources.base``. Data: Yotov, Piermartini, Monteiro &
Larch (2016, An Advanced Guide to Trade Policy Analysis), distributed with gegravity (MIT).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sources.base import find_file, verify
from hansa.world.world import EVIDENCE, World

__all__ = [
    "COEFFICIENTS", "GravitySample", "checksum", "fetch", "load_world", "modelled_trade", "tidy",
]  # fmt: skip

Array = np.ndarray

FILE = "replication/gegravity/sample_data_set.dlm"
CHECKSUM = "9a81286e50bc05e681a265929c1474dc9bb11812c689ce9b76f1bb629f723f13"

#: Gravity estimates printed with the package's example; trade costs to the power -theta are
#: exp(sum of coefficient times covariate).
COEFFICIENTS = {
    "lndist": -0.3898623,
    "contiguity": 0.891577,
    "common_language": 0.0326249,
    "pta": 0.4711383,
    "international": -3.412584,
}


@dataclass(frozen=True, eq=False)
class GravitySample:
    """The sample as matrices; rows are importers, columns exporters.

    Attributes
    ----------
    year : int
    countries : tuple of str
        ISO3, sorted.
    trade : (N, N) array, million USD
        Observed; domestic sales on the diagonal.
    output, expenditure : (N,) arrays, million USD
        As printed; they are not the margins of `trade`.
    covariates : mapping of str to (N, N) array
        ``pta``, ``contiguity``, ``common_language``, ``lndist``, ``international``.
    """

    year: int
    countries: tuple[str, ...]
    trade: Float[Array, "n n"]
    output: Float[Array, " n"]
    expenditure: Float[Array, " n"]
    covariates: Mapping[str, Array]


def fetch(path: str | Path) -> Path:
    """Return the sample's path, given it or the folder of raw tables."""
    return find_file(path, FILE) if Path(path).is_dir() else find_file("", str(path))


def checksum(path: Path) -> Path:
    """Return `path` if the file is the one Hansa was tested with, else raise DataError."""
    return verify(path, CHECKSUM)


def tidy(path: str | Path) -> GravitySample:
    """Return the sample as matrices.

    Raises
    ------
    DataError
        If the file is missing, or does not hold every pair of countries once.
    """
    with open(fetch(path), newline="") as file:
        rows = list(csv.DictReader(file))
    countries = tuple(sorted({row["importer"] for row in rows}))
    n = len(countries)
    place = {c: k for k, c in enumerate(countries)}
    pairs = {(row["importer"], row["exporter"]) for row in rows}
    if len(rows) != n * n or len(pairs) != n * n or not {c for _, c in pairs} <= set(place):
        raise DataError(f"{FILE} must hold each pair of its {n} countries once")
    at = ([place[row["importer"]] for row in rows], [place[row["exporter"]] for row in rows])

    def matrix(column: str) -> Array:
        values = np.zeros((n, n))
        values[at] = [float(row[column]) for row in rows]
        return values

    return GravitySample(
        year=int(rows[0]["year"]),
        countries=countries,
        trade=matrix("trade"),
        output=matrix("Y")[0],
        expenditure=matrix("E")[:, 0],
        covariates={name: matrix(name) for name in COEFFICIENTS},
    )


def modelled_trade(
    sample: GravitySample, coefficients: Mapping[str, float] = COEFFICIENTS
) -> Float[Array, "n n"]:
    """Return structural-gravity trade, importers in rows, million USD.

    The flow that has the trade costs of the coefficients, each importer's expenditure, and each
    exporter's output scaled so that the world sells what it buys.

    References
    ----------
    Anderson & van Wincoop (2003, American Economic Review 93, 170-192).
    """
    power = sum(b * np.asarray(sample.covariates[name]) for name, b in coefficients.items())
    flow = np.exp(power)
    buys = sample.expenditure
    sells = sample.output * (buys.sum() / sample.output.sum())
    for _ in range(10_000):
        flow = flow * (buys / flow.sum(axis=1))[:, None]
        flow = flow * (sells / flow.sum(axis=0))
        if np.max(np.abs(flow.sum(axis=1) / buys - 1)) < 1e-14:
            return flow
    raise DataError("gravity flows did not meet output and expenditure")


def load_world(path: str | Path, trade_elasticity: float = 4.0) -> World:
    """Return the one-sector World of the package's example.

    Parameters
    ----------
    path : path
        The ``.dlm`` file, or the folder of raw tables.
    trade_elasticity : float
        theta = sigma - 1; the example has sigma = 5.

    Returns
    -------
    World
        30 economies, sector ``goods``, no inputs; trade is `modelled_trade`, as in the package.
    """
    sample = tidy(path)
    n = len(sample.countries)
    return World.from_flows(
        name="gegravity",
        year=sample.year,
        countries=sample.countries,
        sectors=("goods",),
        expenditure=modelled_trade(sample)[:, :, None],
        value_added_share=np.ones((n, 1)),
        input_share=np.zeros((n, 1, 1)),
        trade_elasticity=np.array([trade_elasticity]),
        evidence=np.full((n, n, 1), EVIDENCE.index("modelled"), dtype=np.int8),
        meta={
            "sector_names": {"goods": "All goods"},
            "sources": ["Sample data of gegravity (MIT), from Yotov et al. (2016)"],
        },
    )
