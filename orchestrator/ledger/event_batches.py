"""Task events in batches: ten messages a second at most, and not one for each event.

Celery sends an event in the next round of the loop that also fetches messages. Three events a step were a third of a
worker's processor time, and its slots waited for them. Whoever looks on sees each event as it was, a moment later.
"""

import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from celery.events import EventDispatcher
from celery.worker.consumer.events import Events

SECONDS = 0.1
"""How long an event waits for others where some were sent just now; less than anybody sees in Flower."""
MOST = 200
"""Events in one message, some 80 KB; at so many it is sent at once."""


class EventBatches(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Has events wait for one another, each time the worker has a connection."""

    requires = (Events,)
    _events: EventDispatcher | None = None
    """Whose events wait: that of the last connection, until there is another."""

    def start(self, c: Any) -> None:  # noqa: ANN401  Celery's consumer
        """Let the first event of a batch set the time when it is sent. Without a loop, events are sent as ever."""
        events = c.event_dispatcher
        if c.hub is None or events is None:
            return
        events.buffer_limit = MOST
        events.on_send_buffered = Batch(c.hub, send=events.flush).wait
        if self._events is not None:
            _move(self._events, to=events)
            events.on_send_buffered()
        self._events = events

    def shutdown(self, c: Any) -> None:  # noqa: ANN401  the same
        """Send what still waits: steps that ended just now are not to look as if they ran on."""
        if c.event_dispatcher is not None:
            c.event_dispatcher.flush()


def _move(events: EventDispatcher, *, to: EventDispatcher) -> None:
    """Have events that waited when their connection was lost wait with another: Celery moves those that it sent."""
    for group, waiting in vars(events)["_group_buffer"].items():
        vars(to)["_group_buffer"][group][:0] = waiting
        waiting.clear()


class Batch:
    """When the events that wait are sent."""

    def __init__(self, hub: Any, *, send: Callable[[], None]) -> None:  # noqa: ANN401  kombu's loop has no types
        self._hub = hub
        self._send = send
        self._waits = False
        self._sent_at = float("-inf")

    def wait(self) -> None:
        """Have an event that was put with the others sent: soon, or a while after the last batch. For any thread."""
        if not self._waits:
            self._waits = True
            self._hub.call_soon(self._set_time)

    def _set_time(self) -> None:
        """Set the time, in the loop's own thread: its timer is for no other.

        Where nothing was sent for a while it is now: a loop that runs its steps itself may not come round again soon.
        """
        left = self._sent_at + SECONDS - time.monotonic()
        if left > 0:
            self._hub.call_later(left, self._send_all)
        else:
            self._send_all()

    def _send_all(self) -> None:
        """Send them; an event that comes meanwhile begins a batch, or is sent with this one already."""
        self._waits = False
        self._sent_at = time.monotonic()
        self._send()
