"""The sweep's message: every few seconds, never in heaps."""

from collections.abc import Callable
from typing import Protocol

from celery import Celery

from orchestrator.ledger.broker import Broker
from orchestrator.queues import UPKEEP
from orchestrator.scheduling.sweeps import MOST_WAITING, Sweeps


class _Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


def _waiting(app: Celery) -> int:
    return Broker(app).depths([UPKEEP])[UPKEEP]


def _take(app: Celery) -> dict[str, object]:
    """Take one message from the queue, as a worker would; return its headers."""
    with app.connection_for_read() as connection:
        message = app.amqp.queues[UPKEEP](connection.default_channel).get(no_ack=True)
        assert message is not None
        headers: dict[str, object] = message.headers
        return headers


def _at(clock: _Clock, moment: float, do: Callable[[], bool]) -> bool:
    clock.now = moment
    return do()


def test_a_sweep_is_sent_at_once_and_then_in_every_round(app: Celery, clock: _Clock) -> None:
    # Given a scheduler that begins to lead at 1,000 s
    sweeps = Sweeps(app, every_seconds=5, clock=clock)
    # When it looks again and again
    sent = [_at(clock, moment, sweeps.send_due) for moment in (1_000, 1_001, 1_004.9, 1_005, 1_006, 1_030, 1_031)]
    # Then there is one sweep a round, and none is made up for
    assert sent == [True, False, False, True, False, True, False]
    assert _waiting(app) == 3


def test_a_sweep_carries_nothing_and_expires(app: Celery, clock: _Clock) -> None:
    # Given a sweep that was sent
    Sweeps(app, every_seconds=5, clock=clock).send_due()
    # When a worker takes it
    headers = _take(app)
    # Then it names the task, holds no arguments, and goes stale where it was not taken in time
    assert headers["task"] == "lookout.sweep"
    assert headers["argsrepr"] == "()"
    assert headers["expires"]


def test_sweeps_do_not_pile_up_where_no_worker_reads_them(app: Celery, clock: _Clock) -> None:
    # Given a queue that nobody reads
    sweeps = Sweeps(app, every_seconds=5, clock=clock)
    # When an hour goes by
    sent = [_at(clock, 1_000 + 5 * turn, sweeps.send_due) for turn in range(720)]
    # Then only so many wait there
    assert _waiting(app) == sum(sent) == MOST_WAITING
    # And when a worker takes one, the next follows
    _take(app)
    assert _at(clock, 10_000, sweeps.send_due)


def test_a_broker_that_is_away_costs_one_round(cut_off_app: Celery, clock: _Clock) -> None:
    # Given a broker that is nowhere
    sweeps = Sweeps(cut_off_app, every_seconds=5, clock=clock)
    # When a sweep is due, then none is sent, nothing is raised, and it is tried again in its turn
    assert not sweeps.send_due()
    assert not _at(clock, 1_005, sweeps.send_due)
