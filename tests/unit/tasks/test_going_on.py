"""Going on without a message: what is taken out of Celery's request, what is left to Celery, and what Flower sees."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, chain, group
from celery.app.task import Context
from celery.canvas import Signature
from celery.events.event import get_exchange
from kombu.entity import Queue
from support.plays import sender

from orchestrator.ledger.backend import OPENED
from orchestrator.ledger.canvas import STEP_TASK
from orchestrator.ledger.failing import Outcome, Stepped
from tasks.base import LookoutTask
from tasks.going_on import Next, follow, send_instead, take_next, went_on

QUEUES = frozenset({"github"})


class Step(LookoutTask):
    """A step's task, by its real name."""

    name = STEP_TASK


@pytest.fixture
def app() -> Celery:
    """Return an app whose messages stay in this process."""
    made = sender("memory://")
    made.conf.worker_send_task_events = True
    made.amqp.queues.add("github")
    return made


def step(app: Celery, name: str, *, queue: str = "github", **options: Any) -> Signature:  # noqa: ANN401  Celery's own
    """Return a step's message."""
    return app.signature(STEP_TASK, args=("run", name), immutable=True, queue=queue, **options)


def working(app: Celery, *, opened: bool = True, **request: Any) -> LookoutTask:  # noqa: ANN401  Celery's own
    """Return a step's task in the middle of its message."""
    task = Step()
    task.bind(app)
    task.request_stack.push(
        Context({"id": "first", "root_id": "root", "hostname": "w@here", OPENED: opened, **request})
    )
    return task


def test_the_next_link_of_a_chain_is_taken_out_of_the_request(app: Celery) -> None:
    # Given a step whose gate is open and behind which two more stand in turn
    task = working(app, chain=[dict(step(app, "last")), dict(step(app, "next", task_id="its-own"))])
    # When what follows is taken
    found = take_next(task.request, queues=QUEUES)
    # Then it is the next lot under its own id, with the rest of the chain, and nothing is left for Celery to send
    assert found is not None
    assert (found.id, found.args, found.shown_as) == ("its-own", ("run", "next"), STEP_TASK)
    assert [link["args"] for link in found.chain or []] == [("run", "last")]
    assert task.request.chain is None


def test_the_body_of_a_chord_is_taken_by_who_opened_its_gate(app: Celery) -> None:
    # Given the last of a chord's header, when what follows is taken, then it is the body, and no chord is left
    task = working(app, chord=dict(step(app, "join")))
    found = take_next(task.request, queues=QUEUES)
    assert found is not None
    assert (found.args, found.chain, found.chord) == (("run", "join"), None, None)
    assert task.request.chord is None


def test_a_chain_within_a_header_carries_its_chord_to_its_last_link(app: Celery) -> None:
    # Given a chain that is a part of a chord's header, whose last link holds the chord
    body = dict(step(app, "join"))
    task = working(app, chain=[dict(step(app, "last", chord=body))])
    # When its last link is taken, then the join comes with it
    found = take_next(task.request, queues=QUEUES)
    assert found is not None
    assert found.chord == body


def several(app: Celery) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield requests that are Celery's to go on with."""
    beside = group([step(app, "a"), step(app, "b")], app=app)
    yield "the gate is closed", {"opened": False, "chain": [dict(step(app, "next"))]}
    yield "nothing follows", {}
    yield "several follow", {"chain": [dict(beside)]}
    yield "a chain follows a chord", {"chord": dict(chain(step(app, "a"), step(app, "b"), app=app))}
    yield "it is another worker's queue", {"chain": [dict(step(app, "next", queue="security"))]}
    yield "its limits differ", {"chord": dict(step(app, "next", time_limit=9, soft_time_limit=8))}


def test_all_else_is_left_to_celery(app: Celery) -> None:
    # Given every kind of request that cannot be gone on with here
    for why, request in several(app):
        task = working(app, **request)
        before = (task.request.chain, task.request.chord)
        # When what follows is asked for, then there is nothing, and the request is as it was
        assert take_next(task.request, queues=QUEUES) is None, why
        assert (task.request.chain, task.request.chord) == before, why


def test_a_step_with_the_limits_of_the_message_that_runs_may_follow_it(app: Celery) -> None:
    # Given a message with time limits and a next one with the same, when it is asked for, then it is taken
    task = working(app, timelimit=[9, 8], chain=[dict(step(app, "next", time_limit=9, soft_time_limit=8))])
    assert take_next(task.request, queues=QUEUES) is not None


LOT = Next(
    id="its-own",
    shown_as="lookout.step.github",
    args=("run", "next"),
    queue="github",
    limits=(None, None),
    chain=["rest"],
    chord=None,
)


def test_a_lot_that_opened_its_gate_leaves_celery_its_own_rest(app: Celery) -> None:
    # Given a lot that was done without a message and opened its gate, when that is noted, then its rest is Celery's
    app.conf.worker_send_task_events = False
    task = working(app)
    went_on(task, LOT, Stepped(Outcome.DONE, opened=True), began=0)
    assert task.request.chain == ["rest"]
    assert getattr(task.request, OPENED) is True


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.DONE])
def test_a_lot_that_is_not_done_is_followed_by_nothing(app: Celery, outcome: Outcome) -> None:
    # Given a lot that failed, waits or went back, when that is noted, then Celery sends nothing after it
    app.conf.worker_send_task_events = False
    task = working(app, chain=["other"], chord={"an": "other"})
    went_on(task, LOT, Stepped(outcome, opened=True), began=0)
    assert (task.request.chain, task.request.chord, getattr(task.request, OPENED)) == (None, None, False)


@pytest.mark.parametrize(
    ("stepped", "last"),
    [
        (Stepped(Outcome.DONE, summary="42 commits"), "task-succeeded"),
        (Stepped(Outcome.FAILED, summary="no such repository"), "task-failed"),
        (Stepped(Outcome.PUT_OFF), "task-rejected"),
    ],
)
def test_flower_sees_each_lot_as_a_task_of_its_own(app: Celery, stepped: Stepped, last: str) -> None:
    # Given somebody who listens to task events
    with app.connection_for_read() as connection:
        seen = Queue("seen", exchange=get_exchange(connection), routing_key="task.#")
        with connection.SimpleQueue(seen) as listening:
            # When a lot was done without a message
            went_on(working(app), LOT, stepped, began=0)
            heard = listening.get(timeout=5).payload
    # Then its events are those of a task with its id, on the worker that did it
    assert [event["type"] for event in heard] == ["task-received", "task-started", last]
    assert {event["uuid"] for event in heard} == {"its-own"}
    assert {event["hostname"] for event in heard} == {"w@here"}
    assert (heard[0]["name"], heard[0]["parent_id"], heard[0]["root_id"]) == ("lookout.step.github", "first", "root")


def test_lots_follow_one_another_until_the_message_has_taken_long_enough(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a chain of lots, and a clock
    moment = [0.0]
    monkeypatch.setattr("tasks.going_on.time.monotonic", lambda: moment[0])
    monkeypatch.setattr(type(app.amqp.queues), "consume_from", property(lambda _: {"github": None}))
    app.conf.worker_send_task_events = False
    task = working(app, chain=[dict(step(app, str(number))) for number in (3, 2, 1)])
    names = []
    # When they are followed, and the second takes longer than others should wait
    for lot in follow(task, began=0.0):
        names.append(lot.args[1])
        moment[0] += 0.2
        went_on(task, lot, Stepped(Outcome.DONE, opened=True), began=0)
    # Then the third is left to Celery
    assert names == ["1", "2"]
    assert [link["args"][1] for link in task.request.chain or []] == ["3"]


def test_a_lot_that_went_back_is_sent_as_celery_would_have_sent_it(app: Celery) -> None:
    # Given a lot that a worker gave back because it shuts down
    task = working(app)
    # When it is sent instead
    send_instead(task, LOT)
    # Then its message waits in its queue under its own id, with what follows it
    with app.connection_for_read() as connection:
        message = connection.SimpleQueue("github").get(timeout=5)
    assert message.headers["id"] == "its-own"
    assert message.payload[2]["chain"] == ["rest"]
    assert message.payload[0] == ["run", "next"]
