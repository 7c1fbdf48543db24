"""The page of results, written from results.json and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.outcome import Target

HEAD = """# Benchmark results

Written by `make bench` (`python -m benchmarks`) from `results.json`; do not edit. Seconds are
medians over repeats in one run; machines are noisy, so read the ratios.
"""


def results_page(held: Mapping[str, Any]) -> str:
    """Return RESULTS.md for the results of all benchmarks, by name."""
    return "\n".join([HEAD, *(_section(name, entry) for name, entry in held.items())])


def _section(name: str, entry: Mapping[str, Any]) -> str:
    m = entry["machine"]
    lines = [f"## {name}: {entry['what']}", ""]
    found = entry["seconds"] | entry["ratios"]
    if found:
        targets = {t["number"]: Target(**t) for t in entry["targets"]}
        lines += ["| measured | value | target |", "|---|---:|---|"]
        for what, value in found.items():
            text = _time(value) if what in entry["seconds"] else f"{value:.4g}"
            lines.append(f"| {what} | {text} | {_target(targets.get(what), value, what, entry)} |")
        lines.append("")
    if entry["note"]:
        lines += [entry["note"][0].upper() + entry["note"][1:] + ".", ""]
    lines += [
        f"*{m['date']}, {m['cores']} cores {m['processor']}, Python {m['python']}, "
        f"NumPy {m['numpy']}*",
        "",
    ]
    return "\n".join(lines)


def _target(target: Target | None, value: float, what: str, entry: Mapping[str, Any]) -> str:
    if target is None:
        return ""
    bound = _time(target.value) if what in entry["seconds"] else f"{target.value:g}"
    return f"{target.bound} {bound}: {'met' if target.met(value) else '**missed**'}"


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.3g} s" if seconds < 1000 else f"{seconds:.0f} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} µs"
