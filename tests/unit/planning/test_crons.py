"""Times of the clock: what is read, what is refused, and what summer time does to them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.planning.crons import Cron, parse_cron, parse_zone

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

_expressions = st.sampled_from(
    [
        "* * * * *",
        "*/15 * * * *",
        "0 6 * * 1-5",
        "30 2 * * *",
        "0,30 1-3 * * *",
        "0 0 1 * *",
        "5 0 * * SUN",
        "0 */5 * * *",
    ]
)
_zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll"])
_moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001  hypothesis wants naive bounds


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        (" 0  6 * *\t1-5 ", "0 6 * * 1-5"),
        ("0 6 * jan mon", "0 6 * JAN MON"),
        ("@daily", "0 0 * * *"),
        ("@Hourly", "0 * * * *"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 30 2 1", "0 0 30 2 1"),
    ],
)
def test_what_cron_reads_is_read(text: str, expression: str) -> None:
    # Given an expression as people write it, when it is read, then it has one form, and that is read the same
    assert parse_cron(text) == expression
    assert parse_cron(expression) == expression


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        (Cron("0 6 * * *", "Mars/Olympus"), "'Mars/Olympus' is no time zone known here.*tzdata"),
        (Cron("dawn"), "'dawn' is no cron expression; write five fields"),
    ],
)
def test_what_was_stored_elsewhere_and_cannot_be_read_here_says_what_to_do(cron: Cron, words: str) -> None:
    # Given times that another machine or version wrote, when they are checked, then why and what to do is said
    with pytest.raises(ValueError, match=words):
        cron.checked()


def test_times_that_can_be_read_are_checked_to_themselves() -> None:
    # Given / When / Then
    cron = Cron("0 6 * * *", "Europe/Berlin")
    assert cron.checked() is cron


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("* * * *", "is no cron expression; write five fields"),
        ("0 0 6 * * 1", "is no cron expression; write five fields"),
        ("61 * * * *", "bad minute"),
        ("0 24 * * *", "bad hour"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("0 0 31 4,6,9,11 *", "bad day-of-month"),
        ("0 0 * 13 *", "bad month"),
        ("0 0 * * 8", "bad day-of-week"),
        ("*/0 * * * *", "bad minute"),
        ("@reboot", "is no cron expression"),
        ("0 0 */30 2 1#5", "never occurs; give a day"),
        (f"{'0,' * 200}0 * * * *", "is no cron expression"),
    ],
)
def test_what_is_no_expression_or_never_comes_is_refused(text: str, words: str) -> None:
    # Given a text that says no time, when it is read, then what is wrong with it is said
    with pytest.raises(ValueError, match=words):
        parse_cron(text)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "Europe", "\x00", "x" * 300])
def test_a_zone_that_is_not_known_is_refused(zone: str) -> None:
    # Given a text that names no zone, then it is refused with an example
    with pytest.raises(ValueError, match="write a name such as 'Europe/Berlin'"):
        parse_zone(zone)
    assert parse_zone("Europe/Berlin") == "Europe/Berlin"


def test_a_time_that_the_spring_leaves_out_comes_right_after_the_gap_and_once() -> None:
    # Given 02:30 each night in Berlin, and the night of the change to summer time, which has no 02:30
    cron = Cron("30 2 * * *", "Europe/Berlin")
    start = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    # When the next occurrences are asked for
    found = [each.astimezone(BERLIN) for each in cron.between(start, start + timedelta(days=3), most=9)]
    # Then it comes at 03:00 that night, and at its own time the night after
    assert [(each.day, each.hour, each.minute) for each in found] == [(29, 3, 0), (30, 2, 30), (31, 2, 30)]


def test_a_time_that_the_autumn_brings_twice_comes_once() -> None:
    # Given 02:30 each night in Berlin, and the night of the change back, which has two of them
    cron = Cron("30 2 * * *", "Europe/Berlin")
    start = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    # When all occurrences up to the next noon but one are asked for
    found = cron.between(start, start + timedelta(days=2), most=9)
    # Then each night has one, the first of the two
    assert found == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC))
    # And between the two of them, the next one is the next night's
    assert cron.after(datetime(2026, 10, 25, 1, 0, tzinfo=UTC)) == found[1]


def test_what_comes_every_so_many_minutes_keeps_its_distance_when_clocks_change() -> None:
    # Given every quarter of an hour in Berlin, through both changes
    cron = Cron("*/15 * * * *", "Europe/Berlin")
    for day in (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)):
        # When the occurrences of twelve hours are asked for, then no two are nearer or farther than that
        found = cron.between(day, day + timedelta(hours=12), most=99)
        assert len(found) == 48
        assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}


def test_an_expression_shows_its_zone_where_it_has_one() -> None:
    # Given two expressions, then only the foreign zone is shown
    assert str(Cron("0 6 * * *")) == "0 6 * * *"
    assert str(Cron("0 6 * * *", "Europe/Berlin")) == "0 6 * * * Europe/Berlin"
    assert Cron("0 6 * * 1-5").spacing_seconds == 86_400


@settings(deadline=None)
@given(expression=_expressions, zone=_zones, moment=_moments, most=st.integers(1, 40))
def test_looking_back_finds_what_looking_ahead_finds(expression: str, zone: str, moment: datetime, most: int) -> None:
    # Given an expression in a zone, and three days
    cron = Cron(expression, zone)
    end = moment + timedelta(days=3)
    everything = cron.between(moment, end, most=10_000)
    # Then the last few of them are the same however they are found, each after the one before, none outside
    assert cron.last(moment, end, most=most) == everything[-most:]
    assert all(moment < each <= end for each in everything)
    assert all(earlier < later for earlier, later in pairwise(everything))
    # And stepping from each to the next misses none
    assert all(cron.after(earlier) == later for earlier, later in pairwise(everything[:20]))


@settings(deadline=None, max_examples=20)
@given(moment=_moments)
def test_every_minute_that_matches_is_found(moment: datetime) -> None:
    # Given weekday mornings in UTC, and two weeks
    found = set(Cron("0,30 6-7 * * 1-5").between(moment, moment + timedelta(days=14), most=1_000))
    # When every minute is looked at by its own fields
    first = moment.replace(second=0, microsecond=0)
    minutes = (first + timedelta(minutes=number) for number in range(14 * 1_440 + 1))
    expected = {
        each
        for each in minutes
        if moment < each <= moment + timedelta(days=14)
        and each.minute in {0, 30}
        and each.hour in {6, 7}
        and each.weekday() < 5
    }
    # Then they are the same
    assert found == expected
