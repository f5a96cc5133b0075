"""The incident is one story, the same whenever it is told, and each look at it sees what there was by then."""

import re
from collections import Counter
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.planning.locations import check_paths
from orchestrator.planning.watchlist import load_watchlist
from orchestrator.recordings.incident.cast import FERRYWHEEL, INKBARROW, LAMPWRIGHT, MOSSGATE
from orchestrator.recordings.incident.lots import number, one_of, share
from orchestrator.recordings.incident.story import Story, seen
from orchestrator.recordings.incident.telling import tell
from orchestrator.recordings.incident.watching import PORT, lock_file, settings, watchlist

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "incident"


@pytest.fixture(scope="module")
def story() -> Story:
    """Return the whole story."""
    return tell(NOW)


def moments(value: Any) -> list[datetime]:  # noqa: ANN401  any part of the story
    """Return every time in a part of the story."""
    if isinstance(value, datetime):
        return [value]
    if isinstance(value, dict):
        return [at for each in value.values() for at in moments(each)]
    if isinstance(value, list | tuple):
        return [at for each in value for at in moments(each)]
    if is_dataclass(value):
        return [at for each in fields(value) for at in moments(getattr(value, each.name))]
    return []


def test_it_is_the_same_whenever_it_is_told_and_another_by_another_seed(story: Story) -> None:
    assert tell(NOW) == story
    assert tell(NOW, seed=1) != story


def test_it_moves_with_the_moment_at_which_it_is_told(story: Story) -> None:
    # Given the story as it is told a month later
    later = tell(NOW + timedelta(days=30))
    # When what happened within its two days is compared
    now, then = (each.repositories[FERRYWHEEL] for each in (story, later))
    # Then all of that is a month later too
    assert [one.at + timedelta(days=30) for one in now.releases[-2:]] == [one.at for one in then.releases[-2:]]
    assert [one.sha for one in now.commits] == [one.sha for one in then.commits]


@pytest.mark.parametrize("hours", [0, 26, 50, 24 * 40])
def test_nothing_is_seen_before_it_was(story: Story, hours: int) -> None:
    at = NOW - timedelta(hours=hours)
    told = moments(seen(story, at=at))
    assert len(told) > 300
    assert max(told) <= at


def test_the_year_before_has_some_dozens_of_commits_in_each_project(story: Story) -> None:
    counts = {name: len(one.commits) for name, one in story.repositories.items()}
    assert set(counts) == {FERRYWHEEL, INKBARROW, LAMPWRIGHT, MOSSGATE}
    # One page of a list holds a hundred: who has no token reads but one
    assert all(24 <= count <= 100 for count in counts.values())
    first = min(one.at for place in story.repositories.values() for one in place.commits)
    assert timedelta(days=330) < NOW - first < timedelta(days=365)


@pytest.mark.parametrize("name", [FERRYWHEEL, INKBARROW, LAMPWRIGHT, MOSSGATE])
def test_a_repository_is_of_one_piece(story: Story, name: str) -> None:
    # Given a repository at its end
    place = story.repositories[name]
    # Then its lists are in order, its numbers count on, and what is named is there
    assert [one.at for one in place.commits] == sorted(one.at for one in place.commits)
    assert [one.at for one in place.releases] == sorted(one.at for one in place.releases)
    assert [one.number for one in place.issues] == list(range(1, len(place.issues) + 1))
    by_sha = {one.sha: one for one in place.commits}
    assert len(by_sha) == len(place.commits)
    assert {one.sha for one in place.releases} <= by_sha.keys()
    for one in place.issues:
        assert one.at <= (one.closed_at or NOW)
        assert not one.sha or by_sha[one.sha].message.endswith(f"(#{one.number})")


def test_a_look_sees_the_releases_before_they_were_yanked_and_one_later_after(story: Story) -> None:
    # Given the second day, and the end
    day, end = (seen(story, at=NOW - timedelta(hours=hours)) for hours in (26, 0))
    # When the bad versions are looked for
    bad = [
        [(one.version, one.withdrawn_at is not None, bool(one.why)) for one in each.packages[name].uploads]
        for each in (day, end)
        for name in ("ferrywheel-example", "inkbarrow-example")
    ]
    # Then they are there, and then they are yanked, with the reason, and clean ones follow
    assert [each[-1] for each in bad[:2]] == [("2.4.1", False, False), ("0.18.4", False, False)]
    assert [each[-2:] for each in bad[2:]] == [
        [("2.4.1", True, True), ("2.4.2", False, False)],
        [("0.18.4", True, True), ("0.18.5", False, False)],
    ]
    # And the release that the worm made reads otherwise
    titles = [
        [one.title for one in each.repositories[FERRYWHEEL].releases if one.version == "2.4.1"] for each in (day, end)
    ]
    assert titles == [["ferrywheel 2.4.1"], ["ferrywheel 2.4.1 (YANKED: malicious, do not install)"]]
    # And nothing stands behind the other one
    assert "0.18.4" not in {one.version for one in end.repositories[INKBARROW].releases}


def test_questions_come_as_a_wave_and_are_answered_and_closed_later(story: Story) -> None:
    day, end = (seen(story, at=NOW - timedelta(hours=hours)).repositories[FERRYWHEEL] for hours in (26, 0))
    new = [[one for one in each.issues if one.at > NOW - timedelta(days=3)] for each in (day, end)]
    assert [len(each) for each in new] == [9, 14]
    assert [sum(one.closed_at is None for one in each) for each in new] == [9, 4]
    token = [next(one for one in each if one.title == "token exfiltration in 2.4.1") for each in new]
    assert [(len(one.comments), one.reactions) for one in token] == [(2, 0), (4, 187)]


def test_advisories_and_the_list_of_what_is_exploited_come_last(story: Story) -> None:
    day, end = (seen(story, at=NOW - timedelta(hours=hours)) for hours in (26, 0))
    assert [one.id for one in day.flaws] == ["GHSA-xxxx-xxxx-xx22"]
    assert [one.id for one in end.flaws[1:]] == ["MAL-2099-99001", "GHSA-xxxx-xxxx-xx24", "MAL-2099-99002"]
    assert (len(day.exploited), end.exploited[-1].cve) == (1, "CVE-2099-99001")
    assert [len(each.posts) for each in (day, end)] == [2, 4]


def test_nobody_and_nothing_in_it_can_be_taken_for_real(story: Story) -> None:
    words = str(asdict(story))
    hosts = set(re.findall(r"https?://([^/\s'\"]+)", words)) | set(re.findall(r"[\w.]+@([\w.-]+)", words))
    assert hosts
    assert all(host.endswith(".example") for host in hosts)
    places = story.repositories.values()
    people = {one.author for place in places for one in place.commits}
    people |= {one.author for place in places for one in place.issues}
    assert len(people) > 15
    assert all(re.search(r"-example(\[bot\])?$", one.login) for one in people)
    assert all(name.endswith("-example") for name in story.packages)
    # No year gives out such numbers yet, and no id of the code host reads so
    assert set(re.findall(r"(?:CVE|MAL)-(\d{4})", words)) == {"2099"}
    assert set(re.findall(r"GHSA-(\w{4}-\w{4})", words)) == {"xxxx-xxxx"}


def test_the_example_watches_it() -> None:
    # Given the files of the example
    written = yaml.safe_load((EXAMPLES / "watchlist.yaml").read_text(encoding="utf-8"))
    # Then they say what is said to who has another port
    assert written == watchlist(f"http://127.0.0.1:{PORT}")
    assert (EXAMPLES / "requirements.lock").read_text(encoding="utf-8") == lock_file()
    assert "http://[::1]:5/blog/feed.xml" in str(watchlist("http://[::1]:5"))


def test_the_example_can_be_planned() -> None:
    # Given the example as `lookout run` reads it
    read = load_watchlist(EXAMPLES / "watchlist.yaml")
    # Then every kind of target is there, and what is on this machine's disk is where it should be
    assert Counter(str(each.kind) for each in read.targets) == {
        "github": 4,
        "package": 2,
        "feed": 2,
        "sbom": 1,
        "advisories": 2,
    }
    assert check_paths(read) == ()


def test_its_settings_lead_to_the_replay_and_allow_its_feeds() -> None:
    told = settings("http://127.0.0.1:5")
    assert told["LOOKOUT_SOURCE_PRIVATE_HOSTS"] == "127.0.0.1:5"
    assert told["LOOKOUT_KEV_URL"] == "http://127.0.0.1:5/known_exploited_vulnerabilities.json"
    assert {value for name, value in told.items() if name.endswith("_API_URL")} == {"http://127.0.0.1:5"}


def test_lots_are_drawn_evenly_and_always_the_same() -> None:
    drawn = [one_of("abc", "seed", nth) for nth in range(300)]
    assert drawn == [one_of("abc", "seed", nth) for nth in range(300)]
    assert all(70 < drawn.count(each) < 130 for each in "abc")
    assert all(0 <= share("x", nth) < 1 for nth in range(100))
    # The values are part of what is promised: another version of Python draws the same
    assert number("a", 1, below=1_000_000) == number("a", "1", below=1_000_000) == 657_086
