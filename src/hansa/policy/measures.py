"""What members of a club do for one another, and what senders do to members: both as shocks.

May import ``hansa.errors``, ``hansa.world`` and ``hansa.shock``. Measures lie on top of the regime
in force. Clubs as in Chowdhry, Hinz, Kamin & Wanner (2024, Economic Policy 39, 471-512).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hansa.errors import DataError, unknown
from hansa.policy.club_rows import Knowledge, WeightRow
from hansa.policy.corridor_table import CorridorRow, corridor_rows
from hansa.policy.dates import LAST_DATE, DateLike, parse_date
from hansa.policy.senders import EU, bound_by_eu
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks
from hansa.world.world import World

__all__ = ["Club", "Measures", "Response", "club_shock", "club_shocks"]

Array = np.ndarray


class Measures(BaseModel):
    """What members do for one another; all changes are among members, in both directions.

    Attributes
    ----------
    tariffs : float or None
        Ad-valorem rate members put on each other, 0.0 is free trade; only where the world has
        a tariff (a zero may mean that nothing is known). None leaves tariffs.
    nontariff : float
        Relative change of trade costs other than tariffs; -0.10 makes delivery 10 % cheaper.
    payments : float
        Relative change of delivered cost through payments; -0.02 is 2 % cheaper.
    corridor : mapping, DataFrame, path or None
        Relative changes by (destination, origin[, sector]), one direction each; see
        `hansa.policy.corridor_table`. A row counts when both its ends are members.
    sectors : tuple of str or None
        Sectors that tariffs, nontariff and payments cover; None means all.
    weights : tuple of WeightRow
        Flows on which `nontariff` works more or less than on others, as
        `hansa.capability.match_measures` gives them.
    knowledge : Knowledge or None
        Productivity that members gain from one another's science, as
        `hansa.science.knowledge_measure` gives it.

    Raises
    ------
    DataError
        Unknown name (with the nearest) or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    tariffs: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    nontariff: float = Field(default=0.0, gt=-1.0, allow_inf_nan=False)
    payments: float = Field(default=0.0, gt=-1.0, allow_inf_nan=False)
    corridor: tuple[CorridorRow, ...] = ()
    sectors: tuple[str, ...] | None = None
    weights: tuple[WeightRow, ...] = ()
    knowledge: Knowledge | None = None

    def __init__(self, **values: Any) -> None:
        known = list(type(self).model_fields)
        for name in values:
            if name not in known:
                raise DataError(unknown("measure", name, known))
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            message = first["msg"].removeprefix("Value error, ")
            where = ".".join(str(part) for part in first["loc"])
            raise DataError(f"measure {where}: {message}") from None

    @field_validator("corridor", mode="before")
    @classmethod
    def _read_corridor(cls, value: Any) -> tuple[CorridorRow, ...]:
        return corridor_rows(value)

    @field_validator("sectors", mode="before")
    @classmethod
    def _read_sectors(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def factor(self) -> float:
        """(1 + nontariff) * (1 + payments): the iceberg hat among members of weight one."""
        return (1 + self.nontariff) * (1 + self.payments)


@dataclass(frozen=True)
class Club:
    """Candidate members and what members do for one another.

    Attributes
    ----------
    members : sequence of str
        ISO3 codes, held as a tuple; checked against a world when one is used.
    measures : Measures
        None by default: no change.

    Raises
    ------
    DataError
        A code given twice.
    """

    members: Sequence[str]
    measures: Measures = field(default_factory=Measures)

    def __post_init__(self) -> None:
        members = (self.members,) if isinstance(self.members, str) else tuple(self.members)
        _refuse_repeats(members)
        object.__setattr__(self, "members", members)

    def shock(self, world: World) -> Shock:
        """Return the shock of the club of all members."""
        return club_shock(world, self.members, self.measures)


@dataclass(frozen=True)
class Response:
    """The senders' answer: costs on trade between them and every member of a club.

    Attributes
    ----------
    senders : sequence of str
        ISO3 codes or ``EU``, which stands for the states its acts bind on the date `on`.
    ave : float
        Ad-valorem equivalent at full intensity, a fraction; 0.30 makes delivery 30 % dearer.
    intensity : float
        0 to 1: the share of `ave` applied, or the probability that it is (the expected cost).
    exempt : sequence of str
        Members not answered against, for example those already under full sanctions.
    sectors : sequence of str or None
        None means all.
    on : str or date
        Date of EU membership; the registry's last date by default.
    """

    senders: Sequence[str] = ("USA", EU, "GBR", "CAN", "JPN", "CHE", "AUS")
    ave: float = 0.30
    intensity: float = 1.0
    exempt: Sequence[str] = ()
    sectors: Sequence[str] | None = None
    on: DateLike = LAST_DATE

    def __post_init__(self) -> None:
        for name in ("senders", "exempt", "sectors"):
            value = getattr(self, name)
            if value is not None:
                codes = (value,) if isinstance(value, str) else tuple(value)
                object.__setattr__(self, name, codes)
        _refuse_repeats(self.senders)
        if not (np.isfinite(self.ave) and self.ave >= 0):
            raise DataError(f"ave must be a finite fraction >= 0 (0.30 is 30 %), not {self.ave}")
        if not 0 <= self.intensity <= 1:
            raise DataError(f"intensity must lie in 0..1, not {self.intensity}")
        parse_date(self.on)

    def shock(self, world: World, members: Iterable[str]) -> Shock:
        """Return the shock on a club's members; neutral for fewer than two members.

        Parameters
        ----------
        world : World
        members : iterable of str

        Returns
        -------
        Shock
            Hats 1 + intensity * ave, both directions, on flows between senders and members.
            A sender that is itself a member does not answer against the club.
        """
        joined = _members(world, members)
        senders = [world.country(c) for c in self.states(world) if c not in joined]
        answered = [world.country(c) for c in joined if c not in self.exempt]
        cost = self.intensity * self.ave
        if len(joined) < 2 or not cost:
            return Shock.neutral(world)
        a, b, j = _grid(senders, answered, _sectors(world, self.sectors))
        hat = np.full(2 * a.size, 1 + cost)
        n, i, k = (np.concatenate(pair) for pair in ((a, b), (b, a), (j, j)))
        return Shock.from_costs(world, n, i, k, hat, label="answer of senders")

    def states(self, world: World) -> list[str]:
        """Return the senders as states of the world; EU members it lacks are passed over."""
        states: list[str] = []
        for code in self.senders:
            bound = bound_by_eu(parse_date(self.on))
            found = [c for c in bound if c in world.countries] if code == EU else [code]
            states += [c for c in found if c not in states]
        return states


def club_shock(world: World, members: Iterable[str], measures: Measures) -> Shock:
    """Return what a club of these members changes; neutral for fewer than two members.

    Parameters
    ----------
    world : World
    members : iterable of str
        ISO3 codes, each once.
    measures : Measures

    Returns
    -------
    Shock
        Cost hats and tariffs on flows among members, both directions; other flows untouched.
        With knowledge, members' productivity too.

    Raises
    ------
    DataError
        Unknown country or sector (names the nearest), or a member given twice.
    """
    joined = _members(world, members)
    sectors = _sectors(world, measures.sectors)
    corridor = _corridor_cells(world, joined, measures.corridor)
    if len(joined) < 2:
        return Shock.neutral(world)
    at = [world.country(c) for c in joined]
    n, i, j = _grid(at, at, sectors)
    n, i, j = (a[n != i] for a in (n, i, j))
    hat = (1 + measures.nontariff) ** _weights(world, measures)[n, i, j] * (1 + measures.payments)
    common = (n, i, j, hat)
    cells = [np.concatenate(pair) for pair in zip(common, corridor, strict=True)]
    costs = Shock.from_costs(world, cells[0], cells[1], cells[2], cells[3])
    if measures.knowledge is not None:
        for code, productivity in measures.knowledge.hats(joined).items():
            costs = costs.then(Shock.productivity(world, hat=productivity, country=code))
    label = "club of " + ", ".join(joined)
    if measures.tariffs is None:
        return costs.named(label)
    rates = _lowered(world, n, i, j, measures.tariffs)
    return costs.then(Shock.tariff_schedule(world, rates)).named(label)


def club_shocks(
    world: World,
    players: Sequence[str],
    members: Bool[Array, "s k"],
    measures: Measures,
    response: Response | None = None,
) -> Sequence[Shock]:
    """Return the shocks of many clubs of some players: measures, then the senders' answer.

    Parameters
    ----------
    world : World
    players : sequence of str
        ISO3 codes of the K who may be members.
    members : (S, K) array of bool
        Who is in, by scenario.
    measures : Measures
    response : Response, optional

    Returns
    -------
    sequence of Shock
        As `club_shock` and `Response.shock` give them one by one, but made only when asked
        for (`hansa.shock_clubs.ClubShocks`); a list where a player is also a sender, or where
        members share knowledge, which depends on who else is in.
    """
    players = _members(world, players)
    if measures.knowledge is not None or (
        response is not None and set(response.states(world)) & set(players)
    ):
        return [_one_club(world, _chosen(players, row), measures, response) for row in members]
    within = club_shock(world, players, measures)
    across = Shock.neutral(world)
    if response is not None:
        across = response.shock(world, players)
    return ClubShocks(players, within, across, members)


def _one_club(
    world: World, club: tuple[str, ...], measures: Measures, response: Response | None
) -> Shock:
    shock = club_shock(world, club, measures)
    if response is not None:
        shock = shock.then(response.shock(world, club))
    return shock.named("+".join(club) or "no club")


def _weights(world: World, measures: Measures) -> Float[Array, "n n j"]:
    """Return the exponent of the non-tariff hat on every flow: one where none is named."""
    weights = np.ones((len(world.countries), len(world.countries), len(world.sectors)))
    for row in measures.weights:
        n, i = world.country(row.destination), world.country(row.origin)
        weights[n, i, world.sector(row.sector)] = row.weight
    return weights


def _chosen(players: tuple[str, ...], row: Bool[Array, " k"]) -> tuple[str, ...]:
    return tuple(p for p, inside in zip(players, row, strict=True) if inside)


def _lowered(world: World, n: Array, i: Array, j: Array, rate: float) -> Float[Array, "n n j"]:
    """Return the world's tariffs with `rate` on the given flows that have a tariff."""
    rates = world.tariff.copy()
    known = rates[n, i, j] != 0
    rates[n[known], i[known], j[known]] = rate
    return rates


def _corridor_cells(
    world: World, joined: tuple[str, ...], rows: tuple[CorridorRow, ...]
) -> tuple[Int[Array, " k"], Int[Array, " k"], Int[Array, " k"], Float[Array, " k"]]:
    """Return positions and hats of the corridor rows with both ends in the club."""
    cells: list[tuple[int, int, int, float]] = []
    for row in rows:
        n, i = world.country(row.destination), world.country(row.origin)
        sectors = _sectors(world, None if row.sector is None else (row.sector,))
        if row.destination in joined and row.origin in joined:
            cells += [(n, i, int(j), 1 + row.change) for j in sectors]
    table = np.array(cells, dtype=np.float64).reshape(-1, 4)
    n, i, j = table[:, :3].astype(np.int64).T
    return n, i, j, table[:, 3]


def _members(world: World, members: Iterable[str]) -> tuple[str, ...]:
    joined = (members,) if isinstance(members, str) else tuple(members)
    _refuse_repeats(joined)
    for code in joined:
        world.country(code)
    return joined


def _sectors(world: World, codes: Sequence[str] | None) -> Int[Array, " k"]:
    chosen = world.sectors if codes is None else codes
    return np.array([world.sector(c) for c in chosen], dtype=np.int64)


def _grid(
    first: list[int], second: list[int], sector: Int[Array, " k"]
) -> tuple[Int[Array, " m"], Int[Array, " m"], Int[Array, " m"]]:
    axes = np.meshgrid(
        np.array(first, dtype=np.int64), np.array(second, dtype=np.int64), sector, indexing="ij"
    )
    n, i, j = (axis.ravel() for axis in axes)
    return n, i, j


def _refuse_repeats(codes: Sequence[str]) -> None:
    repeated = sorted({c for c in codes if codes.count(c) > 1})
    if repeated:
        raise DataError(f"given twice: {', '.join(repeated)}")
