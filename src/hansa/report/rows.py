"""Rows of tables, as templates and sentences take them.

May import nothing of Hansa.
"""

from __future__ import annotations

from typing import Any

import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries by column."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
