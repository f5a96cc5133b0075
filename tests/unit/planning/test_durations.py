"""Spans of time, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.planning.durations import duration_text, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1_800),
        ("6h", 21_600),
        ("1d", 86_400),
        ("2w", 1_209_600),
        ("1d12h", 129_600),
        (" 1H 5m ", 3_900),
    ],
)
def test_a_span_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "6", "h", "6 hours", "-1h", "0s", "1.5h", "6y", "9999w", "999999999999s", "\uff16h"]
)
def test_anything_else_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time; write a number and a unit, s, m, h, d or w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.4, "0s"), (90, "1m 30s"), (3_600, "1h"), (90_061, "1d 1h"), (1_209_600.2, "2w")],
)
def test_a_span_is_written_with_two_units_at_most(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(min_value=1, max_value=9 * 365 * 86_400))
def test_what_is_written_is_read_again_to_within_its_smaller_unit(seconds: int) -> None:
    # Given any span
    again = parse_duration(duration_text(seconds))
    # Then nothing is added, and less than a hundredth or a minute is lost
    assert 0 <= seconds - again < max(seconds / 8, 60)
