"""Reading YAML files: what study files and sweep files share.

May import only ``hansa.errors``. YAML 1.2's booleans, so that `on` is a key and NO is Norway; every
error is a sentence that names the key and the nearest known one. No paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from hansa.errors import StudyError, unknown

ModelT = TypeVar("ModelT", bound=BaseModel)


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
