"""The store and the lock on disk: what is whole is kept, what is not is not believed."""

from __future__ import annotations

import os

import numpy as np
import pytest

from hansa.errors import StudyError
from hansa.study.lock import read_lock
from hansa.study.store import Store


def test_a_lock_that_is_cut_off_is_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "study.lock"
    path.write_text('{"inputs": {')
    with pytest.raises(StudyError, match="without --locked"):
        read_lock(path)
    path.write_text('{"inputs": {}}')
    with pytest.raises(StudyError, match="tables"):
        read_lock(path)


def test_the_last_written_stores_stay_beside_the_finished_one(tmp_path):
    for age, name in enumerate(["new", "middle", "old", "oldest"]):
        Store(tmp_path / name).put("part", x=np.arange(3.0))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    mine = Store(tmp_path / "oldest")
    mine.forget_others(2)
    assert {p.name for p in tmp_path.iterdir()} == {"new", "middle", "oldest"}
    held = mine.get("part")
    assert held is not None
    assert held["x"].tolist() == [0.0, 1.0, 2.0]
    Store(tmp_path / "absent").forget_others(0)  # nothing was kept: nothing to forget
    assert len(list(tmp_path.iterdir())) == 3
