"""Trade elasticities by GTAP sector, of Fontagne, Guimbard & Orefice.

May import only ``hansa.errors`` and ``hansa.world.sources.base``. Source: Fontagne, Guimbard &
Orefice (2022, J. International Economics 137, 103593), tariff-based product-level elasticities.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hansa.errors import DataError
from hansa.world.sources import base

FILE = "gravity/fontagne_elasticities_gtap.dta"
SHA256 = "3a5f314166aae1fb2cf1e2d553a240300a791309fc080eb17dcec02a1aa6a98b"
#: The label the file gives the column, on which the sign below rests.
LABEL = "Trade elasticity"


def fetch(folder: str | Path) -> Path:
    """Return the path of the file; raises DataError if it is not there."""
    return base.find_file(folder, FILE)


def checksum(path: str | Path) -> Path:
    """Return `path` if it is the version this parser was written for, else raise DataError."""
    return base.verify(path, SHA256)


def tidy(folder: str | Path) -> pd.Series:
    """Return theta > 0 by GTAP sector; NaN where the authors have no estimate.

    The file's ``epsilon_GTAP``, labelled "Trade elasticity", is the response of trade to one plus
    the tariff, below zero; theta is minus it. The file holds no standard errors.

    Returns
    -------
    Series
        Index: GTAP sector; values: theta.

    Raises
    ------
    DataError
        If the file is missing, is another version, or an elasticity is not below zero.
    """
    path = checksum(fetch(folder))
    raw = pd.read_stata(path)
    with pd.io.stata.StataReader(path) as reader:
        label = reader.variable_labels()["epsilon_GTAP"]
    if label != LABEL:
        raise DataError(f"{FILE}: column epsilon_GTAP is labelled {label!r}, expected {LABEL!r}")
    epsilon = raw.set_index("gtap_sector")["epsilon_GTAP"].astype(float)
    if (epsilon > 0).any():
        worst = str(epsilon.idxmax())
        raise DataError(f"{FILE}: elasticity of {worst} is {epsilon[worst]:.3g}, expected < 0")
    return (-epsilon).rename("theta").sort_index()
