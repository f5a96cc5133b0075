"""What a task tells Celery about a step, and what its events show of a stranger's text."""

import signal
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from celery.concurrency.thread import TaskPool
from celery.exceptions import Ignore, Reject
from celery.worker import state
from celery.worker.request import Request
from support.plays import sender

import tasks
from orchestrator.celery import app as lookout
from orchestrator.ledger.backend import OPENED
from orchestrator.ledger.failing import Outcome, Stepped
from tasks.base import LookoutTask, QuietRequest, StepFailedError
from tasks.enduring import EnduringRequest

APP = sender("memory://")


class Played(LookoutTask):
    """A task that does nothing."""

    name = "test.step"


@pytest.fixture
def task() -> LookoutTask:
    """Return a step's task in the middle of a chain."""
    step = Played()
    step.bind(APP)
    step.push_request(chain=["what comes next"])
    return step


def test_a_step_that_opened_its_gate_lets_celery_go_on(task: LookoutTask) -> None:
    # Given a step whose completion opened its gate, when it is passed on, then the chain stays and the backend knows
    assert task.pass_on(Stepped(Outcome.DONE, opened=True, summary="42 commits")) == "42 commits"
    assert task.request.chain == ["what comes next"]
    assert getattr(task.request, OPENED) is True


def test_a_step_whose_gate_is_still_closed_ends_its_branch(task: LookoutTask) -> None:
    # Given a step beside which others still work, when it is passed on, then nothing follows its message
    assert task.pass_on(Stepped(Outcome.DONE, summary="done")) == "done"
    assert task.request.chain is None
    assert getattr(task.request, OPENED) is False


@pytest.mark.parametrize(
    ("outcome", "raised"),
    [
        (Outcome.STALE, Ignore),
        (Outcome.FENCED, Ignore),
        (Outcome.PUT_OFF, Ignore),
        (Outcome.FAILED, StepFailedError),
        (Outcome.GIVEN_BACK, Reject),
    ],
)
def test_every_other_outcome_ends_the_message_in_its_own_way(
    task: LookoutTask, outcome: Outcome, raised: type[Exception]
) -> None:
    # Given a step that is not done, when it is passed on, then Celery sends nothing after it
    with pytest.raises(raised) as caught:
        task.pass_on(Stepped(outcome, summary="why"))
    # And only a step that was given back puts its message back
    assert getattr(caught.value, "requeue", False) is (outcome is Outcome.GIVEN_BACK)


def test_no_outcome_is_forgotten(task: LookoutTask) -> None:
    # Given every outcome there is, when each is passed on, then only one of them lets Celery go on
    gone_on = []
    for outcome in Outcome:
        try:
            task.pass_on(Stepped(outcome))
        except (Ignore, Reject, StepFailedError):
            continue
        gone_on.append(outcome)
    assert gone_on == [Outcome.DONE]


def request(app: Celery, args: list[Any], kwargs: dict[str, Any]) -> Request:
    """Return a request as a worker makes it from a bare client's message."""
    name = "lookout.trigger"
    shown = {"argsrepr": repr(args), "kwargsrepr": repr(kwargs)}
    headers = {"id": "1", "task": name, "lang": "py", "origin": "x", "ignore_result": False, **shown}
    message = SimpleNamespace(
        headers=headers,
        body=(args, kwargs, {}),
        payload=(args, kwargs, {}),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_info={},
        properties={},
        delivery_tag="1",
        acknowledged=False,
    )
    return QuietRequest(
        message,
        app=app,
        task=lookout.tasks[tasks.triggers.accept_trigger.name],  # the current app may be another test's
        hostname="h",
        decoded=True,
        body=(args, kwargs, {}),
        headers=headers,
    )


def test_a_strangers_words_are_shown_as_their_length() -> None:
    # Given a trigger with free text, a secret among its options, and a field nobody knows
    kwargs = {"kind": "request", "text": "hunter2 is my password", "options": {"token": "s3cret"}, "n" * 90: 7}
    # When a worker makes a request of it
    made = request(APP, ["hunter2"], kwargs)
    # Then events and logs show names, kinds and lengths
    assert made.argsrepr == "(1 positional)"
    assert made.kwargsrepr == str({"kind": "request", "text": "str of 22", "options": "dict of 1", "n" * 40: "int"})
    # And neither Celery's own commands nor the context that its log lines are made of show more
    context = [made.request_dict["argsrepr"], made.request_dict["kwargsrepr"]]
    for shown in (made, made.info(), made.info(safe=True), context):
        assert "hunter2" not in repr(shown)
        assert "s3cret" not in repr(shown)
    assert made.kwargs == kwargs


def test_the_kind_is_shown_as_it_is_but_not_at_any_length() -> None:
    assert request(APP, [], {"kind": "k" * 500}).kwargsrepr == repr({"kind": "k" * 40})
    assert request(APP, [], {"kind": ["hunter2"]}).kwargsrepr == repr({"kind": "list of 1"})
    assert request(APP, [], {}).argsrepr == "()"
    assert request(APP, [], {}).kwargsrepr == "{}"


class Pool:
    """A pool of processes that notes whom it was told to end."""

    def __init__(self) -> None:
        self.ended: list[tuple[int | None, int]] = []

    def terminate_job(self, pid: int | None, signal: int) -> None:
        self.ended.append((pid, signal))


def begun() -> Request:
    """Return the request of a trigger that is being worked on."""
    made = request(APP, [], {"kind": "monitor"})
    made.on_accepted(pid=7, time_accepted=1.0)
    return made


@pytest.mark.parametrize("way", ["cancel", "terminate"])
def test_a_thread_goes_on_where_it_cannot_be_ended(way: str) -> None:
    # Given a step that runs in a thread when its broker's connection is lost, or somebody revokes it
    made = begun()
    # When Celery ends it, then it goes on: it is not shown as ended, and its message stays as it was
    getattr(made, way)(TaskPool(limit=1))
    assert made in state.active_requests
    assert not made.acknowledged


def test_a_process_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a step that runs in a process
    pool, made = Pool(), begun()
    # When Celery cancels it, then its process is ended, and the message that comes again is done anew
    made.cancel(pool, emit_retry=False)
    assert pool.ended == [(7, signal.SIGTERM)]
    assert made not in state.active_requests
    # And so it is where it is revoked
    monkeypatch.setattr(made, "_announce_revoked", lambda *_: None)
    made.terminate(pool)
    assert pool.ended == [(7, signal.SIGTERM)] * 2


def test_every_task_of_ours_endures() -> None:
    for one in (tasks.steps.run_step, tasks.triggers.accept_trigger, tasks.maintenance.sweep, tasks.responses.act):
        assert issubclass(one.Request, EnduringRequest)
