"""Trade elasticities of the sectors, from estimates by GTAP sector.

May import ``hansa.errors`` and the sectors. Source: Fontagne, Guimbard & Orefice (2022, J.
International Economics 137, 103593); the mapping is in ``data/elasticities.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.errors import DataError
from hansa.world.sectors import Sectors, settings

Array = np.ndarray


@dataclass(frozen=True)
class Elasticities:
    """theta > 0 by sector.

    Attributes
    ----------
    theta, se : (J,) arrays
        The elasticity and the number that stands for its standard error.
    parts : dict
        Sector to the GTAP sectors and weights it was made of.
    bounded : list of str
        GTAP sectors whose estimate was moved to a bound.
    """

    theta: Float[Array, " j"]
    se: Float[Array, " j"]
    parts: dict[str, dict[str, float]]
    bounded: list[str]


def elasticities(
    estimates: pd.Series, chapters: Float[Array, " k"], labels: list[str], names: Sectors
) -> Elasticities:
    """Return theta by sector as the trade-weighted mean of GTAP sectors.

    Parameters
    ----------
    estimates : Series
        ``hansa.world.sources.fontagne.tidy``.
    chapters : (K,) array
        World exports by HS chapter, the weights.
    labels : list of str
        The chapters.
    """
    rule = settings("elasticities.yaml")
    low, high = rule["bounds"]
    bounded = sorted(estimates[(estimates < low) | (estimates > high)].index)
    theta, se = np.zeros(len(names.codes)), np.zeros(len(names.codes))
    parts: dict[str, dict[str, float]] = {}
    for j, sector in enumerate(names.codes):
        if sector in names.services:
            theta[j], se[j] = rule["services"]["theta"], rule["services"]["se"]
            continue
        mapped = rule["sectors"][sector]
        lacking = [g for g in mapped if g not in estimates.index or np.isnan(estimates[g])]
        if lacking:
            raise DataError(f"elasticities.yaml: {sector} names {lacking}, without estimates")
        value = np.clip(estimates[list(mapped)].to_numpy(dtype=float), low, high)
        weight = np.array(
            [sum(chapters[labels.index(k)] * s for k, s in p.items()) for p in mapped.values()]
        )
        weight = weight / weight.sum()
        theta[j] = weight @ value
        spread = np.sqrt(weight @ (value - theta[j]) ** 2)
        se[j] = max(spread, rule["least_se"] * theta[j])
        parts[sector] = {g: round(float(w), 4) for g, w in zip(mapped, weight, strict=True)}
    return Elasticities(theta=theta, se=se, parts=parts, bounded=bounded)
