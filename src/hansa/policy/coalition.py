"""Coalition: who imposes, who might join, on whom; and what each coalition does, as shocks.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. The mirror of a
club, after Chowdhry, Hinz, Kamin & Wanner (2024), "Brothers in arms: the value of coalitions in
sanctions regimes", Economic Policy 39(118), 471-512.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from hansa.errors import DataError, unknown
from hansa.policy.dates import DateLike, parse_date
from hansa.policy.effects import Effects
from hansa.policy.episodes import load_episodes
from hansa.policy.regime import CostLevels, cost_levels, sanctions
from hansa.policy.senders import EU, UN, bound_by_eu
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks
from hansa.world.world import World

__all__ = ["TEMPLATES", "Coalition", "CoalitionRule"]

Array = np.ndarray

#: What a state that joins adopts; or the code of one sender.
TEMPLATES = {
    "average": "the senders' costs, weighted by their trade with the target in that sector",
    "strictest": "the largest of the senders' costs in that sector",
}


@dataclass(frozen=True)
class Coalition:
    """Who imposes sanctions, who might join them, and on whom.

    Attributes
    ----------
    senders : sequence of str
        Those who sanction the targets on the date: ISO3 codes or ``EU``, which stands for the
        states its acts bind on that date, those named on their own left out.
    partners : sequence of str
        Those who do not, and might join: ISO3 codes.
    targets : sequence of str
        ISO3 codes.
    on : str or date
        Whose sanctions count.
    measures : str, default "average"
        What a partner adopts on joining, see `TEMPLATES`; or the code of one of the senders,
        whose costs it then copies. By sector and direction.
    embargo : bool, default False
        Whether members shut all trade with the targets instead.
    strength : str
    effects : str or Effects
        As in `hansa.sanctions`.
    also : sequence of str or None
        Other targets, whose sanctions are in force whatever the coalition does; by default
        none (they stay as in the baseline), None means all of the registry.

    Raises
    ------
    DataError
        A code named twice, no sender, no target, or no such template.

    Notes
    -----
    Acts that expose third countries' trade to penalties are left out: they would make what a
    member does depend on who else is one. Acts of the United Nations stay in force without
    any coalition, as do counter-measures where `also` names those they are aimed at.

    Examples
    --------
    >>> import hansa as hs
    >>> coalition = hs.Coalition(["USA", "EU"], ["CHN"], ["RUS"], on="2022-09-01")
    >>> coalition.players
    ('USA', 'EU', 'CHN')
    """

    senders: Sequence[str]
    partners: Sequence[str] = ()
    targets: Sequence[str] = ()
    on: DateLike = "2024-02-19"
    measures: str = "average"
    embargo: bool = False
    strength: str = "central"
    effects: str | Effects = "literature"
    also: Sequence[str] | None = ()

    def __post_init__(self) -> None:
        for name in ("senders", "partners", "targets", "also"):
            value = getattr(self, name)
            if value is not None:
                codes = (value,) if isinstance(value, str) else tuple(value)
                object.__setattr__(self, name, codes)
        if not self.senders or not self.targets:
            raise DataError("a coalition needs at least one sender and at least one target")
        every = (*self.players, *self.targets)
        twice = sorted({c for c in every if every.count(c) > 1})
        if twice:
            raise DataError(f"named twice in the coalition or as its target: {', '.join(twice)}")
        if EU in (*self.partners, *self.targets):
            raise DataError("EU may be a sender; partners and targets are states")
        if self.measures not in TEMPLATES and self.measures not in self.senders:
            known = (*TEMPLATES, *self.senders)
            raise DataError(unknown("measures of a coalition", self.measures, known))
        parse_date(self.on)

    @property
    def players(self) -> tuple[str, ...]:
        """Senders, then partners."""
        return (*self.senders, *self.partners)

    def states(self, world: World) -> dict[str, tuple[str, ...]]:
        """Return the economies of the world that each player is.

        Raises
        ------
        DataError
            If a code is not known, or a group has no state in the world.
        """
        found = {p: self._states_of(p, world) for p in self.players}
        for target in self.targets:
            world.country(target)
        return found

    def _states_of(self, player: str, world: World) -> tuple[str, ...]:
        if player != EU:
            return (world.countries[world.country(player)],)
        own = {*self.players, *self.targets}
        bound = bound_by_eu(parse_date(self.on))
        states = tuple(c for c in world.countries if c in bound and c not in own)
        if not states:
            raise DataError(f"{world.name} has no state that acts of the EU bind on {self.on}")
        return states

    def rule(self, world: World, imposing: Bool[Array, " n"] | None = None) -> CoalitionRule:
        """Return what each coalition does, as shocks on a world; see `CoalitionRule`.

        Parameters
        ----------
        world : World
        imposing : (N,) array of bool, optional
            Economies with sanctions of their own; by default those with a cost above zero. For
            draws: a cost that is drawn as zero makes nobody stand aside.

        Returns
        -------
        CoalitionRule

        Raises
        ------
        DataError
            Unknown code, a sender without sanctions on the date, or a partner with some.
        """
        return _rule(self, world, imposing)


@dataclass(frozen=True, eq=False)
class CoalitionRule:
    """What coalitions of some players do in one world.

    Attributes
    ----------
    coalition : Coalition
    states : mapping
        The economies that each player is.
    base : Shock
        The empty coalition: what is in force without the players' sanctions on the targets.
    members : Shock
        What all players add to that, on flows between them and the targets.
    everyone : Shock
        What it adds if every economy but the targets is a member, those without sanctions of
        their own by the template.
    imposing : (N,) array of bool
        Economies with sanctions of their own.
    """

    coalition: Coalition
    states: Mapping[str, tuple[str, ...]]
    base: Shock
    members: Shock
    everyone: Shock
    imposing: Bool[Array, " n"]

    def shocks(self, inside: Bool[Array, "s k"]) -> ClubShocks:
        """Return the shocks of many coalitions, on top of `base`; (S, K) who is in."""
        groups = {p: s for p, s in self.states.items() if s != (p,)}
        neutral = Shock(self.base.countries, self.base.sectors)
        return ClubShocks(self.coalition.players, neutral, self.members, inside, 1, groups)

    def shock(self, members: Iterable[str]) -> Shock:
        """Return what one coalition adds to `base`."""
        chosen = tuple(members)
        for code in chosen:
            if code not in self.coalition.players:
                raise DataError(unknown("player", code, self.coalition.players))
        inside = np.array([[p in chosen for p in self.coalition.players]])
        return self.shocks(inside)[0]

    def embargo(self, world: World, states: Iterable[str] | None = None) -> Shock:
        """Return the shutting of all trade between some states and the targets.

        Parameters
        ----------
        world : World
        states : iterable of str, optional
            ISO3 codes; None means every economy but the targets.
        """
        return _shut(world, self.coalition.targets, states)


def _shut(world: World, targets: Sequence[str], states: Iterable[str] | None) -> Shock:
    names = list(targets)
    others = [c for c in world.countries if c not in names] if states is None else list(states)
    into = Shock.trade_cost(world, hat=np.inf, destination=names, origin=others)
    out = Shock.trade_cost(world, hat=np.inf, destination=others, origin=names)
    return into.then(out).named("embargo")


# ---- costs by flow --------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Flows:
    """Costs of trade of every economy with the targets, by part; first axis: to, from the target.

    Attributes
    ----------
    trade, financial : (2, N, T, J) arrays
        Fractions.
    """

    trade: Float[Array, "2 n t j"]
    financial: Float[Array, "2 n t j"]

    @classmethod
    def of(cls, levels: CostLevels, targets: Int[Array, " t"]) -> _Flows:
        """Return the part of a world's costs that lies between economies and targets."""
        return cls(*(_with_targets(part, targets) for part in (levels.trade, levels.financial)))

    def most(self, other: _Flows) -> _Flows:
        """Return the larger cost of each part: two bans on one good are one ban."""
        return _Flows(
            np.maximum(self.trade, other.trade), np.maximum(self.financial, other.financial)
        )

    def where(self, rows: Bool[Array, " n"], other: _Flows) -> _Flows:
        """Return the other's costs for some economies."""
        at = rows[None, :, None, None]
        return _Flows(
            np.where(at, other.trade, self.trade), np.where(at, other.financial, self.financial)
        )

    @property
    def factor(self) -> Float[Array, "2 n t j"]:
        """1 + AVE of both parts together."""
        return (1 + self.trade) * (1 + self.financial)


def _with_targets(flows: Float[Array, "n n j"], targets: Int[Array, " t"]) -> Array:
    """Return flows to and from targets, (2, N, T, J)."""
    return np.stack([flows[targets].transpose(1, 0, 2), flows[:, targets]])


def _rule(coalition: Coalition, world: World, imposing: Bool[Array, " n"] | None) -> CoalitionRule:
    states = coalition.states(world)
    targets = np.array([world.country(t) for t in coalition.targets], dtype=np.int64)
    own, rest = _in_force(coalition, world, targets)
    costly = np.asarray((own.factor > rest.factor).any((0, 2, 3)))
    sanctioning = costly if imposing is None else imposing
    _check_parts(coalition, world, states, sanctioning)
    template = rest.most(_template(coalition, world, states, own, targets))
    joined = template.where(sanctioning, own)

    player = np.zeros(len(world.countries), dtype=bool)
    player[[world.country(c) for s in states.values() for c in s]] = True
    there = np.ones(len(world.countries), dtype=bool)
    there[targets] = False

    around = sanctions(
        world, coalition.on, strength=coalition.strength, targets=_all_targets(coalition),
        secondary=False, effects=coalition.effects,
    )  # fmt: skip
    lifted = _hats(world, targets, player, rest.factor / own.factor)
    base = around.then(lifted).named("no coalition")
    standing = np.where(player[None, :, None, None], rest.factor, own.factor)
    if coalition.embargo:
        members = _shut(world, coalition.targets, [c for s in states.values() for c in s])
        everyone = _shut(world, coalition.targets, None)
    else:
        members = _hats(world, targets, player, joined.factor / rest.factor)
        everyone = _hats(world, targets, there, joined.factor / standing)
    everyone = everyone.named("all economies")
    return CoalitionRule(coalition, states, base, members, everyone, sanctioning)


def _all_targets(coalition: Coalition) -> tuple[str, ...] | None:
    return None if coalition.also is None else (*coalition.targets, *coalition.also)


def _in_force(
    coalition: Coalition, world: World, targets: Int[Array, " t"]
) -> tuple[_Flows, _Flows]:
    """Return costs with the targets on the date: all own acts, and what no coalition decides."""

    def levels(senders: str | None, aims: Sequence[str]) -> _Flows:
        held = cost_levels(
            world, coalition.on, strength=coalition.strength, senders=senders, targets=aims,
            secondary=False, effects=coalition.effects,
        )  # fmt: skip
        return _Flows.of(held, targets)

    known = {e.target for e in load_episodes()}
    for target in coalition.targets:
        if target not in known:
            raise DataError(unknown("target of the registry", target, sorted(known)))
    others = known if coalition.also is None else set(coalition.also) & known
    rest = levels(UN, coalition.targets)
    aside = sorted(others - set(coalition.targets))
    if aside:
        rest = rest.most(levels(None, aside))
    return levels(None, coalition.targets).most(rest), rest


def _check_parts(
    coalition: Coalition,
    world: World,
    states: Mapping[str, tuple[str, ...]],
    sanctioning: Bool[Array, " n"],
) -> None:
    """Refuse senders without sanctions and partners with them: the date decides, not the file."""
    aims = ", ".join(coalition.targets)
    for player in coalition.players:
        acts = any(sanctioning[world.country(c)] for c in states[player])
        if player in coalition.senders and not acts:
            raise DataError(
                f"{player} has no measures of its own against {aims} on {coalition.on}; "
                "name it among the partners"
            )
        if player in coalition.partners and acts:
            raise DataError(
                f"{player} already sanctions {aims} on {coalition.on}; name it among the senders"
            )


def _template(
    coalition: Coalition,
    world: World,
    states: Mapping[str, tuple[str, ...]],
    own: _Flows,
    targets: Int[Array, " t"],
) -> _Flows:
    """Return the costs a state adopts on joining, the same for all."""
    one = coalition.measures in coalition.senders
    models = (coalition.measures,) if one else coalition.senders
    at = [world.country(c) for p in models for c in states[p]]
    weight = _with_targets(world.expenditure, targets)[:, at]
    empty = weight.sum(1, keepdims=True) <= 0
    weight = np.where(empty, 1.0, weight)
    weight = weight / weight.sum(1, keepdims=True)

    def adopted(part: Float[Array, "2 n t j"]) -> Array:
        few = part[:, at]
        strictest = coalition.measures == "strictest"
        value = few.max(1, keepdims=True) if strictest else (weight * few).sum(1, keepdims=True)
        return np.broadcast_to(value, part.shape)

    return _Flows(adopted(own.trade), adopted(own.financial))


def _hats(
    world: World,
    targets: Int[Array, " t"],
    rows: Bool[Array, " n"],
    hat: Float[Array, "2 n t j"],
) -> Shock:
    """Return cost hats on flows between some economies and the targets."""
    held = (hat != 1.0) & rows[None, :, None, None]
    held[:, targets] = False
    way, state, aim, sector = np.nonzero(held)
    aim = targets[aim]
    destination, origin = np.where(way == 0, aim, state), np.where(way == 0, state, aim)
    return Shock.from_costs(world, destination, origin, sector, hat[held])
