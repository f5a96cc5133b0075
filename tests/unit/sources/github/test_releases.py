"""Releases are read whole: what is withdrawn is gone, and what cannot be read takes nothing with it."""

from collections.abc import Iterator

import pytest
from support.forge import Forge, Watcher, release_item
from support.services import Service, service

from agents.contract import CoverageState

RELEASES = "github:releases"


@pytest.fixture
def forge() -> Forge:
    """Return a forge with three releases."""
    return Forge(releases=[release_item("v3"), release_item("v2"), release_item("v1")])


@pytest.fixture
def there(forge: Forge) -> Iterator[Service]:
    """Yield the forge's service."""
    with service(forge) as running:
        yield running


def test_a_release_that_was_withdrawn_is_gone_with_its_tag_and_its_note(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url)
    watcher.look()
    assert watcher.keys("release") == watcher.keys("tag") == ["v1", "v2", "v3"]
    # When one is withdrawn, and another's notes are edited
    forge.releases = [{**release_item("v3"), "body": "Edited"}, release_item("v1")]
    watcher.look()
    assert watcher.keys("release") == watcher.keys("tag") == ["v1", "v3"]
    assert watcher.keys("change_note") == ["releases#v1", "releases#v3"]
    assert "Edited" in {one.data["text"] for one in watcher.known.values() if one.kind == "change_note"}
    assert watcher.coverage[RELEASES].state is CoverageState.COMPLETE
    assert watcher.coverage[RELEASES].items == 2


def test_where_one_release_cannot_be_read_none_is_taken_for_gone(forge: Forge, there: Service) -> None:
    watcher = Watcher(there.url)
    watcher.look()
    # When one of them comes without what it is called, and another not at all
    forge.releases = [{"id": 1}, release_item("v1")]
    watcher.look()
    # Then what was known stays until all can be read
    assert watcher.keys("release") == ["v1", "v2", "v3"]
    assert watcher.coverage[RELEASES].state is CoverageState.PARTIAL
    assert watcher.coverage[RELEASES].detail == "1 release could not be read and were put aside"
    forge.releases = [release_item("v1")]
    watcher.look()
    assert watcher.keys("release") == ["v1"]


def test_only_the_newest_are_known_of_more_than_may_be_read(forge: Forge, there: Service) -> None:
    forge.releases = [release_item(f"v{number}") for number in range(250, 0, -1)]
    watcher = Watcher(there.url, token="")
    watcher.look()
    assert len(watcher.keys("release")) == 100
    assert watcher.coverage[RELEASES].detail == "the newest 100; set GITHUB_TOKEN to read more"
    watcher = Watcher(there.url, token="", options={"max_releases": 150})
    watcher.look()
    assert len(watcher.keys("release")) == 200
    assert watcher.coverage[RELEASES].detail == ("the newest 200; raise the target's option max_releases to read more")


def test_a_limit_that_cannot_be_raised_is_not_said_to_be(forge: Forge, there: Service) -> None:
    # Given pages of two, of which the most that any option can say are read
    forge.page = 2
    forge.releases = [release_item(f"v{number}") for number in range(210)]
    watcher = Watcher(there.url, options={"max_releases": 10_000})
    watcher.look()
    assert watcher.coverage[RELEASES].detail.endswith("that is the most which is read of one repository")


def test_a_repository_without_releases_says_where_its_tags_are(forge: Forge, there: Service) -> None:
    forge.releases = []
    watcher = Watcher(there.url)
    watcher.look()
    assert watcher.coverage[RELEASES].state is CoverageState.ZERO
    assert watcher.coverage[RELEASES].detail == "no release; tags without one are seen in a clone alone"


def test_a_release_that_comes_on_two_pages_is_one(forge: Forge, there: Service) -> None:
    # Given pages of two, and a release that is made after the first of them was read
    forge.page = 2

    def before(heard: object) -> None:
        if "page=2" in getattr(heard, "path", ""):
            forge.releases = [release_item("v4"), *(one for one in forge.releases if one["tag_name"] != "v4")]

    forge.before = before
    watcher = Watcher(there.url)
    watcher.look()
    assert watcher.coverage[RELEASES].items == 3
    # And the next look has the new one
    forge.before = lambda _: None
    watcher.look()
    assert watcher.keys("release") == ["v1", "v2", "v3", "v4"]
