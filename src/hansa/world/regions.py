"""Which economies stand alone in the embedded world, and which aggregate holds each of the others.

May import only ``hansa.errors`` and ``hansa.world.sectors``. Reads ``data/regions.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sectors import settings

Array = np.ndarray


@dataclass(frozen=True)
class Regions:
    """Economies of the world and the place of every code of the sources.

    Attributes
    ----------
    codes : tuple of str
        Own economies in order of their code, then the aggregates.
    place : dict
        Source code to the code of its economy or aggregate.
    aggregates : dict
        Aggregate to its members.
    names : dict
        Names of the aggregates.
    left_out : dict
        Source code to the reason why it is in no economy.
    """

    codes: tuple[str, ...]
    place: dict[str, str]
    aggregates: dict[str, list[str]]
    names: dict[str, str]
    left_out: dict[str, str]

    def positions(self, labels: Iterable[str]) -> Array:
        """Return the position of each label's economy; raises DataError if one has none."""
        index = {c: i for i, c in enumerate(self.codes)}
        found = []
        for label in labels:
            if label not in self.place:
                raise DataError(f"code {label!r} of a source has no place in regions.yaml")
            found.append(index[self.place[label]])
        return np.array(found, dtype=int)

    def totals(self, table: pd.DataFrame) -> Float[Array, "n k"]:
        """Return the rows of `table` (index: source codes) added up to economies."""
        rows = table[[c in self.place for c in table.index]]
        result = np.zeros((len(self.codes), table.shape[1]))
        np.add.at(result, self.positions(rows.index), rows.fillna(0.0).to_numpy(dtype=float))
        return result


def regions(
    value_added: pd.Series,
    exporters: Iterable[str],
    importers: Iterable[str],
    continents: pd.Series,
    inside: Mapping[str, str] | None = None,
) -> Regions:
    """Return the economies that stand alone and the aggregates.

    Parameters
    ----------
    value_added : Series
        Million USD by ISO3, from the UN accounts.
    exporters, importers : iterables of str
        Codes of the trade matrix.
    continents : Series
        Continent by ISO3.
    inside : mapping, optional
        Code to the economy it is part of, in the trade of the year.
    """
    rule = settings("regions.yaml")
    exporters, inside = set(exporters), dict(inside or {})
    left_out = dict(rule["left_out"])
    everyone = sorted((set(value_added.index) | exporters | set(importers)) - set(left_out))
    alone = []
    for code in everyone:
        size = float(value_added.get(code, 0.0))
        big = size >= float(rule["smallest"]) and code in exporters
        if (big or code in rule["always"]) and code not in rule["never"] and code not in inside:
            alone.append(code)
    missing = sorted(
        (set(rule["always"]) - set(alone) - set(inside)) | (set(inside.values()) - set(alone))
    )
    if missing:
        raise DataError(f"economies named in regions.yaml have no accounts or trade: {missing}")
    place = {code: code for code in alone} | inside
    members: dict[str, list[str]] = {a: [] for a in rule["aggregates"]}
    for code in everyone:
        if code in place:
            continue
        aggregate = rule["placed"].get(code)
        if aggregate is None:
            continent = continents.get(code)
            if continent not in rule["continents"]:
                raise DataError(f"code {code!r} has no continent; place it in regions.yaml")
            aggregate = rule["continents"][continent]
        place[code] = aggregate
        members[aggregate].append(code)
    return Regions(
        codes=(*alone, *rule["aggregates"]),
        place=place,
        aggregates=members,
        names=dict(rule["aggregates"]),
        left_out=left_out,
    )
