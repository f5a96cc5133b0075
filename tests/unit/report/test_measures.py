"""Agents' figures are read with tolerance: what is of another shape is left out, never an error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.contract import Severity
from agents.report import measures

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
ROWS: st.SearchStrategy[JsonValue] = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(max_size=4),
            "value": st.floats() | st.integers(),
            "share": st.floats() | st.integers(),
            "week": st.dates().map(str) | st.datetimes().map(str) | st.text(max_size=4),
            "at": st.dates().map(str) | st.datetimes().map(str),
            "commits": st.floats() | st.integers(),
            "version": st.text(max_size=4),
        },
    ),
    max_size=30,
)
"""Rows nearly as agents write them."""
NAMES = ("score", "parts", "weekly_commits", "releases", "authors", "by_severity", "bus_factor")


@pytest.mark.parametrize(
    ("told", "read"), [(72, 72.0), (0.4, 0.4), (-3, 0.0), (400, 100.0), ("72", None), (True, None)]
)
def test_a_score_is_a_number_from_nought_to_a_hundred(told: JsonValue, read: float | None) -> None:
    assert measures.score({"score": told}) == read


def test_no_score_is_not_a_score_of_nought() -> None:
    assert measures.score({}) is None
    assert measures.score({"score": float("nan")}) is None


def test_parts_keep_their_order_and_bad_rows_are_left_out() -> None:
    # Given
    told: list[JsonValue] = [
        {"name": "activity", "value": 0.5, "weight": 0.3, "detail": "d"},
        {"name": "no value"},
        "not a row",
        {"value": 7},
    ]
    # When
    parts = measures.parts({"parts": told})
    # Then
    assert [(part.name, part.share, part.weight) for part in parts] == [("activity", 0.5, 0.3), ("part", 1.0, None)]


def test_weeks_are_put_in_order_and_said_once() -> None:
    # Given
    told: list[JsonValue] = [
        {"week": "2026-11-16", "commits": 3},
        {"week": "2026-11-09", "commits": -4},
        {"week": "2026-11-16", "commits": 5},
        {"week": "some day", "commits": 1},
        {"week": 12, "commits": 1},
        {"week": "2026-11-02"},
    ]
    # When
    weeks = measures.weekly_commits({"weekly_commits": told})
    # Then
    assert [(week.begin.isoformat(), week.commits) for week in weeks] == [("2026-11-09", 0), ("2026-11-16", 5)]


def test_releases_are_put_in_order_and_need_a_date_and_a_version() -> None:
    told: list[JsonValue] = [
        {"version": "2.0", "at": "2026-02-01T00:00:00Z", "kind": "major"},
        {"version": "1.0", "at": "2026-01-01"},
        {"version": "", "at": "2026-01-01"},
        {"version": "3.0", "at": None},
    ]
    assert [release.version for release in measures.releases({"releases": told})] == ["1.0", "2.0"]


def test_authors_come_by_their_share() -> None:
    told: list[JsonValue] = [{"name": "b", "share": 0.2}, {"share": 0.7}, {"name": "c"}]
    assert [(author.name, author.share) for author in measures.authors({"authors": told})] == [
        ("someone", 0.7),
        ("b", 0.2),
    ]


def test_counts_by_severity_are_those_above_nought_worst_first() -> None:
    told: dict[str, JsonValue] = {"low": 2, "critical": 1, "high": 0, "strange": 5, "medium": "many"}
    assert list(measures.by_severity({"by_severity": told}).items()) == [(Severity.CRITICAL, 1), (Severity.LOW, 2)]


def test_figures_of_any_agent_are_shown_by_name() -> None:
    # Given
    metrics: dict[str, JsonValue] = {
        "bus_factor": 2,
        "share_kept": 0.256,
        "seen_since": "2014\x1b[0m",
        "whole_history": True,
        "overdue": False,
        "bots": ["a", "b", {}],
        "nothing": None,
        "nested": {"a": 1},
        "parts": [],
    }
    # When / Then
    assert measures.figures(metrics) == (
        ("bus factor", "2"),
        ("share kept", "0.26"),
        ("seen since", "2014"),
        ("whole history", "yes"),
        ("overdue", "no"),
        ("bots", "a, b"),
    )


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ROWS | JSON))
def test_whatever_the_metrics_are_what_is_read_can_be_drawn(metrics: dict[str, JsonValue]) -> None:
    # Given any metrics, near to what agents write or far from it, when they are read
    score, parts, weeks = measures.score(metrics), measures.parts(metrics), measures.weekly_commits(metrics)
    releases, authors = measures.releases(metrics), measures.authors(metrics)
    counts = measures.by_severity(metrics)
    # Then figures lie within their bounds
    assert score is None or 0 <= score <= 100
    assert all(0 <= part.share <= 1 and part.name for part in parts)
    assert all(0 <= author.share <= 1 and author.name for author in authors)
    assert all(week.commits >= 0 for week in weeks)
    assert all(count >= 1 for count in counts.values())
    # And what has an order is in it, each thing once
    assert [week.begin for week in weeks] == sorted({week.begin for week in weeks})
    assert [release.at for release in releases] == sorted(release.at for release in releases)
    assert [author.share for author in authors] == sorted((author.share for author in authors), reverse=True)
    assert [severity.rank for severity in counts] == sorted((severity.rank for severity in counts), reverse=True)
    # And nothing that is drawn is told again
    assert not {name.replace(" ", "_") for name, _ in measures.figures(metrics)} & measures.DRAWN
    assert all(words for _, words in measures.figures(metrics))
