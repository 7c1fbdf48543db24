"""A matrix of pairs as coloured squares, a network of the strongest links, and bars in bars.

May import its siblings. Orders and places come from the rooms; here they are only drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hansa.report.charts import LABEL, ROW, WIDTH, shortened, tick_text, ticks
from hansa.report.svg import Figure

#: Side of one square of a matrix.
SIDE = 15.0
#: Largest countries of a network that are named.
NAMED = 9
#: Edges of the shades from 0 on, on a scale to one.
SHADES = (0.05, 0.45, 0.8)


@dataclass(frozen=True)
class Square:
    """One cell: row, column, a shade from -1 to 1, and what is said of it."""

    row: str
    column: str
    shade: float
    said: str


def shade_of(value: float) -> str:
    """Return the class of a shade: h-3 the strongest below zero, h0 about none, h3 above."""
    size = sum(abs(value) >= edge for edge in SHADES)
    return f"h{'-' if value < 0 and size else ''}{size}"


def matrix(
    key: str,
    title: str,
    order: Sequence[str],
    cells: Sequence[Square],
    marked: Sequence[str],
    words: tuple[str, str],
    source: str,
) -> Figure:
    """Return a square matrix; `words` name rows and columns, the marked codes are printed bold."""
    n = len(order)
    left, top = 40.0, 52.0
    width = left + n * SIDE + 8
    spoken = f"{words[0]} by {words[1]}, {n} countries. " + "; ".join(
        c.said for c in sorted(cells, key=lambda c: -abs(c.shade))[:8]
    )
    figure = Figure(key, title, spoken, source, width, top + n * SIDE + 32)
    place = {code: k for k, code in enumerate(order)}
    for code, k in place.items():
        kind = "small strong" if code in marked else "small soft"
        figure.text(left - 4, top + k * SIDE + 11, code, kind, "end")
        figure.turned(left + k * SIDE + 11, top - 4, code, kind)
    for cell in cells:
        x, y = left + place[cell.column] * SIDE, top + place[cell.row] * SIDE
        figure.bar(x + 0.5, x + SIDE - 0.5, y + 0.5, SIDE - 1, shade_of(cell.shade), cell.said)
    bottom = top + n * SIDE
    figure.text(0, 11, f"rows: {words[0]}; columns: {words[1]}", "soft small")
    x = left
    for k in (-3, -2, -1, 0, 1, 2, 3):
        figure.bar(x, x + 16, bottom + 8, 9, f"h{k}", "")
        x += 17
    figure.text(left, bottom + 26, "hurts", "soft small")
    figure.text(x, bottom + 26, "helps", "soft small", "end")
    return figure


@dataclass(frozen=True)
class Node:
    """A country of a network: its place in -1..1, a size from 0 to 1, and what is said of it."""

    code: str
    x: float
    y: float
    size: float
    said: str


def network(
    key: str,
    title: str,
    nodes: Sequence[Node],
    links: Sequence[tuple[str, str]],
    kinds: Mapping[str, str],
    named: Collection[str],
    source: str,
) -> Figure:
    """Return countries as dots joined by their strongest links; kinds colour some of them.

    The largest and those in `named` are named.
    """
    spoken = "; ".join(n.said for n in sorted(nodes, key=lambda n: -n.size)[:8])
    height = 380.0
    figure = Figure(key, title, spoken, source, WIDTH, height + 4)

    def at(node: Node) -> tuple[float, float]:
        return 22 + (node.x + 1) / 2 * (WIDTH - 44), 20 + (node.y + 1) / 2 * (height - 40)

    place = {node.code: at(node) for node in nodes}
    for one, other in links:
        figure.line(*place[one], *place[other], "link")
    large = {n.code for n in sorted(nodes, key=lambda n: -n.size)[:NAMED]}
    for node in sorted(nodes, key=lambda n: n.code in kinds):
        x, y = place[node.code]
        figure.dot(x, y, 2.2 + 7 * node.size**0.5, kinds.get(node.code, "dim"), node.said)
    for node in nodes:
        if node.code in named or node.code in large:
            x, y = place[node.code]
            kind = "small strong halo" if node.code in named else "small soft halo"
            figure.text(x, y - 4 - 7 * node.size**0.5, node.code, kind, "middle")
    return figure


@dataclass(frozen=True)
class Nested:
    """A row with a bar inside a paler one, both from zero, and the inner value as text."""

    label: str
    inner: float
    outer: float
    shown: str


def nested(
    key: str, title: str, rows: Sequence[Nested], unit: str, source: str, label: float = LABEL
) -> Figure:
    """Return bars inside paler bars on one axis; labels take `label` units of the width."""
    said = "; ".join(f"{r.label} {r.shown}, at most {r.outer:.0f}" for r in rows)
    figure = Figure(key, title, f"{unit}: {said}", source, WIDTH, ROW * len(rows) + 34)
    high = max([r.outer for r in rows], default=1.0) or 1.0
    left, right, bottom = label, WIDTH - 46, ROW * len(rows) + 6

    def at(value: float) -> float:
        return left + value / high * (right - left)

    for tick in ticks(0.0, high):
        figure.line(at(tick), 2, at(tick), bottom, "zero" if tick == 0 else "axis")
        figure.text(at(tick), bottom + 12, tick_text(tick), "soft small", "middle")
    figure.text(WIDTH - 4, bottom + 26, unit, "soft small", "end")
    for k, row in enumerate(rows):
        y = ROW * k + 5
        figure.text(label - 6, y + 11, shortened(row.label, int(label / 7.6)), "", "end")
        figure.bar(at(0), at(row.outer), y + 1, 12, "pale", f"{row.label}: at most {row.outer:.0f}")
        figure.bar(at(0), at(row.inner), y + 4, 6, "gain", f"{row.label}: {row.shown}")
        figure.text(WIDTH - 2, y + 11, row.shown, "strong small", "end")
    return figure
