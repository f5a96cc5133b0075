"""The three shapes of a plan: built in normal form, walked in order, and taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from agents.contract import Target, TargetKind
from orchestrator.domain.plans import (
    Parallel,
    Plan,
    Resources,
    Sequence,
    Shape,
    Step,
    again,
    before,
    levels,
    parallel,
    remaining,
    resume,
    sequence,
    steps,
)
from orchestrator.domain.triggers import Priority

SHAPES: TypeAdapter[Shape] = TypeAdapter(Shape)


def step(name: str, *, needs: tuple[str, ...] = ()) -> Step:
    return Step(name=name, agent="a", capability="c", needs=needs)


def text(shape: Shape | None) -> str:
    """Write a shape: ``>`` for what follows, ``|`` for what runs beside."""
    if shape is None or isinstance(shape, Step):
        return shape.name if shape else ""
    mark = ">" if isinstance(shape, Sequence) else "|"
    return f"({mark.join(text(part) for part in shape.parts)})"


def numbered(shape: Shape, *, counter: list[int]) -> Shape:
    """Give every step of a shape a name of its own."""
    if isinstance(shape, Step):
        counter.append(0)
        return shape.model_copy(update={"name": f"s{len(counter)}"})
    return shape.model_copy(update={"parts": tuple(numbered(part, counter=counter) for part in shape.parts)})


def built(parts: list[Shape]) -> st.SearchStrategy[Shape]:
    return st.sampled_from([shape for shape in (sequence(*parts), parallel(*parts)) if shape])


shapes = st.recursive(
    st.just(step("s")), lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(built), max_leaves=20
).map(lambda shape: numbered(shape, counter=[]))


def test_parts_are_put_in_normal_form() -> None:
    # Given some steps
    a, b, c = (step(name) for name in "abc")
    # Then empty parts vanish, one alone stands for itself, and like shapes are flattened
    assert sequence() is None is parallel(None, None)
    assert sequence(None, a, None) == a == parallel(a)
    assert text(sequence(a, sequence(b, c))) == "(a>b>c)"
    assert text(parallel(parallel(a, b), None, c)) == "(a|b|c)"
    # And unlike shapes stay nested
    assert text(sequence(parallel(a, b), c)) == "((a|b)>c)"
    assert text(parallel(sequence(a, b), c)) == "((a>b)|c)"


@pytest.mark.parametrize("shape", [Sequence, Parallel])
def test_a_shape_of_less_than_two_parts_is_none(shape: type[Sequence | Parallel]) -> None:
    with pytest.raises(ValidationError, match="at least 2"):
        shape(parts=(step("a"),))


@given(shapes)
def test_shapes_survive_being_stored(shape: Shape) -> None:
    assert SHAPES.validate_json(SHAPES.dump_json(shape)) == shape


@given(shapes)
def test_levels_hold_each_step_once_and_no_empty_row(shape: Shape) -> None:
    # Given any shape
    rows = levels(shape)
    # Then its levels are a partition of its steps
    assert sorted(each.name for row in rows for each in row) == sorted(each.name for each in steps(shape))
    assert all(rows)


def test_a_level_counts_the_steps_of_the_longest_way_to_it() -> None:
    # Given a short and a long branch that join
    a, b, c, d, e = (step(name) for name in "abcde")
    shape = sequence(parallel(sequence(a, b, c), d), e)
    assert shape is not None
    # Then what joins them comes after the longer one
    assert [[each.name for each in row] for row in levels(shape)] == [["a", "d"], ["b"], ["c"], ["e"]]


@given(shape=shapes, chosen=st.sets(st.integers(min_value=1, max_value=20)))
def test_what_remains_is_everything_else_in_the_same_order(shape: Shape, chosen: set[int]) -> None:
    # Given any shape, and any of its steps done
    done = frozenset(f"s{number}" for number in chosen)
    # When what remains is taken
    rest = remaining(shape, done)
    # Then it is the steps that are not done, in their order; taking more away is the same as taking all at once
    names = [each.name for each in steps(shape) if each.name not in done]
    assert ([each.name for each in steps(rest)] if rest else []) == names
    assert (remaining(rest, done) if rest else None) == rest
    first = frozenset(sorted(done)[:3])
    half = remaining(shape, first)
    assert (remaining(half, done) if half else None) == rest


def test_seen_from_a_ready_step_only_its_own_branch_and_what_follows_is_left() -> None:
    # Given two branches that join, the first step of each done
    a, b, c, d, e = (step(name) for name in "abcde")
    shape = sequence(parallel(sequence(a, b), sequence(c, d)), e)
    assert shape is not None
    done = frozenset({"a", "c"})
    # Then one ready step leaves the other branch out, and two leave none out
    assert text(resume(shape, ready=frozenset({"b"}), done=done)) == "(b>e)"
    assert text(resume(shape, ready=frozenset({"b", "d"}), done=done)) == "((b|d)>e)"
    # And with no ready step, or one that stands elsewhere, all that is left comes back
    assert text(resume(shape, ready=frozenset(), done=done)) == "((b|d)>e)"
    assert text(resume(shape, ready=frozenset({"x"}), done=done)) == "((b|d)>e)"
    assert text(resume(shape, ready=frozenset({"e"}), done=frozenset("abcd"))) == "e"


@given(shape=shapes, chosen=st.sets(st.integers(min_value=1, max_value=20)))
def test_what_is_resumed_holds_the_ready_steps_and_nothing_that_is_done(shape: Shape, chosen: set[int]) -> None:
    # Given any shape, any of its steps done, and the first that is not as the ready one
    done = frozenset(f"s{number}" for number in chosen)
    left = [each.name for each in steps(shape) if each.name not in done]
    # When it is resumed
    rest = resume(shape, ready=frozenset(left[:1]), done=done)
    # Then the ready step comes first, and only what is left comes after it, in order
    names = [each.name for each in steps(rest)] if rest else []
    assert names[:1] == left[:1]
    assert names == [name for name in left if name in names]


@given(shapes)
def test_building_a_shape_from_its_own_parts_changes_nothing(shape: Shape) -> None:
    assert remaining(shape, frozenset()) == shape


def test_a_plan_finds_its_steps_and_targets() -> None:
    # Given a plan
    target = Target(kind=TargetKind.GIT, location="/x")
    shape = sequence(step("a"), step("b"))
    assert shape is not None
    plan = Plan(
        shape=shape,
        priority=Priority.NORMAL,
        priority_reason="a test",
        deadline_seconds=1,
        targets=(target,),
        resources=Resources(slots=1, memory_mb=1, seconds=1),
    )
    # Then its parts are found by name
    assert [each.name for each in plan.steps] == ["a", "b"]
    assert plan.step("b").name == "b"
    assert plan.target("git:/x") == target
    assert plan.target("git:/y") is None
    with pytest.raises(KeyError, match="c"):
        plan.step("c")


def test_what_comes_after_a_step_runs_again_with_it() -> None:
    # Given two branches and what joins them
    branches = parallel(sequence(step("ca"), step("aa")), sequence(step("cb"), step("ab")))
    shape = sequence(branches, parallel(step("x"), step("y")), step("end"))
    assert shape is not None
    # When steps are chosen, then they and all that begins after them run again, and nothing beside them
    assert again(shape, frozenset({"ca"})) == {"ca", "aa", "x", "y", "end"}
    assert again(shape, frozenset({"ab"})) == {"ab", "x", "y", "end"}
    assert again(shape, frozenset({"x"})) == {"x", "end"}
    assert again(shape, frozenset({"aa", "cb"})) == {"aa", "cb", "ab", "x", "y", "end"}
    assert again(shape, frozenset()) == again(shape, frozenset({"unheard of"})) == set()


@given(data=st.data(), shape=shapes)
def test_exactly_those_run_again_that_are_chosen_or_begin_after_one(data: st.DataObject, shape: Shape) -> None:
    # Given any shape and any choice
    every = [each.name for each in steps(shape)]
    chosen = frozenset(data.draw(st.sets(st.sampled_from(every))))
    # When it is asked what runs again
    found = again(shape, chosen)
    # Then it is what was chosen and what has one of those before it
    assert found == {name for name in every if name in chosen or before(shape, name) & chosen}
    # And asking for that changes nothing: no result that is kept was made after one that is not
    assert again(shape, found) == found
