"""Policy: what is done to a world. Sanctions, measures of a club, the senders' answer: all shocks.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``. Public names of this room.
"""

from hansa.policy.ave import ave_from_effect, ave_table, strength_classes, trade_effect
from hansa.policy.changes import registry_diff
from hansa.policy.club_rows import Knowledge, LinkRow, WeightRow
from hansa.policy.coalition import Coalition, CoalitionRule
from hansa.policy.effects import Costs, Effects, effect_names, load_effects
from hansa.policy.episodes import Episode
from hansa.policy.escalation import escalation
from hansa.policy.gravity.shipped import Estimates, load_estimates
from hansa.policy.gsdb import load_gsdb
from hansa.policy.gsdb_compare import compare_gsdb
from hansa.policy.linter import lint
from hansa.policy.measures import Club, Measures, Response, club_shock, club_shocks
from hansa.policy.regime import CostLevels, cost_levels, regime_notes, regime_table, sanctions
from hansa.policy.registry import active, registry, timeline
from hansa.policy.senders import bound_by_eu, eu_members
from hansa.policy.touched import Regime, read_regime

__all__ = [
    "Club",
    "Coalition",
    "CoalitionRule",
    "CostLevels",
    "Costs",
    "Effects",
    "Episode",
    "Estimates",
    "Knowledge",
    "LinkRow",
    "Measures",
    "Regime",
    "Response",
    "WeightRow",
    "active",
    "ave_from_effect",
    "ave_table",
    "bound_by_eu",
    "club_shock",
    "club_shocks",
    "compare_gsdb",
    "cost_levels",
    "effect_names",
    "escalation",
    "eu_members",
    "lint",
    "load_effects",
    "load_estimates",
    "load_gsdb",
    "read_regime",
    "regime_notes",
    "regime_table",
    "registry",
    "registry_diff",
    "sanctions",
    "strength_classes",
    "timeline",
    "trade_effect",
]
