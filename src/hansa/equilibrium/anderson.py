"""Anderson acceleration of a batch of independent fixed points.

May import only array types. Anderson (1965, J. ACM 12, 547-560), type II, in the form of Walker &
Ni (2011, SIAM J. Numer. Anal. 49, 1715-1735). Scenario first, so that all sums over a scenario's
past are matrix products on contiguous memory.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray

#: Past steps that the acceleration looks back on.
MEMORY = 8


class Anderson:
    """Anderson mixing of a batch of independent fixed points, one (D,) row for each.

    Parameters
    ----------
    width, size : int
        B and D.
    memory : int
        Past steps looked back on.
    judged : int, optional
        Only the first so many entries of a step tell how good a mixture is; all by default.
    """

    def __init__(
        self, width: int, size: int, memory: int = MEMORY, judged: int | None = None
    ) -> None:
        self.judged = size if judged is None else judged
        self.differences = np.zeros((width, memory, self.judged))
        self.totals = np.zeros((width, memory, size))
        self.gram = np.zeros((width, memory, memory))
        self.onto = np.zeros((width, memory))
        self.count = np.zeros(width, dtype=int)
        self.turn = 0
        self.step, self.spare = np.zeros((2, width, size))
        self.move = np.zeros((width, size))

    def mix(self, g: Float[Array, "b d"], restart: Bool[Array, " b"]) -> Float[Array, "b d"]:
        """Return the accelerated move for the plain step `g`; then call `moved`.

        Parameters
        ----------
        g : (B, D) array
            Plain step of each scenario.
        restart : (B,) bool array
            Scenarios that forget their past.

        Returns
        -------
        (B, D) array
            The move, in memory that the next call writes over.
        """
        memory, judged = self.differences.shape[1:]
        np.copyto(self.spare, g)
        g, before = self.spare, self.step
        self.step, self.spare = g, before
        if self.turn:
            at = (self.turn - 1) % memory
            before -= g
            newest = np.negative(before[:, :judged], out=self.differences[:, at])
            np.subtract(self.move, before, out=self.totals[:, at])
            held = slice(min(self.turn, memory))  # slots that were ever written
            products = np.matmul(self.differences[:, held], newest[:, :, None])[:, :, 0]
            self.gram[:, at, held] = products
            self.gram[:, held, at] = products
            # <d, g> of older differences follows from g = the last step + the newest difference.
            self.onto[:, held] += products
            self.onto[:, at] = np.matmul(newest[:, None, :], g[:, :judged, None])[:, 0, 0]
            self.count += 1
        self.turn += 1
        self.count[restart] = 0
        if not self.count.any():
            np.copyto(self.move, g)
            return self.move
        held = slice(min(self.turn - 1, memory))
        weights = self._weights()[:, None, held]
        np.matmul(weights, self.totals[:, held], out=self.move[:, None, :])
        return np.subtract(g, self.move, out=self.move)

    def _weights(self) -> Float[Array, "b m"]:
        # A slot counts only if it is younger than the scenario's last restart.
        memory = self.differences.shape[1]
        age = (self.turn - 2 - np.arange(memory)) % memory
        usable = age[None, :] < self.count[:, None]
        rhs = np.where(usable, self.onto, 0.0)
        gram = np.where(usable[:, :, None] & usable[:, None, :], self.gram, 0.0)
        diagonal = np.einsum("bmm->bm", gram)
        ridge = 1e-14 * diagonal.max(1, keepdims=True) + 1e-300
        diagonal += np.where(usable, ridge, 1.0)
        return np.linalg.solve(gram, rhs[:, :, None])[:, :, 0]

    def moved(self, move: Float[Array, "b d"]) -> None:
        """Record the move that was made in the end."""
        np.copyto(self.move, move)

    def keep(self, rows: Bool[Array, " b"]) -> None:
        """Keep only some scenarios."""
        for name in ("differences", "totals", "gram", "onto", "count", "step", "spare", "move"):
            setattr(self, name, np.ascontiguousarray(getattr(self, name)[rows]))
