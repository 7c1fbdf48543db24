"""Whether the table of who stayed finds what is known: Russia 2013-2019, by another source.

May import ``hansa.errors``, ``hansa.world`` (its sources) and its neighbours. Needs the raw tables;
of UN Comtrade's only scores may leave here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.groups import senders_against
from hansa.affinity.reliability import separation
from hansa.affinity.tables import sourced
from hansa.errors import DataError
from hansa.world.sources import baci, comtrade, un_accounts
from hansa.world.sources.base import find_data

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["check_on_russia", "russia_by_partner"]


def check_on_russia(folder: str | Path | None = None) -> pd.DataFrame:
    """Return scores: did Russia's trade with senders fall more than with others, 2013 to 2019?

    The years before are the check of the check: 2011 to 2013, when there were no such sanctions.

    Parameters
    ----------
    folder : path, optional
        Of the raw tables; HANSA_DATA by default.

    Returns
    -------
    pandas.DataFrame
        Index (``flow`` of Russia, ``span``): the scores of `separation`.

    Raises
    ------
    DataError
        Without the raw tables.
    """
    import pandas as pd

    data = folder or find_data()
    if data is None:
        raise DataError("the check on Russia needs the raw tables: set HANSA_DATA")
    senders = senders_against("RUS", "2019-07-01")
    rows = {}
    for flow in ("imports", "exports"):
        for start, end in ((2013, 2019), (2011, 2013)):
            table = russia_by_partner(data, start, end, flow)
            rows[flow, f"{start}-{end}"] = separation(table, senders)
    result = pd.DataFrame(rows).T.rename_axis(["flow", "span"]).astype({"partners": int})
    return sourced(result, "ratios; scores", "scores computed with UN Comtrade and CEPII BACI")


def russia_by_partner(data: str | Path, start: int, end: int, flow: str) -> pd.DataFrame:
    """Return Russia's trade by partner against the expectation: for use, not for passing on.

    A partner's trade with Russia in an HS chapter is expected to grow as the partner's exports of
    the chapter to the world do (Russia's imports) or as its imports of goods and services do
    (Russia's exports), times a factor of the chapter that meets Russia's total.

    Returns
    -------
    pandas.DataFrame
        Index ``partner``: ``before``, ``after``, ``expected`` (million USD), ``ratio``.
    """
    import pandas as pd

    keys = ["partner", "chapter"]
    sides = {year: _comtrade(str(data), year) for year in (start, end)}
    wide = pd.DataFrame(
        {
            year: held[held["flow"] == flow].groupby(keys)["value"].sum()
            for year, held in sides.items()
        }
    ).fillna(0.0)
    wide = wide[(wide[start] > 0) & (wide.index.get_level_values("partner") != "RUS")]
    growth = _growth(data, start, end, flow)
    wide = wide.join(growth, how="inner")
    hope = wide[start] * wide["growth"]
    by_chapter = hope.groupby(level="chapter")
    factor = wide[end].groupby(level="chapter").transform("sum") / by_chapter.transform("sum")
    table = wide.assign(expected=hope * factor).groupby(level="partner")[[start, end, "expected"]]
    result = table.sum().rename(columns={start: "before", end: "after"})
    result = result[result["expected"] > 0]
    result["ratio"] = result["after"] / result["expected"]
    return result


def _growth(data: str | Path, start: int, end: int, flow: str) -> pd.DataFrame:
    """Return new over old trade of partners with the world, by chapter."""
    import pandas as pd

    if flow == "imports":
        sides = [_exports(str(data), year) for year in (start, end)]
        growth = (sides[1] / sides[0].where(sides[0] > 0)).stack()
        growth.index = growth.index.set_names(["partner", "chapter"])
    else:
        bought = [_imports(str(data), year) for year in (start, end)]
        ratio = (bought[1] / bought[0]).dropna()
        chapters = [f"{k:02d}" for k in range(1, 100)]
        index = pd.MultiIndex.from_product([ratio.index, chapters], names=["partner", "chapter"])
        growth = pd.Series(np.repeat(ratio.to_numpy(), 99), index)
    table = pd.DataFrame({"growth": growth})
    return table[np.isfinite(table["growth"])]


@lru_cache(maxsize=4)
def _comtrade(data: str, year: int) -> pd.DataFrame:
    return comtrade.tidy(data, year)


@lru_cache(maxsize=4)
def _exports(data: str, year: int) -> pd.DataFrame:
    return baci.tidy(data, year)


@lru_cache(maxsize=4)
def _imports(data: str, year: int) -> pd.Series:
    return un_accounts.tidy(data, year)["imports"]


def main() -> None:
    """Print the scores."""
    print(check_on_russia().round(3).to_string())


if __name__ == "__main__":
    main()
