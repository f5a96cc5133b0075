"""Dates of every form that feeds have are understood, and what is no date is none."""

from datetime import UTC, datetime

import pytest
from support.feeds import look_at, rss

from agents.sources.feeds.dates import meant


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 01 Nov 2026 10:00:00 +0200",
        "Sun, 1 Nov 2026 08:00:00 GMT",
        "01 Nov 26 08:00:00 GMT",
        "Sun, 01 Nov 2026 03:00:00 EST",
        "2026-11-01T08:00:00Z",
        "2026-11-01T10:00:00.123+02:00",
        "Sun Nov  1 08:00:00 2026",
    ],
)
def test_a_date_of_any_form_is_the_same_moment(date: str) -> None:
    assert look_at(rss(f"<guid>1</guid><pubDate>{date}</pubDate>")).only.at == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_a_zone_may_take_a_date_into_another_year() -> None:
    post = look_at(rss("<guid>1</guid><pubDate>Thu, 31 Dec 2025 23:00:00 -0300</pubDate>")).only
    assert post.at == datetime(2026, 1, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "Sat, 01 Jan 2222 00:00:00 GMT",
        "yesterday",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "31/31/31",
        "2024-13-01",
        "2024-02-30T00:00:00Z",
        "10000-01-01T00:00:00Z",
        f"{'9' * 30}-01-01",
        "0000-00-00T00:00:00Z",
        "0000-01-01",
        "9999-12-31T23:59:59-12:00",
        "-001-01-01",
        "1 Jan 0 0:0:0 +9999",
    ],
)
def test_a_date_that_cannot_be_is_no_time_and_said(date: str) -> None:
    post = look_at(rss(f"<guid>1</guid><pubDate>{date}</pubDate>")).only
    assert post.at is None
    assert (post.data["published_at"], post.data["updated_at"]) == ("", "")
    assert post.data["dirt"] == [f"date {date!r} cannot be"]


def test_what_is_no_time_of_feedparsers_is_none() -> None:
    assert meant("2026-11-01", written="2026-11-01") is None
