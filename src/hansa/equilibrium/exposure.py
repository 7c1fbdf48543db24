"""exposure: who gains and who loses when another country grows; friends and enemies.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. The matrices of
Kleinman, Liu & Redding (2024, AEJ: Macroeconomics 16(4), 350-385), for every pair and sector, with
input-output links, tariffs and deficits, at the baseline or under a regime of sanctions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.derivatives import Linearisation, linearise
from hansa.equilibrium.elimination import factor
from hansa.equilibrium.local import GAPS, RECEIVED, Tree
from hansa.equilibrium.solve import solve
from hansa.equilibrium.technology import Horizon
from hansa.errors import DataError, unknown
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Exposure:
    """First-order exposures of every country to every other: elasticities.

    All are xarray DataArrays of pure numbers: per cent per per cent. ``country`` is who is
    exposed, ``source`` is where productivity rises, ``origin`` is who sells.

    Attributes
    ----------
    welfare : (country, source)
        d log W_n / d log A_i, all sectors of i together: friends are positive, enemies negative.
    welfare_by_sector : (country, source, sector)
        d log W_n / d log A_i^j; sums over sectors to `welfare`.
    income : (country, source)
        d log I_n / d log A_i, with I relative to world value added: the numeraire is that world
        value added is unchanged.
    income_by_sector : (country, source, sector)
    import_cost : (country, origin)
        d log W_n / d log tau_ni, all sectors together: dearer imports of n from i. The diagonal
        is the cost of domestic sales.
    """

    welfare: xr.DataArray
    welfare_by_sector: xr.DataArray
    income: xr.DataArray
    income_by_sector: xr.DataArray
    import_cost: xr.DataArray

    def __repr__(self) -> str:
        n, _, j = self.welfare_by_sector.shape
        return f"Exposure({n} countries, {j} sectors; {self.welfare.attrs['source']})"

    def friends(self, country: str, k: int = 10, *, sector: str | None = None) -> pd.DataFrame:
        """Return the k countries whose growth raises a country's welfare most.

        Parameters
        ----------
        country : str
        k : int
        sector : str, optional
            Growth in one sector; all together by default.

        Returns
        -------
        pandas.DataFrame
            Index ``source``; ``welfare`` and ``income`` are elasticities. Only positive ones;
            the country itself is left out.

        Raises
        ------
        DataError
            Unknown country or sector.
        """
        table = self._others(country, sector)
        return table[table["welfare"] > 0].nlargest(k, "welfare")

    def enemies(self, country: str, k: int = 10, *, sector: str | None = None) -> pd.DataFrame:
        """As `friends`: the k countries whose growth lowers a country's welfare most."""
        table = self._others(country, sector)
        return table[table["welfare"] < 0].nsmallest(k, "welfare")

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair: country, source, welfare, income, import_cost."""
        import pandas as pd

        codes = self.welfare.coords["country"].values
        n = codes.size
        return pd.DataFrame(
            {
                "country": np.repeat(codes, n),
                "source": np.tile(codes, n),
                "welfare": self.welfare.values.ravel(),
                "income": self.income.values.ravel(),
                "import_cost": self.import_cost.values.ravel(),
            }
        )

    def _others(self, country: str, sector: str | None) -> pd.DataFrame:
        import pandas as pd

        codes = [str(c) for c in self.welfare.coords["country"].values]
        if country not in codes:
            raise DataError(unknown("country", country, codes))
        welfare, income = self.welfare, self.income
        if sector is not None:
            sectors = [str(s) for s in self.welfare_by_sector.coords["sector"].values]
            if sector not in sectors:
                raise DataError(unknown("sector", sector, sectors))
            welfare, income = (
                held.sel(sector=sector) for held in (self.welfare_by_sector, self.income_by_sector)
            )
        rows = {"welfare": welfare, "income": income}
        table = pd.DataFrame({k: v.sel(country=country).values for k, v in rows.items()}, codes)
        return table.rename_axis("source").drop(index=country)


def exposure(
    world: World,
    regime: Shock | None = None,
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
) -> Exposure:
    """Return the exposure of every country to every other, all from one factorisation.

    Parameters
    ----------
    world : World
    regime : Shock, optional
        What is in force; exposures are those of the equilibrium under it.
    deficits : {"balanced", "fixed", "proportional"}
        Rule for deficits, unless the regime names its own.
    horizon : {"short", "medium", "long"} or Horizon
        Elasticities and mobility of labour. Labour that stays in its sector makes wages by
        country and sector, and the factorisation that many times as large.

    Returns
    -------
    Exposure

    Raises
    ------
    DataError, ConvergenceError
        As `solve`; or if the linear solve does not reach a relative residual of 1e-12.

    References
    ----------
    Kleinman, Liu & Redding (2024, AEJ: Macroeconomics), "International Friends and Enemies".

    Examples
    --------
    >>> import hansa as hs
    >>> exposed = hs.exposure(hs.load_world())
    >>> bool(exposed.welfare.sel(country="IRN", source="IRN") > 1)
    True
    """
    result = solve(world, regime, deficits=deficits, horizon=horizon)
    here = linearise(result)
    # Products of this size are too small to share, and waiting threads cost more than they do.
    with one_thread():
        welfare, income, import_cost = elasticities(here)
    at = f"{result.deficits} deficits, {result.horizon.name} horizon"
    attrs = {
        "unit": "per cent per per cent",
        "evidence": "modelled",
        "year": world.year,
        "source": f"first order of the equilibrium of {world.name} under "
        f"{here.shock.label or repr(here.shock)}, {at}, residual {float(result.residual):.0e}",
    }
    by = {
        "welfare_by_sector": (welfare, ("country", "source", "sector")),
        "welfare": (welfare.sum(2), ("country", "source")),
        "income_by_sector": (income, ("country", "source", "sector")),
        "income": (income.sum(2), ("country", "source")),
        "import_cost": (import_cost, ("country", "origin")),
    }
    return Exposure(**{name: _labelled(world, name, *held, attrs) for name, held in by.items()})


def elasticities(
    here: Linearisation,
) -> tuple[Float[Array, "n n j"], Float[Array, "n n j"], Float[Array, "n n"]]:
    """Return the bare matrices: welfare and income by productivity, welfare by import costs.

    Returns
    -------
    welfare, income : (N, N, J) arrays
        Who, source, sector.
    import_cost : (N, N) array
        Who, origin.
    """
    one = factor(here.tangent)
    n = here.point.economy.value_added.size
    gradients = []
    for outcome in ("log_welfare", "log_income"):
        weights: Tree = {outcome: np.eye(n)[None]}
        gaps = one.solve(here.tangent.pull(weights))
        weights |= {name: -gaps[name] for name in GAPS}
        gradients.append(here.tangent.pull(weights, ("log_productivity", *RECEIVED)))
    welfare, income = (g["log_productivity"].transpose(2, 1, 0) for g in gradients)
    return welfare, income, _import_cost(here, gradients[0])


def _import_cost(here: Linearisation, gradient: Tree) -> Float[Array, "n n"]:
    """Return the weights of each country's own import costs, given those of trade's returns."""
    p = here.point
    x, z = (p.outputs[k][:, :, 0] for k in ("competitiveness", "per_access"))
    own = np.arange(x.shape[1])
    seen, seen_net = (gradient[k][:, own, own] for k in ("seen", "seen_net"))
    sold = gradient["sold"].transpose(0, 2, 1)
    flow = p.trade.access * (seen[:, :, None] * x[:, None])
    flow += p.trade.net * (seen_net[:, :, None] * x[:, None] + z[:, :, None] * sold)
    return -np.einsum("j,jni->ni", p.economy.trade_elasticity, flow)


def _labelled(
    world: World, name: str, value: Array, dims: tuple[str, ...], attrs: dict[str, Any]
) -> xr.DataArray:
    import xarray as xr

    coords = {d: list(world.sectors if d == "sector" else world.countries) for d in dims}
    return xr.DataArray(value, coords, dims, name, attrs)
