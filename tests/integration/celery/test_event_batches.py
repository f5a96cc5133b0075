"""Events in batches, with real workers: whoever looks on sees every step begin and end."""

import pytest
from support.listening import task_events
from support.plays import Play, act, side_by_side
from support.stages import Stage

pytestmark = pytest.mark.services


def test_a_worker_that_ends_leaves_no_step_running_in_flower(stage: Stage, play: Play) -> None:
    # Given a worker that sends events as late as it can, and somebody who listens to them
    with task_events(play.app) as heard:
        worker = stage.worker(app="hushed_troupe")
        stage.wait(lambda: any(event["type"] == "worker-heartbeat" for event in heard))
        # When its run ends, and it is told to end in the same moment
        run = play.run(side_by_side(act("a"), act("b"), act("c")))
        assert stage.wait_for_end(run) == "succeeded"
        worker.end()
        assert worker.process.returncode == 0
        stage.wait(lambda: any(event["type"] == "worker-offline" for event in heard))
    # Then every step that was seen to begin was seen to end
    began, ended = (
        {one["uuid"] for one in heard if one["type"] == kind} for kind in ("task-started", "task-succeeded")
    )
    assert began
    assert began == ended
