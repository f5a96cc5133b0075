"""The name by which events know a message is the one that it is shown under, from the first event on."""

from typing import Any

from celery.app.amqp import AMQP


class NamedMessages(AMQP):  # type: ignore[misc] # Celery has no types
    """Makes messages. Celery tells by the task's own name what was sent, and by the shown one what workers do with it.

    Of two events that overtake each other Flower keeps the later name.
    """

    def as_task_v2(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401  Celery's own signature
        """Return a task's message."""
        message = super().as_task_v2(*args, **options)
        shown = message.headers["shadow"]
        if shown and message.sent_event is not None:
            message.sent_event["name"] = shown
        return message
