"""Going on without a message, with real workers: fewer messages, the same runs, and the same tasks in Flower."""

import signal

import pytest
from support.listening import task_events
from support.plays import Play, act, in_turn, join, side_by_side
from support.stages import Stage

pytestmark = pytest.mark.services

RUN = in_turn(side_by_side(act("a"), act("b"), act("c")), join("d"), side_by_side(act("e"), act("f")), join("g"))


@pytest.mark.parametrize(("go_on", "messages"), [("false", 4), ("true", 2)])
def test_what_follows_alone_is_done_without_a_message(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch, go_on: str, messages: int
) -> None:
    # Given a worker that goes on, or does not, and somebody who listens to task events
    monkeypatch.setenv("LOOKOUT_GO_ON", go_on)
    with task_events(play.app) as heard:
        stage.worker()
        stage.wait(lambda: any(event["type"] == "worker-heartbeat" for event in heard))
        # When a run is done in which joins stand alone behind steps side by side
        run = play.run(RUN)
        assert stage.wait_for_end(run) == "succeeded"

        # Then each of its seven steps is a task in Flower, on that worker
        def ended() -> set[str]:
            return {event["uuid"] for event in heard if event["type"] == "task-succeeded"}

        stage.wait(lambda: len(ended()) >= 7, seconds=10)
        assert len(ended()) == 7
        # And what stood alone behind a gate needed no message
        assert len([event for event in heard if event["type"] == "task-sent"]) == messages
    assert stage.doubled_effects() == 0


def test_a_worker_that_dies_while_it_goes_on_loses_nothing(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker that has gone on to a step, which holds it
    monkeypatch.setenv("LOOKOUT_GO_ON", "true")
    worker = stage.worker(slots=1)
    stage.start("beat", "--pidfile=")
    run = play.run(in_turn(act("a"), act("b", "hold"), join("c")))
    stage.wait(lambda: play.began("b") == 1)
    # When it is killed, and another comes
    worker.kill(signal.SIGKILL)
    play.release("b")
    stage.worker(slots=1)
    # Then the run ends whole, and nothing was done twice
    assert stage.wait_for_end(run, seconds=60) == "succeeded"
    assert stage.doubled_effects() == 0
