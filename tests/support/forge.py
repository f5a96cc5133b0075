"""A small GitHub of a test: it pages, orders and filters as the real one does, while its issues change.

``Watcher`` looks at it again and again, and keeps what it was told as the ledger does.
"""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import JsonValue

from agents.contract import Coverage, Evidence, Quarantined, StopSignal, Target, TargetKind
from agents.sources.collected import Collected
from agents.sources.github.collecting import read_github
from agents.sources.http.access import Access
from agents.sources.http.client import Http
from agents.sources.http.page import NoShelf, Shelf
from agents.sources.http.site import Site
from agents.sources.look import Look
from support.services import Heard, Said

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGIN = NOW - timedelta(days=100)
Item = dict[str, Any]


def stamp(moment: datetime) -> str:
    """Return a time as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def commit_item(sha: str, at: datetime, *, authored: datetime | None = None) -> Item:
    """Return a commit."""
    who = {"name": "Ada", "email": "ada@example.org"}
    told = {"author": {**who, "date": stamp(authored or at)}, "committer": {**who, "date": stamp(at)}, "message": sha}
    return {"sha": sha, "commit": told, "parents": []}


def release_item(tag: str, at: datetime = BEGIN) -> Item:
    """Return a release."""
    return {"tag_name": tag, "name": tag, "body": f"What is new in {tag}", "published_at": stamp(at)}


def issue_item(number: int, at: datetime, **more: object) -> Item:
    """Return an issue."""
    told = {"number": number, "title": "v0", "state": "open", "created_at": stamp(at), "updated_at": stamp(at)}
    return {**told, **more}


def said(value: object, status: int = 200, **headers: str) -> Said:
    """Return an answer in JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Said(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


@dataclass
class Forge:
    """One repository, whatever name it is asked by."""

    whole: Item = field(default_factory=lambda: {"id": 7, "full_name": "o/r", "default_branch": "main"})
    commits: list[Item] = field(default_factory=list)
    releases: list[Item] = field(default_factory=list)
    issues: dict[int, Item] = field(default_factory=dict)
    advisories: list[Item] = field(default_factory=list)
    page: int = 100
    """The most that a page of it holds."""
    after: bool = False
    """Whether ``since`` leaves out what was changed at that very time."""
    instead: dict[str, Said] = field(default_factory=dict)
    """Answers in place of a part's own."""
    before: Callable[[Heard], None] = lambda _: None
    """What happens before a request is answered."""
    asked: list[str] = field(default_factory=list)
    """Which parts were asked for, in their order."""

    def __call__(self, heard: Heard) -> Said:
        """Answer."""
        self.before(heard)
        parts = urlsplit(heard.path)
        part = "/".join(parts.path.split("/")[4:])
        self.asked.append(part or "repository")
        if (part or "repository") in self.instead:
            return self.instead[part or "repository"]
        if not part:
            return said(self.whole)
        query = dict(parse_qsl(parts.query))
        return self._page(self._items(part, query), parts.path, query, host=heard.headers["host"])

    def touch(self, number: int, at: datetime) -> None:
        """Change an issue, or open it."""
        known = self.issues.get(number)
        if known is None:
            self.issues[number] = issue_item(number, at)
        else:
            title = f"v{int(known['title'][1:]) + 1}"
            self.issues[number] = {**known, "title": title, "updated_at": stamp(at)}

    def _items(self, part: str, query: Mapping[str, str]) -> list[Item]:
        since = query.get("since", "")
        if part == "commits":
            return [one for one in self.commits if not since or one["commit"]["committer"]["date"] >= since]
        if part == "issues":
            changed = (one for one in self.issues.values() if self._is_since(one["updated_at"], since))
            down = query["direction"] == "desc"
            return sorted(changed, key=lambda one: (one["updated_at"], one["number"]), reverse=down)
        return {"releases": self.releases, "security-advisories": self.advisories}[part]

    def _is_since(self, at: str, since: str) -> bool:
        return at > since if self.after else at >= since

    def _page(self, items: Sequence[Item], path: str, query: Mapping[str, str], *, host: str) -> Said:
        size, number = min(self.page, int(query["per_page"])), int(query.get("page", "1"))
        shown = list(items[(number - 1) * size : number * size])
        if number * size >= len(items):
            return said(shown)
        following = urlencode({**query, "page": str(number + 1)})
        return said(shown, link=f'<http://{host}{path}?{following}>; rel="next"')


@dataclass
class Watcher:
    """Who looks, with what is known: evidence and cursors as the ledger keeps them."""

    url: str
    token: str = "secret"
    location: str = "o/r"
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    now: datetime = NOW
    known: dict[str, Evidence] = field(default_factory=dict)
    cursors: dict[str, JsonValue] = field(default_factory=dict)
    coverage: dict[str, Coverage] = field(default_factory=dict)
    """Of the last look, by source."""
    strays: list[Quarantined] = field(default_factory=list)
    told: list[Evidence] = field(default_factory=list)
    """What the last look told."""
    shelf: Shelf = field(default_factory=NoShelf)
    stop: StopSignal = field(default_factory=threading.Event)
    read: Callable[[Http, Look], tuple[Collected, ...]] = read_github

    def look(self) -> tuple[Collected, ...]:
        """Look once. Raises as ``read_github`` does, and then nothing is kept."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        access = Access(sites=(Site("github", self.url, headers),), shelf=self.shelf)
        target = Target(kind=TargetKind.GITHUB, location=self.location, options=self.options)
        look = Look(target=target, now=self.now, stop=self.stop, cursors=self.cursors)
        with access.open(self.stop) as http:
            collected = self.read(http, look)
        self._keep(collected)
        return collected

    def keys(self, kind: str) -> list[str]:
        """Return the keys of what is known of a kind."""
        return sorted(one.key for one in self.known.values() if one.kind == kind)

    def _keep(self, collected: tuple[Collected, ...]) -> None:
        self.told = [item for part in collected for item in part.evidence]
        named = {item.id: item for item in self.told}
        replaced = {kind for part in collected for kind in part.replaces}
        self.known = {key: item for key, item in self.known.items() if item.kind not in replaced} | named
        # A ledger keeps JSON, and the cursor of a part that gave none.
        told = {part.source: part.cursor for part in collected if part.cursor is not None}
        self.cursors = {**self.cursors, **json.loads(json.dumps(told))}
        self.coverage = {one.source: one for part in collected for one in part.coverage}
        self.strays = [stray for part in collected for stray in part.quarantined]
