"""Effects: how much each strength class of sanctions costs, how sure that is, and on what it rests.

May import ``hansa.errors`` and its neighbours. A regime says which flows a measure touches; this
says how dear that makes them: by the literature, by our gravity estimates, or by both combined.
Effects and costs as in Head & Mayer (2014, Handbook of International Economics 4, ch. 3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from hansa.errors import DataError, unknown
from hansa.policy import ave as classes_file
from hansa.policy.ave import LEVELS, check_level, strength_classes

if TYPE_CHECKING:
    import pandas as pd

    from hansa.policy.gravity.combine import ClassCost

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
    logs : (3, C + 1) array, optional
        ln(1 + AVE) by class at the three levels and last the compliance, before they are bounded
        (an estimate of the wrong sign is below zero); by default those of `level`.
    how : tuple of str, optional
        By class: what it was filled with.
    """

    name: str
    classes: tuple[str, ...]
    level: Float[Array, "3 c"]
    compliance: Float[Array, " 3"]
    factors: tuple[str, ...]
    moved_by: Int[Array, " m"]
    law: tuple[str, ...]
    evidence: tuple[str, ...]
    logs: Float[Array, "3 m"] | None = None
    how: tuple[str, ...] = ()

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
        logs = self.logs
        if logs is None:
            logs = np.concatenate([np.log1p(self.level), self.compliance[:, None]], axis=1)
        p = position[self.moved_by]
        far = np.where(p < 0, logs[0], logs[2])
        # Bounded only here, so that a draw from a band that crosses zero is zero as often as it is.
        found = np.maximum(logs[1] + np.abs(p) * (far - logs[1]), 0.0)
        return Costs(self.classes, np.expm1(found[:-1]), min(float(found[-1]), 1.0))

    def fixed(self, position: Float[Array, " f"]) -> Effects:
        """Return effects without uncertainty: all levels are the costs at one position.

        Parameters
        ----------
        position : (F,) array
            As in `between`.

        Returns
        -------
        Effects
            For everything that takes effects, such as `hansa.Coalition`, in one draw.
        """
        held = self.between(position)
        return replace(
            self, level=np.tile(held.ave, (3, 1)), compliance=np.full(3, held.compliance), logs=None
        )

    def draw(self, random: np.random.Generator) -> Float[Array, " f"]:
        """Return drawn positions of the factors, (F,): see `law`."""
        drawn = {
            "triangular": lambda: random.triangular(-1.0, 0.0, 1.0),
            # 90 per cent of a normal law lies within 1.645 standard deviations.
            "normal": lambda: random.standard_normal() / 1.6448536269514722,
        }
        return np.array([drawn[law]() for law in self.law])

    def table(self) -> pd.DataFrame:
        """Return one row per class: AVE (fractions), trade effect (log points at the reference
        elasticity), evidence, factor and what it was filled with."""
        import pandas as pd

        frame = pd.DataFrame(self.level.T, columns=list(LEVELS), index=list(self.classes))
        theta = classes_file.reference_theta()
        for level in LEVELS:
            frame[f"effect_{level}"] = -theta * np.log1p(frame[level])
        frame["evidence"] = self.evidence
        frame["factor"] = [self.factors[k] for k in self.moved_by[:-1]]
        frame["how"] = self.how or self.evidence
        return frame.rename_axis("strength")


def load_effects(name: str | Effects = "literature") -> Effects:
    """Return a body of evidence on the costs of sanctions by name.

    Parameters
    ----------
    name : {"literature", "estimated", "combined"} or Effects
        ``literature``: the classes of ``data/ave.yaml``, assumed from published estimates.
        ``estimated``: our gravity estimates (``data/estimates.json``); classes that these do not
        identify keep the literature's cost, or its ratio to a class that is, and say so.
        ``combined``: both, by the rule of `hansa.policy.gravity.combine.combined`.

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


def forget() -> None:
    """Read the estimates that ship again at the next call: they were renewed."""
    for body in _BODIES.values():
        body.cache_clear()


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


#: What is uncertain in the estimates, as a tornado figure names it, and the classes it moves.
_FACTORS = {
    "trade embargoes": ("embargo",),
    "partial trade bans": ("broad", "partial"),
    "dual-use controls": ("narrow", "none"),
    "withdrawn preferences": ("mfn_loss",),
    "major financial sanctions": ("financial_comprehensive", "financial_major"),
    "limited financial sanctions": ("financial_partial", "financial_listing"),
    "secondary sanctions": (
        "secondary_broad",
        "secondary_partial",
        "secondary_financial",
        "secondary_financial_partial",
    ),
    "UN compliance": (),
}


@lru_cache(maxsize=1)
def _estimated() -> Effects:
    from hansa.policy.gravity import combine
    from hansa.policy.gravity.shipped import load_estimates

    found = load_estimates()
    return _from_costs("estimated", combine.class_costs(found), combine.compliance(found))


@lru_cache(maxsize=1)
def _combined() -> Effects:
    from hansa.policy.gravity import combine
    from hansa.policy.gravity.shipped import load_estimates

    found = load_estimates()
    ours = combine.class_costs(found)
    both = {name: combine.combined(cost, combine.literature(name)) for name, cost in ours.items()}
    share = combine.combined(combine.compliance(found), combine.literature_compliance())
    return _from_costs("combined", both, share)


def _from_costs(name: str, costs: dict[str, ClassCost], share: ClassCost) -> Effects:
    """Return effects whose classes are normal on the log scale; those of the literature keep
    its uneven range."""
    from hansa.policy.gravity.combine import NINETY

    known = strength_classes()
    columns, laws = [], dict.fromkeys(_FACTORS, "triangular")
    factor_of = {c: factor for factor, classes in _FACTORS.items() for c in classes}
    for key, cost in {**costs, "": share}.items():
        factor = factor_of.get(key, "UN compliance")
        if cost.filled:
            columns.append(cost.mean + NINETY * cost.spread * np.array([-1.0, 0.0, 1.0]))
            laws[factor] = "normal"
        elif key:
            columns.append(np.log1p([known[key].ave(level) for level in LEVELS]))
        else:
            columns.append(np.array([classes_file.un_compliance(level) for level in LEVELS]))
    logs = np.stack(columns, axis=1)
    order = list(_FACTORS)
    return Effects(
        name=name,
        classes=tuple(costs),
        level=np.expm1(np.maximum(logs[:, :-1], 0.0)),
        compliance=np.clip(logs[:, -1], 0.0, 1.0),
        factors=tuple(order),
        moved_by=np.array([*(order.index(factor_of[c]) for c in costs), len(order) - 1]),
        law=tuple(laws.values()),
        evidence=tuple(cost.evidence for cost in costs.values()),
        logs=logs,
        how=tuple(cost.how for cost in costs.values()),
    )


_BODIES = {"literature": _literature, "estimated": _estimated, "combined": _combined}
