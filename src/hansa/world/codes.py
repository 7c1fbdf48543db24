"""One door from the names and numbers of the sources to ISO3 codes.

May import only ``hansa.errors``. Uses country_converter (Stadler 2017, JOSS 2(16), 332), which is
needed only when a world is built: the shipped one carries its names with it.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd
    from country_converter import CountryConverter

__all__ = ["HISTORICAL", "REPORTERS", "iso3", "short_name"]

#: Numeric codes of Comtrade and BACI (and of the UN accounts) that are not ISO 3166: a reporter
#: that includes more than the country, or a country ISO has no number for.
REPORTERS = {
    "251": "FRA",  # with Monaco
    "381": "ITA",  # with San Marino
    "412": "XKX",  # Kosovo in the UN accounts
    "490": "TWN",  # "Other Asia, not elsewhere specified" in Comtrade
    "579": "NOR",  # with Svalbard and Jan Mayen
    "699": "IND",
    "711": "ZAF",  # Southern African Customs Union
    "736": "SDN",  # before South Sudan's independence
    "757": "CHE",  # with Liechtenstein
    "835": "TZA",  # mainland, in the UN accounts
    "836": "TZA",  # Zanzibar, in the UN accounts
    "891": "SRB",  # Serbia and Montenegro, to 2006
    "842": "USA",  # with Puerto Rico and the US Virgin Islands
}

#: Codes that older tables use, and the code they stand for today. Serbia and Montenegro is read
#: as Serbia, its continuing state.
HISTORICAL = {
    "KSV": "XKX",
    "XKS": "XKX",
    "KOS": "XKX",
    "PAL": "PSE",
    "ROM": "ROU",
    "SCG": "SRB",
    "TMP": "TLS",
    "YUG": "SRB",
    "ZAR": "COD",
}

_SHORT = {"XKX": "Kosovo", "TWN": "Taiwan", "PRK": "North Korea", "KOR": "South Korea"}


@lru_cache(maxsize=1)
def _converter() -> CountryConverter:
    try:
        import country_converter
    except ImportError:  # pragma: no cover - depends on the installation
        raise DataError(
            "country_converter is needed to translate country names; install hansa[build]"
        ) from None
    logging.getLogger("country_converter").setLevel(logging.CRITICAL)
    return country_converter.CountryConverter(country_data=_places())


def _places() -> pd.DataFrame:
    """Return country_converter's own table without the places that have no ISO codes.

    Read here because the package's reader stumbles on empty cells under pandas 3.
    """
    import pandas as pd

    file = resources.files("country_converter") / "country_data.tsv"
    with file.open(encoding="utf-8") as text:
        table = pd.read_csv(text, sep="\t", dtype=str, keep_default_na=False)
    table = table[(table["ISO3"] != "") & (table["ISO2"] != "") & (table["obsolete"] == "")]
    table = table.replace("", None)
    for column in ("ISOnumeric", "UNcode"):
        table[column] = pd.to_numeric(table[column]).astype("Int64")
    return table


@lru_cache(maxsize=4096)
def iso3(label: str | int) -> str:
    """Return the ISO3 code of a country's name, code or UN number.

    Parameters
    ----------
    label : str or int
        English name, ISO2 or ISO3 code (old ones too), ISO/UN number, or one of the
        reporters' numbers of Comtrade and BACI (251, 381, 842, ...).

    Returns
    -------
    str
        For example ``iso3(251) == "FRA"`` and ``iso3("ROM") == "ROU"``.

    Raises
    ------
    DataError
        If no country, or more than one, is meant.
    """
    text = str(label).strip()
    if text.isdigit():
        text = text.lstrip("0") or "0"
        if text in REPORTERS:
            return REPORTERS[text]
        found = _converter().convert(text, src="ISOnumeric", to="ISO3", not_found=None)
        text_known = isinstance(found, str) and len(found) == 3 and not found.isdigit()
    else:
        if text.upper() in HISTORICAL:
            return HISTORICAL[text.upper()]
        found = _converter().convert(text, to="ISO3", not_found=None)
        text_known = isinstance(found, str) and len(found) == 3 and found.isupper()
    if not text_known or (found == text and found not in _known()):
        raise DataError(unknown("country", label, [*_known(), *_names()]))
    return HISTORICAL.get(str(found), str(found))


def short_name(code: str) -> str:
    """Return the short English name of an ISO3 code; raises DataError if there is none."""
    if code in _SHORT:
        return _SHORT[code]
    found = _converter().convert(code, src="ISO3", to="name_short", not_found=None)
    if not isinstance(found, str) or found == code:
        raise DataError(unknown("country", code, _known()))
    return found


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(_converter().data["ISO3"].dropna())


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    return tuple(_converter().data["name_short"].dropna())
