"""What an answer means, by its status and its headers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.http.verdict import COMPUTING_WAIT, MOST_WAIT, UNNAMED_WAIT, Kind, judge, retry_after

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.TAKE),
        (204, Kind.TAKE),
        (304, Kind.UNCHANGED),
        (400, Kind.REFUSED),
        (401, Kind.DENIED),
        (403, Kind.DENIED),
        (404, Kind.GONE),
        (407, Kind.DENIED),
        (408, Kind.AGAIN),
        (410, Kind.GONE),
        (415, Kind.REFUSED),
        (422, Kind.REFUSED),
        (425, Kind.AGAIN),
        (451, Kind.GONE),
        (500, Kind.AGAIN),
        (502, Kind.AGAIN),
        (599, Kind.AGAIN),
        (301, Kind.AGAIN),
    ],
)
def test_a_status_alone_says_what_is_to_be_done(status: int, kind: Kind) -> None:
    assert judge(status, {}, text="", now=NOW).kind is kind


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_where_it_leads(status: int) -> None:
    verdict = judge(status, {"location": "/repositories/1"}, text="", now=NOW)
    assert (verdict.kind, verdict.why) == (Kind.FOLLOW, "/repositories/1")
    assert verdict.for_good == (status in {301, 308})


@pytest.mark.parametrize(
    ("status", "headers", "text", "wait"),
    [
        # GitHub's primary limit: used up until a time
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW + HOUR).timestamp()))}, "", HOUR),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW + HOUR).timestamp()))}, "", HOUR),
        (403, {"x-ratelimit-remaining": "0"}, "", UNNAMED_WAIT),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "", UNNAMED_WAIT),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 11}, "", UNNAMED_WAIT),
        # its secondary limits: with a time, or without
        (403, {"retry-after": "17", "x-ratelimit-remaining": "0"}, "", timedelta(seconds=17)),
        (403, {}, '{"message": "You have exceeded a secondary rate limit."}', UNNAMED_WAIT),
        (403, {}, '{"message": "You have triggered an abuse detection mechanism."}', UNNAMED_WAIT),
        (429, {}, "", UNNAMED_WAIT),
        # what is not there yet, and who is in trouble but says until when
        (202, {}, "", COMPUTING_WAIT),
        (202, {"retry-after": "3"}, "", timedelta(seconds=3)),
        (503, {"retry-after": "120"}, "", timedelta(minutes=2)),
        (503, {"retry-after": format_datetime(NOW + HOUR, usegmt=True)}, "", HOUR),
    ],
)
def test_what_passes_is_put_off_to_the_time_that_was_named(
    status: int, headers: dict[str, str], text: str, wait: timedelta
) -> None:
    verdict = judge(status, headers, text=text, now=NOW)
    assert (verdict.kind, verdict.at) == (Kind.LATER, NOW + wait)


@pytest.mark.parametrize(
    "text",
    [
        '{"message": "Repository access blocked", "block": {"html_url": "https://github.com/o/rate limit"}}',
        '{"message": ["rate limit"]}',
        '["rate limit"]',
        "[" * 100_000,
        '{"message": "The history or contributor list is too large to list contributors via the API."}',
    ],
)
def test_only_what_a_service_says_in_words_is_a_limit(text: str) -> None:
    assert judge(403, {"x-ratelimit-remaining": "4000"}, text=text, now=NOW).kind is Kind.DENIED


def test_a_service_whose_clock_differs_is_waited_for_by_its_own() -> None:
    # Given a service whose clock is a year behind, and which names a time in ten minutes
    then = NOW - timedelta(days=365)
    headers = {
        "date": format_datetime(then, usegmt=True),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(then.timestamp()) + 600),
    }
    # Then it is asked in ten minutes
    assert judge(403, headers, text="", now=NOW).at == NOW + timedelta(minutes=10)


@given(
    st.one_of(
        st.text(max_size=40),
        st.integers(min_value=0, max_value=10**30).map(str),
        st.datetimes().map(lambda at: format_datetime(at.replace(tzinfo=UTC), usegmt=True)),
    ),
    st.text(max_size=40),
)
def test_whatever_a_service_names_the_wait_is_between_nothing_and_a_day(text: str, date: str) -> None:
    at = retry_after({"retry-after": text, "date": date}, now=NOW)
    assert at is None or NOW <= at <= NOW + MOST_WAIT
