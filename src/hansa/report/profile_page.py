"""A profile of a country as the terminal shows it.

May import its sibling. One line a fact; the letter beside it says how it is known.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hansa.report.profile import Line, Profile, Section

#: How each letter is spelled out below the page.
EVIDENCE = {"observed": "O", "derived": "D", "modelled": "M", "missing": "–"}
STYLE = {"observed": "green", "derived": "cyan", "modelled": "yellow", "missing": "dim"}


def profile_page(found: Profile) -> RenderableType:
    """Return a profile for a terminal of 80 columns or more.

    Parameters
    ----------
    found : Profile

    Returns
    -------
    rich renderable
    """
    head = Text.assemble((f"{found.name} ({found.country})", "bold"), f"  on {found.on:%d %B %Y}")
    parts: list[RenderableType] = [Panel(head, expand=False)]
    parts += [_section(section) for section in found.sections]
    foot = "O observed, D derived from observed data, M modelled (an equilibrium, not a record)."
    parts.append(Text(f"{foot} Money: USD of the world’s year.", style="dim"))
    return Group(*parts)


def _section(section: Section) -> RenderableType:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1), expand=True)
    table.add_column(width=26, style="bold")
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="fold")
    for line in section.lines:
        table.add_row(line.label, _letter(line), line.value)
    sources = list(dict.fromkeys(line.source for line in section.lines if line.source))
    title = Text(f"\n{section.title}", style="bold underline")
    return Group(title, table, Text("  " + "; ".join(sources), style="dim"))


def _letter(line: Line) -> Text:
    return Text(EVIDENCE[line.evidence], style=STYLE[line.evidence])
