"""Science ties as the measure of knowledge: more joint papers, more productivity, by assumption.

May import ``hansa.errors``, ``hansa.world``, ``hansa.policy`` and its neighbours. Coe & Helpman
(1995, European Economic Review 39, 859-887) for the elasticity. Off unless asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hansa.affinity.science.papers import load_papers
from hansa.affinity.tables import TABLES, chosen, sourced
from hansa.errors import DataError, unknown
from hansa.policy import Knowledge, LinkRow
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray

__all__ = [
    "SPILLOVERS",
    "Spillover",
    "knowledge_hats",
    "knowledge_measure",
    "knowledge_shock",
    "knowledge_table",
]


@dataclass(frozen=True)
class Spillover:
    """An elasticity of productivity to knowledge from abroad, and what it rests on."""

    value: float
    basis: str


#: d log productivity / d log links in science with abroad. Coe & Helpman estimate 0.29 times the
#: share of imports in GDP for the elasticity of total factor productivity to foreign R&D capital.
#: That joint papers stand for R&D capital one for one is assumed here, not estimated by anyone.
SPILLOVERS = {
    "low": Spillover(0.02, "assumed: a third of the central one"),
    "central": Spillover(
        0.06, "Coe & Helpman (1995): 0.29 x an import share of 0.2, for foreign R&D capital"
    ),
    "high": Spillover(
        0.12, "Coe & Helpman (1995): 0.29 x an import share of 0.4, as in small open economies"
    ),
}


def knowledge_table(
    members: Iterable[str],
    *,
    increase: float = 0.5,
    partners: Iterable[str] | None = None,
    years: Iterable[int] = (2021, 2022, 2023),
    since: Iterable[int] | None = None,
    spillover: str | float = "central",
) -> pd.DataFrame:
    """Return by how much more joint papers with partners would raise each member's productivity.

    With s the share of a member's links that go to the partners, and g their relative change, its
    links with abroad grow by the factor K = 1 + s g, and its productivity by A = K^phi.

    Parameters
    ----------
    members : iterable of str
        ISO3.
    increase : float
        g: 0.5 is half as many again, -1 is the end of all ties. Not used with `since`.
    partners : iterable of str, optional
        With whom; the other members by default.
    years : iterable of int
        Whose links give the shares, taken together.
    since : iterable of int, optional
        Earlier years, for a change that was observed: K is then 1 plus the change from `since` to
        `years` of the links with the partners (per year), over all links in `since`.
    spillover : {"low", "central", "high"} or float
        phi: an entry of ``SPILLOVERS``, or a number >= 0.

    Returns
    -------
    pandas.DataFrame
        Index ``member``: ``links``, ``with_partners`` (per year), ``share``, ``knowledge`` (K),
        ``productivity`` (A).

    Raises
    ------
    DataError
        Unknown member or spillover, an increase below -1, or a member without links.

    Notes
    -----
    What a joint paper is worth to a factory, how long it takes, and whether the tie or the science
    behind it does it, is unknown; so is what else the same people would do. Take it as the size of
    an assumption, not as an estimate.

    References
    ----------
    Coe & Helpman (1995).

    Examples
    --------
    >>> table = knowledge_table(["IRN", "BLR", "RUS"], increase=0.0)
    >>> table["productivity"].tolist()
    [1.0, 1.0, 1.0]
    """
    import pandas as pd

    papers = load_papers()
    group = chosen("member", members, papers.countries)
    others = chosen("partner", group if partners is None else partners, papers.countries)
    phi = _elasticity(spillover)
    if increase < -1:
        raise DataError(f"ties cannot fall by more than all: increase={increase} is below -1")
    rows = [papers.country(c) for c in group]
    columns = [papers.country(c) for c in others]
    now, links = _per_year(years, rows, columns)
    if since is None:
        base, change = links, increase * now
    else:
        then, base = _per_year(since, rows, columns)
        change = now - then
    empty = [c for c, held in zip(group, base, strict=True) if held <= 0]
    if empty:
        raise DataError(f"{empty[0]} has no links in science in the years given")
    knowledge = 1 + change / base
    if (knowledge <= 0).any():
        raise DataError("a member would lose all links in science; knowledge cannot fall to zero")
    table = pd.DataFrame(
        {
            "links": links,
            "with_partners": now,
            "share": now / np.where(links > 0, links, 1.0),
            "knowledge": knowledge,
            "productivity": knowledge**phi,
        },
        index=pd.Index(group, name="member"),
    )
    note = "assumed: joint papers stand for foreign R&D capital one for one"
    return sourced(
        table, "links a year; hats", TABLES["papers"].source, spillover=phi, assumption=note
    )


def knowledge_measure(
    members: Iterable[str],
    *,
    increase: float = 0.5,
    years: Iterable[int] = (2021, 2022, 2023),
    spillover: str | float = "central",
) -> Knowledge:
    """Return science ties as a measure of a club: more joint papers with those who are in.

    Parameters
    ----------
    members : iterable of str
        ISO3 codes of all candidates.
    increase : float
        Relative change of joint papers among members of a club, whichever club it is.
    years : iterable of int
        Whose links give the shares, taken together.
    spillover : {"low", "central", "high"} or float
        As in `knowledge_table`, which gives the same hats for the club of all.

    Returns
    -------
    hansa.policy.Knowledge

    Raises
    ------
    DataError
        As `knowledge_table`.

    Examples
    --------
    >>> import hansa as hs
    >>> ties = knowledge_measure(["IRN", "BLR", "RUS"])
    >>> hs.Measures(knowledge=ties).knowledge.hats(["IRN"])
    {'IRN': 1.0}
    """
    papers = load_papers()
    group = chosen("member", members, papers.countries)
    phi = _elasticity(spillover)
    rows = [papers.country(c) for c in group]
    links = _per_year(years, rows, rows)[1]
    empty = [c for c, held in zip(group, links, strict=True) if held <= 0]
    if empty:
        raise DataError(f"{empty[0]} has no links in science in the years given")
    pairs = []
    for code, row, held in zip(group, rows, links, strict=True):
        for partner, column in zip(group, rows, strict=True):
            if partner != code:
                joint = _per_year(years, [row], [column])[0]
                pairs.append(LinkRow(code, partner, float(joint[0] / held)))
    return Knowledge(tuple(pairs), float(increase), phi)


def knowledge_hats(
    world: World, table: pd.DataFrame, *, sectors: str | Iterable[str] | None = None
) -> Float[Array, "n j"]:
    """Return the productivity hats of `knowledge_table` as an array of the world, (N, J).

    Parameters
    ----------
    world : World
    table : pandas.DataFrame
        From `knowledge_table`.
    sectors : str or iterable of str, optional
        Where knowledge works; all by default.

    Returns
    -------
    (N, J) array
        1 for everyone else and everywhere else.

    Raises
    ------
    DataError
        A member or sector that the world does not have.
    """
    hats = np.ones((len(world.countries), len(world.sectors)))
    where = [world.sector(s) for s in _listed(sectors, world.sectors)]
    for code, hat in table["productivity"].items():
        hats[world.country(str(code)), where] = float(hat)
    return hats


def knowledge_shock(
    world: World, table: pd.DataFrame, *, sectors: str | Iterable[str] | None = None
) -> Shock:
    """Return the shock of `knowledge_hats`, to compose with a club's or a regime's.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> shock = knowledge_shock(world, knowledge_table(["IRN", "RUS"]), sectors="pharma")
    >>> shock.productivity_cell.size
    2
    """
    where = _listed(sectors, world.sectors)
    shock = Shock.neutral(world, label="science ties")
    for code, hat in table["productivity"].items():
        shock = shock.then(
            Shock.productivity(world, hat=float(hat), country=str(code), sector=where)
        )
    return shock


def _per_year(
    years: Iterable[int], rows: list[int], columns: list[int]
) -> tuple[Float[Array, " m"], Float[Array, " m"]]:
    papers = load_papers()
    at = [papers.year(int(y)) for y in years]
    joint = papers.joint[at].sum(axis=0)[rows] / len(at)
    return joint[:, columns].sum(axis=1), joint.sum(axis=1)


def _elasticity(spillover: str | float) -> float:
    if isinstance(spillover, str):
        if spillover not in SPILLOVERS:
            raise DataError(unknown("spillover", spillover, SPILLOVERS))
        return SPILLOVERS[spillover].value
    if not 0 <= spillover < np.inf:
        raise DataError(f"a spillover elasticity is a number >= 0, got {spillover!r}")
    return float(spillover)


def _listed(sectors: str | Iterable[str] | None, known: tuple[str, ...]) -> list[str]:
    return list(known) if sectors is None else chosen("sector", sectors, known)
