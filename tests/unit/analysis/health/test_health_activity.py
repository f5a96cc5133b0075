"""Activity: windows, weeks, momentum, and what cannot be said of an unseen past."""

from collections.abc import Callable
from datetime import date

from agents.analysis.health.activity import measure_activity
from agents.analysis.health.history import History

Make = Callable[..., History]


def test_each_window_is_compared_with_the_equal_one_before_it(history: Make) -> None:
    # Given two commits within 30 days, one 31 to 60 days ago, three 300 and four 400 days ago
    days = [1, 29, 45, 300, 300.5, 301, 400, 401, 402, 403]
    made = measure_activity(history([(day, "ann") for day in days]))
    # Then every window counts its own days only
    assert [(window.days, window.commits, window.before) for window in made.windows] == [
        (30, 2, 1),
        (90, 3, 0),
        (365, 6, 4),
    ]


def test_windows_that_were_not_seen_are_unknown_and_not_zero(history: Make) -> None:
    # Given a shallow clone that reaches back a hundred days
    made = measure_activity(history([(1, "ann"), (100, "ann")], whole=False))
    # Then what lies before it is not known
    assert [(window.commits, window.before) for window in made.windows] == [(1, 0), (1, None), (None, None)]


def test_the_weekly_series_has_52_weeks_that_start_on_mondays(history: Make) -> None:
    # Given commits today (a Friday), last Sunday, and two years ago
    made = measure_activity(history([(0, "ann"), (5, "ann"), (730, "ann")]))
    # Then the last week is this one, the one before holds Sunday's
    assert len(made.weekly) == 52
    assert made.weekly[-2:] == ((date(2026, 11, 9), 1), (date(2026, 11, 16), 1))
    assert all(week.weekday() == 0 for week, _ in made.weekly)
    assert sum(count for _, count in made.weekly) == 2


def test_weeks_that_a_shallow_clone_does_not_hold_are_not_drawn_as_empty(history: Make) -> None:
    # Given three weeks of a shallow clone, and nothing at all
    made = measure_activity(history([(0, "ann"), (15, "ann")], whole=False))
    nothing = measure_activity(history(whole=False))
    # Then only the weeks seen are there
    assert [count for _, count in made.weekly] == [1, 0, 1]
    assert len(nothing.weekly) == 1


def test_momentum_compares_years_where_two_were_seen_and_quarters_else(history: Make) -> None:
    # Given a history of three years, and one of seven months
    old = measure_activity(history([(1, "ann"), (400, "ann"), (401, "ann"), (1000, "ann")]))
    young = measure_activity(history([(1, "ann"), (2, "ann"), (100, "ann"), (210, "ann")]))
    # Then the first compares years, the second quarters
    assert (old.momentum, old.momentum_days) == (0.5, 365)
    assert (young.momentum, young.momentum_days) == (2.0, 90)


def test_there_is_no_momentum_without_a_past(history: Make) -> None:
    # Given a history of a month, and one with nothing in the year before
    month = measure_activity(history([(1, "ann"), (30, "ann")]))
    silent = measure_activity(history([(1, "ann"), (1000, "ann")]))
    # Then none is claimed
    assert (month.momentum, month.momentum_days) == (None, 0)
    assert (silent.momentum, silent.momentum_days) == (None, 365)


def test_a_growing_year_has_a_rising_trend_and_the_running_week_is_no_fall(history: Make) -> None:
    # Given ever more commits a week, up to today
    growing = [(7 * week + 0.1 * number, "ann") for week in range(52) for number in range((52 - week) // 4)]
    made = measure_activity(history([*growing, (365, "ann")]))
    # Then the trend rises
    assert made.trend is not None
    assert made.trend.direction == "rising"
    assert made.trend.points == 52


def test_active_months_count_only_what_was_seen(history: Make) -> None:
    # Given a year with commits in two periods of 28 days, and a history of ten weeks
    year = measure_activity(history([(1, "ann"), (40, "ann"), (600, "ann")]))
    weeks = measure_activity(history([(1, "ann"), (70, "ann")]))
    # Then thirteen periods were seen of the first, two of the second
    assert (year.months, year.active_months) == (13, 2)
    assert (weeks.months, weeks.active_months) == (2, 1)


def test_a_repository_without_commits_has_no_last_one(history: Make) -> None:
    made = measure_activity(history())
    assert (made.last, made.idle_days, made.trend, made.months) == (None, None, None, 0)
