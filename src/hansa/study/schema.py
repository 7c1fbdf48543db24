"""The study file: what it may hold, and how it is read.

May import ``hansa.errors`` and the rooms whose words it uses. YAML in, checked pydantic models
out; an unknown key is an error that names the nearest known one.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from hansa.equilibrium.technology import HORIZONS
from hansa.errors import unknown
from hansa.policy import Measures, effect_names
from hansa.study.reading import parse, shipped, text_of

Level = Literal["low", "central", "high"]
ChapterName = Literal["capability", "friends", "votes", "science", "reliability"]
Branch = Literal["west", "caspian", "east"]
#: Who lives on the corridor or trades along it, and pairs whose trade is shown, by default.
REGION = (
    "IRN", "IND", "RUS", "AZE", "KAZ", "TKM", "BLR", "ARM", "KGZ", "UZB", "TJK", "GEO", "PAK",
    "AFG", "ARE", "OMN", "QAT", "SAU",
)  # fmt: skip
PAIRS = (
    ("IND", "RUS"), ("IRN", "RUS"), ("IRN", "BLR"), ("IRN", "AZE"), ("AZE", "RUS"),
    ("IRN", "KAZ"), ("KAZ", "IND"), ("IRN", "TKM"), ("TKM", "RUS"), ("IND", "AZE"),
    ("ARE", "RUS"), ("IRN", "ARM"), ("KAZ", "RUS"),
)  # fmt: skip


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


class Science(Strict):
    """Members work together in science; off unless given. See `hansa.science.knowledge_measure`.

    Attributes
    ----------
    increase : float
        Relative change of joint papers among members; 0.5 is half as many again.
    spillover : {"low", "central", "high"}
        Elasticity of productivity to links in science with abroad.
    """

    increase: float = Field(default=0.5, gt=-1.0, le=10.0)
    spillover: Level = "central"


class Rule(Strict):
    """What members do for one another.

    Attributes
    ----------
    measures : hansa.Measures
    capability : float
        0 to 1: how far non-tariff costs fall more where one member can supply what another lost,
        at the same average; see `hansa.capability.match_measures`. Zero is the same everywhere.
    science : Science or None
    """

    measures: Measures
    capability: float = Field(default=0.0, ge=0.0, le=1.0)
    science: Science | None = None


class Candidates(Rule):
    """Who may join, and what members do for one another; see `Rule`.

    Attributes
    ----------
    candidates : list of str
        ISO3 codes, two to sixteen.
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


class SenderCoalition(Strict):
    """Who imposes, who might join them, and on whom; see `hansa.Coalition`.

    Attributes
    ----------
    senders : list of str
        ISO3 codes or ``EU``; all sanction the targets on the regime's date.
    partners : list of str
        ISO3 codes of those who do not, and might join.
    targets : list of str or None
        None means those of the regime.
    measures : str
        What a partner adopts: ``average``, ``strictest``, or the code of one sender.
    embargo : bool
        Whether the coalitions on the way are also solved with all trade with the targets shut.
    compare : bool
        Whether the episodes of the published study are computed here and set beside it.
    """

    senders: tuple[str, ...] = Field(min_length=1)
    partners: tuple[str, ...] = ()
    targets: tuple[str, ...] | None = Field(default=None, min_length=1)
    measures: str = "average"
    embargo: bool = False
    compare: bool = False


class Corridor(Strict):
    """The North-South corridor: what its branches would add, and what they are worth.

    Attributes
    ----------
    routes : list of (from, to)
        Places whose routes are shown.
    branches : list of {"west", "caspian", "east"}
        Each is asked for alone, and all together.
    interventions : mapping of branch to list, or None
        What is built, opened or eased on each: names from interventions.yaml, or mappings in its
        form. None means all of a branch that are there, but for the closures.
    on : date or None
        Whose network is improved; None means the regime's.
    oceans : list of str
        States of the oceans. The first is the one that the world's trade is taken to have seen.
    level : {"low", "central", "high"}
        Of all charges.
    region : list of str
        ISO3 codes of "both sides, Russia and the region"; those that the world lacks are left out.
    pairs : list of (exporter, importer)
        Whose trade is shown; both directions.
    links : int
        Links and borders that are priced, at most; zero leaves them out.
    """

    routes: tuple[tuple[str, str], ...] = (("Mumbai", "Moscow"),)
    branches: tuple[Branch, ...] = Field(default=("west", "caspian", "east"), min_length=1)
    interventions: dict[Branch, tuple[str | dict[str, Any], ...]] | None = None
    on: dt.date | None = None
    oceans: tuple[str, ...] = Field(default=("calm", "red_sea_crisis"), min_length=1)
    level: Level = "central"
    region: tuple[str, ...] = REGION
    pairs: tuple[tuple[str, str], ...] = PAIRS
    links: int = Field(default=24, ge=0)

    @field_validator("branches", "oceans")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each may be named once")
        return value

    @model_validator(mode="after")
    def _has_interventions(self) -> Corridor:
        if self.interventions is not None:
            bare = [b for b in self.branches if not self.interventions.get(b)]
            if bare:
                raise ValueError(f"name interventions for {', '.join(bare)}, or for none at all")
        return self


class Variant(Rule):
    """Another rule of the club, run beside the central one; see `Rule`.

    Attributes
    ----------
    name : str
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 _-]*$")


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
        Range of the club's non-tariff measure, drawn uniformly; nothing without a club.
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
    """A study: world, regime, and a club of targets, a coalition of senders, a corridor, or more.

    Attributes
    ----------
    name : str
        Folder and file name.
    title, question : str
        Shown in the report.
    world : str
        Name of an embedded world or path of a table.
    regime : Regime
    club : Candidates or None
        The clubs of the sanctioned.
    coalition : SenderCoalition or None
        The coalitions of those who sanction.
    corridor : Corridor or None
        The routes between them.
    variants : list of Variant
    horizon : {"short", "medium", "long"}
        How long after; elasticities and mobility of labour of all main numbers. Costs,
        gains and the share won back are given at all three.
    deficits : {"balanced", "fixed", "proportional"}
    answer : Answer or None
        Left out if None.
    draws : Draws
    chapters : list of str
        Of what members can do for one another and how they stand to one another: any of
        capability, friends, votes, science and reliability; on two members or more.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    question: str = ""
    world: str = "world-2015"
    regime: Regime
    club: Candidates | None = None
    coalition: SenderCoalition | None = None
    corridor: Corridor | None = None
    variants: tuple[Variant, ...] = ()
    horizon: HorizonName = "long"
    deficits: Literal["balanced", "fixed", "proportional"] = "balanced"
    answer: Answer | None = None
    draws: Draws = Draws()
    chapters: tuple[ChapterName, ...] = ()

    @field_validator("chapters")
    @classmethod
    def _chapters_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each may be named once")
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> Study:
        if self.club is None and self.coalition is None and self.corridor is None:
            raise ValueError("a study needs a club, a coalition, a corridor, or more of them")
        idle = [
            k for k in ("variants", "answer", "chapters") if getattr(self, k) and self.club is None
        ]
        if idle:
            raise ValueError(f"{' and '.join(idle)} need a club, and this study has none")
        if self.coalition is not None and not self.aims:
            raise ValueError("name the targets of the coalition, or those of the regime")
        return self

    @property
    def players(self) -> tuple[str, ...]:
        """Candidates of the club; none without one."""
        return () if self.club is None else self.club.candidates

    @property
    def measures(self) -> Measures:
        """What members of the club do for one another; nothing without a club."""
        return Measures() if self.club is None else self.club.measures

    @property
    def aims(self) -> tuple[str, ...]:
        """Targets of the coalition; none without one."""
        if self.coalition is None:
            return ()
        return self.coalition.targets or self.regime.targets or ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whose costs the study is about: candidates, or the coalition's or regime's targets."""
        return self.players or self.aims or self.regime.targets or ()

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


def rules_of(study: Study) -> dict[str, Rule]:
    """Return what members do for one another by variant, ``central`` first; none without a club."""
    if study.club is None:
        return {}
    return {"central": study.club, **{v.name: v for v in study.variants}}


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


_PARTS: dict[str, type[BaseModel]] = {
    "regime": Regime,
    "club": Candidates,
    "coalition": SenderCoalition,
    "corridor": Corridor,
    "measures": Measures,
    "variants": Variant,
    "draws": Draws,
    "answer": Answer,
    "science": Science,
}
