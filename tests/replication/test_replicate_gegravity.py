"""The sample of gegravity: one sector, 30 countries, a free-trade agreement of Canada and Japan.

gegravity's published counterfactual re-solves multilateral resistances at baseline shares and does
not update them, so it is not the full equilibrium; ours is checked against an independent solve.
"""

import numpy as np
import pytest

from hansa.equilibrium import solve
from hansa.shock import Shock
from hansa.world.sources import gegravity

THETA = 4.0


@pytest.fixture(scope="module")
def sample(rawdata):
    return rawdata / "replication" / "gegravity" / "sample_data_set.dlm"


def test_a_free_trade_agreement_as_an_independent_solver_has_it(sample):
    world = gegravity.load_world(sample, trade_elasticity=THETA)
    hat = float(np.exp(-gegravity.COEFFICIENTS["pta"] / THETA))
    pair = {"destination": ["CAN", "JPN"], "origin": ["CAN", "JPN"]}
    result = solve(world, Shock.trade_cost(world, hat=hat, **pair), deficits="proportional")
    a, b = world.country("CAN"), world.country("JPN")
    tau = np.ones((30, 30))
    tau[a, b] = tau[b, a] = hat
    share, value = world.trade_share[:, :, 0], world.value_added
    w = np.ones(30)
    for _ in range(100_000):
        weight = share * (tau * w[None]) ** -THETA
        demand = weight / weight.sum(1, keepdims=True)
        d = world.deficit * w
        up, down = d[d > 0].sum(), -d[d < 0].sum()
        d = np.where(d > 0, d * (up + down) / 2 / up, d * (up + down) / 2 / down)
        new = (demand * (w * value + d)[:, None]).sum(0) / value
        step = (new / w) ** 0.1
        w = w * step
        w *= value.sum() / (w * value).sum()
        if np.abs(step - 1).max() < 1e-14:
            break
    np.testing.assert_allclose(result.wage.values, w, rtol=1e-8)
    welfare = 100 * (float(result.real_wage.sel(country="CAN")) - 1)
    # gegravity prints +0.41826 % for Canada's real GDP without updating the shares.
    assert welfare == pytest.approx(0.4282, abs=0.002)
