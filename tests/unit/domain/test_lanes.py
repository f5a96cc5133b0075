"""Lanes: each class of urgency has a queue of its own, and a queue's name says which."""

import pytest
from support.plays import SPECS

from orchestrator.domain.lanes import lane, lane_beside, lane_class
from orchestrator.domain.triggers import Priority

LANES = [
    (Priority.CRITICAL, "actor.urgent"),
    (Priority.HIGH, "actor.high"),
    (Priority.NORMAL, "actor"),
    (Priority.LOW, "actor.low"),
]


@pytest.mark.parametrize(("priority", "queue"), LANES)
def test_each_class_of_an_agents_steps_has_its_queue_which_says_so(priority: Priority, queue: str) -> None:
    assert lane(SPECS["actor"], priority) == queue
    assert lane_class(queue) is priority


@pytest.mark.parametrize(("priority", "queue"), LANES)
def test_a_stand_ins_lane_is_of_the_same_class(priority: Priority, queue: str) -> None:
    assert lane_beside(SPECS["chorus"], queue) == lane(SPECS["chorus"], priority)


def test_a_name_that_only_holds_a_classs_word_is_an_ordinary_queue() -> None:
    assert [lane_class(name) for name in ("low", "urgent", "a.low.b", "")] == [Priority.NORMAL] * 4
