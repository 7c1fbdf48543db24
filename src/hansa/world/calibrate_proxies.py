"""Whose costs stand in for a country that has no input-output table.

May import ``hansa.errors`` and the sectors. Rule and exceptions are in ``data/proxies.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sectors import settings

Array = np.ndarray


def proxy_weights(
    countries: Sequence[str],
    tables: Sequence[str],
    features: Float[Array, "n f"],
) -> dict[str, dict[str, float]]:
    """Return, for each country, the countries whose tables it uses and their weights.

    Parameters
    ----------
    countries
        Codes of the world.
    tables
        Codes that have a table.
    features : (N, F) array
        What countries are compared by; standardised here.

    Returns
    -------
    dict
        ``{code: {table: weight}}``, weights sum to one. A country with a table uses its own. The
        named mixes of ``proxies.yaml`` come next; the others take the nearest `neighbours`
        countries, weighted by the inverse of the squared distance.
    """
    rule = settings("proxies.yaml")
    named: dict[str, dict[str, float]] = rule["named"]
    donors = [t for t in tables if t not in rule["not_donors"]]
    scale = features.std(axis=0)
    z = (features - features.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    z = z * np.array([float(w) for w in rule["feature_weights"].values()])
    index = {c: i for i, c in enumerate(countries)}
    donor_rows = np.array([index[d] for d in donors])
    weights: dict[str, dict[str, float]] = {}
    for code in countries:
        if code in tables:
            weights[code] = {code: 1.0}
        elif code in named:
            unknown = sorted(set(named[code]) - set(tables))
            if unknown:
                raise DataError(f"proxies.yaml: {code} names {unknown}, which have no table")
            total = sum(named[code].values())
            weights[code] = {k: float(v) / total for k, v in named[code].items()}
        else:
            weights[code] = _nearest(z[index[code]], z[donor_rows], donors, int(rule["neighbours"]))
    return weights


def _nearest(point: Array, others: Array, names: list[str], count: int) -> dict[str, float]:
    distance = np.sqrt(((others - point) ** 2).sum(axis=1))
    order = np.argsort(distance, kind="stable")[:count]
    weight = 1.0 / (distance[order] ** 2 + 0.05)
    weight = np.round(weight / weight.sum(), 3)
    weight[0] += 1.0 - weight.sum()
    return {names[i]: round(float(w), 3) for i, w in zip(order, weight, strict=True)}


def mix(
    weights: dict[str, dict[str, float]],
    countries: Sequence[str],
    tables: Sequence[str],
    values: Float[Array, "c ..."],
) -> Float[Array, "n ..."]:
    """Return the weighted mean of the tables' `values` for each country."""
    matrix = np.zeros((len(countries), len(tables)))
    for n, code in enumerate(countries):
        for table, weight in weights[code].items():
            matrix[n, tables.index(table)] = weight
    return np.tensordot(matrix, values, axes=1)
