"""From coefficients to costs of the strength classes, and the rule that joins ours to others'.

May import ``hansa.policy.ave`` and its neighbours. Costs: Head & Mayer (2014, Handbook of
International Economics 4, ch. 3); the rule: DerSimonian & Laird (1986, Controlled Clinical Trials
7, 177-188) with the literature's spread as the least variance between studies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hansa.policy.ave import LEVELS, reference_theta, strength_classes, un_compliance
from hansa.policy.gravity.coverage import GROUPS, group_of
from hansa.policy.gravity.shipped import Estimates

Array = np.ndarray

__all__ = [
    "NINETY",
    "ClassCost",
    "ave_band",
    "class_costs",
    "combined",
    "compliance",
    "literature",
    "literature_compliance",
]

#: 90 per cent of a normal law lies within this many standard deviations.
NINETY = 1.6448536269514722
#: A class with less than this share in its regressor is not said to be estimated.
LEAST_SHARE = 0.05


@dataclass(frozen=True)
class ClassCost:
    """Cost of one class on the log scale, ln(1 + AVE) at the reference elasticity.

    Attributes
    ----------
    mean, spread : float
        Centre and standard deviation; the centre of an estimate may be below zero.
    evidence : str
        ``estimated``, ``literature``, ``combined`` or ``assumed``.
    how : str
        What it was filled with, in a few words.
    filled : bool
        Whether mean and spread come from an estimate, alone or combined; else the literature's
        own range stands.
    """

    mean: float
    spread: float
    evidence: str
    how: str
    filled: bool = False


def ave_band(beta: float, se: float, theta: float) -> Float[Array, " 4"]:
    """Return AVE, low and high of its 90 per cent band, and its standard error.

    ``AVE = exp(-beta / theta) - 1``; its standard error by the delta method is
    ``(1 + AVE) se / theta``, and the band is that of the log, where the map is linear.

    Parameters
    ----------
    beta, se : float
        Log points.
    theta : float
        Trade elasticity, > 0.
    """
    logs = -beta / theta + np.array([0.0, -1.0, 1.0]) * NINETY * se / theta
    central, low, high = np.expm1(logs)
    return np.array([central, low, high, (1 + central) * se / theta])


def literature(name: str) -> ClassCost:
    """Return a class as the literature has it: its range is read as holding 90 per cent."""
    known = strength_classes()[name]
    low, central, high = (np.log1p(known.ave(level)) for level in LEVELS)
    evidence = "assumed" if "assumed" in known.sources else "literature"
    return ClassCost(float(central), float((high - low) / (2 * NINETY)), evidence, "data/ave.yaml")


def class_costs(found: Estimates) -> dict[str, ClassCost]:
    """Return the cost of every class from our estimates alone.

    A regressor covers several classes. They keep the ratios the literature gives them, and the
    average over the sample's mixture of them is the estimate. Classes that no regressor holds,
    or whose regressor was absorbed, keep the literature's cost.
    """
    theta, main = reference_theta(), found.main
    costs = {}
    for name in strength_classes():
        group = group_of(name)
        own = literature(name)
        if group is None or group not in main.terms:
            costs[name] = ClassCost(own.mean, own.spread, own.evidence, "literature: no estimate")
            continue
        k = main.terms.index(group)
        usual = sum(found.mix[c] * literature(c).mean for c in GROUPS[group])
        ratio = own.mean / usual
        shared = len(GROUPS[group]) > 1
        held = found.mix[name] >= LEAST_SHARE
        how = f"{group}, x {ratio:.2f} by the literature's ratio" if shared else group
        costs[name] = ClassCost(
            mean=float(-main.beta[k] / theta * ratio),
            spread=float(main.se[k] / theta * ratio),
            evidence="estimated" if held else "literature",
            how=how if held else f"{how} (not in the sample)",
            filled=True,
        )
    return costs


def compliance(found: Estimates) -> ClassCost:
    """Return the share of a class borne where only an act of the UN binds.

    The ratio of the two embargo coefficients, with its standard error by the delta method;
    the literature's where either is missing.
    """
    known, main = literature_compliance(), found.main
    if "embargo" not in main.terms or "un_embargo" not in main.terms:
        return known
    own, un = main.terms.index("embargo"), main.terms.index("un_embargo")
    if main.beta[own] >= 0:
        return known
    ratio = float(main.beta[un] / main.beta[own])
    slope = np.zeros(len(main.terms))
    slope[un], slope[own] = 1 / main.beta[own], -ratio / main.beta[own]
    spread = float(np.sqrt(slope @ found.vcov @ slope))
    return ClassCost(ratio, spread, "estimated", "un_embargo over embargo", filled=True)


def literature_compliance() -> ClassCost:
    """Return the share of ``data/ave.yaml``, its range read as holding 90 per cent."""
    low, central, high = (un_compliance(level) for level in LEVELS)
    return ClassCost(central, (high - low) / (2 * NINETY), "assumed", "data/ave.yaml")


def combined(ours: ClassCost, theirs: ClassCost) -> ClassCost:
    """Return both joined: weights by precision, with a variance between studies.

    With d the distance, s the spreads, the variance between studies is
    ``t2 = max(theirs.s ** 2, (d ** 2 - ours.s ** 2 - theirs.s ** 2) / 2)`` and the weights are
    ``1 / (ours.s ** 2 + t2)`` and ``1 / t2``: our one regression never counts for more than the
    literature, and where they disagree the band is wide enough to hold both.

    References
    ----------
    DerSimonian & Laird (1986), Controlled Clinical Trials 7(3), 177-188.
    """
    if ours.evidence != "estimated" or theirs.spread == 0:
        return theirs
    distance = (ours.mean - theirs.mean) ** 2
    between = max(theirs.spread**2, (distance - ours.spread**2 - theirs.spread**2) / 2)
    mine, other = 1 / (ours.spread**2 + between), 1 / between
    mean = (mine * ours.mean + other * theirs.mean) / (mine + other)
    how = f"ours {mine / (mine + other):.0%}, literature {other / (mine + other):.0%}"
    return ClassCost(mean, float((mine + other) ** -0.5), "combined", how, filled=True)
