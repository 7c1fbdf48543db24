"""What the equations say of each country by itself, differentiated by JAX.

May import only its siblings; JAX is imported when first used. `evaluate` meets other countries
only through its three trade operators (and proportional deficits). With what the operators
return held as given, JAX differentiates that very text; the operators themselves are linear and
need no differentiating. No second copy of the economics, no (J, N, N) array inside JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hansa.equilibrium.compiling import double_precision, keep_compiled
from hansa.equilibrium.economy import Drivers, Economy, Trade
from hansa.equilibrium.equations import Evaluation, State, consumer_price, evaluate
from hansa.equilibrium.reference import numeraire

Array = np.ndarray
#: Arrays by name, some inside dictionaries: the form in which JAX takes and gives them.
Tree = dict[str, Any]

#: The unknowns; `GAPS` has their equations in the same order.
UNKNOWNS = ("log_price", "spending", "log_wage")
#: What the trade operators return: `buy`, `buy_net` and `sell`.
RECEIVED = ("seen", "seen_net", "sold")
#: What they are applied to.
SENT = ("competitiveness", "per_access")
#: Implied minus assumed; zero in equilibrium.
GAPS = ("price_gap", "spending_gap", "labour_gap")
#: What can be asked of a solution, and can be differentiated.
OUTCOMES = (
    "log_welfare", "log_real_wage", "log_wage", "log_price_index", "log_income",
    "log_price", "spending", "sales",
)  # fmt: skip
#: The rows of `Point.jacobian`.
LINKED = (*SENT, *GAPS, "wage_bill", "log_welfare", "log_income")
#: Read by the trade operators alone.
_OF_TRADE = ("trade_share", "tariff")


@dataclass(frozen=True, eq=False)
class Point:
    """One solved scenario, and what its trade operators return there.

    Attributes
    ----------
    economy, trade, drivers, state
        As in `evaluate`, for one scenario (B = 1), with nothing sparse in `trade`.
    blocs : (N,) int array
        See `hansa.equilibrium.reference.linearise`.
    """

    economy: Economy
    trade: Trade
    drivers: Drivers
    state: State
    blocs: Int[Array, " n"]

    @cached_property
    def evaluation(self) -> Evaluation:
        """All equations here."""
        return evaluate(self.economy, self.trade, self.drivers, self.state)

    @cached_property
    def inputs(self) -> Tree:
        """Everything the local equations read: parameters, unknowns, what trade returns."""
        ev = self.evaluation
        received = (
            self.trade.buy(ev.competitiveness),
            self.trade.buy_net(ev.competitiveness),
            self.trade.sell(self.state.spending / ev.access),
        )
        productivity = np.broadcast_to(self.drivers.log_productivity, ev.access.shape)
        return {
            "economy": {**derived_arrays(self.economy), **arrays_of(self.economy, _OF_TRADE)},
            "drivers": {**arrays_of(self.drivers), "log_productivity": productivity},
            "state": arrays_of(self.state),
            "received": dict(zip(RECEIVED, received, strict=True)),
        }

    @cached_property
    def outputs(self) -> Tree:
        """What the local equations say here; see `said`."""
        return self._run("value")

    @cached_property
    def pin(self) -> Float[Array, "n n"]:
        """Adds each bloc's gap of value added, over its baseline, to its labour gaps."""
        return numeraire(self.economy, self.blocs) / self.economy.value_added

    def no_change(self) -> Tree:
        """Return the change of the inputs that is zero everywhere."""
        return mapped(np.zeros_like, self.inputs)

    def pushed(self, tangent: Tree) -> Tree:
        """Return the directional derivative of all outputs along a tangent of the inputs."""
        return self._run("push", tangent)

    def pulled(self, cotangent: Tree) -> Tree:
        """Return the cotangents of all inputs; outputs that are not named weigh nothing."""
        whole = {k: cotangent.get(k, np.zeros_like(v)) for k, v in self.outputs.items()}
        return self._run("pull", whole)

    def jacobian(self) -> tuple[Float[Array, "n r c"], dict[str, slice], dict[str, slice]]:
        """Return every country's derivatives of its outputs by its own inputs.

        Deficits are held at their value: what links them over countries is `deficit_by_wage`.

        Returns
        -------
        jacobian : (N, R, C) array
        rows, columns : dict
            Where the outputs of `LINKED` and the `own_inputs` are found in it.
        """
        held = self
        if self.drivers.deficits != "fixed":
            fixed = replace(self.drivers, deficits="fixed")
            received = self.outputs["income"] - replace(self, drivers=fixed).outputs["income"]
            moved = replace(fixed, transfer=fixed.transfer + received)
            held = replace(self, drivers=moved)
        rows, columns = spans_of(self.outputs, LINKED), spans_of(own_inputs(self.inputs))
        return held._run("jacobian"), rows, columns

    def deficit_by_wage(self) -> Float[Array, "n w"] | None:
        """Return d D' / d log w, (N, F * N); None where deficits do not move."""
        if self.drivers.deficits == "fixed":
            return None
        held = replace(self, drivers=replace(self.drivers, deficits="fixed"))
        slope = self._run("income_by_wage") - held._run("income_by_wage")
        return slope.reshape(slope.shape[0], -1)

    def _run(self, what: str, *more: Tree) -> Any:
        program = getattr(programs(skeleton(self.economy), skeleton(self.drivers)), what)
        with double_precision():
            return mapped(np.array, program(self._on_device, *more))

    @cached_property
    def _on_device(self) -> Tree:
        """The inputs as JAX holds them, copied once for all calls."""
        import jax

        with double_precision():
            return jax.device_put(self.inputs)


def own_inputs(inputs: Tree) -> Tree:
    """Return the inputs that each country has for itself: the columns of `Point.jacobian`.

    In the order in which they are known: each depends on earlier ones alone.
    """
    state, received, drivers = inputs["state"], inputs["received"], inputs["drivers"]
    return {
        "log_productivity": drivers["log_productivity"],
        **{name: state[name] for name in UNKNOWNS},
        **{name: received[name] for name in RECEIVED},
        "transfer": drivers["transfer"],
    }


def spans_of(tree: Tree, order: tuple[str, ...] = ()) -> dict[str, slice]:
    """Return which rows each array takes once (..., N, 1) arrays are stacked by country."""
    at, spans = 0, {}
    for name in order or tree:
        size = int(np.prod(tree[name].shape[:-2], dtype=np.int64))
        spans[name] = slice(at, at + size)
        at += size
    return spans


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with a function applied to every array."""
    if isinstance(tree, dict):
        return {name: mapped(change, value) for name, value in tree.items()}
    return change(tree)


# ---- dataclasses as trees ---------------------------------------------------------------


@dataclass(frozen=True)
class Skeleton:
    """A dataclass without its arrays: its type and its constants; part of a program's key."""

    kind: type
    constants: tuple[tuple[str, Any], ...]
    parts: tuple[tuple[str, Skeleton], ...]


def arrays_of(held: Any, without: tuple[str, ...] = ()) -> Tree:
    """Return the arrays and numbers of a dataclass by field; parts are trees of their own."""
    tree: Tree = {}
    for f in fields(held):
        value = getattr(held, f.name)
        if f.name in without:
            continue
        if is_dataclass(value):
            tree[f.name] = arrays_of(value)
        elif isinstance(value, np.ndarray | float):
            tree[f.name] = np.asarray(value)
    return tree


def derived_arrays(held: Any) -> Tree:
    """Return the cached arrays of an object: NumPy made them, so JAX must be given them."""
    names = [k for k, v in vars(type(held)).items() if isinstance(v, cached_property)]
    return {name: np.asarray(getattr(held, name)) for name in names}


def skeleton(held: Any) -> Skeleton:
    """Return a dataclass without its arrays; labels are left out, as equations do not read them."""
    values = {f.name: getattr(held, f.name) for f in fields(held)}
    return Skeleton(
        type(held),
        tuple((k, v) for k, v in values.items() if _constant(v)),
        tuple((k, skeleton(v)) for k, v in values.items() if is_dataclass(v)),
    )


def _constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return not all(isinstance(part, str) for part in value)
    return isinstance(value, str | bool | int | None)


def filled(bones: Skeleton, arrays: Tree) -> Any:
    """Return the dataclass with these arrays in it, traced or not, without checking them."""
    made: Any = object.__new__(bones.kind)
    vars(made).update(dict(bones.constants))
    vars(made).update({k: v for k, v in arrays.items() if not isinstance(v, dict)})
    vars(made).update({k: filled(part, arrays[k]) for k, part in bones.parts})
    return made


# ---- programs ---------------------------------------------------------------------------


class _Seam:
    """Trade operators that hand out what they were given, and remember what they were asked."""

    taxed = True

    def __init__(self, received: Tree) -> None:
        self.received = received
        self.sent: Tree = {}

    def buy(self, x: Any) -> Any:
        self.sent["competitiveness"] = x
        return self.received["seen"]

    def buy_net(self, x: Any) -> Any:
        return self.received["seen_net"]

    def sell(self, z: Any) -> Any:
        self.sent["per_access"] = z
        return self.received["sold"]


def said(e: Economy, s: State, ev: Evaluation, sent: Tree, xp: Any) -> Tree:
    """Return the local outputs: what is sent to trade, the gaps, and the outcomes.

    ``wage_bill`` and ``income`` serve the numeraire and deficits.
    """
    # Averaged over sectors where each has a wage of its own.
    log_wage = xp.log(ev.wage_bill.sum(0) / e.value_added[:, None])
    log_price_index = consumer_price(e, s.log_price, xp)
    log_income = xp.log(ev.income)
    return {
        **sent,
        "price_gap": ev.price_gap,
        "spending_gap": ev.spending_gap,
        "labour_gap": xp.log(ev.labour),
        "wage_bill": ev.wage_bill,
        "income": ev.income,
        "log_welfare": log_income - log_price_index,
        "log_real_wage": log_wage - log_price_index,
        "log_wage": log_wage,
        "log_price_index": log_price_index,
        "log_income": log_income,
        "log_price": s.log_price,
        "spending": s.spending,
        "sales": ev.sales,
    }


@dataclass(frozen=True)
class Programs:
    """Compiled functions of the inputs of a `Point`."""

    value: Callable[[Tree], Tree]
    push: Callable[[Tree, Tree], Tree]
    pull: Callable[[Tree, Tree], Tree]
    jacobian: Callable[[Tree], Any]
    income_by_wage: Callable[[Tree], Any]


@lru_cache(maxsize=16)
def programs(economy: Skeleton, drivers: Skeleton) -> Programs:
    """Return the functions for one kind of economy and drivers; compiled when first called."""
    import jax
    import jax.numpy as jnp

    keep_compiled()

    def value(inputs: Tree) -> Tree:
        e, d = filled(economy, inputs["economy"]), filled(drivers, inputs["drivers"])
        s = filled(Skeleton(State, (), ()), inputs["state"])
        seam = _Seam(inputs["received"])
        ev = evaluate(e, seam, d, s, jnp)
        return said(e, s, ev, seam.sent, jnp)

    def push(inputs: Tree, tangent: Tree) -> Tree:
        return jax.jvp(value, (inputs,), (tangent,))[1]

    def pull(inputs: Tree, cotangent: Tree) -> Tree:
        return jax.vjp(value, inputs)[1](cotangent)[0]

    def jacobian(inputs: Tree) -> Any:
        own = own_inputs(inputs)
        spans = spans_of(own)
        total = max(span.stop for span in spans.values())

        def moved(row: Any) -> Any:
            change = {
                k: jnp.broadcast_to(row[spans[k]].reshape(*v.shape[:-2], 1, 1), v.shape)
                for k, v in own.items()
            }
            tangent = mapped(jnp.zeros_like, inputs)
            for part in ("state", "received", "drivers"):
                tangent[part] = {k: change.get(k, v) for k, v in tangent[part].items()}
            out = push(inputs, tangent)
            return jnp.concatenate([out[k].reshape(-1, out[k].shape[-2]) for k in LINKED])

        return jnp.transpose(jax.vmap(moved)(jnp.eye(total)), (2, 1, 0))

    def income_by_wage(inputs: Tree) -> Any:
        def income(log_wage: Any) -> Any:
            moved = {**inputs, "state": {**inputs["state"], "log_wage": log_wage}}
            return value(moved)["income"][:, 0]

        return jax.jacrev(income)(inputs["state"]["log_wage"])

    return Programs(*(jax.jit(f) for f in (value, push, pull, jacobian, income_by_wage)))
