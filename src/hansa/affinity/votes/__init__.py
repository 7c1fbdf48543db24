"""Votes in the UN General Assembly: agreement, ideal points, blocs, and votes beside trade.

Public names, reached as ``hansa.votes``. Roll calls end in 2019, agreement with six powers in 2023,
ideal points in 2024.
"""

from hansa.affinity.votes.agreement import (
    ISSUES,
    MEASURES,
    Tally,
    agreement,
    agreement_matrix,
    roll_calls,
    tally,
)
from hansa.affinity.votes.blocs import agreement_index, cohesion, rice_index
from hansa.affinity.votes.ideal import (
    distances,
    event,
    ideal_points,
    load_ideal_points,
    load_roll_calls,
    movement,
    with_powers,
)
from hansa.affinity.votes.trade import (
    exposure_and_votes,
    realignment,
    trade_and_votes,
    trade_by_pair,
)

__all__ = [
    "ISSUES",
    "MEASURES",
    "Tally",
    "agreement",
    "agreement_index",
    "agreement_matrix",
    "cohesion",
    "distances",
    "event",
    "exposure_and_votes",
    "ideal_points",
    "load_ideal_points",
    "load_roll_calls",
    "movement",
    "realignment",
    "rice_index",
    "roll_calls",
    "tally",
    "trade_and_votes",
    "trade_by_pair",
    "with_powers",
]
