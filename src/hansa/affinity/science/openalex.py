"""Papers by country and field, asked of OpenAlex by a user with a network: cached, slow, resumable.

May import ``hansa.errors`` and its neighbours. Standard library only. Source: OpenAlex (Priem,
Piwowar & Orr 2022), grouped counts of its works; CC0.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansa.affinity.tables import chosen, read_table, sourced
from hansa.errors import DataError, HansaError, unknown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["API", "LEVELS", "THEMES", "Client", "Reply", "field_counts", "theme_counts"]

#: The data source. Another base serves tests and mirrors.
API = "https://api.openalex.org"

#: Level of a classification of topics -> what works are grouped by.
LEVELS = {
    "domain": "primary_topic.domain.id",
    "field": "primary_topic.field.id",
    "subfield": "primary_topic.subfield.id",
    "topic": "primary_topic.id",
}

#: Fields of the case: level, and the names at that level that belong to it. A judgement.
THEMES = {
    "biology": (
        "field",
        r"^(Biochemistry, Genetics and Molecular Biology|Immunology and Microbiology"
        r"|Agricultural and Biological Sciences)$",
    ),
    "pharmacology": ("field", r"^Pharmacology, Toxicology and Pharmaceutics$"),
    "aerospace": ("subfield", r"^Aerospace Engineering$"),
    "nuclear": ("subfield", r"^(Nuclear Energy and Engineering|Nuclear and High Energy Physics)$"),
    "nanotechnology": ("topic", r"(?i)\bnano|graphene|quantum dot"),
}

FILTER = "authorships.institutions.country_code"
BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Reply:
    """An answer of a server: status, the seconds it asks to wait (0: none), body."""

    status: int
    wait: float
    body: bytes


def ask(url: str, agent: str, timeout: float) -> Reply:
    """Return what a server answers; a refusal is an answer, too."""
    request = urllib.request.Request(url, headers={"User-Agent": agent})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return Reply(answer.status, 0.0, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            wait = error.headers.get("Retry-After", "")
            return Reply(error.code, float(wait) if wait.isdigit() else 0.0, error.read())


@dataclass(frozen=True)
class Client:
    """How to ask OpenAlex.

    Attributes
    ----------
    cache : Path
        Folder in which every answer is kept; what is there is not asked again, so that a run that
        was cut off goes on where it stopped. Delete it to ask anew.
    mail : str
        Of the user, optional: OpenAlex serves those first who say who they are.
    key : str
        Of the user, if OpenAlex asks for one; never written to the cache.
    pause : float
        Seconds between questions.
    tries : int
        Per question, with a pause that doubles each time, or that the server names.
    timeout : float
        Seconds.
    base : str
    transport : callable
        (url, user agent, timeout) -> Reply.
    sleep : callable
    """

    cache: Path
    mail: str = ""
    key: str = field(default="", repr=False)
    pause: float = 0.2
    tries: int = 6
    timeout: float = 60.0
    base: str = API
    transport: Callable[[str, str, float], Reply] = ask
    sleep: Callable[[float], None] = time.sleep

    def groups(self, filters: Iterable[tuple[str, str]], by: str) -> dict[str, tuple[str, int]]:
        """Return the number of works per group: key -> (name, count), all pages together."""
        found: dict[str, tuple[str, int]] = {}
        cursor: str | None = "*"
        while cursor:
            page = self._page(filters, by, cursor)
            for group in page["group_by"]:
                name = str(group["key_display_name"])
                found[str(group["key"]).rsplit("/", 1)[-1]] = (name, int(group["count"]))
            following = page["meta"].get("next_cursor")
            cursor = following if page["group_by"] and following != cursor else None
        return found

    def _page(self, filters: Iterable[tuple[str, str]], by: str, cursor: str) -> dict[str, Any]:
        question = {
            "filter": ",".join(f"{name}:{value}" for name, value in filters),
            "group_by": by,
            "per_page": "200",
            "cursor": cursor,
        }
        path = "/works?" + urllib.parse.urlencode(question, safe=":,*")
        kept = Path(self.cache) / f"{hashlib.sha256(path.encode()).hexdigest()[:24]}.json"
        if kept.is_file():
            return dict(json.loads(kept.read_text(encoding="utf-8"))["answer"])
        answer = self._answer(path)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        part.write_text(json.dumps({"question": path, "answer": answer}), encoding="utf-8")
        part.replace(kept)
        return answer

    def _answer(self, path: str) -> dict[str, Any]:
        who = {k: v for k, v in (("mailto", self.mail), ("api_key", self.key)) if v}
        url = self.base + path + ("&" + urllib.parse.urlencode(who) if who else "")
        agent = "hansa (open research software)" + (f" mailto:{self.mail}" if self.mail else "")
        wait, why = self.pause, ""
        for _ in range(self.tries):
            self.sleep(wait)
            try:
                reply = self.transport(url, agent, self.timeout)
            except OSError as error:
                wait, why = 2 * max(wait, 0.5), f"no connection ({error})"
                continue
            if reply.status == 200:
                return _parsed(reply.body, path)
            why = f"status {reply.status}"
            if reply.status not in BUSY:
                raise DataError(f"OpenAlex refused {path!r}: {why}, {reply.body[:200]!r}")
            wait = max(reply.wait, 2 * max(wait, 0.5))
        raise HansaError(
            f"OpenAlex did not answer {path!r} in {self.tries} tries: {why}. What came so far is "
            f"kept in {self.cache}; the same call goes on from there"
        )


def _parsed(body: bytes, path: str) -> dict[str, Any]:
    try:
        answer = json.loads(body)
        groups, meta = answer["group_by"], answer["meta"]
        known = isinstance(meta, dict) and all(
            {"key", "key_display_name", "count"} <= set(group) for group in groups
        )
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise DataError(f"OpenAlex answered {path!r} in a form that is not its documented one")
    return {"group_by": groups, "meta": meta}


def field_counts(
    countries: Iterable[str | tuple[str, str]],
    years: tuple[int, int],
    *,
    client: Client,
    level: str = "field",
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return works by country, or by pair of countries, and field.

    Parameters
    ----------
    countries : iterable of str or (str, str)
        ISO3; of a pair, works with an author in both.
    years : (int, int)
        First and last year of publication.
    client : Client
    level : {"domain", "field", "subfield", "topic"}
    progress : callable, optional
        Called with the number done and the number of all.

    Returns
    -------
    pandas.DataFrame
        Index ``country`` ("IRN", or "IRN-RUS" of a pair), one column per field by name, works
        counted whole for each country. Works without a topic are not counted.

    Raises
    ------
    DataError
        Unknown country or level, or an answer in another form.
    HansaError
        No answer after all tries; what came is kept, the same call goes on.

    Examples
    --------
    >>> client = Client(cache=Path("openalex"), mail="you@university.example")  # doctest: +SKIP
    >>> field_counts(["IRN", ("IRN", "RUS")], (2015, 2023), client=client)  # doctest: +SKIP
    """
    import pandas as pd

    if level not in LEVELS:
        raise DataError(unknown("level", level, LEVELS))
    short = read_table("codes").set_index("country")["iso2"]
    asked = [(c,) if isinstance(c, str) else tuple(c) for c in countries]
    chosen("country", [code for codes in asked for code in codes], short.index)
    rows = {}
    for done, codes in enumerate(asked):
        filters = [(FILTER, str(short[code]).lower()) for code in codes]
        filters.append(("publication_year", f"{int(years[0])}-{int(years[1])}"))
        found = client.groups(filters, LEVELS[level])
        rows["-".join(codes)] = {name: count for _, (name, count) in sorted(found.items())}
        if progress is not None:
            progress(done + 1, len(asked))
    table = pd.DataFrame(rows).T.fillna(0.0).rename_axis("country").astype(float)
    return sourced(table, "works", "OpenAlex, grouped counts of works", years=years, level=level)


def theme_counts(
    countries: Iterable[str | tuple[str, str]],
    years: tuple[int, int],
    *,
    client: Client,
    themes: Mapping[str, tuple[str, str]] = THEMES,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return works by country and theme: biology, pharmacology, aerospace, nuclear, nanotechnology.

    Parameters
    ----------
    countries, years, client, progress
        As in `field_counts`.
    themes : mapping of str to (level, pattern)
        Pattern of the names at that level that belong to the theme.

    Returns
    -------
    pandas.DataFrame
        Index ``country``, one column per theme, and ``all``: works in all fields. Themes overlap
        where their levels do; nanotechnology is what topics call by that name, wherever they are.

    Raises
    ------
    DataError
        As `field_counts`, or a theme whose pattern no name matches.
    """
    import pandas as pd

    listed = list(countries)
    levels = sorted({"field", *(level for level, _ in themes.values())})
    tables = {
        level: field_counts(listed, years, client=client, level=level, progress=progress)
        for level in levels
    }
    columns = {}
    for theme, (level, pattern) in themes.items():
        names = [c for c in tables[level].columns if re.search(pattern, str(c))]
        if not names:
            raise DataError(f"no {level} of OpenAlex is named like theme {theme!r}: {pattern}")
        columns[theme] = tables[level][names].sum(axis=1)
    columns["all"] = tables["field"].sum(axis=1)
    table = pd.DataFrame(columns)
    return sourced(table, "works", "OpenAlex, grouped counts of works", years=years)
