"""Verdict: the four answers a comparison of computed numbers can have, and their logic.

Imports nothing from Hansa. No paper: a difference smaller than the error of the two numbers
is a tie, and what rests on a failed solution is unknown.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from jaxtyping import Float, Int8

Array = np.ndarray

#: Rounding in units of the compared numbers: below it a float64 difference says nothing.
ROUNDING = 16 * float(np.finfo(np.float64).eps)


class Verdict(IntEnum):
    """Answer to a comparison; also the code stored in arrays of verdicts (int8).

    Ordered so that the verdict on "all of these hold" is the largest code among them: one
    clear no decides, else one unknown, else one tie.

    Attributes
    ----------
    YES : 1
        True by more than the error of the numbers compared.
    TIE : 2
        The difference is within that error.
    UNKNOWN : 3
        Rests on a solution that failed.
    NO : 4
        False by more than the error.

    Examples
    --------
    >>> str(Verdict.TIE)
    'tie'
    """

    YES = 1
    TIE = 2
    UNKNOWN = 3
    NO = 4

    def __str__(self) -> str:
        return self.name.lower()

    def __bool__(self) -> bool:
        # A tie or an unknown is neither true nor false; `if verdict:` would hide that.
        raise TypeError(
            f"a verdict has four values, not two: compare it, as in `verdict is Verdict.YES` "
            f"(this one is {self})"
        )


_OPPOSITE = np.array(
    [0, Verdict.NO, Verdict.TIE, Verdict.UNKNOWN, Verdict.YES],
    dtype=np.int8,
)
_WORDS = np.array(["", *(str(v) for v in Verdict)], dtype=object)


def exceeds_zero(difference: Float[Array, "*s"], slack: Float[Array, "*s"]) -> Int8[Array, "*s"]:
    """Return verdicts on ``difference > 0``.

    Parameters
    ----------
    difference : array
        NaN where it rests on a failed solution.
    slack : array of the same shape and unit
        Error of the difference; at most this far from zero is a tie.

    Returns
    -------
    array of int8
        Codes of `Verdict`.
    """
    codes = np.full(np.shape(difference), Verdict.TIE, dtype=np.int8)
    codes[difference > slack] = Verdict.YES
    codes[difference < -slack] = Verdict.NO
    codes[~np.isfinite(difference)] = Verdict.UNKNOWN
    return codes


def opposite(codes: Int8[Array, "*s"]) -> Int8[Array, "*s"]:
    """Return the verdicts on the opposite statements: yes and no change places."""
    return _OPPOSITE[codes]


def all_hold(codes: Int8[Array, "*s"]) -> Verdict:
    """Return the verdict on "all of these hold"; YES if there are none."""
    return Verdict(int(codes.max())) if codes.size else Verdict.YES


def words(codes: Int8[Array, " k"]) -> list[str]:
    """Return verdict codes as the words yes, tie, unknown, no."""
    return [str(word) for word in _WORDS[codes]]
