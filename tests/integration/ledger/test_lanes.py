"""Lanes under load on Valkey: every class is served in its order, none starves, scheduled work leaves slots free."""

from uuid import UUID

from support.plays import Play, act, side_by_side
from support.stages import Stage

from orchestrator.domain.triggers import Priority
from orchestrator.ledger.broker import Broker

LANES = "actor.low,actor,actor.high,actor.urgent"


def burst(play: Play, name: str, *, steps: int, priority: Priority) -> UUID:
    """Send a run of many steps side by side."""
    return play.run(side_by_side(*(act(f"{name}{number}") for number in range(steps))), priority=priority)


def served(stage: Stage) -> list[str]:
    """Return the classes in the order in which their steps were claimed, by the first letter of their names."""
    with stage.engine.connect() as conn:
        rows = conn.exec_driver_sql("SELECT left(name, 1) AS class FROM steps ORDER BY claimed_at")
        return [str(row[0]) for row in rows]


def test_each_class_goes_before_the_next_and_none_starves(stage: Stage, play: Play) -> None:
    # Given a line in every lane before any worker comes, the lowest class first
    classes = {"l": Priority.LOW, "n": Priority.NORMAL, "h": Priority.HIGH, "u": Priority.CRITICAL}
    runs = [burst(play, name, steps=24, priority=priority) for name, priority in classes.items()]
    # When a worker with one slot serves them all
    stage.worker(queues=LANES, slots=1)
    assert [stage.wait_for_end(run_id) for run_id in runs] == ["succeeded"] * 4
    # Then three of four steps are urgent as long as there are any, and every class had its turns meanwhile
    order = served(stage)
    urgent = order[: len(order) - order[::-1].index("u")]
    assert urgent.count("u") == 24
    assert len(urgent) <= 33
    assert {"l", "n", "h"} <= set(urgent)
    # And the high ones end before the normal ones, those before the scheduled ones
    last = {name: len(order) - order[::-1].index(name) for name in classes}
    assert last["u"] < last["h"] < last["n"] < last["l"]


def test_scheduled_steps_leave_slots_to_others(stage: Stage, play: Play) -> None:
    # Given a worker of eight slots, and more scheduled steps than that, none of which ends
    stage.worker(queues=LANES, slots=8)
    names = [f"l{number}" for number in range(10)]
    scheduled = play.run(side_by_side(*(act(name, "hold") for name in names)), priority=Priority.LOW)
    stage.wait(lambda: sum(map(play.began, names)) == 7)
    # When others come, then they have a slot, and the rest of the scheduled ones waits in the queue, where it is seen
    for number, priority in enumerate((Priority.HIGH, Priority.NORMAL, Priority.CRITICAL)):
        assert stage.wait_for_end(play.run(act(f"x{number}"), priority=priority), seconds=20) == "succeeded"
    assert sum(map(play.began, names)) == 7
    assert Broker(play.app).depths(["actor.low"]) == {"actor.low": 3}
    # And it follows as soon as there is room for it
    play.release(*names)
    assert stage.wait_for_end(scheduled) == "succeeded"
