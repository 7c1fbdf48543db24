"""The bulk engine in JAX: the same equations and steps as one compiled loop, for a GPU.

May import its siblings; JAX is imported when first used. Equations are `equations.evaluate`, steps
are `batch.plain_step`, both with ``jax.numpy``; only the loop and the mixing (Anderson 1965) are
written for the device. Arrays are arguments of the compiled program, never constants in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from hansa.equilibrium.anderson import MEMORY
from hansa.equilibrium.batch import plain_step
from hansa.equilibrium.bulk import MOST, STRIDE, BulkSolution, Certificate, rows_of
from hansa.equilibrium.club_trade import ClubTrade, Flow
from hansa.equilibrium.compiling import double_precision, keep_compiled
from hansa.equilibrium.economy import Drivers, Economy
from hansa.equilibrium.equations import State, certificate, evaluate, residuals
from hansa.equilibrium.local import Skeleton, Tree, arrays_of, derived_arrays, filled, skeleton
from hansa.equilibrium.reference import Reference

Array = np.ndarray

#: Scenarios at work together on a processor and on a GPU.
WIDTHS = {"cpu": 64, "gpu": 4096}


class _DeviceTrade(ClubTrade):
    """`ClubTrade` without writing in place."""

    def _applied(self, flow: Flow, x: Any) -> Any:
        import jax.numpy as jnp

        before, after = (flow.home[part, :, None] * x[part] for part in flow.untraded)
        x = x[flow.traded]
        out = flow.shared @ x
        inside = x[:, flow.players] * self.members
        change = flow.within @ inside + flow.inward @ x[:, flow.outsiders]
        out = out.at[:, flow.players].add(change * self.members)
        out = out.at[:, flow.outsiders].add(flow.outward @ inside)
        return jnp.concatenate([before, out, after])


@dataclass(frozen=True, eq=False)
class BulkJax:
    """Clubs of one economy, `width` at a time on JAX's first device.

    Attributes
    ----------
    economy, trade, drivers, reference
        As in `hansa.equilibrium.bulk.Bulk`.
    """

    economy: Economy
    trade: ClubTrade
    drivers: Drivers
    reference: Reference

    @property
    def width(self) -> int:
        """Scenarios at work together."""
        import jax

        return WIDTHS.get(jax.default_backend(), WIDTHS["gpu"])

    def twin(self) -> BulkJax:
        """Return itself: nothing in it is written to."""
        return self

    def solve(
        self, shocks: Float[Array, "s k"], start: State, aim: float, most: int = MOST
    ) -> BulkSolution:
        """Return proposals for clubs given by who is in; see `Bulk.solve`."""
        first = rows_of(start, self.economy.value_added)[0]
        found = self._in_batches("solve", shocks, lambda _: (first, aim, most))
        rows, residual, iterations = (np.concatenate(part) for part in zip(*found, strict=True))
        worst = np.where(residual < aim, residual, np.inf)
        return BulkSolution(rows, worst, iterations.astype(np.int64))

    def certify(self, rows: Float[Array, "s d"], shocks: Float[Array, "s k"]) -> Certificate:
        """Return what the equations say of proposals; see `Bulk.certify`."""
        found = self._in_batches(
            "certify", shocks, lambda part: (filled_up(rows[part], self.width),)
        )
        return Certificate(*(np.concatenate(part) for part in zip(*found, strict=True)))

    def _in_batches(
        self, what: str, shocks: Float[Array, "s k"], more: Callable[[slice], tuple[Any, ...]]
    ) -> list[tuple[Array, ...]]:
        """Run a program on `width` clubs at a time; the last are filled up, for one compilation."""
        import jax

        keep_compiled()
        e = self.economy
        found = []
        with double_precision():
            run = getattr(programs(skeleton(e), skeleton(self.trade), skeleton(self.drivers)), what)
            for begin in range(0, len(shocks), self.width):
                part = slice(begin, min(begin + self.width, len(shocks)))
                members = filled_up(shocks[part], self.width).T
                made = jax.device_get(run(self._arrays, members, *more(part)))
                found.append(tuple(a[: part.stop - part.start] for a in made))
        return found

    @cached_property
    def _arrays(self) -> Tree:
        """Everything that the programs read, on the device."""
        import jax

        e = self.economy
        held = {
            "economy": {**derived_arrays(e), **arrays_of(e, ("trade_share", "tariff"))},
            "trade": arrays_of(self.trade),
            "drivers": arrays_of(self.drivers),
            "reference": arrays_of(self.reference),
        }
        placed: Tree = jax.device_put(held)
        return placed


def filled_up(rows: Float[Array, "s d"], width: int) -> Float[Array, "b d"]:
    """Return rows with more of the last one, up to a width."""
    return np.concatenate([rows, np.repeat(rows[-1:], width - len(rows), axis=0)])


class _Loop(NamedTuple):
    """What the compiled loop carries; (B, ...) arrays."""

    turn: Any
    rows: Any
    residual: Any
    iterations: Any
    previous: Any
    step: Any
    move: Any
    differences: Any
    totals: Any
    gram: Any
    count: Any


@dataclass(frozen=True)
class Programs:
    """Compiled functions of the arrays of a `BulkJax` and of who is in, (K, B)."""

    solve: Callable[..., tuple[Any, ...]]
    certify: Callable[..., tuple[Any, ...]]


@lru_cache(maxsize=8)
def programs(economy: Skeleton, trade: Skeleton, drivers: Skeleton) -> Programs:
    """Return the programs for one kind of economy, trade and drivers; compiled when first run."""
    import jax
    import jax.numpy as jnp

    device_trade = Skeleton(_DeviceTrade, trade.constants, trade.parts)

    def parts(arrays: Tree, members: Any) -> tuple[Economy, Any, Drivers]:
        return (
            filled(economy, arrays["economy"]),
            filled(device_trade, {**arrays["trade"], "members": members}),
            filled(drivers, arrays["drivers"]),
        )

    def solve(arrays: Tree, members: Any, first: Any, aim: Any, most: Any) -> tuple[Any, ...]:
        e, t, d = parts(arrays, members)
        reference = filled(Skeleton(Reference, (), ()), arrays["reference"])
        j, n = e.final_share.shape
        weight = e.value_added / e.value_added.sum()
        pin = jnp.broadcast_to(weight, (n, n))
        logs = (j + 1) * n

        def advance(c: _Loop) -> _Loop:
            s = _state(c.rows, e)
            ev = evaluate(e, t, d, s, jnp)
            done = c.residual < aim
            residual = jnp.where(done, c.residual, jnp.maximum(*residuals(ev, s, jnp)))
            still = ~(residual < aim)[:, None]
            g = _rows(plain_step(e, t, s, ev, reference, pin, jnp), e)
            c = _mixed(c, jnp.where(still, g, 0.0), logs)
            move = jnp.where(still, _bounded(c.move, c.rows, weight, j, n), 0.0)
            return c._replace(
                turn=c.turn + 1,
                rows=c.rows + move,
                residual=residual,
                iterations=jnp.where(done, c.iterations, c.turn + 1),
                move=move,
            )

        def going(c: _Loop) -> Any:
            return (c.turn < most) & ~(c.residual < aim).all()

        end = jax.lax.while_loop(going, advance, _begun(members.shape[1], first, logs))
        return end.rows, end.residual, end.iterations

    def certify(arrays: Tree, members: Any, rows: Any) -> tuple[Any, ...]:
        e, t, d = parts(arrays, members)
        s = _state(rows, e)
        ev = evaluate(e, t, d, s, jnp)
        return (*certificate(ev, s, jnp), ev.income.T)

    return Programs(jax.jit(solve), jax.jit(certify))


def _state(rows: Any, e: Economy) -> State:
    """Return the states held in rows; see `bulk.state_of`."""
    j, n = e.final_share.shape
    y = rows.T.reshape(2 * j + 1, n, -1)
    spending = y[j + 1 :] * e.value_added[:, None]
    parts = {"log_price": y[:j], "log_wage": y[j : j + 1], "spending": spending}
    made: State = filled(Skeleton(State, (), ()), parts)
    return made


def _begun(width: int, first: Any, logs: int) -> _Loop:
    import jax.numpy as jnp

    size = first.size
    zero = jnp.zeros((width, size))
    return _Loop(
        turn=jnp.asarray(0),
        rows=jnp.broadcast_to(first, (width, size)),
        residual=jnp.full(width, jnp.inf),
        iterations=jnp.zeros(width, dtype=int),
        previous=jnp.full(width, jnp.inf),
        step=zero,
        move=zero,
        differences=jnp.zeros((width, MEMORY, logs)),
        totals=jnp.zeros((width, MEMORY, size)),
        gram=jnp.zeros((width, MEMORY, MEMORY)),
        count=jnp.zeros(width, dtype=int),
    )


def _rows(s: State, e: Economy) -> Any:
    """Return a change of the state as rows, spending over value added."""
    import jax.numpy as jnp

    parts = jnp.concatenate([s.log_price, s.log_wage, s.spending / e.value_added[:, None]])
    return parts.reshape(-1, parts.shape[2]).T


def _mixed(c: _Loop, g: Any, logs: int) -> _Loop:
    """Return the loop with the accelerated move for the plain steps `g`; see `Anderson.mix`."""
    import jax.numpy as jnp

    at = jnp.maximum(c.turn - 1, 0) % MEMORY
    newest = g - c.step
    differences = c.differences.at[:, at].set(newest[:, :logs])
    totals = c.totals.at[:, at].set(newest + c.move)
    products = jnp.einsum("bmd,bd->bm", differences, newest[:, :logs])
    gram = c.gram.at[:, at, :].set(products).at[:, :, at].set(products)
    size = jnp.sqrt((g * g).sum(1))
    # Unlike in NumPy's loop the first turn has no step before it.
    kept = (size <= 4 * c.previous) & (c.turn > 0)
    count = jnp.where(kept, c.count + 1, 0)
    age = (c.turn - 1 - jnp.arange(MEMORY)) % MEMORY
    usable = age[None, :] < count[:, None]
    both = usable[:, :, None] & usable[:, None, :]
    system = jnp.where(both, gram, 0.0)
    diagonal = jnp.einsum("bmm->bm", system)
    ridge = 1e-14 * diagonal.max(1, keepdims=True) + 1e-300
    system += jnp.where(usable, ridge, 1.0)[:, :, None] * jnp.eye(MEMORY)
    rhs = jnp.where(usable, jnp.einsum("bmd,bd->bm", differences, g[:, :logs]), 0.0)
    weights = jnp.linalg.solve(system, rhs[:, :, None])[:, :, 0]
    move = g - jnp.einsum("bm,bmd->bd", weights, totals)
    return c._replace(
        step=g, move=move, previous=size, differences=differences, totals=totals, gram=gram,
        count=count,
    )  # fmt: skip


def _bounded(move: Any, rows: Any, weight: Any, j: int, n: int) -> Any:
    """Return moves that change no log by more than STRIDE and keep to the numeraire."""
    import jax.numpy as jnp

    logs = (j + 1) * n
    large = jnp.abs(move[:, :logs]).max(1) / STRIDE
    move = move / jnp.maximum(large, 1.0)[:, None]
    old = rows[:, logs:]
    spent = jnp.maximum(move[:, logs:], -0.8 * old)
    wage = rows[:, j * n : logs] + move[:, j * n : logs]
    shift = jnp.log(jnp.exp(wage) @ weight)[:, None]
    shrink = jnp.exp(-shift)
    return jnp.concatenate([move[:, :logs] - shift, spent * shrink + (shrink - 1) * old], axis=1)
