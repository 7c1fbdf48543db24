"""What each move costs in a scenario: the tables' charges at a level, with its interventions.

May import ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from hansa.corridor.network import Network
from hansa.corridor.scenario import Effect, Scenario
from hansa.corridor.sea import SeaWays
from hansa.corridor.tables import LEVELS, Charge, Link, Place
from hansa.errors import DataError

Array = np.ndarray
Cost = tuple[float, float]


class Charges:
    """Dollars and hours per TEU in one scenario.

    Parameters
    ----------
    network : Network
    scenario : Scenario
    """

    def __init__(self, network: Network, scenario: Scenario) -> None:
        self.network, self.scenario = network, scenario
        self.level = LEVELS.index(scenario.level)
        self.scales = network.tables.scales
        self.effects = [e for i in scenario.interventions for e in i.effects]
        self._rates = {c.key: c for c in network.tables.rates}
        self._terminals = {c.key: c for c in network.tables.terminals}
        self._borders = {c.key: c for c in network.tables.borders}
        self._premia: dict[tuple[str, str], float] = {}
        self._own = {key[1] for key in self._terminals}
        self._changes: dict[tuple[str, str, str], Cost] = {}

    def transfer(self, one: str, other: str, place: Place) -> Cost:
        """Return the cost of changing between two ways of travelling, or of a change of gauge."""
        where = next((w for w in (place.id, place.country) if w in self._own), "*")
        key = (one, other, where)
        if key not in self._changes:
            self._changes[key] = self._transfer(one, other, place)
        return self._changes[key]

    def _transfer(self, one: str, other: str, place: Place) -> Cost:
        name = one if not other else _transfer_name(one, other)
        charge = self._find(self._terminals, [(name, place.id), (name, place.country), (name, "*")])
        dollars, hours = charge.dollars[self.level], charge.hours[self.level]
        by_money, by_time = _factors(e for e in self.effects if e.target == (name,))
        return (
            dollars * by_money * self.scales["dollars_handling"],
            hours * by_time * self.scales["hours_handling"],
        )

    def move(self, link: Link) -> Cost:
        """Return the cost of a link without its border."""
        dollars = hours = 0.0
        for country, km in link.km:
            rate = self._rate(link.mode, country)
            by_money, by_time = _factors(
                e
                for e in self.effects
                if e.kind == "rates" and country in e.target and _touches(e, link.mode)
            )
            dollars += km * rate.dollars[self.level] * by_money
            hours += 24.0 * km / rate.hours[self.level] * by_time
        by_money, by_time = _factors(
            e
            for e in self.effects
            if _touches(e, link.mode)
            and (
                (e.kind == "node" and {link.start, link.end} & set(e.target))
                or (e.kind == "link" and {link.start, link.end} == set(e.target))
            )
        )
        dollars, hours = dollars * by_money, hours * by_time
        if link.mode in ("rail", "road"):
            return dollars * self.scales[f"dollars_{link.mode}"], hours * self.scales["hours_land"]
        fixed, wait = self.transfer("sail-water", "", self.network.places[0])
        ship = dollars * self.scales["dollars_sea"], hours * self.scales["hours_sea"]
        return ship[0] + fixed + self.premium("water", ""), ship[1] + wait

    def border(self, leaving: str, entering: str, mode: str) -> Cost:
        """Return the cost of crossing a border by one mode."""
        charge = _border(self.network, leaving, entering, mode)
        by_money, by_time = _factors(
            e
            for e in self.effects
            if e.kind == "borders"
            and ((leaving, entering) in e.target or (entering, leaving) in e.target)
        )
        return (
            charge.dollars[self.level] * by_money * self.scales["dollars_handling"],
            charge.hours[self.level] * by_time * self.scales["hours_handling"],
        )

    def premium(self, mode: str, country: str) -> float:
        """Return the premia paid on entering a country by one mode on the scenario's day."""
        if (mode, country) not in self._premia:
            on, zone = self.scenario.on, self.network.zones.get(country)
            self._premia[mode, country] = sum(
                p.dollars[self.level]
                for p in self.network.tables.premia
                if p.mode == mode
                and p.country in (country, zone, "*")
                and (p.begins is None or p.begins <= on)
                and (p.ends is None or on < p.ends)
            )
        return self._premia[mode, country]

    def sail(
        self, ways: SeaWays, ports: Sequence[Place]
    ) -> tuple[Float[Array, "p p"], Float[Array, "p p"]]:
        """Return dollars and hours of the ship between all ports, (P, P) each."""
        rate, ocean = self._rate("sea", "*"), self.network.tables.ocean[self.scenario.ocean]
        fixed, wait = self.transfer("sail", "", ports[0])
        by_money, by_time = ocean["dollars"][self.level], ocean["hours"][self.level]
        km = np.where(np.isfinite(ways.km), ways.km, 0.0)
        dollars = (fixed + km * rate.dollars[self.level]) * by_money * self.scales["dollars_sea"]
        hours = wait + 24.0 * km / rate.hours[self.level] * by_time * self.scales["hours_sea"]
        for passage, toll in self.network.settings["tolls"].items():
            dollars += ways.through[passage] * toll["dollars"][self.level]
            hours += ways.through[passage] * toll["hours"][self.level]
        ends = np.array([self.premium("sea", p.country) for p in ports])
        dollars += ends[:, None] + ends[None, :]
        country = np.array([p.country for p in ports])
        customs = self.border("AAA", "BBB", "sea")
        abroad = country[:, None] != country[None, :]
        return dollars + abroad * customs[0], hours + abroad * customs[1]

    def _rate(self, mode: str, country: str) -> Charge:
        zone = self.network.zones.get(country, "*")
        return self._find(self._rates, [(mode, country), (mode, zone), (mode, "*")])

    @staticmethod
    def _find(held: dict[tuple[str, ...], Charge], keys: list[tuple[str, ...]]) -> Charge:
        for key in keys:
            if key in held:
                return held[key]
        raise DataError(f"no charge for {' '.join(keys[-1])} in the corridor's tables")


@lru_cache(maxsize=8192)
def _border(network: Network, leaving: str, entering: str, mode: str) -> Charge:
    """Return the row for a border: the countries' own before their zones' before all others'.

    Of two rows as near as each other the slower holds: a border is as good as its worse side.
    """
    zone = network.zones
    sides = [
        {leaving: 0, zone.get(leaving, "*"): 1, "*": 2},
        {entering: 0, zone.get(entering, "*"): 1, "*": 2},
    ]
    found = [
        (sides[0][c.key[0]] + sides[1][c.key[1]], -c.hours[1], c)
        for c in network.tables.borders
        if c.key[2] in (mode, "*") and c.key[0] in sides[0] and c.key[1] in sides[1]
    ]
    if not found:
        raise DataError(f"no charge for a border by {mode} in borders.csv")
    return min(found, key=lambda one: one[:2])[2]


def _transfer_name(one: str, other: str) -> str:
    order = ("door", "sea", "water", "rail", "road")
    first, second = sorted((one, other), key=order.index)
    return f"{first}-{second}"


def _touches(effect: Effect, mode: str) -> bool:
    return not effect.modes or mode in effect.modes


def _factors(effects: Iterable[Effect]) -> Cost:
    dollars = hours = 1.0
    for effect in effects:
        dollars, hours = dollars * effect.dollars, hours * effect.hours
    return dollars, hours
