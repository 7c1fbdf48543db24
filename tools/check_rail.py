"""Set our railway lengths beside OpenStreetMap's; a check, nothing of it ships.

Build-time only, in an environment of its own (the data work only with scgraph below 3): ``uv venv
/tmp/sea && uv pip install --python /tmp/sea/bin/python scgraph_data==2.0.0 "scgraph<3"``, then
``/tmp/sea/bin/python tools/check_rail.py``. The data are (c) OpenStreetMap contributors, ODbL.
They are cut in places (Derbent-Makhachkala, Beyneu-Makat and others): a way that they find is
often a detour, so a length above ours says little; one below ours would.
"""

from __future__ import annotations

import contextlib
import csv
import io
import statistics
from pathlib import Path

from scgraph_data.world_railways import world_railways_geograph as rails

DATA = Path(__file__).parents[1] / "src" / "hansa" / "corridor" / "data"
#: Ways longer than this times ours are taken for detours round a cut.
DETOUR = 1.3


def main() -> None:
    """Print every link and how many agree."""
    with (DATA / "nodes.csv").open(encoding="utf-8") as file:
        where = {r["id"]: (float(r["lat"]), float(r["lon"])) for r in csv.DictReader(file)}
    ratios, cut, detours = [], 0, 0
    with (DATA / "links.csv").open(encoding="utf-8") as file:
        links = {(r["from"], r["to"]): r["km"] for r in csv.DictReader(file) if r["mode"] == "rail"}
    for (start, end), km in links.items():
        ours = sum(float(part.split(":")[1]) for part in km.split(";"))
        theirs = length(where[start], where[end])
        word = "cut" if theirs is None else f"{theirs:6.0f} km, {theirs / ours - 1:+.0%}"
        print(f"{start:16s} {end:16s} {ours:6.0f} km   {word}")
        if theirs is None:
            cut += 1
        elif theirs > DETOUR * ours:
            detours += 1
        elif ours >= 50:
            ratios.append(theirs / ours - 1)
    near = sum(abs(r) <= 0.08 for r in ratios)
    print(
        f"{len(links)} links: {cut} cut, {detours} detours; of {len(ratios)} of 50 km and more, "
        f"{near} within 8 %, median {statistics.median(ratios):+.1%}, lowest {min(ratios):+.0%}"
    )


def length(a: tuple[float, float], b: tuple[float, float]) -> float | None:
    """Return the railway between two places, km, or None where there is none."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = rails.get_shortest_path(
                origin_node={"latitude": a[0], "longitude": a[1]},
                destination_node={"latitude": b[0], "longitude": b[1]},
                output_units="km",
            )
    except Exception:
        return None
    return float(found["length"])


if __name__ == "__main__":
    main()
