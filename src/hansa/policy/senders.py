"""Who imposes: single states, the European Union by date, the United Nations.

May import only ``hansa.errors`` and the policy room's dates. EU membership by date of accession;
in its transition (to 2020-12-31) the United Kingdom was bound by EU acts under Article 127 of the
Withdrawal Agreement. Candidate and aligned states are not included.
"""

from __future__ import annotations

import datetime as dt

__all__ = ["COUNTER", "EU", "SENDERS", "UN", "bound_by_eu", "eu_members"]

EU, UN = "EU", "UN"

#: Senders the registry may name, with their English names.
SENDERS = {
    "USA": "United States",
    "EU": "European Union",
    "GBR": "United Kingdom",
    "UN": "United Nations",
    "CAN": "Canada",
    "JPN": "Japan",
    "CHE": "Switzerland",
    "NOR": "Norway",
    "AUS": "Australia",
    "KOR": "South Korea",
    "RUS": "Russia",
    "CHN": "China",
    "BLR": "Belarus",
}

#: Those of whom only the counter-measures are recorded.
COUNTER = ("RUS", "CHN", "BLR")

_ACCESSION = {
    "1958-01-01": ("BEL", "DEU", "FRA", "ITA", "LUX", "NLD"),
    "1973-01-01": ("DNK", "GBR", "IRL"),
    "1981-01-01": ("GRC",),
    "1986-01-01": ("ESP", "PRT"),
    "1995-01-01": ("AUT", "FIN", "SWE"),
    "2004-05-01": ("CYP", "CZE", "EST", "HUN", "LTU", "LVA", "MLT", "POL", "SVK", "SVN"),
    "2007-01-01": ("BGR", "ROU"),
    "2013-07-01": ("HRV",),
}
_LEFT = {"GBR": dt.date(2020, 2, 1)}
_TRANSITION_END = {"GBR": dt.date(2021, 1, 1)}


def eu_members(on: dt.date) -> tuple[str, ...]:
    """Return the ISO3 codes of the members of the EU (or the EC) on a date, sorted."""
    return _members(on, _LEFT)


def bound_by_eu(on: dt.date) -> tuple[str, ...]:
    """Return the states bound by EU acts on a date: the members, and the United Kingdom to
    the end of its transition (2020-12-31), sorted."""
    return _members(on, _TRANSITION_END)


def _members(on: dt.date, left: dict[str, dt.date]) -> tuple[str, ...]:
    return tuple(
        sorted(
            code
            for day, codes in _ACCESSION.items()
            for code in codes
            if dt.date.fromisoformat(day) <= on and on < left.get(code, dt.date.max)
        )
    )
