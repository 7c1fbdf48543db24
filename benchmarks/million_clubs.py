"""All 2^20 clubs of twenty candidates, on a GPU where JAX finds one.

``python -m benchmarks.million_clubs [--candidates 20] [--engine jax] [--out FOLDER]`` streams what
every club is worth to every candidate into Parquet, one part for each 65 536 clubs. Parts that
are there are not solved again. Prints clubs a second and what all of them take at that rate.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.clubs import PLAYERS
from hansa.equilibrium import sweep
from hansa.policy import Measures, club_shocks, sanctions
from hansa.shock import Shock
from hansa.world.load import load_world
from hansa.world.world import World

CANDIDATES = (*PLAYERS, "PAK", "DZA", "NIC", "ZWE")
#: Clubs in a part, and solved between two looks at the clock.
PART, BLOCK = 1 << 16, 1 << 13


def main() -> None:
    """Solve all clubs and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--engine", default="jax")
    parser.add_argument("--out", type=Path, default=Path("out") / "million-clubs")
    given = parser.parse_args()
    world = load_world()
    regime = sanctions(world, "2024-02-19")
    players = CANDIDATES[: given.candidates]
    given.out.mkdir(parents=True, exist_ok=True)
    total = 1 << len(players)
    begin, solved = time.perf_counter(), 0
    for first in range(0, total, PART):
        path = given.out / f"clubs-{first:07d}.parquet"
        if path.exists():
            continue
        part = range(first, min(first + PART, total))
        scratch = path.with_suffix(".part")
        pq.write_table(clubs_table(world, regime, players, part, given.engine), scratch)
        scratch.rename(path)
        solved += len(part)
        rate = solved / (time.perf_counter() - begin)
        print(f"{part.stop} of {total} clubs, {rate:.0f} a second, all in {total / rate:.0f} s")


def clubs_table(
    world: World, regime: Shock, players: tuple[str, ...], masks: range, engine: str
) -> pa.Table:
    """Return one row per club: mask, W hat of each candidate, residual."""
    at = [world.country(p) for p in players]
    columns: dict[str, list[np.ndarray]] = {"mask": [], "residual": []}
    columns |= {p: [] for p in players}
    for first in range(masks.start, masks.stop, BLOCK):
        block = np.arange(first, min(first + BLOCK, masks.stop))
        members = (block[:, None] >> np.arange(len(players)) & 1).astype(bool)
        shocks = club_shocks(world, players, members, Measures(nontariff=-0.10))
        result = sweep(world, shocks, base=regime, engine=engine)
        columns["mask"].append(block)
        columns["residual"].append(np.maximum(result.market_residual, result.price_residual))
        welfare = result.welfare.values
        for player, n in zip(players, at, strict=True):
            columns[player].append(welfare[:, n])
    return pa.table({name: np.concatenate(parts) for name, parts in columns.items()})


if __name__ == "__main__":
    main()
