"""How urgent a trigger is, by its content and its kind, with the reason in words.

The caller's own priority wins. Else the more urgent one of two counts: what the kind has by itself, and what the
words of the subject, then of the text, ask for. A monitoring run's subject is the name that somebody gave a
schedule, no news: its words do not count, so that a schedule called "security" does not take the urgent lane.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.planning.words import first_word, plain

SCHEDULE = "schedule"
"""The source of triggers that a schedule fired."""

CRITICAL_WORDS = (
    "security", "vulnerability", "vulnerabilities", "vulnerable", "breaking", "outage", "outages", "exploited",
)  # fmt: skip
HIGH_WORDS = (
    "release", "releases", "released", "announcement", "announcements", "migration", "migrations", "deprecated",
    "deprecation", "deprecations",
)  # fmt: skip

_ADVISORY = re.compile(r"(?<![^\W_])(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})(?![^\W_])", re.IGNORECASE)
_OF_KIND: Mapping[TriggerKind, tuple[Priority, str]] = MappingProxyType(
    {
        TriggerKind.ADVISORY: (Priority.CRITICAL, "an advisory"),
        TriggerKind.RELEASE: (Priority.HIGH, "a release"),
        TriggerKind.REQUEST: (Priority.HIGH, "a request: somebody waits for the answer"),
        TriggerKind.KEYWORD_SPIKE: (Priority.NORMAL, "a spike of talk"),
        TriggerKind.WEBHOOK: (Priority.NORMAL, "a webhook"),
        TriggerKind.MONITOR: (Priority.NORMAL, "a look that somebody started"),
    }
)


class Urgency(NamedTuple):
    """A priority, and why."""

    priority: Priority
    reason: str


def urgency(trigger: Trigger, *, wanted: Priority | None = None) -> Urgency:
    """Return how urgent a trigger is. ``wanted`` is what its options ask for; the trigger's own field goes before."""
    asked = trigger.priority if trigger.priority is not None else wanted
    if asked is not None:
        return Urgency(asked, "asked for by the caller")
    own = _of_kind(trigger)
    said = None if trigger.kind is TriggerKind.MONITOR else _of_words(trigger)
    return said if said and said.priority <= own.priority else own


def _of_kind(trigger: Trigger) -> Urgency:
    """Return what a trigger's kind gives by itself; a schedule's look can wait for everything else."""
    if trigger.kind is TriggerKind.MONITOR and trigger.source == SCHEDULE:
        return Urgency(Priority.LOW, "a scheduled look")
    return Urgency(*_OF_KIND[trigger.kind])


def _of_words(trigger: Trigger) -> Urgency | None:
    """Return what the most urgent word asks for, the subject before the text; None where there is no such word."""
    places = (("subject", trigger.subject), ("text", str(trigger.text)))
    for priority, words in ((Priority.CRITICAL, CRITICAL_WORDS), (Priority.HIGH, HIGH_WORDS)):
        for place, text in places:
            word = first_word(text, among=words) or (priority is Priority.CRITICAL and _advisory_id(text))
            if word:
                return Urgency(priority, f"'{word}' in the {place}")
    return None


def _advisory_id(text: str) -> str:
    """Return the first CVE or GHSA id in a text; empty where there is none."""
    found = _ADVISORY.search(plain(text))
    return found.group() if found else ""
