"""A regime of sanctions as a change of a world: levels of cost on two dates, and their ratio.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its neighbours; ``touched.py``
says which flows are touched. The world already carries the sanctions of its own year, so only what
changed since then is applied; a lifted measure gives a hat below one. Sanctions as iceberg costs
follow Chowdhry, Hinz, Kamin & Wanner (2024, Economic Policy 39, 471-512).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.policy.ave import sector_ave, strength_class
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.effects import Costs, Effects, load_effects
from hansa.policy.episodes import Episode, load_episodes
from hansa.policy.senders import EU, UN, bound_by_eu
from hansa.policy.states import past_states
from hansa.policy.touched import (
    PARTS,
    Codes,
    Reading,
    baseline,
    flows_of,
    read,
    read_regime,
    touched,
)
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostLevels", "cost_levels", "regime_notes", "regime_table", "sanctions"]

Array = np.ndarray


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
    regime = read_regime(
        world, on, since=since, senders=senders, targets=targets, secondary=secondary,
        folder=folder,
    )  # fmt: skip
    return regime.shock(load_effects(effects).at(strength))


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
    reading = read(world, (day,), senders, targets, secondary, folder)
    costs = load_effects(effects).at(strength)
    parts = {name: np.zeros(world.expenditure.shape) for name in PARTS}
    for part, held in zip(parts.values(), touched(world, day, reading), strict=True):
        part.reshape(-1)[held.flow] = held.dearest(costs, world.trade_elasticity)
    return CostLevels(**parts)


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
    dates = {"base": baseline(world, since), "on": parse_date(on)}
    days = tuple(dates.values())
    reading = read(world, days, senders, targets, secondary, folder)
    costs = load_effects(effects).at(strength)
    sides = {side: _wide(_rows(world, day, reading, costs), side) for side, day in dates.items()}
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
    effects: str | Effects = "literature",
    folder: str | Path | None = None,
) -> tuple[str, ...]:
    """Return, in sentences, what a regime rests on and which states it could not reach.

    Parameters
    ----------
    world, on, since, targets, effects, folder
        As in `sanctions`.

    Returns
    -------
    tuple of str
    """
    base, day, episodes = baseline(world, since), parse_date(on), load_episodes(folder)
    known = set(world.countries)
    members = {*bound_by_eu(base), *bound_by_eu(day)} - known
    states = {e.sender for e in episodes} - {EU, UN} - known
    all_targets = {e.target for e in episodes if targets is None or e.target in targets} - {EU}
    gone, away = all_targets & past_states(), all_targets - known - past_states()
    lines = [
        f"The baseline carries the sanctions of {base}; only what changed by {day} is applied.",
        f"{_RESTS[load_effects(effects).name]} Each class has the same effect on trade in every "
        "sector, so its cost is higher where trade answers less to cost.",
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


#: What the costs of sanctions rest on, by the name of the effects.
_RESTS = {
    "literature": "Costs are classes assumed from the literature (low, central, high), not "
    "estimates.",
    "estimated": "Costs are estimated from trade in 1995, 2005 and 2015 (structural gravity, 90 "
    "per cent bands) where that trade identifies them, and assumed from the literature elsewhere.",
    "combined": "Costs combine estimates from trade in 1995, 2005 and 2015 (structural gravity) "
    "with published ones, each weighted by its precision; where trade identifies nothing they "
    "are assumed from the literature.",
}


def _rows(world: World, on: dt.date, reading: Reading, costs: Costs) -> pd.DataFrame:
    """Return one line per flow and episode that has a cost."""
    import pandas as pd

    n, j = len(world.countries), len(world.sectors)
    frames = []
    for episode in reading.counted(on):
        own = costs.by_class[episode.strength]
        if own <= 0:
            continue
        ave = sector_ave(own * _borne(episode, costs), world.trade_elasticity)
        for cells in flows_of(world, on, episode, reading):
            pair, sector = np.divmod(cells, j)
            frames.append(
                pd.DataFrame(
                    {
                        "destination": pair // n, "origin": pair % n, "sector": sector,
                        "ave": ave[sector], "id": episode.id,
                        "part": strength_class(episode.strength).applies_to,
                    }
                )
            )  # fmt: skip
    empty = pd.DataFrame(columns=["destination", "origin", "sector", "ave", "id", "part"])
    return pd.concat(frames, ignore_index=True) if frames else empty


def _borne(episode: Episode, costs: Costs) -> float:
    """Return the share of a class's cost that states bound by the act bear."""
    return costs.compliance if episode.sender == UN else 1.0


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
