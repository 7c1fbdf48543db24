"""A very small SVG writer: shapes with classes, so that a page's colours apply.

May import nothing of Hansa. Inline figures take their colours from the page (light and dark);
stand-alone files carry the light ones.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

#: Colours of stand-alone files: the light theme of the page.
LIGHT = (
    f"svg {{ background: #ffffff; font-family: {FONT}; }}"
    + """
text { fill: #1c1b19; font-size: 12px; }
.soft { fill: #6b675f; } .small { font-size: 10.5px; } .strong { font-weight: 600; }
.head { font-size: 14px; font-weight: 700; }
.axis { stroke: #d9d5cc; stroke-width: 1; } .zero { stroke: #6b675f; stroke-width: 1; }
.range { stroke: #6b675f; stroke-width: 1.5; }
.loss { fill: #b5521b; } .gain { fill: #1f6f8b; }
.ring { fill: none; stroke: #1c1b19; stroke-width: 1.2; } .dim { fill: #b9b4a8; }
.halo { paint-order: stroke; stroke: #ffffff; stroke-width: 3; }
.s1, .s2, .s3 { fill: none; stroke-width: 2; stroke-linejoin: round; }
.s1 { stroke: #1f6f8b; } .s2 { stroke: #b5521b; } .s3 { stroke: #6b675f; stroke-dasharray: 3 2.5; }
.t1 { fill: #1f6f8b; } .t2 { fill: #b5521b; } .t3 { fill: #6b675f; }
.spread { fill: #1f6f8b; opacity: .16; } .pale { fill: #1f6f8b; opacity: .3; }
.link { stroke: #6b675f; fill: none; opacity: .35; }
.event { stroke: #6b675f; stroke-width: 1; stroke-dasharray: 1 2; }
.h-3 { fill: #b5521b; } .h-2 { fill: #d98a4e; } .h-1 { fill: #f6d2a8; } .h0 { fill: #efece5; }
.h1 { fill: #b9dbe4; } .h2 { fill: #74b2c5; } .h3 { fill: #1f6f8b; }
"""
)


class Figure:
    """One figure: shapes in a coordinate system of `width` x `height` units.

    Parameters
    ----------
    key : str
        Unique in the page; used for ids.
    title, description : str
        For readers who do not see it; the title also heads the stand-alone file.
    source : str
        What it rests on, with year and unit; under the stand-alone file.
    width, height : float
    """

    def __init__(
        self, key: str, title: str, description: str, source: str, width: float, height: float
    ) -> None:
        self.key, self.title, self.description, self.source = key, title, description, source
        self.width, self.height = width, height
        #: Rules beside those of all stand-alone files.
        self.style = ""
        self._parts: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write words; anchor is start, middle or end."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{escape(words)}</text>"
        )

    def turned(self, x: float, y: float, words: str, kind: str = "") -> None:
        """Write words upwards from a point."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" '
            f'transform="rotate(-90 {x:.1f} {y:.1f})">{escape(words)}</text>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line."""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'
        )

    def bar(self, x1: float, x2: float, y: float, height: float, kind: str, hint: str) -> None:
        """Draw a bar between two x positions, at least half a unit wide."""
        left, right = min(x1, x2), max(x1, x2)
        self._parts.append(
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(right - left, 0.5):.1f}" '
            f'height="{height:.1f}" class="{kind}"><title>{escape(hint)}</title></rect>'
        )

    def dot(self, x: float, y: float, radius: float, kind: str, hint: str = "") -> None:
        """Draw a dot with a hint."""
        title = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="{kind}">{title}</circle>'
        )

    def path(self, points: list[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        way = " ".join(f"{'L' if k else 'M'}{x:.1f} {y:.1f}" for k, (x, y) in enumerate(points))
        self._parts.append(f'<path d="{way}" class="{kind}"/>')

    def area(self, points: list[tuple[float, float]], kind: str) -> None:
        """Fill the polygon through points."""
        way = " ".join(f"{'L' if k else 'M'}{x:.1f} {y:.1f}" for k, (x, y) in enumerate(points))
        self._parts.append(f'<path d="{way}Z" class="{kind}"/>')

    def cloud(self, points: list[tuple[float, float]], kind: str) -> None:
        """Draw many small points as one path; the rule of `kind` must have round line ends."""
        way = "".join(f"M{x:g} {y:g}h0" for x, y in points)
        self._parts.append(f'<path d="{way}" class="{kind}"/>')

    def inline(self) -> str:
        """Return the SVG for use inside the page."""
        return self._wrap(0.0, "", "")

    def standalone(self) -> str:
        """Return the SVG as a file of its own, with title, source and colours."""
        head = f'<text x="8" y="20" class="head">{escape(self.title)}</text>'
        lines = _wrapped(self.source, int(self.width / 5.4))
        foot = "".join(
            f'<text x="8" y="{self.height + 44 + 13 * k:.1f}" class="soft small">'
            f"{escape(line)}</text>"
            for k, line in enumerate(lines)
        )
        return self._wrap(32.0, head + foot, LIGHT + self.style, 20.0 + 13 * len(lines))

    def save(self, folder: Path) -> Path:
        """Write the stand-alone file."""
        path = folder / f"{self.key}.svg"
        path.write_text(self.standalone(), encoding="utf-8")
        return path

    def _wrap(self, above: float, extra: str, style: str, below: float = 0.0) -> str:
        block = f"<style>{style}</style>" if style else ""
        height = self.height + above + below
        size = f' width="{2 * self.width:.0f}" height="{2 * height:.0f}"' if style else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {height:.0f}"'
            f'{size} role="img" aria-labelledby="{self.key}-t {self.key}-d">'
            f'<title id="{self.key}-t">{escape(self.title)}</title>'
            f'<desc id="{self.key}-d">{escape(self.description)}</desc>{block}{extra}'
            f'<g transform="translate(0 {above:.0f})">{"".join(self._parts)}</g></svg>'
        )


def _wrapped(words: str, width: int) -> list[str]:
    lines: list[str] = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > width and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
