"""The derived tables that ship with this room: what they are, and how one is read.

May import ``hansa.errors`` and ``hansa.world``. Written by ``python -m hansa.affinity.build``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "Described", "chosen", "read_table", "sourced"]


@dataclass(frozen=True)
class Described:
    """What a shipped table is.

    Attributes
    ----------
    unit, source, licence : str
    what : str
        One line on its rows and columns.
    """

    unit: str
    source: str
    licence: str
    what: str


VOETEN = "Bailey, Strezhnev & Voeten (2017), UN General Assembly"

TABLES = {
    "votes": Described(
        "0 absent, 1 no, 2 abstain, 3 yes",
        f"{VOETEN}, roll calls to session 74 (2019)",
        "CC0",
        "one row per roll call, one column per member; year is that of the session's autumn",
    ),
    "issues": Described(
        "code of an issue",
        f"{VOETEN}, issues of roll calls",
        "CC0",
        "di disarmament, me Palestine, hr human rights, co colonialism, nu nuclear, ec economy",
    ),
    "ideal": Described(
        "points of the ideal-point scale",
        f"{VOETEN}, ideal points of July 2025",
        "CC0",
        "year, country, basis, point, low and high (5 and 95 % of the posterior), votes",
    ),
    "powers": Described(
        "share of votes cast alike",
        f"{VOETEN}, file of June 2024",
        "CC0",
        "agreement of each member with six powers, sessions of 1946 to 2023",
    ),
    "papers": Described(
        "papers",
        "OpenAlex, networks of countries by year, 1990-2023",
        "CC0",
        "joint papers of first and second; first = second: papers with any foreign author",
    ),
    "codes": Described(
        "ISO 3166 codes",
        "OpenAlex, networks of countries by year, 1990-2023",
        "CC0",
        "country (three letters) and iso2 (two letters)",
    ),
    "trade": Described(
        "10 thousand USD f.o.b.",
        "UNCTADstat merchandise trade matrix, SITC sections, 1995, 2005, 2015",
        "UNCTADstat terms of use (free reuse with attribution)",
        "exports of exporter to importer by section, economies as in world-2015",
    ),
    "pairs": Described(
        "km; 0 or 1",
        "Mayer & Zignago (2011), CEPII GeoDist",
        "Etalab 2.0",
        "distance, contiguity, common official language, colonial tie; first < second",
    ),
}


def read_table(name: str) -> pd.DataFrame:
    """Return a shipped table, with ``unit``, ``source`` and ``licence`` in its attrs.

    Parameters
    ----------
    name : str
        A key of ``TABLES``.

    Returns
    -------
    pandas.DataFrame
        A copy: what a caller does to it stays with the caller.

    Raises
    ------
    DataError
        If there is no such table; names the nearest.

    Examples
    --------
    >>> read_table("ideal").attrs["licence"]
    'CC0'
    """
    if name not in TABLES:
        raise DataError(unknown("table", name, TABLES))
    table = _read(name).copy()
    about = TABLES[name]
    table.attrs |= {
        "unit": about.unit, "source": about.source, "licence": about.licence, "what": about.what,
    }  # fmt: skip
    return table


@lru_cache(maxsize=len(TABLES))
def _read(name: str) -> pd.DataFrame:
    import pandas as pd

    with resources.as_file(resources.files("hansa.affinity") / "data") as folder:
        path = folder / f"{name}.parquet"
        if not path.is_file():
            raise DataError(
                f"the table {name!r} does not ship with this copy of Hansa; build it with "
                "`python -m hansa.affinity.build`"
            )
        return pd.read_parquet(path)


def sourced(table: pd.DataFrame, unit: str, source: str, **more: object) -> pd.DataFrame:
    """Return `table` with ``unit``, ``source`` and further notes in its attrs."""
    table.attrs |= {"unit": unit, "source": source, **more}
    return table


def chosen(
    what: str, codes: str | Iterable[str], known: Iterable[str], least: int = 1
) -> list[str]:
    """Return codes as a list, each one known and named once.

    Raises
    ------
    DataError
        Names the unknown code and the nearest known one, or says that there are too few.
    """
    wanted = [codes] if isinstance(codes, str) else [str(c) for c in codes]
    names = [str(k) for k in known]
    held = set(names)
    for code in wanted:
        if code not in held:
            raise DataError(unknown(what, code, names))
    wanted = list(dict.fromkeys(wanted))
    if len(wanted) < least:
        raise DataError(f"at least {least} {what} codes are needed, got {len(wanted)}")
    return wanted
