"""GitHub's feed of releases tells what its API tells of them, in the same form."""

import pytest
from support.feeds import NOW, Looked, atom, look_at

from agents.contract import Evidence, Target, TargetKind
from agents.sources.github import items
from agents.sources.look import Look

ID = "tag:github.com,2008:Repository/81598961"
PAGE = "https://github.com/o/lamp/releases/tag/v2.0.0"


def entry(tag: str, *, content: str = "", title: str = "") -> str:
    """Return an entry as GitHub has it."""
    return (
        f"<id>{ID}/{tag}</id><updated>2026-11-01T10:00:00Z</updated><title>{title or tag}</title>"
        f'<link rel="alternate" type="text/html" href="{PAGE}"/><author><name>ada</name></author>'
        f'<content type="html">{content}</content>'
    )


def of_kind(looked: Looked, kind: str) -> list[Evidence]:
    """Return the evidence of a kind."""
    return [one for one in looked.collected.evidence if one.kind == kind]


def test_a_release_of_the_feed_is_the_one_of_the_api() -> None:
    # Given a release as GitHub's feed tells it, and as its API does
    notes = "&lt;h2&gt;Breaking&lt;/h2&gt;&lt;ul&gt;&lt;li&gt;Wicks are gone&lt;/li&gt;&lt;/ul&gt;"
    looked = look_at(atom(entry("v2.0.0", content=notes, title="Lamp 2")))
    told = {
        "tag_name": "v2.0.0",
        "name": "Lamp 2",
        "published_at": "2026-11-01T10:00:00Z",
        "author": {"login": "ada"},
        "body": "## Breaking\n\n- Wicks are gone",
        "html_url": PAGE,
    }

    class Never:
        def is_set(self) -> bool:
            return False

        def wait(self, timeout: float | None = None) -> bool:
            return timeout is None and False

    target = Target(kind=TargetKind.FEED, location=f"{looked.url}/feed")
    by_api = items.release(told, Look(target=target, now=NOW, stop=Never()))
    # Then both are the same, but for what the feed does not say
    by_feed = [one for one in looked.collected.evidence if one.kind != "post"]
    assert [one.source for one in by_feed] == ["feed"] * 3
    untold = {"downloads": None, "prerelease": None}
    for ours, theirs in zip(by_feed, by_api, strict=True):
        missing = untold if ours.kind == "release" else {}
        assert ours == theirs.model_copy(update={"source": "feed", "data": {**theirs.data, **missing}})
    # And the entry is a post as well
    assert looked.only.title == "Lamp 2"


@pytest.mark.parametrize("content", ["", "No content."])
def test_a_release_that_says_nothing_has_no_note(content: str) -> None:
    looked = look_at(atom(entry("v1", content=content)))
    assert [one.kind for one in looked.collected.evidence] == ["post", "release", "tag"]


def test_a_tag_may_hold_anything() -> None:
    looked = look_at(atom(entry("@lamp/wick@1.0.0"), entry("release/2.0")))
    assert [one.key for one in of_kind(looked, "release")] == ["@lamp/wick@1.0.0", "release/2.0"]


def test_the_feed_of_tags_tells_of_tags_alone() -> None:
    head = "<id>tag:github.com,2008:https://github.com/o/lamp/tags</id>"
    looked = look_at(atom(entry("v1", content="x"), head=head))
    assert [one.kind for one in looked.collected.evidence] == ["post", "tag"]


def test_what_is_no_entry_of_githubs_is_a_post_alone() -> None:
    looked = look_at(atom("<id>tag:example.org,2008:Repository/1/v1</id><title>v1</title>"))
    assert [one.kind for one in looked.collected.evidence] == ["post"]


def test_of_a_release_that_is_there_twice_the_newest_counts() -> None:
    old = entry("v1", title="old").replace("2026-11-01", "2026-10-01")
    looked = look_at(atom(old, entry("v1", title="new"), old))
    assert [one.title for one in looked.collected.evidence] == ["new"] * 3


def test_two_entries_about_one_tag_are_one_release() -> None:
    looked = look_at(atom(entry("v1"), entry("v1").replace("81598961", "5")))
    assert [one.kind for one in looked.collected.evidence] == ["post", "post", "release", "tag"]
