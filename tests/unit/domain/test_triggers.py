"""Triggers are values, and priorities have an order."""

import pytest
from pydantic import ValidationError

from agents.contract import Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind


def test_lower_priorities_go_first_and_only_critical_is_urgent() -> None:
    assert sorted(Priority) == [Priority.CRITICAL, Priority.HIGH, Priority.NORMAL, Priority.LOW]
    assert [priority.urgent for priority in Priority] == [True, False, False, False]


def test_a_trigger_survives_being_stored() -> None:
    # Given a trigger with all that it can have
    trigger = Trigger(
        kind=TriggerKind.ADVISORY,
        targets=(Target(kind=TargetKind.GIT, location="/x", look=("health",)),),
        subject="CVE-2025-1",
        text=Untrusted("what they wrote"),
        options={"look": ["health"]},
        key="mine",
        source="feed",
        priority=Priority.HIGH,
        deadline_seconds=60,
    )
    # Then it is the same when read again
    assert Trigger.model_validate_json(trigger.model_dump_json()) == trigger


@pytest.mark.parametrize(
    "fields",
    [
        '{"kind": "gossip"}',
        '{"kind": "monitor", "colour": "red"}',
        '{"kind": "monitor", "subject": "' + "x" * 501 + '"}',
        '{"kind": "monitor", "as_of": "2025-01-01T00:00:00"}',
        '{"kind": "monitor", "deadline_seconds": 0}',
        '{"kind": "monitor", "targets": [{"kind": "git", "location": ""}]}',
    ],
)
def test_a_trigger_that_is_none_is_refused(fields: str) -> None:
    with pytest.raises(ValidationError):
        Trigger.model_validate_json(fields)


def test_a_trigger_is_never_changed() -> None:
    trigger = Trigger(kind=TriggerKind.MONITOR)
    with pytest.raises(ValidationError, match="frozen"):
        trigger.subject = "other"  # type: ignore[misc]
