"""States, ages, dates and shares are said the same way everywhere."""

from datetime import UTC, datetime, timedelta

import pytest

from agents.contract import Coverage, CoverageState, Severity, TargetKind
from agents.report import wording

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(hours=-2), "in the future"),
        (timedelta(minutes=-5), "just now"),
        (timedelta(minutes=59), "just now"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=15), "2 weeks ago"),
        (timedelta(days=80), "2 months ago"),
        (timedelta(days=699), "23 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_an_age_is_said_in_one_unit(age: timedelta, words: str) -> None:
    assert wording.ago(NOW - age, now=NOW) == words


def test_no_moment_has_no_words() -> None:
    assert wording.ago(None, now=NOW) == ""
    assert wording.day(None) == ""


def test_dates_need_no_locale() -> None:
    assert wording.day(NOW) == "23 Nov 2026"
    assert wording.minute(NOW) == "23 Nov 2026, 09:30 UTC"


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "very sure"),
        (0.9, "very sure"),
        (0.89, "sure"),
        (0.7, "fairly sure"),
        (0.5, "unsure: check before acting"),
        (0.0, "hardly more than a guess"),
    ],
)
def test_every_confidence_has_a_band(confidence: float, words: str) -> None:
    assert wording.band(confidence) == words


def test_the_five_states_differ_in_word_sign_and_meaning() -> None:
    assert set(wording.STATES) == set(CoverageState)
    for field in ("word", "sign", "meaning"):
        assert len({getattr(words, field) for words in wording.STATES.values()}) == 5


def test_every_kind_of_target_has_a_name() -> None:
    assert set(wording.KINDS) == set(TargetKind)


def test_freshness_tells_never_from_long_ago() -> None:
    never = Coverage(source="git", subject="a", state=CoverageState.NOT_COLLECTED)
    old = never.model_copy(update={"as_of": NOW - timedelta(days=800)})
    assert wording.freshness(never, now=NOW) == "never seen"
    assert wording.freshness(old, now=NOW) == "14 Sep 2024 (2 years ago)"


def test_counts_are_listed_without_the_noughts() -> None:
    assert wording.listed_counts({Severity.HIGH: 2, Severity.LOW: 0, Severity.INFO: 1}) == "2 high, 1 info"
    assert wording.listed_counts({Severity.HIGH: 0}) == "no findings"
    assert wording.counted(1, "finding") == "1 finding"
    assert wording.counted(1200, "finding") == "1,200 findings"
    assert wording.capitalized("") == ""
    assert wording.capitalized("1 Critical") == "1 Critical"
    assert wording.capitalized("no Findings") == "No Findings"
