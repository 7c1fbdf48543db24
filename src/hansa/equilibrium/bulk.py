"""The bulk engine: clubs by the thousand, in place, a finished one making room for the next.

May import its siblings. The steps are those of ``batch.py`` (Gauss-Seidel quasi-Newton with
Anderson acceleration) for Cobb-Douglas and mobile labour, laid out for speed: matrix products
with every linear term folded in, no temporary arrays. It proposes; `equations.evaluate` certifies
what it found. A test holds its residuals to those of the equations to 1e-12.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.anderson import Anderson
from hansa.equilibrium.club_trade import ClubTrade
from hansa.equilibrium.economy import Drivers, Economy
from hansa.equilibrium.equations import State, certificate, deficit, evaluate
from hansa.equilibrium.reference import Reference

Array = np.ndarray

#: Scenarios at work together: in small worlds more, so that calls are long enough to share cores.
WIDTH, SMALL_WIDTH, SMALL = 32, 64, 4000
#: Largest change of a log wage or log price in one step.
STRIDE = 1.0
#: Norm of a step below which a step needs no bounds.
SHORT = 0.01
#: A scenario that takes more iterations than this is left to others.
MOST = 80


@dataclass(frozen=True, eq=False)
class BulkSolution:
    """Proposals of the bulk engine.

    Attributes
    ----------
    rows : (S, (2 J + 1) N) array
        Log prices, log wages, spending over value added; the last reached where it gave up.
    residual : (S,) array
        Its own estimate; infinite where it gave up.
    iterations : (S,) int array
    """

    rows: Float[Array, "s d"]
    residual: Float[Array, " s"]
    iterations: Int[Array, " s"]


@dataclass(frozen=True, eq=False)
class Certificate:
    """What the equations say of proposals: residuals (S,), and income (S, N), million USD."""

    market: Float[Array, " s"]
    price: Float[Array, " s"]
    income: Float[Array, "s n"]


class Bulk:
    """Equations and steps of one economy in place, for `width` scenarios at a time.

    A scenario's unknowns are one row: log prices (J, N), log wages (N,), spending over baseline
    value added (J, N). Trade operators and references are scaled to the same unit.
    """

    def __init__(
        self,
        e: Economy,
        trade: ClubTrade,
        d: Drivers,
        reference: Reference,
        width: int | None = None,
    ) -> None:
        j, n = e.final_share.shape
        self.e, self.trade, self.d = e, trade, d
        self.width = width or (SMALL_WIDTH if j * n < SMALL else WIDTH)
        unit = e.value_added
        self.sell = trade.sold.scaled(1 / unit, unit)
        theta = e.trade_elasticity
        self.per_theta = -1 / theta[:, None, None]
        costs = np.concatenate([e.input_share, e.value_added_share.T[:, :, None]], axis=2)
        self.cost = np.ascontiguousarray(-theta[:, None] * costs)
        # Rows: spending by good, then labour; columns: sales by sector, then income.
        self.demand = np.zeros((n, j + 1, j + 1))
        self.demand[:, :j, :j] = e.use_share
        self.demand[:, :j, j] = e.final_share.T
        self.demand[:, j, :j] = e.value_added_share.T
        self.reference = reference
        self.spending_by_wage = reference.spending_by_wage / np.tile(unit, j)[:, None]
        self.weight = unit / unit.sum()
        self.given = d.transfer / unit[:, None]
        self.shift = theta[:, None, None] * d.log_productivity
        self.unbalanced = bool(e.deficit.any())
        self.dead = ~(trade.access.home > 0)
        self.dead[trade.access.traded] = ~(trade.access.shared > 0).any(2)
        self._allocate(self.width)

    def twin(self) -> Bulk:
        """Return the same engine with memory of its own, for another thread."""
        other = copy(self)
        other._allocate(self.width)
        return other

    def _allocate(self, width: int) -> None:
        j, n = self.e.final_share.shape
        self.y = np.zeros((2 * j + 1, n, width))
        self.g = np.zeros((2 * j + 1, n, width))
        self.x, self.seen, self.z, self.t, self.first, self.moved, self.gap, self.price_gap = (
            np.empty((j, n, width)) for _ in range(8)
        )
        self.sold, self.bought = np.empty((2, j + 1, n, width))
        self.scratch = self.trade.access.scratch(width)

    def evaluate(self, rows: Float[Array, "b d"], members: Float[Array, "k b"]) -> Array:
        """Bring states in and evaluate the equations; return the largest residual of each (B,)."""
        j = self.e.trade_elasticity.size
        np.copyto(self.y.reshape(rows.shape[1], -1), rows.T)
        price, wage, spending = self.y[:j], np.exp(self.y[j]), self.y[j + 1 :]
        _by_country(self.cost, self.y[: j + 1], self.x)
        if self.shift.any():
            self.x += self.shift
        np.exp(self.x, out=self.x)
        self.trade.access.apply(self.x, members, self.seen, self.scratch)
        self.seen[self.dead] = 1.0
        np.divide(spending, self.seen, out=self.z)
        self._sales(members)
        self.sold[j] = self._income(wage, members)
        _by_country(self.demand, self.sold, self.bought)
        np.subtract(self.bought[:j], spending, out=self.gap)
        np.log(self.seen, out=self.price_gap)
        self.price_gap *= self.per_theta
        self.price_gap -= price
        self.wage = wage
        return self._residual(wage, spending)

    def _sales(self, members: Array) -> None:
        sold = self.sold[:-1]
        self.sell.apply(self.z, members, sold, self.scratch)
        sold *= self.x

    def _income(self, wage: Array, members: Array) -> Array:
        income = wage + self.given
        if self.unbalanced:
            unit = self.e.value_added[:, None]
            income = income + deficit(self.e, wage * unit, self.d.deficits) / unit
        if self.trade.taxed:
            # Only what is traded is taxed.
            net, part = self.trade.net, self.trade.net.traded
            paid = self.t[part]
            net.apply_traded(self.x[part], members, paid, self.scratch)
            np.subtract(self.seen[part], paid, out=paid)
            paid *= self.z[part]
            income = income + paid.sum(0)
        return income

    def _residual(self, wage: Array, spending: Array) -> Array:
        # Spending of a solved state is positive: the bound keeps it so.
        j = self.e.trade_elasticity.size
        np.maximum(spending, 1e-6 * np.abs(self.sold[j]), out=self.t)
        np.divide(self.gap, self.t, out=self.t)
        worst = np.maximum(_largest(self.t), _largest(self.price_gap))
        labour = np.abs(self.bought[j] / wage - 1.0).max(0)
        return np.maximum(worst, np.maximum(labour, np.abs(self.weight @ wage - 1.0)))

    def step(self, members: Float[Array, "k b"]) -> Float[Array, "b d"]:
        """Return the quasi-Newton step from the states last evaluated, one row each."""
        j, n, width = self.x.shape
        r, spending = self.reference, self.y[j + 1 :]
        _by_country(r.spending_inverse, self.gap, self.first)
        np.add(self.first, spending, out=self.moved)
        np.divide(self.moved, self.seen, out=self.z)
        self._sales(members)
        _by_country(self.demand, self.sold, self.bought)
        np.subtract(self.bought[:j], self.moved, out=self.gap)
        pinned = np.log(self.bought[j] / self.wage) + (self.weight @ self.wage - 1.0)
        change = np.matmul(r.wage_inverse, -pinned, out=self.g[j])
        flat = self.g.reshape(-1, width)
        np.matmul(r.price_by_wage, change, out=flat[: j * n])
        np.matmul(self.spending_by_wage, change, out=flat[(j + 1) * n :])
        price, spent = self.g[:j], self.g[j + 1 :]
        price += _by_country(r.price_inverse, self.price_gap, self.t)
        spent += _by_country(r.spending_inverse, self.gap, self.t)
        spent += self.first
        return flat.T

    def solve(
        self,
        shocks: Float[Array, "s k"],
        start: State | Float[Array, "s d"],
        aim: float,
        most: int = MOST,
    ) -> BulkSolution:
        """Return proposals for clubs given by who is in.

        Parameters
        ----------
        shocks : (S, K) array
            One where a player is in a club of at least two, else zero.
        start : State or (S, (2 J + 1) N) array
            Where they start, (J, N, S), (J, N, S), (1, N, S), all at one place if S is 1; or rows
            as in `BulkSolution`.
        aim : float
            Residual to reach.
        most : int
            Iterations after which a scenario is given up.

        Returns
        -------
        BulkSolution
        """
        j, n = self.e.final_share.shape
        first = rows_of(start, self.e.value_added) if isinstance(start, State) else start
        queue = Queue(shocks, first, min(self.width, len(shocks)), (j + 1) * n)
        if queue.width != self.x.shape[2]:
            self._allocate(queue.width)
        with np.errstate(all="ignore"):
            while queue.working.any():
                residual = self.evaluate(queue.rows, queue.members)
                if queue.finish(residual, aim, most):
                    self._allocate(queue.width)
                    continue
                self._advance(queue)
        return BulkSolution(queue.found, queue.residual, queue.iterations)

    def certify(self, rows: Float[Array, "s d"], shocks: Float[Array, "s k"]) -> Certificate:
        """Return what `equations.evaluate`, not this engine, says of proposals.

        Parameters
        ----------
        rows : (S, (2 J + 1) N) array
            As in `BulkSolution`.
        shocks : (S, K) array
            As in `solve`.

        Returns
        -------
        Certificate
            The market residual is infinite where somebody's income is not positive.
        """
        parts = []
        for first in range(0, len(rows), WIDTH):
            few = slice(first, first + WIDTH)
            state = state_of(rows[few].reshape(-1, *self.y.shape[:2]), self.e.value_added)
            with np.errstate(all="ignore"):
                ev = evaluate(self.e, self.trade.of(shocks[few]), self.d, state)
                market, price = certificate(ev, state)
            parts.append((market, price, ev.income.T))
        return Certificate(*(np.concatenate(held) for held in zip(*parts, strict=True)))

    def _advance(self, queue: Queue) -> None:
        """Move every state by an accelerated step; long steps are bounded."""
        move = queue.mix(self.step(queue.members))
        long = np.flatnonzero(queue.previous > SHORT)
        if long.size:
            move[long] = self._bounded(move[long], queue.rows[long])
        queue.rows += move

    def _bounded(self, move: Float[Array, "b d"], rows: Float[Array, "b d"]) -> Float[Array, "b d"]:
        """Shorten moves, keep spending positive, and bring states to the numeraire exactly.

        Short steps keep to the numeraire by themselves: it is part of the wage step.
        """
        j, n = self.e.final_share.shape
        cut = (j + 1) * n
        logs, spent, spending = move[:, :cut], move[:, cut:], rows[:, cut:]
        move /= np.maximum(np.abs(logs).max(1) / STRIDE, 1.0)[:, None]
        np.maximum(spent, -0.8 * spending, out=spent)
        wage = rows[:, j * n : cut] + logs[:, j * n :]
        shift = np.log(np.exp(wage) @ self.weight)[:, None]
        logs -= shift
        spent += np.expm1(-shift) * (spending + spent)
        return move


class Queue:
    """Scenarios waiting, at work and done; a finished row is given to the next in line."""

    def __init__(self, shocks: Array, first: Array, width: int, logs: int) -> None:
        total = len(shocks)
        self.shocks, self.width = shocks, width
        self.first = np.broadcast_to(first, (total, first.shape[1]))
        self.rows = self.first[:width].copy()
        self.at = np.arange(width)
        self.next = width
        self.working = np.ones(width, dtype=bool)
        self.members = np.ascontiguousarray(shocks[self.at].T)
        self.count = np.zeros(width, dtype=int)
        self.previous = np.full(width, np.inf)
        self.found = np.empty((total, first.shape[1]))
        self.residual = np.full(total, np.inf)
        self.iterations = np.zeros(total, dtype=int)
        # Prices and wages are enough to judge past steps by; spending follows.
        self.anderson = Anderson(width, first.shape[1], judged=logs)
        self.fresh = np.ones(width, dtype=int)

    def finish(self, residual: Array, aim: float, most: int) -> bool:
        """Store rows that are done and refill them; return whether the rows were narrowed."""
        self.count += 1
        done = residual < aim
        ended = self.working & (done | (self.count >= most) | ~np.isfinite(residual))
        for b in np.flatnonzero(ended).tolist():
            at = self.at[b]
            self.found[at] = self.rows[b]
            self.iterations[at] = self.count[b]
            if done[b]:
                self.residual[at] = residual[b]
            self._refill(b)
        active = int(self.working.sum())
        if not ended.any() or not active or active > self.width // 2:
            return False
        self._narrow()
        return True

    def _refill(self, b: int) -> None:
        self.count[b], self.previous[b], self.fresh[b] = 0, np.inf, 2
        if self.next < len(self.shocks):
            self.at[b] = self.next
            self.rows[b] = self.first[self.next]
            self.members[:, b] = self.shocks[self.next]
            self.next += 1
        else:
            self.members[:, b] = 0.0
            self.working[b] = False

    def _narrow(self) -> None:
        kept = self.working
        self.width = int(kept.sum())
        for name in ("rows", "at", "count", "previous", "fresh"):
            setattr(self, name, getattr(self, name)[kept])
        self.members = np.ascontiguousarray(self.members[:, kept])
        self.anderson.keep(kept)
        self.count -= 1  # the states are evaluated once more in their narrower arrays
        self.working = np.ones(self.width, dtype=bool)

    def mix(self, g: Float[Array, "b d"]) -> Float[Array, "b d"]:
        """Return accelerated moves; a row whose step grows, or that is new, forgets its past."""
        g[self.fresh == 2] = 0.0  # refilled after it was evaluated: this step is another's
        size = np.sqrt(np.einsum("bd,bd->b", g, g))
        restart = (self.fresh > 0) | ~(size <= 4 * self.previous)
        self.previous = np.where(self.fresh == 2, np.inf, size)
        self.fresh = np.maximum(self.fresh - 1, 0)
        return self.anderson.mix(g, restart)


def state_of(rows: Float[Array, "s r n"], unit: Float[Array, " n"]) -> State:
    """Return the states held in rows: log prices, log wages, spending over value added."""
    j = rows.shape[1] // 2
    turned = np.array(rows.transpose(1, 2, 0), order="C")  # a copy even of a single row
    spending = turned[j + 1 :]
    spending *= unit[:, None]
    return State(turned[:j], spending, turned[j : j + 1])


def rows_of(state: State, unit: Float[Array, " n"]) -> Float[Array, "s d"]:
    """Return states as the engine holds them."""
    parts = (state.log_price, state.log_wage, state.spending / unit[:, None])
    held = np.concatenate(parts)
    return np.ascontiguousarray(held.reshape(-1, held.shape[2]).T)


def _by_country(
    matrices: Float[Array, "n a c"], values: Float[Array, "c n b"], out: Float[Array, "a n b"]
) -> Float[Array, "a n b"]:
    np.matmul(matrices, values.transpose(1, 0, 2), out=out.transpose(1, 0, 2))
    return out


def _largest(values: Float[Array, "j n b"]) -> Float[Array, " b"]:
    """Return the largest absolute value of each scenario; NaN where there is one."""
    # Over sectors first: long rows, which NumPy is quick at.
    return np.maximum(values.max(0), -values.min(0)).max(0)
