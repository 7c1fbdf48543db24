"""The plan of a sweep: which equilibria are solved together, what decides each, what rows it fills.

May import every room to the left. A plan follows from the sweep and its world alone: not from the
size of chunks, the number of workers or what was solved before. That is what makes results the
same to the last bit whoever solves them, and lets an interrupted sweep go on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import Int

from hansa.club import mask_of
from hansa.errors import DataError, StudyError
from hansa.policy import Costs, Effects, Regime, club_shock, load_effects, read_regime
from hansa.shock import Shock
from hansa.study.draws import SIZES, Draw, draw_parameters
from hansa.study.store import fingerprint
from hansa.study.sweeping.schema import NEVER, Sweep
from hansa.world.world import World

Array = np.ndarray
#: Equilibria handed to the solver together. Which ones share a batch moves the last bits.
BATCH = 512
#: With fewer clubs than this, a regime is not worth a starting point of its own.
FEW = 16
#: The number of the only draw where nothing is drawn.
CENTRAL = -1
#: The row of the world as a whole among the countries.
WORLD = "WORLD"


@dataclass(frozen=True, eq=False)
class Base:
    """One regime of sanctions, as the grid's points that come to the same costs have it.

    Attributes
    ----------
    key : str
        Hash of its costs and its horizon.
    horizon : str
    regimes : tuple of int
        Positions in `Sweep.regimes`.
    strength : str
        Its named strength; that of draws where they do not draw one.
    shock : Shock
        At that strength.
    regime : Regime
        From which draws take theirs.
    """

    key: str
    horizon: str
    regimes: tuple[int, ...]
    strength: str
    shock: Shock
    regime: Regime


@dataclass(frozen=True)
class Cut:
    """Solves of one draw that are handed to the solver together: `start` to `stop`.

    With `base` they are clubs of one size of the measures under that regime, solved from there;
    without, they have a horizon in common, and each brings its own regime.
    """

    start: int
    stop: int
    base: int | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that is to be solved, without having solved anything.

    A *solve* is one equilibrium; within a draw solves are numbered regime by regime, and
    within a regime: the world without a club (if asked for), then each size of the measures
    with each club of two or more. A solve fills the rows of all scenarios that come to it.

    Attributes
    ----------
    sweep : Sweep
    world : World
    engine : str
        Hash of the code that decides numbers.
    digest : str
        Hash of all that decides the rows.
    bases : tuple of Base
    masks : (C,) array
        Clubs in the order of the file, bit k for candidate k.
    countries : tuple of str
        Kept ones; the world as a whole comes after them.
    batch : int
        Most equilibria handed to the solver together.
    """

    sweep: Sweep
    world: World
    engine: str
    digest: str
    bases: tuple[Base, ...]
    masks: Int[Array, " c"]
    countries: tuple[str, ...]
    batch: int

    # ---- sizes --------------------------------------------------------------------------

    @cached_property
    def draws(self) -> range:
        """Numbers of the draws; `CENTRAL` alone where nothing is drawn."""
        return range(self.sweep.draws.number) if self.sweep.draws else range(CENTRAL, CENTRAL + 1)

    @cached_property
    def joined(self) -> Int[Array, " j"]:
        """Positions of clubs of two or more: the others change nothing."""
        return np.flatnonzero(np.bitwise_count(self.masks) >= 2)

    @cached_property
    def alone(self) -> Int[Array, " a"]:
        """Positions of clubs of none or one."""
        return np.flatnonzero(np.bitwise_count(self.masks) < 2)

    @cached_property
    def per_base(self) -> int:
        """Solves of one regime in one draw."""
        return bool(self.alone.size) + len(self.sizes) * self.joined.size

    @cached_property
    def sizes(self) -> list[tuple[Any, ...]]:
        """Grid positions of the measures: (nontariff, payments, tariffs)."""
        return self.sweep.sizes

    @property
    def scenarios(self) -> int:
        """Grid points x draws x clubs."""
        return len(self.sweep.points) * len(self.draws) * self.masks.size

    @property
    def solves(self) -> int:
        """Different equilibria among the scenarios."""
        return len(self.draws) * len(self.bases) * self.per_base

    # ---- batches ------------------------------------------------------------------------

    @cached_property
    def cuts(self) -> list[Cut]:
        """Batches of one draw; all draws have the same ones."""
        each, most = self.per_base, self.batch
        if self.joined.size < FEW:
            horizons = [base.horizon for base in self.bases]  # in order: the slowest dimension
            ends = [each * (k + 1) for k, h in enumerate(horizons) if h not in horizons[k + 1 :]]
            spans = list(zip((0, *ends), ends, strict=False))
            return [
                Cut(a, min(a + most, stop), None) for s, stop in spans for a in range(s, stop, most)
            ]
        cuts = []
        for number in range(len(self.bases) * len(self.sizes)):
            base, size = divmod(number, len(self.sizes))
            stop = base * each + bool(self.alone.size) + (size + 1) * self.joined.size
            # The world without a club goes with the first size.
            start = stop - self.joined.size if size else base * each
            cuts += [Cut(a, min(a + most, stop), base) for a in range(start, stop, most)]
        return cuts

    def units(self, chunk: int, done: Sequence[range] = ()) -> list[range]:
        """Return what is left to do, as ranges of batches of one draw, at most `chunk` long.

        Batches are numbered draw by draw; `done` holds those that are finished.
        """
        per_draw = len(self.cuts)
        finished = np.zeros(per_draw * len(self.draws), dtype=bool)
        for batches in done:
            finished[batches.start : batches.stop] = True
        units: list[range] = []
        for batch in np.flatnonzero(~finished).tolist():
            last = units[-1] if units else range(0)
            new = batch != last.stop or len(last) >= chunk or batch % per_draw == 0
            if new or not units:
                units.append(range(batch, batch + 1))
            else:
                units[-1] = range(last.start, batch + 1)
        return units

    def cut(self, batch: int) -> tuple[int, Cut]:
        """Return the draw and the solves of a batch."""
        cuts = self.cuts
        return self.draws[batch // len(cuts)], cuts[batch % len(cuts)]

    # ---- what a solve is ----------------------------------------------------------------

    def solve(self, number: int) -> tuple[int, int, int]:
        """Return regime, size of measures and club position of a solve; -1, -1 for no club."""
        base, at = divmod(number, self.per_base)
        at -= bool(self.alone.size)
        if at < 0:
            return base, -1, -1
        size, k = divmod(at, self.joined.size)
        return base, size, int(self.joined[k])

    def draw(self, k: int) -> Draw | None:
        """Return the parameters of a draw; None where nothing is drawn."""
        draws = self.sweep.draws
        return None if draws is None else draw_parameters(self.world, draws.seed, k)

    def size(self, position: int, draw: Draw | None) -> tuple[Any, ...]:
        """Return (nontariff, payments, tariffs) at a grid position, drawn where that is asked."""
        size = list(self.sizes[position])
        for at, name in enumerate(SIZES):
            ends = getattr(self.sweep.draws, name, None)
            if draw is not None and ends is not None:
                size[at] = draw.size(name, *ends)
        return tuple(size)

    def strength(self, draw: Draw | None) -> float:
        """Return the drawn strength of sanctions; 0 where each regime has its own."""
        drawn = draw is not None and self.sweep.draws is not None and self.sweep.draws.strength
        return draw.strength if drawn and draw is not None else 0.0

    @cached_property
    def effects(self) -> Effects:
        """What the costs of sanctions rest on."""
        return _effects(self.sweep)

    def costs(self, draw: Draw, base: Base) -> Costs:
        """Return the costs of sanctions in a draw: all factors at one position."""
        if self.sweep.draws is None or not self.sweep.draws.strength:
            return self.effects.at(base.strength)
        return self.effects.between(np.full(len(self.effects.factors), draw.strength))

    def elasticities(self, draw: Draw | None) -> Array:
        """Return (J,) trade elasticities of a draw."""
        drawn = draw is not None and self.sweep.draws is not None and self.sweep.draws.elasticities
        return draw.trade_elasticity if drawn and draw is not None else self.world.trade_elasticity

    def keys(self, k: int, solves: Sequence[int]) -> list[str]:
        """Return the content hash of each solve of a draw: of all that decides its numbers."""
        draw = self.draw(k)
        rule, strength = self.sweep.deficits, self.strength(draw)
        start = hashlib.sha256(f"{self.engine} {self.world.digest} {rule} {strength!r}".encode())
        start.update(np.ascontiguousarray(self.elasticities(draw)).tobytes())
        measures = [
            self.sweep.measures(self.size(s, draw)).model_dump_json()
            for s in range(len(self.sizes))
        ]
        keys = []
        for number in solves:
            base, size, club = self.solve(number)
            sha = start.copy()
            sha.update(self.bases[base].key.encode())
            if size >= 0:
                members = sorted(self.members(club))
                sha.update(f" {'+'.join(members)} {measures[size]}".encode())
            keys.append(sha.hexdigest()[:32])
        return keys

    def members(self, club: int) -> tuple[str, ...]:
        """Return the members of the club at a position."""
        mask = int(self.masks[club])
        return tuple(c for k, c in enumerate(self.sweep.club.candidates) if mask >> k & 1)


def make_plan(sweep: Sweep, world: World) -> Plan:
    """Return the plan of a sweep of a world.

    Raises
    ------
    StudyError
        If the sweep does not fit the world: names what, before anything is solved.
    """
    countries = _kept(sweep, world)
    bases = _bases(sweep, world)
    try:
        club_shock(world, sweep.club.candidates, sweep.measures(sweep.sizes[0]))
    except DataError as error:
        raise StudyError(f"{sweep.name}, club.measures: {error}") from error
    chosen = sweep.clubs
    masks = (
        np.arange(1 << len(sweep.club.candidates))
        if chosen == "all"
        else np.array([mask_of(sweep.club.candidates, club) for club in chosen], dtype=np.int64)
    )
    spread = world.trade_elasticity_se.tobytes().hex() if sweep.draws else ""
    decides = sweep.model_dump_json(exclude={"name", "title", "world", "keep"})
    digest = fingerprint(
        engine(), BATCH, FEW, world.digest, spread, decides, countries, [b.key for b in bases]
    )
    return Plan(sweep, world, engine(), digest, bases, masks, countries, BATCH)


def _kept(sweep: Sweep, world: World) -> tuple[str, ...]:
    further = () if isinstance(sweep.keep, str) else sweep.keep
    for where, codes in (("club.candidates", sweep.club.candidates), ("keep", further)):
        for code in codes:
            try:
                world.country(code)
            except DataError as error:
                raise StudyError(f"{sweep.name}, {where}: {error}") from error
    rest = world.countries if sweep.keep == "all" else further
    return tuple(dict.fromkeys((*sweep.club.candidates, *rest)))


def _bases(sweep: Sweep, world: World) -> tuple[Base, ...]:
    """Return the regimes, those that come to the same costs once."""
    found: dict[str, Base] = {}
    drawn = sweep.draws is not None and sweep.draws.strength
    targets = sweep.regime.targets if sweep.regime else None
    effects = _effects(sweep)
    for position, (horizon, on, strength, secondary) in enumerate(sweep.regimes):
        names = ("low", "central", "high") if drawn else (strength,)
        day = None if on == NEVER else on
        try:
            regime = _regime(world, day, secondary, targets)
        except DataError as error:
            raise StudyError(f"{sweep.name}, regime: {error}") from error
        shocks = [regime.shock(effects.at(name)) for name in names]
        key = fingerprint(horizon, *(_content(s) for s in shocks))
        if key in found:
            same = found[key]
            found[key] = replace(same, regimes=(*same.regimes, position))
        else:
            central = names[len(names) // 2]
            shock = shocks[len(shocks) // 2]
            found[key] = Base(key, horizon, (position,), central, shock, regime)
    return tuple(found.values())


def _effects(sweep: Sweep) -> Effects:
    return load_effects(sweep.regime.effects if sweep.regime else "literature")


@lru_cache(maxsize=16)
def _regime(
    world: World, on: dt.date | None, secondary: bool, targets: tuple[str, ...] | None
) -> Regime:
    return read_regime(world, on, secondary=secondary, targets=targets)


def _content(shock: Shock) -> str:
    """Return a hash of all a shock changes."""
    arrays = (
        shock.cost_cell, shock.cost_hat, shock.tariff_cell, shock.tariff_rate,
        shock.productivity_cell, shock.productivity_hat, shock.transfer,
    )  # fmt: skip
    return fingerprint(shock.deficits, *(hashlib.sha256(a.tobytes()).hexdigest() for a in arrays))


@lru_cache(maxsize=1)
def engine() -> str:
    """Return the hash of the code that decides numbers, so that no result outlives it."""
    package = resources.files("hansa")
    texts: list[str] = []

    def walk(place: Any, path: str) -> None:
        if place.is_file() and path.endswith(".py"):
            texts.append(path + place.read_text(encoding="utf-8"))
        elif place.is_dir():
            for entry in sorted(place.iterdir(), key=lambda e: e.name):
                walk(entry, f"{path}/{entry.name}")

    for part in ("shock.py", "shock_clubs.py", "world/world.py", "policy", "equilibrium"):
        walk(package / part, part)
    for part in ("draws.py", "sweeping/plan.py", "sweeping/cases.py"):
        walk(package / "study" / part, part)
    return fingerprint(*texts)
