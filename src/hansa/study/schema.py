"""The study file: what it may hold, and how it is read.

May import ``hansa.errors`` and the rooms whose words it uses. YAML in, checked pydantic models
out; an unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from hansa.equilibrium.technology import HORIZONS
from hansa.errors import StudyError, unknown
from hansa.policy import Measures, effect_names

Level = Literal["low", "central", "high"]
ModelT = TypeVar("ModelT", bound=BaseModel)


def _known_horizon(name: str) -> str:
    if name not in HORIZONS:
        raise ValueError(unknown("horizon", name, HORIZONS))
    return name


HorizonName = Annotated[str, AfterValidator(_known_horizon)]


def _known_effects(name: str) -> str:
    if name not in effect_names():
        raise ValueError(unknown("effects", name, effect_names()))
    return name


EffectsName = Annotated[str, AfterValidator(_known_effects)]


class Strict(BaseModel):
    """A part of a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Regime(Strict):
    """Sanctions in force.

    Attributes
    ----------
    on : date
        As of when.
    strength : {"low", "central", "high"}
        Of the costs of sanctions, all kinds together.
    effects : {"literature", "estimated", "combined"}
        What those costs rest on; see `hansa.policy.load_effects`.
    secondary : bool
        Whether acts that expose third countries' trade to penalties count.
    targets : list of str or None
        Measures against these only (ISO3 codes, ``EU``); None means all of the registry, the
        counter-measures of targets among them.
    """

    on: dt.date
    strength: Level = "central"
    effects: EffectsName = "literature"
    secondary: bool = True
    targets: tuple[str, ...] | None = None


class Candidates(Strict):
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


class Variant(Strict):
    """Another size of the measures, run beside the central one.

    Attributes
    ----------
    name : str
    measures : hansa.Measures
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 _-]*$")
    measures: Measures


class Answer(Strict):
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


class Draws(Strict):
    """Draws of the uncertain parameters; docs/uncertainty.md says from which laws.

    Attributes
    ----------
    number : int
        How many; zero leaves bands out.
    seed : int
    nontariff : (low, high)
        Range of the club's non-tariff measure, drawn uniformly.
    payments, tariffs : (low, high) or None
        Ranges of its other measures, drawn uniformly; None leaves them as they are.
    answer : (low, high) or None
        Range of the cost of the senders' answer at full intensity, drawn uniformly; None is
        from half to one and a half times that of the study.
    """

    number: int = Field(default=0, ge=0, le=10_000)
    seed: int = 2024
    nontariff: tuple[float, float] = (-0.20, -0.05)
    payments: tuple[float, float] | None = None
    tariffs: tuple[float, float] | None = None
    answer: tuple[float, float] | None = None

    @field_validator("nontariff", "payments")
    @classmethod
    def _changes(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not -1 < value[0] <= value[1]:
            raise ValueError("must be a range above -1, the lower end first")
        return value

    @field_validator("tariffs", "answer")
    @classmethod
    def _rates(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not 0 <= value[0] <= value[1]:
            raise ValueError("must be a range not below 0, the lower end first")
        return value


class Study(Strict):
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
    horizon : {"short", "medium", "long"}
        How long after; elasticities and mobility of labour of all main numbers. Costs,
        gains and the share won back are given at all three.
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
    horizon: HorizonName = "long"
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

    def with_draws(self, number: int) -> Study:
        """Return the same study with another number of draws."""
        draws = self.draws.model_copy(update={"number": number})
        return self.model_copy(update={"draws": draws})


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
    return parse_study(*text_of("study", name_or_path, shipped_studies))


def shipped_studies() -> dict[str, str]:
    """Return the texts of the studies that ship with the package, by name."""
    return shipped("studies")


def parse_study(text: str, where: str) -> Study:
    """Return the study in a YAML text; `where` is named in errors."""
    return parse(text, where, Study, _PARTS)


# ---- what study files and sweep files share -------------------------------------------------


def text_of(
    what: str, name_or_path: str | Path, texts: Callable[[], dict[str, str]]
) -> tuple[str, str]:
    """Return the text of a file, or of a shipped one by name, and what to call it."""
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise StudyError(f"no {what} file {path}")
        return path.read_text(encoding="utf-8"), str(path)
    known = texts()
    if str(name_or_path) not in known:
        hint = "(or give the path of a .yaml file)"
        raise StudyError(unknown(what, str(name_or_path), known, hint))
    return known[str(name_or_path)], f"{name_or_path}.yaml"


def shipped(folder_name: str) -> dict[str, str]:
    """Return the texts of the YAML files in a folder that ships with the package, by name."""
    packaged = resources.files("hansa.study") / folder_name
    # In a checkout the folder lies beside `src`.
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / folder_name
    if not folder.is_dir():
        raise StudyError(f"the {folder_name} that ship with hansa are not in this installation")
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


def parse(
    text: str, where: str, model: type[ModelT], parts: Mapping[str, type[BaseModel]]
) -> ModelT:
    """Return the checked model in a YAML text; `where` is named in errors.

    Parameters
    ----------
    text, where : str
    model : pydantic model
        Of the whole file.
    parts : mapping
        The model under each key that holds one, for the nearest known key.
    """
    try:
        raw = yaml.load(text, Loader=_Yaml12)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise StudyError(f"{where} is not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise StudyError(f"{where} must be a mapping with keys {', '.join(model.model_fields)}")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        sentences = (_sentence(e, model, parts) for e in error.errors())
        raise StudyError(f"{where}: " + "; ".join(sentences)) from None


def _sentence(problem: Any, model: type[BaseModel], parts: Mapping[str, type[BaseModel]]) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        names = [part for part in problem["loc"][:-1] if isinstance(part, str)]
        holder = parts.get(names[-1] if names else "", model)
        return unknown("key", path.rsplit(".", 1)[-1], holder.model_fields) + (
            f" (at {path})" if "." in path else ""
        )
    if problem["type"] == "missing":
        return f"key {path!r} is missing"
    said = problem["msg"].removeprefix("Value error, ")
    return f"{path}: {said} (got {problem['input']!r})" if path else said


_PARTS: dict[str, type[BaseModel]] = {
    "regime": Regime,
    "club": Candidates,
    "measures": Measures,
    "variants": Variant,
    "draws": Draws,
    "answer": Answer,
}
