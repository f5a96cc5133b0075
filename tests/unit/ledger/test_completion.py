"""What a completion did, told to each of those whose steps went through together."""

import pytest

from orchestrator.ledger.completion import Completion

BOTH = Completion(
    frozenset({"a", "b", "c"}), openers=frozenset({"b"}), gates=frozenset({"g"}), ended_run=True, owes=True
)


@pytest.mark.parametrize(
    ("steps", "applied", "openers"),
    [({"b", "x"}, {"b"}, {"b"}), ({"a", "c"}, {"a", "c"}, set()), ({"x"}, set(), set())],
)
def test_one_alone_has_what_follows_and_all_have_their_own(
    steps: set[str], applied: set[str], openers: set[str]
) -> None:
    # Given three steps that were completed at once, the second of which opened a gate, which ended the run
    share = BOTH.share(frozenset(steps))
    # When each is told of its own, then nobody is told of another's
    assert share.applied == applied
    assert share.openers == openers
    # And whoever opened the gate sees to what it leads to
    assert (share.opened, share.ended_run, share.owes) == ((bool(openers),) * 3)


def test_a_gate_that_ended_no_run_and_owes_nothing_does_not_for_its_opener_either() -> None:
    opened = Completion(frozenset({"a"}), openers=frozenset({"a"}))
    share = opened.share(frozenset({"a"}))
    assert (share.opened, share.ended_run, share.owes) == (True, False, False)


def test_two_completions_did_what_each_did() -> None:
    # Given two, when they are taken together, whichever came first
    other = Completion(frozenset({"d"}), openers=frozenset({"d"}), gates=frozenset({"h"}))
    for both in (BOTH.and_then(other), other.and_then(BOTH)):
        # Then everything either did is there
        assert both.applied == {"a", "b", "c", "d"}
        assert both.openers == {"b", "d"}
        assert both.gates == {"g", "h"}
        assert (both.ended_run, both.owes) == (True, True)
    neither = other.and_then(other)
    assert (neither.ended_run, neither.owes) == (False, False)
