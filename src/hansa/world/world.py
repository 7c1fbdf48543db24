"""World: one balanced, labelled, immutable table of who buys what from whom.

May import only ``hansa.errors``. Notation: Caliendo & Parro (2015, REStud 82, 1-44).
Arrays are ordered (destination n, origin i, sector j); money is in millions of US dollars.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from hansa.errors import DataError, unknown

Array = np.ndarray

#: What a cell rests on; the position is the code stored in `World.evidence`.
EVIDENCE = ("observed", "derived", "modelled")

#: Relative size up to which an identity of the table counts as holding.
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class World:
    """A balanced baseline. Build one with `from_flows`, `read`, or `hansa.load_world`.

    Attributes
    ----------
    name : str
        For example ``world-2015``.
    year : int
        Baseline year.
    countries, sectors : tuple of str
        ISO3 (or aggregate) codes, length N; sector codes, length J.
    expenditure : (N, N, J) array, million USD
        Spending of destination n on sector j from origin i, tariff included; domestic sales
        on the diagonal.
    tariff : (N, N, J) array, rate
        Ad valorem; 0.05 is 5 %.
    value_added_share : (N, J) array, share of cost
    input_share : (N, J, J) array, share of cost
        ``input_share[n, k, j]``: input k in the cost of sector j. With value added sums to one.
    trade_elasticity, trade_elasticity_se : (J,) arrays
        theta > 0 and its standard error (NaN where the source gives none).
    evidence : (N, N, J) array of int8
        What each cell of `expenditure` rests on: position in ``EVIDENCE``.
    meta : mapping
        Names, sources, proxies, deviations: whatever the table says of itself.
    """

    name: str
    year: int
    countries: tuple[str, ...]
    sectors: tuple[str, ...]
    expenditure: Float[Array, "n n j"]
    tariff: Float[Array, "n n j"]
    value_added_share: Float[Array, "n j"]
    input_share: Float[Array, "n j j"]
    trade_elasticity: Float[Array, " j"]
    trade_elasticity_se: Float[Array, " j"]
    evidence: Int8[Array, "n n j"]
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        return (
            f"World({self.name!r}, {self.year}: {len(self.countries)} economies x "
            f"{len(self.sectors)} sectors, value added {self.value_added.sum() / 1e6:.1f} trn USD)"
        )

    # ---- derived quantities -------------------------------------------------------------

    @cached_property
    def spending(self) -> Float[Array, "n j"]:
        """X_n^j: total spending on each sector, (N, J), million USD."""
        return self.expenditure.sum(axis=1)

    @cached_property
    def trade_share(self) -> Float[Array, "n n j"]:
        """pi_ni^j, (N, N, J); where nothing is bought the country buys from itself."""
        share = self.expenditure / np.where(self.spending > 0, self.spending, 1.0)[:, None, :]
        n, j = np.nonzero(self.spending <= 0)
        share[n, n, j] = 1.0
        return share

    @cached_property
    def output(self) -> Float[Array, "n j"]:
        """Y_i^j: sales net of tariffs, (N, J), million USD."""
        return (self.expenditure / (1 + self.tariff)).sum(axis=0)

    @cached_property
    def value_added(self) -> Float[Array, " n"]:
        """w_n L_n, (N,), million USD."""
        return (self.value_added_share * self.output).sum(axis=1)

    @cached_property
    def final_demand(self) -> Float[Array, "n j"]:
        """Spending less intermediate use, (N, J), million USD; rounding below zero is cut."""
        final = self.spending - np.einsum("nkj,nj->nk", self.input_share, self.output)
        return np.maximum(final, 0.0)

    @cached_property
    def final_share(self) -> Float[Array, "n j"]:
        """alpha_n^j, (N, J)."""
        return self.final_demand / self.final_demand.sum(axis=1, keepdims=True)

    @cached_property
    def tariff_revenue(self) -> Float[Array, " n"]:
        """(N,), million USD."""
        return (self.expenditure * self.tariff / (1 + self.tariff)).sum(axis=(1, 2))

    @cached_property
    def imports(self) -> Float[Array, "n j"]:
        """Imports net of tariffs, domestic sales left out, (N, J), million USD."""
        return self._abroad.sum(axis=1)

    @cached_property
    def exports(self) -> Float[Array, "n j"]:
        """Exports net of tariffs, domestic sales left out, (N, J), million USD."""
        return self._abroad.sum(axis=0)

    @cached_property
    def _abroad(self) -> Float[Array, "n n j"]:
        flow = self.expenditure / (1 + self.tariff)
        own = np.arange(len(self.countries))
        flow[own, own, :] = 0.0
        return flow

    @cached_property
    def deficit(self) -> Float[Array, " n"]:
        """D_n: imports minus exports, (N,), million USD; sums to zero over the world."""
        deficit = (self.imports - self.exports).sum(axis=1)
        return deficit - deficit.sum() / deficit.size

    @cached_property
    def income(self) -> Float[Array, " n"]:
        """I_n: value added, tariff revenue and the deficit, (N,), million USD."""
        return self.value_added + self.tariff_revenue + self.deficit

    @cached_property
    def modelled_share(self) -> Float[Array, " n"]:
        """Share of each country's trade (exports and imports) that is modelled, (N,)."""
        modelled = np.where(self.evidence == EVIDENCE.index("modelled"), self._abroad, 0.0)
        total = self._abroad.sum(axis=(1, 2)) + self._abroad.sum(axis=(0, 2))
        part = modelled.sum(axis=(1, 2)) + modelled.sum(axis=(0, 2))
        return part / np.where(total > 0, total, 1.0)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over labels and numbers: two worlds with one digest are the same."""
        sha = hashlib.sha256(repr((self.year, self.countries, self.sectors)).encode())
        for array in (
            self.expenditure,
            self.tariff,
            self.value_added_share,
            self.input_share,
            self.trade_elasticity,
        ):
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()

    # ---- labels -------------------------------------------------------------------------

    def country(self, code: str) -> int:
        """Return the position of a country code.

        Raises
        ------
        DataError
            If the world has no such country; names the nearest one, and the aggregate that
            holds it if there is one.
        """
        return self._position("country", code, self.countries)

    def sector(self, code: str) -> int:
        """Return the position of a sector code; raises DataError naming the nearest."""
        return self._position("sector", code, self.sectors)

    def _position(self, what: str, code: str, known: Sequence[str]) -> int:
        try:
            return known.index(code)
        except ValueError:
            hint = ""
            for aggregate, members in self.meta.get("aggregates", {}).items():
                if code in members:
                    hint = f"({code} is part of the aggregate {aggregate} in {self.name})"
            raise DataError(unknown(what, code, known, hint)) from None

    def country_name(self, code: str) -> str:
        """English short name of a country or aggregate (the code itself if unnamed)."""
        return str(self.meta.get("country_names", {}).get(code, code))

    def sector_name(self, code: str) -> str:
        """English name of a sector (the code itself if unnamed)."""
        return str(self.meta.get("sector_names", {}).get(code, code))

    # ---- construction -------------------------------------------------------------------

    @classmethod
    def from_flows(
        cls,
        *,
        name: str,
        year: int,
        countries: Iterable[str],
        sectors: Iterable[str],
        expenditure: Array,
        trade_elasticity: Array,
        value_added: Array | None = None,
        intermediate: Array | None = None,
        value_added_share: Array | None = None,
        input_share: Array | None = None,
        tariff: Array | None = None,
        trade_elasticity_se: Array | None = None,
        evidence: Array | None = None,
        meta: Mapping[str, Any] | None = None,
        tolerance: float = TOLERANCE,
    ) -> World:
        """Return a checked World from flows and either money or shares of cost.

        Parameters
        ----------
        name, year, countries, sectors, meta
            As the attributes of `World`.
        expenditure : (N, N, J) array, million USD
            Destination, origin, sector; tariff included; the diagonal is domestic sales.
        trade_elasticity, trade_elasticity_se : (J,) arrays
            theta > 0; standard errors default to NaN.
        value_added : (N, J) array, million USD, optional
            With `intermediate`, gives the cost shares; must add up to output.
        intermediate : (N, J, J) array, million USD, optional
            ``intermediate[n, k, j]``: use of input k by sector j.
        value_added_share, input_share : arrays, optional
            The shares themselves, instead of `value_added` and `intermediate`; must sum to
            one within 1e-6 and are then renormalised exactly.
        tariff : (N, N, J) array, optional
            Rates; zero by default.
        evidence : (N, N, J) int8 array, optional
            Codes of ``EVIDENCE``; observed by default.
        tolerance : float
            Relative size up to which the identities must hold.

        Returns
        -------
        World

        Raises
        ------
        DataError
            Names the identity, the country, the sector and the size of what is wrong.
        """
        from hansa.world.checks import check_world, cost_shares

        countries, sectors = tuple(countries), tuple(sectors)
        x = np.array(expenditure, dtype=np.float64)
        n, j = len(countries), len(sectors)
        va_share, in_share = cost_shares(
            countries, sectors, x, tariff, value_added, intermediate,
            value_added_share, input_share, tolerance,
        )  # fmt: skip
        nan = np.full(j, np.nan)
        world = cls(
            name=name,
            year=int(year),
            countries=countries,
            sectors=sectors,
            expenditure=x,
            tariff=np.zeros_like(x) if tariff is None else np.array(tariff, dtype=np.float64),
            value_added_share=va_share,
            input_share=in_share,
            trade_elasticity=np.array(trade_elasticity, dtype=np.float64),
            trade_elasticity_se=nan
            if trade_elasticity_se is None
            else np.array(trade_elasticity_se, dtype=np.float64),
            evidence=np.zeros((n, n, j), dtype=np.int8)
            if evidence is None
            else np.array(evidence, dtype=np.int8),
            meta=dict(meta or {}),
        )
        check_world(world, tolerance)
        return world

    @classmethod
    def read(cls, path: str | Path) -> World:
        """Return the World in a long Parquet or CSV file (see `hansa.world.table`)."""
        from hansa.world.table import read_table

        return read_table(path)

    def write(self, path: str | Path) -> Path:
        """Write this World as a long Parquet or CSV file and return the path."""
        from hansa.world.table import write_table

        return write_table(self, path)

    @classmethod
    def from_wiod(cls, path: str | Path, *, trade_elasticity: float | Array = 5.0) -> World:
        """Return the World of a WIOD release-2013 inter-country table (``.RData``)."""
        from hansa.world.sources.wiod2013 import load_world

        return load_world(path, trade_elasticity=trade_elasticity)

    @classmethod
    def from_cp2015(cls, folder: str | Path) -> World:
        """Return the World of Caliendo & Parro's (2015) original text files, tariffs 1993."""
        from hansa.world.sources.cp2015 import load_world

        return load_world(folder)
