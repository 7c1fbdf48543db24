"""Tariffs the user brings: a CSV of destination, origin, sector, rate, put on a World.

May import ``hansa.errors`` and the World. Hansa ships no tariffs, since there are none for all
countries that may be passed on. Conventions: Caliendo & Parro (2015, REStud 82, 1-44).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.errors import DataError, unknown
from hansa.world.world import World

__all__ = ["load_tariffs", "tariff_array", "tidy"]

Array = np.ndarray

COLUMNS = ("destination", "origin", "sector", "rate")
#: In place of an origin or a sector: all of them.
ALL = "*"
#: A rate above this is taken for one given in per cent.
LARGEST_RATE = 10.0


def tidy(path: str | Path) -> pd.DataFrame:
    """Return the rows of a tariff file.

    Parameters
    ----------
    path : path
        CSV with the columns ``destination``, ``origin``, ``sector``, ``rate``. Rates are shares
        of the price before tariff: 0.05 is 5 %. ``*`` in ``origin`` or ``sector`` means all.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        Names the file, the row and what is wrong with it.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"tariff file {str(path)!r} not found")
    # Namibia's old code NA must not be read as a missing value.
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [c for c in COLUMNS if c not in rows.columns]
    if missing:
        raise DataError(
            f"{path.name} lacks the columns {missing}; it has {list(rows.columns)}, expected "
            f"{list(COLUMNS)}"
        )
    extra = [c for c in rows.columns if c not in COLUMNS]
    if extra:
        raise DataError(f"{path.name}: {unknown('column', extra[0], COLUMNS)}")
    rows = rows[list(COLUMNS)].apply(lambda c: c.str.strip())
    rate = pd.to_numeric(rows["rate"], errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(rate) | (rate <= -1) | (rate > LARGEST_RATE)
    if wrong.any():
        k = int(np.argmax(wrong))
        hint = "; rates are shares, 0.05 is 5 %" if rate[k] > LARGEST_RATE else ""
        raise DataError(
            f"{path.name}, row {k + 2}: rate {rows['rate'].iloc[k]!r} must be a number above -1 "
            f"and at most {LARGEST_RATE:g}{hint}"
        )
    repeated = rows.duplicated(list(COLUMNS[:3]))
    if repeated.any():
        second = int(np.argmax(repeated.to_numpy()))
        triple = ", ".join(rows.iloc[second, :3])
        raise DataError(f"{path.name}, row {second + 2}: {triple} is given twice")
    return rows.assign(rate=rate)


def tariff_array(rows: pd.DataFrame, world: World, file: str = "") -> Float[Array, "n n j"]:
    """Return tariff rates (destination, origin, sector); zero where no row says otherwise.

    Rows apply in the order of the file, so that exceptions follow the rule they are exceptions
    to. Domestic sales never pay.
    """
    rates = np.zeros(world.expenditure.shape)
    everywhere = np.arange(len(world.countries))
    every = np.arange(len(world.sectors))
    cells = zip(
        *(rows[c].astype(str) for c in COLUMNS[:3]), rows["rate"].astype(float), strict=True
    )
    for k, (destination, origin, sector, rate) in enumerate(cells):
        try:
            n = world.country(destination)
            i = everywhere if origin == ALL else np.array([world.country(origin)])
            j = every if sector == ALL else np.array([world.sector(sector)])
        except DataError as error:
            raise DataError(f"{file}, row {k + 2}: {error}") from None
        if origin == destination and rate != 0:
            raise DataError(
                f"{file}, row {k + 2}: {destination} cannot put a tariff on itself; leave out the "
                "row"
            )
        rates[n, i[:, None], j[None, :]] = rate
    rates[everywhere, everywhere] = 0.0
    return rates


def load_tariffs(path: str | Path, world: World) -> World:
    """Return `world` with the tariffs of a file.

    The flows of `world` before tariff (its trade f.o.b.) are kept, so exports, output and costs
    do not change. Buyers now also pay the tariff: `expenditure` is those flows times one plus the
    rate, the revenue is part of income, and the final demand for each sector takes it up. Every
    identity therefore still holds, and is checked.

    Parameters
    ----------
    path : path
        See `tidy`.
    world : World
        Tariffs it already has are replaced by those of the file, zero included.

    Returns
    -------
    World

    Raises
    ------
    DataError
        Names the file, the row and the nearest known code.
    """
    path = Path(path)
    rates = tariff_array(tidy(path), world, path.name)
    net = world.expenditure / (1 + world.tariff)
    given = world.meta.get("sources", {})
    sources = {
        **(given if isinstance(given, Mapping) else {}),
        "tariff": {
            "source": path.name,
            "year": world.year,
            "licence": "the user's own",
            "evidence": "observed",
            "note": "Flows before tariff are kept.",
        },
    }
    return World.from_flows(
        name=world.name,
        year=world.year,
        countries=world.countries,
        sectors=world.sectors,
        expenditure=net * (1 + rates),
        value_added_share=world.value_added_share,
        input_share=world.input_share,
        trade_elasticity=world.trade_elasticity,
        tariff=rates,
        trade_elasticity_se=world.trade_elasticity_se,
        evidence=world.evidence,
        meta={**world.meta, "sources": sources},
    )
