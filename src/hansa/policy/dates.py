"""Dates as users write them, and the span the registry knows.

May import only ``hansa.errors``.
"""

from __future__ import annotations

import datetime as dt

from hansa.errors import DataError

__all__ = ["FIRST_DATE", "LAST_DATE", "DateLike", "parse_date"]

DateLike = str | dt.date

#: The registry is complete from the first to the last of these dates.
FIRST_DATE = dt.date(1979, 1, 1)
LAST_DATE = dt.date(2024, 12, 31)


def parse_date(value: DateLike, what: str = "on") -> dt.date:
    """Return a date within the registry's span.

    Parameters
    ----------
    value : str or date
        ``YYYY-MM-DD`` or a date.
    what : str
        How the message calls it.

    Returns
    -------
    date

    Raises
    ------
    DataError
        If it is no date in that form, or outside 1979-01-01 to 2024-12-31.
    """
    day = _read(value, what)
    if not FIRST_DATE <= day <= LAST_DATE:
        raise DataError(
            f"{what}={day.isoformat()} is outside the registry, which is written for "
            f"{FIRST_DATE} to {LAST_DATE}; give a date in that span or your own registry"
        )
    return day


def _read(value: DateLike, what: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value).strip()
    try:
        # Only the extended form: 20240219 and 2024-W08 are ISO too, but easily misread.
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise DataError(
            f"{what}={value!r} is not a date; write YYYY-MM-DD, for example '2024-02-19'"
        ) from None
