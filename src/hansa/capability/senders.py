"""Who of the trading partners withholds: the senders of a regime, seen from one target.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and ``hansa.policy``. Hats of cost
are those of the regime (`hansa.policy.sanctions`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hansa.errors import DataError
from hansa.policy.dates import LAST_DATE, parse_date
from hansa.policy.senders import COUNTER, EU, SENDERS, UN, bound_by_eu
from hansa.shock import Shock
from hansa.world.world import World

__all__ = ["acting_senders", "touched"]


def acting_senders(
    world: World,
    target: str,
    regime: Shock,
    before: Shock,
    senders: Iterable[str] | None = None,
) -> tuple[str, ...]:
    """Return the senders whose deliveries to a target a regime makes dearer.

    Parameters
    ----------
    world : World
    target : str
    regime, before : Shock
        What is in force, and what was.
    senders : iterable of str, optional
        These instead; ``EU`` stands for its members. By default the states whose acts the registry
        of sanctions holds (counter-measures aside), as far as they touch the target.

    Returns
    -------
    tuple of str
        In the order of the world.

    Raises
    ------
    DataError
        If there is none: the world then carries these sanctions already, or has none.
    """
    if senders is not None:
        named = {*_states(world, senders)} - {target}
        return tuple(c for c in world.countries if c in named)
    found = _acting(world, target, regime, before)
    if not found:
        raise DataError(
            f"no sender makes deliveries to {target} dearer between {before!r} and {regime!r}; "
            f"sanctions that {world.name} already carries are seen with "
            "before=hs.sanctions(world, on=None), or name senders="
        )
    return found


def touched(world: World, targets: Iterable[str], regime: Shock, before: Shock) -> tuple[str, ...]:
    """Return those of some countries to whom a regime makes deliveries of senders dearer."""
    return tuple(t for t in targets if _acting(world, t, regime, before))


def _acting(world: World, target: str, regime: Shock, before: Shock) -> tuple[str, ...]:
    n = world.country(target)
    dearer = (regime.cost_array()[n] > before.cost_array()[n]).any(1)
    known = {*_states(world, set(SENDERS) - {UN, *COUNTER}, strict=False)} - {target}
    return tuple(c for c, k in zip(world.countries, dearer, strict=True) if k and c in known)


def _states(world: World, senders: Iterable[str], strict: bool = True) -> list[str]:
    codes = (senders,) if isinstance(senders, str) else tuple(senders)
    states: list[str] = []
    for code in codes:
        if code == EU:
            states += [c for c in bound_by_eu(parse_date(LAST_DATE)) if c in world.countries]
        elif strict or code in world.countries:
            world.country(code)
            states.append(code)
    return list(np.unique(states)) if states else []
