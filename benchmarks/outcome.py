"""What a benchmark is, and what it finds: medians, ratios, and how they stand to a target."""

from __future__ import annotations

import operator
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Up to this many repeats are the quick form: small cases, to see that everything runs.
QUICK = 1


@dataclass(frozen=True)
class Target:
    """A bound that one of the numbers should meet.

    Attributes
    ----------
    number : str
        Name among the seconds or ratios.
    bound : {"at least", "at most"}
    value : float
        Seconds, or a pure number.
    """

    number: str
    bound: str
    value: float

    def met(self, found: float) -> bool:
        """Return whether a number meets the bound."""
        return bool(
            {"at least": operator.ge, "at most": operator.le}[self.bound](found, self.value)
        )


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
    targets : tuple of Target
    """

    seconds: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    note: str = ""
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Benchmark:
    """One entry: its name, what it measures, and the function of the number of repeats.

    A `long` one takes minutes and is run only when it is named.
    """

    name: str
    what: str
    run: Callable[[int], Outcome]
    long: bool = False


def median_seconds(action: Callable[[], object], repeats: int) -> float:
    """Return the median wall time of an action, seconds."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)
