"""The episodes of the published study of senders' coalitions, computed here and set beside it.

May import every room to the left. Chowdhry, Hinz, Kamin & Wanner, "Brothers in arms: the value of
coalitions in sanctions regimes": the numbers quoted are those of the working paper (DIW Discussion
Paper 2021, 2022) and its summaries; the article is Economic Policy 39(118), 2024, 471-512.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hansa.equilibrium import Horizon, sweep
from hansa.errors import DataError
from hansa.policy import Coalition, active, eu_members
from hansa.policy.dates import parse_date
from hansa.policy.senders import EU, UN
from hansa.shock import DeficitRule, Shock
from hansa.world.world import World

Array = np.ndarray

#: Who joins in the published exercise.
JOINER = "CHN"


@dataclass(frozen=True)
class Episode:
    """One episode: target, date, and what the published study says of it, per cent.

    Attributes
    ----------
    label, target, on : str
    of_embargo_low, of_embargo_high : float or None
        Harm of the measures as a share of that of the same coalition's embargo.
    of_global : float or None
        Harm of the coalition as a share of that of all countries with such measures.
    joiner_adds : float or None
        Further harm if China joined, as a share of the coalition's.
    """

    label: str
    target: str
    on: str
    of_embargo_low: float | None = None
    of_embargo_high: float | None = None
    of_global: float | None = None
    joiner_adds: float | None = None


#: 32 to 37 per cent is published for both episodes together.
EPISODES = (
    Episode("Iran, 2012", "IRN", "2012-12-31", 32.0, 37.0, 63.8, 79.0),
    Episode("Russia, 2014", "RUS", "2014-12-31", 32.0, 37.0, 57.9, 22.0),
    Episode("Russia, 2022", "RUS", "2022-12-31"),
)


@dataclass(frozen=True)
class PublishedRow:
    """One episode: computed here, and published where it is. All per cent; NaN where unknown.

    Attributes
    ----------
    label, target, on, senders : str
        Senders joined by ``+``: those with acts of their own on the date.
    harm_pct : float
        Loss of real income of the target.
    of_embargo_pct, of_global_pct, joiner_adds_pct : float
        As in `Episode`, computed here.
    joiner_adds_strictest_pct : float
        The same if it adopted, sector by sector, the largest of the senders' costs.
    of_full_embargo_pct : float
        Harm of the measures as a share of that of an embargo by everyone.
    trade_with_senders_pct, trade_with_joiner_pct : float
        Shares of the target's foreign trade in the baseline world.
    published_of_embargo_low, published_of_embargo_high, published_of_global,
    published_joiner_adds : float
    """

    label: str
    target: str
    on: str
    senders: str
    harm_pct: float
    of_embargo_pct: float
    of_global_pct: float
    joiner_adds_pct: float
    joiner_adds_strictest_pct: float
    of_full_embargo_pct: float
    trade_with_senders_pct: float
    trade_with_joiner_pct: float
    published_of_embargo_low: float
    published_of_embargo_high: float
    published_of_global: float
    published_joiner_adds: float


def compare_published(
    world: World,
    *,
    deficits: DeficitRule = "balanced",
    horizon: str | Horizon = "long",
    strength: str = "central",
    effects: str = "literature",
) -> tuple[PublishedRow, ...]:
    """Return the published episodes, computed in this world with this registry.

    The coalition of each is that of all senders with acts of their own on the date; joiners
    adopt the trade-weighted average of their costs. The world is that of its own year, not
    that of the published study, and its costs are those of `effects`, not the published
    estimates.

    Parameters
    ----------
    world : World
        With the targets, China, and the registry's sectors.
    deficits : {"balanced", "fixed", "proportional"}
    horizon : {"short", "medium", "long"} or Horizon
    strength, effects : str
        As in `hansa.sanctions`.

    Returns
    -------
    tuple of PublishedRow
        One per episode whose target the world has.

    References
    ----------
    Chowdhry, Hinz, Kamin & Wanner (2024), Economic Policy 39(118), 471-512.
    """
    rows = []
    for episode in EPISODES:
        needed = {episode.target, JOINER}
        if not needed <= set(world.countries):
            continue
        senders = own_senders(world, episode.target, episode.on)
        if not senders:
            raise DataError(f"no sender in {world.name} has acts against {episode.target}")
        coalition = Coalition(
            senders, [JOINER], [episode.target], episode.on, strength=strength, effects=effects
        )
        rows.append(_row(world, episode, coalition, deficits, horizon))
    return tuple(rows)


def own_senders(world: World, target: str, on: str) -> tuple[str, ...]:
    """Return the senders whose own acts make trade with a target dearer on a date."""
    acts = active(on)
    acts = acts[(acts["target"] == target) & (acts["reach"] == "own")]
    acts = acts[acts["type"].isin(["trade-export", "trade-import", "financial"])]
    found = set(acts["sender"]) - {UN}
    members = set(eu_members(parse_date(on)))
    return tuple(
        s for s in sorted(found)
        if (s == EU and members & set(world.countries)) or (s in world.countries)
    )  # fmt: skip


def _row(
    world: World,
    episode: Episode,
    coalition: Coalition,
    deficits: DeficitRule,
    horizon: str | Horizon,
) -> PublishedRow:
    rule = coalition.rule(world)
    strict = replace(coalition, measures="strictest").rule(world)
    states = [c for p in coalition.senders for c in rule.states[p]]
    adds = {
        "none": Shock.neutral(world),
        "actual": rule.shock(coalition.senders),
        "joined": rule.shock(coalition.players),
        "strictly joined": strict.shock(coalition.players),
        "global": rule.everyone,
        "embargo": rule.embargo(world, states),
        "embargo of all": rule.embargo(world),
    }
    shocks = [rule.base.then(s).named(name) for name, s in adds.items()]
    result = sweep(world, shocks, deficits=deficits, horizon=horizon)
    n = world.country(episode.target)
    welfare = np.where(result.solved, result.welfare.values[:, n], np.nan)
    harm = dict(zip(adds, welfare[0] - welfare, strict=True))
    trade = world.expenditure.sum(2)
    trade = trade[n] + trade[:, n]
    trade[n] = 0.0
    share = 100 * trade / trade.sum()
    return PublishedRow(
        episode.label,
        episode.target,
        episode.on,
        "+".join(coalition.senders),
        float(100 * harm["actual"] / welfare[0]),
        _share(harm["actual"], harm["embargo"]),
        _share(harm["actual"], harm["global"]),
        _share(harm["joined"] - harm["actual"], harm["actual"]),
        _share(harm["strictly joined"] - harm["actual"], harm["actual"]),
        _share(harm["actual"], harm["embargo of all"]),
        float(share[[world.country(c) for c in states]].sum()),
        float(share[world.country(JOINER)]),
        *(
            np.nan if v is None else v
            for v in (
                episode.of_embargo_low, episode.of_embargo_high, episode.of_global,
                episode.joiner_adds,
            )
        ),
    )  # fmt: skip


def _share(part: float, whole: float) -> float:
    """Return a share in per cent; NaN where the whole is no harm."""
    return float(100 * part / whole) if whole > 0 else float("nan")
