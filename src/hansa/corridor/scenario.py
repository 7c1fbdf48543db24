"""Scenario: on which day, with which oceans, under which interventions a network is used.

May import only ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hansa.corridor.tables import LEVELS, MODES, Tables
from hansa.errors import DataError, unknown

#: What an effect may say, by its leading key.
EFFECTS = {
    "open": {"open", "modes"},
    "close": {"close"},
    "borders": {"borders", "hours", "dollars"},
    "rates": {"rates", "modes", "dollars", "hours"},
    "node": {"node", "modes", "hours", "dollars"},
    "transfer": {"transfer", "hours", "dollars"},
    "link": {"link", "modes", "hours", "dollars"},
}
#: What a closure, or the value of `close`, may name.
TARGETS = {"countries", "modes", "node", "link", "passage", "family"}


@dataclass(frozen=True)
class Effect:
    """One change of the network.

    Attributes
    ----------
    kind : str
        Key of ``EFFECTS``.
    target : tuple
        Places, countries, pairs of countries or a transfer, by kind; of ``close`` a mapping as
        sorted items.
    modes : tuple of str
        Modes it touches; empty means all.
    dollars, hours : float
        Factors.
    """

    kind: str
    target: tuple[Any, ...]
    modes: tuple[str, ...] = ()
    dollars: float = 1.0
    hours: float = 1.0


@dataclass(frozen=True)
class Intervention:
    """Something built, opened, eased or shut.

    Attributes
    ----------
    id, name : str
    effects : tuple of Effect
    branch : str
        Family of routes that it belongs to, or empty.
    date : date or None
        When it is, or is hoped to be, in place. A scenario that names an intervention has it
        whatever its own day: that is what the question is about.
    cost : float or None, million USD
        Published investment, None where none is known.
    """

    id: str
    name: str
    effects: tuple[Effect, ...]
    branch: str = ""
    date: dt.date | None = None
    cost: float | None = None
    source: str = ""
    confidence: str = "low"


@dataclass(frozen=True)
class Scenario:
    """The state in which routes are sought.

    Attributes
    ----------
    on : date
        Decides which links are in use, what is closed and which premia are paid.
    ocean : str
        Key of ocean.yaml: ``calm``, ``red_sea_crisis``, ``no_suez``.
    level : {"low", "central", "high"}
        End of every range; low is cheap and fast.
    interventions : tuple of Intervention
    """

    on: dt.date
    ocean: str = "calm"
    level: str = "central"
    interventions: tuple[Intervention, ...] = ()

    def with_(self, *more: Intervention) -> Scenario:
        """Return the scenario with further interventions."""
        return replace(self, interventions=(*self.interventions, *more))


def scenario(
    tables: Tables,
    on: str | dt.date,
    ocean: str = "calm",
    level: str = "central",
    interventions: Iterable[str | Intervention | Mapping[str, Any]] = (),
) -> Scenario:
    """Return a scenario; unknown names are refused with the nearest known one.

    Parameters
    ----------
    tables : Tables
    on : str or date
    ocean, level : str
    interventions : iterable
        Names from interventions.yaml, or mappings in its form.

    Returns
    -------
    Scenario
    """
    if ocean not in tables.ocean:
        raise DataError(unknown("state of the oceans", ocean, tables.ocean))
    if level not in LEVELS:
        raise DataError(unknown("level", level, LEVELS))
    chosen = (interventions,) if isinstance(interventions, str) else interventions
    return Scenario(
        on=day(on),
        ocean=ocean,
        level=level,
        interventions=tuple(intervention(tables, one) for one in chosen),
    )


def day(on: str | dt.date) -> dt.date:
    """Return a date."""
    if isinstance(on, dt.date):
        return on
    try:
        return dt.date.fromisoformat(on)
    except ValueError:
        raise DataError(f"date must be YYYY-MM-DD, not {on!r}") from None


def intervention(tables: Tables, given: str | Intervention | Mapping[str, Any]) -> Intervention:
    """Return an intervention from its name, or from a mapping in the form of the table."""
    if isinstance(given, Intervention):
        return given
    if isinstance(given, str):
        if given not in tables.interventions:
            raise DataError(unknown("intervention", given, tables.interventions))
        return read_intervention(given, tables.interventions[given])
    return read_intervention(str(given.get("id", "own")), given)


def read_intervention(name: str, raw: Mapping[str, Any]) -> Intervention:
    """Return an intervention from its mapping; raises DataError that names the key at fault."""
    allowed = {"id", "name", "branch", "date", "cost", "source", "confidence", "effects"}
    if odd := sorted(set(raw) - allowed):
        raise DataError(f"intervention {name}: {unknown('key', odd[0], sorted(allowed))}")
    if not raw.get("effects"):
        raise DataError(f"intervention {name} has no effects")
    cost = raw.get("cost")
    return Intervention(
        id=name,
        name=str(raw.get("name", name)),
        effects=tuple(_effect(name, effect) for effect in raw["effects"]),
        branch=str(raw.get("branch", "")),
        date=day(raw["date"]) if raw.get("date") else None,
        cost=None if cost is None else float(cost),
        source=str(raw.get("source", "")),
        confidence=str(raw.get("confidence", "low")),
    )


def _effect(name: str, raw: Mapping[str, Any]) -> Effect:
    kind = next((key for key in EFFECTS if key in raw), None)
    if kind is None:
        first = str(next(iter(raw), ""))
        raise DataError(f"intervention {name}: {unknown('effect', first, EFFECTS)}")
    if odd := sorted(set(raw) - EFFECTS[kind]):
        raise DataError(f"intervention {name}: {unknown('key', odd[0], sorted(EFFECTS[kind]))}")
    modes = tuple(raw.get("modes", ()))
    for mode in modes:
        if mode not in MODES:
            raise DataError(f"intervention {name}: {unknown('mode', mode, MODES)}")
    factors = {key: float(raw.get(key, 1.0)) for key in ("dollars", "hours")}
    for key, value in factors.items():
        if not value > 0:
            raise DataError(f"intervention {name}: factor of {key} must be > 0, not {value}")
    return Effect(kind, frozen_target(name, raw[kind]), modes, **factors)


def frozen_target(name: str, raw: Any) -> tuple[Any, ...]:
    """Return what an effect or closure names as something that can be a key."""
    if isinstance(raw, str):
        return (raw,)
    if isinstance(raw, Mapping):
        if odd := sorted(set(raw) - TARGETS):
            raise DataError(f"{name}: {unknown('target', odd[0], sorted(TARGETS))}")
        return tuple(
            (key, (value,) if isinstance(value, str) else tuple(value))
            for key, value in sorted(raw.items())
        )
    return tuple(tuple(one) if isinstance(one, list) else one for one in raw)
