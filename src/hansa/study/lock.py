"""The lock of a study: what its numbers depend on, and the numbers' own hashes.

May import ``hansa.errors`` and the rooms to the left. A locked rerun must find the same inputs
and then the same tables: to the last bit on the same machine, within 1e-9 elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hansa.equilibrium.technology import HORIZONS
from hansa.errors import StudyError
from hansa.study.schema import Study, rules_of
from hansa.study.store import fingerprint
from hansa.world.world import World

#: Largest difference, relative to the largest number of a column, allowed on another machine.
ELSEWHERE = 1e-9
#: Packages whose versions may change numbers.
PACKAGES = ("hansa", "numpy", "scipy")


def policy_digest() -> str:
    """Return the hash of all files of the registry and of the ad-valorem equivalents."""
    return digest_of("hansa.policy")


def digest_of(room: str) -> str:
    """Return the hash of all tables that ship with a room."""
    folder = resources.files(room) / "data"
    texts: list[str] = []

    def walk(place: Any, path: str) -> None:
        for entry in sorted(place.iterdir(), key=lambda e: e.name):
            if entry.is_dir():
                walk(entry, f"{path}{entry.name}/")
            elif entry.name.endswith((".yaml", ".csv")):
                texts.append(path + entry.name + entry.read_text(encoding="utf-8"))
            elif entry.name.endswith(".parquet"):
                texts.append(path + entry.name + hashlib.sha256(entry.read_bytes()).hexdigest())

    walk(folder, "")
    return fingerprint(*texts)


def code_digest() -> str:
    """Return the hash of Hansa's own source, so that no result outlives the code that made it."""
    folder = Path(__file__).parents[1]
    files = sorted(folder.rglob("*.py"))
    return fingerprint(*(f.relative_to(folder).as_posix() + f.read_text("utf-8") for f in files))


def inputs_of(study: Study, world: World) -> dict[str, str]:
    """Return the hashes of everything a study's numbers are computed from."""
    rules = rules_of(study).values()
    used = {
        "corridor": study.corridor is not None,
        "capability": bool(study.chapters) or any(rule.capability for rule in rules),
        "affinity": bool(study.chapters) or any(rule.science for rule in rules),
    }
    own = {room: digest_of(f"hansa.{room}") for room, needed in used.items() if needed}
    return own | {
        "study": fingerprint(study.model_dump_json()),
        "world": fingerprint(
            world.digest,
            world.name,
            world.trade_elasticity_se.tolist(),
            json.dumps(dict(world.meta), sort_keys=True, default=str),
        ),
        "policy": policy_digest(),
        "horizons": fingerprint(HORIZONS),
    }


def machine() -> dict[str, str]:
    """Return the versions, the code and the processor a run was made with."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {
        "python": platform.python_version(),
        **versions,
        "system": platform.system(),
        "processor": platform.machine(),
        "code": code_digest(),
    }


def table_hash(frame: pd.DataFrame) -> str:
    """Return a hash of a table that depends on every bit of its numbers."""
    sha = hashlib.sha256(repr(list(frame.columns)).encode())
    for name in frame.columns:
        column = frame[name]
        if column.dtype.kind == "f":
            sha.update(column.to_numpy(np.float64).tobytes())
        else:
            sha.update("\0".join(map(str, column)).encode())
    return sha.hexdigest()


def write_lock(path: Path, study: Study, world: World, tables: dict[str, pd.DataFrame]) -> None:
    """Write the lock of a finished run."""
    lock = {
        "study": json.loads(study.model_dump_json()),
        "inputs": inputs_of(study, world),
        "machine": machine(),
        "tables": {name: table_hash(frame) for name, frame in sorted(tables.items())},
    }
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def read_lock(path: Path) -> dict[str, Any]:
    """Return a lock; raises StudyError if there is none or it cannot be read."""
    mend = "run the study once without --locked"
    if not path.is_file():
        raise StudyError(f"no lock at {path}; {mend}")
    try:
        lock = dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise StudyError(f"{path} is not a lock ({error}); {mend}") from None
    absent = [key for key in ("inputs", "tables") if key not in lock]
    if absent:
        raise StudyError(f"{path} is not a lock (it has no {absent[0]!r}); {mend}")
    return lock


def check_inputs(lock: dict[str, Any], study: Study, world: World) -> None:
    """Raise StudyError that names the inputs that differ from the lock's."""
    now = inputs_of(study, world)
    changed = [name for name, value in lock["inputs"].items() if now.get(name) != value]
    if changed:
        raise StudyError(
            f"not the inputs of the lock: {', '.join(changed)} changed since it was written; "
            "run the study without --locked to make a new lock"
        )


@dataclass(frozen=True)
class Comparison:
    """How a locked rerun compares with the run of the lock.

    Attributes
    ----------
    identical : bool
        Whether every table is the same to the last bit.
    largest : float
        Largest difference, relative to the largest number of its column.
    where : str
        Table and column of that difference.
    """

    identical: bool
    largest: float
    where: str


def compare(
    lock: dict[str, Any], new: dict[str, pd.DataFrame], old: dict[str, pd.DataFrame]
) -> Comparison:
    """Return how new tables compare with those of the lock.

    Raises
    ------
    StudyError
        If tables are missing, or numbers differ by more than `ELSEWHERE`.
    """
    hashes = {name: table_hash(frame) for name, frame in sorted(new.items())}
    if hashes == lock["tables"]:
        return Comparison(True, 0.0, "")
    if set(hashes) != set(lock["tables"]):
        odd = sorted(set(hashes) ^ set(lock["tables"]))
        raise StudyError(f"tables differ from the lock's: {', '.join(odd)}")
    for name, frame in old.items():
        if name in lock["tables"] and table_hash(frame) != lock["tables"][name]:
            raise StudyError(f"table {name} on disk is not the one of the lock; cannot compare")
    largest, where = max((_difference(name, new[name], old[name]) for name in new), default=(0, ""))
    if not largest <= ELSEWHERE:
        raise StudyError(f"{where} differs from the lock by {largest:.1e} (allowed {ELSEWHERE})")
    return Comparison(False, largest, where)


def _difference(name: str, new: pd.DataFrame, old: pd.DataFrame) -> tuple[float, str]:
    if list(new.columns) != list(old.columns) or len(new) != len(old):
        raise StudyError(f"table {name} has another shape than that of the lock")
    worst = (0.0, name)
    for column in new.columns:
        a, b = new[column], old[column]
        if a.dtype.kind == "f":
            x, y = a.to_numpy(np.float64), b.to_numpy(np.float64)
            # Residuals are rounding: they certify numbers and are not results themselves.
            if column in ("residual", "largest_residual"):
                continue
            number = np.isfinite(y)
            if not np.array_equal(np.isfinite(x), number):
                return np.inf, f"{name}.{column}"
            if not np.array_equal(x[~number], y[~number], equal_nan=True):
                return np.inf, f"{name}.{column}"
            scale = max(float(np.max(np.abs(y[number]), initial=0.0)), 1e-300)
            gap = float(np.max(np.abs(x[number] - y[number]), initial=0.0)) / scale
            worst = max(worst, (gap, f"{name}.{column}"))
        elif not (a.astype(str).to_numpy() == b.astype(str).to_numpy()).all():
            return np.inf, f"{name}.{column}"
    return worst
