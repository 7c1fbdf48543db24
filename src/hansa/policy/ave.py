"""Strength classes of sanctions and the ad-valorem equivalents assumed for them.

May import only ``hansa.errors``. Numbers, rules and literature are in ``data/ave.yaml``; the link
between a trade effect and a cost is that of any gravity model (Head & Mayer 2014, Handbook of
International Economics 4, ch. 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import yaml
from jaxtyping import Float

from hansa.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = [
    "LEVELS",
    "StrengthClass",
    "ave_from_effect",
    "ave_table",
    "sector_ave",
    "strength_class",
    "strength_classes",
    "trade_effect",
    "un_compliance",
]

LEVELS = ("low", "central", "high")
Level = Literal["low", "central", "high"]


@dataclass(frozen=True)
class StrengthClass:
    """One class of measures.

    Attributes
    ----------
    name, meaning : str
    applies_to : {"trade", "financial", "none"}
        Which types of episode may use it.
    reach : {"own", "third", "any"}
        Whether it is for the sender's own trade or for that of third countries.
    low, central, high : float
        AVE as a fraction of the delivered price; 0.35 is 35 %.
    sources : tuple of str
        Keys of the literature in ``data/ave.yaml``.
    """

    name: str
    meaning: str
    applies_to: str
    reach: str
    low: float
    central: float
    high: float
    sources: tuple[str, ...]

    def ave(self, level: str) -> float:
        """Return the AVE at a level ("low", "central", "high"), a fraction."""
        return float(getattr(self, check_level(level)))


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    text = (resources.files("hansa.policy") / "data" / "ave.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@lru_cache(maxsize=1)
def strength_classes() -> dict[str, StrengthClass]:
    """Return all strength classes by name, in the file's order."""
    return {
        str(name): StrengthClass(name=str(name), **{**row, "sources": tuple(row["sources"])})
        for name, row in _raw()["classes"].items()
    }


def strength_class(name: str) -> StrengthClass:
    """Return one strength class; raises DataError that names the nearest."""
    classes = strength_classes()
    if name not in classes:
        raise DataError(unknown("strength class", name, classes))
    return classes[name]


def check_level(level: str) -> str:
    """Return `level` if it is "low", "central" or "high"; else raise DataError."""
    if level not in LEVELS:
        raise DataError(unknown("strength", level, LEVELS))
    return level


def un_compliance(level: str) -> float:
    """Return the share of a class borne by a state bound only by a UN act, 0 to 1."""
    return float(_raw()["un_compliance"][check_level(level)])


def exempting_classes() -> frozenset[str]:
    """Return the classes that free a state under them from third-country costs of the sender."""
    return frozenset(_raw()["exempt_from_secondary"])


def reference_theta() -> float:
    """Return the trade elasticity used to print trade effects beside AVEs."""
    return float(_raw()["theta"])


def literature() -> dict[str, str]:
    """Return the citations of ``data/ave.yaml`` by key."""
    return {key: " ".join(text.split()) for key, text in _raw()["literature"].items()}


def trade_effect(ave: float, theta: float) -> float:
    """Return beta = -theta ln(1 + AVE): the change of log trade at given prices.

    Parameters
    ----------
    ave : float
        Fraction, > -1.
    theta : float
        Trade elasticity, > 0.

    Returns
    -------
    float
        Log points.
    """
    _check_theta(theta)
    return -theta * math.log1p(ave)


def ave_from_effect(beta: float, theta: float) -> float:
    """Return AVE = exp(-beta / theta) - 1, the inverse of `trade_effect`."""
    _check_theta(theta)
    return math.expm1(-beta / theta)


def _check_theta(theta: float) -> None:
    if not theta > 0:
        raise DataError(f"trade elasticity theta must be > 0, not {theta} (some print -theta)")


def sector_ave(ave: float, theta: Float[Array, " j"]) -> Float[Array, " j"]:
    """Return the cost in each sector that has the trade effect of a class in all of them.

    A class stands for an effect on trade, which is what gravity estimates measure; where trade
    answers less to cost (a low theta), the same effect takes a higher cost.

    Parameters
    ----------
    ave : float
        Of the class, a fraction, at the reference elasticity of ``data/ave.yaml``.
    theta : (J,) array
        Trade elasticities > 0.

    Returns
    -------
    (J,) array
        Fractions: ``(1 + ave) ** (reference / theta) - 1``.
    """
    reference = reference_theta()
    return np.where(theta == reference, ave, (1 + ave) ** (reference / theta) - 1)


def ave_table() -> pd.DataFrame:
    """Return the classes as a table, with the trade effect at the reference theta.

    Returns
    -------
    DataFrame
        Index: class. Columns: applies_to, reach, low, central, high (fractions),
        effect_low, effect_central, effect_high (log points), meaning, sources (citations).
    """
    import pandas as pd

    theta, cited = reference_theta(), literature()
    rows = {
        c.name: {
            "applies_to": c.applies_to,
            "reach": c.reach,
            **{level: c.ave(level) for level in LEVELS},
            **{f"effect_{level}": trade_effect(c.ave(level), theta) for level in LEVELS},
            "meaning": c.meaning,
            "sources": "; ".join(cited[key] for key in c.sources),
        }
        for c in strength_classes().values()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("strength")
