"""Effects: how much each strength class of sanctions costs, how sure that is, and on what it rests.

May import ``hansa.errors`` and its neighbour ``ave``. A regime says which flows a measure touches;
this says how dear that makes them. Effects and costs as in Head & Mayer (2014, Handbook of
International Economics 4, ch. 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError, unknown
from hansa.policy import ave as classes_file
from hansa.policy.ave import LEVELS, check_level, strength_classes

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = ["Costs", "Effects", "effect_names", "load_effects"]

#: Where the named levels lie: every factor there at once.
POSITION = {"low": -1.0, "central": 0.0, "high": 1.0}


@dataclass(frozen=True, eq=False)
class Costs:
    """Cost of every strength class at one position of the factors.

    Attributes
    ----------
    classes : tuple of str
    ave : (C,) array, fraction of the delivered price at the reference elasticity
    compliance : float
        Share of a class borne by a state bound only by an act of the UN, 0 to 1.
    """

    classes: tuple[str, ...]
    ave: Float[Array, " c"]
    compliance: float

    @cached_property
    def by_class(self) -> dict[str, float]:
        """AVE by class, a fraction."""
        return dict(zip(self.classes, self.ave.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Effects:
    """Costs of the strength classes with their uncertainty, from one body of evidence.

    Attributes
    ----------
    name : str
        ``literature``, ``estimated`` or ``combined``.
    classes : tuple of str
    level : (3, C) array, fraction
        AVE at low, central and high, at the reference elasticity of ``data/ave.yaml``.
    compliance : (3,) array
        Share borne where only an act of the UN binds, at low, central and high.
    factors : tuple of str
        What is uncertain; each is drawn on its own.
    moved_by : (C + 1,) int array
        Factor that moves each class, and last the one that moves the compliance.
    law : tuple of str
        Of each factor: ``triangular`` between low and high, or ``normal`` with 90 per cent of
        the draws between them.
    evidence : tuple of str
        By class: ``estimated``, ``literature``, ``combined`` or ``assumed``.
    """

    name: str
    classes: tuple[str, ...]
    level: Float[Array, "3 c"]
    compliance: Float[Array, " 3"]
    factors: tuple[str, ...]
    moved_by: Int[Array, " m"]
    law: tuple[str, ...]
    evidence: tuple[str, ...]

    def __post_init__(self) -> None:
        if (np.diff(self.level, axis=0) < 0).any() or (self.level < 0).any():
            bad = (np.diff(self.level, axis=0) < 0).any(0) | (self.level < 0).any(0)
            name = self.classes[int(np.argmax(bad))]
            raise DataError(f"{self.name} effects, class {name}: low <= central <= high, none < 0")

    def at(self, level: str) -> Costs:
        """Return the costs at ``low``, ``central`` or ``high``, all factors together."""
        row = LEVELS.index(check_level(level))
        return Costs(self.classes, self.level[row], float(self.compliance[row]))

    def between(self, position: Float[Array, " f"]) -> Costs:
        """Return the costs at one position of each factor.

        Parameters
        ----------
        position : (F,) array
            -1 is low, 0 central, 1 high; between and beyond them costs are linear in logs of
            one plus the AVE, and never below zero.

        Returns
        -------
        Costs
        """
        if position.shape != (len(self.factors),):
            raise DataError(f"{len(self.factors)} factors, but {position.size} positions")
        logs = np.concatenate([np.log1p(self.level), self.compliance[:, None]], axis=1)
        p = position[self.moved_by]
        far = np.where(p < 0, logs[0], logs[2])
        found = np.maximum(logs[1] + np.abs(p) * (far - logs[1]), 0.0)
        return Costs(self.classes, np.expm1(found[:-1]), min(float(found[-1]), 1.0))

    def draw(self, random: np.random.Generator) -> Float[Array, " f"]:
        """Return drawn positions of the factors, (F,): see `law`."""
        drawn = {
            "triangular": lambda: random.triangular(-1.0, 0.0, 1.0),
            # 90 per cent of a normal law lies within 1.645 standard deviations.
            "normal": lambda: random.standard_normal() / 1.6448536269514722,
        }
        return np.array([drawn[law]() for law in self.law])

    def table(self) -> pd.DataFrame:
        """Return one row per class: AVE at the three levels (fractions), evidence, factor."""
        import pandas as pd

        frame = pd.DataFrame(self.level.T, columns=list(LEVELS), index=list(self.classes))
        frame["evidence"] = self.evidence
        frame["factor"] = [self.factors[k] for k in self.moved_by[:-1]]
        return frame.rename_axis("strength")


def load_effects(name: str | Effects = "literature") -> Effects:
    """Return a body of evidence on the costs of sanctions by name.

    Parameters
    ----------
    name : {"literature"} or Effects
        ``literature``: the classes of ``data/ave.yaml``, assumed from published estimates.

    Returns
    -------
    Effects

    Raises
    ------
    DataError
        If the name is not known; names the nearest.
    """
    if isinstance(name, Effects):
        return name
    if name not in _BODIES:
        raise DataError(unknown("effects", name, _BODIES))
    return _BODIES[name]()


def effect_names() -> tuple[str, ...]:
    """Return the names that `load_effects` knows."""
    return tuple(_BODIES)


@lru_cache(maxsize=1)
def _literature() -> Effects:
    known = strength_classes()
    factors = ("trade sanctions", "financial sanctions", "secondary sanctions", "UN compliance")
    moved = [2 if c.reach == "third" else int(c.applies_to == "financial") for c in known.values()]
    return Effects(
        name="literature",
        classes=tuple(known),
        level=np.array([[c.ave(level) for c in known.values()] for level in LEVELS]),
        compliance=np.array([classes_file.un_compliance(level) for level in LEVELS]),
        factors=factors,
        moved_by=np.array([*moved, 3]),
        law=("triangular",) * 4,
        evidence=tuple(
            "assumed" if "assumed" in c.sources else "literature" for c in known.values()
        ),
    )


_BODIES = {"literature": _literature}
