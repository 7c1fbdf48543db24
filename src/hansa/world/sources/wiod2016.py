"""WIOD, release 2016, year 2014: what 44 economies' 56 industries use, make and sell.

May import only ``hansa.errors`` and ``hansa.world.sources.base``. Source: Timmer, Dietzenbacher,
Los, Stehrer & de Vries (2015, Review of International Economics 23, 575-605). CC-BY 4.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sources import base

Array = np.ndarray

FILES = {
    "io/wiod2016_2014_intermediate_by_country.npz": (
        "21f316d24bf336b8beb572db827662177a6af3324606c971dcbeb0fdc3146a6b"
    ),
    "io/wiod2016_2014_df_costs.parquet": (
        "231157ab7c2518ad55eec3cdc9957b7e861f3fa43c58832bc8e01fc9f4f0658e"
    ),
    "io/wiod2016_2014_df_final_use_wROW.parquet": (
        "45d83484098e9a1d6cbc1ce92ebed0da40945567b94b1e81c1f1c528727dafa7"
    ),
    "io/wiod2016_2014_df_gross_output.parquet": (
        "80b9255a297bd47b31b82c790e3496740899291f379606b2d556c49a5fd4a0af"
    ),
}

#: Codes of the 56 industries (ISIC rev. 4), in the order of the file.
INDUSTRIES = (
    "A01", "A02", "A03", "B", "C10-C12", "C13-C15", "C16", "C17", "C18", "C19", "C20", "C21",
    "C22", "C23", "C24", "C25", "C26", "C27", "C28", "C29", "C30", "C31_C32", "C33", "D35", "E36",
    "E37-E39", "F", "G45", "G46", "G47", "H49", "H50", "H51", "H52", "H53", "I", "J58", "J59_J60",
    "J61", "J62_J63", "K64", "K65", "K66", "L68", "M69_M70", "M71", "M72", "M73", "M74_M75", "N",
    "O84", "P85", "Q", "R_S", "T", "U",
)  # fmt: skip


@dataclass(frozen=True)
class Wiod2016:
    """The 2014 tables, million USD.

    Attributes
    ----------
    countries : tuple of str
        43 ISO3 codes (the file's rest of the world is left out of all but `final_origin`).
    domestic_use : (C, 56, 56) array
        ``[c, k, s]``: use of c's own product k by its industry s.
    final_use : (C, 56) array
        Final use in c of product k of any origin, all categories.
    final_origin : (C, 56) array
        Final use anywhere of product k made in c.
    final_domestic : (C, 56) array
        Final use in c of its own product k.
    output, inputs, value_added, margins : (C, 56) arrays
        Gross output; intermediate inputs of any origin; value added at basic prices;
        international transport margins paid.
    """

    countries: tuple[str, ...]
    domestic_use: Float[Array, "c k k"]
    final_use: Float[Array, "c k"]
    final_origin: Float[Array, "c k"]
    final_domestic: Float[Array, "c k"]
    output: Float[Array, "c k"]
    inputs: Float[Array, "c k"]
    value_added: Float[Array, "c k"]
    margins: Float[Array, "c k"]


def fetch(folder: str | Path) -> tuple[Path, ...]:
    """Return the paths of the four files; raises DataError naming the one that is missing."""
    return tuple(base.find_file(folder, name) for name in FILES)


def checksum(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return `paths` if each is the version this parser was written for, else raise DataError."""
    return tuple(base.verify(p, s) for p, s in zip(paths, FILES.values(), strict=True))


def tidy(folder: str | Path) -> Wiod2016:
    """Return the 2014 tables of the 43 economies; raises DataError if a file is not as expected."""
    use_path, cost_path, final_path, output_path = checksum(fetch(folder))
    with np.load(use_path) as data:
        codes = [str(c) for c in data["countries"]]
        names = [str(k) for k in data["industries"]]
        block = np.asarray(data["Z"], dtype=np.float64)
    if len(names) != len(INDUSTRIES):
        raise DataError(f"{use_path.name} has {len(names)} industries, expected {len(INDUSTRIES)}")
    countries = tuple(c for c in codes if c != "ROW")
    kept = [codes.index(c) for c in countries]
    cost = pd.read_parquet(cost_path)

    def by_industry(frame: pd.DataFrame, where: str, what: str, value: str) -> Array:
        table = frame.pivot_table(index=where, columns=what, values=value, aggfunc="sum")
        return table.reindex(index=list(countries), columns=names).fillna(0.0).to_numpy(float)

    def item(name: str) -> Array:
        rows = cost[cost["Cost Category"] == name]
        if rows.empty:
            raise DataError(f"{cost_path.name} has no cost category {name!r}")
        return by_industry(rows, "Country", "Industry", "Cost")

    final = pd.read_parquet(final_path)
    own = final[final["Country"] == final["Origin Country"]]
    return Wiod2016(
        countries=countries,
        domestic_use=block[kept],
        final_use=by_industry(final, "Country", "Origin Industry", "Value"),
        final_origin=by_industry(final, "Origin Country", "Origin Industry", "Value"),
        final_domestic=by_industry(own, "Country", "Origin Industry", "Value"),
        output=by_industry(pd.read_parquet(output_path), "Country", "Industry", "Gross Output"),
        inputs=item("Total intermediate consumption"),
        value_added=item("Value added at basic prices"),
        margins=item("International Transport Margins"),
    )
