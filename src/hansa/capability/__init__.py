"""Capability: who can make what, what sanctions took away, and who can supply it.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.policy`` and
``hansa.equilibrium``. Public names of this room, read as ``hs.capability.rca(2019)``.
"""

from hansa.capability.complexity import (
    Complexity,
    complexity,
    complexity_trend,
    density,
    proximity,
    rca,
)
from hansa.capability.exports import exports

__all__ = [
    "Complexity",
    "complexity",
    "complexity_trend",
    "density",
    "exports",
    "proximity",
    "rca",
]
