"""Hansa: the economics of sanctions, of the clubs that form around them, and of corridors.

The public API is what ``__all__`` lists; nothing else is public. Names are imported when first
used, so that a command that needs little starts at once.

Examples
--------
>>> import hansa as hs
>>> world = hs.load_world()
>>> regime = hs.sanctions(world, on="2024-02-19")
>>> result = hs.solve(world, regime)
>>> str(result.status)
'solved'
"""

from importlib import import_module as _import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

if _TYPE_CHECKING:
    from hansa import affinity, capability
    from hansa.affinity import reliability, science, votes
    from hansa.club import Game, Verdict
    from hansa.corridor import Network, Routes, corridor_shock, load_network, route
    from hansa.equilibrium import (
        Exposure,
        Horizon,
        Linearisation,
        Outcomes,
        Perturbation,
        Result,
        Status,
        balance,
        exposure,
        linearise,
        solve,
        sweep,
    )
    from hansa.errors import ConvergenceError, DataError, HansaError, StudyError
    from hansa.policy import (
        Club,
        Coalition,
        Measures,
        Response,
        compare_gsdb,
        escalation,
        load_gsdb,
        regime_table,
        registry,
        registry_diff,
        sanctions,
    )
    from hansa.report import profile, write_report
    from hansa.shock import Shock
    from hansa.study import Study, equalise, load_study, play, play_coalition, run_study
    from hansa.study.sweeping import Sweep, load_sweep, read_sweep, run_sweep
    from hansa.world.load import load_world
    from hansa.world.world import World

__version__ = _version("hansa")

__all__ = [
    "Club",
    "Coalition",
    "ConvergenceError",
    "DataError",
    "Exposure",
    "Game",
    "HansaError",
    "Horizon",
    "Linearisation",
    "Measures",
    "Network",
    "Outcomes",
    "Perturbation",
    "Response",
    "Result",
    "Routes",
    "Shock",
    "Status",
    "Study",
    "StudyError",
    "Sweep",
    "Verdict",
    "World",
    "__version__",
    "affinity",
    "balance",
    "capability",
    "compare_gsdb",
    "corridor_shock",
    "equalise",
    "escalation",
    "exposure",
    "linearise",
    "load_gsdb",
    "load_network",
    "load_study",
    "load_sweep",
    "load_world",
    "play",
    "play_coalition",
    "profile",
    "read_sweep",
    "regime_table",
    "registry",
    "registry_diff",
    "reliability",
    "route",
    "run_study",
    "run_sweep",
    "sanctions",
    "science",
    "solve",
    "sweep",
    "votes",
    "write_report",
]

_ROOMS = {
    "hansa.club": ("Game", "Verdict"),
    "hansa.corridor": ("Network", "Routes", "corridor_shock", "load_network", "route"),
    "hansa.equilibrium": (
        "Exposure",
        "Horizon",
        "Linearisation",
        "Outcomes",
        "Perturbation",
        "Result",
        "Status",
        "balance",
        "exposure",
        "linearise",
        "solve",
        "sweep",
    ),
    "hansa.errors": ("ConvergenceError", "DataError", "HansaError", "StudyError"),
    "hansa.policy": (
        "Club",
        "Coalition",
        "Measures",
        "Response",
        "compare_gsdb",
        "escalation",
        "load_gsdb",
        "regime_table",
        "registry",
        "registry_diff",
        "sanctions",
    ),
    "hansa.report": ("profile", "write_report"),
    "hansa.shock": ("Shock",),
    "hansa.study": (
        "Study",
        "equalise",
        "load_study",
        "play",
        "play_coalition",
        "run_study",
    ),
    "hansa.study.sweeping": ("Sweep", "load_sweep", "read_sweep", "run_sweep"),
    "hansa.world.load": ("load_world",),
    "hansa.world.world": ("World",),
}
#: Rooms and topics that are reached whole, as in ``hs.votes.agreement(2019)``.
_MODULES = {
    "affinity": "hansa.affinity",
    "capability": "hansa.capability",
    "reliability": "hansa.affinity.reliability",
    "science": "hansa.affinity.science",
    "votes": "hansa.affinity.votes",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> _Any:
    if name in _MODULES:
        value = _import_module(_MODULES[name])
    elif name in _ROOM_OF:
        value = getattr(_import_module(_ROOM_OF[name]), name)
    else:
        raise AttributeError(f"module 'hansa' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
