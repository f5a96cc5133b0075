"""Runs on RabbitMQ: quorum queues, its own way of giving back, urgent work first, and a sweep that misses nothing."""

import pytest
from kombu.connection import Connection
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.stages import Stage

from benchmarks.rabbitmq import RabbitServer
from orchestrator.domain.triggers import Priority
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.sweep import Sweep
from orchestrator.queues import task_queues

ALL = ",".join(queue.name for queue in task_queues(SPECS))


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_run_goes_through_quorum_queues_to_its_end(stage: Stage, play: Play, rabbit: RabbitServer, pool: str) -> None:
    # Given a worker of every queue
    worker = stage.worker(pool=pool, slots=2, queues=ALL)
    # When a run with a chord in it is sent
    run_id = play.run(in_turn(side_by_side(act("a"), act("b"), act("c")), join("d")))
    # Then it ends whole, and each effect is there once
    assert stage.wait_for_end(run_id) == "succeeded"
    assert stage.doubled_effects() == 0
    # And every queue of the catalogue is a quorum queue: another kind of that name is refused
    with Connection(rabbit.url) as connection:
        for queue in task_queues(SPECS):
            with pytest.raises(connection.channel_errors, match="inequivalent arg 'x-queue-type'"):
                connection.channel().queue_declare(queue=queue.name, durable=True, auto_delete=False)
    assert "delayed" not in worker.log.read_text()


def test_a_broker_that_lost_its_disk_is_noticed_and_everything_is_sent_again(
    stage: Stage, play: Play, sweep: Sweep, rabbit: RabbitServer
) -> None:
    # Given a run in line, and a broker that was reminded of us
    sweep.run()
    run_id = play.run(in_turn(act("a"), join("b")))
    # When it is killed and comes back, then it remembers, and the message is still there
    rabbit.kill()
    rabbit.start()
    assert not sweep.run().broker_lost
    assert Broker(play.app).depths(["actor"]) == {"actor": 1}
    # But when its disk is gone, then it does not, and what was in line is sent again
    rabbit.kill()
    rabbit.forget()
    rabbit.start()
    assert sweep.run().broker_lost
    assert not sweep.run().broker_lost
    stage.worker(queues=ALL)
    assert stage.wait_for_end(run_id) == "succeeded"


def test_a_sweep_without_its_broker_decides_nothing(
    stage: Stage, play: Play, sweep: Sweep, rabbit: RabbitServer
) -> None:
    # Given a run in line and a broker that is down
    sweep.run()
    play.run(act("a"))
    rabbit.kill()
    # When the sweep comes by, then it neither takes the broker for one without memory nor the run for stuck
    swept = sweep.run()
    assert (swept.taken, swept.broker_lost, swept.stuck) == (True, False, 0)


def test_a_message_that_the_broker_dropped_for_being_given_back_too_often_loses_no_run(
    stage: Stage, play: Play, sweep: Sweep, rabbit: RabbitServer
) -> None:
    # Given a broker that drops a message once it was given back twice; RabbitMQ 4 does so after 20 times by itself
    sweep.run()
    rabbit.control("set_policy", "--apply-to", "queues", "drop", "^actor$", '{"delivery-limit": 2}')
    run_id = play.run(in_turn(act("a"), join("b")))
    # When workers take the message and die, again and again
    with Connection(rabbit.url) as connection:
        for _ in range(3):
            assert take_and_leave(connection, "actor")
        assert not take_and_leave(connection, "actor")
    rabbit.control("clear_policy", "drop")
    # Then the message is gone, the sweep notices that the run is not in line, and it goes on to its end
    assert Broker(play.app).depths(["actor"]) == {"actor": 0}
    stage.wait(lambda: sweep.run().stuck == 1)
    stage.worker(queues=ALL)
    assert stage.wait_for_end(run_id) == "succeeded"


def test_urgent_steps_go_to_the_reserved_worker_while_it_has_room(stage: Stage, play: Play) -> None:
    # Given a worker of everything with nothing to do, and a reserved one
    stage.worker(queues=ALL)
    reserved = stage.worker(queues="actor.urgent,celery,upkeep", slots=2)
    # When urgent runs come, one after the other
    for number in range(6):
        assert stage.wait_for_end(play.run(act(f"a{number}"), priority=Priority.CRITICAL)) == "succeeded"
    # Then the reserved one did all of them
    assert stage.one("SELECT count(DISTINCT worker) FROM attempts") == 1
    assert str(stage.one("SELECT max(worker) FROM attempts")).endswith(f":{reserved.process.pid}")


def test_scheduled_steps_leave_slots_to_others_and_high_ones_pass_the_line(stage: Stage, play: Play) -> None:
    # Given a worker of eight slots, and more scheduled steps than that, none of which ends
    stage.worker(queues=ALL, slots=8)
    names = [f"l{number}" for number in range(10)]
    scheduled = play.run(side_by_side(*(act(name, "hold") for name in names)), priority=Priority.LOW)
    stage.wait(lambda: sum(map(play.began, names)) == 7)
    # When others come, then they have a slot, whatever waits in line
    for number, priority in enumerate((Priority.HIGH, Priority.NORMAL, Priority.CRITICAL)):
        assert stage.wait_for_end(play.run(act(f"x{number}"), priority=priority), seconds=20) == "succeeded"
    assert sum(map(play.began, names)) == 7
    # And the rest of the scheduled ones follow as soon as there is room for them
    play.release(*names)
    assert stage.wait_for_end(scheduled) == "succeeded"


def take_and_leave(connection: Connection, queue: str) -> bool:
    """Take a message as a worker does and drop the channel, as its death would; return whether there was one."""
    with connection.channel() as channel:
        return channel.basic_get(queue=queue) is not None
