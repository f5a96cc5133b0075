"""Releases: rhythm, pattern, and whether the next one is overdue."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.history import History, read
from agents.analysis.health.releases import Pattern, kinds, measure_releases
from agents.contract import Evidence

Make = Callable[..., History]
Fact = Callable[..., Evidence]


def spaced(intervals: Sequence[float], *, last: float) -> dict[str, float]:
    """Return tags with these intervals, oldest first, the last of them ``last`` days ago."""
    ages = accumulate(reversed(intervals), initial=last)
    return {f"v1.{len(intervals) - number}": age for number, age in enumerate(ages)}


def test_even_intervals_are_regular_and_set_when_the_next_is_due(history: Make) -> None:
    # Given a release every fifty days, the last one twenty days ago
    made = measure_releases(history([(1, "ann")], tags=spaced([50] * 6, last=20)))
    # Then it is regular, and the next is due at twice the interval
    assert made.pattern is Pattern.REGULAR
    assert (made.median_interval, made.longest_usual, made.due) == (50, 50, 100)
    assert made.burstiness == -1
    assert not made.overdue


def test_clusters_with_long_pauses_are_bursty(history: Make) -> None:
    # Given fixes within days of each other, and pauses of most of a year between
    made = measure_releases(history([(1, "ann")], tags=spaced([1, 2, 1, 300, 2, 1, 280, 1, 2], last=20)))
    # Then it is more uneven than chance, and the pauses count as its habit
    assert made.pattern is Pattern.BURSTY
    assert (made.burstiness or 0) > 0
    assert made.due > 200


def test_ever_longer_intervals_are_slowing_and_ever_shorter_ones_accelerating(history: Make) -> None:
    # Given twelve intervals that grow, and the same turned round
    grows = [10, 14, 13, 19, 24, 22, 31, 36, 40, 46, 53, 60]
    slow = measure_releases(history([(1, "ann")], tags=spaced(grows, last=20)))
    fast = measure_releases(history([(1, "ann")], tags=spaced(grows[::-1], last=5)))
    # Then each is named, with a significant trend
    assert (slow.pattern, fast.pattern) == (Pattern.SLOWING, Pattern.ACCELERATING)
    assert slow.trend is not None
    assert slow.trend.p < 0.05


def test_a_repository_that_stopped_releasing_long_ago_is_dormant(history: Make) -> None:
    made = measure_releases(history([(1, "ann")], tags=spaced([50] * 6, last=500)))
    assert made.pattern is Pattern.DORMANT
    assert made.overdue


@pytest.mark.parametrize("tags", [{}, {"v1.0": 10}, {"v1.0": 300, "v1.1": 200, "v1.2": 100}, {"latest": 3}])
def test_fewer_than_four_releases_show_no_pattern(history: Make, tags: dict[str, float]) -> None:
    # Given at most three releases
    made = measure_releases(history([(1, "ann")], tags=tags))
    # Then no pattern is claimed, and nothing is overdue
    assert made.pattern is Pattern.NONE
    assert not made.overdue
    assert made.due == 365


def test_a_release_is_overdue_only_where_work_waits_for_it(history: Make) -> None:
    # Given the same releases, once with work since and once without
    tags = spaced([30] * 6, last=90)
    waiting = measure_releases(history([(1, "ann"), (2, "bob")], tags=tags))
    idle = measure_releases(history([(100, "ann")], tags=tags))
    # Then only the first is overdue
    assert (waiting.overdue, waiting.unreleased) == (True, 2)
    assert (idle.overdue, idle.unreleased) == (False, 0)


def test_pre_releases_are_listed_and_set_no_rhythm(history: Make) -> None:
    # Given candidates between final releases
    made = measure_releases(history([(1, "ann")], tags={"v1.0": 100, "v1.1rc1": 60, "v1.1rc2": 55, "v1.1": 50}))
    # Then only final ones make intervals
    assert kinds(made.all) == {"major": 1, "minor": 1, "patch": 0, "pre": 2}
    assert made.median_interval == 50
    assert made.last is not None
    assert str(made.last.version) == "1.1"


def test_a_repository_with_pre_releases_only_has_a_last_one_all_the_same(history: Make) -> None:
    made = measure_releases(history([(1, "ann")], tags={"v1.0a1": 9, "v1.0a2": 4}))
    assert made.last is not None
    assert (made.last.kind, made.median_interval) == ("pre", None)


def test_an_old_line_that_is_maintained_beside_the_new_one_makes_patches(history: Make) -> None:
    # Given 1.4.9 released after 2.0, and two packages of one repository on the same day
    tags = {"v1.4.8": 90, "v2.0.0": 60, "v1.4.9": 30, "core-3.0.0": 10, "extra-0.2.0": 10.1}
    made = measure_releases(history([(1, "ann")], tags=tags))
    # Then each is compared within its own line, and the packages are one release day
    assert {release.tag: release.kind for release in made.all} == {
        "v1.4.8": "patch",
        "v2.0.0": "major",
        "v1.4.9": "patch",
        "core-3.0.0": "major",
        "extra-0.2.0": "minor",
    }
    assert made.days == 4


def test_one_version_tagged_twice_on_one_commit_is_one_release(fact: Fact, now: datetime) -> None:
    # Given v1.0 and 1.0.0 on the same commit, and a tag that names no version
    facts = [
        fact("tag", "v1.0", days=5, data={"commit": "c" * 40}),
        fact("tag", "1.0.0", days=4, data={"commit": "c" * 40}),
        fact("tag", "latest", days=3, data={"commit": "c" * 40}),
    ]
    made = measure_releases(read(facts, now=now, whole=True))
    # Then there is one, from the earlier tag
    assert [release.tag for release in made.all] == ["v1.0"]
    assert made.other_tags == 1


def test_a_commit_belongs_to_the_first_final_release_from_its_time_on(history: Make, now: datetime) -> None:
    # Given a candidate, a final release, and a later one
    made = measure_releases(history([(1, "ann")], tags={"v1.0rc1": 30, "v1.0": 20, "v1.1": 10}))
    # Then a commit at any time finds its own
    found = [made.final_from(now - timedelta(days=days)) for days in (35, 25, 20, 15, 5)]
    assert [str(release.version) if release else None for release in found] == ["1.0", "1.0", "1.0", "1.1", None]


@given(st.lists(st.floats(1, 900), max_size=25), st.floats(0, 3000))
def test_any_rhythm_has_a_pattern_and_a_due_time_within_bounds(intervals: list[float], last: float) -> None:
    # Given any intervals
    now = datetime.fromisoformat("2026-11-20T00:00:00+00:00")
    facts = [
        Evidence(target="git:/x", source="git", kind="tag", key=name, at=now - timedelta(days=age))
        for name, age in spaced(intervals, last=last).items()
    ]
    made = measure_releases(read(facts, now=now, whole=True))
    # Then the figures stay within what the documentation says
    assert 60 <= made.due <= 730
    assert made.pattern in Pattern
    assert made.burstiness is None or -1 <= made.burstiness < 1


def test_a_release_of_a_forge_is_a_release_without_its_tag_and_a_draft_is_none(history: Make) -> None:
    # Given a tag with a release, a release whose tag was not listed, and a draft
    made = history(
        [(40, "ann"), (5, "ann")],
        tags={"v1.0": 30},
        releases={"v1.0": {"days": 29}, "v1.1": {"days": 9}, "v2.0": {"days": 1, "draft": True}},
    )
    found = measure_releases(made)
    # Then the tag's own time stands, and what is only drafted is not out
    assert [(str(release.version), (made.now - release.at).days) for release in found.all] == [("1.0", 30), ("1.1", 9)]
    assert found.unreleased == 1


def test_what_a_forge_calls_a_pre_release_is_none_whatever_its_number_says(history: Make) -> None:
    # Given a version that looks final, marked as a pre-release, between two that are final
    made = history(
        tags={"v1.0": 30, "v2.0": 20, "v1.1": 10},
        releases={"v2.0": {"days": 20, "prerelease": True}, "v1.1": {"days": 10}},
    )
    found = measure_releases(made)
    # Then it sets no rhythm, is not the last release, and nothing is counted from it
    assert [(str(release.version), release.kind) for release in found.all] == [
        ("1.0", "major"),
        ("2.0", "pre"),
        ("1.1", "minor"),
    ]
    assert (found.days, str(found.last.version) if found.last else "") == (2, "1.1")


def test_velocity_is_told_by_the_rhythm_and_by_what_came_out_lately(history: Make) -> None:
    # Given a release every thirty days for a year, and three releases
    many = measure_releases(history(tags={f"v1.{number}": 365.0 - 30 * number for number in range(13)}))
    few = measure_releases(history(tags={"v1.0": 90, "v1.1": 60, "v1.2": 30}))
    # Then the first has a rhythm, and both a count
    assert many.per_year == pytest.approx(365 / 30)
    assert few.per_year is None
    assert [each.finals_within(90, now=history().now) for each in (many, few)] == [3, 2]
