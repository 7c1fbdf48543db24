"""The fields of the case (biology, aerospace, nuclear, ...) as lists of HS chapters.

May import ``hansa.errors`` and its siblings. Chapter level only; ``data/fields.yaml`` says why each
chapter is in and how much of its trade is the field.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import yaml
from jaxtyping import Bool

from hansa.capability.exports import load_exports
from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Field", "field_table", "fields"]

Array = np.ndarray


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes
    ----------
    key, name : str
    grip : {"most", "some", "little"}
        How much of the trade in the chapters is the field.
    chapters : dict
        Chapter to why it is in.
    not_counted : dict
        Chapter to what of the field it holds.
    """

    key: str
    name: str
    grip: str
    chapters: dict[str, str]
    not_counted: dict[str, str]

    def mask(self, chapters: tuple[str, ...]) -> Bool[Array, " k"]:
        """Return which of some chapters are of the field, (K,)."""
        return np.array([c in self.chapters for c in chapters])


@lru_cache(maxsize=1)
def fields() -> dict[str, Field]:
    """Return the fields by key.

    Returns
    -------
    dict of str to Field

    Examples
    --------
    >>> import hansa as hs
    >>> hs.capability.fields()["aerospace"].chapters["88"]
    'aircraft, spacecraft, and their parts'
    """
    path = resources.files("hansa.capability") / "data" / "fields.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        key: Field(key, row["name"], row["grip"], row["chapters"], row.get("not_counted", {}))
        for key, row in raw.items()
    }


def field(key: str) -> Field:
    """Return one field; raises DataError that names the nearest."""
    if key not in fields():
        raise DataError(unknown("field", key, fields()))
    return fields()[key]


def field_table() -> pd.DataFrame:
    """Return one row per field and chapter: name, grip, chapter, why it is in.

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    names = load_exports().names
    return pd.DataFrame(
        [
            (f.key, f.name, f.grip, chapter, names[chapter], why)
            for f in fields().values()
            for chapter, why in f.chapters.items()
        ],
        columns=["field", "name", "grip", "chapter", "chapter_name", "why"],
    )
