"""Gates: laid out so that counting ends joins any plan, in whatever order its steps end."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from support.plays import act, in_turn, side_by_side
from support.shapes import names, shapes

from orchestrator.domain.plans import Parallel, Sequence, Shape, Step, before, steps
from orchestrator.ledger.layout import END, Layout, lay_out


def played(layout: Layout, *, order: random.Random) -> list[str]:
    """End the steps of a layout one by one, any that may run next, and return the order; every gate must open."""
    left, ended = dict(layout.gates), list[str]()
    waiting = list(layout.steps)
    while waiting:
        ready = [laid for laid in waiting if laid.behind is None or left[laid.behind] == 0]
        laid = order.choice(ready)
        waiting.remove(laid)
        ended.append(laid.step.name)
        left[laid.counts] -= 1
    assert set(left.values()) == {0}
    return ended


@given(shapes())
def test_every_gate_waits_for_as_many_ends_as_steps_count_on_it(shape: Shape) -> None:
    # Given any plan, when it is laid out
    layout = lay_out(shape)
    # Then each step stands once, in plan order, and each gate waits for exactly those that count on it
    assert [laid.step.name for laid in layout.steps] == names(shape)
    assert Counter(laid.counts for laid in layout.steps) == layout.gates
    assert all(count > 0 for count in layout.gates.values())


@given(shapes())
def test_whoever_waits_behind_a_gate_counts_on_another(shape: Shape) -> None:
    # Given any plan, when it is laid out
    layout = lay_out(shape)
    # Then no step waits for itself, no gate but the last is without somebody behind it, nobody waits behind the end
    assert all(laid.behind != laid.counts for laid in layout.steps)
    assert {laid.behind for laid in layout.steps if laid.behind} == set(layout.gates) - {END}


@given(shape=shapes(), seed=st.integers())
def test_a_plan_played_in_any_order_ends_and_keeps_its_sequences(shape: Shape, seed: int) -> None:
    # Given any plan, when its steps end in any order that the gates allow
    order = played(lay_out(shape), order=random.Random(seed))  # noqa: S311  an order, no secret
    # Then all have ended, the end gate is open, and each came after everything that stands before it
    place = {name: at for at, name in enumerate(order)}
    for step in steps(shape):
        assert all(place[earlier] < place[step.name] for earlier in before(shape, step.name))


@given(shapes())
def test_a_step_may_begin_exactly_when_all_before_it_have_ended(shape: Shape) -> None:
    # Given any plan
    layout = lay_out(shape)
    for laid in layout.steps:
        # When exactly the steps before one of them have ended
        left = dict(layout.gates)
        done = before(shape, laid.step.name)
        for other in layout.steps:
            left[other.counts] -= other.step.name in done
        # Then its own gate is open, and without any one of them it is not
        assert laid.behind is None or left[laid.behind] == 0
        assert (laid.behind is None) == (not done)


def test_nothing_stands_before_a_stranger() -> None:
    # Given a plan, when what stands before a step of another plan is asked for, then it is nothing
    assert before(in_turn(act("a"), side_by_side(act("b"), act("c"))), "x") == frozenset()


def test_ten_thousand_steps_are_laid_out_in_one_pass() -> None:
    # Given the standard run on 5,000 targets
    branches = tuple(
        Sequence(parts=(act(f"collect/{number}"), act(f"analyse/{number}", needs=(f"collect/{number}",))))
        for number in range(5_000)
    )
    report = Step(name="report", agent="actor", capability="act", required=True)
    # When it is laid out
    layout = lay_out(Sequence(parts=(Parallel(parts=branches), report)))
    # Then each chain has a gate of its own and the report waits for all chains
    assert len(layout.gates) == 5_002
    assert layout.steps[-1].behind is not None
    assert layout.gates[layout.steps[-1].behind] == 5_000
    assert layout.gates[END] == 1
