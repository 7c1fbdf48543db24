"""Which flows the sanctions of a date touch, apart from how dear that makes them.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its neighbours. The registry is
read once against a world; costs of any strength, and of any trade elasticities, then follow in
milliseconds. Sanctions as iceberg costs: Chowdhry, Hinz, Kamin & Wanner (2024).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError, unknown
from hansa.policy.ave import exempting_classes, sector_ave, strength_class
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.effects import Costs
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.senders import EU, SENDERS, UN, bound_by_eu, eu_members
from hansa.shock import Shock
from hansa.world.world import World

__all__ = ["Regime", "Touched", "read_regime"]

Array = np.ndarray
Codes = str | Iterable[str] | None
#: Parts of a cost: within a part the dearest measure counts, the parts multiply.
PARTS = ("trade", "financial")
#: Day of the baseline year whose regime the baseline's trade is taken to reflect.
BASELINE_DAY = "07-01"


@dataclass(frozen=True)
class Reading:
    """How the registry is read: a filter on episodes, and the dates compared.

    Attributes
    ----------
    episodes : tuple of Episode
    days : tuple of date
    senders, targets : frozenset of str or None
        Only these; None means all.
    secondary : bool
        Whether acts on third countries count.
    """

    episodes: tuple[Episode, ...]
    days: tuple[dt.date, ...]
    senders: frozenset[str] | None
    targets: frozenset[str] | None
    secondary: bool

    def counted(self, on: dt.date) -> list[Episode]:
        """Return the episodes in force that pass the filters."""
        return [
            e
            for e in self.episodes
            if e.in_force(on)
            and (self.targets is None or e.target in self.targets)
            and (self.secondary or e.reach == "own")
        ]


@dataclass(frozen=True, eq=False)
class Touched:
    """The flows that one part of the measures in force on a date touches, and by what.

    Attributes
    ----------
    cell : (K,) int array
        Flat positions ``(n * N + i) * J + j`` of flows, sorted; one entry for each kind of
        measure that touches the flow.
    kind : (K,) int array
        Position in `kinds`.
    kinds : tuple of (str, bool)
        Strength class, and whether an act of the UN alone binds.
    """

    cell: Int[Array, " k"]
    kind: Int[Array, " k"]
    kinds: tuple[tuple[str, bool], ...]

    @cached_property
    def first(self) -> Int[Array, " f"]:
        """Where the entries of each flow begin."""
        return np.flatnonzero(np.diff(self.cell, prepend=-1))

    @cached_property
    def flow(self) -> Int[Array, " f"]:
        """Flat positions of the touched flows, each once, sorted."""
        return self.cell[self.first]

    def dearest(self, costs: Costs, theta: Float[Array, " j"]) -> Float[Array, " f"]:
        """Return the AVE of the dearest measure on each `flow`, a fraction."""
        if not self.cell.size:
            return np.zeros(0)
        table = np.stack(
            [
                sector_ave(costs.by_class[name] * (costs.compliance if un else 1.0), theta)
                for name, un in self.kinds
            ]
        )
        return np.maximum.reduceat(table[self.kind, self.cell % theta.size], self.first)


@dataclass(frozen=True, eq=False)
class Regime:
    """Sanctions of a date relative to those a world carries: what they touch, not at what cost.

    Attributes
    ----------
    world : World
        Gives the labels; other elasticities of the same table can be given to `shock`.
    base, now : tuple of Touched
        By part (see `PARTS`), on the baseline date and on the date; `now` is empty where all
        sanctions are lifted.
    label : str
    """

    world: World
    base: tuple[Touched, ...]
    now: tuple[Touched, ...]
    label: str

    def shock(self, costs: Costs, trade_elasticity: Float[Array, " j"] | None = None) -> Shock:
        """Return the regime as a shock at given costs.

        Parameters
        ----------
        costs : Costs
            See `hansa.policy.Effects`: ``.at("central")``, ``.between(position)``.
        trade_elasticity : (J,) array, optional
            By default the world's. A class of measures stands for an effect on trade, so that
            other elasticities take other costs, see `hansa.policy.ave.sector_ave`.

        Returns
        -------
        Shock
            Hats (1 + AVE on the date) / (1 + AVE in the baseline), where not one.
        """
        theta = self.world.trade_elasticity if trade_elasticity is None else trade_elasticity
        base, now = (self._factor(k, costs, theta) for k in range(2))
        hat = now / base
        moved = hat != 1.0
        world = self.world
        return Shock(
            world.countries, world.sectors, cost_cell=self._cells[moved], cost_hat=hat[moved],
            label=self.label,
        )  # fmt: skip

    @cached_property
    def _cells(self) -> Int[Array, " c"]:
        """All flows touched on either date, sorted."""
        return np.unique(np.concatenate([t.flow for t in (*self.base, *self.now)]))

    @cached_property
    def _places(self) -> tuple[list[Array], list[Array]]:
        """Where the flows of each part lie among all, on both dates."""
        base, now = ([np.searchsorted(self._cells, t.flow) for t in s] for s in self._sides)
        return base, now

    @property
    def _sides(self) -> tuple[tuple[Touched, ...], tuple[Touched, ...]]:
        return self.base, self.now

    def _factor(self, side: int, costs: Costs, theta: Float[Array, " j"]) -> Float[Array, " c"]:
        """Return 1 + AVE of all parts together on one of the dates."""
        total = np.ones(self._cells.size)
        for part, place in zip(self._sides[side], self._places[side], strict=True):
            total[place] *= 1 + part.dearest(costs, theta)
        return total


def read_regime(
    world: World,
    on: DateLike | None = "2024-02-19",
    *,
    since: DateLike | int | None = None,
    senders: Codes = None,
    targets: Codes = None,
    secondary: bool = True,
    folder: str | Path | None = None,
) -> Regime:
    """Return what the sanctions of a date touch, relative to those the world already carries.

    Parameters
    ----------
    world, on, since, senders, targets, secondary, folder
        As in `hansa.sanctions`.

    Returns
    -------
    Regime
        Its `shock` at the costs of a strength is `hansa.sanctions` at that strength.

    Raises
    ------
    DataError
        Bad date, unknown code, or a world with other sectors.
    """
    days = (baseline(world, since), *([] if on is None else [parse_date(on)]))
    reading = read(world, days, senders, targets, secondary, folder)
    base, *now = (touched(world, day, reading) for day in days)
    label = "no sanctions" if on is None else f"sanctions of {days[-1]}"
    return Regime(world, base, now[0] if now else (), label)


def read(
    world: World,
    days: tuple[dt.date, ...],
    senders: Codes,
    targets: Codes,
    secondary: bool,
    folder: str | Path | None,
) -> Reading:
    """Return how the registry is read against a world, all codes checked."""
    episodes = load_episodes(folder)
    for code in {c for e in episodes for c in e.sector_codes}:
        if code not in world.sectors:
            raise DataError(
                f"{world.name} has no sector {code!r}; the registry of sanctions is written for "
                "the sectors of the embedded world, so give a world with those"
            )
    return Reading(
        episodes,
        days,
        _chosen("sender", senders, {*SENDERS, *world.countries}),
        _chosen("target", targets, {e.target for e in episodes}),
        secondary,
    )


def baseline(world: World, since: DateLike | int | None) -> dt.date:
    """Return the baseline date: a year means its 1 July, None the world's own year."""
    if since is None or isinstance(since, int):
        year = world.year if since is None else since
        return parse_date(f"{year:04d}-{BASELINE_DAY}", "since")
    return parse_date(since, "since")


def touched(world: World, on: dt.date, reading: Reading) -> tuple[Touched, ...]:
    """Return what the measures in force on a date touch, by part."""
    found: dict[str, list[tuple[Episode, Array]]] = {part: [] for part in PARTS}
    for episode in reading.counted(on):
        part = strength_class(episode.strength).applies_to
        if part in found:
            found[part] += [(episode, cells) for cells in flows_of(world, on, episode, reading)]
    return tuple(_merged(entries) for entries in found.values())


def _merged(entries: Sequence[tuple[Episode, Array]]) -> Touched:
    """Return entries sorted by flow, each kind of measure once for a flow."""
    kinds = tuple(dict.fromkeys((e.strength, e.sender == UN) for e, _ in entries))
    if not entries:
        nothing = np.zeros(0, dtype=np.int64)
        return Touched(nothing, nothing, ())
    keys = [cells * len(kinds) + kinds.index((e.strength, e.sender == UN)) for e, cells in entries]
    cell, kind = np.divmod(np.unique(np.concatenate(keys)), len(kinds))
    return Touched(cell, kind, kinds)


def flows_of(
    world: World, on: dt.date, episode: Episode, reading: Reading
) -> Iterator[Int[Array, " k"]]:
    """Yield the flat positions of the flows one episode touches, direction by direction."""
    targets = [world.country(c) for c in _targets(world, on, episode)]
    partners = [world.country(c) for c in _partners(world, on, episode, reading)]
    sectors = [world.sector(c) for c in episode.sector_codes]
    partner, target, sector = (
        a.ravel()
        for a in np.meshgrid(
            *(np.array(codes, dtype=np.int64) for codes in (partners, targets, sectors)),
            indexing="ij",
        )
    )
    n, j = len(world.countries), len(world.sectors)
    if not partner.size:
        return
    if episode.type in ("trade-export", "financial"):
        yield (target * n + partner) * j + sector
    if episode.type in ("trade-import", "financial"):
        yield (partner * n + target) * j + sector


def _chosen(what: str, codes: Codes, known: set[str]) -> frozenset[str] | None:
    if codes is None:
        return None
    wanted = [codes] if isinstance(codes, str) else list(codes)
    for code in wanted:
        if code not in known:
            raise DataError(unknown(what, code, sorted(known)))
    return frozenset(wanted)


def _targets(world: World, on: dt.date, episode: Episode) -> list[str]:
    """Return the states of the world that an episode is aimed at; several where it is the EU."""
    members = eu_members(on) if episode.target == EU else (episode.target,)
    return [c for c in members if c in world.countries]


def _partners(world: World, on: dt.date, episode: Episode, reading: Reading) -> Sequence[str]:
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


def _nothing_to_lose(sender: str, reading: Reading) -> set[str]:
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
