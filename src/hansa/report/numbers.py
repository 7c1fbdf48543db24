"""Numbers as readers see them: units, signs, lists of names.

May import nothing of Hansa. Pure functions; a number that is not there reads "not known".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

MINUS = "\N{MINUS SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
UNKNOWN = "not known"
WORDS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def is_known(value: float | None) -> TypeGuard[float]:
    """Return whether there is a number, and a finite one."""
    return value is not None and math.isfinite(value)


def digits(value: float | None, significant: int = 2) -> str:
    """Return a number with so many significant digits, grouped, with a true minus sign."""
    if not is_known(value):
        return UNKNOWN
    if value == 0:
        return "0"
    places = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    rounded = round(value, places)
    if rounded and math.floor(math.log10(abs(rounded))) > math.floor(math.log10(abs(value))):
        places = max(0, places - 1)  # 9.96 rounds to 10, not to 10.0
    text = f"{abs(rounded):,.{places}f}".replace(",", NARROW)
    return (MINUS if rounded < 0 else "") + text


def percent(value: float | None, significant: int = 2) -> str:
    """Return per cent, for example ``5.5 %``; tiny ones read ``about 0 %``."""
    if is_known(value) and 0 < abs(value) < 0.001:
        return f"about 0{NARROW}%"
    text = digits(value, significant)
    return text if text == UNKNOWN else f"{text}{NARROW}%"


def money(musd: float | None, significant: int = 2) -> str:
    """Return million USD as ``104 bn USD``, ``690 m USD`` or ``1.2 trn USD``."""
    if not is_known(musd):
        return UNKNOWN
    for size, name in ((1e6, "trn"), (1e3, "bn"), (1.0, "m")):
        if abs(musd) >= 0.9995 * size:
            scaled = musd / size
            return f"{digits(scaled, 3 if abs(scaled) >= 100 else significant)}{NARROW}{name} USD"
    if musd == 0:
        return f"0{NARROW}USD"
    if abs(musd) < 0.05:
        return f"about 0{NARROW}USD"
    return f"{digits(musd, 1)}{NARROW}m USD"


def loss_money(musd: float | None) -> str:
    """Return a loss (positive) as the change it is: a true minus where something is lost."""
    if not is_known(musd):
        return UNKNOWN
    text = money(-musd)
    return f"+{text}" if musd < 0 and not text.startswith("about") else text


def loss_percent(share: float | None) -> str:
    """Return a loss in per cent (positive) as the change it is."""
    if not is_known(share):
        return UNKNOWN
    text = percent(-share)
    return f"+{text}" if share < 0 and not text.startswith("about") else text


def signed(text: str, value: float) -> str:
    """Return the text with a plus sign where the value is positive."""
    return f"+{text}" if value > 0 and not text.startswith("about") else text


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return ``A, B and C``; beyond `most`, ``A, B, C and 12 others``."""
    names = list(names)
    if len(names) > most:
        rest = len(names) - most + 1
        names = [*names[: most - 1], f"{rest} others"]
    if len(names) <= 1:
        return names[0] if names else "none"
    return f"{', '.join(names[:-1])} and {names[-1]}"


#: Beginnings of names that English gives an article.
WITH_ARTICLE = (
    "United ", "Netherlands", "Philippines", "Czech Republic", "Dominican Republic", "Bahamas",
    "Gambia", "Maldives", "Central African", "Congo", "DR Congo", "Solomon", "Marshall",
)  # fmt: skip


def the(name: str) -> str:
    """Return a country's name as it stands inside a sentence, with its article if it has one."""
    return f"the {name}" if name.startswith(WITH_ARTICLE) else name


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 club``, ``two clubs``, ``256 clubs``: small numbers as words."""
    word = WORDS[number] if 0 <= number < len(WORDS) else f"{number:,}".replace(",", NARROW)
    return f"{word} {one if number == 1 else (many or one + 's')}"
