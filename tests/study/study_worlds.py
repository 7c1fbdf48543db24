"""A small world with real codes and the registry's sectors, for tests of the study room."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from hansa.study.schema import Study, parse_study
from hansa.world.world import World
from worlds import random_world

CODES = ("IRN", "BLR", "RUS", "VEN", "USA", "DEU", "FRA", "GBR", "CHN", "IND", "TUR", "KAZ")
SECTORS = (
    "agri_food", "crude_ores", "fuels", "chemicals", "pharma", "fertilisers", "textiles",
    "wood_paper", "metals", "machinery", "electronics", "vehicles", "other_transport",
    "other_manufactures", "utilities", "construction", "trade_hotels",
    "transport_communication", "business_finance", "public_other",
)  # fmt: skip

TEXT = """
name: small
title: A small study
world: world-2015
regime: {on: 2024-02-19}
club:
  candidates: [IRN, BLR, RUS]
  measures: {nontariff: -0.10}
variants:
  - {name: large, measures: {nontariff: -0.2}}
answer: {ave: 0.3, intensities: [0.1, 1.0]}
draws: {number: 3, seed: 7}
"""


@lru_cache(maxsize=1)
def small_world() -> World:
    """Return a balanced random world of twelve economies."""
    world = random_world(np.random.default_rng(5), len(CODES), len(SECTORS), False, 0.1)
    return replace(world, countries=CODES, sectors=SECTORS, meta={})


def small_study() -> Study:
    """Return the study of TEXT."""
    return parse_study(TEXT, "small.yaml")
