"""Which share of a flow's goods each kind of sanction covers on one day, from the registry.

May import ``hansa.errors``, ``hansa.world`` and the policy room. Regressors of a gravity equation
in the manner of Felbermayr, Kirilakha, Syropoulos, Yalcin & Yotov (2020, EER 129, 103561), with
the share of a section that is sanctioned in the place of their zero and one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from hansa.policy.ave import exempting_classes, strength_classes
from hansa.policy.episodes import Episode
from hansa.policy.senders import EU, UN, bound_by_eu, eu_members

Array = np.ndarray

__all__ = ["GROUPS", "UN_GROUPS", "Coverage", "coverage", "group_of"]

#: Regressor of acts that bind the sender's own trade -> strength classes of ``data/ave.yaml``.
GROUPS = {
    "embargo": ("embargo",),
    "partial": ("broad", "partial"),
    "narrow": ("narrow",),
    "finance_major": ("financial_comprehensive", "financial_major"),
    "finance_limited": ("financial_partial", "financial_listing"),
    "third": (
        "secondary_broad",
        "secondary_partial",
        "secondary_financial",
        "secondary_financial_partial",
    ),
}
#: The same for what binds a state only through the United Nations.
UN_GROUPS = {
    "un_embargo": ("embargo",),
    "un_partial": ("broad", "partial", "narrow"),
    "un_finance": (*GROUPS["finance_major"], *GROUPS["finance_limited"]),
}


def group_of(strength: str) -> str | None:
    """Return the regressor that a strength class belongs to, None if it has none."""
    return next((g for g, classes in GROUPS.items() if strength in classes), None)


@dataclass(frozen=True, eq=False)
class Coverage:
    """Shares of goods covered on one day.

    Attributes
    ----------
    share : dict of (N, N, S) arrays
        By regressor: share of the section's goods, 0 to 1 (destination, origin, section). Of the
        measures on one good the costliest class counts, as in ``data/ave.yaml``. ``embargo``,
        ``partial`` and ``narrow`` also with the suffixes ``_exports`` (of the sender) and
        ``_imports``: there each direction is looked at alone.
    by_class : dict of (N, N, S) arrays
        The same by strength class, for what `share` counts under ``GROUPS``.
    """

    share: dict[str, Float[Array, "n n s"]]
    by_class: dict[str, Float[Array, "n n s"]]


def coverage(
    on: dt.date,
    countries: Sequence[str],
    sectors: Sequence[str],
    weight: Float[Array, "s j"],
    episodes: Iterable[Episode],
) -> Coverage:
    """Return what share of each flow each kind of measure covers.

    Parameters
    ----------
    on : date
    countries : sequence of N codes
        Those that trade; measures on or by others touch nothing.
    sectors : sequence of J codes
        In the order of `weight`.
    weight : (S, J) array
        Share of each sector in a section's goods; rows sum to one.
    episodes : iterable of Episode
    """
    ranks = _ranks(on, tuple(countries), tuple(sectors), list(episodes))
    own = np.maximum(ranks["exports"], ranks["imports"])
    sides = {"": own, "_exports": ranks["exports"], "_imports": ranks["imports"]}
    finance = ranks["finance"]
    # A lesser act does not count beside a costlier one on the same good.
    only_un = np.where(ranks["un"] > own, ranks["un"], 0)
    only_un_finance = np.where(ranks["un_finance"] > finance, ranks["un_finance"], 0)
    third = np.where(ranks["third"] > np.maximum(own, finance), ranks["third"], 0)
    share = {
        f"{group}{side}": _share(rank, GROUPS[group], weight)
        for side, rank in sides.items()
        for group in ("embargo", "partial", "narrow")
    }
    for group in ("finance_major", "finance_limited"):
        share[group] = _share(finance, GROUPS[group], weight)
    share["third"] = _share(third, GROUPS["third"], weight)
    for group, classes in UN_GROUPS.items():
        rank = only_un_finance if group == "un_finance" else only_un
        share[group] = _share(rank, classes, weight)
    held = {"finance_major": finance, "finance_limited": finance, "third": third}
    by_class = {
        name: _share(held.get(group, own), (name,), weight)
        for group, classes in GROUPS.items()
        for name in classes
    }
    return Coverage(share, by_class)


def _order() -> dict[str, int]:
    """Return the rank of every class by its central AVE in the literature, from 1."""
    classes = strength_classes().values()
    costly = sorted((c for c in classes if c.applies_to != "none"), key=lambda c: c.central)
    return {c.name: rank for rank, c in enumerate(costly, start=1)}


def _share(
    rank: Int[Array, "n n j"], classes: Iterable[str], weight: Float[Array, "s j"]
) -> Float[Array, "n n s"]:
    order = _order()
    return np.isin(rank, [order[c] for c in classes]).astype(float) @ weight.T


def _ranks(
    on: dt.date, countries: tuple[str, ...], sectors: tuple[str, ...], episodes: list[Episode]
) -> dict[str, Int[Array, "n n j"]]:
    """Return the rank of the costliest class on each good, by kind of measure; 0 for none."""
    order, n = _order(), len(countries)
    place = {code: k for k, code in enumerate(countries)}
    kinds = ("exports", "imports", "un", "finance", "un_finance", "third")
    ranks = {kind: np.zeros((n, n, len(sectors)), dtype=np.int64) for kind in kinds}
    exempt = _cut_off(on, episodes)
    for episode in episodes:
        if not episode.in_force(on) or episode.strength not in order:
            continue
        goods = [sectors.index(c) for c in episode.sector_codes if c in sectors]
        members = eu_members(on) if episode.target == EU else (episode.target,)
        targets = [place[c] for c in members if c in place]
        partners = [place[c] for c in _partners(on, episode, countries, exempt)]
        for kind, outward in _kinds(episode):
            pair = (targets, partners) if outward else (partners, targets)
            to, origin, good = (a.ravel() for a in np.meshgrid(*pair, goods, indexing="ij"))
            keep = to != origin
            index = tuple(np.array(a[keep], dtype=np.int64) for a in (to, origin, good))
            np.maximum.at(ranks[kind], index, order[episode.strength])
    return ranks


def _kinds(episode: Episode) -> list[tuple[str, bool]]:
    """Return (kind, whether the flow goes to the target) of each flow an episode touches."""
    flows = {"trade-export": [True], "trade-import": [False], "financial": [True, False]}
    found = []
    for outward in flows.get(episode.type, []):
        if episode.reach == "third":
            kind = "third"
        elif episode.type == "financial":
            kind = "un_finance" if episode.sender == UN else "finance"
        elif episode.sender == UN:
            kind = "un"
        else:
            kind = "exports" if outward else "imports"
        found.append((kind, outward))
    return found


def _partners(
    on: dt.date, episode: Episode, countries: tuple[str, ...], exempt: dict[str, set[str]]
) -> list[str]:
    """Return the states whose trade with the target the episode concerns."""
    if episode.reach == "third":
        free = {episode.sender, *exempt.get(episode.sender, set())}
        return [c for c in countries if c not in free]
    if episode.sender == UN:
        return list(countries)
    bound = bound_by_eu(on) if episode.sender == EU else (episode.sender,)
    return [c for c in countries if c in bound]


def _cut_off(on: dt.date, episodes: list[Episode]) -> dict[str, set[str]]:
    """Return, by sender, the targets so cut off that its secondary measures do not deter them."""
    found: dict[str, set[str]] = {}
    for e in episodes:
        if e.strength in exempting_classes() and e.in_force(on):
            found.setdefault(e.sender, set()).add(e.target)
    return found
