"""Episodes of sanctions: one sender, one target, one type, one period, one legal act.

May import ``hansa.errors`` and ``hansa.world`` (sector codes). An episode is in force from `begin`
up to, not including, `end`. Files are refused with the file, the episode and the nearest key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hansa.errors import DataError, unknown
from hansa.policy.ave import strength_classes
from hansa.policy.senders import EU, SENDERS
from hansa.policy.states import state_names
from hansa.world.sectors import sectors as sector_list

__all__ = ["TYPES", "Change", "Episode", "load_episodes"]

EpisodeType = Literal["trade-export", "trade-import", "financial", "arms", "travel", "other"]
Reach = Literal["own", "third"]
Confidence = Literal["high", "medium", "low"]
TYPES: tuple[str, ...] = get_args(EpisodeType)

#: Words that stand for many sectors.
GROUPS = ("all", "goods", "services")


class Change(BaseModel):
    """An amendment of an episode that leaves its strength class.

    Attributes
    ----------
    date : date
        From when.
    act, note : str
        The act that amends, and what it adds or takes away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: dt.date
    act: str = Field(min_length=1)
    note: str = ""


class Episode(BaseModel):
    """One episode of the registry.

    Attributes
    ----------
    id : str
        Unique, as in ``eu-irn-2012-oil-imports``.
    sender : str
        ISO3 code, ``EU`` or ``UN``.
    target : str
        ISO3 code, or ``EU`` for all its members of the date.
    part : str
        The region or group meant, as in ``Crimea and Sevastopol``; empty for the whole state.
    type : str
        ``trade-export`` (the sender restricts its exports to the target), ``trade-import`` (its
        imports from the target), ``financial``, ``arms``, ``travel`` or ``other``.
    reach : {"own", "third"}
        Whose trade with the target is concerned: the sender's own, or that of third countries
        that the act exposes to penalties.
    sectors : str or tuple of str
        Sector codes, or one of ``all``, ``goods``, ``services``.
    without : tuple of str
        Sector codes taken out of `sectors`.
    begin, end : date
        In force from `begin` to the day before `end`; `end` is None while open.
    strength : str
        Class of ``data/ave.yaml``.
    confidence : {"high", "medium", "low"}
        In dates, act and scope as recorded here.
    act, article, end_act, note : str
        Legal act with its number, article, the act that ended it, and a line of explanation.
    changes : tuple of Change
        Amendments while in force, in order of date. A change of strength or of sectors is an
        episode of its own.
    checked : bool
        Whether the act, by number and date, was found again in a published text or summary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=3)
    sender: str
    target: str
    part: str = ""
    type: EpisodeType
    reach: Reach = "own"
    sectors: str | tuple[str, ...] = "all"
    without: tuple[str, ...] = ()
    begin: dt.date
    end: dt.date | None = None
    strength: str
    confidence: Confidence
    act: str = ""
    article: str = ""
    end_act: str = ""
    note: str = ""
    changes: tuple[Change, ...] = ()
    checked: bool = False

    @property
    def direction(self) -> str:
        """Which of the sender's flows are meant: ``exports``, ``imports``, ``both`` or ``none``."""
        words = {"trade-export": "exports", "trade-import": "imports", "financial": "both"}
        return words.get(self.type, "none")

    @cached_property
    def sector_codes(self) -> tuple[str, ...]:
        """The sectors concerned, in the order of the sector list."""
        named = sector_list()
        groups = {"all": named.codes, "goods": named.goods, "services": named.services}
        chosen = groups[self.sectors] if isinstance(self.sectors, str) else self.sectors
        return tuple(c for c in named.codes if c in chosen and c not in self.without)

    def in_force(self, on: dt.date) -> bool:
        """Whether the episode is in force on a date."""
        return self.begin <= on and (self.end is None or on < self.end)


def load_episodes(folder: str | Path | None = None) -> tuple[Episode, ...]:
    """Return all episodes of a registry folder, one YAML file per target.

    Parameters
    ----------
    folder : path, optional
        The shipped registry by default.

    Returns
    -------
    tuple of Episode
        In order of target and file.

    Raises
    ------
    DataError
        Names the file, the episode and the key; offers the nearest known one.
    """
    if folder is None:
        return _shipped()
    files = sorted(Path(folder).glob("*.yaml"))
    if not files:
        raise DataError(f"no registry files (*.yaml) in {folder}")
    return tuple(e for f in files for e in parse_file(f.read_text(encoding="utf-8"), f.name))


@lru_cache(maxsize=1)
def _shipped() -> tuple[Episode, ...]:
    root = resources.files("hansa.policy") / "data" / "registry"
    files = sorted((f for f in root.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(e for f in files for e in parse_file(f.read_text(encoding="utf-8"), f.name))


def parse_file(text: str, name: str) -> list[Episode]:
    """Return the episodes in the text of one registry file called `name`."""
    try:
        raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise DataError(f"{name}: not readable as YAML: {error}") from None
    if not isinstance(raw, Mapping):
        raise DataError(f"{name}: expected the keys 'target' and 'episodes'")
    _refuse_unknown(raw, ("target", "episodes"), name)
    missing = {"target", "episodes"} - set(raw)
    if missing:
        raise DataError(f"{name}: missing key {sorted(missing)[0]!r}")
    return [_episode(row, str(raw["target"]), name) for row in raw["episodes"]]


def _episode(row: Mapping[str, Any], target: str, name: str) -> Episode:
    where = f"{name}, episode {row.get('id', '(no id)')}"
    _refuse_unknown(row, [f for f in Episode.model_fields if f != "target"], where)
    try:
        episode = Episode(target=target, **row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        known = {"type": TYPES, "reach": get_args(Reach), "confidence": get_args(Confidence)}
        if field in known and field in row:
            raise DataError(f"{where}: {unknown(field, row[field], known[field])}") from None
        raise DataError(f"{where}: {field}: {first['msg']}") from None
    _check_words(episode, where)
    return episode


def _check_words(episode: Episode, where: str) -> None:
    codes = sector_list().codes
    if episode.target != EU and episode.target not in state_names():
        raise DataError(f"{where}: {unknown('target', episode.target, (EU, *state_names()))}")
    if episode.sender not in SENDERS:
        raise DataError(f"{where}: {unknown('sender', episode.sender, SENDERS)}")
    if episode.strength not in strength_classes():
        raise DataError(
            f"{where}: {unknown('strength class', episode.strength, strength_classes())}"
        )
    if isinstance(episode.sectors, str) and episode.sectors not in GROUPS:
        raise DataError(f"{where}: {unknown('sector', episode.sectors, (*GROUPS, *codes))}")
    named = () if isinstance(episode.sectors, str) else episode.sectors
    for code in (*named, *episode.without):
        if code not in codes:
            raise DataError(f"{where}: {unknown('sector', code, codes)}")


def _refuse_unknown(row: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise DataError(f"{where}: {unknown('key', key, known)}")
