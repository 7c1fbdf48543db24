"""Capability: who can make what, what sanctions took away, and who can supply it.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.policy`` and
``hansa.equilibrium``. Public names of this room, read as ``hs.capability.rca(2019)``.
"""

from hansa.capability.complementarity import complementarity, complementarity_trend
from hansa.capability.complexity import (
    Complexity,
    complexity,
    complexity_trend,
    density,
    proximity,
    rca,
)
from hansa.capability.coverage import Coverage, coverage
from hansa.capability.criticality import Criticality, criticality
from hansa.capability.exports import exports
from hansa.capability.fields import Field, field_table, fields
from hansa.capability.lost import Lost, lost
from hansa.capability.match import match_measures, match_multipliers
from hansa.capability.summary import Summary, summarise
from hansa.capability.suppliers import best_suppliers, suppliers

__all__ = [
    "Complexity",
    "Coverage",
    "Criticality",
    "Field",
    "Lost",
    "Summary",
    "best_suppliers",
    "complementarity",
    "complementarity_trend",
    "complexity",
    "complexity_trend",
    "coverage",
    "criticality",
    "density",
    "exports",
    "field_table",
    "fields",
    "lost",
    "match_measures",
    "match_multipliers",
    "proximity",
    "rca",
    "summarise",
    "suppliers",
]
