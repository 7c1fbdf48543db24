"""What the embedded world says of itself: names, sources, proxies, re-exports, deviations.

May import ``hansa.errors`` and everything in ``world``. Everything here can be written as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hansa.world.calibrate_supply import THINNEST_MARGIN
from hansa.world.calibrate_theta import Elasticities
from hansa.world.codes import short_name
from hansa.world.sectors import settings

if TYPE_CHECKING:
    from hansa.world.build import Calibration


def metadata(found: Calibration, theta: Elasticities, deviations: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of the world."""
    inputs = found.inputs
    where, names = inputs.where, inputs.names
    codes = where.codes
    alone = [c for c in codes if c not in where.aggregates]
    everyone = sorted({*alone, *(m for v in where.aggregates.values() for m in v)})
    return {
        "country_names": {
            **{c: short_name(c) for c in everyone},
            **where.names,
            **inputs.year.names,
        },
        "sector_names": dict(names.names),
        "goods": list(names.goods),
        "services": list(names.services),
        "aggregates": {k: list(v) for k, v in where.aggregates.items()},
        "left_out": dict(where.left_out),
        "own_table": [c for c in codes if c in inputs.technology.countries],
        "proxies": {c: w for c, w in inputs.proxies.items() if list(w) != [c]},
        "sources": inputs.year.variables(),
        "citations": settings("sources.yaml")["citations"],
        "elasticities": {
            "parts": theta.parts,
            "bounded": theta.bounded,
            "note": "theta = -epsilon; the standard errors are the spread of the parts, at least "
            f"{settings('elasticities.yaml')['least_se']:.0%} of theta: the source has none",
        },
        "reexports": _by_country(found.reexports, codes, names.codes),
        "returned": _by_country(found.rerouted.returned, codes, names.codes),
        "exports_cut": _by_country(found.cut, codes, names.codes),
        "thin_margins": {
            c: [a for a, r in zip(names.activities, row, strict=True) if r < 0.999]
            for c, row in zip(codes, found.supply.thinned, strict=True)
            if (row < 0.999).any()
        },
        "fuels_in_transit": {
            c: round(float(t), 1) for c, t in zip(codes, found.transit, strict=True) if t > 0
        },
        "imports_scaled": {
            c: round(float(t), 4) for c, t in zip(codes, found.taken, strict=True) if t < 1
        },
        "services_floored": {
            "exports": [c for c, f in zip(codes, found.services.floored_exports, strict=True) if f],
            "imports": [c for c, f in zip(codes, found.services.floored_imports, strict=True) if f],
            "scale_exports": round(found.services.scale_exports, 6),
            "scale_imports": round(found.services.scale_imports, 6),
        },
        "balancing": {
            "method": "RAS",
            "moved": {c: round(float(d), 4) for c, d in zip(codes, found.distance, strict=True)},
            "note": "mean absolute log change of the input coefficients, weighted by use",
        },
        "deviations": deviations,
        "notes": [
            *(n.format(year=inputs.year.year) for n in settings("sources.yaml")["notes"]),
            *inputs.year.notes,
            f"Trade with partners that have no code, left out: {inputs.dropped:.1f} million USD.",
            f"Value-added shares fall to at least {THINNEST_MARGIN:.0%} of the proxy's.",
        ],
    }


def _by_country(
    values: np.ndarray, countries: tuple[str, ...], labels: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Return the entries of at least a million USD as nested dictionaries."""
    result: dict[str, dict[str, float]] = {}
    for n, k in np.argwhere(np.abs(values) >= 1.0).tolist():
        result.setdefault(countries[n], {})[labels[k]] = round(float(values[n, k]), 1)
    return result
