"""Every recorded exchange of what is read of a repository, played to the readers: what comes of each, counted."""

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from agents.contract import Target, TargetKind
from agents.errors import AgentError
from agents.sources.collected import Collected
from agents.sources.github.advisories import read_advisories
from agents.sources.github.collecting import read_github
from agents.sources.github.commits import read_commits
from agents.sources.github.issues import read_issues
from agents.sources.github.releases import read_releases
from agents.sources.github.repo import SITE, Repo
from agents.sources.http.access import Access
from agents.sources.http.client import Http
from agents.sources.http.site import Site
from agents.sources.look import Look
from orchestrator.recordings.asking import Asked, Reply
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import AskedFor, Exchange, Key, key_of, read_exchanges
from orchestrator.recordings.server import Player, playing

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OF = r"/repos/([^/]+/[^/]+)"
PARTS: dict[str, Callable[[Repo], Collected]] = {
    "commits": read_commits,
    "releases": read_releases,
    "issues": read_issues,
    "security-advisories": read_advisories,
}
OURS = frozenset({"state", "sort", "direction", "sha"})
"""Words of a query that a recording need not have, or has and we do not."""


@dataclass(frozen=True)
class Loose:
    """A book that is asked without the words that its recordings need not have.

    A list whose next page was not recorded ends there.
    """

    exchanges: Sequence[Exchange]
    title: str = "recorded exchanges"

    def answer(self, asked: Asked, *, url: str) -> Reply:
        """Return what the book says."""
        plain: dict[Key, list[Exchange]] = defaultdict(list)
        for one in self.exchanges:
            plain[loosened(one.key)].append(one)
        reply = Book(plain).answer(replace(asked, key=loosened(asked.key)), url=url)
        following = re.search(r'<([^>]*)>; rel="next"', reply.header("link"))
        if following is None or loosened(key_of("GET", following[1])) in plain:
            return reply
        return replace(reply, headers={name: text for name, text in reply.headers.items() if name.lower() != "link"})


def loosened(key: Key) -> Key:
    """Return what is asked for, without words that say no more than in which order, or of which branch."""
    method, path, query = key
    return method, path, tuple(pair for pair in query if pair[0] not in OURS)


class Came(NamedTuple):
    """What came of one exchange."""

    part: str
    status: int
    what: str
    """The coverage's state, or the error's name."""
    items: int
    requests: int


@pytest.fixture(scope="module")
def exchanges(recordings: Path) -> list[Exchange]:
    """Return all recorded exchanges."""
    return [one for one in read_exchanges(recordings / "github_api" / "recordings") if one.request.method == "GET"]


def look_at(name: str) -> Look:
    """Return a look at a repository."""
    return Look(target=Target(kind=TargetKind.GITHUB, location=name), now=NOW, stop=threading.Event())


def opened(player: Player) -> Http:
    """Return a client with a token."""
    site = Site(SITE, player.url, {"authorization": "Bearer x"})
    return Access(sites=(site,)).open(threading.Event())


def came_of_repositories(exchanges: list[Exchange]) -> Iterator[Came]:
    """Yield what came of each look at a repository: at one of a recording after the other."""
    with playing(Book.of([])) as player:
        for one in exchanges:
            match = re.fullmatch(OF, unquote(urlsplit(one.request.url).path))
            if match is None:
                continue
            # Where it leads is the same recording's, and nothing else of the repository is.
            same = [each for each in exchanges if each.file == one.file and each.key[1].startswith("/repositories/")]
            player.book = Book.of([one, *same])
            before = player.tally.requests
            with opened(player) as http:
                try:
                    read = read_github(http, look_at(match[1]))
                except AgentError as error:
                    what, items = type(error).__name__, 0
                else:
                    what, items = read[0].coverage[0].state.value, read[0].coverage[0].items
                    what += ", renamed" if read[0].evidence[0].data["renamed"] else ""
            yield Came("repository", one.response.status, what, items, player.tally.requests - before)


def came_of_lists(exchanges: list[Exchange]) -> Iterator[Came]:
    """Yield what came of each list's first page, and of those that follow it."""
    with playing(Book.of([])) as player:
        for one in exchanges:
            path = unquote(urlsplit(one.request.url).path)
            match = re.fullmatch(f"{OF}/({'|'.join(PARTS)})", path)
            if match is None:
                continue
            same = [each for each in exchanges if each.file == one.file and each.key[1].startswith("/repositories/")]
            player.book = Loose([one, *same])
            before = player.tally.requests
            with opened(player) as http:
                try:
                    (coverage,) = PARTS[match[2]](Repo(match[1], http, look_at("o/r"))).coverage
                except AgentError as error:
                    what, items = type(error).__name__, 0
                else:
                    what, items = coverage.state.value, coverage.items
            yield Came(match[2], one.response.status, what, items, player.tally.requests - before)


def table(rows: list[Came]) -> dict[tuple[str, int, str], tuple[int, int, int]]:
    """Return how many exchanges, items and requests there were of each part, status and outcome."""
    counted: Counter[tuple[str, int, str]] = Counter((row.part, row.status, row.what) for row in rows)
    return {
        key: (
            count,
            sum(row.items for row in rows if row[:3] == key),
            sum(row.requests for row in rows if row[:3] == key),
        )
        for key, count in sorted(counted.items())
    }


def came_of_errors(exchanges: list[Exchange]) -> Iterator[Came]:
    """Yield what comes of each recorded answer that is none, in place of a repository and in place of its commits."""
    whole = next(one for one in exchanges if one.request.url.endswith(f"/repos/{GREETING}"))
    with playing(Book.of([])) as player:
        for part in ("repository", "commits"):
            url = f"https://api.github.com/repos/{GREETING}{'/commits' if part == 'commits' else ''}"
            for one in exchanges:
                if one.response.status < 300:
                    continue
                answer = one.model_copy(update={"request": AskedFor(method="GET", url=url)})
                player.book = Book.of([answer] if part == "repository" else [whole, answer])
                before = player.tally.requests
                with opened(player) as http:
                    try:
                        read = read_github(http, look_at(GREETING))
                    except AgentError as error:
                        what = type(error).__name__
                    else:
                        what = read[1].coverage[0].state.value
                yield Came(part, one.response.status, what, 0, player.tally.requests - before)


GREETING = "octokit-fixture-org/hello-world"
# Part, status and outcome: exchanges, items and requests.
REPOSITORIES = {
    ("repository", 200, "BadEvidenceError"): (1, 0, 0),  # a placeholder stands for its name: it is never asked for
    ("repository", 200, "complete"): (9, 9, 45),
    ("repository", 301, "complete, renamed"): (1, 1, 6),
    ("repository", 304, "SourceUnavailableError"): (1, 0, 1),  # to a request without a mark
    ("repository", 404, "BadEvidenceError"): (1, 0, 1),
    ("repository", 500, "SourceUnavailableError"): (1, 0, 1),
}
LISTS = {
    ("commits", 200, "complete"): (22, 416, 22),
    ("issues", 200, "complete"): (2, 43, 6),  # one of five pages, and one of one
    ("releases", 200, "complete"): (1, 4, 1),
    ("releases", 200, "zero"): (1, 0, 1),
    ("security-advisories", 200, "complete"): (1, 14, 1),  # and three that are not public
}
ERRORS = {
    ("repository", 301, "BadEvidenceError"): (1, 0, 2),  # where it leads there is nothing
    ("repository", 302, "SourceUnavailableError"): (1, 0, 1),  # to another host, which is not to be had here
    ("repository", 304, "SourceUnavailableError"): (1, 0, 1),
    ("repository", 401, "BadEvidenceError"): (1, 0, 1),
    ("repository", 403, "BadEvidenceError"): (1, 0, 1),
    ("repository", 403, "QuotaExhaustedError"): (1, 0, 1),
    ("repository", 404, "BadEvidenceError"): (9, 0, 9),
    ("repository", 500, "SourceUnavailableError"): (1, 0, 1),
    ("commits", 301, "failed"): (1, 0, 6),
    ("commits", 302, "failed"): (1, 0, 5),
    ("commits", 304, "failed"): (1, 0, 5),
    ("commits", 401, "failed"): (1, 0, 5),
    ("commits", 403, "failed"): (1, 0, 5),
    ("commits", 403, "QuotaExhaustedError"): (1, 0, 2),
    ("commits", 404, "failed"): (9, 0, 45),
    ("commits", 500, "failed"): (1, 0, 5),
}


def test_each_recorded_repository_is_read_or_refused_for_what_it_is(exchanges: list[Exchange]) -> None:
    assert table(list(came_of_repositories(exchanges))) == REPOSITORIES


def test_each_recorded_list_is_read_to_its_end(exchanges: list[Exchange]) -> None:
    assert table(list(came_of_lists(exchanges))) == LISTS


def test_each_recorded_error_is_what_it_is_wherever_it_comes(exchanges: list[Exchange]) -> None:
    assert table(list(came_of_errors(exchanges))) == ERRORS
