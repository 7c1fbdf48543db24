"""Distances on the sphere. May import only its siblings."""

from __future__ import annotations

import math

from hansa.corridor.tables import Place

#: Mean radius of the earth, km.
RADIUS = 6371.0088


def great_circle(a: Place, b: Place) -> float:
    """Return the great circle between two places, km."""
    x1, y1, x2, y2 = (math.radians(v) for v in (a.lon, a.lat, b.lon, b.lat))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(min(h, 1.0)))
