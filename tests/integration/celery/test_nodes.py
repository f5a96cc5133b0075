"""Through pytest-celery: a worker node is killed, restarted and read, and the run goes on."""

import pytest
from pytest_celery import CeleryTestSetup
from support.plays import Play, act, in_turn, join, side_by_side
from support.stages import Stage

pytestmark = pytest.mark.services


def test_a_run_outlives_the_kill_and_the_restart_of_its_node(
    celery_setup: CeleryTestSetup, stage: Stage, play: Play
) -> None:
    # Given a worker node with a step at work in one of its processes, and sweeps from beat
    stage.start("beat", "--pidfile=", "-l", "INFO")
    node = celery_setup.worker
    assert len(node.get_running_processes_info(["pid", "name"])) == 3
    run_id = play.run(in_turn(side_by_side(act("a", "hold"), act("b")), join("c")))
    stage.wait(lambda: play.began("a") == 1)
    node.wait_for_log("lookout.step")
    # When the node is killed and started again
    node.kill()
    assert node.container.status == "exited"
    play.release("a")
    node.restart()
    # Then the run ends whole, each effect once
    assert stage.wait_for_end(run_id) == "succeeded"
    assert stage.doubled_effects() == 0
    node.assert_log_exists("succeeded")
