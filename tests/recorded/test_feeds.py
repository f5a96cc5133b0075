"""Every recorded feed, given by a real server to our own client: what is found in each."""

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.feeds import look_at
from support.services import Said

from agents.contract import CoverageState
from agents.errors import BadEvidenceError

NO_FEEDS = {"npm_express_registry.json", "README.md"}
RELEASES = {"post": 10, "release": 10, "tag": 10, "change_note": 10}


@pytest.mark.parametrize(
    ("name", "kinds", "days"),
    [
        ("github_releases.atom", RELEASES, "2026-06-10 to 2026-08-12"),
        ("gulp-github-releases.atom", RELEASES, "2014-06-26 to 2015-06-01"),
        ("reddit-atom.rss", {"post": 24}, "2016-01-23"),
        ("reddit.rss", {"post": 24}, "2015-11-12"),
        ("youtube_nasa_channel.xml", {"post": 15}, "2026-07-30 to 2026-08-14"),
    ],
)
def test_every_recorded_feed_is_read_whole(recordings: Path, name: str, kinds: dict[str, int], days: str) -> None:
    # When it is looked at, as a server with little to say of it gives it
    body = (recordings / "feeds" / name).read_bytes()
    looked = look_at(Said(body=body, headers={"content-type": "text/xml"}))
    # Then all its entries are there
    assert Counter(one.kind for one in looked.collected.evidence) == kinds
    assert looked.collected.coverage[0].state is CoverageState.COMPLETE
    assert looked.detail.startswith(f"{kinds['post']} entries of {days}: ")
    assert looked.collected.quarantined == ()
    # And each has its time, its title, its words, and its page
    for post in looked.posts:
        assert post.at is not None
        assert post.title
        assert post.data["summary"]
        assert urlsplit(str(post.data["link"])).hostname


def test_the_releases_of_a_recorded_feed_have_their_versions(recordings: Path) -> None:
    looked = look_at((recordings / "feeds" / "github_releases.atom").read_bytes())
    tags = {one.key: one.data["tagged_at"] for one in looked.collected.evidence if one.kind == "tag"}
    assert tags["v3.15.0rc1"] == "2026-08-04T11:07:27+00:00"
    assert {post.data["version"] for post in looked.posts} == {tag.removeprefix("v") for tag in tags}
    # And the addresses that an older recording has no host for are its server's
    older = look_at((recordings / "feeds" / "gulp-github-releases.atom").read_bytes())
    assert older.posts[0].data["link"] == f"{older.url}/gulpjs/gulp/releases/tag/v3.9.0"


def test_what_is_recorded_beside_them_is_refused_as_no_feed(recordings: Path) -> None:
    body = (recordings / "feeds" / "npm_express_registry.json").read_bytes()
    with pytest.raises(BadEvidenceError, match="is no feed: it is JSON; name the address of an Atom or RSS feed"):
        look_at(Said(body=body, headers={"content-type": "application/json"}))


def test_no_recording_is_left_out(recordings: Path) -> None:
    (found,) = (
        mark.args[1]
        for mark in test_every_recorded_feed_is_read_whole.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    )
    assert {name for name, *_ in found} | NO_FEEDS == {path.name for path in (recordings / "feeds").iterdir()}
