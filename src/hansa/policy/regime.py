"""A regime of sanctions as a change of a world: levels of cost on two dates, and their ratio.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``. The world already carries the
sanctions of its own year, so only what changed since then is applied; a measure that was lifted
gives a hat below one. Costs: ``data/ave.yaml``; sanctions as iceberg costs follow Chowdhry, Hinz,
Kamin & Wanner (2024, Economic Policy 39, 471-512).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError, unknown
from hansa.policy.ave import exempting_classes, sector_ave, strength_class
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.effects import Costs, Effects, load_effects
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.senders import EU, SENDERS, UN, bound_by_eu, eu_members
from hansa.policy.states import past_states
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostLevels", "cost_levels", "regime_notes", "regime_table", "sanctions"]

Array = np.ndarray
Codes = str | Iterable[str] | None
#: Day of the baseline year whose regime the baseline's trade is taken to reflect.
BASELINE_DAY = "07-01"


@dataclass(frozen=True, eq=False)
class CostLevels:
    """Cost of sanctions on every flow on one date.

    Attributes
    ----------
    trade, financial : (N, N, J) arrays, fraction
        Ad-valorem equivalents (destination, origin, sector).
    """

    trade: Float[Array, "n n j"]
    financial: Float[Array, "n n j"]

    @property
    def factor(self) -> Float[Array, "n n j"]:
        """1 + AVE of all measures together, (N, N, J)."""
        return (1 + self.trade) * (1 + self.financial)


@dataclass(frozen=True, eq=False)
class _Reading:
    """What to read: a filter on episodes, the level of their costs, and the dates compared."""

    episodes: tuple[Episode, ...]
    days: tuple[dt.date, ...]
    costs: Costs
    senders: frozenset[str] | None
    targets: frozenset[str] | None
    secondary: bool


def sanctions(
    world: World,
    on: DateLike | None = "2024-02-19",
    *,
    since: DateLike | int | None = None,
    strength: str = "central",
    senders: Codes = None,
    targets: Codes = None,
    secondary: bool = True,
    effects: str | Effects = "literature",
    folder: str | Path | None = None,
) -> Shock:
    """Return the sanctions in force on a date, relative to those the world already carries.

    The hat on a flow is (1 + AVE on the date) / (1 + AVE in the baseline): above one where
    measures were added, below one where they were lifted, absent where nothing changed.

    Parameters
    ----------
    world : World
        Its sectors must be those of the registry.
    on : str, date or None
        ``YYYY-MM-DD``; None means no sanctions at all, so that the shock takes away those of
        the baseline.
    since : str, date, int or None
        The baseline date; a year means its 1 July; None means the world's own year.
    strength : {"low", "central", "high"}
        Of the effects.
    senders, targets : str or iterable of str, optional
        Only these. A sender is ``EU``, ``UN``, or a state: a state's flows carry its own acts
        and those of the EU and the UN that bind it.
    secondary : bool
        Whether acts that expose third countries' trade to penalties count (they have no cost
        at strength "low").
    effects : str or Effects
        What the costs rest on, see `hansa.policy.load_effects`.
    folder : path, optional
        Another registry.

    Returns
    -------
    Shock
        Iceberg cost hats.

    Raises
    ------
    DataError
        Bad date, unknown code, or a world with other sectors.

    Notes
    -----
    All targets count unless `targets` names some: counter-measures are aimed at ``EU``, ``USA``
    and other senders. Aggregates of the world are neither senders nor targets, nor third
    countries: no measure touches them. `regime_notes` says which states a regime could not reach.

    References
    ----------
    Chowdhry, Hinz, Kamin & Wanner (2024), Economic Policy 39(118), 471-512.

    Examples
    --------
    >>> import hansa as hs  # doctest: +SKIP
    >>> hs.sanctions(hs.load_world(), on="2024-02-19")  # doctest: +SKIP
    """
    days = (_baseline(world, since), *([] if on is None else [parse_date(on)]))
    reading = _reading(world, days, strength, senders, targets, secondary, effects, folder)
    base = _levels(world, days[0], reading).factor
    now = np.ones_like(base) if on is None else _levels(world, days[-1], reading).factor
    hat = now / base
    n, i, j = np.nonzero(hat != 1.0)
    label = "no sanctions" if on is None else f"sanctions of {days[-1]}"
    return Shock.from_costs(world, n, i, j, hat[n, i, j], label=label)


def cost_levels(
    world: World,
    on: DateLike,
    *,
    strength: str = "central",
    senders: Codes = None,
    targets: Codes = None,
    secondary: bool = True,
    effects: str | Effects = "literature",
    folder: str | Path | None = None,
) -> CostLevels:
    """Return the cost of all measures in force on one date; arguments as in `sanctions`."""
    day = parse_date(on)
    reading = _reading(world, (day,), strength, senders, targets, secondary, effects, folder)
    return _levels(world, day, reading)


def regime_table(
    world: World,
    on: DateLike = "2024-02-19",
    *,
    since: DateLike | int | None = None,
    strength: str = "central",
    senders: Codes = None,
    targets: Codes = None,
    secondary: bool = True,
    effects: str | Effects = "literature",
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """Return, for each flow a measure touches, its costs on both dates and the acts behind them.

    Parameters
    ----------
    world, on, since, strength, senders, targets, secondary, effects, folder
        As in `sanctions`.

    Returns
    -------
    DataFrame
        Columns: destination, origin, sector (codes); ave_base, ave_on (fractions, all measures
        together), trade_base, financial_base, trade_on, financial_on (their parts), hat,
        episodes_base, episodes_on (ids, ``; ``-separated, the costliest first).
    """
    dates = {"base": _baseline(world, since), "on": parse_date(on)}
    days = tuple(dates.values())
    reading = _reading(world, days, strength, senders, targets, secondary, effects, folder)
    sides = {side: _wide(_rows(world, day, reading), side) for side, day in dates.items()}
    table = sides["base"].join(sides["on"], how="outer")
    text = ["episodes_base", "episodes_on"]
    table = table.astype(dict.fromkeys(text, object))
    table = table.fillna({str(c): "" if c in text else 0.0 for c in table})
    for side in dates:
        both = (1 + table[f"trade_{side}"]) * (1 + table[f"financial_{side}"])
        table[f"ave_{side}"] = both - 1
    table["hat"] = (1 + table["ave_on"]) / (1 + table["ave_base"])
    table = table.reset_index()
    for column, codes in (
        ("destination", world.countries), ("origin", world.countries), ("sector", world.sectors),
    ):  # fmt: skip
        table[column] = np.asarray(codes, dtype=object)[table[column].to_numpy()]
    return table[[
        "destination", "origin", "sector", "ave_base", "ave_on", "hat", "trade_base",
        "financial_base", "trade_on", "financial_on", "episodes_base", "episodes_on",
    ]]  # fmt: skip


def regime_notes(
    world: World,
    on: DateLike = "2024-02-19",
    *,
    since: DateLike | int | None = None,
    targets: Codes = None,
    folder: str | Path | None = None,
) -> tuple[str, ...]:
    """Return, in sentences, what a regime rests on and which states it could not reach.

    Parameters
    ----------
    world, on, since, targets, folder
        As in `sanctions`.

    Returns
    -------
    tuple of str
    """
    base, day, episodes = _baseline(world, since), parse_date(on), load_episodes(folder)
    known = set(world.countries)
    members = {*bound_by_eu(base), *bound_by_eu(day)} - known
    states = {e.sender for e in episodes} - {EU, UN} - known
    all_targets = {e.target for e in episodes if targets is None or e.target in targets} - {EU}
    gone, away = all_targets & past_states(), all_targets - known - past_states()
    lines = [
        f"The baseline carries the sanctions of {base}; only what changed by {day} is applied.",
        "Costs are classes assumed from the literature (low, central, high), not estimates; each "
        "class has the same effect on trade in every sector, so its cost is higher where trade "
        "answers less to cost.",
        "Aggregates are neither senders nor targets, and no measure touches their trade.",
        "Not in the registry: measures of Taiwan, Singapore, New Zealand, Iceland and Ukraine. "
        "These countries stand among those between, and what they gain from trade that leaves the "
        "senders is overstated. Of counter-measures only those with a published act are in it.",
        "A lifted measure gives trade back in full. Where partners stayed away after relief, as "
        "from Iran after 2016, trade is overstated and what was re-imposed is understated.",
        "Acts that reach third countries bear on all states but those whose banks the same "
        "sender has itself cut off on either date.",
    ]
    for what, missing in (
        ("EU members", members), ("senders", states), ("targets", away),
    ):  # fmt: skip
        if missing:
            lines.append(f"Not in {world.name}, so left out: {what} {', '.join(sorted(missing))}.")
    if gone:
        lines.append(f"States of the past, so left out: {', '.join(sorted(gone))}.")
    return tuple(lines)


# ---- reading the registry against a world ---------------------------------------------------


def _reading(
    world: World,
    days: tuple[dt.date, ...],
    strength: str,
    senders: Codes,
    targets: Codes,
    secondary: bool,
    effects: str | Effects,
    folder: str | Path | None,
) -> _Reading:
    episodes = load_episodes(folder)
    costs = load_effects(effects).at(strength)
    for code in {c for e in episodes for c in e.sector_codes}:
        if code not in world.sectors:
            raise DataError(
                f"{world.name} has no sector {code!r}; the registry of sanctions is written for "
                "the sectors of the embedded world, so give a world with those"
            )
    return _Reading(
        episodes,
        days,
        costs,
        _chosen("sender", senders, {*SENDERS, *world.countries}),
        _chosen("target", targets, {e.target for e in episodes}),
        secondary,
    )


def _chosen(what: str, codes: Codes, known: set[str]) -> frozenset[str] | None:
    if codes is None:
        return None
    wanted = [codes] if isinstance(codes, str) else list(codes)
    for code in wanted:
        if code not in known:
            raise DataError(unknown(what, code, sorted(known)))
    return frozenset(wanted)


def _baseline(world: World, since: DateLike | int | None) -> dt.date:
    if since is None or isinstance(since, int):
        year = world.year if since is None else since
        return parse_date(f"{year:04d}-{BASELINE_DAY}", "since")
    return parse_date(since, "since")


def _levels(world: World, on: dt.date, reading: _Reading) -> CostLevels:
    shape = world.expenditure.shape
    parts = {"trade": np.zeros(shape), "financial": np.zeros(shape)}
    for episode in _counted(on, reading):
        part = strength_class(episode.strength).applies_to
        for n, i, j, ave in _touched(world, on, episode, reading):
            np.maximum.at(parts[part], (n, i, j), ave)
    return CostLevels(parts["trade"], parts["financial"])


def _rows(world: World, on: dt.date, reading: _Reading) -> pd.DataFrame:
    import pandas as pd

    frames = [
        pd.DataFrame(
            {
                "destination": n, "origin": i, "sector": j, "ave": ave, "id": episode.id,
                "part": strength_class(episode.strength).applies_to,
            }
        )
        for episode in _counted(on, reading)
        for n, i, j, ave in _touched(world, on, episode, reading)
        if n.size
    ]  # fmt: skip
    empty = pd.DataFrame(columns=["destination", "origin", "sector", "ave", "id", "part"])
    return pd.concat(frames, ignore_index=True) if frames else empty


def _wide(rows: pd.DataFrame, side: str) -> pd.DataFrame:
    """Return one line per flow: the largest cost of each part, and the ids behind them."""
    import pandas as pd

    keys = ["destination", "origin", "sector"]
    if rows.empty:
        columns = [f"trade_{side}", f"financial_{side}", f"episodes_{side}"]
        index = pd.MultiIndex.from_arrays([np.zeros(0, dtype=np.int64)] * 3, names=keys)
        return pd.DataFrame(columns=columns, index=index)
    rows = rows.sort_values(["ave", "id"], ascending=[False, True])
    largest = rows.groupby([*keys, "part"])["ave"].max().unstack("part")
    largest = largest.reindex(columns=["trade", "financial"]).add_suffix(f"_{side}")
    ids = rows.drop_duplicates([*keys, "id"]).groupby(keys)["id"].agg("; ".join)
    return largest.join(ids.rename(f"episodes_{side}"))


def _counted(on: dt.date, reading: _Reading) -> list[Episode]:
    """Return the episodes in force that pass the filters and have a cost."""
    return [
        e
        for e in reading.episodes
        if e.in_force(on)
        and (reading.targets is None or e.target in reading.targets)
        and (reading.secondary or e.reach == "own")
        and reading.costs.by_class[e.strength] > 0
    ]


def _touched(
    world: World, on: dt.date, episode: Episode, reading: _Reading
) -> list[tuple[Int[Array, " k"], Int[Array, " k"], Int[Array, " k"], Float[Array, " k"]]]:
    """Return (destination, origin, sector, AVE) of the flows one episode touches."""
    targets = [world.country(c) for c in _targets(world, on, episode)]
    if not targets:
        return []
    ave = reading.costs.by_class[episode.strength]
    if episode.sender == UN:
        ave *= reading.costs.compliance
    partners = [world.country(c) for c in _partners(world, on, episode, reading)]
    pairs = np.array(partners, dtype=np.int64), np.array(targets, dtype=np.int64)
    sector = np.array([world.sector(c) for c in episode.sector_codes], dtype=np.int64)
    partner, target, sector = (a.ravel() for a in np.meshgrid(*pairs, sector, indexing="ij"))
    costs = sector_ave(ave, world.trade_elasticity)[sector]
    flows = []
    if episode.type in ("trade-export", "financial"):
        flows.append((target, partner, sector, costs))
    if episode.type in ("trade-import", "financial"):
        flows.append((partner, target, sector, costs))
    return flows


def _targets(world: World, on: dt.date, episode: Episode) -> list[str]:
    """Return the states of the world that an episode is aimed at; several where it is the EU."""
    members = eu_members(on) if episode.target == EU else (episode.target,)
    return [c for c in members if c in world.countries]


def _partners(world: World, on: dt.date, episode: Episode, reading: _Reading) -> Sequence[str]:
    """Return the states of the world whose trade with the target the episode concerns."""
    aggregates = world.meta.get("aggregates", {})
    states = [c for c in world.countries if c not in aggregates and c != episode.target]
    chosen = reading.senders
    if episode.reach == "third":
        free = {episode.sender, *_nothing_to_lose(episode.sender, reading)}
        keep = chosen is None or episode.sender in chosen
        return [c for c in states if c not in free] if keep else []
    if episode.sender == EU:
        bound = set(bound_by_eu(on))
        states = [c for c in states if c in bound]
    elif episode.sender != UN:
        states = [c for c in states if c == episode.sender]
    if chosen is None or episode.sender in chosen:
        return states
    return [c for c in states if c in chosen]


def _nothing_to_lose(sender: str, reading: _Reading) -> set[str]:
    """Return the targets so cut off by a sender that its secondary measures do not deter them.

    On any of the dates compared: so that being cut off is by itself neither a gain nor a loss.
    """
    return {
        e.target
        for e in reading.episodes
        if e.sender == sender
        and e.strength in exempting_classes()
        and any(e.in_force(day) for day in reading.days)
    }
