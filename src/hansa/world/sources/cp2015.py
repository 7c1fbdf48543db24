"""Caliendo & Parro's (2015) original text files: 31 economies, 40 sectors, flows of 1993.

May import hansa.errors, the World and ``sources.base``. The steps follow the authors' own
script: Caliendo & Parro (2015, REStud 82, 1-44), doi:10.1093/restud/rdu035.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int8

from hansa.errors import DataError, unknown
from hansa.world.sources.base import find_file, verify
from hansa.world.world import World

__all__ = ["CpParts", "checksum", "fetch", "load_parts", "load_world", "tariffs", "tidy"]

Array = np.ndarray

#: Rows and columns of the authors' files, in their order.
COUNTRY_NAMES = {
    "ARG": "Argentina", "AUS": "Australia", "AUT": "Austria", "BRA": "Brazil", "CAN": "Canada",
    "CHL": "Chile", "CHN": "China", "DNK": "Denmark", "FIN": "Finland", "FRA": "France",
    "DEU": "Germany", "GRC": "Greece", "HUN": "Hungary", "IND": "India", "IDN": "Indonesia",
    "IRL": "Ireland", "ITA": "Italy", "JPN": "Japan", "KOR": "South Korea", "MEX": "Mexico",
    "NLD": "Netherlands", "NZL": "New Zealand", "NOR": "Norway", "PRT": "Portugal",
    "ZAF": "South Africa", "ESP": "Spain", "SWE": "Sweden", "TUR": "Turkey",
    "GBR": "United Kingdom", "USA": "United States", "ROW": "Rest of the world",
}  # fmt: skip
COUNTRIES = tuple(COUNTRY_NAMES)

SECTORS = {
    "agriculture": "Agriculture", "mining": "Mining", "food": "Food", "textile": "Textile",
    "wood": "Wood", "paper": "Paper", "petroleum": "Petroleum", "chemicals": "Chemicals",
    "plastic": "Plastic", "minerals": "Minerals", "basic_metals": "Basic metals",
    "metal_products": "Metal products", "machinery": "Machinery n.e.c.", "office": "Office",
    "electrical": "Electrical", "communication": "Communication", "medical": "Medical",
    "auto": "Auto", "other_transport": "Other transport", "other": "Other",
    "electricity": "Electricity", "construction": "Construction", "retail": "Retail",
    "hotels": "Hotels", "land_transport": "Land transport", "water_transport": "Water transport",
    "air_transport": "Air transport", "aux_transport": "Auxiliary transport", "post": "Post",
    "finance": "Finance", "real_estate": "Real estate", "renting": "Renting of machinery",
    "computer": "Computer", "research": "Research", "other_business": "Other business",
    "public": "Public", "education": "Education", "health": "Health",
    "other_services": "Other services", "private": "Private households",
}  # fmt: skip

#: The first so many sectors are traded; theta of the others is 8.22, as the authors set it.
TRADED = 20
THETA_NONTRADED = 8.22

#: USD and percent in the files; million USD and rates here.
MILLION = 1e6

CHECKSUMS = {
    "B.txt": "ab6f6686938468052112aeb69a9ece4005e3991faa54a6075994f3e4a28c032f",
    "GO.txt": "ee6b27f50bde6f79cf275fe8037dd92be7a3fa4feda7b9ea89278b53a5d8b151",
    "IO.txt": "844447e2b9db61b91aa64786d4a4dace1553f4c4c240174a9235a76a4b8ce05e",
    "T.txt": "0e9daba39ed0a13bad5e516e459de221d2720f18f791823b8a9e62e8df61c6e8",
    "tariffs1993.txt": "f6824dac7831dbf0bffc2a1c2ff2c37292ef59eec10b9d67fbfb8f5bd1eeb506",
    "tariffs2005.txt": "75f6c5113bb07e2e7c1d5ba3ff9f36b3c51491850ead998b60558e30e7ed90c8",
    "xbilat1993.txt": "dcc0ae3a5b21ebc8e3c864df7e097da9bdbdf6a661ed6fc92d95aa25dc65a116",
}


@dataclass(frozen=True, eq=False)
class CpParts:
    """What the authors' script computes from their files before it solves anything.

    The parts are not one balanced table: where output falls short of input use the authors set
    final demand to zero and rescale (see `negative_final`), so the baseline holds only once the
    model has been re-solved, with deficits at zero in the paper.

    Attributes
    ----------
    countries, sectors : tuple of str
        31 and 40 codes; the first 20 sectors are traded.
    expenditure : (N, N, J) array, million USD
        Destination, origin, sector; tariff included; domestic sales on the diagonal.
    trade_share : (N, N, J) array
        pi; sums to one over origins.
    tariff : (N, N, J) array, rate
        Of the chosen year; zero for nontraded sectors.
    output : (N, J) array, million USD
        Gross output, raised to exports where the files have less.
    value_added_share : (N, J) array, share of cost
    input_share : (N, J, J) array, share of cost
        ``input_share[n, k, j]``: input k in sector j; with value added sums to one exactly.
    final_share : (N, J) array
        alpha, with negative entries at zero and the rest rescaled, as in the paper.
    negative_final : (N, J) array, million USD
        The negative final demand that was set to zero.
    value_added, deficit : (N,) arrays, million USD
        w_n L_n, and imports minus exports.
    trade_elasticity : (J,) array
        theta > 0.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    expenditure: Float[Array, "n n j"]
    trade_share: Float[Array, "n n j"]
    tariff: Float[Array, "n n j"]
    output: Float[Array, "n j"]
    value_added_share: Float[Array, "n j"]
    input_share: Float[Array, "n j j"]
    final_share: Float[Array, "n j"]
    negative_final: Float[Array, "n j"]
    value_added: Float[Array, " n"]
    deficit: Float[Array, " n"]
    trade_elasticity: Float[Array, " j"]


def fetch(folder: str | Path) -> dict[str, Path]:
    """Return the path of each of the seven files in `folder`; DataError names a missing one."""
    return {name: find_file(folder, name) for name in CHECKSUMS}


def checksum(paths: dict[str, Path]) -> dict[str, Path]:
    """Return `paths` if the files are the ones Hansa was tested with, else raise DataError."""
    return {name: verify(path, CHECKSUMS[name]) for name, path in paths.items()}


def tidy(folder: str | Path, tariff_year: int = 1993) -> CpParts:
    """Return the parts of the model as the authors compute them; see `load_parts`."""
    return load_parts(folder, tariff_year)


def load_parts(folder: str | Path, tariff_year: int = 1993) -> CpParts:
    """Return trade shares, cost shares, final shares, value added and deficits of 1993.

    Parameters
    ----------
    folder : path
        Holds ``xbilat1993.txt`` and its six companions.
    tariff_year : {1993, 2005}
        Tariffs by which the flows of 1993 (net of tariffs) are raised to expenditure. The
        paper uses 1993; see `tariffs` for those of 2005.

    Returns
    -------
    CpParts

    Raises
    ------
    DataError
        If a file is missing or is not of the expected shape.

    References
    ----------
    Caliendo & Parro (2015), section 5 and the authors' script of the base year.
    """
    n, j = len(COUNTRIES), len(SECTORS)
    rate = tariffs(folder, tariff_year)
    flow = np.zeros((n, n, j))
    flow[:, :, :TRADED] = _stacked(folder, "xbilat1993.txt") * 1e3 / MILLION
    exports = flow.sum(axis=0)
    output = np.maximum(_matrix(folder, "GO.txt", (j, n)).T / MILLION, exports)
    own = np.arange(n)
    flow[own, own, :] += output - exports
    expenditure = flow * (1 + rate)
    spending = expenditure.sum(axis=1)
    va_share, input_share = _cost_shares(folder)
    final = spending - np.einsum("nkj,nj->nk", input_share, output)
    positive = np.maximum(final, 0.0)
    return CpParts(
        countries=COUNTRIES,
        sectors=tuple(SECTORS),
        expenditure=expenditure,
        trade_share=_exact_shares(expenditure, axis=1),
        tariff=rate,
        output=output,
        value_added_share=va_share,
        input_share=input_share,
        final_share=_exact_shares(positive, axis=1),
        negative_final=np.minimum(final, 0.0),
        value_added=(va_share * output).sum(axis=1),
        deficit=flow.sum(axis=(1, 2)) - flow.sum(axis=(0, 2)),
        trade_elasticity=np.concatenate(
            [_matrix(folder, "T.txt", (TRADED, 1))[:, 0], np.full(j - TRADED, THETA_NONTRADED)]
        ),
    )


def tariffs(folder: str | Path, year: int) -> Float[Array, "n n j"]:
    """Return tariff rates of 1993 or 2005, (N, N, J): destination, origin, sector.

    Raises
    ------
    DataError
        If there is no file for `year`.
    """
    if year not in (1993, 2005):
        raise DataError(unknown("tariff year", year, ("1993", "2005")))
    rate = np.zeros((len(COUNTRIES), len(COUNTRIES), len(SECTORS)))
    rate[:, :, :TRADED] = _stacked(folder, f"tariffs{year}.txt") / 100
    return rate


def load_world(folder: str | Path, tariff_year: int = 1993) -> World:
    """Return a balanced World from the same files.

    Where the files' input use exceeds spending, domestic sales (and so output) are raised by
    the least amounts that leave no final demand negative; nothing else changes. The size is in
    ``meta["balancing"]``. For the paper's own numbers use `load_parts`, which instead drops
    the negative part, as the authors do.

    Parameters
    ----------
    folder, tariff_year
        As for `load_parts`.

    Returns
    -------
    World
        31 economies, 40 sectors, year 1993, million USD.
    """
    parts = load_parts(folder, tariff_year)
    added = least_addition(parts.input_share, parts)
    expenditure = parts.expenditure.copy()
    own = np.arange(len(parts.countries))
    expenditure[own, own, :] += added
    return World.from_flows(
        name="cp2015",
        year=1993,
        countries=parts.countries,
        sectors=parts.sectors,
        expenditure=expenditure,
        tariff=parts.tariff,
        value_added_share=parts.value_added_share,
        input_share=parts.input_share,
        trade_elasticity=parts.trade_elasticity,
        evidence=_evidence(added),
        meta={
            "sector_names": SECTORS,
            "country_names": COUNTRY_NAMES,
            "sources": ["Caliendo & Parro (2015, REStud 82, 1-44), authors' data files"],
            "balancing": {
                "rule": "least addition to domestic sales that leaves no final demand negative",
                "added_musd": float(added.sum()),
                "share_of_output": float(added.sum() / parts.output.sum()),
                "cells": int((added > 0).sum()),
            },
        },
    )


def least_addition(input_share: Float[Array, "n j j"], parts: CpParts) -> Float[Array, "n j"]:
    """Return the least domestic sales to add so that no final demand is negative, million USD.

    Parameters
    ----------
    input_share : (N, J, J) array
    parts : CpParts
        Of which spending and output are used.

    Returns
    -------
    (N, J) array
        The smallest d >= 0 with F + (I - A) d >= 0. Such a least element exists because
        I - A is an M-matrix, and the iteration below climbs to it from zero.
    """
    spending = parts.expenditure.sum(axis=1)
    final = spending - np.einsum("nkj,nj->nk", input_share, parts.output)
    added = np.zeros_like(final)
    for _ in range(10_000):
        step = np.maximum(0.0, np.einsum("nkj,nj->nk", input_share, added) - final)
        if np.max(np.abs(step - added)) <= 1e-14 * float(parts.output.max()):
            return step
        added = step
    raise DataError("no finite addition of domestic sales balances the table")


def _cost_shares(folder: str | Path) -> tuple[Float[Array, "n j"], Float[Array, "n j j"]]:
    """Return exact cost shares.

    ``IO.txt`` stacks one block per country, input in rows, using sector in columns, each column
    the mix of inputs. Sums are off by up to 2e-6 (renormalised exactly) and one entry is
    negative (Korea's use of basic metals in the sector "other": -0.0008; set to zero).
    """
    n, j = len(COUNTRIES), len(SECTORS)
    mix = np.maximum(_matrix(folder, "IO.txt", (n * j, j)).reshape(n, j, j), 0.0)
    value_added = _matrix(folder, "B.txt", (j, n)).T
    total = mix.sum(axis=1)
    # A column of zeros is a sector made of value added alone; the files say so (share = 1).
    odd = (total == 0) & (value_added != 1)
    if odd.any():
        c, s = np.argwhere(odd)[0]
        raise DataError(f"IO.txt has no inputs for {COUNTRIES[c]}, {list(SECTORS)[s]}")
    share = mix / np.where(total > 0, total, 1.0)[:, None, :] * (1 - value_added)[:, None, :]
    cost = value_added + share.sum(axis=1)
    return value_added / cost, share / cost[:, None, :]


def _exact_shares(values: Array, axis: int) -> Array:
    """Return values over their sum, twice, so that sums are one to the last bits."""
    share = values / values.sum(axis=axis, keepdims=True)
    return share / share.sum(axis=axis, keepdims=True)


def _evidence(added: Float[Array, "n j"]) -> Int8[Array, "n n j"]:
    """Trade is observed; domestic sales are derived (output less exports) or modelled."""
    n, j = added.shape
    code = np.zeros((n, n, j), dtype=np.int8)
    code[np.arange(n), np.arange(n), :] = np.where(added > 0, 2, 1)
    return code


def _stacked(folder: str | Path, name: str) -> Float[Array, "n n t"]:
    """Return a file of 20 stacked importer-by-exporter blocks as (N, N, 20)."""
    n = len(COUNTRIES)
    return _matrix(folder, name, (TRADED * n, n)).reshape(TRADED, n, n).transpose(1, 2, 0)


def _matrix(folder: str | Path, name: str, shape: tuple[int, int]) -> Float[Array, "r c"]:
    path = find_file(folder, name)
    try:
        values = np.loadtxt(path, dtype=np.float64, ndmin=2)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None
    if values.shape != shape or not np.isfinite(values).all():
        raise DataError(f"{name} has shape {values.shape}, expected {shape} of finite numbers")
    return values
