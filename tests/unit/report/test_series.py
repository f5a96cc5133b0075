"""Series by week are read with tolerance, and a line of one point is none."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.report import series


def test_health_over_time_is_put_in_order_and_kept_within_its_bounds() -> None:
    # Given
    told: list[JsonValue] = [
        {"week": "2026-02-02", "score": 140},
        {"at": "2026-01-05T00:00:00Z", "value": 60.04},
        {"week": "2026-03-02", "score": -1},
        {"week": "2026-04-06", "score": None},
        {"score": 7},
        "no row",
    ]
    # When
    points = series.health_over_time({"health_over_time": told})
    # Then
    assert [(point.at.isoformat(), point.score) for point in points] == [
        ("2026-01-05", 60.0),
        ("2026-02-02", 100.0),
        ("2026-03-02", 0.0),
    ]


def test_one_point_is_no_line() -> None:
    assert series.health_over_time({"health_over_time": [{"at": "2026-01-05", "score": 60}]}) == ()
    assert series.health_over_time({}) == ()


def test_weekly_issues_need_a_week_and_a_count() -> None:
    # Given
    told: list[JsonValue] = [
        {"week": "2026-01-12", "opened": 3, "closed": 1},
        {"week": "2026-01-05", "closed": -2, "opened": 1.0},
        {"week": "2026-01-19"},
        {"opened": 4},
    ]
    # When
    weeks = series.weekly_issues({"weekly_issues": told})
    # Then
    assert [(week.begin.isoformat(), week.opened, week.closed) for week in weeks] == [
        ("2026-01-05", 1, 0),
        ("2026-01-12", 3, 1),
    ]


def test_weeks_without_any_issue_are_nothing_to_draw() -> None:
    assert series.weekly_issues({"weekly_issues": [{"week": "2026-01-12", "opened": 0, "closed": 0}]}) == ()


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(("week", "at", "score", "value", "opened", "closed")),
            st.none() | st.booleans() | st.floats() | st.integers() | st.dates().map(str) | st.text(max_size=5),
        ),
        max_size=8,
    )
)
def test_whatever_the_rows_are_what_is_read_is_in_order_and_in_bounds(rows: list[dict[str, JsonValue]]) -> None:
    # Given
    told: list[JsonValue] = [*rows]
    # When
    points = series.health_over_time({"health_over_time": told})
    weeks = series.weekly_issues({"weekly_issues": told})
    # Then
    assert [point.at for point in points] == sorted({point.at for point in points})
    assert all(0 <= point.score <= 100 for point in points)
    assert [week.begin for week in weeks] == sorted({week.begin for week in weeks})
    assert all(week.opened >= 0 and week.closed >= 0 for week in weeks)
