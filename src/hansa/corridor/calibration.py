"""Published through rates beside ours, and the few scales that are fitted to them.

May import ``hansa.errors`` and its siblings. The sources disagree (32 days and 3,133 dollars, or
45 to 50 days and 4,900 dollars, for the same way through Suez), so nothing is tuned to one: seven
scales are found by least squares of logs with a prior at one, as in ridge regression (Hoerl &
Kennard 1970, Technometrics 12, 55-67). ``tools/fit_corridor.py`` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from hansa.corridor.graph import DOOR, graph_of
from hansa.corridor.network import Network
from hansa.corridor.routing import Search, day_value
from hansa.corridor.scenario import scenario
from hansa.corridor.tables import LEVELS, Through
from hansa.errors import DataError

Array = np.ndarray

SCALES = (
    "dollars_sea", "dollars_rail", "dollars_road", "dollars_handling",
    "hours_sea", "hours_land", "hours_handling",
)  # fmt: skip
#: Standard deviation of the prior of a scale, in logs; and the least of a source.
PRIOR = 0.25
SOURCE = {"high": 0.10, "medium": 0.20, "low": 0.35}
#: A forty-foot box in twenty-foot ones: a rate per FEU is this part of two per TEU.
TEU_OF_FEU = 0.55


@dataclass(frozen=True)
class Comparison:
    """A published rate beside ours.

    Attributes
    ----------
    through : Through
    days, dollars : (low, central, high)
        Ours, per TEU, from door to door or as the source counts.
    theirs_days, theirs_dollars : (low, high) or None
        The source's, per TEU.
    """

    through: Through
    days: tuple[float, float, float]
    dollars: tuple[float, float, float]
    theirs_days: tuple[float, float] | None
    theirs_dollars: tuple[float, float] | None

    @property
    def within(self) -> bool:
        """Whether the source's numbers meet our range, where it gives any."""
        pairs = ((self.days, self.theirs_days), (self.dollars, self.theirs_dollars))
        return all(t is None or (ours[0] <= t[1] and t[0] <= ours[2]) for ours, t in pairs)


def comparisons(network: Network) -> tuple[Comparison, ...]:
    """Return every published through rate beside ours at low, central and high.

    Parameters
    ----------
    network : Network

    Returns
    -------
    tuple of Comparison
    """
    found = []
    for through in network.tables.through:
        arcs = _arcs(network, through)
        sums = [_sums(network, through, arcs, level) for level in LEVELS]
        found.append(
            Comparison(
                through,
                tuple(s[1] / 24 for s in sums),  # type: ignore[arg-type]
                tuple(s[0] for s in sums),  # type: ignore[arg-type]
                through.days,
                _per_teu(through),
            )
        )
    return tuple(found)


def fitted_scales(network: Network) -> dict[str, float]:
    """Return the scales that fit the published rates best.

    The ways are those of the tables' own charges (all scales one). Each source counts with its
    confidence and its own range; each scale is held near one by the prior.

    Parameters
    ----------
    network : Network

    Returns
    -------
    dict
        Scale by name.
    """
    plain = with_scales(network, dict.fromkeys(SCALES, 1.0))
    held = [(t, _arcs(plain, t)) for t in network.tables.through]
    base = _design(plain, held, dict.fromkeys(SCALES, 0.0))
    slopes = [
        _design(plain, held, {name: float(name == one) for name in SCALES}) - base for one in SCALES
    ]
    targets, weights = _targets([t for t, _ in held])

    def residuals(logs: Float[Array, " k"]) -> Float[Array, " r"]:
        found = base + sum(math.exp(x) * slope for x, slope in zip(logs, slopes, strict=True))
        held_to = np.log(found) - np.log(targets)
        return np.concatenate([(held_to * weights)[np.isfinite(targets)], logs / PRIOR])

    best = least_squares(residuals, np.zeros(len(SCALES)), xtol=1e-12, ftol=1e-12, gtol=1e-12)
    return {name: math.exp(x) for name, x in zip(SCALES, best.x, strict=True)}


def with_scales(network: Network, scales: Mapping[str, float]) -> Network:
    """Return the same network with other scales."""
    return Network(replace(network.tables, scales=dict(scales)), network.sea)


def _design(
    network: Network, held: Sequence[tuple[Through, list[int]]], scales: Mapping[str, float]
) -> Float[Array, "r 2"]:
    """Return dollars and days of every rate, (R, 2), with given scales."""
    scaled = with_scales(network, scales)
    sums = np.array([_sums(scaled, through, arcs, "central") for through, arcs in held])
    return sums / np.array([1.0, 24.0])


def _targets(rates: Sequence[Through]) -> tuple[Float[Array, "r 2"], Float[Array, "r 2"]]:
    """Return the middle of each published range (NaN where none) and its weight."""
    targets, weights = np.full((len(rates), 2), np.nan), np.ones((len(rates), 2))
    for k, rate in enumerate(rates):
        for column, span in enumerate((_per_teu(rate), rate.days)):
            if span is not None:
                targets[k, column] = math.sqrt(span[0] * span[1])
                spread = max(SOURCE[rate.confidence], math.log(span[1] / span[0]) / 2)
                weights[k, column] = 1 / spread
    return targets, weights


def _arcs(network: Network, through: Through) -> list[int]:
    """Return the arcs of the way that a source describes."""
    chosen = scenario(network.tables, through.on)
    stops = [network.place(p) for p in through.stops]
    nations = frozenset((stops[0].country, stops[-1].country))
    search = Search(
        graph_of(network, chosen), nations, frozenset(through.modes), "least",
        day_value(network, None),
    )  # fmt: skip
    way = search.way_through(stops)
    if not way:
        raise DataError(f"throughrates.csv: {through.id}: no open way {' - '.join(through.stops)}")
    arcs = search.arcs(way)
    if through.ends != "door":
        arcs = [a for a in arcs if search.graph.kind[a] != DOOR]
    return arcs


def _sums(
    network: Network, through: Through, arcs: Sequence[int], level: str
) -> tuple[float, float]:
    """Return dollars and hours along arcs at a level."""
    graph = graph_of(network, scenario(network.tables, through.on, level=level))
    return float(graph.dollars[arcs].sum()), float(graph.hours[arcs].sum())


def _per_teu(through: Through) -> tuple[float, float] | None:
    if through.dollars is None:
        return None
    part = TEU_OF_FEU if through.unit == "FEU" else 1.0
    return (through.dollars[0] * part, through.dollars[1] * part)
