"""Weighted projection on the fixed effects of a gravity equation, exactly, section by section.

May import only ``hansa.errors``. No effect crosses sections, and the effects of pairs have at most
one observation a year: eliminating them leaves a system with a row per exporter-year,
importer-year and border-year, which is solved directly. Alternating projections are
slow where effects overlap as much as here (Correia 2017, working paper on reghdfe).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int
from scipy import linalg, sparse

from hansa.errors import ConvergenceError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["Block", "blocks", "residuals"]

#: The effects overlap by some constants, which leaves the system singular: this much is added to
#: its diagonal (relative), and taken back by refinement.
RIDGE = 1e-10
#: Refinement stops when every effect's normal equation holds to this, relative.
EXACT = 1e-13
#: Where rounding does not allow that, this must hold.
FLOOR = 1e-11


@dataclass(frozen=True, eq=False)
class Block:
    """One section's observations.

    Attributes
    ----------
    rows : (m,) int array
        Positions in the frame.
    pair : (m,) int array
        Which of `pairs` effects of pair each has.
    pairs : int
    others : sparse (m, q)
        Zeros and ones: the effects but those of pairs.
    """

    rows: Int[Array, " m"]
    pair: Int[Array, " m"]
    pairs: int
    others: sparse.csr_matrix


def blocks(rows: pd.DataFrame, effects: Sequence[str]) -> list[Block]:
    """Return the sections of a frame that carries ``fe0``, ``fe1``, ... for `effects`."""
    found = []
    section = rows["section"].to_numpy()
    for name in dict.fromkeys(section):
        at = np.flatnonzero(section == name)
        parts = []
        pair, pairs = np.zeros(len(at), dtype=np.int64), 0
        for k, effect in enumerate(effects):
            level, code = np.unique(rows[f"fe{k}"].to_numpy()[at], return_inverse=True)
            if effect.startswith("pair"):
                pair, pairs = code.astype(np.int64), len(level)
            else:
                index = (np.arange(len(at)), code)
                parts.append(sparse.csr_matrix((np.ones(len(at)), index), (len(at), len(level))))
        found.append(Block(at, pair, pairs, sparse.hstack(parts, format="csr")))
    return found


def residuals(
    parts: list[Block], values: Float[Array, "n k"], weight: Float[Array, " n"]
) -> Float[Array, "n k"]:
    """Return what the fixed effects leave of each column, in weighted least squares.

    Parameters
    ----------
    parts : list of Block
    values : (n, k) array
    weight : (n,) array, > 0
    """
    left = np.empty_like(values)
    for part in parts:
        left[part.rows] = _residuals(part, values[part.rows], weight[part.rows])
    return left


def _residuals(
    part: Block, values: Float[Array, "m k"], weight: Float[Array, " m"]
) -> Float[Array, "m k"]:
    other = part.others
    at_pair = sparse.csr_matrix(
        (weight, (part.pair, np.arange(len(weight)))), (part.pairs, len(weight))
    )
    total = np.bincount(part.pair, weights=weight, minlength=part.pairs)
    cross = (at_pair @ other).tocsr()
    gram = (other.T @ other.multiply(weight[:, None])).toarray()
    gram -= (cross.T @ cross.multiply(1 / total[:, None])).toarray()

    def without_pairs(z: Float[Array, "m k"]) -> Float[Array, "m k"]:
        return z - ((at_pair @ z) / total[:, None])[part.pair]

    diagonal = np.asarray(other.T @ weight).ravel()
    scale = 1 / np.sqrt(diagonal)
    gram *= scale[:, None] * scale[None, :]
    gram[np.diag_indices_from(gram)] += RIDGE
    factor = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    left = without_pairs(values)
    norm = np.sqrt(np.einsum("mk,mk,m->k", values, values, weight)) + np.finfo(float).tiny
    best = np.inf
    for _ in range(50):
        miss = scale[:, None] * (other.T @ (weight[:, None] * left))
        size = float((np.abs(miss) / norm).max())
        # Below the goal, or at the floor that rounding sets.
        if size < EXACT or (size < FLOOR and size > best / 2):
            return left
        best = min(best, size)
        step = linalg.cho_solve(factor, miss, check_finite=False) * scale[:, None]
        left = without_pairs(left - other @ step)
    raise ConvergenceError(
        f"the projection on the fixed effects is exact to {size:.0e} only, not {FLOOR:.0e}"
    )
