"""Everything this room says of one club: tables, plain facts, and two sentences.

May import ``hansa.errors``, ``hansa.world``, ``hansa.shock`` and its siblings. What a report shows;
facts carry no judgement, the two sentences say what supports a claim and what speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hansa.capability.complementarity import complementarity, complementarity_trend
from hansa.capability.complexity import complexity, complexity_trend, density, rca
from hansa.capability.coverage import Coverage, coverage
from hansa.capability.criticality import Criticality, critical_at
from hansa.capability.exports import YEARS, Year, load_exports
from hansa.capability.suppliers import DIVERTIBLE, best_suppliers
from hansa.equilibrium import Horizon, linearise, solve
from hansa.shock import Shock
from hansa.world.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Summary", "summarise"]

#: A chapter counts as replaced from this share of the loss on, and as not replaced below the other.
REPLACED, MISSING = 0.8, 0.5


@dataclass(frozen=True, eq=False)
class Summary:
    """What a club's members lost, what they can replace, and what not. Make with `summarise`.

    Attributes
    ----------
    world : World
    coverage : Coverage
    criticality : tuple of Criticality
        Of each member that lost anything: imports from its senders.
    costs : (N, N) array or None
        Cost of transport by destination and origin, a fraction of the price, for suppliers.
    """

    world: World
    coverage: Coverage
    criticality: tuple[Criticality, ...]
    costs: Float[np.ndarray, "n n"] | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The club."""
        return self.coverage.members

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name, tidy, with unit and source in ``attrs``.

        Returns
        -------
        dict of str to DataFrame
            ``lost_sectors``, ``lost_chapters``, ``lost_fields`` and ``criticality`` (one row per
            member and item); ``coverage_fields``, ``coverage_chapters``, ``coverage_members``,
            ``coverage_curve``, ``outsiders``; ``suppliers`` (of the most lost chapters of the
            member that lost most); ``product_space``, ``complexity``, ``complementarity``.
        """
        club = self.coverage
        first = max(club.losses, key=lambda x: x.total)
        return {
            "lost_sectors": _stacked({x.target: x.sectors() for x in club.losses}),
            "lost_chapters": _stacked({x.target: x.by_chapter() for x in club.losses}),
            "lost_fields": _stacked({x.target: x.by_field() for x in club.losses}),
            "criticality": _stacked({c.target: c.to_frame() for c in self.criticality}),
            "coverage_fields": _flat(club.by_field()),
            "coverage_chapters": _flat(club.by_chapter()),
            "coverage_members": _flat(club.by_member()),
            "coverage_curve": _flat(club.curve()),
            "outsiders": _flat(club.outsiders()),
            "suppliers": best_suppliers(
                first, year=club.year, divertible=club.divertible, costs=self.costs
            ),
            "product_space": self.product_space(),
            "complexity": self.complexity(),
            "complementarity": self.complementarity(),
        }

    def product_space(self) -> pd.DataFrame:
        """Return, for each member and chapter, how complex and how near it is, and what was lost.

        Returns
        -------
        DataFrame
            ``member``, ``chapter``, ``name``, ``pci``, ``density``, ``rca``, ``exports_musd``,
            ``lost_musd``.
        """
        import pandas as pd

        table, club = load_exports(), self.coverage
        near, has = density(club.year), rca(club.year)
        frames = [
            pd.DataFrame(
                {
                    "member": code,
                    "chapter": club.chapters,
                    "name": [table.names[c] for c in club.chapters],
                    "pci": complexity(club.year).pci,
                    "density": near.sel(country=code).values,
                    "rca": has.sel(country=code).values,
                    "exports_musd": club.exports[m],
                    "lost_musd": club.need[m],
                }
            )
            for m, code in enumerate(club.members)
            if code in table.economies
        ]
        result = pd.concat(frames, ignore_index=True)
        result.attrs = club.by_chapter().attrs
        return result

    def complexity(self) -> pd.DataFrame:
        """Return ECI and rank of the members by year."""
        trend = complexity_trend()
        return trend[trend["country"].isin(self.members)].reset_index(drop=True)

    def complementarity(self) -> pd.DataFrame:
        """Return the complementarity of members' pairs without fuels, and its trend."""
        index = complementarity(self.world, leave_out=("fuels",))
        return complementarity_trend(index, list(self.members))

    def facts(self) -> dict[str, Any]:
        """Return numbers and names for sentences; money in million USD, shares 0 to 1.

        Returns
        -------
        dict
            ``members``, ``lost_musd``, ``from_senders_musd``; ``share``, ``able``, ``ceiling`` and
            ``divertible``; ``by_member`` (lost_musd, sender_share, share); ``by_field`` (name,
            grip, lost_musd, share, ceiling); ``cannot`` and ``can``: lists of (chapter, name,
            lost_musd, share, missing_musd), largest first; ``critical``: by member the sector whose
            shortage costs most and dollars of welfare per dollar; ``dearest``: by member the
            sector, its rise of price, and if senders shut; ``eci``: by member (year, eci, rank) of
            the first and the last year; ``pairs``: complementarity of members' pairs, with trend.
        """
        club = self.coverage
        fields = club.by_field()
        columns = ["name", "grip", "lost_musd", "share", "able", "ceiling"]
        return {
            "members": list(club.members),
            "lost_musd": float(club.need.sum()),
            "from_senders_musd": float(sum(x.from_senders.sum() for x in club.losses)),
            "share": club.total(),
            "able": club.total(able=True),
            "ceiling": club.total(1.0),
            "divertible": club.divertible,
            "year": club.year,
            "by_member": _indexed(club.by_member()),
            "by_field": _indexed(fields.drop(index="all")[columns]),
            "cannot": self._chapters(replaced=False),
            "can": self._chapters(replaced=True),
            "critical": {c.target: _worst(c) for c in self.criticality},
            "dearest": {x.target: _dearest(x.sectors()) for x in club.losses},
            "eci": self._eci(),
            "pairs": _records(self.complementarity()),
        }

    def sentences(self) -> tuple[str, str]:
        """Return what supports the claim that members can use one another, and what speaks
        against it."""
        f = self.facts()
        fields = sorted(f["by_field"].values(), key=lambda row: row["share"])
        best, worst = fields[-1], fields[0]
        can, cannot = (_listed(f[key][:3]) for key in ("can", "cannot"))
        supports = (
            f"Were each member to turn {_percent(f['divertible'])} of its exports to the others, "
            f"they could match up to {_percent(f['share'])} of the goods they no longer get from "
            f"senders; the best covered field is {best['name'].lower()} "
            f"({_percent(best['share'])}), and of {can} they could match {_percent(REPLACED)} or "
            "more."
        )
        against = (
            f"Even with all exports turned they would match at most {_percent(f['ceiling'])}, and "
            f"with {_percent(f['divertible'])} of exports, {_percent(f['able'])} where only "
            "members with a comparative advantage supply; more than half would then be missing "
            f"of {cannot}, and in the least covered field, {worst['name'].lower()}, the ceiling "
            f"is {_percent(worst['ceiling'])}."
        )
        return supports, against

    def _chapters(self, replaced: bool, top: int = 10) -> list[dict[str, Any]]:
        table = self.coverage.by_chapter().reset_index()
        table = table[table["lost_musd"] > 0]
        rows = (
            table[table["share"] >= REPLACED].sort_values("lost_musd", ascending=False)
            if replaced
            else table[table["share"] < MISSING]
        )
        columns = ["chapter", "name", "lost_musd", "share", "ceiling", "missing_musd"]
        return _records(rows.head(top)[columns])

    def _eci(self) -> dict[str, list[tuple[int, float, int]]]:
        trend = self.complexity()
        ends = trend[trend["year"].isin((YEARS[0], YEARS[-1]))]
        found: dict[str, list[tuple[int, float, int]]] = {}
        for row in _records(ends):
            found.setdefault(row["country"], []).append((row["year"], row["eci"], row["rank"]))
        return found


def summarise(
    world: World,
    regime: Shock,
    members: Iterable[str],
    *,
    before: Shock | None = None,
    year: Year = 2019,
    divertible: float = DIVERTIBLE,
    horizon: str | Horizon = "medium",
    costs: Float[np.ndarray, "n n"] | None = None,
) -> Summary:
    """Return everything this room says of one club.

    Parameters
    ----------
    world, regime, members, before, year, divertible
        As in `coverage`.
    horizon : {"short", "medium", "long"} or Horizon
        Of the derivatives in `criticality`; losses are those of the long run.
    costs : (N, N) array, optional
        Cost of transport by destination and origin, a fraction of the price, shown beside
        suppliers; a corridor's, for example.

    Returns
    -------
    Summary

    Raises
    ------
    DataError, ConvergenceError
        As `coverage` and `criticality`.

    Examples
    --------
    >>> import hansa as hs
    >>> world = hs.load_world()
    >>> regime = hs.sanctions(world, on="2024-02-19")
    >>> facts = hs.capability.summarise(world, regime, ["IRN", "BLR", "RUS"]).facts()
    >>> facts["cannot"][0]["name"]
    'Industrial Machinery'
    """
    club = coverage(world, regime, members, before=before, year=year, divertible=divertible)
    result = solve(world, horizon=horizon)
    here = linearise(result)
    critical = tuple(critical_at(here, result, x.target, x.senders) for x in club.losses)
    return Summary(world, club, critical, costs)


def _stacked(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return frames of several members as one, with a column for the member."""
    import pandas as pd

    result = pd.concat(frames, names=["member"]).reset_index()
    result.attrs = next(iter(frames.values())).attrs
    return result


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    result = frame.reset_index()
    result.attrs = frame.attrs
    return result


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NARROW NO-BREAK SPACE}%"


def _listed(rows: list[dict[str, Any]]) -> str:
    names = [row["name"].lower() for row in rows]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no chapter"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as dictionaries of plain Python values."""
    columns = [frame[name].tolist() for name in frame.columns]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _indexed(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return dict(zip(frame.index.astype(str), _records(frame), strict=True))


def _worst(critical: Criticality) -> dict[str, Any]:
    row = _records(critical.to_frame().head(1).reset_index())[0]
    kept = ("sector", "name", "welfare_per_shortage", "welfare_per_dollar", "hit_most")
    return {name: row[name] for name in kept}


def _dearest(sectors: pd.DataFrame) -> dict[str, Any]:
    row = _records(sectors.nlargest(1, "price").reset_index())[0]
    shut = row["price_if_shut"]
    return {
        **{name: row[name] for name in ("sector", "name", "price")},
        "price_if_shut": shut if np.isfinite(shut) else None,
    }
