"""The report: from a finished study to one HTML page and its figures.

May import ``hansa.policy``, ``hansa.study``, ``hansa.world`` and its siblings. It computes nothing:
numbers come from the study's tables and facts, words from `sentences`, pictures from `charts` and
`worldmap`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from hansa.policy import ave_table, load_effects
from hansa.policy.ave import reference_theta
from hansa.report import (
    coalition_bands,
    coalition_words,
    corridor_words,
    horizon_words,
    sentences,
)
from hansa.report.chapter_page import chapter_context
from hansa.report.coalition_page import answer_context, coalition_context
from hansa.report.corridor_page import corridor_context
from hansa.report.evidence import believe, evidence_number, evidence_skill, write_evidence
from hansa.report.figures import Figures, own_role, study_figures
from hansa.report.numbers import (
    counted,
    digits,
    listed,
    loss_money,
    loss_percent,
    money,
    percent,
    signed,
)
from hansa.report.routemap import route_map_css
from hansa.report.rows import records
from hansa.report.uncertain import tornado_figures, uncertainty_context
from hansa.report.worldmap import has_shape, map_css, map_legend, world_map
from hansa.study import StudyResult

MAP_UNIT = "% of real income, against a world without them"
BANDS = ("wins_back", "cost_of_sanctions", "gain_from_club")


def write_report(result: StudyResult) -> Path:
    """Write ``report.html``, ``evidence.html`` and ``figures/*.svg`` of a finished study.

    Parameters
    ----------
    result : StudyResult

    Returns
    -------
    Path
        The report: one file that opens without a server or network.
    """
    folder = result.folder / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    figures = replace(study_figures(result), tornadoes=tuple(tornado_figures(result)))
    for figure in figures.all():
        figure.save(folder)
    (folder / "map.svg").write_text(_map(result, standalone=True), encoding="utf-8")
    environment, effects = report_environment(), result.study.regime.effects
    page = environment.get_template("report.html.j2").render(
        **_context(result, figures), evidence=believe(effects)
    )
    path = result.folder / "report.html"
    path.write_text(page, encoding="utf-8")
    write_evidence(
        result.folder, environment, study=result.study.name, world=result.world, effects=effects
    )
    return path


def report_environment() -> jinja2.Environment:
    """Return the templates of the pages, with their filters, colours and script."""
    assets = resources.files("hansa.report") / "assets"

    def load(name: str) -> str:
        return (assets / name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "money": money,
        "percent": percent,
        "digits": digits,
        "day": sentences.day,
        "number": evidence_number,
        "skill": evidence_skill,
        "exp": math.exp,
        "loss_money": loss_money,
        "loss_percent": loss_percent,
        "gain_money": lambda v: money(v) if v is None else signed(money(v), v),
        "gain_percent": lambda v: percent(v) if v is None else signed(percent(v), v),
    }
    environment.globals |= {
        "css": Markup(load("report.css") + map_css() + route_map_css()),
        "js": Markup(load("report.js")),
    }
    return environment


def country_names(result: StudyResult) -> dict[str, str]:
    """Return the short name of every economy of the study's world."""
    return {c: result.world.country_name(c) for c in result.world.countries}


def _map(result: StudyResult, standalone: bool) -> str:
    damage = result.tables["damage"]
    damage = damage[damage["strength"] == result.study.regime.strength]
    facts = result.facts
    aggregates = facts["world"]["aggregates"]
    values = dict(zip(damage["country"], damage["total_pct"], strict=True))
    # A world of the user's own may hold economies without a shape, such as a rest of the world.
    drawn = {c: v for c, v in values.items() if c in aggregates or has_shape(str(c))}
    return world_map(
        drawn,
        title=f"Cost of the sanctions in force on {sentences.day(facts['study']['on'])}",
        unit=MAP_UNIT,
        source=_source(result),
        names=country_names(result),
        aggregates=aggregates,
        marked={c for c in result.study.subjects if c in drawn},
        standalone=standalone,
    )


def _source(result: StudyResult) -> str:
    world = result.facts["world"]
    return f"Modelled: equilibrium of {world['name']} ({world['year']} trade and accounts)"


def _context(result: StudyResult, figures: Figures) -> dict[str, Any]:
    """Return what the template needs: what every study has, then club and coalition."""
    names = country_names(result)
    context = _common_context(result, figures, names)
    if result.study.club is not None:
        context |= _club_context(result, names)
    context["uncertain"] = uncertainty_context(result, figures, names)
    if result.study.coalition is not None:
        context["coalition"] = coalition_context(result)
    if result.study.club is None:
        context["sentences"] = _sentences_without_club(result)
    context["chapters"] = chapter_context(result, names)
    if result.study.corridor is not None:
        context["corridor"] = corridor_context(result)
        head = {k: getattr(corridor_words, k)(result.facts) for k in ("headline", "deck")}
        context["sentences"] = context["sentences"] | head
    return context


def _common_context(
    result: StudyResult, figures: Figures, names: Mapping[str, str]
) -> dict[str, Any]:
    facts, tables = dict(result.facts), result.tables
    if "coalition" in facts:
        held = facts["coalition"]
        named = listed([held["names"][t] for t in held["targets"]])
        facts["coalition"] = {**held, "targets_named": named}
    return {
        "facts": facts,
        "names": names,
        "club": result.study.club is not None,
        "coalition": None,
        "corridor": None,
        "own_role": own_role(result),
        "outlined": "candidates of the club" if result.study.club is not None else "targets",
        "map": Markup(_map(result, standalone=False) + map_legend(MAP_UNIT)),
        "figures": {f.key: Markup(f.inline()) for f in figures.all()},
        "sources": {f.key: f.source for f in figures.all()},
        "titles": {f.key: f.title for f in figures.all()},
        "damage": _damage_rows(result),
        "residuals": tables["residuals"].to_dict("records"),
        "classes": _class_rows(result),
        "reference_theta": reference_theta(),
        "theta": _theta_rows(result),
        "table_names": sorted(tables),
        "proxies": _proxy_rows(facts, names),
        "source": _source(result),
        "senders": listed([names[c] for c in facts["shock"]["senders"]], 40),
        "counted": counted,
        "called": lambda codes: listed([names[c] for c in codes], 20),
    }


def _club_context(result: StudyResult, names: Mapping[str, str]) -> dict[str, Any]:
    facts, tables = result.facts, result.tables
    members = tables["members"]
    central = records(members[members["variant"] == "central"])
    clubs = records(tables["clubs"][tables["clubs"]["variant"] == "central"])
    return {
        "sentences": _sentences(facts, central, clubs, names),
        "band": {q: sentences.band(facts, q) for q in BANDS},
        "members": central,
        "variants": _variant_rows(result),
        "win_back": _win_back_rows(result, central),
        "transfers": tables["transfers"].to_dict("records"),
        "horizons": list(facts["horizons"].values()),
        "path": _path_rows(tables["paths"]),
        "trade": _trade_rows(tables["trade"], names),
        "spillovers": _spillover_rows(tables["spillovers"], names),
        "answer": answer_context(result, names),
        "all_but": lambda club: _all_but(club.split("+"), facts["study"]["candidates"], names),
    }


def _sentences_without_club(result: StudyResult) -> dict[str, str]:
    """Return the sentences of the frame of the page for a study without a club."""
    facts, residuals = result.facts, records(result.tables["residuals"])
    common = {
        "elsewhere": sentences.elsewhere(facts),
        "draws": sentences.draws(facts) if "bands" in facts["headline"] else "",
    }
    if result.study.coalition is None:
        return common | {
            "since": corridor_words.since(facts),
            "failures": corridor_words.failures(residuals),
            "assumed": horizon_words.assumed(facts["corridor"]["horizon"]),
        }
    return common | {
        "headline": coalition_words.headline(facts),
        "deck": f"{coalition_words.deck(facts)} {coalition_bands.share_in(facts)}".rstrip(),
        "since": coalition_words.since(facts),
        "failures": coalition_words.failures(facts, residuals),
        "assumed": horizon_words.assumed(facts["coalition"]["horizon"]),
    }


def _all_but(club: list[str], candidates: list[str], names: Mapping[str, str]) -> str:
    """Return a club in words: all, all but some, or its members."""
    out = [c for c in candidates if c not in club]
    if not out:
        return "all"
    if len(out) < len(club):
        return f"all but {listed([names[c] for c in out])}"
    return listed([names[c] for c in club])


def _sentences(
    facts: Mapping[str, Any],
    central: list[dict[str, Any]],
    clubs: list[dict[str, Any]],
    names: Mapping[str, str],
) -> dict[str, str]:
    return {
        "headline": sentences.headline(facts),
        "deck": f"{sentences.deck(facts)} {coalition_bands.beside_a_club(facts)}".rstrip(),
        "hypothesis": sentences.hypothesis(facts),
        "stability": sentences.stability(facts, names),
        "core": sentences.core(facts),
        "leaver": sentences.leaver(central, names, facts["stability"]["full"]["internal"]),
        "since": sentences.since(facts),
        "elsewhere": sentences.elsewhere(facts),
        "uneven": sentences.uneven(central, names),
        "pair": sentences.pair(clubs, names),
        "extremes": sentences.extremes(central, names),
        "equalising": sentences.equalising(facts),
        "answer": sentences.answer(facts, names),
        "gain_ends": sentences.gain_ends(facts, names),
        "failures": sentences.failures(facts),
        "draws": sentences.draws(facts) if "bands" in facts["headline"] else "",
        "later": horizon_words.short_and_long(facts),
        "assumed": horizon_words.assumed(facts["horizons"][facts["study"]["horizon"]]),
    }


def _damage_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return one row per economy, the largest relative loss first, with its range."""
    damage = result.tables["damage"]
    wide = damage.pivot(index="country", columns="strength", values="total_pct")
    rows = damage[damage["strength"] == result.study.regime.strength].set_index("country")
    rows = rows.join(wide[["low", "high"]]).sort_values("total_pct").reset_index()
    return records(rows)


def _variant_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return what each size of the measures wins back, smallest first."""
    sizes = result.facts["study"]["variants"]
    h = result.facts["headline"]
    rows = [
        {
            "name": name, "nontariff_pct": size,
            "gain_musd": h["joint_gain_by_variant_musd"][name],
            "wins_back_pct": h["wins_back_by_variant_pct"][name],
        }
        for name, size in sizes.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: abs(r["nontariff_pct"]))


def _win_back_rows(result: StudyResult, central: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bands = result.tables.get("bands")
    rows = []
    for member in central:
        row = dict(member)
        row["low"] = row["high"] = None
        if bands is not None:
            own = bands[
                (bands["country"] == member["country"]) & (bands["quantity"] == "wins_back")
            ]
            if len(own):
                row["low"], row["high"] = float(own["low"].iloc[0]), float(own["high"].iloc[0])
        rows.append(row)
    return rows


def _path_rows(paths: pd.DataFrame) -> list[dict[str, Any]]:
    return records(paths[paths["criterion"] == "own"])


def _trade_rows(trade: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each candidate's trade with members, senders and others, and its change."""
    total = trade.assign(trade=trade["exports_musd"] + trade["imports_musd"])
    wide = total.pivot(index="country", columns=["state", "partner"], values="trade")
    rows = []
    for country in dict.fromkeys(trade["country"]):
        row: dict[str, Any] = {"name": names[country]}
        for partner in ("members", "senders", "others"):
            before, after = (float(wide.loc[country, (s, partner)]) for s in ("regime", "club"))
            row[partner] = before
            row[f"{partner}_change"] = 100 * (after / before - 1) if before > 0 else None
        rows.append(row)
    return rows


def _spillover_rows(table: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the outsiders that lose and gain most from the club of all, and the senders' sum."""
    out = table[table["role"] != "member"].sort_values("ev_musd")
    rows: list[dict[str, Any]] = [
        {"name": names[str(c)], "ev_musd": float(v), "percent": float(p)}
        for c, v, p in zip(out["country"], out["ev_musd"], out["welfare_percent"], strict=True)
    ]
    return {
        "losers": [r for r in rows[:5] if r["ev_musd"] < 0],
        "winners": [r for r in rows[::-1][:5] if r["ev_musd"] > 0],
        "senders": float(table.loc[table["role"] == "sender", "ev_musd"].sum()),
        "outside": float(out["ev_musd"].sum()),
    }


def _class_rows(result: StudyResult) -> list[dict[str, Any]]:
    """Return the strength classes with the costs that the study used, in its evidence."""
    costs = load_effects(result.study.regime.effects).table()[["low", "central", "high", "how"]]
    costs["how"] = costs["how"].replace("data/ave.yaml", "literature")
    known = ave_table()[["meaning", "sources"]]
    return records(costs.join(known).reset_index())


def _theta_rows(result: StudyResult) -> list[dict[str, Any]]:
    world = result.world
    return [
        {"name": world.sector_name(s), "theta": float(t), "se": float(e)}
        for s, t, e in zip(
            world.sectors, world.trade_elasticity, world.trade_elasticity_se, strict=True
        )
    ]


def _proxy_rows(facts: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return, for each candidate, whose production structure stands in for its own."""
    rows = []
    for code in facts["study"]["subjects"]:
        mix = facts["world"]["proxies"].get(code)
        if mix:
            weights = sorted(mix.items(), key=lambda kv: -kv[1])
            text = ", ".join(f"{names.get(c, c)} {100 * w:.0f} %" for c, w in weights)
        else:
            text = "its own table"
        share = percent(facts["world"]["modelled_trade_pct"][code])
        rows.append({"name": names[code], "mix": text, "modelled": share})
    return rows
