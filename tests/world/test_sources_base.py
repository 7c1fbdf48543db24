"""Where raw files are found, and that a changed file is noticed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hansa.errors import DataError
from hansa.world.sources.base import find_data, find_file, sha256, verify


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANSA_DATA", str(tmp_path))
    assert find_data() == tmp_path
    monkeypatch.setenv("HANSA_DATA", str(tmp_path / "absent"))
    with pytest.raises(DataError, match=r"HANSA_DATA=.*absent.* is not a folder"):
        find_data()


def test_without_it_the_folder_beside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANSA_DATA", raising=False)
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    assert find_data() == (beside if beside.is_dir() else None)


def test_files_are_found_and_verified(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_bytes(b"one")
    path = find_file(tmp_path, "a/b.txt")
    expected = hashlib.sha256(b"one").hexdigest()
    assert sha256(path) == expected
    assert verify(path, expected) == path
    path.write_bytes(b"two")
    with pytest.raises(DataError, match=rf"b.txt is not the file.*expected {expected}"):
        verify(path, expected)
    with pytest.raises(DataError, match=r"'a/c.txt' not found"):
        find_file(tmp_path, "a/c.txt")
