"""Science: joint papers, their intensity beyond size, what events changed, fields, and knowledge.

Public names, reached as ``hansa.science``.
"""

from hansa.affinity.science.breaks import Break, after_event, line_break
from hansa.affinity.science.decoupling import decoupling, shares
from hansa.affinity.science.fields import (
    complementarity,
    gap_fields,
    likeness,
    specialisation,
)
from hansa.affinity.science.knowledge import (
    SPILLOVERS,
    Spillover,
    knowledge_hats,
    knowledge_measure,
    knowledge_shock,
    knowledge_table,
)
from hansa.affinity.science.openalex import THEMES, Client, Reply, field_counts, theme_counts
from hansa.affinity.science.papers import (
    MEASURES,
    Papers,
    expected_links,
    intensity,
    load_papers,
    partners,
    ranks,
)

__all__ = [
    "MEASURES",
    "SPILLOVERS",
    "THEMES",
    "Break",
    "Client",
    "Papers",
    "Reply",
    "Spillover",
    "after_event",
    "complementarity",
    "decoupling",
    "expected_links",
    "field_counts",
    "gap_fields",
    "intensity",
    "knowledge_hats",
    "knowledge_measure",
    "knowledge_shock",
    "knowledge_table",
    "likeness",
    "line_break",
    "load_papers",
    "partners",
    "ranks",
    "shares",
    "specialisation",
    "theme_counts",
]
