"""Queues from the catalogue: one an agent, each with its urgent lane, and each served by some worker."""

from agents.catalog import catalog
from agents.contract import Pool
from orchestrator.queues import DOOR, ROUTES, UPKEEP, is_urgent, ordinary_queues, served_by, task_queues, urgent_lanes


def test_every_agent_has_a_queue_and_an_urgent_lane() -> None:
    # Given the catalogue, when its queues are made
    specs = catalog()
    names = [queue.name for queue in task_queues(specs)]
    # Then each agent has two of them, and the door and upkeep have one each
    assert sorted(names) == sorted([*urgent_lanes(specs), *ordinary_queues(specs), DOOR, UPKEEP])
    assert len(set(names)) == len(names) == 2 * len(specs) + 2
    assert [is_urgent(name) for name in names] == [True] * len(specs) + [False] * (len(specs) + 2)


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
