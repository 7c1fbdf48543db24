"""The chapters on what members can do for one another and how they stand: tables and facts.

May import every room to the left. The rooms say what is in a chapter and which sentence supports
the claim; here the chapter gets the study's sanctions, and its tables get names for the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from hansa.affinity import layout
from hansa.affinity.chapters import (
    Chapter,
    friends_chapter,
    reliability_chapter,
    science_chapter,
    votes_chapter,
)
from hansa.affinity.layout import Heatmap, Network
from hansa.affinity.reliability import traders
from hansa.affinity.science import load_papers
from hansa.affinity.votes import ideal_points
from hansa.capability import Summary, summarise
from hansa.capability.exports import load_exports
from hansa.corridor.network import load_network
from hansa.corridor.scenario import Scenario
from hansa.corridor.trade_costs import route_costs
from hansa.equilibrium import Exposure, exposure
from hansa.errors import DataError, StudyError, unknown
from hansa.shock import Shock
from hansa.study.schema import Study
from hansa.study.tables import known
from hansa.world.world import World

Array = np.ndarray
Tick = Callable[[int], None]
#: Equilibria that a chapter takes about as long as, for the progress bar.
STEPS = 30
#: Countries beside the members in the heatmap: those whose growth moves the members most.
BESIDE = 22


@dataclass(frozen=True, eq=False)
class Chapters:
    """The chapters of a study.

    Attributes
    ----------
    tables : dict of DataFrame
        Named ``chapter_table``; one row per member where a room has one table a member.
    facts : dict
        By chapter: ``title``, ``supports`` and ``against`` (says, unit, values), ``notes``, and
        for each table its unit and source.
    """

    tables: dict[str, pd.DataFrame]
    facts: dict[str, Any]


def steps_of_chapters(study: Study) -> int:
    """Return about how many equilibria the chapters take as long as."""
    return STEPS * len(study.chapters)


def check_chapters(study: Study, world: World) -> None:
    """Raise StudyError, before anything is solved, if a chapter has no data on a candidate."""
    for chapter in study.chapters:
        held = _covered(chapter, world)
        for code in study.players:
            if code not in held:
                message = unknown("country", code, held)
                raise StudyError(
                    f"{study.name}, chapters: {chapter} has no data on it: {message}; leave the "
                    "chapter out"
                )


def solve_chapters(
    world: World, study: Study, regime: Shock, lifted: Shock, tick: Tick
) -> Chapters:
    """Return the chapters that a study asks for.

    Parameters
    ----------
    world : World
    study : Study
    regime, lifted : Shock
        The sanctions of the date, and the removal of all: what was lost and how friends changed
        is measured between the two.
    tick : callable
        Called with steps done.

    Returns
    -------
    Chapters

    Raises
    ------
    DataError, ConvergenceError
        As the rooms' own functions.
    """
    asked, members = study.chapters, study.players
    tables: dict[str, pd.DataFrame] = {}
    facts: dict[str, Any] = {}

    def keep(name: str, held: dict[str, pd.DataFrame], said: dict[str, Any]) -> None:
        tables.update({f"{name}_{key}": frame for key, frame in held.items()})
        about = {f"{name}_{key}": _about(frame) for key, frame in held.items()}
        facts[name] = said | {"tables": about}
        tick(STEPS)

    if "capability" in asked:
        costs = _transport(world, study)
        summary = summarise(world, regime, members, before=lifted, costs=costs)
        keep("capability", summary.tables(), _capability_facts(summary))
    before = after = None
    if {"friends", "votes"} & set(asked):
        before, after = (
            exposure(world, shock, deficits=study.deficits, horizon=study.horizon)
            for shock in (lifted, regime)
        )
    if "friends" in asked and before is not None and after is not None:
        chapter = friends_chapter(world, before, after, members)
        keep("friends", _friends_tables(chapter, after, members), _facts(chapter))
    if "votes" in asked:
        chapter = votes_chapter(members, after)
        keep("votes", _tables(chapter), _facts(chapter))
    if "science" in asked:
        chapter = science_chapter(members)
        keep("science", _tables(chapter), _facts(chapter))
    if "reliability" in asked:
        chapter = reliability_chapter(members)
        keep("reliability", stacked(chapter.tables), _facts(chapter))
    return Chapters(tables, {name: facts[name] for name in asked})


def stacked(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return tables whose names end in a member or a year as one table each.

    ``event_IRN_2012`` and its like become ``event``, with columns ``member`` and ``event``.

    Parameters
    ----------
    tables : dict of DataFrame

    Returns
    -------
    dict of DataFrame
        With the index as columns.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for name, table in tables.items():
        flat = table.reset_index() if table.index.name or table.index.nlevels > 1 else table.copy()
        words = name.split("_")
        own = [w for w in words if not re.fullmatch(r"[A-Z]{3}|\d{4}", w)]
        for word in reversed(words):
            if re.fullmatch(r"[A-Z]{3}", word):
                flat.insert(0, "member", word)
            elif re.fullmatch(r"\d{4}", word):
                flat.insert(0, "event", int(word))
        flat.attrs = table.attrs
        parts.setdefault("_".join(own), []).append(flat)
    result = {}
    for name, frames in parts.items():
        result[name] = pd.concat(frames, ignore_index=True)
        result[name].attrs = frames[0].attrs
    return result


def _tables(chapter: Chapter) -> dict[str, pd.DataFrame]:
    """Return a chapter's tables, and its figures' data as tables."""
    drawn = {k: v for k, v in chapter.figures.items() if isinstance(v, pd.DataFrame)}
    return stacked(chapter.tables | drawn)


def _friends_tables(
    chapter: Chapter, after: Exposure, members: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    club = chapter.tables["club"]
    others = club[~club["member"].astype(bool)]["dollars"].abs().nlargest(BESIDE).index
    codes = after.welfare.coords["country"].values
    welfare = pd.DataFrame(after.welfare.values, codes, codes)
    shown = layout.heatmap(welfare, [*members, *map(str, others)])
    net = chapter.figures["network"]
    assert isinstance(net, Network)
    attrs: dict[Any, Any] = {k: after.welfare.attrs[k] for k in ("unit", "source")}
    nodes, links = net.nodes.reset_index(), net.links.copy()
    for frame in (nodes, links):
        frame.attrs = attrs
    drawn = {"heatmap": _long(shown, attrs), "nodes": nodes, "links": links}
    return stacked(chapter.tables) | drawn


def _long(shown: Heatmap, attrs: dict[Any, Any]) -> pd.DataFrame:
    """Return a heatmap as rows of pairs, in its order."""
    n = len(shown.codes)
    table = pd.DataFrame(
        {
            "country": np.repeat(shown.codes, n),
            "source": np.tile(shown.codes, n),
            "value": shown.values.ravel(),
            "shade": shown.shade.ravel(),
            "cluster": np.repeat(shown.cluster, n),
        }
    )
    table.attrs = attrs
    return table[table["country"] != table["source"]]


def _facts(chapter: Chapter) -> dict[str, Any]:
    def said(fact: Any) -> dict[str, Any]:
        values = {k: known(v) for k, v in fact.values.items()}
        return {"says": fact.says, "unit": fact.unit, "values": values}

    return {
        "title": chapter.title,
        "supports": said(chapter.supports),
        "against": said(chapter.against),
        "notes": list(chapter.notes),
    }


def _capability_facts(summary: Summary) -> dict[str, Any]:
    facts = summary.facts()
    supports, against = summary.sentences()
    unit = "shares of the value of goods no longer bought from senders"
    shares = {k: facts[k] for k in ("share", "able", "ceiling", "divertible")}
    return {
        "title": "Capability",
        "supports": {"says": supports, "unit": unit, "values": shares},
        "against": {"says": against, "unit": unit, "values": shares},
        "lost_musd": facts["lost_musd"],
        "year": facts["year"],
        "critical": facts["critical"],
        "notes": [
            "Losses are modelled: what members would buy from senders without sanctions, less "
            "what they buy under them. Exports by chapter are observed (BACI), of "
            f"{facts['year']}.",
            "Chapters are broad: that a country exports machinery does not say it makes the "
            "machine that is missing. Fields of a little grip are a small part of their chapters.",
        ],
    }


def _about(frame: pd.DataFrame) -> dict[str, str]:
    return {k: str(frame.attrs[k]) for k in ("unit", "source", "evidence") if k in frame.attrs}


def _transport(world: World, study: Study) -> Float[Array, "n n"] | None:
    """Return the cost of transport between all pairs; None where the network lacks a country."""
    try:
        network = load_network()
        costs = route_costs(world, Scenario(study.regime.on, "calm", "central"), network)
    except DataError:
        return None
    return np.asarray(costs.ad_valorem.mean(2))


def _covered(chapter: str, world: World) -> Iterable[str]:
    """Return the countries on which a chapter has data."""
    if chapter == "capability":
        return load_exports().economies
    if chapter == "friends":
        return world.countries
    if chapter == "votes":
        return sorted(set(ideal_points()["country"]))
    if chapter == "science":
        return load_papers().countries
    return traders()
