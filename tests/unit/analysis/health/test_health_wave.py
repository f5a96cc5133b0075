"""A week of issues against the weeks before."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.analysis.health.sights import Sight
from agents.analysis.health.tickets import Ticket
from agents.analysis.health.wave import Week, measure_week

See = Callable[..., Sight]
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def weeks_of(*counts: int, now: datetime, title: str = "Wick burns down") -> list[Ticket]:
    """Return issues: so many in each week, the latest week last."""
    return [
        Ticket(number=1000 * back + number, title=title, opened=now - timedelta(days=7 * back + 0.5 + number / 1000))
        for back, count in enumerate(reversed(counts))
        for number in range(count)
    ]


def week(counts: Sequence[int], *, now: datetime, sight: Sight, bots: int = 0) -> Week | None:
    issues = weeks_of(*counts, now=now)
    machine = [Ticket(number=number, title="", opened=now - timedelta(days=1), bot=True) for number in range(bots)]
    first = now - timedelta(weeks=len(counts))
    return measure_week([*issues, *machine], sight=sight, first=first, now=now)


def test_a_quiet_repositorys_wave_is_told_from_its_usual_weeks(sight: See, now: datetime) -> None:
    # Given two issues a week for half a year, and thirty this week
    found = week([2] * 26 + [30], now=now, sight=sight())
    # Then the week stands far above the usual
    assert found is not None
    assert (len(found.issues), found.usual, found.weeks) == (30, 2, 26)
    assert found.height == pytest.approx(2 * (30.375**0.5 - 2.375**0.5))
    assert found.wave(5)


def test_a_busy_repositorys_usual_ups_and_downs_are_no_wave(sight: See, now: datetime) -> None:
    # Given weeks that differ widely, and one that is higher than each of them, as some week must be
    found = week([40, 80, 55, 90, 60, 100, 45, 70, 85, 50] * 3 + [105], now=now, sight=sight())
    assert found is not None
    assert not found.wave(3.5)


def test_a_few_issues_are_no_wave_where_there_are_none_usually(sight: See, now: datetime) -> None:
    # Given a repository without issues, and four or nine this week
    few, many = (week([0] * 20 + [count], now=now, sight=sight()) for count in (4, 9))
    assert few is not None
    assert many is not None
    assert not few.wave(1.0)
    assert many.wave(3.5)


@pytest.mark.parametrize(("weeks", "known"), [(7, False), (8, True)])
def test_below_eight_weeks_nothing_is_usual(weeks: int, *, known: bool, sight: See, now: datetime) -> None:
    assert (week([3] * weeks + [40], now=now, sight=sight()) is not None) is known


def test_weeks_that_were_not_seen_are_not_weeks_without_issues(sight: See, now: datetime) -> None:
    # Given the same issues, seen since ten weeks ago, since five, and since nobody knows when
    counts = [5] * 40 + [20]
    part = week(counts, now=now, sight=sight(since=70))
    # Then only weeks that were seen are compared
    assert part is not None
    assert (part.weeks, part.usual) == (9, 5)
    assert week(counts, now=now, sight=sight(since=35)) is None
    unknown = Sight(name="issues", state=None, at_hand=True, whole=False, since=None)
    assert week(counts, now=now, sight=unknown) is None


def test_bots_raise_no_wave(sight: See, now: datetime) -> None:
    found = week([1] * 20 + [1], now=now, sight=sight(), bots=50)
    assert found is not None
    assert len(found.issues) == 1


def test_what_the_titles_share_is_told_and_what_they_always_share_is_not(sight: See, now: datetime) -> None:
    # Given titles that always name the wick, and this week a version of it
    before = weeks_of(*[2] * 20, 0, now=now, title="The wick smokes")
    last = weeks_of(12, now=now, title="Malware in wick 1.4.2 ?")
    found = measure_week([*before, *last], sight=sight(), first=now - timedelta(weeks=21), now=now)
    assert found is not None
    assert found.words == ("1.4.2", "malware")


@given(st.lists(st.integers(0, 60), min_size=8, max_size=52), st.integers(0, 200), st.integers(0, 200))
def test_more_issues_never_make_a_lower_wave(before: list[int], count: int, more: int) -> None:
    # Given any past, and two counts of this week
    seen = Sight(name="issues", state=None, at_hand=True, whole=True, since=None)
    low, high = (week([*before, this], now=NOW, sight=seen) for this in (count, count + more))
    assert low is not None
    assert high is not None
    assert high.height >= low.height
