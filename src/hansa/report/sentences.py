"""Sentences of the report, written from results: right for gains, losses, ties and failures.

May import its siblings. Pure functions from numbers to plain text; no sentence takes a side, and
what is not known is said so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hansa.report.horizon_words import own_horizon
from hansa.report.numbers import UNKNOWN, counted, is_known, listed, money, percent
from hansa.report.uncertain_words import within

Facts = Mapping[str, Any]
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

#: The claim under test, as it was made in 2024.
CLAIM = (
    "together, sanctioned countries can neutralise the sanctions, and the benefit is huge for all."
)

#: Would the club of all hold by itself, for each verdict on its internal stability?
HOLDS = {
    "yes": "The club of all candidates would hold by itself: no member would gain by leaving",
    "no": "The club of all candidates would not hold by itself: some member would gain by leaving",
    "tie": "Whether a member would gain by leaving the club of all candidates is closer than "
    "the error of the solutions",
    "unknown": "Whether the club of all candidates would hold is not known, because some "
    "clubs were not solved",
}


def headline(facts: Facts) -> str:
    """Return the answer in one sentence with its number."""
    h = facts["headline"]
    kind = "sanctioned " if facts["study"].get("all_sanctioned", True) else ""
    number = len(facts["study"]["candidates"])
    members = counted(number, f"{kind}country", f"{kind}countries")
    gain, share = h["joint_gain_musd"], h["wins_back_pct"]
    cost = h["joint_cost_musd"]
    if not is_known(gain) or not is_known(cost):
        missing = "not all clubs were solved" if not is_known(gain) else "the cost is not known"
        return f"What a club of {members} would win back is {UNKNOWN}: {missing}"
    if share is None or not is_known(share):
        verb = "give" if gain >= 0 else "cost"
        effect = f"leave the {members} better off together" if cost > 0 else (
            f"cost the {members} nothing together"
        )  # fmt: skip
        amount = f"{money(abs(gain))}{within(facts, 'gain_from_club', gain < 0)}"
        return f"The sanctions counted here {effect}; a club would {verb} them {amount}"
    if gain < 0:
        amount = f"{money(-gain)}{within(facts, 'gain_from_club', True)}"
        return f"A club of {members} would cost its members {amount} and win nothing back"
    band = within(facts, "wins_back")
    if share >= 100:
        return (
            f"A club of {members} would make up for all that the sanctions cost them together{band}"
        )
    return (
        f"A club of {members} would win back {percent(share)}{band} of what the sanctions cost them"
    )


def band(facts: Facts, quantity: str) -> str:
    """Return the band of a quantity over draws, or nothing if there is none."""
    held = facts["headline"].get("bands", {}).get(quantity)
    if not held or held["low"] is None:
        return ""
    write = money if held["unit"] == "million USD" else percent
    return f"{write(held['low'])} to {write(held['high'])}, median {write(held['median'])}"


def deck(facts: Facts) -> str:
    """Return what stands under the headline: the two sums, the horizon, the band."""
    h, study = facts["headline"], facts["study"]
    parts = [
        f"Together the sanctions in force on {day(study['on'])} {_effect(h['joint_cost_musd'])}"
        f"{within(facts, 'cost_of_sanctions', _negative(h['joint_cost_musd']))}; "
        f"the club, with non-tariff trade costs among members {_change(study['nontariff_pct'])}, "
        f"{_brings(h['joint_gain_musd'])}"
        f"{within(facts, 'gain_from_club', _negative(h['joint_gain_musd']))}.",
        own_horizon(facts),
    ]
    held = h.get("bands", {}).get("wins_back")
    if held and held["low"] is not None:
        parts.append(
            f"Bands hold nine in ten of {counted(h['draws_solved'], 'draw')} of elasticities, "
            f"costs of sanctions and sizes of the measures; the median of the share won back is "
            f"{percent(held['median'])}"
            f"{_not_solved(study['draws'] - h['draws_solved'], ' further')}."
        )
    return " ".join(parts)


def draws(facts: Facts) -> str:
    """Return how many draws were solved, and how many were not."""
    asked, solved = facts["study"]["draws"], facts["headline"]["draws_solved"]
    return f"{counted(solved, 'draw').capitalize()} solved{_not_solved(asked - solved)}"


def _not_solved(failed: int, kind: str = "") -> str:
    if not failed:
        return ""
    was = "was" if failed == 1 else "were"
    return f"; {counted(failed, f'{kind} draw'.strip())} {was} not solved and left out"


def _negative(value: float | None) -> bool:
    return value is not None and value < 0


def _effect(cost: float | None) -> str:
    if not is_known(cost) or cost is None:
        return "have an effect on them that is not known"
    if cost < 0:
        return f"cost them {money(-cost)} a year"
    return f"leave them {money(cost)} a year better off" if cost > 0 else "cost them nothing"


def _brings(gain: float | None) -> str:
    if not is_known(gain) or gain is None:
        return "brings what is not known"
    return f"{'brings' if gain >= 0 else 'costs'} {money(abs(gain))}"


def _change(share: float) -> str:
    """Return ``10 % lower`` for a change of -10 per cent."""
    if share == 0:
        return "unchanged"
    return f"{percent(abs(share))} {'lower' if share < 0 else 'higher'}"


def since(facts: Facts) -> str:
    """Return what changed since the baseline year alone costs the candidates."""
    h, year = facts["headline"], facts["world"]["year"]
    cost = h["joint_cost_since_musd"]
    if not is_known(cost):
        return ""
    text = (
        f"The trade of {year}, on which the world is built, already carries the sanctions of that "
        f"year. What was added or lifted since then alone would {_alone(cost)}"
        f"{within(facts, 'since_baseline', _negative(cost))}"
    )
    if h["wins_back_since_pct"] is not None:
        text += f"; against that, the club wins back {percent(h['wins_back_since_pct'])}"
        text += within(facts, "wins_back_since")
    return text + "."


def _alone(cost: float) -> str:
    if cost == 0:
        return "change nothing for the candidates"
    verb = "cost the candidates" if cost < 0 else "give the candidates"
    return f"{verb} {money(abs(cost))} a year"


def elsewhere(facts: Facts) -> str:
    """Return what the sanctions do to senders and to everyone else, in sum."""
    h = facts["headline"]
    known = [
        f"{who} {'lose' if h[key] < 0 else 'gain'} {money(abs(h[key]))} a year together"
        f"{within(facts, key.removesuffix('_musd'), h[key] < 0)}"
        for who, key in (("senders", "senders_cost_musd"), ("all others", "others_cost_musd"))
        if is_known(h[key]) and h[key] != 0
    ]
    text = "; ".join(known)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def hypothesis(facts: Facts) -> str:
    """Return the claim under test and what this study can say of its size."""
    share = facts["headline"]["wins_back_pct"]
    if share is None or not is_known(share):
        verdict = "This study cannot set the gain against a cost."
    elif share < 0:
        verdict = "In this study the club adds to the cost."
    elif share < 25:
        verdict = "In this study the gain is small against the cost."
    elif share < 75:
        verdict = "In this study the gain is a substantial part of the cost."
    else:
        verdict = "In this study the gain is of the order of the cost."
    return f"Hypothesis: {CLAIM} {verdict}"


def stability(facts: Facts, names: Mapping[str, str]) -> str:
    """Return whether the club of all would hold, in words for every verdict."""
    s = facts["stability"]
    full = s["full"]
    text = HOLDS[full["internal"]]
    if full["internal"] == "no":
        text += {
            "yes": ", but payments among members could hold it",
            "no": ", and no payments among members could hold it",
            "tie": ", and whether payments could hold it is within the errors",
            "unknown": "",
        }[full["potential"]]
    text += ". "
    stable = [c for c in s["stable_clubs"] if c]
    if len(stable) == 1:
        only = stable[0].split("+")
        same = set(only) == set(s["full_club"])
        text += "It is the only club that is stable both inside and outside." if same else (
            f"The only club that is stable both inside and outside is that of "
            f"{listed([names.get(c, c) for c in only])}."
        )  # fmt: skip
    elif stable:
        many = counted(len(stable), "club is", "clubs are").capitalize()
        text += f"{many} stable both inside and outside."
    else:
        among = " among those solved" if s["failed"] else ""
        text += f"No club of two or more{among} is stable both inside and outside."
    return text


def core(facts: Facts) -> str:
    """Return what the core says, empty or not."""
    s = facts["stability"]
    excess = s.get("least_core_excess_musd")
    if s["core"] == "yes":
        return (
            "The core is not empty: the joint gain can be divided so that no group of members "
            "would do better on its own."
        )
    if s["core"] == "no":
        short = f" At best some group falls short by {money(excess)}." if is_known(excess) else ""
        return (
            "The core is empty: however the gain is divided, some group would do better on its own."
            + short
        )
    if s["core"] == "tie":
        return "Whether the core is empty is within the error of the solutions."
    return "Whether the core is empty is not known, because some clubs were not solved."


def leaver(
    members: Sequence[Mapping[str, Any]], names: Mapping[str, str], internal: str = "yes"
) -> str:
    """Return who has most reason to leave the club of all, or least to lose by it.

    Nothing where the verdict on staying is a tie: then nobody's gain is beyond the errors.
    """
    if internal == "tie":
        return ""
    known = [m for m in members if is_known(m["gain_by_leaving_musd"])]
    if not known:
        return "What each member would gain or lose by leaving is not known."
    first = max(known, key=lambda m: m["gain_by_leaving_musd"])
    value, who = first["gain_by_leaving_musd"], names.get(first["country"], first["country"])
    if value > 0:
        return f"{who} would gain most by leaving: {money(value)} a year."
    if value == 0:
        return f"{who} would neither gain nor lose by leaving."
    return f"{who} would lose least by leaving: {money(-value)} a year."


def uneven(members: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """Return how the joint gain is spread over members."""
    known = [m for m in members if is_known(m["gain_musd"])]
    total = sum(m["gain_musd"] for m in known)
    winners = sorted((m for m in known if m["gain_musd"] > 0), key=lambda m: -m["gain_musd"])
    losers = [m for m in known if m["gain_musd"] < 0]
    if not winners:
        return "No member gains from the club of all."
    text = ""
    if total > 0 and len(winners) > 2:
        top = winners[:2]
        share = 100 * sum(m["gain_musd"] for m in top) / sum(m["gain_musd"] for m in winners)
        who = listed([names.get(m["country"], m["country"]) for m in top])
        text = f"{who} take {percent(share)} of all gains."
    if losers:
        who = listed([names.get(m["country"], m["country"]) for m in losers])
        text += f" {who} {'loses' if len(losers) == 1 else 'lose'} by it."
    elif len(winners) == len(members):
        text += " Every member gains."
    return text.strip() or f"{len(winners)} of {len(members)} members are known to gain."


def pair(clubs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """Return what the best pair alone would bring, beside the club of all."""
    known = [c for c in clubs if is_known(c["value_musd"])]
    twos = [c for c in known if c["size"] == 2]
    whole = max(known, key=lambda c: c["size"], default=None)
    if not twos or whole is None or whole["size"] <= 2:
        return ""
    best = max(twos, key=lambda c: c["value_musd"])
    who = listed([names.get(c, c) for c in str(best["club"]).split("+")])
    if best["value_musd"] <= 0:
        return "No pair of candidates gains by a club of its own."
    text = f"The pair {who} alone would bring {money(best['value_musd'])} a year"
    if whole["value_musd"] > 0:
        text += f", {percent(100 * best['value_musd'] / whole['value_musd'])} of the joint gain"
    return text + "."


def extremes(members: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """Return which member wins back the largest and the smallest share of its own cost."""
    known = [m for m in members if is_known(m["wins_back_pct"])]
    if not known:
        return "No member is known to lose by the sanctions, so no share can be given."
    ranked = sorted(known, key=lambda m: m["wins_back_pct"])
    most, least = ranked[-1], ranked[0]
    text = f"{_share(most, names)}"
    if most["wins_back_pct"] > least["wins_back_pct"]:
        text += f"; {_share(least, names)}"
    if len(known) < len(members):
        rest = [names.get(m["country"], m["country"]) for m in members if m not in known]
        are = "is" if len(rest) == 1 else "are"
        text += f"; {listed(rest)} {are} not known to lose by the sanctions"
    return text + "."


def _share(member: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name, share = names.get(member["country"], member["country"]), member["wins_back_pct"]
    if share < 0:
        return f"{name} loses {percent(-share)} of its own cost on top"
    return f"{name} wins back {percent(share)} of its own cost"


def equalising(facts: Facts) -> str:
    """Return what equal relative gains would be and the largest payment it takes."""
    e = facts["equalising"]
    gain = e["common_gain_pct"]
    if not is_known(gain):
        return "Payments that would make all relative gains equal are not known."
    verb = "gain" if gain >= 0 else "lose"
    return (
        f"With payments among members that make all relative gains equal, solved inside the "
        f"equilibrium, each would {verb} {percent(abs(gain))} of real income; the largest payment "
        f"is {money(e['largest_payment_musd'])} a year."
    )


def answer(facts: Facts, names: Mapping[str, str]) -> str:
    """Return at which intensity of the senders' answer the club of all stops holding."""
    a = facts.get("answer")
    if not a:
        return ""
    cost = percent(100 * a["ave"])
    text = (
        "Senders may answer: suppose each makes its trade with every member dearer, by "
        f"{cost} at full intensity. "
    )
    if a["breaks"] == "yes" and is_known(a["breaking_point"]):
        point = a["breaking_point"]
        who = names.get(a["leaver"], a["leaver"])
        return text + (
            f"The club of all would stop holding at {percent(100 * point)} of that, a cost of "
            f"{percent(100 * point * a['ave'])}: there {who} would be better off outside."
        )
    return text + {
        "no": f"The club of all would hold up to {percent(100 * a['intensities'][-1])} of it.",
        "tie": "Whether the club of all would still hold is within the errors.",
    }.get(a["breaks"], "Whether the club of all would still hold is not known.")


def gain_ends(facts: Facts, names: Mapping[str, str]) -> str:
    """Return up to which intensity each member still gains from the club of all."""
    a = facts.get("answer")
    if not a:
        return ""
    ends = sorted((v, c) for c, v in a["gain_ends"].items() if v is not None)
    through = [names.get(c, c) for c, v in a["gain_ends"].items() if v is None]
    parts = [f"{names.get(c, c)} {percent(100 * v)}" for v, c in ends]
    text = ""
    if parts:
        text = f"Against no club at all, the gain would be gone at: {', '.join(parts)}."
    if through:
        verb = "gains" if len(through) == 1 else "gain"
        text += f" {listed(through)} {verb} at every intensity tried."
    return text.strip()


def failures(facts: Facts) -> str:
    """Return how many clubs were solved and how well."""
    s = facts["stability"]
    solved = s["clubs"] - s["failed"]
    text = f"{solved} of {s['clubs']} clubs were solved"
    if s["failed"]:
        are = "is" if s["failed"] == 1 else "are"
        text += f"; {counted(s['failed'], 'club')} failed and {are} marked so"
    return f"{text}. The largest residual is {s['largest_residual']:.1e} (relative, max-norm)."


def day(iso: str) -> str:
    """Return ``19 February 2024`` for ``2024-02-19``."""
    year, month, number = iso.split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {year}"
