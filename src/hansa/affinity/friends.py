"""Friends and enemies: whose growth helps or hurts whom, read from the solver's exposure matrices.

May import ``hansa.errors``, ``hansa.world``, ``hansa.equilibrium`` and its neighbours. Kleinman,
Liu & Redding (2024, AEJ: Macroeconomics 16(4), 350-385).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from hansa.affinity.tables import chosen, sourced
from hansa.errors import DataError, unknown
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from hansa.equilibrium import Exposure

__all__ = ["by_sector", "change", "club_friends", "country_friends", "leaning", "mutual"]

ELASTICITY = "per cent of welfare per per cent of the source's productivity"
DOLLARS = "million USD a year for one per cent of the source's productivity"
OUTCOMES = ("welfare", "income")


def country_friends(
    world: World, exposed: Exposure, country: str, k: int = 10, *, sector: str | None = None
) -> pd.DataFrame:
    """Return one country's top friends and enemies: whose growth helps and whose hurts it most.

    Parameters
    ----------
    world : World
    exposed : Exposure
        From `hansa.exposure` of this world.
    country : str
        ISO3.
    k : int
        At most so many of each.
    sector : str, optional
        Growth in one sector; all together by default.

    Returns
    -------
    pandas.DataFrame
        ``side`` ("friend" or "enemy"), ``source``, ``name``, ``welfare`` and ``income``
        (elasticities; income is relative to world value added, which does not change),
        ``dollars``: what one per cent of the source's productivity is worth to the country,
        million USD a year. The strongest first.

    Raises
    ------
    DataError
        Unknown country or sector.

    References
    ----------
    Kleinman, Liu & Redding (2024).

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> table = country_friends(world, hs.exposure(world), "IRN", 3)
    >>> str(table["source"].iloc[0])
    'CHN'
    """
    import pandas as pd

    parts = [
        held.assign(side=side)
        for side, held in (
            ("friend", exposed.friends(country, k, sector=sector)),
            ("enemy", exposed.enemies(country, k, sector=sector)),
        )
    ]
    table = pd.concat(parts).reset_index()
    table["name"] = [world.country_name(str(code)) for code in table["source"]]
    table["dollars"] = table["welfare"] / 100 * world.income[world.country(country)]
    columns = ["side", "source", "name", "welfare", "income", "dollars"]
    return sourced(
        table[columns], f"{ELASTICITY}; dollars: {DOLLARS}", _source(exposed), country=country
    )


def club_friends(
    world: World, exposed: Exposure, members: Iterable[str], *, outcome: str = "welfare"
) -> pd.DataFrame:
    """Return the friends and enemies of a club as a whole, and what members are to one another.

    Parameters
    ----------
    world : World
    exposed : Exposure
    members : iterable of str
        ISO3.
    outcome : {"welfare", "income"}

    Returns
    -------
    pandas.DataFrame
        Index ``source``, from the best friend to the worst enemy: ``name``, ``exposure`` (members'
        exposures weighted by their income), ``dollars`` (their sum, million USD a year for one per
        cent of the source's productivity), ``helped`` (how many of the other members gain),
        ``member``. A member's exposure to itself is left out.

    Raises
    ------
    DataError
        Unknown member or outcome.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> table = club_friends(world, hs.exposure(world), ["IRN", "BLR", "RUS"])
    >>> bool(table["exposure"].is_monotonic_decreasing)
    True
    """
    import pandas as pd

    group = chosen("member", members, world.countries)
    rows = [world.country(code) for code in group]
    matrix = _matrix(exposed, outcome).values[rows].copy()
    matrix[np.arange(len(rows)), rows] = 0.0
    income = world.income[rows]
    weight = np.where(
        np.arange(len(world.countries)) == np.array(rows)[:, None], 0.0, income[:, None]
    )
    total = np.maximum(weight.sum(axis=0), np.finfo(float).tiny)
    table = pd.DataFrame(
        {
            "name": [world.country_name(code) for code in world.countries],
            "exposure": (weight * matrix).sum(axis=0) / total,
            "dollars": (income[:, None] * matrix).sum(axis=0) / 100,
            "helped": (matrix > 0).sum(axis=0),
            "member": np.isin(world.countries, group),
        },
        index=pd.Index(world.countries, name="source"),
    ).sort_values("exposure", ascending=False)
    return sourced(table, f"{outcome}: {ELASTICITY}; {DOLLARS}", _source(exposed), members=group)


def mutual(
    exposed: Exposure, countries: Iterable[str], *, outcome: str = "welfare"
) -> pd.DataFrame:
    """Return, for every pair of a group, what each is to the other.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second``, ``first_gains`` (exposure of first to growth in second),
        ``second_gains``, ``kind``: "friends" (both gain), "enemies" (both lose), "one-sided".
    """
    import pandas as pd

    matrix = _matrix(exposed, outcome)
    group = chosen("country", countries, matrix.coords["country"].values, least=2)
    rows = []
    for place, a in enumerate(group):
        for b in group[place + 1 :]:
            there, back = (float(matrix.sel(country=n, source=i)) for n, i in ((a, b), (b, a)))
            kind = "friends" if min(there, back) > 0 else "enemies" if max(there, back) < 0 else ""
            rows.append((a, b, there, back, kind or "one-sided"))
    columns = ["first", "second", "first_gains", "second_gains", "kind"]
    return sourced(pd.DataFrame(rows, columns=columns), ELASTICITY, _source(exposed))


def change(
    before: Exposure,
    after: Exposure,
    *,
    countries: Iterable[str] | None = None,
    outcome: str = "welfare",
) -> pd.DataFrame:
    """Return how exposures differ between two equilibria, for example without sanctions and with.

    Parameters
    ----------
    before, after : Exposure
        Of the same world: ``hansa.exposure(world)`` and ``hansa.exposure(world, regime)``.
    countries : iterable of str, optional
        Whose exposures; all by default.
    outcome : {"welfare", "income"}

    Returns
    -------
    pandas.DataFrame
        ``country``, ``source``, ``before``, ``after``, ``change``, ``turned`` ("to friend", "to
        enemy" or ""), largest change first. A country's exposure to itself is left out.

    Raises
    ------
    DataError
        Unknown country or outcome, or exposures of different worlds.
    """
    import pandas as pd

    sides = [_matrix(held, outcome) for held in (before, after)]
    codes = [str(c) for c in sides[0].coords["country"].values]
    if codes != [str(c) for c in sides[1].coords["country"].values]:
        raise DataError("the exposures before and after are of worlds with other countries")
    group = codes if countries is None else chosen("country", countries, codes)
    rows = [codes.index(code) for code in group]
    then, now = (side.values[rows] for side in sides)
    table = pd.DataFrame(
        {
            "country": np.repeat(group, len(codes)),
            "source": np.tile(codes, len(group)),
            "before": then.ravel(),
            "after": now.ravel(),
        }
    )
    table["change"] = table["after"] - table["before"]
    signs = np.sign(table["before"]), np.sign(table["after"])
    turns = [(signs[0] < 0) & (signs[1] > 0), (signs[0] > 0) & (signs[1] < 0)]
    table["turned"] = np.select(turns, ["to friend", "to enemy"], "")
    table = table[table["country"] != table["source"]]
    table = table.sort_values("change", key=np.abs, ascending=False, ignore_index=True)
    return sourced(table, f"{outcome}: {ELASTICITY}", _source(after))


def by_sector(exposed: Exposure, country: str, *, outcome: str = "welfare") -> pd.DataFrame:
    """Return, for growth in each sector, one country's best friend and worst enemy.

    Returns
    -------
    pandas.DataFrame
        Index ``sector``: ``friend``, ``friend_exposure``, ``enemy``, ``enemy_exposure`` (the sum
        over sectors of all exposures to one source is the exposure to it), ``others``: the sum of
        exposures to all other countries. An exposure of the wrong sign is no friend: then NaN.
    """
    import pandas as pd

    held = getattr(exposed, f"{_known(outcome)}_by_sector")
    codes = chosen("country", [country], held.coords["country"].values)
    block = held.sel(country=codes[0]).drop_sel(source=codes[0])
    sources = block.coords["source"].values
    values = block.values
    most, least = values.argmax(axis=0), values.argmin(axis=0)
    column = np.arange(values.shape[1])
    friend, enemy = values[most, column], values[least, column]
    table = pd.DataFrame(
        {
            "friend": np.where(friend > 0, sources[most], ""),
            "friend_exposure": np.where(friend > 0, friend, np.nan),
            "enemy": np.where(enemy < 0, sources[least], ""),
            "enemy_exposure": np.where(enemy < 0, enemy, np.nan),
            "others": values.sum(axis=0),
        },
        index=pd.Index(block.coords["sector"].values, name="sector"),
    )
    return sourced(table, f"{outcome}: {ELASTICITY}", _source(exposed), country=country)


def leaning(
    world: World, exposed: Exposure, countries: Iterable[str], groups: Mapping[str, Iterable[str]]
) -> pd.DataFrame:
    """Return what one per cent of growth in whole groups is worth to each country.

    Parameters
    ----------
    world, exposed
    countries : iterable of str
    groups : dict of str to iterable of str
        For example ``{"club": [...], "senders": [...]}``.

    Returns
    -------
    pandas.DataFrame
        Index ``country``, one column per group: sum of welfare exposures to its members, the
        country itself left out.
    """
    import pandas as pd

    codes = chosen("country", countries, world.countries)
    table = {}
    for name, members in groups.items():
        group = chosen("country", members, world.countries)
        table[name] = [
            float(exposed.welfare.sel(country=c, source=[m for m in group if m != c]).sum())
            for c in codes
        ]
    frame = pd.DataFrame(table, index=pd.Index(codes, name="country"))
    return sourced(frame, ELASTICITY, _source(exposed))


def _known(outcome: str) -> str:
    if outcome not in OUTCOMES:
        raise DataError(unknown("outcome", outcome, OUTCOMES))
    return outcome


def _matrix(exposed: Exposure, outcome: str) -> xr.DataArray:
    held: xr.DataArray = getattr(exposed, _known(outcome))
    return held


def _source(exposed: Exposure) -> str:
    return str(exposed.welfare.attrs.get("source", "exposure matrices"))
