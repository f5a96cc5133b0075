"""The weekly series that pictures are drawn from."""

from collections.abc import Callable
from datetime import date, datetime

from agents.analysis.health.activity import measure_activity
from agents.analysis.health.history import History
from agents.analysis.health.releases import measure_releases
from agents.analysis.health.sights import Sight
from agents.analysis.health.tickets import read_tickets
from agents.analysis.health.weekly import weekly_contributors, weekly_issues, weekly_pulls, weekly_releases, weeks_until
from agents.contract import Evidence

Make = Callable[..., History]
Item = Callable[..., Evidence]
See = Callable[..., Sight]
THIS, LAST, BEFORE = "2026-11-16", "2026-11-09", "2026-11-02"


def test_people_count_once_a_week(history: Make) -> None:
    # Given two people in the last week, one of them twice, and one in this
    made = history([(1, "ann"), (6, "ann"), (7, "ann"), (8, "bob")])
    weeks = [week for week, _ in measure_activity(made).weekly]
    # Then each week says how many there were, 52 of them
    told = weekly_contributors(made, weeks=weeks)
    assert len(told) == 52
    assert told[-3:] == [
        {"week": BEFORE, "contributors": 0},
        {"week": LAST, "contributors": 2},
        {"week": THIS, "contributors": 1},
    ]


def test_issues_come_and_go_by_week_without_those_of_bots(issue: Item, sight: See, now: datetime) -> None:
    # Given issues of two weeks, and a bot's
    items = [issue(1, opened=8, closed=2), issue(2, opened=1), issue(3, opened=1, bot=True)]
    told = weekly_issues(read_tickets(items, now=now), sight=sight(), now=now)
    # Then the series begins with the first issue
    assert told == [{"week": LAST, "opened": 1, "closed": 0}, {"week": THIS, "opened": 1, "closed": 1}]


def test_only_merged_pull_requests_count_as_merged(issue: Item, sight: See, now: datetime) -> None:
    items = [issue(1, opened=8, merged=2, kind="pull"), issue(2, opened=8, closed=2, kind="pull")]
    told = weekly_pulls(read_tickets(items, now=now), sight=sight(), now=now)
    assert told == [{"week": LAST, "opened": 2, "merged": 0}, {"week": THIS, "opened": 0, "merged": 1}]


def test_a_week_that_was_not_seen_is_not_there(issue: Item, sight: See, now: datetime) -> None:
    # Given issues since ten days ago, with an older one
    items = read_tickets([issue(1, opened=100), issue(2, opened=1)], now=now)
    assert [row["week"] for row in weekly_issues(items, sight=sight(since=10), now=now)] == [LAST, THIS]
    # And nothing of what was not collected
    unseen = Sight(name="issues", state=None, at_hand=False, whole=False, since=None)
    assert weekly_issues(items, sight=unseen, now=now) == []


def test_releases_are_counted_by_week_pre_releases_apart(history: Make, now: datetime) -> None:
    # Given a release of last week, and two pre-releases of this
    made = measure_releases(history(tags={"v1.0": 9, "v1.1rc1": 2, "v1.1rc2": 1}))
    assert weekly_releases(made, now=now, begin=None) == [
        {"week": LAST, "releases": 1, "pre_releases": 0},
        {"week": THIS, "releases": 0, "pre_releases": 2},
    ]
    # And without any there is this week alone
    assert [row["week"] for row in weekly_releases(measure_releases(history()), now=now, begin=None)] == [THIS]


def test_weeks_go_back_a_year_at_most(now: datetime) -> None:
    weeks = weeks_until(now, begin=now.replace(year=2020))
    assert (len(weeks), weeks[0], weeks[-1]) == (52, date(2025, 11, 24), date(2026, 11, 16))
