"""The real sources read the incident as they read the services: look after look, and nothing twice."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from agents.contract import Evidence, Target, TargetKind
from agents.sources import visits
from agents.sources.collected import Collected
from agents.sources.http.access import Access
from agents.sources.http.client import Http
from agents.sources.http.page import Kept
from agents.sources.http.site import Site
from agents.sources.look import Look
from orchestrator.recordings.incident.cast import FERRYWHEEL
from orchestrator.recordings.incident.play import Incident
from orchestrator.recordings.incident.watching import settings
from orchestrator.recordings.server import Player, playing

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
Visit = Callable[[Http, Look], tuple[Collected, ...]]


class Pages:
    """Keeps pages between looks."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    def find(self, key: str) -> Kept | None:
        return self.kept.get(key)

    def keep(self, key: str, page: Kept) -> None:
        self.kept[key] = page


class Watcher:
    """Looks at one target again and again, as a run does."""

    def __init__(self, player: Player, incident: Incident) -> None:
        self.incident, self.url, self.tally = incident, player.url, player.tally
        told = settings(player.url)
        sites = (
            # Who has a token reads more: advisories, and lists to their end.
            Site("github", told["LOOKOUT_GITHUB_API_URL"], {"authorization": "Bearer made-up"}),
            Site("osv", told["LOOKOUT_OSV_API_URL"]),
            Site("kev", told["LOOKOUT_KEV_URL"]),
            Site("index:pypi", told["LOOKOUT_PYPI_URL"]),
        )
        private = frozenset({told["LOOKOUT_SOURCE_PRIVATE_HOSTS"]})
        self._access = Access(sites=sites, private=private, shelf=Pages())
        self._cursors: defaultdict[str, dict[str, JsonValue]] = defaultdict(dict)

    def look(self, kind: TargetKind, location: str, visit: Visit) -> dict[str, list[Evidence]]:
        """Return what is new at a target, by kind; nothing may be put aside, and nothing missing."""
        target, stop = Target(kind=kind, location=location), threading.Event()
        cursors = self._cursors[target.id]
        with self._access.open(stop) as http:
            read = visit(http, Look(target=target, now=NOW, stop=stop, cursors=cursors))
        cursors.update({one.source: one.cursor for one in read if one.cursor is not None})
        assert [each for one in read for each in one.quarantined] == []
        assert {each.state.value for one in read for each in one.coverage} <= {"complete", "zero"}, read
        assert self.tally.unknown == 0
        found: dict[str, list[Evidence]] = {}
        for each in (each for one in read for each in one.evidence):
            found.setdefault(each.kind, []).append(each)
        return found


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    incident = Incident(NOW, act=1)
    with playing(incident) as player:
        yield Watcher(player, incident)


def test_a_repository_is_read_whole_and_then_what_has_changed(watcher: Watcher) -> None:
    # Given the first look at a repository
    first = watcher.look(TargetKind.GITHUB, FERRYWHEEL, visits.github)
    counts = Counter({kind: len(found) for kind, found in first.items()})
    assert (counts["repository"], counts["commit"], counts["issue"], counts["pull"]) == (1, 93, 21, 31)
    # When more has happened
    watcher.incident.act = 2
    then = watcher.look(TargetKind.GITHUB, FERRYWHEEL, visits.github)
    # Then what is new and what has changed is told, and not all of it again
    assert {"Release 2.4.2", "Publish by short-lived identity, not by a token"} <= {one.title for one in then["commit"]}
    assert len(then["commit"]) < 10
    assert 5 < len(then["issue"]) < 20
    titles = [one.title for one in then["release"]]
    assert "ferrywheel 2.4.1 (YANKED: malicious, do not install)" in titles
    assert [one.key for one in then["advisory"]] == ["GHSA-xxxx-xxxx-xx24"]
    assert "advisory" not in first


def test_a_feed_of_releases_tells_the_same_releases_as_the_repository(watcher: Watcher) -> None:
    watcher.incident.act = 2
    fed = watcher.look(TargetKind.FEED, f"{watcher.url}/{FERRYWHEEL}/releases.atom", visits.feed)
    told = watcher.look(TargetKind.GITHUB, FERRYWHEEL, visits.github)
    assert len(fed["post"]) == 10
    assert {one.key for one in fed["release"]} == {one.key for one in told["release"]}


def test_the_blog_tells_what_happened(watcher: Watcher) -> None:
    for act, count in ((1, 2), (2, 4)):
        watcher.incident.act = act
        posts = watcher.look(TargetKind.FEED, f"{watcher.url}/blog/feed.xml", visits.feed)["post"]
        assert len(posts) == count
    assert "What happened with ferrywheel 2.4.1" in {one.title for one in posts}


def test_the_registry_tells_what_was_taken_back(watcher: Watcher) -> None:
    taken = []
    for act in (1, 2):
        watcher.incident.act = act
        found = watcher.look(TargetKind.PACKAGE, "pypi/ferrywheel-example", visits.package)["version"]
        taken.append([one.data["version"] for one in found if one.data["yanked"] is True])
    assert taken == [[], ["2.4.1"]]


def test_what_is_exploited_and_what_is_known_of_a_pinned_version_is_told(watcher: Watcher) -> None:
    pinned: dict[str, JsonValue] = {
        "ecosystem": "PyPI",
        "name": "ferrywheel-example",
        "version": "2.4.1",
        "pinned": True,
    }
    used = Evidence(target="sbom:/x", source="manifest", kind="dependency", key="x", data=pinned)
    seen = []
    for act in (1, 2):
        watcher.incident.act = act
        flaws = watcher.look(TargetKind.SBOM, "/x", lambda http, look: visits.known(http, look, dependencies=[used]))
        listed = watcher.look(TargetKind.ADVISORIES, "kev", visits.exploited)
        seen.append([{one.key for one in found} for found in (flaws.get("advisory", []), listed["exploited"])])
    assert seen[0] == [set(), {"CVE-2099-10001"}]
    assert seen[1] == [{"MAL-2099-99001", "GHSA-xxxx-xxxx-xx24"}, {"CVE-2099-10001", "CVE-2099-99001"}]


def test_a_look_at_what_has_not_changed_is_sent_nothing(watcher: Watcher) -> None:
    watcher.look(TargetKind.GITHUB, "mossgate-example/mossgate", visits.github)
    sent = dict(watcher.tally.by_status)
    watcher.look(TargetKind.PACKAGE, "pypi/mossgate-example", visits.package)
    watcher.look(TargetKind.PACKAGE, "pypi/mossgate-example", visits.package)
    assert watcher.tally.by_status == {200: sent[200] + 1, 304: 1}
