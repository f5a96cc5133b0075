"""Urgency follows from the caller, the kind and the words, and comes with its reason."""

import pytest

from agents.contract import Untrusted
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.planning.priority import CRITICAL_WORDS, HIGH_WORDS, urgency


def spike(subject: str = "", *, text: str = "") -> Trigger:
    return Trigger(kind=TriggerKind.KEYWORD_SPIKE, subject=subject, text=Untrusted(text))


@pytest.mark.parametrize(
    ("kind", "priority"),
    [
        (TriggerKind.ADVISORY, Priority.CRITICAL),
        (TriggerKind.RELEASE, Priority.HIGH),
        (TriggerKind.REQUEST, Priority.HIGH),
        (TriggerKind.KEYWORD_SPIKE, Priority.NORMAL),
        (TriggerKind.WEBHOOK, Priority.NORMAL),
        (TriggerKind.MONITOR, Priority.NORMAL),
    ],
)
def test_each_kind_has_a_priority_of_its_own(kind: TriggerKind, priority: Priority) -> None:
    assert urgency(Trigger(kind=kind)).priority is priority


def test_a_scheduled_look_can_wait_for_everything_else() -> None:
    assert urgency(Trigger(kind=TriggerKind.MONITOR, source="schedule")) == (Priority.LOW, "a scheduled look")


@pytest.mark.parametrize("word", CRITICAL_WORDS)
def test_critical_words_make_a_trigger_critical(word: str) -> None:
    assert urgency(spike(f"A {word.upper()} here")) == (Priority.CRITICAL, f"'{word.upper()}' in the subject")


@pytest.mark.parametrize("word", HIGH_WORDS)
def test_high_words_make_a_trigger_high(word: str) -> None:
    assert urgency(spike(text=f"the {word}.")) == (Priority.HIGH, f"'{word}' in the text")


@pytest.mark.parametrize("text", ["insecurity", "Breakingham", "prerelease", "a non-breaking space", "outaged", "x"])
def test_parts_of_words_decide_nothing(text: str) -> None:
    assert urgency(spike(text)) == (Priority.NORMAL, "a spike of talk")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a secu\u00adrity fix", "security"),  # a soft hyphen
        ("out\u200bage", "outage"),  # a space without width
        ("\uff33\uff25\uff23\uff35\uff32\uff29\uff34\uff39", "SECURITY"),  # wide letters
        ("security\u2011relevant", "security"),  # a hyphen that does not break
        ("security's end", "security"),
        ("(BREAKING)", "BREAKING"),
        ("breaking_change", "breaking"),
    ],
)
def test_words_are_found_as_people_read_them(text: str, said: str) -> None:
    assert spike(text=text).text  # the source is kept as it came
    assert urgency(spike(text=text)) == (Priority.CRITICAL, f"'{said}' in the text")


@pytest.mark.parametrize(
    "text", ["non\u2011breaking", "s\u00e9curity", "security\u0301x", "outage\u0301s", "pre\u00adrelease"]
)
def test_what_reads_as_another_word_decides_nothing(text: str) -> None:
    assert urgency(spike(text)) == (Priority.NORMAL, "a spike of talk")


@pytest.mark.parametrize("name", ["CVE-2024-3094", "cve-2021-44228", "GHSA-jfh8-c2jp-5v3q"])
def test_the_id_of_an_advisory_is_critical(name: str) -> None:
    assert urgency(spike(text=f"about {name}, again")) == (Priority.CRITICAL, f"'{name}' in the text")


def test_the_subject_is_named_before_the_text_and_the_more_urgent_word_before_both() -> None:
    # Given urgent words in both places
    both = spike("release with a security fix", text="an outage")
    # Then the subject's word of the same urgency is the reason
    assert urgency(both).reason == "'security' in the subject"
    # And a critical word in the text goes before a high one in the subject
    assert urgency(spike("release", text="an outage")) == (Priority.CRITICAL, "'outage' in the text")


def test_words_never_make_a_trigger_less_urgent() -> None:
    advisory = Trigger(kind=TriggerKind.ADVISORY, subject="release notes")
    assert urgency(advisory) == (Priority.CRITICAL, "an advisory")


def test_of_a_kind_and_a_word_that_ask_for_the_same_the_word_is_the_reason() -> None:
    told = Trigger(kind=TriggerKind.ADVISORY, subject="a security fix")
    assert urgency(told) == (Priority.CRITICAL, "'security' in the subject")


def test_a_schedule_s_name_is_no_news() -> None:
    nightly = Trigger(kind=TriggerKind.MONITOR, source="schedule", subject="security outage watch")
    assert urgency(nightly).priority is Priority.LOW


def test_the_caller_s_own_word_wins_and_the_trigger_s_field_before_the_option() -> None:
    # Given an advisory that its caller calls low
    trigger = Trigger(kind=TriggerKind.ADVISORY, subject="outage", priority=Priority.LOW)
    # Then it is low, whatever its kind, words and options say
    assert urgency(trigger, wanted=Priority.HIGH) == (Priority.LOW, "asked for by the caller")
    # And an option counts where the field is empty
    assert urgency(spike(), wanted=Priority.CRITICAL) == (Priority.CRITICAL, "asked for by the caller")
