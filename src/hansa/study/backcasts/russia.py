"""Russia 2013 to 2016-2019, against Comtrade (for checking only: none of its data ships).

May import ``hansa.errors``, the rooms to the left of ``study`` and its siblings. Hats are between
two equilibria of world-2015: that of the sanctions of 2013-07-01 and that of a later year's 1 July.
They move the recorded flows of 2013. The fall of the oil price in 2014-16 is not in the model:
shares by partner are compared, and trade without fuels beside all goods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.equilibrium import sweep
from hansa.policy import sanctions
from hansa.shock import Shock
from hansa.study.backcasts.case import UNPLACED, Case
from hansa.study.backcasts.forecasts import gravity_hats, grown, model_hats, solved
from hansa.study.backcasts.trade import FLOWS
from hansa.world.calibrate_trade import chapter_weights, sector_of, with_computers
from hansa.world.load import load_world
from hansa.world.sectors import Sectors, sectors
from hansa.world.sources import baci, comtrade, un_accounts
from hansa.world.world import World

__all__ = ["COUNTRY", "RussianTrade", "russia_cases", "russian_trade"]

Array = np.ndarray
Hats = Mapping[str, Mapping[str, Float[Array, "p j"]]]

COUNTRY, BEFORE, LATER = "RUS", 2013, (2016, 2017, 2018, 2019)
#: Chapter of what the reporter does not specify: part of all goods, of no sector.
UNSPECIFIED = "99"


@dataclass(frozen=True)
class RussianTrade:
    """Recorded trade of Russia and the sizes of economies.

    Attributes
    ----------
    partners : tuple of str
        P codes of world-2015.
    flows : dict
        Year to flow to a (P, J + 1, J) array, million USD; the last section is what the reporter
        does not specify.
    value_added : dict
        Year to an (N,) array of the world's economies, million current USD.
    """

    partners: tuple[str, ...]
    flows: dict[int, dict[str, Float[Array, "p s j"]]]
    value_added: dict[int, Float[Array, " n"]]


def russian_trade(folder: str | Path) -> RussianTrade:
    """Return what the backcast of Russia needs of the raw tables."""
    world, names = load_world("world-2015"), sectors()
    tables = {year: comtrade.tidy(folder, year) for year in (BEFORE, *LATER)}
    seen = sorted({c for t in tables.values() for c in t["partner"]})
    partners = tuple(c for c in seen if c in world.countries)
    return RussianTrade(
        partners=partners,
        flows={year: _flows(table, partners, names) for year, table in tables.items()},
        value_added={y: _value_added(folder, y, world) for y in (*tables, world.year)},
    )


def _flows(
    table: pd.DataFrame, partners: tuple[str, ...], names: Sectors
) -> dict[str, Float[Array, "p s j"]]:
    j = len(names.codes)
    result = {}
    for flow in FLOWS:
        rows = table[(table["flow"] == flow) & table["partner"].isin(partners)]
        wide = rows.pivot_table(
            index="partner", columns="chapter", values="value", aggfunc="sum", fill_value=0.0
        ).reindex(index=list(partners), fill_value=0.0)
        for needed in ("84", "85", UNSPECIFIED):
            if needed not in wide:
                wide[needed] = 0.0
        other = wide.pop(UNSPECIFIED).to_numpy(dtype=float)
        wide = with_computers(wide.drop(columns="98", errors="ignore"))
        by_sector = wide.to_numpy(dtype=float) @ chapter_sectors(tuple(wide.columns))
        cube = np.zeros((len(partners), j + 1, j))
        cube[:, np.arange(j), np.arange(j)] = by_sector
        # Most of what is not specified is thought to be fuels: left out where fuels are.
        cube[:, j, names.position("fuels")] = other
        result[flow] = cube
    return result


@lru_cache(maxsize=8)
def chapter_sectors(chapters: tuple[str, ...]) -> Float[Array, "k j"]:
    """Return the share of each HS chapter's trade in each sector of the world, rows sum to one."""
    names, labels = sectors(), list(chapters)
    weight, sector = chapter_weights(labels), sector_of(labels, names)
    result = np.zeros((len(labels), len(names.codes)))
    for k in range(len(labels)):
        np.add.at(result[k], sector[:, k], weight[:, k])
    return result / result.sum(axis=1, keepdims=True)


def _value_added(folder: str | Path, year: int, world: World) -> Float[Array, " n"]:
    held = un_accounts.tidy(folder, year)["value_added"].to_dict()
    # Taiwan has no UN accounts: its GDP as the BACI file carries it (thousand USD).
    held["TWN"] = baci.gdp(folder, year)["TWN"]
    aggregates = world.meta["aggregates"]
    return np.array([
        sum(float(held.get(m, 0.0)) for m in aggregates.get(c, [c])) for c in world.countries
    ])  # fmt: skip


def russia_cases(trade: RussianTrade, wanted: Sequence[tuple[str, str]]) -> list[Case]:
    """Return backcasts of Russia: for each evidence, every later year and their average.

    Parameters
    ----------
    trade : RussianTrade
    wanted : sequence of (effects, strength)

    Returns
    -------
    list of Case
        Five for each: 2013 to the average of 2016-2019, and to each year.
    """
    world = load_world("world-2015")
    years = (BEFORE, *LATER)
    shocks = [
        sanctions(world, on=f"{year}-07-01", effects=effects, strength=strength).named(
            f"{effects} {strength} {year}"
        )
        for effects, strength in wanted
        for year in years
    ]
    growth = {year: trade.value_added[year] / trade.value_added[world.year] for year in years}
    alone = solved(sweep(world, shocks))
    quiet = [Shock.neutral(world, f"growth {year}") for year in years]
    both = grown(world, [*shocks, *quiet], np.stack([growth[y] for y in years] * (len(wanted) + 1)))
    at = [world.country(c) for c in trade.partners]
    cases = []
    for k, (effects, strength) in enumerate(wanted):
        first, last = k * len(years), len(wanted) * len(years)
        hats: list[Hats] = []
        for y in range(1, len(years)):
            cost = shocks[first + y].cost_array() / shocks[first].cost_array()
            grew = growth[years[y]] / growth[BEFORE]
            hats.append({
                "gravity-sanctions": gravity_hats(world, cost, COUNTRY, None),
                "gravity-growth": gravity_hats(world, np.ones_like(cost), COUNTRY, grew),
                "gravity-both": gravity_hats(world, cost, COUNTRY, grew),
                "model-sanctions": model_hats(alone, first + y, COUNTRY, first),
                "model-growth": model_hats(both, last + y, COUNTRY, last),
                "model-both": model_hats(both, first + y, COUNTRY, first),
            })  # fmt: skip
        hats = [{f: {w: h[at] for w, h in sides.items()} for f, sides in year.items()}
                for year in hats]  # fmt: skip
        later = [trade.flows[year] for year in LATER]
        cases.append(_case(world, trade, effects, strength, f"{LATER[0]}-{LATER[-1]}", later, hats))
        cases += [
            _case(world, trade, effects, strength, str(y), [f], [h])
            for y, f, h in zip(LATER, later, hats, strict=True)
        ]
    return cases


def _case(
    world: World,
    trade: RussianTrade,
    effects: str,
    strength: str,
    when: str,
    after: Sequence[Mapping[str, Float[Array, "p s j"]]],
    hats: Sequence[Hats],
) -> Case:
    return Case(
        country=COUNTRY,
        effects=effects,
        strength=strength,
        when=f"{BEFORE} to {when}",
        partners=trade.partners,
        sectors=world.sectors,
        sections=(*world.sectors, UNPLACED),
        before=trade.flows[BEFORE],
        after=after,
        hats=hats,
    )
