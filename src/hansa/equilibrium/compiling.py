"""How JAX and BLAS are used: in double precision, compiled once for all sessions, on one thread.

May import nothing of Hansa; JAX is imported when first used. Nothing here changes what users of
JAX have configured for themselves.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any

from threadpoolctl import ThreadpoolController


def double_precision() -> AbstractContextManager[None]:
    """Return the context in which JAX computes in float64; outside it nothing changes."""
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax import experimental

    return experimental.enable_x64(True)  # type: ignore[attr-defined]


def cache_folder() -> Path:
    """Return where compiled programs are kept: HANSA_CACHE, or the platform's cache folder."""
    if given := os.environ.get("HANSA_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local")) / "hansa/Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/hansa"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hansa"


def keep_compiled() -> None:
    """Let JAX keep compiled programs on disk, unless it was told where (or not) to.

    This is the one setting of JAX that Hansa makes for the whole process: JAX has no other way
    to keep them.
    """
    import jax

    if jax.config.jax_compilation_cache_dir is None:  # type: ignore[attr-defined]
        jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "jax"))
        # The programs are small; compiled in a fraction of a second each, they add up.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def one_thread() -> AbstractContextManager[Any]:
    """Return the context in which BLAS keeps to one thread.

    Products of the size of these solves are too small to share: waiting threads cost more than
    they do, and very much more where other programs run.
    """
    return _controller().limit(limits=1, user_api="blas")


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds, so it is done once.
    return ThreadpoolController()
