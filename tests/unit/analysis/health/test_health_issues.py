"""How issues and pull requests come and go, held against how much of their lists was seen."""

from collections.abc import Callable
from datetime import datetime

import pytest

from agents.analysis.health.issues import Issues, measure_issues
from agents.analysis.health.pulls import measure_pulls
from agents.analysis.health.sights import Sight
from agents.analysis.health.tickets import read_tickets
from agents.contract import CoverageState, Evidence

Make = Callable[..., Evidence]
See = Callable[..., Sight]


def issues_of(items: list[Evidence], *, sight: Sight, now: datetime) -> Issues:
    return measure_issues(read_tickets(items, now=now), (), sight=sight, now=now)


def test_issues_are_counted_in_three_windows_without_those_of_bots(issue: Make, sight: See, now: datetime) -> None:
    # Given issues of the last month, quarter and year, some closed, and one that a bot opened
    items = [
        issue(1, opened=5),
        issue(2, opened=20, closed=2),
        issue(3, opened=60, closed=50),
        issue(4, opened=300, closed=100),
        issue(5, opened=400, closed=1),
        issue(6, opened=3, bot=True),
    ]
    found = issues_of(items, sight=sight(), now=now)
    # Then each window has what was opened and what was closed in it, whenever that was opened
    assert [(flow.days, flow.opened, flow.closed) for flow in found.flows] == [(30, 2, 2), (90, 3, 3), (365, 4, 4)]
    assert (found.seen, found.open, found.whole) == (5, 1, True)


def test_a_window_that_was_not_seen_whole_has_no_figure(issue: Make, sight: See, now: datetime) -> None:
    # Given a list that reaches back a hundred days
    found = issues_of([issue(1, opened=5), issue(2, opened=60, closed=50)], sight=sight(since=100), now=now)
    # Then of the year nothing is claimed, and what is open is no full count
    assert [(flow.opened, flow.closed) for flow in found.flows] == [(1, 0), (2, 1), (None, None)]
    assert not found.whole


def test_time_to_close_counts_issues_that_are_still_open(issue: Make, sight: See, now: datetime) -> None:
    # Given two issues that were closed within a day, and five that nobody closed
    quick = [issue(number, opened=50 + number, closed=49.5 + number) for number in range(1, 3)]
    waiting = [issue(number, opened=90 + number) for number in range(3, 8)]
    found = issues_of([*quick, *waiting], sight=sight(), now=now).waits
    # Then the median is not half a day, but more than the longest wait
    assert found is not None
    assert (found.median, found.longest) == (None, 97)


def test_time_to_close_leaves_out_what_was_opened_before_all_was_seen(issue: Make, sight: See, now: datetime) -> None:
    # Given a list since thirty days ago that holds an old issue, because it was closed lately
    found = issues_of([issue(1, opened=900, closed=3), issue(2, opened=9, closed=3)], sight=sight(since=30), now=now)
    # Then the old one says nothing of how long others waited
    assert found.waits is not None
    assert (found.waits.count, found.waits.median) == (1, 6)


@pytest.mark.parametrize(
    ("opened", "closed", "backlog"),
    [
        (0, 0, "steady"),
        (30, 20, "steady"),
        (30, 8, "growing"),
        (8, 30, "shrinking"),
        (3, 0, "steady"),
        (7, 0, "growing"),
    ],
)
def test_a_backlog_grows_only_beyond_chance(
    opened: int, closed: int, *, backlog: str, issue: Make, sight: See, now: datetime
) -> None:
    # Given so many issues opened within the quarter, and so many older ones closed in it
    fresh = [issue(number, opened=1 + number) for number in range(1, opened + 1)]
    old = [issue(100 + number, opened=200, closed=5) for number in range(closed)]
    assert issues_of([*fresh, *old], sight=sight(), now=now).backlog == backlog


def test_where_the_quarter_was_not_seen_nobody_says_whether_issues_pile_up(
    issue: Make, sight: See, now: datetime
) -> None:
    found = issues_of([issue(number, opened=number) for number in range(1, 20)], sight=sight(since=20), now=now)
    assert (found.backlog, found.people) == (None, None)


def test_engagement_is_comments_reactions_and_people_who_are_no_bots(issue: Make, sight: See, now: datetime) -> None:
    # Given four issues of the quarter, one of them of this week, a pull request, and things of bots and of long ago
    items = [
        issue(1, opened=20, comments=3, reactions=1, login="ann"),
        issue(2, opened=30, comments=1, login="ann"),
        issue(3, opened=40, login="bob"),
        issue(4, opened=2, login=""),
        issue(5, opened=200, comments=90, login="old"),
        issue(6, opened=20, comments=90, login="ci[bot]"),
    ]
    pull = issue(7, opened=9, kind="pull", login="cho")
    seen = sight()
    found = measure_issues(read_tickets(items, now=now), read_tickets([pull], now=now), sight=seen, now=now)
    # Then this week's is not yet unanswered, and three people take part
    assert (found.comments_each, found.reactions_each) == (1.0, 0.25)
    assert found.commented == pytest.approx(2 / 3)
    assert found.people == 3


def test_without_an_issue_there_is_no_mean(sight: See, now: datetime) -> None:
    found = issues_of([], sight=sight(state=CoverageState.ZERO), now=now)
    assert (found.waits, found.commented, found.comments_each, found.reactions_each) == (None, None, None, None)
    assert (found.people, found.backlog, found.flow(90).opened) == (0, "steady", 0)


def test_pull_requests_are_merged_refused_or_wait(issue: Make, sight: See, now: datetime) -> None:
    # Given three merged after 1, 3 and 8 days, one refused, one of a bot, and one merged before the year
    items = [
        issue(1, opened=11, merged=10, kind="pull"),
        issue(2, opened=23, merged=20, kind="pull"),
        issue(3, opened=38, merged=30, kind="pull"),
        issue(4, opened=60, closed=40, kind="pull"),
        issue(5, opened=11, merged=10, kind="pull", bot=True),
        issue(6, opened=500, merged=400, kind="pull"),
    ]
    found = measure_pulls(read_tickets(items, now=now), sight=sight(), now=now)
    # Then the year's share and median are theirs
    assert (found.merged, found.decided, found.merged_share, found.days_to_merge) == (3, 4, 0.75, 3)
    assert found.waits is not None
    assert (found.waits.count, found.waits.median) == (4, 3)
    assert (found.flow(30).opened, found.open) == (2, 0)


def test_a_pull_request_is_stale_once_nothing_moved_in_it_for_a_quarter(issue: Make, sight: See, now: datetime) -> None:
    # Given open ones: old and silent, old and moved lately, a draft, and a young one
    items = [
        issue(1, opened=200, kind="pull"),
        issue(2, opened=200, updated=10, kind="pull"),
        issue(3, opened=200, draft=True, kind="pull"),
        issue(4, opened=30, kind="pull"),
        issue(5, opened=120, updated_at="", kind="pull"),
    ]
    found = measure_pulls(read_tickets(items, now=now), sight=sight(), now=now)
    # Then only what waits for nobody counts, oldest first
    assert [pull.number for pull in found.stale] == [1, 5]


def test_without_pull_requests_there_is_no_share(sight: See, now: datetime) -> None:
    found = measure_pulls((), sight=sight(), now=now)
    assert (found.merged_share, found.days_to_merge, found.waits) == (None, None, None)
