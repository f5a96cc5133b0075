"""Events know a message by one name, whichever of them comes first."""

from typing import Any

import pytest
from celery import Celery

from orchestrator.ledger.naming import NamedMessages


@pytest.fixture
def messages() -> NamedMessages:
    return NamedMessages(Celery("named", set_as_current=False))


def made(messages: NamedMessages, **options: Any) -> Any:  # noqa: ANN401  Celery has no types
    return messages.as_task_v2("id", "lookout.step", args=("run", "a"), **options)


def test_what_was_sent_is_told_by_the_name_under_which_it_is_shown(messages: NamedMessages) -> None:
    # Given a message that is shown by its agent, when it is made
    message = made(messages, shadow="lookout.step.github", create_sent_event=True)
    # Then its first event has that name, and its worker finds the task by the task's own
    assert message.sent_event["name"] == "lookout.step.github"
    assert message.headers["task"] == "lookout.step"


def test_what_is_shown_as_itself_is_told_as_itself(messages: NamedMessages) -> None:
    assert made(messages, create_sent_event=True).sent_event["name"] == "lookout.step"


def test_where_nobody_listens_nothing_is_told(messages: NamedMessages) -> None:
    assert made(messages, shadow="lookout.step.github").sent_event is None
