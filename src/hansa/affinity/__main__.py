"""Prints the facts of the four chapters: ``python -m hansa.affinity [--tables] IRN BLR RUS``.

May import ``hansa.errors``, ``hansa.world``, ``hansa.policy``, ``hansa.equilibrium`` and its
neighbours. No paper.
"""

from __future__ import annotations

import sys

from hansa.affinity.chapters import (
    friends_chapter,
    reliability_chapter,
    science_chapter,
    votes_chapter,
)
from hansa.equilibrium import exposure
from hansa.errors import HansaError
from hansa.policy import sanctions
from hansa.world.load import load_world

CASPIAN = ("IRN", "BLR", "RUS", "VEN", "SYR", "CUB", "PRK", "MMR")


def main(codes: list[str]) -> None:
    """Print what supports and what speaks against cooperation, for the members named.

    With ``--tables`` also the first rows of every table of the chapters.
    """
    members = [code.upper() for code in codes if code != "--tables"] or list(CASPIAN)
    world = load_world()
    before, after = exposure(world), exposure(world, sanctions(world, on="2024-02-19"))
    for chapter in (
        friends_chapter(world, before, after, members),
        votes_chapter(members, before, exposure(load_world("world-2005"))),
        science_chapter(members),
        reliability_chapter(members),
    ):
        print(f"{chapter.title}\n  + {chapter.supports.says}\n  - {chapter.against.says}")
        for name, table in chapter.tables.items() if "--tables" in codes else ():
            print(f"\n{name} ({table.attrs['unit']})\n{table.head(12).round(3).to_string()}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except HansaError as error:
        raise SystemExit(f"hansa: {error}") from None
