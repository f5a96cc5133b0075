"""The incident as a server plays it: three looks at it, one after the other, in the protocols of those who tell."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestrator.errors import RecordingError
from orchestrator.recordings.asking import Asked, Reply, conditional, mark_of, words
from orchestrator.recordings.incident import codehost, feeds, flawbase, records, registry
from orchestrator.recordings.incident.paging import Listed, page_of
from orchestrator.recordings.incident.story import Story, seen
from orchestrator.recordings.incident.telling import SEED, tell
from orchestrator.recordings.incident.words import iso
from orchestrator.recordings.incident.worm import BEFORE_HOURS, FIRST_HOURS, SECOND_HOURS
from orchestrator.recordings.matching import near
from orchestrator.recordings.pointing import EXPLOITED

TITLE = "The ferrywheel worm, a made-up incident"
BLOG = "/blog/feed.xml"
CONTROL = "/replay"
_ATOM = "/releases.atom"
_JSON = "application/json; charset=utf-8"
_SIMPLE = "application/vnd.pypi.simple.v1+json"
_LIMIT = 5_000
"""Requests an hour that the code host says it answers; a replay never runs dry."""
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Act:
    """One look at the incident."""

    name: str
    hours: float
    """How long before the end it is."""


ACTS = (Act("before", BEFORE_HOURS), Act("first look", FIRST_HOURS), Act("second look", SECOND_HOURS))


class Incident:
    """Plays the incident that ends at a moment, in UTC; nothing in it is later. ``act`` says how much has happened."""

    title = TITLE

    def __init__(self, as_of: datetime, *, act: int = len(ACTS) - 1, seed: int = SEED) -> None:
        self.as_of = as_of.astimezone(UTC).replace(microsecond=0)
        whole = tell(self.as_of, seed=seed)
        self._acts = tuple(seen(whole, at=self.as_of - timedelta(hours=each.hours)) for each in ACTS)
        self._lock = threading.Lock()
        self._used = 0
        self._act = _checked(act)

    @property
    def act(self) -> int:
        """Which of ``ACTS`` is played, from 0."""
        return self._act

    @act.setter
    def act(self, act: int) -> None:
        self._act = _checked(act)

    @property
    def story(self) -> Story:
        """What there is to be seen now."""
        return self._acts[self._act]

    def answer(self, asked: Asked, *, url: str) -> Reply:
        """Return what the services would answer; ``url`` is where links lead."""
        method, path, pairs = asked.key
        if path == CONTROL or path.startswith(f"{CONTROL}/"):
            return self._controlled(method, path)
        told = _POSTED.get(path) if method == "POST" else None
        if told is not None:
            return _posted(told, self.story, asked.body)
        reply = self._got(path, dict(pairs), url=url) if method == "GET" else None
        if reply is None:
            missing = {
                "message": "Not Found",
                "status": "404",
                "replay": f"not in the replay: {words(asked.key)[:2_000]}",
            }
            return _json({**missing, "near": near(asked.key, among=map(_key, self._paths()))}, status=404, known=False)
        return self._limited(conditional(reply, asked)) if _is_codehost(path) else reply

    def _got(self, path: str, query: Mapping[str, str], *, url: str) -> Reply | None:
        """Return what is at a path; None where there is nothing."""
        story = self.story
        if path == EXPLOITED:
            return _json(records.exploited(story.exploited, as_of=story.as_of))
        if path == "/rate_limit":
            return _json({"resources": {"core": self._rate()}, "rate": self._rate()})
        if path.startswith("/v1/vulns/"):
            record = flawbase.one(story, path.removeprefix("/v1/vulns/"))
            return None if record is None else _json(record)
        if path.startswith("/simple/"):
            package = story.packages.get(path.removeprefix("/simple/").rstrip("/").lower())
            return None if package is None else _json(registry.package(package), kind=_SIMPLE)
        return _fed(story, path) or _hosted(codehost.find(story, path, query), query, url=url)

    def _controlled(self, method: str, path: str) -> Reply:
        """Return how the replay stands; ``POST /replay/act/N`` has it go to an act before."""
        if method == "POST":
            try:
                self.act = int(path.removeprefix(f"{CONTROL}/act/"))
            except (ValueError, RecordingError):
                return _json({"message": f"POST {CONTROL}/act/N: N is {_ACT_NUMBERS}"}, status=400)
        stand = {"title": self.title, "act": self.act, "seen": ACTS[self.act].name, "as_of": iso(self.as_of)}
        return _json({**stand, "seen_until": iso(self.story.as_of), "paths": self._paths()})

    def _limited(self, reply: Reply) -> Reply:
        """Return an answer of the code host, with what it says of itself; what has not changed costs nothing."""
        with self._lock:
            self._used += reply.status == 200  # noqa: PLR2004  OK
        rate = {f"X-RateLimit-{name.title()}": str(value) for name, value in self._rate().items()}
        own = {
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
            "Cache-Control": "public, max-age=60, s-maxage=60",
        }
        return Reply(reply.status, {**reply.headers, **own, **rate, "X-RateLimit-Resource": "core"}, reply.body)

    def _rate(self) -> dict[str, int]:
        reset = int((self.as_of + _WINDOW).timestamp())
        left = max(_LIMIT - self._used, 1)
        return {"limit": _LIMIT, "remaining": left, "reset": reset, "used": _LIMIT - left}

    def _paths(self) -> list[str]:
        """Return what can be asked for, for people."""
        story = self.story
        parts = [f"/repos/{name}{part}" for name in story.repositories for part in codehost.PARTS]
        atoms = [f"/{name}{_ATOM}" for name in story.repositories]
        simple = [f"/simple/{name}/" for name in story.packages]
        known = [f"/v1/vulns/{each.id}" for each in story.flaws]
        return [*parts, "/advisories", "/rate_limit", *known, *simple, EXPLOITED, *atoms, BLOG]


_ACT_NUMBERS = ", ".join(f"{nth} ({each.name})" for nth, each in enumerate(ACTS))
_POSTED: Mapping[str, Callable[[Story, bytes], dict[str, object]]] = {
    "/v1/query": flawbase.query,
    "/v1/querybatch": flawbase.batch,
}


def _checked(act: int) -> int:
    """Return an act. ``RecordingError`` where there is none of that number."""
    if not 0 <= act < len(ACTS):
        raise RecordingError(f"act {act} is none of the incident's: give {_ACT_NUMBERS}")
    return act


def _posted(told: Callable[[Story, bytes], dict[str, object]], story: Story, body: bytes) -> Reply:
    """Return what a question gets that was sent in a body."""
    try:
        return _json(told(story, body))
    except flawbase.BadQuestionError as error:
        return _json({"code": 3, "message": str(error)}, status=400)


def _fed(story: Story, path: str) -> Reply | None:
    """Return a feed: a repository's releases, or the project's blog."""
    if path == BLOG:
        return _text(feeds.blog(story.posts), kind="application/rss+xml; charset=utf-8")
    place = story.repositories.get(path.strip("/").removesuffix(_ATOM).lower()) if path.endswith(_ATOM) else None
    return None if place is None else _text(feeds.releases(place), kind="application/atom+xml; charset=utf-8")


def _hosted(found: dict[str, object] | Listed | None, query: Mapping[str, str], *, url: str) -> Reply | None:
    """Return an answer of the code host: a document, or a page of a list."""
    if not isinstance(found, Listed):
        return None if found is None else _json(found)
    items, link = page_of(found, query, url=url)
    return _json(items, more={"Link": link} if link else {})


def _is_codehost(path: str) -> bool:
    return path.split("/")[1] in {"repos", "repositories", "advisories", "rate_limit"}


def _json(
    value: object, *, status: int = 200, kind: str = _JSON, more: Mapping[str, str] | None = None, known: bool = True
) -> Reply:
    """Return a document as an answer."""
    return _text(json.dumps(value, ensure_ascii=False), kind=kind, status=status, more=more, known=known)


def _text(
    text: str, *, kind: str, status: int = 200, more: Mapping[str, str] | None = None, known: bool = True
) -> Reply:
    """Return a text as an answer, marked by its content."""
    body = text.encode()
    return Reply(status, {"Content-Type": kind, "ETag": mark_of(body), **(more or {})}, body, known=known)


def _key(path: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return "GET", path, ()
