"""What a benchmark returns, and how it takes time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What a benchmark found.

    Attributes
    ----------
    seconds : dict
        Median seconds by what was timed.
    ratios : dict
        Pure numbers.
    note : str
        What the reader must know; why it was skipped, if it was.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    note: str = ""


def median_seconds(action: Callable[[], object], repeats: int) -> float:
    """Return the median wall time of an action, seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)
