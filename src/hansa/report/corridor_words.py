"""Sentences on the corridor: right for gain, loss, tie and what is not known.

May import its siblings. Pure functions from facts to plain text; no sentence takes a side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hansa.report.coalition_words import the
from hansa.report.numbers import UNKNOWN, counted, digits, listed, money, percent, signed
from hansa.report.sentences import day

Facts = Mapping[str, Any]

#: Below this share of real income, per cent, an effect is called near zero.
NEAR_ZERO = 0.01
#: The oceans as they stand after "with".
OCEANS = {
    "calm": "Suez open", "red_sea_crisis": "the Red Sea avoided", "no_suez": "Suez closed to all",
}  # fmt: skip
#: Named first, where they are in the region: both ends, Russia, then those between.
FIRST = ("IND", "IRN", "RUS")


def cell(c: Facts, ocean: str, question: str, branch: str, who: str) -> Facts:
    """Return the numbers of one country or sum."""
    found: Facts = c["gains"][f"{ocean}/{question}/{branch}"][who]
    return found


def verdict(held: Facts) -> str:
    """Return ``gains``, ``loses``, ``tie`` or ``unknown``."""
    gain = held["gain_musd"]
    if gain is None:
        return "unknown"
    if abs(gain) <= (held["slack_musd"] or 0.0):
        return "tie"
    return "gains" if gain > 0 else "loses"


def amount(held: Facts) -> str:
    """Return a gain with its sign, or that it is a tie or not known."""
    kind = verdict(held)
    if kind == "unknown":
        return UNKNOWN
    if kind == "tie":
        return "no change beyond the errors"
    return signed(money(held["gain_musd"]), held["gain_musd"])


def with_share(held: Facts) -> str:
    """Return a gain and its share of real income."""
    if verdict(held) in ("unknown", "tie"):
        return amount(held)
    return f"{amount(held)} ({signed(percent(held['gain_pct']), held['gain_pct'])})"


def band(held: Facts) -> str:
    """Return the band over draws, empty where there is none."""
    low, high = held["gain_low_musd"], held["gain_high_musd"]
    if low is None or high is None:
        return ""
    return f"{signed(money(low), low)} to {signed(money(high), high)}"


def headline(facts: Facts) -> str:
    """Return the answer in one sentence with its number."""
    c = facts["corridor"]
    held = cell(c, _calm(c), "adds", c["most"], "REGION")
    kind = verdict(held)
    what = "Completing the corridor" if len(c["branches"]) > 1 else "Completing this branch"
    if kind == "unknown":
        return f"What completing the corridor would add is {UNKNOWN}: an equilibrium was not found"
    if kind == "tie":
        return f"{what} would change the region’s income by less than the errors"
    size = f"{money(abs(held['gain_musd']))} a year, {_small(held['gain_pct'])} of its income"
    verb = "add" if kind == "gains" else "take"
    return f"{what} would {verb} {size}, {'to' if kind == 'gains' else 'from'} the region"


def deck(facts: Facts) -> str:
    """Return who gains and loses, and how the oceans change it."""
    c = facts["corridor"]
    text = answer(facts)
    crisis = [o for o in c["oceans"] if o != _calm(c)]
    if crisis:
        held = cell(c, crisis[0], "adds", c["most"], "REGION")
        text += f" With {_ocean(c, crisis[0])} it would be {with_share(held)}."
    return text


def answer(facts: Facts) -> str:
    """Return the answer to whether both sides, Russia and the region gain, with numbers."""
    c = facts["corridor"]
    by = {w: cell(c, _calm(c), "adds", c["most"], w) for w in c["region"]}
    kinds = {k: [w for w, h in by.items() if verdict(h) == k] for k in _KINDS}
    region = cell(c, _calm(c), "adds", c["most"], "REGION")
    first = [w for w in FIRST if w in by]
    rest = sorted((w for w in by if w not in first), key=lambda w: -(by[w]["gain_musd"] or 0.0))
    named = ", ".join(f"{_the(c['region'][w])} {with_share(by[w])}" for w in first)
    others = ", ".join(f"{_the(c['region'][w])} {amount(by[w])}" for w in rest[:5])
    told = [f"{counted(len(v), 'country', 'countries')} {_KINDS[k]}" for k, v in kinds.items() if v]
    whole = f"of the {len(by)} countries of the region {listed(told)}"
    if len(told) == 1:
        kind = next(k for k, v in kinds.items() if v)
        whole = f"all {len(by)} countries of the region {_KINDS[kind]}"
    text = f"With {_ocean(c, _calm(c))}, {whole}: together {with_share(region)} a year."
    if named:
        text += f" {named[:1].upper()}{named[1:]}"
        text += f"; then {others}." if others else "."
    losers = [c["region"][w] for w in kinds["loses"]]
    if losers:
        text += f" Losing: {listed(losers)}."
    if region["gain_pct"] is not None and abs(region["gain_pct"]) < NEAR_ZERO:
        text += " Against all that these countries earn this is near zero."
    return text


_KINDS = {"gains": "would gain", "loses": "would lose",
          "tie": "would see no change beyond the errors", "unknown": "are not known"}  # fmt: skip


def claim(facts: Facts) -> str:
    """Return what becomes of the claim of benefits for both sides, Russia and the region."""
    c = facts["corridor"]
    who = [w for w in (*FIRST, "REGION") if w == "REGION" or w in c["region"]]
    found = [verdict(cell(c, o, "adds", c["most"], w)) for o in c["oceans"] for w in who]
    if "unknown" in found:
        return "Whether the claim of benefits for all sides holds is not known here."
    if all(k == "gains" for k in found):
        return (
            "The signs bear out the claim of benefits for both sides, for Russia and for the "
            "region in every state of the oceans asked for; the sizes do not make it a large one."
            if _largest(c) < 0.1
            else "The claim of benefits for both sides, for Russia and for the region is borne out "
            "in every state of the oceans asked for."
        )
    return (
        "The claim of benefits for both sides, for Russia and for the region is not borne out for "
        "all of them: see the table for who does not gain, and when."
    )


def _largest(c: Facts) -> float:
    cells = (cell(c, o, "adds", c["most"], "REGION")["gain_pct"] for o in c["oceans"])
    return max(abs(v or 0.0) for v in cells)


def worth(facts: Facts) -> str:
    """Return what the branches are worth as they are, and which of them most."""
    c = facts["corridor"]
    parts = []
    for ocean in c["oceans"]:
        held = cell(c, ocean, "worth", c["most"], "REGION")
        parts.append(f"{with_share(held)} a year with {_ocean(c, ocean)}")
    text = f"As they are on {day(c['on'])}, the branches together are worth {listed(parts)} to the "
    text += "region, against a network without them."
    if len(c["branches"]) > 1:
        by = {b: cell(c, _calm(c), "worth", b, "REGION")["gain_musd"] for b in c["branches"]}
        if all(v is not None for v in by.values()):
            best = max(by, key=lambda b: by[b])
            text += f" Taken away alone, most would be missed “{c['branches'][best]}” "
            text += f"({money(by[best])})."
    return text


def suez(facts: Facts) -> str:
    """Return, for each shown route, whether the corridor or another way is best."""
    c = facts["corridor"]
    parts = []
    for r in c["routes"]:
        pair = f"{r['start']} to {r['end']} with {_ocean(c, r['ocean'])}"
        best, own = r["best"], r["corridor"]
        if best["branch"]:
            parts.append(
                f"{pair}: the corridor is best ({best['family']}; {digits(best['days'])} days, "
                f"{digits(best['dollars'], 3)} dollars per TEU)."
            )
        elif own is None:
            parts.append(f"{pair}: {best['family']} is best; no way by the corridor was found.")
        else:
            parts.append(
                f"{pair}: {best['family']} is best ({digits(best['days'])} days, "
                f"{digits(best['dollars'], 3)} dollars); the corridor’s best "
                f"({own['family']}) takes {digits(own['days'])} days and "
                f"{digits(own['dollars'], 3)} dollars."
            )
    return " ".join(parts)


def traffic(facts: Facts) -> str:
    """Return containers on the corridor beside the published estimate."""
    c = facts["corridor"]
    low, high = c["published_teu"]["range"]
    parts = []
    for ocean in c["oceans"]:
        rows = {
            r["state"]: r for r in c["traffic"] if r["ocean"] == ocean and r["branch"] == "together"
        }
        now, later = rows["date"], rows[c["most"]]
        parts.append(
            f"with {_ocean(c, ocean)}, {_teu(now['teu_of_published_pairs'])} TEU a year between "
            "the countries of the published estimate and "
            f"{_teu(later['teu_of_published_pairs'])} once completed "
            f"(all pairs: {_teu(now['teu'])} and {_teu(later['teu'])})"
        )
    return (
        f"The model puts on the branches, {listed(parts)}. Published for 2030: {digits(low, 3)} to "
        f"{digits(high, 3)} TEU. Capacity is not counted, and trade is that of "
        f"{facts['world']['year']} under the sanctions of the date."
    )


def investment(facts: Facts) -> str:
    """Return the gain beside the published investment."""
    c = facts["corridor"]
    if not c["investments_known"]:
        return "No investment is published for these interventions."
    spent = c["investment_musd"]
    region = cell(c, _calm(c), "adds", c["most"], "REGION")["gain_musd"]
    text = (
        f"Published investment: {money(spent)} for {c['investments_known']} of the "
        f"{counted(c['interventions'], 'intervention')}; for the others none is known."
    )
    if region is not None and region > 0:
        text += (
            f" The region’s gain is {percent(100 * region / spent)} of that a year; an investment "
            "that mainly adds capacity, as a railway beside a road does, earns more than is "
            "counted."
        )
    return text


def club(rows: Sequence[Mapping[str, Any]], facts: Facts) -> str:
    """Return whether corridor and club are complements, for the members together and each."""
    c = facts["corridor"]
    held = {r["country"]: r for r in rows if r["ocean"] == _calm(c) and r["branch"] == c["most"]}
    parts = [
        f"{_the(r['name'])} {r['verdict']} ({signed(money(r['more_musd']), r['more_musd'])})"
        if r["verdict"] in ("complements", "substitutes")
        else f"{_the(r['name'])} {'a tie' if r['verdict'] == 'tie' else UNKNOWN}"
        for code, r in held.items()
        if code in facts["study"]["candidates"]
    ]
    region = held["REGION"]
    whole = {
        "complements": "complements: together they give more than their sum",
        "substitutes": "substitutes: together they give less than their sum",
        "tie": "neither complements nor substitutes beyond the errors",
        "unknown": "not known: an equilibrium was not found",
    }[region["verdict"]]
    text = f"For the region the completed corridor and the club are {whole}"
    if region["verdict"] in ("complements", "substitutes"):
        parts_of = f"{money(region['corridor_musd'])} from the corridor and "
        parts_of += f"{money(region['club_musd'])} from the club"
        text += f", by {money(abs(region['more_musd']))} a year, beside {parts_of}"
    return f"{text}. By member: {'; '.join(parts)}."


def marginal(rows: Sequence[Mapping[str, Any]], facts: Facts) -> str:
    """Return which link or border is worth most, to the region and to each of the first."""
    best = {r["country"]: r for r in rows if r["rank"] == 1}
    if "REGION" not in best:
        return "No link or border of the branches was priced."
    top = best["REGION"]
    kind = "the border" if top["kind"] == "border" else "the way"
    text = f"To the region {kind} {top['piece']} is worth most: one per cent less cost and time "
    text += f"there is worth {money(top['gain_musd'])} a year."
    named = [
        f"to {_the(best[w]['name'])} {best[w]['piece']} ({money(best[w]['gain_musd'])})"
        for w in (*FIRST, "AZE", "KAZ", "TKM")
        if w in best
    ]
    return f"{text} Most worth {'; '.join(named)}." if named else text


def calibration(facts: Facts) -> str:
    """Return how many published rates our range meets."""
    held = facts["corridor"]["calibration"]
    return (
        f"{held['met']} of {held['sources']} published through rates meet our range from low to "
        "high; the sources contradict one another, so that none is matched."
    )


def drawn(facts: Facts) -> str:
    """Return what the bands are over."""
    c = facts["corridor"]
    if not c["draws"]:
        return "No draws were asked for, so there are no bands."
    if not c["draws_solved"]:
        return "None of the draws was solved, so there are no bands."
    text = f"Bands: 5th to 95th percentile of {c['draws_solved']} draws"
    text += f" of {c['draws']}" if c["draws_solved"] < c["draws"] else ""
    return (
        f"{text}: elasticities, costs of sanctions, charges and value of time (together from low "
        "to high), and the shape of the choice among routes; route costs between their ends are "
        "interpolated, the ends searched at six values of time."
    )


def since(facts: Facts) -> str:
    """Return what changed since the baseline year alone does to the targets, without a club."""
    cost, year = facts["headline"]["joint_cost_since_musd"], facts["world"]["year"]
    targets = facts["corridor"]["targets"]
    if cost is None or not targets:
        return ""
    if cost == 0:
        effect = "change nothing for them"
    else:
        effect = f"{'cost' if cost < 0 else 'give'} {listed(targets)} {money(abs(cost))} a year"
    return (
        f"The trade of {year}, on which the world is built, already carries the sanctions of that "
        f"year. What was added or lifted since then alone would {effect}."
    )


def failures(residuals: Sequence[Mapping[str, Any]]) -> str:
    """Return how many equilibria were solved and how well, in a study without a club."""
    worst = max(r["largest_residual"] for r in residuals)
    failed = sum(r["failed"] for r in residuals)
    total = sum(r["scenarios"] for r in residuals)
    return (
        f"{total - failed} of {total} equilibria were solved. The largest residual is {worst:.1e} "
        "(relative, max-norm)."
    )


def _calm(c: Facts) -> str:
    return next(iter(c["oceans"]))


def _ocean(c: Facts, ocean: str) -> str:
    return OCEANS.get(ocean, f"oceans as in “{c['oceans'][ocean]}”")


def _teu(value: float | None) -> str:
    """Return containers to two significant digits."""
    return UNKNOWN if value is None else digits(float(f"{value:.2g}"), 2)


def _small(value: float | None) -> str:
    return percent(None if value is None else abs(value))


def _the(name: str) -> str:
    return the(name)
