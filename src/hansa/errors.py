"""Every exception Hansa raises on purpose, and the helper that finds the nearest name.

Imports nothing from Hansa, so that every room may import it.
Messages are sentences: they name the culprit and say what would mend it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["ConvergenceError", "DataError", "HansaError", "StudyError", "unknown"]


class HansaError(Exception):
    """Base class of all errors raised on purpose by Hansa."""


class DataError(HansaError, ValueError):
    """A table, code or number given to Hansa is wrong; the message names which."""


class StudyError(HansaError, ValueError):
    """A study file is wrong; the message names the key and the nearest known one."""


class ConvergenceError(HansaError, RuntimeError):
    """An equilibrium was not found.

    Attributes
    ----------
    history : list of float
        Largest relative residual after each iteration.
    country, sector : str
        Where the residual is worst.
    """

    def __init__(
        self, message: str, history: Iterable[float] = (), country: str = "", sector: str = ""
    ) -> None:
        super().__init__(message)
        self.history = [float(h) for h in history]
        self.country = country
        self.sector = sector


def unknown(what: str, name: object, known: Iterable[str], hint: str = "") -> str:
    """Return a sentence that rejects `name` and offers the nearest known one.

    Parameters
    ----------
    what : str
        The kind of thing, as in "country" or "key".
    name : object
        What was given.
    known : iterable of str
        What would have been accepted.
    hint : str, optional
        A further sentence.

    Returns
    -------
    str
        For example ``unknown country 'IRM'; did you mean 'IRN'?``
    """
    names = [str(k) for k in known]
    near = _nearest(str(name).lower(), names)
    text = f"unknown {what} {name!r}"
    if near:
        text += f"; did you mean {near!r}?"
    elif len(names) <= 30:
        text += f"; known: {', '.join(names)}"
    return f"{text} {hint}".rstrip()


def _nearest(given: str, names: list[str]) -> str:
    """Return the most similar name, or nothing; of equals the one that begins alike."""

    def likeness(name: str) -> tuple[float, int]:
        lowered = name.lower()
        alike = [a == b for a, b in zip(given, lowered, strict=False)]
        shared = [*alike, False].index(False)
        return difflib.SequenceMatcher(None, given, lowered).ratio(), shared

    best = max(names, key=likeness, default="")
    return best if best and likeness(best)[0] >= 0.5 else ""
