"""Sentences on a senders' coalition: right for harm and for gain, ties, and what is not known.

May import its siblings. Pure functions from facts and rows to plain text; no sentence takes a
side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hansa.report.numbers import UNKNOWN, counted, is_known, listed, money, percent
from hansa.report.sentences import day

Facts = Mapping[str, Any]
Row = Mapping[str, Any]

#: Closer than this many percentage points reads "about as".
NEAR = 3.0


#: Names that take an article in a sentence.
WITH_THE = ("European Union", "Netherlands", "Philippines", "United ")


def the(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    return f"the {name}" if name.startswith(WITH_THE) else name


def _first(text: str) -> str:
    """Return a sentence with its first letter large."""
    return text[:1].upper() + text[1:]


def headline(facts: Facts) -> str:
    """Return the answer in one sentence with its number."""
    c = facts["coalition"]
    who = counted(len(c["senders"]), "sender")
    target = _targets(c)
    harm, whole = c["harm_musd"], c["of_everyone_pct"]
    if harm is None:
        return f"What sanctions of {who} do to {target} is {UNKNOWN}: an equilibrium was not found"
    if harm <= 0:
        effect = "cost it nothing" if harm == 0 else f"leave it {money(-harm)} a year better off"
        return f"The sanctions of {who} on {target} {effect}"
    if whole is None:
        return f"The sanctions of {who} cost {target} {money(harm)} a year"
    if whole >= 100:
        verb = "does" if len(c["senders"]) == 1 else "do"
        return f"{who.capitalize()} alone {verb} {target} as much harm as all countries would"
    verb = "reaches" if len(c["senders"]) == 1 else "reach"
    return (
        f"{who.capitalize()} {verb} {percent(whole)} of the harm that the same sanctions by all "
        f"countries would do to {target}"
    )


def deck(facts: Facts) -> str:
    """Return what stands under the headline: harm, cost, who would add most."""
    c, study = facts["coalition"], facts["study"]
    parts = []
    if c["harm_musd"] is not None and c["harm_pct"] is not None:
        parts.append(
            f"The sanctions in force on {day(study['on'])} {_costs(c['harm_musd'], c['harm_pct'])} "
            f"{_targets(c)}, and {_own(c)}."
        )
    if c["of_embargo_pct"] is not None:
        parts.append(
            f"That is {percent(c['of_embargo_pct'])} of what an embargo by the same senders would "
            "do."
        )
    parts.append(_best(c["next"]))
    parts.append(f"All this is for the {study['horizon']} run, {c['horizon']['span']}.")
    return " ".join(p for p in parts if p)


def _targets(c: Facts) -> str:
    return listed([the(c["names"][t]) for t in c["targets"]])


def _costs(musd: float, share: float) -> str:
    verb = "cost" if musd >= 0 else "bring"
    return f"{verb} {money(abs(musd))} a year, {percent(abs(share))} of real income, to"


def _own(c: Facts) -> str:
    cost = c["cost_musd"]
    if cost is None:
        return "what they cost the senders is not known"
    if cost == 0:
        return "cost the senders nothing together"
    verb = "cost the senders" if cost > 0 else "bring the senders"
    return f"{verb} {money(abs(cost))}, {percent(abs(c['cost_pct_gdp']))} of their joint GDP"


def _best(found: Facts | None) -> str:
    """Return which economy would add most by joining."""
    if not found or not is_known(found["more_harm_pct"]):
        return ""
    if found["more_harm_musd"] <= 0:
        return "No economy that stands aside would add to the harm by joining."
    among = f"Of {counted(found['economies'], 'economy', 'economies')} that stand aside, "
    if found["unknown"]:
        among = "Of those economies that were solved, "
    own = found["own_cost_musd"]
    price = (
        f"at a cost to itself of {money(own)}"
        if own > 0
        else f"and would gain {money(-own)} by it" if own < 0 else "at no cost to itself"
    )  # fmt: skip
    return (
        f"{among}{the(found['name'])} would add most by joining: {percent(found['more_harm_pct'])} "
        f"more harm, {price}."
    )


def since(facts: Facts) -> str:
    """Return what changed since the baseline year alone does to the targets."""
    cost, year = facts["headline"]["joint_cost_since_musd"], facts["world"]["year"]
    if not is_known(cost):
        return ""
    if cost == 0:
        effect = "change nothing for them"
    else:
        effect = f"{'cost' if cost < 0 else 'give'} {_them(facts)} {money(abs(cost))} a year"
    return (
        f"The trade of {year}, on which the world is built, already carries the sanctions of that "
        f"year. What was added or lifted since then alone would {effect}."
    )


def _them(facts: Facts) -> str:
    return _targets(facts["coalition"])


def frontier(facts: Facts) -> str:
    """Return whether the senders' coalition is efficient, and what would dominate it."""
    c = facts["coalition"]
    e = c["efficient"]
    if e is None:
        return (
            "With so many players only the coalitions along the paths were solved, so whether the "
            "senders' is efficient is not known."
        )
    said = {
        "yes": "No other coalition of these players does as much harm for less.",
        "tie": "Whether another coalition of these players does as much harm for less is closer "
        "than the error of the solutions.",
        "unknown": "Whether another coalition does as much harm for less is not known, because "
        "some were not solved.",
        "no": "The senders' coalition is not on the efficient frontier of these players",
    }[e["actual"]]
    if e["actual"] == "no":
        if e["cheaper"]:
            who = listed([the(c["names"][p]) for p in e["cheaper"].split("+")], 12)
            said += (
                f": {who} would do {_fine(e['cheaper_harm_musd'])} of harm at a cost of "
                f"{_fine(e['cheaper_cost_musd'])} to themselves, against "
                f"{_fine(c['harm_musd'])} at {_fine(c['cost_musd'])}"
            )
        said += "."
    failed = (
        f" {counted(c['failed'], 'coalition')} failed and is left out."
        if (c["failed"] == 1)
        else f" {counted(c['failed'], 'coalition')} failed and are left out."
        if c["failed"]
        else ""
    )
    return said + failed


def _fine(musd: float) -> str:
    """Return money with a digit more: what is compared here lies close together."""
    return money(musd, 3)


def potential(facts: Facts) -> str:
    """Return which is larger: what deeper measures, or what more members would add."""
    c = facts["coalition"]
    harm, deep, wide = c["harm_musd"], c["embargo_musd"], c["everyone_musd"]
    if not all(is_known(v) for v in (harm, deep, wide)) or harm <= 0:
        return ""
    more_deep, more_wide = deep - harm, wide - harm
    text = (
        f"Deeper measures, up to an embargo by the same senders, would {_adds(more_deep)}; the "
        f"same measures by all countries would {_adds(more_wide)}."
    )
    if more_deep > 0 and more_wide > 0:
        if abs(more_deep - more_wide) <= 0.02 * max(more_deep, more_wide):
            return text + " Depth and breadth have about as much left."
        what = "depth" if more_deep > more_wide else "breadth"
        return text + f" More is left in {what}."
    return text


def _adds(more: float) -> str:
    if more == 0:
        return "add nothing"
    return f"{'add' if more > 0 else 'take away'} {money(abs(more))} a year"


def cases(facts: Facts) -> str:
    """Return how the share of the coalition moves with strength and horizon."""
    c = facts["coalition"]
    known = [x["of_everyone_pct"] for x in c["by_case"] if x["of_everyone_pct"] is not None]
    deep = [x["of_embargo_pct"] for x in c["by_case"] if x["of_embargo_pct"] is not None]
    if len(known) < 2 or len(deep) < 2:
        return ""
    return (
        "Over the strengths of sanctions and the horizons computed here the share of the harm by "
        f"all countries lies between {percent(min(known))} and {percent(max(known))}, that of the "
        f"embargo by the same senders between {percent(min(deep))} and {percent(max(deep))}."
    )


def burden(facts: Facts, members: Sequence[Row]) -> str:
    """Return who bears most and least of the cost, as a share of its GDP."""
    own = [m for m in members if m["part"] == "sender" and is_known(m["cost_pct_gdp"])]
    if not own:
        return "What each sender bears is not known."
    ranked = sorted(own, key=lambda m: -m["cost_pct_gdp"])
    first, last = ranked[0], ranked[-1]
    if first["cost_pct_gdp"] <= 0:
        return "No sender loses by the sanctions of them all."
    size = percent(first["cost_pct_gdp"])
    text = _first(f"{the(first['name'])} bears most for its size, {size} of its GDP")
    gainers = [m for m in ranked if m["cost_pct_gdp"] < 0]
    if gainers:
        gain = "gains" if len(gainers) == 1 else "gain"
        text += f"; {listed([the(m['name']) for m in gainers])} {gain} by the sanctions of them all"
    elif last is not first:
        text += f", {the(last['name'])} least, {percent(last['cost_pct_gdp'])}"
    total = sum(m["cost_musd"] for m in own if m["cost_musd"] > 0)
    heavy = max(own, key=lambda m: m["cost_musd"])
    return (
        f"{text}. In money {the(heavy['name'])} bears most: {money(heavy['cost_musd'])} a year, "
        f"{percent(100 * heavy['cost_musd'] / total)} of all losses among senders."
    )


def equalising(facts: Facts) -> str:
    """Return what equal burdens would be and the largest payment it takes."""
    e = facts["coalition"]["equal"]
    if not is_known(e["after_pct_gdp"]):
        return "Payments that would make all burdens equal were not found."
    share = e["after_pct_gdp"]
    verb = "lose" if share >= 0 else "gain"
    return (
        "With payments among the senders' states that make all relative losses equal, solved "
        f"inside the equilibrium, each would {verb} {percent(abs(share))} of GDP; the largest "
        f"payment is {money(e['largest_payment_musd'])} a year."
    )


def path(facts: Facts, rows: Sequence[Row]) -> str:
    """Return in which order members add most harm, and where that falls below a tenth."""
    own = [r for r in rows if r["criterion"] == "harm" and r["start"] == "(none)"]
    if not own or not is_known(own[-1]["harm_musd"]) or own[-1]["harm_musd"] <= 0:
        return ""
    names = facts["coalition"]["names"]
    whole = own[-1]["harm_musd"]
    few = next((k for k, r in enumerate(own, 1) if r["harm_musd"] >= 0.9 * whole), len(own))
    first = listed([the(names[r["joiner"]]) for r in own[:few]], 12)
    return (
        f"Where at each step the player joins that adds most harm, {first} together do nine tenths "
        f"of what all {counted(len(own), 'player')} would."
    )


# ---- the published study --------------------------------------------------------------------


def published(rows: Sequence[Row]) -> list[str]:
    """Return what agrees with the published study and what does not, each with a reason to see.

    Reasons are conditions computed here: who trades with the target, how deep the measures
    are, what a joiner copies.
    """
    both = [r for r in rows if is_known(r["published_of_global"])]
    if not both:
        return []
    out = [_of_global(r) for r in both] + [_of_embargo(r) for r in both]
    out += [_joiner(r) for r in both]
    return [s for s in (*out, _ranking(both)) if s]


def _of_global(row: Row) -> str:
    if not is_known(row["of_global_pct"]):
        return ""
    text = (
        f"{row['label']}: the coalition reaches {percent(row['of_global_pct'])} of the harm of a "
        f"global one here, {percent(row['published_of_global'], 3)} in the published study"
    )
    if abs(row["of_global_pct"] - row["published_of_global"]) <= NEAR:
        return f"{text}: about the same."
    return (
        f"{text}; in this world the senders have {percent(row['trade_with_senders_pct'])} of the "
        "target's foreign trade."
    )


def _of_embargo(row: Row) -> str:
    if not is_known(row["of_embargo_pct"]):
        return ""
    low, high = row["published_of_embargo_low"], row["published_of_embargo_high"]
    here = row["of_embargo_pct"]
    text = (
        f"{row['label']}: the measures do {percent(here)} of the harm of an embargo by the same "
        f"senders here, {percent(low)} to {percent(high)} in the published study"
    )
    if low - NEAR <= here <= high + NEAR:
        return f"{text}: about the same."
    if here > high:
        return (
            f"{text}. In this world the senders have {percent(row['trade_with_senders_pct'])} of "
            "the target's trade, so an embargo has less left to shut, and the costs put in here "
            "rest on other evidence than the published ones."
        )
    return (
        f"{text}. The costs put in here are those of what the acts of that date name; estimates "
        "from trade may also hold what was given up beyond the acts."
    )


def _joiner(row: Row) -> str:
    here, there = row["joiner_adds_pct"], row["published_joiner_adds"]
    if not (is_known(here) and is_known(there)):
        return ""
    text = (
        f"{row['label']}: China would add {percent(here)} here, {percent(there)} in the published "
        "study"
    )
    if abs(here - there) <= 5:
        return f"{text}: about the same."
    strict = row["joiner_adds_strictest_pct"]
    if is_known(strict) and here < there and strict - here > 5:
        return (
            f"{text}. Here it adopts the senders' average by trade, and what trade is left lies "
            f"where measures are mild; with the strictest of them it would add {percent(strict)}. "
            f"It has {percent(row['trade_with_joiner_pct'])} of the target's trade in this world."
        )
    return (
        f"{text}. It has {percent(row['trade_with_joiner_pct'])} of the target's foreign trade in "
        f"this world, the senders {percent(row['trade_with_senders_pct'])}."
    )


def _ranking(rows: Sequence[Row]) -> str:
    """Return whether China matters more for the same target as in the published study."""
    pair = [
        r for r in rows if is_known(r["joiner_adds_pct"]) and is_known(r["published_joiner_adds"])
    ]
    if len(pair) != 2:
        return ""
    ours = max(pair, key=lambda r: r["joiner_adds_pct"])
    theirs = max(pair, key=lambda r: r["published_joiner_adds"])
    if ours is theirs:
        return f"As published, China adds more for {ours['label'].split(',')[0]}."
    strict = max(pair, key=lambda r: r["joiner_adds_strictest_pct"])
    said = ", nor with the strictest" if strict is not theirs else ", but it is with the strictest"
    more = f"{said} ({_both(pair, 'joiner_adds_strictest_pct')})"
    return (
        f"That China adds more for {theirs['label'].split(',')[0]} is not found here with average "
        f"measures{more}. The world here is of a year in which the sanctions of both episodes had "
        "already moved trade."
    )


def _both(rows: Sequence[Row], key: str) -> str:
    return ", ".join(f"{r['label'].split(',')[0]} {percent(r[key])}" for r in rows)


def failures(facts: Facts, residuals: Sequence[Row]) -> str:
    """Return how many coalitions were solved and how well."""
    c = facts["coalition"]
    worst = max(r["largest_residual"] for r in residuals)
    failed = sum(r["failed"] for r in residuals)
    total = sum(r["scenarios"] for r in residuals)
    text = f"{total - failed} of {total} equilibria were solved"
    if c["coalitions"]:
        text += f", all {c['coalitions']} coalitions among them" if not c["failed"] else ""
    return f"{text}. The largest residual is {worst:.1e} (relative, max-norm)."
