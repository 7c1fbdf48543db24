"""The regression table and its reading, for the terminal, for docs and for CSV.

May import the policy room. Everything here is rendered from what ships, `Estimates`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hansa.policy.ave import reference_theta
from hansa.policy.effects import load_effects
from hansa.policy.gravity.columns import LABELS
from hansa.policy.gravity.combine import NINETY, ave_band
from hansa.policy.gravity.coverage import GROUPS
from hansa.policy.gravity.ppml import EFFECTS
from hansa.policy.gravity.shipped import ColumnEstimate, Estimates, registry_digest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["effects_page", "gravity_page", "markdown", "table", "unidentified"]

#: Log points beyond which a coefficient says that trade ceased, and not how much it fell.
CEASED = 7.0
#: Columns beside one another in 80 characters.
ACROSS = 5


def table(found: Estimates) -> pd.DataFrame:
    """Return the table in long form.

    Returns
    -------
    DataFrame
        Columns: column (its number), specification, term, label, beta, se, se_twoway (log
        points), low, high (90 per cent), ave, ave_low, ave_high (fractions at the reference
        elasticity; none for the controls), n, clusters, pseudo_r2.
    """
    import pandas as pd

    rows, theta = [], reference_theta()
    for number, (name, c) in enumerate(found.columns.items(), start=1):
        for k, term in enumerate(c.terms):
            beta, se = float(c.beta[k]), float(c.se[k])
            ave, low, high, _ = ave_band(beta, se, theta)
            cost = term not in ("rta", "eu")
            rows.append(
                {
                    "column": number, "specification": name, "term": term, "label": LABELS[term],
                    "beta": beta, "se": se, "se_twoway": float(c.se_twoway[k]),
                    "low": beta - NINETY * se, "high": beta + NINETY * se,
                    "ave": ave if cost else np.nan, "ave_low": low if cost else np.nan,
                    "ave_high": high if cost else np.nan, "n": c.n, "clusters": c.clusters,
                    "pseudo_r2": c.pseudo_r2,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def gravity_page(found: Estimates, stars: bool = False, intervals: bool = False) -> RenderableType:
    """Return the regression table, costs with three bands, and what is not identified.

    Parameters
    ----------
    found : Estimates
    stars : bool
        Mark p < 0.10, 0.05, 0.01 (two sides, normal law).
    intervals : bool
        90 per cent intervals instead of standard errors.
    """
    names = list(found.columns)
    parts: list[RenderableType] = [Text(_title(found), style="bold")]
    across = ACROSS - 1 if intervals else ACROSS
    for start in range(0, len(names), across):
        parts += [Text(), _terminal(found, names[start : start + across], stars, intervals)]
    parts += [Text(), Text("Costs from the main column", style="bold"), _costs(found)]
    parts += [Text(), *(Text(line) for line in _reading(found, intervals))]
    parts += [Text(), Text("What these data cannot identify", style="bold")]
    parts += [Text(f"- {line}") for line in unidentified(found)]
    parts += [Text(), Text("Sample", style="bold"), *(Text(f"- {n}") for n in found.notes)]
    return Group(*parts)


def markdown(found: Estimates) -> str:
    """Return the same page as Markdown: what ``docs/gravity-table.md`` holds."""
    names = list(found.columns)
    lines = ["# Gravity estimates", "", "Written by `hansa gravity --write`; do not edit.", ""]
    lines += [_title(found), ""]
    head = [f"({k}) {found.columns[n].title}" for k, n in enumerate(names, start=1)]
    rows = [["", *head], ["---"] * (len(names) + 1)]
    rows += [
        [LABELS[term], *(_cell(found.columns[n], term, False, False, " ") for n in names)]
        for term in _terms(found, names)
    ]
    rows += [[label, *cells] for label, cells in _foot(found, names)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", *_reading(found, False), "", "## Costs from the main column", ""]
    costs = _cost_rows(found)
    lines += [f"| {' | '.join(row)} |" for row in (costs[0], ["---"] * len(costs[0]), *costs[1:])]
    lines += ["", "## What these data cannot identify", ""]
    lines += [f"- {line}" for line in unidentified(found)]
    lines += ["", "## Sample", "", *(f"- {note}" for note in found.notes)]
    lines += ["", "## Costs by class: literature, estimated, combined", ""]
    rows = _effect_rows()
    lines += [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]
    years = ", ".join(map(str, found.years))
    made = f"`{found.command}`, from the registry's measures in force on 1 July {years}"
    lines += ["", "## Made from", "", f"{made} (digest {found.registry[:12]}), and:", ""]
    lines += [f"- `{name}` ({digest[:12]})" for name, digest in found.sources.items()]
    return "\n".join(lines) + "\n"


def effects_page() -> RenderableType:
    """Return, class by class, what the literature, our estimates and both combined say."""
    rows = _effect_rows()
    shown = Table(box=None, padding=(0, 1, 0, 0), width=80)
    shown.add_column(rows[0][0], no_wrap=True)
    for name in rows[0][1:-1:2]:
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows[1:]:
        cells = (f"{a}\n{b}" for a, b in zip(row[1:-1:2], row[2:-1:2], strict=True))
        shown.add_row(f"{row[0]}\n  {row[-1]}", *cells)
    theta = reference_theta()
    said = (
        f"AVE in per cent of the delivered price at elasticity {theta:g}: central (low-high: 90 "
        "per cent, or the literature's range); below it the effect on log trade, central. Below "
        "a class what its estimated and its combined cost rest on. The rule: docs/gravity.md."
    )
    return Group(Text("Costs by strength class", style="bold"), Text(), shown, Text(), Text(said))


def unidentified(found: Estimates) -> tuple[str, ...]:
    """Return what the estimates cannot tell, in sentences."""
    main = found.main
    constant = {k: v for k, v in found.constant.items() if v}
    named = "; ".join(f"{LABELS[k]}: {', '.join(v)}" for k, v in constant.items())
    few = ", ".join(f"{LABELS[g]} {found.changing[g]}" for g in GROUPS)
    lines = [
        "Pairs under the same measures in all three years are absorbed by the effects of pairs "
        f"and teach nothing: {named}.",
        "There are three years, ten years apart: what came and went between them is not seen, nor "
        "how an effect builds up or fades; what else changed between the same two countries and "
        "years (war, a change of rule) is taken for the sanction's effect.",
        f"Ordered pairs whose coverage changes are few: {few}.",
        "Exposure of third countries is in force in 2015 only and on Iran only; it is told from "
        "what else befell Iran's trade by Iran's domestic sales and by the few states that are "
        "exempt, so it is weak evidence.",
        "Measures that bind a state only through the United Nations bind nearly all partners of a "
        "target at once; they are told from the target's own year only by its domestic sales, at "
        "official exchange rates.",
        f"Measures come together. The most correlated coefficients of the main column are "
        f"{_correlated(found)}; draws of effects move them as if they were not.",
        "Withdrawn preferences (mfn_loss) and broad measures on third countries are in force on "
        "none of the three days.",
    ]
    absorbed = [
        f"column {k}: {', '.join(LABELS[t] for t in c.absorbed)}"
        for k, c in enumerate(found.columns.values(), start=1)
        if c.absorbed
    ]
    if absorbed:
        lines.append(f"Regressors without a case or absorbed, and left out: {'; '.join(absorbed)}.")
    ceased = [
        f"{LABELS[t]} ({b:.1f}, column {k})"
        for k, c in enumerate(found.columns.values(), start=1)
        for t, b in zip(c.terms, c.beta, strict=True)
        if abs(b) > CEASED
    ]
    if ceased:
        lines.append(
            f"Beyond {CEASED:g} log points trade has ceased and the size has no meaning: "
            f"{', '.join(ceased)}."
        )
    wrong = [LABELS[t] for t, b in zip(main.terms, main.beta, strict=True) if b > 0]
    wrong = [w for w in wrong if w not in (LABELS["rta"], LABELS["eu"])]
    if wrong:
        lines.append(f"Of the wrong sign in the main column: {', '.join(wrong)}.")
    if registry_digest(found.years) != found.registry:
        lines.append("The registry has changed since these estimates were made: renew them.")
    return tuple(lines)


def _title(found: Estimates) -> str:
    years = ", ".join(map(str, found.years))
    return f"Structural gravity by PPML, goods by SITC section, {years}"


def _reading(found: Estimates, intervals: bool) -> list[str]:
    below = "90 per cent intervals" if intervals else "standard errors"
    return [
        "Dependent variable: exports f.o.b., or domestic sales. Regressors are the share of the "
        "section's goods covered on 1 July; agreements are 0 or 1. "
        f"In brackets {below}, clustered by ordered pair (two-way by exporter and importer: "
        "the CSV). AVE = exp(-beta / theta) - 1.",
    ]


def _correlated(found: Estimates) -> str:
    """Return the two most correlated of the sanctions' coefficients, with the correlation."""
    kept = [k for k, t in enumerate(found.main.terms) if t not in ("rta", "eu")]
    names = [LABELS[found.main.terms[k]] for k in kept]
    se = np.sqrt(np.diag(found.vcov))
    all_pairs = (found.vcov / np.outer(se, se))[np.ix_(kept, kept)]
    np.fill_diagonal(all_pairs, 0.0)
    a, b = np.unravel_index(int(np.abs(all_pairs).argmax()), all_pairs.shape)
    return f"'{names[int(a)]}' and '{names[int(b)]}' ({all_pairs[a, b]:.2f})"


def _terms(found: Estimates, names: list[str]) -> list[str]:
    used = {t for n in names for t in (*found.columns[n].terms, *found.columns[n].absorbed)}
    return [t for t in LABELS if t in used]


def _cell(c: ColumnEstimate, term: str, stars: bool, intervals: bool, between: str) -> str:
    if term in c.absorbed:
        return "left out"
    if term not in c.terms:
        return ""
    k = c.terms.index(term)
    beta, se = float(c.beta[k]), float(c.se[k])
    size = abs(beta / se)
    mark = "*" * sum(size > z for z in (1.645, 1.960, 2.576)) if stars else ""
    below = f"({se:.2f})"
    if intervals:
        below = f"[{beta - NINETY * se:.1f},{beta + NINETY * se:.1f}]"
    return f"{beta:.2f}{mark}{between}{below}"


def _foot(found: Estimates, names: list[str]) -> list[tuple[str, list[str]]]:
    columns = [found.columns[n] for n in names]
    rows = [
        (f"Effects: {e}", ["yes" if e in c.effects else "no" for c in columns]) for e in EFFECTS
    ]
    sales = {"all": "yes", "abroad": "no", "own tables": "own tables", "no hubs": "no hubs"}
    rows += [
        ("Domestic sales", [sales[c.sample] for c in columns]),
        ("Observations", [f"{c.n}" for c in columns]),
        ("of which zero", [f"{c.zeros}" for c in columns]),
        ("Clusters (pairs)", [f"{c.clusters}" for c in columns]),
        ("Dropped: all zero", [_dropped(c, "all zero") for c in columns]),
        ("Dropped: alone", [_dropped(c, "alone") for c in columns]),
        ("Dropped: by a regressor", [_dropped(c, "separated") for c in columns]),
        ("Fitted as zero, kept", [_dropped(c, "fitted as zero") for c in columns]),
        ("Pseudo R2", [f"{c.pseudo_r2:.3f}" for c in columns]),
    ]
    return rows


def _dropped(c: ColumnEstimate, reason: str) -> str:
    return str(sum(count for why, count in c.left_out.items() if why.startswith(reason)))


def _terminal(found: Estimates, names: list[str], stars: bool, intervals: bool) -> Table:
    shown = Table(box=None, padding=(0, 1, 0, 0), width=80)
    shown.add_column("", width=27)
    order = list(found.columns)
    for name in names:
        head = f"({order.index(name) + 1})\n{found.columns[name].title}"
        shown.add_column(head, justify="right", vertical="top")
    for term in _terms(found, names):
        cells = [_cell(found.columns[n], term, stars, intervals, "\n") for n in names]
        shown.add_row(LABELS[term], *cells)
    for label, cells in _foot(found, names):
        shown.add_row(label.replace(" x ", "-"), *cells, style="dim")
    return shown


def _cost_rows(found: Estimates) -> list[list[str]]:
    """Return AVE by regressor of the main column, with the delta-method and both bootstraps."""
    theta, main = reference_theta(), found.main
    head = ["per cent", "AVE", "s.e.", "delta 90 %", "wild 90 %", "Bayesian 90 %"]
    rows = [head]
    for k, term in enumerate(main.terms):
        if term in ("rta", "eu"):
            continue
        ave, low, high, se = ave_band(float(main.beta[k]), float(main.se[k]), theta)
        bounds = [(low, high)]
        for draws in (found.wild, found.bayes):
            edges = np.sort(np.expm1(-draws[k] / theta))
            bounds.append((float(edges[0]), float(edges[1])))
        bands = [f"{a:.1%} to {b:.1%}" for a, b in bounds]
        rows.append([LABELS[term], f"{ave:.1%}", f"{se:.1%}", *bands])
    return rows


def _costs(found: Estimates) -> Table:
    rows = _cost_rows(found)
    shown = Table(box=None, padding=(0, 1, 0, 0), width=80)
    for k, name in enumerate(rows[0]):
        shown.add_column(name, justify="right" if k else "left")
    for row in rows[1:]:
        shown.add_row(*(cell.replace("%", "") if k else cell for k, cell in enumerate(row)))
    return shown


def _effect_rows() -> list[list[str]]:
    bodies = {name: load_effects(name).table() for name in ("literature", "estimated", "combined")}
    head = ["class", *(cell for name in bodies for cell in (name, "effect")), "rests on"]
    rows = [head]
    for strength in bodies["literature"].index:
        row = [str(strength)]
        for frame in bodies.values():
            at = frame.loc[strength]
            low, central, high = (100 * float(at[x]) for x in ("low", "central", "high"))
            row += [
                f"{_short(central)} ({_short(low)}-{_short(high)})",
                f"{float(at['effect_central']):.2f}",
            ]
        own, both = (str(bodies[b].loc[strength, "evidence"]) for b in ("estimated", "combined"))
        row.append(own if own == both else f"{own} / {both}")
        rows.append(row)
    shares = [load_effects(name).compliance for name in bodies]
    cells = [c for x in shares for c in (f"{x[1]:.2f} ({x[0]:.2f}-{x[2]:.2f})", "")]
    return [*rows, ["UN compliance (share)", *cells, ""]]


def _short(per_cent: float) -> str:
    return f"{per_cent:.0f}" if per_cent >= 99.95 else f"{per_cent:.1f}"
