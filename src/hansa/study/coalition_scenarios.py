"""What a study of a senders' coalition solves; each part is kept in a Store as soon as it is done.

May import every room to the left. Harm, cost, shares of the possible and equalising transfers
follow Chowdhry, Hinz, Kamin & Wanner (2024, Economic Policy 39(118), 471-512).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from hansa.club import (
    Game,
    Outcomes,
    SenderPath,
    outcomes_of,
    sender_path,
)
from hansa.club.sender_paths import Solver
from hansa.equilibrium import solve, sweep
from hansa.equilibrium.technology import HORIZONS
from hansa.errors import ConvergenceError
from hansa.policy import Coalition, CoalitionRule
from hansa.shock import Shock
from hansa.shock_clubs import ClubShocks
from hansa.study.coalition_play import (
    Columns,
    coalition_blocks,
    coalition_game,
    home_of,
    solver_of,
)
from hansa.study.play import MOST, Block, equalise
from hansa.study.published import PublishedRow, compare_published
from hansa.study.schema import Study
from hansa.study.store import Store, fingerprint
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]

#: The scenarios that shares are taken of, in order.
REFERENCES = ("none", "actual", "everyone", "embargo", "embargo of everyone")
LEVELS = ("low", "central", "high")


@dataclass(frozen=True, eq=False)
class References:
    """The coalition of the senders beside what could be, under one set of assumptions.

    Attributes
    ----------
    strength, horizon : str
    welfare : (R, C) array
        W hat of each column (economies, then group players) in the order of `REFERENCES`; NaN
        where not solved. The last, an embargo by everyone, is there at the study's horizon only.
    residual : (R,) array
    solved : (R,) array of bool
    """

    strength: str
    horizon: str
    welfare: Float[Array, "r c"]
    residual: Float[Array, " r"]
    solved: Bool[Array, " r"]


@dataclass(frozen=True, eq=False)
class Burden:
    """Loss of the senders' states before and after transfers that equalise it.

    Attributes
    ----------
    states : tuple of str
    transfer : (s,) array, million USD
        Received; NaN if the transfers were not found.
    before : (s,) array
        W hat against no coalition.
    after : float
        Common W hat with the transfers.
    """

    states: tuple[str, ...]
    transfer: Float[Array, " s"]
    before: Float[Array, " s"]
    after: float


@dataclass(frozen=True, eq=False)
class Joining:
    """What each economy without sanctions would add to the senders' coalition.

    Attributes
    ----------
    economies : tuple of str
    harm, cost, own : (k,) arrays, million USD
        Further loss of the targets; further loss of the coalition with the joiner; the
        joiner's own part of that. NaN where not solved.
    """

    economies: tuple[str, ...]
    harm: Float[Array, " k"]
    cost: Float[Array, " k"]
    own: Float[Array, " k"]


@dataclass(frozen=True, eq=False)
class CoalitionRun:
    """All that is solved for a coalition.

    Attributes
    ----------
    coalition : Coalition
    rule : CoalitionRule
    columns : Columns
    game : Game or None
        All coalitions; None with more players than a table holds.
    paths : tuple of SenderPath
        From no coalition by each criterion, then from the senders'.
    references : tuple of References
        The study's own strength and horizon first.
    burden : Burden
    joining : Joining
    embargoes : Outcomes or None
        What the coalitions of `on_the_way` do with all trade shut, if asked for.
    published : tuple of PublishedRow
        Empty unless asked for.
    """

    coalition: Coalition
    rule: CoalitionRule
    columns: Columns
    game: Game | None
    paths: tuple[SenderPath, ...]
    references: tuple[References, ...]
    burden: Burden
    joining: Joining
    embargoes: Outcomes | None
    published: tuple[PublishedRow, ...]

    @property
    def on_the_way(self) -> tuple[tuple[str, ...], ...]:
        """Coalitions on the first path, and that of the senders."""
        steps = [s.coalition for s in self.paths[0].steps]
        return tuple(dict.fromkeys([*steps, tuple(self.coalition.senders)]))


def coalition_of(study: Study, strength: str | None = None) -> Coalition:
    """Return the study's coalition as policy; a study without one has none to give."""
    asked = study.coalition
    if asked is None:
        raise ValueError(f"the study {study.name} has no coalition")
    others = study.regime.targets
    return Coalition(
        asked.senders,
        asked.partners,
        study.aims,
        study.regime.on,
        asked.measures,
        strength=strength or study.regime.strength,
        effects=study.regime.effects,
        also=None if others is None else tuple(t for t in others if t not in study.aims),
    )


def steps_of(study: Study) -> int:
    """Return about how many equilibria `solve_coalition` needs, for the progress bar."""
    if study.coalition is None:
        return 0
    players = len(study.coalition.senders) + len(study.coalition.partners)
    lattice = 1 << players if players <= MOST else 2 * players * (players + 1)
    return lattice + 5 * 5 + 12 + 150 + (12 if study.coalition.compare else 0)


def solve_coalition(world: World, study: Study, store: Store, tick: Tick) -> CoalitionRun:
    """Return everything that a study's coalition asks for."""
    coalition = coalition_of(study)
    rule = coalition.rule(world)
    columns = Columns.of(home_of(world, study.deficits), rule.states)
    references = _references(world, study, rule, columns, store, tick)
    own = references[0]
    if not own.solved[:2].all():
        raise ConvergenceError(
            "the world without the coalition or with that of the senders has no equilibrium"
        )
    few = len(coalition.players) <= MOST
    game = _game(world, study, rule, store, tick) if few else None
    if game is not None:
        solver = outcomes_of(game, coalition.targets)
    else:
        empty = own.welfare[0, : len(world.countries)]
        solver = _kept(solver_of(world, rule, empty, study.deficits, study.horizon), store, tick)
    paths = _paths(coalition, columns, solver)
    run = CoalitionRun(
        coalition, rule, columns, game, paths, references,
        _burden(world, study, rule, store, tick),
        _joining(world, study, rule, columns, store, tick), None,
        _published(world, study, store, tick),
    )  # fmt: skip
    if study.coalition is None or not study.coalition.embargo:
        return run
    embargoes = _embargoes(world, study, run, store)
    return replace(run, embargoes=embargoes)


def _game(world: World, study: Study, rule: CoalitionRule, store: Store, tick: Tick) -> Game:
    """Return the game of all coalitions; every block is kept when done."""
    total = 1 << len(rule.coalition.players)
    blocks: list[Block] = []
    seen = 0
    while (first := sum(len(b.masks) for b in blocks)) < total:
        held = store.get(f"coalitions-{first}")
        if held is None:

            def report(done: int, _: int) -> None:
                nonlocal seen
                tick(done - seen)
                seen = done

            block = next(
                coalition_blocks(world, rule, study.deficits, report, first, study.horizon)
            )
            held = store.put(
                f"coalitions-{first}",
                welfare=block.welfare, residual=block.residual, solved=block.solved,
            )  # fmt: skip
        masks = range(first, first + held["solved"].size)
        blocks.append(Block(masks, held["welfare"], held["residual"], held["solved"]))
        tick(masks.stop - seen)
        seen = masks.stop
    return coalition_game(world, rule, blocks, study.deficits)


def _kept(solver: Solver, store: Store, tick: Tick) -> Solver:
    """Return a solver that keeps what it solved, so that a cut-off study goes on."""

    def solved(inside: Bool[Array, "k m"]) -> Outcomes:
        key = f"path-{fingerprint(inside.astype(int).tolist())[:16]}"
        held = store.get(key)
        if held is None:
            found = solver(inside)
            held = store.put(key, harm=found.harm, slack=found.slack, loss=found.loss)
        tick(len(inside))
        return Outcomes(held["harm"], held["slack"], held["loss"])

    return solved


def _paths(coalition: Coalition, columns: Columns, solver: Solver) -> tuple[SenderPath, ...]:
    """Return the paths from no coalition by each criterion, and from that of the senders."""
    players, senders = coalition.players, tuple(coalition.senders)
    gdp = dict(zip(columns.names, columns.gdp, strict=True))
    by_size = sorted(players, key=lambda p: -gdp[p])
    paths = [
        sender_path(players, solver, "harm"),
        sender_path(players, solver, "ratio"),
        sender_path(players, solver, "given", (), by_size),
    ]
    if coalition.partners:
        paths += [sender_path(players, solver, name, senders) for name in ("harm", "ratio")]
    return tuple(paths)


def _references(
    world: World, study: Study, rule: CoalitionRule, columns: Columns, store: Store, tick: Tick
) -> tuple[References, ...]:
    """Return the reference scenarios at the study's own assumptions, then at the others."""
    cases: list[tuple[str, str]] = [(study.regime.strength, study.horizon)]
    cases += [(level, study.horizon) for level in LEVELS]
    cases += [(study.regime.strength, name) for name in HORIZONS]
    out = []
    for strength, horizon in dict.fromkeys(cases):
        held = store.get(f"coalition-{strength}-{horizon}")
        if held is None:
            own = strength == study.regime.strength
            here = rule if own else coalition_of(study, strength).rule(world)
            shocks = reference_shocks(world, here)
            if horizon != study.horizon:
                shocks.pop()  # autarky in the short run: a minute for what no sentence needs
            result = sweep(world, shocks, deficits=study.deficits, horizon=horizon)
            welfare = np.where(result.solved[:, None], result.welfare.values, np.nan)
            held = store.put(
                f"coalition-{strength}-{horizon}", welfare=welfare, solved=result.solved,
                residual=np.maximum(result.market_residual, result.price_residual),
            )  # fmt: skip
        welfare = columns.welfare(held["welfare"])
        out.append(References(strength, horizon, welfare, held["residual"], held["solved"]))
        tick(len(REFERENCES))
    return tuple(out)


def reference_shocks(world: World, rule: CoalitionRule) -> list[Shock]:
    """Return the shocks of `REFERENCES`, in order."""
    senders = [c for p in rule.coalition.senders for c in rule.states[p]]
    adds = (
        Shock.neutral(world), rule.shock(rule.coalition.senders), rule.everyone,
        rule.embargo(world, senders), rule.embargo(world),
    )  # fmt: skip
    return [rule.base.then(s).named(name) for name, s in zip(REFERENCES, adds, strict=True)]


def _burden(world: World, study: Study, rule: CoalitionRule, store: Store, tick: Tick) -> Burden:
    """Return the senders' losses, and the transfers that make them equal, state by state."""
    senders = rule.coalition.senders
    states = tuple(c for p in senders for c in rule.states[p])
    held = store.get("coalition-burden")
    if held is None:
        without = solve(world, rule.base, deficits=study.deficits, horizon=study.horizon)
        together = rule.base.then(rule.shock(senders))
        try:
            equal = equalise(
                world, together, states, without, deficits=study.deficits, horizon=study.horizon
            )
            transfer, before, after = equal.transfer, equal.before, equal.gain
        except ConvergenceError:
            # What each bears is known without them; the transfers are marked unknown.
            plain = solve(world, together, deficits=study.deficits, horizon=study.horizon)
            at = [world.country(c) for c in states]
            before = plain.welfare.values[at] / without.welfare.values[at]
            transfer, after = np.full(len(states), np.nan), np.nan
        held = store.put(
            "coalition-burden", transfer=transfer, before=before, after=np.array(after)
        )
    tick(12)
    return Burden(states, held["transfer"], held["before"], float(held["after"]))


def _joining(
    world: World, study: Study, rule: CoalitionRule, columns: Columns, store: Store, tick: Tick
) -> Joining:
    """Return what every economy that does not sanction would add, one at a time."""
    senders = [c for p in rule.coalition.senders for c in rule.states[p]]
    shocks = joining_shocks(world, rule)
    held = store.get("coalition-joining")
    if held is None:
        base = rule.base.then(rule.shock(rule.coalition.senders))
        result = sweep(world, shocks, base=base, deficits=study.deficits, horizon=study.horizon)
        held = store.put(
            "coalition-joining",
            welfare=np.where(result.solved[:, None], result.welfare.values, np.nan),
        )
    here, income = held["welfare"][0], columns.income[: len(world.countries)]
    loss = (here - held["welfare"][1:]) * income
    at = [world.country(c) for c in shocks.players]
    own = loss[np.arange(len(at)), at]
    inside = loss[:, [world.country(c) for c in senders]].sum(1) + own
    harm = loss[:, [world.country(t) for t in rule.coalition.targets]].sum(1)
    tick(150)
    return Joining(shocks.players, harm, inside, own)


def joining_shocks(world: World, rule: CoalitionRule) -> ClubShocks:
    """Return the shocks of nobody, and of each economy without sanctions alone, joining."""
    targets = [world.country(t) for t in rule.coalition.targets]
    n, j = len(world.countries), len(world.sectors)
    row, rest = np.divmod(rule.everyone.cost_cell, n * j)
    state = np.where(np.isin(row, targets), rest // j, row)
    inside = {c for p in rule.coalition.senders for c in rule.states[p]}
    left_out = inside | set(world.meta.get("aggregates", {}))
    economies = tuple(
        c for c in world.countries if c not in left_out and world.country(c) in set(state.tolist())
    )
    kept = np.isin(state, [world.country(c) for c in economies])
    across = Shock(
        world.countries, world.sectors, rule.everyone.cost_cell[kept], rule.everyone.cost_hat[kept]
    )
    nobody = np.zeros((1, len(economies)), dtype=bool)
    members = np.vstack([nobody, np.eye(len(economies), dtype=bool)])
    return ClubShocks(economies, Shock.neutral(world), across, members, least=1)


def _embargoes(world: World, study: Study, run: CoalitionRun, store: Store) -> Outcomes:
    """Return what the coalitions on the way do if they shut all trade with the targets."""
    held = store.get("coalition-embargoes")
    if held is None:
        shocks = [
            run.rule.base.then(
                run.rule.embargo(world, [s for p in c for s in run.rule.states[p]])
            ).named("+".join(c))
            for c in run.on_the_way
        ]
        result = sweep(world, shocks, deficits=study.deficits, horizon=study.horizon)
        held = store.put(
            "coalition-embargoes",
            welfare=np.where(result.solved[:, None], result.welfare.values, np.nan),
            residual=np.maximum(result.market_residual, result.price_residual),
        )
    empty = run.references[0].welfare[0]
    money = (empty - run.columns.welfare(held["welfare"])) * run.columns.income
    targets = [run.columns.names.index(t) for t in run.coalition.targets]
    players = [run.columns.names.index(p) for p in run.coalition.players]
    slack = held["residual"] * run.columns.income[targets].sum()
    return Outcomes(money[:, targets].sum(1), slack, money[:, players])


def _published(world: World, study: Study, store: Store, tick: Tick) -> tuple[PublishedRow, ...]:
    if study.coalition is None or not study.coalition.compare:
        return ()
    held = store.get("published")
    if held is None:
        rows = compare_published(
            world, deficits=study.deficits, horizon=study.horizon,
            strength=study.regime.strength, effects=study.regime.effects,
        )  # fmt: skip
        held = store.put(
            "published",
            **{
                name: np.array([getattr(r, name) for r in rows])
                for name in PublishedRow.__dataclass_fields__
            },
        )
    tick(12)
    return rows_of(held)


def rows_of(held: dict[str, Array]) -> tuple[PublishedRow, ...]:
    """Return the rows that were kept as arrays."""
    columns = [held[name].tolist() for name in PublishedRow.__dataclass_fields__]
    return tuple(PublishedRow(*row) for row in zip(*columns, strict=True))
