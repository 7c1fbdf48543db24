"""Results: what an equilibrium says, with labels, units and a status for every scenario.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. Welfare formulas:
Caliendo & Parro (2015, REStud 82, 1-44), equation 15 for the linearised one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from hansa.equilibrium.economy import Economy, economy_of
from hansa.equilibrium.equations import State
from hansa.equilibrium.measures import Measured, linear_welfare, measured, trade_flows
from hansa.equilibrium.technology import HORIZONS, Horizon
from hansa.errors import DataError, unknown
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = np.ndarray


class Status(StrEnum):
    """What became of a scenario."""

    SOLVED = "solved"
    UNCONVERGED = "unconverged"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, eq=False)
class Result:
    """One or many equilibria of one world.

    Labelled arrays are xarray DataArrays with ``unit``, ``year`` and ``evidence`` ("modelled")
    in their attributes; with many scenarios they have a first dimension ``scenario``. Rows of
    scenarios that were not solved are NaN and their `status` says why.

    Attributes
    ----------
    world : World
        The baseline the hats refer to (with deficits removed under the balanced rule).
    base : Shock
        Comes first in every scenario (neutral where none was given).
    shocks : sequence of Shock
    scenarios : tuple of str
        Labels, one per shock.
    state : State
        (J, N, S) and (F, N, S) arrays.
    new_income : (N, S) array, million USD
        I' at that state.
    market_residual, price_residual : (S,) arrays
        Relative max-norm residuals.
    iterations : (S,) int array
    messages : tuple of str
        Why a scenario was refused or given up; empty if solved.
    deficits : str
        The rule in force.
    tolerance : float
        Residual below which a scenario counts as solved.
    horizon : Horizon
        Elasticities and mobility of labour.
    single : bool
        Whether labelled arrays drop the scenario dimension.
    """

    world: World
    base: Shock
    shocks: Sequence[Shock]
    scenarios: tuple[str, ...]
    state: State
    new_income: Float[Array, "n s"]
    market_residual: Float[Array, " s"]
    price_residual: Float[Array, " s"]
    iterations: Int[Array, " s"]
    messages: tuple[str, ...]
    deficits: str
    tolerance: float
    horizon: Horizon = HORIZONS["long"]
    single: bool = False

    def __repr__(self) -> str:
        solved = sum(s is Status.SOLVED for s in self.statuses)
        return (
            f"Result({self.world.name}, {len(self.scenarios)} scenario(s), {solved} solved, "
            f"largest residual of those {self._largest_residual():.1e})"
        )

    def _largest_residual(self) -> float:
        ok = self.solved
        worst = np.maximum(self.market_residual, self.price_residual)
        return float(worst[ok].max()) if ok.any() else float("nan")

    # ---- status -------------------------------------------------------------------------

    @cached_property
    def economy(self) -> Economy:
        """The baseline in the solver's layout."""
        return economy_of(self.world, self.horizon)

    @cached_property
    def solved(self) -> Bool[Array, " s"]:
        """Which scenarios meet the tolerance, (S,)."""
        return np.maximum(self.market_residual, self.price_residual) < self.tolerance

    @cached_property
    def statuses(self) -> tuple[Status, ...]:
        """Status of each scenario, in order."""
        return tuple(
            Status.SOLVED if ok else (Status.INFEASIBLE if count == 0 else Status.UNCONVERGED)
            for ok, count in zip(self.solved, self.iterations, strict=True)
        )

    @property
    def status(self) -> Any:
        """`Status` of one scenario, or a labelled array of their names."""
        if self.single:
            return self.statuses[0]
        return self._labelled(np.array([s.value for s in self.statuses]), "status", "", ())

    @property
    def residual(self) -> xr.DataArray:
        """The larger of the market and the price residual (relative, max-norm)."""
        worst = np.maximum(self.market_residual, self.price_residual)
        return self._labelled(worst, "residual", "relative", ())

    # ---- labelled quantities ------------------------------------------------------------

    @cached_property
    def _measured(self) -> Measured:
        return measured(self.economy, self.world.income, self.state, self.new_income, self.solved)

    @property
    def welfare(self) -> xr.DataArray:
        """W hat, exact: real income, new over old. Not the linearised number of the paper."""
        return self._labelled(self._measured.welfare, "welfare", "new over old, exact")

    @property
    def welfare_linear(self) -> xr.DataArray:
        """CP (2015) eq. 15: terms of trade plus volume of trade, fraction of income. Linearised."""
        total = self.terms_of_trade.values + self.volume_of_trade.values
        return self._labelled(self._rows(total), "welfare_linear", "fraction of income, linearised")

    @property
    def terms_of_trade(self) -> xr.DataArray:
        """Terms-of-trade part of CP (2015) eq. 15, fraction of income."""
        return self._labelled(self._linear[0], "terms_of_trade", "fraction of income, linearised")

    @property
    def volume_of_trade(self) -> xr.DataArray:
        """Volume-of-trade part of CP (2015) eq. 15, fraction of income."""
        return self._labelled(self._linear[1], "volume_of_trade", "fraction of income, linearised")

    @property
    def real_wage(self) -> xr.DataArray:
        """w hat over P hat: new over old."""
        return self._labelled(self._measured.real_wage, "real_wage", "new over old")

    @property
    def real_consumption(self) -> xr.DataArray:
        """The same number as `welfare`: utility is the real consumption of income."""
        return self._labelled(self._measured.welfare, "real_consumption", "new over old")

    @property
    def ev(self) -> xr.DataArray:
        """Equivalent variation (W hat - 1) I, million USD of the baseline year."""
        value = (self._measured.welfare - 1) * self.world.income
        return self._labelled(value, "ev", f"million USD of {self.world.year}")

    @property
    def income(self) -> xr.DataArray:
        """I', million USD at the numeraire (world value added unchanged)."""
        return self._labelled(self._measured.income, "income", "million USD, world VA unchanged")

    @property
    def wage(self) -> xr.DataArray:
        """w hat, new over old, at the numeraire."""
        return self._labelled(self._measured.wage, "wage", "new over old")

    @property
    def price_index(self) -> xr.DataArray:
        """Consumer price index, new over old, at the numeraire."""
        return self._labelled(self._measured.price_index, "price_index", "new over old")

    @property
    def price(self) -> xr.DataArray:
        """P hat of each sector, new over old; dimensions country and sector last."""
        value = np.exp(self.state.log_price).transpose(2, 1, 0)
        value = np.where(self.solved[:, None, None], value, np.nan)
        return self._labelled(value, "price", "new over old", ("country", "sector"))

    @property
    def output(self) -> xr.DataArray:
        """Y', million USD, by country and sector."""
        return self._labelled(
            np.stack([self._sales(k) for k in range(len(self.scenarios))]),
            "output", "million USD, world VA unchanged", ("country", "sector"),
        )  # fmt: skip

    @property
    def tariff_revenue(self) -> xr.DataArray:
        """Tariff revenue, million USD."""
        value = [
            (flow * new / (1 + new)).sum((1, 2))
            for flow, new in (trade_flows(self, k) for k in range(len(self.scenarios)))
        ]
        return self._labelled(np.stack(value), "tariff_revenue", "million USD, world VA unchanged")

    @property
    def exports(self) -> xr.DataArray:
        """Exports net of tariffs, million USD."""
        return self._labelled(self._trade_total(0), "exports", "million USD, world VA unchanged")

    @property
    def imports(self) -> xr.DataArray:
        """Imports net of tariffs, million USD."""
        return self._labelled(self._trade_total(1), "imports", "million USD, world VA unchanged")

    @property
    def openness_change(self) -> xr.DataArray:
        """Change of (exports + imports) / (2 value added), percentage points."""
        new = (self._trade_total(0) + self._trade_total(1)) / (
            2 * self._measured.wage * self.world.value_added
        )
        old = (self.world.exports + self.world.imports).sum(1) / (2 * self.world.value_added)
        return self._labelled(100 * (new - old), "openness_change", "percentage points")

    def trade(self, scenario: int | str = 0) -> xr.DataArray:
        """Return X' of one scenario: destination, origin, sector; tariff included.

        Parameters
        ----------
        scenario : int or str
            Position or label.

        Returns
        -------
        xarray.DataArray
            (N, N, J), million USD at the numeraire (world value added unchanged).
        """
        import xarray as xr

        flow, _ = trade_flows(self, self.position(scenario))
        return xr.DataArray(
            flow,
            dims=("destination", "origin", "sector"),
            coords={
                "destination": list(self.world.countries),
                "origin": list(self.world.countries),
                "sector": list(self.world.sectors),
            },
            name="trade",
            attrs=self._attrs("million USD, world VA unchanged, tariff included"),
        )

    def shock(self, scenario: int | str = 0) -> Shock:
        """Return the whole shock of one scenario, its base included."""
        return self.base.then(self.shocks[self.position(scenario)])

    def position(self, scenario: int | str) -> int:
        """Return the position of a scenario given by position or label."""
        if isinstance(scenario, str):
            if scenario not in self.scenarios:
                raise DataError(unknown("scenario", scenario, self.scenarios))
            return self.scenarios.index(scenario)
        return scenario

    def to_frame(self) -> pd.DataFrame:
        """Return one row per scenario and country: welfare, real wage, EV, status, residual."""
        import pandas as pd

        s, n = len(self.scenarios), len(self.world.countries)
        m = self._measured
        return pd.DataFrame(
            {
                "scenario": np.repeat(np.array(self.scenarios), n),
                "country": np.tile(np.array(self.world.countries), s),
                "welfare": m.welfare.ravel(),
                "real_wage": m.real_wage.ravel(),
                "ev_musd": ((m.welfare - 1) * self.world.income).ravel(),
                "status": np.repeat([x.value for x in self.statuses], n),
                "residual": np.repeat(np.maximum(self.market_residual, self.price_residual), n),
            }
        )

    # ---- helpers ------------------------------------------------------------------------

    @cached_property
    def _linear(self) -> tuple[Array, Array]:
        rows = [linear_welfare(self, k) for k in range(len(self.scenarios))]
        return np.stack([r[0] for r in rows]), np.stack([r[1] for r in rows])

    def _sales(self, k: int) -> Array:
        flow, new = trade_flows(self, k)
        return (flow / (1 + new)).sum(0)

    @cached_property
    def _trade_totals(self) -> tuple[Array, Array]:
        exports, imports = [], []
        for k in range(len(self.scenarios)):
            flow, new = trade_flows(self, k)
            net = (flow / (1 + new)).sum(2)
            np.fill_diagonal(net, 0.0)
            exports.append(net.sum(0))
            imports.append(net.sum(1))
        return np.stack(exports), np.stack(imports)

    def _trade_total(self, which: int) -> Array:
        return self._trade_totals[which]

    def _rows(self, value: Array) -> Array:
        return value[None] if self.single else value

    def _attrs(self, unit: str) -> dict[str, Any]:
        return {
            "unit": unit,
            "year": self.world.year,
            "evidence": "modelled",
            "source": f"equilibrium of {self.world.name}, {self.deficits} deficits, "
            f"{self.horizon.name} horizon",
        }

    def _labelled(
        self, value: Array, name: str, unit: str, dims: tuple[str, ...] = ("country",)
    ) -> xr.DataArray:
        import xarray as xr

        labels = {"country": list(self.world.countries), "sector": list(self.world.sectors)}
        coords = {d: labels[d] for d in dims}
        if self.single:
            return xr.DataArray(value[0], coords, dims, name=name, attrs=self._attrs(unit))
        return xr.DataArray(
            value,
            {"scenario": list(self.scenarios), **coords},
            ("scenario", *dims),
            name=name,
            attrs=self._attrs(unit),
        )
