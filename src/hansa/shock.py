"""Shock: the sparse, composable change of a world.

May import ``hansa.errors`` and ``hansa.world``. It is the one word that policy, corridor and
equilibrium share: iceberg cost hats, new tariffs, productivity hats, transfers, deficit rule.
Notation: Dekle, Eaton & Kortum (2008, IMF Staff Papers 55, 511-540).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError, unknown
from hansa.world.world import World

Array = np.ndarray
Codes = str | Iterable[str] | None
DeficitRule = Literal["balanced", "fixed", "proportional"]

_NO_CELLS = np.zeros(0, dtype=np.int64)
_NO_VALUES = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Shock:
    """What changes in a world; only what changes is held.

    Build one with the class methods, join them with `then` or `compose`.

    Attributes
    ----------
    countries, sectors : tuple of str
        Labels of the world the shock belongs to (N and J of them).
    cost_cell, cost_hat : (K,) arrays
        Flat positions ``(n * N + i) * J + j``, sorted and unique, and iceberg hats tau > 0
        (new over old; ``inf`` shuts the trade).
    tariff_cell, tariff_rate : (T,) arrays
        Flat positions as above and new ad-valorem rates (0.05 is 5 %).
    productivity_cell, productivity_hat : (A,) arrays
        Flat positions ``n * J + j`` and hats A > 0.
    transfer : (N,) array, million USD
        Received by each country; sums to zero.
    deficits : {"balanced", "fixed", "proportional"} or None
        Rule for D'; None leaves the choice to the solver's default ("balanced").
    label : str
        How reports call it.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    cost_cell: Int[Array, " k"] = field(default_factory=lambda: _NO_CELLS)
    cost_hat: Float[Array, " k"] = field(default_factory=lambda: _NO_VALUES)
    tariff_cell: Int[Array, " t"] = field(default_factory=lambda: _NO_CELLS)
    tariff_rate: Float[Array, " t"] = field(default_factory=lambda: _NO_VALUES)
    productivity_cell: Int[Array, " a"] = field(default_factory=lambda: _NO_CELLS)
    productivity_hat: Float[Array, " a"] = field(default_factory=lambda: _NO_VALUES)
    transfer: Float[Array, " n"] = field(default_factory=lambda: _NO_VALUES)
    deficits: DeficitRule | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if self.transfer.size == 0:
            object.__setattr__(self, "transfer", np.zeros(len(self.countries)))
        if self.deficits is not None and self.deficits not in get_args(DeficitRule):
            raise DataError(unknown("deficit rule", self.deficits, get_args(DeficitRule)))

    def __repr__(self) -> str:
        parts = [
            f"{self.cost_cell.size} cost hats" if self.cost_cell.size else "",
            f"{self.tariff_cell.size} tariffs" if self.tariff_cell.size else "",
            f"{self.productivity_cell.size} productivities" if self.productivity_cell.size else "",
            "transfers" if self.transfer.any() else "",
            f"{self.deficits} deficits" if self.deficits else "",
        ]
        what = ", ".join(p for p in parts if p) or "neutral"
        return f"Shock({self.label + ': ' if self.label else ''}{what})"

    @property
    def is_neutral(self) -> bool:
        """Whether nothing changes (the deficit rule aside)."""
        held = self.cost_cell.size + self.tariff_cell.size + self.productivity_cell.size
        return held == 0 and not self.transfer.any()

    # ---- builders -----------------------------------------------------------------------

    @classmethod
    def neutral(cls, world: World, label: str = "") -> Shock:
        """Return the shock that changes nothing: the identity of composition."""
        return cls(world.countries, world.sectors, label=label)

    @classmethod
    def trade_cost(
        cls,
        world: World,
        *,
        hat: float,
        destination: Codes = None,
        origin: Codes = None,
        sector: Codes = None,
        domestic: bool = False,
        label: str = "",
    ) -> Shock:
        """Return iceberg cost hats on every flow that matches.

        Parameters
        ----------
        world : World
        hat : float
            New over old cost of delivering one unit, > 0; 1.3 is 30 % dearer, ``inf`` shuts
            the trade.
        destination, origin, sector : str or iterable of str, optional
            Codes; None means all.
        domestic : bool
            Whether sales of a country to itself are included where they match.
        label : str

        Returns
        -------
        Shock

        Raises
        ------
        DataError
            Unknown code (names the nearest) or a hat that is not > 0.
        """
        cells = _flow_cells(world, destination, origin, sector, domestic)
        return cls(
            world.countries,
            world.sectors,
            *_merge_costs(cells, np.full(cells.size, float(hat))),
            label=label,
        )

    @classmethod
    def from_costs(
        cls,
        world: World,
        destination: Array,
        origin: Array,
        sector: Array,
        hat: Array,
        label: str = "",
    ) -> Shock:
        """Return cost hats from arrays of positions (not codes); repeated cells multiply.

        Parameters
        ----------
        world : World
        destination, origin, sector : (K,) int arrays
            Positions in ``world.countries`` and ``world.sectors``.
        hat : (K,) array
            Iceberg hats > 0.
        label : str

        Returns
        -------
        Shock
        """
        n, j = len(world.countries), len(world.sectors)
        destination, origin, sector = (
            np.asarray(a, np.int64) for a in (destination, origin, sector)
        )
        for what, at, size in (
            ("destination", destination, n), ("origin", origin, n), ("sector", sector, j),
        ):  # fmt: skip
            if at.size and (at.min() < 0 or at.max() >= size):
                raise DataError(f"{what} positions must lie in 0..{size - 1}")
        cells = (destination * n + origin) * j + sector
        return cls(
            world.countries,
            world.sectors,
            *_merge_costs(cells, np.asarray(hat, np.float64)),
            label=label,
        )

    @classmethod
    def tariff(
        cls,
        world: World,
        *,
        rate: float,
        destination: Codes = None,
        origin: Codes = None,
        sector: Codes = None,
        label: str = "",
    ) -> Shock:
        """Return new ad-valorem tariff rates (0.05 is 5 %) on every matching foreign flow."""
        cells = _flow_cells(world, destination, origin, sector, domestic=False)
        return cls._with_tariffs(world, cells, np.full(cells.size, float(rate)), label)

    @classmethod
    def tariff_schedule(
        cls, world: World, rates: Float[Array, "n n j"], mask: Array | None = None, label: str = ""
    ) -> Shock:
        """Return the shock that replaces tariffs by a full (N, N, J) schedule of rates.

        Parameters
        ----------
        world : World
        rates : (N, N, J) array
            New rates, destination first.
        mask : (N, N, J) bool array, optional
            Where the schedule applies; elsewhere tariffs stay as they are. By default it
            applies where its rates differ from the baseline's.
        label : str

        Returns
        -------
        Shock
        """
        if rates.shape != world.tariff.shape:
            raise DataError(f"tariffs have shape {rates.shape}, expected {world.tariff.shape}")
        if mask is not None and (mask.shape != rates.shape or mask.dtype != np.bool_):
            raise DataError(f"the mask must be boolean of shape {rates.shape}, not {mask.shape}")
        # Where the mask says that the schedule applies, it also replaces an earlier shock's
        # rate by one that equals the baseline's.
        cells = np.flatnonzero(rates != world.tariff if mask is None else mask)
        return cls._with_tariffs(world, cells, rates.ravel()[cells], label)

    @classmethod
    def _with_tariffs(cls, world: World, cells: Array, rates: Array, label: str) -> Shock:
        if not (np.isfinite(rates) & (rates > -1)).all():
            raise DataError(
                "tariff rates must be finite and above -1 (0.05 is 5 %); to shut a trade use "
                "trade_cost(hat=inf)"
            )
        return cls(
            world.countries, world.sectors, tariff_cell=cells, tariff_rate=rates, label=label
        )

    @classmethod
    def productivity(
        cls,
        world: World,
        *,
        hat: float,
        country: Codes = None,
        sector: Codes = None,
        label: str = "",
    ) -> Shock:
        """Return productivity hats (1.02 is 2 % more output from the same inputs)."""
        if not (np.isfinite(hat) and hat > 0):
            raise DataError(f"productivity hat must be finite and > 0, not {hat}")
        c = _positions(world, "country", country)
        s = _positions(world, "sector", sector)
        cells = (c[:, None] * len(world.sectors) + s).ravel()
        return cls(
            world.countries,
            world.sectors,
            productivity_cell=np.sort(cells),
            productivity_hat=np.full(cells.size, float(hat)),
            label=label,
        )

    @classmethod
    def transfers(cls, world: World, received: Mapping[str, float], label: str = "") -> Shock:
        """Return payments between countries, million USD; what is received must sum to zero."""
        amount = np.zeros(len(world.countries))
        for code, value in received.items():
            if not np.isfinite(value):
                raise DataError(f"the transfer to {code} must be a finite number, not {value}")
            amount[world.country(code)] += float(value)
        if abs(amount.sum()) > 1e-9 * max(1.0, np.abs(amount).max()):
            raise DataError(
                f"transfers must sum to zero over the world, they sum to {amount.sum():.6g}"
            )
        return cls(world.countries, world.sectors, transfer=amount - amount.mean(), label=label)

    # ---- composition --------------------------------------------------------------------

    def then(self, later: Shock) -> Shock:
        """Return this shock followed by another: costs and productivities multiply, transfers
        add, the later tariff and the later deficit rule replace the earlier.

        Raises
        ------
        DataError
            If the two belong to worlds with different labels.
        """
        if (self.countries, self.sectors) != (later.countries, later.sectors):
            raise DataError("shocks of worlds with different countries or sectors do not compose")
        kept = ~np.isin(self.tariff_cell, later.tariff_cell)
        cells = np.concatenate([self.tariff_cell[kept], later.tariff_cell])
        rates = np.concatenate([self.tariff_rate[kept], later.tariff_rate])
        order = np.argsort(cells)
        cost_cell, cost_hat = _product(
            np.concatenate([self.cost_cell, later.cost_cell]),
            np.concatenate([self.cost_hat, later.cost_hat]),
        )
        prod_cell, prod_hat = _product(
            np.concatenate([self.productivity_cell, later.productivity_cell]),
            np.concatenate([self.productivity_hat, later.productivity_hat]),
        )
        return replace(
            self,
            cost_cell=cost_cell,
            cost_hat=cost_hat,
            tariff_cell=cells[order],
            tariff_rate=rates[order],
            productivity_cell=prod_cell,
            productivity_hat=prod_hat,
            transfer=self.transfer + later.transfer,
            deficits=later.deficits or self.deficits,
            label=" + ".join(part for part in (self.label, later.label) if part),
        )

    def drivers_then(self, later: Shock) -> Shock:
        """Return only the productivities and transfers of this shock and a later one."""
        cell, hat = _product(
            np.concatenate([self.productivity_cell, later.productivity_cell]),
            np.concatenate([self.productivity_hat, later.productivity_hat]),
        )
        return Shock(
            self.countries,
            self.sectors,
            productivity_cell=cell,
            productivity_hat=hat,
            transfer=self.transfer + later.transfer,
        )

    @staticmethod
    def compose(world: World, shocks: Iterable[Shock]) -> Shock:
        """Return the shocks joined in order, starting from the neutral one."""
        total = Shock.neutral(world)
        for shock in shocks:
            total = total.then(shock)
        return total

    def with_deficits(self, rule: DeficitRule) -> Shock:
        """Return this shock under another rule for deficits."""
        return replace(self, deficits=rule)

    def named(self, label: str) -> Shock:
        """Return this shock with another label."""
        return replace(self, label=label)

    def cost_array(self) -> Float[Array, "n n j"]:
        """Return the iceberg hats as a dense (N, N, J) array (ones where nothing changes)."""
        n, j = len(self.countries), len(self.sectors)
        dense = np.ones(n * n * j)
        dense[self.cost_cell] = self.cost_hat
        return dense.reshape(n, n, j)


def _positions(world: World, what: str, codes: Codes) -> Int[Array, " k"]:
    size, find = (
        (len(world.countries), world.country)
        if what == "country"
        else (len(world.sectors), world.sector)
    )
    if codes is None:
        return np.arange(size)
    wanted = [codes] if isinstance(codes, str) else list(codes)
    return np.unique(np.array([find(code) for code in wanted], dtype=np.int64))


def _flow_cells(
    world: World, destination: Codes, origin: Codes, sector: Codes, domestic: bool
) -> Int[Array, " k"]:
    n = _positions(world, "country", destination)[:, None, None]
    i = _positions(world, "country", origin)[None, :, None]
    j = _positions(world, "sector", sector)[None, None, :]
    cells = (n * len(world.countries) + i) * len(world.sectors) + j
    keep = np.ones(cells.shape, dtype=bool) if domestic else np.broadcast_to(n != i, cells.shape)
    return np.sort(cells[keep])


def _merge_costs(cells: Array, hats: Array) -> tuple[Array, Array]:
    if not (hats > 0).all():
        raise DataError(
            "iceberg hats must be > 0 (new over old cost: 1.3 is 30 % dearer, inf shuts the "
            "trade); a hat of zero would make trade free of all cost"
        )
    return _product(cells, hats)


def _product(cells: Array, values: Array) -> tuple[Array, Array]:
    """Return sorted unique cells and the product of the values that fall on each."""
    unique, where = np.unique(cells, return_inverse=True)
    product = np.ones(unique.size)
    np.multiply.at(product, where, values)
    kept = product != 1.0
    return unique[kept], product[kept]
