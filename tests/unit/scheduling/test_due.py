"""When schedules fall due, on a clock that the tests move."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.scheduling.due import FIRST_SPREAD_SECONDS, Rhythm, chance, first_due, following

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

_names = st.text(min_size=1, max_size=40)
_rhythms = st.builds(
    Rhythm,
    name=_names,
    every_seconds=st.integers(1, 400 * 86_400).map(float),
    jitter=st.floats(0, 0.5),
)
_waits = st.integers(0, 10 * 365 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def test_an_occurrence_on_time_is_followed_by_the_next_one_without_drift() -> None:
    # Given a daily schedule without jitter
    rhythm = Rhythm(name="stack/1d", every_seconds=86_400)
    # When it is fired two seconds late
    after = following(rhythm, due=START, now=START + timedelta(seconds=2))
    # Then the next one is due a day after it was due, not after it was fired
    assert after.due == START + timedelta(days=1)
    assert after.missed == 0


def test_missed_occurrences_are_one_look_and_no_burst() -> None:
    # Given an hourly schedule, and nobody who fired it for ten and a half hours
    rhythm = Rhythm(name="stack/1h", every_seconds=3_600)
    now = START + timedelta(hours=10, minutes=30)
    # When it is fired at last
    after = following(rhythm, due=START, now=now)
    # Then that one stands for the ten others, and the next is due when what it found has aged
    assert after.missed == 10
    assert after.due == now + timedelta(hours=1)


def test_an_occurrence_that_came_early_by_its_jitter_and_was_missed_is_counted() -> None:
    # Given a schedule whose next occurrence comes early, by its jitter
    rhythm = Rhythm(name="stack/1h", every_seconds=3_600, jitter=0.5)
    usual = following(rhythm, due=START, now=START).due
    assert usual < START + timedelta(hours=1)
    # When it is fired just when that next one is due as well
    after = following(rhythm, due=START, now=usual)
    # Then that one is no second look
    assert after.missed == 1
    assert after.due > usual


def test_new_schedules_fall_due_at_once_but_not_in_the_same_moment() -> None:
    # Given a hundred new schedules
    names = [f"list-{number}/1d" for number in range(100)]
    # When they are first due
    waits = [(first_due(Rhythm(name, every_seconds=60), now=START) - START).total_seconds() for name in names]
    # Then it is within a few seconds, spread over all of them
    assert all(0 <= wait < FIRST_SPREAD_SECONDS for wait in waits)
    assert min(waits) < 1
    assert max(waits) > 4


def test_chance_is_the_same_for_the_same_moment_in_every_zone() -> None:
    # Given one moment in two zones
    there = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    # When two schedulers look at it, then they agree
    assert chance("stack/1d", at=START) == chance("stack/1d", at=there)
    # And another name or moment gives something else
    assert chance("stack/1h", at=START) != chance("stack/1d", at=START)
    assert chance("stack/1d", at=START + timedelta(seconds=1)) != chance("stack/1d", at=START)


@given(rhythm=_rhythms, wait=_waits)
def test_what_follows_is_later_than_now_and_no_later_than_the_age_allows(rhythm: Rhythm, wait: timedelta) -> None:
    # Given any rhythm, fired any time after it was due
    now = START + wait
    # When the next occurrence is decided, twice
    after = following(rhythm, due=START, now=now)
    # Then it is decided the same way, in the future, and within the jitter's bounds of an interval
    assert after == following(rhythm, due=START, now=now)
    assert after.due > now
    since = START if after.missed == 0 else now
    gap = (after.due - since).total_seconds()
    microsecond = 1e-6
    assert rhythm.every_seconds * (1 - rhythm.jitter) - microsecond <= gap <= rhythm.every_seconds + microsecond
    # And whatever fell due meanwhile is accounted for
    assert after.missed in {int(wait.total_seconds() / rhythm.every_seconds), 1}


@settings(max_examples=5, deadline=None)
@given(
    rhythm=st.builds(Rhythm, name=_names, every_seconds=st.just(3_600.0), jitter=st.sampled_from([0.0, 0.1, 0.5])),
    ticks=st.lists(st.sampled_from([1, 1, 1, 1, 30, 900, 3_600, 7_200, 90_000]), min_size=50, max_size=50),
)
def test_of_ten_thousand_occurrences_none_fires_twice_and_none_is_lost(rhythm: Rhythm, ticks: list[int]) -> None:
    # Given a clock whose ticks come by the second, late, or not for a day
    now, due, fired, accounted = START, START, list[datetime](), 0
    turn = 0
    # When a scheduler follows it for 10,000 occurrences
    while accounted < 10_000:
        now = max(now, due - timedelta(seconds=ticks[turn % 50])) + timedelta(seconds=ticks[turn % 50])
        turn += 1
        if due > now:
            continue
        after = following(rhythm, due=due, now=now)
        fired.append(due)
        accounted += 1 + after.missed
        # Then nothing is due that was fired before, and nothing is due at once again: there is no burst
        assert after.due > now
        due = after.due
    # And no occurrence has fired twice
    assert len(set(fired)) == len(fired)
    assert fired == sorted(fired)
    # And every interval that passed is accounted for, fired or coalesced; an early one may count once more
    intervals = (due - START).total_seconds() / rhythm.every_seconds
    assert intervals - len(fired) <= accounted <= intervals / (1 - rhythm.jitter) + len(fired)


def test_jitter_spreads_what_would_fall_due_together() -> None:
    # Given a hundred hourly schedules that were all due in one moment
    rhythms = [Rhythm(name=f"list-{number}/1h", every_seconds=3_600, jitter=0.1) for number in range(100)]
    # When each has been fired
    minutes = {following(rhythm, due=START, now=START).due.minute for rhythm in rhythms}
    # Then the next hour's occurrences lie over the last six minutes of it
    assert minutes == {54, 55, 56, 57, 58, 59}
