"""Perturbation and Outcomes: small changes of what drives an equilibrium, and of what it holds.

May import ``hansa.errors`` and ``hansa.world``. Labels meet arrays here: entries are xarray
DataArrays with ISO3 and sector codes. The same two classes hold directions and gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from hansa.errors import DataError, unknown
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Array = np.ndarray
LabelledT = TypeVar("LabelledT", bound="Labelled")

_FLOW = ("destination", "origin", "sector")


@dataclass(frozen=True, eq=False)
class Labelled:
    """Some entries of fixed names and dimensions; an entry that is not there is zero.

    Attributes
    ----------
    countries, sectors : tuple of str
    entries : mapping of str to xarray.DataArray
        Also readable as attributes.
    """

    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    entries: Mapping[str, xr.DataArray]

    #: Dimensions and unit by name.
    FORM: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {}
    WHAT: ClassVar[str] = "entry"

    @classmethod
    def of(cls: type[LabelledT], world: World, **values: Any) -> LabelledT:
        """Return entries with the labels of a world.

        Parameters
        ----------
        world : World
        **values : array or xarray.DataArray
            By name. Arrays are in the order of the world; labelled arrays may be in any order,
            and labels that they lack count zero.

        Raises
        ------
        DataError
            Unknown name or code (names the nearest), wrong shape, or a number that is not finite.
        """
        labels, checked = _labels(world.countries, world.sectors), {}
        for name, value in values.items():
            if name not in cls.FORM:
                raise DataError(unknown(cls.WHAT, name, cls.FORM))
            checked[name] = _in_order(name, value, cls.FORM[name][0], labels)
        return cls.with_attrs(world, checked, {})

    @classmethod
    def with_attrs(
        cls: type[LabelledT], world: World, values: Mapping[str, Array], attrs: Mapping[str, Any]
    ) -> LabelledT:
        """Return arrays in the order of the world as entries with attributes beside their unit."""
        import xarray as xr

        labels, entries = _labels(world.countries, world.sectors), {}
        for name, value in values.items():
            dims, unit = cls.FORM[name]
            entries[name] = xr.DataArray(
                value, {d: labels[d] for d in dims}, dims, name, {"unit": unit, **attrs}
            )
        return cls(world.countries, world.sectors, entries)

    def __getattr__(self, name: str) -> xr.DataArray:
        if name in type(self).FORM:
            if name in self.entries:
                return self.entries[name]
            raise AttributeError(f"this {type(self).__name__} holds no {name!r} (it counts zero)")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.entries) or 'nothing'})"

    def values(self, name: str) -> Array | None:
        """Return the bare array of an entry in the order of the world, None where there is none."""
        return self.entries[name].values if name in self.entries else None

    def dot(self, other: Labelled) -> float:
        """Return the sum of products over all entries that both hold."""
        shared = [name for name in self.entries if name in other.entries]
        return float(sum((self.entries[k].values * other.entries[k].values).sum() for k in shared))

    def to_xarray(self) -> xr.Dataset:
        """Return all entries as one Dataset."""
        import xarray as xr

        return xr.Dataset(dict(self.entries))


@dataclass(frozen=True, eq=False, repr=False)
class Perturbation(Labelled):
    """A small change of shock or parameters; or the gradient of a number by them.

    Build one with `of`, or from a Shock with `Linearisation.along`.

    Attributes
    ----------
    log_trade_cost : (destination, origin, sector)
        d log tau of iceberg costs; 0.01 is one per cent dearer.
    tariff : (destination, origin, sector)
        Change of the ad-valorem rate; 0.01 is one point.
    log_productivity : (country, sector)
        d log A.
    transfer : (country,), million USD
        Received; sums to zero in every group of countries that trade.
    trade_elasticity : (sector,)
        Change of theta (as it is at the horizon), the baseline of the hats held.
    final_elasticity : ()
        Change of sigma_c between goods in final demand.
    bundle_elasticity : (sector,)
        Change of epsilon between value added and inputs.
    input_elasticity : (sector,)
        Change of eta between inputs. Sectors that share one eta move together; in a gradient
        only the sum over them has a meaning.
    """

    FORM: ClassVar = {
        "log_trade_cost": (_FLOW, "log of iceberg cost"),
        "tariff": (_FLOW, "ad-valorem rate"),
        "log_productivity": (("country", "sector"), "log of productivity"),
        "transfer": (("country",), "million USD"),
        "trade_elasticity": (("sector",), "elasticity"),
        "final_elasticity": ((), "elasticity"),
        "bundle_elasticity": (("sector",), "elasticity"),
        "input_elasticity": (("sector",), "elasticity"),
    }
    WHAT: ClassVar = "perturbation"


@dataclass(frozen=True, eq=False, repr=False)
class Outcomes(Labelled):
    """First-order changes of what an equilibrium holds; or weights of them, in a gradient.

    Money and prices are at the numeraire: world value added is unchanged.

    Attributes
    ----------
    log_welfare, log_real_wage, log_wage, log_price_index, log_income : (country,)
    log_price : (country, sector)
    spending, sales : (country, sector), million USD
        X' and Y'.
    trade : (destination, origin, sector), million USD
        X' by origin, tariff included.
    """

    FORM: ClassVar = {
        "log_welfare": (("country",), "log"),
        "log_real_wage": (("country",), "log"),
        "log_wage": (("country",), "log"),
        "log_price_index": (("country",), "log"),
        "log_income": (("country",), "log"),
        "log_price": (("country", "sector"), "log"),
        "spending": (("country", "sector"), "million USD"),
        "sales": (("country", "sector"), "million USD"),
        "trade": (_FLOW, "million USD"),
    }
    WHAT: ClassVar = "outcome"


@lru_cache(maxsize=8)
def _labels(countries: tuple[str, ...], sectors: tuple[str, ...]) -> dict[str, pd.Index]:
    """Return the labels of each dimension; as indices they are shared, not copied."""
    import pandas as pd

    codes = ("country", "destination", "origin")
    return {d: pd.Index(countries, name=d) for d in codes} | {"sector": pd.Index(sectors)}


def _in_order(name: str, value: Any, dims: tuple[str, ...], labels: dict[str, pd.Index]) -> Array:
    if hasattr(value, "dims"):
        value = _aligned(name, value, dims, labels)
    array = np.asarray(value, dtype=np.float64)
    shape = tuple(len(labels[d]) for d in dims)
    if array.shape != shape:
        raise DataError(f"{name} has shape {array.shape}, expected {shape}: {', '.join(dims)}")
    if not np.isfinite(array).all():
        raise DataError(f"{name} must be finite; a small change of a shut flow is no change")
    return array


def _aligned(name: str, value: Any, dims: tuple[str, ...], labels: dict[str, pd.Index]) -> Any:
    if set(value.dims) != set(dims):
        raise DataError(f"{name} has dimensions {tuple(value.dims)}, expected {dims}")
    for d in dims:
        if odd := [str(k) for k in value.coords[d].values if k not in labels[d]]:
            raise DataError(unknown(d, odd[0], labels[d]))
    return value.reindex({d: labels[d] for d in dims}, fill_value=0.0).transpose(*dims)
