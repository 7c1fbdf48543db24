"""The 20 sectors, the activities beneath them, and the correspondences that feed them.

May import only ``hansa.errors``. Reads ``data/sectors.yaml``, where every choice is written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import yaml
from jaxtyping import Float

Array = np.ndarray

#: UN groups of value added, in the order used by the calibration.
GROUPS = (
    "agriculture",
    "mining_utilities",
    "manufacturing",
    "construction",
    "trade_hotels",
    "transport_communication",
    "other_services",
)


@lru_cache(maxsize=8)
def settings(name: str) -> dict[str, Any]:
    """Return a YAML file of ``hansa/world/data`` as a dictionary."""
    text = (resources.files("hansa.world") / "data" / name).read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@dataclass(frozen=True)
class Sectors:
    """Codes and correspondences.

    Attributes
    ----------
    codes, goods, services : tuple of str
        The 20 sectors; the first are goods.
    names : dict
        Code to English name.
    activities : tuple of str
        The grain of costs and value added, finer than sectors where groups of the UN mix.
    activity_sector, activity_group : (A,) int arrays
        Position of each activity's sector in `codes` and group in ``GROUPS``.
    """

    codes: tuple[str, ...]
    goods: tuple[str, ...]
    services: tuple[str, ...]
    names: dict[str, str]
    activities: tuple[str, ...]
    activity_sector: Array
    activity_group: Array

    def position(self, sector: str) -> int:
        """Return the position of a sector code."""
        return self.codes.index(sector)

    def activity(self, name: str) -> int:
        """Return the position of an activity."""
        return self.activities.index(name)

    def by_sector(self, values: Float[Array, "n a"]) -> Float[Array, "n j"]:
        """Return activity values (N, A) added up to sectors (N, J)."""
        return values @ self._sum(self.activity_sector, len(self.codes))

    def by_group(self, values: Float[Array, "n a"]) -> Float[Array, "n g"]:
        """Return activity values (N, A) added up to UN groups (N, 7)."""
        return values @ self._sum(self.activity_group, len(GROUPS))

    def _sum(self, member: Array, size: int) -> Array:
        return (member[:, None] == np.arange(size)[None, :]).astype(float)


@lru_cache(maxsize=1)
def sectors() -> Sectors:
    """Return the sectors of the embedded world."""
    raw = settings("sectors.yaml")
    codes = tuple(raw["sectors"])
    activities = raw["activities"]
    return Sectors(
        codes=codes,
        goods=tuple(raw["goods"]),
        services=tuple(raw["services"]),
        names=dict(raw["sectors"]),
        activities=tuple(activities),
        activity_sector=np.array([codes.index(a["sector"]) for a in activities.values()]),
        activity_group=np.array([GROUPS.index(a["group"]) for a in activities.values()]),
    )
