"""Affinity: friends and enemies, votes, science, reliability of partners.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock``, ``hansa.policy`` and
``hansa.equilibrium``. Public names of this room; ``hansa.votes``, ``hansa.science`` and
``hansa.reliability`` are the other three.
"""

from hansa.affinity.chapters import (
    Chapter,
    Fact,
    friends_chapter,
    reliability_chapter,
    science_chapter,
    votes_chapter,
)
from hansa.affinity.dyads import DyadicFit, dyadic_fit
from hansa.affinity.friends import (
    by_sector,
    change,
    club_friends,
    country_friends,
    leaning,
    mutual,
)
from hansa.affinity.groups import senders_against
from hansa.affinity.layout import Heatmap, Network, heatmap, network
from hansa.affinity.tables import TABLES, read_table

__all__ = [
    "TABLES",
    "Chapter",
    "DyadicFit",
    "Fact",
    "Heatmap",
    "Network",
    "by_sector",
    "change",
    "club_friends",
    "country_friends",
    "dyadic_fit",
    "friends_chapter",
    "heatmap",
    "leaning",
    "mutual",
    "network",
    "read_table",
    "reliability_chapter",
    "science_chapter",
    "senders_against",
    "votes_chapter",
]
