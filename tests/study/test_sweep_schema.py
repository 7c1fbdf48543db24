"""The sweep file: what is read, and what is refused with the nearest known name."""

import datetime as dt

import pytest
from sweep_worlds import TEXT, small_sweep

from hansa.errors import StudyError
from hansa.study.sweeping.schema import load_sweep, parse_sweep, shipped_sweeps


def test_shipped_sweeps_load_and_keep_their_name():
    assert set(shipped_sweeps()) >= {"caspian-draws", "caspian-clubs"}
    for name in shipped_sweeps():
        assert load_sweep(name).name == name


def test_the_grid_is_every_combination_in_order():
    points = small_sweep().points
    day = dt.date(2024, 2, 19)
    assert [(p.on, p.payments) for p in points] == [
        ("none", 0.0), ("none", -0.02), (day, 0.0), (day, -0.02),
    ]  # fmt: skip
    assert {(p.strength, p.secondary, p.nontariff, p.tariffs) for p in points} == {
        ("central", True, -0.10, None)
    }


def test_the_regime_may_be_left_out_where_the_grid_has_dates():
    text = TEXT.replace("regime: {on: 2024-02-19}\n", "")
    assert small_sweep(text).points == small_sweep().points


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("clubs:", "clubss:", ["clubss", "did you mean 'clubs'"]),
        ("payments:", "payment:", ["payment", "did you mean 'payments'", "grid.payment"]),
        ("seed: 7", "sed: 7", ["sed", "did you mean 'seed'"]),
        ("nontariff: -0.10", "nontarif: -0.10", ["nontarif", "did you mean 'nontariff'"]),
        ("name: small\n", "", ["'name' is missing"]),
        ("clubs: all", "clubs: some", ["`all`", "list of lists"]),
        ("clubs: all", "clubs: []", ["list of lists"]),
        ("clubs: all", "clubs: [IRN, RUS]", ["list of lists"]),
        ("clubs: all", "clubs: [[IRN, RUZ]]", ["'RUZ'", "did you mean 'RUS'"]),
        ("clubs: all", "clubs: [[IRN, RUS], [RUS, IRN]]", ["comes twice"]),
        ("payments: [0.0, -0.02]", "payments: [0.0, 0.0]", ["grid.payments", "given twice"]),
        ("payments: [0.0, -0.02]", "payments: [-1.0]", ["grid.payments.0"]),
        ("payments: [0.0, -0.02]", "strength: [low, hi]", ["grid.strength.1", "hi"]),
        ("payments: [0.0, -0.02]", "strength: [low]", ["strength", "also drawn"]),
        ("seed: 7", "payments: [-0.1, 0.0]", ["payments", "also drawn"]),
        ("seed: 7", "nontariff: [0.1, -0.1]", ["lower end first"]),
        ("number: 2", "number: 0", ["draws.number"]),
        ("clubs: all", "clubs: all\nkeep: everyone", ["`candidates`, `all`"]),
        ("on: [none, 2024-02-19], ", "", []),
    ],
)
def test_a_wrong_file_is_refused_with_the_culprit_and_the_mend(old, new, words):
    assert old in TEXT
    text = TEXT.replace(old, new)
    if not words:  # no date anywhere
        text, words = text.replace("regime: {on: 2024-02-19}\n", ""), ["'regime' is missing"]
    with pytest.raises(StudyError) as caught:
        parse_sweep(text, "mine.yaml")
    for word in ["mine.yaml", *words]:
        assert word in str(caught.value)


def test_unknown_sweep_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'caspian-draws'"):
        load_sweep("caspian-draw")
