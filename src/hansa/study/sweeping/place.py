"""Place: a folder on disk or in an object store, where files appear whole or not at all.

May import only ``hansa.errors``. On disk a file is written beside its place, flushed, and moved
there in one step; object stores show an object only when all of it has arrived.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from hansa.errors import HansaError, StudyError


@dataclass(frozen=True)
class Place:
    """A folder in a file system of fsspec; it travels to workers as it is.

    Attributes
    ----------
    files : fsspec file system
    root : str
        Path within it.
    """

    files: Any
    root: str

    @property
    def is_local(self) -> bool:
        """Whether this is a folder on disk."""
        return isinstance(self.files, LocalFileSystem)

    @property
    def url(self) -> str:
        """How users call it: a path, or a URL."""
        return self.root if self.is_local else str(self.files.unstrip_protocol(self.root))

    def at(self, *parts: str) -> Place:
        """Return a folder inside."""
        return Place(self.files, "/".join((self.root.rstrip("/"), *parts)))

    def path(self, name: str) -> str:
        """Return the path of a file within the file system."""
        return f"{self.root.rstrip('/')}/{name}"

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or None if there is no such file."""
        try:
            return bytes(self.files.cat_file(self.path(name)))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        try:
            if not self.is_local:
                self.files.pipe_file(self.path(name), data)
                return
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            with open(draft, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError as error:
            raise StudyError(f"cannot write {self.url}/{name}: {error}") from error

    def names(self) -> list[str]:
        """Return the names of the files here, sorted; drafts that were cut off are left out."""
        self.files.invalidate_cache(self.root)
        try:
            found = self.files.ls(self.root, detail=False)
        except FileNotFoundError:
            return []
        names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in found)
        return sorted(n for n in names if not n.startswith("."))

    def clear_drafts(self) -> None:
        """Remove what a killed run had begun to write."""
        if self.is_local:
            for draft in Path(self.root).glob(".*.tmp"):
                draft.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        if self.files.exists(self.path(name)):
            self.files.rm_file(self.path(name))


def place_of(where: str | Path, storage: Mapping[str, Any] | None = None) -> Place:
    """Return the place of a path or URL such as ``s3://bucket/folder``.

    Parameters
    ----------
    where : str or Path
    storage : mapping, optional
        Passed to fsspec, for example ``{"endpoint_url": ...}`` for an S3 of your own.

    Returns
    -------
    Place

    Raises
    ------
    HansaError
        If the URL needs a library that is not installed; names the extra.
    """
    try:
        files, root = fsspec.core.url_to_fs(str(where), **(storage or {}))
    except ImportError as error:
        scheme = str(where).split("://", 1)[0]
        extra = "hansa[s3]" if scheme in ("s3", "s3a") else f"what fsspec needs for {scheme}://"
        raise HansaError(f"results at {where} need another library: install {extra}") from error
    except ValueError as error:
        raise StudyError(f"cannot write to {where}: {error}") from error
    return Place(files, root)
