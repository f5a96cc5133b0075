"""How a canvas goes to the broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery, group
from celery.result import AsyncResult

from orchestrator.ledger.canvas import STEP_TASK
from orchestrator.ledger.relay import PART, send


class Noting(Celery):  # type: ignore[misc] # Celery has no types
    """An app that sends nothing and notes what it would have sent, and with what."""

    def __init__(self) -> None:
        super().__init__("noting", broker="memory://", set_as_current=False)
        self.sent: list[tuple[Any, Any]] = []
        self.parts: list[int] = []

    def send_task(self, name: str, *given: Any, **options: Any) -> Any:  # noqa: ANN401  Celery's own signature
        """Note a message."""
        self.sent.append((options.get("args") or given[0], options.get("producer")))
        return AsyncResult(options.get("task_id") or name, app=self)

    @contextmanager
    def producer_or_acquire(self, producer: Any = None) -> Iterator[Any]:  # noqa: ANN401  Celery's own signature
        """Lend a producer."""
        yield producer or self

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Note how many messages go together."""
        before = len(self.sent)
        yield
        self.parts.append(len(self.sent) - before)


@pytest.mark.parametrize(
    ("steps", "parts"), [(2, [2]), (PART, [PART]), (PART + 1, [PART, 1]), (3 * PART, [PART, PART, PART])]
)
def test_steps_side_by_side_go_in_parts_so_that_workers_begin_while_others_are_made(
    steps: int, parts: list[int]
) -> None:
    # Given as many plain steps side by side
    app = Noting()
    canvas = group([app.signature(STEP_TASK, args=("run", f"s{number}")) for number in range(steps)], app=app)
    # When they are sent
    send(canvas)
    # Then each goes once, in order, in parts that are round trips of their own
    assert [args[1] for args, _ in app.sent] == [f"s{number}" for number in range(steps)]
    assert app.parts == parts
    assert all(producer is app for _, producer in app.sent)


def test_what_is_no_plain_group_goes_as_celery_sends_it() -> None:
    app = Noting()
    send(app.signature(STEP_TASK, args=("run", "alone")))
    assert app.parts == []
    assert [args for args, _ in app.sent] == [("run", "alone")]
