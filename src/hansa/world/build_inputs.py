"""The raw tables of the embedded world, read once and put on its economies.

May import ``hansa.errors`` and everything in ``world``. No judgement here beyond what the YAML
files of ``data`` say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.world.calibrate_accounts import Costs
from hansa.world.calibrate_proxies import mix, proxy_weights
from hansa.world.calibrate_technology import (
    Technology,
    divide_merged,
    import_pattern,
    technology,
)
from hansa.world.calibrate_trade import GoodsTrade, goods_trade, with_computers
from hansa.world.regions import Regions, regions
from hansa.world.sectors import GROUPS, Sectors, settings
from hansa.world.sources import baci, cepii, fontagne, un_accounts, unctad, wiod2013, wiod2016
from hansa.world.years import Choices

Array = np.ndarray
Say = Callable[[str], None]

#: The year whose value added says which economies stand alone.
SIZE_YEAR = 2015


@dataclass(frozen=True)
class Inputs:
    """Everything the calibration starts from.

    Attributes
    ----------
    year : Choices
        Of which year, and what holds for that year only.
    names, where
        Sectors and economies.
    accounts : DataFrame
        UN accounts by source code, Taiwan added, million USD.
    adjusted : DataFrame
        The same with manufacturing that moved in on paper put with other services.
    chapters : DataFrame
        Exports by source code and HS chapter, million USD.
    goods
        Trade in goods before re-exports are looked at.
    technology
        Costs of the countries that have a table.
    proxies : dict
        Country to the tables it uses and their weights.
    pairs : DataFrame
        Distances and ties.
    theta : Series
        Elasticity by GTAP sector.
    dropped : float
        Trade with partners that have no code, million USD.
    """

    year: Choices
    names: Sectors
    where: Regions
    accounts: pd.DataFrame
    adjusted: pd.DataFrame
    chapters: pd.DataFrame
    goods: GoodsTrade
    technology: Technology
    proxies: dict[str, dict[str, float]]
    pairs: pd.DataFrame
    theta: pd.Series
    dropped: float

    @cached_property
    def costs(self) -> Costs:
        """The tables, own or proxies', on the economies of the world."""
        tables = self.technology
        return Costs(
            value_added_share=self.mixed(tables.value_added_share),
            composition=self.mixed(tables.composition),
            size=self.mixed(tables.activity_size),
            inputs=self.mixed(tables.inputs),
            final=self.mixed(tables.final),
            own=np.array([c in tables.countries for c in self.where.codes]),
        )

    def mixed(self, values: Array) -> Array:
        """Return values of tables (C, ...) as values of economies (N, ...)."""
        return mix(self.proxies, self.where.codes, self.technology.countries, values)


def read_inputs(folder: str | Path, say: Say, names: Sectors, year: Choices) -> Inputs:
    """Return the raw tables of a year on the economies and sectors of the world."""
    say("trade by SITC section (UNCTAD)")
    continents = cepii.continents(folder)
    trade = with_named(unctad.tidy(folder, year.year, bool(year.nameless)), continents, year)
    say("exports by HS chapter (BACI)")
    chapters = with_computers(baci.tidy(folder, year.chapters))
    people = baci.population(folder, year.chapters)
    say("national accounts (UN)")
    accounts = un_accounts.tidy(folder, year.year)
    before = un_accounts.tidy(folder, year.year - 1)
    # Who stands alone is decided by size in 2015, so that all worlds hold the same economies.
    size = accounts if year.year == SIZE_YEAR else un_accounts.tidy(folder, SIZE_YEAR)
    say("input-output tables (WIOD 2011 and 2014)")
    table, earlier = divide_merged(wiod2016.tidy(folder)), wiod2013.tidy(folder)
    accounts = with_mining(accounts, size, year.undivided)
    accounts = with_taiwan(accounts, table, trade, year.taiwan_gdp)
    where = regions(
        size["value_added"], trade["exporter"], trade["importer"], continents, year.inside
    )
    costs = technology(
        table, import_pattern(table, earlier), mined_exports(chapters, table.countries), names
    )
    goods = goods_trade(trade, chapters, where, names)
    weights = proxy_weights(
        where.codes, costs.countries, features(accounts, people, goods, where, names)
    )
    return Inputs(
        year=year,
        names=names,
        where=where,
        accounts=accounts,
        adjusted=without_relocation(accounts, before, year.relocated),
        chapters=chapters,
        goods=goods,
        technology=costs,
        proxies=weights,
        pairs=cepii.tidy(folder),
        theta=fontagne.tidy(folder),
        dropped=float(trade.attrs["dropped"]),
    )


def with_named(trade: pd.DataFrame, continents: pd.Series, year: Choices) -> pd.DataFrame:
    """Return trade with nameless partners read, by the other's continent, as the choices say."""
    result = trade.copy()
    for side, other in (("exporter", "importer"), ("importer", "exporter")):
        nameless = result[side] == unctad.UNKNOWN
        read_as = result.loc[nameless, other].map(continents).map(year.nameless)
        result.loc[nameless, side] = read_as.fillna(year.nameless.get("other"))
    result.attrs = dict(trade.attrs)
    return result


def mined_exports(chapters: pd.DataFrame, countries: tuple[str, ...]) -> dict[str, Array]:
    """Return what splits the exported part of mining and of chemicals, by country.

    Mining: fuels (HS 27), ores (HS 25, 26) and gems (a third of HS 71); chemicals: fertilisers
    (HS 31) and the rest.
    """
    rest = ["28", "29", "32", "33", "34", "35", "36", "38", "39"]
    result: dict[str, Array] = {}
    for code in countries:
        row = chapters.loc[code]
        result[code] = np.array([row["27"], row["25"] + row["26"], row["71"] / 3])
        result[code + ":chemicals"] = np.array([row["31"], row[rest].sum()])
    return result


def with_mining(accounts: pd.DataFrame, other: pd.DataFrame, undivided: list[str]) -> pd.DataFrame:
    """Return the accounts with the industry of some countries divided as in another year's."""
    result = accounts.copy()
    share = (other["manufacturing"] / other["industry"]).loc[undivided]
    industry = accounts["industry"].loc[undivided]
    result.loc[undivided, "manufacturing"] = share * industry
    result.loc[undivided, "mining_utilities"] = (1 - share) * industry
    return result


def without_relocation(
    accounts: pd.DataFrame, before: pd.DataFrame, relocated: Sequence[Any]
) -> pd.DataFrame:
    """Return the accounts with manufacturing that moved in on paper put with other services.

    Contract production abroad counts in the value added of the country that owns the rights and in
    its exports in the accounts, but crosses no border of its; the trade matrix lacks it, so it is
    left with the services. Its size is manufacturing beyond that of the year before grown as the
    rest of value added.

    Parameters
    ----------
    accounts, before : DataFrame
        UN accounts of the year and of the year before.
    relocated : list of str
        Where it happened.
    """
    result = accounts.copy()
    for code in relocated:
        now, then = accounts.loc[code], before.loc[code]
        growth = (now["value_added"] - now["manufacturing"]) / (
            then["value_added"] - then["manufacturing"]
        )
        moved = max(now["manufacturing"] - growth * then["manufacturing"], 0.0)
        result.loc[code, "manufacturing"] -= moved
        result.loc[code, "industry"] -= moved
        result.loc[code, "other_services"] += moved
    return result


def with_taiwan(
    accounts: pd.DataFrame, table: wiod2016.Wiod2016, trade: pd.DataFrame, gdp: float
) -> pd.DataFrame:
    """Return the accounts with a row for Taiwan, which the UN's lack.

    Value added is GDP by the official statistics, divided as in the WIOD table of 2014; trade in
    goods and services is the goods of the trade matrix and the table's trade in services
    (distribution left out: its margins are in the price of goods).
    """
    c = table.countries.index("TWN")
    activities = settings("sectors.yaml")["activities"]
    made = dict(zip(wiod2016.INDUSTRIES, table.value_added[c], strict=True))
    scale = gdp / sum(made.values())
    row = dict.fromkeys(accounts.columns, np.nan)
    for group in GROUPS:
        members = {i for a in activities.values() if a["group"] == group for i in a["industries"]}
        if group == "manufacturing" or group == "agriculture":
            members -= {"B"}
        row[group] = scale * sum(made[i] for i in sorted(members))
    row["industry"] = row["mining_utilities"] + row["manufacturing"]
    row["value_added"] = row["gdp"] = gdp
    services = np.array([k[0] in "DEFHIJKLMNOPQRSTU" for k in wiod2016.INDUSTRIES])
    sold = table.output[c] - table.domestic_use[c].sum(axis=1) - table.final_domestic[c]
    sold_services = float(np.maximum(sold, 0.0)[services].sum()) * scale
    goods_out = float(trade.loc[trade["exporter"] == "TWN", "value"].sum())
    goods_in = float(trade.loc[trade["importer"] == "TWN", "value"].sum())
    row["exports"] = goods_out + sold_services
    # Services imports are not in the domestic tables; the table's surplus in services is small,
    # so they are taken equal to exports.
    row["imports"] = goods_in + sold_services
    final = float(table.final_use[c].sum()) * scale
    row["consumption"] = final - (spent := final * 0.2)
    row["investment"] = spent
    return pd.concat([accounts, pd.DataFrame([row], index=["TWN"])]).sort_index()


def features(
    accounts: pd.DataFrame,
    people: pd.Series,
    goods: GoodsTrade,
    where: Regions,
    names: Sectors,
) -> Float[Array, "n f"]:
    """Return what countries are compared by, in the order of ``proxies.yaml``."""
    people = people.reindex(accounts.index)
    for code, count in settings("proxies.yaml")["population"].items():
        people[code] = float(count)
    counted = accounts["value_added"].where(people.notna(), 0.0)
    columns = pd.DataFrame(
        {
            "people": people.fillna(0.0),
            "counted": counted,
            **{g: accounts[g].fillna(0.0) for g in GROUPS},
            "total": accounts["value_added"],
        }
    )
    total = where.totals(columns)
    labels = list(columns.columns)
    value = {label: total[:, k] for k, label in enumerate(labels)}
    all_va = value["total"]
    sold = goods.flows.sum(axis=0)
    table = {
        "income": np.log(value["counted"] / value["people"]),
        "agriculture": value["agriculture"] / all_va,
        "mining_utilities": value["mining_utilities"] / all_va,
        "manufacturing": value["manufacturing"] / all_va,
        "transport_trade": (value["trade_hotels"] + value["transport_communication"]) / all_va,
        "fuel_exports": sold[:, names.position("fuels")] / sold.sum(axis=1),
        "size": np.log(all_va),
    }
    order = settings("proxies.yaml")["feature_weights"]
    return np.stack([table[k] for k in order], axis=1)
