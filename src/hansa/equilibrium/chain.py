"""The chain rule through trade: JAX between the trade operators, NumPy for the operators.

May import only its siblings. One pass forward carries a change of drivers to every outcome, one
pass backward carries weights of outcomes to every driver; see `local` for what JAX does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.equilibrium.local import Point, Tree

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Move:
    """A change of all inputs of the equations, or the weights of all inputs.

    Attributes
    ----------
    own : dict
        Of the local inputs, by group and name, as `Point.inputs`.
    log_access, net_rate : (J, N, N) arrays
        Of log access (pi kappa^-theta) and of minus log (1 + t'): access net of tariffs is the
        product of the two. Zero flows have no log, and no weight.
    """

    own: Tree
    log_access: Float[Array, "j n n"]
    net_rate: Float[Array, "j n n"]


def pushed(p: Point, move: Move) -> tuple[Tree, Float[Array, "j n n"]]:
    """Return the change of all local outputs and of all flows X' (J, N, N), million USD.

    The entries of what trade returns are filled in, in place. Labour gaps come with the
    numeraire added, as `Tangent` has them.
    """
    x, z = p.outputs["competitiveness"], p.outputs["per_access"]
    access, net = p.trade.access, p.trade.net
    d_access = move.log_access * access
    d_net = (move.log_access + move.net_rate) * net
    received = move.own["received"]
    dx = p.pushed(move.own)["competitiveness"]
    received["seen"] = np.matmul(access, dx) + np.matmul(d_access, x)
    received["seen_net"] = np.matmul(net, dx) + np.matmul(d_net, x)
    dz = p.pushed(move.own)["per_access"]
    received["sold"] = np.matmul(net.transpose(0, 2, 1), dz)
    received["sold"] += np.matmul(d_net.transpose(0, 2, 1), z)
    out = p.pushed(move.own)
    bill = out["wage_bill"].reshape(-1, *out["income"].shape).sum(0)
    out["labour_gap"] = out["labour_gap"] + p.pin @ bill
    from_x = move.log_access * x.transpose(0, 2, 1) + dx.transpose(0, 2, 1)
    flow = access * (z * from_x + dz * x.transpose(0, 2, 1))
    return out, flow


def pulled(p: Point, weights: Tree, flow: Float[Array, "j n n"] | None = None) -> Move:
    """Return the weights of all inputs for weights of local outputs and flows.

    The transpose of `pushed`.
    """
    x, z = p.outputs["competitiveness"], p.outputs["per_access"]
    access, net = p.trade.access, p.trade.net
    out = dict(weights)
    if "labour_gap" in out:
        labour = out["labour_gap"].reshape(-1, *p.outputs["income"].shape).sum(0)
        bill = np.broadcast_to(p.pin.T @ labour, p.outputs["wage_bill"].shape)
        out["wage_bill"] = out.get("wage_bill", 0.0) + bill
    last = p.pulled(out)
    sold = last["received"]["sold"]
    on_z, on_x = np.matmul(net, sold), np.zeros_like(x)
    if flow is not None:
        seen_flow = flow * access
        on_z = on_z + np.matmul(seen_flow, x)
        on_x = np.matmul(seen_flow.transpose(0, 2, 1), z)
    middle = p.pulled({"per_access": on_z})
    seen, seen_net = (last["received"][k] + middle["received"][k] for k in ("seen", "seen_net"))
    on_x = on_x + np.matmul(access.transpose(0, 2, 1), seen)
    on_x += np.matmul(net.transpose(0, 2, 1), seen_net)
    first = p.pulled({"competitiveness": on_x})
    own = _sum(_sum(last, middle), first)
    x_row = x.transpose(0, 2, 1)
    net_rate = net * (seen_net * x_row + z * sold.transpose(0, 2, 1))
    log_access = access * (seen * x_row) + net_rate
    if flow is not None:
        log_access += seen_flow * (z * x_row)
    return Move(own, log_access, net_rate)


def _sum(a: Tree, b: Tree) -> Tree:
    return {k: _sum(v, b[k]) if isinstance(v, dict) else v + b[k] for k, v in a.items()}
