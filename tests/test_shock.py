"""Shocks: built from codes, composed as the design says, refused with the nearest name."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.errors import DataError
from hansa.shock import Shock
from worlds import random_world

WORLD = random_world(np.random.default_rng(1), 4, 3)
C, S = WORLD.countries, WORLD.sectors

hats = st.floats(0.2, 5.0)
subsets = st.lists(st.sampled_from(C), max_size=3)


#: What a shock is made of; built in the test, since building draws on the checker's random numbers.
specs = st.fixed_dictionaries(
    {
        "hat": hats, "destination": subsets, "origin": subsets,
        "tariff": st.none() | st.tuples(st.floats(0, 1), st.sampled_from(S)),
        "made": st.none() | st.tuples(hats, st.sampled_from(C)),
        "paid": st.none() | st.floats(-10, 10),
    }
)  # fmt: skip


def built(spec):
    shock = Shock.trade_cost(
        WORLD, hat=spec["hat"],
        destination=spec["destination"] or None, origin=spec["origin"] or None,
    )  # fmt: skip
    if spec["tariff"]:
        shock = shock.then(Shock.tariff(WORLD, rate=spec["tariff"][0], sector=spec["tariff"][1]))
    if spec["made"]:
        shock = shock.then(Shock.productivity(WORLD, hat=spec["made"][0], country=spec["made"][1]))
    if spec["paid"]:
        shock = shock.then(Shock.transfers(WORLD, {C[0]: spec["paid"], C[1]: -spec["paid"]}))
    return shock


def parts(shock):
    tariff = np.full(WORLD.tariff.size, np.nan)
    tariff[shock.tariff_cell] = shock.tariff_rate
    made = np.ones(len(C) * len(S))
    made[shock.productivity_cell] = shock.productivity_hat
    return shock.cost_array(), tariff, made, shock.transfer


def same(a, b):
    for x, y in zip(parts(a), parts(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)


@given(specs)
def test_the_neutral_shock_is_the_identity_of_composition(spec):
    shock = built(spec)
    same(shock.then(Shock.neutral(WORLD)), shock)
    same(Shock.neutral(WORLD).then(shock), shock)


@given(specs, specs, specs)
def test_composition_is_associative(a, b, c):
    a, b, c = built(a), built(b), built(c)
    same(a.then(b).then(c), a.then(b.then(c)))
    same(Shock.compose(WORLD, [a, b, c]), a.then(b).then(c))


@given(specs, specs)
def test_costs_multiply_transfers_add_and_the_later_tariff_stays(a, b):
    a, b = built(a), built(b)
    both = a.then(b)
    np.testing.assert_allclose(both.cost_array(), a.cost_array() * b.cost_array(), rtol=1e-12)
    np.testing.assert_allclose(both.transfer, a.transfer + b.transfer)
    later, first = parts(b)[1], parts(a)[1]
    np.testing.assert_allclose(parts(both)[1], np.where(np.isnan(later), first, later))


def test_domestic_sales_are_left_alone_unless_asked_for():
    own = np.arange(len(C))
    assert (Shock.trade_cost(WORLD, hat=2.0).cost_array()[own, own] == 1).all()
    assert (Shock.trade_cost(WORLD, hat=2.0, domestic=True).cost_array() == 2).all()


def test_shut_stays_shut_and_one_is_not_held():
    shut = Shock.trade_cost(WORLD, hat=np.inf, destination=C[0], origin=C[1])
    assert np.isinf(shut.then(Shock.trade_cost(WORLD, hat=0.5)).cost_array()[0, 1]).all()
    assert Shock.trade_cost(WORLD, hat=1.0).is_neutral
    assert repr(Shock.neutral(WORLD)) == "Shock(neutral)"


def test_repeated_cells_of_arrays_multiply():
    zero, one = np.array([0, 0]), np.array([1, 1])
    shock = Shock.from_costs(WORLD, zero, one, zero, np.array([2.0, 3.0]))
    assert shock.cost_array()[0, 1, 0] == 6


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Shock.trade_cost(WORLD, hat=2, destination="C0"), "did you mean 'C0"),
        (lambda: Shock.trade_cost(WORLD, hat=2, sector="s9"), "unknown sector 's9'"),
        (lambda: Shock.trade_cost(WORLD, hat=0.0), "must be > 0"),
        (lambda: Shock.trade_cost(WORLD, hat=-1.0), "must be > 0"),
        (lambda: Shock.trade_cost(WORLD, hat=float("nan")), "must be > 0"),
        (lambda: Shock.tariff(WORLD, rate=-1.0), "above -1"),
        (lambda: Shock.tariff(WORLD, rate=np.inf), r"trade_cost\(hat=inf\)"),
        (lambda: Shock.productivity(WORLD, hat=0.0), "productivity"),
        (lambda: Shock.transfers(WORLD, {C[0]: 5.0}), "sum to zero"),
        (
            lambda: Shock.from_costs(WORLD, *np.array([[9], [0], [0]]), np.array([2.0])),
            "destination",
        ),
        (lambda: Shock.tariff_schedule(WORLD, np.zeros((2, 2, 1))), "shape"),
    ],
)
def test_what_is_wrong_is_named(build, says):
    with pytest.raises(DataError, match=says):
        build()


def test_a_masked_schedule_replaces_an_earlier_shocks_rates_even_by_the_baselines():
    mask = np.zeros(WORLD.tariff.shape, dtype=bool)
    mask[0, 1] = True
    first = Shock.tariff(WORLD, rate=0.9, destination=C[0])
    both = first.then(Shock.tariff_schedule(WORLD, WORLD.tariff, mask))
    rates = parts(both)[1].reshape(WORLD.tariff.shape)
    np.testing.assert_array_equal(rates[0, 1], WORLD.tariff[0, 1])
    assert (rates[0, 2] == 0.9).all()


def test_shocks_of_different_worlds_do_not_compose():
    other = random_world(np.random.default_rng(2), 3, 3)
    with pytest.raises(DataError, match="do not compose"):
        Shock.neutral(WORLD).then(Shock.neutral(other))


def test_an_unknown_deficit_rule_names_the_nearest():
    """In a process of its own: here the type checker would be first to object."""
    code = (
        "import hansa as hs\n"
        "world = hs.load_world()\n"
        "for bad in (lambda: hs.solve(world, deficits='fixd'),"
        " lambda: hs.Shock.neutral(world).with_deficits('fixd')):\n"
        "    try:\n        bad()\n"
        "    except hs.DataError as error:\n        print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("unknown deficit rule 'fixd'; did you mean 'fixed'?") == 2
