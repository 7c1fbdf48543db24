"""Estimate everything anew from the raw tables, and write what ships.

May import ``hansa.world`` and the policy room. About two minutes on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from hansa.policy.gravity.bootstrap import bayesian_draws, wild_draws
from hansa.policy.gravity.columns import COLUMNS, MAIN, Column, estimate
from hansa.policy.gravity.panel import YEARS, build_panel
from hansa.policy.gravity.ppml import Fit
from hansa.policy.gravity.shipped import (
    NAME,
    ColumnEstimate,
    Estimates,
    registry_digest,
    to_text,
)

__all__ = ["DRAWS", "PAGE", "renewed", "write_estimates"]

#: Of each bootstrap.
DRAWS = 2000
#: The page of the docs that shows what ships.
PAGE = "gravity-table.md"
Say = Callable[[str, int, int], None]


def renewed(folder: str | Path | None = None, say: Say | None = None) -> Estimates:
    """Return all estimates, made from the raw tables.

    Parameters
    ----------
    folder : path, optional
        The raw tables; by default ``HANSA_DATA`` or the folder beside the repository.
    say : callable, optional
        Called with (what, done, total).
    """
    say = say or (lambda what, done, total: None)
    total = len(COLUMNS) + 3
    # One thread: sums in another order differ in the last bit.
    with threadpool_limits(limits=1):
        panel = build_panel(folder, lambda what: say(what, 0, total))
        fits = estimate(panel.frame, COLUMNS, lambda what, done, _: say(what, done + 2, total))
        say("bootstraps", total - 1, total)
        main = fits[MAIN]
        bands = [
            np.quantile(draw(main, DRAWS), [0.05, 0.95], axis=0).T
            for draw in (wild_draws, bayesian_draws)
        ]
    say("done", total, total)
    return Estimates(
        columns={c.name: _shown(c, fits[c.name]) for c in COLUMNS},
        main_column=MAIN,
        vcov=main.vcov,
        wild=bands[0],
        bayes=bands[1],
        draws=DRAWS,
        mix=panel.mix,
        changing=panel.changing,
        constant=panel.constant,
        notes=panel.notes,
        command="hansa gravity --write",
        years=YEARS,
        sources=_sources(),
        registry=registry_digest(YEARS),
    )


def write_estimates(found: Estimates) -> tuple[Path, ...]:
    """Write what ships and, in a checkout, the page of the docs; return their paths."""
    from hansa.policy import effects
    from hansa.policy.gravity import page, shipped

    package = Path(__file__).resolve().parents[2]
    file = package / "policy" / "data" / NAME
    file.write_text(to_text(found), encoding="utf-8")
    shipped.forget()
    effects.forget()
    docs = package.parents[1] / "docs"
    if not docs.is_dir():
        return (file,)
    (docs / PAGE).write_text(page.markdown(found), encoding="utf-8")
    return file, docs / PAGE


def _shown(column: Column, fit: Fit) -> ColumnEstimate:
    own = {f.name for f in fields(ColumnEstimate)} - {"title", "sample"}
    return ColumnEstimate(
        title=column.title, sample=column.sample, **{name: getattr(fit, name) for name in own}
    )


def _sources() -> dict[str, str]:
    from hansa.world.sources import baci, cepii, rta, un_accounts, unctad, wiod2013, wiod2016

    one = {s.FILE: s.SHA256 for s in (unctad, un_accounts, rta, baci, cepii)}
    return {**one, wiod2013.FILE: wiod2013.CHECKSUM, **wiod2016.FILES}
