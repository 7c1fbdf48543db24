"""A study may count the sanctions on some states only; then those on others stay as they are."""

import numpy as np
import pytest
from study_worlds import TEXT, small_world

from hansa.errors import DataError
from hansa.policy import sanctions
from hansa.study.scenarios import lifted_shock, regime_shock
from hansa.study.schema import parse_study
from hansa.study.tables import roles, targets_of


def study(targets):
    return parse_study(
        TEXT.replace("{on: 2024-02-19}", f"{{on: 2024-02-19, targets: {targets}}}"), "small.yaml"
    )


def test_only_measures_against_the_targets_are_counted_and_lifted():
    world, one = small_world(), study("[IRN, RUS]")
    for shock, day in ((regime_shock, "2024-02-19"), (lifted_shock, None)):
        expected = sanctions(world, day, targets=("IRN", "RUS")).cost_array()
        assert np.array_equal(shock(world, one).cost_array(), expected)
        assert not np.array_equal(sanctions(world, day).cost_array(), expected)


def test_without_targets_all_of_the_registry_counts():
    world, every = small_world(), parse_study(TEXT, "small.yaml")
    expected = sanctions(world, "2024-02-19").cost_array()
    assert np.array_equal(regime_shock(world, every).cost_array(), expected)
    assert {"EU", "USA", "VEN"} <= targets_of(every)
    assert targets_of(study("[IRN, RUS]")) == {"IRN", "RUS"}


def test_a_sender_that_is_answered_stays_a_sender():
    part = roles(small_world(), parse_study(TEXT, "small.yaml"))
    assert part["USA"] == part["DEU"] == part["GBR"] == "sender"
    assert part["VEN"] == "target"
    assert part["IRN"] == "candidate"


def test_an_unknown_target_is_refused():
    with pytest.raises(DataError, match="unknown target 'IRM'; did you mean 'IRN'"):
        regime_shock(small_world(), study("[IRM]"))
