"""Queues from the catalogue: a lane a class and agent, and each served by some worker."""

import pytest

from agents.catalog import catalog
from agents.contract import Pool
from orchestrator.domain.lanes import lane, lane_beside
from orchestrator.domain.triggers import Priority
from orchestrator.queues import (
    ACTIONS,
    DOOR,
    ROUTES,
    UPKEEP,
    class_of,
    is_reserve,
    is_urgent,
    served_by,
    served_by_reserve,
    task_queues,
    urgent_lanes,
)

SPEC = catalog()["security"]


def test_every_agent_has_a_lane_for_each_class() -> None:
    # Given the catalogue, when its queues are made
    specs = catalog()
    names = [queue.name for queue in task_queues(specs)]
    # Then each agent has one of each class, and the door, upkeep and actions have one each
    lanes = [lane(one, each) for one in specs.values() for each in Priority]
    assert sorted(names) == sorted([*lanes, DOOR, UPKEEP, ACTIONS])
    assert len(set(names)) == len(names) == 4 * len(specs) + 3
    assert [name for name in names if is_urgent(name)] == urgent_lanes(specs)


@pytest.mark.parametrize(
    ("priority", "name"),
    [
        (Priority.CRITICAL, "security.urgent"),
        (Priority.HIGH, "security.high"),
        (Priority.NORMAL, "security"),
        (Priority.LOW, "security.low"),
    ],
)
def test_a_lane_tells_its_class_and_a_stand_in_keeps_it(priority: Priority, name: str) -> None:
    # Given a class, when its lane is named, then the name says the class again
    assert lane(SPEC, priority) == name
    assert class_of(name) is priority
    # And whoever stands in takes the same class's lane
    assert lane_beside(catalog()["github"], name) == name.replace("security", "github")


def test_an_agents_own_queue_is_its_normal_lane() -> None:
    assert lane(SPEC, Priority.NORMAL) == SPEC.queue


def test_no_queue_falls_back_to_anothers_exchange() -> None:
    # Given every queue, when its way is looked at, then exchange and routing key are its own
    for queue in task_queues(catalog()):
        assert (queue.exchange.name, queue.routing_key, queue.exchange.type) == (queue.name, queue.name, "direct")
        assert vars(queue)["queue_arguments"] == {"x-queue-type": "quorum"}


def test_every_queue_is_served_by_exactly_one_group_beside_the_reserved_worker() -> None:
    # Given the two groups of workers, when their queues are put together
    specs = catalog()
    waiting, computing = served_by(specs, Pool.THREADS), served_by(specs, Pool.PROCESSES)
    # Then nothing is left out and nothing served twice, and urgent lanes come first
    assert sorted([*waiting, *computing]) == sorted(queue.name for queue in task_queues(specs))
    for names in (waiting, computing):
        assert [is_urgent(name) for name in names] == sorted((is_urgent(name) for name in names), reverse=True)
    assert {route["queue"] for route in ROUTES.values()} <= set(waiting)


def test_the_reserved_worker_serves_urgent_lanes_and_what_is_short() -> None:
    specs = catalog()
    assert served_by_reserve(specs) == [*urgent_lanes(specs), DOOR, UPKEEP]
    assert ROUTES["lookout.act"]["queue"] not in served_by_reserve(specs)
    assert is_reserve(served_by_reserve(specs))
    assert is_reserve(["a.urgent"])


@pytest.mark.parametrize("queues", [["a.urgent", "a"], ["a.urgent", ACTIONS], [DOOR, UPKEEP], ["a.low"], []])
def test_other_workers_are_not_reserved(queues: list[str]) -> None:
    assert not is_reserve(queues)
