"""Table 2 of Caliendo & Parro (2015, REStud 82, 1-44) from the original files."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "equilibrium"))
from plain import plain_solve

from hansa.equilibrium import solve
from hansa.equilibrium.economy import Economy
from hansa.equilibrium.solve import settle
from hansa.shock import Shock
from hansa.world.sources import cp2015
from hansa.world.world import World

MEMBERS = ("MEX", "CAN", "USA")
#: Welfare, terms of trade, volume of trade, real wage; per cent, as printed.
TABLE_2 = {
    "MEX": (1.31, -0.41, 1.72, 1.72),
    "CAN": (-0.06, -0.11, 0.04, 0.32),
    "USA": (0.08, 0.04, 0.04, 0.11),
}


def nafta(world, rates):
    """Tariffs among the three members go to 2005 levels, all others stay."""
    at = [world.country(c) for c in MEMBERS]
    mask = np.zeros(world.tariff.shape, dtype=bool)
    mask[np.ix_(at, at)] = True
    return Shock.tariff_schedule(world, rates, mask)


@pytest.fixture(scope="module")
def case(rawdata):
    folder = rawdata / "replication" / "cp2015"
    world = settle(Economy.from_parts(cp2015.load_parts(folder)), "cp2015", 1993)
    rates = cp2015.tariffs(folder, 2005)
    return folder, world, rates, solve(world, nafta(world, rates))


def printed(value):
    return round(100 * float(value), 2) + 0.0


@pytest.mark.parametrize("country", MEMBERS)
def test_table_2_to_the_printed_digits(case, country):
    result = case[3]
    found = [
        printed(quantity.sel(country=country))
        for quantity in (
            result.welfare_linear, result.terms_of_trade, result.volume_of_trade,
            result.real_wage - 1,
        )
    ]  # fmt: skip
    # The USA's linearised welfare is 0.085, printed 0.08 in the paper: allow half a digit up.
    assert found == pytest.approx(TABLE_2[country], abs=0.0051)


def test_the_result_is_certified(case):
    result = case[3]
    assert str(result.status) == "solved"
    assert float(result.residual) < 1e-10


def test_exact_and_linearised_welfare_are_different_numbers(case):
    """The exact change of Mexico's real income is near zero; the paper's formula gives 1.31 %."""
    result = case[3]
    exact = 100 * (float(result.welfare.sel(country="MEX")) - 1)
    linear = 100 * float(result.welfare_linear.sel(country="MEX"))
    assert abs(exact) < 0.05
    assert linear == pytest.approx(1.31, abs=0.005)
    assert "linearised" in result.welfare_linear.attrs["unit"]
    assert "exact" in result.welfare.attrs["unit"]


def test_an_independent_plain_solver_agrees(case):
    _, world, rates, result = case
    schedule = world.tariff.copy()
    at = [world.country(c) for c in MEMBERS]
    schedule[np.ix_(at, at)] = rates[np.ix_(at, at)]
    plain = plain_solve(world, new_tariff=schedule, tolerance=1e-10, damping=0.2)
    np.testing.assert_allclose(result.welfare.values, plain.welfare, rtol=1e-8)
    np.testing.assert_allclose(result.wage.values, plain.wage, rtol=1e-8)


def test_fixed_deficits_through_the_common_door(case):
    """World.from_cp2015 adds 2.3 % domestic sales to be one balanced table, so it is near, not
    equal to, the paper; under fixed deficits Mexico's linearised welfare is 0.93 %."""
    folder, _, rates, balanced = case
    world = World.from_cp2015(folder)
    fixed = solve(world, nafta(world, rates), deficits="fixed")
    assert float(fixed.residual) < 1e-10
    linear = 100 * fixed.welfare_linear.sel(country=list(MEMBERS)).values
    assert linear == pytest.approx([0.927, -0.039, 0.072], abs=0.01)
    again = solve(world, nafta(world, rates))
    gap = again.welfare_linear.sel(country="MEX") - balanced.welfare_linear.sel(country="MEX")
    assert abs(100 * float(gap)) < 0.5
