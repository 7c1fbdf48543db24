"""WIOD, release 2013: the inter-country table of 41 economies x 35 industries, 2011.

May import hansa.errors, the World and its sibling sources. Source: Timmer, Dietzenbacher, Los,
Stehrer & de Vries (2015, Review of International Economics 23, 575-605). CC-BY 4.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sources.base import find_file, verify
from hansa.world.sources.rdata import read_rdata
from hansa.world.world import EVIDENCE, World

__all__ = ["FINAL_USES", "INDUSTRIES", "Wiod2013", "checksum", "fetch", "load_world", "tidy"]

Array = np.ndarray

FILE = "io/wiod2013_wiot_2011.RData"
CHECKSUM = "8345949612ef0ed824e4e07e140b0ce0b4c77a758975116544a2db660560efb0"

#: Codes and names of the 35 industries (NACE rev. 1), in the order of the file.
INDUSTRIES = {
    "c1": "Agriculture, hunting, forestry and fishing",
    "c2": "Mining and quarrying",
    "c3": "Food, beverages and tobacco",
    "c4": "Textiles and textile products",
    "c5": "Leather and footwear",
    "c6": "Wood and products of wood and cork",
    "c7": "Pulp, paper, printing and publishing",
    "c8": "Coke, refined petroleum and nuclear fuel",
    "c9": "Chemicals and chemical products",
    "c10": "Rubber and plastics",
    "c11": "Other non-metallic minerals",
    "c12": "Basic metals and fabricated metal",
    "c13": "Machinery, not elsewhere classified",
    "c14": "Electrical and optical equipment",
    "c15": "Transport equipment",
    "c16": "Manufacturing not elsewhere classified; recycling",
    "c17": "Electricity, gas and water supply",
    "c18": "Construction",
    "c19": "Sale, maintenance and repair of motor vehicles; retail sale of fuel",
    "c20": "Wholesale trade and commission trade",
    "c21": "Retail trade; repair of household goods",
    "c22": "Hotels and restaurants",
    "c23": "Inland transport",
    "c24": "Water transport",
    "c25": "Air transport",
    "c26": "Other transport activities; travel agencies",
    "c27": "Post and telecommunications",
    "c28": "Financial intermediation",
    "c29": "Real estate activities",
    "c30": "Renting of machinery and other business activities",
    "c31": "Public administration and defence; compulsory social security",
    "c32": "Education",
    "c33": "Health and social work",
    "c34": "Other community, social and personal services",
    "c35": "Private households with employed persons",
}

COUNTRY_NAMES = {
    "AUS": "Australia", "AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "BRA": "Brazil",
    "CAN": "Canada", "CHN": "China", "CYP": "Cyprus", "CZE": "Czechia", "DEU": "Germany",
    "DNK": "Denmark", "ESP": "Spain", "EST": "Estonia", "FIN": "Finland", "FRA": "France",
    "GBR": "United Kingdom", "GRC": "Greece", "HUN": "Hungary", "IDN": "Indonesia",
    "IND": "India", "IRL": "Ireland", "ITA": "Italy", "JPN": "Japan", "KOR": "South Korea",
    "LTU": "Lithuania", "LUX": "Luxembourg", "LVA": "Latvia", "MEX": "Mexico", "MLT": "Malta",
    "NLD": "Netherlands", "POL": "Poland", "PRT": "Portugal", "ROU": "Romania", "RUS": "Russia",
    "SVK": "Slovakia", "SVN": "Slovenia", "SWE": "Sweden", "TUR": "Turkey", "TWN": "Taiwan",
    "USA": "United States", "ROW": "Rest of the world",
}  # fmt: skip

FINAL_USES = ("households", "nonprofit", "government", "investment", "inventories")

#: The file's codes that are not ISO3.
RENAMED = {"ROM": "ROU", "RoW": "ROW"}


@dataclass(frozen=True, eq=False)
class Wiod2013:
    """The inter-country table as published, million USD at basic prices.

    Rounded to whole millions by its publisher, so that sales differ from output by up to 108
    million in a row.

    Attributes
    ----------
    year : int
    countries : tuple of str
        ISO3 codes, and ROW.
    industries : tuple of str
        ``c1`` to ``c35``; names in ``INDUSTRIES``.
    intermediate : (N, K, N, J) array
        ``[i, k, n, j]``: product k made in i used by industry j of n.
    final : (N, K, N, 5) array
        ``[i, k, n, use]``: product k made in i bought by n for each of ``FINAL_USES``.
        Inventory changes may be negative.
    output : (N, J) array
    """

    year: int
    countries: tuple[str, ...]
    industries: tuple[str, ...]
    intermediate: Float[Array, "n k n k"]
    final: Float[Array, "n k n use"]
    output: Float[Array, "n k"]

    @cached_property
    def total_use(self) -> Float[Array, "n k k"]:
        """``[n, k, j]``: use of product k of any origin by industry j of n, million USD."""
        return self.intermediate.sum(axis=0).transpose(1, 0, 2)

    @cached_property
    def final_use(self) -> Float[Array, "n k use"]:
        """``[n, k, use]``: final use in n of product k of any origin, million USD."""
        return self.final.sum(axis=0).transpose(1, 0, 2)

    @cached_property
    def expenditure(self) -> Float[Array, "n n k"]:
        """``[n, i, k]``: all use in n of product k made in i, million USD."""
        return _expenditure(self.intermediate, self.final)

    @cached_property
    def value_added(self) -> Float[Array, "n k"]:
        """Output less inputs: value added, taxes on products and transport margins."""
        return self.output - self.total_use.sum(axis=1)


def fetch(path: str | Path) -> Path:
    """Return the table's path, given it or the folder of raw tables."""
    return find_file(path, FILE) if Path(path).is_dir() else find_file("", str(path))


def checksum(path: Path) -> Path:
    """Return `path` if the file is the one Hansa was built from, else raise DataError."""
    return verify(path, CHECKSUM)


def tidy(path: str | Path) -> Wiod2013:
    """Return the table with its axes named.

    Parameters
    ----------
    path : path
        The ``.RData`` file, or the folder of raw tables that holds ``io/``.

    Returns
    -------
    Wiod2013

    Raises
    ------
    DataError
        If the file is missing, is not R data, or its parts do not fit together.
    """
    file = fetch(path)
    # The table of another year, given by its own path, is welcome; ours must be ours.
    table = _table(checksum(file) if Path(path).is_dir() else file)
    countries = tuple(RENAMED.get(c, c) for c in map(str, table["countries"]))
    industries = tuple(map(str, table["industries"]))
    n, k = len(countries), len(industries)
    return Wiod2013(
        year=int(np.ravel(table["year"])[0]),
        countries=countries,
        industries=industries,
        intermediate=_array(table, "inter", (n, k, n, k)),
        final=_array(table, "final", (n, k, n, len(FINAL_USES))),
        output=_array(table, "output", (n, k)),
    )


def load_world(path: str | Path, trade_elasticity: float | Array = 5.0) -> World:
    """Return a balanced World from the table.

    Final uses below zero (drawing down of inventories, and six entries of investment) are set
    to zero, that is, taken as made in the same year; output is then recomputed through the
    Leontief inverse with the table's own input coefficients, so that every identity holds.

    Parameters
    ----------
    path : path
        The ``.RData`` file, or the folder of raw tables.
    trade_elasticity : float or (35,) array
        theta > 0; the same for all industries if a number.

    Returns
    -------
    World
        41 economies, 35 sectors, million USD; ``meta["balancing"]`` has the size of the change.

    References
    ----------
    Costinot & Rodriguez-Clare (2014, Handbook of International Economics 4, ch. 4), appendix.
    """
    table = tidy(path)
    n, k = table.output.shape
    theta = np.broadcast_to(np.asarray(trade_elasticity, dtype=np.float64), (k,))
    made = np.where(table.output > 0, table.output, 1.0)
    coefficient = (table.intermediate / made).reshape(n * k, n * k)
    final = np.maximum(table.final, 0.0)
    # A linear solve, not an inverse; output >= 0 because the coefficients are an M-matrix's.
    sales = final.sum(axis=(2, 3)).ravel()
    output = np.linalg.solve(np.eye(n * k) - coefficient, sales)
    use = (coefficient * output).reshape(n, k, n, k)
    input_share = coefficient.reshape(n, k, n, k).sum(axis=0).transpose(1, 0, 2)
    return World.from_flows(
        name=f"wiod-{table.year}",
        year=table.year,
        countries=table.countries,
        sectors=table.industries,
        expenditure=np.maximum(_expenditure(use, final), 0.0),
        value_added_share=1 - input_share.sum(axis=1),
        input_share=input_share,
        trade_elasticity=theta,
        evidence=np.full((n, n, k), EVIDENCE.index("derived"), dtype=np.int8),
        meta={
            "sector_names": {c: INDUSTRIES.get(c, c) for c in table.industries},
            "country_names": {c: COUNTRY_NAMES.get(c, c) for c in table.countries},
            "sources": ["World Input-Output Database, release 2013 (CC-BY 4.0)"],
            "balancing": {
                "rule": "negative final use set to zero, output through the Leontief inverse",
                "negative_musd": float(np.minimum(table.final, 0.0).sum()),
                "output_change": float(output.sum() / table.output.sum() - 1),
            },
        },
    )


def _expenditure(
    intermediate: Float[Array, "n k n k"], final: Float[Array, "n k n use"]
) -> Float[Array, "n n k"]:
    return (intermediate.sum(axis=3) + final.sum(axis=3)).transpose(2, 0, 1)


def _table(path: Path) -> dict[str, Any]:
    """Return the one saved object that has the parts of an inter-country table."""
    needed = {"year", "countries", "industries", "inter", "final", "output"}
    saved = read_rdata(path)
    for table in saved.values() if isinstance(saved, dict) else ():
        if isinstance(table, dict) and needed <= table.keys():
            return table
    raise DataError(f"{path.name} holds no inter-country table (a list of {sorted(needed)})")


def _array(table: dict[str, Any], part: str, shape: tuple[int, ...]) -> Array:
    values = np.asarray(table[part], dtype=np.float64)
    if values.size != np.prod(shape) or not np.isfinite(values).all():
        raise DataError(f"part {part!r} has {values.size} numbers, expected {shape}, all finite")
    return values.reshape(shape)
