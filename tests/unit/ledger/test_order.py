"""The order of service: class by class, none starving, and scheduled work never on all slots."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain.triggers import Priority
from orchestrator.ledger.order import FAIR, UrgentFirst, in_order, most_scheduled
from orchestrator.queues import DOOR, class_of

ENDS = (".urgent", ".high", "", ".low")
queues = st.lists(st.sampled_from([f"{name}{end}" for name in "abcd" for end in ENDS]), unique=True)


def flood(served: UrgentFirst, names: list[str], *, messages: int) -> Counter[str]:
    """Return how often each queue is served while none of them is ever empty."""
    counts: Counter[str] = Counter(dict.fromkeys(names, 0))
    for _ in range(messages):
        first = served.consume(len(names))[0]
        counts[first] += 1
        served.rotate(first)
    return counts


@given(names=queues, taken=st.integers(0, 1_000))
def test_lanes_are_looked_into_class_by_class_and_each_in_its_own_order(names: list[str], taken: int) -> None:
    # Given queues in any order, when they are put into the order of service
    turn = in_order(names, taken=taken)
    # Then each is there once, the queues of a class side by side as they came
    assert sorted(turn) == sorted(names)
    for priority in Priority:
        assert [one for one in turn if class_of(one) is priority] == [one for one in names if class_of(one) is priority]
    # And the classes come in order, but for at most the first of them
    ranks = [class_of(queue) for queue in turn]
    rest = [rank for rank in ranks if rank is not ranks[0]]
    assert rest == sorted(rest)


@pytest.mark.parametrize(
    ("taken", "first"), [(0, "a.urgent"), (1, "a.urgent"), (3, "a.low"), (7, "a"), (11, "a.high"), (15, "a.low")]
)
def test_now_and_then_a_lower_class_is_looked_for_first(taken: int, first: str) -> None:
    assert in_order([f"a{end}" for end in ENDS], taken=taken)[0] == first


def test_a_worker_begins_with_urgent_work_and_turns_to_low_normal_and_high_by_turns() -> None:
    # Given a worker that has just started, none of whose lanes is ever empty
    served = UrgentFirst([f"a{end}" for end in ENDS])
    # When it takes sixteen messages
    order = []
    for _ in range(16):
        order.append(served.consume(4)[0].partition(".")[2] or "normal")
        served.rotate(f"a.{order[-1]}".removesuffix(".normal"))
    # Then every fourth is another class's
    assert order == [
        *("urgent", "urgent", "urgent", "low"),
        *("urgent", "urgent", "urgent", "normal"),
        *("urgent", "urgent", "urgent", "high"),
        *("urgent", "urgent", "urgent", "low"),
    ]


def test_no_more_queues_are_looked_into_than_are_asked_for() -> None:
    assert UrgentFirst(["a.low", "a", "a.urgent"]).consume(2) == ["a", "a.low"]


@given(start=st.integers(0, 50))
def test_no_class_starves_under_a_flood_of_all_others_and_the_urgent_get_most(start: int) -> None:
    # Given a worker of all classes, none of whose queues is ever empty
    names = [f"a{end}" for end in ENDS]
    served = UrgentFirst(list(names))
    for _ in range(start):
        served.rotate("a")
    # When it takes many messages
    counts = flood(served, names, messages=120)
    # Then three of four are urgent, and each other class gets its twelfth
    assert counts["a.urgent"] == 120 - 120 // FAIR
    assert {counts["a.high"], counts["a"], counts["a.low"]} == {120 // FAIR // 3}


def test_high_goes_before_normal_and_normal_before_low() -> None:
    # Given lanes without urgent work, none ever empty
    names = ["a.low", "a", "a.high"]
    # When many messages are taken, then each class gets more than the next
    counts = flood(UrgentFirst(list(names)), names, messages=120)
    assert (counts["a.high"], counts["a"], counts["a.low"]) == (100, 10, 10)
    counts = flood(UrgentFirst(["a.low", "a"]), ["a.low", "a"], messages=120)
    assert (counts["a"], counts["a.low"]) == (110, 10)


@given(names=st.lists(st.sampled_from("abcdef"), unique=True, min_size=1), messages=st.integers(1, 60))
def test_queues_of_one_class_are_served_in_even_shares(names: list[str], messages: int) -> None:
    counts = flood(UrgentFirst(list(names)), names, messages=messages)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_the_door_is_served_with_the_high_lanes() -> None:
    assert in_order(["a.low", "a", DOOR, "a.high", "a.urgent"], taken=0) == ["a.urgent", DOOR, "a.high", "a", "a.low"]


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (2, 2), (7, 7), (8, 7), (16, 14), (500, 438)])
def test_one_slot_in_eight_is_kept_from_scheduled_work(slots: int, most: int) -> None:
    assert most_scheduled(slots) == most


def test_scheduled_lanes_are_left_out_while_they_hold_all_that_they_may() -> None:
    # Given a worker that is told when it is full of scheduled work, and how it is to wait
    full, paces = [False], list[float | None]()
    served = UrgentFirst(["a", "a.low"])
    served.limit(full=lambda: full[0], pace=paces.append)
    # When it is not full, then it looks into every lane, at its usual pace
    assert served.consume(2) == ["a", "a.low"]
    assert paces == [None]
    # When it takes a scheduled step and is full with it, then that lane is left out, and it looks again soon
    served.rotate("a.low")
    full[0] = True
    assert served.consume(2) == ["a"]
    assert paces == [None, *paces[1:]]
    assert all(pace is not None and pace < 1 for pace in paces[1:])
    # And once there is room again, so is the lane
    full[0] = False
    assert set(served.consume(2)) == {"a", "a.low"}


@pytest.mark.parametrize("full", [lambda: True, lambda: False])
def test_a_worker_without_scheduled_lanes_leaves_nothing_out(full: Callable[[], bool]) -> None:
    served = UrgentFirst(["a", "a.urgent"])
    served.limit(full=full, pace=lambda _seconds: None)
    assert served.consume(2) == ["a.urgent", "a"]
