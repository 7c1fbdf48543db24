"""The world and the sanctions that the tests of capability share."""

from __future__ import annotations

import pytest
from capability_worlds import MEMBERS

import hansa as hs


@pytest.fixture(scope="module")
def world():
    return hs.load_world()


@pytest.fixture(scope="module")
def regime(world):
    return hs.sanctions(world, on="2024-02-19", targets=MEMBERS)
