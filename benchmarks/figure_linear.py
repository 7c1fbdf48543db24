"""The figure "linear against exact": ``python -m benchmarks.figure_linear``.

Shocks of 10 % on the embedded world, predicted from one `exposure` and solved in full. Writes
docs/images/linear-vs-exact.svg and prints what is under it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hansa.equilibrium import exposure, sweep
from hansa.report.svg import Figure
from hansa.shock import Shock
from hansa.world.load import load_world

Array = np.ndarray

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SOURCES = ("CHN", "USA", "DEU", "JPN", "IND", "RUS", "TUR", "IRN")
HAT = 1.1
#: Effects smaller than this (per cent) are left out of the picture, not of the numbers.
FLOOR = 1e-4
SIDE, LEFT, GAP = 300.0, 64.0, 88.0


@dataclass(frozen=True)
class Cloud:
    """Linear and exact effects on welfare, 100 times the log; and whose they are."""

    linear: Array
    exact: Array
    names: list[str]

    @property
    def gap(self) -> Array:
        """Relative difference of the two."""
        return np.abs(self.linear / self.exact - 1)


def growth() -> Cloud:
    """Productivity of one country up by 10 %: the welfare of all others."""
    world = load_world()
    shocks = [Shock.productivity(world, hat=HAT, country=code) for code in SOURCES]
    exact = 100 * np.log(sweep(world, shocks).welfare.values)
    linear = 100 * np.log(HAT) * exposure(world).welfare.sel(source=list(SOURCES)).values.T
    names = [f"{code} grows: {other}" for code in SOURCES for other in world.countries]
    others = np.array([code != other for code in SOURCES for other in world.countries])
    kept = [name for name, keep in zip(names, others, strict=True) if keep]
    return Cloud(linear.ravel()[others], exact.ravel()[others], kept)


def dearer_imports() -> Cloud:
    """All imports of a country dearer by 10 %: its own welfare."""
    world = load_world()
    codes = world.countries
    shocks = [Shock.trade_cost(world, hat=HAT, destination=code) for code in codes]
    exact = 100 * np.log(np.diagonal(sweep(world, shocks).welfare.values))
    cost = exposure(world).import_cost.values
    linear = 100 * np.log(HAT) * (cost.sum(1) - np.diagonal(cost))
    return Cloud(linear, exact, [f"dearer imports of {code}" for code in codes])


def drawn(first: Cloud, second: Cloud) -> Figure:
    """Return both clouds side by side, each with the line on which linear equals exact."""
    figure = Figure(
        "linear-vs-exact",
        "Shocks of 10 %: linear prediction against the exact solution",
        "Two scatter plots close to the diagonal.",
        "100 times the log change of welfare, world-2015, balanced deficits. Left: all sectors of "
        f"{', '.join(SOURCES)} in turn 10 % more productive, every other country one dot (blue "
        "gains, brown loses), logs of sizes. Right: all imports of a country 10 % dearer, one dot "
        "a country. "
        "Modelled: hansa.exposure and hansa.sweep; python -m benchmarks.figure_linear.",
        LEFT + 2 * SIDE + GAP + 14,
        SIDE + 80,
    )
    low = np.log10(FLOOR)
    high = np.log10(max(np.abs(first.exact).max(), np.abs(first.linear).max())) + 0.1
    most = 1.05 * float(np.abs(second.linear).max())

    def on_log(value: Array) -> Array:
        return (np.log10(np.abs(value)) - low) / (high - low)

    decades = [10.0**k for k in range(int(low), int(np.ceil(high)))]
    words = f"{note(first)}; {turned(first)} of other sign, not shown"
    panel(figure, LEFT, first, on_log, decades, "Others' welfare when one country grows", words)
    panel(
        figure, LEFT + SIDE + GAP, second, lambda value: np.abs(value) / most,
        [-k for k in range(0, int(most) + 1, 2)],
        "Own welfare when all imports are dearer", note(second),
    )  # fmt: skip
    return figure


def note(cloud: Cloud) -> str:
    """Return the typical distance in words."""
    return f"median distance {100 * np.median(cloud.gap):.1f} %"


def turned(cloud: Cloud) -> str:
    """Return how many of the effects that are not tiny have another sign than predicted."""
    shown = np.abs(cloud.exact) >= FLOOR
    return f"{int((cloud.linear * cloud.exact < 0)[shown].sum())} of {int(shown.sum())}"


def panel(
    figure: Figure,
    left: float,
    cloud: Cloud,
    at: Callable[[Array], Array],
    ticks: list[float],
    title: str,
    words: str,
) -> None:
    """Draw one cloud; `at` maps effects to 0..1."""
    top, bottom = 20.0, 20.0 + SIDE
    figure.text(left, 12, title, "strong")
    for tick in ticks:
        share = float(at(np.array(tick)))
        figure.line(left + share * SIDE, top, left + share * SIDE, bottom, "axis")
        figure.line(left, bottom - share * SIDE, left + SIDE, bottom - share * SIDE, "axis")
        figure.text(left + share * SIDE, bottom + 14, f"{tick:g}", "soft small", "middle")
        figure.text(left - 6, bottom - share * SIDE + 4, f"{tick:g}", "soft small", "end")
    figure.line(left, bottom, left + SIDE, top, "zero")
    for linear, exact, name in zip(cloud.linear, cloud.exact, cloud.names, strict=True):
        x, y = float(at(exact)), float(at(linear))
        if min(x, y) >= 0 and linear * exact > 0:
            kind = "gain" if linear > 0 else "loss"
            figure.dot(left + x * SIDE, bottom - y * SIDE, 1.8, kind, f"{name}: {exact:.2g}")
    figure.text(left + SIDE, bottom + 30, "exact, per cent", "soft small", "end")
    figure.text(left + 6, top + 12, "linear, per cent", "soft small")
    figure.text(left, bottom + 46, words, "small")


def main() -> None:
    """Write the figure and print its numbers."""
    first, second = growth(), dearer_imports()
    path = drawn(first, second).save(FOLDER)
    print(f"written: {path.name}")
    print(
        f"growth of one: median distance {100 * np.median(first.gap):.2f} % over others, ", end=""
    )
    print(f"{turned(first)} effects of at least {FLOOR:g} % change sign")
    print(f"dearer imports: {second.exact.size} countries, ", end="")
    print(f"median distance {100 * np.median(second.gap):.2f} %, ", end="")
    print(f"largest {100 * second.gap.max():.2f} %")


if __name__ == "__main__":
    main()
