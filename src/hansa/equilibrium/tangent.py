"""The equations linearised at a solved state, exactly, and solved for many right-hand sides.

May import only its siblings. Every country's own derivatives come from `local`, by JAX; the trade
operators are linear and join them. Implicit function theorem as in Kleinman, Liu & Redding
(2024, AEJ: Macroeconomics), with every link of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from hansa.equilibrium.equations import per_country
from hansa.equilibrium.krylov import solve_linear
from hansa.equilibrium.local import GAPS, UNKNOWNS, Point, Tree
from hansa.equilibrium.reference import Reference, linearise
from hansa.equilibrium.run import baseline_reference
from hansa.errors import ConvergenceError

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Tangent:
    """First derivatives of the equations at a point, as linear maps of named arrays.

    Arrays are (rows, N, B): sector (or factor) first, then country, then right-hand side.

    Attributes
    ----------
    point : Point
    blocks : dict
        By (output, input), both local to a country: (N, R, C) where the block is full, (R, N)
        where it is diagonal, nothing where it is zero. Where no flow is taxed, "seen" stands for
        "seen_net" too. Spending and its gap are in units of the country's value added.
    sizes : dict
        How many rows each output and input has.
    deficit_by_wage : (N, F * N) array or None
        What proportional deficits add between countries.
    """

    point: Point
    blocks: dict[tuple[str, str], Array]
    sizes: dict[str, int]
    deficit_by_wage: Float[Array, "n w"] | None

    # ---- the two directions -------------------------------------------------------------

    def push(self, given: Tree, outputs: Iterable[str] = GAPS) -> Tree:
        """Return the change of outputs for a change of unknowns, productivity and transfers.

        Parameters
        ----------
        given : dict of (rows, N, B) arrays
            By name of input; what is missing does not change.
        outputs : iterable of str

        Returns
        -------
        dict of (rows, N, B) arrays
        """
        trade, own = self.point.trade, dict(given)
        x = self._out("competitiveness", own)
        own["seen"] = np.matmul(trade.access, x)
        if trade.taxed:
            own["seen_net"] = np.matmul(trade.net, x)
        own["sold"] = np.matmul(trade.net.transpose(0, 2, 1), self._out("per_access", own))
        if self.deficit_by_wage is not None:
            wage = own["log_wage"]
            moved = self.deficit_by_wage @ wage.reshape(-1, wage.shape[2])
            own["transfer"] = own.get("transfer", 0.0) + moved[None]
        out = {name: self._out(name, own) for name in outputs}
        if "labour_gap" in out:
            out["labour_gap"] += self.point.pin @ self._out("wage_bill", own).sum(0)
        return out

    def pull(self, given: Tree, inputs: Iterable[str] = UNKNOWNS) -> Tree:
        """Return the weights of inputs for weights of outputs: the transpose of `push`.

        The weight of "seen", "seen_net" or "sold" is that of what the trade operator returns.
        """
        trade, out = self.point.trade, dict(given)
        if "labour_gap" in out:
            bill = self.point.pin.T @ out["labour_gap"].sum(0)
            out["wage_bill"] = np.broadcast_to(bill, out["labour_gap"].shape)
        known = {"sold": self._in("sold", out)}
        if known["sold"].any():
            out["per_access"] = np.matmul(trade.net, known["sold"])
        if any(("competitiveness", name) in self.blocks for name in inputs):
            known["seen"] = self._in("seen", out)
            out["competitiveness"] = np.matmul(trade.access.transpose(0, 2, 1), known["seen"])
            if trade.taxed:
                known["seen_net"] = self._in("seen_net", out)
                net = np.matmul(trade.net.transpose(0, 2, 1), known["seen_net"])
                out["competitiveness"] += net
        own = {name: known[name] if name in known else self._in(name, out) for name in inputs}
        if self.deficit_by_wage is not None and "log_wage" in own:
            weight = self.deficit_by_wage.T @ self._in("transfer", out)[0]
            own["log_wage"] += weight.reshape(own["log_wage"].shape)
        return own

    def _out(self, output: str, own: Tree) -> Array:
        total = self._zero(output, own)
        for (row, column), block in self.blocks.items():
            if row == output and column in own:
                total += _applied(block, own[column])
        return total

    def _in(self, name: str, out: Tree) -> Array:
        total = self._zero(name, out)
        for (row, column), block in self.blocks.items():
            if column == name and row in out:
                total += _applied(_turned(block), out[row])
        return total

    def _zero(self, name: str, beside: Tree) -> Array:
        width = next(iter(beside.values())).shape[2]
        return np.zeros((self.sizes[name], self.point.economy.value_added.size, width))

    # ---- solving ------------------------------------------------------------------------

    def solve(self, gaps: Tree) -> Tree:
        """Return the change of the unknowns that changes the gaps by this much."""
        return self._solved(lambda v: self.push(v), self._nearly_inverse, gaps, GAPS, UNKNOWNS)

    def solve_transposed(self, weights: Tree) -> Tree:
        """Return the weights of the gaps that amount to these weights of the unknowns."""
        near = self._nearly_inverse_transposed
        return self._solved(lambda v: self.pull(v), near, weights, UNKNOWNS, GAPS)

    def _solved(
        self,
        apply: Callable[[Tree], Tree],
        near: Callable[[Reference, Tree], Tree],
        rhs: Tree,
        known: tuple[str, ...],
        wanted: tuple[str, ...],
    ) -> Tree:
        def run(reference: Reference) -> Tree:
            found = solve_linear(
                lambda flat: _stacked(apply(self._named(flat, wanted)), known),
                lambda flat: _stacked(near(reference, self._named(flat, known)), wanted),
                _stacked(rhs, known),
            )
            return self._named(found, wanted)

        if not self.point.blocs.any() and "own_reference" not in vars(self):
            try:
                return run(baseline_reference(self.point.economy))
            except ConvergenceError:
                pass  # too far from the baseline for its reference
        return run(self.own_reference)

    @cached_property
    def own_reference(self) -> Reference:
        """The solver's linearisation at this very state, made only where the baseline's fails."""
        p = self.point
        return linearise(p.economy, p.trade, p.drivers, p.state, p.blocs)

    def _nearly_inverse(self, reference: Reference, gaps: Tree) -> Tree:
        wage = reference.wage_inverse @ _flat(gaps["labour_gap"])
        price = _unflat(reference.price_by_wage @ wage, gaps["price_gap"])
        spending = _unflat(reference.spending_by_wage @ wage, gaps["spending_gap"]) / self._unit
        return {
            "log_price": price - reference.own_price(gaps["price_gap"]),
            "spending": spending - reference.own_spending(gaps["spending_gap"]),
            "log_wage": _unflat(wage, gaps["labour_gap"]),
        }

    def _nearly_inverse_transposed(self, reference: Reference, weights: Tree) -> Tree:
        price, spending, wage = (weights[name] for name in UNKNOWNS)
        total = _flat(wage) + reference.price_by_wage.T @ _flat(price)
        total += reference.spending_by_wage.T @ _flat(spending / self._unit)
        return {
            "price_gap": -per_country(_turned(reference.price_inverse), price),
            "spending_gap": -per_country(_turned(reference.spending_inverse), spending),
            "labour_gap": _unflat(reference.wage_inverse.T @ total, wage),
        }

    def _named(self, flat: Float[Array, "d b"], order: tuple[str, ...]) -> Tree:
        """Invert `_stacked`."""
        n = self.point.economy.value_added.size
        ends = np.cumsum([self.sizes[name] * n for name in order])
        parts = np.split(flat, ends[:-1])
        return {
            name: part.reshape(-1, n, flat.shape[1])
            for name, part in zip(order, parts, strict=True)
        }

    @property
    def _unit(self) -> Float[Array, "n 1"]:
        """Million USD."""
        return self.point.economy.value_added[:, None]


def tangent_at(point: Point) -> Tangent:
    """Return all first derivatives of the equations at a point."""
    jacobian, rows, columns = point.jacobian()
    value_added = point.economy.value_added
    jacobian[:, :, columns["spending"]] *= value_added[:, None, None]
    jacobian[:, rows["spending_gap"]] /= value_added[:, None, None]
    # Labour that does not exist has no market; its wage stays.
    unused = (point.economy.factor_income == 0).T
    labour, wage = jacobian[:, rows["labour_gap"], columns["log_wage"]], np.eye(unused.shape[1])
    labour -= unused[:, :, None] * wage
    sizes = {name: span.stop - span.start for name, span in {**rows, **columns}.items()}
    if not point.trade.taxed:
        jacobian[:, :, columns["seen"]] += jacobian[:, :, columns.pop("seen_net")]
    blocks = {
        (row, column): _compact(jacobian[:, r, c])
        for row, r in rows.items()
        for column, c in columns.items()
        if jacobian[:, r, c].any()
    }
    return Tangent(point, blocks, sizes, point.deficit_by_wage())


def _compact(block: Float[Array, "n r c"]) -> Array:
    """Return a block as it is, contiguous, or its diagonal (R, N) if there is nothing else."""
    if block.shape[1] == block.shape[2]:
        diagonal = np.einsum("nrr->rn", block)
        if np.count_nonzero(block) == np.count_nonzero(diagonal):
            return np.ascontiguousarray(diagonal)
    return np.ascontiguousarray(block)


def _applied(block: Array, v: Float[Array, "c n b"]) -> Float[Array, "r n b"]:
    return block[:, :, None] * v if block.ndim == 2 else per_country(block, v)


def _turned(block: Array) -> Array:
    return block if block.ndim == 2 else block.transpose(0, 2, 1)


def _stacked(named: Tree, order: tuple[str, ...]) -> Float[Array, "d b"]:
    """Return arrays as one, rows first, then countries: the order of `Reference`."""
    return np.concatenate([_flat(named[name]) for name in order])


def _flat(a: Float[Array, "r n b"]) -> Float[Array, "d b"]:
    return a.reshape(-1, a.shape[2])


def _unflat(a: Float[Array, "d b"], like: Float[Array, "r n b"]) -> Float[Array, "r n b"]:
    return a.reshape(like.shape)
