"""What is wrong with a set of corridor tables: every fault names its row.

May import only ``hansa.errors`` and its siblings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from hansa.corridor.scenario import EFFECTS, Intervention, frozen_target, read_intervention
from hansa.corridor.sphere import great_circle
from hansa.corridor.tables import (
    CONFIDENCE,
    GAUGES,
    KINDS,
    MODES,
    Charge,
    Link,
    Place,
    Tables,
)
from hansa.errors import DataError, unknown

#: A link may be this much shorter than the great circle: coordinates are rounded.
SLACK = 0.98


def faults(tables: Tables) -> list[str]:
    """Return what is wrong, one sentence each; empty when nothing is.

    Unknown places, kinds, modes, gauges and confidences; a gauge that an end does not have; lengths
    below zero or below the great circle, and lengths by countries that are not the ends'; links
    given twice or without a source; dates out of order; ranges out of order; shares of trade that
    do not add up to one; closures and interventions that name nothing known; places that cannot be
    reached.
    """
    places = {p.id: p for p in tables.places}
    return [
        *_place_faults(tables),
        *(fault for link in tables.links for fault in _link_faults(link, places)),
        *_twice(tables),
        *_charge_faults(tables),
        *_closure_faults(tables, places),
        *_intervention_faults(tables, places),
        *_through_faults(tables, places),
        *_unreachable(tables),
    ]


def _place_faults(tables: Tables) -> Iterator[str]:
    shares: dict[str, float] = defaultdict(float)
    for name, number in Counter(p.id for p in tables.places).items():
        if number > 1:
            yield f"nodes.csv: place {name!r} given {number} times"
    for p in tables.places:
        where = f"nodes.csv: {p.id}"
        if p.kind not in KINDS:
            yield f"{where}: {unknown('kind', p.kind, KINDS)}"
        if not (-90 <= p.lat <= 90 and -180 <= p.lon <= 180):
            yield f"{where}: latitude {p.lat} and longitude {p.lon} are no place on earth"
        if len(p.country) != 3 or not p.country.isupper():
            yield f"{where}: country {p.country!r} is no ISO3 code"
        yield from (
            f"{where}: {unknown('gauge', gauge, [str(g) for g in GAUGES])}"
            for gauge in p.gauges
            if gauge not in GAUGES
        )
        if not 0 <= p.hub_share <= 1:
            yield f"{where}: share of trade {p.hub_share} is not between 0 and 1"
        yield from _signed(where, p.source, p.confidence)
        shares[p.country] += p.hub_share
    for country, share in shares.items():
        if share and abs(share - 1) > 1e-6:
            yield f"nodes.csv: shares of {country}'s trade add up to {share:g}, not 1"


def _link_faults(link: Link, places: dict[str, Place]) -> Iterator[str]:
    known = [places[p] for p in (link.start, link.end) if p in places]
    for name in (link.start, link.end):
        if name not in places:
            yield f"{link.row}: {unknown('place', name, places)}"
    if link.mode not in MODES or link.mode == "sea":
        yield f"{link.row}: {unknown('mode', link.mode, MODES[1:])}"
    yield from _signed(link.row, link.source, link.confidence)
    if link.opens and link.closes and link.closes <= link.opens:
        yield f"{link.row}: closes ({link.closes}) before it opens ({link.opens})"
    if link.capacity is not None and link.capacity <= 0:
        yield f"{link.row}: capacity {link.capacity:g} is not above 0"
    if len(known) < 2:
        return
    if link.mode == "rail":
        if link.gauge is None:
            yield f"{link.row}: a railway needs its gauge"
        for place in known:
            if link.gauge is not None and link.gauge not in place.gauges:
                yield f"{link.row}: gauge {link.gauge} does not fit {place.id} ({place.gauges})"
    if not link.km or any(km <= 0 for _, km in link.km):
        yield f"{link.row}: length must be above 0, it is {link.length:g} km"
        return
    shortest = great_circle(known[0], known[1])
    if link.length < SLACK * shortest:
        yield f"{link.row}: {link.length:g} km is shorter than the great circle, {shortest:.0f} km"
    if link.mode in ("rail", "road"):
        named, ends = [c for c, _ in link.km], {p.country for p in known}
        if set(named) != ends or len(named) != len(ends):
            yield f"{link.row}: km must be given for {' and '.join(sorted(ends))}, not {named}"


def _twice(tables: Tables) -> Iterator[str]:
    seen: dict[tuple[str, ...], str] = {}
    for link in tables.links:
        key = (*sorted((link.start, link.end)), link.mode, str(link.gauge))
        if key in seen:
            yield f"{link.row}: given before in {seen[key]}"
        seen[key] = link.row


def _charge_faults(tables: Tables) -> Iterator[str]:
    groups = (
        ("rates.csv", tables.rates), ("terminals.csv", tables.terminals),
        ("borders.csv", tables.borders),
    )  # fmt: skip
    for file, charges in groups:
        for charge in charges:
            where = f"{file}: {' '.join(charge.key)}"
            yield from _signed(where, charge.source, charge.confidence)
            yield from _order_faults(where, charge, falling=file == "rates.csv")
    for premium in tables.premia:
        low, central, high = premium.dollars
        if not 0 <= low <= central <= high:
            yield f"premia.csv: {premium.id}: 0 <= low <= central <= high"
    for cargo in tables.cargo:
        where = f"cargo.csv: {cargo.sector}"
        if not (cargo.dollars_per_tonne > 0 and cargo.tonnes_per_teu > 0):
            yield f"{where}: value and weight must be above 0"
        if not 0 <= cargo.time[0] <= cargo.time[1] <= cargo.time[2]:
            yield f"{where}: time: 0 <= low <= central <= high"
        if not (0 <= cargo.movable <= 1 and 0 <= cargo.by_air <= 1 and cargo.bulk > 0):
            yield f"{where}: movable and by_air must be 0 to 1, bulk above 0"


def _order_faults(where: str, charge: Charge, falling: bool) -> Iterator[str]:
    low, central, high = charge.dollars
    if not 0 <= low <= central <= high:
        yield f"{where}: dollars: 0 <= low <= central <= high"
    fast, middle, slow = charge.hours
    if falling and not fast >= middle >= slow > 0:
        yield f"{where}: km a day: low >= central >= high > 0"
    if not falling and not 0 <= fast <= middle <= slow:
        yield f"{where}: hours: 0 <= low <= central <= high"


def _signed(where: str, source: str, confidence: str) -> Iterator[str]:
    if not source:
        yield f"{where}: no source"
    if confidence not in CONFIDENCE:
        yield f"{where}: {unknown('confidence', confidence, CONFIDENCE)}"


def _closure_faults(tables: Tables, places: dict[str, Place]) -> Iterator[str]:
    for closure in tables.closures:
        name = f"closures.yaml: {closure.get('id', '?')}"
        if "what" not in closure:
            yield f"{name}: says not what is closed"
            continue
        yield from _target_faults(name, closure["what"], tables, places)
        yield from _signed(name, closure.get("source", ""), closure.get("confidence", ""))
        begins, ends = closure.get("begins"), closure.get("ends")
        if begins and ends and ends <= begins:
            yield f"{name}: ends before it begins"


def _target_faults(
    name: str, what: dict[str, object], tables: Tables, places: dict[str, Place]
) -> Iterator[str]:
    try:
        target = dict(frozen_target(name, what))
    except DataError as error:
        yield str(error)
        return
    zones = tables.settings["zones"]
    countries = {p.country for p in tables.places} | set(zones)
    checks = (
        ("countries", "country", countries),
        ("modes", "mode", MODES),
        ("node", "place", places),
        ("link", "place", places),
        ("family", "family", tables.settings["families"]),
        ("passage", "passage", {p for row in tables.sea_rows for p in row[3]}),
    )
    for key, what_kind, known in checks:
        for value in target.get(key, ()):
            if value not in known:
                yield f"{name}: {unknown(what_kind, value, known)}"


def _intervention_faults(tables: Tables, places: dict[str, Place]) -> Iterator[str]:
    for key, raw in tables.interventions.items():
        try:
            one = read_intervention(key, raw)
        except DataError as error:
            yield f"interventions.yaml: {error}"
            continue
        yield from _effect_faults(one, tables, places)


def _effect_faults(one: Intervention, tables: Tables, places: dict[str, Place]) -> Iterator[str]:
    name = f"interventions.yaml: {one.id}"
    for effect in one.effects:
        assert effect.kind in EFFECTS
        if effect.kind == "close":
            yield from _target_faults(name, dict(effect.target), tables, places)
        if effect.kind in ("open", "link", "node"):
            for place in effect.target:
                if place not in places:
                    yield f"{name}: {unknown('place', place, places)}"
        if effect.kind == "open" and not any(
            {link.start, link.end} == set(effect.target)
            and (not effect.modes or link.mode in effect.modes)
            for link in tables.links
        ):
            yield f"{name}: opens {effect.target}, but links.csv has no such link"
        if effect.kind == "transfer":
            known = sorted({charge.key[0] for charge in tables.terminals})
            if effect.target[0] not in known:
                yield f"{name}: {unknown('transfer', effect.target[0], known)}"


def _through_faults(tables: Tables, places: dict[str, Place]) -> Iterator[str]:
    for rate in tables.through:
        where = f"throughrates.csv: {rate.id}"
        yield from (
            f"{where}: {unknown('place', stop, places)}"
            for stop in rate.stops
            if stop not in places
        )
        yield from (
            f"{where}: {unknown('mode', mode, MODES)}" for mode in rate.modes if mode not in MODES
        )
        for span in (rate.days, rate.dollars):
            if span is not None and not 0 < span[0] <= span[1]:
                yield f"{where}: a range must rise and be above 0, not {span[0]:g} to {span[1]:g}"
        yield from _signed(where, rate.source, rate.confidence)


def _unreachable(tables: Tables) -> Iterator[str]:
    """Yield the places that no chain of links and ships joins to the others."""
    around: dict[str, set[str]] = defaultdict(set)
    for link in tables.links:
        around[link.start].add(link.end)
        around[link.end].add(link.start)
    ports = [p.id for p in tables.places if p.kind == "port"]
    with_ships = {row[0] for row in tables.sea_rows}
    for port in ports:
        if port not in with_ships:
            yield f"nodes.csv: port {port!r} has no sea lane (run tools/build_sea.py)"
    seen = set(ports)
    queue = list(ports) or [p.id for p in tables.places[:1]]
    while queue:
        for other in around[queue.pop()]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
    for p in tables.places:
        if p.id not in seen:
            yield f"nodes.csv: {p.id} ({p.country}) is cut off: no link leads to the sea from it"
