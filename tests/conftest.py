"""What every test shares: array annotations checked at run time, and the raw tables."""

from __future__ import annotations

import sys
from pathlib import Path

import jaxtyping
import pytest

# So that a test file in any folder can say `from worlds import random_world`.
sys.path.insert(0, str(Path(__file__).parent))

# Before anything imports hansa: from here on every annotated array is checked, shape and dtype.
jaxtyping.install_import_hook("hansa", "typecheck.check")


@pytest.fixture(scope="session")
def rawdata() -> Path:
    """Folder of raw tables; skips the test where there is none."""
    from hansa.world.sources.base import find_data

    folder = find_data()
    if folder is None:
        pytest.skip("no raw tables: set HANSA_DATA or put them in ../shared/data")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the raw tables, so that `-m "not rawdata"` leaves it out."""
    for item in items:
        if "rawdata" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.rawdata)
