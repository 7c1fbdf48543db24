"""Names of states as the registry's pages show them, those of the past among them.

May import nothing of Hansa. The list is ``data/states.yaml``: codes and names of ISO 3166.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import yaml

__all__ = ["past_states", "state_name", "state_names"]


@lru_cache(maxsize=1)
def _raw() -> dict[str, dict[str, str]]:
    text = (resources.files("hansa.policy") / "data" / "states.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@lru_cache(maxsize=1)
def state_names() -> dict[str, str]:
    """Return short English names by ISO3 code, states of the past last."""
    return {**_raw()["states"], **_raw()["past"]}


@lru_cache(maxsize=1)
def past_states() -> frozenset[str]:
    """Return the codes of states of the past, which no world of today has."""
    return frozenset(_raw()["past"])


def state_name(code: str) -> str:
    """Return a state's name; the code itself for ``EU``, ``UN`` and what is unknown."""
    return {"EU": "European Union", "UN": "United Nations", **state_names()}.get(code, code)
