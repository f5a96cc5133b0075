"""How much of a forge's lists was seen, by what their collectors said."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agents.analysis.health.diagnosis import Diagnosis
from agents.analysis.health.forge import Forge, read_forge
from agents.analysis.health.history import Tag
from agents.analysis.health.seen import Seen
from agents.analysis.health.sights import Sights, sights_of
from agents.contract import Coverage, CoverageState, Evidence, Target, TargetKind

Make = Callable[..., Evidence]
Row = Callable[..., Coverage]
See = Callable[..., Seen]
Told = Callable[..., tuple[Forge, Sights]]
LOOKED = [CoverageState.COMPLETE, CoverageState.ZERO, CoverageState.PARTIAL]
GAPS = [CoverageState.FAILED, CoverageState.NOT_COLLECTED]


def test_a_clone_has_no_forge(seen: See) -> None:
    clone = Target(kind=TargetKind.GIT, location="/srv/clones/thing")
    assert sights_of(clone, seen(()), Forge()) is None


@pytest.mark.parametrize("state", LOOKED)
def test_what_was_looked_at_is_judged_even_where_there_is_nothing(
    state: CoverageState, told: Told, covered: Row
) -> None:
    _, sights = told(rows=[covered("github:issues", state)])
    assert (sights.issues.collected, sights.pulls.collected, sights.issues.trust) == (True, True, 1.0)


@pytest.mark.parametrize("state", GAPS)
def test_what_was_not_collected_is_not_nothing(state: CoverageState, told: Told, covered: Row, now: datetime) -> None:
    # Given issues whose collection failed, or did not happen
    _, sights = told(rows=[covered("github:issues", state)])
    # Then nothing is known of them, not even since now
    assert not sights.issues.collected
    assert not sights.issues.reaches(now)
    assert "issues" in sights.issues.gap
    assert "issues" in sights.advisories.gap or not sights.advisories.collected


@pytest.mark.parametrize("state", GAPS)
def test_what_an_earlier_look_left_is_judged_and_trusted_less(
    state: CoverageState, told: Told, covered: Row, issue: Make
) -> None:
    _, sights = told(issue(1, opened=3), rows=[covered("github:issues", state)])
    assert (sights.issues.collected, sights.issues.trust, sights.issues.whole) == (True, 0.5, False)


def test_where_nobody_said_anything_evidence_is_judged_and_trusted_less(told: Told, issue: Make) -> None:
    _, sights = told(issue(1, opened=3), rows=[])
    assert (sights.issues.collected, sights.issues.trust, sights.issues.whole) == (True, 0.9, False)
    assert not sights.pulls.collected
    assert sights.any_collected


def test_with_nothing_at_all_nothing_is_collected(told: Told) -> None:
    _, sights = told(rows=[])
    assert not sights.any_collected


def test_a_collector_says_since_when_it_saw_all_changes(told: Told, covered: Row, issue: Make, now: datetime) -> None:
    # Given issues that were read since a day, with an older one that changed since
    row = covered("github:issues", detail="Changed since 2026-10-01")
    _, sights = told(issue(1, opened=900, updated=3), rows=[row])
    # Then that day is the beginning, though the collector is content
    assert (sights.issues.whole, sights.issues.since) == (False, datetime(2026, 10, 1, tzinfo=UTC))
    assert sights.issues.reaches(now - timedelta(days=40))
    assert not sights.issues.reaches(now - timedelta(days=60))


def test_a_list_that_was_cut_off_reaches_to_its_oldest_move(
    told: Told, covered: Row, issue: Make, now: datetime
) -> None:
    # Given a part of the issues and pull requests, of which nobody said since when
    items = [issue(1, opened=900, updated=3), issue(2, opened=30, updated=20, kind="pull"), issue(3, opened=5)]
    _, sights = told(*items, rows=[covered("github:issues", CoverageState.PARTIAL)])
    # Then all that was opened since the one that moved least lately was seen, of both
    assert sights.issues.since == sights.pulls.since == now - timedelta(days=20)


def test_a_window_of_the_target_leaves_earlier_things_unseen(seen: See, covered: Row, watched: Target) -> None:
    windowed = watched.model_copy(update={"options": {"since": "2026-01-01"}})
    sights = sights_of(windowed, seen([covered("github:issues")]), Forge())
    assert sights is not None
    assert not sights.issues.whole


def test_a_part_of_the_releases_reaches_to_the_oldest_of_them(
    seen: See, covered: Row, watched: Target, now: datetime
) -> None:
    # Given the newest releases only
    tags = (Tag("v1", now - timedelta(days=50)), Tag("v2", now - timedelta(days=9)), Tag("v0", None))
    row = covered("github:releases", CoverageState.PARTIAL, detail="The newest 2")
    sights = sights_of(watched, seen([row]), Forge(), tags=tags)
    assert sights is not None
    assert sights.releases.since == now - timedelta(days=50)


def test_another_targets_rows_say_nothing(seen: See, covered: Row, watched: Target, issue: Make, now: datetime) -> None:
    other = covered("github:issues").model_copy(update={"subject": "github:lamp/oil"})
    sights = sights_of(watched, seen([other]), read_forge([issue(1, opened=2)], now=now))
    assert sights is not None
    assert sights.issues.state is None


@pytest.mark.parametrize(
    ("state", "detail", "gone"),
    [
        (CoverageState.FAILED, "gone since 2026-11-01, when it was last seen: deleted, or made private (404)", True),
        (CoverageState.FAILED, "GitHub is in trouble", False),
        (CoverageState.COMPLETE, "", False),
    ],
)
def test_a_repository_that_was_there_and_is_not_is_gone(
    state: CoverageState, detail: str, *, gone: bool, told: Told, covered: Row
) -> None:
    _, sights = told(rows=[covered("github:repository", state, detail=detail)])
    assert sights.gone is gone


def test_what_a_collector_has_not_come_to_yet_is_no_quiet_week(
    look: Callable[..., Diagnosis], covered: Row, issue: Make, now: datetime
) -> None:
    # Given a look that came as far as ten days ago, with an issue a week up to then
    end = f"{now - timedelta(days=10):%Y-%m-%d %H:%M}"
    detail = f"Changed since 2025-11-20; changes up to {end} so far: the next look goes on"
    items = [issue(number, opened=10 + 7 * number - 3) for number in range(1, 30)]
    found = look(*items, issue(90, opened=2), rows=[covered("github:issues", CoverageState.PARTIAL, detail=detail)])
    # Then the issues are judged as of then
    assert found.community is not None
    assert found.community.heard == now - timedelta(days=10)
    assert found.community.week is not None
    assert len(found.community.week.issues) == 1
    assert found.community.issues.flow(30).opened == 4
