"""The study file: what it may hold, and how it is read.

May import ``hansa.errors`` and the rooms whose words it uses. YAML in, checked pydantic models
out; an unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hansa.errors import StudyError, unknown
from hansa.policy import Measures

Level = Literal["low", "central", "high"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Regime(_Strict):
    """Sanctions in force.

    Attributes
    ----------
    on : date
        As of when.
    strength : {"low", "central", "high"}
        Column of the table of ad-valorem equivalents.
    secondary : bool
        Whether acts that expose third countries' trade to penalties count.
    """

    on: dt.date
    strength: Level = "central"
    secondary: bool = True


class Candidates(_Strict):
    """Who may join.

    Attributes
    ----------
    candidates : list of str
        ISO3 codes, two to sixteen.
    measures : hansa.Measures
    """

    candidates: tuple[str, ...] = Field(min_length=2, max_length=16)
    measures: Measures = Measures(tariffs=0.0, nontariff=-0.10)

    @field_validator("candidates")
    @classmethod
    def _no_repeats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        repeated = sorted({v for v in value if value.count(v) > 1})
        if repeated:
            raise ValueError(f"candidates named twice: {', '.join(repeated)}")
        return value


class Variant(_Strict):
    """Another size of the measures, run beside the central one.

    Attributes
    ----------
    name : str
    measures : hansa.Measures
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 _-]*$")
    measures: Measures


class Answer(_Strict):
    """The senders' answer to joining: a cost on trade between them and every member.

    Attributes
    ----------
    ave : float
        Ad-valorem equivalent at full intensity, a fraction.
    intensities : list of float
        Increasing, above 0 and up to 1; between them gains are taken as straight lines.
    """

    ave: float = Field(default=0.30, gt=0.0, le=10.0)
    intensities: tuple[float, ...] = Field(min_length=1)

    @field_validator("intensities")
    @classmethod
    def _increase(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        grid = (0.0, *value)
        if any(b <= a for a, b in pairwise(grid)) or grid[-1] > 1:
            raise ValueError("intensities must increase, lie above 0 and not exceed 1")
        return value


class Draws(_Strict):
    """Draws of the uncertain parameters.

    Attributes
    ----------
    number : int
        How many; zero leaves bands out.
    seed : int
    nontariff : (low, high)
        Range of the club's non-tariff measure, drawn uniformly.
    """

    number: int = Field(default=0, ge=0, le=10_000)
    seed: int = 2024
    nontariff: tuple[float, float] = (-0.20, -0.05)

    @field_validator("nontariff")
    @classmethod
    def _a_range(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not -1 < value[0] <= value[1]:
            raise ValueError("nontariff must be a range above -1, the lower end first")
        return value


class Study(_Strict):
    """A study: world, regime, club, variants.

    Attributes
    ----------
    name : str
        Folder and file name.
    title, question : str
        Shown in the report.
    world : str
        Name of an embedded world or path of a table.
    regime : Regime
    club : Candidates
    variants : list of Variant
    deficits : {"balanced", "fixed", "proportional"}
    answer : Answer or None
        Left out if None.
    draws : Draws
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    question: str = ""
    world: str = "world-2015"
    regime: Regime
    club: Candidates
    variants: tuple[Variant, ...] = ()
    deficits: Literal["balanced", "fixed", "proportional"] = "balanced"
    answer: Answer | None = None
    draws: Draws = Draws()

    @field_validator("variants")
    @classmethod
    def _names_differ(cls, value: tuple[Variant, ...]) -> tuple[Variant, ...]:
        names = [v.name for v in value] + ["central"]
        repeated = sorted({n for n in names if names.count(n) > 1})
        if repeated:
            raise ValueError(f"variant names must differ (and not be 'central'): {repeated}")
        return value


def load_study(name_or_path: str | Path) -> Study:
    """Return the study in a file, or a shipped study by name.

    Parameters
    ----------
    name_or_path : str or Path
        Path of a YAML file, or the name of a shipped study such as ``caspian``.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        Unknown study, key or value; names it and the nearest known one.
    """
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise StudyError(f"no study file {path}")
        return parse_study(path.read_text(encoding="utf-8"), str(path))
    shipped = shipped_studies()
    if str(name_or_path) not in shipped:
        hint = "(or give the path of a .yaml file)"
        raise StudyError(unknown("study", str(name_or_path), shipped, hint))
    return parse_study(shipped[str(name_or_path)], f"{name_or_path}.yaml")


def shipped_studies() -> dict[str, str]:
    """Return the texts of the studies that ship with the package, by name."""
    packaged = resources.files("hansa.study") / "studies"
    # In a checkout the files lie in the folder `studies` beside `src`.
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "studies"
    if not folder.is_dir():
        raise StudyError("the studies that ship with hansa are missing from this installation")
    return {
        entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml")
    }


class _Yaml12(yaml.SafeLoader):
    """YAML in which only true and false are booleans: `on` is a key, NO is Norway's code."""


_Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Yaml12.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def parse_study(text: str, where: str) -> Study:
    """Return the study in a YAML text; `where` is named in errors."""
    try:
        raw = yaml.load(text, Loader=_Yaml12)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise StudyError(f"{where} is not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise StudyError(f"{where} must be a mapping with keys {', '.join(Study.model_fields)}")
    try:
        return Study.model_validate(raw)
    except ValidationError as error:
        raise StudyError(f"{where}: " + "; ".join(_sentence(e) for e in error.errors())) from None


def _sentence(problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return unknown("key", path.rsplit(".", 1)[-1], _known_keys(problem["loc"][:-1])) + (
            f" (at {path})" if "." in path else ""
        )
    if problem["type"] == "missing":
        return f"key {path!r} is missing"
    return f"{path}: {problem['msg'].removeprefix('Value error, ')} (got {problem['input']!r})"


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "regime": Regime,
        "club": Candidates,
        "measures": Measures,
        "variants": Variant,
        "draws": Draws,
        "answer": Answer,
    }
    names = [part for part in loc if isinstance(part, str)]
    return list(models.get(names[-1] if names else "", Study).model_fields)
