"""Clubs and coalitions: arithmetic on welfare tables. Knows no trade.

Imports only ``hansa.errors``. The one primitive is `Game`, the welfare of every country under
every club; each module answers one question about it and cites its paper.
"""

from hansa.club.answer import BreakingPoints, breaking_points
from hansa.club.answer_game import AnswerGame, Choice, Equilibrium, answer_game
from hansa.club.answer_members import MemberPoints, expected_tables, member_points
from hansa.club.bands import Bands, ClubDraw, bands_of, club_draw, parameter_bands
from hansa.club.core import Core, least_core
from hansa.club.figure import game_figure
from hansa.club.formation import Path, Paths, Step, formation_path, formation_paths
from hansa.club.frontier import Frontier, Partners, next_partners, sender_frontier
from hansa.club.game import Game
from hansa.club.nucleolus import Nucleolus, excesses, nucleolus_division
from hansa.club.sender_paths import (
    SENDER_CRITERIA,
    Outcomes,
    SenderPath,
    SenderStep,
    outcomes_of,
    sender_path,
)
from hansa.club.shapley import Shapley, sampled_shapley, shapley_value
from hansa.club.spillover import Spillovers, spillovers
from hansa.club.stability import Stability, Temptation, club_stability, temptation
from hansa.club.subsets import club_of, label_of, labels, mask_of, membership
from hansa.club.table import ClubTable
from hansa.club.transfers import Payment, Transfers, stabilising_transfers
from hansa.club.value import Best, Values, best_clubs, club_values
from hansa.club.verdict import Verdict

__all__ = [
    "SENDER_CRITERIA",
    "AnswerGame",
    "Bands",
    "Best",
    "BreakingPoints",
    "Choice",
    "ClubDraw",
    "ClubTable",
    "Core",
    "Equilibrium",
    "Frontier",
    "Game",
    "MemberPoints",
    "Nucleolus",
    "Outcomes",
    "Partners",
    "Path",
    "Paths",
    "Payment",
    "SenderPath",
    "SenderStep",
    "Shapley",
    "Spillovers",
    "Stability",
    "Step",
    "Temptation",
    "Transfers",
    "Values",
    "Verdict",
    "answer_game",
    "bands_of",
    "best_clubs",
    "breaking_points",
    "club_draw",
    "club_of",
    "club_stability",
    "club_values",
    "excesses",
    "expected_tables",
    "formation_path",
    "formation_paths",
    "game_figure",
    "label_of",
    "labels",
    "least_core",
    "mask_of",
    "member_points",
    "membership",
    "next_partners",
    "nucleolus_division",
    "outcomes_of",
    "parameter_bands",
    "sampled_shapley",
    "sender_frontier",
    "sender_path",
    "shapley_value",
    "spillovers",
    "stabilising_transfers",
    "temptation",
]
