"""A step that is added stands behind what it comes after, and before what joins the plan's work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shapes import names, shapes

from orchestrator.domain.inserting import insert, joined
from orchestrator.domain.plans import Shape, Step, before, parallel, sequence


def act(name: str) -> Step:
    return Step(name=name, agent="actor", capability="act", target=f"git:{name}")


def join(name: str) -> Step:
    return Step(name=name, agent="actor", capability="act")


def in_turn(*parts: Shape) -> Shape:
    shape = sequence(*parts)
    assert shape is not None
    return shape


def side_by_side(*parts: Shape) -> Shape:
    shape = parallel(*parts)
    assert shape is not None
    return shape


def test_a_step_that_needs_nothing_begins_at_once_and_is_joined() -> None:
    shape = in_turn(act("a"), act("b"), join("report"))
    assert insert(shape, act("new"), after=frozenset()) == in_turn(
        side_by_side(in_turn(act("a"), act("b")), act("new")), join("report")
    )


def test_a_step_stands_beside_what_follows_its_need_in_that_branch_alone() -> None:
    shape = in_turn(side_by_side(in_turn(act("a"), act("ha")), in_turn(act("b"), act("hb"))), join("report"))
    assert insert(shape, act("new"), after=frozenset({"a"})) == in_turn(
        side_by_side(in_turn(act("a"), side_by_side(act("ha"), act("new"))), in_turn(act("b"), act("hb"))),
        join("report"),
    )


def test_a_step_that_needs_the_last_of_a_branch_follows_it() -> None:
    shape = in_turn(side_by_side(in_turn(act("a"), act("ha")), act("b")), join("report"))
    assert insert(shape, act("new"), after=frozenset({"ha"})) == in_turn(
        side_by_side(in_turn(act("a"), act("ha"), act("new")), act("b")), join("report")
    )


def test_a_step_that_needs_several_branches_follows_all_of_them() -> None:
    shape = in_turn(side_by_side(act("a"), act("b")), join("report"))
    assert insert(shape, act("new"), after=frozenset({"a", "b"})) == in_turn(
        side_by_side(act("a"), act("b")), act("new"), join("report")
    )
    assert joined(shape) == {"a", "b"}
    assert joined(act("a")) == {"a"}


def test_a_plan_without_a_join_takes_it_in_as_well() -> None:
    assert insert(act("a"), act("new"), after=frozenset({"a"})) == in_turn(act("a"), act("new"))
    assert insert(act("a"), act("new"), after=frozenset()) == side_by_side(act("a"), act("new"))


def test_nothing_comes_after_what_joins_all() -> None:
    with pytest.raises(ValueError, match="nothing comes after report"):
        insert(in_turn(act("a"), join("report")), act("new"), after=frozenset({"report"}))


@given(shape=shapes(), data=st.data())
def test_wherever_it_goes_all_that_it_comes_after_stands_before_it_and_nothing_is_lost(
    shape: Shape, data: st.DataObject
) -> None:
    # Given any shape under a report, and any steps of it
    whole = in_turn(shape, join("report"))
    after = frozenset(data.draw(st.lists(st.sampled_from(names(shape)), max_size=4)))
    # When a step is added after them
    grown = insert(whole, act("new"), after=after)
    # Then they end before it begins, it ends before the report, and the others stand to each other as before
    assert after <= before(grown, "new")
    assert "new" in before(grown, "report")
    assert sorted(names(grown)) == sorted([*names(whole), "new"])
    for name in names(whole):
        assert before(grown, name) - {"new"} == before(whole, name)
