"""The house rules that a machine can check: imports flow one way, files stay short."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "hansa"

#: Rooms from left to right; a room imports only from rooms to its left (and from itself).
ROOMS = (
    ("errors",),
    ("world",),
    ("shock",),
    ("shock_clubs",),
    ("policy", "corridor"),
    ("equilibrium",),
    ("club", "affinity", "capability"),
    ("study",),
    ("report", "web"),
    ("cli",),
)
PLACE = {room: k for k, rooms in enumerate(ROOMS) for room in rooms}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            parts = name.split(".")
            if parts[0] == "hansa" and len(parts) > 1:
                found.add(parts[1])
    return found


FILES = sorted(p for p in SOURCE.rglob("*.py") if p.name != "__init__.py" or p.parent != SOURCE)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_flow_to_the_left_only(path):
    here = room_of(path)
    for there in imported_rooms(path):
        assert there == here or PLACE[there] < PLACE[here], f"{here} imports {there}"


def test_the_club_knows_no_trade():
    for path in (SOURCE / "club").glob("*.py"):
        assert imported_rooms(path) <= {"club", "errors"}


def test_sources_hold_no_economics():
    for path in (SOURCE / "world" / "sources").glob("*.py"):
        assert imported_rooms(path) <= {"world", "errors"}


def test_files_are_short():
    long = {
        str(p.relative_to(SOURCE)): n for p in FILES if (n := len(p.read_text().splitlines())) > 450
    }
    assert not long


def test_public_names_exist():
    import hansa

    for name in hansa.__all__:
        assert getattr(hansa, name) is not None
