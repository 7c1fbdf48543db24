"""Economy: a World as bare arrays in the solver's layout, and the trade operators of scenarios.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``. Labels stop here: below this
file there are only arrays, sector first, then country, then scenario: (J, N, B).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int

from hansa.equilibrium.technology import HORIZONS, Horizon, Technology
from hansa.shock import Shock
from hansa.world.world import World

Array = np.ndarray

#: Final shares, and deficits over value added, below this are rounding (a World's identities hold
#: no better), not demand.
TRACE = 1e-10


@dataclass(frozen=True, eq=False)
class Economy:
    """Baseline in the solver's layout.

    Attributes
    ----------
    countries, sectors : tuple of str
        Kept for messages only.
    trade_share : (J, N, N) array
        pi, sector, destination, origin.
    tariff : (J, N, N) array
        Rates.
    value_added_share : (J, N) array
    input_share : (N, J, J) array
        ``input_share[n, j, k]``: share of input k in the cost of sector j (cost rows).
    final_share : (J, N) array
        alpha.
    value_added : (N,) array, million USD
        w L.
    deficit : (N,) array, million USD
        D; sums to zero.
    trade_elasticity : (J,) array
        theta > 0.
    technology : Technology or None
        Elasticities of nested CES and mobility of labour; None is Cobb-Douglas with mobile
        labour, the model of the paper.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    trade_share: Float[Array, "j n n"]
    tariff: Float[Array, "j n n"]
    value_added_share: Float[Array, "j n"]
    input_share: Float[Array, "n j j"]
    final_share: Float[Array, "j n"]
    value_added: Float[Array, " n"]
    deficit: Float[Array, " n"]
    trade_elasticity: Float[Array, " j"]
    technology: Technology | None = None

    @classmethod
    def from_parts(cls, parts: Any) -> Economy:
        """Return an Economy from published parts that need not be one balanced table.

        Parameters
        ----------
        parts : object
            With attributes countries, sectors, trade_share, tariff (N, N, J),
            value_added_share, final_share (N, J), input_share (N, J, J; input, then using
            sector), value_added, deficit (N,), trade_elasticity (J,).

        Returns
        -------
        Economy
        """
        return cls(
            countries=tuple(parts.countries),
            sectors=tuple(parts.sectors),
            trade_share=np.ascontiguousarray(parts.trade_share.transpose(2, 0, 1)),
            tariff=np.ascontiguousarray(parts.tariff.transpose(2, 0, 1)),
            value_added_share=np.ascontiguousarray(parts.value_added_share.T),
            input_share=np.ascontiguousarray(parts.input_share.transpose(0, 2, 1)),
            final_share=_without_traces(parts.final_share.T),
            value_added=np.array(parts.value_added),
            deficit=_real_deficit(np.array(parts.deficit), np.array(parts.value_added)),
            trade_elasticity=np.array(parts.trade_elasticity),
        )

    @classmethod
    def from_world(cls, world: World) -> Economy:
        """Return the arrays of a World in the solver's layout."""
        return cls.from_parts(world)

    @cached_property
    def spending(self) -> Float[Array, "j n"]:
        """X at baseline prices and shares: inputs into sales plus final demand, million USD.

        Solved from the spending equations with the baseline's income, so that it also serves
        parts that are not one balanced table.
        """
        net = self.trade_share / (1 + self.tariff)
        income = self.value_added + self.deficit
        leak = 1 - net.sum(2)
        spending = self.final_share * income
        for _ in range(500):
            sales = np.matmul(net.transpose(0, 2, 1), spending[:, :, None])[:, :, 0]
            use = np.matmul(self.use_share, sales.T[:, :, None])[:, :, 0].T
            new = use + self.final_share * (income + (leak * spending).sum(0))
            change = np.abs(new - spending).max()
            spending = new
            if change <= 1e-15 * np.abs(spending).max():
                break
        return spending

    @cached_property
    def use_share(self) -> Float[Array, "n j j"]:
        """``use_share[n, k, j]``: the transpose of `input_share`, contiguous (use rows)."""
        return np.ascontiguousarray(self.input_share.transpose(0, 2, 1))

    @cached_property
    def input_mix(self) -> Float[Array, "n j j"]:
        """Shares of inputs in each sector's bundle of inputs: rows sum to one or are zero."""
        total = 1 - self.value_added_share.T[:, :, None]
        return np.where(total > 0, self.input_share / np.where(total > 0, total, 1.0), 0.0)

    @cached_property
    def factor_income(self) -> Float[Array, "f n"]:
        """Baseline income by factor: one row if labour is mobile, one for each sector if not."""
        if self.technology is None or not self.technology.specific:
            return self.value_added[None]
        net = self.trade_share / (1 + self.tariff)
        sales = np.matmul(net.transpose(0, 2, 1), self.spending[:, :, None])[:, :, 0]
        income = self.value_added_share * sales
        return income * (self.value_added / income.sum(0))

    def without_deficits(self) -> Economy:
        """Return the same economy with D = 0 (not solved: its shares are still the old ones)."""
        return replace(self, deficit=np.zeros_like(self.deficit))


def _without_traces(share: Float[Array, "j n"]) -> Float[Array, "j n"]:
    """Return final shares with rounding set to zero: a trace of demand needs no supplier."""
    kept = np.where(share > TRACE, share, 0.0)
    return np.ascontiguousarray(kept / kept.sum(0))


def _real_deficit(deficit: Float[Array, " n"], value_added: Float[Array, " n"]) -> Array:
    """Return deficits, exactly zero in a balanced world.

    Where a shock makes a country's money worthless or its trade vanish, rounding would count.
    """
    balanced = bool((np.abs(deficit) <= TRACE * value_added).all())
    return np.zeros_like(deficit) if balanced else deficit


@lru_cache(maxsize=12)
def economy_of(world: World, horizon: Horizon = HORIZONS["long"]) -> Economy:
    """Return the Economy of a World at a horizon, made once for each."""
    if horizon == HORIZONS["long"]:
        return Economy.from_world(world)
    return replace(
        economy_of(world),
        trade_elasticity=world.trade_elasticity * horizon.theta_scale,
        technology=horizon.technology(len(world.sectors)),
    )


@dataclass(frozen=True, eq=False)
class Trade:
    """Trade operators of a batch of scenarios: one shared part and sparse differences.

    ``access`` is pi * kappa^-theta, ``net`` the same over (1 + t'). The shared parts are
    (J, N, N); the differences are sparse matrices over flattened (sector, country, scenario).
    They are applied as a matrix product plus a sparse one, so that no (N, N, J, B) array is
    ever built.
    """

    access: Float[Array, "j n n"]
    net: Float[Array, "j n n"]
    taxed: bool
    access_change: sp.csr_array | None = None
    net_change: sp.csr_array | None = None
    net_change_turned: sp.csr_array | None = None

    def buy(self, x: Float[Array, "j n b"]) -> Float[Array, "j n b"]:
        """Sum over origins of access times x: what destinations see."""
        return _apply(self.access, self.access_change, x)

    def buy_net(self, x: Float[Array, "j n b"]) -> Float[Array, "j n b"]:
        """As `buy`, net of tariffs."""
        return _apply(self.net, self.net_change, x)

    def only(self, columns: Bool[Array, " b"]) -> Trade:
        """Return the operators of some scenarios only."""
        if self.access_change is None or self.net_change is None:
            return self
        access, net = (_columns(m, columns) for m in (self.access_change, self.net_change))
        return replace(self, access_change=access, net_change=net, net_change_turned=net.T.tocsr())

    def sell(self, z: Float[Array, "j n b"]) -> Float[Array, "j n b"]:
        """Sum over destinations of net access times z: what origins see."""
        return _apply(self.net.transpose(0, 2, 1), self.net_change_turned, z)


def _columns(change: sp.csr_array, columns: Array) -> sp.csr_array:
    """Keep the entries of some scenarios in a matrix over (sector, country, scenario)."""
    width = columns.size
    entries = change.tocoo()
    row, scenario = np.divmod(entries.coords[0], width)
    column = entries.coords[1] // width
    kept = columns[scenario]
    new = np.cumsum(columns) - 1
    count = int(columns.sum())
    at = (row[kept] * count + new[scenario[kept]], column[kept] * count + new[scenario[kept]])
    size = change.shape[0] // width * count
    return sp.csr_array((entries.data[kept], at), shape=(size, size))


def _apply(shared: Array, change: sp.csr_array | None, x: Array) -> Array:
    out = np.matmul(shared, x)
    if change is not None:
        out += (change @ x.reshape(-1)).reshape(x.shape)
    return out


BatchT = TypeVar("BatchT", bound="Batch")


class Batch:
    """Something whose arrays end in a scenario axis."""

    def only(self: BatchT, columns: Array | list[int]) -> BatchT:
        """Return the same for some scenarios only."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return type(self)(**{name: _picked(value, columns) for name, value in held.items()})


def _picked(value: Any, columns: Array | list[int]) -> Any:
    if isinstance(value, Batch):
        return value.only(columns)
    return value[..., columns] if np.ndim(value) and value.shape[-1] > 1 else value


@dataclass(frozen=True, eq=False)
class Drivers(Batch):
    """What the scenarios of a batch change apart from trade costs.

    Attributes
    ----------
    log_productivity : (J, N, B) array, or (1, 1, 1) if unchanged
        log A hat.
    transfer : (N, B) array, million USD
        Received.
    deficits : {"fixed", "proportional"}
        Rule for D'; balanced worlds have D = 0 under either.
    """

    log_productivity: Array
    transfer: Float[Array, "n b"]
    deficits: Literal["fixed", "proportional"] = "fixed"


def drivers(
    e: Economy, shocks: Sequence[Shock], deficits: Literal["fixed", "proportional"] = "fixed"
) -> Drivers:
    """Return what a batch of shocks changes apart from trade costs."""
    transfer = np.stack([s.transfer for s in shocks], axis=1)
    if not any(s.productivity_cell.size for s in shocks):
        return Drivers(np.zeros((1, 1, 1)), transfer, deficits)
    j, n = e.final_share.shape
    log_a = np.zeros((n * j, len(shocks)))
    for b, shock in enumerate(shocks):
        log_a[shock.productivity_cell, b] = np.log(shock.productivity_hat)
    return Drivers(log_a.reshape(n, j, -1).transpose(1, 0, 2).copy(), transfer, deficits)


@dataclass(frozen=True, eq=False)
class Cells:
    """New access and net access on the flows that one scenario changes.

    Attributes
    ----------
    row, column, sector : (K,) arrays
        Destination, origin, sector positions; each flow once.
    access, net : (K,) arrays
        pi * kappa^-theta there, and the same over (1 + t').
    """

    row: Int[Array, " k"]
    column: Int[Array, " k"]
    sector: Int[Array, " k"]
    access: Float[Array, " k"]
    net: Float[Array, " k"]

    def shuts(self, base: Trade) -> bool:
        """Whether a flow that is open in the shared part is shut here."""
        shared = base.access[self.sector, self.row, self.column]
        return bool(((self.access == 0) & (shared > 0)).any())

    def beyond(self, base: Trade) -> Cells:
        """Return only the flows that differ from the shared part."""
        at = (self.sector, self.row, self.column)
        new = (self.access != base.access[at]) | (self.net != base.net[at])
        return Cells(*(values[new] for values in vars(self).values()))


def changed_cells(economy: Economy, shock: Shock, base: Shock | None = None) -> Cells:
    """Return the flows a shock changes, with kappa^-theta as the natural variable.

    Shut trade is exactly zero: ``inf ** -theta``. With `base`, the shock comes after it: only
    the flows of `shock` are returned, with the costs and tariffs of both.
    """
    n, j = len(economy.countries), len(economy.sectors)
    cells = shock.cost_cell
    if shock.tariff_cell.size:
        cells = np.union1d(cells, shock.tariff_cell)
    row, rest = np.divmod(cells, n * j)
    column, sector = np.divmod(rest, j)
    hat = _at(cells, shock.cost_cell, shock.cost_hat, np.ones(cells.size))
    old = economy.tariff[sector, row, column]
    new = old
    if base is not None:
        hat = hat * _at(cells, base.cost_cell, base.cost_hat, np.ones(cells.size))
        new = _at(cells, base.tariff_cell, base.tariff_rate, new)
    new = _at(cells, shock.tariff_cell, shock.tariff_rate, new)
    kappa = hat * (1 + new) / (1 + old)
    access = economy.trade_share[sector, row, column] * kappa ** -economy.trade_elasticity[sector]
    return Cells(row, column, sector, access, access / (1 + new))


def _at(cells: Array, keys: Array, values: Array, default: Array) -> Array:
    """Return the values whose (sorted) keys are among the cells, the default elsewhere."""
    if not keys.size:
        return default
    place = np.minimum(np.searchsorted(keys, cells), keys.size - 1)
    return np.where(keys[place] == cells, values[place], default)


def shared_trade(economy: Economy, cells: Cells) -> Trade:
    """Return the operators of one set of changed flows folded into the shared part."""
    access = economy.trade_share.copy()
    net = access / (1 + economy.tariff)
    access[cells.sector, cells.row, cells.column] = cells.access
    net[cells.sector, cells.row, cells.column] = cells.net
    return Trade(access, net, taxed=bool(np.any(access != net)))


def batch_trade(base: Trade, scenarios: list[Cells]) -> Trade:
    """Return the operators of several scenarios, each a set of changes on a shared base."""
    j, n, _ = base.access.shape
    width = len(scenarios)
    rows, columns, access, net = [], [], [], []
    for b, c in enumerate(scenarios):
        c = c.beyond(base)
        rows.append((c.sector * n + c.row) * width + b)
        columns.append((c.sector * n + c.column) * width + b)
        access.append(c.access - base.access[c.sector, c.row, c.column])
        net.append(c.net - base.net[c.sector, c.row, c.column])
    if not any(a.size for a in access):
        return base
    at = (np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32))
    size = (j * n * width, j * n * width)
    access_change = sp.csr_array((np.concatenate(access), at), shape=size)
    net_change = sp.csr_array((np.concatenate(net), at), shape=size)
    taxed = base.taxed or bool(np.any(np.concatenate(access) != np.concatenate(net)))
    return Trade(base.access, base.net, taxed, access_change, net_change, net_change.T.tocsr())
