"""The loader of OpenAlex against a server on loopback that answers in the documented form."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import hansa as hs
from hansa.errors import DataError, HansaError

S = hs.science

#: Invented counts, in the form of the API's documentation: per country and level, pages of groups.
FIELDS = {
    "ir": [("13", "Biochemistry, Genetics and Molecular Biology", 30), ("22", "Engineering", 70)],
    "ru": [("22", "Engineering", 40), ("31", "Physics and Astronomy", 60)],
    "ir,ru": [("31", "Physics and Astronomy", 5)],
}
LEVELS = {
    "primary_topic.field.id": ("fields", FIELDS),
    "primary_topic.subfield.id": (
        "subfields",
        {c: [("2202", "Aerospace Engineering", 7), ("2203", "Automotive Engineering", 1)]
         for c in FIELDS},
    ),
    "primary_topic.id": (
        "topics",
        {c: [(f"T{k}", name, k) for k, name in enumerate(("Nanofluids", "Graphene", "Soil"), 10)]
         for c in FIELDS},
    ),
}  # fmt: skip


class Server(BaseHTTPRequestHandler):
    """Two groups a page; fails first where `trouble` says so."""

    seen: list[tuple[str, str]]
    trouble: list[tuple[int, str, bytes]]

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["User-Agent"]))
        if self.trouble:
            status, wait, body = self.trouble.pop(0)
            self.reply(status, body, {"Retry-After": wait} if wait else {})
            return
        asked = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        parts = [part.split(":") for part in asked["filter"].split(",")]
        who = ",".join(v for k, v in parts if k == "authorships.institutions.country_code")
        assert ["publication_year", "2015-2023"] in parts
        kind, counts = LEVELS[asked["group_by"]]
        start = 0 if asked["cursor"] == "*" else int(asked["cursor"])
        page = counts[who][start : start + 2]
        following = str(start + 2) if start + 2 < len(counts[who]) else None
        groups = [
            {"key": f"https://openalex.org/{kind}/{k}", "key_display_name": name, "count": n}
            for k, name, n in page
        ]
        meta = {"count": 100, "db_response_time_ms": 3, "page": None, "per_page": 200,
                "groups_count": len(page), "next_cursor": following}  # fmt: skip
        body = json.dumps({"meta": meta, "results": [], "group_by": groups})
        self.reply(200, body.encode(), {})

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[type[Server], str]]:
    handler = type("Here", (Server,), {"seen": [], "trouble": []})
    with HTTPServer(("127.0.0.1", 0), handler) as held:
        thread = threading.Thread(target=held.serve_forever)
        thread.start()
        yield handler, f"http://127.0.0.1:{held.server_port}"
        held.shutdown()
        thread.join()


def client(base: str, cache: Path, waits: list[float] | None = None, **more: object) -> S.Client:
    sleep = (waits if waits is not None else []).append
    return S.Client(cache=cache, base=base, sleep=sleep, **more)


def test_fields_of_countries_and_of_pairs(server, tmp_path: Path) -> None:
    _, base = server
    done: list[tuple[int, int]] = []
    table = S.field_counts(
        ["IRN", ("IRN", "RUS")], (2015, 2023), client=client(base, tmp_path),
        progress=lambda *step: done.append(step),
    )  # fmt: skip
    assert table.loc["IRN", "Engineering"] == 70
    assert table.loc["IRN", "Physics and Astronomy"] == 0
    assert table.loc["IRN-RUS"].sum() == 5
    assert done == [(1, 2), (2, 2)]
    assert table.attrs["unit"] == "works"


def test_pages_are_joined_and_kept(server, tmp_path: Path) -> None:
    handler, base = server
    table = S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path), level="topic")
    assert table.loc["IRN"].to_dict() == {"Nanofluids": 10, "Graphene": 11, "Soil": 12}
    asked = len(handler.seen)
    assert asked == 2
    again = S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path), level="topic")
    assert again.equals(table)
    assert len(handler.seen) == asked


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(server, tmp_path: Path) -> None:
    handler, base = server
    S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path))
    handler.trouble.extend([(500, "", b"")] * 2)
    with pytest.raises(HansaError, match="goes on from there"):
        S.field_counts(["IRN", "RUS"], (2015, 2023), client=client(base, tmp_path, tries=2))
    table = S.field_counts(["IRN", "RUS"], (2015, 2023), client=client(base, tmp_path))
    assert table.loc["RUS", "Physics and Astronomy"] == 60
    first = [path for path, _ in handler.seen if "country_code:ir" in path]
    assert len(first) == 1


def test_it_waits_as_long_as_the_server_asks_and_longer_each_time(server, tmp_path: Path) -> None:
    handler, base = server
    handler.trouble.extend([(429, "7", b""), (503, "", b"")])
    waits: list[float] = []
    S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path, waits, pause=0.2))
    assert waits == [0.2, 7.0, 14.0]


def test_who_asks_is_said_and_the_key_is_not_kept(server, tmp_path: Path) -> None:
    handler, base = server
    S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path, mail="a@b.c", key="hidden"))
    path, agent = handler.seen[0]
    assert "mailto=a%40b.c" in path
    assert "api_key=hidden" in path
    assert agent.startswith("hansa")
    kept = [file.read_text() for file in tmp_path.iterdir()]
    assert kept
    assert not any("hidden" in text or "a@b.c" in text for text in kept)


def test_refusals_and_strange_answers_are_errors(server, tmp_path: Path) -> None:
    handler, base = server
    handler.trouble.append((403, "", b"Invalid query"))
    with pytest.raises(DataError, match=r"status 403.*Invalid query"):
        S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path))
    for body in (b"<html>", b'{"meta": {}}', b'{"meta": {}, "group_by": [{"key": 1}]}'):
        handler.trouble.append((200, "", body))
        with pytest.raises(DataError, match="not its documented one"):
            S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path))
    assert not list(tmp_path.iterdir())


def test_no_server_is_no_number(tmp_path: Path) -> None:
    waits: list[float] = []
    nobody = client("http://127.0.0.1:9", tmp_path, waits, tries=3)
    with pytest.raises(HansaError, match="in 3 tries: no connection"):
        S.field_counts(["IRN"], (2015, 2023), client=nobody)
    assert len(waits) == 3


def test_unknown_names_are_refused_before_anything_is_asked(server, tmp_path: Path) -> None:
    handler, base = server
    with pytest.raises(DataError, match="unknown country 'IRM'"):
        S.field_counts(["IRM"], (2015, 2023), client=client(base, tmp_path))
    with pytest.raises(DataError, match="did you mean 'field'"):
        S.field_counts(["IRN"], (2015, 2023), client=client(base, tmp_path), level="fields")
    assert not handler.seen


def test_themes_take_what_their_names_say(server, tmp_path: Path) -> None:
    _, base = server
    themes = {k: S.THEMES[k] for k in ("biology", "aerospace", "nanotechnology")}
    table = S.theme_counts(["IRN"], (2015, 2023), client=client(base, tmp_path), themes=themes)
    assert table.loc["IRN"].to_dict() == {
        "biology": 30, "aerospace": 7, "nanotechnology": 21, "all": 100,
    }  # fmt: skip
    nuclear = {"nuclear": S.THEMES["nuclear"]}
    with pytest.raises(DataError, match="theme 'nuclear'"):
        S.theme_counts(["IRN"], (2015, 2023), client=client(base, tmp_path), themes=nuclear)
