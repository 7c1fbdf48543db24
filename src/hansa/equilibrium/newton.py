"""Newton's method on wages, for scenarios that the batched solver leaves unsolved.

May import only its siblings. For given wages prices and spending are solved by contractions; wages
move by quasi-Newton steps on the trade balances of nested blocs (see ``borders.py``).
Steps are tested by natural monotonicity (Deuflhard, Newton Methods for Nonlinear Problems, 2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.anderson import Anderson
from hansa.equilibrium.batch import BatchSolution
from hansa.equilibrium.borders import Borders, border_gaps, border_map, flows, nested_borders
from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import (
    Evaluation,
    State,
    demand_at,
    evaluate,
    log_unit_cost,
    per_country,
    residuals,
    sales_of,
    spending_of,
)
from hansa.equilibrium.reference import inverse_of, linearise, local_shares, numeraire, own_inverses

Array = np.ndarray

#: Largest change of a log wage in one step.
LEAP = 2.0
#: Accuracy of the responses that make the wage map: enough for a digit a step; if need be, more.
ROUGH, SHARP = 0.05, 1e-3
#: One wage map serves while each step leaves less than this share of the one before.
KEEP = 0.8
#: A price gap that the contraction cannot get below: there are no finite prices.
UNPRICED = 0.01
#: Turns after which the contractions take a closer look at their own diagonal.
REFRESH = 10
_FINEST, _COARSEST = 3e-14, 1e-4
_NEVER = np.zeros(1, dtype=bool)


@dataclass(frozen=True, eq=False)
class Point:
    """Wages with the prices and spending that go with them, and how far they are from balance.

    Attributes
    ----------
    state, ev
        The unknowns and the equations there (B = 1).
    gap : (F * N,) array
        See `border_gaps`.
    market, price : float
        Residuals; the market one counts the trade balance across every border too.
    slack : float
        What the imbalances that count as rounding leave of the market residual.
    """

    state: State
    ev: Evaluation
    gap: Float[Array, " c"]
    market: float
    price: float
    slack: float

    @property
    def worst(self) -> float:
        """The larger residual, NaN as infinite."""
        worst = max(self.market, self.price)
        return worst if np.isfinite(worst) else np.inf

    def solved(self, tolerance: float) -> bool:
        """Whether the residuals are below a tolerance."""
        return self.market < tolerance + self.slack and self.price < tolerance


@dataclass(eq=False)
class Scenario:
    """One scenario as a function of its wages.

    Attributes
    ----------
    e, trade, d, blocs
        As in `solve_newton`.
    borders : Borders
        Drawn anew before every wage map and at the end.
    inverses : pair of (N, J, J) arrays
        See `own_inverses`; of the last wage map.
    sharp : bool
        Whether it has shown that it needs care.
    history : list of float
        The worst residual of each set of wages tried.
    """

    e: Economy
    trade: Trade
    d: Drivers
    blocs: Int[Array, " n"]
    borders: Borders
    inverses: tuple[Array, Array]
    sharp: bool = False
    history: list[float] = field(default_factory=list)

    def accuracy(self, point: Point) -> float:
        """How well prices and spending must be known near a point: better than its wages are."""
        share = 1e-5 if self.sharp else 2e-3
        return float(np.clip(share * np.abs(point.gap).max(), _FINEST, _COARSEST))

    def at(self, log_wage: Float[Array, "f n 1"], near: State, accuracy: float) -> Point:
        """Return the point of given wages; its prices and spending are sought from `near`."""
        share = (self.e.factor_income / self.e.value_added)[:, :, None]
        level = np.log(numeraire(self.e, self.blocs) @ (share * np.exp(log_wage)).sum(0))
        spending = np.maximum(near.spending * np.exp(-level), 0.0)
        state = State(near.log_price - level, spending, log_wage - level)
        state, ev = _given_wages(self.e, self.trade, self.d, state, self.inverses, accuracy)
        point = self.point(state, ev)
        self.history.append(point.worst)
        return point

    def point(self, state: State, ev: Evaluation) -> Point:
        """Return the gaps at a state that solves prices and spending."""
        flow = flows(self.trade, state, ev).sum(0)
        gap, slack = border_gaps(self.e, self.d, ev, flow, self.borders)
        m, p = residuals(ev, state)
        worst = float(np.abs(gap).max())
        return Point(state, ev, gap, max(float(m[0]), worst), float(p[0]), slack)

    def redrawn(self, point: Point) -> Point:
        """Return the point judged by the borders of its own trade.

        On the way to it trade may have moved by orders of magnitude. A country that is small
        against its neighbours now needs a border of its own, or its balance drowns in theirs.
        """
        flow = flows(self.trade, point.state, point.ev).sum(0)
        self.borders = nested_borders(self.e, flow, self.blocs)
        return self.point(point.state, point.ev)

    def mapped(self, point: Point) -> Callable[[Array], State]:
        """Return the Newton step for gaps near a point."""
        e, trade, d = self.e, self.trade, self.d
        ref = linearise(e, trade, d, point.state, self.blocs, SHARP if self.sharp else ROUGH)
        self.inverses = ref.price_inverse, ref.spending_inverse
        inverse = inverse_of(border_map(e, trade, d, point.state, point.ev, self.borders, ref))

        def step(gap: Array) -> State:
            wage = -(inverse @ gap).reshape(point.state.log_wage.shape)
            return State(ref.price_response(wage), ref.spending_response(wage), wage)

        return step


def begun(e: Economy, trade: Trade, d: Drivers, start: State, blocs: Int[Array, " n"]) -> Scenario:
    """Return a scenario with the borders and inverses of its starting state."""
    ev = evaluate(e, trade, d, start)
    borders = nested_borders(e, flows(trade, start, ev).sum(0), blocs)
    local = local_shares(e, ev.demand, start)
    inverses = own_inverses(local, trade, ev.competitiveness, ev.access)
    return Scenario(e, trade, d, blocs, borders, inverses)


def solve_newton(
    e: Economy,
    trade: Trade,
    d: Drivers,
    start: State,
    blocs: Int[Array, " n"],
    tolerance: float = 2e-11,
    max_iterations: int = 100,
) -> BatchSolution:
    """Return the solution of one scenario (B = 1) by a searched quasi-Newton method on wages.

    Parameters
    ----------
    e, trade, d, start
        As in `solve_batch`, for one scenario; `trade` without sparse differences.
    blocs : (N,) int array
        See `linearise`.
    tolerance, max_iterations
        As in `solve_batch`; an iteration is one set of wages tried.

    Returns
    -------
    BatchSolution
        Its residual says whether it is solved.
    """
    with np.errstate(all="ignore"):
        scenario = begun(e, trade, d, start, blocs)
        point = best = scenario.redrawn(scenario.at(start.log_wage, start, _COARSEST))
        # Whether prices are finite does not depend on wages: inputs that replace each other
        # badly can need more of themselves than is made of them.
        if not point.price < UNPRICED:
            max_iterations = 1
        while len(scenario.history) < max_iterations and not best.solved(tolerance):
            step = scenario.mapped(point)
            moved = _searched(scenario, point, step)
            if moved is not None:
                point = _continued(scenario, *moved, step, tolerance, max_iterations)
                point = scenario.redrawn(point)
                best = min(best, point, key=lambda p: p.worst)
                scenario.sharp |= moved[1] > KEEP
            elif scenario.sharp:
                break
            else:
                scenario.sharp = True
                point = scenario.redrawn(scenario.at(point.state.log_wage, point.state, _FINEST))
    count = np.array([len(scenario.history)])
    history = [np.array([h]) for h in scenario.history]
    return BatchSolution(
        best.state, np.array([best.market]), np.array([best.price]), count, history
    )


def _moved(s: State, step: State, length: float) -> State:
    """Return where a step leads, spending kept positive."""
    spending = np.maximum(s.spending + length * step.spending, 0.1 * s.spending)
    return State(
        s.log_price + length * step.log_price, spending, s.log_wage + length * step.log_wage
    )


def _searched(
    scenario: Scenario, point: Point, step: Callable[[Array], State]
) -> tuple[Point, float] | None:
    """Return the point after a step of a length that brings the target nearer, and how near."""
    move = step(point.gap)
    size = _norm(move)
    length = min(1.0, LEAP / max(float(np.abs(move.log_wage).max()), 1e-300))
    if not np.isfinite(size):
        return None
    accuracy = scenario.accuracy(point)
    for _ in range(6):
        near = _moved(point.state, move, length)
        new = scenario.at(near.log_wage, near, accuracy)
        left = _norm(step(new.gap)) / size if size else 0.0
        if left <= 1 - length / 4 or new.worst < 1e-3 * point.worst:
            return new, left
        length /= 4
    return None


def _continued(
    scenario: Scenario,
    point: Point,
    left: float,
    step: Callable[[Array], State],
    tolerance: float,
    most: int,
) -> Point:
    """Return the point after accelerated steps with one wage map, while they do well."""
    mixer = Anderson(1, point.gap.size)
    while left < KEEP and not point.solved(tolerance) and len(scenario.history) < most:
        move = step(point.gap)
        wage = move.log_wage
        size = _norm(move)
        mixed = mixer.mix(wage.reshape(1, -1), _NEVER).reshape(wage.shape)
        near = _moved(point.state, move, 1.0)
        new = scenario.at(point.state.log_wage + mixed, near, scenario.accuracy(point))
        mixer.moved((new.state.log_wage - point.state.log_wage).reshape(1, -1))
        left = _norm(step(new.gap)) / size if size else 0.0
        if not left < 1.0:
            break
        point = new
    return point


def _norm(step: State) -> float:
    return float(np.sqrt((step.log_wage**2).sum()))


def _given_wages(
    e: Economy,
    trade: Trade,
    d: Drivers,
    s: State,
    inverses: tuple[Array, Array] | None = None,
    accuracy: float = _FINEST,
) -> tuple[State, Evaluation]:
    """Return prices and spending solved for the given wages, and the equations there."""
    if inverses is None:
        ev = evaluate(e, trade, d, s)
        inverses = own_inverses(local_shares(e, ev.demand, s), trade, ev.competitiveness, ev.access)
    price = _prices(e, trade, d, s, inverses[0], accuracy)
    ev = evaluate(e, trade, d, replace(s, log_price=price))
    spending = _spending(e, trade, ev, replace(s, log_price=price), inverses[1], accuracy)
    state = State(price, spending, s.log_wage)
    return state, evaluate(e, trade, d, state)


def _prices(
    e: Economy, trade: Trade, d: Drivers, s: State, inverse: Array, accuracy: float
) -> Float[Array, "j n 1"]:
    """Solve the price equations for given wages: a contraction with modulus below one."""
    theta = e.trade_elasticity[:, None, None]
    price = s.log_price
    mixer = Anderson(1, price.size)
    for turn in range(1, 400):
        x = np.exp(-theta * log_unit_cost(e, s.log_wage, price, d))
        access = trade.buy(x)
        access = np.where(access > 0, access, 1.0)
        gap = -np.log(access) / theta - price
        if turn % REFRESH == 0:
            here = replace(s, log_price=price)
            local = local_shares(e, demand_at(e, s.log_wage, price), here)
            inverse = own_inverses(local, trade, x, access)[0]
        g = per_country(inverse, gap).reshape(1, -1)
        move = mixer.mix(g, _NEVER)
        move *= min(1.0, 3.0 / max(float(np.abs(move).max()), 1e-300))
        mixer.moved(move)
        price = price + move.reshape(price.shape)
        if not np.abs(g).max() > accuracy * (1 + np.abs(price).max()):
            break
    return price


def _spending(
    e: Economy,
    trade: Trade,
    ev: Evaluation,
    s: State,
    inverse: Array,
    accuracy: float,
) -> Float[Array, "j n 1"]:
    """Solve the (linear) spending equations for given wages and prices."""
    spending = s.spending
    unit = e.value_added[None, :, None]
    mixer = Anderson(1, spending.size)
    kept = trade.buy_net(ev.competitiveness) / ev.access if trade.taxed else None
    wage_income = ev.income - ev.revenue
    for turn in range(1, 400):
        income = wage_income if kept is None else wage_income + ((1 - kept) * spending).sum(0)
        sales = sales_of(trade, ev.competitiveness, spending / ev.access)
        if turn == REFRESH:
            local = local_shares(e, ev.demand, s)
            inverse = own_inverses(local, trade, ev.competitiveness, ev.access)[1]
        g = per_country(inverse, spending_of(e, ev.demand, sales, income) - spending)
        scale = np.abs(spending) + 1e-6 * np.abs(income)[None]
        done = not (np.abs(g) / scale).max() > 10 * accuracy
        flat = (g / unit).reshape(1, -1)
        move = mixer.mix(flat, _NEVER)
        spending = spending + move.reshape(spending.shape) * unit
        if done:
            break
    return spending
