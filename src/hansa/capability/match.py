"""Capability fed back: members' trade costs fall more where one can supply what another lost.

May import ``hansa.errors``, ``hansa.world``, ``hansa.policy`` and its siblings. An option of a
club's rule, off unless asked for; the formula is Hansa's own, stated in `match_multipliers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.capability.coverage import Coverage
from hansa.errors import DataError
from hansa.policy import Measures, WeightRow
from hansa.world.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["match_measures", "match_multipliers"]

Array = np.ndarray


def match_multipliers(world: World, club: Coverage, *, strength: float = 1.0) -> xr.DataArray:
    """Return by how much more or less than on average each flow of a club gets cheaper.

    Parameters
    ----------
    world : World
    club : Coverage
        Of the candidate members.
    strength : float
        0 to 1: from no difference between flows to the full formula.

    Returns
    -------
    xarray.DataArray
        (destination, origin, sector) over the members and all sectors, >= 0; the exponent of the
        common factor, so that ``(1 + nontariff) ** multiplier`` is a flow's hat.

    Notes
    -----
    For member n, origin i and sector j of goods, with d_nk what n lost of chapter k, s_kj the part
    of it in sector j, and e_ik the exports of i,

        match = sum_k s_kj min(d_nk, share * e_ik) / sum_k s_kj d_nk,

    the share of n's loss in the sector that i could supply (`Coverage.divertible` is ``share``);
    zero where n lost nothing. The multiplier is 1 - strength + strength * match / mean, with the
    mean over all flows of goods among the members weighted by their value in the world, so that the
    value-weighted mean is one and a club with multipliers compares with one without. Services have
    one.

    Raises
    ------
    DataError
        A strength outside 0..1, or no match at all.
    """
    import xarray as xr

    if not 0 <= strength <= 1:
        raise DataError(f"strength must lie in 0..1, not {strength}")
    goods = [world.sector(s) for s in club.losses[0].goods]
    match, weight = _match(club, len(goods)), _flows(world, club.members)[:, :, goods]
    mean = (match * weight).sum() / weight.sum() if weight.sum() > 0 else 0.0
    if mean <= 0:
        raise DataError(f"no member of {', '.join(club.members)} can supply what another lost")
    factor = np.ones((*match.shape[:2], len(world.sectors)))
    factor[:, :, goods] = 1 - strength + strength * match / mean
    own = np.arange(len(club.members))
    factor[own, own] = np.nan
    codes = list(club.members)
    return xr.DataArray(
        factor,
        {"destination": codes, "origin": codes, "sector": list(world.sectors)},
        ("destination", "origin", "sector"),
        "match",
        {
            "unit": "exponent of the common hat; value-weighted mean one",
            "evidence": "modelled",
            "source": "share of the importer's lost goods that the exporter could supply",
        },
    )


def match_measures(
    world: World, club: Coverage, *, nontariff: float = -0.10, strength: float = 1.0,
    tariffs: float | None = None, payments: float = 0.0, largest: float = -0.30,
) -> Measures:  # fmt: skip
    """Return the measures of a club whose non-tariff costs fall more where capability matches.

    Parameters
    ----------
    world : World
    club : Coverage
        Of the candidate members.
    nontariff : float
        The change of a flow of average match; -0.10 is ten per cent cheaper.
    strength : float
        As in `match_multipliers`.
    tariffs, payments : float
        As in `hansa.Measures`.
    largest : float
        No flow gets cheaper than this, nor, where it is less, than `nontariff`; > -1.

    Returns
    -------
    Measures
        With ``weights`` by pair and sector, so that another ``nontariff`` keeps the pattern.

    Raises
    ------
    DataError
        As `match_multipliers`; or a change that is not above -1.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> regime = hs.sanctions(world, on="2024-02-19")
    >>> club = hs.capability.coverage(world, regime, ["IRN", "BLR", "RUS"])
    >>> measures = hs.capability.match_measures(world, club)
    >>> hs.Club(club.members, measures).shock(world).cost_cell.size > 0
    True
    """
    for name, value in (("nontariff", nontariff), ("largest", largest)):
        if not (np.isfinite(value) and value > -1):
            raise DataError(f"{name} must be finite and above -1 (-0.10 is 10 %), not {value}")
    factor = match_multipliers(world, club, strength=strength)
    if nontariff < 0:
        factor = factor.clip(max=max(np.log1p(largest) / np.log1p(nontariff), 1.0))
    rows = tuple(
        WeightRow(destination, origin, sector, float(factor.values[n, i, j]))
        for n, destination in enumerate(club.members)
        for i, origin in enumerate(club.members)
        for j, sector in enumerate(world.sectors)
        if n != i
    )
    return Measures(tariffs=tariffs, nontariff=nontariff, payments=payments, weights=rows)


def _match(club: Coverage, sectors: int) -> Float[Array, "m m j"]:
    """Return the share of each member's loss in each sector that each other could supply."""
    m = len(club.members)
    match = np.zeros((m, m, sectors))
    for loss in club.losses:
        n = club.members.index(loss.target)
        lost = np.maximum(loss.lost, 0.0)
        need = lost.sum(1)
        given = np.minimum(need, club.divertible * club.exports)
        share = np.divide(given, need, out=np.zeros_like(given), where=need > 0)
        total = lost.sum(0)
        supplied = share @ lost
        match[n] = np.divide(supplied, total, out=np.zeros_like(supplied), where=total > 0)
        match[n, n] = 0.0
    return match


def _flows(world: World, members: tuple[str, ...]) -> Float[Array, "m m j"]:
    at = [world.country(c) for c in members]
    flow = (world.expenditure / (1 + world.tariff))[np.ix_(at, at)].copy()
    own = np.arange(len(at))
    flow[own, own] = 0.0
    return flow
