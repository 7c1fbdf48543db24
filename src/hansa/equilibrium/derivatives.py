"""linearise: derivatives of whatever an equilibrium holds by whatever drives it.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. Implicit function
theorem on the equations as they stand: one Jacobian, one linear solve per direction (`jvp`) or
per gradient (`vjp`), however many drivers there are. Compare Kleinman, Liu & Redding (2024).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from hansa.equilibrium.chain import Move, pulled, pushed
from hansa.equilibrium.compiling import one_thread
from hansa.equilibrium.directions import Labelled, Outcomes, Perturbation
from hansa.equilibrium.economy import changed_cells, drivers, shared_trade
from hansa.equilibrium.feasibility import check
from hansa.equilibrium.local import GAPS, OUTCOMES, Point, Tree, mapped
from hansa.equilibrium.results import Result
from hansa.equilibrium.tangent import Tangent, tangent_at
from hansa.errors import DataError, unknown
from hansa.shock import Shock
from hansa.world.world import World

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Linearisation:
    """An equilibrium to first order. Make one with `linearise`.

    The baseline that hats refer to is held: under balanced deficits that is the balanced world,
    also where `trade_elasticity` changes. Flows that are shut or zero stay so.

    Attributes
    ----------
    world : World
        Baseline of the hats.
    shock : Shock
        What has happened to it: the base and the scenario.
    point : Point
        The solved state in the solver's layout.
    """

    world: World
    shock: Shock
    point: Point

    def __repr__(self) -> str:
        return f"Linearisation({self.world.name}, at {self.shock!r})"

    # ---- public -------------------------------------------------------------------------

    def jvp(self, direction: Perturbation) -> Outcomes:
        """Return the first-order change of all outcomes along one direction.

        Parameters
        ----------
        direction : Perturbation

        Returns
        -------
        Outcomes

        Raises
        ------
        DataError
            If transfers do not sum to zero over every group of countries that trade.
        ConvergenceError
            If the linear solve does not reach a relative residual of 1e-12.
        """
        self._refuse_foreign(direction)
        move = self._move(direction)
        gaps = pushed(self.point, move)[0]
        scaled = {**_rows(gaps, GAPS), "spending_gap": gaps["spending_gap"] / self._unit}
        with one_thread():
            state = self.tangent.solve(mapped(np.negative, scaled))
        state["spending"] = state["spending"] * self._unit
        own = move.own["state"]
        move.own["state"] = {k: state[k].reshape(v.shape) for k, v in own.items()}
        return self._outcomes(*pushed(self.point, move))

    def vjp(self, weights: Outcomes) -> Perturbation:
        """Return the gradient of the weighted sum of outcomes by every driver.

        Parameters
        ----------
        weights : Outcomes
            Weight of each outcome in the sum, per its unit.

        Returns
        -------
        Perturbation
            With every entry. Those of transfers sum to zero over every group of countries that
            trade, as transfers themselves must.

        Raises
        ------
        ConvergenceError
            If the linear solve does not reach a relative residual of 1e-12.
        """
        self._refuse_foreign(weights)
        outputs = {
            name: self._solvers(weights.values(name)).reshape(self.point.outputs[name].shape)
            for name in OUTCOMES
            if name in weights.entries
        }
        flow = weights.values("trade")
        flow = None if flow is None else flow.transpose(2, 0, 1)
        state = pulled(self.point, outputs, flow).own["state"]
        scaled = {**_rows(state, tuple(state)), "spending": state["spending"] * self._unit}
        with one_thread():
            gaps = self.tangent.solve_transposed(scaled)
        gaps["spending_gap"] = gaps["spending_gap"] / self._unit
        for name in GAPS:
            outputs[name] = -gaps[name].reshape(self.point.outputs[name].shape)
        return self._gradient(pulled(self.point, outputs, flow))

    def gradient(self, outcome: str, country: str, sector: str | None = None) -> Perturbation:
        """Return the gradient of one outcome of one country by every driver.

        Parameters
        ----------
        outcome : str
            For example ``log_welfare``; see `Outcomes`.
        country : str
        sector : str, optional
            For outcomes by sector; the sum over sectors by default.

        Returns
        -------
        Perturbation
            Change of the outcome per unit of each driver.

        Raises
        ------
        DataError
            Unknown outcome, country or sector; a sector for an outcome that has none.
        """
        if outcome not in OUTCOMES:
            raise DataError(unknown("outcome of a country", outcome, OUTCOMES))
        by_sector = "sector" in Outcomes.FORM[outcome][0]
        if sector is not None and not by_sector:
            raise DataError(f"{outcome} has no sectors")
        weight = np.zeros((len(self.world.countries), len(self.world.sectors)))
        at = slice(None) if sector is None else self.world.sector(sector)
        weight[self.world.country(country), at] = 1.0
        chosen = weight if by_sector else weight[:, 0]
        return self.vjp(Outcomes.of(self.world, **{outcome: chosen}))

    def along(self, shock: Shock) -> Perturbation:
        """Return the direction in which a further shock moves this equilibrium.

        `jvp` of it is the linear prediction of what the shock does on top of what has happened.

        Raises
        ------
        DataError
            If the shock shuts a flow: that is no small change.
        """
        world, (n, _, j) = self.world, self.world.tariff.shape
        if (shock.countries, shock.sectors) != (world.countries, world.sectors):
            raise DataError("the shock belongs to a world with other countries or sectors")
        if not np.isfinite(shock.cost_hat).all():
            raise DataError(f"shock {shock.label!r} shuts a flow, which has no linear prediction")
        rate = np.zeros(n * n * j)
        rate[shock.tariff_cell] = shock.tariff_rate - self._tariff.ravel()[shock.tariff_cell]
        productivity = np.zeros(n * j)
        productivity[shock.productivity_cell] = np.log(shock.productivity_hat)
        return Perturbation.of(
            world,
            log_trade_cost=np.log(shock.cost_array()),
            tariff=rate.reshape(n, n, j),
            log_productivity=productivity.reshape(n, j),
            transfer=shock.transfer,
        )

    @cached_property
    def tangent(self) -> Tangent:
        """The Jacobian of the equations here, made once."""
        return tangent_at(self.point)

    # ---- between drivers and what the equations read ------------------------------------

    @cached_property
    def _tariff(self) -> Float[Array, "n n j"]:
        rate = self.world.tariff.copy()
        rate.reshape(-1)[self.shock.tariff_cell] = self.shock.tariff_rate
        return rate

    @cached_property
    def _log_kappa(self) -> Float[Array, "j n n"]:
        """log of tau (1 + t') / (1 + t); zero where trade is shut, which has no weight."""
        kappa, old = np.zeros(self._tariff.size), self.world.tariff.ravel()
        cells = self.shock.tariff_cell
        kappa[cells] = np.log1p(self.shock.tariff_rate) - np.log1p(old[cells])
        kappa[self.shock.cost_cell] += np.log(self.shock.cost_hat)
        kappa[np.isinf(kappa)] = 0.0
        return kappa.reshape(self._tariff.shape).transpose(2, 0, 1)

    @property
    def _theta(self) -> Float[Array, "j 1 1"]:
        return self.point.economy.trade_elasticity[:, None, None]

    @property
    def _unit(self) -> Float[Array, "n 1"]:
        return self.point.economy.value_added[:, None]

    def _move(self, direction: Perturbation) -> Move:
        """Return what a direction changes in the inputs of the equations."""
        own = self.point.no_change()
        log_access = np.zeros_like(self.point.trade.access)
        net_rate = np.zeros_like(log_access)
        if (cost := direction.values("log_trade_cost")) is not None:
            log_access -= self._theta * cost.transpose(2, 0, 1)
        if (rate := direction.values("tariff")) is not None:
            net_rate -= (rate / (1 + self._tariff)).transpose(2, 0, 1)
            log_access += self._theta * net_rate
        if (theta := direction.values("trade_elasticity")) is not None:
            log_access -= theta[:, None, None] * self._log_kappa
            own["economy"]["trade_elasticity"] = theta
        if (productivity := direction.values("log_productivity")) is not None:
            own["drivers"]["log_productivity"] = productivity.T[:, :, None]
        if (transfer := direction.values("transfer")) is not None:
            self._refuse_unpaid(transfer)
            own["drivers"]["transfer"] = transfer[:, None]
        for name, held in SUBSTITUTION.items():
            if (change := direction.values(name)) is not None and change.any():
                self._refuse_unread(name, change)
                own["economy"]["technology"][held] = change
        return Move(own, log_access, net_rate)

    def _gradient(self, weights: Move) -> Perturbation:
        """Return the weights of the drivers: the transpose of `_move`."""
        cost = -self._theta * weights.log_access
        rate = (cost - weights.net_rate).transpose(1, 2, 0) / (1 + self._tariff)
        theta = weights.own["economy"]["trade_elasticity"]
        theta = theta - np.einsum("jni,jni->j", weights.log_access, self._log_kappa)
        transfer = weights.own["drivers"]["transfer"][:, 0]
        together = self.point.blocs[:, None] == self.point.blocs
        gradient = {
            "log_trade_cost": cost.transpose(1, 2, 0),
            "tariff": rate,
            "log_productivity": weights.own["drivers"]["log_productivity"][:, :, 0].T,
            "transfer": transfer - together @ transfer / together.sum(1),
            "trade_elasticity": theta,
        }
        technology = weights.own["economy"].get("technology", {})
        for name, held in SUBSTITUTION.items():
            if self._read(name).all():
                gradient[name] = technology[held]
        if "input_elasticity" in gradient:
            gradient["input_elasticity"] = self._shared_evenly(gradient["input_elasticity"])
        return Perturbation.with_attrs(self.world, gradient, self._attrs)

    def _read(self, name: str) -> Bool[Array, " j"]:
        """Whether the equations read an elasticity: one is Cobb-Douglas, written without it."""
        technology = self.point.economy.technology
        if technology is None:
            return np.zeros(1, dtype=bool)
        return np.atleast_1d(getattr(technology, SUBSTITUTION[name])) != 1

    def _shared_evenly(self, weight: Float[Array, " j"]) -> Float[Array, " j"]:
        """Spread the weight of an eta that several sectors share over them."""
        technology = self.point.economy.technology
        assert technology is not None
        together = technology.inputs[:, None] == technology.inputs
        return together @ weight / together.sum(1)

    def _outcomes(self, local: Tree, flow: Float[Array, "j n n"]) -> Outcomes:
        held = {name: np.moveaxis(local[name][..., 0], 0, -1) for name in OUTCOMES}
        held["trade"] = flow.transpose(1, 2, 0)
        return Outcomes.with_attrs(self.world, held, self._attrs)

    def _solvers(self, value: Array | None) -> Array:
        """Return an outcome's array with the sector first and a last axis of one scenario."""
        return np.moveaxis(np.asarray(value), -1, 0)[..., None]

    @property
    def _attrs(self) -> dict[str, object]:
        return {
            "evidence": "modelled",
            "year": self.world.year,
            "source": f"first order of the equilibrium of {self.world.name} at {self.shock!r}",
        }

    # ---- refusals -----------------------------------------------------------------------

    def _refuse_foreign(self, held: Labelled) -> None:
        if (held.countries, held.sectors) != (self.world.countries, self.world.sectors):
            raise DataError(f"the {held.WHAT} belongs to a world with other countries or sectors")

    def _refuse_unread(self, name: str, change: Array) -> None:
        if (~self._read(name) & (change != 0)).any():
            raise DataError(
                f"{name} is exactly one here (Cobb-Douglas), where its derivative is not taken: "
                "solve at a horizon with an elasticity next to one, such as 0.999"
            )
        if name == "input_elasticity" and not np.allclose(self._shared_evenly(change), change):
            raise DataError("sectors with the same input elasticity can only move together")

    def _refuse_unpaid(self, transfer: Float[Array, " n"]) -> None:
        for bloc in np.unique(self.point.blocs):
            inside = self.point.blocs == bloc
            if abs(transfer[inside].sum()) > 1e-9 * np.abs(transfer).sum():
                first = self.world.countries[int(np.flatnonzero(inside)[0])]
                raise DataError(
                    f"transfers within the group of {first} sum to {transfer[inside].sum():.6g}, "
                    "not to zero: nobody pays for them"
                )


#: Elasticities of substitution by their name in `Technology`.
SUBSTITUTION = {
    "final_elasticity": "final",
    "bundle_elasticity": "bundle",
    "input_elasticity": "inputs",
}


def linearise(result: Result, scenario: int | str = 0) -> Linearisation:
    """Return a solved equilibrium to first order, ready for `jvp`, `vjp` and `gradient`.

    Parameters
    ----------
    result : Result
    scenario : int or str
        Position or label.

    Returns
    -------
    Linearisation

    Raises
    ------
    DataError
        If the scenario is not solved or not known.

    References
    ----------
    Kleinman, Liu & Redding (2024, AEJ: Macroeconomics); implicit function theorem.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> here = hs.linearise(hs.solve(world))
    >>> by = here.gradient("log_welfare", "IRN")
    >>> float(by.log_productivity.sel(country="IRN").sum()) > 1
    True
    """
    k = result.position(scenario)
    if not result.solved[k]:
        raise DataError(
            f"scenario {result.scenarios[k]!r} is {result.statuses[k]}: only a solved equilibrium "
            "has derivatives"
        )
    e, shock = result.economy, result.shock(k)
    rule: Literal["fixed", "proportional"] = (
        "proportional" if result.deficits == "proportional" else "fixed"
    )
    trade = shared_trade(e, changed_cells(e, shock))
    if not trade.taxed:
        trade = replace(trade, net=trade.access)  # equal: one array is half the memory to read
    blocs = check(e, trade.access, e.deficit + shock.transfer).blocs
    point = Point(e, trade, drivers(e, [shock], rule), result.state.only([k]), blocs)
    return Linearisation(result.world, shock, point)


def _rows(tree: Tree, names: tuple[str, ...]) -> Tree:
    """Return arrays with rows, country and scenario as axes, as `Tangent` has them."""
    return {k: tree[k].reshape(-1, *tree[k].shape[-2:]) for k in names}
