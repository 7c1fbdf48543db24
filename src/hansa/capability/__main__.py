"""What this room says of a club, in the terminal: ``python -m hansa.capability IRN BLR RUS``.

May import ``hansa.errors``, ``hansa.world``, ``hansa.policy``, ``hansa.equilibrium`` and its
siblings. Prints every number that `docs/capability.md` quotes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import pandas as pd

import hansa.capability as room
from hansa.capability.summary import Summary
from hansa.equilibrium import sweep
from hansa.policy import Club, Measures, sanctions
from hansa.shock import Shock
from hansa.world.load import DEFAULT_WORLD, load_world

SHOWN = (
    "coverage_members", "coverage_fields", "coverage_curve", "coverage_chapters", "outsiders",
    "suppliers", "complementarity",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was lost, what the club covers, what a shortage costs, and two sentences."""
    parser = argparse.ArgumentParser(prog="python -m hansa.capability", description=__doc__)
    parser.add_argument("members", nargs="*", default=["IRN", "BLR", "RUS"], help="ISO3 codes")
    parser.add_argument("--world", default=DEFAULT_WORLD, help="an embedded world, or a table")
    parser.add_argument("--on", default="2024-02-19", help="date of the sanctions")
    parser.add_argument(
        "--since-none", action="store_true",
        help="against a world without any sanctions on the members, not against the world's year",
    )  # fmt: skip
    parser.add_argument("--horizon", default="medium", help="of the cost of a shortage")
    given = parser.parse_args(arguments)
    world = load_world(given.world)
    regime = sanctions(world, on=given.on, targets=given.members)
    without = sanctions(world, on=None, targets=given.members) if given.since_none else None
    start = time.perf_counter()
    found = room.summarise(world, regime, given.members, before=without, horizon=given.horizon)
    tables = found.tables()
    spent = time.perf_counter() - start
    for loss in found.coverage.losses:
        print(f"\n{loss!r}, {loss.sender_share:.1%} of its imports of goods came from them")
        print(loss.sectors().drop(columns="name").round(3).to_string())
    for name in SHOWN:
        print(f"\n{name} ({tables[name].attrs.get('unit', 'shares')})")
        print(tables[name].head(20).round(3).to_string(index=False))
    ranks = tables["complexity"].pivot(index="country", columns="year", values=["eci", "rank"])
    print("\ncomplexity")
    print(ranks[[(kind, year) for kind in ("eci", "rank") for year in (2011, 2015, 2019, 2020)]])
    for critical in found.criticality:
        print(f"\nshortage in {critical.target} ({given.horizon} horizon)")
        print(critical.to_frame().head(5).drop(columns="name").round(4).to_string())
    print("\nwelfare of members: without a club, costs 10 % lower, 10 % on average by capability")
    print(_rules(found, regime))
    print("\n" + "\n".join(found.sentences()))
    print(f"\n{spent:.1f} s after set-up")


def _rules(found: Summary, regime: Shock) -> str:
    """Return welfare under no club, the plain rule, and the rule by capability."""
    world, members = found.world, list(found.members)
    rules = [Measures(), Measures(nontariff=-0.10), room.match_measures(world, found.coverage)]
    shocks = [Club(members, rule).shock(world) for rule in rules]
    result = sweep(world, shocks, base=regime, threads=1)
    welfare = result.welfare.sel(country=members).values.T
    table = pd.DataFrame(welfare, members, ["none", "plain", "capability"])
    return str(table.round(5).to_string())


if __name__ == "__main__":
    main()
