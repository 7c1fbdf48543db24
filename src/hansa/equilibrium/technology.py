"""Technology: elasticities of nested CES, mobility of labour, and the horizons that name them.

May import ``hansa.errors``. Cobb-Douglas with mobile labour is the special case in which every
elasticity is one. Baqaee & Farhi (2024, Econometrica 92, 505-541); Bachmann et al. (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hansa.errors import DataError, unknown

Array = Any


@dataclass(frozen=True)
class Group:
    """Using sectors (positions) with one eta; whether it is one, and whether these are all."""

    sectors: tuple[int, ...]
    cobb_douglas: bool
    everybody: bool

    @property
    def rows(self) -> Any:
        """Index of these sectors in an array over sectors; all of them as a view."""
        return slice(None) if self.everybody else np.array(self.sectors)


@dataclass(frozen=True, eq=False)
class Technology:
    """Elasticities of substitution; one is Cobb-Douglas, exactly.

    Attributes
    ----------
    final : float
        sigma_c, between sectors in final demand.
    bundle : (J,) array
        epsilon_j, between value added and the bundle of inputs of each sector.
    inputs : (J,) array
        eta_j, between inputs of each sector.
    specific : bool
        Whether labour stays in its sector (a wage for every sector) instead of moving freely.
    groups : tuple of Group
        Sectors that share one eta: their bundles are priced together.
    """

    final: Array
    bundle: Array
    inputs: Array
    specific: bool
    groups: tuple[Group, ...]

    @property
    def order(self) -> Array:
        """Where each sector is when the groups are laid end to end."""
        return np.argsort([k for group in self.groups for k in group.sectors])

    @classmethod
    def of(
        cls,
        sectors: int,
        final: float = 1.0,
        bundle: float | Sequence[float] = 1.0,
        inputs: float | Sequence[float] = 1.0,
        specific: bool = False,
    ) -> Technology:
        """Return the technology of a world with this many sectors.

        Parameters
        ----------
        sectors : int
            J.
        final, bundle, inputs : float or (J,) sequence of float
            sigma_c, epsilon, eta; all above 0.
        specific : bool

        Returns
        -------
        Technology

        Raises
        ------
        DataError
            An elasticity that is not finite and positive, or a sequence of another length.
        """
        checked = {
            name: _elasticity(name, value, size)
            for name, value, size in (
                ("final", final, 1), ("bundle", bundle, sectors), ("inputs", inputs, sectors),
            )
        }  # fmt: skip
        eta = checked["inputs"]
        groups = tuple(
            Group(tuple(np.flatnonzero(eta == v).tolist()), bool(v == 1), bool((eta == v).all()))
            for v in np.unique(eta)
        )
        return cls(float(checked["final"][0]), checked["bundle"], eta, specific, groups)


@dataclass(frozen=True)
class Horizon:
    """How long after a shock: elasticities and mobility of labour, with their sources.

    Attributes
    ----------
    name : str
    theta_scale : float
        Factor on the world's (long-run) trade elasticities.
    final : float
    bundle, inputs : float, or tuple of float by sector
        As in `Technology`.
    specific : bool
        As in `Technology`.
    sources : str
        Where the numbers are from, and which are assumptions.
    span : str
        How long after, in words.
    """

    name: str
    theta_scale: float = 1.0
    final: float = 1.0
    bundle: float | tuple[float, ...] = 1.0
    inputs: float | tuple[float, ...] = 1.0
    specific: bool = False
    sources: str = ""
    span: str = ""

    def technology(self, sectors: int) -> Technology | None:
        """Return the technology, or None where it is plain Cobb-Douglas with mobile labour."""
        if self.final == self.bundle == self.inputs == 1 and not self.specific:
            return None
        return Technology.of(sectors, self.final, self.bundle, self.inputs, self.specific)


HORIZONS = {
    "short": Horizon(
        "short", 0.38, 0.9, 0.2, 0.04, True,
        "Trade elasticities at 0.76 / 2.0 of their long-run values (Boehm, "
        "Levchenko & Pandalai-Nayar 2023); inputs 0.04, the cautious case of Bachmann et al. "
        "(2022) for energy, here for all inputs (assumption); value added against inputs 0.2 "
        "(assumption, after Boehm, Flaaen & Pandalai-Nayar 2019); final demand 0.9 (Baqaee & "
        "Farhi 2024); labour stays in its sector (assumption).",
        "within a year",
    ),
    "medium": Horizon(
        "medium", 0.69, 0.9, 0.5, 0.2, False,
        "Final demand 0.9, value added against inputs 0.5, inputs 0.2 "
        "(Baqaee & Farhi 2024); trade elasticities halfway between short and long "
        "(assumption: Boehm, Levchenko & Pandalai-Nayar 2023 find seven to ten years to the "
        "long run); labour moves freely (assumption).",
        "two to four years after",
    ),
    "long": Horizon(
        "long",
        sources="Cobb-Douglas, mobile labour and the world's trade elasticities (Caliendo & "
        "Parro 2015).",
        span="ten years and more after",
    ),
}  # fmt: skip


def horizon_of(name: str | Horizon) -> Horizon:
    """Return a horizon by name.

    Raises
    ------
    DataError
        Unknown name; says the nearest.
    """
    if isinstance(name, Horizon):
        return name
    if name not in HORIZONS:
        raise DataError(unknown("horizon", name, list(HORIZONS)))
    return HORIZONS[name]


def _elasticity(name: str, value: float | Sequence[float], size: int) -> np.ndarray:
    array = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if array.size not in (1, size):
        raise DataError(f"elasticity {name}: {array.size} values for {size} sectors")
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise DataError(
            f"elasticity {name} must be finite and above 0, not {value}; 1 is Cobb-Douglas, "
            "small values such as 0.05 are close to fixed proportions"
        )
    return np.broadcast_to(array, (size,)).copy()
