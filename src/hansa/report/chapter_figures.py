"""Figures of the chapters on capability, friends, votes, science and reliability.

May import ``hansa.study`` and its siblings. Which rows go into which chart; one message a figure.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from hansa.report.charts import Row, ranked
from hansa.report.lines import Axis, Line, Panel, Ratio, panels, ratios
from hansa.report.numbers import digits, percent, signed
from hansa.report.rows import records
from hansa.report.squares import Nested, Node, Square, matrix, nested, network
from hansa.report.svg import Figure
from hansa.study import StudyResult

#: Members shown in panels: those with most trade, or most links, first.
PANELS = 8
#: Years after which sanctions widened, marked in panels.
EVENTS = (2012, 2014, 2018, 2022)


def chapter_figures(result: StudyResult) -> list[Figure]:
    """Return the figures of all chapters that a study has."""
    made: dict[str, Callable[[StudyResult], list[Figure]]] = {
        "capability": _capability,
        "friends": _friends,
        "votes": _votes,
        "science": _science,
        "reliability": _reliability,
    }
    asked = result.facts.get("chapters", {})
    return [figure for chapter in made if chapter in asked for figure in made[chapter](result)]


def source_of(result: StudyResult, table: str, lead: str = "") -> str:
    """Return the line under a figure: lead, then the source of a chapter's table."""
    chapter = table.split("_")[0]
    about = result.facts["chapters"][chapter]["tables"][table]
    kind = "Modelled" if about.get("evidence") == "modelled" or chapter == "friends" else "Derived"
    return f"{lead} {kind} from {about['source']}.".strip()


def _name(result: StudyResult, code: str) -> str:
    known = code in result.world.countries
    return result.world.country_name(code) if known else code


def _capability(result: StudyResult) -> list[Figure]:
    tables, facts = result.tables, result.facts["chapters"]["capability"]
    fields = tables["capability_coverage_fields"]
    fields = fields[fields["field"] != "all"].sort_values("share", ascending=False)
    rows = [
        Nested(r["name"], 100 * r["share"], 100 * r["ceiling"], percent(100 * r["share"]))
        for r in records(fields)
    ]
    turned = percent(100 * facts["supports"]["values"]["divertible"])
    lead = f"Dark: {turned} of members’ exports turned to one another; pale: all of them."
    source = source_of(result, "capability_coverage_fields", lead)
    missing = tables["capability_coverage_chapters"].nlargest(10, "missing_musd")
    gaps = [
        Row(
            str(r["name"]), -r["missing_musd"] / 1e3, digits(-r["missing_musd"] / 1e3),
        )
        for r in records(missing)
    ]  # fmt: skip
    trend = tables["capability_complexity"]
    order = list(dict.fromkeys(result.study.players))
    held = [
        Panel(_name(result, c), [_line(trend[trend["country"] == c], "year", "eci")])
        for c in order
        if (trend["country"] == c).any()
    ][:PANELS]
    return [
        nested("capability-fields", "What the club could match of what was lost", rows,
               "% of the lost goods, by field", source, 176.0),
        ranked("capability-missing", "What would still be missing", gaps, "bn USD a year",
               source_of(result, "capability_coverage_chapters",
                         f"With {turned} of exports turned."), label=176.0),
        panels("capability-complexity", "How complex members’ exports are", held,
               Axis("complexity (ECI), standard deviations from the mean of all economies",
                    events=EVENTS),
               source_of(result, "capability_complexity", "Dotted: 2012, 2014, 2018.")),
    ]  # fmt: skip


def _line(table: pd.DataFrame, x: str, y: str, name: str = "") -> Line:
    band = {"low", "high"} <= set(table.columns)
    return Line(
        name,
        list(zip(table[x].astype(float), table[y].astype(float), strict=True)),
        table["low"].tolist() if band else (),
        table["high"].tolist() if band else (),
    )


def _friends(result: StudyResult) -> list[Figure]:
    tables, members = result.tables, set(result.study.players)
    heat = tables["friends_heatmap"]
    order = list(dict.fromkeys(heat["country"]))
    cells = [
        Square(
            r["country"], r["source"], r["shade"],
            f"1 % more in {_name(result, r['source'])}: {_name(result, r['country'])} "
            f"{signed(percent(r['value']), r['value'])}",
        )
        for r in records(heat)
    ]  # fmt: skip
    club = tables["friends_club"]
    largest = club.loc[club["dollars"].abs().nlargest(12).index]
    largest = largest.sort_values("dollars", ascending=False)
    rows = [
        Row(str(r["name"]), r["dollars"], signed(digits(r["dollars"], 3), r["dollars"]))
        for r in records(largest)
    ]
    nodes = records(tables["friends_nodes"])
    most = max(n["size"] for n in nodes) or 1.0
    drawn = [
        Node(n["country"], n["x"], n["y"], n["size"] / most, _name(result, n["country"]))
        for n in nodes
    ]
    links = [(r["source"], r["target"]) for r in records(tables["friends_links"])]
    kinds = dict.fromkeys(members, "gain") | {
        c: "loss" for c in result.facts["shock"]["senders"] if c not in members
    }
    lead = "One per cent more productivity everywhere in a country, under the sanctions."
    return [
        ranked("friends-club", "Whose growth helps the members", rows,
               "m USD a year, members together", source_of(result, "friends_club", lead)),
        matrix("friends-heatmap", "Who helps and who hurts whom", order, cells, sorted(members),
               ("whose welfare", "whose growth"),
               source_of(result, "friends_heatmap",
                         "Shade: rank among all pairs; neighbours are alike; members bold.")),
        network("friends-network", "Strongest ties of all economies", drawn, links,
                {c: k for c, k in kinds.items() if c in {n.code for n in drawn}}, members,
                source_of(result, "friends_links",
                          "Blue: members; brown: senders; near: strongly tied.")),
    ]  # fmt: skip


def _votes(result: StudyResult) -> list[Figure]:
    tables = result.tables
    paths = tables["votes_paths"]
    held = [
        Panel(_name(result, c), [_line(paths[paths["country"] == c], "year", "point")])
        for c in result.study.players
        if (paths["country"] == c).any()
    ][:PANELS]
    last = records(paths[paths["country"] == "USA"].tail(1))[0]
    reference = f"{digits(last['point'])} in {last['year']:.0f}"
    blocs = tables["votes_cohesion"]
    both = [
        _line(blocs.assign(share=100 * blocs[column]), "year", "share", name)
        for column, name in (("within", "members with one another"), ("outside", "with all others"))
    ]
    return [
        panels("votes-cohesion", "How often members vote alike", [Panel("", both)],
               Axis("% of roll calls alike; an abstention counts half", zero=False),
               source_of(result, "votes_cohesion")),
        panels("votes-paths", "Where each member stands", held,
               Axis(f"ideal point; the United States: {reference}", events=EVENTS),
               source_of(result, "votes_paths",
                         "Band: 5 to 95 % of the posterior; dotted: 2012, 2014, 2018, 2022.")),
    ]  # fmt: skip


def _science(result: StudyResult) -> list[Figure]:
    shares = result.tables["science_shares"]
    shares = shares[shares["links"] >= 50]
    last = shares[shares["year"] == shares["year"].max()].sort_values("links", ascending=False)
    held = []
    for code in [str(c) for c in last["country"]][:6]:
        own = shares[shares["country"] == code]
        lines = [
            _line(own.assign(share=100 * own[column]), "year", "share", name)
            for column, name in (("club", "members"), ("senders", "senders"), ("China", "China"))
            if column in own
        ]
        held.append(Panel("All members" if code == "all" else _name(result, code), lines))
    first = str(result.study.players[0])
    ranks = result.tables["science_ranks"]
    latest = ranks[ranks["year"] == ranks["year"].max()].set_index("partner")["papers"]
    rows = [
        Row(_name(result, str(c)), float(v), digits(float(v), 3))
        for c, v in latest.sort_values(ascending=False).items()
    ]
    year = int(ranks["year"].max())
    return [
        panels("science-shares", "With whom members do science", held,
               Axis("% of links in science; at least 50 a year", events=EVENTS),
               source_of(result, "science_shares", "Dotted: 2012, 2014, 2018, 2022.")),
        ranked("science-partners", f"Papers of {_name(result, first)} with others, {year}", rows,
               "joint papers", source_of(result, "science_ranks",
                         "The other members, and five large countries.")),
    ]  # fmt: skip


def _reliability(result: StudyResult) -> list[Figure]:
    table = result.tables["reliability_partners"]
    weight = table.groupby("member")["expected"].sum().sort_values(ascending=False)
    figures = []
    for code in [str(c) for c in weight.index][:3]:
        own = table[(table["member"] == code) & table["ratio"].gt(0)].nlargest(12, "expected")
        rows = [
            Ratio(
                _name(result, str(r["partner"])), r["ratio"], r["low"], r["high"],
                f"{digits(r['ratio'])}×",
            )
            for r in records(own.sort_values("ratio", ascending=False))
        ]  # fmt: skip
        title = f"Who stayed with {_name(result, code)}, 2005 to 2015"
        lead = "Twelve largest partners; lines: 90 % range."
        source = source_of(result, "reliability_partners", lead)
        unit = "trade over what was expected"
        figures.append(ratios(f"reliability-{code.lower()}", title, rows, unit, source))
    return figures
