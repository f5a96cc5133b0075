"""What is done about occurrences that were missed, on a clock that the tests move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.watchlist import CatchUp
from orchestrator.planning.crons import Cron
from orchestrator.scheduling.due import MOST_COUNTED, Rhythm
from orchestrator.scheduling.turns import Patience, Turn, turn, turn_by_hand

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = Rhythm("stack/1h", every_seconds=3_600)
MORNINGS = Rhythm("stack/0 6 * * *", every_seconds=86_400, cron=Cron("0 6 * * *", "Europe/Berlin"))
FIVE = Patience(most=5)


def _turn(rhythm: Rhythm, catch_up: CatchUp, *, after: timedelta, patience: Patience = FIVE) -> Turn:
    return turn(rhythm, catch_up=catch_up, due=START, now=START + after, patience=patience)


@pytest.mark.parametrize("catch_up", list(CatchUp))
def test_what_comes_in_time_is_fired_and_followed_by_the_next(catch_up: CatchUp) -> None:
    # Given an hourly schedule, two seconds after it fell due, then each policy does the same
    done = _turn(HOURLY, catch_up, after=timedelta(seconds=2))
    assert done == Turn(due=START, next_due=START + HOUR)
    assert done.notes == ()


def test_one_look_stands_for_all_that_were_missed() -> None:
    # Given an hourly schedule that nobody fired for three and a half hours
    done = _turn(HOURLY, CatchUp.ONCE, after=3.5 * HOUR)
    # Then one look stands for the three others, and what it found is fresh for an hour
    assert (done.fires, done.stands_for, done.next_due) == (True, 3, START + 4.5 * HOUR)
    assert done.notes == ("stands for 3 more that were missed",)


def test_what_was_missed_is_skipped_and_the_beat_kept() -> None:
    # Given the same, where what is missed is not made up for
    done = _turn(HOURLY, CatchUp.NONE, after=3.5 * HOUR)
    # Then nothing is fired, and the next one comes on the hour
    assert (done.fires, done.next_due) == (False, START + 4 * HOUR)
    assert done.notes == ("skipped, with 3 after it: 3h 30m late",)
    assert _turn(HOURLY, CatchUp.NONE, after=0.5 * HOUR).notes == ("skipped: 30m late",)


def test_each_missed_one_is_fired_with_its_own_time() -> None:
    # Given the same, where each is made up for
    done = _turn(HOURLY, CatchUp.ALL, after=3.5 * HOUR)
    # Then the first is fired, and the next is due already
    assert (done.due, done.next_due) == (START, START + HOUR)
    assert done.notes == ("3h 30m late",)


def test_of_too_many_the_oldest_are_given_up() -> None:
    # Given an hourly schedule that nobody fired for ten hours, of which five occurrences are made up for
    done = _turn(HOURLY, CatchUp.ALL, after=10 * HOUR)
    # Then the fifth last is fired, which is six hours after the first
    assert (done.due, done.given_up) == (START + 6 * HOUR, 6)
    assert done.notes == ("6 older ones were given up", "10h late")


def test_times_of_the_clock_are_caught_up_with_as_ages_are() -> None:
    # Given each morning at six in Berlin, through the change to summer time, and a month in which nothing was up
    due, now = datetime(2026, 3, 10, 5, tzinfo=UTC), datetime(2026, 4, 10, 12, tzinfo=UTC)
    done = {each: turn(MORNINGS, catch_up=each, due=due, now=now, patience=FIVE) for each in CatchUp}
    # Then all agree on what comes next, but for the one that goes on from where it was
    tomorrow = datetime(2026, 4, 11, 4, tzinfo=UTC)
    assert done[CatchUp.ONCE] == Turn(due, tomorrow, stands_for=31, late_seconds=(now - due).total_seconds())
    assert (done[CatchUp.NONE].next_due, done[CatchUp.NONE].fires) == (tomorrow, False)
    assert (done[CatchUp.ALL].due, done[CatchUp.ALL].given_up) == (datetime(2026, 4, 6, 4, tzinfo=UTC), 27)
    assert done[CatchUp.ALL].next_due == datetime(2026, 4, 7, 4, tzinfo=UTC)


def test_what_nobody_wants_to_count_is_at_least_that_many() -> None:
    # Given every minute, and a year in which nothing was up
    minutely = Rhythm("stack/* * * * *", every_seconds=60, cron=Cron("* * * * *"))
    done = _turn(minutely, CatchUp.ONCE, after=timedelta(days=365))
    # Then the count ends somewhere, and says so
    assert done.stands_for == MOST_COUNTED
    assert done.notes == ("stands for at least 1,000 more that were missed",)


def test_a_look_by_hand_moves_what_goes_by_age_and_nothing_else() -> None:
    # Given schedules that are planned for an hour from now, when somebody asks for a look now
    planned, now = START + HOUR, START
    rhythms = [(HOURLY, CatchUp.ONCE), (HOURLY, CatchUp.ALL), (MORNINGS, CatchUp.ONCE)]
    later = [turn_by_hand(rhythm, catch_up=policy, planned=planned + HOUR, now=now) for rhythm, policy in rhythms]
    # Then the one by age is due when that has aged, and the others when they were planned
    assert [each.next_due for each in later] == [START + HOUR, planned + HOUR, planned + HOUR]
    assert {each.due for each in later} == {now}


@dataclass
class _Diary:
    """What became of the occurrences of one schedule, by its turns."""

    fired: list[datetime] = field(default_factory=list)
    accounted: int = 0
    skipped: int = 0

    def note(self, done: Turn) -> None:
        if done.fires:
            self.fired.append(done.due)
        self.skipped += done.given_up + (not done.fires)
        self.accounted += 1 + done.stands_for + done.given_up


_rhythms = st.sampled_from(
    [
        Rhythm("a", every_seconds=3_600),
        Rhythm("b", every_seconds=90),
        Rhythm("c", every_seconds=900, cron=Cron("*/15 * * * *", "Europe/Berlin")),
        Rhythm("d", every_seconds=86_400, cron=Cron("30 2 * * *", "Europe/Berlin")),
        Rhythm("e", every_seconds=1_800, cron=Cron("0,30 5-7 * * 1-5", "America/New_York")),
    ]
)
_waits = st.lists(st.sampled_from([1, 1, 1, 50, 600, 4_000, 20_000, 90_000, 400_000]), min_size=5, max_size=40)


def _live_through(rhythm: Rhythm, policy: CatchUp, waits: list[int]) -> tuple[_Diary, datetime, datetime]:
    """Let time pass by leaps, and do at each what is due; return the diary, and the first and the next due time."""
    first = now = due = rhythm.cron.after(START) if rhythm.cron else START
    diary = _Diary()
    for wait in waits:
        now += timedelta(seconds=wait)
        while due <= now:
            done = turn(rhythm, catch_up=policy, due=due, now=now, patience=FIVE)
            # Whatever the policy, time goes on, and nothing is fired before it is due
            assert done.next_due > due
            assert due <= done.due <= now
            assert policy is CatchUp.ALL or done.next_due > now
            diary.note(done)
            due = done.next_due
    return diary, first, due


@settings(deadline=None)
@given(rhythm=_rhythms, policy=st.sampled_from([CatchUp.ALL, CatchUp.NONE]), waits=_waits)
def test_every_occurrence_of_the_beat_is_accounted_for_once(rhythm: Rhythm, policy: CatchUp, waits: list[int]) -> None:
    # Given any rhythm and any silences, when a scheduler lives through them
    diary, first, due = _live_through(rhythm, policy, waits)
    # Then no occurrence is fired twice, and all up to the next one were fired or given up, and nothing else
    assert len(set(diary.fired)) == len(diary.fired)
    if rhythm.cron:
        beat = [first, *rhythm.cron.between(first, due - timedelta(microseconds=1), most=20_000)]
    else:
        whole = round((due - first).total_seconds() / rhythm.every_seconds)
        beat = [first + timedelta(seconds=rhythm.every_seconds * number) for number in range(whole)]
    assert set(diary.fired) <= set(beat)
    capped = rhythm.cron is not None and len(beat) > MOST_COUNTED
    assert capped or diary.accounted == len(beat)
    # And where each is made up for, only what was more than five behind was given up
    if policy is CatchUp.ALL and not diary.skipped:
        assert diary.fired == beat
