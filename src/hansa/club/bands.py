"""Bands: the same questions over draws of the parameters; "stable" becomes "stable in 93 %".

May import its neighbours. One table per draw, all with the same players; draws that failed are
counted, never averaged in. No paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int8, Int64

from hansa.club.core import least_core
from hansa.club.shapley import shapley_value
from hansa.club.stability import club_stability
from hansa.club.subsets import club_sizes, labels, mask_of
from hansa.club.table import ClubTable
from hansa.club.verdict import Verdict
from hansa.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

#: Kinds of stability that are counted, in the order of `Bands.counts`.
KINDS = ("stable", "internal", "external", "potential")


@dataclass(frozen=True, eq=False)
class Bands:
    """What the draws say: quantiles of numbers, counts of verdicts.

    Attributes
    ----------
    players : tuple of str
    draws : int
        Number of tables, d.
    value : (d, 2^m) array, million USD
        NaN where a club was not solved in that draw.
    shapley : (d, m) array, million USD
        NaN where unknown.
    gain : (d, m) array, million USD
        Each player's own gain in the club of all.
    epsilon : (d,) array, million USD
        Of the least core; positive: the core is empty.
    counts : (4, 4, 2^m) array of int
        Draws by kind (stable, internal, external, potential), verdict (yes, tie, unknown, no)
        and club.
    core_counts : (4,) array of int
        Draws by verdict on "the core is nonempty".
    """

    players: tuple[str, ...]
    draws: int
    value: Float[Array, "d c"]
    shapley: Float[Array, "d m"]
    gain: Float[Array, "d m"]
    epsilon: Float[Array, " d"]
    counts: Int64[Array, "k v c"]
    core_counts: Int64[Array, " v"]

    def share(
        self, club: str | Iterable[str], kind: str = "stable", verdict: Verdict = Verdict.YES
    ) -> float:
        """Return the share of draws in which a club has a verdict; all draws count below."""
        row = mask_of(self.players, club)
        return float(self.counts[KINDS.index(kind), verdict - 1, row]) / self.draws

    def stability_frame(self) -> pd.DataFrame:
        """Return one row per club: share of draws by kind and verdict."""
        import pandas as pd

        columns = {
            f"{kind}_{verdict}": self.counts[at, verdict - 1] / self.draws
            for at, kind in enumerate(KINDS)
            for verdict in Verdict
        }
        return pd.DataFrame({"club": labels(self.players), **columns})

    def value_frame(self, quantiles: Sequence[float] = (0.05, 0.5, 0.95)) -> pd.DataFrame:
        """Return one row per club: quantiles of the joint value (million USD), draws known."""
        import pandas as pd

        frame = pd.DataFrame({"club": labels(self.players), "size": club_sizes(len(self.players))})
        return frame.join(_quantile_frame("value", self.value, quantiles))

    def player_frame(self, quantiles: Sequence[float] = (0.05, 0.5, 0.95)) -> pd.DataFrame:
        """Return one row per player: quantiles of gain and Shapley value (million USD)."""
        import pandas as pd

        frame = pd.DataFrame({"player": self.players})
        gain = _quantile_frame("gain", self.gain, quantiles)
        return frame.join(gain).join(_quantile_frame("shapley", self.shapley, quantiles))


@dataclass(frozen=True, eq=False)
class ClubDraw:
    """What one draw says of all clubs.

    Attributes
    ----------
    value : (2^m,) array, million USD
    shapley, gain : (m,) arrays, million USD
    epsilon : float, million USD
    verdict : (4, 2^m) array of int8
        Codes of `Verdict` by kind of stability.
    core : int
        Code of the verdict on "the core is nonempty".
    """

    value: Float[Array, " c"]
    shapley: Float[Array, " m"]
    gain: Float[Array, " m"]
    epsilon: float
    verdict: Int8[Array, "k c"]
    core: int


def club_draw(table: ClubTable) -> ClubDraw:
    """Return what the table of one draw says of all clubs."""
    core, held = least_core(table), club_stability(table)
    return ClubDraw(
        table.joint_value,
        shapley_value(table).value,
        table.ev[-1, table.position],
        float(core.epsilon),
        np.array([getattr(held, kind) for kind in KINDS], dtype=np.int8),
        int(core.nonempty),
    )


def bands_of(players: Sequence[str], draws: Sequence[ClubDraw]) -> Bands:
    """Return the bands over draws of one set of players.

    Raises
    ------
    DataError
        If there is no draw.
    """
    if not draws:
        raise DataError("bands need at least one draw")
    codes = np.array([d.verdict for d in draws])
    cores = np.array([d.core for d in draws])
    return Bands(
        tuple(players),
        len(draws),
        np.array([d.value for d in draws]),
        np.array([d.shapley for d in draws]),
        np.array([d.gain for d in draws]),
        np.array([d.epsilon for d in draws]),
        np.array([(codes == v).sum(0) for v in Verdict]).transpose(1, 0, 2),
        np.array([int((cores == v).sum()) for v in Verdict]),
    )


def parameter_bands(tables: Iterable[ClubTable]) -> Bands:
    """Return the bands over one table per draw of the parameters.

    Parameters
    ----------
    tables : iterable of ClubTable
        May be a generator: each table is let go once it has been read.

    Returns
    -------
    Bands

    Raises
    ------
    DataError
        If there is no table, or two differ in players.
    """
    players: tuple[str, ...] = ()
    draws = []
    for table in tables:
        players = players or table.players
        if table.players != players:
            raise DataError(f"draws differ in players: {players} and {table.players}")
        draws.append(club_draw(table))
    return bands_of(players, draws)


def _quantile_frame(
    name: str, draws: Float[Array, "d k"], quantiles: Sequence[float]
) -> pd.DataFrame:
    """Return quantiles over the known draws, with their number; NaN where none is known."""
    import pandas as pd

    known = np.isfinite(draws).sum(axis=0)
    out = np.full((len(quantiles), draws.shape[1]), np.nan)
    some = known > 0
    out[:, some] = np.nanquantile(draws[:, some], list(quantiles), axis=0)
    columns = {f"{name}_musd_q{100 * q:g}": out[at] for at, q in enumerate(quantiles)}
    return pd.DataFrame({**columns, f"{name}_draws_known": known})
